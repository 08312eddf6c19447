//! The embedded hub: the presence service inside the program, on this device's clocks.

use std::path::Path;

use agent::{Fetch, HeldBox, Hub, News, Refusal, Settings};
use engine::{LogError, PersonId, Retention, Seat, Weight, WriteKey};
use jiff::{SignedDuration, Timestamp};
use log_sqlite::{Found, Opened, Sharing, Sqlite, Whereabouts};
use presence::{DeviceId, Effective, Interval, Moment, Policy, Span, State, What};
use protocol::service::Hold;
use protocol::{Check, CheckState, Connection, HeldAs, HeldItem, Notice};
use signals::clock;
use words::{Language, key};

type Engine = engine::Engine<Sqlite>;

/// The only device of an embedded service.
const THIS_DEVICE: &str = "this";

/// The service, and what it needs of the device.
#[derive(Debug)]
pub struct Embedded {
    engine: Engine,
    seat: Seat,
    /// What the person is called.
    name: String,
    boot_id: Box<str>,
    keep: Option<SignedDuration>,
    /// How much of what is too old may go.
    retention: Retention,
    /// Why the last write failed, while it does.
    fault: Option<String>,
    /// Which file it is.
    whereabouts: Whereabouts,
    /// Why nothing can be kept, since another file has taken the place of ours.
    replaced: Option<String>,
    /// Why the log, once its file was gone, can't be written anew: until it can, nothing that is asked for is promised.
    gone: Option<String>,
    news: Vec<News>,
}

impl Embedded {
    /// Opens the log and takes up the session, or signs in.
    pub fn open(data: &Path, settings: &Settings, policy: Policy, now: Moment) -> Result<(Self, Opened), LogError> {
        let name = settings.name().map_or_else(login_name, str::to_owned);
        let (engine, opened) = open(data, policy)?;
        let boot_id: Box<str> = clock::boot_id().into();
        let moment = engine::Moment { wall: now.wall, boot: now.boot, boot_id: boot_id.clone() };
        let mut embedded = Self {
            retention: Retention::new(engine.last_recorded(), &moment),
            whereabouts: Whereabouts::of(engine.keeper()),
            engine,
            seat: Seat { person: PersonId::LOCAL, device: DeviceId::from(THIS_DEVICE) },
            name,
            boot_id,
            keep: settings.keep_history(),
            fault: None,
            replaced: None,
            gone: None,
            news: Vec::new(),
        };
        let own_default = settings.sign_in_status().cloned();
        if embedded.state().own_default() != own_default.as_ref() {
            let what = What::DefaultSet { status: own_default };
            embedded.engine.record(&embedded.seat, now.wall, what, Weight::Asked, &moment)?;
        }
        let covers = settings.covers();
        if embedded.state().own_covers() != covers {
            let what = What::CoversSet { statuses: covers.map(<[_]>::to_vec) };
            embedded.engine.record(&embedded.seat, now.wall, what, Weight::Asked, &moment)?;
        }
        let beginning = embedded.engine.begin(&embedded.seat, &moment)?;
        tracing::info!("{beginning:?}");
        Ok((embedded, opened))
    }

    /// Keeps what came to this desk while it was signed in to a service that never heard of it: all, and each once.
    pub fn take_held(&mut self, left: &[(String, Hold)], now: Moment) -> Result<(), LogError> {
        let wanted: Vec<_> = left.iter().map(|(key, hold)| (WriteKey { key, digest: key.as_bytes() }, hold)).collect();
        self.engine.hold_once(self.seat.person, &wanted, now.wall).map(|_| ())
    }

    fn moment(&self, now: Moment) -> engine::Moment {
        engine::Moment { wall: now.wall, boot: now.boot, boot_id: self.boot_id.clone() }
    }

    /// Notices that the file is gone or another one. Of one that is gone nothing is lost: it is written anew. One that
    /// somebody put in its place is theirs, so ours is kept beside it, and nothing more is promised.
    fn look_after_the_file(&mut self) {
        if self.replaced.is_some() {
            return;
        }
        let kept = match self.whereabouts.look(self.engine.keeper_mut()) {
            Found::InPlace => return,
            Found::WrittenAnew => {
                (self.gone, self.fault) = (None, None);
                return self.news.push(News::Fault(key::FAULT_LOG_RESCUED, Vec::new()));
            }
            Found::Gone(error) => return self.gone = Some(error.to_string()),
            Found::Replaced(kept) => kept,
        };
        let holes = [("path", kept.as_str())];
        self.replaced = Some(Language::English.say(key::FAULT_LOG_REPLACED, &holes));
        self.news.push(News::Fault(key::FAULT_LOG_REPLACED, vec![("path", kept)]));
    }

    /// Refuses what would be kept nowhere.
    fn may_promise(&mut self) -> Result<(), Refusal> {
        self.look_after_the_file();
        match (&self.replaced, &self.gone) {
            (Some(why), _) => Err(Refusal::from(format!("nothing was changed: {why} To restart it: halo restart"))),
            (None, Some(why)) => Err(Refusal::from(format!("nothing was changed: {why}"))),
            (None, None) => Ok(()),
        }
    }

    /// Forgets what is older than the person wants kept, as fast as the clock may be believed (C24).
    fn forget_old(&mut self, moment: &engine::Moment) {
        let due = self.retention.is_due(moment);
        let Some(keep) = self.keep.filter(|_| due) else { return };
        forgotten(self.engine.forget_a_day(&self.seat, keep, moment.wall));
    }
}

/// Opens the log; a damaged one is set aside for a fresh one.
fn open(data: &Path, policy: Policy) -> Result<(Engine, Opened), LogError> {
    let (keeper, opened) = Sqlite::open(data, Sharing::Alone)?;
    match Engine::new(keeper, policy.clone()) {
        Err(LogError::Damaged(_)) => {
            let (keeper, opened) = Sqlite::begin_anew(data)?;
            Ok((Engine::new(keeper, policy)?, opened))
        }
        engine => Ok((engine?, opened)),
    }
}

fn forgotten(done: Result<usize, LogError>) {
    match done {
        Ok(0) => {}
        Ok(facts) => tracing::info!("{facts} facts were older than the retention and are forgotten"),
        Err(error) => tracing::warn!("{error}"),
    }
}

/// What the system calls whoever runs this.
fn login_name() -> String {
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_else(|| "me".to_owned())
}

fn refusal(error: &LogError) -> Refusal {
    Refusal::from(error.to_string())
}

impl Hub for Embedded {
    fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), Refusal> {
        let moment = self.moment(now);
        self.may_promise()?;
        let asked = self.engine.record_asked(&self.seat, whats.into_iter().map(|what| (now.wall, what)), &moment);
        self.fault = asked.as_ref().err().map(ToString::to_string);
        asked.map(|_| ()).map_err(|error| Refusal::from(format!("nothing was changed: {error}")))
    }

    fn sense(&mut self, at: Timestamp, what: What, now: Moment) {
        let moment = self.moment(now);
        if let Err(error) = self.engine.record(&self.seat, at, what, Weight::Sensed, &moment) {
            tracing::error!("{error}");
        }
    }

    fn advance(&mut self, now: Moment) {
        let moment = self.moment(now);
        self.look_after_the_file();
        self.engine.advance(self.seat.person, &moment);
        if self.is_behind() {
            self.fault = self.engine.flush().err().map(|error| error.to_string());
        }
        self.forget_old(&moment);
    }

    fn effective(&self, now: Timestamp) -> Effective {
        self.engine.effective(self.seat.person, now)
    }

    fn state(&self) -> &State {
        self.engine.state(self.seat.person)
    }

    fn policy(&self) -> &Policy {
        self.engine.policy()
    }

    fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    fn person(&self) -> String {
        self.name.clone()
    }

    fn device(&self) -> &DeviceId {
        &self.seat.device
    }

    fn is_behind(&self) -> bool {
        self.engine.waiting() > 0
    }

    fn connection(&self) -> Connection {
        Connection::Embedded
    }

    fn fetch(&mut self, fetch: Fetch) {
        match fetch {
            Fetch::History(span, answer) => {
                let of = |one| protocol::Interval::of(one, self.engine.policy());
                let history = self.recent(&span).map(|history| history.into_iter().map(of).collect());
                let _ = answer.give(history);
            }
            Fetch::DeleteHistory(answer) => {
                let deleted = self.engine.delete_history(&self.seat);
                self.whereabouts.may_be_shorter();
                let _ = answer.give(deleted.map_err(|error| refusal(&error)));
            }
        }
    }

    fn recent(&self, span: &Span) -> Result<Vec<Interval>, Refusal> {
        self.engine.history(self.seat.person, span).map_err(|error| refusal(&error))
    }

    fn kept_since(&self) -> Result<Option<Timestamp>, Refusal> {
        self.engine.kept_since(self.seat.person).map_err(|error| refusal(&error))
    }

    fn keep_history(&mut self, keep: Option<SignedDuration>, now: Moment) {
        if self.keep == keep {
            return;
        }
        self.keep = keep;
        let moment = self.moment(now);
        // The person asked for it, so it is done at once, unless the clock is not to be believed.
        let limit = keep.and_then(|keep| now.wall.checked_sub(keep).ok());
        if let Some(limit) = limit.filter(|_| !self.retention.is_far(&moment)) {
            forgotten(self.engine.forget_before(&self.seat, limit));
        }
    }

    fn checks(&self) -> Vec<Check> {
        let path = self.engine.keeper().path();
        let waiting = self.engine.waiting();
        let (state, why) = match self.replaced.as_ref().or(self.gone.as_ref()).or(self.fault.as_ref()) {
            None => (CheckState::Working, "each fact is synced to disk before it is shown".to_owned()),
            Some(fault) if waiting > 0 => (CheckState::Failing, format!("{fault} ({waiting} facts wait)")),
            Some(fault) => (CheckState::Failing, fault.clone()),
        };
        let network = log_sqlite::network_file_system(path);
        let advice = network.map(|kind| {
            format!(
                "it lies on {kind}: what survives a power cut is up to that server. XDG_DATA_HOME puts it elsewhere"
            )
        });
        vec![Check {
            part: "log".to_owned(),
            name: path.display().to_string(),
            state,
            chosen: true,
            why,
            advice,
            last: None,
        }]
    }
}

impl HeldBox for Embedded {
    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal> {
        self.may_promise()?;
        self.engine.hold(self.seat.person, notice, held_as, now.wall).map_err(|error| refusal(&error))
    }

    fn held(&self) -> Result<Vec<HeldItem>, Refusal> {
        self.engine.held(self.seat.person).map_err(|error| refusal(&error))
    }

    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal> {
        self.engine.mark_told(self.seat.person, up_to).map_err(|error| refusal(&error))
    }

    fn clear_held(&mut self) -> Result<usize, Refusal> {
        self.engine.clear_held(self.seat.person, u64::MAX).map_err(|error| refusal(&error))
    }

    fn forget_held(&mut self, id: u64) -> Result<bool, Refusal> {
        self.engine.forget_held(self.seat.person, id).map_err(|error| refusal(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;
    use crate::hub_suite::{Bench, every_law};

    /// The hub, its file, and clocks that go on by a second each time somebody looks at them.
    struct OnDisk {
        hub: Embedded,
        _folder: tempfile::TempDir,
        seconds: Cell<u32>,
    }

    fn at(seconds: u32) -> Moment {
        let nine: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let since = Duration::from_secs(seconds.into());
        Moment { wall: nine + since, boot: Duration::from_secs(10_000) + since }
    }

    impl OnDisk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (hub, _) = Embedded::open(folder.path(), &Settings::default(), Policy::genesys(), at(0)).unwrap();
            Self { hub, _folder: folder, seconds: 0.into() }
        }
    }

    impl Bench for OnDisk {
        fn hub(&mut self) -> &mut dyn Hub {
            &mut self.hub
        }
        fn now(&self) -> Moment {
            self.seconds.update(|seconds| seconds + 1);
            at(self.seconds.get())
        }
    }

    every_law!(OnDisk::new());
}
