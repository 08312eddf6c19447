//! What the tray shows, as a value: compared with `==` in tests, drawn thinly by each system (D10).

use icons::{Badge, Glyph};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use presence::{Effective, Status};
use protocol::service::PersonView;
use protocol::{HeldItem, Intent, Lasts};
use words::key;

use crate::gate::NotificationAction;
use crate::hub::Account;
use crate::model::TrayModel;
use crate::people::status_of;
use crate::speech::Speech;
use crate::{account, gate};

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
    /// What a click on the ring means; where it is `None`, a click opens the menu.
    pub click: Option<Intent>,
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
        /// The ring beside it, where it is a status.
        glyph: Option<Glyph>,
        /// Whether it holds.
        checked: bool,
        /// What a click means.
        intent: Intent,
    },
    /// Rows behind a row.
    Menu {
        /// What it says.
        label: String,
        /// The ring beside it, where it is a status.
        glyph: Option<Glyph>,
        /// The rows.
        rows: Vec<Row>,
    },
    /// A line.
    Line,
}

impl Row {
    fn menu(label: String, rows: Vec<Self>) -> Self {
        Self::Menu { label, glyph: None, rows }
    }
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
    let speech = model.speech(now, zone);
    TrayView {
        glyph: match &model.account {
            Some(Account { trouble: Some(_), .. }) => Glyph::NotConnected,
            _ => policy.status(&effective.status).map_or(Glyph::Unknown, |status| status.glyph.into()),
        },
        badges,
        title: speech.shown_label(effective),
        text: speech.line_of_truth(effective),
        click: model.has_window.then_some(Intent::Open),
        menu: menu(model, &speech),
    }
}

/// What can't be done now has no row; what can has always the same order.
fn menu(model: &TrayModel, speech: &Speech<'_>) -> Vec<Row> {
    let effective = &model.effective;
    let mut rows = vec![Row::Text(heading(effective, speech))];
    // Out of reach, the service's own word on that comes next.
    let hidden = others_see(effective, speech).filter(|_| model.others_see.is_none());
    rows.extend(hidden.map(Row::Text));
    rows.extend(
        account::sentences(model.account.as_ref(), &model.asked, model.others_see.as_ref(), speech)
            .into_iter()
            .map(Row::Text),
    );
    if let Some(pause) = effective.paused {
        rows.push(Row::Text(match pause.until {
            Some(end) => speech.say(key::TRAY_PAUSED_UNTIL, &[("until", &speech.said_time(end.at))]),
            None => speech.say(key::TRAY_PAUSED, &[]),
        }));
    }
    if let Some(away_at) = model.countdown {
        let stay = speech.say(key::TRAY_STAY, &[("time", &speech.said_time(away_at))]);
        rows.push(Row::Action(stay, Intent::Stay));
    }
    rows.extend(question(model, speech));
    rows.extend(speech.undo(effective).map(|label| Row::Action(label, Intent::Undo)));
    rows.push(Row::Line);
    rows.extend(statuses(effective, speech));
    rows.push(Row::Line);
    rows.push(ends(effective, speech));
    rows.push(messages(model, speech));
    rows.extend(speech.back(model.back.as_ref()).map(|label| Row::Action(label, Intent::Back)));
    rows.push(Row::Line);
    rows.extend(held(model, speech));
    rows.push(snooze(effective, speech));
    rows.push(pause(effective, speech));
    if model.account.is_some() {
        rows.push(people(&model.people, speech));
    }
    rows.push(Row::Line);
    if model.has_window {
        rows.push(Row::Action(speech.say(key::TRAY_OPEN, &[]), Intent::Open));
    }
    rows.push(Row::Action(speech.say(key::TRAY_QUIT, &[]), Intent::Quit));
    rows
}

/// The longest question that a row shows, in characters. A longer one is for the window and the notification: nobody
/// agrees to what they can't read whole.
const LONGEST_QUESTION: usize = 90;

fn question(model: &TrayModel, speech: &Speech<'_>) -> Vec<Row> {
    let Some(question) = &model.proposal else { return Vec::new() };
    let (said, answers) = match model.proposal_opens {
        None => {
            let said = speech.say(key::PROPOSAL_ROW, &[("question", question)]);
            (said, [NotificationAction::Accept, NotificationAction::Decline])
        }
        Some(_) => (question.clone(), [NotificationAction::AcceptOpening, NotificationAction::DeclineOpening]),
    };
    let is_whole = said.chars().count() <= LONGEST_QUESTION;
    let mut rows = vec![Row::Text(shortened(&said, LONGEST_QUESTION))];
    for action in answers.into_iter().filter(|action| is_whole || !action.agrees()) {
        rows.extend(action.intent().map(|intent| Row::Action(action.label(speech.language), intent)));
    }
    rows
}

/// `Away since 10:42: screen locked`.
fn heading(effective: &Effective, speech: &Speech<'_>) -> String {
    use presence::Source::{Idle, Lock, Manual, Sleep};
    let (status, since) = (speech.label(&effective.status), speech.said_time(effective.since));
    let values = [("status", status.as_str()), ("since", since.as_str())];
    let heading = match effective.until.map(|until| speech.said_time(until)) {
        Some(until) => speech.say(key::TRAY_HEADING_UNTIL, &[values[0], values[1], ("until", &until)]),
        None => speech.say(key::TRAY_HEADING, &values),
    };
    let why = match effective.reason.source {
        Manual => return heading,
        Idle => speech.say(key::TRAY_NO_INPUT, &[]),
        Lock => speech.say(key::TRAY_SCREEN_LOCKED, &[]),
        Sleep => speech.say(key::TRAY_ASLEEP, &[]),
        _ => speech.why(effective),
    };
    speech.say(key::TRAY_HEADING_WHY, &[("heading", &heading), ("why", &why)])
}

/// What others see, where that is less than what shows here (G14).
fn others_see(effective: &Effective, speech: &Speech<'_>) -> Option<String> {
    Some(speech.say(key::TRAY_OTHERS_SEE, &[("status", &speech.seen_by_others(effective)?)]))
}

/// One click sets a status. Secondary ones stand behind their primary, which is the first row there.
fn statuses(effective: &Effective, speech: &Speech<'_>) -> Vec<Row> {
    let primaries = speech.policy.selectable().filter(|status| !status.is_secondary());
    let row = |status: &Status| Row::Choice {
        label: with_minutes(status, speech),
        glyph: Some(status.glyph.into()),
        checked: effective.status == status.id,
        intent: Intent::Set { status: status.id.clone(), lasts: None, message: None },
    };
    let under = |primary: &Status| {
        let class = primary.primary;
        speech.policy.selectable().filter(move |status| status.is_secondary() && status.primary == class)
    };
    primaries
        .map(|primary| {
            let secondary: Vec<Row> = under(primary).map(row).collect();
            if secondary.is_empty() {
                return row(primary);
            }
            let label = speech.label_of(primary);
            // The row itself says which of them holds, for the mark is behind it.
            let label = match under(primary).find(|status| status.id == effective.status) {
                Some(chosen) => {
                    let values = [("primary", label), ("secondary", speech.label_of(chosen))];
                    format!("{} ✓", speech.say(key::TRAY_SECONDARY, &values))
                }
                None if effective.status == primary.id => format!("{label} ✓"),
                None => label.to_owned(),
            };
            let rows = std::iter::once(row(primary)).chain(secondary).collect();
            Row::Menu { label, glyph: Some(primary.glyph.into()), rows }
        })
        .collect()
}

fn with_minutes(status: &Status, speech: &Speech<'_>) -> String {
    let label = speech.label_of(status);
    match status.minutes {
        Some(minutes) => {
            let span = speech.duration(SignedDuration::from_mins(minutes.into()));
            speech.say(key::TRAY_LASTING, &[("status", label), ("span", &span)])
        }
        None => label.to_owned(),
    }
}

/// *For how long*: only what the person chose has an end to give.
fn ends(effective: &Effective, speech: &Speech<'_>) -> Row {
    let title = speech.say(key::TRAY_FOR_HOW_LONG, &[]);
    if !effective.reason.source.is_by_hand() {
        return Row::Text(title);
    }
    let set = |label, lasts| Row::Action(label, Intent::SetEnd { lasts });
    let mut rows: Vec<Row> = spans(speech).map(|(label, lasts)| set(label, Some(lasts))).collect();
    let half_hours = next_half_hours(speech.now, speech.zone);
    let until = half_hours.map(|at| set(speech.time(at), Some(Lasts::Until(at)))).collect();
    rows.push(Row::menu(speech.say(key::TRAY_UNTIL, &[]), until));
    if effective.until.is_some() {
        rows.push(set(speech.say(key::TRAY_NO_END, &[]), None));
    }
    Row::menu(title, rows)
}

fn spans(speech: &Speech<'_>) -> impl Iterator<Item = (String, Lasts)> {
    let minutes = [5, 15, 30, 45].map(|count| (key::SPAN_MINUTES, count, count * 60));
    let hours = [1, 2].map(|count| (key::SPAN_HOURS, count, count * 3600));
    minutes.into_iter().chain(hours).map(|(unit, count, seconds)| (speech.count(unit, count), Lasts::For(seconds)))
}

/// The next half hours on the clock, twelve hours of them, the first at least five minutes away.
fn next_half_hours(now: Timestamp, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let soonest = now.saturating_add(SignedDuration::from_mins(5)).unwrap_or(now).to_zoned(zone.clone());
    let half_hour = jiff::ZonedRound::new().smallest(jiff::Unit::Minute).increment(30).mode(jiff::RoundMode::Ceil);
    let first = soonest.round(half_hour).unwrap_or(soonest);
    (0..24_i64).filter_map(move |n| first.checked_add((30 * n).minutes()).ok().map(|at| at.timestamp()))
}

/// What a person types to write a message where there is no window.
const MESSAGE_COMMAND: &str = "halo message \"…\"";

fn messages(model: &TrayModel, speech: &Speech<'_>) -> Row {
    let set = |text: &str| {
        let intent = Intent::Message { text: Some(text.to_owned()), lasts: None };
        Row::Action(speech.say(key::TRAY_QUOTED, &[("text", text)]), intent)
    };
    let mut rows = Vec::new();
    let current = model.effective.message.as_ref();
    if let Some(message) = current {
        let text = ("text", message.text.as_str());
        rows.push(Row::Text(match message.until {
            Some(end) => speech.say(key::TRAY_MESSAGE_NOW_UNTIL, &[text, ("until", &speech.said_time(end.at))]),
            None => speech.say(key::TRAY_MESSAGE_NOW, &[text]),
        }));
        rows.push(Row::Action(speech.say(key::TRAY_MESSAGE_CLEAR, &[]), Intent::Message { text: None, lasts: None }));
        rows.push(Row::Line);
    }
    let others = model.recent_messages.iter().filter(|text| current.is_none_or(|current| current.text != **text));
    rows.extend(others.map(|text| set(text)));
    rows.push(if model.has_window {
        Row::Action(speech.say(key::TRAY_MESSAGE_WRITE, &[]), Intent::Open)
    } else {
        Row::Text(speech.say(key::TRAY_MESSAGE_TYPE, &[("command", MESSAGE_COMMAND)]))
    });
    Row::menu(speech.say(key::TRAY_MESSAGE, &[]), rows)
}

/// How many held items the menu shows.
const HELD_ROWS: usize = 8;

/// A click on one that says where it came from asks whether to open that; the others lead to the window's list.
fn held(model: &TrayModel, speech: &Speech<'_>) -> Option<Row> {
    let held = &model.held;
    if held.is_empty() {
        return None;
    }
    let line = |item: &HeldItem| {
        let what = shortened(&gate::held_line(item, speech.language), 60);
        let label = speech.say(key::TRAY_HELD_ROW, &[("time", &speech.time(item.at)), ("what", &what)]);
        match item.open {
            Some(_) => Row::Action(label, Intent::OpenHeld { id: item.id }),
            None if model.has_window => Row::Action(label, Intent::ShowHeld),
            None => Row::Text(label),
        }
    };
    let mut rows: Vec<Row> = held.iter().rev().take(HELD_ROWS).map(line).collect();
    if let Some(older @ 1..) = (held.len() as u64).checked_sub(HELD_ROWS as u64) {
        rows.push(Row::Text(speech.count(key::TRAY_HELD_OLDER, older)));
    }
    rows.push(Row::Line);
    rows.push(Row::Action(speech.say(key::TRAY_HELD_SHOW, &[]), Intent::ShowHeld));
    rows.push(Row::Action(speech.say(key::TRAY_HELD_CLEAR, &[]), Intent::ClearHeld));
    Some(Row::menu(speech.say(key::TRAY_HELD, &[("count", &held.len().to_string())]), rows))
}

fn snooze(effective: &Effective, speech: &Speech<'_>) -> Row {
    let row = |(label, lasts)| Row::Action(label, Intent::Snooze { lasts: Some(lasts) });
    let mut rows: Vec<Row> = spans(speech).map(row).collect();
    let Some(until) = effective.snoozed_until else {
        return Row::menu(speech.say(key::TRAY_SNOOZE, &[]), rows);
    };
    rows.insert(0, Row::Action(speech.say(key::TRAY_SNOOZE_END, &[]), Intent::Snooze { lasts: None }));
    Row::menu(speech.say(key::TRAY_SNOOZED, &[("until", &speech.said_time(until))]), rows)
}

fn pause(effective: &Effective, speech: &Speech<'_>) -> Row {
    if effective.paused.is_some() {
        return Row::Action(speech.say(key::TRAY_RESUME, &[]), Intent::Resume);
    }
    let hour = Intent::Pause { lasts: Some(Lasts::For(3600)) };
    let rows = vec![
        Row::Action(speech.count(key::SPAN_HOURS, 1), hour),
        Row::Action(speech.say(key::TRAY_PAUSE_OPEN, &[]), Intent::Pause { lasts: None }),
    ];
    Row::menu(speech.say(key::TRAY_PAUSE, &[]), rows)
}

fn shortened(text: &str, most: usize) -> String {
    let one_line = text.replace('\n', " ");
    if one_line.chars().count() <= most {
        return one_line;
    }
    one_line.chars().take(most - 1).chain(['…']).collect()
}

/// Favourites, with whether they are free; a click on one who isn't asks to be told once they are (G16).
fn people(people: &[PersonView], speech: &Speech<'_>) -> Row {
    let row = |person: &PersonView| {
        let values =
            [("person", person.label.as_str()), ("status", &status_of(person, speech.policy, speech.language))];
        let label = speech.say(key::TEAM_PERSON, &values);
        if person.presence.is_free(speech.policy) && !person.tell_when_free {
            return Row::Text(label);
        }
        Row::Choice {
            label: speech.say(key::TEAM_PERSON_TELL, &[("person", &label)]),
            glyph: None,
            checked: person.tell_when_free,
            intent: Intent::TellWhenFree { person: person.name.clone(), on: !person.tell_when_free },
        }
    };
    let mut rows: Vec<Row> = people.iter().map(row).collect();
    if rows.is_empty() {
        rows.push(Row::Text(speech.say(key::TEAM_NOBODY, &[])));
    }
    let free = people.iter().filter(|person| person.presence.is_free(speech.policy)).count() as u64;
    Row::menu(speech.count(key::TEAM_PEOPLE, free), rows)
}
