//! What a newer version records is kept by an older one, and changes nothing there.

use presence::{By, Fact, Policy, State, What};
use serde_json::{Value, json};

fn fact(seq: u64, recorded: &str, what: &Value) -> Value {
    let mut fact = json!({
        "seq": seq,
        "at": "2026-01-05T10:00:00Z",
        "recorded": recorded,
        "device": "this",
        "origin": { "supervisor": 7 },
    });
    fact.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    fact
}

fn read(json: &Value) -> Fact {
    let read: Fact = serde_json::from_str(&json.to_string()).unwrap();
    // By way of a value, as by way of text.
    assert_eq!(serde_json::from_value::<Fact>(json.clone()).unwrap(), read);
    read
}

#[test]
fn a_fact_of_a_kind_that_is_not_known_is_the_same_json_again() {
    for what in [
        json!({ "what": "moved_desk" }),
        json!({ "what": "moved_desk", "to": { "room": "3.14", "free": [1, 2.5, -3, null, true] }, "big": u64::MAX }),
        // Of a known kind, by somebody who isn't.
        json!({ "what": "chose", "status": "busy", "until": null, "by": "router" }),
    ] {
        let json = fact(1, "2026-01-05T10:00:00Z", &what);
        let read = read(&json);
        let What::Unknown(unknown) = &read.what else { panic!("{read:?}") };
        assert_eq!(unknown.kind(), what["what"].as_str().unwrap());
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
        assert_eq!(self::read(&serde_json::to_value(&read).unwrap()), read);
        // Apart from its fact, too.
        let alone: What = serde_json::from_value(what.clone()).unwrap();
        assert_eq!(serde_json::to_value(&alone).unwrap(), what);
    }
}

#[test]
fn a_key_that_is_not_known_leaves_a_known_kind_known() {
    let chose = json!({ "what": "chose", "status": "busy", "until": null, "by": "person", "because": "of a call" });
    let read = read(&fact(1, "2026-01-05T10:00:00Z", &chose));
    assert_eq!(read.what, What::Chose { status: "busy".into(), until: None, by: By::Person });
    assert_eq!(
        self::read(&fact(1, "2026-01-05T10:00:00Z", &json!({ "what": "signed_in", "at_desk": 3 }))).what,
        What::SignedIn
    );
}

#[test]
fn what_names_no_kind_is_no_fact() {
    for what in [json!({}), json!({ "what": 7 }), json!({ "what": null })] {
        assert!(serde_json::from_value::<Fact>(fact(1, "2026-01-05T10:00:00Z", &what)).is_err(), "{what}");
    }
}

#[test]
fn a_fact_of_a_kind_that_is_not_known_counts_and_lets_time_pass_and_no_more() {
    let policy = Policy::genesys();
    let mut state = State::default();
    let until = json!({ "at": "2026-01-05T10:30:00Z", "fixed": false });
    for (nth, what) in
        [json!({ "what": "signed_in" }), json!({ "what": "chose", "status": "meal", "until": until, "by": "person" })]
            .iter()
            .enumerate()
    {
        state.apply(&read(&fact(nth as u64 + 1, "2026-01-05T10:00:00Z", what)), &policy);
    }
    let mut before = state.clone();
    let closed = state.apply(&read(&fact(3, "2026-01-05T10:20:00Z", &json!({ "what": "moved_desk" }))), &policy);
    assert_eq!((closed, state.seq()), (Vec::new(), 3));
    let now = "2026-01-05T10:20:00Z".parse().unwrap();
    before.advance(&policy, now);
    assert_eq!(state.effective(&policy, now), before.effective(&policy, now));
    // Timers run up to it as up to every fact.
    let closed = state.apply(&read(&fact(4, "2026-01-05T10:40:00Z", &json!({ "what": "moved_desk" }))), &policy);
    assert_eq!(closed.len(), 1);
    let now = "2026-01-05T10:40:00Z".parse().unwrap();
    assert_eq!(state.effective(&policy, now).status.as_str(), "available");
}
