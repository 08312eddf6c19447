//! Notices: what wants the person's attention, from the gate to the screen or to what is held.

use std::ops::ControlFlow;

use presence::Moment;
use protocol::{HeldAs, Notice, Outcome, Reply};
use tokio::sync::oneshot;

use crate::controller::{Controller, Ending};
use crate::gate;
use crate::gate::{NotificationAction, RING, Tag, Verdict};
use crate::shell::Shell;

impl<S: Shell> Controller<S> {
    /// Lets a notice through the gate, or keeps it.
    pub(crate) fn pass(
        &mut self,
        notice: Notice,
        reply: Option<oneshot::Sender<Reply>>,
        now: Moment,
    ) -> ControlFlow<Ending> {
        let effective = self.hub.effective(now.wall);
        match gate::judge(&notice, &effective, self.policy(), self.is_locked()) {
            Verdict::Show { missed_if_unanswered } => {
                let language = self.language();
                let rings_until = missed_if_unanswered.then(|| now.boot + RING);
                let notification = self.gate.show(notice, rings_until, reply, language);
                self.shell.notify(notification);
            }
            Verdict::Keep(held_as) => self.keep(&notice, held_as, reply, now),
        }
        ControlFlow::Continue(())
    }

    fn keep(&mut self, notice: &Notice, held_as: HeldAs, reply: Option<oneshot::Sender<Reply>>, now: Moment) {
        let answer = match self.hub.hold(notice, held_as, now) {
            Ok(()) if held_as == HeldAs::Blocked => Reply::Notified(Outcome::Blocked),
            Ok(()) => Reply::Notified(Outcome::Held),
            Err(refusal) => {
                tracing::error!("a notification could not be held: {refusal}");
                Reply::Refused(refusal.0)
            }
        };
        if let Some(reply) = reply {
            // Whoever hung up before the answer needs none.
            let _ = reply.send(answer);
        }
    }

    /// A notification got to the screen, or did not: then it waits, so that it is not lost.
    pub(crate) fn shown(&mut self, tag: Tag, result: &Result<(), String>, now: Moment) {
        self.gate.daemon_fails = result.is_err();
        if let Err(why) = result {
            tracing::warn!("a notification could not be shown: {why}");
        }
        match tag {
            Tag::Digest => {
                let Some(up_to) = self.gate.digest_under_way.take().filter(|_| result.is_ok()) else { return };
                self.gate.told_up_to = up_to;
                if let Err(refusal) = self.hub.mark_told(up_to) {
                    tracing::error!("{refusal}");
                }
            }
            Tag::Notice(id) => {
                let Some(mut showing) = self.gate.showing.remove(&id) else { return };
                let reply = showing.reply.take();
                if result.is_err() {
                    let call = showing.notice.kind == protocol::NoticeKind::Call;
                    let held_as = if call { HeldAs::MissedCall } else { HeldAs::Held };
                    self.keep(&showing.notice, held_as, reply, now);
                    return;
                }
                if let Some(reply) = reply {
                    let _ = reply.send(Reply::Notified(Outcome::Shown));
                }
                self.gate.showing.insert(id, showing);
            }
            Tag::Countdown | Tag::Own | Tag::Held | Tag::Program | Tag::Proposal => {}
        }
    }

    /// A button of a notification was pressed.
    pub(crate) fn pressed(&mut self, tag: Tag, action: NotificationAction, now: Moment) -> ControlFlow<Ending> {
        if let Some(intent) = action.intent() {
            return self.act(intent, None, now);
        }
        let showing = if let Tag::Notice(id) = tag { self.gate.showing.get(&id) } else { None };
        if let Some(target) = showing.and_then(|showing| showing.notice.open.clone()) {
            let asked = self.propose_to_open(&target, now);
            self.answered(None, asked.map(Some));
        }
        ControlFlow::Continue(())
    }

    /// A call that nobody answered is a missed one (G07).
    pub(crate) fn gone(&mut self, tag: Tag, expired: bool, now: Moment) {
        if tag == Tag::Proposal {
            self.proposal_gone(expired);
        }
        let Tag::Notice(id) = tag else { return };
        let Some(showing) = self.gate.showing.remove(&id) else { return };
        if expired && showing.rings_until.is_some() {
            self.keep(&showing.notice, HeldAs::MissedCall, None, now);
        }
    }

    /// Calls that have rung out, whatever the notification daemon's habit: some never say that a time is over.
    pub(crate) fn ring_out(&mut self, now: Moment) {
        let is_over = |showing: &gate::Showing| showing.rings_until.is_some_and(|until| until <= now.boot);
        let over: Vec<u64> =
            self.gate.showing.iter().filter(|(_, showing)| is_over(showing)).map(|(id, _)| *id).collect();
        for id in over {
            let Some(showing) = self.gate.showing.remove(&id) else { continue };
            self.shell.withdraw(Tag::Notice(id));
            self.keep(&showing.notice, HeldAs::MissedCall, showing.reply, now);
        }
    }
}
