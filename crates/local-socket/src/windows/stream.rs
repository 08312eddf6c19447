//! The end that connects.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_IO_PENDING, ERROR_PIPE_BUSY, ERROR_PIPE_NOT_CONNECTED, HANDLE, WAIT_TIMEOUT,
};
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_OVERLAPPED, ReadFile, SECURITY_IDENTIFICATION, WriteFile};
use windows_sys::Win32::System::IO::{CancelIoEx, GetOverlappedResult, GetOverlappedResultEx, OVERLAPPED};
use windows_sys::Win32::System::Pipes::WaitNamedPipeW;
use windows_sys::Win32::System::Threading::{CreateEventW, INFINITE};

use super::access::{done, owner, this_user, wide};

/// How long one who listens may take to be free for one more, in milliseconds.
const BUSY: u32 = 2000;

/// The end of whoever connects. It works without a runtime, and inside of one.
#[derive(Debug)]
pub struct Stream {
    pipe: File,
    /// How long a read may take, in milliseconds.
    patience: Cell<u32>,
}

/// Connects to whoever listens at `path`; `NotFound` if nobody does, `PermissionDenied` if it is somebody else.
pub fn connect(path: &Path) -> io::Result<Stream> {
    let mut options = OpenOptions::new();
    // Whoever listens learns who we are, and can't act in our name.
    options.read(true).write(true).security_qos_flags(SECURITY_IDENTIFICATION).custom_flags(FILE_FLAG_OVERLAPPED);
    let pipe = loop {
        match options.open(path) {
            Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY.cast_signed()) => wait_for_turn(path)?,
            opened => break opened?,
        }
    };
    // The name is free for anybody to take before us.
    if owner(&pipe)? != this_user()? {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "somebody else listens there"));
    }
    Ok(Stream { pipe, patience: Cell::new(INFINITE) })
}

#[expect(unsafe_code, reason = "an OS call")]
fn wait_for_turn(path: &Path) -> io::Result<()> {
    // SAFETY: the text ends with a null.
    done(unsafe { WaitNamedPipeW(wide(path.as_os_str()).as_ptr(), BUSY) })
}

impl Stream {
    /// Lets a read end with `TimedOut` after this time; `None` lets it wait for ever.
    pub fn set_read_timeout(&self, patience: Option<Duration>) -> io::Result<()> {
        let milliseconds = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(INFINITE);
        self.patience.set(patience.map_or(INFINITE, milliseconds));
        Ok(())
    }

    /// Reads or writes, as `start` does, and waits for the end of it.
    #[expect(unsafe_code, reason = "OS calls")]
    fn transfer(&self, patience: u32, start: impl FnOnce(HANDLE, *mut OVERLAPPED) -> i32) -> io::Result<usize> {
        // SAFETY: nothing is passed that must live.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just made, for us to close.
        let event = unsafe { OwnedHandle::from_raw_handle(event) };
        let mut overlapped = OVERLAPPED { hEvent: event.as_raw_handle(), ..OVERLAPPED::default() };
        let pipe = self.pipe.as_raw_handle();
        if start(pipe, &raw mut overlapped) == 0 {
            let error = io::Error::last_os_error();
            if error.raw_os_error() != Some(ERROR_IO_PENDING.cast_signed()) {
                return Err(error);
            }
        }
        let mut moved = 0;
        // SAFETY: the pipe, the event and `overlapped` live until the transfer has ended: here, or cancelled below.
        let ended = done(unsafe { GetOverlappedResultEx(pipe, &raw const overlapped, &raw mut moved, patience, 0) });
        let ended = match ended {
            Err(error) if error.raw_os_error() == Some(WAIT_TIMEOUT.cast_signed()) => {
                // SAFETY: as above; the second call returns when the system has let go of the buffer.
                done(unsafe {
                    CancelIoEx(pipe, &raw const overlapped);
                    GetOverlappedResult(pipe, &raw const overlapped, &raw mut moved, 1)
                })
                .map_err(|_| ErrorKind::TimedOut.into())
            }
            ended => ended,
        };
        ended.map(|()| moved as usize)
    }
}

impl Read for Stream {
    #[expect(unsafe_code, reason = "an OS call")]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (start, length) = (buffer.as_mut_ptr(), u32::try_from(buffer.len()).unwrap_or(u32::MAX));
        // SAFETY: the buffer is borrowed until the transfer has ended.
        let read = self.transfer(self.patience.get(), |pipe, overlapped| unsafe {
            ReadFile(pipe, start, length, ptr::null_mut(), overlapped)
        });
        match read {
            // The other end hung up.
            Err(error) if is_the_end(&error) => Ok(0),
            read => read,
        }
    }
}

impl Write for Stream {
    #[expect(unsafe_code, reason = "an OS call")]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        // SAFETY: the bytes are borrowed until the transfer has ended.
        self.transfer(INFINITE, |pipe, overlapped| unsafe {
            WriteFile(pipe, bytes.as_ptr(), length, ptr::null_mut(), overlapped)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_the_end(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe || error.raw_os_error() == Some(ERROR_PIPE_NOT_CONNECTED.cast_signed())
}
