//! Lock by the session notices of the Remote Desktop Services, which every Windows has, and sleep by power broadcasts.
//! The secure desktop of a question for elevation is no lock, and none is told of it.

use std::convert::Infallible;
use std::io;
use std::ptr::{null_mut, read_unaligned};
use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use windows_sys::Win32::System::Power::RegisterSuspendResumeNotification;
use windows_sys::Win32::System::RemoteDesktop::{
    NOTIFY_FOR_THIS_SESSION, WTS_CURRENT_SESSION, WTS_SESSIONSTATE_LOCK, WTS_SESSIONSTATE_UNLOCK, WTSActive,
    WTSFreeMemory, WTSINFOEXW, WTSQuerySessionInformationW, WTSRegisterSessionNotification, WTSSessionInfoEx,
    WTSUnRegisterSessionNotification,
};
use windows_sys::Win32::UI::WindowsAndMessaging::DEVICE_NOTIFY_WINDOW_HANDLE;

use super::window::{self, Window};
use crate::handle::Orders;
use crate::health::Board;
use crate::health::SignalKind::{Lock, Sleep};
use crate::idle_port::Gauge;
use crate::notice::Notice;
use crate::outlet::Outlet;
use crate::retry::Retry;
use crate::session::{self, Session, Source};

const SESSION: &str = "WM_WTSSESSION_CHANGE";
const POWER: &str = "WM_POWERBROADCAST";

pub(super) async fn run(outlet: Outlet, orders: watch::Receiver<Orders>, recorded: Arc<Notify>, gauge: Gauge) {
    let (tx, notices) = mpsc::unbounded_channel();
    let board = outlet.board.clone();
    let lock_why = "Windows tells when the session is locked or disconnected";
    let source = Source { lock: SESSION, lock_why, sleep: POWER, notices, ask };
    tokio::select! {
        () = session::run(source, outlet, orders, recorded, gauge) => {}
        never = register(tx, &board) => match never {},
    }
}

/// Sees to it that notices come, again and again until they do: early in a log-in the services are not up yet.
async fn register(tx: UnboundedSender<Notice>, board: &Board) -> Infallible {
    let failing = |signal, source, error: &io::Error| board.failing(signal, source, &error.to_string(), None);
    let listen = || window::listen(tx.clone());
    let window = insist(listen, |error| {
        failing(Lock, SESSION, error);
        failing(Sleep, POWER, error);
    });
    let window = window.await;
    let standby = match standby(window) {
        Ok(()) => String::new(),
        Err(error) => format!("; not from Modern Standby: {error}"),
    };
    board.working(Sleep, POWER, &format!("Windows waits up to two seconds for us before it sleeps{standby}"));
    let _registration = insist(|| Registration::new(window), |error| failing(Lock, SESSION, error)).await;
    // Whoever listens may have gone.
    let _ = tx.send(Notice::Look);
    std::future::pending().await
}

async fn insist<T>(mut attempt: impl FnMut() -> io::Result<T>, failed: impl Fn(&io::Error)) -> T {
    let mut retry = Retry::new();
    loop {
        match attempt() {
            Ok(done) => return done,
            Err(error) => {
                tracing::info!(%error, "Windows does not tell of its session yet");
                failed(&error);
            }
        }
        sleep(retry.next()).await;
    }
}

/// The wish to be told of the session; taken back when it is dropped.
struct Registration(Window);

impl Registration {
    fn new(window: Window) -> io::Result<Self> {
        // SAFETY: the window lives as long as the program.
        if unsafe { WTSRegisterSessionNotification(window.handle(), NOTIFY_FOR_THIS_SESSION) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(window))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: the window lives as long as the program.
        unsafe { WTSUnRegisterSessionNotification(self.0.handle()) };
    }
}

/// Asks for what is broadcast of sleep to be sent in Modern Standby too, where broadcasts do not come.
fn standby(window: Window) -> io::Result<()> {
    // SAFETY: the window lives as long as the program, and so does the registration.
    let registration = unsafe { RegisterSuspendResumeNotification(window.handle(), DEVICE_NOTIFY_WINDOW_HANDLE) };
    if registration == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The session as it is now, as far as Windows says.
fn ask() -> Session {
    let mut buffer = null_mut();
    let mut length = 0;
    // SAFETY: it writes a pointer and a number, which are ours.
    let answered = unsafe {
        WTSQuerySessionInformationW(null_mut(), WTS_CURRENT_SESSION, WTSSessionInfoEx, &raw mut buffer, &raw mut length)
    };
    if answered == 0 || buffer.is_null() {
        return Session::default();
    }
    let whole = usize::try_from(length).is_ok_and(|length| length >= size_of::<WTSINFOEXW>());
    // SAFETY: the buffer is as long as it must be, and of this kind, which any bytes make.
    let answer = whole.then(|| unsafe { read_unaligned(buffer.cast::<WTSINFOEXW>()) });
    // SAFETY: it was given to us to be given back, once.
    unsafe { WTSFreeMemory(buffer.cast()) };
    answer.filter(|answer| answer.Level == 1).map_or_else(Session::default, |answer| {
        // SAFETY: the level says that it is this one of the union.
        let level = unsafe { answer.Data.WTSInfoExLevel1 };
        Session { locked: locked(level.SessionFlags), shown: Some(level.SessionState == WTSActive) }
    })
}

fn locked(flags: i32) -> Option<bool> {
    match u32::try_from(flags).ok()? {
        WTS_SESSIONSTATE_LOCK => Some(true),
        WTS_SESSIONSTATE_UNLOCK => Some(false),
        _ => None,
    }
}
