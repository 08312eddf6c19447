//! What the tray shows, as a value: compared with `==` in tests, drawn thinly by each system (D10).

use std::sync::Arc;

use icons::{Badge, Glyph};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use presence::{Choice, Effective, Policy, Status, Undo};
use protocol::{HeldItem, Intent, Lasts};

use crate::{gate, words};

/// Everything that the tray's picture, words and menu are made from.
#[derive(Debug, Clone, PartialEq)]
pub struct TrayModel {
    /// The status.
    pub effective: Effective,
    /// The choice that a "back" would end, if any.
    pub choice: Option<Choice>,
    /// When the countdown ends in Away.
    pub countdown: Option<Timestamp>,
    /// What is held.
    pub held: Vec<HeldItem>,
    /// Messages of late, the newest first.
    pub recent_messages: Vec<String>,
    /// Whether there is a window to open.
    pub has_window: bool,
    /// The organisation's policy.
    pub policy: Arc<Policy>,
}

/// What the tray shows.
#[derive(Debug, Clone, PartialEq)]
pub struct TrayView {
    /// The ring.
    pub glyph: Glyph,
    /// Layers over it.
    pub badges: Vec<Badge>,
    /// The first line of the tooltip.
    pub title: String,
    /// The rest of it.
    pub text: String,
    /// The menu.
    pub menu: Vec<Row>,
}

/// A row of the menu.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// Words that can't be clicked.
    Text(String),
    /// Something to do.
    Action(String, Intent),
    /// One of several, of which one holds.
    Choice {
        /// What it says.
        label: String,
        /// Whether it holds.
        checked: bool,
        /// What a click means.
        intent: Intent,
    },
    /// Rows behind a row.
    Menu(String, Vec<Row>),
    /// A line.
    Line,
}

/// What the tray shows at this instant.
pub fn tray_view(model: &TrayModel, now: Timestamp, zone: &TimeZone) -> TrayView {
    let TrayModel { effective, policy, .. } = model;
    let mut badges = Vec::new();
    if model.held.iter().any(|item| !item.told) {
        badges.push(Badge::Held);
    }
    if effective.activity.on_call {
        badges.push(Badge::Call);
    }
    let line = words::line_of_truth(effective, policy, now, zone);
    TrayView {
        glyph: policy.status(&effective.status).map_or(Glyph::Unknown, glyph),
        badges,
        title: words::shown_label(effective, policy),
        text: line,
        menu: menu(model, now, zone),
    }
}

/// The rows keep their places: what can't be done now is said there, so that a hand finds the rest by habit.
fn menu(model: &TrayModel, now: Timestamp, zone: &TimeZone) -> Vec<Row> {
    let TrayModel { effective, policy, .. } = model;
    let mut rows = vec![Row::Text(heading(effective, policy, now, zone))];
    if let Some(pause) = effective.paused {
        rows.push(Row::Text(match pause.until {
            Some(end) => format!("Sensing is paused until {}", words::clock_time(end.at, now, zone)),
            None => "Sensing is paused".to_owned(),
        }));
    }
    if let Some(away_at) = model.countdown {
        rows.push(Row::Action(format!("Stay (Away at {})", words::clock_time(away_at, now, zone)), Intent::Stay));
    }
    rows.push(match undo_label(model) {
        Some(label) => Row::Action(label, Intent::Undo),
        None => Row::Text("Nothing to undo".to_owned()),
    });
    rows.push(Row::Line);
    rows.extend(statuses(effective, policy));
    rows.push(Row::Line);
    rows.push(ends(model, now, zone));
    rows.push(messages(model, now, zone));
    rows.push(match back_label(model) {
        Some(label) => Row::Action(label, Intent::Back),
        None => Row::Text("No choice to end".to_owned()),
    });
    rows.push(Row::Line);
    rows.push(held(&model.held, now, zone));
    rows.push(snooze(effective, now, zone));
    rows.push(pause(effective));
    rows.push(Row::Line);
    if model.has_window {
        rows.push(Row::Action("Open Halo".to_owned(), Intent::Open));
    }
    rows.push(Row::Action("Quit (you appear Offline)".to_owned(), Intent::Quit));
    rows
}

/// `Away since 10:42: screen locked`.
fn heading(effective: &Effective, policy: &Policy, now: Timestamp, zone: &TimeZone) -> String {
    use presence::Source::{Idle, Lock, Manual, Sleep};
    let label = words::label(&effective.status, policy);
    let since = words::clock_time(effective.since, now, zone);
    let until = effective.until.map(|until| format!(", until {}", words::clock_time(until, now, zone)));
    let why = match effective.reason.source {
        Manual => String::new(),
        Idle => ": no input".to_owned(),
        Lock => ": screen locked".to_owned(),
        Sleep => ": computer asleep".to_owned(),
        _ => format!(": {}", words::why(effective, now, zone)),
    };
    format!("{label} since {since}{}{why}", until.unwrap_or_default())
}

/// One click sets a status. Secondary ones stand behind their primary, which is the first row there.
fn statuses(effective: &Effective, policy: &Policy) -> Vec<Row> {
    let primaries = policy.selectable().filter(|status| !status.is_secondary());
    let row = |status: &Status| Row::Choice {
        label: with_minutes(status),
        checked: effective.status == status.id,
        intent: Intent::Set { status: status.id.clone(), lasts: None, message: None },
    };
    primaries
        .map(|primary| {
            let under = policy.selectable().filter(|status| status.is_secondary() && status.primary == primary.primary);
            let secondary: Vec<Row> = under.map(row).collect();
            if secondary.is_empty() {
                return row(primary);
            }
            Row::Menu(primary.label("en").to_owned(), std::iter::once(row(primary)).chain(secondary).collect())
        })
        .collect()
}

fn with_minutes(status: &Status) -> String {
    match status.minutes {
        Some(minutes) => format!("{} ({minutes} min)", status.label("en")),
        None => status.label("en").to_owned(),
    }
}

/// *For how long*: only what the person chose has an end to give.
fn ends(model: &TrayModel, now: Timestamp, zone: &TimeZone) -> Row {
    let title = "For how long".to_owned();
    if !model.effective.reason.source.is_by_hand() {
        return Row::Text(title);
    }
    let set = |label: String, lasts| Row::Action(label, Intent::SetEnd { lasts });
    let mut rows: Vec<Row> = spans().map(|(label, seconds)| set(label.to_owned(), Some(Lasts::For(seconds)))).collect();
    let until =
        next_half_hours(now, zone).map(|at| set(words::clock_time(at, now, zone), Some(Lasts::Until(at)))).collect();
    rows.push(Row::Menu("Until…".to_owned(), until));
    if model.effective.until.is_some() {
        rows.push(set("No end".to_owned(), None));
    }
    Row::Menu(title, rows)
}

fn spans() -> impl Iterator<Item = (&'static str, u64)> {
    [("15 minutes", 900), ("30 minutes", 1800), ("1 hour", 3600)].into_iter()
}

/// The next half hours on the clock, twelve hours of them, the first at least five minutes away.
fn next_half_hours(now: Timestamp, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let soonest = now.saturating_add(SignedDuration::from_mins(5)).unwrap_or(now).to_zoned(zone.clone());
    let half_hour = jiff::ZonedRound::new().smallest(jiff::Unit::Minute).increment(30).mode(jiff::RoundMode::Ceil);
    let first = soonest.round(half_hour).unwrap_or(soonest);
    (0..24_i64).filter_map(move |n| first.checked_add((30 * n).minutes()).ok().map(|at| at.timestamp()))
}

fn messages(model: &TrayModel, now: Timestamp, zone: &TimeZone) -> Row {
    let set = |text: &str| {
        let intent = Intent::Message { text: Some(text.to_owned()), lasts: None };
        Row::Action(format!("“{text}”"), intent)
    };
    let mut rows = Vec::new();
    let current = model.effective.message.as_ref();
    if let Some(message) = current {
        let until = message.until.map(|end| format!(" until {}", words::clock_time(end.at, now, zone)));
        rows.push(Row::Text(format!("Now: “{}”{}", message.text, until.unwrap_or_default())));
        rows.push(Row::Action("Clear".to_owned(), Intent::Message { text: None, lasts: None }));
        rows.push(Row::Line);
    }
    let others = model.recent_messages.iter().filter(|text| current.is_none_or(|current| current.text != **text));
    rows.extend(others.map(|text| set(text)));
    rows.push(if model.has_window {
        Row::Action("Write one…".to_owned(), Intent::Open)
    } else {
        Row::Text("Write one: halo message \"…\"".to_owned())
    });
    Row::Menu("Message…".to_owned(), rows)
}

/// What an undo would do, if there is something to undo.
pub(crate) fn undo_label(model: &TrayModel) -> Option<String> {
    Some(match model.effective.undo.as_ref()? {
        Undo::Dismiss { shows, .. } => format!("Undo: show {}", words::label(shows, &model.policy)),
        Undo::Restore(choice) => format!("Undo: {} again", words::label(&choice.status, &model.policy)),
    })
}

/// What "back" shows: the end of Away by the desk, or of the choice, if there is one.
pub(crate) fn back_label(model: &TrayModel) -> Option<String> {
    let policy = &model.policy;
    let source = model.effective.reason.source;
    if let Some(beneath) = model.effective.returns_to.as_ref().filter(|_| source.is_desk()) {
        return Some(format!("Back to {}", words::label(beneath, policy)));
    }
    let choice = model.choice.as_ref().filter(|_| source.is_by_hand())?;
    let shows = match (&choice.until, &model.effective.returns_to) {
        (Some(_), Some(returns_to)) => returns_to,
        _ => &policy.sign_in.status,
    };
    Some(format!("Back to {}", words::label(shows, policy)))
}

/// How many held items the menu shows.
const HELD_ROWS: usize = 8;

fn held(held: &[HeldItem], now: Timestamp, zone: &TimeZone) -> Row {
    if held.is_empty() {
        return Row::Text("Nothing is held".to_owned());
    }
    let line = |item: &HeldItem| {
        Row::Text(format!("{}  {}", words::clock_time(item.at, now, zone), shortened(&gate::held_line(item), 60)))
    };
    let mut rows: Vec<Row> = held.iter().rev().take(HELD_ROWS).map(line).collect();
    if held.len() > HELD_ROWS {
        rows.push(Row::Text(format!("and {} older", held.len() - HELD_ROWS)));
    }
    rows.push(Row::Line);
    rows.push(Row::Action("Show".to_owned(), Intent::ShowHeld));
    rows.push(Row::Action("Clear".to_owned(), Intent::ClearHeld));
    Row::Menu(format!("Held ({})", held.len()), rows)
}

fn snooze(effective: &Effective, now: Timestamp, zone: &TimeZone) -> Row {
    let mut rows: Vec<Row> = spans()
        .map(|(label, seconds)| Row::Action(label.to_owned(), Intent::Snooze { lasts: Some(Lasts::For(seconds)) }))
        .collect();
    let Some(until) = effective.snoozed_until else {
        return Row::Menu("Snooze".to_owned(), rows);
    };
    rows.insert(0, Row::Action("End snooze".to_owned(), Intent::Snooze { lasts: None }));
    Row::Menu(format!("Snoozed until {}", words::clock_time(until, now, zone)), rows)
}

fn pause(effective: &Effective) -> Row {
    if effective.paused.is_some() {
        return Row::Action("Sense again".to_owned(), Intent::Resume);
    }
    let hour = Intent::Pause { lasts: Some(Lasts::For(3600)) };
    let rows = vec![
        Row::Action("1 hour".to_owned(), hour),
        Row::Action("Until I end it".to_owned(), Intent::Pause { lasts: None }),
    ];
    Row::Menu("Pause sensing".to_owned(), rows)
}

fn shortened(text: &str, most: usize) -> String {
    let one_line = text.replace('\n', " ");
    if one_line.chars().count() <= most {
        return one_line;
    }
    one_line.chars().take(most - 1).chain(['…']).collect()
}

fn glyph(status: &Status) -> Glyph {
    match status.glyph {
        presence::Glyph::Available => Glyph::Available,
        presence::Glyph::OnQueue => Glyph::OnQueue,
        presence::Glyph::Busy => Glyph::Busy,
        presence::Glyph::Meeting => Glyph::Meeting,
        presence::Glyph::Conference => Glyph::Conference,
        presence::Glyph::DoNotDisturb => Glyph::DoNotDisturb,
        presence::Glyph::Away => Glyph::Away,
        presence::Glyph::Inactive => Glyph::Inactive,
        presence::Glyph::Tentative => Glyph::Tentative,
        presence::Glyph::Break => Glyph::Break,
        presence::Glyph::Meal => Glyph::Meal,
        presence::Glyph::Training => Glyph::Training,
        presence::Glyph::OutOfOffice => Glyph::OutOfOffice,
        presence::Glyph::Offline => Glyph::Offline,
        presence::Glyph::OutOfOfficeOffline => Glyph::OutOfOfficeOffline,
        presence::Glyph::Unknown => Glyph::Unknown,
    }
}
