//! Proposals: what a link asks for waits for the person's word (docs/decisions/008-links-ask-first.md).

use std::time::Duration;

use jiff::SignedDuration;
use presence::{LONGEST_MESSAGE, one_line};
use protocol::{Intent, Lasts};
use words::key;

use crate::speech::Speech;

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
    pub(crate) readable_at: Duration,
    /// Its notification ran out before it did: the same link may show it again.
    pub(crate) out_of_sight: bool,
}

/// A link never quits, deletes, configures, pauses sensing or shows what is held, whatever the person would say.
pub(crate) fn may_be_proposed(intent: &Intent) -> bool {
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
pub(crate) fn question(intent: &Intent, speech: &Speech<'_>) -> String {
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
pub(crate) fn cleaned(intent: Intent) -> Intent {
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
