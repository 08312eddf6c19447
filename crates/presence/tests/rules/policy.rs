//! The shipped policy says what the source says: statuses, colours and what passes.

use crate::support::Day;
use presence::InteractionKind::{Call, Chat, Reminder, Video};
use presence::Treatment::{Alert, AlertThenVoicemail, Block, DefaultPhone, Hold, Voicemail};
use presence::{Color, InteractionKind, Policy, PolicyError, Treatment, What};

fn passes(status: &str) -> [Treatment; 4] {
    let mut day = Day::genesys();
    day.chooses("09:10", status);
    passes_now(&day, "09:10")
}

fn passes_now(day: &Day, clock: &str) -> [Treatment; 4] {
    let now = day.now(clock);
    [Call, Video, Chat, Reminder].map(|kind: InteractionKind| day.policy.treatment(&now, kind, false, false))
}

#[test]
fn g03_the_primary_statuses_have_the_colours_of_the_source() {
    let policy = Policy::genesys();
    let color = |id: &str| policy.status(&id.into()).unwrap().color;
    assert_eq!(color("available"), Color::Green);
    for id in ["busy", "meeting"] {
        assert_eq!(color(id), Color::Red);
    }
    for id in ["away", "break", "meal", "training"] {
        assert_eq!(color(id), Color::Yellow);
    }
    assert_eq!(color("out_of_office"), Color::Pink);
    for id in ["offline", "out_of_office_offline"] {
        assert_eq!(color(id), Color::Gray);
    }
}

#[test]
fn g04_interruptions_follow_the_status() {
    assert_eq!(passes("available"), [Alert, Alert, Alert, Alert]);
    for status in ["break", "meal", "training", "out_of_office"] {
        assert_eq!(passes(status), [Voicemail, Hold, Hold, Hold], "{status}");
    }
}

#[test]
fn g05_busy_and_meeting_block_video() {
    for status in ["busy", "meeting", "do_not_disturb"] {
        assert_eq!(passes(status), [Voicemail, Block, Hold, Hold], "{status}");
    }
}

#[test]
fn g07_away_by_hand_alerts_and_away_by_the_system_does_not() {
    assert_eq!(passes("away"), [AlertThenVoicemail, Alert, Alert, Alert]);
    let mut day = Day::genesys();
    day.idles("10:05", "10:00");
    assert_eq!(passes_now(&day, "10:05"), [Voicemail, Hold, Hold, Hold]);
}

#[test]
fn g11_g18_signed_out_goes_to_the_default_phone_unless_out_of_office() {
    let mut day = Day::genesys();
    day.then("10:00", What::SignedOut);
    assert_eq!(passes_now(&day, "10:00"), [DefaultPhone, Hold, Hold, Hold]);
    let mut day = Day::genesys();
    day.chooses("09:30", "out_of_office").then("10:00", What::SignedOut);
    assert_eq!(passes_now(&day, "10:00"), [Voicemail, Hold, Hold, Hold]);
}

#[test]
fn d09_urgent_chats_alert_except_in_do_not_disturb_and_while_locked() {
    let mut day = Day::genesys();
    day.chooses("09:10", "meeting");
    let now = day.now("09:10");
    assert_eq!(day.policy.treatment(&now, Chat, true, false), Alert);
    assert_eq!(day.policy.treatment(&now, Chat, true, true), Hold);
    assert_eq!(day.policy.treatment(&now, Call, true, false), Voicemail);
    day.chooses("09:20", "do_not_disturb");
    assert_eq!(day.policy.treatment(&day.now("09:20"), Chat, true, false), Hold);
}

#[test]
fn d06_the_countdown_is_at_most_a_third_of_the_idle_time() {
    let policy = Policy::genesys();
    assert_eq!(policy.countdown(std::time::Duration::from_secs(300)).as_secs(), 30);
    assert_eq!(policy.countdown(std::time::Duration::from_secs(12)).as_secs(), 4);
}

#[test]
fn a_policy_that_names_a_status_it_does_not_have_is_refused_in_words() {
    let text = include_str!("../../policies/genesys.toml")
        .replace(r#"status = "available"          #"#, r#"status = "avail" #"#);
    let refused = Policy::from_toml(&text).unwrap_err();
    assert!(matches!(refused, PolicyError::NoSuchStatus(..)));
    assert!(refused.to_string().contains("“avail” in sign_in.status"), "{refused}");
}

#[test]
fn a_misspelt_key_is_refused_in_a_file_and_left_alone_in_what_a_newer_service_sends() {
    let text = concat!(
        include_str!("../../policies/genesys.toml"),
        "[work]\nunused = \"available\"\npartly = \"busy\"\nfull = \"do_not_disturb\"\nsessions = 10\n"
    );
    Policy::from_toml(text).unwrap();
    let tables = text.match_indices("\n[").map(|(start, _)| text[start + 1..].find('\n').unwrap() + start + 2);
    let rows = text.match_indices(" = { call").map(|(start, _)| start + " = { ".len());
    for place in [0].into_iter().chain(tables).chain(rows) {
        let row = text[..place].ends_with("{ ");
        let typo = format!("{}idel = 1{}{}", &text[..place], if row { ", " } else { "\n" }, &text[place..]);
        let refused = Policy::from_toml(&typo).map(|_| place).unwrap_err().to_string();
        // The rows of this one are for the organisation to name; what they are is not.
        if text[..place].ends_with("[interruptions]\n") {
            continue;
        }
        let line = text[..place].matches('\n').count() + 1;
        assert!(refused.contains(&format!("line {line}: there is no key “idel” in ")), "{refused}");
    }
    let policy = Policy::from_toml(text).unwrap();
    let mut sent = serde_json::to_value(&policy).unwrap();
    for place in ["", "/sign_in", "/desk", "/desk/lock", "/work", "/interruptions/meal", "/status/0"] {
        sent.pointer_mut(place).unwrap()["newer"] = 1.into();
    }
    assert_eq!(serde_json::from_value::<Policy>(sent).unwrap(), policy);
}

#[test]
fn g07_a_policy_without_an_interruption_row_that_a_status_needs_is_refused() {
    let text = include_str!("../../policies/genesys.toml");
    for row in ["available", "meal", "away", "away_by_system", "out_of_office_offline"] {
        let is_row = |line: &&str| line.starts_with(&format!("{row} = {{"));
        let without: Vec<_> = text.lines().filter(|line| !is_row(line)).collect();
        assert_eq!(without.len() + 1, text.lines().count(), "{row}");
        let refused = Policy::from_toml(&without.join("\n")).unwrap_err();
        assert!(matches!(&refused, PolicyError::NoSuchRow(_, missing) if missing == row), "{row}: {refused}");
    }
}
