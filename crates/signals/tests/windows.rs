//! The Windows back-ends with real input and with the messages that Windows sends.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]
#![expect(unsafe_code, reason = "input and messages are sent through Windows' C interface")]

use std::time::{Duration, Instant};

use signals::clock::ClockChanges;
use signals::{Arm, Environment, Handle, LockSource, Raw, SignalKind, SourceState};
use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio::time::timeout;
use windows_sys::Win32::Foundation::HWND;
use windows_sys::Win32::UI::Input::KeyboardAndMouse::{
    INPUT, INPUT_0, INPUT_MOUSE, MOUSEEVENTF_MOVE, MOUSEINPUT, SendInput,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    FindWindowExW, GetWindowThreadProcessId, PBT_APMRESUMEAUTOMATIC, PBT_APMSUSPEND, PostMessageW, WM_POWERBROADCAST,
    WM_TIMECHANGE, WM_WTSSESSION_CHANGE, WTS_REMOTE_CONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK,
    WTS_SESSION_UNLOCK,
};
use windows_sys::core::w;

const LONG: Duration = Duration::from_secs(15);
/// Long enough for anything that is about to be said to be said.
const QUIET: Duration = Duration::from_millis(300);
const SHORT: Duration = Duration::from_millis(600);

/// There is one input, and one window for messages: one test at a time.
static DESKTOP: Mutex<()> = Mutex::const_new(());

struct Ear {
    handle: Handle,
    rx: mpsc::Receiver<Raw>,
    _alone: MutexGuard<'static, ()>,
}

impl Ear {
    async fn new() -> Self {
        let alone = DESKTOP.lock().await;
        let (tx, rx) = mpsc::channel(16);
        let mut ear = Self { handle: signals::spawn_in(Environment::default(), tx), rx, _alone: alone };
        ear.until(|raw| matches!(raw, Raw::IdleFor(_))).await;
        // The window is there when the lock is listened to.
        while ear.state(SignalKind::Lock) != Some(SourceState::Working) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        ear
    }

    fn state(&self, signal: SignalKind) -> Option<SourceState> {
        self.handle.health().iter().find(|source| source.signal == signal).map(|source| source.state)
    }

    async fn next(&mut self) -> Raw {
        timeout(LONG, self.rx.recv()).await.expect("something is said in time").expect("the back-ends live")
    }

    async fn until(&mut self, wanted: impl Fn(&Raw) -> bool) -> Raw {
        loop {
            let raw = self.next().await;
            if wanted(&raw) {
                return raw;
            }
        }
    }

    async fn locked(&mut self) -> (Option<bool>, Option<Duration>) {
        match self.until(|raw| matches!(raw, Raw::Lock { .. })).await {
            Raw::Lock { source: LockSource::Session, locked, idle } => (locked, idle),
            other => panic!("{other:?}"),
        }
    }

    async fn nothing(&mut self) {
        if let Ok(raw) = timeout(QUIET, self.rx.recv()).await {
            panic!("nothing should be said, but: {raw:?}");
        }
    }
}

/// Moves the pointer, as a person would.
fn input() {
    let movement = MOUSEINPUT { dx: 3, dy: 2, mouseData: 0, dwFlags: MOUSEEVENTF_MOVE, time: 0, dwExtraInfo: 0 };
    let input = INPUT { r#type: INPUT_MOUSE, Anonymous: INPUT_0 { mi: movement } };
    let size = i32::try_from(size_of::<INPUT>()).unwrap();
    // SAFETY: it is one input, of this size.
    assert_eq!(unsafe { SendInput(1, &raw const input, size) }, 1, "{}", std::io::Error::last_os_error());
}

/// Sends what Windows would to the window of this program.
fn post(message: u32, what: u32) {
    // SAFETY: the message carries a number only.
    let posted = unsafe { PostMessageW(window(), message, usize::try_from(what).unwrap(), 0) };
    assert_ne!(posted, 0, "{}", std::io::Error::last_os_error());
}

fn window() -> HWND {
    let mut window = std::ptr::null_mut();
    loop {
        let mut process = 0;
        // SAFETY: the name is text that ends with zero; a window that is gone is none.
        unsafe {
            window = FindWindowExW(std::ptr::null_mut(), window, w!("HaloSession"), std::ptr::null());
            GetWindowThreadProcessId(window, &raw mut process);
        }
        assert!(!window.is_null(), "this program has the window");
        if process == std::process::id() {
            return window;
        }
    }
}

#[tokio::test]
async fn g19_the_threshold_is_told_once_and_soon() {
    let mut ear = Ear::new().await;
    for _ in 0..3 {
        input();
        let moved = Instant::now();
        ear.handle.arm(Arm { idle_for: Some(SHORT), input: false, screen: false });
        let Raw::IdleFor(idle) = ear.next().await else { panic!("only the threshold is asked for") };
        eprintln!("threshold told {:?} late", moved.elapsed().saturating_sub(SHORT));
        assert!(idle >= SHORT && moved.elapsed() < SHORT * 2, "{idle:?} {:?}", moved.elapsed());
        ear.nothing().await;
    }
}

#[tokio::test]
async fn d06_input_ends_idleness_within_a_second_or_so_and_is_told_once() {
    let mut ear = Ear::new().await;
    for pause in [0, 350, 700] {
        ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
        tokio::time::sleep(QUIET + Duration::from_millis(pause)).await;
        input();
        let moved = Instant::now();
        assert_eq!(ear.next().await, Raw::Input);
        eprintln!("input to event: {:?}", moved.elapsed());
        assert!(moved.elapsed() < Duration::from_secs(2), "{:?}", moved.elapsed());
        input();
        ear.nothing().await;
    }
}

#[tokio::test]
async fn input_puts_the_threshold_off() {
    let mut ear = Ear::new().await;
    input();
    let begun = Instant::now();
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: false, screen: false });
    ear.nothing().await;
    input();
    assert!(matches!(ear.next().await, Raw::IdleFor(_)));
    assert!(begun.elapsed() >= SHORT + QUIET, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn g06_locks_and_disconnects_are_told_in_order() {
    let mut ear = Ear::new().await;
    input();
    post(WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK);
    let posted = Instant::now();
    let (locked, idle) = ear.locked().await;
    eprintln!("lock message to event: {:?}", posted.elapsed());
    assert_eq!(locked, Some(true));
    assert!(idle.is_some_and(|idle| idle < LONG), "{idle:?}");
    post(WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK);
    assert_eq!(ear.locked().await, (Some(false), None));

    post(WM_WTSSESSION_CHANGE, WTS_REMOTE_DISCONNECT);
    assert_eq!(ear.locked().await.0, Some(true));
    post(WM_WTSSESSION_CHANGE, WTS_REMOTE_CONNECT);
    assert_eq!(ear.locked().await, (Some(false), None));

    for _ in 0..20 {
        post(WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK);
        post(WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK);
    }
    for flap in 0..40 {
        assert_eq!(ear.locked().await.0, Some(flap % 2 == 0));
    }
    ear.nothing().await;
}

#[tokio::test]
async fn d01_sleep_is_told_before_it_and_waking_after() {
    let mut ear = Ear::new().await;
    let mut changes = ClockChanges::new().unwrap();
    post(WM_POWERBROADCAST, PBT_APMSUSPEND);
    // Modern Standby is told beside the broadcast.
    post(WM_POWERBROADCAST, PBT_APMSUSPEND);
    post(WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC);
    assert!(matches!(ear.next().await, Raw::Sleep { asleep: true, idle: Some(_) }));
    // The window waits for this, and what comes next comes after it.
    ear.nothing().await;
    ear.handle.sleep_recorded();
    assert_eq!(ear.next().await, Raw::Sleep { asleep: false, idle: None });
    timeout(LONG, changes.stepped()).await.expect("waking may have moved the clock");
    ear.nothing().await;
}

#[tokio::test]
async fn d07_a_clock_that_is_set_is_told() {
    let _ear = Ear::new().await;
    let mut changes = ClockChanges::new().unwrap();
    timeout(QUIET, changes.stepped()).await.unwrap_err();
    post(WM_TIMECHANGE, 0);
    timeout(LONG, changes.stepped()).await.expect("Windows said so");
}

#[tokio::test]
async fn a_pause_hears_nothing_and_its_end_seeds() {
    let mut ear = Ear::new().await;
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.handle.pause(true);
    ear.nothing().await;
    input();
    post(WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK);
    post(WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK);
    ear.nothing().await;
    assert!(ear.handle.health().iter().all(|source| !source.chosen || source.signal == SignalKind::Sleep));
    ear.handle.pause(false);
    ear.until(|raw| matches!(raw, Raw::IdleFor(_))).await;
    assert!(ear.handle.health().iter().all(|source| source.chosen || source.signal == SignalKind::Call));
}

#[tokio::test]
async fn the_back_ends_end_with_the_handle() {
    let ear = Ear::new().await;
    let Ear { handle, mut rx, _alone } = ear;
    drop(handle);
    timeout(LONG, async { while rx.recv().await.is_some() {} }).await.expect("the back-ends end");
}

#[tokio::test]
async fn every_source_says_in_words_how_it_is() {
    let ear = Ear::new().await;
    for source in ear.handle.health() {
        eprintln!("{:?} by {}: {}", source.signal, source.source, source.why);
        let expected = if source.signal == SignalKind::Call { SourceState::Absent } else { SourceState::Working };
        assert_eq!(source.state, expected, "{source:?}");
        assert!(!source.why.is_empty(), "{source:?}");
    }
}
