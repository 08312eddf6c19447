//! More happens than a person could do: the last state is right, and nothing is left over.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::time::{Duration, Instant};
use std::{fs, thread};

use e2e::{Desktop, wait_until};
use faults_support::{Halo, SOON, descriptors};

const SAVER: &str = "org.freedesktop.ScreenSaver";

/// Resident memory, in kilobytes.
fn memory(halo: &Halo) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", halo.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn d06_a_hundred_locks_and_unlocks_end_in_the_last_state_and_leak_nothing() {
    let desktop = Desktop::builder().notifications(true).tray_host(true).start().unwrap();
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    let mut halo = Halo::start(&desktop);
    halo.doctor_comes_to("idle", "working");
    halo.doctor_comes_to("tray", "working");
    let mut storm = |halo: &Halo, last: bool| {
        for _ in 0..100 {
            saver.set_active(true).unwrap();
            saver.set_active(false).unwrap();
        }
        if last {
            saver.set_active(true).unwrap();
            halo.comes_to("away");
        }
        // Input after an unlock is what ends Away where input is known (D03).
        let back = || {
            desktop.xdotool(&["mousemove_relative", "--", "3", "2"]).unwrap();
            desktop.xdotool(&["mousemove_relative", "--", "-3", "-2"]).unwrap();
            halo.status() == "available"
        };
        if !last {
            assert!(wait_until(SOON, back), "{}", halo.does(&["status"]));
        }
    };
    // The first storm fills what is kept for good: caches, buffers, connections.
    storm(&halo, false);
    let before = (descriptors(&halo), memory(&halo));
    for _ in 0..3 {
        storm(&halo, false);
    }
    storm(&halo, true);
    assert!(halo.is_alive());
    assert!(wait_until(SOON, || descriptors(&halo) <= before.0), "{} before, {} after", before.0, descriptors(&halo));
    assert!(memory(&halo) <= before.1 + 2048, "{} kB before, {} kB after", before.1, memory(&halo));
    assert!(halo.doctor("lock").iter().any(|check| check["state"] == "working"));
}

#[test]
fn d06_a_saver_that_says_very_much_while_halo_starts_is_heard_afterwards() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    let ends = Instant::now() + Duration::from_secs(2);
    let talk = thread::spawn(move || {
        // Nothing new, so that there is nothing to write down: only to hear.
        while Instant::now() < ends {
            saver.set_active(false).unwrap();
        }
        saver
    });
    let halo = Halo::start(&desktop);
    let mut saver = talk.join().unwrap();
    saver.set_active(true).unwrap();
    halo.comes_to("away");
}
