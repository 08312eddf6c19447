//! Calls by real sound servers.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod common;

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::time::Instant;

use common::sound::{Sound, Stream};
use common::{Ear, Running};
use signals::{Environment, Raw, SignalKind, SourceHealth, SourceState};

const BUSY: Raw = Raw::Call { busy: Some(true) };
const FREE: Raw = Raw::Call { busy: Some(false) };
const UNKNOWN: Raw = Raw::Call { busy: None };

async fn call(ear: &mut Ear) -> Raw {
    ear.until(|raw| matches!(raw, Raw::Call { .. })).await
}

/// Hears that the microphone is free, and that by now nothing else is to be said.
async fn hears_of_none(sound: &Sound) -> Ear {
    let mut ear = sound.ear();
    assert_eq!(call(&mut ear).await, FREE);
    ear.nothing_of_calls().await;
    ear
}

fn source(ear: &Ear) -> SourceHealth {
    ear.handle.health().into_iter().find(|source| source.signal == SignalKind::Call).unwrap()
}

async fn a_stream_is_told(sound: &Sound) {
    let mut ear = hears_of_none(sound).await;
    let started = Instant::now();
    let recording = sound.record("mic");
    assert_eq!(call(&mut ear).await, BUSY);
    eprintln!("start to event, parec included: {:?}", started.elapsed());
    let other = sound.record("mic");
    ear.nothing_of_calls().await;
    drop(recording);
    ear.nothing_of_calls().await;
    drop(other);
    assert_eq!(call(&mut ear).await, FREE);
    let source = source(&ear);
    assert_eq!((source.state, source.chosen), (SourceState::Working, true));
    assert_eq!(source.last.unwrap().1, "not in use");
}

async fn others_are_no_call(sound: &Sound) {
    let mut ear = hears_of_none(sound).await;
    let _monitor = sound.record("out.monitor");
    let _meter = Stream::open(sound, false, true);
    ear.nothing_of_calls().await;
    let mut stream = Stream::open(sound, true, false);
    ear.nothing_of_calls().await;
    let asked = Instant::now();
    stream.cork(false);
    assert_eq!(call(&mut ear).await, BUSY);
    eprintln!("uncorked to event: {:?}", asked.elapsed());
    stream.cork(true);
    assert_eq!(call(&mut ear).await, FREE);
    stream.cork(false);
    assert_eq!(call(&mut ear).await, BUSY);
    drop(stream);
    assert_eq!(call(&mut ear).await, FREE);
}

#[tokio::test]
async fn a_stream_from_the_microphone_is_told_when_it_starts_and_when_it_ends() {
    if let Some(sound) = Sound::pulseaudio() {
        a_stream_is_told(&sound).await;
    }
}

#[tokio::test]
async fn a_stream_is_told_by_pipewire_too() {
    if let Some(sound) = Sound::pipewire() {
        a_stream_is_told(&sound).await;
    }
}

#[tokio::test]
async fn a_monitor_a_level_meter_and_a_corked_stream_are_no_call() {
    if let Some(sound) = Sound::pulseaudio() {
        others_are_no_call(&sound).await;
    }
}

#[tokio::test]
async fn a_monitor_a_level_meter_and_a_corked_stream_are_no_call_with_pipewire_either() {
    if let Some(sound) = Sound::pipewire() {
        others_are_no_call(&sound).await;
    }
}

#[tokio::test]
async fn a_call_that_runs_already_is_told_at_the_start() {
    let Some(sound) = Sound::pulseaudio() else { return };
    let _stream = Stream::open(&sound, false, false);
    assert_eq!(call(&mut sound.ear()).await, BUSY);
}

#[tokio::test]
async fn a_server_that_dies_is_unknown_until_it_is_back() {
    let Some(mut sound) = Sound::pulseaudio() else { return };
    let mut ear = hears_of_none(&sound).await;
    let stream = Stream::open(&sound, false, false);
    assert_eq!(call(&mut ear).await, BUSY);
    sound.kill();
    drop(stream);
    assert_eq!(call(&mut ear).await, UNKNOWN);
    assert_eq!(source(&ear).state, SourceState::Failing);
    sound.start();
    assert_eq!(call(&mut ear).await, FREE);
    let _recording: Running = sound.record("mic");
    assert_eq!(call(&mut ear).await, BUSY);
}

#[tokio::test]
async fn a_server_that_starts_later_is_found_and_none_is_started_for_us() {
    let Some(mut sound) = Sound::not_started() else { return };
    let mut ear = sound.ear();
    ear.nothing_of_calls().await;
    assert_eq!((source(&ear).state, source(&ear).why.as_str()), (SourceState::Absent, "no sound server runs"));
    // A socket that would start one if anybody connected.
    fs::create_dir(sound.socket().parent().unwrap()).unwrap();
    let socket = UnixListener::bind(sound.socket()).unwrap();
    socket.set_nonblocking(true).unwrap();
    ear.nothing_of_calls().await;
    assert!(socket.accept().is_err(), "somebody connected");
    drop(socket);
    fs::remove_file(sound.socket()).unwrap();
    let started = Instant::now();
    sound.start();
    assert_eq!(call(&mut ear).await, FREE);
    eprintln!("start of the server to the first word: {:?}", started.elapsed());
}

#[tokio::test]
async fn without_a_runtime_directory_it_is_absent() {
    let ear = Ear::new(Environment::default());
    ear.handle.tell_calls(true);
    tokio::task::yield_now().await;
    assert_eq!(source(&ear).state, SourceState::Absent);
}

#[tokio::test]
async fn d13_nothing_asks_about_the_microphone_while_calls_are_switched_off_or_sensing_is_paused() {
    let Some(sound) = Sound::pulseaudio() else { return };
    let mut ear = Ear::new(sound.environment());
    let _recording = sound.record("mic");
    ear.nothing_of_calls().await;
    ear.handle.tell_calls(true);
    assert_eq!(call(&mut ear).await, BUSY);
    ear.handle.tell_calls(false);
    assert_eq!(call(&mut ear).await, UNKNOWN);
    ear.handle.tell_calls(true);
    assert_eq!(call(&mut ear).await, BUSY);
    ear.handle.pause(true);
    assert_eq!(call(&mut ear).await, UNKNOWN);
    ear.nothing_of_calls().await;
    ear.handle.pause(false);
    assert_eq!(call(&mut ear).await, BUSY);
    ear.end().await;
}

#[tokio::test]
async fn a_server_that_talks_nonsense_is_failing_and_nothing_worse() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("native");
    let server = UnixListener::bind(&socket).unwrap();
    let mut ear = Ear::new(Environment { sound_server: Some(socket), ..Environment::default() });
    ear.handle.tell_calls(true);
    for nonsense in [&[0xff; 64][..], &[0; 64], b""] {
        server.set_nonblocking(true).unwrap();
        let mut client = loop {
            tokio::task::yield_now().await;
            match server.accept() {
                Ok((client, _)) => break client,
                Err(_) => tokio::time::sleep(common::QUIET / 10).await,
            }
        };
        client.write_all(nonsense).unwrap();
        drop(client);
    }
    ear.nothing_of_calls().await;
    assert_eq!(source(&ear).state, SourceState::Failing);
}
