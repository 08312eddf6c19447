//! What every keeper is held against, one sentence a function. A keeper that can be closed and opened again, killed or
//! filled up has tests of its own for that, and runs [`holds_what_was_written`] afterwards.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests may stop at once")]

use crate::{Base, Cut, Entry, Key, Log, LogError, Origin, Outcome, Position, Recorded, Stored, Subject};

fn append(log: &mut impl Log, entry: &Entry) -> Vec<Outcome> {
    log.append(std::slice::from_ref(entry)).unwrap()
}

/// An entry of one subject, the so-and-so-many-th fact of which is its last.
pub fn entry(subject: &str, seq: u64, facts: &[&str]) -> Entry {
    let at = 1_800_000_000_000 + i64::try_from(seq).unwrap();
    Entry {
        version: Entry::VERSION,
        subject: subject.parse().unwrap(),
        seq,
        key: None,
        origin: Origin::Device("desk".into()),
        at,
        recorded: Recorded { wall: at, boot: 1000 + seq, boot_id: "boot".into() },
        facts: facts.iter().map(|fact| Box::from(*fact)).collect(),
    }
}

/// The same with a key.
pub fn keyed(entry: Entry, key: &str, digest: &str) -> Entry {
    Entry { key: Some(Key { id: key.into(), digest: digest.as_bytes().into() }), ..entry }
}

/// All that a keeper promises while it runs, on subjects that begin with `suite-`.
pub fn whole(log: &mut impl Log) {
    what_is_appended_is_read_in_order_and_whole(log);
    an_entry_that_does_not_follow_the_last_one_is_a_conflict_and_changes_nothing(log);
    a_gap_is_a_conflict(log);
    a_conflict_holds_up_no_other_entry_of_the_batch(log);
    a_batch_of_several_of_one_subject_is_kept_in_order(log);
    a_write_that_comes_twice_is_known_by_its_key(log);
    subjects_have_orders_and_keys_of_their_own(log);
    whoever_follows_sees_every_entry_once_in_order(log);
    a_follower_that_never_reads_holds_up_nobody(log);
    what_only_a_newer_program_knows_is_kept_as_it_is(log);
    an_entry_that_is_not_whole_is_refused(log);
    a_beginning_can_be_cut_off_and_what_it_came_to_stays(log);
    a_subject_can_be_removed(log);
}

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

fn kept(outcomes: &[Outcome]) -> Vec<Position> {
    let position = |outcome: &Outcome| match outcome {
        Outcome::Kept(position) => *position,
        other => panic!("it was not kept: {other:?}"),
    };
    outcomes.iter().map(position).collect()
}

fn entries(stored: Vec<Stored>) -> Vec<Entry> {
    stored.into_iter().map(|stored| stored.entry).collect()
}

/// Appends twenty entries to a subject. [`holds_what_was_written`] finds them after whatever happened meanwhile.
pub fn write(log: &mut impl Log, name: &str) {
    for seq in 1..=20 {
        let one = keyed(entry(name, seq, &["{\"what\":\"signed_in\"}"]), &format!("key-{seq}"), "digest");
        kept(&log.append(&[one]).unwrap());
    }
}

/// All that [`write`] wrote is there, once, and its keys are known.
pub fn holds_what_was_written(log: &mut impl Log, name: &str) {
    let read = entries(log.read(&subject(name), 0, 100).unwrap());
    assert_eq!(read.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    assert_eq!(log.last(&subject(name)).unwrap().unwrap().seq, 20);
    for seq in 1..=20 {
        let again = keyed(entry(name, 21, &["{\"what\":\"signed_in\"}"]), &format!("key-{seq}"), "digest");
        assert_eq!(log.append(&[again]).unwrap(), [Outcome::Before(seq)]);
    }
}

fn what_is_appended_is_read_in_order_and_whole(log: &mut impl Log) {
    let name = "suite-order/1";
    let first = keyed(entry(name, 2, &["{\"n\":1}", "{\"n\":2,\"text\":\"é \\n \u{202e}\"}"]), "k", "d");
    let second = Entry { origin: Origin::Person("boss".into()), ..entry(name, 3, &["{\"n\":3}"]) };
    kept(&append(log, &first));
    kept(&append(log, &second));
    assert_eq!(entries(log.read(&subject(name), 0, 10).unwrap()), [first.clone(), second.clone()]);
    assert_eq!(entries(log.read(&subject(name), 0, 1).unwrap()), [first]);
    assert_eq!(entries(log.read(&subject(name), 2, 10).unwrap()), std::slice::from_ref(&second));
    let last = log.last(&subject(name)).unwrap().unwrap();
    assert_eq!((last.seq, last.recorded), (3, second.recorded));
    assert_eq!(log.last(&subject("suite-order/2")).unwrap(), None);
    assert_eq!(log.read(&subject("suite-order/2"), 0, 10).unwrap(), []);
}

fn an_entry_that_does_not_follow_the_last_one_is_a_conflict_and_changes_nothing(log: &mut impl Log) {
    let name = "suite-conflict/1";
    kept(&log.append(&[entry(name, 1, &["a"])]).unwrap());
    assert_eq!(log.append(&[entry(name, 1, &["b"])]).unwrap(), [Outcome::Conflict(1)], "twice");
    let read = entries(log.read(&subject(name), 0, 10).unwrap());
    assert_eq!(read, [entry(name, 1, &["a"])]);
}

fn a_gap_is_a_conflict(log: &mut impl Log) {
    let name = "suite-gap/1";
    assert_eq!(log.append(&[entry(name, 3, &["a"])]).unwrap(), [Outcome::Conflict(0)]);
    kept(&log.append(&[entry(name, 1, &["a"])]).unwrap());
    assert_eq!(log.append(&[entry(name, 3, &["c"])]).unwrap(), [Outcome::Conflict(1)]);
    assert_eq!(log.append(&[entry(name, 3, &["b", "c"])]).map(|outcomes| kept(&outcomes).len()), Ok(1));
}

fn a_conflict_holds_up_no_other_entry_of_the_batch(log: &mut impl Log) {
    let batch =
        [entry("suite-batch/1", 1, &["a"]), entry("suite-batch/2", 7, &["too far"]), entry("suite-batch/3", 1, &["c"])];
    let outcomes = log.append(&batch).unwrap();
    assert_eq!(outcomes[1], Outcome::Conflict(0));
    let positions = kept(&[outcomes[0].clone(), outcomes[2].clone()]);
    assert!(positions[0] < positions[1], "{positions:?}");
}

fn a_batch_of_several_of_one_subject_is_kept_in_order(log: &mut impl Log) {
    let name = "suite-many/1";
    let batch: Vec<_> = (1..=50).map(|seq| entry(name, seq, &["a"])).collect();
    let positions = kept(&log.append(&batch).unwrap());
    assert!(positions.is_sorted(), "{positions:?}");
    assert_eq!(entries(log.read(&subject(name), 0, 100).unwrap()), batch);
}

fn a_write_that_comes_twice_is_known_by_its_key(log: &mut impl Log) {
    let name = "suite-key/1";
    let first = keyed(entry(name, 2, &["a", "b"]), "once", "this");
    kept(&append(log, &first));
    assert_eq!(append(log, &first), [Outcome::Before(2)]);
    let later = keyed(entry(name, 3, &["a"]), "once", "this");
    assert_eq!(log.append(&[later]).unwrap(), [Outcome::Before(2)]);
    let other = keyed(entry(name, 3, &["c"]), "once", "that");
    assert_eq!(log.append(&[other]).unwrap(), [Outcome::OtherThing]);
    let found = |log: &mut dyn Log, id: &str, digest: &str| {
        log.find(&subject(name), &Key { id: id.into(), digest: digest.as_bytes().into() }).unwrap()
    };
    assert_eq!(found(log, "once", "this"), Some(Outcome::Before(2)));
    assert_eq!(found(log, "once", "that"), Some(Outcome::OtherThing));
    assert_eq!(found(log, "never", "this"), None);
    let twins = [keyed(entry(name, 3, &["x"]), "twin", "1"), keyed(entry(name, 4, &["x"]), "twin", "1")];
    let outcomes = log.append(&twins).unwrap();
    assert!(matches!(outcomes[..], [Outcome::Kept(_), Outcome::Before(3)]), "{outcomes:?}");
}

fn subjects_have_orders_and_keys_of_their_own(log: &mut impl Log) {
    for name in ["suite-own/1", "suite-own/2", "suite-own2/1"] {
        kept(&log.append(&[keyed(entry(name, 1, &["a"]), "same-key", "same")]).unwrap());
    }
}

fn whoever_follows_sees_every_entry_once_in_order(log: &mut impl Log) {
    let begin = end_of(log);
    let names = ["suite-follow/1", "suite-follow/2"];
    let wanted: Vec<_> = (1..=30).map(|n| entry(names[n % 2], n.div_ceil(2) as u64, &["a"])).collect();
    for one in &wanted {
        kept(&log.append(std::slice::from_ref(one)).unwrap());
    }
    let mut seen = Vec::new();
    let mut at = begin;
    loop {
        let next = log.follow(at, 7).unwrap();
        let Some(last) = next.last() else { break };
        assert!(next.is_sorted_by_key(|stored| stored.position) && next[0].position > at);
        at = last.position;
        seen.extend(entries(next));
    }
    assert_eq!(seen, wanted);
}

fn a_follower_that_never_reads_holds_up_nobody(log: &mut impl Log) {
    let name = "suite-slow/1";
    let waiting = log.follow(end_of(log), 1).unwrap();
    assert_eq!(waiting, []);
    let batch: Vec<_> = (1..=500).map(|seq| entry(name, seq, &["a fact of some length, as facts are"])).collect();
    kept(&log.append(&batch).unwrap());
    assert_eq!(log.last(&subject(name)).unwrap().unwrap().seq, 500);
}

fn what_only_a_newer_program_knows_is_kept_as_it_is(log: &mut impl Log) {
    let newer = Entry {
        version: Entry::VERSION + 7,
        origin: Origin::Unknown("oracle:delphi".into()),
        ..entry("suite-newer/1", 1, &["{\"what\":\"levitated\",\"by\":[1,{\"cm\":2}]}"])
    };
    kept(&log.append(std::slice::from_ref(&newer)).unwrap());
    assert_eq!(entries(log.read(&newer.subject, 0, 1).unwrap()), [newer]);
}

fn an_entry_that_is_not_whole_is_refused(log: &mut impl Log) {
    let name = "suite-half/1";
    for facts in [&[][..], &["two\nlines"][..]] {
        let refused = log.append(&[entry(name, 1, facts)]).unwrap_err();
        assert!(matches!(refused, LogError::NotWhole(_)), "{refused}");
    }
    assert_eq!(log.last(&subject(name)).unwrap(), None);
}

fn a_beginning_can_be_cut_off_and_what_it_came_to_stays(log: &mut impl Log) {
    let name = "suite-cut/1";
    let batch: Vec<_> = (1..=9).map(|n| keyed(entry(name, 2 * n, &["a", "b"]), &format!("k{n}"), "d")).collect();
    kept(&log.append(&batch).unwrap());
    assert_eq!(log.base(&subject(name)).unwrap(), None);
    let base = Base { seq: 12, body: "{\"came\":\"to\"}".into() };
    assert_eq!(log.cut(&subject(name), &Cut { base: base.clone(), but: vec![4] }).unwrap(), 5);
    assert_eq!(log.base(&subject(name)).unwrap(), Some(base));
    let places = |log: &mut dyn Log| {
        log.read(&subject(name), 0, 100).unwrap().iter().map(|stored| stored.entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(places(log), [4, 14, 16, 18]);
    let again = keyed(entry(name, 20, &["a", "b"]), "k1", "d");
    assert_eq!(log.append(&[again]).unwrap(), [Outcome::Before(2)], "a key outlives its entry");
    let all = Cut { base: Base { seq: 18, body: "all".into() }, but: Vec::new() };
    assert_eq!(log.cut(&subject(name), &all).unwrap(), 3);
    assert_eq!(places(log), [18], "the last one tells where to go on");
    kept(&log.append(&[entry(name, 19, &["c"])]).unwrap());
    let less = Cut { base: Base { seq: 4, body: "less".into() }, but: Vec::new() };
    assert_eq!(log.cut(&subject(name), &less).unwrap(), 0);
    assert_eq!(log.base(&subject(name)).unwrap().unwrap().seq, 18, "what reaches further stands for it");
}

fn a_subject_can_be_removed(log: &mut impl Log) {
    let (gone, stays) = ("suite-remove/1", "suite-remove/2");
    for name in [gone, stays] {
        let both = [keyed(entry(name, 1, &["a"]), "k", "d"), keyed(entry(name, 2, &["b"]), "l", "d")];
        kept(&log.append(&both).unwrap());
        log.cut(&subject(name), &Cut { base: Base { seq: 1, body: "a".into() }, but: Vec::new() }).unwrap();
    }
    log.remove(&subject(gone)).unwrap();
    assert_eq!(log.read(&subject(gone), 0, 10).unwrap(), []);
    assert_eq!(log.last(&subject(gone)).unwrap(), None);
    assert_eq!(log.base(&subject(gone)).unwrap(), None);
    assert_eq!(log.last(&subject(stays)).unwrap().unwrap().seq, 2);
    assert_eq!(log.base(&subject(stays)).unwrap().map(|base| base.seq), Some(1));
    for (seq, key) in [(1, "k"), (2, "l")] {
        kept(&log.append(&[keyed(entry(gone, seq, &["anew"]), key, "e")]).unwrap());
    }
}

/// The position of the last entry of all.
pub fn end_of(log: &impl Log) -> Position {
    let mut at = Position::default();
    while let Some(last) = log.follow(at, 1000).unwrap().last() {
        at = last.position;
    }
    at
}
