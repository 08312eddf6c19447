//! What the person says afterwards of the past, laid over what was recorded (R07).

use crate::support::{Day, at};
use presence::{Correction, Interval, Primary, Span, What, corrected};

fn says(from: &str, to: &str, status: &str, reason: &str) -> What {
    What::Corrected { from: at(from), to: at(to), status: status.into(), reason: reason.into() }
}

/// `meeting 10:00–11:00 was away: at a customer's`; what was not corrected has no `was`.
fn lines(day: &Day) -> Vec<String> {
    let recorded = day.closed.iter().cloned().chain(day.state.current_interval()).collect();
    let corrections: Vec<_> = day.facts.iter().filter_map(Correction::of).collect();
    let clock = |at: presence::Timestamp| at.strftime("%H:%M").to_string();
    let line = |one: Interval| {
        let status = |id: Option<presence::StatusId>| id.map_or("unknown".to_owned(), |id| id.to_string());
        let was = one.correction.map(|it| format!(" was {}: {}", status(it.was), it.reason)).unwrap_or_default();
        format!("{} {}–{}{was}", status(one.status), clock(one.start), one.end.map(clock).unwrap_or_default())
    };
    corrected(recorded, &corrections).into_iter().map(line).collect()
}

/// Available from nine, busy from ten, in a meal from twelve on.
fn morning() -> Day {
    let mut day = Day::genesys();
    day.chooses("10:00", "busy").chooses("12:00", "meal");
    day
}

#[test]
fn r07_a_correction_of_a_whole_stretch_says_what_it_was_and_why() {
    let mut day = morning();
    day.then("12:30", says("10:00", "12:00", "meeting", "at a customer's"));
    assert_eq!(lines(&day), ["available 09:00–10:00", "meeting 10:00–12:00 was busy: at a customer's", "meal 12:00–"]);
}

#[test]
fn r07_a_correction_of_a_part_splits_the_stretch() {
    let mut day = morning();
    day.then("12:30", says("10:30", "11:00", "break", "coffee"));
    let split = ["busy 10:00–10:30", "break 10:30–11:00 was busy: coffee", "busy 11:00–12:00"];
    assert_eq!(lines(&day)[1..4], split);
}

#[test]
fn r07_a_correction_over_several_stretches_leaves_them_apart() {
    let mut day = morning();
    day.then("12:30", says("09:30", "12:30", "training", "all morning"));
    assert_eq!(
        lines(&day),
        [
            "available 09:00–09:30",
            "training 09:30–10:00 was available: all morning",
            "training 10:00–12:00 was busy: all morning",
            "training 12:00–12:30 was meal: all morning",
            "meal 12:30–",
        ]
    );
}

#[test]
fn r07_a_later_correction_wins_where_two_meet_and_is_still_measured_against_the_record() {
    let mut day = morning();
    day.then("12:30", says("10:00", "11:30", "break", "first"));
    day.then("12:31", says("11:00", "12:00", "meeting", "second"));
    let both = ["break 10:00–11:00 was busy: first", "meeting 11:00–12:00 was busy: second"];
    assert_eq!(lines(&day)[1..3], both);
    day.then("12:32", says("10:00", "12:00", "busy", "it was right"));
    assert_eq!(lines(&day)[1], "busy 10:00–12:00 was busy: it was right", "back to the record, and visible as such");
}

#[test]
fn r07_a_correction_within_another_leaves_its_two_ends() {
    let mut day = morning();
    day.then("12:30", says("10:00", "12:00", "meeting", "outer"));
    day.then("12:31", says("10:30", "11:00", "break", "inner"));
    let three = [
        "meeting 10:00–10:30 was busy: outer",
        "break 10:30–11:00 was busy: inner",
        "meeting 11:00–12:00 was busy: outer",
    ];
    assert_eq!(lines(&day)[1..4], three);
}

#[test]
fn r07_a_correction_keeps_the_recorded_source_and_message() {
    let mut day = Day::genesys();
    day.then("10:00", What::MessageSet { text: Some("Lund".into()), until: None });
    day.chooses("11:00", "busy").then("11:30", says("09:00", "11:00", "meeting", "Lund, on site"));
    let corrections: Vec<_> = day.facts.iter().filter_map(Correction::of).collect();
    let first = corrected(day.closed.clone(), &corrections).remove(0);
    assert_eq!((first.source, first.message.as_deref()), (day.closed[0].source, Some("Lund")));
    assert_eq!(first.correction.unwrap().at, at("11:30"));
}

#[test]
fn r07_a_correction_changes_nothing_that_holds_now() {
    let (mut with, mut without) = (morning(), morning());
    with.then("12:30", says("09:00", "12:30", "offline", "I was never there"));
    without.then("12:30", What::Resumed);
    assert_eq!(with.state, without.state);
    // Nor does it dismiss what the desk says, or count as an undoable change.
    with.chooses("13:00", "available").locks("13:30", "13:29");
    without.chooses("13:00", "available").locks("13:30", "13:29");
    with.then("13:31", says("13:00", "13:31", "break", "away from the desk"));
    without.then("13:31", What::Resumed);
    assert_eq!(with.state, without.state);
}

#[test]
fn a_span_takes_what_has_something_in_it() {
    let day = morning();
    let covered = |since: Option<&str>, until: Option<&str>| {
        let span = Span { since: since.map(at), until: until.map(at), limit: None };
        let all = day.closed.iter().cloned().chain(day.state.current_interval());
        all.filter(|interval| span.covers(interval)).map(|interval| interval.status.unwrap().to_string()).collect()
    };
    let covered = |since, until| -> Vec<String> { covered(since, until) };
    assert_eq!(covered(Some("10:00"), Some("12:00")), ["busy"], "what only touches is not in it");
    assert_eq!(covered(Some("09:59"), None), ["available", "busy", "meal"]);
    assert_eq!(covered(Some("23:00"), None), ["meal"], "what lasts goes on");
}

#[test]
fn r07_c22_the_class_of_what_is_corrected_is_that_of_what_it_really_was() {
    let mut day = morning();
    day.then("12:30", says("10:00", "12:00", "away", "at a customer's"));
    let recorded = day.closed.iter().cloned().chain(day.state.current_interval()).collect();
    let corrections: Vec<_> = day.facts.iter().filter_map(Correction::of).collect();
    let primaries: Vec<_> = corrected(recorded, &corrections).into_iter().map(|one| one.primary).collect();
    assert_eq!(primaries, [Some(Primary::Available), None, Some(Primary::Meal)], "the reader's policy says it");
}
