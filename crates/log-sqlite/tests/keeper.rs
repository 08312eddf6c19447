//! A log in a file is a log, whatever happens to the program or the disk.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use log::{Log as _, LogError, Outcome, suite};
use log_sqlite::{Sharing, Sqlite};

const NAME: &str = "person/one";

/// Says to this very program, started again, which folder to write into until it is killed.
const WRITES_INTO: &str = "HALO_TEST_WRITES_INTO";

fn open(folder: &Path, sharing: Sharing) -> Sqlite {
    Sqlite::open(folder, sharing).unwrap().0
}

#[test]
fn a_file_of_ones_own_is_a_log() {
    let folder = tempfile::tempdir().unwrap();
    suite::whole(&mut open(folder.path(), Sharing::Alone));
}

#[test]
fn a_file_that_others_use_is_a_log() {
    let folder = tempfile::tempdir().unwrap();
    suite::whole(&mut open(folder.path(), Sharing::Shared));
}

#[test]
fn what_was_appended_is_there_after_a_restart_and_known_by_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    suite::write(&mut open(folder.path(), Sharing::Alone), NAME);
    suite::holds_what_was_written(&mut open(folder.path(), Sharing::Alone), NAME);
}

#[test]
fn of_two_who_write_one_meets_a_conflict_folds_what_is_new_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut other) = (open(folder.path(), Sharing::Shared), open(folder.path(), Sharing::Shared));
    assert!(matches!(one.append(&[suite::entry(NAME, 1, &["a"])]).unwrap()[..], [Outcome::Kept(_)]));
    let late = suite::entry(NAME, 1, &["b"]);
    assert_eq!(other.append(std::slice::from_ref(&late)).unwrap(), [Outcome::Conflict(1)]);
    assert_eq!(other.read(&late.subject, 0, 10).unwrap().len(), 1);
    assert!(matches!(other.append(&[suite::entry(NAME, 2, &["b"])]).unwrap()[..], [Outcome::Kept(_)]));
    let facts: Vec<_> =
        one.read(&late.subject, 0, 10).unwrap().into_iter().flat_map(|stored| stored.entry.facts).collect();
    assert_eq!(facts, [Box::from("a"), Box::from("b")]);
}

#[test]
fn bad_input_on_a_full_disk_nothing_of_a_batch_is_kept_and_later_all_of_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path(), Sharing::Alone);
    suite::write(&mut log, NAME);
    log.fill_disk_for_tests(true);
    let text = "x".repeat(100_000);
    let batch = [suite::entry(NAME, 21, &["small"]), suite::entry("person/two", 1, &[&text])];
    let refused = log.append(&batch).unwrap_err();
    assert!(matches!(refused, LogError::Full(_)), "{refused}");
    assert!(refused.to_string().contains("free some space"), "{refused}");
    suite::holds_what_was_written(&mut log, NAME);
    log.fill_disk_for_tests(false);
    let outcomes = log.append(&batch).unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Kept(_))), "{outcomes:?}");
}

/// Not a test of its own: what the next one starts, and kills.
#[test]
fn a_program_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(WRITES_INTO) else { return };
    let mut log = open(Path::new(&folder), Sharing::Shared);
    let begin = log.last(&NAME.parse().unwrap()).unwrap().map_or(0, |last| last.seq);
    for n in 1.. {
        let seq = begin + 3 * n;
        let batch = [seq - 2, seq].map(|seq| {
            let facts: &[&str] = if seq % 3 == 1 { &["a"] } else { &["b", "c"] };
            suite::keyed(suite::entry(NAME, seq, facts), &format!("key-{seq}"), "digest")
        });
        log.append(&batch).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {seq}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_acknowledged_outlives_a_kill_whenever_that_comes() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=5_usize {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_program_that_writes_until_it_is_killed", "--nocapture"])
            .env(WRITES_INTO, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut acknowledged =
            lines.filter_map(|line| Some(line.strip_prefix("acknowledged ")?.parse::<u64>().unwrap()));
        let mut last = acknowledged.nth(20 * round).unwrap();
        writer.kill().unwrap();
        writer.wait().unwrap();
        last = acknowledged.last().unwrap_or(last);

        let mut log = open(folder.path(), Sharing::Shared);
        let read = log.read(&NAME.parse().unwrap(), 0, 100_000).unwrap();
        let places: Vec<_> = read.iter().flat_map(|stored| stored.entry.first()..=stored.entry.seq).collect();
        assert!(places.len() as u64 >= last, "{last} were acknowledged, {} are there", places.len());
        assert_eq!(places, (1..=places.len() as u64).collect::<Vec<_>>());
        assert_eq!(places.len() % 3, 0, "the two of a batch are kept together");
        let again = suite::keyed(suite::entry(NAME, places.len() as u64 + 1, &["b"]), &format!("key-{last}"), "digest");
        assert_eq!(log.append(&[again]).unwrap(), [Outcome::Before(last)]);
    }
}
