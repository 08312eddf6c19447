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
use words::{Language, key};

use crate::newest::Newest;
use crate::place::{read_text, write_whole};

/// A log-in has other things to do first.
const AFTER_START: Duration = Duration::from_secs(10);

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How long the other process may take; its own patience is shorter.
const ANSWERS: Duration = Duration::from_secs(90);

/// What is kept, so that a restart asks no more often and tells nothing twice.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    asked: Option<Timestamp>,
    told: Option<String>,
}

/// Begins to ask; ends with the controller. Whether an address is still set, the other process looks itself.
pub fn begin(data: &Path, program: &Path, language: Language, ticks: &mpsc::Sender<Tick>) {
    let asker = Asker { file: data.join("newer.toml"), program: program.to_owned(), language, ticks: ticks.clone() };
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
    language: Language,
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
        if self.keep(&kept)
            && let Some(newest) = self.ask().await.filter(|newest| newest.newer)
            && kept.told.as_ref() != Some(&newest.version)
        {
            kept.told = Some(newest.version.clone());
            if self.keep(&kept) {
                self.tell(&newest).await;
            }
        }
        DAY.unsigned_abs()
    }

    async fn ask(&self) -> Option<Newest> {
        let mut command = std::process::Command::new(&self.program);
        command.args(["newer", "--json"]);
        crate::os::unseen(&mut command);
        let mut command = Command::from(command);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let said = tokio::time::timeout(ANSWERS, command.output()).await.ok()?.ok()?;
        if !said.status.success() {
            tracing::warn!("whether there is a newer Halo: {}", String::from_utf8_lossy(&said.stderr).trim());
            return None;
        }
        protocol::from_json(&said.stdout).ok()
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

    async fn tell(&self, newest: &Newest) {
        let page = newest.page.as_deref().unwrap_or_default();
        let said = self.language.say(key::NOTICE_NEWER, &[("version", &newest.version), ("page", page)]);
        let _ = self.ticks.send(Tick::Say(said.trim_end().to_owned())).await;
    }
}
