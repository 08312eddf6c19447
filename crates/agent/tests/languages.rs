//! What the tray says in other languages: whole, and from the catalogue only.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::sync::Arc;

use agent::{Asked, Row, TrayModel, tray_view};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use presence::{By, DeskSignal, DeviceId, End, Fact, InteractionKind, Policy, State, What};
use protocol::{HeldAs, HeldItem};
use words::Language;

fn at(minutes: i64) -> Timestamp {
    "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn state(whats: &[What], policy: &Policy) -> State {
    let mut state = State::default();
    for (seq, what) in (1_u64..).zip(whats) {
        let at = at(i64::try_from(seq).unwrap());
        let fact = Fact { seq, at, recorded: at, device: DeviceId::from("this"), what: what.clone() };
        state.apply(&fact, policy);
    }
    state
}

fn held(id: u64, kind: InteractionKind, held_as: HeldAs) -> HeldItem {
    let (from, text) = (id.is_multiple_of(2).then(|| "7".to_owned()), "8".to_owned());
    HeldItem { id, at: at(0), kind, from, text, urgent: false, held_as, told: false, open: None }
}

/// A presence with everything that a tray can show, except what a person writes: that is digits here.
fn model(whats: &[What], language: Language, has_window: bool) -> TrayModel {
    use InteractionKind::{Call, Chat, Reminder, Video};
    let policy = Arc::new(Policy::genesys());
    let state = state(whats, &policy);
    let kinds = [(Call, HeldAs::MissedCall), (Video, HeldAs::Blocked), (Chat, HeldAs::Held), (Reminder, HeldAs::Held)];
    let held = (1..=10).map(|id| {
        let (kind, held_as) = kinds[usize::try_from(id).unwrap() % kinds.len()];
        held(id, kind, held_as)
    });
    TrayModel {
        effective: state.effective(&policy, at(30)),
        back: state.after_back(&policy),
        countdown: Some(at(31)),
        held: held.collect(),
        recent_messages: vec!["12".to_owned(), "34".to_owned()],
        has_window,
        language,
        proposal: Some("56".to_owned()),
        proposal_opens: None,
        account: None,
        asked: Asked::default(),
        others_see: None,
        people: Vec::new(),
        policy,
    }
}

fn situations() -> Vec<Vec<What>> {
    let end = |minutes| Some(End { at: at(minutes), fixed: true });
    let meal = What::Chose { status: "meal".into(), until: end(45), by: By::Person };
    let lock = What::Desk { signal: DeskSignal::Lock, on: true, last_input: None };
    let idle = What::Desk { signal: DeskSignal::Idle, on: true, last_input: None };
    let knows = What::Knows { idle: true, lock: true, idle_after: None };
    vec![
        vec![What::SignedIn, knows.clone(), lock.clone()],
        vec![What::SignedIn, knows.clone(), idle],
        vec![What::SignedIn, knows, What::Paused { until: None }],
        vec![
            What::SignedIn,
            meal,
            What::MessageSet { text: Some("12".to_owned()), until: end(60) },
            What::Snoozed { until: end(50) },
            What::Paused { until: end(70) },
        ],
    ]
}

fn texts(rows: &[Row]) -> Vec<String> {
    let mut found = Vec::new();
    for row in rows {
        match row {
            Row::Text(text) | Row::Action(text, _) => found.push(text.clone()),
            Row::Choice { label, .. } => found.push(label.clone()),
            Row::Menu { label, rows, .. } => {
                found.push(label.clone());
                found.extend(texts(rows));
            }
            Row::Line => {}
        }
    }
    found
}

fn everything(whats: &[What], language: Language) -> Vec<String> {
    [true, false]
        .into_iter()
        .flat_map(|has_window| {
            let view = tray_view(&model(whats, language, has_window), at(30), &TimeZone::UTC);
            texts(&view.menu).into_iter().chain([view.text, view.title])
        })
        .collect()
}

#[test]
fn nothing_in_the_tray_bypasses_the_catalogue() {
    let policy = Policy::genesys();
    let mut labels: Vec<_> = policy.statuses.iter().map(|status| status.label("en").to_owned()).collect();
    labels.push("halo message \"…\"".to_owned());
    // The longest first: *Out of Office* is within *Out of Office and Offline*.
    labels.sort_by_key(|label| std::cmp::Reverse(label.len()));
    for text in situations().iter().flat_map(|whats| everything(whats, Language::Pseudo)) {
        let rest = labels.iter().fold(text.clone(), |rest, label| rest.replace(label.as_str(), ""));
        assert!(!rest.contains(|letter: char| letter.is_ascii_alphabetic()), "not from the catalogue: {text} ({rest})");
    }
}

#[test]
fn every_language_says_everything_and_leaves_no_hole_and_no_english() {
    for whats in situations() {
        let english = everything(&whats, Language::English);
        for language in Language::ALL {
            let said = everything(&whats, language);
            assert_eq!(said.len(), english.len());
            for (text, english) in said.iter().zip(&english) {
                assert!(!text.is_empty() && !text.contains(['{', '}']), "{language:?}: {text}");
                let has_words = english.chars().filter(char::is_ascii_alphabetic).count() > 12;
                assert!(language == Language::English || !has_words || text != english, "{language:?}: {text}");
            }
        }
    }
}

#[test]
fn d12_the_line_of_truth_is_a_sentence_in_each_language() {
    let locked = &situations()[0];
    let line = |language| tray_view(&model(locked, language, true), at(30), &TimeZone::UTC).text;
    assert_eq!(
        line(Language::English),
        "Away since 09:03, because the screen was locked. Back to Available when you return."
    );
    let german = line(Language::German);
    assert!(german.starts_with("Abwesend seit 09:03, weil der Bildschirm gesperrt"), "{german}");
    let arabic = line(Language::Arabic);
    assert!(arabic.contains("09:03") && arabic.chars().any(|letter| ('\u{0600}'..='\u{06ff}').contains(&letter)));
}
