//! A window that nobody sees, for Windows tells of the session, of sleep and of its clock by messages to windows.
//!
//! It is no message-only window: those get no broadcasts. Its thread sleeps until there is a message, and both live as
//! long as the program.

use std::io;
use std::ptr::{null, null_mut};
use std::sync::{LazyLock, Mutex, PoisonError, mpsc as blocking};
use std::thread;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DispatchMessageW, GetMessageW, MSG, PBT_APMRESUMEAUTOMATIC, PBT_APMRESUMESUSPEND,
    PBT_APMSUSPEND, RegisterClassW, WM_POWERBROADCAST, WM_TIMECHANGE, WM_WTSSESSION_CHANGE, WNDCLASSW,
    WTS_CONSOLE_CONNECT, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_CONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK,
    WTS_SESSION_UNLOCK,
};
use windows_sys::core::w;

use crate::notice::{Listeners, Notice};

/// Changes when the wall clock is set and when the machine wakes.
pub(super) static CLOCK: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::channel(()).0);

static LISTENERS: Listeners = Listeners::none();

/// The window, for calls that name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window(isize);

impl Window {
    pub(super) fn handle(self) -> HWND {
        self.0 as HWND
    }
}

/// The notices of the window go here from now on.
pub(super) fn listen(listener: UnboundedSender<Notice>) -> io::Result<Window> {
    let window = open()?;
    LISTENERS.add(listener);
    Ok(window)
}

/// The window, opened if it is the first time.
pub(super) fn open() -> io::Result<Window> {
    static WINDOW: Mutex<Option<Window>> = Mutex::new(None);
    // A panic leaves nothing half done in it.
    let mut window = WINDOW.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(window) = *window {
        return Ok(window);
    }
    let (tx, rx) = blocking::channel();
    let serve = move || serve(&tx);
    thread::Builder::new().name("session".to_owned()).stack_size(256 * 1024).spawn(serve)?;
    let opened = rx.recv().map_err(io::Error::other)??;
    Ok(*window.insert(opened))
}

fn serve(opened: &blocking::Sender<io::Result<Window>>) {
    let window = create();
    let failed = window.is_err();
    if opened.send(window).is_err() || failed {
        return;
    }
    let mut message = MSG::default();
    // SAFETY: the message is ours; the window belongs to this thread.
    while unsafe { GetMessageW(&raw mut message, null_mut(), 0, 0) } > 0 {
        // SAFETY: it is what was just got.
        unsafe { DispatchMessageW(&raw const message) };
    }
}

fn create() -> io::Result<Window> {
    let name = w!("HaloSession");
    // SAFETY: the class names a procedure of this program, which is never unloaded, and all else in it is nothing. A class
    // that was there already is the same one. The name is text that ends with zero.
    let window = unsafe {
        let program = GetModuleHandleW(null());
        let class =
            WNDCLASSW { lpfnWndProc: Some(heard), hInstance: program, lpszClassName: name, ..WNDCLASSW::default() };
        RegisterClassW(&raw const class);
        CreateWindowExW(0, name, name, 0, 0, 0, 0, 0, null_mut(), null_mut(), program, null())
    };
    if window.is_null() { Err(io::Error::last_os_error()) } else { Ok(Window(window as isize)) }
}

unsafe extern "system" fn heard(window: HWND, message: u32, what: WPARAM, details: LPARAM) -> LRESULT {
    match (message, u32::try_from(what).unwrap_or(0)) {
        (WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK) => LISTENERS.tell(|| Notice::Locked(true)),
        (WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK) => LISTENERS.tell(|| Notice::Locked(false)),
        (WM_WTSSESSION_CHANGE, WTS_CONSOLE_DISCONNECT | WTS_REMOTE_DISCONNECT) => {
            LISTENERS.tell(|| Notice::Shown(false));
        }
        (WM_WTSSESSION_CHANGE, WTS_CONSOLE_CONNECT | WTS_REMOTE_CONNECT) => {
            LISTENERS.tell(|| Notice::Shown(true));
            LISTENERS.tell(|| Notice::Look);
        }
        (WM_POWERBROADCAST, PBT_APMSUSPEND) => LISTENERS.hold_back_sleep(),
        (WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC | PBT_APMRESUMESUSPEND) => {
            CLOCK.send_replace(());
            LISTENERS.tell(|| Notice::Awake);
        }
        (WM_TIMECHANGE, _) => CLOCK.send_replace(()),
        _ => {}
    }
    // SAFETY: it gets what we got.
    unsafe { DefWindowProcW(window, message, what, details) }
}
