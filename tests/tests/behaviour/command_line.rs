//! The command line: exit codes, words, and what programs read.

use std::fs;
use std::process::Stdio;

use e2e::{Desktop, Halo, SOON};
use serde_json::Value;

#[test]
fn exit_codes_tell_done_refused_misused_and_not_running() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::not_started(&desktop);
    for command in ["status", "watch", "undo", "back", "stay", "held", "history", "doctor", "config", "quit"] {
        let said = halo.run(&[command]);
        assert_eq!((said.code, said.err.as_str()), (3, "halo: Halo isn't running. To start it: halo"), "{command}");
    }
    assert_eq!(halo.run(&["set", "busy"]).code, 3);

    halo.start_again();
    assert_eq!(halo.run(&["set", "busy"]).code, 0);
    for wrong in [
        &["sett", "busy"][..],
        &["set", "--for", "soon", "meal"],
        &["set", "meal", "--for", "soon"],
        &["notify", "hello"],
    ] {
        let said = halo.run(wrong);
        assert!(said.code == 2 && !said.err.is_empty() && said.out.is_empty(), "{wrong:?}: {said:?}");
    }
    let refused = halo.refused(&["set", "lunching"]);
    assert!(refused.contains("“lunching”") && refused.contains("available, busy"), "{refused}");
    let refused = halo.refused(&["set", "offline"]);
    assert!(refused.contains("halo quit"), "{refused}");
    let refused = halo.refused(&["config", "idle.after", "3s"]);
    assert!(refused.contains("from 10s to 4h"), "{refused}");
    assert_eq!(halo.status()["status"], "busy", "refusals change nothing");
    halo.expect(&["back"]);
    let refused = halo.refused(&["back"]);
    assert!(refused.contains("you’re already Available"), "{refused}");
}

#[test]
fn settings_are_kept_over_a_restart() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    let settings = [
        ("idle.after", "7m"),
        ("idle.auto", "false"),
        ("lock.auto", "false"),
        ("sign_in.status", "meeting"),
        ("name", "Ana Lima"),
        ("history.keep", "90 days"),
    ];
    for (key, value) in settings {
        assert_ne!(halo.expect(&["config", key]), value, "{key}");
        halo.expect(&["config", key, value]);
    }
    halo.quit();
    let file = fs::read_to_string(desktop.config_dir().join("halo/config.toml")).unwrap();
    assert!(file.contains("Ana Lima"), "{file}");
    halo.start_again();
    let all = halo.expect(&["config"]);
    for (key, value) in settings {
        assert_eq!(halo.expect(&["config", key]), value, "{key}");
        assert!(all.contains(&format!("{key} = {value}")), "{all}");
    }
}

#[test]
fn g06_a_lock_sets_nothing_where_the_person_wants_none() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let halo = Halo::start(&desktop);
    saver.set_active(true).unwrap();
    halo.until_status("away");
    halo.expect(&["config", "lock.auto", "false"]);
    halo.until_status("available");
    halo.expect(&["config", "lock.auto", "true"]);
    halo.until_status("away");
}

#[test]
fn the_presence_of_a_program_has_the_keys_that_were_promised() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    let status = halo.status();
    let mut keys: Vec<_> = status.as_object().unwrap().keys().map(String::as_str).collect();
    // As they are printed, or by name: that is up to what else reads JSON in this build.
    keys.sort_unstable();
    let promised = [
        "activity",
        "color",
        "connection",
        "label",
        "message",
        "primary",
        "reason",
        "returns_to",
        "since",
        "status",
        "until",
    ];
    assert_eq!(keys, promised);
    assert_eq!(status["connection"], "embedded");

    let doctor = halo.json(&["doctor", "--json"]);
    let parts: Vec<_> = doctor.as_array().unwrap().iter().map(|check| check["part"].clone()).collect();
    for part in
        ["idle", "lock", "sleep", "tray", "notifications", "shortcut", "window", "log", "settings", "program log"]
    {
        assert!(parts.contains(&Value::from(part)), "{part} is not checked: {parts:?}");
    }
    assert!(halo.expect(&["doctor"]).lines().count() >= parts.len());

    // A watcher outlives a new start, and is told of the end.
    let mut watch = halo.watch();
    halo.expect(&["restart"]);
    halo.set("meal");
    watch.until("the choice after a new start", SOON, |presence| presence["status"] == "meal");
    let watch = halo.command(&["watch"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    halo.set("busy");
    halo.quit();
    let output = watch.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "halo: Halo ended\n");
}

#[test]
fn completions_and_help_need_no_running_program() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::not_started(&desktop);
    for shell in ["bash", "zsh", "fish"] {
        let script = halo.expect(&["completions", shell]);
        assert!(script.contains("snooze") && script.contains("halo"), "{shell}: {script}");
    }
    let help = halo.expect(&["--help"]);
    for command in ["status", "set", "back", "undo", "stay", "message", "snooze", "watch", "history", "notify", "held"]
    {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in:\n{help}");
    }
    assert!(halo.expect(&["--version"]).starts_with("halo "));
}
