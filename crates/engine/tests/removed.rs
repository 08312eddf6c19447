//! A log that somebody removes while it is in use is written anew, and nobody finds half of it. Windows removes no file
//! that is open.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};

use common::{ADA, ada, choose, minute, open, open_as, status};
use engine::LogError;
use log_sqlite::{Opened, Sharing};
use presence::{Policy, Span};

#[test]
fn a_log_that_was_removed_under_the_program_is_written_anew_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (mut service, _) = open(&data);
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    let (state, history) = (service.state(ADA).clone(), service.history(ADA, &Span::default()).unwrap());
    std::fs::remove_dir_all(&data).unwrap();
    service.keeper_mut().write_anew().unwrap();
    assert_eq!((service.state(ADA), &service.history(ADA, &Span::default()).unwrap()), (&state, &history));
    choose(&mut service, "meal", None, &minute(6)).unwrap();
    drop(service);
    let (mut service, opened) = open(&data);
    assert_eq!((opened, status(&service, &minute(7)).as_str()), (Opened::Whole, "meal"));

    for removed in ["halo.db", "halo.db-wal"] {
        std::fs::remove_file(data.join(removed)).unwrap();
        service.keeper_mut().write_anew().unwrap();
        choose(&mut service, "busy", None, &minute(8)).unwrap();
        assert!(data.join("halo.db-wal").exists());
        let copy = folder.path().join(removed);
        std::fs::create_dir(&copy).unwrap();
        for name in ["halo.db", "halo.db-wal"] {
            std::fs::copy(data.join(name), copy.join(name)).unwrap();
        }
        assert_eq!(status(&open(&copy).0, &minute(9)), "busy", "after {removed} was removed");
    }
}

#[test]
fn whoever_opens_a_log_while_it_is_written_anew_finds_it_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    drop(open(&path));
    let shared = |sharing| open_as(&path, Policy::genesys(), sharing);
    let (mut service, _) = shared(Sharing::Shared).unwrap();
    service.begin(&ada(), &minute(0)).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let commands = scope.spawn(|| {
            let mut opened = 0;
            while !over.load(Ordering::Relaxed) && opened < 5_000 {
                match shared(Sharing::Beside) {
                    Ok((beside, _)) => assert_eq!(beside.everybody().len(), 1),
                    Err(LogError::Missing(_)) => continue,
                    Err(error) => panic!("{error}"),
                }
                opened += 1;
            }
            opened
        });
        for n in 1..=50 {
            choose(&mut service, if n % 2 == 0 { "meal" } else { "busy" }, None, &minute(n)).unwrap();
            std::fs::remove_file(path.join("halo.db")).unwrap();
            // Refused while a command is in there.
            while service.keeper_mut().write_anew().is_err() {
                assert!(!commands.is_finished(), "after {n} times");
            }
        }
        over.store(true, Ordering::Relaxed);
        assert!(commands.join().unwrap() > 0);
    });
}
