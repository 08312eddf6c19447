//! The Windows back-ends with real input, with the messages that Windows sends, and with what it writes into its registry.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]
#![expect(unsafe_code, reason = "input and messages are sent through Windows' C interface")]

use std::fs::File;
use std::os::windows::io::AsRawHandle as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use signals::clock::{self, ClockChanges};
use signals::{Arm, Environment, Handle, LockSource, Raw, SignalKind, SourceState};
use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio::time::timeout;
use windows_registry::{CURRENT_USER, Key};
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

    async fn call(&mut self) -> Option<bool> {
        match self.until(|raw| matches!(raw, Raw::Call { .. })).await {
            Raw::Call { busy } => busy,
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

/// Windows' record of who uses a microphone or a camera, which Wine does not keep.
struct Record;

impl Record {
    /// Empty, and gone when this is dropped. Only who has an ear, and so is alone, may write it.
    fn new(_: &Ear) -> Self {
        remove_record();
        for device in ["microphone", "webcam"] {
            record_of(device);
        }
        Self
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        remove_record();
    }
}

const MANAGER: &str = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager";

fn remove_record() {
    // It need not be there.
    let _ = CURRENT_USER.remove_tree(MANAGER);
}

fn record_of(application: &str) -> Key {
    CURRENT_USER.create(format!(r"{MANAGER}\ConsentStore\{application}")).unwrap()
}

/// An application begins to use a device, as Windows writes it down.
fn begins(application: &str) {
    began(application, clock::now().wall);
}

fn began(application: &str, at: Timestamp) {
    let record = record_of(application);
    record.set_u64("LastUsedTimeStart", filetime(at)).unwrap();
    record.set_u64("LastUsedTimeStop", 0).unwrap();
}

fn ends(application: &str) {
    record_of(application).set_u64("LastUsedTimeStop", filetime(clock::now().wall)).unwrap();
}

fn filetime(at: Timestamp) -> u64 {
    u64::try_from(at.as_microsecond()).unwrap() * 10 + 116_444_736_000_000_000
}

const PHONE: &str = r"microphone\NonPackaged\C:#Program Files#Phone#phone.exe";
const MEETING: &str = r"microphone\Meeting_8wekyb3d8bbwe";
const MEETING_CAMERA: &str = r"webcam\Meeting_8wekyb3d8bbwe";

/// An ear that hears of calls, of which there is none, and the record.
async fn free() -> (Ear, Record) {
    let mut ear = Ear::new().await;
    let record = Record::new(&ear);
    ear.handle.tell_calls(true);
    assert_eq!(ear.call().await, Some(false));
    (ear, record)
}

#[tokio::test]
async fn a_microphone_in_use_is_told_when_it_begins_and_when_it_ends() {
    let (mut ear, _record) = free().await;
    for _ in 0..3 {
        begins(PHONE);
        let began = Instant::now();
        assert_eq!(ear.call().await, Some(true));
        eprintln!("microphone in use to event: {:?}", began.elapsed());
        ear.nothing().await;
        ends(PHONE);
        let ended = Instant::now();
        assert_eq!(ear.call().await, Some(false));
        eprintln!("microphone free to event: {:?}", ended.elapsed());
        ear.nothing().await;
    }
}

#[tokio::test]
async fn two_applications_that_overlap_are_one_use_until_the_last_of_them_ends() {
    let (mut ear, _record) = free().await;
    begins(PHONE);
    assert_eq!(ear.call().await, Some(true));
    begins(MEETING);
    ear.nothing().await;
    ends(PHONE);
    ear.nothing().await;
    ends(MEETING);
    assert_eq!(ear.call().await, Some(false));
    ear.nothing().await;
}

#[tokio::test]
async fn a_camera_alone_is_told_and_one_beside_a_microphone_is_nothing_new() {
    let (mut ear, _record) = free().await;
    begins(MEETING_CAMERA);
    assert_eq!(ear.call().await, Some(true));
    begins(MEETING);
    ends(MEETING_CAMERA);
    ear.nothing().await;
    ends(MEETING);
    assert_eq!(ear.call().await, Some(false));
}

#[tokio::test]
async fn a_use_that_a_crash_cut_off_before_the_machine_began_is_none() {
    let (mut ear, _record) = free().await;
    let now = clock::now();
    let booted = now.wall - now.boot;
    began(PHONE, booted - Duration::from_secs(60));
    ear.nothing().await;
    began(MEETING, booted + Duration::from_secs(1));
    assert_eq!(ear.call().await, Some(true));
    ends(MEETING);
    assert_eq!(ear.call().await, Some(false));
}

#[tokio::test]
async fn a_call_that_runs_already_is_told_at_the_start() {
    let mut ear = Ear::new().await;
    let _record = Record::new(&ear);
    begins(PHONE);
    ear.nothing().await;
    ear.handle.tell_calls(true);
    assert_eq!(ear.call().await, Some(true));
}

#[tokio::test]
async fn d13_calls_that_are_switched_off_or_paused_are_unknown_and_nothing_is_told_of_them() {
    let (mut ear, _record) = free().await;
    for paused in [false, true] {
        let listen = |ear: &Ear, on: bool| if paused { ear.handle.pause(!on) } else { ear.handle.tell_calls(on) };
        listen(&ear, false);
        assert_eq!(ear.call().await, None);
        assert_eq!(ear.state(SignalKind::Call), Some(SourceState::Absent));
        begins(PHONE);
        ear.nothing().await;
        listen(&ear, true);
        assert_eq!(ear.call().await, Some(true));
        ends(PHONE);
        assert_eq!(ear.call().await, Some(false));
        assert_eq!(ear.state(SignalKind::Call), Some(SourceState::Working));
    }
}

#[tokio::test]
async fn a_record_that_windows_does_not_keep_is_said_and_noticed_when_it_comes() {
    let mut ear = Ear::new().await;
    remove_record();
    ear.handle.tell_calls(true);
    ear.nothing().await;
    assert_eq!(ear.state(SignalKind::Call), Some(SourceState::Absent));
    let _record = Record::new(&ear);
    assert_eq!(ear.call().await, Some(false));
    assert_eq!(ear.state(SignalKind::Call), Some(SourceState::Working));
    begins(MEETING_CAMERA);
    assert_eq!(ear.call().await, Some(true));
}

#[tokio::test]
async fn d13_nothing_of_an_application_is_on_the_board() {
    let (mut ear, _record) = free().await;
    begins(PHONE);
    assert_eq!(ear.call().await, Some(true));
    let board = format!("{:?}", ear.handle.health()).to_lowercase();
    assert!(!board.contains("phone.exe") && !board.contains("program files"), "{board}");
}

#[tokio::test]
async fn many_changes_leave_no_handle_open() {
    let (mut ear, _record) = free().await;
    // The lowest number that is free.
    let next_handle = || File::open("nul").unwrap().as_raw_handle() as usize / 4;
    let before = next_handle();
    for _ in 0..50 {
        begins(PHONE);
        assert_eq!(ear.call().await, Some(true));
        ear.handle.tell_calls(false);
        assert_eq!(ear.call().await, None);
        ear.handle.tell_calls(true);
        assert_eq!(ear.call().await, Some(true));
        ends(PHONE);
        assert_eq!(ear.call().await, Some(false));
    }
    let after = next_handle();
    eprintln!("the next handle was {before}, and is {after}");
    assert!(after < before + 25, "{before} {after}");
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
    let (Ear { handle, mut rx, _alone }, _record) = free().await;
    drop(handle);
    timeout(LONG, async { while rx.recv().await.is_some() {} }).await.expect("the back-ends end");
}

#[tokio::test]
async fn every_source_says_in_words_how_it_is() {
    let (ear, _record) = free().await;
    for source in ear.handle.health() {
        eprintln!("{:?} by {}: {}", source.signal, source.source, source.why);
        assert_eq!(source.state, SourceState::Working, "{source:?}");
        assert!(!source.why.is_empty(), "{source:?}");
    }
}
