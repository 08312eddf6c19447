//! A log of facts that is damaged or of another version: nothing of it is ever thrown away.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs;
use std::path::Path;

use e2e::Desktop;
use faults_support::{Halo, data, is_refused, log, run};

/// A log that was really in use, and long enough to have pages that are not read at once.
fn used_log(desktop: &Desktop) -> Vec<u8> {
    let mut halo = Halo::start(desktop);
    for n in 0..60 {
        halo.does(&["set", if n % 2 == 0 { "busy" } else { "meal" }, "--message", &"words ".repeat(60)]);
    }
    halo.quit();
    let bytes = fs::read(data(desktop).join("halo.db")).unwrap();
    assert!(bytes.len() > 40_000, "{} bytes", bytes.len());
    bytes
}

/// Starts on a damaged file: it is aside whole, that is said twice, and Halo works.
#[track_caller]
fn is_set_aside(desktop: &Desktop, damaged: &[u8]) {
    let mut halo = Halo::start(desktop);
    let aside = data(desktop).join("halo.db.damaged-1");
    let words = format!(
        "The log of your presence was damaged. It was set aside as {} and a fresh one was begun",
        aside.display()
    );
    assert!(halo.complaints().contains(&words), "{}", halo.complaints());
    assert!(log(desktop).contains(&words), "{}", log(desktop));
    assert!(fs::read(&aside).unwrap() == damaged, "what is aside is not what was there");
    assert_eq!(halo.history(), ["available"]);
    halo.does(&["set", "busy"]);
    halo.kill();
    let halo = Halo::start(desktop);
    assert_eq!(halo.history(), ["available", "busy"]);
    assert!(!halo.complaints().contains("damaged"), "{}", halo.complaints());
}

#[test]
fn garbage_is_set_aside_and_a_fresh_log_begun() {
    let desktop = Desktop::builder().start().unwrap();
    let garbage = b"this was never a database ".repeat(500);
    faults_support::write(&data(&desktop).join("halo.db"), "");
    fs::write(data(&desktop).join("halo.db"), &garbage).unwrap();
    is_set_aside(&desktop, &garbage);
}

#[test]
fn a_log_that_was_cut_off_is_set_aside() {
    let desktop = Desktop::builder().start().unwrap();
    let mut bytes = used_log(&desktop);
    bytes.truncate(bytes.len() / 2 + 100);
    fs::write(data(&desktop).join("halo.db"), &bytes).unwrap();
    is_set_aside(&desktop, &bytes);
}

#[test]
fn a_log_with_flipped_bits_is_set_aside_wherever_they_are() {
    // In the schema, in a table's root, in the middle of the facts, near the end.
    for place in ["the first page", "a quarter", "half", "three quarters"] {
        let desktop = Desktop::builder().start().unwrap();
        let mut bytes = used_log(&desktop);
        let page = match place {
            "the first page" => 0,
            "a quarter" => bytes.len() / 4 / 4096 * 4096,
            "half" => bytes.len() / 2 / 4096 * 4096,
            _ => bytes.len() * 3 / 4 / 4096 * 4096,
        };
        // The head of a page, where a disk that loses a sector loses what holds the tree together.
        let head = if page == 0 { 100..140 } else { page..page + 40 };
        bytes[head].iter_mut().for_each(|byte| *byte ^= 0xA5);
        fs::write(data(&desktop).join("halo.db"), &bytes).unwrap();
        println!("damaged: {place}");
        is_set_aside(&desktop, &bytes);
    }
}

#[test]
fn a_log_of_a_newer_halo_is_refused_in_words_and_left_as_it_is() {
    let desktop = Desktop::builder().start().unwrap();
    used_log(&desktop);
    let path = data(&desktop).join("halo.db");
    let mut bytes = fs::read(&path).unwrap();
    // `PRAGMA user_version` is the big-endian number at byte 60 of the file.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, &bytes).unwrap();

    let words =
        [path.to_str().unwrap(), "newer Halo", "version 99", "install that version again", "move the file away"];
    let said = run(&desktop, &["run"]);
    is_refused(&said, 1, &words);
    let in_background = run(&desktop, &[]);
    is_refused(&in_background, 1, &words);
    assert_eq!(in_background.err, said.err);
    assert!(fs::read(&path).unwrap() == bytes, "the file was changed");
    let beside: Vec<_> = names(&data(&desktop)).into_iter().filter(|name| name.starts_with("halo.db")).collect();
    assert_eq!(beside, ["halo.db"]);
    assert_eq!(run(&desktop, &["status"]).code, 3, "nothing runs");
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_log_that_is_removed_under_the_program_is_written_anew_and_that_is_said() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    for name in names(&data(&desktop)).into_iter().filter(|name| name.starts_with("halo.db")) {
        fs::remove_file(data(&desktop).join(name)).unwrap();
    }
    // Without anything being asked.
    let said = || log(&desktop).contains("was removed while Halo ran");
    assert!(e2e::wait_until(faults_support::SOON, said), "{}", log(&desktop));
    assert!(data(&desktop).join("halo.db").exists());
    halo.does(&["set", "meal"]);
    halo.kill();
    let halo = Halo::start(&desktop);
    assert_eq!(halo.history(), ["available", "busy", "meal"]);
    assert_eq!(halo.status(), "meal");
}

#[test]
fn a_log_that_is_replaced_under_the_program_is_said_and_what_was_acknowledged_is_kept_aside() {
    let desktop = Desktop::builder().start().unwrap();
    used_log(&desktop);
    let (path, backup) = (data(&desktop).join("halo.db"), data(&desktop).join("backup"));
    fs::copy(&path, &backup).unwrap();
    let mut halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    fs::rename(&backup, &path).unwrap();
    halo.refuses(&["set", "meal"], 1, &["nothing was changed", "replaced while Halo ran", "halo restart"]);
    assert_eq!(halo.status(), "busy");
    assert_eq!(halo.doctor("log")[0]["state"], "failing");
    let kept = data(&desktop).join("halo.db.kept-1");
    assert!(log(&desktop).contains(kept.to_str().unwrap()), "{}", log(&desktop));
    halo.kill();
    let mut halo = Halo::start(&desktop);
    halo.does(&["set", "meal"]);
    halo.quit();
    fs::rename(&kept, &path).unwrap();
    assert!(Halo::start(&desktop).history().contains(&"busy".to_owned()));
}

#[test]
fn a_log_that_was_cut_off_under_the_program_is_written_anew_and_keeps_all() {
    for name in ["halo.db", "halo.db-wal"] {
        let desktop = Desktop::builder().start().unwrap();
        let mut halo = Halo::start(&desktop);
        halo.does(&["set", "busy", "--message", "one"]);
        fs::File::options().write(true).truncate(true).open(data(&desktop).join(name)).unwrap();
        let said = halo.ask(&["set", "meal"]);
        let told = said.code == 0 || said.err.contains("nothing was changed");
        assert!(told, "{name}: {said:?}");
        let kept = if said.code == 0 { "meal" } else { "busy" };
        assert_eq!(halo.status(), kept, "{name}");
        if said.code == 0 {
            halo.kill();
            let halo = Halo::start(&desktop);
            assert_eq!((halo.status(), halo.history().len()), ("meal".to_owned(), 3), "{name}");
        } else {
            assert_eq!(halo.doctor("log")[0]["state"], "failing", "{name}");
        }
    }
}

#[test]
fn nothing_is_promised_while_a_log_that_was_removed_has_no_place() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    fs::remove_dir_all(data(&desktop)).unwrap();
    fs::write(data(&desktop), "in the way").unwrap();
    halo.refuses(&["set", "meal"], 1, &["nothing was changed", data(&desktop).to_str().unwrap()]);
    halo.refuses(&["message", "hey"], 1, &["nothing was changed"]);
    assert_eq!(halo.status(), "busy");
    assert_eq!(halo.doctor("log")[0]["state"], "failing");
    fs::remove_file(data(&desktop)).unwrap();
    halo.does(&["set", "meal"]);
    halo.kill();
    assert_eq!(Halo::start(&desktop).history(), ["available", "busy", "meal"]);
}
