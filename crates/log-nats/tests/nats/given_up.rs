//! Calls that break off at any byte, as when the program or the network dies in the middle.

use log::{Base, Cut, Log, Outcome, Subject};
use log_nats::Nats;

use crate::server::{LONG, Server, insist, is_unreachable, numbered, options, places};
use crate::wire::Wire;

/// So far apart are the places where the wire breaks: a number that meets every part of a message in time.
const STRIDE: usize = 23;

#[test]
fn a_write_that_breaks_off_at_any_byte_is_kept_once_when_it_is_tried_again() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(server.port);
    let mut log = Nats::open(options(wire.port, LONG)).unwrap();
    let (mut before, mut broken) = (0, 0);
    for (n, bytes) in (0..).step_by(STRIDE).enumerate() {
        // One subject that it knows, and one that it doesn't.
        let (known, new) = ("known/1", format!("new/{n}"));
        let place = 2 * n as u64;
        let batch = [numbered(known, place + 1), numbered(&new, 1), numbered(known, place + 2)];
        wire.breaks_after(bytes);
        let answer = log.append(&batch);
        let broke = wire.mend();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                assert!(broke && is_unreachable(&error), "{error}");
                log.append(&batch).unwrap()
            }
        };
        for (outcome, entry) in answer.iter().zip(&batch) {
            match outcome {
                Outcome::Kept(_) => {}
                Outcome::Before(seq) if *seq == entry.seq => before += 1,
                other => panic!("after {bytes} bytes: {other:?}"),
            }
        }
        assert_eq!(places(&log, &new), [1], "after {bytes} bytes");
        broken += u32::from(broke);
        if !broke {
            break;
        }
    }
    println!("broken off {broken} times; kept all the same: {before}");
    assert!(broken > 50 && before > 0, "{broken} {before}");
    assert_eq!(places(&log, "known/1"), (1..=2 * (u64::from(broken) + 1)).collect::<Vec<_>>());
}

#[test]
fn a_cut_that_breaks_off_at_any_byte_loses_no_key_and_is_finished_by_the_next() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(server.port);
    let mut log = Nats::open(options(wire.port, LONG)).unwrap();
    let cut = Cut { base: Base { seq: 5, body: "five".into() }, but: vec![3] };
    let mut broken = 0;
    for (n, bytes) in (0..).step_by(3 * STRIDE).enumerate() {
        let name = format!("cut/{n}");
        let subject: Subject = name.parse().unwrap();
        log.append(&(1..=7).map(|seq| numbered(&name, seq)).collect::<Vec<_>>()).unwrap();
        wire.breaks_after(bytes);
        let answer = log.cut(&subject, &cut);
        let broke = wire.mend();
        assert!(answer.is_ok() || broke, "{answer:?}");
        // Another one, which remembers nothing.
        let mut other = server.keeper();
        for seq in 1..=7 {
            assert_eq!(insist(&mut other, &numbered(&name, seq)), Outcome::Before(seq), "after {bytes} bytes");
        }
        log.cut(&subject, &cut).unwrap();
        assert_eq!(places(&log, &name), [3, 6, 7], "after {bytes} bytes");
        assert_eq!(log.base(&subject).unwrap(), Some(cut.base.clone()));
        broken += u32::from(broke);
        if !broke {
            break;
        }
    }
    println!("broken off {broken} times");
    assert!(broken > 50, "{broken}");
}

#[test]
fn a_removal_that_breaks_off_at_any_byte_is_seen_to_be_unfinished() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(server.port);
    let mut log = Nats::open(options(wire.port, LONG)).unwrap();
    let cut = Cut { base: Base { seq: 2, body: "two".into() }, but: Vec::new() };
    for (n, bytes) in (0..).step_by(3 * STRIDE).enumerate() {
        let name = format!("gone/{n}");
        let subject: Subject = name.parse().unwrap();
        log.append(&(1..=4).map(|seq| numbered(&name, seq)).collect::<Vec<_>>()).unwrap();
        log.cut(&subject, &cut).unwrap();
        wire.breaks_after(bytes);
        let answer = log.remove(&subject);
        let broke = wire.mend();
        assert!(answer.is_ok() || broke, "{answer:?}");
        if log.last(&subject).unwrap().is_none() {
            // Nothing of it is left if its end is gone.
            let key = numbered(&name, 4).key.unwrap();
            assert_eq!((log.base(&subject), log.find(&subject, &key)), (Ok(None), Ok(None)), "after {bytes} bytes");
        }
        log.remove(&subject).unwrap();
        assert_eq!((places(&log, &name), log.base(&subject)), (vec![], Ok(None)));
        if !broke {
            break;
        }
    }
}
