//! What is held: it waits, survives a crash, and arrives as one digest.

use e2e::{Desktop, Halo, SOON, wait_until};

use crate::support::Notifications;

fn chat(halo: &Halo, from: &str, text: &str) -> String {
    halo.expect(&["notify", "--kind", "chat", "--from", from, text])
}

#[test]
fn d09_chats_held_in_a_meeting_arrive_as_one_digest_even_after_a_crash() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let mut halo = Halo::start(&desktop);
    halo.set("meeting");
    assert_eq!(chat(&halo, "Mara", "The Lund case"), "held");
    assert_eq!(chat(&halo, "Ana Lima", "Lunch & <b>soup</b>?"), "held");
    halo.kill();
    halo.start_again();
    assert_eq!(chat(&halo, "Li", "Later"), "held");
    let texts = |halo: &Halo| halo.held().iter().map(|item| item["text"].clone()).collect::<Vec<_>>();
    assert_eq!(texts(&halo), ["The Lund case", "Lunch & <b>soup</b>?", "Later"]);
    assert!(halo.held().iter().all(|item| item["told"] == false));
    assert!(halo.expect(&["held"]).contains("Mara: The Lund case"), "they can be read at any time");
    assert_eq!(notifications.others(), [""; 0], "nothing was shown so far");

    halo.set("available");
    let digest = notifications.next("3 held for you");
    let lines: Vec<_> = digest.body.lines().collect();
    assert_eq!(lines.len(), 3, "{digest:?}");
    assert!(lines[0].ends_with("Mara: The Lund case"), "{digest:?}");
    assert!(lines[1].ends_with("Ana Lima: Lunch &amp; &lt;b&gt;soup&lt;/b&gt;?"), "what others write is no markup");
    assert!(wait_until(SOON, || halo.held().iter().all(|item| item["told"] == true)));

    // Told once: neither a change nor a crash tells them again.
    halo.set("meeting");
    halo.set("available");
    halo.kill();
    halo.start_again();
    assert_eq!(halo.held().len(), 3, "told ones can still be read");
    assert_eq!(chat(&halo, "Mara", "Now"), "shown");
    assert_eq!(notifications.others(), ["Mara"]);

    halo.expect(&["held", "--clear"]);
    assert_eq!(halo.held().len(), 0);
    assert_eq!(halo.expect(&["held"]), "Nothing is held.");
}

#[test]
fn d09_the_digests_buttons_show_and_clear_what_was_held() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.set("busy");
    chat(&halo, "Mara", "The Lund case");
    halo.set("available");
    let digest = notifications.next("Held for you");
    assert_eq!(digest.buttons(), ["Show held", "Clear"]);
    assert_eq!((digest.app.as_str(), digest.icon.as_str(), digest.expires_ms), ("Halo", "halo", -1));
    notifications.press(&digest, "Show held");
    let shown = notifications.next("Held for you");
    assert!(shown.body.ends_with("Mara: The Lund case"), "{shown:?}");
    notifications.press(&shown, "Clear");
    assert!(wait_until(SOON, || halo.held().is_empty()), "they were not cleared");
}

#[test]
fn d09_snooze_holds_all_but_urgent_ones_without_changing_the_status() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    let before = halo.status();
    halo.expect(&["snooze", "1h"]);
    let snoozed = halo.status();
    assert!(snoozed["snoozed_until"].is_string(), "{snoozed}");
    assert_eq!((&snoozed["status"], &snoozed["since"]), (&before["status"], &before["since"]));
    assert!(halo.line().contains("Notifications wait until "), "{}", halo.line());
    assert_eq!(chat(&halo, "Mara", "The Lund case"), "held");
    assert_eq!(halo.expect(&["notify", "--kind", "call", "--from", "Ana Lima", "Line 2"]), "held");
    assert_eq!(halo.expect(&["notify", "--kind", "reminder", "--urgent", "Fire drill"]), "shown");
    assert_eq!(notifications.others(), ["Reminder"]);

    halo.expect(&["snooze", "off"]);
    let digest = notifications.next("2 held for you");
    assert!(digest.body.contains("Mara: The Lund case") && digest.body.contains("Missed call from Ana Lima: Line 2"));
    assert_eq!(halo.status(), before);

    // A snooze ends by itself as well.
    halo.expect(&["snooze", "1s"]);
    assert_eq!(chat(&halo, "Li", "Later"), "held");
    assert!(notifications.next("Held for you").body.ends_with("Li: Later"));
}

#[test]
fn d09_notices_of_ones_own_presence_are_shown_or_dropped_but_never_held() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);

    // Available lets it through: the end of a timed status is told, with an undo (D12).
    halo.set("meal --for 1s");
    let told = notifications.next("Available");
    assert_eq!(told.body, "Meal ended after 1 s.");
    notifications.press(&told, "Undo");
    assert_eq!(halo.until_status("meal")["until"], serde_json::Value::Null);

    // Busy does not: it is dropped.
    halo.set("busy");
    halo.set("meal --for 1s");
    halo.until_status("busy");
    assert_eq!(halo.held().len(), 0);
    halo.set("available");
    assert_eq!(chat(&halo, "Mara", "Now"), "shown");
    assert_eq!(notifications.others(), ["Mara"]);
}
