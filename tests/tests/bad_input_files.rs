//! Settings and policies that are not in order: said with file, line and what to do, and never overwritten.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs;

use e2e::{Desktop, wait_until};
use faults_support::{Halo, SOON, config, data, is_refused, notifications, run, text, write};
use serde_json::Value;

const POLICY: &str = include_str!("../../crates/presence/policies/genesys.toml");

/// A secondary status for the end of a policy.
const SECONDARY: &str = r#"
[[status]]
id = "customer_calls"
primary = "busy"
color = "red"
glyph = "busy"
labels = { en = "Customer calls" }
"#;

fn settings_check(halo: &Halo) -> Value {
    halo.doctor("settings").remove(0)
}

/// What is sensed: idle, lock, call.
fn sensed(halo: &Halo) -> [String; 3] {
    ["idle.auto", "lock.auto", "call.auto"].map(|key| halo.does(&["config", key]))
}

#[test]
fn c23_settings_that_cannot_be_read_leave_all_others_in_force_and_sense_less() {
    let (on, off) = ("true", "false");
    let cases = [
        ("name = \"Ada\"\n[idle]\nauto = = tru\n", &["line 3"][..], [off, off, off]),
        ("name = \"Ada\"\nnmae = \"x\"\n[idle]\nauto = false\n", &["line 2", "nmae"], [off, on, on]),
        ("name = \"Ada\"\n[idle]\nafter = \"3s\"\n", &["“3s”", "from 10s to 4h"], [off, on, on]),
        ("name = \"Ada\"\n[call]\nauto = \"maybe\"\n", &["line 3", "true or false"], [on, on, off]),
        ("name = \"Ada\"\n[sign_in]\nstatus = \"lunching\"\n", &["lunching", "available, busy"], [on, on, on]),
        ("name = \"Ada\"\n[later]\nversion = 2\n", &["later.version"], [on, on, on]),
    ];
    for (file, words, senses) in cases {
        let desktop = Desktop::builder().start().unwrap();
        let path = config(&desktop).join("config.toml");
        write(&path, file);
        let halo = Halo::start(&desktop);
        assert_eq!(halo.status(), "available", "with {file:?}");
        assert_eq!(
            (halo.does(&["config", "name"]).as_str(), sensed(&halo)),
            ("Ada", senses.map(str::to_owned)),
            "{file}"
        );

        let check = settings_check(&halo);
        let (why, advice) = (text(&check["why"]), text(&check["advice"]));
        assert_eq!(check["state"], "failing");
        for word in words.iter().chain([&path.to_str().unwrap(), &"all other settings are in force"]) {
            assert!(why.contains(word), "“{word}” is missing for {file:?}: {why}");
        }
        assert!(advice.contains("correct the file or remove it"), "{advice}");
        assert_eq!(fs::read_to_string(&path).unwrap(), file);
        if file.contains("= =") {
            halo.refuses(&["config", "idle.after", "10m"], 1, &["nothing was changed", path.to_str().unwrap()]);
            assert_eq!(fs::read_to_string(&path).unwrap(), file);
        } else {
            // One setting is changed, and nothing else in the file.
            halo.does(&["config", "history.keep", "90 days"]);
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{file}\n[history]\nkeep = \"90 days\"\n"));
        }
    }
}

#[test]
fn c23_a_bad_setting_is_said_on_the_screen() {
    let desktop = Desktop::builder().notifications(true).start().unwrap();
    write(&config(&desktop).join("config.toml"), "nmae = \"x\"\n");
    let halo = Halo::start(&desktop);
    halo.doctor_comes_to("notifications", "working");
    let said = || notifications(&desktop).iter().any(|one| one.contains("nmae") && one.contains("config.toml"));
    assert!(wait_until(SOON, said), "{:#?}", notifications(&desktop));
}

#[test]
fn settings_that_are_a_symbolic_link_stay_one_and_keep_their_comments() {
    let desktop = Desktop::builder().start().unwrap();
    let (path, real) = (config(&desktop).join("config.toml"), desktop.home().join("dotfiles/halo.toml"));
    write(&real, "# from my dotfiles\n[idle]\nafter = \"6m\" # enough for tea\n");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("../../dotfiles/halo.toml", &path).unwrap();
    let leads = fs::canonicalize(&path);
    let halo = Halo::start(&desktop);
    if leads.is_err() {
        // The desktop's folders lie elsewhere than they usually do.
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&real, &path).unwrap();
    }
    halo.does(&["config", "idle.after", "7m"]);
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    let written = fs::read_to_string(&real).unwrap();
    assert_eq!(written, "# from my dotfiles\n[idle]\nafter = \"7m\" # enough for tea\n");
}

#[test]
fn what_lies_where_a_file_should_is_said_and_nothing_waits_for_it() {
    for name in ["config.toml", "policy.toml"] {
        for pipe in [true, false] {
            let desktop = Desktop::builder().start().unwrap();
            let path = config(&desktop).join(name);
            write(&path, "");
            fs::remove_file(&path).unwrap();
            let kind = if pipe { "a pipe" } else { "a folder" };
            if pipe {
                desktop.run("mkfifo", &[path.to_str().unwrap()]).unwrap();
            } else {
                fs::create_dir(&path).unwrap();
            }
            if name == "config.toml" {
                let halo = Halo::start(&desktop);
                let why = text(&settings_check(&halo)["why"]);
                assert!(why.contains(kind) && why.contains("move it away"), "{why}");
                assert_eq!(sensed(&halo), ["false"; 3].map(str::to_owned));
            } else {
                is_refused(&run(&desktop, &[]), 1, &[kind, "move it away", path.to_str().unwrap()]);
            }
        }
    }
    for name in ["halo.db", "account.toml", "outbox.db"] {
        let desktop = Desktop::builder().start().unwrap();
        let path = data(&desktop).join(name);
        write(&path, "");
        fs::remove_file(&path).unwrap();
        desktop.run("mkfifo", &[path.to_str().unwrap()]).unwrap();
        is_refused(&run(&desktop, &[]), 1, &["a pipe", "move it away", path.to_str().unwrap()]);
    }
    let desktop = Desktop::builder().start().unwrap();
    let log = desktop.state_dir().join("halo/halo.log");
    write(&log, "");
    fs::remove_file(&log).unwrap();
    desktop.run("mkfifo", &[log.to_str().unwrap()]).unwrap();
    is_refused(&run(&desktop, &["policy", "check", log.to_str().unwrap()]), 1, &["a pipe", "move it away"]);
    let halo = Halo::start(&desktop);
    assert!(halo.complaints().contains("there is no log") && halo.complaints().contains("move it away"));
}

#[test]
fn settings_that_are_no_text_are_left_alone_too() {
    let desktop = Desktop::builder().start().unwrap();
    let path = config(&desktop).join("config.toml");
    write(&path, "");
    fs::write(&path, b"name = \"\xff\xfe\"").unwrap();
    let halo = Halo::start(&desktop);
    assert_eq!(settings_check(&halo)["state"], "failing");
    halo.refuses(&["config", "name", "Ada"], 1, &["nothing was changed", "config.toml"]);
    assert_eq!(fs::read(&path).unwrap(), b"name = \"\xff\xfe\"");
}

#[test]
fn a_policy_that_was_never_in_order_keeps_the_program_from_starting_in_words() {
    let without_away = POLICY.replacen("status = \"away\"", "status = \"gone\"", 1);
    let cases = [("name = \n", "line 1"), (&without_away, "“gone”"), ("name = \"x\"\ncolour = 1\n", "colour")];
    for (policy, words) in cases {
        let desktop = Desktop::builder().start().unwrap();
        let path = config(&desktop).join("policy.toml");
        write(&path, policy);
        let words = [words, path.to_str().unwrap(), "Fix it or remove it"];
        let said = run(&desktop, &["run"]);
        is_refused(&said, 1, &words);
        for once in ["policy.toml", "can't be read", "the policy names"] {
            assert!(said.err.matches(once).count() <= 1, "it is said twice: {said:?}");
        }
        // Started in the background, it says the same.
        let in_background = run(&desktop, &[]);
        is_refused(&in_background, 1, &words);
        assert_eq!(in_background.err, said.err);
        assert_eq!(fs::read_to_string(&path).unwrap(), policy);
        fs::remove_file(&path).unwrap();
        assert_eq!(Halo::start(&desktop).status(), "available");
    }
}

#[test]
fn a_start_that_fails_is_said_on_the_screen_too() {
    let desktop = Desktop::builder().notifications(true).start().unwrap();
    write(&config(&desktop).join("policy.toml"), "name = \n");
    assert_eq!(run(&desktop, &["run"]).code, 1);
    let said = || notifications(&desktop).iter().any(|one| one.contains("can't start") && one.contains("policy.toml"));
    assert!(wait_until(SOON, said), "{:#?}", notifications(&desktop));
}

#[test]
fn c23_a_policy_that_is_broken_later_leaves_the_last_good_one_in_force() {
    let desktop = Desktop::builder().start().unwrap();
    let path = config(&desktop).join("policy.toml");
    for good in [Some(format!("{POLICY}{SECONDARY}")), None] {
        match &good {
            Some(policy) => write(&path, policy),
            None => fs::remove_file(&path).unwrap(),
        }
        let halo = Halo::start(&desktop);
        halo.does(&["set", "busy"]);
        write(&path, "name = = broken\n");
        halo.does(&["restart"]);
        assert_eq!(halo.status(), "busy");
        let check = halo.doctor("policy").remove(0);
        assert!(check["state"] == "failing" && text(&check["why"]).contains("line 1"), "{check}");
        let taken = halo.ask(&["set", "customer_calls"]);
        assert_eq!(taken.code == 0, good.is_some(), "{taken:?}");
        assert_eq!(run(&desktop, &["quit"]).code, 0);
        // A log-in with it starts all the same.
        assert_eq!(run(&desktop, &[]).code, 0);
        assert_eq!(run(&desktop, &["quit"]).code, 0);
    }
}

#[test]
fn c22_what_a_status_was_by_the_policy_of_then_it_stays_in_the_history() {
    let desktop = Desktop::builder().start().unwrap();
    let path = config(&desktop).join("policy.toml");
    write(&path, &format!("{POLICY}{SECONDARY}"));
    let halo = Halo::start(&desktop);
    halo.does(&["set", "customer_calls"]);
    halo.does(&["set", "meal"]);
    for now in [format!("{POLICY}{}", SECONDARY.replace("\"busy\"", "\"away\"")), POLICY.to_owned()] {
        write(&path, &now);
        halo.does(&["restart"]);
        let history = halo.json(&["history"]);
        let then = history.as_array().unwrap().iter().find(|one| one["status"] == "customer_calls").unwrap();
        assert_eq!(then["primary"], "busy");
    }
}

#[test]
fn g14_a_secondary_status_is_chosen_by_its_id_and_others_read_its_primary() {
    let desktop = Desktop::builder().start().unwrap();
    write(&config(&desktop).join("policy.toml"), &format!("{POLICY}{SECONDARY}"));
    let halo = Halo::start(&desktop);
    halo.does(&["set", "customer_calls"]);
    let status = halo.json(&["status"]);
    let read = |key: &str| text(&status[key]);
    assert_eq!([read("status"), read("primary"), read("label")], ["customer_calls", "busy", "Customer calls"]);
    let line = halo.does(&["status"]);
    assert!(line.contains("Others see Busy."), "{line}");
    assert_eq!(halo.does(&["notify", "--kind", "chat", "Hello"]), "held", "it is interrupted as its primary is");
    halo.refuses(&["set", "lunching"], 1, &["customer_calls"]);
}
