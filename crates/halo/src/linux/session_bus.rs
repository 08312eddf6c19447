//! The session bus: keeps a connection to it, and an eye on the notification daemon, through all that comes and goes.

use std::sync::Arc;
use std::time::Duration;

use agent::Tick;
use futures_util::StreamExt;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::{Connection, MatchRule, MessageStream};

use super::daemon::{DAEMON, Manners, OBJECT, PATIENCE};
use super::health::{Daemon, Health};
use super::notifications::{Answer, Order, Shown};

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(300);

/// A daemon that does not answer is asked again after this, then ever later.
const FIRST_PROBE: Duration = Duration::from_secs(10);

/// Keeps the connection and what is shown, until nobody gives orders any more.
pub async fn keep(mut orders: UnboundedReceiver<Order>, bus: Arc<Health>, ticks: mpsc::Sender<Tick>) {
    let (answers, mut answered) = mpsc::unbounded_channel();
    let mut shown = Shown::new(ticks.clone(), answers);
    let mut retry = FIRST_RETRY;
    // What came while there was no bus, and is the reason to try again at once.
    let mut waiting: Option<Order> = None;
    loop {
        let connected = match tokio::time::timeout(PATIENCE, Connection::session()).await {
            Ok(connected) => connected,
            Err(_) => Err(zbus::Error::Failure("it does not answer".to_owned())),
        };
        let error = match connected {
            Ok(connection) => {
                let mut keeper = Keeper::new(connection, &bus, &ticks);
                match keeper.serve(&mut orders, &mut answered, &mut shown, &mut retry, waiting.take()).await {
                    Ok(()) => return shown.close_all(&keeper.connection).await,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        tracing::warn!("no session bus: {error}");
        bus.bus_went(error.to_string());
        shown.forget_all().await;
        if let Some(Order::Show(notification)) = waiting.take() {
            shown.refuse(notification.tag, format!("no session bus: {error}")).await;
        }
        tokio::select! {
            () = tokio::time::sleep(retry) => {}
            order = orders.recv() => match order {
                None => return,
                order => waiting = order,
            },
        }
        retry = (retry * 2).min(LAST_RETRY);
    }
}

/// One connection's time.
struct Keeper<'k> {
    connection: Connection,
    bus: &'k Arc<Health>,
    ticks: &'k mpsc::Sender<Tick>,
    owner: Option<OwnedUniqueName>,
    /// The owner's, once it has told of them.
    manners: Option<Manners>,
    probe: Option<Instant>,
    next_probe: Duration,
}

impl<'k> Keeper<'k> {
    fn new(connection: Connection, bus: &'k Arc<Health>, ticks: &'k mpsc::Sender<Tick>) -> Self {
        Self { connection, bus, ticks, owner: None, manners: None, probe: None, next_probe: FIRST_PROBE }
    }

    /// Until the bus goes (an error) or the program ends. Nothing in here waits for anybody but the bus itself.
    async fn serve(
        &mut self,
        orders: &mut UnboundedReceiver<Order>,
        answered: &mut UnboundedReceiver<Answer>,
        shown: &mut Shown,
        retry: &mut Duration,
        waiting: Option<Order>,
    ) -> zbus::Result<()> {
        let names = DBusProxy::new(&self.connection).await?;
        let mut owners = names.receive_name_owner_changed_with_args(&[(0, DAEMON)]).await?;
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(DAEMON)?.path(OBJECT)?.build();
        let mut said = MessageStream::for_match_rule(rule, &self.connection, None).await?;
        let (probes, mut heard) = mpsc::unbounded_channel();
        let owner = names.get_name_owner(DAEMON.try_into()?).await.ok();
        self.owner_is(owner, &names, &probes).await;
        self.bus.bus_came(&self.connection);
        *retry = FIRST_RETRY;
        if let Some(order) = waiting {
            self.obey(order, shown).await;
        }
        loop {
            let probe = self.probe;
            tokio::select! {
                // Who owns the name comes before what is said under it.
                biased;
                owner = owners.next() => {
                    let Some(owner) = owner else { break };
                    let owner = owner.args()?.new_owner().as_ref().map(|owner| owner.to_owned().into());
                    shown.forget_all().await;
                    self.owner_is(owner, &names, &probes).await;
                }
                message = said.next() => match message {
                    Some(message) => shown.hear(&self.connection, &message?, self.bus).await,
                    None => break,
                },
                Some(answer) = answered.recv() => {
                    let answers = shown.answered(&self.connection, answer, self.owner.as_ref()).await;
                    self.daemon_answers(answers);
                }
                Some((owner, manners)) = heard.recv() => self.probed(&owner, manners),
                () = sleep_until(probe.unwrap_or_else(Instant::now)), if probe.is_some() => {
                    self.probe = None;
                    self.ask(&probes);
                }
                order = orders.recv() => match order {
                    Some(order) => self.obey(order, shown).await,
                    None => return Ok(()),
                },
            }
        }
        Err(zbus::Error::Failure("the connection ended".to_owned()))
    }

    async fn obey(&self, order: Order, shown: &mut Shown) {
        match order {
            Order::Show(notification) => shown.show(&self.connection, notification, self.manners).await,
            Order::Withdraw(tag) => shown.withdraw(&self.connection, tag).await,
        }
    }

    async fn owner_is(&mut self, owner: Option<OwnedUniqueName>, names: &DBusProxy<'_>, probes: &Probes) {
        self.owner = owner;
        self.manners = None;
        self.probe = None;
        self.next_probe = FIRST_PROBE;
        if self.owner.is_some() {
            self.bus.daemon_is(Daemon::Shows);
            return self.ask(probes);
        }
        let startable = names.list_activatable_names().await.unwrap_or_default();
        let is_startable = startable.iter().any(|name| name.as_str() == DAEMON);
        self.bus.daemon_is(if is_startable { Daemon::Startable } else { Daemon::Missing });
    }

    /// Asks the daemon what it can do, which is also how it shows that it answers.
    fn ask(&self, probes: &Probes) {
        let Some(owner) = self.owner.clone() else { return };
        let (connection, probes) = (self.connection.clone(), probes.clone());
        tokio::spawn(async move {
            let manners = tokio::time::timeout(PATIENCE, Manners::of_daemon(&connection)).await;
            let _ = probes.send((owner, manners.ok().map(|manners| manners.unwrap_or(Manners::UNSAID))));
        });
    }

    fn probed(&mut self, owner: &OwnedUniqueName, manners: Option<Manners>) {
        if self.owner.as_ref() != Some(owner) {
            return;
        }
        self.manners = manners;
        self.daemon_answers(manners.is_some());
        if manners.is_some() {
            // What waits for a daemon goes on.
            let _ = self.ticks.try_send(Tick::MayShowAgain);
        }
    }

    fn daemon_answers(&mut self, answers: bool) {
        if self.owner.is_none() {
            return;
        }
        if answers {
            self.bus.daemon_is(Daemon::Shows);
            return;
        }
        self.bus.daemon_is(Daemon::Silent);
        self.probe = Some(Instant::now() + self.next_probe);
        self.next_probe = (self.next_probe * 2).min(LAST_RETRY);
    }
}

/// Whom was asked, and what it said; `None`: no answer.
type Probes = UnboundedSender<(OwnedUniqueName, Option<Manners>)>;
