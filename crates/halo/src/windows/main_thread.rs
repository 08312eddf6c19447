//! The main thread: it serves the windows of Windows, of which there is the ring's and one that nobody sees.
//!
//! That one hears that the session ends, or that somebody politely asks the program to, and is how other threads have
//! something done here.

use std::ffi::c_void;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, GetMessageW, MSG, PostMessageW, PostQuitMessage,
    RegisterClassW, TranslateMessage, WM_APP, WM_CLOSE, WM_ENDSESSION, WM_QUERYENDSESSION, WNDCLASSW, WS_OVERLAPPED,
};
use windows_sys::w;

use crate::other_systems::farewell;

/// Something is to be done here.
const JOBS: u32 = WM_APP;

/// The program's life is over.
const OVER: u32 = WM_APP + 1;

type Job = Box<dyn FnOnce() + Send>;

static WINDOW: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static WAITING: Mutex<Vec<Job>> = Mutex::new(Vec::new());

/// Runs the program's life on another thread and the windows' loop on this one, until that life is over.
pub fn host<T: Send>(life: impl FnOnce() -> T + Send) -> T {
    if !make_window() {
        // No desktop to have windows on: the command line serves.
        return life();
    }
    thread::scope(|scope| {
        let life = scope.spawn(|| {
            let _ends = EndsLoop;
            life()
        });
        serve_windows();
        life.join().unwrap_or_else(|fault| panic::resume_unwind(fault))
    })
}

/// Ends the loop, however the life ended.
struct EndsLoop;

impl Drop for EndsLoop {
    fn drop(&mut self) {
        farewell::over();
        post(OVER);
    }
}

/// Has something done on the main thread, soon; never, where it serves no windows.
pub fn on_main_thread(job: impl FnOnce() + Send + 'static) {
    if WINDOW.load(Ordering::Acquire).is_null() {
        return;
    }
    WAITING.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(job));
    post(JOBS);
}

/// Waits until the system, the console or a person politely asks to end.
pub async fn end_of_session() {
    let (Ok(mut interrupt), Ok(mut brk), Ok(mut close), Ok(mut log_off), Ok(mut shutdown)) =
        (ctrl_c(), ctrl_break(), ctrl_close(), ctrl_logoff(), ctrl_shutdown())
    else {
        return farewell::asked().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = brk.recv() => {}
        _ = close.recv() => {}
        _ = log_off.recv() => {}
        _ = shutdown.recv() => {}
        () = farewell::asked() => {}
    }
}

#[expect(unsafe_code, reason = "an OS call")]
fn post(message: u32) {
    let window = WINDOW.load(Ordering::Acquire);
    if !window.is_null() {
        // SAFETY: it takes numbers; a window that is gone is an error that nobody needs.
        unsafe { PostMessageW(window, message, 0, 0) };
    }
}

/// Makes the window that nobody sees. Not one for messages only: those are not told that the session ends.
#[expect(unsafe_code, reason = "OS calls")]
fn make_window() -> bool {
    let class = w!("Halo");
    // SAFETY: the names are constants that end with a null, and `heed` has the form that the class asks for.
    let window = unsafe {
        let instance = GetModuleHandleW(ptr::null());
        let described =
            WNDCLASSW { lpfnWndProc: Some(heed), hInstance: instance, lpszClassName: class, ..WNDCLASSW::default() };
        RegisterClassW(&raw const described);
        let (parent, menu) = (ptr::null_mut(), ptr::null_mut());
        CreateWindowExW(0, class, class, WS_OVERLAPPED, 0, 0, 0, 0, parent, menu, instance, ptr::null())
    };
    WINDOW.store(window, Ordering::Release);
    !window.is_null()
}

/// Until somebody says that it is over.
#[expect(unsafe_code, reason = "OS calls")]
fn serve_windows() {
    let mut message = MSG::default();
    // SAFETY: the message lives as long as the loop.
    while unsafe { GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) } > 0 {
        // SAFETY: as above.
        unsafe {
            TranslateMessage(&raw const message);
            DispatchMessageW(&raw const message);
        }
    }
}

fn do_jobs() {
    let jobs = std::mem::take(&mut *WAITING.lock().unwrap_or_else(PoisonError::into_inner));
    for job in jobs {
        // A panic must not go through Windows, which called us: that would end the whole program.
        let _ = panic::catch_unwind(AssertUnwindSafe(job));
    }
}

/// What the window that nobody sees does with a message.
#[expect(unsafe_code, reason = "Windows calls it, and it calls Windows")]
unsafe extern "system" fn heed(window: HWND, message: u32, first: WPARAM, second: LPARAM) -> LRESULT {
    match message {
        JOBS => {
            do_jobs();
            0
        }
        OVER => {
            do_jobs();
            WINDOW.store(ptr::null_mut(), Ordering::Release);
            // SAFETY: the window is this thread's.
            unsafe {
                DestroyWindow(window);
                PostQuitMessage(0);
            }
            0
        }
        WM_CLOSE => {
            farewell::ask();
            0
        }
        WM_QUERYENDSESSION => 1,
        WM_ENDSESSION if first != 0 => {
            farewell::say();
            0
        }
        // SAFETY: it is what Windows gave us.
        _ => unsafe { DefWindowProcW(window, message, first, second) },
    }
}
