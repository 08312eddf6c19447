//! Idle by asking, where a system gives no events for it: near the moments when the answer can matter, and once a second
//! while input is waited for.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;

use crate::clock::{self, Alarm};
use crate::health::SignalKind::{Idle, Screen};
use crate::idle_port::IdlePort;
use crate::outlet::{Ended, unpaused};
use crate::raw::{Arm, Raw};
use crate::retry::Retry;

/// How often to look for input while it is waited for.
const LOOK: Duration = Duration::from_secs(1);
/// How often to look whether a film is over.
const FILM: Duration = Duration::from_secs(10);

/// The least wait before looking again for a threshold.
const LEAST: Duration = Duration::from_millis(20);
/// What asking may take, and how coarse the answer may be: input this close to the order counts as earlier.
const SLACK: Duration = Duration::from_millis(20);

/// A source that answers and never speaks by itself.
pub(crate) trait Asked {
    /// The source, as people look it up.
    const NAME: &str;
    /// How it is used, for people.
    const WHY: &str;

    /// The time since the last input. The error is for people.
    fn idle(&self) -> impl Future<Output = Result<Duration, String>> + Send;

    /// Whether a program keeps the screen on. `None`: that is for others to say.
    fn screen_kept(&self) -> Option<bool> {
        None
    }
}

/// Asks, and tries again after a failure, for as long as anybody wants to hear.
#[cfg_attr(target_os = "linux", expect(dead_code, reason = "there it is one source of several"))]
pub(crate) async fn serve<S: Asked>(source: S, mut port: IdlePort) {
    let mut retry = Retry::new();
    while unpaused(&mut port.orders).await.is_ok() {
        let why = match run(&source, &mut port, &mut retry).await {
            Err(Ended::Lost(why)) => why,
            Err(Ended::Closed) => return,
            Err(Ended::Paused) => {
                port.outlet.board.unchoose(Idle);
                continue;
            }
            Ok(never) => match never {},
        };
        port.outlet.board.failing(Idle, S::NAME, &why, None);
        // While attempts fail, once is enough.
        if retry.is_fresh() && port.outlet.say("", Raw::IdleUnknown(why)).await.is_err() {
            return;
        }
        if let Err(Ended::Closed) = port.meanwhile(sleep(retry.next())).await {
            return;
        }
    }
}

/// Asks until the source fails, a pause begins or nobody wants to hear.
pub(crate) async fn run<S: Asked>(source: &S, port: &mut IdlePort, retry: &mut Retry) -> Result<Infallible, Ended> {
    let seed = source.idle().await.map_err(Ended::Lost)?;
    let mut alarm = Alarm::new().map_err(|error| Ended::Lost(error.to_string()))?;
    port.take_orders()?;
    retry.succeeded();
    port.outlet.board.working(Idle, S::NAME, S::WHY);
    port.say_idle(S::NAME, seed).await?;
    let mut ordered = clock::now().boot;
    let mut told = None;
    alarm.set(first_look(port.armed, told, ordered));
    loop {
        tokio::select! {
            () = alarm.fired() => {
                tell_of_screen(source, port, &mut told).await?;
                let again = look(source, port, ordered).await?;
                let again = again.into_iter().chain((told == Some(true)).then_some(FILM)).min();
                alarm.set(again.map(|wait| clock::now().boot + wait));
            }
            changed = port.orders.changed() => {
                changed.map_err(|_| Ended::Closed)?;
                if port.take_orders()? {
                    // What came right after a word counts, too.
                    ordered = port.answered.map_or(clock::now().boot, |word| word.at);
                    alarm.set(first_look(port.armed, told, ordered));
                }
            }
            Some(question) = port.questions.recv() => {
                let idle = source.idle().await.map_err(Ended::Lost)?;
                // Whoever asked may have stopped waiting.
                let _ = question.send(idle);
            }
            () = port.outlet.closed() => return Err(Ended::Closed),
        }
    }
}

/// A threshold may be past already; input, and the end of a film, are still to come.
fn first_look(armed: Arm, screen: Option<bool>, now: Duration) -> Option<Duration> {
    match armed {
        Arm { idle_for: Some(_), .. } => Some(now),
        Arm { input: true, .. } => Some(now + LOOK),
        Arm { screen: true, .. } if screen.is_none() => Some(now),
        Arm { screen: true, .. } if screen == Some(true) => Some(now + FILM),
        Arm { .. } => None,
    }
}

/// Of films there are no events: whether there is one matters when the idle time is reached, and until it is over.
async fn tell_of_screen<S: Asked>(source: &S, port: &IdlePort, told: &mut Option<bool>) -> Result<(), Ended> {
    let kept = if port.armed.screen { source.screen_kept() } else { None };
    if std::mem::replace(told, kept) != kept
        && let Some(kept) = kept
    {
        port.outlet.board.working(Screen, S::NAME, "the system knows whether a program keeps the screen on");
        port.outlet.say(S::NAME, Raw::ScreenKept(kept)).await?;
    }
    Ok(())
}

/// Looks once, tells what is due, and says how long the next look can wait.
async fn look<S: Asked>(source: &S, port: &mut IdlePort, ordered: Duration) -> Result<Option<Duration>, Ended> {
    let idle = source.idle().await.map_err(Ended::Lost)?;
    if port.orders.has_changed().map_err(|_| Ended::Closed)? {
        // It may have been asked for something else meanwhile, which the caller takes up.
        return Ok(Some(Duration::ZERO));
    }
    let seen = judge(port.armed, idle, clock::now().boot.saturating_sub(ordered));
    if seen.input {
        port.say_input(S::NAME, idle).await?;
    }
    if seen.reached {
        port.armed.idle_for = None;
        port.say_idle(S::NAME, idle).await?;
    }
    Ok(seen.next_look)
}

/// What an answer means for what is asked for.
#[derive(Debug, PartialEq)]
struct Seen {
    /// There was input since it was asked for.
    input: bool,
    /// The threshold is reached.
    reached: bool,
    /// How long until there may be something to see; `None`: nothing is asked for any more.
    next_look: Option<Duration>,
}

fn judge(armed: Arm, idle: Duration, since_ordered: Duration) -> Seen {
    let input = armed.input && idle + SLACK < since_ordered;
    let left = armed.idle_for.map(|threshold| threshold.saturating_sub(idle));
    let reached = left == Some(Duration::ZERO);
    let threshold = left.filter(|left| !left.is_zero()).map(|left| left.max(LEAST));
    let next_input = (armed.input && !input).then_some(LOOK);
    let next_look = threshold.into_iter().chain(next_input).min();
    Seen { input, reached, next_look }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::handle::Handle;
    use crate::idle_port::gauge;
    use crate::outlet::Outlet;

    const SECOND: Duration = Duration::from_secs(1);

    fn arm(idle_for: u32, input: bool) -> Arm {
        Arm { idle_for: Some(SECOND * idle_for), input, screen: false }
    }

    #[test]
    fn it_sleeps_until_the_threshold_can_be_reached() {
        let seen = judge(arm(300, false), SECOND * 100, SECOND * 5);
        assert_eq!(seen, Seen { input: false, reached: false, next_look: Some(SECOND * 200) });
        let seen = judge(arm(300, false), SECOND * 300, SECOND * 200);
        assert_eq!(seen, Seen { input: false, reached: true, next_look: None });
    }

    #[test]
    fn a_threshold_that_is_nearly_reached_makes_no_busy_loop() {
        let nearly = Duration::from_micros(299_999_999);
        assert_eq!(judge(arm(300, false), nearly, SECOND).next_look, Some(LEAST));
    }

    #[test]
    fn it_looks_once_a_second_while_input_is_waited_for_and_no_longer() {
        let wish = Arm { idle_for: None, input: true, screen: false };
        assert_eq!(judge(wish, SECOND * 10, SECOND).next_look, Some(LOOK));
        assert_eq!(judge(arm(300, true), SECOND * 10, SECOND).next_look, Some(LOOK));
        let seen = judge(wish, SECOND / 2, SECOND);
        assert_eq!(seen, Seen { input: true, reached: false, next_look: None });
        assert_eq!(judge(Arm::default(), SECOND, SECOND).next_look, None);
        assert_eq!(first_look(Arm::default(), None, SECOND), None);
    }

    #[test]
    fn of_a_film_it_is_known_at_once_whether_it_runs_and_soon_that_it_is_over() {
        let wish = Arm { idle_for: None, input: false, screen: true };
        let first = |screen| first_look(wish, screen, SECOND);
        assert_eq!([None, Some(true), Some(false)].map(first), [Some(SECOND), Some(SECOND + FILM), None]);
    }

    struct Cinema;

    impl Asked for Cinema {
        const NAME: &str = "cinema";
        const WHY: &str = "it is one";

        async fn idle(&self) -> Result<Duration, String> {
            Ok(SECOND * 400)
        }

        fn screen_kept(&self) -> Option<bool> {
            Some(true)
        }
    }

    #[tokio::test]
    async fn a_film_is_told_before_the_threshold_that_it_keeps_from_counting() {
        let (handle, wires) = Handle::new();
        let (tx, mut rx) = mpsc::channel(8);
        let mut port = IdlePort::new(Outlet::new(tx, wires.board), wires.orders, gauge().1);
        handle.arm(Arm { screen: true, ..arm(300, false) });
        let mut retry = Retry::new();
        let told = async {
            let idle = || Raw::IdleFor(SECOND * 400);
            for expected in [idle(), Raw::ScreenKept(true), idle()] {
                assert_eq!(rx.recv().await, Some(expected));
            }
        };
        tokio::select! {
            ended = run(&Cinema, &mut port, &mut retry) => panic!("{ended:?}"),
            () = told => {}
        }
    }

    #[test]
    fn input_from_before_the_wish_is_not_what_was_wished_for() {
        let wish = Arm { idle_for: None, input: true, screen: false };
        assert!(!judge(wish, SECOND * 2, SECOND).input);
        assert!(!judge(wish, SECOND, SECOND + SLACK).input);
    }

    #[test]
    fn both_wishes_may_come_true_at_one_look() {
        let seen = judge(arm(1, true), SECOND * 2, SECOND * 3);
        assert_eq!(seen, Seen { input: true, reached: true, next_look: None });
    }
}
