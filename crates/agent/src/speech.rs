//! Speech: a presence in a sentence. Who, what, why, since when, what next (D12).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use presence::{Effective, Policy, Primary, Source, Status, StatusId, Undo};
use protocol::Words;
use words::{Key, Language, key};

/// Everything that a sentence depends on besides what it tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speech<'a> {
    pub language: Language,
    pub policy: &'a Policy,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

impl Speech<'_> {
    pub fn say(&self, key: Key, values: &[(&'static str, &str)]) -> String {
        self.language.say(key, values)
    }

    pub fn count(&self, key: Key, count: u64) -> String {
        self.language.count(key, count, &[])
    }

    /// A time as a table has it.
    pub fn time(&self, at: Timestamp) -> String {
        self.language.clock_time(at, self.now, self.zone)
    }

    /// A time as a sentence has it.
    pub fn said_time(&self, at: Timestamp) -> String {
        self.language.said_time(at, self.now, self.zone)
    }

    pub fn duration(&self, lasts: SignedDuration) -> String {
        self.language.duration(lasts)
    }

    /// What people read for a status of the catalogue.
    pub fn label_of<'s>(&self, status: &'s Status) -> &'s str {
        status.label(self.language.tag())
    }

    pub fn label(&self, id: &StatusId) -> String {
        self.policy.status(id).map_or(id.as_str(), |status| self.label_of(status)).to_owned()
    }

    /// A status' label as shown: an Away by idleness says so.
    pub fn shown_label(&self, effective: &Effective) -> String {
        let label = self.label(&effective.status);
        match (effective.primary, effective.reason.source) {
            (Primary::Away, Source::Idle) => self.say(key::TRUTH_IDLE_STATUS, &[("status", &label)]),
            _ => label,
        }
    }

    /// Why, as the end of a clause: `because the screen was locked`.
    pub fn why(&self, effective: &Effective) -> String {
        let reason = &effective.reason;
        // The status may be younger than its reason: a Meal that ended while the screen was locked (C04).
        let apart = effective.since.duration_since(reason.since) > SignedDuration::from_mins(1);
        let perhaps_at = |plain, at| {
            if apart { self.say(at, &[("at", &self.said_time(reason.since))]) } else { self.say(plain, &[]) }
        };
        let because = |key| {
            let why = self.say(key, &[]);
            match reason.detail.as_deref() {
                Some(detail) => self.say(key::WHY_DETAIL, &[("why", &why), ("detail", detail)]),
                None => why,
            }
        };
        match reason.source {
            Source::Default => match &reason.after {
                Some(ended) => self.say(key::WHY_RETURNED, &[("status", &self.label(ended))]),
                None => self.say(key::WHY_DEFAULT, &[]),
            },
            Source::Manual => self.say(key::WHY_MANUAL, &[]),
            Source::Supervisor => {
                let who = reason.detail.clone().unwrap_or_else(|| self.say(key::WHY_A_SUPERVISOR, &[]));
                self.say(key::WHY_SUPERVISOR, &[("who", &who)])
            }
            Source::Idle => self.say(key::WHY_IDLE, &[]),
            Source::Lock => perhaps_at(key::WHY_LOCK, key::WHY_LOCK_AT),
            Source::Sleep => perhaps_at(key::WHY_SLEEP, key::WHY_SLEEP_AT),
            Source::Capacity => because(key::WHY_CAPACITY),
            Source::Missed => because(key::WHY_MISSED),
            Source::Rejected => because(key::WHY_REJECTED),
            Source::Call => because(key::WHY_CALL),
            Source::Calendar => because(key::WHY_CALENDAR),
            Source::Schedule => because(key::WHY_SCHEDULE),
            Source::External => because(key::WHY_EXTERNAL),
            Source::SignedOut => self.say(key::WHY_SIGNED_OUT, &[]),
            Source::Connection => self.say(key::WHY_CONNECTION, &[]),
        }
    }

    /// What an undo would do, if there is something to undo.
    pub(crate) fn undo(&self, effective: &Effective) -> Option<String> {
        Some(match effective.undo.as_ref()? {
            Undo::Dismiss { shows, .. } => self.say(key::TRAY_UNDO_SHOW, &[("status", &self.label(shows))]),
            Undo::Restore(choice) => self.say(key::TRAY_UNDO_AGAIN, &[("status", &self.label(&choice.status))]),
        })
    }

    /// What "back" shows, where it changes anything.
    pub(crate) fn back(&self, shows: Option<&StatusId>) -> Option<String> {
        Some(self.say(key::TRAY_BACK_TO, &[("status", &self.label(shows?))]))
    }

    /// The line of truth without the status itself: `since 10:42, because the screen was locked. Back to …`
    pub fn truth(&self, effective: &Effective) -> Vec<Words> {
        let (since, why) = (self.said_time(effective.since), self.why(effective));
        let mut words = vec![weak(self.say(key::TRUTH_SINCE, &[("since", &since), ("why", &why)]))];
        if let Some(seen) = self.seen_by_others(effective) {
            words.push(weak(self.say(key::TRUTH_JOIN, &[])));
            words.push(weak(self.say(key::TRUTH_OTHERS_SEE, &[("status", &seen)])));
        }
        if let Some(next) = self.what_next(effective) {
            words.push(weak(self.say(key::TRUTH_JOIN, &[])));
            words.extend(next);
        }
        words.retain(|part| !part.text.is_empty());
        words
    }

    /// The label of what others see, where that is another status: of a secondary one, as a rule, the primary (G14).
    pub(crate) fn seen_by_others(&self, effective: &Effective) -> Option<String> {
        let seen = self.policy.seen_as(&effective.status);
        (seen != effective.status.as_str()).then(|| self.label(&seen.into()))
    }

    /// What comes next, as a sentence, if anything does. The status that it names is the strong part.
    fn what_next(&self, effective: &Effective) -> Option<Vec<Words>> {
        let then = self.label(effective.returns_to.as_ref()?);
        let until = effective.until.map(|until| self.said_time(until));
        let parts = match &until {
            Some(until) => self.language.parts(key::TRUTH_UNTIL_THEN, &[("until", until), ("status", &then)]),
            None if effective.reason.source.is_desk() => {
                self.language.parts(key::TRUTH_BACK_WHEN_YOU_RETURN, &[("status", &then)])
            }
            None => self.language.parts(key::TRUTH_BACK_AFTER, &[("status", &then)]),
        };
        Some(parts.into_iter().map(|part| Words { strong: part.hole == Some("status"), text: part.text }).collect())
    }

    /// The same as a sentence of its own, for where the status stands above: `Since 10:42, because …`
    pub fn truth_alone(&self, effective: &Effective) -> String {
        let truth: String = self.truth(effective).into_iter().map(|part| part.text).collect();
        let mut letters = truth.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }

    /// The line of truth: `Away since 10:42, because the screen was locked. Back to Available when you return.`
    pub fn line_of_truth(&self, effective: &Effective) -> String {
        let truth: String = self.truth(effective).into_iter().map(|part| part.text).collect();
        let status = self.shown_label(effective);
        let mut sentences = vec![self.say(key::TRUTH_LINE, &[("status", &status), ("truth", &truth)])];
        if let Some(message) = &effective.message {
            let text = ("text", message.text.as_str());
            sentences.push(match message.until {
                Some(end) => self.say(key::TRUTH_MESSAGE_UNTIL, &[text, ("until", &self.said_time(end.at))]),
                None => self.say(key::TRUTH_MESSAGE, &[text]),
            });
        }
        if let Some(pause) = effective.paused {
            sentences.push(match pause.until {
                Some(end) => self.say(key::TRUTH_PAUSED_UNTIL, &[("until", &self.said_time(end.at))]),
                None => self.say(key::TRUTH_PAUSED, &[]),
            });
        }
        if let Some(until) = effective.snoozed_until {
            sentences.push(self.say(key::TRUTH_SNOOZED, &[("until", &self.said_time(until))]));
        }
        sentences.join(&self.say(key::TRUTH_JOIN, &[]))
    }
}

fn weak(text: String) -> Words {
    Words { text, strong: false }
}
