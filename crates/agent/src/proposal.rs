//! Proposals: what a link asks for waits for the person's word (docs/decisions/008-links-ask-first.md).

use std::time::Duration;

use jiff::SignedDuration;
use presence::{LONGEST_MESSAGE, one_line};
use protocol::{Intent, Lasts, Said, target};
use signals::clock::Moment;
use words::key;

use crate::gate::{Notification, NotificationAction, Tag, Urgency};
use crate::speech::Speech;
use crate::{Controller, Refusal, Shell};

/// How long a question waits for an answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a question that took another's place can't be agreed to: the answer may have been meant for the other one.
const READING_TIME: Duration = Duration::from_millis(500);

/// How much of a status' label a question shows, in characters. Messages and addresses are shown whole.
const LONGEST_LABEL: usize = 40;

/// What is done once the person agrees.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wish {
    /// What a link asks for.
    Do(Intent),
    /// Opening where a notification came from.
    Open(String),
}

impl Wish {
    /// What would be opened.
    pub(crate) fn target(&self) -> Option<&str> {
        match self {
            Self::Do(_) => None,
            Self::Open(target) => Some(target),
        }
    }
}

/// What a link or a notification asks for.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) wish: Wish,
    pub(crate) question: String,
    /// When it is forgotten, in time since boot.
    pub(crate) until: Duration,
    /// Before this it can't be agreed to, in time since boot.
    readable_at: Duration,
    /// Its notification ran out before it did: the same link may show it again.
    out_of_sight: bool,
}

impl<S: Shell> Controller<S> {
    /// Asks the person, unless the same question waits already. What could not be done now is refused at once.
    pub(crate) fn propose(&mut self, intent: Intent, now: Moment) -> Result<Said, Refusal> {
        if !may_be_proposed(&intent) {
            return Err(self.refusal(key::REFUSAL_LINK_CANT, &[]));
        }
        self.check(&intent, now)?;
        // What is asked about is what will be set.
        let intent = cleaned(intent);
        let said = self.said(now, |speech| question(&intent, speech));
        self.ask_first(Wish::Do(intent), said, "A link asks: ", now)
    }

    /// Asks the person whether to open where a notification came from.
    pub(crate) fn propose_to_open(&mut self, address: &str, now: Moment) -> Result<Said, Refusal> {
        // What was held by an older version, or came from a service, has passed another door.
        let address = target(address).map_err(|why| Refusal::from(why.to_string()))?;
        let said = self.said(now, |speech| speech.say(key::PROPOSAL_ASK_OPEN, &[("target", address)]));
        self.ask_first(Wish::Open(address.to_owned()), said, "", now)
    }

    fn ask_first(&mut self, wish: Wish, mut said: Said, who: &str, now: Moment) -> Result<Said, Refusal> {
        if self.is_locked() {
            return Err(self.refusal(key::REFUSAL_LINK_LOCKED, &[]));
        }
        let before = self.proposal.take_if(|proposal| now.boot < proposal.until);
        let asked = said.words.clone();
        said.line = format!("{who}{} Answer in Halo's window, in the tray or on the notification.", said.line);
        if before.as_ref().is_some_and(|before| before.wish == wish && !before.out_of_sight) {
            self.proposal = before;
            return Ok(said);
        }
        let (title, actions) = match wish {
            Wish::Do(_) => (key::PROPOSAL_TITLE, [NotificationAction::Accept, NotificationAction::Decline]),
            Wish::Open(_) => {
                (key::PROPOSAL_OPEN_TITLE, [NotificationAction::AcceptOpening, NotificationAction::DeclineOpening])
            }
        };
        let readable_at = if before.is_some() { now.boot + READING_TIME } else { now.boot };
        let until = now.boot + PATIENCE;
        self.proposal = Some(Proposal { wish, question: asked.clone(), until, readable_at, out_of_sight: false });
        if !self.shell.has_window() || self.shell.open_window(&mut None).is_err() {
            let language = self.language();
            self.shell.notify(Notification {
                tag: Tag::Proposal,
                summary: language.say(title, &[]),
                body: asked,
                urgency: Urgency::Normal,
                actions: actions.to_vec(),
                expires_ms: u32::try_from(PATIENCE.as_millis()).ok(),
                language,
            });
        }
        Ok(said)
    }

    /// The person's word: what is to be done now, if they agreed.
    pub(crate) fn decide(&mut self, accept: bool, now: Moment) -> Result<Option<Wish>, Refusal> {
        self.forget_proposal(now);
        let Some(proposal) = self.proposal.take() else {
            return Err(self.refusal(key::REFUSAL_LINK_NOTHING, &[]));
        };
        if accept && now.boot < proposal.readable_at {
            self.proposal = Some(proposal);
            return Err(self.refusal(key::REFUSAL_LINK_CHANGED, &[]));
        }
        self.shell.withdraw(Tag::Proposal);
        Ok(accept.then_some(proposal.wish))
    }

    /// Its notification is gone. Closing it by hand is an answer; running out is none.
    pub(crate) fn proposal_gone(&mut self, expired: bool) {
        if expired {
            self.proposal.iter_mut().for_each(|proposal| proposal.out_of_sight = true);
        } else {
            self.proposal = None;
        }
    }

    /// Forgets a question that nobody answered.
    pub(crate) fn forget_proposal(&mut self, now: Moment) {
        if self.proposal.take_if(|proposal| proposal.until <= now.boot).is_some() {
            self.shell.withdraw(Tag::Proposal);
        }
    }
}

/// A link never quits, deletes, configures, pauses sensing or shows what is held, whatever the person would say.
fn may_be_proposed(intent: &Intent) -> bool {
    matches!(
        intent,
        Intent::Set { .. }
            | Intent::Message { text: Some(_), .. }
            | Intent::Back
            | Intent::Undo
            | Intent::Snooze { lasts: Some(_) }
    )
}

/// The question for what may be proposed.
fn question(intent: &Intent, speech: &Speech<'_>) -> String {
    let span = |seconds| speech.duration(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)));
    let quoted = |text: &str| quoted(text, LONGEST_MESSAGE);
    // Without an end, for a span, and until a time.
    let ask = |keys: [words::Key; 3], lasts: Option<Lasts>, name, value: &str| match lasts {
        None => speech.say(keys[0], &[(name, value)]),
        Some(Lasts::For(seconds)) => speech.say(keys[1], &[(name, value), ("span", &span(seconds))]),
        Some(Lasts::Until(at)) => speech.say(keys[2], &[(name, value), ("until", &speech.said_time(at))]),
    };
    match intent {
        Intent::Set { status, lasts, message } => {
            let minutes = speech.policy.status(status).and_then(|entry| entry.minutes);
            let lasts = lasts.or(minutes.map(|minutes| Lasts::For(u64::from(minutes) * 60)));
            let label = self::quoted(&speech.label(status), LONGEST_LABEL);
            let keys = [key::PROPOSAL_ASK_SET, key::PROPOSAL_ASK_SET_SPAN, key::PROPOSAL_ASK_SET_UNTIL];
            let question = ask(keys, lasts, "status", &label);
            match message {
                Some(text) => {
                    let values = [("question", question.as_str()), ("text", &quoted(text))];
                    speech.say(key::PROPOSAL_ASK_WITH_MESSAGE, &values)
                }
                None => question,
            }
        }
        Intent::Message { text, lasts } => {
            let keys = [key::PROPOSAL_ASK_MESSAGE, key::PROPOSAL_ASK_MESSAGE_SPAN, key::PROPOSAL_ASK_MESSAGE_UNTIL];
            ask(keys, *lasts, "text", &quoted(text.as_deref().unwrap_or_default()))
        }
        Intent::Snooze { lasts } => {
            let keys = [key::PROPOSAL_ASK_SNOOZE, key::PROPOSAL_ASK_SNOOZE, key::PROPOSAL_ASK_SNOOZE_UNTIL];
            ask(keys, *lasts, "none", "")
        }
        Intent::Undo => speech.say(key::PROPOSAL_ASK_UNDO, &[]),
        _ => speech.say(key::PROPOSAL_ASK_BACK, &[]),
    }
}

/// With its words as they will be set.
fn cleaned(intent: Intent) -> Intent {
    match intent {
        Intent::Set { status, lasts, message } => {
            Intent::Set { status, lasts, message: message.map(|text| one_line(&text)) }
        }
        Intent::Message { text, lasts } => Intent::Message { text: text.map(|text| one_line(&text)), lasts },
        other => other,
    }
}

/// What somebody else wrote, fit for the middle of a question: one line, and not too long. (The catalogue keeps apart
/// what runs the other way.)
fn quoted(text: &str, most: usize) -> String {
    let line = one_line(text);
    match line.char_indices().nth(most) {
        Some(_) => line.chars().take(most - 1).chain(['…']).collect(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_one_line_and_within_its_quotes() {
        assert_eq!(quoted(" two\nlines\u{7} ", 40), "two lines");
        assert_eq!(quoted("abcdef", 4), "abc…");
        assert_eq!(quoted("abcd", 4), "abcd");
        assert_eq!(quoted("no\u{202e}thing", 40), "nothing");
        assert_eq!(quoted("חזרה \u{2069}ב-14:00", 40), "חזרה ב-14:00");
    }
}
