//! A person's presence, folded from facts. Applying a fact is all that ever changes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::desk::Dismissals;
use crate::timeline::{Interval, Shown};
use crate::{
    Activity, AfterTimed, Choice, Claim, DeskSignal, DeviceId, Edge, End, Fact, Message, Pause, Policy, Session,
    Source, StatusId, Timestamp, Undo, What,
};

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
    pub(crate) timed: Option<Choice>,
    /// The last choice that ended by itself, and when: undo brings it back (C13).
    pub(crate) ended: Option<(Choice, Timestamp)>,
    pub(crate) capacity: Option<Claim>,
    /// A missed or rejected offer, until it is reset (C09).
    pub(crate) incident: Option<Claim>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) activity: Activity,
    pub(crate) message: Option<Message>,
    pub(crate) snooze: Option<End>,
    /// Claims of facts up to this one were dismissed by the person's word (C05).
    pub(crate) dismissed: u64,
    /// Idle edges up to this fact were ended by the end of a call (D05).
    pub(crate) idle_dismissed: u64,
    /// Since when what lies under plan, call and desk has been what it is (C06).
    pub(crate) beneath_since: Option<Timestamp>,
    pub(crate) shown: Option<Shown>,
    /// The instant up to which timers have run.
    pub(crate) as_of: Option<Timestamp>,
    /// The last fact that was applied.
    seq: u64,
}

impl State {
    /// The number of the last fact applied; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The sessions that have not ended.
    pub fn sessions(&self) -> impl Iterator<Item = (&DeviceId, &Session)> {
        self.sessions.iter()
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
        let wanted = self.own_covers.as_ref().is_none_or(|own| own.iter().any(|id| policy.names(id, status)));
        wanted && policy.desk_covers(signal, status, source)
    }

    /// The calls that live devices tell of.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Edge> {
        self.sessions.values().filter(|session| session.counts()).filter_map(Session::call)
    }

    /// What the person is doing, by what was said of it and by what their devices tell.
    pub(crate) fn doing(&self) -> Activity {
        Activity { on_call: self.activity.on_call || self.calls().next().is_some(), ..self.activity }
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
        self.take(fact, policy, now);
        if ran && !self.doing().is_running() {
            self.idle_dismissed = fact.seq;
        }
        if self.beneath(policy).map(|beneath| beneath.key()) != beneath {
            self.beneath_since = Some(now);
        }
        closed.extend(self.reshow(policy, self.as_of.unwrap_or(now)));
        closed
    }

    /// Runs the timers up to `now` and returns the intervals that this closed.
    pub fn advance(&mut self, policy: &Policy, now: Timestamp) -> Vec<Interval> {
        let mut closed = Vec::new();
        while let Some(due) = self.next_change().filter(|due| *due <= now) {
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
        ends.into_iter().flatten().chain(pauses).map(|end| end.at).chain(claims).min()
    }

    pub(crate) fn dismissals(&self) -> Dismissals {
        Dismissals {
            all_until: self.dismissed,
            idle_until: self.idle_dismissed,
            ignore_idle: self.doing().is_running(),
        }
    }

    fn expire(&mut self, policy: &Policy, now: Timestamp) {
        if let Some(choice) = self.timed.take_if(|choice| choice.has_ended(now)) {
            if policy.choices.after_timed == AfterTimed::Default {
                self.standing = None;
            }
            self.ended = Some((choice, now));
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
            session.last_act = Some(now);
        }
        match &fact.what {
            What::SignedIn => self.sign_in(fact, policy, now),
            What::SignedOut => self.end_session(&fact.device, now),
            What::Vanished => {
                self.end_session(&fact.device, now);
                self.vanished = self.sessions.is_empty();
            }
            What::ConnectionLost => {
                if let Some(session) = self.sessions.get_mut(&fact.device) {
                    session.lost.get_or_insert(fact.at);
                }
            }
            What::ConnectionRestored => self.reconnect(&fact.device, policy, now),
            What::DefaultSet { status } => self.own_default.clone_from(status),
            What::CoversSet { statuses } => self.own_covers.clone_from(statuses),
            What::Chose { status, until, by } => {
                self.choose(Choice { status: status.clone(), since: now, until: *until, by: by.clone() });
            }
            What::EndSet { until } => {
                if let Some(choice) = self.timed.take().or(self.standing.take()) {
                    let slot = if until.is_some() { &mut self.timed } else { &mut self.standing };
                    *slot = Some(Choice { until: *until, ..choice });
                    self.ended = None;
                }
            }
            What::WentBack => {
                if self.timed.take().is_none() {
                    self.standing = None;
                }
                self.person_spoke();
            }
            What::Undid => self.undo(policy, now),
            What::Desk { signal, on, last_input } => self.desk(fact, *signal, *on, *last_input),
            What::Call { on } => {
                if let Some(session) = self.sessions.get_mut(&fact.device) {
                    session.call = on.then_some(Edge { seq: fact.seq, at: fact.at, last_input: None });
                }
            }
            What::Knows { idle, lock } => {
                if let Some(session) = self.sessions.get_mut(&fact.device) {
                    session.knows_idle = *idle;
                    session.knows_lock = *lock;
                }
            }
            What::Paused { until } => {
                if let Some(session) = self.sessions.get_mut(&fact.device) {
                    session.paused = Some(Pause { until: *until });
                    session.edges = [None, None, None];
                    session.call = None;
                }
            }
            What::Resumed => {
                if let Some(session) = self.sessions.get_mut(&fact.device) {
                    session.paused = None;
                }
            }
            What::Activity(activity) => self.activity = *activity,
            What::Capacity { used, total, sessions } => self.count_work(fact, policy, [*used, *total, *sessions], now),
            What::OfferMissed => {
                let status = policy.work.as_ref().and_then(|work| work.missed.clone());
                self.incident = status.map(|status| claim(fact, Source::Missed, status, now)).or(self.incident.take());
            }
            What::OfferRejected => {
                let status = policy.work.as_ref().and_then(|work| work.rejected.clone());
                self.incident =
                    status.map(|status| claim(fact, Source::Rejected, status, now)).or(self.incident.take());
            }
            What::WorkReset => self.incident = None,
            What::ClaimBegan { source, status, until, detail } => {
                let mut claim = claim(fact, *source, status.clone(), now);
                claim.until = *until;
                claim.detail.clone_from(detail);
                self.claims.push(claim);
            }
            What::ClaimEnded { id } => self.claims.retain(|claim| claim.id != *id),
            What::MessageSet { text, until } => {
                self.message = text.clone().map(|text| Message { text, until: *until });
            }
            What::Snoozed { until } => self.snooze = *until,
            What::ClockStepped { by_ms } => self.shift(*by_ms),
            // Word on the past, and a mark of where it went: neither changes what holds.
            What::Corrected { .. } | What::Erased => {}
        }
    }

    fn sign_in(&mut self, fact: &Fact, policy: &Policy, now: Timestamp) {
        let first = self.sessions.is_empty();
        self.sessions.entry(fact.device.clone()).or_insert_with(|| Session::new(now));
        if first {
            self.signed_in = Some(now);
            self.signed_out = None;
            self.vanished = false;
            self.start_anew(policy, now);
        }
    }

    /// What a sign-in, or a connection that was gone for too long, leaves of the choices (G01, G12, C11).
    fn start_anew(&mut self, policy: &Policy, now: Timestamp) {
        let kept = |choice: &Choice| policy.sign_in.keeps.contains(&choice.status) && choice.until.is_some();
        let dropped_timed = self.timed.take_if(|choice| !kept(choice));
        let dropped = dropped_timed.or(self.standing.take());
        if let Some(choice) = dropped {
            self.ended = Some((choice, now));
        }
    }

    fn end_session(&mut self, device: &DeviceId, at: Timestamp) {
        self.sessions.remove(device);
        if self.sessions.is_empty() {
            self.signed_out = Some(at);
            self.activity = Activity::default();
        }
    }

    fn reconnect(&mut self, device: &DeviceId, policy: &Policy, now: Timestamp) {
        let all_lost_since = self.all_lost_since();
        let Some(session) = self.sessions.get_mut(device) else { return };
        session.lost = None;
        let grace = jiff::SignedDuration::from_secs(policy.connection.grace_seconds.into());
        let too_long = all_lost_since.is_some_and(|lost| now.duration_since(lost) > grace);
        if too_long && policy.connection.after_grace == AfterTimed::Default {
            self.signed_in = Some(now);
            self.start_anew(policy, now);
        }
    }

    fn choose(&mut self, choice: Choice) {
        if choice.until.is_some() {
            self.timed = Some(choice);
        } else {
            self.timed = None;
            self.standing = Some(choice);
        }
        self.incident = None;
        self.person_spoke();
    }

    /// The person's word dismisses every plan, call and desk claim until a new edge (C05).
    fn person_spoke(&mut self) {
        self.dismissed = self.seq;
        self.ended = None;
    }

    fn undo(&mut self, policy: &Policy, now: Timestamp) {
        match self.undo_target(policy) {
            Ok(Undo::Restore(choice)) => {
                self.choose(Choice { since: now, until: None, ..choice });
            }
            Ok(Undo::Dismiss { source: Source::Missed | Source::Rejected, .. }) => self.incident = None,
            Ok(Undo::Dismiss { source: Source::Capacity, .. }) => self.capacity = None,
            Ok(Undo::Dismiss { .. }) => self.dismissed = self.seq,
            Err(_) => {}
        }
    }

    fn desk(&mut self, fact: &Fact, signal: DeskSignal, on: bool, last_input: Option<Timestamp>) {
        let Some(session) = self.sessions.get_mut(&fact.device) else { return };
        let edge = &mut session.edges[signal as usize];
        *edge = on.then_some(Edge { seq: fact.seq, at: fact.at, last_input });
    }

    fn count_work(&mut self, fact: &Fact, policy: &Policy, [used, total, sessions]: [u32; 3], now: Timestamp) {
        let Some(work) = &policy.work else { return };
        let status = match () {
            () if sessions >= work.sessions || (total > 0 && used >= total) => &work.full,
            () if used > 0 => &work.partly,
            () => &work.unused,
        };
        let mut counted = claim(fact, Source::Capacity, status.clone(), now);
        counted.detail = Some(format!("{used} of {total} in use"));
        self.capacity = Some(counted);
        self.incident = None;
        let yields = |choice: &Choice| policy.choices.yields_to_work.contains(&choice.status);
        if self.choice().is_some_and(yields) {
            self.ended = self.timed.take().or(self.standing.take()).map(|choice| (choice, now));
        }
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
        let marks = [&mut self.signed_in, &mut self.signed_out, &mut self.beneath_since, &mut self.as_of];
        marks.into_iter().flatten().for_each(shift);
        if let Some(shown) = &mut self.shown {
            shift(&mut shown.start);
            shift(&mut shown.since);
        }
    }
}

fn before(at: Timestamp, by_ms: i64) -> Timestamp {
    at.saturating_sub(jiff::SignedDuration::from_millis(by_ms)).unwrap_or(at)
}

fn claim(fact: &Fact, source: Source, status: StatusId, since: Timestamp) -> Claim {
    Claim { id: fact.seq, source, status, since, until: None, detail: None }
}
