//! Lock by what the log-in window tells every program, and sleep and the switch of users by the workspace.

use std::sync::{Arc, LazyLock};

use objc2_app_kit::{
    NSWorkspace, NSWorkspaceDidWakeNotification, NSWorkspaceScreensDidSleepNotification,
    NSWorkspaceScreensDidWakeNotification, NSWorkspaceSessionDidBecomeActiveNotification,
    NSWorkspaceSessionDidResignActiveNotification, NSWorkspaceWillSleepNotification,
};
use objc2_core_foundation::{CFBoolean, CFDictionary, CFRetained, CFString, CFType};
use objc2_core_graphics::CGSessionCopyCurrentDictionary;
use tokio::sync::{Notify, mpsc, watch};

use super::notices;
use crate::handle::Orders;
use crate::health::SignalKind::{Lock, Sleep};
use crate::idle_port::Gauge;
use crate::notice::{Listeners, Notice};
use crate::outlet::Outlet;
use crate::session::{self, Session, Source};

const SCREEN: &str = "com.apple.screenIsLocked";
const WORKSPACE: &str = "NSWorkspace";

static LISTENERS: Listeners = Listeners::none();

pub(super) async fn run(outlet: Outlet, orders: watch::Receiver<Orders>, recorded: Arc<Notify>, gauge: Gauge) {
    static HEARD: LazyLock<Result<(), String>> = LazyLock::new(hear);
    let (tx, notices) = mpsc::unbounded_channel();
    LISTENERS.add(tx.clone());
    outlet.board.working(Sleep, WORKSPACE, "macOS waits a moment for us before it sleeps (not yet tried on a Mac)");
    match &*HEARD {
        // Whoever listens may have gone.
        Ok(()) => drop(tx.send(Notice::Look)),
        Err(why) => outlet.board.failing(Lock, SCREEN, why, None),
    }
    let lock_why = "macOS tells when the screen is locked or another user is shown (not yet tried on a Mac)";
    let source = Source { lock: SCREEN, lock_why, sleep: WORKSPACE, notices, ask };
    session::run(source, outlet, orders, recorded, gauge).await;
}

#[expect(unsafe_code, reason = "the names are constants of a library")]
fn hear() -> Result<(), String> {
    let workspace = NSWorkspace::sharedWorkspace().notificationCenter();
    let tell = |name, notice: fn() -> Notice| notices::hear(&workspace, name, move || LISTENERS.tell(notice));
    // SAFETY: the system sets these names before the program starts, and never again.
    unsafe {
        notices::hear(&workspace, NSWorkspaceWillSleepNotification, || LISTENERS.hold_back_sleep());
        tell(NSWorkspaceDidWakeNotification, || Notice::Awake);
        tell(NSWorkspaceSessionDidResignActiveNotification, || Notice::Shown(false));
        tell(NSWorkspaceSessionDidBecomeActiveNotification, || Notice::Shown(true));
        // A dark screen is no lock, but often has one with it.
        tell(NSWorkspaceScreensDidSleepNotification, || Notice::Look);
        tell(NSWorkspaceScreensDidWakeNotification, || Notice::Look);
    }
    notices::hear_from_others(SCREEN, || LISTENERS.tell(|| Notice::Locked(true)))?;
    notices::hear_from_others("com.apple.screenIsUnlocked", || LISTENERS.tell(|| Notice::Locked(false)))
}

/// The session as it is now. Without one that has a screen, there is nothing to know.
#[expect(unsafe_code, reason = "the kinds of what is in a dictionary are known to people only")]
fn ask() -> Session {
    let Some(session) = CGSessionCopyCurrentDictionary() else { return Session::default() };
    // SAFETY: the keys are strings, and the values objects of some kind.
    let session = unsafe { CFRetained::cast_unchecked::<CFDictionary<CFString, CFType>>(session) };
    let flag = |key| session.get(&CFString::from_static_str(key))?.downcast_ref().map(CFBoolean::as_bool);
    Session {
        // It is there only while the screen is locked.
        locked: Some(flag("CGSSessionScreenIsLocked").unwrap_or(false)),
        shown: flag("kCGSSessionOnConsoleKey"),
    }
}
