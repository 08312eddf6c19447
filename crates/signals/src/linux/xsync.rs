//! Idle by alarms on the X server's IDLETIME counter: the server watches, and this process sleeps.
//!
//! Nothing here waits for a reply. The present value is had by an alarm too (the *probe*), which is due at zero, so
//! that it goes off as soon as it is set and brings the value as an event.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use x11rb::connection::Connection as _;
use x11rb::errors::ConnectionError;
use x11rb::protocol::Event;
use x11rb::protocol::sync::{
    ALARMSTATE, AlarmNotifyEvent, ChangeAlarmAux, ConnectionExt as _, CreateAlarmAux, Int64, TESTTYPE, VALUETYPE,
};

use super::xlink::Link;
use crate::idle_port::{IdlePort, Question};
use crate::outlet::Ended;
use crate::retry::Retry;

/// The source, as people look it up.
pub(super) const NAME: &str = "X11 IDLETIME";

/// Longer than anything that is done at once.
const LONG: Duration = Duration::from_millis(100);

/// Listens until the server is lost, a pause begins or nobody wants to hear.
pub(super) async fn run(link: Link, port: &mut IdlePort, retry: &mut Retry) -> Result<Infallible, Ended> {
    let mut watch = Watch::new(link).map_err(|error| Ended::Lost(error.to_string()))?;
    watch.create_probe()?;
    port.take_orders()?;
    watch.arm(port)?;
    loop {
        // First what has arrived: it may have been read, and queued, while something was sent.
        while let Some((event, sequence)) = watch.link.get_ref().conn.poll_for_event_with_sequence()? {
            match event {
                Event::SyncAlarmNotify(alarm) => watch.heard(alarm, sequence, port, retry).await?,
                Event::Error(error) => return Err(Ended::Lost(format!("the X server refused: {error:?}"))),
                _ => {}
            }
        }
        tokio::select! {
            ready = watch.link.readable() => match ready {
                Ok(mut ready) => ready.clear_ready(),
                Err(error) => return Err(Ended::Lost(error.to_string())),
            },
            changed = port.orders.changed() => {
                changed.map_err(|_| Ended::Closed)?;
                if port.take_orders()? {
                    watch.arm(port)?;
                }
            }
            Some(question) = port.questions.recv() => watch.ask(question)?,
            () = port.outlet.closed() => return Err(Ended::Closed),
        }
    }
}

impl From<ConnectionError> for Ended {
    fn from(error: ConnectionError) -> Self {
        Self::Lost(format!("the X server is gone: {error}"))
    }
}

/// The requests that set each alarm, by number: an event from before belongs to an earlier setting.
#[derive(Default)]
struct Set {
    threshold: Option<u64>,
    input: Option<u64>,
}

/// Alarms that went off, and whose word waits for the value of now.
///
/// What an event says is as old as its delivery is late: this program may have been stopped for a while.
#[derive(Default)]
struct WentOff {
    threshold: bool,
    input: bool,
}

struct Watch {
    link: AsyncFd<Link>,
    set: Set,
    went_off: WentOff,
    /// The request that last set the probe: an event from before is of an earlier setting.
    probed: u64,
    seeded: bool,
    questions: Vec<Question>,
}

impl Watch {
    #[expect(deprecated, reason = "the link keeps one socket for its whole life; the new name for this is unsafe")]
    fn new(link: Link) -> io::Result<Self> {
        let link = AsyncFd::with_interest(link, Interest::READABLE)?;
        let (set, went_off) = (Set::default(), WentOff::default());
        Ok(Self { link, set, went_off, probed: 0, seeded: false, questions: Vec::new() })
    }

    fn create_probe(&self) -> Result<(), ConnectionError> {
        let link = self.link.get_ref();
        self.refresh()?;
        link.conn.sync_create_alarm(link.probe, &alarm(link, TESTTYPE::POSITIVE_COMPARISON, 0))?;
        link.conn.flush()
    }

    /// Asking for the counter makes the server bring it up to date; otherwise an alarm may be held against the value
    /// of the last event. The reply itself is dropped unread.
    fn refresh(&self) -> Result<(), ConnectionError> {
        let link = self.link.get_ref();
        link.conn.sync_query_counter(link.idletime)?;
        Ok(())
    }

    /// Sets the alarms that are asked for and takes back the others.
    fn arm(&mut self, port: &IdlePort) -> Result<(), ConnectionError> {
        self.disarm_threshold()?;
        self.disarm_input()?;
        self.refresh()?;
        self.went_off.threshold = false;
        // There was input, and that is about to be said.
        self.went_off.input &= port.armed.input;
        self.set_threshold(port)?;
        let link = self.link.get_ref();
        if port.armed.input && !self.went_off.input {
            let due = match port.answered {
                // Below what was said it is if there has been input since, and else as soon as there is.
                Some(word) if word.idle >= LONG => {
                    alarm(link, TESTTYPE::NEGATIVE_COMPARISON, milliseconds(word.idle) - 1)
                }
                // The counter falls through one when there is input, and only then.
                _ => alarm(link, TESTTYPE::NEGATIVE_TRANSITION, 1),
            };
            self.set.input = Some(link.conn.sync_create_alarm(link.input, &due)?.sequence_number());
        }
        link.conn.flush()
    }

    fn set_threshold(&mut self, port: &IdlePort) -> Result<(), ConnectionError> {
        let link = self.link.get_ref();
        if let Some(threshold) = port.armed.idle_for {
            let due = alarm(link, TESTTYPE::POSITIVE_COMPARISON, milliseconds(threshold));
            self.set.threshold = Some(link.conn.sync_create_alarm(link.threshold, &due)?.sequence_number());
        }
        Ok(())
    }

    fn disarm_threshold(&mut self) -> Result<(), ConnectionError> {
        let link = self.link.get_ref();
        if self.set.threshold.take().is_some() {
            link.conn.sync_destroy_alarm(link.threshold)?;
        }
        Ok(())
    }

    fn disarm_input(&mut self) -> Result<(), ConnectionError> {
        let link = self.link.get_ref();
        if self.set.input.take().is_some() {
            link.conn.sync_destroy_alarm(link.input)?;
        }
        Ok(())
    }

    fn ask(&mut self, question: Question) -> Result<(), ConnectionError> {
        self.questions.push(question);
        self.probe()
    }

    /// Sets the probe anew: whatever waits for the value gets it when it goes off.
    fn probe(&mut self) -> Result<(), ConnectionError> {
        self.refresh()?;
        let link = self.link.get_ref();
        let now = ChangeAlarmAux::new().value_type(VALUETYPE::ABSOLUTE).value(int64(0));
        self.probed = link.conn.sync_change_alarm(link.probe, &now)?.sequence_number();
        link.conn.flush()
    }

    async fn heard(
        &mut self,
        event: AlarmNotifyEvent,
        sequence: u64,
        port: &mut IdlePort,
        retry: &mut Retry,
    ) -> Result<(), Ended> {
        if event.state == ALARMSTATE::DESTROYED {
            return Ok(());
        }
        let link = self.link.get_ref();
        let since = |set: Option<u64>| set.is_some_and(|set| sequence >= set);
        if event.alarm == link.probe {
            if since(Some(self.probed)) {
                self.answered(duration(event.counter_value), port, retry).await?;
            }
        } else if event.alarm == link.threshold && since(self.set.threshold) {
            self.went_off.threshold = true;
            self.disarm_threshold()?;
            self.probe()?;
        } else if event.alarm == link.input && since(self.set.input) {
            self.went_off.input = true;
            self.disarm_input()?;
            self.probe()?;
        }
        Ok(())
    }

    /// Tells everybody who waits for it the time since the last input.
    async fn answered(&mut self, idle: Duration, port: &mut IdlePort, retry: &mut Retry) -> Result<(), Ended> {
        for question in self.questions.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = question.send(idle);
        }
        if !std::mem::replace(&mut self.seeded, true) {
            retry.succeeded();
            port.say_idle(NAME, idle).await?;
        }
        let went_off = std::mem::take(&mut self.went_off);
        if went_off.input {
            port.say_input(NAME, idle).await?;
        }
        if went_off.threshold {
            if port.armed.idle_for.is_some_and(|threshold| idle < threshold) {
                // There has been input since.
                self.set_threshold(port)?;
                self.link.get_ref().conn.flush()?;
            } else {
                port.armed.idle_for = None;
                port.say_idle(NAME, idle).await?;
            }
        }
        Ok(())
    }
}

fn alarm(link: &Link, test: TESTTYPE, value: i64) -> CreateAlarmAux {
    CreateAlarmAux::new()
        .counter(link.idletime)
        .value_type(VALUETYPE::ABSOLUTE)
        .value(int64(value))
        .test_type(test)
        .delta(int64(0))
        .events(1)
}

/// Up to the next whole millisecond, so that the threshold has been reached in fact.
fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

fn int64(value: i64) -> Int64 {
    let hi = i32::try_from(value >> 32).unwrap_or(i32::MAX);
    let lo = u32::try_from(value & i64::from(u32::MAX)).unwrap_or(u32::MAX);
    Int64 { hi, lo }
}

fn duration(value: Int64) -> Duration {
    let milliseconds = (i64::from(value.hi) << 32) | i64::from(value.lo);
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counter_values_go_there_and_back() {
        for value in [0, 1, 300_000, i64::from(u32::MAX), 1 << 40] {
            assert_eq!(duration(int64(value)).as_millis(), u128::try_from(value).unwrap());
        }
        assert_eq!(duration(int64(-1)), Duration::ZERO);
    }

    #[test]
    fn a_threshold_is_never_early() {
        assert_eq!(milliseconds(Duration::from_micros(1_500)), 2);
        assert_eq!(milliseconds(Duration::from_secs(300)), 300_000);
    }
}
