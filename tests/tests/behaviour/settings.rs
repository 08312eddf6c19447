//! Settings that reach beyond the program: what Away may cover, and starting with the session.

use std::fs;
use std::process::Command;

use e2e::{Desktop, Halo};

#[test]
fn c02_a_person_narrows_what_away_may_cover_and_it_is_kept() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let mut halo = Halo::start(&desktop);
    assert_eq!(halo.expect(&["config", "away.covers"]), "available, on_queue, busy");
    saver.set_active(true).unwrap();
    halo.until_status("away");
    halo.expect(&["config", "away.covers", "on_queue"]);
    halo.until_status("available");
    let refused = halo.refused(&["config", "away.covers", "available, meeting"]);
    assert!(refused.contains("use none, or some of available, on_queue, busy"), "{refused}");

    halo.quit();
    halo.start_again();
    assert_eq!(halo.expect(&["config", "away.covers"]), "on_queue");
    assert_eq!(halo.status()["status"], "available", "the screen is still locked");
    halo.expect(&["config", "away.covers", "available,on_queue,busy"]);
    halo.until_status("away");
}

#[test]
fn c02_a_settings_file_that_was_changed_by_hand_is_followed() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    saver.set_active(true).unwrap();
    fs::create_dir_all(desktop.config_dir().join("halo")).unwrap();
    fs::write(desktop.config_dir().join("halo/config.toml"), "[away]\ncovers = []\n").unwrap();
    let mut halo = Halo::start(&desktop);
    assert_eq!(halo.expect(&["config", "away.covers"]), "none");
    halo.quit();
    fs::remove_file(desktop.config_dir().join("halo/config.toml")).unwrap();
    halo.start_again();
    halo.until_status("away");
}

#[test]
fn d10_starting_with_the_session_is_a_file_that_appears_and_goes() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let entry = desktop.config_dir().join("autostart/halo.desktop");
    let value = || halo.expect(&["config", "start.with_session"]);
    assert_eq!((value().as_str(), entry.exists()), ("false", false));
    halo.expect(&["config", "start.with_session", "true"]);
    assert_eq!(value(), "true");
    let text = fs::read_to_string(&entry).unwrap();
    assert!(text.contains("halo\" run\n"), "{text}");
    match Command::new("desktop-file-validate").arg(&entry).output() {
        Ok(output) => assert!(output.status.success() && output.stdout.is_empty(), "{output:?}"),
        Err(_) => println!("desktop-file-validate is not installed: the entry was not validated"),
    }

    // As a desktop's own list of what starts does it.
    fs::write(&entry, text.replace("enabled=true", "enabled=false")).unwrap();
    assert_eq!(value(), "false");
    halo.expect(&["config", "start.with_session", "true"]);
    assert_eq!(value(), "true");
    fs::remove_file(&entry).unwrap();
    assert_eq!(value(), "false", "a person who takes it away is believed");
    halo.expect(&["config", "start.with_session", "on"]);
    halo.expect(&["config", "start.with_session", "off"]);
    assert!(!entry.exists());
    assert!(!desktop.config_dir().join("halo/config.toml").exists(), "the desktop keeps it, not the settings file");
}

#[test]
fn d10_a_session_that_cannot_be_told_is_refused_in_words() {
    let desktop = Desktop::builder().start().unwrap();
    fs::write(desktop.config_dir().join("autostart"), "a file where the folder would be").unwrap();
    let halo = Halo::start(&desktop);
    let refused = halo.refused(&["config", "start.with_session", "true"]);
    assert!(refused.contains("nothing was changed") && refused.contains("writable for you"), "{refused}");
    assert_eq!(halo.expect(&["config", "start.with_session"]), "false");
}

#[test]
fn a_name_is_one_clean_line_of_at_most_a_hundred_characters() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "name", "Ada\u{1b}[31m\nidle.auto = false\u{202e}"]);
    assert_eq!(halo.expect(&["config", "name"]), "Ada [31m idle.auto = false");
    let refused = halo.refused(&["config", "name", &"a".repeat(101)]);
    assert!(refused.contains("at most 100 characters"), "{refused}");
    let refused = halo.refused(&["set", "lun\u{1b}[2Jch"]);
    assert!(!refused.contains('\u{1b}'), "{refused:?}");
}
