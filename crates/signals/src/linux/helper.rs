//! Idle by a small program that is asked, where the X server gives no events. Anything but a plain answer in time is
//! *unknown*: never zero, and never a crash of ours.

use std::convert::Infallible;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep_until, timeout};

use super::idle::Desk;
use super::outlet::Ended;
use super::retry::Retry;
use crate::environment::Environment;
use crate::health::SignalKind::Idle;
use crate::raw::Raw;

/// The source, as people look it up.
pub(super) const NAME: &str = "halo-idle";

const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How often to look for input while it is waited for.
const LOOK: Duration = Duration::from_secs(1);
/// The least wait before looking again for a threshold.
const LEAST: Duration = Duration::from_millis(20);
/// What starting the helper may take: input this close to the order counts as earlier.
const SLACK: Duration = Duration::from_millis(20);

/// How to ask.
pub(super) struct Helper {
    program: PathBuf,
    display: String,
}

impl Helper {
    pub(super) fn find(environment: &Environment, display: String) -> Result<Self, String> {
        match &environment.idle_helper {
            Some(program) if program.is_file() => Ok(Self { program: program.clone(), display }),
            Some(program) => Err(format!("the helper {} is missing", program.display())),
            None => Err("there is no helper to ask".to_owned()),
        }
    }

    /// The time since the last input. The error is for people.
    async fn ask(&self) -> Result<Duration, String> {
        let child = Command::new(&self.program)
            .env("DISPLAY", &self.display)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("the helper does not start: {error}"))?;
        let Ok(output) = timeout(ANSWER_WITHIN, child.wait_with_output()).await else {
            return Err(format!("the helper gave no answer within {} s", ANSWER_WITHIN.as_secs()));
        };
        let output = output.map_err(|error| format!("the helper cannot be read: {error}"))?;
        if !output.status.success() {
            return Err(format!("the helper failed: {}", output.status));
        }
        parse(&output.stdout).ok_or_else(|| "the helper's answer makes no sense".to_owned())
    }
}

/// Milliseconds, alone on a line. The X server counts them in 32 bits, so that more is no answer.
fn parse(answer: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(answer).ok()?.trim_end();
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let milliseconds: u32 = plain.then(|| text.parse().ok())??;
    Some(Duration::from_millis(milliseconds.into()))
}

/// Asks near the moments when the answer can matter, until the helper fails, a pause begins or nobody wants to hear.
pub(super) async fn run(helper: &Helper, desk: &mut Desk, retry: &mut Retry) -> Result<Infallible, Ended> {
    let seed = helper.ask().await.map_err(Ended::Lost)?;
    desk.take_orders()?;
    retry.succeeded();
    desk.outlet.board.working(Idle, NAME, "asked near each deadline, as the X server gives no events");
    desk.outlet.say(NAME, Raw::IdleFor(seed)).await?;
    let mut ordered = Instant::now();
    let mut next = ordered;
    loop {
        let armed = desk.armed.input || desk.armed.idle_for.is_some();
        tokio::select! {
            () = sleep_until(next), if armed => next = Instant::now() + look(helper, desk, ordered).await?,
            changed = desk.orders.changed() => {
                changed.map_err(|_| Ended::Closed)?;
                if desk.take_orders()? {
                    ordered = Instant::now();
                    next = if desk.armed.idle_for.is_some() { ordered } else { ordered + LOOK };
                }
            }
            Some(question) = desk.questions.recv() => {
                let idle = helper.ask().await.map_err(Ended::Lost)?;
                // Whoever asked may have stopped waiting.
                let _ = question.send(idle);
            }
            () = desk.outlet.closed() => return Err(Ended::Closed),
        }
    }
}

/// Looks once, tells what is due, and says how long the next look can wait.
async fn look(helper: &Helper, desk: &mut Desk, ordered: Instant) -> Result<Duration, Ended> {
    let idle = helper.ask().await.map_err(Ended::Lost)?;
    if desk.orders.has_changed().map_err(|_| Ended::Closed)? {
        // It was asked for something else meanwhile.
        return Ok(Duration::ZERO);
    }
    if desk.armed.input && idle + SLACK < ordered.elapsed() {
        desk.armed.input = false;
        desk.outlet.say(NAME, Raw::Input).await?;
    }
    let mut wait = LOOK;
    if let Some(threshold) = desk.armed.idle_for {
        let left = threshold.saturating_sub(idle);
        if left.is_zero() {
            desk.armed.idle_for = None;
            desk.outlet.say(NAME, Raw::IdleFor(idle)).await?;
        } else {
            wait = if desk.armed.input { left.min(LOOK) } else { left }.max(LEAST);
        }
    }
    Ok(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_number_is_an_answer() {
        assert_eq!(parse(b"1500\n"), Some(Duration::from_millis(1_500)));
        for nonsense in [&b""[..], b"\n", b"-1", b"+5", b"1.5", b"12 34", b"idle", b"4294967296", b"\xff"] {
            assert_eq!(parse(nonsense), None, "{nonsense:?}");
        }
    }
}
