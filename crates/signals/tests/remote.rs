//! A desktop that is looked at from afar: under sockets as xrdp makes them, and in a real session of `TigerVNC`.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]

mod common;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::{Display, Ear, Running, installed};
use signals::{Environment, LockSource, Raw, Remote, SignalKind, SourceState};
use tempfile::TempDir;

const NAME: &str = "remote desktop";

/// The next word on whether somebody is there, without the idle time that goes with it.
async fn left(ear: &mut Ear) -> bool {
    match ear.until(|raw| matches!(raw, Raw::Lock { .. })).await {
        Raw::Lock { source: LockSource::Remote, locked: Some(left), .. } => left,
        other => panic!("{other:?}"),
    }
}

/// What xrdp has for a display in its folder: a socket to the X server, and, while nobody is connected, one more.
struct Sockets {
    folder: TempDir,
    number: String,
    server: UnixListener,
    client: Option<[UnixStream; 2]>,
}

impl Sockets {
    fn of(display: &Display) -> Self {
        let (folder, number) = (tempfile::tempdir().unwrap(), display.name.trim_start_matches(':').to_owned());
        let server = UnixListener::bind(folder.path().join(format!("xrdp_display_{number}"))).unwrap();
        Self { folder, number, server, client: None }
    }

    fn waiting(&self, number: &str) -> PathBuf {
        self.folder.path().join(format!("xrdp_chansrv_socket_{number}"))
    }

    /// The socket is there before the connection is, and the other way round.
    fn connect(&mut self) {
        fs::remove_file(self.waiting(&self.number)).ok();
        let client = UnixStream::connect(self.folder.path().join(format!("xrdp_display_{}", self.number))).unwrap();
        self.client = Some([client, self.server.accept().unwrap().0]);
    }

    fn cut(&mut self) {
        File::create(self.waiting(&self.number)).unwrap();
        self.client = None;
    }
}

#[tokio::test]
async fn whoever_cuts_a_connection_of_xrdp_has_left_and_is_back_with_the_next_one() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let mut sockets = Sockets::of(&display);
    sockets.connect();
    let remote = Remote::Xrdp { sockets: sockets.folder.path().to_owned() };
    let environment =
        Environment { display: Some(display.name.clone()), remote: Some(remote), ..Environment::default() };
    let mut ear = Ear::new(environment.clone());
    assert!(!left(&mut ear).await);
    assert_eq!(ear.source(SignalKind::Lock, NAME).state, SourceState::Working);
    for _ in 0..2 {
        sockets.cut();
        assert!(left(&mut ear).await);
        // Somebody else on the machine comes and goes.
        File::create(sockets.waiting("1")).unwrap();
        ear.nothing_of_locks().await;
        sockets.connect();
        assert!(!left(&mut ear).await);
    }

    // One that starts while nobody looks knows it; what a pause kept from it is known after it.
    sockets.cut();
    let cut = ear.until(|raw| matches!(raw, Raw::Lock { .. })).await;
    let is_left = matches!(cut, Raw::Lock { source: LockSource::Remote, locked: Some(true), idle: Some(_) });
    assert!(is_left, "with the time since the last input: {cut:?}");
    let mut other = Ear::new(environment);
    assert!(left(&mut other).await);
    other.handle.pause(true);
    other.nothing_of_locks().await;
    sockets.connect();
    other.nothing_of_locks().await;
    other.handle.pause(false);
    assert!(!left(&mut other).await);
}

#[tokio::test]
async fn a_folder_of_xrdp_that_is_not_there_is_said_and_locks_nobody_out() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let remote = Remote::Xrdp { sockets: "/nowhere/at/all".into() };
    let mut ear =
        Ear::new(Environment { display: Some(display.name.clone()), remote: Some(remote), ..Environment::default() });
    ear.idle().await;
    ear.nothing_of_locks().await;
    let source = ear.source(SignalKind::Lock, NAME);
    assert_eq!(source.state, SourceState::Failing);
    assert!(source.why.contains("/nowhere/at/all can't be watched"), "{source:?}");
}

#[tokio::test]
async fn where_xrdp_has_its_socket_elsewhere_nobody_is_said_to_have_left() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let (display, empty) = (Display::start(&[]), tempfile::tempdir().unwrap());
    let remote = Remote::Xrdp { sockets: empty.path().to_owned() };
    let mut ear =
        Ear::new(Environment { display: Some(display.name.clone()), remote: Some(remote), ..Environment::default() });
    ear.idle().await;
    ear.nothing_of_locks().await;
    assert_eq!(ear.source(SignalKind::Lock, NAME).state, SourceState::Absent);
}

/// Somebody who looks.
struct Viewer(TcpStream);

impl Viewer {
    fn connect(port: u16) -> Self {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let mut version = [0; 12];
        stream.read_exact(&mut version).unwrap();
        stream.write_all(&version).unwrap();
        Self(stream)
    }
}

#[tokio::test]
async fn whoever_closes_their_vnc_viewer_has_left_and_is_back_with_the_next_one() {
    if !installed(&["Xtigervnc"]) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let number = 2_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    let port = 5_900 + number;
    let log = File::create(home.path().join(format!("host:{number}.log"))).unwrap();
    let mut server = Command::new("Xtigervnc");
    server.args([&format!(":{number}"), "-rfbport", &port.to_string(), "-localhost", "-SecurityTypes", "None"]);
    server.args(["-Log", "*:stderr:30", "-displayfd", "1", "-nolisten", "tcp"]).stderr(log);
    let _server = Running::ready(server.stdin(Stdio::null()));
    let environment = Environment {
        display: Some(format!(":{number}")),
        remote: Some(Remote::Vnc { logs: home.path().to_owned() }),
        ..Environment::default()
    };
    let mut ear = Ear::new(environment);
    assert!(left(&mut ear).await, "nobody has looked yet");
    for _ in 0..2 {
        let viewer = Viewer::connect(port);
        assert!(!left(&mut ear).await);
        drop(viewer.0);
        assert!(left(&mut ear).await);
    }
}
