//! The person's language: in the tray, in notifications and on their buttons; a command line stays English.

use e2e::{Desktop, Halo};

use crate::support::{Notifications, TrayHost};

#[test]
fn a_chosen_language_is_spoken_by_tray_and_notifications_at_once_and_not_by_the_command_line() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let daemon = Notifications::start(&desktop);
    let mut tray = TrayHost::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    tray.until("English", |menu| menu.find("Meeting").is_some());

    halo.expect(&["config", "language", "de"]);
    let menu = tray.until("German", |menu| menu.find("Besprechung").is_some());
    assert!(menu.find("Meeting").is_none(), "{}", menu.text());
    halo.set("meeting");
    halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
    halo.set("available");
    let digest = daemon.next("Für Sie zurückgehalten");
    assert_eq!(digest.buttons(), ["Ansehen", "Entfernen"]);
    assert!(halo.line().starts_with("Available since "), "{}", halo.line());
    assert!(halo.refused(&["undo"]).contains("there is nothing to undo"));

    halo.expect(&["config", "language", "ja"]);
    tray.until("Japanese", |menu| menu.find("会議中").is_some());
    let refused = halo.refused(&["config", "language", "tlh"]);
    assert!(refused.contains("system, or one of en, de, es, fr, ja, ar"), "{refused}");
}

#[test]
fn without_a_choice_the_systems_language_is_spoken() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut tray = TrayHost::start(&desktop);
    let mut halo = Halo::not_started(&desktop).with_variable("LANG", "fr_CA.UTF-8");
    halo.start_again();
    tray.wait_for_item();
    tray.until("French", |menu| menu.find("Réunion").is_some());
}
