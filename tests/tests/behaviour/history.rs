//! History: what was shown, from when to when; it can be read by programs and erased.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use e2e::{Desktop, Halo};
use serde_json::Value;

#[test]
fn history_is_a_list_of_intervals_without_gaps() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["set", "busy", "--message", "Lund"]);
    halo.set("meal --for 1h");
    let history = halo.history();
    let statuses: Vec<_> = history.iter().map(|interval| &interval["status"]).collect();
    assert_eq!(statuses, ["available", "busy", "meal"]);
    for interval in &history {
        let keys: BTreeSet<_> = interval.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["detail", "end", "message", "primary", "source", "start", "status"]));
    }
    for pair in history.windows(2) {
        assert_eq!(pair[0]["end"], pair[1]["start"]);
    }
    assert_eq!((&history[1]["source"], &history[1]["message"]), (&"manual".into(), &"Lund".into()));
    assert_eq!(history[2]["end"], Value::Null, "the last one lasts");

    assert_eq!(halo.json(&["history", "--since", "1h", "--json"]), Value::from(history));
    let lines = halo.expect(&["history"]);
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.contains("busy") && lines.contains("manual") && lines.contains("“Lund”"), "{lines}");
}

#[test]
fn d13_a_deleted_history_is_nowhere() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.expect(&["set", "meal", "--for", "1h", "--message", "Buttermilk"]);
    halo.expect(&["set", "busy"]);
    halo.expect(&["message"]);
    halo.set("meeting --for 1s");
    halo.until_status("busy");
    assert!(mentions(&desktop.data_dir(), "Buttermilk").unwrap(), "before, it is in the log");
    halo.expect(&["history", "--delete"]);
    assert!(!mentions(&desktop.data_dir(), "Buttermilk").unwrap(), "after, no file holds the words");

    let status = halo.status();
    assert_eq!(status["status"], "busy", "what holds now goes on");
    let history = halo.history();
    assert!(history.len() == 1 && history[0]["status"] == "busy", "{history:?}");
    halo.kill();
    halo.start_again();
    assert_eq!(halo.status(), status);
    assert_eq!(halo.history(), history);
}

/// `[start, end]` of one interval, as `halo correct` takes them.
fn ends(interval: &Value) -> [&str; 2] {
    [interval["start"].as_str().unwrap_or_default(), interval["end"].as_str().unwrap_or("now")]
}

#[test]
fn r07_a_wrong_entry_is_corrected_with_a_reason_and_stays_visible_as_corrected() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.set("away");
    halo.set("meal --for 1h");
    let recorded = halo.history();
    let [from, to] = ends(&recorded[1]);
    assert_eq!(halo.expect(&["correct", from, to, "offline", "--reason", "I was at a customer's"]), "");
    let history = halo.history();
    let correction = &history[1]["correction"];
    assert_eq!((&history[1]["status"], &history[1]["source"]), (&"offline".into(), &"manual".into()));
    assert_eq!((&correction["was"], &correction["reason"]), (&"away".into(), &"I was at a customer's".into()));
    assert_eq!((&history[0], &history[2]), (&recorded[0], &recorded[2]), "what stands beside it is left alone");
    assert_eq!(halo.status()["status"], "meal", "and so is the present");
    let lines = halo.expect(&["history"]);
    assert!(lines.lines().nth(1).unwrap().ends_with("corrected from away: I was at a customer's"), "{lines}");

    // The present one only up to now: a part of it is corrected, the rest goes on.
    halo.expect(&["correct", ends(&recorded[2])[0], "now", "break", "--reason", "coffee"]);
    let statuses = |halo: &Halo| halo.history().iter().map(|one| one["status"].clone()).collect::<Vec<_>>();
    assert_eq!(statuses(&halo), ["available", "offline", "break", "meal"]);
    let history = halo.history();
    halo.kill();
    halo.start_again();
    assert_eq!(halo.history(), history, "a crash forgets none of it");

    halo.expect(&["correct", from, to, "away", "--reason", "it was right"]);
    assert_eq!(halo.history()[1]["correction"]["reason"], "it was right");
    assert!(mentions(&desktop.data_dir(), "at a customer's").unwrap(), "what was said before is kept as a fact");
    halo.expect(&["history", "--delete"]);
    assert_eq!(statuses(&halo), ["meal"]);
    for words in ["at a customer's", "it was right", "coffee"] {
        assert!(!mentions(&desktop.data_dir(), words).unwrap(), "no file holds “{words}” after all is deleted");
    }
}

/// Whether a file under `folder` has `words` in it, as plain bytes.
fn mentions(folder: &Path, words: &str) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let found = if path.is_dir() {
            mentions(&path, words)?
        } else {
            fs::read(&path)?.windows(words.len()).any(|window| window == words.as_bytes())
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}
