//! Nonsense on the command line: each gets a sentence that says what to do, and changes nothing.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use e2e::Desktop;
use faults_support::{Halo, is_refused, run, said, text};

#[test]
fn an_end_without_a_message_is_refused_and_clears_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.does(&["message", "Back soon"]);
    for end in [["--for", "1h"], ["--until", "23:00"]] {
        halo.refuses(&[&["message"][..], &end].concat(), 2, &["needs a message", "halo message"]);
    }
    assert_eq!(halo.json(&["status"])["message"], "Back soon");
}

#[test]
fn an_end_or_a_message_without_a_status_is_refused_and_sets_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    for option in [["--for", "1h"], ["--until", "23:00"], ["--message", "Back soon"]] {
        halo.refuses(&[&["set"][..], &option].concat(), 2, &["which status?", "halo set busy"]);
    }
    assert_eq!(halo.history(), ["available"]);
}

#[test]
fn an_unknown_status_lists_the_known_ones() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.refuses(&["set", "lunching"], 1, &["no status “lunching”", "available, busy", "meal"]);
    halo.refuses(&["set", ""], 1, &["no status “”", "available, busy"]);
    halo.refuses(&["correct", "00:00", "now", "lunching", "--reason", "x"], 1, &["no status “lunching”"]);
    halo.refuses(&["set", "offline"], 1, &["To sign out: halo quit"]);
    assert_eq!(halo.status(), "available");
    assert_eq!(halo.history(), ["available"]);
}

#[test]
fn without_a_session_it_is_said_that_halo_may_run_in_another_place() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = desktop.command(e2e::halo_program().to_str().unwrap());
    let said = said(halo.arg("status").env_remove("XDG_RUNTIME_DIR").env("TMPDIR", desktop.home()));
    assert!(said.code == 3 && said.err.contains("XDG_RUNTIME_DIR isn't set here"), "{said:?}");
}

#[test]
fn a_status_may_be_typed_as_it_reads() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    for (typed, id) in
        [("Busy", "busy"), ("do not disturb", "do_not_disturb"), ("lunch", "meal"), ("dnd", "do_not_disturb")]
    {
        halo.does(&["set", typed]);
        assert_eq!(halo.status(), id);
    }
    halo.does(&["set", "available"]);
    halo.does(&["set", "do", "not", "disturb", "--for", "1h"]);
    assert_eq!(halo.status(), "do_not_disturb");
    halo.refuses(&["set", "out", "of", "office", "30m"], 2, &["halo set out of office --for 30m"]);
    halo.does(&["message", "Back", "in", "5", "--for", "5m"]);
    assert_eq!(halo.json(&["status"])["message"], "Back in 5");
    let listed = halo.does(&["set"]);
    assert!(listed.lines().any(|line| line == "meal") && !listed.contains("offline"), "{listed}");
    halo.does(&["set", "meal", "--for", "30"]);
    let lasts = ["since", "until"].map(|key| text(&halo.json(&["status"])[key]).parse::<jiff::Timestamp>().unwrap());
    assert_eq!(lasts[1].duration_since(lasts[0]).as_mins(), 30);
    assert!(halo.does(&["stay"]).contains("No countdown"));
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_without_a_word() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let program = e2e::halo_program();
    for command in
        ["watch | head -1", "watch --json | head -c 1", "completions bash | true", "--help | true", "history | true"]
    {
        let script = format!("'{}' {command} >/dev/null; echo \"${{PIPESTATUS[0]}}\"", program.display());
        let said = said(desktop.command("timeout").args(["20", "bash", "-c", &script]));
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "0", ""), "{command}");
    }
    assert_eq!(halo.status(), "available");
}

#[test]
fn unknown_words_are_usage_and_say_where_the_right_ones_stand() {
    let desktop = Desktop::builder().start().unwrap();
    for nonsense in [&["--colour"][..], &["set", "busy", "--colour"], &["status", "now"], &["stauts"], &["notify", "x"]]
    {
        let said = run(&desktop, nonsense);
        is_refused(&said, 2, &["--help"]);
        assert!(said.err.starts_with("halo: ") && !said.err.contains("error:"), "{said:?}");
    }
    is_refused(&run(&desktop, &["stauts"]), 2, &["status"]);
    is_refused(&run(&desktop, &["notify", "--kind", "fax", "x"]), 2, &["chat, call, video, reminder"]);
    is_refused(&run(&desktop, &["set", "busy", "--for", "1h", "--until", "14:00"]), 2, &["--for", "--until"]);
}

#[test]
fn a_duration_or_time_that_is_none_is_told_the_right_form() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    for nonsense in ["soon", "-5m", "0m", "0", "", "99999999999999999999h"] {
        let words = [&format!("“{nonsense}” isn't a duration"), "Try 30m, 2h or 1h30m"];
        halo.refuses(&["set", "meal", "--for", nonsense], 2, &words);
        halo.refuses(&["message", "hi", "--for", nonsense], 2, &words);
        halo.refuses(&["snooze", nonsense], 2, &words);
        halo.refuses(&["pause", nonsense], 2, &words);
    }
    for nonsense in ["25:99", "later", "", "-1", "2026-13-01T10:00"] {
        let words = [&format!("“{nonsense}” isn't a time"), "Try 14:00, or 20"];
        halo.refuses(&["set", "meal", "--until", nonsense], 2, &words);
    }
    halo.refuses(&["set", "meal", "--until", "14:00[Mars/Base]"], 2, &["doesn't know the time zone Mars/Base"]);
    halo.refuses(&["set", "meal", "--until", "2999-01-01T14:00+05:00[Asia/Tokyo]"], 2, &["has another offset"]);
    halo.refuses(&["set", "meal", "--until", "9999-12-31T23:50"], 1, &["too far from now"]);
    halo.refuses(&["halo://set/meal?until=9999-12-31T23:50"], 1, &["too far from now"]);
    halo.refuses(&["history", "--since", "yesterday-ish"], 2, &["isn't a time", "2026-11-23"]);
    halo.refuses(&["history", "--since", "2999-01-01"], 1, &["2999-01-01 lies ahead"]);
    halo.refuses(&["set", "meal", "--until", "2001-01-01T00:00"], 1, &["has passed already", "lies ahead"]);
    for far in ["200000000h", "9999999h", "8785h"] {
        halo.refuses(&["set", "meal", "--for", far], 1, &["too far ahead"]);
        halo.refuses(&["snooze", far], 1, &["too far ahead"]);
    }
    halo.refuses(&["notify", "--kind", "chat", " "], 1, &["give it words"]);
    halo.refuses(&["history", "--since", "2h", "--until", "3h"], 1, &["--until comes before --since"]);
    assert_eq!(halo.status(), "available");
    assert_eq!(halo.history(), ["available"]);
}

#[test]
fn a_message_without_words_or_with_too_many_is_refused_and_the_old_one_stays() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.does(&["message", "In the lab"]);
    let long = "é".repeat(10_000);
    for arguments in [&["message", ""][..], &["message", " \n\t "], &["set", "busy", "--message", ""]] {
        halo.refuses(arguments, 1, &["the message is empty", "halo message"]);
    }
    for arguments in [&["message", &long][..], &["set", "busy", "--message", &long]] {
        halo.refuses(arguments, 1, &["at most 500 characters", "this one has 10000", "shorten it"]);
    }
    let status = halo.json(&["status"]);
    assert_eq!((text(&status["status"]), text(&status["message"])), ("available".into(), "In the lab".into()));
}

#[test]
fn a_message_of_any_characters_survives_as_one_line() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let messages = [
        ("two\nlines\r\nand\ttabs", "two lines  and tabs"),
        ("\u{1b}[31mred\u{7}", "[31mred"),
        ("one\u{2028}two\u{2029}three\u{85}four", "one two three four"),
        ("חזרה בשעה 14:00 🍜👩‍💻", "חזרה בשעה 14:00 🍜👩‍💻"),
        ("--for 30m", "--for 30m"),
        ("\"; DROP TABLE facts; --", "\"; DROP TABLE facts; --"),
    ];
    for (given, kept) in messages {
        halo.does(&["message", "--", given]);
        assert_eq!(text(&halo.json(&["status"])["message"]), kept);
        assert_eq!(halo.does(&["status"]).lines().count(), 1);
    }
    halo.does(&["set", "busy"]);
    assert_eq!(halo.does(&["history"]).lines().count(), 2);
    assert!(halo.does(&["history"]).contains("DROP TABLE"));
}

#[test]
fn a_held_notification_is_one_line_that_says_nothing_to_the_terminal() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    let nasty = "first\nsecond\u{1b}]0;title\u{7}\u{1b}[2J";
    assert_eq!(halo.does(&["notify", "--kind", "chat", "--from", "Bob\nEve", nasty]), "held");
    let held = halo.does(&["held"]);
    assert_eq!(held.lines().count(), 1, "{held:?}");
    assert!(!held.chars().any(char::is_control), "{held:?}");
    // Programs are given the same clean line: they may show it somewhere that we do not know.
    assert_eq!(text(&halo.held()[0]["text"]), "first second ]0;title  [2J");
}

#[test]
fn settings_that_are_none_name_the_right_keys_and_values() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let before = halo.does(&["config"]);
    for arguments in [&["config", "idle.afte"][..], &["config", "idle.afte", "5m"], &["config", "", "5m"]] {
        halo.refuses(arguments, 1, &["no setting", "idle.after", "sign_in.status", "history.keep"]);
    }
    for (key, value, must_be) in [
        ("idle.after", "soon", "from 10s to 4h"),
        ("idle.after", "5s", "from 10s to 4h"),
        ("idle.after", "-5m", "from 10s to 4h"),
        ("idle.auto", "maybe", "true or false"),
        ("lock.auto", "", "true or false"),
        ("sign_in.status", "lunching", "available, busy"),
        ("history.keep", "-3 days", "a number of days"),
    ] {
        halo.refuses(&["config", key, value], 1, &[&format!("“{value}” isn’t valid for {key}"), must_be]);
    }
    assert_eq!(halo.does(&["config"]), before);
    assert!(!faults_support::config(&desktop).join("config.toml").exists(), "nothing was to be written");
}

#[test]
fn without_the_resident_program_every_command_says_how_to_start_it() {
    let desktop = Desktop::builder().start().unwrap();
    for arguments in [&["status"][..], &["set", "busy"], &["message"], &["held"], &["doctor"], &["watch"], &["quit"]] {
        is_refused(&run(&desktop, arguments), 3, &["Halo isn't running. To start it: halo"]);
    }
}
