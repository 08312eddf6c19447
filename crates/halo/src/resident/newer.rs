//! Is there a newer Halo? Asked once a day, if somebody wants it asked, and told once a release.
//!
//! Another process asks (`halo newer`): what a request needs would stay in this one's memory for good.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use agent::Tick;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio::sync::mpsc;
use words::key;

use crate::cli::failure::UNREACHABLE;
use crate::newest::Newest;
use crate::place::{read_text, write_whole};

/// A log-in has other things to do first.
const AFTER_START: Duration = Duration::from_secs(10);

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// After this long it is tried again where nobody could be reached.
const RETRY: SignedDuration = SignedDuration::from_hours(1);

/// How long the other process may take; its own patience is shorter.
const ANSWERS: Duration = Duration::from_secs(90);

/// What is kept, so that a restart asks no more often and tells nothing twice.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    asked: Option<Timestamp>,
    told: Option<String>,
    /// What was told of an answer that can't be taken.
    fault: Option<String>,
}

/// What the other process said.
enum Said {
    Newest(Newest),
    /// Nobody could be reached.
    Nothing,
    /// In words, why the answer can't be taken.
    Fault(String),
}

/// Begins to ask; ends with the controller. Whether an address is still set, the other process looks itself.
pub fn begin(data: &Path, program: &Path, ticks: &mpsc::Sender<Tick>) {
    let asker = Asker { file: data.join("newer.toml"), program: program.to_owned(), ticks: ticks.clone() };
    tokio::spawn(async move {
        tokio::time::sleep(AFTER_START).await;
        while !asker.ticks.is_closed() {
            let wait = asker.day().await;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = asker.ticks.closed() => {}
            }
        }
    });
}

struct Asker {
    file: PathBuf,
    program: PathBuf,
    ticks: mpsc::Sender<Tick>,
}

impl Asker {
    /// Asks if it is time, and says how long until the next one.
    async fn day(&self) -> Duration {
        let mut kept: Kept =
            read_text(&self.file).ok().flatten().and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
        let now = Timestamp::now();
        // A clock that was set back must not silence it for years.
        let since = kept.asked.map(|asked| now.duration_since(asked)).filter(|since| !since.is_negative());
        if let Some(left) = since.and_then(|since| Duration::try_from(DAY - since).ok()).filter(|left| !left.is_zero())
        {
            return left;
        }
        kept.asked = Some(now);
        // What can't be kept would be asked at each start.
        if !self.keep(&kept) {
            return DAY.unsigned_abs();
        }
        match self.ask().await {
            Said::Newest(newest) => {
                let is_news = newest.newer && kept.told.as_ref() != Some(&newest.version);
                if is_news || kept.fault.is_some() {
                    kept.fault = None;
                    kept.told = is_news.then(|| newest.version.clone()).or(kept.told);
                    if self.keep(&kept) && is_news {
                        self.tell(newest).await;
                    }
                }
            }
            Said::Nothing => {
                kept.asked = Some(now - DAY + RETRY);
                self.keep(&kept);
                return RETRY.unsigned_abs();
            }
            Said::Fault(why) => {
                if kept.fault.as_ref() != Some(&why) {
                    kept.fault = Some(why.clone());
                    if self.keep(&kept) {
                        let _ = self.ticks.send(Tick::Tell(key::FAULT_NEWER, vec![("why", why)])).await;
                    }
                }
            }
        }
        DAY.unsigned_abs()
    }

    async fn ask(&self) -> Said {
        let mut command = std::process::Command::new(&self.program);
        command.args(["newer", "--json"]);
        crate::os::unseen(&mut command);
        let mut command = Command::from(command);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let Ok(Ok(said)) = tokio::time::timeout(ANSWERS, command.output()).await else { return Said::Nothing };
        if let Ok(newest) = protocol::from_json(&said.stdout) {
            return Said::Newest(newest);
        }
        let why = String::from_utf8_lossy(&said.stderr).trim().trim_start_matches("halo: ").to_owned();
        tracing::warn!("whether there is a newer Halo: {why}");
        // Whoever has taken the address away since wants nothing told.
        if said.status.code() == Some(UNREACHABLE.into()) || why.is_empty() { Said::Nothing } else { Said::Fault(why) }
    }

    fn keep(&self, kept: &Kept) -> bool {
        let written = toml::to_string(kept)
            .map_err(std::io::Error::other)
            .and_then(|text| write_whole(&self.file, text.as_bytes()));
        written
            .inspect_err(|error| {
                tracing::warn!(
                    "{} can't be written, so nobody is asked whether there is a newer Halo: {error}",
                    self.file.display()
                );
            })
            .is_ok()
    }

    async fn tell(&self, newest: Newest) {
        let holes = vec![("version", newest.version), ("page", newest.page.unwrap_or_default())];
        let _ = self.ticks.send(Tick::Tell(key::NOTICE_NEWER, holes)).await;
    }
}
