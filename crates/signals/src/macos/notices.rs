//! How the system's notices are heard. Nobody ever stops hearing one: each is heard once in the life of the program.

use std::ffi::c_void;
use std::ptr::{NonNull, null};

use block2::RcBlock;
use objc2_core_foundation::{
    CFDictionary, CFNotificationCenter, CFNotificationName, CFNotificationSuspensionBehavior, CFString,
};
use objc2_foundation::{NSNotification, NSNotificationCenter, NSNotificationName};

/// Calls `told` at each notice of this name, on whichever thread it comes.
#[expect(unsafe_code, reason = "the notification centre is an Objective-C class")]
pub(super) fn hear(center: &NSNotificationCenter, name: &NSNotificationName, told: impl Fn() + Send + Sync + 'static) {
    let block = RcBlock::new(move |_: NonNull<NSNotification>| told());
    // SAFETY: the block may be sent, owns all that it uses, and is asked for no object and no queue.
    unsafe { center.addObserverForName_object_queue_usingBlock(Some(name), None, None, &block) };
}

/// Calls `told` at each notice of this name by another program. Through Core Foundation, which alone can ask for delivery
/// while our program is not the one in front, as it never is.
#[expect(unsafe_code, reason = "the distributed centre is a C interface")]
pub(super) fn hear_from_others(name: &'static str, told: fn()) -> Result<(), String> {
    let center = CFNotificationCenter::distributed_center().ok_or("there is no distributed notification centre")?;
    // SAFETY: the observer is a function, which lives as long as the program, and is what the callback takes it for; no
    // object is asked for.
    unsafe {
        center.add_observer(
            told as *const c_void,
            Some(call),
            Some(&CFString::from_static_str(name)),
            null(),
            CFNotificationSuspensionBehavior::DeliverImmediately,
        );
    }
    Ok(())
}

#[expect(unsafe_code, reason = "it is called from C")]
unsafe extern "C-unwind" fn call(
    _: *mut CFNotificationCenter,
    told: *mut c_void,
    _: *const CFNotificationName,
    _: *const c_void,
    _: *const CFDictionary,
) {
    // SAFETY: a function of this kind is what we gave as the observer.
    let told = unsafe { std::mem::transmute::<*mut c_void, fn()>(told) };
    told();
}
