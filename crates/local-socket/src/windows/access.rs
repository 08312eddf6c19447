//! Who may do what with a pipe, in the words of Windows: security identifiers and descriptors.

use std::ffi::{OsString, c_void};
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{HANDLE, LocalFree};
use windows_sys::Win32::Globalization::lstrlenW;
use windows_sys::Win32::Security::Authorization::{ConvertSidToStringSidW, GetSecurityInfo, SE_KERNEL_OBJECT};
use windows_sys::Win32::Security::{
    GetTokenInformation, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
use windows_sys::core::PWSTR;

/// What the system allocated for us.
pub(super) struct Allocated(pub(super) *mut c_void);

impl Drop for Allocated {
    #[expect(unsafe_code, reason = "an OS call")]
    fn drop(&mut self) {
        // SAFETY: it came from a call whose documentation says to free it so, and nobody else frees it.
        unsafe { LocalFree(self.0) };
    }
}

/// The identifier of the person who runs this, such as `S-1-5-21-…-1001`.
#[expect(unsafe_code, reason = "OS calls")]
pub(super) fn this_user() -> io::Result<String> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the handle of the process is a constant, and the call fills `token` when it succeeds.
    done(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the call above opened it, for us to close.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    // The structure, and behind it an identifier of at most 68 bytes; words, because it holds a pointer.
    let mut buffer = [0_u64; 16];
    let size = u32::try_from(size_of_val(&buffer)).map_err(io::Error::other)?;
    let mut length = 0;
    // SAFETY: the call writes at most `size` bytes into the buffer.
    done(unsafe {
        GetTokenInformation(token.as_raw_handle(), TokenUser, buffer.as_mut_ptr().cast(), size, &raw mut length)
    })?;
    // SAFETY: the call above made a `TOKEN_USER` at the buffer's beginning, which is aligned for it.
    let user = unsafe { &*buffer.as_ptr().cast::<TOKEN_USER>() };
    in_words(user.User.Sid)
}

/// The identifier of the person to whom an open pipe belongs.
#[expect(unsafe_code, reason = "an OS call")]
pub(super) fn owner(pipe: &impl AsRawHandle) -> io::Result<String> {
    let mut owner: PSID = ptr::null_mut();
    let mut descriptor: PSECURITY_DESCRIPTOR = ptr::null_mut();
    // SAFETY: the handle is open as long as the reference lives; `owner` points into `descriptor`, which is ours to free.
    let failed = unsafe {
        GetSecurityInfo(
            pipe.as_raw_handle(),
            SE_KERNEL_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    let _descriptor = Allocated(descriptor);
    if failed != 0 {
        return Err(io::Error::from_raw_os_error(failed.cast_signed()));
    }
    in_words(owner)
}

/// `sid` must be null or point to an identifier.
#[expect(unsafe_code, reason = "an OS call")]
fn in_words(sid: PSID) -> io::Result<String> {
    let mut words = ptr::null_mut();
    // SAFETY: the callers pass identifiers that the system just gave them; null is refused by the call.
    done(unsafe { ConvertSidToStringSidW(sid, &raw mut words) })?;
    let _words = Allocated(words.cast());
    Ok(text(words))
}

/// `words` must point to a string of the system's, which ends with a null.
#[expect(unsafe_code, reason = "the system's own form of strings")]
pub(super) fn text(words: PWSTR) -> String {
    // SAFETY: it is such a string, and nobody frees it meanwhile.
    let units = unsafe { std::slice::from_raw_parts(words, usize::try_from(lstrlenW(words)).unwrap_or_default()) };
    OsString::from_wide(units).to_string_lossy().into_owned()
}

/// The answer of a call that says *false* when it fails.
pub(super) fn done(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A text as Windows takes it.
pub(super) fn wide(text: &std::ffi::OsStr) -> Vec<u16> {
    use std::os::windows::ffi::OsStrExt;
    text.encode_wide().chain([0]).collect()
}
