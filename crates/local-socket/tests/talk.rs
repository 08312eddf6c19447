//! Both ends, on whatever system this is.

#![cfg(feature = "listener")]
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use local_socket::{Connection, Listener, Stream, connect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A place of its own for each test.
fn place(folder: &Path, name: &str) -> PathBuf {
    if cfg!(windows) {
        PathBuf::from(format!(r"\\.\pipe\halo-test-{name}-{}", std::process::id()))
    } else {
        close(folder);
        folder.join(name)
    }
}

/// Makes a folder nobody else's, as a socket's has to be.
fn close(folder: &Path) {
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    #[cfg(not(unix))]
    let _ = folder;
}

/// Listens on a thread of its own, as another program would, and answers each of `count` connections in turn.
fn listen<F>(
    path: &Path,
    count: usize,
    answer: impl Fn(Connection) -> F + Send + 'static,
) -> std::thread::JoinHandle<()>
where
    F: Future<Output = ()>,
{
    let path = path.to_owned();
    let (ready, listens) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut listener = Listener::bind(&path).unwrap();
            ready.send(()).unwrap();
            for _ in 0..count {
                answer(listener.accept().await.unwrap()).await;
            }
        });
        Listener::remove(&path).unwrap();
    });
    listens.recv().unwrap();
    thread
}

fn line(stream: &mut BufReader<Stream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    line
}

#[test]
fn what_one_end_writes_the_other_reads_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(folder.path(), "whole");
    let long = "x".repeat(300_000);
    let expected = long.len() + 1;
    let thread = listen(&path, 2, move |mut connection| async move {
        let mut bytes = vec![0; expected];
        connection.read_exact(&mut bytes).await.unwrap();
        connection.write_all(&bytes).await.unwrap();
        // Until the other end hangs up.
        let _ = connection.read_u8().await;
    });
    for _ in 0..2 {
        let mut stream = BufReader::new(connect(&path).unwrap());
        stream.get_mut().write_all(format!("{long}\n").as_bytes()).unwrap();
        assert_eq!(line(&mut stream), format!("{long}\n"));
    }
    thread.join().unwrap();
}

#[test]
fn the_last_words_of_one_who_hangs_up_are_heard_and_then_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(folder.path(), "last");
    let thread = listen(&path, 1, |mut connection| async move { connection.write_all(b"bye\n").await.unwrap() });
    let mut stream = BufReader::new(connect(&path).unwrap());
    thread.join().unwrap();
    assert_eq!(line(&mut stream), "bye\n");
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_read_ends_when_patience_does_and_the_next_one_gets_what_came_late() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(folder.path(), "late");
    let thread = listen(&path, 1, |mut connection| async move {
        let asked = connection.read_u8().await.unwrap();
        connection.write_all(&[asked, b'\n']).await.unwrap();
        // Until the other end hangs up.
        let _ = connection.read_u8().await;
    });
    let mut stream = BufReader::new(connect(&path).unwrap());
    stream.get_ref().set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let began = Instant::now();
    let kind = stream.read(&mut [0]).unwrap_err().kind();
    assert!(matches!(kind, ErrorKind::TimedOut | ErrorKind::WouldBlock), "{kind:?}");
    assert!(began.elapsed() >= Duration::from_millis(190));
    stream.get_ref().set_read_timeout(None).unwrap();
    stream.get_mut().write_all(b"a").unwrap();
    assert_eq!(line(&mut stream), "a\n");
    drop(stream);
    thread.join().unwrap();
}

#[test]
fn nobody_there_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(connect(&place(folder.path(), "nobody")).unwrap_err().kind(), ErrorKind::NotFound);
}
