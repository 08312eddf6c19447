//! What the window shows, as a value: the same model as the tray's, with the day so far.

use presence::{Color, Effective, Glyph, Interval, Status};
use protocol::{ChoiceView, Connection, Countdown, HeldView, MessageView, Paused, PresenceView, Stretch, WindowView};

use words::key;

use crate::account::{account_view, others_see};
use crate::gate;
use crate::model::TrayModel;
use crate::people::{initials, person_row};
use crate::speech::Speech;

/// What the window shows at this instant. `history` holds at least the intervals of today.
pub(crate) fn window_view(
    model: &TrayModel,
    person: &str,
    history: &[Interval],
    connection: Connection,
    speech: &Speech<'_>,
) -> WindowView {
    let effective = &model.effective;
    WindowView {
        language: speech.language.tag().to_owned(),
        person: person.to_owned(),
        initials: initials(person),
        presence: presence(effective, speech),
        line: speech.truth(effective),
        undo: speech.undo(effective),
        back: speech.back(model.back.as_ref()),
        activity: effective.activity.into(),
        proposal: model.proposal.clone(),
        proposal_opens: model.proposal_opens.clone(),
        message: effective
            .message
            .as_ref()
            .map(|message| MessageView { text: message.text.clone(), until: message.until.map(|end| end.at) }),
        recent_messages: model.recent_messages.clone(),
        choices: choices(effective, speech),
        today: history.iter().map(|interval| stretch(interval, speech)).collect(),
        held: model
            .held
            .iter()
            .map(|item| HeldView { item: item.clone(), line: gate::held_line(item, speech.language) })
            .collect(),
        countdown: model.countdown.map(|away_at| Countdown { away_at }),
        paused: effective.paused.map(|pause| Paused { until: pause.until.map(|end| end.at) }),
        snoozed_until: effective.snoozed_until,
        connection,
        account: model.account.as_ref().map(|account| account_view(account, speech)),
        asked: model.asked.words(speech),
        others_see: model.others_see.as_ref().map(|seen| others_see(seen, speech)),
        people: model.people.iter().map(|person| person_row(person, speech.policy, speech.language)).collect(),
    }
}

fn presence(effective: &Effective, speech: &Speech<'_>) -> PresenceView {
    let status = speech.policy.status(&effective.status);
    PresenceView {
        status: effective.status.to_string(),
        label: speech.shown_label(effective),
        glyph: status.map_or(Glyph::Unknown, |status| status.glyph),
        color: status.map_or(Color::Gray, |status| status.color),
        since: effective.since,
        until: effective.until,
        source: effective.reason.source,
        by_hand: effective.reason.source.is_by_hand(),
    }
}

fn choices(effective: &Effective, speech: &Speech<'_>) -> Vec<ChoiceView> {
    let choice = |status: &Status, secondary| ChoiceView {
        id: status.id.to_string(),
        label: speech.label_of(status).to_owned(),
        glyph: status.glyph,
        color: status.color,
        chosen: effective.status == status.id,
        minutes: status.minutes,
        secondary,
    };
    let policy = speech.policy;
    let primaries = policy.selectable().filter(|status| !status.is_secondary());
    primaries
        .map(|primary| {
            let under = policy.selectable().filter(|status| status.is_secondary() && status.primary == primary.primary);
            choice(primary, under.map(|status| choice(status, Vec::new())).collect())
        })
        .collect()
}

fn stretch(interval: &Interval, speech: &Speech<'_>) -> Stretch {
    let status = interval.status.as_ref().and_then(|id| speech.policy.status(id));
    Stretch {
        status: interval.status.as_ref().map_or("unknown".to_owned(), ToString::to_string),
        label: status.map_or_else(|| speech.say(key::TRUTH_UNKNOWN, &[]), |status| speech.label_of(status).to_owned()),
        glyph: status.map_or(Glyph::Unknown, |status| status.glyph),
        color: status.map_or(Color::Gray, |status| status.color),
        source: interval.source,
        corrected: interval.correction.is_some(),
        start: interval.start,
        end: interval.end,
    }
}
