//! A history that is long, or corrected in ways that can't be: nothing is lost, nothing waits.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::{Desktop, Halo};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// "At once", on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Five years of forty a day.
const INTERVALS: i32 = 5 * 365 * 40;

/// Writes five years into a log whose program has ended, up to where it begins.
fn five_years(data: &Path) {
    let mut log = rusqlite::Connection::open(data.join("halo/halo.db")).unwrap();
    let begins: i64 = log.query_row("SELECT min(start) FROM intervals", [], |row| row.get(0)).unwrap();
    let length = i64::try_from(SignedDuration::from_mins(36).as_nanos()).unwrap();
    let transaction = log.transaction().unwrap();
    for n in (1..=i64::from(INTERVALS)).rev() {
        let (start, end) = (begins - length * n, begins - length * (n - 1));
        let status = ["available", "busy", "meal", "away"][usize::try_from(n % 4).unwrap()];
        let insert = "INSERT INTO intervals (person, start, ended, status, source)
            SELECT id, ?1, ?2, ?3, 'manual' FROM persons";
        transaction.prepare_cached(insert).unwrap().execute(rusqlite::params![start, end, status]).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn bad_input_five_years_of_history_are_listed_whole_and_nobody_waits_for_it() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.expect(&["config", "history.keep", "for ever"]);
    halo.set("busy");
    halo.quit();
    five_years(&desktop.data_dir());
    halo.start_again();

    let history = halo.history();
    assert!(history.len() > usize::try_from(INTERVALS).unwrap());
    assert!(history.windows(2).all(|pair| pair[0]["end"] == pair[1]["start"]), "no gap where pages meet");
    let mut reading = halo.command(&["history"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let asked = Instant::now();
    assert_eq!(halo.status()["status"], "available");
    assert!(asked.elapsed() < AT_ONCE, "while years are read, an answer took {:?}", asked.elapsed());
    let lines = BufReader::new(reading.stdout.take().unwrap()).lines().count();
    assert!(reading.wait().unwrap().success());
    assert_eq!(lines, history.len());

    // Whoever asks the socket for all of it at once gets one line, made page by page.
    let stream = UnixStream::connect(desktop.runtime_dir().join("halo/socket")).unwrap();
    writeln!(&stream, "{}", json!({ "halo": 1, "request": { "history": { "since": null } } })).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    let reply: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(reply["history"].as_array().unwrap()[..], history[..]);

    // One week among them, and a correction of something years ago.
    let oldest = history[0]["start"].as_str().unwrap();
    let until = (oldest.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(7 * 24)).to_string();
    let week = halo.json(&["history", "--until", &until, "--json"]);
    assert_eq!(week.as_array().unwrap().len(), 280);
    halo.expect(&["correct", oldest, &until, "training", "--reason", "my first week"]);
    let week = halo.json(&["history", "--until", &until, "--json"]);
    let all_corrected = |week: &Value| week.as_array().unwrap().iter().all(|one| one["correction"].is_object());
    assert!(all_corrected(&week) && week.as_array().unwrap().len() == 280);
}

#[test]
fn bad_input_corrections_that_cannot_be_are_refused_in_words_and_change_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("busy");
    halo.set("meal --for 1h");
    let history = halo.history();
    let (from, to) = (history[1]["start"].as_str().unwrap(), history[1]["end"].as_str().unwrap());
    let long = "x".repeat(201);
    for (arguments, words) in [
        ([to, from, "meeting", "why"], "give a start that comes before the end"),
        ([from, from, "meeting", "why"], "give a start that comes before the end"),
        ([from, "2999-01-01T00:00", "meeting", "why"], "at the latest now"),
        (["2001-01-01", to, "meeting", "why"], "your history begins"),
        ([from, to, "lunching", "why"], "no status “lunching”"),
        ([from, to, "unknown", "why"], "no status “unknown”"),
        ([from, to, "meeting", ""], "needs a reason"),
        ([from, to, "meeting", " \n "], "needs a reason"),
        ([from, to, "meeting", &long], "at most 200 characters"),
    ] {
        let [from, to, status, reason] = arguments;
        let why = halo.refused(&["correct", from, to, status, "--reason", reason]);
        assert!(why.contains(words), "{why}");
    }
    let no_time = halo.run(&["correct", "yesterday-ish", to, "meeting", "--reason", "why"]);
    assert!(no_time.code == 2 && no_time.err.contains("isn't a time"), "{no_time:?}");
    assert_eq!(halo.run(&["correct", from, to, "meeting"]).code, 2, "a reason is no option");
    assert_eq!(halo.history()[..2], history[..2]);
    halo.expect(&["correct", from, to, "meeting", "--reason", "two\nlines\u{1b}[31m"]);
    assert_eq!(halo.history()[1]["correction"]["reason"], "two lines [31m");
}

#[test]
fn bad_input_five_hundred_corrections_of_one_stretch_leave_it_readable() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("busy");
    let from: Timestamp = halo.history()[0]["start"].as_str().unwrap().parse().unwrap();
    let to: Timestamp = halo.history()[1]["start"].as_str().unwrap().parse().unwrap();
    let stream = UnixStream::connect(desktop.runtime_dir().join("halo/socket")).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for n in 0..500 {
        let status = ["meeting", "break"][n % 2];
        let correct = json!({ "from": from.to_string(), "to": to.to_string(), "status": status, "reason": format!("number {n}") });
        let request = json!({ "halo": 1, "request": { "do": { "correct": correct } } });
        writeln!(&stream, "{request}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "{\"done\":null}\n");
    }
    let history = halo.history();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0]["correction"]["reason"], "number 499", "the last word holds");
}
