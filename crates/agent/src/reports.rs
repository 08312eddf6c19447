//! The effective status as others read it.

use presence::{Effective, StatusId};
use protocol::{Connection, Countdown, Paused, Reason, Report};
use words::key;

use crate::account::{others_see, sentences};
use crate::controller::Controller;
use crate::shell::Shell;
use crate::speech::Speech;

impl<S: Shell> Controller<S> {
    pub(crate) fn report(&self, effective: &Effective, english: &Speech<'_>, countdown: Option<Countdown>) -> Report {
        let team = self.hub.team();
        let others_see = team.and_then(|team| team.others_see(english.now)).map(|seen| others_see(&seen, english));
        let asked = team.and_then(|team| team.asked().status);
        let report = report(effective, english, self.hub.connection(), countdown, asked);
        Report { others_see, ..report }
    }

    /// The line of truth, and what is true of the connection.
    pub(crate) fn line(&self, effective: &Effective, speech: &Speech<'_>, countdown: Option<&Countdown>) -> String {
        let mut line = speech.line_of_truth(effective);
        if let Some(countdown) = countdown {
            let left = countdown.away_at.duration_since(speech.now).as_secs().max(0);
            line.push_str(" Away in ");
            line.push_str(&left.to_string());
            line.push_str(" s if nobody is there.");
        }
        let Some(team) = self.hub.team() else { return line };
        let (account, others_see) = (team.account(), team.others_see(speech.now));
        for sentence in sentences(Some(&account), &team.asked(), others_see.as_ref(), speech) {
            line.push_str(&speech.say(key::TRUTH_JOIN, &[]));
            line.push_str(&sentence);
        }
        line
    }
}

/// What is told of an effective status. Its label is for people who read a command line: it speaks English.
fn report(
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
        activity: effective.activity.into(),
        connection,
        asked: asked.map(|status| status.to_string()),
        others_see: None,
        paused: effective.paused.map(|pause| Paused { until: pause.until.map(|end| end.at) }),
        snoozed_until: effective.snoozed_until,
        countdown,
    }
}
