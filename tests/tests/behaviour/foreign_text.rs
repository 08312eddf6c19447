//! What others write stays within its own words: nothing of it turns, breaks or disguises what stands around it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use e2e::{Desktop, Halo, SOON, wait_until};

use crate::support::{Notifications, TrayHost};

/// Turns what follows; an embedding without end; a line feed; what a terminal obeys; what nobody sees.
const TRICKS: &str = "\u{202e}ko si tset\u{202a} \u{2067}a\nb\u{1b}[2J\u{200b}\u{200f}";
const READS: &str = "ko si tset a b [2J";

fn desk() -> (Desktop, Notifications, TrayHost, Halo) {
    let desktop = Desktop::builder().session_bus(true).start().expect("a desktop");
    let notifications = Notifications::start(&desktop);
    let mut tray = TrayHost::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    (desktop, notifications, tray, halo)
}

#[track_caller]
fn is_clean(text: &str) {
    let tricky = |c: char| matches!(c, '\u{200b}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{1b}');
    assert!(!text.contains(tricky), "{text:?}");
    let isolates = text.matches(['\u{2066}', '\u{2067}', '\u{2068}']).count();
    assert_eq!(isolates, text.matches('\u{2069}').count(), "an isolate without its end: {text:?}");
}

#[test]
fn d12_a_message_reads_the_same_wherever_it_stands() {
    let (_desktop, _notifications, tray, halo) = desk();
    halo.expect(&["message", TRICKS]);
    assert_eq!(halo.status()["message"], READS);
    assert!(halo.line().contains(&format!("Message: “{READS}”.")), "{}", halo.line());
    is_clean(&halo.line());
    let menu = tray.until("with a message", |menu| menu.row("Message…").find("Now: ").is_some());
    assert_eq!(menu.row("Message…").labels()[0], format!("Now: “{READS}”"));
    is_clean(&menu.text());
    is_clean(&tray.tool_tip().1);
    for nothing in ["\u{200b}\u{200d}", "\u{202e}", "\u{3164}", " \n "] {
        assert!(halo.refused(&["message", nothing]).contains("message"), "{nothing:?}");
    }
    assert_eq!(halo.status()["message"], READS);
}

#[test]
fn d12_the_tooltip_is_no_markup_and_a_row_has_no_access_key() {
    let (_desktop, _notifications, tray, halo) = desk();
    halo.expect(&["message", "<b>Fish & _Chips_</b> <img src=x>"]);
    let menu = tray.until("with a message", |menu| menu.row("Message…").find("Now: ").is_some());
    assert_eq!(menu.row("Message…").labels()[0], "Now: “<b>Fish & _Chips_</b> <img src=x>”");
    let (title, text) = tray.tool_tip();
    assert_eq!(title, "Available");
    assert!(text.contains("“&lt;b&gt;Fish &amp; _Chips_&lt;/b&gt; &lt;img src=x&gt;”"), "{text}");
    assert!(!text.contains('<'), "{text}");
}

#[test]
fn d09_a_sender_is_a_name_in_one_line() {
    let (_desktop, notifications, tray, halo) = desk();
    let notify = |kind: &str| halo.expect(&["notify", "--kind", kind, "--from", TRICKS, TRICKS]);
    assert_eq!(notify("chat"), "shown");
    let shown = notifications.next("ko si");
    assert_eq!((shown.summary.as_str(), shown.body.as_str()), (READS, READS));
    assert_eq!(notify("reminder"), "shown");
    assert_eq!(notifications.next("Reminder").summary, format!("Reminder: {READS}"));
    halo.set("meeting");
    assert_eq!(notify("chat"), "held");
    let held = halo.held();
    assert_eq!((held[0]["from"].as_str(), held[0]["text"].as_str()), (Some(READS), Some(READS)));
    let line = halo.expect(&["held"]);
    assert_eq!(line.lines().count(), 1, "{line}");
    is_clean(&line);
    let menu = tray.until("one held", |menu| menu.find("Held (1)").is_some());
    is_clean(&menu.text());
    halo.set("available");
    let digest = notifications.next("Held for you");
    assert_eq!(digest.body.lines().count(), 1, "{digest:?}");
    is_clean(&digest.body);
}

#[test]
fn d11_what_a_link_asks_about_is_what_is_set() {
    let (_desktop, notifications, _tray, halo) = desk();
    let escaped = TRICKS.bytes().fold(String::new(), |escaped, byte| escaped + &format!("%{byte:02X}"));
    halo.expect(&[&format!("halo://message?text={escaped}")]);
    let asked = notifications.next("A link");
    assert_eq!(asked.body, format!("Set the message “{READS}”?"));
    let agree = asked.buttons()[0].to_owned();
    notifications.press(&asked, &agree);
    let set = halo.until("the message", |told| told["message"].is_string());
    assert_eq!(set["message"], READS);

    // Whole, however long it is.
    let long = format!("{}end", "x".repeat(480));
    halo.expect(&[&format!("halo://message?text={long}")]);
    let asked = notifications.next("A link");
    assert_eq!(asked.body, format!("Set the message “{long}”?"));
}

/// A stand-in for the program that opens addresses, which notes them.
fn notes_what_opens(desktop: &Desktop) -> (String, std::path::PathBuf) {
    let folder = desktop.home().join("bin");
    fs::create_dir(&folder).expect("a folder");
    let notes = desktop.home().join("opened");
    let program = folder.join("xdg-open");
    fs::write(&program, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}'\n", notes.display())).expect("a file");
    fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("a program");
    let path = std::env::var("PATH").expect("a path");
    (format!("{}:{path}", folder.display()), notes)
}

#[test]
fn d09_a_notification_leads_where_it_came_from_once_the_person_agrees() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let (path, notes) = notes_what_opens(&desktop);
    let mut halo = Halo::not_started(&desktop).with_variable("PATH", &path);
    halo.start_again();
    let opened = || fs::read_to_string(&notes).unwrap_or_default();
    let target = "https://crm.example/cases/4711?tab=mail#last";
    let notify = || halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "--open", target, "The Lund case"]);

    assert_eq!(notify(), "shown");
    let shown = notifications.next("Mara");
    assert_eq!(shown.buttons(), ["Open"]);
    notifications.click(&shown);
    let asked = notifications.next("Open");
    assert_eq!(asked.body, format!("Open {target}?"), "the whole of it is shown");
    assert_eq!(asked.buttons(), ["Open", "Don’t open"]);
    assert_eq!(opened(), "", "nothing opens before the answer");
    notifications.press(&asked, "Open");
    assert!(wait_until(SOON, || opened() == format!("{target}\n")), "{:?}", opened());

    // The same from what is held, and each of those can be forgotten.
    halo.set("meeting");
    assert_eq!((notify(), notify()), ("held".to_owned(), "held".to_owned()));
    let ids: Vec<_> = halo.held().iter().map(|item| item["id"].to_string()).collect();
    assert_eq!(halo.held()[0]["open"], target);
    assert!(halo.expect(&["held"]).contains(target));
    halo.expect(&["held", "--open", &ids[1]]);
    let asked = notifications.next("Open");
    notifications.press(&asked, "Don’t open");
    halo.expect(&["held", "--forget", &ids[0]]);
    let left: Vec<_> = halo.held().iter().map(|item| item["id"].to_string()).collect();
    assert_eq!(left, ids[1..]);
    let refused = halo.refused(&["held", "--forget", &ids[0]]);
    assert!(refused.contains("nothing that is held has the number"), "{refused}");
    assert_eq!(opened().lines().count(), 1, "what was not agreed to was opened");
}

#[test]
fn d09_what_runs_or_disguises_something_is_never_opened() {
    let (_desktop, notifications, _tray, halo) = desk();
    for (address, words) in [
        ("file:///etc/passwd", "only addresses of these kinds can be opened: https"),
        ("javascript:alert(1)", "only addresses of these kinds"),
        ("http://plain.example", "only addresses of these kinds"),
        ("halo://set/busy", "only addresses of these kinds"),
        ("/usr/bin/xterm", "only addresses of these kinds"),
        ("https://bank.example@evil.example", "a name before its host"),
        ("https://\u{430}pple.example", "plain ASCII"),
        ("https://x.example/\u{202e}gpj", "plain ASCII"),
        ("mailto:a@b.example?attach=/etc/passwd", "may not attach files"),
    ] {
        let refused = halo.refused(&["notify", "--kind", "chat", "--open", address, "Hello"]);
        assert!(refused.contains(words), "{address}: {refused}");
    }
    assert_eq!(notifications.others(), [""; 0]);
    assert_eq!(halo.held().len(), 0);
}
