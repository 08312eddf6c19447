use presence::{By, End, Source};
use protocol::service::{Problem, PublicPresence, Shows};
use protocol::{Activity, HeldAs, Notice, NoticeKind};

use super::*;

const LOST: u64 = 45;
const SUSPECT: u64 = 10;

/// The service's clock so many seconds after ten, which is a hundred seconds after this device's boot.
fn at(seconds: u64) -> Moment {
    let start: Timestamp = "2026-01-05T10:00:00Z".parse().unwrap();
    Moment {
        wall: start + SignedDuration::from_secs(seconds.try_into().unwrap()),
        boot: Duration::from_secs(100 + seconds),
    }
}

fn this() -> DeviceId {
    DeviceId::from("this")
}

fn status(id: &str) -> StatusId {
    presence::Policy::genesys().statuses.iter().find(|status| status.id.as_str() == id).unwrap().id.clone()
}

fn choose(id: &str) -> Change {
    Change::Choose { status: status(id), until: None }
}

/// What the service does, in so far as it matters here.
struct Service {
    policy: Policy,
    state: State,
    closed: Vec<Interval>,
}

impl Service {
    fn new() -> Self {
        let mut service = Self { policy: Policy::genesys(), state: State::default(), closed: Vec::new() };
        service.record(&this(), What::SignedIn, at(0));
        service.record(&this(), What::Knows { idle: true, lock: true, idle_after: None }, at(0));
        service
    }

    fn record(&mut self, device: &DeviceId, what: What, now: Moment) -> Down {
        let seq = self.state.seq() + 1;
        let fact = Fact { seq, at: now.wall, recorded: now.wall, device: device.clone(), what };
        self.closed.extend(self.state.apply(&fact, &self.policy));
        Down::Facts(vec![fact])
    }

    fn snapshot(&self, now: Moment) -> Down {
        let person = Person { name: "ann".to_owned(), label: "Ann".to_owned(), role: Role::Agent, group: None };
        Down::Snapshot(Box::new(Snapshot {
            person,
            device: this(),
            now: now.wall,
            policy: self.policy.clone(),
            state: self.state.clone(),
            recent: self.closed.clone(),
            kept_since: Some(at(0).wall),
            held: Vec::new(),
            people: Vec::new(),
            lease: Lease { ping_seconds: 20, lost_seconds: 45 },
            expires_at: Timestamp::MAX,
            capabilities: Vec::new(),
        }))
    }
}

fn online(service: &Service, now: Moment) -> Replica {
    let mut replica = Replica::new(this(), "Ann".to_owned(), Policy::genesys(), now);
    assert_eq!(replica.hear(service.snapshot(now), now), []);
    replica.advance(now);
    assert!(replica.is_online());
    replica
}

fn write(key: &str, what: Writing) -> Write {
    Write { key: key.to_owned(), what }
}

fn change(key: &str, change: Change, now: Moment) -> Write {
    write(key, Writing::Changes(vec![Stamped { at: now.wall, change }]))
}

fn ask(replica: &mut Replica, key: &str, what: Change, now: Moment) {
    replica.push(change(key, what, now), now);
}

fn shown(replica: &mut Replica, now: Moment) -> (String, Source, Timestamp) {
    replica.advance(now);
    let effective = replica.effective(now.wall);
    (effective.status.as_str().to_owned(), effective.reason.source, effective.since)
}

#[test]
fn before_the_service_was_ever_heard_the_person_is_offline() {
    let mut replica = Replica::new(this(), "Ann".to_owned(), Policy::genesys(), at(0));
    assert_eq!(shown(&mut replica, at(0)).0, "offline");
    assert_eq!(shown(&mut replica, at(1000)).1, Source::SignedOut);
    assert_eq!(replica.person().label, "Ann");
    assert!(replica.snapshot(at(5).wall).is_none());
}

#[test]
fn g02_a_choice_shows_at_once_and_the_services_answer_changes_nothing_of_it() {
    let mut service = Service::new();
    let mut replica = online(&service, at(10));
    ask(&mut replica, "a", choose("busy"), at(20));
    assert_eq!(shown(&mut replica, at(20)), ("busy".to_owned(), Source::Manual, at(20).wall));
    let fact = service.record(&this(), What::Chose { status: status("busy"), until: None, by: By::Person }, at(20));
    assert_eq!(replica.hear(fact, at(21)), []);
    assert_eq!(shown(&mut replica, at(21)), ("busy".to_owned(), Source::Manual, at(20).wall));
    assert_eq!(replica.hear(Down::Done("a".to_owned()), at(21)), [Effect::Settled("a".to_owned())]);
    assert_eq!(replica.pending().count(), 0);
    assert_eq!(shown(&mut replica, at(22)), ("busy".to_owned(), Source::Manual, at(20).wall));
    assert_eq!(*replica.state(), {
        service.state.advance(&service.policy, at(22).wall);
        service.state
    });
}

#[test]
fn a_fact_that_came_back_before_the_answer_does_not_count_twice() {
    let mut service = Service::new();
    service.record(&this(), What::Chose { status: status("meal"), until: None, by: By::Person }, at(5));
    service.record(
        &this(),
        What::Chose { status: status("busy"), until: Some(End { at: at(900).wall, fixed: false }), by: By::Person },
        at(6),
    );
    let mut replica = online(&service, at(10));
    // "Back" ends the timed choice; a second one would end the standing one under it.
    ask(&mut replica, "a", Change::Back, at(20));
    assert_eq!(shown(&mut replica, at(20)).0, "meal");
    let fact = service.record(&this(), What::WentBack, at(20));
    replica.hear(fact, at(20));
    assert_eq!(shown(&mut replica, at(20)).0, "meal");
    replica.hear(Down::Done("a".to_owned()), at(20));
    assert_eq!(shown(&mut replica, at(20)).0, "meal");
}

#[test]
fn f03_what_another_device_does_shows_here() {
    let mut service = Service::new();
    let mut replica = online(&service, at(10));
    let other = DeviceId::from("other");
    for what in [What::SignedIn, What::Chose { status: status("busy"), until: None, by: By::Person }] {
        let fact = service.record(&other, what, at(30));
        assert_eq!(replica.hear(fact, at(30)), []);
    }
    assert_eq!(shown(&mut replica, at(30)).0, "busy");
    let recent = replica.recent(&Span::default());
    assert_eq!(recent.len(), 2);
    assert_eq!(recent[0].end, Some(at(30).wall));
    assert_eq!(recent[1].end, None);
}

#[test]
fn f03_what_one_write_changes_shows_as_one() {
    let (mut service, other) = (Service::new(), DeviceId::from("other"));
    let mut replica = online(&service, at(10));
    let mut one = |seconds, id, text: &str| {
        let message = Some(text.to_owned());
        let whats = [
            What::Chose { status: status(id), until: None, by: By::Person },
            What::MessageSet { text: message, until: None },
        ];
        let recorded = whats.map(|what| match service.record(&other, what, at(seconds)) {
            Down::Facts(facts) => facts,
            other => panic!("{other:?}"),
        });
        Down::Facts(recorded.concat())
    };
    for (seconds, id, text) in [(20, "meeting", "Room 4"), (30, "busy", "Desk")] {
        let said = one(seconds, id, text);
        assert_eq!(replica.hear(said, at(seconds)), []);
        assert_eq!(shown(&mut replica, at(seconds)).0, id);
        assert_eq!(replica.effective(at(seconds).wall).message.unwrap().text, text);
    }
    // What was missed is missed as one, too: nothing of it shows.
    let (_missed, after) = (one(40, "meal", "Out"), one(41, "training", "Course"));
    assert_eq!(replica.hear(after, at(41)), [Effect::Gap]);
    assert_eq!(replica.effective(at(41).wall).message.unwrap().text, "Desk");
}

#[test]
fn a_gap_in_the_log_asks_for_a_new_connection_once() {
    let mut service = Service::new();
    let mut replica = online(&service, at(10));
    let _missed = service.record(&this(), What::WentBack, at(11));
    let after = service.record(&this(), What::Chose { status: status("busy"), until: None, by: By::Person }, at(12));
    assert_eq!(replica.hear(after, at(12)), [Effect::Gap]);
    let more = service.record(&this(), What::WentBack, at(13));
    assert_eq!(replica.hear(more, at(13)), []);
    assert!(!replica.is_online());
    replica.hear(service.snapshot(at(14)), at(14));
    replica.advance(at(14));
    assert_eq!(replica.state().seq(), service.state.seq());
}

#[test]
fn a_fact_that_is_known_already_is_left_out() {
    let mut service = Service::new();
    let fact = service.record(&this(), What::Chose { status: status("busy"), until: None, by: By::Person }, at(5));
    let mut replica = online(&service, at(10));
    assert_eq!(replica.hear(fact, at(10)), []);
    assert_eq!(replica.recent(&Span::default()).len(), 2);
}

#[test]
fn g12_while_the_connection_is_lost_the_person_sees_what_others_see() {
    let service = Service::new();
    let mut replica = online(&service, at(10));
    replica.lost(at(20), false, at(30));
    assert_eq!(shown(&mut replica, at(30)).0, "available");
    assert_eq!(replica.next_change(at(30)), Some(at(20 + LOST).boot));
    assert_eq!(shown(&mut replica, at(20 + LOST - 1)).0, "available");
    let lost = shown(&mut replica, at(20 + LOST));
    assert_eq!((lost.0.as_str(), lost.1), ("offline", Source::Connection));
    assert_eq!(replica.effective(at(70).wall).reason.since, at(20).wall);
    assert_eq!(replica.next_change(at(70)), None);
    // The service decides what comes after.
    let mut service = service;
    service.record(&this(), What::ConnectionLost, at(20));
    service.record(&this(), What::ConnectionRestored, at(75));
    assert_eq!(shown(&mut replica, at(74)).0, "offline");
    replica.hear(service.snapshot(at(75)), at(75));
    assert_eq!(shown(&mut replica, at(75)).0, "available");
    assert_eq!(replica.next_change(at(75)), None);
}

#[test]
fn g12_a_connection_that_was_closed_is_given_up_sooner() {
    let mut replica = online(&Service::new(), at(10));
    replica.lost(at(20), true, at(21));
    assert_eq!(replica.next_change(at(21)), Some(at(21 + SUSPECT).boot));
    // What fails after that changes nothing of it.
    replica.lost(at(25), true, at(29));
    assert_eq!(shown(&mut replica, at(21 + SUSPECT)).0, "offline");
}

#[test]
fn g12_with_another_device_that_is_connected_the_person_is_not_offline() {
    let mut service = Service::new();
    service.record(&DeviceId::from("other"), What::SignedIn, at(1));
    let mut replica = online(&service, at(10));
    replica.lost(at(20), false, at(30));
    assert_eq!(shown(&mut replica, at(500)).0, "available");
}

#[test]
fn a_choice_made_after_the_loss_is_kept_and_changes_neither_what_others_see_nor_since_when() {
    let mut replica = online(&Service::new(), at(10));
    replica.lost(at(20), false, at(30));
    ask(&mut replica, "a", choose("meal"), at(100));
    assert_eq!(replica.asked(), Some(status("meal")));
    let (status, source, since) = shown(&mut replica, at(100));
    assert_eq!((status.as_str(), source, since), ("offline", Source::Connection, at(20).wall));
    let effective = replica.effective(at(100).wall);
    assert_eq!(effective.returns_to.unwrap().as_str(), "meal");
    // One made before shows until the loss does.
    let mut replica = online(&Service::new(), at(10));
    replica.lost(at(20), false, at(30));
    ask(&mut replica, "a", choose("meal"), at(40));
    assert_eq!(shown(&mut replica, at(41)), ("meal".to_owned(), Source::Manual, at(40).wall));
    assert_eq!(shown(&mut replica, at(600)).2, at(40).wall);
}

#[test]
fn what_is_asked_for_is_the_last_choice_that_waits() {
    let mut replica = online(&Service::new(), at(10));
    ask(&mut replica, "a", choose("busy"), at(11));
    assert_eq!(replica.asked(), None);
    replica.lost(at(11), true, at(12));
    assert_eq!(replica.asked(), Some(status("busy")));
    ask(&mut replica, "b", Change::Message { text: None, until: None }, at(13));
    ask(&mut replica, "c", choose("meal"), at(14));
    assert_eq!(replica.asked(), Some(status("meal")));
    ask(&mut replica, "d", Change::Back, at(15));
    assert_eq!(replica.asked(), None);
}

#[test]
fn c12_what_is_sensed_while_the_connection_is_lost_counts_together_with_the_return() {
    let service = Service::new();
    let mut replica = online(&service, at(10));
    replica.lost(at(20), false, at(30));
    let lock = Change::Signal { signal: DeskSignal::Lock, on: true, last_input: None };
    ask(&mut replica, "lock", lock, at(200));
    assert_eq!(shown(&mut replica, at(201)).0, "offline");
    assert_eq!(replica.pending().map(|write| write.key.as_str()).collect::<Vec<_>>(), ["lock"]);
    // The answer to the hello may come before the snapshot that has it in it.
    let mut service = service;
    service.record(&this(), What::ConnectionLost, at(65));
    service.record(&this(), What::ConnectionRestored, at(300));
    service.record(&this(), What::Desk { signal: DeskSignal::Lock, on: true, last_input: None }, at(300));
    assert_eq!(replica.hear(Down::Done("lock".to_owned()), at(300)), []);
    assert_eq!(shown(&mut replica, at(300)).0, "offline");
    // Cut off in between, it is not said again.
    replica.lost(at(300), true, at(300));
    assert_eq!(replica.hear(service.snapshot(at(300)), at(300)), [Effect::Settled("lock".to_owned())]);
    let (status, source, _) = shown(&mut replica, at(300));
    assert_eq!((status.as_str(), source), ("away", Source::Lock));
    assert_eq!(replica.pending().count(), 0);
}

#[test]
fn c04_a_timed_choice_ends_under_a_lost_connection() {
    let mut service = Service::new();
    let until = Some(End { at: at(100).wall, fixed: false });
    service.record(&this(), What::Chose { status: status("meal"), until, by: By::Person }, at(5));
    let mut replica = online(&service, at(10));
    assert_eq!(replica.next_change(at(10)), Some(at(100).boot));
    replica.lost(at(20), false, at(30));
    assert_eq!(replica.next_change(at(30)), Some(at(65).boot));
    assert_eq!(shown(&mut replica, at(70)).0, "offline");
    assert_eq!(replica.next_change(at(70)), Some(at(100).boot));
    assert_eq!(replica.effective(at(101).wall).returns_to.unwrap().as_str(), "available");
}

#[test]
fn a_refusal_takes_the_change_back_and_is_told_once_if_the_person_asked() {
    let mut replica = online(&Service::new(), at(10));
    ask(&mut replica, "a", choose("busy"), at(11));
    ask(&mut replica, "b", Change::Knows { idle: true, lock: false, idle_after: None }, at(11));
    let problem = Problem {
        r#type: "/problems/no".to_owned(),
        title: "No".to_owned(),
        status: 409,
        detail: "There is no such status any more".to_owned(),
    };
    let refused = |key: &str| Down::Refused { key: key.to_owned(), problem: problem.clone() };
    let told = Effect::Refused(problem.detail.clone());
    assert_eq!(replica.hear(refused("a"), at(12)), [Effect::Settled("a".to_owned()), told]);
    assert_eq!(replica.hear(refused("a"), at(12)), []);
    assert_eq!(replica.hear(refused("b"), at(12)), [Effect::Settled("b".to_owned())]);
    assert_eq!(shown(&mut replica, at(12)).0, "available");
}

#[test]
fn f06_a_program_that_died_goes_on_where_it_was() {
    let mut service = Service::new();
    service.record(&this(), What::Chose { status: status("busy"), until: None, by: By::Person }, at(5));
    let mut replica = online(&service, at(10));
    ask(&mut replica, "a", choose("meal"), at(12));
    let saved = replica.snapshot(at(12).wall).unwrap();
    let writes: Vec<_> = replica.pending().cloned().collect();
    let mut again = Replica::restore(saved, writes, false, at(15));
    assert_eq!(shown(&mut again, at(15)), ("meal".to_owned(), Source::Manual, at(12).wall));
    assert!(again.state().session(&this()).unwrap().knows_lock);
    assert_eq!(again.recent(&Span::default()), replica.recent(&Span::default()));
    // Nobody answers: others see that soon, and so does the person.
    assert_eq!(again.next_change(at(15)), Some(at(12 + LOST).boot));
    assert_eq!(shown(&mut again, at(60)).1, Source::Connection);
}

#[test]
fn c10_after_another_boot_the_session_is_over_and_what_was_chosen_in_it_too() {
    let service = Service::new();
    let mut replica = online(&service, at(10));
    replica.lost(at(10), true, at(11));
    ask(&mut replica, "a", choose("busy"), at(12));
    ask(&mut replica, "b", Change::Message { text: Some("back soon".to_owned()), until: None }, at(13));
    let out = Change::Choose { status: status("out_of_office"), until: Some(End { at: at(9999).wall, fixed: true }) };
    ask(&mut replica, "c", out, at(14));
    let saved = replica.snapshot(at(10).wall).unwrap();
    let writes: Vec<_> = replica.pending().cloned().collect();
    let later = Moment { wall: at(4000).wall, boot: Duration::from_secs(3) };
    let mut again = Replica::restore(saved, writes, true, later);
    assert!(again.state().session(&this()).is_none());
    assert_eq!(again.pending().map(|write| write.key.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(shown(&mut again, later).1, Source::SignedOut);
    // What the policy keeps through a sign-in is still to end.
    assert_eq!(again.next_change(later), Some(later.boot + Duration::from_secs(5999)));
}

#[test]
fn c10_what_was_chosen_before_a_quit_that_nobody_heard_is_not_chosen_after_it() {
    let mut replica = online(&Service::new(), at(10));
    replica.lost(at(10), true, at(11));
    ask(&mut replica, "a", choose("busy"), at(12));
    ask(&mut replica, "quit", Change::Quit, at(13));
    assert_eq!(shown(&mut replica, at(13)).1, Source::SignedOut);
    ask(&mut replica, "after", choose("meal"), at(14));
    let saved = replica.snapshot(at(10).wall).unwrap();
    let writes: Vec<_> = replica.pending().cloned().collect();
    let again = Replica::restore(saved, writes, false, at(20));
    assert_eq!(again.pending().map(|write| write.key.as_str()).collect::<Vec<_>>(), ["after"]);
}

#[test]
fn d07_a_clock_that_was_set_moves_what_waits_with_it() {
    let mut service = Service::new();
    let mut replica = online(&service, at(10));
    let until = Some(End { at: at(100).wall, fixed: false });
    service.record(&this(), What::Chose { status: status("meal"), until, by: By::Person }, at(11));
    replica.hear(service.snapshot(at(11)), at(11));
    replica.advance(at(11));
    let set = |now: Moment| Moment { wall: now.wall + SignedDuration::from_hours(1), boot: now.boot };
    let fact = service.record(&this(), What::ClockStepped { by_ms: 3_600_000 }, set(at(20)));
    assert_eq!(replica.hear(fact, set(at(20))), []);
    assert_eq!(shown(&mut replica, set(at(20))).0, "meal");
    assert_eq!(replica.next_change(set(at(20))), Some(at(100).boot));
    assert_eq!(shown(&mut replica, set(at(99))).0, "meal");
    assert_eq!(shown(&mut replica, set(at(100))).0, "available");
}

#[test]
fn corrections_show_at_once_and_stay_when_confirmed() {
    let mut service = Service::new();
    service.record(&this(), What::Chose { status: status("busy"), until: None, by: By::Person }, at(100));
    let mut replica = online(&service, at(200));
    let correct =
        Change::Correct { from: at(50).wall, to: at(100).wall, status: status("meal"), reason: "ate".to_owned() };
    ask(&mut replica, "a", correct.clone(), at(210));
    let laid = replica.recent(&Span::default());
    let statuses = |found: &[Interval]| -> Vec<String> {
        found.iter().map(|one| one.status.as_ref().unwrap().as_str().to_owned()).collect()
    };
    assert_eq!(statuses(&laid), ["available", "meal", "busy"]);
    let fact = service.record(&this(), correct.into(), at(210));
    replica.hear(fact, at(211));
    replica.hear(Down::Done("a".to_owned()), at(211));
    replica.advance(at(211));
    assert_eq!(replica.recent(&Span::default()), laid);
    assert_eq!(statuses(&replica.recent(&Span::since(at(100).wall))), ["busy"]);
    assert_eq!(statuses(&replica.recent(&Span { limit: Some(1), ..Span::default() })), ["available", "meal"]);
    assert_eq!(statuses(&replica.snapshot(at(211).wall).unwrap().recent), ["available", "meal"]);
}

#[test]
fn erased_history_is_gone_here_too() {
    let mut service = Service::new();
    service.record(&this(), What::Chose { status: status("busy"), until: None, by: By::Person }, at(100));
    let mut replica = online(&service, at(200));
    let erased =
        Fact { seq: service.state.seq(), at: at(210).wall, recorded: at(210).wall, device: this(), what: What::Erased };
    assert_eq!(replica.hear(Down::Facts(vec![erased]), at(210)), []);
    replica.advance(at(210));
    assert_eq!(replica.recent(&Span::default()).len(), 1);
    assert_eq!(replica.kept_since(), Some(at(100).wall));
}

fn notice(text: &str) -> Notice {
    Notice { kind: NoticeKind::Chat, from: None, urgent: false, text: text.to_owned(), open: None }
}

fn hold(key: &str, text: &str) -> Write {
    write(key, Writing::Hold(Hold { notice: notice(text), held_as: HeldAs::Held, at: None }))
}

fn item(id: u64, text: &str, told: bool) -> HeldItem {
    HeldItem {
        id,
        at: at(1).wall,
        kind: NoticeKind::Chat,
        from: None,
        text: text.to_owned(),
        urgent: false,
        held_as: HeldAs::Held,
        told,
        open: None,
    }
}

#[test]
fn d09_what_is_held_offline_is_told_of_once() {
    let mut replica = online(&Service::new(), at(10));
    replica.hear(Down::Held(vec![item(4, "one", true), item(6, "two", false)]), at(10));
    replica.lost(at(10), true, at(11));
    replica.push(hold("h", "three"), at(12));
    let untold = |replica: &Replica| -> Vec<String> {
        replica.held().iter().filter(|item| !item.told).map(|item| item.text.clone()).collect()
    };
    assert_eq!(untold(&replica), ["two", "three"]);
    let last = replica.held().last().unwrap().id;
    let told = replica.mark_told(last).unwrap();
    assert_eq!(told.what, Writing::Told(6));
    replica.push(told.clone(), at(13));
    assert!(untold(&replica).is_empty());
    // The service numbers it; it is marked there as well, without a second digest.
    replica.hear(Service::new().snapshot(at(20)), at(20));
    replica.hear(Down::Done("h".to_owned()), at(20));
    replica.hear(Down::Done(told.key), at(20));
    let held = Down::Held(vec![item(4, "one", true), item(6, "two", true), item(7, "three", false)]);
    assert_eq!(replica.hear(held, at(20)), [Effect::Write(Writing::Told(7))]);
    replica.advance(at(20));
    assert!(untold(&replica).is_empty());
    // The same words again are something new.
    replica.hear(Down::Held(vec![item(8, "three", false)]), at(21));
    replica.advance(at(21));
    assert_eq!(untold(&replica), ["three"]);
}

#[test]
fn d09_clearing_drops_what_was_never_sent() {
    let mut replica = online(&Service::new(), at(10));
    replica.hear(Down::Held(vec![item(4, "one", true)]), at(10));
    replica.push(hold("h", "two"), at(12));
    let (write, dropped, count) = replica.clear_held();
    let write = write.unwrap();
    assert_eq!((write.what.clone(), dropped, count), (Writing::ClearHeld(4), vec!["h".to_owned()], 2));
    replica.push(write, at(13));
    assert!(replica.held().is_empty());
}

fn person(name: &str) -> PersonView {
    PersonView {
        name: name.to_owned(),
        label: name.to_owned(),
        group: None,
        presence: PublicPresence {
            status: "busy".to_owned(),
            color: presence::Color::Red,
            glyph: presence::Policy::genesys().statuses[0].glyph,
            since: at(0).wall,
            until: None,
            message: None,
            activity: Activity { on_call: false, interactions: 0 },
        },
        favourite: true,
        tell_when_free: false,
    }
}

#[test]
fn favourites_are_those_whom_the_service_names() {
    let mut replica = online(&Service::new(), at(10));
    let ben = PersonView { favourite: true, ..person("ben") };
    replica.hear(Down::Person(Box::new(ben.clone())), at(11));
    replica.hear(Down::Person(Box::new(PersonView { tell_when_free: true, ..ben.clone() })), at(12));
    assert_eq!(replica.people(), [PersonView { tell_when_free: true, ..ben }]);
    replica.hear(Down::Forget("ben".to_owned()), at(13));
    assert!(replica.people().is_empty());
}

#[test]
fn what_a_favourite_shows_may_be_said_shortly_and_of_a_stranger_is_nothing() {
    let mut replica = online(&Service::new(), at(10));
    let ben = person("ben");
    replica.hear(Down::Person(Box::new(ben.clone())), at(11));
    let message = Some("Back soon".to_owned());
    let meal = Shows {
        name: "ben".to_owned(),
        status: "meal".to_owned(),
        since: at(12).wall,
        until: None,
        message,
        activity: None,
    };
    replica.hear(Down::Shows(Box::new(meal.clone())), at(12));
    replica.hear(Down::Shows(Box::new(Shows { name: "carol".to_owned(), ..meal.clone() })), at(13));
    replica.hear(Down::Shows(Box::new(Shows { status: "levitating".to_owned(), ..meal.clone() })), at(14));
    let presence = meal.in_full(&presence::Policy::genesys()).unwrap();
    assert_eq!((presence.color, presence.message.as_deref()), (presence::Color::Yellow, Some("Back soon")));
    assert_eq!(replica.people(), [PersonView { presence, ..ben }]);
}

#[test]
fn out_of_reach_others_see_what_was_confirmed_and_then_the_loss() {
    let mut service = Service::new();
    service.record(&this(), What::Chose { status: status("meal"), until: None, by: By::Person }, at(5));
    let mut replica = online(&service, at(10));
    assert_eq!(replica.others_see(at(10).wall), None);
    replica.lost(at(20), false, at(30));
    ask(&mut replica, "a", choose("busy"), at(31));
    let mut seen = |seconds| {
        replica.advance(at(seconds));
        let (status, since) = replica.others_see(at(seconds).wall).unwrap();
        (status.as_str().to_owned(), since)
    };
    assert_eq!(seen(20 + LOST - 1), ("meal".to_owned(), at(5).wall));
    // Since it was last heard, as the service has it.
    assert_eq!(seen(20 + LOST), ("offline".to_owned(), at(20).wall));
    assert_eq!(seen(900), ("offline".to_owned(), at(20).wall));
    let silent = Replica::new(this(), "Ann".to_owned(), Policy::genesys(), at(0));
    assert_eq!(silent.others_see(at(0).wall), None, "nothing is known of it");
}

#[test]
fn a_sign_out_from_elsewhere_is_told() {
    let mut replica = online(&Service::new(), at(10));
    let why = "Ann signed this device out".to_owned();
    assert_eq!(replica.hear(Down::SignedOut(why.clone()), at(11)), [Effect::SignedOut(why)]);
}

#[test]
fn d04_a_session_that_began_anew_hears_again_what_this_device_knows() {
    let mut service = Service::new();
    service.record(&this(), What::Desk { signal: DeskSignal::Lock, on: true, last_input: None }, at(5));
    service.record(&this(), What::Call { on: true }, at(6));
    let mut replica = online(&service, at(10));
    // The session goes on: nothing to say.
    assert_eq!(replica.hear(service.snapshot(at(11)), at(11)), []);
    replica.advance(at(11));
    for what in [What::SignedOut, What::SignedIn] {
        service.record(&this(), what, at(20));
    }
    let knows = Stamped { at: at(20).wall, change: Change::Knows { idle: true, lock: true, idle_after: Some(300) } };
    let lock = Change::Signal { signal: DeskSignal::Lock, on: true, last_input: None };
    let lock = Stamped { at: at(5).wall, change: lock };
    let call = Stamped { at: at(6).wall, change: Change::Call { on: true } };
    let again = Effect::Write(Writing::Changes(vec![knows, lock, call]));
    assert_eq!(replica.hear(service.snapshot(at(21)), at(21)), [again]);
}

#[test]
fn writes_without_anything_else_are_taken_up_as_after_another_boot() {
    let mut replica = Replica::new(this(), "Ann".to_owned(), Policy::genesys(), at(0));
    let message = Change::Message { text: Some("back soon".to_owned()), until: None };
    replica.recover(vec![change("a", choose("busy"), at(1)), change("b", message, at(1))], at(2));
    assert_eq!(replica.pending().map(|write| write.key.as_str()).collect::<Vec<_>>(), ["b"]);
}
