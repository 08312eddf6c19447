//! Connections: nobody who says nothing, or too much, keeps others out.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use e2e::{TeamService, wait_until};
use serde_json::json;

use super::api::{Api, changes_of};
use super::device::Device;

/// The limit of ten seconds, on two busy cores.
const SOON: Duration = Duration::from_secs(20);

fn connect(service: &TeamService) -> TcpStream {
    TcpStream::connect(("127.0.0.1", service.port())).unwrap()
}

/// What comes until the connection ends, which must be soon.
#[track_caller]
fn until_closed(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(SOON)).unwrap();
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("still open after {SOON:?} ({error}): {}", String::from_utf8_lossy(&said)),
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn silent_connections_end_and_keep_nobody_out_for_long() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    service.start_after("ulimit -n 64");
    let api = Api::signed_in(&service, "ada");
    let silent: Vec<_> = (0..150).map(|_| connect(&service)).collect();
    let began = Instant::now();
    let let_in = wait_until(Duration::from_secs(40), || {
        api.try_to_send("GET", "/v1/me", &[], "").is_ok_and(|answer| answer.status == 200)
    });
    assert!(let_in, "nobody gets in after {:?}: {}", began.elapsed(), service.log());
    assert!(service.log().contains("no further connection can be taken"), "{}", service.log());
    assert!(service.log().contains("few files may be open"), "{}", service.log());
    for stream in silent {
        until_closed(stream);
    }
}

#[test]
fn the_limit_of_open_files_is_as_high_as_it_may_be() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    service.start_after("ulimit -Sn 64");
    let _silent: Vec<_> = (0..150).map(|_| connect(&service)).collect();
    assert!(Api::signed_in(&service, "ada").is_signed_in());
    assert!(!service.log().contains("no further connection"), "{}", service.log());
}

#[test]
fn one_address_does_not_take_all_connections() {
    let service = TeamService::start(&["ada"]);
    let _silent: Vec<_> = (0..256).map(|_| connect(&service)).collect();
    let began = Instant::now();
    assert_eq!(until_closed(connect(&service)), "");
    // At once, and not with the silent ones, which have ten seconds for their first word.
    assert!(began.elapsed() < Duration::from_secs(7), "{:?}", began.elapsed());
}

#[test]
fn headers_bodies_and_pauses_have_their_time() {
    let service = TeamService::start(&["ada"]);
    let began = Instant::now();
    let mut slow_headers = connect(&service);
    slow_headers.write_all(b"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    let mut slow_body = connect(&service);
    let head = "POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    slow_body.write_all(head.as_bytes()).unwrap();
    let mut idle = connect(&service);
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(until_closed(idle).ends_with("live\n"));
    let said = until_closed(slow_body);
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("took too long"), "{said}");
    until_closed(slow_headers);
    assert!(began.elapsed() >= Duration::from_secs(9), "cut off after {:?}", began.elapsed());
}

#[test]
fn http_2_is_not_spoken() {
    let service = TeamService::start(&["ada"]);
    let mut stream = connect(&service);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let said = until_closed(stream);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said:?}");
}

#[test]
fn a_frame_that_is_too_long_ends_the_stream_at_its_head() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let mut stream = api.connect();
    // The head of a text of 15 MiB, and a first piece of it.
    let mut head = vec![0x81, 0xff];
    head.extend((15_u64 << 20).to_be_bytes());
    head.extend([0; 4]);
    stream.write_all(&head).unwrap();
    stream.write_all(&[b'x'; 1000]).unwrap();
    until_closed(stream);
    assert!(api.is_signed_in());
}

#[test]
fn an_answer_does_not_wait_for_the_acknowledgement_of_the_one_before() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let device = Device::connect(&api);
    let mut times = Vec::new();
    for n in 0..21 {
        let (key, changes) = (format!("w{n}"), changes_of(&[json!({ "change": "message", "text": format!("{n}") })]));
        let began = Instant::now();
        device.write(&key, &changes);
        device.hears("done", |said| said["done"] == key);
        times.push(began.elapsed());
    }
    times.sort();
    let median = times[times.len() / 2];
    // The other side acknowledges after forty milliseconds, if nothing else comes.
    assert!(median < Duration::from_millis(38), "{times:?}");
}

#[test]
fn answers_are_for_no_cache() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    for answer in [api.sign_in("ada", e2e::PASSWORD), api.post("/v1/token", &json!({})), api.get("/v1/me/presence")] {
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    }
}
