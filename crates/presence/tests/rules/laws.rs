//! Laws that hold for any sequence of facts.

use crate::support::at;
use jiff::SignedDuration;
use presence::{Activity, By, DeskSignal, DeviceId, End, Fact, Policy, Source, State, StatusId, Timestamp, What};
use proptest::prelude::*;

fn status() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["available", "busy", "away", "meal", "out_of_office", "do_not_disturb"])
}

/// What a person may narrow auto-away to, or nothing of the kind.
fn covers() -> impl Strategy<Value = Option<Vec<StatusId>>> {
    let some = prop::sample::subsequence(vec!["available", "busy", "on_queue", "meal"], 0..=4);
    prop::option::of(some.prop_map(|ids| ids.into_iter().map(StatusId::from).collect()))
}

fn what() -> impl Strategy<Value = What> {
    let signal = prop::sample::select(vec![DeskSignal::Idle, DeskSignal::Lock, DeskSignal::Sleep]);
    prop_oneof![
        3 => status().prop_map(|status| What::Chose { status: status.into(), until: None, by: By::Person }),
        1 => Just(What::WentBack),
        1 => Just(What::Undid),
        6 => (signal, any::<bool>()).prop_map(|(signal, on)| What::Desk { signal, on, last_input: None }),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(idle, lock)| What::Knows { idle, lock, idle_after: None }),
        2 => any::<bool>().prop_map(|on| What::Call { on }),
        1 => any::<bool>().prop_map(|on_call| What::Activity(Activity { on_call, interactions: 0 })),
        1 => Just(What::SignedIn),
        1 => Just(What::SignedOut),
        1 => Just(What::ConnectionLost),
        1 => Just(What::ConnectionRestored),
        1 => Just(What::Paused { until: None }),
        1 => covers().prop_map(|statuses| What::CoversSet { statuses }),
        1 => Just(What::Resumed),
    ]
}

/// Facts at rising times on two devices; a choice may be timed.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let one = (0_i64..1200, 0_usize..2, what(), prop::option::of(1_i64..3600));
    prop::collection::vec(one, 1..60).prop_map(|steps| {
        let mut now = at("08:00");
        let mut facts = vec![fact(1, now, "desk", What::SignedIn)];
        for (after, device, mut what, lasts) in steps {
            now += SignedDuration::from_secs(after);
            if let What::Chose { until, .. } = &mut what {
                *until = lasts.map(|lasts| End { at: now + SignedDuration::from_secs(lasts), fixed: false });
            }
            facts.push(fact(facts.len() as u64 + 1, now, ["desk", "laptop"][device], what));
        }
        facts
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

proptest! {
    #[test]
    fn the_answer_holds_exactly_until_the_next_change(facts in facts(), ahead in 1_i64..7200) {
        let policy = Policy::genesys();
        let state = folded(&facts, &policy);
        let now = facts.last().unwrap().recorded;
        let before = state.next_change().map_or(now + SignedDuration::from_secs(ahead), |due| {
            due - SignedDuration::from_nanos(1)
        });
        prop_assert_eq!(state.effective(&policy, now), state.effective(&policy, before.max(now)));
    }

    #[test]
    fn looking_in_between_changes_nothing(facts in facts()) {
        let policy = Policy::genesys();
        let once = folded(&facts, &policy);
        let mut looked = State::default();
        for pair in facts.windows(2) {
            looked.apply(&pair[0], &policy);
            looked.advance(&policy, pair[1].recorded - SignedDuration::from_nanos(1).min(pair[1].recorded.duration_since(pair[0].recorded)));
        }
        looked.apply(facts.last().unwrap(), &policy);
        let now = facts.last().unwrap().recorded;
        prop_assert_eq!(looked.effective(&policy, now), once.effective(&policy, now));
    }

    #[test]
    fn history_has_no_gap_no_overlap_and_no_empty_stretch(facts in facts()) {
        let policy = Policy::genesys();
        let mut state = State::default();
        let mut history = Vec::new();
        for fact in &facts {
            for interval in state.apply(fact, &policy) {
                history.push(interval);
            }
        }
        history.extend(state.current_interval());
        for pair in history.windows(2) {
            prop_assert_eq!(pair[0].end, Some(pair[1].start));
            prop_assert!(pair[0].start < pair[1].start);
        }
    }

    #[test]
    fn g02_a_choice_takes_effect_at_once_whatever_came_before(facts in facts(), chosen in status()) {
        let policy = Policy::genesys();
        let mut state = folded(&facts, &policy);
        let now = facts.last().unwrap().recorded;
        let connected = state.sessions().any(|(_, session)| session.lost.is_none());
        prop_assume!(connected);
        let choice = What::Chose { status: chosen.into(), until: None, by: By::Person };
        state.apply(&fact(1000, now, "desk", choice), &policy);
        let effective = state.effective(&policy, now);
        prop_assert_eq!(effective.status.as_str(), chosen);
        prop_assert_eq!(effective.reason.source, Source::Manual);
    }

    #[test]
    fn c02_narrowing_uncovers_what_is_not_listed_and_changes_nothing_else(facts in facts(), wanted in covers()) {
        let policy = Policy::genesys();
        let now = facts.last().unwrap().recorded;
        let set = |statuses| {
            let mut state = folded(&facts, &policy);
            state.apply(&fact(1000, now, "desk", What::CoversSet { statuses }), &policy);
            state.effective(&policy, now)
        };
        let (whole, narrowed) = (set(None), set(wanted.clone()));
        let left_out = wanted.is_some_and(|wanted| !whole.returns_to.iter().any(|beneath| wanted.contains(beneath)));
        if whole.reason.source.is_desk() && left_out {
            prop_assert_eq!(Some(&narrowed.status), whole.returns_to.as_ref());
            prop_assert!(!narrowed.reason.source.is_desk());
        } else {
            prop_assert_eq!((narrowed.status, narrowed.reason), (whole.status, whole.reason));
        }
    }

    #[test]
    fn a_state_survives_being_stored(facts in facts()) {
        let policy = Policy::genesys();
        let state = folded(&facts, &policy);
        let stored = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<State>(&stored).unwrap(), state);
    }

    #[test]
    fn f06_facts_give_the_same_status_wherever_they_are_folded(facts in facts()) {
        let policy = Policy::genesys();
        let now = facts.last().unwrap().recorded;
        let stored = serde_json::to_string(&facts).unwrap();
        let read: Vec<Fact> = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(presence::effective(&read, &policy, now), presence::effective(&facts, &policy, now));
    }
}
