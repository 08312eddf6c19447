//! The server is killed, begun anew, or hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use log::{Log, LogError, Outcome, Position, suite};
use log_nats::{Nats, Options};

use crate::server::{LONG, SHORT, Server, insist, is_unreachable, numbered, places};

const NAME: &str = "person/1";

type Call<'a> = &'a dyn Fn(&mut Nats) -> Result<(), LogError>;

/// Every call ends in time, and says that the server can't be reached.
fn nothing_works_but_nothing_hangs(log: &mut Nats) {
    let subject = NAME.parse().unwrap();
    let key = numbered(NAME, 1).key.unwrap();
    let cut = log::Cut { base: log::Base { seq: 5, body: "five".into() }, but: Vec::new() };
    let calls: [(&str, Call<'_>); 8] = [
        ("append", &|log| log.append(&[numbered(NAME, 21)]).map(drop)),
        ("read", &|log| log.read(&subject, 0, 10).map(drop)),
        ("follow", &|log| log.follow(Position(0), 10).map(drop)),
        ("last", &|log| log.last(&subject).map(drop)),
        ("find", &|log| log.find(&subject, &key).map(drop)),
        ("base", &|log| log.base(&subject).map(drop)),
        ("cut", &|log| log.cut(&subject, &cut).map(drop)),
        ("remove", &|log| log.remove(&subject)),
    ];
    for (name, call) in calls {
        let begin = Instant::now();
        let error = call(log).unwrap_err();
        assert!(is_unreachable(&error), "{name}: {error}");
        assert!(error.to_string().contains("HALO on nats://127.0.0.1:"), "{name}: {error}");
        // Not to the millisecond: the machine may be busy.
        assert!(begin.elapsed() < SHORT + Duration::from_secs(2), "{name} took {:?}", begin.elapsed());
    }
}

#[test]
fn what_was_kept_is_there_after_the_server_was_killed() {
    let Some(mut server) = Server::start() else { return };
    suite::write(&mut server.keeper(), NAME);
    server.kill();
    server.run();
    suite::holds_what_was_written(&mut server.keeper(), NAME);
}

#[test]
fn a_keeper_outlives_a_server_that_is_begun_anew() {
    let Some(mut server) = Server::start() else { return };
    let mut log = server.keeper_within(SHORT);
    suite::write(&mut log, NAME);
    server.kill();
    nothing_works_but_nothing_hangs(&mut log);
    server.run();
    suite::holds_what_was_written(&mut log, NAME);
    assert!(matches!(log.append(&[numbered(NAME, 21)]).unwrap()[..], [Outcome::Kept(_)]));
}

#[test]
fn a_server_that_hangs_holds_nobody_up_and_is_asked_by_key_afterwards() {
    let Some(server) = Server::start() else { return };
    let mut log = server.keeper_within(SHORT);
    suite::write(&mut log, NAME);
    server.hang(true);
    // The first of these is on its way when it is given up: the server may keep it when it goes on, or not.
    assert!(is_unreachable(&log.append(&[numbered(NAME, 21)]).unwrap_err()));
    nothing_works_but_nothing_hangs(&mut log);
    server.hang(false);
    let outcome = insist(&mut log, &numbered(NAME, 21));
    assert!(matches!(outcome, Outcome::Kept(_) | Outcome::Before(21)), "{outcome:?}");
    assert_eq!(log.find(&NAME.parse().unwrap(), &numbered(NAME, 21).key.unwrap()), Ok(Some(Outcome::Before(21))));
    assert_eq!(places(&log, NAME).last(), Some(&21));
}

#[test]
fn a_server_without_jetstream_is_told_from_one_that_is_not_there() {
    let Some(server) = Server::start_with("") else { return };
    let refused = Nats::open(server.options(LONG)).map(drop).unwrap_err();
    assert!(is_unreachable(&refused) && refused.to_string().contains("a block `jetstream`"), "{refused}");
}

#[test]
fn a_password_is_used_and_never_shown() {
    let users = "authorization { user: halo, password: right }\njetstream { store_dir: STORE }";
    let Some(server) = Server::start_with(users) else { return };
    let open =
        |password: &str| Nats::open(Options { login: Some(("halo".into(), password.into())), ..server.options(LONG) });
    assert!(open("right").unwrap().append(&[numbered(NAME, 1)]).is_ok());
    let refused = open("wrong").map(drop).unwrap_err().to_string();
    assert!(refused.contains("does not take this name and password") && !refused.contains("wrong"), "{refused}");
    let options = Options { login: Some(("halo".into(), "right".into())), ..server.options(LONG) };
    assert!(!format!("{options:?}").contains("right"));
}

#[test]
fn without_a_server_a_keeper_says_so_in_words() {
    let Some(mut server) = Server::start() else { return };
    server.kill();
    let refused = Nats::open(server.options(SHORT)).map(drop).unwrap_err();
    assert!(is_unreachable(&refused), "{refused}");
    assert!(refused.to_string().contains("look after that server"), "{refused}");
}

#[test]
fn whatever_moment_the_server_is_killed_at_each_write_is_kept_once() {
    let Some(mut server) = Server::start() else { return };
    let mut log = server.keeper_within(LONG);
    let enough = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&enough);
    let writer = thread::spawn(move || {
        let mut seq = 0;
        let mut before = 0;
        while !told.load(Ordering::SeqCst) {
            seq += 1;
            for name in [NAME, "person/2"] {
                match insist(&mut log, &numbered(name, seq)) {
                    Outcome::Kept(_) => {}
                    Outcome::Before(place) if place == seq => before += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        (log, seq, before)
    });
    for kill in 0..20 {
        thread::sleep(Duration::from_millis(11 + 7 * (kill % 5)));
        server.kill();
        server.run();
    }
    enough.store(true, Ordering::SeqCst);
    let (log, last, before) = writer.join().unwrap();
    println!("{last} writes; kept although the server was killed before it said so: {before}");
    for log in [&log, &server.keeper()] {
        for name in [NAME, "person/2"] {
            assert_eq!(places(log, name), (1..=last).collect::<Vec<_>>());
        }
    }
}
