//! Several devices of one person without a network: what the person did last counts, whichever device comes back last
//! and whatever its clock says (C21).

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use e2e::{Desktop, Front, Halo, PASSWORD, SOON, TeamService, skip, wait_until};

use crate::support::{patient, until_seen};

/// Between two things that a person does on two devices.
const A_WHILE: Duration = Duration::from_millis(1200);

/// A device with a network of its own that can be cut.
struct Device {
    front: Front,
    desktop: Desktop,
    halo: Halo,
}

impl Device {
    #[track_caller]
    fn new(service: &TeamService) -> Self {
        let front = Front::of(service);
        let desktop = Desktop::builder().keyring(true).start().unwrap();
        let halo = Halo::start(&desktop);
        let said = halo.run_with(&["sign-in", &front.url(), "--name", "ada"], PASSWORD);
        assert_eq!(said.code, 0, "{said:?}");
        halo.until_connected();
        Self { front, desktop, halo }
    }

    #[track_caller]
    fn cut(&self) {
        self.front.cut();
        self.halo.until("cut off", |presence| presence["connection"] == "reconnecting");
    }

    #[track_caller]
    fn come_back(&self) {
        self.front.let_through();
        self.halo.until_connected();
    }

    /// Cut off, it starts anew with a clock that is wrong by so much, as if it had never heard the service.
    #[track_caller]
    fn forget_the_time(mut self, off: &str, library: &std::path::Path) -> Self {
        self.halo.kill();
        for name in ["outbox.db", "outbox.db-wal"] {
            // A log that was taken up into the file is gone already.
            let _ = fs::remove_file(self.desktop.data_dir().join("halo").join(name));
        }
        let variables = [
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("FAKETIME", off),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        for (name, value) in variables {
            self.halo = self.halo.with_variable(name, value);
        }
        self.halo.start_again();
        self
    }
}

fn faketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.map(|entry| entry.path().join("faketime/libfaketime.so.1")).find(|path| path.exists())
}

/// Waits until both devices show this choice and message, and goes on to see that it stays.
#[track_caller]
fn both_show(devices: [&Device; 2], status: &str, message: &str) {
    for device in devices {
        let shows = |presence: &serde_json::Value| presence["status"] == status && presence["message"] == message;
        device.halo.until(&format!("{status}, {message}"), shows);
    }
    thread::sleep(Duration::from_millis(500));
    for device in devices {
        assert_eq!(device.halo.status()["status"], status);
    }
}

#[test]
fn c21_of_two_devices_without_a_network_the_persons_last_choice_counts() {
    let service = TeamService::start_with(&["ada", "grace"], &patient());
    let (left, right) = (Device::new(&service), Device::new(&service));
    let (_desktop, grace) = crate::support::desk(&service, "grace");
    for last_to_return in ["left", "right"] {
        left.cut();
        right.cut();
        left.halo.set("meal --message Soup");
        thread::sleep(A_WHILE);
        right.halo.set("training --message Course");
        thread::sleep(A_WHILE);
        // The other way round for what is no choice: the left device has the last word on the message.
        left.halo.expect(&["message", "Later"]);
        let [first, second] = if last_to_return == "left" { [&right, &left] } else { [&left, &right] };
        first.come_back();
        second.come_back();
        both_show([&left, &right], "training", "Later");
        until_seen(&grace, "ada", "training", SOON);
        left.halo.expect(&["back"]);
        left.halo.expect(&["message"]);
        right
            .halo
            .until("the end of it", |presence| presence["status"] == "available" && presence["message"].is_null());
    }
}

#[test]
fn c21_a_program_that_starts_anew_without_a_network_knows_the_services_clock_still() {
    let Some(library) = faketime() else { return skip("libfaketime is not installed (package faketime)") };
    let service = TeamService::start_with(&["ada"], &patient());
    let (left, mut right) = (Device::new(&service), Device::new(&service));
    left.cut();
    right.cut();
    left.halo.set("meal --message Soup");
    thread::sleep(A_WHILE);
    // Its wall clock is three hours behind from now on: a battery that ran out.
    right.halo.kill();
    let clock = [("LD_PRELOAD", library.to_str().unwrap()), ("FAKETIME", "-3h"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    for (name, value) in clock.into_iter().chain([("DONT_FAKE_MONOTONIC", "1")]) {
        right.halo = right.halo.with_variable(name, value);
    }
    right.halo.start_again();
    right.halo.set("training --for 30m --message Course");
    right.come_back();
    left.come_back();
    both_show([&left, &right], "training", "Course");
}

#[test]
fn c21_a_device_that_never_heard_the_service_is_set_right_when_it_comes_back() {
    let Some(library) = faketime() else { return skip("libfaketime is not installed (package faketime)") };
    let service = TeamService::start_with(&["ada"], &patient());
    for (off, chosen_last) in [("-3h", "right"), ("+3h", "left")] {
        let (left, right) = (Device::new(&service), Device::new(&service));
        left.cut();
        right.cut();
        let right = right.forget_the_time(off, &library);
        let choose = [(&left, "meal --for 1h --message Soup"), (&right, "training --for 1h --message Course")];
        let order = if chosen_last == "left" { [choose[1], choose[0]] } else { choose };
        for (device, choice) in order {
            device.halo.set(choice);
            thread::sleep(A_WHILE);
        }
        // The one with the wrong clock comes back first, and then the other: neither order nor clock decides.
        right.come_back();
        left.come_back();
        let (status, message) = if chosen_last == "left" { ("meal", "Soup") } else { ("training", "Course") };
        both_show([&left, &right], status, message);
        let until: jiff::Timestamp = left.halo.status()["until"].as_str().unwrap().parse().unwrap();
        let ahead = until.duration_since(jiff::Timestamp::now()).as_secs();
        assert!((3500..=3600).contains(&ahead), "an hour from the choice on, and not {ahead} s ({off})");
        for device in [&left, &right] {
            assert!(wait_until(SOON, || device.halo.run(&["sign-out"]).code == 0));
        }
    }
}
