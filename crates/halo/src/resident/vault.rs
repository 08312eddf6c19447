//! Where the tokens of sign-ins are kept: the OS keyring, asked through a helper that lives as long as the question.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use keyring_helper::{Answer, Kind, LONGEST_LINE, Request};
use protocol::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::os;

/// How long a person may take to answer the keyring's prompt.
const PROMPT: Duration = Duration::from_secs(60);
/// How long it may take where nobody is prompted.
const PLAIN: Duration = Duration::from_secs(5);

/// The keyring. An account is a name and a service, such as `ada@https://presence.example`.
///
/// A call that is dropped before it ends is not done later: its helper ends with it. Nothing is remembered, so that a
/// keyring that comes, goes, or is unlocked meanwhile is as the next call finds it.
#[derive(Debug, Clone)]
pub struct Vault {
    program: PathBuf,
    prompt: Duration,
    plain: Duration,
}

/// Why a keyring did not do what it was asked: in words for people, to stand after a colon, too.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is none; one may be started at any time.
    #[error("{0}")]
    Missing(String),
    /// It is locked and nobody has unlocked it in time, or it hangs: from here both look the same.
    #[error("the keyring is locked: unlock it and try again")]
    Locked,
    /// The person declined to unlock it, or the desktop has nothing to ask them with.
    #[error("the request to unlock the keyring was dismissed: try again and allow it, or unlock the keyring yourself")]
    Dismissed,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl Vault {
    /// `program` is this very one, asked for when it started: by now its file may be another release's, whose helper
    /// will do, but `current_exe` would name the deleted one.
    pub fn beside(program: &Path) -> Self {
        let name = format!("{}{}", keyring_helper::PROGRAM, std::env::consts::EXE_SUFFIX);
        Self { program: program.with_file_name(name), prompt: PROMPT, plain: PLAIN }
    }

    /// What is kept for `account`, if anything is. The person may be prompted, and is given a minute.
    pub async fn get(&self, account: &str) -> Result<Option<Secret>, VaultError> {
        match self.ask(&Request::Get { account: account.to_owned() }, self.prompt).await? {
            Answer::Secret(secret) => Ok(Some(secret)),
            Answer::None => Ok(None),
            Answer::Done | Answer::Failed { .. } => Err(nonsense()),
        }
    }

    /// Keeps `secret` for `account`, in place of what was kept. The person may be prompted, and is given a minute.
    pub async fn set(&self, account: &str, secret: &Secret) -> Result<(), VaultError> {
        let request = Request::Set { account: account.to_owned(), secret: secret.clone(), make: false };
        done(&self.ask(&request, self.prompt).await?)
    }

    /// The same for somebody who waits for it: where there is no keyring yet, their desktop helps them to make one.
    pub async fn set_or_make(&self, account: &str, secret: &Secret) -> Result<(), VaultError> {
        let request = Request::Set { account: account.to_owned(), secret: secret.clone(), make: true };
        done(&self.ask(&request, self.prompt + self.prompt / 2).await?)
    }

    /// Forgets what is kept for `account`, if anything is. Nobody is prompted.
    pub async fn delete(&self, account: &str) -> Result<(), VaultError> {
        done(&self.ask(&Request::Delete { account: account.to_owned() }, self.plain).await?)
    }

    /// Whether a call would be answered at once. Nobody is prompted: this is what to ask again and again, as each
    /// prompt that nobody answers stays on the screen.
    pub async fn probe(&self) -> Result<(), VaultError> {
        done(&self.ask(&Request::Probe, self.plain).await?)
    }

    /// One helper, one question; never an [`Answer::Failed`].
    async fn ask(&self, request: &Request, patience: Duration) -> Result<Answer, VaultError> {
        match timeout(patience, self.converse(request)).await {
            Ok(Ok(Answer::Failed { kind, why })) => Err(match kind {
                Kind::Missing => VaultError::Missing(why),
                Kind::Locked => VaultError::Locked,
                Kind::Dismissed => VaultError::Dismissed,
                Kind::Other => VaultError::Failed(why),
            }),
            Ok(answered) => answered,
            // The helper was dropped, and that kills it.
            Err(_) => Err(VaultError::Locked),
        }
    }

    async fn converse(&self, request: &Request) -> Result<Answer, VaultError> {
        let question = keyring_helper::line(request)
            .map_err(|_| VaultError::Failed(format!("a keyring entry may have {LONGEST_LINE} bytes at most")))?;
        let failed = |error| {
            let program = self.program.display();
            VaultError::Failed(format!("the keyring can't be asked through {program}: {error}. Install Halo anew"))
        };
        let mut helper = Command::new(&self.program);
        helper
            // Its D-Bus library would start a thread for each core.
            .env("TOKIO_WORKER_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        os::unseen(helper.as_std_mut());
        let mut helper = helper.spawn().map_err(failed)?;
        if let Some(mut input) = helper.stdin.take() {
            // One that has ended doesn't read; what it said, or didn't, is what counts.
            let _ = input.write_all(&question).await;
        }
        drop(question);
        let mut answer = Zeroizing::new(vec![0; LONGEST_LINE]);
        let mut length = 0;
        if let Some(mut output) = helper.stdout.take() {
            // Into the one buffer that will be wiped.
            while let more @ 1.. = output.read(&mut answer[length..]).await.map_err(failed)? {
                length += more;
            }
        }
        let ended = helper.wait().await.map_err(failed)?;
        // What is wrong with an answer is not said, as the words would quote it.
        protocol::from_json(&answer[..length])
            .map_err(|_| VaultError::Failed(format!("the keyring helper gave no answer ({ended})")))
    }
}

fn done(answer: &Answer) -> Result<(), VaultError> {
    if matches!(answer, Answer::Done) { Ok(()) } else { Err(nonsense()) }
}

fn nonsense() -> VaultError {
    VaultError::Failed("the keyring helper answered something else than was asked".to_owned())
}

// The helper of these tests is a shell script.
#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const ACCOUNT: &str = "ada@https://presence.example";

    /// A vault whose helper is a script. Another program writes it: a file that this one has open for writing could
    /// not be run while another test starts something.
    fn vault(folder: &Path, script: &str) -> Vault {
        let path = folder.join("helper");
        let write = "printf '#!/bin/sh\n%s\n' \"$1\" > \"$0\" && chmod +x \"$0\"";
        let status = std::process::Command::new("sh").args(["-c", write]).arg(&path).arg(script).status();
        assert!(status.unwrap().success());
        Vault { program: path, prompt: Duration::from_secs(10), plain: Duration::from_secs(5) }
    }

    /// What the vault makes of a helper that says this.
    async fn told(answer: &str) -> Result<Option<Secret>, VaultError> {
        let folder = tempfile::tempdir().unwrap();
        vault(folder.path(), &format!("read -r question; echo '{answer}'")).get(ACCOUNT).await
    }

    #[tokio::test]
    async fn d08_each_answer_of_the_helper_has_its_meaning() {
        assert_eq!(told(r#"{"secret":"tok\"en"}"#).await, Ok(Some("tok\"en".to_owned().into())));
        assert_eq!(told(r#""none""#).await, Ok(None));
        let failed = |kind| format!(r#"{{"failed":{{"kind":"{kind}","why":"start one"}}}}"#);
        assert_eq!(told(&failed("missing")).await, Err(VaultError::Missing("start one".to_owned())));
        assert_eq!(told(&failed("locked")).await, Err(VaultError::Locked));
        assert_eq!(told(&failed("dismissed")).await, Err(VaultError::Dismissed));
        assert_eq!(told(&failed("other")).await, Err(VaultError::Failed("start one".to_owned())));
        assert_eq!(told(r#""done""#).await, Err(nonsense()));
    }

    #[tokio::test]
    async fn d08_the_helper_is_asked_on_its_input_alone_and_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), "cd \"${0%/*}\"; cat > question; echo \"$*\" > arguments; echo '\"done\"'");
        let question = || std::fs::read_to_string(folder.path().join("question")).unwrap();
        vault.set(ACCOUNT, &"line\nfeed".to_owned().into()).await.unwrap();
        assert_eq!(
            question(),
            format!("{{\"set\":{{\"account\":\"{ACCOUNT}\",\"secret\":\"line\\nfeed\",\"make\":false}}}}\n")
        );
        assert_eq!(std::fs::read_to_string(folder.path().join("arguments")).unwrap(), "\n");
        vault.delete(ACCOUNT).await.unwrap();
        assert_eq!(question(), format!("{{\"delete\":{{\"account\":\"{ACCOUNT}\"}}}}\n"));
        vault.probe().await.unwrap();
        assert_eq!(question(), "\"probe\"\n");
    }

    #[tokio::test]
    async fn d08_a_helper_that_hangs_is_killed_in_time_and_the_keyring_is_called_locked() {
        let folder = tempfile::tempdir().unwrap();
        let hangs = "echo $$ > \"$0.pid\"; exec sleep 1000";
        let limit = Duration::from_millis(500);
        let vault = Vault { prompt: limit, plain: limit, ..vault(folder.path(), hangs) };
        let secret = Secret::from("token".to_owned());
        for call in ["get", "set", "delete", "probe"] {
            let began = Instant::now();
            let ended = match call {
                "get" => vault.get(ACCOUNT).await.map(|_| ()),
                "set" => vault.set(ACCOUNT, &secret).await,
                "delete" => vault.delete(ACCOUNT).await,
                _ => vault.probe().await,
            };
            assert_eq!(ended, Err(VaultError::Locked), "{call}");
            assert!(began.elapsed() < limit * 6, "{call} took {:?}", began.elapsed());
            let id = std::fs::read_to_string(folder.path().join("helper.pid")).unwrap();
            let gone = async {
                while std::fs::read(format!("/proc/{}/cmdline", id.trim())).is_ok_and(|line| !line.is_empty()) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(Duration::from_secs(5), gone).await.expect("the helper was killed");
        }
    }

    #[tokio::test]
    async fn d08_a_helper_that_fails_is_told_without_what_it_said() {
        let no_answer = told(r#"{"secret":"hush", "#).await.unwrap_err();
        assert_eq!(no_answer.to_string(), "the keyring helper gave no answer (exit status: 0)");
        let no_answer = told(r#"{"secrets":"hush"}"#).await.unwrap_err();
        assert!(!format!("{no_answer} {no_answer:?}").contains("hush"), "{no_answer:?}");

        let folder = tempfile::tempdir().unwrap();
        let crashed = vault(folder.path(), "kill -SEGV $$").get(ACCOUNT).await.unwrap_err();
        assert!(crashed.to_string().contains("signal: 11"), "{crashed}");
        let endless = vault(folder.path(), "exec cat /dev/zero").get(ACCOUNT).await.unwrap_err();
        assert!(endless.to_string().contains("gave no answer"), "{endless}");
        let gone = Vault::beside(&folder.path().join("elsewhere")).get(ACCOUNT).await.unwrap_err();
        assert!(gone.to_string().contains("Install Halo anew"), "{gone}");
    }

    #[tokio::test]
    async fn d08_a_secret_too_long_for_a_line_is_refused_and_nothing_is_started() {
        let long = Secret::from("x".repeat(LONGEST_LINE));
        let refused = Vault::beside(Path::new("/nowhere")).set(ACCOUNT, &long).await.unwrap_err();
        assert!(refused.to_string().contains("bytes at most"), "{refused}");
    }

    #[test]
    fn d08_words_and_debug_hold_no_secret() {
        let secret = Secret::from("hush".to_owned());
        let request = Request::Set { account: ACCOUNT.to_owned(), secret: secret.clone(), make: false };
        assert!(!format!("{request:?} {:?}", Answer::Secret(secret)).contains("hush"));
    }
}
