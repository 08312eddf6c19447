//! A person's presence, folded from facts. Applying a fact is all that ever changes it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::beside::{Activity, Message};
use crate::choice::Choice;
use crate::claim::{Claim, Source};
use crate::desk::{DeskSignal, Edge};
use crate::end::End;
use crate::fact::{DeviceId, Fact, What};
use crate::interval::{Interval, Shown};
use crate::policy::{AfterTimed, Policy};
use crate::said::{Said, said_at};
use crate::session::{Circumstances, Session};
use crate::status::StatusId;

/// Everything that decides a person's status now. A projection: it can be dropped and folded again from the log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) sessions: BTreeMap<DeviceId, Session>,
    pub(crate) signed_in: Option<Timestamp>,
    pub(crate) signed_out: Option<Timestamp>,
    /// The last session ended without a word: what the person did since is unknown (C10).
    pub(crate) vanished: bool,
    pub(crate) own_default: Option<StatusId>,
    /// What leaving the desk may cover at most, by the person's wish (C02).
    #[serde(default)]
    pub(crate) own_covers: Option<Vec<StatusId>>,
    pub(crate) standing: Option<Choice>,
    /// What lies over the standing choice: a timed one, also after its end was taken away (C15).
    pub(crate) timed: Option<Choice>,
    #[serde(default)]
    pub(crate) said: Said,
    /// The last choice that ended by itself, and when: undo brings it back (C13).
    pub(crate) ended: Option<(Choice, Timestamp)>,
    pub(crate) capacity: Option<Claim>,
    /// Units of work in use when they were last counted.
    #[serde(default)]
    pub(crate) in_hand: u32,
    /// An item came in while as many sessions were open as may be, and none has been closed since (O03).
    #[serde(default)]
    pub(crate) turned_away: bool,
    /// A missed or rejected offer, until it is reset (C09).
    pub(crate) incident: Option<Claim>,
    pub(crate) claims: Vec<Claim>,
    /// What devices, and others who write for the person, told of it.
    #[serde(default)]
    pub(crate) activities: BTreeMap<DeviceId, Activity>,
    pub(crate) message: Option<Message>,
    pub(crate) snooze: Option<End>,
    /// Claims of facts up to this one were dismissed by the person's word (C05).
    pub(crate) dismissed: u64,
    /// When that word was said. What began later it did not dismiss, and of the desk it dismisses nothing for longer
    /// than an idle time (C17).
    #[serde(default)]
    pub(crate) dismissed_at: Option<Timestamp>,
    /// When the last call or interaction ended: idleness counts from there (C16).
    #[serde(default)]
    pub(crate) busy_until: Option<Timestamp>,
    /// When the last device that was in use ceased to tell: until then the person was at it.
    #[serde(default)]
    pub(crate) here_until: Option<Timestamp>,
    /// When the last session that was connected ended: until then the person was there, whatever device was lost before.
    #[serde(default)]
    pub(crate) connected_until: Option<Timestamp>,
    /// Since when what lies under plan, call and desk has been what it is (C06).
    pub(crate) beneath_since: Option<Timestamp>,
    pub(crate) shown: Option<Shown>,
    /// The instant up to which timers have run.
    pub(crate) as_of: Option<Timestamp>,
    /// The policy in force, by its digest, once the log has said so (C22).
    #[serde(default)]
    pub(crate) policy: Option<String>,
    /// The last fact that was applied.
    pub(crate) seq: u64,
}

/// Raise it when [`State::apply`] comes to something else for the same facts: what was folded by another one, and is kept
/// or travels, is folded anew.
pub const FOLD_VERSION: u32 = 3;

impl State {
    /// The number of the last fact applied; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The sessions that have not ended.
    pub fn sessions(&self) -> impl Iterator<Item = (&DeviceId, &Session)> {
        self.sessions.iter()
    }

    /// How many claims hold that other systems made: calls, meetings, shifts.
    pub fn claim_count(&self) -> usize {
        self.claims.len()
    }

    /// The session of one device.
    pub fn session(&self, device: &DeviceId) -> Option<&Session> {
        self.sessions.get(device)
    }

    /// The person's own status after signing in, if they set one.
    pub fn own_default(&self) -> Option<&StatusId> {
        self.own_default.as_ref()
    }

    /// What leaving the desk may cover at most, if the person narrowed it (C02).
    pub fn own_covers(&self) -> Option<&[StatusId]> {
        self.own_covers.as_deref()
    }

    /// Whether a desk signal may cover a status that comes from `source`: the policy lists it, and the person, if they
    /// narrowed that list, left it in (C02).
    pub fn desk_covers(&self, policy: &Policy, signal: DeskSignal, status: &StatusId, source: Source) -> bool {
        let wanted = self.own_covers.as_ref().is_none_or(|own| policy.lists(own, status));
        wanted && policy.desk_covers(signal, status, source)
    }

    /// The calls that live devices tell of.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Edge> {
        self.sessions.values().filter(|session| session.counts()).filter_map(Session::call)
    }

    /// What the person is doing, by what was said of it and by what their devices tell.
    pub(crate) fn doing(&self) -> Activity {
        // What a device told goes with it; who has no session here, such as an exchange's, tells until told otherwise.
        let lives = |device: &DeviceId| self.sessions.get(device).is_none_or(|session| session.lost.is_none());
        let told = self.activities.iter().filter(|(device, _)| lives(device)).map(|(_, activity)| activity);
        let started = Activity { on_call: self.calls().next().is_some(), interactions: 0 };
        told.fold(started, |sum, one| Activity {
            on_call: sum.on_call || one.on_call,
            interactions: sum.interactions.saturating_add(one.interactions),
        })
    }

    /// The policy in force, by its digest; `None` before the log has told of any (C22).
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// The choice that a "back" would end.
    pub fn choice(&self) -> Option<&Choice> {
        self.timed.as_ref().or(self.standing.as_ref())
    }

    /// Runs the timers up to the fact, applies it, and returns the intervals that this closed.
    ///
    /// A fact that was recorded before the last one (a clock that was set back unseen) counts as recorded with it.
    pub fn apply(&mut self, fact: &Fact, policy: &Policy) -> Vec<Interval> {
        let reached = match fact.what {
            // In the clock of before: what passes in between is nobody's time.
            What::ClockStepped { by_ms } => before(fact.recorded, by_ms),
            // Nothing that would have happened after the last proof of life is known to have happened.
            What::Vanished => fact.at,
            _ => fact.recorded,
        };
        let mut closed = self.advance(policy, reached);
        let now = self.as_of.map_or(reached, |as_of| as_of.max(reached));
        self.seq = fact.seq;
        let beneath = self.beneath(policy).map(|beneath| beneath.key());
        let ran = self.doing().is_running();
        let was_here = self.is_here(&fact.device);
        self.take(fact, policy, now);
        let happened = fact.at.min(now);
        if ran && !self.doing().is_running() {
            self.busy_until = self.busy_until.max(Some(happened));
        }
        if was_here && !self.tells(&fact.device) {
            self.here_until = self.here_until.max(Some(happened));
        }
        // Signed out, there is nothing beneath; what was there until then is what went.
        let later = self.beneath(policy).map(|beneath| beneath.key());
        if later.is_some() && later != beneath {
            self.beneath_since = Some(now);
        }
        closed.extend(self.reshow(policy, self.as_of.unwrap_or(now)));
        closed
    }

    /// Runs the timers up to `now` and returns the intervals that this closed.
    pub fn advance(&mut self, policy: &Policy, now: Timestamp) -> Vec<Interval> {
        let mut closed = Vec::new();
        while let Some(due) = self.next_change().filter(|due| *due <= now) {
            // What was told late may have ended before that: it ends now, and the past stays as it was seen.
            let due = self.as_of.map_or(due, |as_of| as_of.max(due));
            self.as_of = Some(due);
            let beneath = self.beneath(policy).map(|beneath| beneath.key());
            self.expire(policy, due);
            if self.beneath(policy).map(|beneath| beneath.key()) != beneath {
                self.beneath_since = Some(due);
            }
            closed.extend(self.reshow(policy, due));
        }
        if self.as_of.is_none_or(|as_of| as_of < now) {
            self.as_of = Some(now);
        }
        closed
    }

    /// The next instant at which the answer can change without a new fact.
    pub fn next_change(&self) -> Option<Timestamp> {
        let ends = [
            self.timed.as_ref().and_then(|choice| choice.until),
            self.message.as_ref().and_then(|message| message.until),
            self.snooze,
        ];
        let pauses = self.sessions.values().filter_map(|session| session.paused.and_then(|pause| pause.until));
        let claims = self.claims.iter().filter_map(|claim| claim.until);
        let circumstances = self.circumstances();
        let desk = self.sessions.values().flat_map(|session| session.next_changes(circumstances));
        ends.into_iter().flatten().chain(pauses).map(|end| end.at).chain(claims).chain(desk).min()
    }

    pub(crate) fn circumstances(&self) -> Circumstances {
        Circumstances {
            now: self.as_of.unwrap_or(Timestamp::UNIX_EPOCH),
            dismissed: self.dismissed,
            dismissed_at: self.dismissed_at,
            busy: self.doing().is_running(),
            busy_until: self.busy_until,
        }
    }

    /// Whether the person's last word dismissed what a fact began (C05, C21).
    pub(crate) fn is_dismissed(&self, seq: u64, since: Timestamp) -> bool {
        self.circumstances().dismisses(seq, since)
    }

    /// Whether a device tells of somebody at it.
    fn is_here(&self, device: &DeviceId) -> bool {
        let circumstances = self.circumstances();
        self.tells(device) && self.sessions.get(device).is_some_and(|session| !session.is_left(circumstances))
    }

    /// Whether what a device knows of its user counts.
    fn tells(&self, device: &DeviceId) -> bool {
        self.sessions.get(device).is_some_and(|session| session.counts() && session.knows())
    }

    /// Takes the timed choice away. Whoever chose for a while what stood there already gave that an end: it goes, too.
    pub(crate) fn lift_timed(&mut self) -> Option<Choice> {
        let choice = self.timed.take()?;
        self.standing.take_if(|standing| standing.status == choice.status);
        Some(choice)
    }

    /// Ends the timed choice.
    pub(crate) fn end_timed(&mut self, policy: &Policy, now: Timestamp) {
        let Some(choice) = self.lift_timed() else { return };
        if policy.choices.after_timed == AfterTimed::Default {
            self.standing = None;
        }
        self.ended = Some((choice, now));
    }

    fn expire(&mut self, policy: &Policy, now: Timestamp) {
        if self.timed.as_ref().is_some_and(|choice| choice.has_ended(now)) {
            self.end_timed(policy, now);
        }
        self.message.take_if(|message| message.until.is_some_and(|end| end.at <= now));
        self.snooze.take_if(|end| end.at <= now);
        self.claims.retain(|claim| claim.until.is_none_or(|until| until > now));
        for session in self.sessions.values_mut() {
            session.paused.take_if(|pause| pause.until.is_some_and(|end| end.at <= now));
        }
    }

    fn take(&mut self, fact: &Fact, policy: &Policy, now: Timestamp) {
        if fact.what.is_act()
            && let Some(session) = self.sessions.get_mut(&fact.device)
        {
            session.last_act = session.last_act.max(Some(said_at(fact, now)));
        }
        match &fact.what {
            What::SignedIn => self.sign_in(fact, policy, now),
            What::SignedOut => {
                // Whoever quits the last device that is there has signed out, whatever became of others before.
                if self.sessions.get(&fact.device).is_some_and(|session| session.lost.is_none()) {
                    self.signed_out = Some(now);
                }
                self.end_session(&fact.device, now);
            }
            What::Vanished => {
                self.end_session(&fact.device, now);
                // Devices that were lost before tell nothing of what came after.
                self.vanished = self.sessions.values().all(|session| session.lost.is_some());
            }
            What::ConnectionRestored => self.reconnect(&fact.device, policy, now),
            What::ConnectionLost
            | What::Desk { .. }
            | What::Call { .. }
            | What::Knows { .. }
            | What::Paused { .. }
            | What::Resumed => {
                if let Some(session) = self.sessions.get_mut(&fact.device) {
                    session.take(fact, policy);
                }
            }
            What::Activity(activity) if *activity == Activity::default() => drop(self.activities.remove(&fact.device)),
            What::Activity(activity) => drop(self.activities.insert(fact.device.clone(), *activity)),
            What::DefaultSet { .. }
            | What::CoversSet { .. }
            | What::Chose { .. }
            | What::EndSet { .. }
            | What::WentBack
            | What::Undid
            | What::MessageSet { .. }
            | What::Snoozed { .. } => self.hear(fact, policy, now),
            What::Capacity { .. } | What::OfferMissed | What::OfferRejected => self.work(fact, policy, now),
            What::WorkReset => self.incident = None,
            What::ClaimBegan { source, status, until, detail } => {
                if until.is_none_or(|until| until > now) {
                    let (status, detail) = (status.clone(), detail.clone());
                    self.claims.push(Claim {
                        id: fact.seq,
                        source: *source,
                        status,
                        since: now,
                        until: *until,
                        detail,
                    });
                }
            }
            What::ClaimEnded { id } => self.claims.retain(|claim| claim.id != *id),
            What::ClockStepped { by_ms } => self.shift(*by_ms),
            What::PolicyTaken { digest } => self.policy = Some(digest.clone()),
            // Word on the past, and a mark of where it went: neither changes what holds. What a newer version knows of is
            // its to judge.
            What::Corrected { .. } | What::Erased | What::Unknown(_) => {}
        }
    }

    fn sign_in(&mut self, fact: &Fact, policy: &Policy, now: Timestamp) {
        // A device that died and never came back keeps nothing alive for longer than the grace.
        let first = self.vanished || self.is_signed_out() || self.is_gone_too_long(policy, now);
        self.sessions.entry(fact.device.clone()).or_insert_with(|| Session::new(now, policy.desk.idle_seconds));
        if first {
            self.signed_in = Some(now);
            self.signed_out = None;
            self.vanished = false;
            self.start_anew(policy, now);
        }
    }

    /// What a sign-in, or a connection that was gone for too long, leaves of the choices (G01, G12, C11).
    fn start_anew(&mut self, policy: &Policy, now: Timestamp) {
        self.forget_past_work();
        let kept = |choice: &Choice| policy.lists(&policy.sign_in.keeps, &choice.status) && choice.until.is_some();
        let dropped_timed = self.timed.take_if(|choice| !kept(choice));
        let dropped = dropped_timed.or(self.standing.take());
        if let Some(choice) = dropped {
            self.ended = Some((choice, now));
        }
    }

    fn end_session(&mut self, device: &DeviceId, at: Timestamp) {
        if self.sessions.remove(device).is_some_and(|session| session.lost.is_none()) {
            self.connected_until = Some(at);
        }
        self.activities.remove(device);
        if self.sessions.is_empty() {
            self.signed_out = Some(at);
            self.activities.clear();
        }
    }

    fn reconnect(&mut self, device: &DeviceId, policy: &Policy, now: Timestamp) {
        let gone_too_long = self.is_gone_too_long(policy, now);
        let Some(session) = self.sessions.get_mut(device) else { return };
        session.lost = None;
        self.signed_out = None;
        self.vanished = false;
        if gone_too_long {
            self.signed_in = Some(now);
            self.start_anew(policy, now);
        }
    }

    /// Whether no device has had a connection for longer than the policy bears (G12).
    fn is_gone_too_long(&self, policy: &Policy, now: Timestamp) -> bool {
        let grace = jiff::SignedDuration::from_secs(policy.connection.grace_seconds.into());
        let gone = self.all_lost_since().is_some_and(|lost| now.duration_since(lost) > grace);
        gone && policy.connection.after_grace == AfterTimed::Default
    }

    /// Whether nobody is signed in: no session is left, or only such as were lost before the last one was quit.
    pub(crate) fn is_signed_out(&self) -> bool {
        let before =
            |out: Timestamp| self.sessions.values().all(|session| session.lost.is_some_and(|lost| lost <= out));
        self.sessions.is_empty() || self.signed_out.is_some_and(before)
    }

    /// Moves everything that still runs with a clock that was set, so that no duration changes (D07).
    fn shift(&mut self, by_ms: i64) {
        let by = jiff::SignedDuration::from_millis(by_ms);
        let shift = |at: &mut Timestamp| *at = at.saturating_add(by).unwrap_or(*at);
        let shift_end = |end: &mut End| {
            if !end.fixed {
                shift(&mut end.at);
            }
        };
        for session in self.sessions.values_mut() {
            shift(&mut session.since);
            session.lost.iter_mut().chain(&mut session.last_act).for_each(shift);
            session.paused.iter_mut().filter_map(|pause| pause.until.as_mut()).for_each(shift_end);
            for edge in session.edges.iter_mut().chain([&mut session.call]).flatten() {
                shift(&mut edge.at);
                edge.last_input.iter_mut().for_each(shift);
            }
        }
        for choice in self.timed.iter_mut().chain(&mut self.standing) {
            shift(&mut choice.since);
            choice.until.iter_mut().for_each(shift_end);
        }
        self.ended.iter_mut().for_each(|(_, at)| shift(at));
        let claims = self.claims.iter_mut().chain(&mut self.capacity).chain(&mut self.incident);
        claims.for_each(|claim| shift(&mut claim.since));
        self.message.iter_mut().filter_map(|message| message.until.as_mut()).for_each(shift_end);
        self.snooze.iter_mut().for_each(shift_end);
        let marks = [
            &mut self.signed_in,
            &mut self.signed_out,
            &mut self.beneath_since,
            &mut self.dismissed_at,
            &mut self.busy_until,
            &mut self.here_until,
            &mut self.connected_until,
            &mut self.as_of,
        ];
        marks.into_iter().flatten().chain(self.said.marks()).for_each(shift);
        if let Some(shown) = &mut self.shown {
            shift(&mut shown.start);
            shift(&mut shown.since);
            shown.seen.iter_mut().for_each(|(_, since)| shift(since));
        }
    }
}

fn before(at: Timestamp, by_ms: i64) -> Timestamp {
    at.saturating_sub(jiff::SignedDuration::from_millis(by_ms)).unwrap_or(at)
}
