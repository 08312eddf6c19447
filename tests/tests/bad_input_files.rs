//! Settings and policies that are not in order: said with file, line and what to do, and never overwritten.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs;

use e2e::Desktop;
use faults_support::{Halo, config, is_refused, run, text, write};
use serde_json::Value;

const POLICY: &str = include_str!("../../crates/presence/policies/genesys.toml");

fn settings_check(halo: &Halo) -> Value {
    halo.doctor("settings").remove(0)
}

#[test]
fn settings_that_are_not_in_order_leave_the_defaults_in_force_and_are_never_overwritten() {
    let cases = [
        ("[idle]\nauto = tru\n", &["line 2"][..]),
        ("[idle]\nafter = \"7m\"\nafterr = \"3m\"\n", &["line 3", "afterr"]),
        ("[idle]\nafter = \"3s\"\n", &["“3s”", "from 10s to 4h"]),
        ("[idle]\nauto = \"yes\"\n", &["line 2"]),
        ("[sign_in]\nstatus = \"lunching\"\n", &["lunching", "available, busy"]),
        ("\u{0}\u{1}garbage", &["line 1"]),
    ];
    for (file, words) in cases {
        let desktop = Desktop::builder().start().unwrap();
        let path = config(&desktop).join("config.toml");
        write(&path, file);
        let halo = Halo::start(&desktop);
        assert_eq!(halo.status(), "available", "with {file:?}");
        assert_eq!(halo.does(&["config", "idle.after"]), "5m", "with {file:?}");

        let check = settings_check(&halo);
        let (why, advice) = (text(&check["why"]), text(&check["advice"]));
        assert_eq!(check["state"], "failing");
        for word in words.iter().chain([&path.to_str().unwrap(), &"the defaults are in force"]) {
            assert!(why.contains(word), "“{word}” is missing for {file:?}: {why}");
        }
        assert!(advice.contains("correct the file or remove it"), "{advice}");
        halo.refuses(&["config", "idle.after", "10m"], 1, &["nothing was changed", path.to_str().unwrap(), "Correct"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), file);
    }
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
fn a_policy_that_is_not_in_order_keeps_the_program_from_starting_in_words() {
    let without_away = POLICY.replacen("status = \"away\"", "status = \"gone\"", 1);
    let cases = [("name = \n", "line 1"), (&without_away, "“gone”"), ("name = \"x\"\ncolour = 1\n", "colour")];
    for (policy, words) in cases {
        let desktop = Desktop::builder().start().unwrap();
        let path = config(&desktop).join("policy.toml");
        write(&path, policy);
        let words = [words, path.to_str().unwrap(), "correct it or remove it"];
        let said = run(&desktop, &["run"]);
        is_refused(&said, 1, &words);
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
fn g14_a_secondary_status_is_chosen_by_its_id_and_others_read_its_primary() {
    let desktop = Desktop::builder().start().unwrap();
    let secondary = "\n[[status]]\nid = \"customer_calls\"\nprimary = \"busy\"\ncolor = \"red\"\nglyph = \"busy\"\n\
        labels = { en = \"Customer calls\" }\n";
    write(&config(&desktop).join("policy.toml"), &format!("{POLICY}{secondary}"));
    let halo = Halo::start(&desktop);
    halo.does(&["set", "customer_calls"]);
    let status = halo.json(&["status"]);
    let read = |key: &str| text(&status[key]);
    assert_eq!([read("status"), read("primary"), read("label")], ["customer_calls", "busy", "Customer calls"]);
    assert_eq!(halo.does(&["notify", "--kind", "chat", "Hello"]), "held", "it is interrupted as its primary is");
    halo.refuses(&["set", "lunching"], 1, &["customer_calls"]);
}
