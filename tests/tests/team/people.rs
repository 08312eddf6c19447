//! The people of a team: who is seen, favourites, and being told once that somebody is free (G16, D09).

use e2e::{Desktop, Halo, SOON, TeamService, wait_until};
use serde_json::Value;

use crate::support::{Notifications, TrayHost, desk, person, until_seen};

/// Whom somebody sees, in order.
#[track_caller]
fn names(halo: &Halo, search: &[&str]) -> Vec<String> {
    let people = halo.json(&[&["people", "--json"], search].concat());
    let name = |person: &Value| person["name"].as_str().unwrap_or_default().to_owned();
    people.as_array().unwrap().iter().map(name).collect()
}

/// Ada's desk, where something takes notifications.
fn adas(service: &TeamService) -> (Desktop, Notifications, Halo) {
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.sign_in(service, "ada");
    (desktop, notifications, halo)
}

#[test]
fn g16_people_are_listed_favourites_first_and_found_by_a_part_of_their_names() {
    let service = TeamService::start(&["ada", "zoe", "grace"]);
    service.add("mary", &["--group", "team", "--label", "Åsa Mary Jackson"]);
    let (_desktop, halo) = desk(&service, "ada");
    assert_eq!(names(&halo, &[]), ["grace", "zoe", "mary"], "by what they are called, oneself left out");
    halo.expect(&["star", "zoe"]);
    assert_eq!(names(&halo, &[]), ["zoe", "grace", "mary"]);
    assert_eq!(person(&halo, "zoe")["favourite"], true);
    assert_eq!(names(&halo, &["jackson"]), ["mary"]);
    assert_eq!(names(&halo, &["RY", "JA"]), ["mary"]);
    assert_eq!(names(&halo, &["nobody"]), [""; 0]);
    assert_eq!(halo.run(&["people", "no", "body"]).err, "halo: no one matches “no body”");
    halo.expect(&["star", "zoe", "--off"]);
    assert_eq!(names(&halo, &[]), ["grace", "zoe", "mary"]);
    // Somebody who comes later is there at once.
    service.add("betty", &["--group", "team"]);
    assert_eq!(names(&halo, &[]), ["betty", "grace", "zoe", "mary"]);
}

#[test]
fn agents_see_their_own_group_only_and_supervisors_everybody() {
    let service = TeamService::start(&["ada", "grace"]);
    service.add("kay", &["--group", "other"]);
    service.add("nobodys", &[]);
    service.add("sue", &["--group", "other", "--role", "supervisor"]);
    let (_desktop, ada) = desk(&service, "ada");
    let (_other_desktop, sue) = desk(&service, "sue");
    assert_eq!(names(&ada, &[]), ["grace"]);
    assert_eq!(names(&ada, &["kay"]), [""; 0]);
    assert_eq!(names(&sue, &[]), ["ada", "grace", "kay", "nobodys"]);
    // Nor by following them; what is said is the same as of somebody who isn't there.
    for command in ["star", "tell-when-free"] {
        let [stranger, nobody] = ["kay", "nosuch"].map(|name| {
            let said = ada.run(&[command, name]);
            (said.code, said.out.replace(name, "NAME"), said.err.replace(name, "NAME"))
        });
        assert_eq!(stranger, nobody, "{command}");
    }
    assert_eq!(names(&ada, &[]), ["grace"]);
}

#[test]
fn g16_whoever_is_marked_is_answered_for_by_the_service() {
    let mut service = TeamService::start(&["ada", "grace"]);
    service.add("jonas", &["--group", "team", "--label", "Jonas Ek"]);
    service.add("jonas2", &["--group", "team", "--label", "Jonas Berg"]);
    service.add("kay", &["--group", "other"]);
    let (_desktop, ada) = desk(&service, "ada");
    for (command, mark) in [("star", "favourite"), ("tell-when-free", "tell_when_free")] {
        for nobody in ["nobody", "kay"] {
            let said = ada.refused(&[command, nobody]);
            assert!(said.contains("No one named"), "{said}");
        }
        // By what people call them, and by a part that only they have.
        ada.expect(&[command, "Jonas Ek"]);
        assert_eq!(person(&ada, "Jonas Ek")[mark], true, "done means done");
        ada.expect(&[command, "berg"]);
        assert_eq!(person(&ada, "jonas2")[mark], true);
        let several = ada.refused(&[command, "jona"]);
        assert!(several.contains("Jonas Ek (jonas)") && several.contains("Jonas Berg (jonas2)"), "{several}");
    }
    // Whoever never signed in shows nothing since 1970.
    assert_eq!(person(&ada, "grace")["since"], Value::Null);
    // Out of reach it is not done, and not kept for later either.
    service.kill();
    ada.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    let said = ada.refused(&["star", "grace"]);
    assert!(said.contains("isn't answering"), "{said}");
    service.start_again();
    ada.until_connected();
    assert_eq!(person(&ada, "grace")["favourite"], false);
}

#[test]
fn g16_being_told_that_somebody_is_free_happens_once() {
    let service = TeamService::start(&["ada", "grace"]);
    let (_desktop, notifications, ada) = adas(&service);
    let (_other_desktop, grace) = desk(&service, "grace");
    grace.set("busy");
    until_seen(&ada, "grace", "busy", SOON);
    ada.expect(&["tell-when-free", "grace"]);
    assert!(wait_until(SOON, || person(&ada, "grace")["tell_when_free"] == true));
    grace.set("meeting");
    until_seen(&ada, "grace", "meeting", SOON);
    assert_eq!(notifications.others(), [""; 0], "a meeting is not free");

    grace.set("available");
    let told = notifications.next("grace");
    assert!(told.body.to_lowercase().contains("free"), "{told:?}");
    assert!(wait_until(SOON, || person(&ada, "grace")["tell_when_free"] == false));
    for status in ["busy", "available", "busy", "available"] {
        grace.set(status);
        until_seen(&ada, "grace", status, SOON);
    }
    // What comes after this would have come after them.
    ada.expect(&["notify", "--kind", "chat", "--from", "Mara", "Now"]);
    notifications.next("Mara");
    assert_eq!(notifications.others(), [""; 0], "told twice");
}

#[test]
fn g16_who_is_free_is_told_by_the_desktops_own_notifications() {
    let service = TeamService::start(&["ada", "grace"]);
    let desktop = Desktop::builder().keyring(true).notifications(true).start().unwrap();
    let ada = Halo::start(&desktop);
    ada.sign_in(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    grace.set("busy");
    until_seen(&ada, "grace", "busy", SOON);
    ada.expect(&["tell-when-free", "grace"]);
    assert!(wait_until(SOON, || person(&ada, "grace")["tell_when_free"] == true));
    let shown = |which| desktop.run("dunstctl", &["count", which]).unwrap().trim().parse::<u32>().unwrap();
    let before = shown("displayed");
    grace.set("available");
    assert!(wait_until(SOON, || shown("displayed") == before + 1), "{} shown", shown("displayed"));
    desktop.run("dunstctl", &["close-all"]).unwrap();
    assert!(wait_until(SOON, || shown("history") > 0));
    let history = desktop.run("dunstctl", &["history"]).unwrap();
    assert!(history.contains("\"grace\""), "{history}");
}

#[test]
fn d09_that_somebody_is_free_waits_for_the_end_of_a_meeting() {
    let service = TeamService::start(&["ada", "grace"]);
    let (_desktop, notifications, ada) = adas(&service);
    let (_other_desktop, grace) = desk(&service, "grace");
    grace.set("busy");
    until_seen(&ada, "grace", "busy", SOON);
    ada.expect(&["tell-when-free", "grace"]);
    ada.set("meeting");
    ada.until_status("meeting");
    grace.set("available");
    assert!(wait_until(SOON, || ada.held().len() == 1), "not held: {:?}", ada.held());
    assert_eq!(notifications.others(), [""; 0], "shown in a meeting");
    ada.set("available");
    let digest = notifications.next("");
    assert_eq!(digest.summary, "Held for you", "{digest:?} {:?}", ada.held());
    assert!(digest.body.contains("grace"), "{digest:?}");
    assert_eq!(notifications.others(), [""; 0], "told beside the digest as well");
}

#[test]
fn g16_favourites_are_in_the_tray_with_their_status_as_it_changes() {
    let service = TeamService::start(&["ada", "grace", "zoe"]);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let mut tray = TrayHost::start(&desktop);
    let ada = Halo::start(&desktop);
    tray.wait_for_item();
    ada.sign_in(&service, "ada");
    // The sign-in has started the program anew, and with it the item.
    tray.wait_for_item();
    let (_other_desktop, mut grace) = desk(&service, "grace");
    let row = |menu: &crate::support::Row, name: &str| {
        let people = menu.rows.iter().flat_map(|row| &row.rows);
        people.filter(|row| row.label.contains(name)).map(|row| row.label.clone()).next()
    };
    assert_eq!(row(&tray.menu(), "grace"), None, "no favourite yet");
    ada.expect(&["star", "grace"]);
    let says = |words: &str| {
        tray.until(words, |menu| row(menu, "grace").is_some_and(|label| label.contains(words)));
    };
    says("Available");
    grace.set("busy");
    says("Busy");
    grace.set("meal");
    says("Meal");
    grace.quit();
    says("Offline");
    assert_eq!(row(&tray.menu(), "zoe"), None, "only favourites");
    // A click on somebody who isn't free asks to be told.
    let menu = tray.menu();
    let people = menu.rows.iter().find(|row| row.rows.iter().any(|row| row.label.contains("grace"))).unwrap();
    let label = people.rows.iter().find(|row| row.label.contains("grace")).unwrap().label.clone();
    tray.click(&[&people.label, &label]);
    assert!(wait_until(SOON, || person(&ada, "grace")["tell_when_free"] == true));
    ada.expect(&["star", "grace", "--off"]);
    ada.expect(&["tell-when-free", "grace", "--off"]);
    tray.until("one without favourites", |menu| row(menu, "grace").is_none());
}
