//! What this device knows of the person's presence: all that the service confirmed, and what was asked for since.
//!
//! No I/O and no clock. The service's word is the truth; what is on its way to it is laid on top, so that a change
//! shows at once (G02), and so is the loss of the connection once others see it: the person sees what they do.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use presence::{
    Correction, DeskSignal, DeviceId, Effective, Fact, Interval, Moment, Policy, Session, Span, State, StatusId, What,
    corrected,
};
use protocol::service::{Down, Hold, Lease, Person, PersonView, Role, Snapshot, Write, Writing};
use protocol::{Change, HeldItem, Stamped};

use crate::pending::{Pending, new_key, outlive};

/// How far back intervals are kept here; the service has the rest.
const RECENT: SignedDuration = SignedDuration::from_hours(48);

/// What waits to be held at the service has numbers from here on until that gave it one.
const UNNUMBERED: u64 = 1 << 52;

/// How the service is reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Contact {
    /// What it says is heard.
    Online,
    /// It is not.
    Away {
        /// When it was last heard, by its clock.
        heard: Timestamp,
        /// From when on it takes this device to be gone, in time since boot, and by its clock.
        lost: Moment,
        /// Whether it has ended the sign-in, and the session with it.
        signed_out: bool,
    },
}

/// What follows from something that the service said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// A write is done with.
    Settled(String),
    /// It was refused, in words.
    Refused(String),
    /// Somebody awaited is free.
    Free(Box<PersonView>),
    /// Something to write in turn.
    Write(Writing),
    /// Something was missed: connect anew.
    Gap,
    /// The device is signed out: why.
    SignedOut(String),
}

/// This device's copy.
#[derive(Debug)]
pub(crate) struct Replica {
    /// What the service confirmed, kept up to date with each thing it says.
    confirmed: Snapshot,
    /// Whether any of that came from the service, in this run or an earlier one.
    known: bool,
    /// Corrections heard since.
    corrections: Vec<Correction>,
    pending: Vec<Pending>,
    /// How many writes there were in this run.
    places: u64,
    /// Writes that were answered before the snapshot that they are in: the next one, whenever it comes.
    answered: Vec<String>,
    /// The keys of what is held at the service although its answer to them is still on its way.
    numbered: Vec<String>,
    /// What waits to be held and was told of already.
    told: Vec<Hold>,
    contact: Contact,
    view: View,
}

/// The confirmed presence, with everything laid on top of it.
#[derive(Debug, Default)]
struct View {
    stale: bool,
    state: State,
    closed: Vec<Interval>,
    corrections: Vec<Correction>,
    held: Vec<HeldItem>,
    /// Whether others see that the connection is lost.
    lost: bool,
}

impl Replica {
    /// A device that has never heard its service.
    pub(crate) fn new(device: DeviceId, label: String, policy: Policy, now: Moment) -> Self {
        let person = Person { name: String::new(), label, role: Role::Agent, group: None };
        let connection = &policy.connection;
        let lease = Lease { ping_seconds: connection.ping_seconds, lost_seconds: connection.lost_seconds };
        let confirmed = Snapshot {
            person,
            device,
            now: now.wall,
            policy,
            state: State::default(),
            recent: Vec::new(),
            kept_since: None,
            held: Vec::new(),
            people: Vec::new(),
            lease,
            expires_at: Timestamp::MAX,
            capabilities: Vec::new(),
        };
        Self::of(confirmed, false, now)
    }

    /// What an earlier run left behind. After another boot its session is over, though nobody ended it.
    pub(crate) fn restore(mut saved: Snapshot, writes: Vec<Write>, other_boot: bool, now: Moment) -> Self {
        let writes = outlive(writes, other_boot, &saved.policy);
        if other_boot && saved.state.session(&saved.device).is_some() {
            let vanished = Fact {
                seq: saved.state.seq(),
                at: saved.now,
                recorded: saved.now.max(now.wall),
                device: saved.device.clone(),
                what: What::Vanished,
            };
            let closed = saved.state.apply(&vanished, &saved.policy);
            saved.recent.extend(closed);
        }
        let mut replica = Self::of(saved, true, now);
        replica.take_up(writes, now);
        replica
    }

    /// Takes up writes of an earlier run, of which nothing else is left.
    pub(crate) fn recover(&mut self, writes: Vec<Write>, now: Moment) {
        self.take_up(outlive(writes, true, &self.confirmed.policy), now);
    }

    fn take_up(&mut self, writes: Vec<Write>, now: Moment) {
        let heard = self.confirmed.now;
        self.pending =
            writes.into_iter().zip(self.places..).map(|(write, place)| Pending::found(write, heard, place)).collect();
        self.places += self.pending.len() as u64;
        self.view.stale = true;
        self.advance(now);
    }

    fn of(confirmed: Snapshot, known: bool, now: Moment) -> Self {
        // What passed since the last word of the service is only known by the wall clock.
        let heard = confirmed.now.min(now.wall);
        let ends =
            heard.saturating_add(SignedDuration::from_secs(confirmed.lease.lost_seconds.into())).unwrap_or(heard);
        let left = Duration::try_from(ends.duration_since(now.wall)).unwrap_or_default();
        let contact = Contact::Away { heard, lost: Moment { wall: ends, boot: now.boot + left }, signed_out: false };
        let mut replica = Self {
            confirmed,
            known,
            corrections: Vec::new(),
            pending: Vec::new(),
            places: 0,
            answered: Vec::new(),
            numbered: Vec::new(),
            told: Vec::new(),
            contact,
            view: View { stale: true, ..View::default() },
        };
        replica.advance(now);
        replica
    }

    /// What is worth keeping for a start without the service.
    pub(crate) fn snapshot(&self, heard: Timestamp) -> Option<Snapshot> {
        let snapshot = || Snapshot {
            now: heard,
            recent: corrected(self.confirmed.recent.clone(), &self.corrections),
            ..self.confirmed.clone()
        };
        self.known.then(snapshot)
    }

    /// All that waits for an answer, in order.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &Write> {
        self.pending.iter().map(|pending| &pending.write)
    }

    /// Takes up a write; it shows at once.
    pub(crate) fn push(&mut self, write: Write, now: Moment) {
        self.pending.push(Pending::new(write, now.wall, self.places));
        self.places += 1;
        self.view.stale = true;
        self.advance(now);
    }

    /// The connection is lost. `heard`: when the service was last heard. `closed`: one end closed it, so that the
    /// service knows as well.
    pub(crate) fn lost(&mut self, heard: Moment, closed: bool, now: Moment) {
        if matches!(self.contact, Contact::Away { .. }) {
            return;
        }
        let after = |from: Moment, seconds: u32| Moment {
            wall: from.wall.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(from.wall),
            boot: from.boot + Duration::from_secs(seconds.into()),
        };
        let silent = after(heard, self.confirmed.lease.lost_seconds);
        let suspect = after(now, self.confirmed.policy.connection.suspect_seconds);
        let lost = if closed && suspect.boot < silent.boot { suspect } else { silent };
        self.contact = Contact::Away { heard: heard.wall, lost, signed_out: false };
        self.view.stale = true;
        self.advance(now);
    }

    /// The service has ended the sign-in: for everybody else the session is over, at once.
    pub(crate) fn sign_in_ended(&mut self, now: Moment) {
        let (heard, lost) = match self.contact {
            Contact::Away { heard, lost, .. } if lost.boot < now.boot => (heard, lost),
            Contact::Away { heard, .. } => (heard, now),
            Contact::Online => (now.wall, now),
        };
        self.contact = Contact::Away { heard, lost, signed_out: true };
        self.view.stale = true;
        self.advance(now);
    }

    /// Takes in what the service said.
    pub(crate) fn hear(&mut self, said: Down, now: Moment) -> Vec<Effect> {
        let online = self.contact == Contact::Online;
        self.view.stale = true;
        match said {
            Down::Snapshot(snapshot) => return self.take_snapshot(*snapshot),
            Down::Done(key) if online => return self.settle(&key),
            Down::Done(key) => self.answered.push(key),
            Down::Refused { key, problem } => {
                let refused = self.pending.iter().find(|pending| pending.write.key == key);
                let tell = refused.is_some_and(Pending::is_asked).then_some(Effect::Refused(problem.detail));
                return self.settle(&key).into_iter().chain(tell).collect();
            }
            Down::SignedOut(why) => return vec![Effect::SignedOut(why)],
            Down::Free(person) => return vec![Effect::Free(person)],
            // A snapshot is on its way and has all of it.
            _ if !online => {}
            Down::Facts(facts) => return self.take_facts(&facts, now),
            Down::Held(held) => {
                self.take_held(held);
                return self.told_late().into_iter().collect();
            }
            Down::Person(person) => {
                let people = &mut self.confirmed.people;
                match people.iter_mut().find(|known| known.name == person.name) {
                    Some(known) => *known = *person,
                    None => people.push(*person),
                }
            }
            Down::Shows(shows) => {
                let known = self.confirmed.people.iter_mut().find(|known| known.name == shows.name);
                if let Some((known, presence)) = known.zip(shows.in_full(&self.confirmed.policy)) {
                    known.presence = presence;
                }
            }
            Down::Forget(name) => self.confirmed.people.retain(|person| person.name != name),
        }
        Vec::new()
    }

    fn take_snapshot(&mut self, snapshot: Snapshot) -> Vec<Effect> {
        let before = self.view.state.session(&snapshot.device).cloned();
        self.confirmed = snapshot;
        self.known = true;
        self.pending.iter_mut().for_each(|pending| pending.confirmed = 0);
        self.corrections.clear();
        self.contact = Contact::Online;
        let answered = std::mem::take(&mut self.answered);
        let mut effects: Vec<_> = answered.iter().flat_map(|key| self.settle(key)).collect();
        effects.extend(self.told_late());
        effects.extend(before.and_then(|before| self.sensed_before(&before)));
        effects
    }

    /// What this device had said of its user, to be said again in a session that began without it. Nobody senses twice
    /// what has not changed, and a device of which nothing is known is never left (D04).
    fn sensed_before(&self, before: &Session) -> Option<Effect> {
        let view = self.laid_over(false);
        let session = view.state.session(&self.confirmed.device).filter(|session| session.since != before.since)?;
        let Session { knows_idle: idle, knows_lock: lock, idle_after, .. } = *before;
        let knows = (session.knows_idle, session.knows_lock, session.idle_after) != (idle, lock, idle_after);
        let idle_after = Some(idle_after);
        let knows = knows.then_some(Stamped { at: session.since, change: Change::Knows { idle, lock, idle_after } });
        let mut changes: Vec<_> = knows.into_iter().collect();
        for signal in [DeskSignal::Idle, DeskSignal::Lock, DeskSignal::Sleep] {
            if let (Some(edge), None) = (before.edge(signal), session.edge(signal)) {
                let change = Change::Signal { signal, on: true, last_input: edge.last_input };
                changes.push(Stamped { at: edge.at, change });
            }
        }
        if let (Some(call), None) = (before.call(), session.call()) {
            changes.push(Stamped { at: call.at, change: Change::Call { on: true } });
        }
        (!changes.is_empty()).then_some(Effect::Write(Writing::Changes(changes)))
    }

    /// Takes in what was recorded in one. Nobody looks in between: a view is made by `advance`.
    fn take_facts(&mut self, facts: &[Fact], now: Moment) -> Vec<Effect> {
        if facts.iter().all(|fact| self.take_fact(fact, now)) {
            return Vec::new();
        }
        // What still comes by this connection has no place to go.
        self.lost(now, true, now);
        vec![Effect::Gap]
    }

    /// Takes in a fact; whether it follows on what is known.
    fn take_fact(&mut self, fact: &Fact, now: Moment) -> bool {
        let confirmed = &mut self.confirmed;
        if fact.what == What::Erased {
            // It takes the place of the last fact that it erased, so it counts whatever its number is.
            confirmed.recent.clear();
            self.corrections.clear();
            confirmed.state.forget_past();
            confirmed.kept_since = confirmed.state.current_interval().map(|interval| interval.start);
        }
        let seq = confirmed.state.seq();
        if fact.seq <= seq {
            return true;
        }
        if fact.seq != seq + 1 {
            return false;
        }
        // The answer to the write comes after all that came of it; until then none of it may count twice.
        if fact.device == confirmed.device
            && let Some(pending) = self.pending.iter_mut().find(|pending| !pending.is_confirmed())
        {
            pending.confirm(fact);
        }
        let closed = confirmed.state.apply(fact, &confirmed.policy);
        confirmed.recent.extend(closed);
        let oldest = now.wall.saturating_sub(RECENT).unwrap_or(now.wall);
        confirmed.recent.retain(|interval| interval.end.is_none_or(|end| end > oldest));
        if confirmed.kept_since.is_none() {
            confirmed.kept_since = confirmed.state.current_interval().map(|interval| interval.start);
        }
        self.corrections.extend(Correction::of(fact));
        true
    }

    fn settle(&mut self, key: &str) -> Vec<Effect> {
        let before = self.pending.len();
        self.pending.retain(|pending| pending.write.key != key);
        self.numbered.retain(|numbered| numbered != key);
        self.view.stale = true;
        if self.pending.len() == before { Vec::new() } else { vec![Effect::Settled(key.to_owned())] }
    }

    /// What the service holds comes before its answer to the write: in between, one thing is not two.
    fn take_held(&mut self, held: Vec<HeldItem>) {
        let before = self.confirmed.held.iter().map(|item| item.id).max().unwrap_or(0);
        for item in held.iter().filter(|item| item.id > before) {
            let is_it = |pending: &&Pending| {
                let waits = !self.numbered.contains(&pending.write.key);
                waits && matches!(&pending.write.what, Writing::Hold(what) if same(item, what))
            };
            let key = self.pending.iter().find(is_it).map(|pending| pending.write.key.clone());
            self.numbered.extend(key);
        }
        self.confirmed.held = held;
    }

    /// What was told of before the service had given it a number is marked as told once it has one.
    fn told_late(&mut self) -> Option<Effect> {
        let mut last = None;
        for item in self.confirmed.held.iter_mut().filter(|item| !item.told) {
            if let Some(place) = self.told.iter().position(|hold| same(item, hold)) {
                self.told.remove(place);
                item.told = true;
                last = Some(item.id);
            }
        }
        last.map(|id| Effect::Write(Writing::Told(id)))
    }

    /// Runs timers up to now, and lays everything on top anew if anything of it changed.
    pub(crate) fn advance(&mut self, now: Moment) {
        let lost = self.lost_at().is_some_and(|lost| lost.boot <= now.boot);
        if self.view.stale || lost != self.view.lost {
            self.view = self.laid_over(lost);
        }
        let closed = self.view.state.advance(&self.confirmed.policy, now.wall);
        self.view.closed.extend(closed);
    }

    fn laid_over(&self, lost: bool) -> View {
        let Snapshot { policy, device, .. } = &self.confirmed;
        let mut view =
            View { state: self.confirmed.state.clone(), held: self.held_with_pending(), lost, ..View::default() };
        let mut absence = self.absence().filter(|_| lost);
        for pending in &self.pending {
            // Each in its place in time: what was chosen after the loss did not put it off.
            if let Some(absence) = absence.take_if(|absence| absence.recorded <= pending.recorded) {
                view.lay(&Fact { seq: view.state.seq() + 1, ..absence }, policy);
            }
            for fact in pending.facts(view.state.seq(), device) {
                view.lay(&fact, policy);
            }
        }
        if let Some(absence) = absence {
            view.lay(&Fact { seq: view.state.seq() + 1, ..absence }, policy);
        }
        view
    }

    /// The fact that others learn once the service gives this device up.
    fn absence(&self) -> Option<Fact> {
        let Contact::Away { heard, lost, signed_out } = &self.contact else { return None };
        let device = self.confirmed.device.clone();
        let what = if *signed_out { What::SignedOut } else { What::ConnectionLost };
        Some(Fact { seq: 0, at: (*heard).min(lost.wall), recorded: lost.wall, device, what })
    }

    fn lost_at(&self) -> Option<Moment> {
        match self.contact {
            Contact::Away { lost, .. } => Some(lost),
            Contact::Online => None,
        }
    }

    fn held_with_pending(&self) -> Vec<HeldItem> {
        let mut items = self.confirmed.held.clone();
        for pending in &self.pending {
            match &pending.write.what {
                Writing::Hold(_) if self.numbered.contains(&pending.write.key) => {}
                Writing::Hold(hold) => items.push(HeldItem {
                    id: UNNUMBERED + pending.place,
                    at: hold.at.unwrap_or(pending.recorded),
                    kind: hold.notice.kind,
                    from: hold.notice.from.clone(),
                    text: hold.notice.text.clone(),
                    urgent: hold.notice.urgent,
                    held_as: hold.held_as,
                    told: self.told.contains(hold),
                    open: hold.notice.open.clone(),
                }),
                Writing::Told(up_to) => {
                    items.iter_mut().filter(|item| item.id <= *up_to).for_each(|item| item.told = true);
                }
                Writing::ClearHeld(up_to) => items.retain(|item| item.id > *up_to),
                Writing::ForgetHeld(id) => items.retain(|item| item.id != *id),
                Writing::Changes(_) | Writing::Favourite { .. } | Writing::TellWhenFree { .. } => {}
            }
        }
        items
    }

    /// A digest told of what is held up to this number: what to write for that.
    pub(crate) fn mark_told(&mut self, up_to: u64) -> Option<Write> {
        for pending in &self.pending {
            if let Writing::Hold(hold) = &pending.write.what
                && UNNUMBERED + pending.place <= up_to
                && !self.told.contains(hold)
            {
                self.told.push(hold.clone());
            }
        }
        self.view.stale = true;
        let last = self.confirmed.held.iter().filter(|item| item.id <= up_to && !item.told).map(|item| item.id).max();
        last.map(|last| Write { key: new_key(), what: Writing::Told(last) })
    }

    /// Forgets all that is held: what to write for that, what waits and need not be written any more, and how many
    /// items that are.
    pub(crate) fn clear_held(&mut self) -> (Option<Write>, Vec<String>, usize) {
        let count = self.view.held.len();
        let holds = |pending: &Pending| matches!(pending.write.what, Writing::Hold(_));
        let dropped = self.pending.extract_if(.., |pending| holds(pending));
        let dropped = dropped.map(|pending| pending.write.key).collect();
        self.told.clear();
        self.view.stale = true;
        let last = self.confirmed.held.iter().map(|item| item.id).max();
        (last.map(|last| Write { key: new_key(), what: Writing::ClearHeld(last) }), dropped, count)
    }

    /// Forgets one of the held: what to write for that, or what waits and need not be written any more; nothing if it
    /// is not held.
    pub(crate) fn forget_held(&mut self, id: u64) -> Option<Result<Write, String>> {
        let is_it = |pending: &Pending| {
            matches!(pending.write.what, Writing::Hold(_)) && id.checked_sub(UNNUMBERED) == Some(pending.place)
        };
        if let Some(place) = self.pending.iter().position(is_it) {
            self.view.stale = true;
            return Some(Err(self.pending.remove(place).write.key));
        }
        let is_there = self.view.held.iter().any(|item| item.id == id);
        is_there.then(|| Ok(Write { key: new_key(), what: Writing::ForgetHeld(id) }))
    }

    /// The presence as it shows here.
    pub(crate) fn state(&self) -> &State {
        &self.view.state
    }

    pub(crate) fn effective(&self, now: Timestamp) -> Effective {
        self.view.state.effective(&self.confirmed.policy, now)
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.confirmed.policy
    }

    pub(crate) fn person(&self) -> &Person {
        &self.confirmed.person
    }

    pub(crate) fn device(&self) -> &DeviceId {
        &self.confirmed.device
    }

    pub(crate) fn held(&self) -> &[HeldItem] {
        &self.view.held
    }

    pub(crate) fn people(&self) -> &[PersonView] {
        &self.confirmed.people
    }

    pub(crate) fn kept_since(&self) -> Option<Timestamp> {
        self.confirmed.kept_since
    }

    pub(crate) fn is_online(&self) -> bool {
        self.contact == Contact::Online
    }

    /// When the answer can change though nothing is heard, in time since boot.
    pub(crate) fn next_change(&self, now: Moment) -> Option<Duration> {
        let timer = self.view.state.next_change();
        let timer = timer.map(|due| now.boot + Duration::try_from(due.duration_since(now.wall)).unwrap_or_default());
        let lost = self.lost_at().filter(|_| !self.view.lost).map(|lost| lost.boot);
        timer.into_iter().chain(lost).min()
    }

    /// The status that was asked for last and is not confirmed, while the service is out of reach.
    pub(crate) fn asked(&self) -> Option<StatusId> {
        if self.is_online() {
            return None;
        }
        let changes = self.pending.iter().flat_map(Pending::changes);
        changes.fold(None, |asked, stamped| match &stamped.change {
            Change::Choose { status, .. } => Some(status.clone()),
            // What was chosen before is not asked for any more.
            Change::Back | Change::Undo => None,
            _ => asked,
        })
    }

    /// Whether a message that was set is not confirmed, while the service is out of reach.
    pub(crate) fn message_waits(&self) -> bool {
        let changes = self.pending.iter().flat_map(Pending::changes);
        let waits = changes.fold(false, |waits, stamped| match &stamped.change {
            Change::Message { text, .. } => text.is_some(),
            _ => waits,
        });
        waits && !self.is_online()
    }

    /// What others see while the service is out of reach, and from when on: what it confirmed last, and the loss once
    /// it gives this device up. What waits here changes nothing of that.
    pub(crate) fn others_see(&self, now: Timestamp) -> Option<(StatusId, Timestamp)> {
        if !self.known || self.contact == Contact::Online {
            return None;
        }
        let policy = &self.confirmed.policy;
        let mut state = self.confirmed.state.clone();
        if let Some(absence) = self.absence().filter(|_| self.view.lost) {
            state.apply(&Fact { seq: state.seq() + 1, ..absence }, policy);
        }
        state.advance(policy, now);
        let shown = state.effective(policy, now);
        // A status that only the system sets is nobody's detail (G11, G14).
        let own = policy.status(&shown.status).filter(|status| !status.selectable);
        let status = own.map_or_else(|| StatusId::from(shown.primary.as_str()), |status| status.id.clone());
        Some((status, shown.since))
    }

    /// The intervals of a span of the last two days, as corrected.
    pub(crate) fn recent(&self, span: &Span) -> Vec<Interval> {
        let current = self.view.state.current_interval();
        let all = self.confirmed.recent.iter().chain(&self.view.closed).cloned().chain(current);
        let mut found: Vec<_> = all.filter(|interval| span.covers(interval)).collect();
        if let Some(limit) = span.limit.filter(|limit| *limit < found.len())
            && let Some(last) = limit.checked_sub(1).and_then(|last| found[last].end)
        {
            found.retain(|interval| interval.end.is_some_and(|end| end <= last));
        }
        let corrections: Vec<_> = self.corrections.iter().chain(&self.view.corrections).cloned().collect();
        let mut found = corrected(found, &corrections);
        found.retain(|interval| span.covers(interval));
        found
    }
}

impl View {
    fn lay(&mut self, fact: &Fact, policy: &Policy) {
        let closed = self.state.apply(fact, policy);
        self.closed.extend(closed);
        self.corrections.extend(Correction::of(fact));
    }
}

fn same(item: &HeldItem, hold: &Hold) -> bool {
    let notice = &hold.notice;
    (item.kind, &item.from, &item.text, item.held_as) == (notice.kind, &notice.from, &notice.text, hold.held_as)
}

#[cfg(test)]
mod tests;
