//! Laws that hold for any sequence of facts, early and late, under each policy.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use presence::{
    Activity, By, DeskSignal, DeviceId, End, Fact, Policy, Source, State, StatusId, Timestamp, What, corrected,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{Day, at, secondaries};

fn seconds(range: std::ops::Range<i64>) -> impl Strategy<Value = SignedDuration> {
    range.prop_map(SignedDuration::from_secs)
}

fn policy() -> impl Strategy<Value = Policy> {
    select(vec![Policy::genesys(), Day::omnichannel().policy, Day::contact_pro_like().policy, secondaries()])
}

/// One that a person may choose.
fn status(policy: &Policy) -> impl Strategy<Value = StatusId> + use<> {
    select(policy.selectable().map(|status| status.id.clone()).collect::<Vec<_>>())
}

/// What a person may narrow auto-away to, or nothing of the kind.
fn covers(policy: &Policy) -> impl Strategy<Value = Option<Vec<StatusId>>> + use<> {
    let coverable: Vec<_> = policy.desk_coverable().map(|status| status.id.clone()).collect();
    let some = subsequence(coverable.clone(), 0..=coverable.len());
    prop::option::of(some)
}

fn who() -> impl Strategy<Value = By> {
    let supervisor = By::Supervisor { name: "Sue".to_owned(), reason: "needed".to_owned() };
    prop_oneof![4 => Just(By::Person), 1 => Just(supervisor)]
}

fn source() -> impl Strategy<Value = Source> {
    select(vec![Source::Call, Source::Calendar, Source::Schedule, Source::External])
}

/// What happened, once it is known when.
#[derive(Clone)]
struct Happening(Arc<dyn Fn(Timestamp) -> What>);

impl Happening {
    fn new(what: impl Fn(Timestamp) -> What + 'static) -> Self {
        Self(Arc::new(what))
    }
}

impl fmt::Debug for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(at("08:00")).fmt(f)
    }
}

fn always(what: impl Strategy<Value = What>) -> impl Strategy<Value = Happening> {
    what.prop_map(|what| Happening::new(move |_| what.clone()))
}

/// Something with an end that lies ahead, or without one.
fn ending(make: impl Fn(Option<End>) -> What + Clone + 'static) -> impl Strategy<Value = Happening> {
    (prop::option::of(seconds(1..7200)), any::<bool>()).prop_map(move |(lasts, fixed)| {
        let make = make.clone();
        Happening::new(move |at| make(lasts.map(|lasts| End { at: at + lasts, fixed })))
    })
}

/// Every kind of fact but a step of the clock.
fn happening(policy: &Policy) -> impl Strategy<Value = Happening> + use<> {
    let signal = select(vec![DeskSignal::Idle, DeskSignal::Lock, DeskSignal::Sleep]);
    let desk = (signal, any::<bool>(), prop::option::of(seconds(0..900))).prop_map(|(signal, on, before)| {
        let what = move |at: Timestamp| What::Desk { signal, on, last_input: before.map(|before| at - before) };
        Happening::new(what)
    });
    let chose = (status(policy), who()).prop_flat_map(|(status, by)| {
        ending(move |until| What::Chose { status: status.clone(), until, by: by.clone() })
    });
    let claimed = (source(), status(policy), prop::option::of(seconds(1..7200))).prop_map(|(source, status, lasts)| {
        let what = move |at: Timestamp| What::ClaimBegan {
            source,
            status: status.clone(),
            until: lasts.map(|lasts| at + lasts),
            detail: None,
        };
        Happening::new(what)
    });
    let corrected = (status(policy), seconds(1..7200), seconds(0..3600)).prop_map(|(status, long, ago)| {
        let what = move |at: Timestamp| What::Corrected {
            from: at - ago - long,
            to: at - ago,
            status: status.clone(),
            reason: "it was not so".to_owned(),
        };
        Happening::new(what)
    });
    let knows = (any::<bool>(), any::<bool>(), prop::option::of(10_u32..900));
    let knows = knows.prop_map(|(idle, lock, idle_after)| What::Knows { idle, lock, idle_after });
    let activity = (any::<bool>(), 0_u32..3);
    let activity = activity.prop_map(|(on_call, interactions)| What::Activity(Activity { on_call, interactions }));
    let capacity = (0_u32..5, 0_u32..5, 0_u32..5, any::<bool>());
    let capacity =
        capacity.prop_map(|(used, total, sessions, waiting)| What::Capacity { used, total, sessions, waiting });
    let text = prop::option::of(Just("At lunch".to_owned()));
    let plain = select(vec![
        What::SignedIn,
        What::SignedOut,
        What::Vanished,
        What::ConnectionLost,
        What::ConnectionRestored,
        What::WentBack,
        What::Undid,
        What::Resumed,
        What::OfferMissed,
        What::OfferRejected,
        What::WorkReset,
        What::Erased,
        What::PolicyTaken { digest: "another".to_owned() },
        serde_json::from_str(r#"{"what":"moved_desk","to":"room 7"}"#).unwrap(),
    ]);
    prop_oneof![
        6 => desk,
        4 => chose,
        8 => always(plain),
        2 => always(any::<bool>().prop_map(|on| What::Call { on })),
        2 => claimed,
        1 => always((1_u64..60).prop_map(|id| What::ClaimEnded { id })),
        1 => ending(|until| What::EndSet { until }),
        1 => ending(|until| What::Paused { until }),
        1 => ending(|until| What::Snoozed { until }),
        1 => text.prop_flat_map(|text| ending(move |until| What::MessageSet { text: text.clone(), until })),
        1 => always(knows),
        1 => always(activity),
        2 => always(capacity),
        1 => corrected,
        1 => always(covers(policy).prop_map(|statuses| What::CoversSet { statuses })),
        1 => always(prop::option::of(status(policy)).prop_map(|status| What::DefaultSet { status })),
    ]
}

/// What happens next: so long after the last fact, on which device, how late it is told, and what.
type Step = (SignedDuration, usize, SignedDuration, Happening);

fn step(policy: &Policy) -> impl Strategy<Value = Step> + use<> {
    let late = prop_oneof![3 => Just(SignedDuration::ZERO), 1 => seconds(1..7200)];
    (seconds(0..1200), 0_usize..2, late, happening(policy))
}

/// Facts on two devices, in the order in which they were recorded.
fn told(steps: Vec<Step>) -> Vec<Fact> {
    let mut now = at("08:00");
    let mut facts = vec![fact(1, now, "desk", What::SignedIn)];
    for (after, device, late, what) in steps {
        now += after;
        let happened = now - late;
        let told = fact(facts.len() as u64 + 1, happened, ["desk", "laptop"][device], (what.0)(happened));
        facts.push(Fact { recorded: now, ..told });
    }
    facts
}

/// A policy, and facts under a clock that nobody sets.
fn days() -> impl Strategy<Value = (Policy, Vec<Fact>)> {
    policy().prop_flat_map(|policy| {
        let steps = prop::collection::vec(step(&policy), 1..60);
        (Just(policy), steps.prop_map(told))
    })
}

/// The same with a clock that is set once.
fn days_with_a_step() -> impl Strategy<Value = (Policy, Vec<Fact>)> {
    (days(), any::<prop::sample::Index>(), -7_200_000_i64..7_200_000).prop_map(|((policy, mut facts), place, by_ms)| {
        let place = 1 + place.index(facts.len());
        let by = SignedDuration::from_millis(by_ms);
        let set = facts[place - 1].recorded + by;
        facts.insert(place, fact(0, set, "desk", What::ClockStepped { by_ms }));
        for later in &mut facts[place + 1..] {
            (later.at, later.recorded) = (later.at + by, later.recorded + by);
        }
        for (seq, fact) in (1..).zip(&mut facts) {
            fact.seq = seq;
        }
        (policy, facts)
    })
}

fn fact(seq: u64, at: Timestamp, device: &str, what: What) -> Fact {
    Fact { seq, at, recorded: at, device: DeviceId::from(device), what }
}

fn folded(facts: &[Fact], policy: &Policy) -> State {
    let mut state = State::default();
    for fact in facts {
        state.apply(fact, policy);
    }
    state
}

fn last(facts: &[Fact]) -> Timestamp {
    facts.last().unwrap().recorded
}

/// The number of a kind of fact; a new kind is to be made here, too.
fn kind(what: &What) -> usize {
    match what {
        What::SignedIn => 0,
        What::SignedOut => 1,
        What::Vanished => 2,
        What::ConnectionLost => 3,
        What::ConnectionRestored => 4,
        What::DefaultSet { .. } => 5,
        What::CoversSet { .. } => 6,
        What::Chose { .. } => 7,
        What::EndSet { .. } => 8,
        What::WentBack => 9,
        What::Undid => 10,
        What::Desk { .. } => 11,
        What::Call { .. } => 12,
        What::Knows { .. } => 13,
        What::Paused { .. } => 14,
        What::Resumed => 15,
        What::Activity(_) => 16,
        What::Capacity { .. } => 17,
        What::OfferMissed => 18,
        What::OfferRejected => 19,
        What::WorkReset => 20,
        What::ClaimBegan { .. } => 21,
        What::ClaimEnded { .. } => 22,
        What::MessageSet { .. } => 23,
        What::Snoozed { .. } => 24,
        What::ClockStepped { .. } => 25,
        What::Corrected { .. } => 26,
        What::Erased => 27,
        What::PolicyTaken { .. } => 28,
        What::Unknown(_) => 29,
    }
}

#[test]
fn the_laws_are_tried_with_every_kind_of_fact_early_and_late() {
    let mut runner = TestRunner::deterministic();
    let (mut kinds, mut late) = (BTreeSet::new(), 0);
    for _ in 0..100 {
        let (_, facts) = days_with_a_step().new_tree(&mut runner).unwrap().current();
        late += facts.iter().filter(|fact| fact.at < fact.recorded).count();
        kinds.extend(facts.iter().map(|fact| kind(&fact.what)));
    }
    assert_eq!(kinds, (0..=29).collect());
    assert!(late > 100, "{late}");
}

proptest! {
    #[test]
    fn the_answer_holds_exactly_until_the_next_change((policy, facts) in days_with_a_step(), ahead in seconds(1..7200)) {
        let state = folded(&facts, &policy);
        let now = last(&facts);
        let before = state.next_change().map_or(now + ahead, |due| due - SignedDuration::from_nanos(1));
        prop_assert_eq!(state.effective(&policy, now), state.effective(&policy, before.max(now)));
    }

    #[test]
    fn looking_in_between_changes_nothing((policy, facts) in days_with_a_step()) {
        let once = folded(&facts, &policy);
        let mut looked = State::default();
        looked.apply(&facts[0], &policy);
        for pair in facts.windows(2) {
            let reached = match pair[1].what {
                What::ClockStepped { by_ms } => pair[1].recorded - SignedDuration::from_millis(by_ms),
                // Nobody was there to look.
                What::Vanished => pair[1].at,
                _ => pair[1].recorded,
            };
            looked.advance(&policy, reached - SignedDuration::from_nanos(1));
            looked.apply(&pair[1], &policy);
        }
        let now = last(&facts);
        prop_assert_eq!(looked.effective(&policy, now), once.effective(&policy, now));
    }

    #[test]
    fn history_has_no_gap_no_overlap_and_no_empty_stretch_whatever_was_corrected((policy, facts) in days()) {
        let mut state = State::default();
        let mut history: Vec<_> = facts.iter().flat_map(|fact| state.apply(fact, &policy)).collect();
        history.extend(state.current_interval());
        let corrections: Vec<_> = facts.iter().filter_map(presence::Correction::of).collect();
        for history in [corrected(history.clone(), &corrections), history] {
            for pair in history.windows(2) {
                prop_assert_eq!(pair[0].end, Some(pair[1].start));
                prop_assert!(pair[0].start < pair[1].start);
            }
        }
    }

    #[test]
    fn g02_a_choice_takes_effect_at_once_whatever_came_before((policy, facts) in days_with_a_step(), place: prop::sample::Index) {
        let choosable: Vec<_> = policy.selectable().collect();
        let chosen = &place.get(&choosable).id;
        let mut state = folded(&facts, &policy);
        let now = last(&facts);
        let connected = state.sessions().any(|(_, session)| session.lost.is_none());
        if !connected {
            state.apply(&fact(1000, now, "desk", What::SignedIn), &policy);
            state.apply(&fact(1001, now, "desk", What::ConnectionRestored), &policy);
        }
        let choice = What::Chose { status: chosen.clone(), until: None, by: By::Person };
        state.apply(&fact(1002, now, "desk", choice), &policy);
        let effective = state.effective(&policy, now);
        prop_assert_eq!(&effective.status, chosen);
        prop_assert_eq!(effective.reason.source, Source::Manual);
    }

    #[test]
    fn c02_narrowing_uncovers_what_is_not_listed_and_changes_nothing_else(
        (policy, facts, wanted) in days().prop_flat_map(|(policy, facts)| {
            let wanted = covers(&policy);
            (Just(policy), Just(facts), wanted)
        })
    ) {
        let now = last(&facts);
        let set = |statuses| {
            let mut state = folded(&facts, &policy);
            state.apply(&fact(1000, now, "desk", What::CoversSet { statuses }), &policy);
            state.effective(&policy, now)
        };
        let (whole, narrowed) = (set(None), set(wanted.clone()));
        let lists = |wanted: &Vec<StatusId>| whole.returns_to.iter().any(|beneath| policy.lists(wanted, beneath));
        let left_out = wanted.is_some_and(|wanted| !lists(&wanted));
        if whole.reason.source.is_desk() && left_out {
            prop_assert_eq!(Some(&narrowed.status), whole.returns_to.as_ref());
            prop_assert!(!narrowed.reason.source.is_desk());
        } else {
            prop_assert_eq!((narrowed.status, narrowed.reason), (whole.status, whole.reason));
        }
    }

    #[test]
    fn a_state_survives_being_stored((policy, facts) in days_with_a_step()) {
        let state = folded(&facts, &policy);
        let stored = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<State>(&stored).unwrap(), state);
    }

    #[test]
    fn f06_facts_give_the_same_status_wherever_they_are_folded((policy, facts) in days_with_a_step(), place: prop::sample::Index) {
        // A service folds some of them, and a device what comes after, from what the service sent it.
        let (before, after) = facts.split_at(place.index(facts.len()));
        let sent = serde_json::to_string(&folded(before, &policy)).unwrap();
        let mut there: State = serde_json::from_str(&sent).unwrap();
        for fact in after {
            let sent = serde_json::to_string(fact).unwrap();
            there.apply(&serde_json::from_str(&sent).unwrap(), &policy);
        }
        prop_assert_eq!(there, folded(&facts, &policy));
    }
}
