//! Idle by a small program that is asked, where the X server gives no events. Anything but a plain answer in time is
//! *unknown*: never zero, and never a crash of ours.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::environment::Environment;
use crate::polled::Asked;

const ANSWER_WITHIN: Duration = Duration::from_secs(2);

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
}

impl Asked for Helper {
    const NAME: &str = "halo-idle";
    const WHY: &str = "asked near each deadline, as the X server gives no events";

    async fn idle(&self) -> Result<Duration, String> {
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
