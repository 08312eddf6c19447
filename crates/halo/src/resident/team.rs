//! The team's service as the hub of this program.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use agent::{Account, Asked, Hub, News, Refusal, Tick};
use connect::{Address, Client, FetchError, Follow, NotTaken, Setup, Team, Timing, Tokens};
use jiff::{SignedDuration, Timestamp};
use presence::{Effective, Interval, Moment, Policy, Span, State, StatusId, What};
use protocol::service::PersonView;
use protocol::{Check, CheckState, Connection, HeldAs, HeldItem, Intent, Notice, Reply, Request, Trouble};
use signals::clock;
use tokio::sync::{mpsc, oneshot};
use words::Language;

use super::account::SignedIn;

/// How long a clean end may take to reach the service.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the doctor says of a keyring that has given the token.
const HOLDS_IT: &str = "holds the token of the sign-in, and nothing else does";

/// A team's service, from this device.
pub struct TeamHub {
    team: Team,
    account: Account,
    ticks: mpsc::Sender<Tick>,
}

impl std::fmt::Debug for TeamHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeamHub").field("account", &self.account).finish_non_exhaustive()
    }
}

impl TeamHub {
    /// Takes up the sign-in and begins to connect.
    pub fn open(
        signed_in: &SignedIn,
        tokens: Arc<dyn Tokens>,
        data: &Path,
        policy: Policy,
        ticks: mpsc::Sender<Tick>,
    ) -> anyhow::Result<Self> {
        let SignedIn { account, token } = signed_in;
        let address: Address = account.service.parse()?;
        let waker = ticks.clone();
        let team = Team::open(Setup {
            client: Arc::new(Client::new(address)),
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
        Ok(Self { team, account, ticks })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn refusal(error: NotTaken) -> Refusal {
    Refusal::from(error.to_string())
}

/// Sends what was fetched to whoever asked, if they still listen.
fn answer<T>(
    reply: oneshot::Sender<Reply>,
    make: impl FnOnce(T) -> Reply + Send + 'static,
) -> impl FnOnce(Result<T, FetchError>) + Send + 'static {
    move |fetched| {
        let _ = reply.send(fetched.map_or_else(|error| Reply::Refused(error.to_string().into()), make));
    }
}

impl Hub for TeamHub {
    fn clock(&self, now: Moment) -> Moment {
        self.team.clock(now)
    }

    fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), Refusal> {
        self.team.ask_all(whats, now).map_err(refusal)
    }

    fn sense(&mut self, at: Timestamp, what: What, now: Moment) {
        self.team.sense(at, what, now);
    }

    fn advance(&mut self, now: Moment) {
        self.team.advance(now);
    }

    fn effective(&self, now: Timestamp) -> Effective {
        self.team.effective(now)
    }

    fn state(&self) -> &State {
        self.team.state()
    }

    fn next_change(&self, now: Moment) -> Option<Duration> {
        self.team.next_change(now)
    }

    fn policy(&self) -> &Policy {
        self.team.policy()
    }

    fn person(&self) -> String {
        self.team.person().label.clone()
    }

    fn device(&self) -> &presence::DeviceId {
        self.team.device()
    }

    fn is_behind(&self) -> bool {
        self.team.is_behind()
    }

    fn connection(&self) -> Connection {
        self.team.connection()
    }

    fn fetch(&mut self, request: Request, language: Language, reply: oneshot::Sender<Reply>) {
        match request {
            Request::History { since, until, limit } => {
                let limit = limit.and_then(|limit| usize::try_from(limit).ok());
                self.team.fetch_history(Span { since, until, limit }, answer(reply, Reply::History));
            }
            Request::People { search } => {
                let policy = self.team.policy().clone();
                let rows = move |people: Vec<PersonView>| {
                    Reply::People(people.iter().map(|person| agent::person_row(person, &policy, language)).collect())
                };
                self.team.fetch_people(search, answer(reply, rows));
            }
            Request::Devices => self.team.fetch_devices(answer(reply, Reply::Devices)),
            Request::Do(Intent::DeleteHistory) => self.team.delete_history(answer(reply, |()| Reply::Done(None))),
            Request::Do(Intent::Revoke { device }) => {
                self.team.revoke(device, answer(reply, |()| Reply::Done(None)));
            }
            Request::Do(Intent::Favourite { person, on }) => self.follow(person, Follow::Favourite, on, reply),
            Request::Do(Intent::TellWhenFree { person, on }) => self.follow(person, Follow::TellWhenFree, on, reply),
            _ => drop(reply.send(Reply::Refused("that is not for the service".into()))),
        }
    }

    fn recent(&self, span: &Span) -> Result<Vec<Interval>, Refusal> {
        Ok(self.team.recent(span))
    }

    fn kept_since(&self) -> Result<Option<Timestamp>, Refusal> {
        Ok(self.team.kept_since())
    }

    /// How long history is kept is the organisation's decision there.
    fn keep_history(&mut self, _keep: Option<SignedDuration>, _now: Moment) {}

    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal> {
        self.team.hold(notice, held_as, now).map_err(refusal)
    }

    fn held(&self) -> Result<Vec<HeldItem>, Refusal> {
        Ok(self.team.held().to_vec())
    }

    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal> {
        self.team.mark_told(up_to);
        Ok(())
    }

    fn clear_held(&mut self) -> Result<usize, Refusal> {
        Ok(self.team.clear_held())
    }

    fn forget_held(&mut self, id: u64) -> Result<bool, Refusal> {
        Ok(self.team.forget_held(id))
    }

    fn checks(&self) -> Vec<Check> {
        let waiting = self.team.waiting();
        let (state, why) = match (self.team.connection(), self.team.trouble()) {
            (Connection::Online, _) => (CheckState::Working, "connected".to_owned()),
            (_, Some(trouble)) => (CheckState::Failing, plain(trouble)),
            (_, None) => (CheckState::Failing, "connecting".to_owned()),
        };
        let signed_out = self.team.connection() == Connection::SignedOut;
        let service = Check {
            part: "service".to_owned(),
            name: self.account.service.clone(),
            state,
            chosen: true,
            why: if waiting == 0 { why } else { format!("{why} ({waiting} changes wait for its answer)") },
            advice: signed_out.then(|| format!("sign in again: halo sign-in {}", self.account.service)),
            last: None,
        };
        let (path, fault) = self.team.outbox();
        let outbox = Check {
            part: "outbox".to_owned(),
            name: path.display().to_string(),
            state: if fault.is_some() { CheckState::Failing } else { CheckState::Working },
            chosen: true,
            why: fault.unwrap_or("what the service has not confirmed yet survives a crash").to_owned(),
            advice: None,
            last: None,
        };
        vec![service, outbox, self.keyring()]
    }

    fn account(&self) -> Option<Account> {
        Some(Account { trouble: self.team.trouble().cloned(), ..self.account.clone() })
    }

    fn asked(&self) -> Asked {
        Asked { status: self.team.asked(), message: self.team.message_waits() }
    }

    fn others_see(&self, now: Timestamp) -> Option<(StatusId, Timestamp)> {
        self.team.others_see(now)
    }

    fn people(&self) -> &[PersonView] {
        self.team.people()
    }

    fn take_news(&mut self) -> Vec<News> {
        self.team.take_news().into_iter().map(News::OfService).collect()
    }

    fn close(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.team.close(FAREWELL))
    }
}

impl TeamHub {
    /// Follows somebody; a click in the tray has nobody who waits for the answer, so a refusal is said on the screen.
    fn follow(&self, person: String, how: Follow, on: bool, reply: oneshot::Sender<Reply>) {
        let ticks = self.ticks.clone();
        let told = move |followed: Result<String, FetchError>| {
            let answer = followed.map_or_else(|error| Reply::Refused(error.to_string().into()), |_| Reply::Done(None));
            if let Err(Reply::Refused(said)) = reply.send(answer) {
                // A queue so full that it takes nothing has the person's attention already.
                let _ = ticks.try_send(Tick::Say(said.words));
            }
        };
        self.team.follow(person, how, on, told);
    }

    fn keyring(&self) -> Check {
        use Trouble::{SignedOut, TokenLocked, TokenMissing, TokenUnavailable, Unreachable};
        let trouble = self.team.trouble();
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
            None if self.team.connection() == Connection::Online => (CheckState::Working, HOLDS_IT.to_owned()),
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

fn plain(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable(why) | Trouble::TokenUnavailable(why) => why.clone(),
        Trouble::TokenLocked => "the keyring is locked".to_owned(),
        Trouble::TokenMissing => "does not hold the token of the sign-in; Halo keeps looking".to_owned(),
        Trouble::SignedOut(why) => format!("signed out: {why}"),
    }
}
