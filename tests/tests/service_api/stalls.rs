//! A service that stood still: a paused machine, a disk that hung. What nobody could say meanwhile is held against
//! nobody (C12), and one who has much to say keeps nobody else waiting.

use std::thread::{ScopedJoinHandle, sleep};
use std::time::{Duration, Instant};

use e2e::{TeamService, wait_until};
use serde_json::{Value, json};

use super::api::{Api, changes_of};
use super::device::Device;

const SHORT: &str = "connection.grace_seconds = 4
    connection.ping_seconds = 1
    connection.lost_seconds = 3
    connection.suspect_seconds = 1";

/// Somebody whose connection breaks while nobody answers, and who comes back as Halo does.
fn until_connected(api: &Api) -> Device {
    let device = Device::connect_with(api, &json!([]));
    device.hears("the snapshot", |said| said.get("snapshot").is_some());
    device
}

fn chosen(api: &Api, status: &str) -> Value {
    let until = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string();
    api.change(&[json!({ "change": "choose", "status": status, "until": { "at": until, "fixed": false } })]);
    api.presence()
}

#[test]
fn c12_a_service_that_stood_still_loses_nobody_and_ends_no_choice() {
    let mut service = TeamService::start_with(&["ada", "grace"], SHORT);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    assert_eq!(grace.put("/v1/people/ada/favourite").status, 204);
    let (stays, breaks) = (Device::connect(&ada), Api::signed_in(&service, "ada"));
    let broken = Device::connect(&breaks);
    let watcher = Device::connect(&grace);
    let before = chosen(&ada, "do_not_disturb");

    service.freeze(true);
    // Longer than a lease, and than the grace.
    sleep(Duration::from_secs(8));
    drop(broken);
    service.freeze(false);
    let _back = until_connected(&breaks);
    sleep(Duration::from_secs(4));

    let after = ada.presence();
    assert_eq!((&after["status"], &after["until"]), (&before["status"], &before["until"]), "{after}");
    assert_eq!(after["version"], before["version"], "nothing was recorded");
    assert!(!stays.has_ended() && !watcher.has_ended());
    let told =
        watcher.said().into_iter().filter_map(|said| said["person"]["presence"]["status"].as_str().map(str::to_owned));
    assert_eq!(told.collect::<Vec<_>>().last().map(String::as_str), Some("do_not_disturb"));
    assert!(service.log().contains("stood still"), "{}", service.log());
}

#[test]
fn whoever_does_not_come_back_after_the_service_stood_still_is_lost_all_the_same() {
    let mut service = TeamService::start_with(&["ada", "grace"], SHORT);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    let device = Device::connect(&ada);
    service.freeze(true);
    drop(device);
    sleep(Duration::from_secs(5));
    service.freeze(false);
    let seen = || grace.get("/v1/people/ada").json()["presence"]["status"].clone();
    assert!(wait_until(Duration::from_secs(10), || seen() == "offline"), "{}", seen());
}

#[test]
fn c12_whoever_is_lost_is_shown_so_since_they_were_last_heard() {
    let service = TeamService::start_with(&["ada", "grace"], SHORT);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    // It is there, and answers nothing.
    let _silent = ada.connect();
    let heard = jiff::Timestamp::now();
    let seen = || grace.get("/v1/people/ada").json()["presence"].clone();
    assert!(wait_until(Duration::from_secs(10), || seen()["status"] == "offline"), "{}", seen());
    let since: jiff::Timestamp = seen()["since"].as_str().unwrap().parse().unwrap();
    assert!(since.duration_since(heard) < jiff::SignedDuration::from_secs(2), "{since}, last heard at {heard}");
}

fn hold(key: &str, text: &str) -> Value {
    let notice = json!({ "kind": "chat", "urgent": false, "text": text, "from": "Grace" });
    json!({ "key": key, "what": { "hold": { "held_as": "held", "notice": notice } } })
}

#[test]
fn a_hello_with_very_much_to_say_keeps_nobody_else_waiting() {
    let service = TeamService::start(&["ada", "grace"]);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    let writes: Vec<_> = (0..3000).map(|n| hold(&format!("h{n}"), &format!("number {n}"))).collect();
    let device = Device::connect_with(&ada, &json!(writes));
    let mut longest = Duration::ZERO;
    let done = || device.said().iter().filter(|said| said.get("done").is_some()).count();
    let began = Instant::now();
    while done() < 3000 {
        let asked = Instant::now();
        assert_eq!(grace.get("/v1/me").status, 200);
        longest = longest.max(asked.elapsed());
        assert!(!device.has_ended() && began.elapsed() < Duration::from_secs(90), "{} are done", done());
        sleep(Duration::from_millis(20));
    }
    assert!(longest < Duration::from_secs(3), "somebody else waited for {longest:?}");
    // Of more than anybody reads, the latest are kept.
    let held = ada.get("/v1/me/held").json();
    let held = held.as_array().unwrap();
    assert_eq!((held.len(), &held[0]["text"], &held[499]["text"]), (500, &"number 2500".into(), &"number 2999".into()));
    // All were told of a few times, not of each.
    let told = device.said().iter().filter(|said| said.get("held").is_some()).count();
    assert!(told <= 30, "{told}");
}

#[test]
fn one_key_twice_in_a_hello_counts_once() {
    let service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    let said = |text: &str| changes_of(&[json!({ "change": "message", "text": text })]);
    let write = |text: &str| json!({ "key": "one", "what": said(text) });
    let device = Device::connect_with(&ada, &json!([write("Room 4"), write("Room 4"), write("Room 5")]));
    device.hears("the snapshot", |said| said.get("snapshot").is_some());
    let refused = device.hears("a refusal", |said| said.get("refused").is_some());
    assert!(refused["refused"]["problem"]["detail"].as_str().unwrap().contains("use a key of its own"), "{refused}");
    assert_eq!(ada.presence()["message"], "Room 4");
}

#[test]
fn whoever_asks_for_very_much_waits_and_others_do_not() {
    let service = TeamService::start(&["ada", "grace"]);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    // To erase nothing would cost nothing.
    ada.say("here");
    let began = Instant::now();
    let (mut longest, mut asked) = (Duration::ZERO, 0_u32);
    std::thread::scope(|scope| {
        let greedy = || {
            let mut answers = Vec::new();
            while began.elapsed() < Duration::from_secs(10) {
                ada.delete("/v1/me/history");
                answers.push(began.elapsed());
            }
            answers
        };
        let busy = [(); 4].map(|()| scope.spawn(greedy));
        while !busy.iter().all(ScopedJoinHandle::is_finished) {
            let before = Instant::now();
            assert_eq!(grace.get("/v1/me/presence").status, 200);
            longest = longest.max(before.elapsed());
            asked += 1;
        }
        let answers: Vec<_> = busy.into_iter().flat_map(|one| one.join().unwrap()).collect();
        // What is theirs at first is used up after some seconds; from then on it is a quarter of each.
        let rate = |from, to| {
            let answers = answers.iter().filter(|at| (from..to).contains(&at.as_secs())).count();
            u64::try_from(answers).unwrap() / (to - from)
        };
        let (first, last) = (rate(0, 2), rate(6, 10));
        assert!(last < first, "{first} answers a second at first, {last} in the last four seconds");
    });
    assert!(asked > 10 && longest < Duration::from_secs(2), "{asked} answers, the slowest after {longest:?}");
}
