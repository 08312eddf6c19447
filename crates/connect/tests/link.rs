//! A device and its service: through lost connections, restarts, slow answers and ended sign-ins.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use connect::{NoToken, NotTaken, Timing};
use presence::{DeskSignal, DeviceId, Span, What};
use protocol::service::{Down, Problem};
use protocol::{Connection, HeldAs, News, Notice, NoticeKind, Trouble};
use support::{Desk, Do, Ring, Service, behind, now, quick};

async fn desk(service: &Service, folder: &tempfile::TempDir) -> Desk {
    let address = service.listen().await;
    Desk::sit(&format!("http://{address}"), folder.path(), Ring::with_token())
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn g02_a_choice_reaches_the_service_and_shows_at_once() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    assert_eq!(desk.hub.connection(), Connection::Reconnecting);
    desk.until_online().await;
    assert_eq!(desk.hub.person().label, "Ann");
    assert_eq!(desk.hub.trouble(), None);
    desk.choose("busy");
    assert_eq!(desk.shown(), "busy");
    desk.until_settled().await;
    assert_eq!(desk.shown(), "busy");
    assert_eq!(service.kept().recorded.len(), 1);
    assert_eq!(service.kept().state.seq(), desk.hub.state().seq());
    let by_other = service.record(&DeviceId::from("other"), What::WentBack);
    service.tell(Do::Say(Box::new(by_other)));
    desk.until("the other device's word is heard", |hub| hub.effective(now().wall).status.as_str() == "available")
        .await;
    assert_eq!(desk.hub.recent(&Span::default()).len(), 3);
}

#[tokio::test]
async fn d07_times_are_the_services_and_a_ping_is_answered() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    // This device's own clock is an hour behind.
    assert!(desk.hub.clock(behind()).wall.duration_since(now().wall).abs().as_secs() < 2);
    service.tell(Do::Ping);
    service.until(|kept| kept.pongs == 1).await;
    desk.choose("busy");
    desk.until_settled().await;
    let recorded = service.kept().recorded[0].clone();
    let protocol::service::Writing::Changes(changes) = recorded.what else { panic!("{recorded:?}") };
    assert!(changes[0].at.duration_since(now().wall).abs().as_secs() < 2);
}

#[tokio::test]
async fn o08_after_a_lost_connection_what_waited_is_recorded_once() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    service.kept().drops_instead_of_answers = true;
    desk.choose("busy");
    desk.until("it is lost", |hub| hub.connection() == Connection::Reconnecting).await;
    assert_eq!(desk.hub.asked().unwrap().as_str(), "busy");
    assert_eq!(desk.shown(), "busy");
    service.kept().drops_instead_of_answers = false;
    desk.until_settled().await;
    desk.until_online().await;
    let kept = service.kept();
    assert_eq!(kept.recorded.len(), 1);
    assert!(kept.came.values().all(|times| *times == 2), "{:?}", kept.came);
    assert_eq!(kept.hellos.iter().map(|hello| hello.starts).collect::<Vec<_>>(), [true, false]);
    assert_eq!(kept.hellos[1].writes.len(), 1);
}

#[tokio::test]
async fn a_service_that_says_goodbye_is_back_without_a_wait() {
    let (service, folder) = (Service::new(), folder());
    let address = service.listen().await;
    let client = connect::Client::trusting(format!("http://{address}").parse().unwrap(), None);
    let slow = Duration::from_secs(3600);
    let timing = Timing { first_wait: slow, longest_wait: slow, ..quick() };
    let mut desk = Desk::sit_with(client, folder.path(), Ring::with_token(), timing);
    desk.until_online().await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    service.tell(Do::Close("Restarting"));
    desk.until("it said goodbye", |hub| hub.trouble() == Some(&Trouble::Unreachable("Restarting".to_owned()))).await;
    desk.until_online().await;
    // A device that woke does not wait either, whatever was before.
    service.tell(Do::Drop);
    desk.until("it is lost", |hub| hub.connection() == Connection::Reconnecting).await;
    desk.hub.sense(behind().wall, What::Desk { signal: DeskSignal::Sleep, on: false, last_input: None }, behind());
    desk.until_online().await;
}

/// A desk that waits for long unless it is told for how long.
async fn patient_desk(service: &Service, folder: &tempfile::TempDir) -> Desk {
    let client = connect::Client::trusting(format!("http://{}", service.listen().await).parse().unwrap(), None);
    let slow = Duration::from_secs(3600);
    let timing = Timing { first_wait: slow, longest_wait: slow, steady_after: Duration::ZERO, ..quick() };
    Desk::sit_with(client, folder.path(), Ring::with_token(), timing)
}

#[tokio::test]
async fn a_service_that_says_when_to_come_again_is_left_alone_until_then() {
    for status in [429, 503] {
        let (service, folder) = (Service::new(), folder());
        service.kept().in_front = Some((status, "retry-after", "3600", "too busy"));
        let mut desk = patient_desk(&service, &folder).await;
        desk.until("it was turned away", |hub| hub.trouble().is_some()).await;
        let turned_away = Instant::now();
        service.kept().in_front = None;
        desk.until_online().await;
        // An hour is more than the longest time that it would wait, of which a fifth is left to chance.
        assert!(turned_away.elapsed() > Duration::from_millis(150), "{:?}", turned_away.elapsed());
        assert_eq!(service.kept().knocks, 2);
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_for_a_while_comes_back_after_that() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = patient_desk(&service, &folder).await;
    desk.until_online().await;
    service.tell(Do::Busy("retry after 3600 s"));
    let why = Trouble::Unreachable("The service has too much to do just now".to_owned());
    desk.until("it is closed", |hub| hub.trouble() == Some(&why)).await;
    let closed = Instant::now();
    desk.until_online().await;
    assert!(closed.elapsed() > Duration::from_millis(150), "{:?}", closed.elapsed());
    // Without a time it may come again at once, as after every good-bye.
    service.tell(Do::Busy("connect again for a snapshot"));
    desk.until("it is closed", |hub| hub.connection() == Connection::Reconnecting).await;
    desk.until_online().await;
    assert_eq!(service.kept().knocks, 3);
}

#[tokio::test]
async fn of_several_addresses_the_one_that_answered_last_is_asked_first() {
    let (first, second, folder) = (Service::new(), Service::new(), folder());
    let (here, there) = (first.listen().await, second.listen().await);
    // The first of all is nobody's.
    let all = format!("http://127.0.0.1:1 http://{here},http://{there}/");
    first.kept().in_front = Some((503, "content-type", "text/plain", "no"));
    let mut desk = Desk::sit(&all, folder.path(), Ring::with_token());
    desk.until_online().await;
    assert_eq!((first.kept().knocks, second.kept().hellos.len()), (1, 1));
    first.kept().in_front = None;
    second.tell(Do::Close("Restarting"));
    second.until(|kept| kept.hellos.len() == 2).await;
    desk.until_online().await;
    assert_eq!(first.kept().knocks, 1, "the second one answered last");
    second.kept().in_front = Some((502, "content-type", "text/plain", "no"));
    second.tell(Do::Drop);
    first.until(|kept| kept.hellos.len() == 1).await;
    desk.until_online().await;
}

#[tokio::test]
async fn the_services_own_word_counts_at_whichever_address() {
    let (first, second, folder) = (Service::new(), Service::new(), folder());
    first.kept().token = "another".to_owned();
    let all = format!("http://{},http://{}", first.listen().await, second.listen().await);
    let mut desk = Desk::sit(&all, folder.path(), Ring::with_token());
    desk.until("it is signed out", |hub| hub.connection() == Connection::SignedOut).await;
    assert_eq!(second.kept().knocks, 0);
}

#[tokio::test]
async fn a_write_that_comes_while_a_changed_keyring_settles_is_not_lost() {
    let (service, folder) = (Service::new(), folder());
    let client = connect::Client::trusting(format!("http://{}", service.listen().await).parse().unwrap(), None);
    let ring = Ring::with_token();
    *ring.trouble.lock().unwrap() = Some(NoToken::Locked);
    let slow = Duration::from_secs(3600);
    let settles = Duration::from_millis(300);
    let timing = Timing { first_wait: slow, longest_wait_for_token: slow, token_settles_within: settles, ..quick() };
    let mut desk = Desk::sit_with(client, folder.path(), ring.clone(), timing);
    desk.until("it is locked", |hub| hub.trouble() == Some(&Trouble::TokenLocked)).await;
    *ring.trouble.lock().unwrap() = None;
    ring.told.notify_one();
    tokio::time::sleep(Duration::from_millis(50)).await;
    desk.choose("busy");
    desk.until_online().await;
    desk.until_settled().await;
    assert_eq!(desk.shown(), "busy");
}

#[tokio::test]
async fn f06_what_was_asked_for_out_of_reach_survives_the_programs_death() {
    let (service, folder) = (Service::new(), folder());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    service.serve(listener);
    let mut desk = Desk::sit(&address, folder.path(), Ring::with_token());
    desk.until_online().await;
    service.kept().turns_away = Some(503);
    service.tell(Do::Drop);
    desk.until("it is turned away", |hub| hub.trouble() == Some(&Trouble::Unreachable("Not now".to_owned()))).await;
    drop(desk);
    // Killed in the midst of it, right after the person was told that their choice waits.
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_program_that_is_killed", "--ignored", "--nocapture"])
        .envs([("FOLDER", folder.path().to_str().unwrap()), ("ADDRESS", &address)])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let waits = tokio::task::spawn_blocking(move || said.lines().any(|line| line.unwrap().contains("it waits")));
    assert!(waits.await.unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    let mut desk = Desk::sit(&address, folder.path(), Ring::with_token());
    assert_eq!(desk.shown(), "busy");
    assert_eq!(desk.hub.connection(), Connection::Reconnecting);
    assert_eq!(desk.hub.asked().unwrap().as_str(), "busy");
    service.kept().turns_away = None;
    desk.until_online().await;
    desk.until_settled().await;
    assert_eq!(desk.shown(), "busy");
    assert_eq!(service.kept().recorded.len(), 1);
    assert!(service.kept().hellos.last().unwrap().starts);
}

#[tokio::test]
#[ignore = "run by f06_what_was_asked_for_out_of_reach_survives_the_programs_death"]
async fn a_program_that_is_killed() {
    let (Ok(folder), Ok(address)) = (std::env::var("FOLDER"), std::env::var("ADDRESS")) else { return };
    let mut desk = Desk::sit(&address, folder.as_ref(), Ring::with_token());
    desk.choose("busy");
    println!("it waits");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_gap_in_the_log_is_closed_by_a_new_connection() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    let _missed = service.record(&DeviceId::from("other"), What::SignedIn);
    let next = service.record(&DeviceId::from("other"), What::WentBack);
    service.tell(Do::Say(Box::new(next)));
    let seq = service.kept().state.seq();
    desk.until("all is known", |hub| hub.state().seq() == seq).await;
    desk.until_online().await;
    assert_eq!(service.kept().hellos.len(), 2);
    assert_eq!(desk.hub.trouble(), None);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_connected_to_anew() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    service.kept().silent = true;
    desk.choose("busy");
    desk.until("it is given up", |hub| hub.connection() == Connection::Reconnecting).await;
    let why = Trouble::Unreachable("The service doesn't answer any more".to_owned());
    assert_eq!(desk.hub.trouble(), Some(&why));
    // A hello that stays without an answer, too.
    desk.until("it was tried again", |_| service.kept().hellos.len() > 2).await;
    service.kept().silent = false;
    desk.until_online().await;
    desk.until_settled().await;
    assert_eq!(service.kept().recorded.len(), 1);
}

#[tokio::test]
async fn g12_without_a_ping_the_connection_is_lost_and_others_see_that() {
    let (service, folder) = (Service::new(), folder());
    service.kept().lost_seconds = 1;
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(1500) {
        service.tell(Do::Ping);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    desk.hub.advance(behind());
    assert_eq!(desk.hub.connection(), Connection::Online);
    assert_eq!(service.kept().hellos.len(), 1);
    service.kept().turns_away = Some(500);
    desk.until("it is offline", |hub| hub.effective(hub.clock(behind()).wall).status.as_str() == "offline").await;
    assert_eq!(desk.hub.connection(), Connection::Reconnecting);
}

#[tokio::test]
async fn a_token_that_is_not_taken_ends_all_attempts() {
    let (service, folder) = (Service::new(), folder());
    service.kept().token = "another".to_owned();
    let address = service.listen().await;
    let ring = Ring::with_token();
    let mut desk = Desk::sit(&format!("http://{address}"), folder.path(), ring.clone());
    desk.until("it is signed out", |hub| hub.connection() == Connection::SignedOut).await;
    assert_eq!(desk.hub.trouble(), Some(&Trouble::SignedOut("Your sign-in has ended. Sign in again".to_owned())));
    let loads = *ring.loads.lock().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    desk.hub.advance(behind());
    assert_eq!(*ring.loads.lock().unwrap(), loads);
    let refused = desk.hub.ask_all(vec![What::WentBack], behind());
    assert!(matches!(refused, Err(NotTaken::SignedOut(_))));
}

#[tokio::test]
async fn a_sign_out_from_elsewhere_ends_it_too() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    service.tell(Do::Say(Box::new(Down::SignedOut("Signed out on another device".to_owned()))));
    desk.until("it is signed out", |hub| hub.connection() == Connection::SignedOut).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    desk.hub.advance(behind());
    assert_eq!(desk.hub.trouble(), Some(&Trouble::SignedOut("Signed out on another device".to_owned())));
    assert_eq!(service.kept().hellos.len(), 1);
}

#[tokio::test]
async fn d08_a_locked_missing_or_empty_keyring_is_tried_again() {
    let (service, folder) = (Service::new(), folder());
    let address = service.listen().await;
    let ring = Ring::with_token();
    *ring.trouble.lock().unwrap() = Some(NoToken::Locked);
    let mut desk = Desk::sit(&format!("http://{address}"), folder.path(), ring.clone());
    desk.until("it is locked", |hub| hub.trouble() == Some(&Trouble::TokenLocked)).await;
    *ring.trouble.lock().unwrap() = Some(NoToken::Unavailable("no Secret Service".to_owned()));
    let missing = Trouble::TokenUnavailable("no Secret Service".to_owned());
    desk.until("it is missing", |hub| hub.trouble() == Some(&missing)).await;
    assert_eq!(desk.hub.connection(), Connection::Reconnecting);
    *ring.trouble.lock().unwrap() = None;
    desk.until_online().await;
    assert_eq!(desk.hub.trouble(), None);
    let token = ring.token.lock().unwrap().take();
    desk.hub.woke();
    desk.until("it is empty", |hub| hub.trouble() == Some(&Trouble::TokenMissing)).await;
    assert_eq!(desk.hub.connection(), Connection::Reconnecting);
    desk.choose("busy");
    *ring.token.lock().unwrap() = token;
    desk.until_online().await;
    desk.until_settled().await;
    assert_eq!(desk.shown(), "busy");
}

#[tokio::test]
async fn d08_a_keyring_that_tells_of_a_change_is_asked_at_once_and_else_hardly_ever() {
    let (service, folder) = (Service::new(), folder());
    let client = connect::Client::trusting(format!("http://{}", service.listen().await).parse().unwrap(), None);
    let ring = Ring::with_token();
    *ring.trouble.lock().unwrap() = Some(NoToken::Locked);
    let slow = Duration::from_secs(3600);
    let timing = Timing { first_wait: slow, longest_wait_for_token: slow, ..quick() };
    let mut desk = Desk::sit_with(client, folder.path(), ring.clone(), timing);
    desk.until("it is locked", |hub| hub.trouble() == Some(&Trouble::TokenLocked)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(*ring.loads.lock().unwrap(), 1);
    // Something else changed there.
    ring.told.notify_one();
    desk.until("it was asked", |_| *ring.loads.lock().unwrap() == 2).await;
    *ring.trouble.lock().unwrap() = None;
    ring.told.notify_one();
    desk.until_online().await;
    assert_eq!(*ring.loads.lock().unwrap(), 3);
}

#[tokio::test]
async fn what_answers_in_the_services_place_ends_no_sign_in() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    let proxys = r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"no"}"#;
    let stripped =
        r#"{"type":"/problems/no-token","title":"You are not signed in","status":401,"detail":"send a token"}"#;
    let answers = [
        (401, "content-type", "application/problem+json", proxys, "a log-in of its own"),
        (401, "www-authenticate", "Basic realm=\"proxy\"", "<html>", "a log-in of its own"),
        (401, "www-authenticate", "Bearer", stripped, "did not reach the service"),
        (403, "content-type", "application/json", proxys, "a log-in of its own"),
        (511, "content-type", "text/html", "<html>", "wants you to log in first"),
        (302, "location", "http://portal.example/", "", "sends on to http://portal.example/"),
        (200, "content-type", "text/html", "<html>Log in to the network</html>", "answers: 200"),
        (426, "content-type", "text/plain", "no", "answers: 426"),
        (503, "content-type", "text/plain", "no", "answers: 503"),
    ];
    for (status, kind, value, body, said) in answers {
        desk.until_online().await;
        service.kept().in_front = Some((status, kind, value, body));
        service.tell(Do::Drop);
        let is_said = |hub: &mut connect::RemoteHub| match hub.trouble() {
            Some(Trouble::Unreachable(why)) => why.contains(said),
            Some(other) => panic!("{status}: {other:?}"),
            None => false,
        };
        desk.until(said, is_said).await;
        assert_eq!(desk.hub.connection(), Connection::Reconnecting, "{status}");
        service.kept().in_front = None;
    }
    desk.until_online().await;
}

#[tokio::test]
async fn a_token_that_ends_soon_is_renewed_and_kept_once() {
    let (service, folder) = (Service::new(), folder());
    service.kept().expires_in = jiff::SignedDuration::from_hours(24 * 14);
    let address = service.listen().await;
    let ring = Ring::with_token();
    let mut desk = Desk::sit(&format!("http://{address}"), folder.path(), ring.clone());
    desk.until_online().await;
    desk.until("it is renewed", |_| ring.token.lock().unwrap().as_deref() == Some("a-token-1")).await;
    service.tell(Do::Ping);
    desk.hub.woke();
    desk.until("it is connected by it", |_| service.kept().hellos.len() == 2).await;
    desk.until_online().await;
    assert_eq!(service.kept().renewals, 1);
}

#[tokio::test]
async fn c10_a_quit_is_heard_before_the_end_and_nothing_of_it_is_left() {
    let (service, folder) = (Service::new(), folder());
    let address = format!("http://{}", service.listen().await);
    let mut desk = Desk::sit(&address, folder.path(), Ring::with_token());
    desk.until_online().await;
    desk.hub.sense(behind().wall, What::SignedOut, behind());
    desk.hub.close(Duration::from_secs(5)).await;
    assert_eq!(service.kept().state.sessions().count(), 0);
    let mut desk = Desk::sit(&address, folder.path(), Ring::with_token());
    assert_eq!(desk.hub.waiting(), 0);
    assert_eq!(desk.hub.state().sessions().count(), 0);
    desk.until_online().await;
    assert_eq!(desk.shown(), "available");
    assert_eq!(desk.hub.state().sessions().count(), 1);
}

#[tokio::test]
async fn out_of_reach_the_end_does_not_wait() {
    let folder = folder();
    let mut desk = Desk::sit("http://127.0.0.1:1", folder.path(), Ring::with_token());
    let why = "http://127.0.0.1:1 isn't answering. Is the address right, and the service running?".to_owned();
    desk.until("it is out of reach", |hub| hub.trouble() == Some(&Trouble::Unreachable(why.clone()))).await;
    desk.hub.sense(behind().wall, What::SignedOut, behind());
    let begin = Instant::now();
    desk.hub.close(Duration::from_secs(5)).await;
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn what_is_refused_later_is_news() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    service.kept().silent = true;
    desk.choose("busy");
    service.until(|kept| kept.recorded.len() == 1).await;
    let key = service.kept().recorded[0].key.clone();
    let problem = Problem {
        r#type: "/problems/no".to_owned(),
        title: "No".to_owned(),
        status: 403,
        detail: "Busy is not for you".to_owned(),
    };
    service.tell(Do::Say(Box::new(Down::Refused { key, problem })));
    desk.until_settled().await;
    assert_eq!(desk.hub.take_news(), [News::Refused("Busy is not for you".to_owned())]);
    assert_eq!(desk.shown(), "available");
    assert!(desk.hub.take_news().is_empty());
}

#[tokio::test]
async fn what_waits_is_more_than_a_hello_takes_and_comes_all_the_same() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    service.kept().turns_away = Some(503);
    service.tell(Do::Drop);
    desk.until("it is lost", |hub| hub.connection() == Connection::Reconnecting).await;
    let text = "x".repeat(20_000);
    for nth in 0..60 {
        let notice =
            Notice { kind: NoticeKind::Chat, from: None, urgent: false, text: format!("{nth} {text}"), open: None };
        desk.hub.hold(&notice, HeldAs::Held, behind()).unwrap();
    }
    desk.choose("busy");
    service.kept().turns_away = None;
    desk.until_settled().await;
    let kept = service.kept();
    let hello = serde_json::to_string(kept.hellos.last().unwrap()).unwrap().len();
    assert!((400_000..600_000).contains(&hello), "{hello} bytes at once");
    assert_eq!(kept.recorded.len(), 61);
    for (nth, write) in kept.recorded.iter().take(60).enumerate() {
        let protocol::service::Writing::Hold(hold) = &write.what else { panic!("not in order: {nth}") };
        assert!(hold.notice.text.starts_with(&format!("{nth} ")), "not in order: {nth}");
    }
    assert!(kept.came.values().all(|times| *times == 1));
}

#[tokio::test]
async fn a_sign_out_forgets_everything_here() {
    let (service, folder) = (Service::new(), folder());
    let mut desk = desk(&service, &folder).await;
    desk.until_online().await;
    desk.choose("busy");
    desk.until_settled().await;
    desk.hub.sign_out().await.unwrap();
    assert_eq!(service.kept().revoked, ["this"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Runs alone and takes a while: `cargo test -p connect --test link -- --ignored idle`.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "measures for half a minute"]
fn idle_costs_one_wake_up_for_each_ping() {
    let (service, folder) = (Service::new(), folder());
    let (found, address) = std::sync::mpsc::channel();
    let served = service.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            found.send(served.listen().await).unwrap();
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                let _ = served.tell.send(Do::Ping);
            }
        });
    });
    let address = address.recv().unwrap();
    service.kept().lost_seconds = 11;
    // The thread is watched from outside, so that no timer but its own wakes it.
    let (found, thread) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut desk = Desk::sit(&format!("http://{address}"), folder.path(), Ring::with_token());
            desk.until_online().await;
            found.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let status = std::path::Path::new("/proc").join(thread.recv().unwrap()).join("status");
    let switches = || -> u64 {
        let status = std::fs::read_to_string(&status).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary")).unwrap();
        line.split_whitespace().last().unwrap().parse().unwrap()
    };
    std::thread::sleep(Duration::from_secs(1));
    let (before, pongs) = (switches(), service.kept().pongs);
    std::thread::sleep(Duration::from_secs(30));
    let (woken, answered) = (switches() - before, u64::try_from(service.kept().pongs - pongs).unwrap());
    println!("{woken} wake-ups, {answered} pings");
    assert!(answered >= 5);
    assert_eq!(woken, answered);
}
