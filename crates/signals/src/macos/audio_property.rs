//! What Core Audio says of its objects, which it does in numbers of 32 bits as far as we ask.

use std::ffi::c_void;
use std::ptr::{NonNull, null, null_mut};
use std::sync::LazyLock;

use objc2_core_audio::{
    AudioObjectAddPropertyListener, AudioObjectGetPropertyData, AudioObjectGetPropertyDataSize, AudioObjectID,
    AudioObjectPropertyAddress, AudioObjectPropertyScope, AudioObjectPropertySelector,
    AudioObjectRemovePropertyListener, kAudioObjectPropertyElementMain, kAudioObjectPropertyScopeGlobal,
};
use tokio::sync::watch;

use crate::outlet::Ended;

/// Changes with any property that is listened to. It is never dropped: one may be told of just after nobody listens.
pub(super) static CHANGES: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::channel(()).0);

/// A property of an object.
#[derive(Clone, Copy)]
pub(super) struct Property {
    object: AudioObjectID,
    address: AudioObjectPropertyAddress,
}

impl Property {
    pub(super) const fn new(object: AudioObjectID, selector: AudioObjectPropertySelector) -> Self {
        let address = AudioObjectPropertyAddress {
            mSelector: selector,
            mScope: kAudioObjectPropertyScopeGlobal,
            mElement: kAudioObjectPropertyElementMain,
        };
        Self { object, address }
    }

    /// The same for a part of the object.
    pub(super) fn of(mut self, part: AudioObjectPropertyScope) -> Self {
        self.address.mScope = part;
        self
    }

    #[expect(unsafe_code, reason = "Core Audio is a C interface")]
    pub(super) fn read(&self) -> Result<Vec<u32>, Ended> {
        let mut size = 0;
        // SAFETY: it reads the address and writes a size, both ours; there is no qualifier.
        let status = unsafe {
            AudioObjectGetPropertyDataSize(
                self.object,
                NonNull::from(&self.address),
                0,
                null(),
                NonNull::from(&mut size),
            )
        };
        answered(status)?;
        let mut numbers = vec![0_u32; size.div_ceil(u32::BITS / 8) as usize];
        let place = NonNull::from(numbers.as_mut_slice()).cast();
        // SAFETY: it writes at most as many bytes as it is told that there are, and how many it wrote.
        let status = unsafe {
            AudioObjectGetPropertyData(
                self.object,
                NonNull::from(&self.address),
                0,
                null(),
                NonNull::from(&mut size),
                place,
            )
        };
        answered(status)?;
        // There may be fewer by now.
        numbers.truncate((size / (u32::BITS / 8)) as usize);
        Ok(numbers)
    }

    /// Has [`CHANGES`] told of this one too, until what it gives is dropped.
    #[expect(unsafe_code, reason = "Core Audio is a C interface")]
    pub(super) fn listen(&self) -> Result<Listener, Ended> {
        // SAFETY: it copies the address; `tell` uses nothing that it is given.
        let status = unsafe {
            AudioObjectAddPropertyListener(self.object, NonNull::from(&self.address), Some(tell), null_mut())
        };
        answered(status)?;
        Ok(Listener(*self))
    }
}

/// Listens while it lives.
pub(super) struct Listener(Property);

impl Drop for Listener {
    #[expect(unsafe_code, reason = "Core Audio is a C interface")]
    fn drop(&mut self) {
        let Self(Property { object, address }) = self;
        // SAFETY: it reads the address. An object that is gone has no listeners, and is refused.
        unsafe { AudioObjectRemovePropertyListener(*object, NonNull::from(address), Some(tell), null_mut()) };
    }
}

#[expect(unsafe_code, reason = "it is called from C")]
unsafe extern "C-unwind" fn tell(
    _: AudioObjectID,
    _: u32,
    _: NonNull<AudioObjectPropertyAddress>,
    _: *mut c_void,
) -> i32 {
    CHANGES.send_replace(());
    0
}

fn answered(status: i32) -> Result<(), Ended> {
    if status == 0 { Ok(()) } else { Err(Ended::Lost(format!("it answers with error {status}"))) }
}
