//! The timeline: which status was shown from when to when (D02, C04, C06, C10).

use jiff::Timestamp;

use crate::claim::Source;
use crate::interval::{Interval, Shown};
use crate::policy::Policy;
use crate::state::State;
use crate::status::StatusId;

impl State {
    /// The interval that lasts.
    pub fn current_interval(&self) -> Option<Interval> {
        self.shown.as_ref().map(|shown| shown.interval(None))
    }

    /// Forgets what the person has erased: words that stood beside the present status but do so no longer.
    pub fn forget_past(&mut self) {
        if let Some(shown) = &mut self.shown {
            shown.message = self.message.as_ref().map(|message| message.text.clone());
        }
    }

    /// Brings what is shown up to date, and returns the interval that this closed.
    ///
    /// Leaving the desk starts before it was noticed: with the latest of last input, last act on that device, and
    /// start of what is covered (C06), and never before the interval that it ends. That others saw nobody there while
    /// the connection was lost stays as it was.
    pub(crate) fn reshow(&mut self, policy: &Policy, now: Timestamp) -> Option<Interval> {
        let resolved = self.resolve(policy);
        let status = (!self.vanished).then_some(resolved.status);
        let message = self.message.as_ref().map(|message| message.text.clone());
        let before = self.shown.take();
        let same_status = before.as_ref().is_some_and(|shown| shown.status == status);
        if let Some(shown) = &before
            && same_status
            && shown.source == resolved.source
            && shown.detail == resolved.detail
        {
            self.shown = before.map(|shown| Shown { message: message.or(shown.message.clone()), ..shown });
            return None;
        }
        let was_lost = before.as_ref().is_some_and(|shown| shown.source == Source::Connection);
        let noticed_late = resolved.left.filter(|_| !same_status && !was_lost).map(|left| {
            let earliest = self.beneath_since.into_iter().chain(before.as_ref().map(|shown| shown.start)).max();
            earliest.map_or(left, |earliest| left.max(earliest)).min(now)
        });
        let start = noticed_late.unwrap_or(now);
        self.ended.take_if(|(_, at)| *at < start);
        let since = before.as_ref().filter(|_| same_status).map_or(start, |shown| shown.since);
        let seen = status.as_ref().map(|status| {
            let now = StatusId::from(policy.seen_as(status));
            let same = before.as_ref().and_then(|shown| shown.seen.clone()).filter(|(seen, _)| *seen == now);
            same.unwrap_or((now, start))
        });
        let came_back = before.as_ref().filter(|shown| {
            let chosen = matches!(shown.source, Source::Manual | Source::Supervisor);
            chosen && !same_status && resolved.source == Source::Default
        });
        self.shown = Some(Shown {
            primary: status.as_ref().map(|status| policy.primary_of(status)),
            after: came_back.and_then(|shown| shown.status.clone()),
            status,
            source: resolved.source,
            detail: resolved.detail,
            message,
            start,
            since,
            seen,
        });
        before.map(|shown| shown.interval(Some(start))).filter(|interval| interval.end > Some(interval.start))
    }
}
