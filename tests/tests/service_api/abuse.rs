//! Somebody who may sign in and means harm, and bad luck that looks like it: nobody else waits, and nothing runs out.

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use e2e::{TeamService, wait_until};
use serde_json::{Value, json};

use super::api::Api;
use super::device::Device;

/// As long as a notification's text may be, in four bytes a character.
fn long_text() -> String {
    "🦊".repeat(1000)
}

fn hold(key: &str) -> Value {
    let notice = json!({ "kind": "chat", "urgent": false, "text": long_text(), "from": "Eve" });
    json!({ "key": key, "what": { "hold": { "held_as": "held", "notice": notice } } })
}

/// Memory of its own, in megabytes.
fn megabytes(process: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn devices_that_read_nothing_take_little_memory_and_keep_nobody_waiting() {
    let mut service = TeamService::start(&["eve", "bob"]);
    let process = service.id();
    let (eve, bob) = (Api::signed_in(&service, "eve"), Api::signed_in(&service, "bob"));
    // All that one person can have held: two megabytes, which are told whole each time.
    for part in 0..4 {
        let holds: Vec<_> = (0..125).map(|n| hold(&format!("f{part}-{n}"))).collect();
        let filling = Device::connect_with(&eve, &json!(holds));
        filling.hears("the last", |said| said["done"] == format!("f{part}-124"));
    }
    let deaf: Vec<_> = (0..8).map(|_| Api::signed_in(&service, "eve").connect()).collect();
    let before = megabytes(process);

    let (mut most, mut longest) = (0, Duration::ZERO);
    thread::scope(|scope| {
        let (service, body) = (&service, json!({ "held_as": "held", "notice": hold("x")["what"]["hold"]["notice"] }));
        let asking: Vec<_> = (0..6)
            .map(|_| {
                let (body, token) = (body.clone(), eve.token.clone());
                scope.spawn(move || {
                    let mut eve = Api::of(service);
                    eve.token = token;
                    for _ in 0..8 {
                        eve.post("/v1/me/held", &body);
                    }
                })
            })
            .collect();
        while asking.iter().any(|one| !one.is_finished()) {
            let asked = Instant::now();
            assert_eq!(bob.get("/v1/me").status, 200);
            longest = longest.max(asked.elapsed());
            most = most.max(megabytes(process));
            thread::sleep(Duration::from_millis(20));
        }
    });
    drop(deaf);
    // Forty-eight times two megabytes for eight devices would be eight hundred.
    assert!(most < before + 150, "{before} MB before, {most} MB at most");
    assert!(longest < Duration::from_secs(3), "somebody else waited for {longest:?}");
}

#[test]
fn streams_on_which_nothing_is_said_count_as_connections_of_their_address() {
    let service = TeamService::start(&["eve"]);
    let eve = Api::signed_in(&service, "eve");
    let mut open = Vec::new();
    while let Some(stream) = eve.try_to_open_stream() {
        open.push(stream);
        assert!(open.len() <= 256, "one token has {} streams on which nothing was said", open.len());
    }
    // After ten seconds without a hello they are hung up on, and there is room again.
    assert!(wait_until(Duration::from_secs(20), || eve.try_to_open_stream().is_some()), "no room");
}

#[test]
fn whoever_takes_nothing_of_what_they_asked_for_is_hung_up_on() {
    let service = TeamService::start(&["eve"]);
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    let began = Instant::now();
    let asked = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(400);
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    // It may not take all of it either.
    let _ = stream.write_all(asked.as_bytes());
    let is_over = || {
        let error = stream.take_error().unwrap();
        error.is_some() || (&stream).write(b"\r\n").is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock)
    };
    assert!(wait_until(Duration::from_secs(25), is_over), "still open after {:?}", began.elapsed());
}

#[test]
fn lists_passwords_and_lines_have_their_bounds() {
    let service = TeamService::start(&["eve"]);
    let eve = Api::signed_in(&service, "eve");
    let refused = |change: Value, words: &str| {
        let at = jiff::Timestamp::now().to_string();
        let mut change = change;
        change["at"] = at.into();
        let said = eve.post("/v1/me/changes", &json!({ "changes": [change] })).problem(422);
        assert!(said.contains(words), "{said}");
    };
    refused(json!({ "change": "covers", "statuses": vec!["available"; 1000] }), "name each once");
    for text in ["\n\nbob  Available", "Lunch\n", "\u{2028}bob", "bob\u{85}", "\tbob"] {
        refused(json!({ "change": "message", "text": text }), "one line");
    }
    let label = service.run_with(&["user", "set", "eve", "--label", "\n\nbob"], "");
    assert!(label.code == 1 && label.err.contains("one line"), "{label:?}");
    let password = service.run_with(&["user", "password", "eve"], &"p".repeat(1001));
    assert!(password.code == 1 && password.err.contains("1000 bytes at most"), "{password:?}");
    assert!(eve.is_signed_in(), "nothing was changed");
}
