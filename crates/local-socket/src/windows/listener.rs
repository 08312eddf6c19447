//! The end that listens.

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem;
use std::path::Path;
use std::ptr;

use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES};

use super::access::{Allocated, done, this_user, wide};

/// The end of whoever listens.
pub type Connection = NamedPipeServer;

/// Takes the connections of the person who runs this.
#[derive(Debug)]
pub struct Listener {
    name: OsString,
    /// Who gets in: the person, with all rights, and nobody else; nothing is inherited. The person owns it even where
    /// Windows would let the administrators own what one of them makes.
    access: OsString,
    waiting: NamedPipeServer,
}

impl Listener {
    /// Listens at `path`; `PermissionDenied` if somebody listens there already, whoever it is.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let (name, user) = (path.as_os_str().to_owned(), this_user()?);
        let access: OsString = format!("O:{user}D:P(A;;GA;;;{user})").into();
        Ok(Self { waiting: instance(&name, &access, true)?, name, access })
    }

    /// The next connection. The system itself refuses those of others.
    ///
    /// It may be dropped before it ends: no connection is lost by that.
    pub async fn accept(&mut self) -> io::Result<Connection> {
        self.waiting.connect().await?;
        let next = instance(&self.name, &self.access, false)?;
        Ok(mem::replace(&mut self.waiting, next))
    }

    /// Takes away what a listener leaves at `path`: nothing.
    pub fn remove(_path: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// One end for one connection.
#[expect(unsafe_code, reason = "OS calls")]
fn instance(name: &OsStr, access: &OsStr, first: bool) -> io::Result<NamedPipeServer> {
    let mut descriptor: PSECURITY_DESCRIPTOR = ptr::null_mut();
    // SAFETY: the text ends with a null; the call fills `descriptor`, which is ours to free.
    done(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            wide(access).as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            ptr::null_mut(),
        )
    })?;
    let _descriptor = Allocated(descriptor);
    let mut attributes = SECURITY_ATTRIBUTES {
        nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).map_err(io::Error::other)?,
        lpSecurityDescriptor: descriptor,
        bInheritHandle: 0,
    };
    let mut options = ServerOptions::new();
    options.first_pipe_instance(first).reject_remote_clients(true);
    // SAFETY: it points to attributes, and they to a descriptor, that live until the call has ended.
    unsafe { options.create_with_security_attributes_raw(name, (&raw mut attributes).cast()) }
}

#[cfg(test)]
mod tests {
    use std::os::windows::io::AsRawHandle;

    use windows_sys::Win32::Security::Authorization::{
        ConvertSecurityDescriptorToStringSecurityDescriptorW, GetSecurityInfo, SE_KERNEL_OBJECT,
    };
    use windows_sys::Win32::Security::{DACL_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION};

    use super::super::access::{owner, text};
    use super::*;

    /// What Windows says of a pipe: its owner and its access list.
    #[expect(unsafe_code, reason = "OS calls")]
    fn descriptor(pipe: &impl AsRawHandle) -> String {
        let what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
        let (mut descriptor, mut words) = (ptr::null_mut(), ptr::null_mut());
        let null = ptr::null_mut();
        // SAFETY: the handle is open, and both calls fill what is ours to free then.
        unsafe {
            let handle = pipe.as_raw_handle();
            assert_eq!(
                GetSecurityInfo(
                    handle,
                    SE_KERNEL_OBJECT,
                    what,
                    null,
                    null,
                    null.cast(),
                    null.cast(),
                    &raw mut descriptor
                ),
                0
            );
            let revision = SDDL_REVISION_1;
            let length = ptr::null_mut();
            done(ConvertSecurityDescriptorToStringSecurityDescriptorW(
                descriptor,
                revision,
                what,
                &raw mut words,
                length,
            ))
            .unwrap();
        }
        let (_descriptor, _words) = (Allocated(descriptor), Allocated(words.cast()));
        text(words)
    }

    #[tokio::test]
    async fn only_the_person_gets_in_and_nobody_takes_the_name_twice() {
        let path = format!(r"\\.\pipe\halo-test-access-{}", std::process::id());
        let listener = Listener::bind(Path::new(&path)).unwrap();
        let user = this_user().unwrap();
        assert!(user.starts_with("S-1-5-"), "{user}");
        assert_eq!(owner(&listener.waiting).unwrap(), user);
        let found = descriptor(&listener.waiting);
        // Generic rights come out as those of files: all of them. One entry, and it is the person's.
        assert!(found.starts_with(&format!("O:{user}D:P(A;;")), "{found}");
        assert!(found.ends_with(&format!(";;;{user})")) && found.matches('(').count() == 1, "{found}");
        match Listener::bind(Path::new(&path)) {
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
            Ok(_) => println!("skipped: that a name is taken once, because this Windows (Wine 8 is one) does not look"),
        }
    }
}
