//! History: what was shown, from when to when; it can be read by programs and erased.

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
        let keys: Vec<_> = interval.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["detail", "end", "message", "primary", "source", "start", "status"]);
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
