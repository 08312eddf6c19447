//! How a person's words count: choices and their ends, back, message and snooze, in the order in which they were said
//! (C03, C15, C21).

use jiff::Timestamp;

use crate::beside::Message;
use crate::choice::Choice;
use crate::end::End;
use crate::fact::{Fact, What};
use crate::policy::Policy;
use crate::said::{is_last, said_at};
use crate::state::State;

impl State {
    /// Takes what a person said. `now` is when it becomes known.
    pub(crate) fn hear(&mut self, fact: &Fact, policy: &Policy, now: Timestamp) {
        let at = said_at(fact, now);
        let ahead = |end: &Option<End>| end.is_none_or(|end| end.at > now);
        match &fact.what {
            What::Chose { status, until, by } => {
                self.choose(Choice { status: status.clone(), since: at, until: *until, by: by.clone() }, policy, now);
            }
            What::EndSet { until } => self.set_end(*until, at),
            What::WentBack => self.go_back(policy, at),
            What::Undid if self.dismissed_at.is_none_or(|spoken| spoken <= at) => self.undo(policy, at),
            What::MessageSet { text, until } if is_last(&mut self.said.message, at) => {
                let text = text.clone().filter(|_| ahead(until));
                self.message = text.map(|text| Message { text, until: *until });
            }
            What::Snoozed { until } if is_last(&mut self.said.snooze, at) => {
                self.snooze = until.filter(|end| end.at > now);
            }
            What::DefaultSet { status } if is_last(&mut self.said.default, at) => self.own_default.clone_from(status),
            What::CoversSet { statuses } if is_last(&mut self.said.covers, at) => self.own_covers.clone_from(statuses),
            _ => {}
        }
    }

    /// A timed choice lies over the standing one; a standing one replaces both.
    fn choose(&mut self, choice: Choice, policy: &Policy, now: Timestamp) {
        let at = choice.since;
        let on_top = is_last(&mut self.said.timed, at);
        if choice.until.is_none() {
            if on_top {
                self.timed = None;
            }
            if !is_last(&mut self.said.standing, at) {
                return;
            }
            let ended = self.said.ended.is_some_and(|[from, to]| from < at && at < to);
            self.standing = Some(choice).filter(|_| !ended);
        } else if on_top {
            let over = choice.has_ended(now);
            self.timed = Some(choice);
            if over {
                // Nobody saw it, so there is nothing to bring back.
                self.end_timed(policy, now);
                self.ended = None;
            }
        } else {
            return;
        }
        self.incident.take_if(|incident| incident.since <= at);
        self.person_spoke(at);
    }

    /// Gives the choice that holds another end, or none: what lies under it stays as it was (C15).
    fn set_end(&mut self, until: Option<End>, at: Timestamp) {
        let last = if self.timed.is_some() { self.said.timed } else { self.said.timed.max(self.said.standing) };
        if last.is_some_and(|last| last > at) {
            return;
        }
        let holds = match self.timed.take() {
            None if until.is_some() => self.standing.take(),
            timed => timed,
        };
        if let Some(choice) = holds {
            self.timed = Some(Choice { until, ..choice });
            self.said.timed = Some(at);
            self.ended = None;
        }
    }

    /// Ends the choice that holds. Of somebody away from the desk it says that they are back, and ends nothing.
    pub(crate) fn go_back(&mut self, policy: &Policy, at: Timestamp) {
        let resolved = self.resolve(policy);
        if resolved.source.is_desk() && resolved.since <= at {
            self.person_spoke(at);
            return;
        }
        if !is_last(&mut self.said.timed, at) {
            // Something newer stands over what it ended.
            if is_last(&mut self.said.standing, at) {
                self.standing = None;
            }
            return;
        }
        if let Some(ended) = self.lift_timed() {
            self.said.ended = Some([ended.since, at]);
        } else {
            self.standing = None;
            self.said.standing = Some(at);
        }
        self.person_spoke(at);
    }

    /// A choice that ended comes back, with what is left of its time, if it ended before that: one that lay over another
    /// lies over it again.
    pub(crate) fn restore(&mut self, choice: Choice, at: Timestamp) {
        self.said.timed = Some(at);
        let slot = if choice.until.is_some() {
            &mut self.timed
        } else {
            self.said.standing = Some(at);
            self.timed = None;
            &mut self.standing
        };
        let until = choice.until.filter(|end| end.at > at);
        *slot = Some(Choice { since: at, until, ..choice });
        self.incident = None;
        self.person_spoke(at);
    }

    /// The person's word dismisses every plan, call and desk claim until a new edge (C05).
    fn person_spoke(&mut self, at: Timestamp) {
        self.ended = None;
        if is_last(&mut self.dismissed_at, at) {
            self.dismissed = self.seq;
        }
    }
}
