//! The effective status as others read it.

use presence::{Effective, Interval, Policy, StatusId};
use protocol::{Activity, Connection, Correction, Countdown, Paused, Reason, Report};

use crate::speech::Speech;

/// What is told of an effective status. Its label is for people who read a command line: it speaks English.
pub(crate) fn report(
    effective: &Effective,
    speech: &Speech<'_>,
    connection: Connection,
    countdown: Option<Countdown>,
    asked: Option<StatusId>,
) -> Report {
    let color = speech.policy.status(&effective.status).map_or(presence::Color::Gray, |status| status.color);
    Report {
        status: effective.status.to_string(),
        primary: effective.primary.as_str().to_owned(),
        label: speech.shown_label(effective),
        color,
        since: effective.since,
        until: effective.until,
        message: effective.message.as_ref().map(|message| message.text.clone()),
        reason: Reason {
            source: effective.reason.source,
            since: effective.reason.since,
            detail: effective.reason.detail.clone(),
        },
        returns_to: effective.returns_to.as_ref().map(ToString::to_string),
        activity: Activity { on_call: effective.activity.on_call, interactions: effective.activity.interactions },
        connection,
        asked: asked.map(|status| status.to_string()),
        paused: effective.paused.map(|pause| Paused { until: pause.until.map(|end| end.at) }),
        snoozed_until: effective.snoozed_until,
        countdown,
    }
}

/// What is told of an interval.
pub fn interval(interval: Interval, policy: &Policy) -> protocol::Interval {
    let primary = interval.status.as_ref().and_then(|id| policy.status(id)).map(|status| status.primary.as_str());
    protocol::Interval {
        primary: primary.unwrap_or("unknown").to_owned(),
        status: interval.status.map_or("unknown".to_owned(), |id| id.to_string()),
        source: interval.source,
        detail: interval.detail,
        start: interval.start,
        end: interval.end,
        message: interval.message,
        correction: interval.correction.map(|corrected| Correction {
            was: corrected.was.map_or("unknown".to_owned(), |id| id.to_string()),
            reason: corrected.reason,
            at: corrected.at,
        }),
    }
}
