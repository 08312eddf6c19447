//! Two keepers write the same subject: two nodes, or one that is being replaced.

use std::thread;

use log::suite::{entry, keyed};
use log::{Base, Cut, Log, Outcome, Subject};
use log_nats::Nats;

use crate::server::{Server, is_unreachable, numbered, places};

const NAME: &str = "person/1";

#[test]
fn one_meets_a_conflict_folds_what_is_new_and_goes_on() {
    let Some(server) = Server::start() else { return };
    let (mut one, mut other) = (server.keeper(), server.keeper());
    one.append(&[keyed(entry(NAME, 1, &["a"]), "k1", "one")]).unwrap();
    other.append(&[keyed(entry(NAME, 2, &["b"]), "k2", "other")]).unwrap();
    let late = keyed(entry(NAME, 2, &["c"]), "k3", "one");
    assert_eq!(one.append(&[late]).unwrap(), [Outcome::Conflict(2)]);
    let new = one.read(&NAME.parse().unwrap(), 1, 10).unwrap();
    assert_eq!(new[0].entry.facts, ["b".into()]);
    assert!(matches!(one.append(&[keyed(entry(NAME, 3, &["c"]), "k3", "one")]).unwrap()[..], [Outcome::Kept(_)]));
    // The other one has read nothing since, and knows it all the same.
    assert!(matches!(other.append(&[keyed(entry(NAME, 4, &["d"]), "k4", "other")]).unwrap()[..], [Outcome::Kept(_)]));
    assert_eq!(places(&one, NAME), [1, 2, 3, 4]);
}

#[test]
fn a_key_that_the_other_one_kept_is_known() {
    let Some(server) = Server::start() else { return };
    let (mut one, mut other) = (server.keeper(), server.keeper());
    one.append(&[numbered(NAME, 1)]).unwrap();
    assert_eq!(other.append(&[numbered(NAME, 1)]).unwrap(), [Outcome::Before(1)]);
    other.append(&[numbered(NAME, 2)]).unwrap();
    assert_eq!(one.append(&[numbered(NAME, 2)]).unwrap(), [Outcome::Before(2)]);
    let same = keyed(entry(NAME, 3, &["x"]), "key-2", "another digest");
    assert_eq!(one.append(&[same]).unwrap(), [Outcome::OtherThing]);
}

#[test]
fn what_the_other_one_cut_off_or_removed_is_noticed() {
    let Some(server) = Server::start() else { return };
    let (mut one, mut other) = (server.keeper(), server.keeper());
    let subject = NAME.parse().unwrap();
    let find = |log: &Nats, seq| log.find(&subject, &numbered(NAME, seq).key.unwrap()).unwrap();
    one.append(&[numbered(NAME, 1)]).unwrap();
    other.append(&(2..=9).map(|seq| numbered(NAME, seq)).collect::<Vec<_>>()).unwrap();
    let cut = Cut { base: Base { seq: 8, body: "8".into() }, but: Vec::new() };
    assert_eq!(other.cut(&subject, &cut).unwrap(), 8);
    assert_eq!(find(&one, 5), Some(Outcome::Before(5)), "cut off before it was ever read here");
    other.remove(&subject).unwrap();
    assert_eq!(find(&one, 5), None);
    other.append(&[numbered(NAME, 1)]).unwrap();
    assert_eq!((find(&one, 1), find(&one, 5)), (Some(Outcome::Before(1)), None));
    assert!(matches!(one.append(&[numbered(NAME, 2)]).unwrap()[..], [Outcome::Kept(_)]));
}

#[test]
fn two_that_write_as_fast_as_they_can_lose_nothing_and_keep_nothing_twice() {
    let Some(server) = Server::start() else { return };
    let writers: Vec<_> = ["one", "other"]
        .map(|who| {
            let mut log = server.keeper();
            thread::spawn(move || {
                let (mut place, mut conflicts) = (0, 0);
                for n in 1..=200 {
                    let key = format!("{who}-{n}");
                    loop {
                        // Each is asked for twice, as by somebody whose answer was lost.
                        let once = keyed(entry(NAME, place + 1, &[&key]), &key, "digest");
                        match log.append(&[once.clone(), once]).unwrap()[..] {
                            [Outcome::Kept(_), Outcome::Before(kept)] if kept == place + 1 => break,
                            [Outcome::Conflict(last), _] => place = last,
                            ref other => panic!("{other:?}"),
                        }
                        conflicts += 1;
                    }
                    place += 1;
                }
                conflicts
            })
        })
        .into();
    let conflicts: Vec<u64> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    println!("conflicts: {conflicts:?}");
    let log = server.keeper();
    assert_eq!(places(&log, NAME), (1..=400).collect::<Vec<_>>());
    let mut facts: Vec<_> =
        log.read(&NAME.parse().unwrap(), 0, 1000).unwrap().into_iter().map(|it| it.entry.facts).collect();
    facts.sort_unstable();
    facts.dedup();
    assert_eq!(facts.len(), 400);
}

#[test]
fn two_that_cut_at_the_same_time_lose_no_key() {
    let Some(server) = Server::start() else { return };
    let subject: Subject = NAME.parse().unwrap();
    let mut log = server.keeper();
    for round in 1..=20 {
        let batch: Vec<_> = (10 * round - 9..=10 * round).map(|seq| numbered(NAME, seq)).collect();
        log.append(&batch).unwrap();
        let cutters = [10 * round - 3, 10 * round - 5].map(|seq| {
            let (mut log, subject) = (server.keeper(), subject.clone());
            let cut = Cut { base: Base { seq, body: "so far".into() }, but: Vec::new() };
            thread::spawn(move || {
                while let Err(error) = log.cut(&subject, &cut) {
                    assert!(is_unreachable(&error), "{error}");
                }
            })
        });
        for cutter in cutters {
            cutter.join().unwrap();
        }
        assert_eq!(log.base(&subject).unwrap().unwrap().seq, 10 * round - 3, "what reaches further stays");
        assert_eq!(places(&log, NAME), (10 * round - 2..=10 * round).collect::<Vec<_>>());
    }
    let other = server.keeper();
    for seq in 1..=200 {
        let key = numbered(NAME, seq).key.unwrap();
        assert_eq!(other.find(&subject, &key).unwrap(), Some(Outcome::Before(seq)));
    }
}
