//! The resident program: from log-in to log-out, in the tray.

mod account;
mod desktop;
mod embedded;
pub mod handover;
mod instance;
mod log_file;
mod newer;
pub mod options;
mod policy;
mod remote;
mod settings_file;
mod shortcut;
mod sign_in;
mod socket;
mod tokens;
mod vault;
mod watch;
mod window;

use std::io::PipeReader;
use std::path::Path;

use agent::{Controller, Ending, Hub, Locale, Settings, Shell as _, Tick};
use anyhow::Context;
use connect::Outbox;
use local_socket::Listener;
use log_sqlite::Opened;
use signals::clock;
use tokio::sync::mpsc;
use words::{Key, Language, key};

use crate::os;
use crate::place::{Place, is_there};
use account::{Account, SignedIn};
use desktop::Desktop;
use embedded::Embedded;
use options::Options;
use presence::Policy;
use remote::Remote;
use sign_in::Gatekeeper;
use vault::Vault;

/// How a run came out.
#[derive(Debug)]
pub enum Running {
    /// It ran and ended.
    Ended,
    /// It ended without signing out: its program is to be started anew, with what it hands over.
    Restarts(Option<PipeReader>),
    /// Another one runs.
    Already,
}

/// How long an end may take after the controller has ended.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(2);

/// Runs until the person quits or the session ends.
pub fn run(place: &Place, program: &Path, options: Options) -> anyhow::Result<Running> {
    os::check_home(place)?;
    crate::place::private_folder(&place.data)?;
    os::prepare_for_socket(place)?;
    let Some(_instance) = instance::claim(place)? else { return Ok(Running::Already) };
    if let Err(error) = log_file::begin(&place.log_file()) {
        eprintln_line(&format!("there is no log: {error}"));
    }
    // Before anything secret is in its memory. Without it the program is as useful, and no less careful otherwise.
    if let Err(error) = keyring_helper::forbid_core_dumps() {
        tracing::warn!("core dumps can't be forbidden: {error}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Zbus connects on this pool; its threads are of no use after that.
        .max_blocking_threads(2)
        .thread_keep_alive(std::time::Duration::from_millis(200))
        .build()
        .context("the system gives no event loop")?;
    let ended = os::host(|| {
        let ended = runtime.block_on(async {
            let ended = live(place, program, options).await;
            if let Err(error) = &ended {
                // Started by a log-in or a link, nobody sees what it prints.
                os::last_words(&format!("{error:#}")).await;
            }
            ended
        });
        // Whatever still waits for a bus is of no interest any more.
        runtime.shutdown_background();
        ended
    });
    if let Err(error) = &ended {
        tracing::error!("{error:#}");
    }
    Ok(match ended? {
        (Ending::Quit, _) => Running::Ended,
        (Ending::Restart, current) => {
            Running::Restarts(current.map(|current| handover::give(&current)).transpose()?.flatten())
        }
    })
}

/// One run; how it ends, and the sign-in that holds then.
async fn live(place: &Place, program: &Path, options: Options) -> anyhow::Result<(Ending, Option<SignedIn>)> {
    for file in ["halo.db", "outbox.db"] {
        is_there(&place.data.join(file))?;
    }
    let current =
        if options.handover { Some(handover::take()?) } else { Account::load(&place.data)?.map(SignedIn::kept) };
    let (policy, policy_fault) = policy::load(&place.policy(), &place.data)?;
    let managed = os::managed(&policy, &place.data);
    let (settings, settings_fault) = settings_file::load(&place.settings(), &managed, &policy);
    let (raw_tx, raw_rx) = mpsc::channel(64);
    let (tick_tx, tick_rx) = mpsc::channel(64);
    let gatekeeper = Gatekeeper::new(Vault::beside(program), place.data.clone(), tick_tx.clone(), current.clone());
    let opened = match &current {
        Some(signed_in) => Remote::open(signed_in, gatekeeper.tokens(signed_in), &place.data, policy, tick_tx.clone())
            .map(|hub| (Box::new(hub) as Box<dyn Hub>, Opened::Whole)),
        None => embedded(place, &settings, policy),
    };
    let (hub, opened) = opened?;
    let (mut desktop, tray_life) = Desktop::begin(place, options, raw_tx, tick_tx.clone(), gatekeeper.clone());
    let listener = socket::listen(place)?;
    let conversations = tokio::spawn(socket::serve(listener, tick_tx.clone(), desktop.outlets()));
    tokio::spawn(end_with_the_session(tick_tx.clone(), desktop.log_out()));
    if let Opened::SetAside(aside) = &opened {
        tell_of_damage(aside, &tick_tx).await;
    }
    if let Some(fault) = policy_fault {
        let holes = vec![("path", fault.path.display().to_string()), ("why", fault.why.clone())];
        let words = match fault.instead {
            policy::Instead::Before => key::FAULT_POLICY,
            policy::Instead::Shipped => key::FAULT_POLICY_FIRST,
        };
        tell(words, holes, &tick_tx).await;
        desktop.note_policy_fault(fault);
    }
    if let Some(fault) = &settings_fault {
        let (path, why) = fault.split_once(": ").unwrap_or(("config.toml", fault));
        let holes = vec![("path", path.to_owned()), ("why", why.to_owned())];
        tell(key::FAULT_SETTINGS, holes, &tick_tx).await;
    }
    if let Some(why) = &managed.fault {
        let holes = vec![("path", managed.place.clone()), ("why", why.clone())];
        tell(key::FAULT_MANAGED, holes, &tick_tx).await;
    }
    if let Some(on) = managed.starts_with_session()
        && let Err(why) = desktop.start_with_session(on)
    {
        tracing::warn!("{} says whether a log-in starts Halo, but: {why}", managed.place);
    }
    watch::begin(place, program, &tick_tx);
    if settings.asks_for_newer() {
        newer::begin(&place.data, program, &tick_tx);
    }
    tracing::info!("Halo {} runs; log of facts: {}", env!("CARGO_PKG_VERSION"), place.data.display());
    let locale = Locale { zone: crate::zone::local, language: Language::of_system() };
    let controller = Controller::new(hub, desktop, settings, settings_fault, locale);
    let (ending, hub) = agent::run(controller, raw_rx, tick_rx).await?;
    hub.close().await;
    Listener::remove(&place.socket).ok();
    // The last answers, and the ring's good-bye to the panel.
    let farewell = async { tokio::join!(conversations, tray_life) };
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
    tracing::info!("Halo ended");
    Ok((ending, gatekeeper.current()))
}

/// The service inside the program, for whoever is signed in nowhere.
fn embedded(place: &Place, settings: &Settings, policy: Policy) -> anyhow::Result<(Box<dyn Hub>, Opened)> {
    let now = clock::now();
    let (mut hub, opened) = Embedded::open(&place.data, settings, policy, now)?;
    // Of what a sign-in left behind, only what nobody has seen yet is of use without it.
    match hub.take_held(&Outbox::left_held(&place.data), now) {
        Ok(()) => Outbox::delete(&place.data),
        // A full disk is no reason not to start: it is tried again at the next one.
        Err(error) => tracing::error!("what waited for the service is not held here yet: {error}"),
    }
    Ok((Box::new(hub), opened))
}

/// Says once, on the screen and in the log, what the person has to mend.
async fn tell(what: Key, holes: Vec<(&'static str, String)>, ticks: &mpsc::Sender<Tick>) {
    tracing::error!("{}", in_english(what, &holes));
    let _ = ticks.send(Tick::Tell(what, holes)).await;
}

/// A damaged log is said where the person will see it, and kept for whoever can mend it.
async fn tell_of_damage(aside: &Path, ticks: &mpsc::Sender<Tick>) {
    let (what, holes) = (key::FAULT_LOG_DAMAGED, vec![("path", aside.display().to_string())]);
    eprintln_line(&in_english(what, &holes));
    tell(what, holes, ticks).await;
}

fn in_english(what: Key, holes: &[(&'static str, String)]) -> String {
    let holes: Vec<_> = holes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Language::English.say(what, &holes)
}

fn eprintln_line(words: &str) {
    use std::io::Write;
    // Started from a desktop, nobody reads it; the log has it as well.
    let _ = writeln!(std::io::stderr(), "halo: {words}");
}

/// The system's polite ways to ask a program to end are a clean quit (C10), and so is a log-out that ends no program.
async fn end_with_the_session(ticks: mpsc::Sender<Tick>, log_out: impl Future<Output = ()>) {
    tokio::select! {
        () = os::end_of_session() => {}
        () = log_out => {}
    }
    let _ = ticks.send(Tick::Terminate).await;
}
