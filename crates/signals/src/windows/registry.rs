//! Notice of changes in the registry.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr::{null, null_mut};
use std::sync::Arc;

use tokio::sync::Notify;
use windows_registry::Key;
use windows_sys::Win32::Foundation::{ERROR_SUCCESS, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Registry::{
    REG_NOTIFY_CHANGE_LAST_SET, REG_NOTIFY_CHANGE_NAME, REG_NOTIFY_THREAD_AGNOSTIC, RegNotifyChangeKeyValue,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEONLYONCE,
};

/// What to be told of.
#[derive(Clone, Copy)]
pub(super) enum Extent {
    /// A key that comes right below, or goes.
    Keys,
    /// All that is below, and changes.
    Everything,
}

/// The first change in a key, from when this was made.
pub(super) struct FirstChange {
    told: Arc<Notify>,
    wait: HANDLE,
    _event: OwnedHandle,
    _key: Key,
}

// SAFETY: its handles belong to the process, and any thread may use them.
unsafe impl Send for FirstChange {}
// SAFETY: nothing is done with the handles until they are dropped.
unsafe impl Sync for FirstChange {}

impl FirstChange {
    pub(super) fn of(key: Key, extent: Extent) -> io::Result<Self> {
        let event = event()?;
        let (below, what) = match extent {
            Extent::Keys => (0, REG_NOTIFY_CHANGE_NAME),
            Extent::Everything => (1, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET),
        };
        // Without the latter, the end of the thread that asks would be told as a change.
        let filter = what | REG_NOTIFY_THREAD_AGNOSTIC;
        // SAFETY: the key and the event are open.
        let status = unsafe { RegNotifyChangeKeyValue(key.as_raw(), below, filter, event.as_raw_handle(), 1) };
        if status != ERROR_SUCCESS {
            return Err(io::Error::from_raw_os_error(status.cast_signed()));
        }
        let told = Arc::new(Notify::new());
        let mut wait = null_mut();
        // SAFETY: the event is open, and `tell` gets what it takes; both last until nobody waits any more.
        let waiting = unsafe {
            RegisterWaitForSingleObject(
                &raw mut wait,
                event.as_raw_handle(),
                Some(tell),
                Arc::as_ptr(&told).cast(),
                INFINITE,
                WT_EXECUTEONLYONCE,
            )
        };
        if waiting == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { told, wait, _event: event, _key: key })
    }

    /// Ends at the change, or at once if it was before.
    pub(super) async fn happened(&self) {
        self.told.notified().await;
    }
}

impl Drop for FirstChange {
    fn drop(&mut self) {
        // SAFETY: it was given to us, and is given back once. It returns when `tell` has, if that runs.
        unsafe { UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE) };
    }
}

fn event() -> io::Result<OwnedHandle> {
    // SAFETY: it is asked for nothing but an event, unnamed, that is set back when somebody was told of it.
    let event = unsafe { CreateEventW(null(), 0, 0, null()) };
    if event.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(event) })
}

unsafe extern "system" fn tell(told: *mut c_void, _: bool) {
    // SAFETY: it is what we registered, and lives until the wait is given back.
    unsafe { &*told.cast::<Notify>() }.notify_one();
}
