//! Nonsense on the local socket: refused in words where it can be told, and nobody else waits for it.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use e2e::{Desktop, skip, wait_until};
use faults_support::{Halo, SOON, descriptors, log};

const STATUS: &[u8] = b"{\"halo\":1,\"request\":\"status\"}\n";

/// "At once", on a busy machine, and well below any of the program's time-outs.
const AT_ONCE: Duration = Duration::from_secs(3);

fn socket(desktop: &Desktop) -> PathBuf {
    desktop.runtime_dir().join("halo/socket")
}

fn connect(desktop: &Desktop) -> UnixStream {
    let stream = UnixStream::connect(socket(desktop)).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// Listens at the path that is its argument, as whoever runs it, and prints what it is told.
const LISTENER: &str = "import os, socket, sys
os.umask(0)
os.mkdir(os.path.dirname(sys.argv[1]))
at = socket.socket(socket.AF_UNIX)
at.bind(sys.argv[1])
at.listen()
while True:
    there, _ = at.accept()
    print(there.recv(9999), flush=True)
    there.sendall(b'{\"done\":null}\\n')
";

#[test]
fn bad_input_nothing_is_said_to_a_socket_of_another_user() {
    use std::process::{Command, Stdio};
    let desktop = Desktop::builder().start().unwrap();
    let shared = desktop.home().join("tmp");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
    let socket = shared.join(format!("halo-{}/socket", rustix::process::getuid().as_raw()));
    let mut other = Command::new("setpriv");
    other.args(["--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", LISTENER]).arg(&socket);
    // The way there is open to everybody, as that to /tmp is.
    for folder in socket.ancestors().skip(2).take_while(|folder| *folder != Path::new("/tmp")) {
        let open = fs::metadata(folder).unwrap().permissions().mode() | 0o711;
        fs::set_permissions(folder, Permissions::from_mode(open)).unwrap();
    }
    let mut other = other.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    if !wait_until(SOON, || socket.exists() || other.try_wait().unwrap().is_some()) || !socket.exists() {
        return skip("nobody else can be taken for (setpriv needs to be root)");
    }
    for (arguments, input) in [
        (&["sign-in", "http://127.0.0.1:1", "--name", "ada"][..], "my-secret-password"),
        (&["message", "hush"], ""),
        (&["status"], ""),
        (&[], ""),
        (&["halo://open"], ""),
    ] {
        let mut halo = desktop.command(e2e::halo_program());
        halo.args(arguments).env_remove("XDG_RUNTIME_DIR").env("TMPDIR", &shared);
        let mut halo = halo.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        writeln!(halo.stdin.take().unwrap(), "{input}").ok();
        let said = halo.wait_with_output().unwrap();
        let words = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(words.contains("belongs to somebody else") && words.contains("XDG_RUNTIME_DIR"), "{words}");
    }
    other.kill().unwrap();
    let heard = other.wait_with_output().unwrap().stdout;
    assert_eq!(String::from_utf8(heard).unwrap(), "", "something was said to another user's program");
}

/// Everything that comes until the program hangs up.
fn rest(stream: &mut UnixStream) -> String {
    let mut said = Vec::new();
    // What it did not read of ours may end the connection in a reset; what it said before that counts.
    let _ = stream.read_to_end(&mut said);
    String::from_utf8(said).unwrap()
}

#[track_caller]
fn is_refusal(said: &str, words: &[&str]) {
    assert_eq!(said.lines().count(), 1, "{said:?}");
    assert!(said.starts_with("{\"refused\":"), "{said}");
    for word in words {
        assert!(said.contains(word), "“{word}” is missing: {said}");
    }
}

#[track_caller]
fn answers_at_once(halo: &Halo) {
    let asked = Instant::now();
    assert!(halo.does(&["status"]).contains("since"));
    assert!(asked.elapsed() < AT_ONCE, "an answer took {:?}", asked.elapsed());
}

#[test]
fn what_is_no_request_is_refused_in_a_line_that_shows_one() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let deep = [b"[".repeat(10_000), b"\n".to_vec()].concat();
    let cases: [(&[u8], &[&str]); 9] = [
        (b"{\"halo\":2,\"request\":\"status\"}\n", &["version 1", "speaks 2", "restart both"]),
        (b"{\"halo\":18446744073709551615,\"request\":\"status\"}\n", &["restart both"]),
        (b"{\"request\":\"status\"}\n", &["not a request", "names no version", "request\\\":\\\"status"]),
        (b"{\"halo\":1,\"request\":\"explode\"}\n", &["not a request", "explode"]),
        (b"{\"halo\":1,\"request\":{\"do\":{\"set\":{\"status\":5}}}}\n", &["not a request"]),
        (b"GET / HTTP/1.1\r\n\r\n", &["not a request"]),
        (b"\n", &["not a request"]),
        (b"\xff\xfe\x00\x01\x80 \x1b[2J\n", &["not a request"]),
        (&deep, &["not a request"]),
    ];
    for (nonsense, words) in cases {
        let mut stream = connect(&desktop);
        stream.write_all(nonsense).unwrap();
        is_refusal(&rest(&mut stream), words);
    }
    answers_at_once(&halo);
    assert_eq!(halo.history(), ["available"]);
}

#[test]
fn requests_before_the_nonsense_are_answered() {
    let desktop = Desktop::builder().start().unwrap();
    let _halo = Halo::start(&desktop);
    let mut stream = connect(&desktop);
    stream.write_all(&[STATUS, STATUS, b"nonsense\n"].concat()).unwrap();
    let said = rest(&mut stream);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[0].starts_with("{\"status\":") && lines[1] == lines[0]);
    is_refusal(lines[2], &["not a request"]);
}

#[test]
fn half_a_message_is_given_up_with_a_word_while_others_are_served() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let began = Instant::now();
    let mut unfinished = connect(&desktop);
    unfinished.write_all(&STATUS[..10]).unwrap();
    // Who drips a byte now and then is not let off either.
    let mut dripping = connect(&desktop);
    dripping.write_all(b"{").unwrap();
    let mut tap = dripping.try_clone().unwrap();
    std::thread::spawn(move || {
        while tap.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    answers_at_once(&halo);
    is_refusal(&rest(&mut unfinished), &["no whole line came within 10 seconds", "ends with a line feed"]);
    assert!(began.elapsed() > Duration::from_secs(9), "it gave up after {:?}", began.elapsed());
    is_refusal(&rest(&mut dripping), &["no whole line came within 10 seconds"]);
    answers_at_once(&halo);
}

#[test]
fn a_line_of_a_megabyte_is_refused_with_the_limit() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    for end in [&b""[..], b"\n"] {
        let mut stream = connect(&desktop);
        let mut sender = stream.try_clone().unwrap();
        let line = [b"x".repeat(1024 * 1024), end.to_vec()].concat();
        // It hangs up in the middle.
        let sending = std::thread::spawn(move || drop(sender.write_all(&line)));
        is_refusal(&rest(&mut stream), &["at most 65536 bytes"]);
        sending.join().unwrap();
    }
    answers_at_once(&halo);
}

#[test]
fn two_hundred_connections_at_once_are_all_served_and_leave_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let before = descriptors(&halo);
    let mut streams: Vec<_> = (0..200).map(|_| connect(&desktop)).collect();
    answers_at_once(&halo);
    for stream in &mut streams {
        stream.write_all(STATUS).unwrap();
    }
    for stream in &streams {
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        assert!(line.starts_with("{\"status\":"), "{line}");
    }
    drop(streams);
    assert!(wait_until(SOON, || descriptors(&halo) <= before), "{before} before, {} after", descriptors(&halo));
}

#[test]
fn who_never_reads_holds_up_nobody() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let mut deaf: Vec<_> = (0..3).map(|_| connect(&desktop)).collect();
    for stream in &mut deaf[..2] {
        stream.write_all(b"{\"halo\":1,\"request\":\"watch\"}\n").unwrap();
    }
    // This one asks ten thousand times and takes no answer.
    let mut asking = deaf[2].try_clone().unwrap();
    std::thread::spawn(move || drop(asking.write_all(&STATUS.repeat(10_000))));
    let mut watching = BufReader::new(connect(&desktop));
    watching.get_mut().write_all(b"{\"halo\":1,\"request\":\"watch\"}\n").unwrap();
    for n in 0..50 {
        halo.does(&["set", "busy", "--message", &format!("{n}{}", "x".repeat(490))]);
        halo.does(&["set", "available"]);
    }
    halo.does(&["set", "meal"]);
    answers_at_once(&halo);
    let saw_the_last = (0..1000).any(|_| {
        let mut line = String::new();
        watching.read_line(&mut line).unwrap();
        line.contains("\"status\":\"meal\"")
    });
    assert!(saw_the_last, "who reads gets the last state");
}

#[test]
fn another_user_gets_nowhere() {
    if !rustix::process::getuid().is_root() {
        return skip("only root can become another user");
    }
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let socket = socket(&desktop);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let open = |path: &std::path::Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));

    let as_nobody = || {
        let script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); \
            s.sendall(sys.argv[2].encode()); print(s.recv(1000).decode())";
        let mut command = desktop.command("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", script])
            .arg(&socket);
        command.arg(str::from_utf8(STATUS).unwrap()).current_dir("/").output().unwrap()
    };
    // The run-time folder of the login is shut already; what follows is what Halo's own part adds.
    open(&desktop.runtime_dir(), 0o711);
    for opened in ["nothing", "the folder", "the socket"] {
        match opened {
            "the folder" => open(socket.parent().unwrap(), 0o711),
            "the socket" => open(&socket, 0o666),
            _ => {}
        }
        let output = as_nobody();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(!said.contains("status"), "with {opened} opened, another user read: {said}");
        if opened != "the socket" {
            assert!(String::from_utf8_lossy(&output.stderr).contains("PermissionError"), "{output:?}");
        }
    }
    assert!(wait_until(SOON, || log(&desktop).contains("another user tried to connect and was refused")));
    // Nor would the command line speak to what lies in a folder that others may enter.
    halo.refuses(&["status"], 1, &["is open to others"]);
    open(socket.parent().unwrap(), 0o700);
    answers_at_once(&halo);
}
