//! Asking the person first: what a link asks for, and what a notification would open, waits for their word
//! (docs/decisions/008-links-ask-first.md).

use std::time::Duration;

use presence::Moment;
use protocol::{Intent, Said, target};
use words::key;

use crate::controller::Controller;
use crate::gate::{Notification, NotificationAction, Tag, Urgency};
use crate::hub::Refusal;
use crate::proposal::{Proposal, Wish, cleaned, may_be_proposed, question};
use crate::shell::Shell;

/// How long a question waits for an answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a question that took another's place can't be agreed to: the answer may have been meant for the other one.
const READING_TIME: Duration = Duration::from_millis(500);

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
