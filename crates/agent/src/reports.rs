//! The effective status as others read it.

use presence::{Effective, StatusId};
use protocol::{Activity, Connection, Countdown, Paused, Reason, Report};

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
        others_see: None,
        paused: effective.paused.map(|pause| Paused { until: pause.until.map(|end| end.at) }),
        snoozed_until: effective.snoozed_until,
        countdown,
    }
}
