//! What is removed is gone from the disk, too.

use log::suite::entry;
use log::{Base, Cut, Log, Outcome, Position};

use crate::server::{Server, numbered, places};

#[test]
fn what_is_cut_off_or_removed_is_not_on_the_disk_any_more() {
    let Some(mut server) = Server::start() else { return };
    let mut log = server.keeper();
    let subject = "person/1".parse().unwrap();
    let facts = ["was in Aachen", "was in Basel", "was in Calais"];
    let batch: Vec<_> = (1..).zip(facts).map(|(seq, fact)| entry("person/1", seq, &[fact])).collect();
    log.append(&batch).unwrap();
    log.append(&[entry("person/2", 1, &["was in Dover"])]).unwrap();
    let on_disk =
        |server: &Server, words: &[&str]| words.iter().map(|word| server.has_on_disk(word)).collect::<Vec<_>>();
    let words = ["was in Aachen", "was in Basel", "was in Calais", "was in Dover", "came to Ems", "came to Fulda"];
    assert_eq!(on_disk(&server, &words), [true, true, true, true, false, false]);

    let cut = |seq, body: &str| Cut { base: Base { seq, body: body.into() }, but: Vec::new() };
    assert_eq!(log.cut(&subject, &cut(1, "came to Ems")).unwrap(), 1);
    assert_eq!(on_disk(&server, &words), [false, true, true, true, true, false]);
    assert_eq!(log.cut(&subject, &cut(2, "came to Fulda")).unwrap(), 1);
    assert_eq!(on_disk(&server, &words), [false, false, true, true, false, true]);
    log.remove(&subject).unwrap();
    assert_eq!(on_disk(&server, &words), [false, false, false, true, false, false]);
    assert_eq!(log.base(&subject).unwrap(), None);

    server.kill();
    server.run();
    let mut log = server.keeper();
    assert_eq!((places(&log, "person/1"), places(&log, "person/2")), (vec![], vec![1]));
    assert!(matches!(log.append(&[entry("person/1", 1, &["again"])]).unwrap()[..], [Outcome::Kept(_)]));
}

#[test]
fn a_position_is_never_given_twice_even_if_its_entry_is_gone() {
    let Some(mut server) = Server::start() else { return };
    let mut log = server.keeper();
    let mut last = Position(0);
    for _ in 0..5 {
        let [Outcome::Kept(position)] = log.append(&[numbered("person/1", 1)]).unwrap()[..] else { panic!("conflict") };
        assert!(position > last, "{position:?} after {last:?}");
        last = position;
        log.remove(&"person/1".parse().unwrap()).unwrap();
        server.kill();
        server.run();
        log = server.keeper();
    }
}
