//! The main thread: it serves the menu bar, and whatever other threads want done where only it may.

use std::ptr::NonNull;
use std::thread;

use block2::RcBlock;
use dispatch2::DispatchQueue;
use objc2::MainThreadMarker;
use objc2_app_kit::{
    NSApplication, NSApplicationActivationPolicy, NSApplicationWillTerminateNotification, NSEvent,
    NSEventModifierFlags, NSEventType,
};
use objc2_foundation::{NSNotification, NSNotificationCenter, NSPoint};

use crate::other_systems::farewell;

/// Runs the program's life on another thread and the application's loop on this one, until that life is over.
pub fn host<T: Send>(life: impl FnOnce() -> T + Send) -> T {
    let Some(main) = MainThreadMarker::new() else { return life() };
    let application = NSApplication::sharedApplication(main);
    // In the menu bar, and neither in the Dock nor with a menu of its own.
    application.setActivationPolicy(NSApplicationActivationPolicy::Accessory);
    end_with_the_session();
    thread::scope(|scope| {
        let life = scope.spawn(|| {
            let _ends = EndsLoop;
            life()
        });
        application.run();
        life.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Ends the loop, however the life ended.
struct EndsLoop;

impl Drop for EndsLoop {
    fn drop(&mut self) {
        farewell::over();
        on_main_thread(stop);
    }
}

/// Has something done on the main thread, soon.
pub fn on_main_thread(job: impl FnOnce() + Send + 'static) {
    DispatchQueue::main().exec_async(job);
}

/// A log-out ends the application without a word to whoever started its loop.
#[expect(unsafe_code, reason = "an OS call")]
fn end_with_the_session() {
    let ends = RcBlock::new(|_: NonNull<NSNotification>| farewell::say());
    // SAFETY: the block touches only what any thread may; the centre keeps it.
    unsafe {
        let centre = NSNotificationCenter::defaultCenter();
        let name = NSApplicationWillTerminateNotification;
        centre.addObserverForName_object_queue_usingBlock(Some(name), None, None, &ends);
    }
}

/// The loop looks whether it was stopped only after an event.
fn stop() {
    let Some(main) = MainThreadMarker::new() else { return };
    let application = NSApplication::sharedApplication(main);
    application.stop(None);
    let event = NSEvent::otherEventWithType_location_modifierFlags_timestamp_windowNumber_context_subtype_data1_data2(
        NSEventType::ApplicationDefined,
        NSPoint::ZERO,
        NSEventModifierFlags::empty(),
        0.0,
        0,
        None,
        0,
        0,
        0,
    );
    if let Some(event) = event {
        application.postEvent_atStart(&event, true);
    }
}
