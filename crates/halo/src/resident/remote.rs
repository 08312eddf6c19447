//! The remote hub: a team's service as the hub of this program.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use agent::{Account, Answer, Asked, Fetch, HeldBox, Hub, News, Refusal, TeamFetch, TeamService, Tick};
use connect::{Addresses, Client, FetchError, NotTaken, RemoteHub, Setup, Timing, Tokens};
use jiff::{SignedDuration, Timestamp};
use presence::{Effective, Interval, Moment, Policy, Span, State, StatusId, What};
use protocol::service::PersonView;
use protocol::{Check, CheckState, Connection, HeldAs, HeldItem, Notice, Trouble};
use signals::clock;
use tokio::sync::mpsc;

use super::account::SignedIn;

/// How long a clean end may take to reach the service.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the doctor says of a keyring that has given the token.
const HOLDS_IT: &str = "holds the token of the sign-in, and nothing else does";

/// A team's service, and what the program knows of the sign-in to it.
pub struct Remote {
    hub: RemoteHub,
    account: Account,
    ticks: mpsc::Sender<Tick>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Remote {
    /// Takes up the sign-in and begins to connect.
    pub fn open(
        signed_in: &SignedIn,
        tokens: Arc<dyn Tokens>,
        data: &Path,
        policy: Policy,
        ticks: mpsc::Sender<Tick>,
    ) -> anyhow::Result<Self> {
        let SignedIn { account, token } = signed_in;
        let addresses: Addresses = account.service.parse()?;
        let waker = ticks.clone();
        let hub = RemoteHub::open(Setup {
            client: Arc::new(Client::new(addresses)),
            folder: data.to_owned(),
            device: account.device.as_str().into(),
            name: account.name.clone(),
            label: account.label.clone(),
            policy,
            boot_id: clock::boot_id(),
            tokens,
            now: clock::now,
            // A full queue has something in it already: the controller is about to look.
            wake: Arc::new(move || drop(waker.try_send(Tick::Heard))),
            timing: Timing::default(),
        });
        let account = Account {
            service: account.service.clone(),
            name: account.name.clone(),
            this_run_only: token.is_some(),
            trouble: None,
        };
        Ok(Self { hub, account, ticks })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn refusal(error: NotTaken) -> Refusal {
    Refusal::from(error.to_string())
}

/// Passes on what was fetched. Whoever hung up before the answer needs none.
fn give<T: 'static>(answer: Answer<T>) -> impl FnOnce(Result<T, FetchError>) + Send + 'static {
    move |fetched| drop(answer.give(fetched.map_err(|error| Refusal::from(error.to_string()))))
}

impl Hub for Remote {
    fn clock(&self, now: Moment) -> Moment {
        self.hub.clock(now)
    }

    fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), Refusal> {
        self.hub.ask_all(whats, now).map_err(refusal)
    }

    fn sense(&mut self, at: Timestamp, what: What, now: Moment) {
        self.hub.sense(at, what, now);
    }

    fn advance(&mut self, now: Moment) {
        self.hub.advance(now);
    }

    fn effective(&self, now: Timestamp) -> Effective {
        self.hub.effective(now)
    }

    fn state(&self) -> &State {
        self.hub.state()
    }

    fn next_change(&self, now: Moment) -> Option<Duration> {
        self.hub.next_change(now)
    }

    fn policy(&self) -> &Policy {
        self.hub.policy()
    }

    fn person(&self) -> String {
        self.hub.person().label.clone()
    }

    fn device(&self) -> &presence::DeviceId {
        self.hub.device()
    }

    fn is_behind(&self) -> bool {
        self.hub.is_behind()
    }

    fn connection(&self) -> Connection {
        self.hub.connection()
    }

    fn fetch(&mut self, fetch: Fetch) {
        match fetch {
            Fetch::History(span, answer) => self.hub.fetch_history(span, give(answer)),
            Fetch::DeleteHistory(answer) => self.hub.delete_history(give(answer)),
        }
    }

    fn recent(&self, span: &Span) -> Result<Vec<Interval>, Refusal> {
        Ok(self.hub.recent(span))
    }

    fn kept_since(&self) -> Result<Option<Timestamp>, Refusal> {
        Ok(self.hub.kept_since())
    }

    /// How long history is kept is the organisation's decision there.
    fn keep_history(&mut self, _keep: Option<SignedDuration>, _now: Moment) {}

    fn checks(&self) -> Vec<Check> {
        let waiting = self.hub.waiting();
        let (state, why) = match (self.hub.connection(), self.hub.trouble()) {
            (Connection::Online, _) => (CheckState::Working, "connected".to_owned()),
            (_, Some(trouble)) => (CheckState::Failing, plain(trouble)),
            (_, None) => (CheckState::Failing, "connecting".to_owned()),
        };
        let signed_out = self.hub.connection() == Connection::SignedOut;
        let service = Check {
            part: "service".to_owned(),
            name: self.account.service.clone(),
            state,
            chosen: true,
            why: if waiting == 0 { why } else { format!("{why} ({waiting} changes wait for its answer)") },
            advice: signed_out.then(|| format!("sign in again: halo sign-in {}", self.account.service)),
            last: None,
        };
        let (path, fault) = self.hub.outbox();
        let outbox = Check {
            part: "outbox".to_owned(),
            name: path.display().to_string(),
            state: if fault.is_some() { CheckState::Failing } else { CheckState::Working },
            chosen: true,
            why: fault.unwrap_or("what the service has not confirmed yet survives a crash").to_owned(),
            advice: None,
            last: None,
        };
        [service, outbox, self.keyring()].into_iter().chain(unknown(self.hub.unknown())).collect()
    }

    fn team(&self) -> Option<&dyn TeamService> {
        Some(self)
    }

    fn take_news(&mut self) -> Vec<News> {
        self.hub.take_news().into_iter().map(News::OfService).collect()
    }

    fn close(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.hub.close(FAREWELL))
    }
}

impl HeldBox for Remote {
    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal> {
        self.hub.hold(notice, held_as, now).map_err(refusal)
    }

    fn held(&self) -> Result<Vec<HeldItem>, Refusal> {
        Ok(self.hub.held().to_vec())
    }

    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal> {
        self.hub.mark_told(up_to);
        Ok(())
    }

    fn clear_held(&mut self) -> Result<usize, Refusal> {
        Ok(self.hub.clear_held())
    }

    fn forget_held(&mut self, id: u64) -> Result<bool, Refusal> {
        Ok(self.hub.forget_held(id))
    }
}

impl TeamService for Remote {
    fn account(&self) -> Account {
        Account { trouble: self.hub.trouble().cloned(), ..self.account.clone() }
    }

    fn asked(&self) -> Asked {
        Asked { status: self.hub.asked(), message: self.hub.message_waits() }
    }

    fn others_see(&self, now: Timestamp) -> Option<(StatusId, Timestamp)> {
        self.hub.others_see(now)
    }

    fn people(&self) -> &[PersonView] {
        self.hub.people()
    }

    fn fetch(&self, fetch: TeamFetch) {
        match fetch {
            TeamFetch::People(search, answer) => self.hub.fetch_people(search, give(answer)),
            TeamFetch::Devices(answer) => self.hub.fetch_devices(give(answer)),
            TeamFetch::Revoke(device, answer) => self.hub.revoke(device, give(answer)),
            TeamFetch::Follow { person, how, on, answer } => {
                let ticks = self.ticks.clone();
                self.hub.follow(person, how, on, move |followed| {
                    let followed = followed.map(drop).map_err(|error| Refusal::from(error.to_string()));
                    // After a click in the tray nobody waits for the answer, so a refusal is said on the screen. A queue
                    // so full that it takes nothing has the person's attention already.
                    let _ = answer.give(followed).map(|refusal| ticks.try_send(Tick::Say(refusal.0.words)));
                });
            }
        }
    }
}

impl Remote {
    fn keyring(&self) -> Check {
        use Trouble::{SignedOut, TokenLocked, TokenMissing, TokenUnavailable, Unreachable};
        let trouble = self.hub.trouble();
        let (state, why) = match trouble {
            _ if self.account.this_run_only => {
                (CheckState::Absent, "signed in for this run only: the token is kept nowhere".to_owned())
            }
            Some(trouble @ (TokenLocked | TokenMissing | TokenUnavailable(_))) => (CheckState::Failing, plain(trouble)),
            Some(SignedOut(_)) => {
                (CheckState::Working, "holds a token that the service doesn't take any more".to_owned())
            }
            // The service was asked, so the token was there.
            Some(Unreachable(_)) => (CheckState::Working, HOLDS_IT.to_owned()),
            None if self.hub.connection() == Connection::Online => (CheckState::Working, HOLDS_IT.to_owned()),
            None => (CheckState::Working, "is being asked for the token of the sign-in".to_owned()),
        };
        let advice = match trouble {
            Some(TokenLocked) => Some("unlock it: Halo then connects by itself".to_owned()),
            Some(TokenMissing) => Some(format!(
                "start or unlock the keyring that has it: Halo then connects by itself. If it is lost, sign in again: \
                 halo sign-in {}",
                self.account.service
            )),
            _ => None,
        };
        Check {
            part: "keyring".to_owned(),
            name: "the desktop's keyring".to_owned(),
            state,
            chosen: !self.account.this_run_only,
            why,
            advice: advice.filter(|_| !self.account.this_run_only),
            last: None,
        }
    }
}

/// What a newer service says that this version leaves out.
fn unknown(unknown: &BTreeMap<String, usize>) -> Option<Check> {
    let said: Vec<_> = unknown.iter().map(|(what, count)| format!("{what} ({count}×)")).collect();
    (!said.is_empty()).then(|| Check {
        part: "service".to_owned(),
        name: "what it says".to_owned(),
        state: CheckState::Working,
        chosen: false,
        why: format!("it is newer than this Halo, which leaves out {}", said.join(", ")),
        advice: Some("update Halo".to_owned()),
        last: None,
    })
}

fn plain(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable(why) | Trouble::TokenUnavailable(why) => why.clone(),
        Trouble::TokenLocked => "the keyring is locked".to_owned(),
        Trouble::TokenMissing => "does not hold the token of the sign-in; Halo keeps looking".to_owned(),
        Trouble::SignedOut(why) => format!("signed out: {why}"),
    }
}

#[cfg(test)]
mod tests;
