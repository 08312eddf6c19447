//! The JSON that other programs read and write, to the letter: a change here is a change of a public contract.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use presence::{Color, InteractionKind, Policy, Source};
use protocol::service::{Down, OLDEST_STREAM_VERSION, PublicPresence, STREAM_VERSION, Shows, Up};
use protocol::{
    Activity, Connection, Correction, HeldAs, HeldItem, Intent, Interval, Lasts, Malformed, Notice, Reason, Reply,
    Report, Request, decode_request, encode_request,
};

fn away() -> Report {
    Report {
        status: "away".into(),
        primary: "away".into(),
        label: "Away".into(),
        color: Color::Yellow,
        since: "2026-11-23T10:42:10Z".parse().unwrap(),
        until: None,
        message: None,
        reason: Reason { source: Source::Lock, since: "2026-11-23T10:42:11Z".parse().unwrap(), detail: None },
        returns_to: Some("available".into()),
        activity: Activity::default(),
        connection: Connection::Embedded,
        asked: None,
        others_see: None,
        paused: None,
        snoozed_until: None,
        countdown: None,
    }
}

#[test]
fn a_status_has_the_keys_of_the_contract_and_no_others() {
    let json = serde_json::to_string(&away()).unwrap();
    assert_eq!(
        json,
        r#"{"status":"away","primary":"away","label":"Away","color":"yellow","since":"2026-11-23T10:42:10Z","until":null,"message":null,"reason":{"source":"lock","since":"2026-11-23T10:42:11Z","detail":null},"returns_to":"available","activity":{"on_call":false,"interactions":0},"connection":"embedded"}"#
    );
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), away());
}

#[test]
fn an_interval_and_a_held_item_have_the_keys_of_the_contract() {
    let interval = Interval {
        status: "meal".into(),
        primary: "meal".into(),
        source: Source::Manual,
        detail: None,
        start: "2026-11-23T12:00:00Z".parse().unwrap(),
        end: None,
        message: Some("Back at 12:30".into()),
        correction: None,
    };
    assert_eq!(
        serde_json::to_string(&interval).unwrap(),
        r#"{"status":"meal","primary":"meal","source":"manual","detail":null,"start":"2026-11-23T12:00:00Z","end":null,"message":"Back at 12:30"}"#
    );
    let at = "2026-11-23T17:00:00Z".parse().unwrap();
    let correction = Some(Correction { was: "away".into(), reason: "at a customer's".into(), at });
    assert_eq!(
        serde_json::to_string(&Interval { message: None, correction, ..interval }).unwrap(),
        r#"{"status":"meal","primary":"meal","source":"manual","detail":null,"start":"2026-11-23T12:00:00Z","end":null,"message":null,"correction":{"was":"away","reason":"at a customer's","at":"2026-11-23T17:00:00Z"}}"#
    );
    let item = HeldItem {
        id: 7,
        at: "2026-11-23T12:04:00Z".parse().unwrap(),
        kind: InteractionKind::Call,
        from: Some("Joon".into()),
        text: String::new(),
        urgent: false,
        held_as: HeldAs::MissedCall,
        told: true,
        open: None,
    };
    assert_eq!(
        serde_json::to_string(&item).unwrap(),
        r#"{"id":7,"at":"2026-11-23T12:04:00Z","kind":"call","from":"Joon","text":"","urgent":false,"held_as":"missed_call","told":true}"#
    );
}

#[test]
fn the_sources_have_the_names_of_the_contract() {
    let sources = [
        Source::Default,
        Source::Manual,
        Source::Supervisor,
        Source::Idle,
        Source::Lock,
        Source::Sleep,
        Source::Capacity,
        Source::Missed,
        Source::Rejected,
        Source::Call,
        Source::Calendar,
        Source::Schedule,
        Source::External,
        Source::SignedOut,
        Source::Connection,
    ];
    let names: Vec<String> = sources.iter().map(|source| serde_json::to_string(source).unwrap()).collect();
    let said: Vec<String> = sources.iter().map(|source| format!("\"{}\"", source.as_str())).collect();
    assert_eq!(names, said);
    assert_eq!(
        names.join(" ").replace('"', ""),
        "default manual supervisor idle lock sleep capacity missed rejected call calendar schedule external signed_out connection"
    );
}

#[test]
fn requests_are_lines_of_json_that_name_their_version() {
    assert_eq!(encode_request(Request::Status), "{\"halo\":1,\"request\":\"status\"}\n");
    let set = Intent::Set { status: "meal".into(), lasts: Some(Lasts::For(1800)), message: None };
    assert_eq!(
        encode_request(Request::Do(set)),
        "{\"halo\":1,\"request\":{\"do\":{\"set\":{\"status\":\"meal\",\"lasts\":{\"for\":1800},\"message\":null}}}}\n"
    );
    let notice = Notice { kind: InteractionKind::Chat, from: None, urgent: true, text: "hi".into(), open: None };
    assert_eq!(
        encode_request(Request::Do(Intent::Notify(notice))),
        "{\"halo\":1,\"request\":{\"do\":{\"notify\":{\"kind\":\"chat\",\"from\":null,\"urgent\":true,\"text\":\"hi\"}}}}\n"
    );
    assert_eq!(
        serde_json::to_string(&Reply::Refused("no".into())).unwrap(),
        r#"{"refused":{"line":"no","words":"no"}}"#
    );
}

#[test]
fn a_history_may_be_asked_for_by_range_and_page_and_need_not() {
    let line = br#"{"halo":1,"request":{"history":{"since":null}}}"#;
    assert_eq!(decode_request(line).unwrap(), Request::History { since: None, until: None, limit: None });
    let until = Some("2026-11-23T12:00:00Z".parse().unwrap());
    assert_eq!(
        encode_request(Request::History { since: None, until, limit: Some(1) }),
        "{\"halo\":1,\"request\":{\"history\":{\"since\":null,\"until\":\"2026-11-23T12:00:00Z\",\"limit\":1}}}\n"
    );
}

#[test]
fn what_is_no_request_is_told_what_a_request_is() {
    assert!(matches!(decode_request(br#"{"halo":2,"request":"status"}"#), Err(Malformed::Version(2))));
    let other = decode_request(br#"{"halo":2,"request":"status"}"#).unwrap_err().to_string();
    assert!(other.contains("restart both"), "{other}");
    for nonsense in [&b"hello"[..], b"{}", b"{\"halo\":1}", b"{\"halo\":1,\"request\":\"fly\"}", b"\xff\xfe", b""] {
        let refused = decode_request(nonsense).unwrap_err().to_string();
        assert!(refused.contains("A request is one line of JSON"), "{refused}");
    }
}

#[test]
fn a_restart_is_understood_from_a_program_of_any_version() {
    let restart = decode_request(br#"{"halo":99,"request":{"do":"restart"}}"#).unwrap();
    assert_eq!(restart, Request::Do(Intent::Restart));
    assert!(decode_request(br#"{"halo":99,"request":{"do":"quit"}}"#).is_err());
}

#[test]
fn every_kind_of_message_is_known_by_its_name() {
    let error = serde_json::from_str::<Down>(r#"{"none":0}"#).unwrap_err().to_string();
    let known = error.split('`').skip(3).step_by(2);
    assert_eq!(known.collect::<Vec<_>>(), Down::KINDS);
}

#[test]
fn what_somebody_shows_comes_out_of_its_short_form_as_it_went_in() {
    let policy = Policy::genesys();
    let since: presence::Timestamp = "2026-11-23T10:42:10.5Z".parse().unwrap();
    for row in &policy.statuses {
        let full = PublicPresence {
            status: row.id.to_string(),
            color: row.color,
            glyph: row.glyph,
            since,
            until: Some(since),
            message: Some("In the archive".to_owned()),
            activity: Activity { on_call: true, interactions: 2 },
        };
        for full in [PublicPresence { until: None, message: None, activity: Activity::default(), ..full.clone() }, full]
        {
            let json = serde_json::to_string(&Shows::of("ada", &full, &policy).unwrap()).unwrap();
            let short: Shows = serde_json::from_str(&json).unwrap();
            assert_eq!(short.in_full(&policy), Some(full));
        }
    }
    let plain = r#"{"name":"ada","status":"busy","since":1795430530500}"#;
    let busy = serde_json::from_str::<Shows>(plain).unwrap();
    assert_eq!(serde_json::to_string(&busy).unwrap(), plain);
    // What the short form can't say is said in full.
    let full = busy.in_full(&policy).unwrap();
    let finer = PublicPresence { since: "2026-11-23T10:42:10.000001Z".parse().unwrap(), ..full.clone() };
    let other = PublicPresence { color: Color::Pink, ..full.clone() };
    let unknown = PublicPresence { status: "levitating".to_owned(), ..full };
    assert!([finer, other, unknown].iter().all(|presence| Shows::of("ada", presence, &policy).is_none()));
}

/// What a device of then says to a service of today.
fn said(transcript: &str) -> Vec<Up> {
    let lines = transcript.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.filter_map(|mut line| Some(serde_json::from_value(line.get_mut("up")?.take()).unwrap())).collect()
}

#[test]
fn a_device_of_version_2_and_one_of_a_later_version_are_understood() {
    for transcript in [
        include_str!("../../connect/tests/transcripts/v2/work.jsonl"),
        include_str!("../../connect/tests/transcripts/v2/out-of-reach.jsonl"),
        include_str!("../../connect/tests/transcripts/v2/signed-out.jsonl"),
    ] {
        let said = said(transcript);
        let Up::Hello(hello) = &said[0] else { panic!("{said:?}") };
        assert_eq!((hello.mismatch(), hello.oldest, hello.capabilities.len()), (None, None, 0));
    }
    let hello = |version, oldest: &str| {
        let json = format!(
            r#"{{"hello":{{"version":{version},{oldest}"boot":"b","starts":true,"writes":[],"capabilities":["poems"],
            "own_clock":{{"shows":"2026-01-05T10:00:00Z","since":"2026-01-05T09:00:00Z","newer":1}},"newer":[1]}}}}"#
        );
        match serde_json::from_str(&json).unwrap() {
            Up::Hello(hello) => hello.mismatch().unwrap_or_default(),
            Up::Write(write) => panic!("{write:?}"),
        }
    };
    assert_eq!(hello(STREAM_VERSION, ""), "");
    assert_eq!(hello(STREAM_VERSION + 1, ""), "");
    assert_eq!(hello(STREAM_VERSION + 1, &format!(r#""oldest":{STREAM_VERSION},"#)), "");
    assert!(hello(STREAM_VERSION + 2, &format!(r#""oldest":{},"#, STREAM_VERSION + 1)).contains("must update it"));
    assert!(hello(OLDEST_STREAM_VERSION - 1, "").contains("update Halo"));
}
