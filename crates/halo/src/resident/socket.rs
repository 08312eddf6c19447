//! The local socket: one JSON line asks, one answers. Only the same user gets in.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use agent::Tick;
use anyhow::Context;
use jiff::Timestamp;
use local_socket::{Connection, Listener};
use protocol::{Intent, Interval, MAX_LINE, Reply, Report, Request, decode_request};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader, WriteHalf};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::window::{Calls, WindowCall};
use crate::place::Place;

/// A report, and the same as one line for people.
pub type Told = (Report, String);

/// Where a conversation that goes on gets its news.
#[derive(Debug, Clone)]
pub struct Outlets {
    /// Each report.
    pub reports: broadcast::Sender<Arc<Told>>,
    /// Each call to the window.
    pub window: Calls,
}

/// How long a line may take to arrive once it has begun: half a message holds nothing up for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many intervals of a long history are read at once: a few milliseconds' work.
const PAGE: u32 = 1000;

/// Listens where other programs look. The instance's lock is ours, so a socket that is there is a dead one's.
pub fn listen(place: &Place) -> anyhow::Result<Listener> {
    Listener::bind(&place.socket).with_context(|| format!("Halo can't listen at {}", place.socket.display()))
}

/// Serves whoever connects, until the controller has ended and the last answers are on their way.
pub async fn serve(mut listener: Listener, ticks: mpsc::Sender<Tick>, outlets: Outlets) {
    let mut conversations = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = conversations.join_next() => continue,
            () = ticks.closed() => break,
        };
        match accepted {
            Ok(connection) => drop(conversations.spawn(converse(connection, ticks.clone(), outlets.clone()))),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => tracing::warn!("{error} and was refused"),
            Err(error) => {
                // Out of file descriptors, most likely: later there may be some.
                tracing::warn!("a connection could not be taken: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    while conversations.join_next().await.is_some() {}
}

/// One connection: requests in turn, until the other end hangs up.
async fn converse(connection: Connection, ticks: mpsc::Sender<Tick>, outlets: Outlets) {
    let (reading, mut writing) = tokio::io::split(connection);
    let mut reading = BufReader::with_capacity(1024, reading);
    loop {
        // A silent connection is a window that waits; half a line is a fault.
        tokio::select! {
            begun = reading.fill_buf() => if begun.is_err() { return },
            () = ticks.closed() => return,
        }
        let line = match tokio::time::timeout(PATIENCE, read_line(&mut reading)).await {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => return,
            Ok(Err(error)) => return drop(answer(&mut writing, &Reply::Refused(error.to_string().into())).await),
            Err(_) => {
                let why = format!(
                    "no whole line came within {} seconds: a request ends with a line feed",
                    PATIENCE.as_secs()
                );
                return drop(answer(&mut writing, &Reply::Refused(why.into())).await);
            }
        };
        let request = match decode_request(&line) {
            Ok(request) => request,
            Err(error) => return drop(answer(&mut writing, &Reply::Refused(error.to_string().into())).await),
        };
        if request == Request::Watch {
            // Listening first, so that nothing is missed between the first answer and the next.
            let coming = outlets.reports.subscribe();
            return drop(watch(&mut reading, &mut writing, &ticks, coming).await);
        }
        if request == Request::Window {
            let calls = outlets.window.listen();
            return drop(serve_window(&mut reading, &mut writing, &ticks, calls).await);
        }
        if let Request::History { since, until, limit: None } = request {
            if history(&mut writing, &ticks, since, until).await.is_err() {
                return;
            }
            continue;
        }
        let Some(reply) = ask(&ticks, request).await else { return };
        if answer(&mut writing, &reply).await.is_err() {
            return;
        }
    }
}

async fn ask(ticks: &mpsc::Sender<Tick>, request: Request) -> Option<Reply> {
    let (reply, answered) = oneshot::channel();
    ticks.send(Tick::Asked(request, reply)).await.ok()?;
    answered.await.ok()
}

/// A history without a limit: one line as any answer, made page by page. Five years in one go would keep the controller
/// from its work for a fifth of a second, and leave the program six times its size.
async fn history(
    writing: &mut WriteHalf<Connection>,
    ticks: &mpsc::Sender<Tick>,
    mut since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> io::Result<()> {
    let mut line = b"{\"history\":[".to_vec();
    let mut begun = false;
    loop {
        let page = match ask(ticks, Request::History { since, until, limit: Some(PAGE) }).await {
            Some(Reply::History(page)) => page,
            Some(refused) if !begun => return answer(writing, &refused).await,
            // Too late for words: half a line is no answer.
            _ => return Err(ErrorKind::BrokenPipe.into()),
        };
        for interval in &page {
            if begun {
                line.push(b',');
            }
            begun = true;
            serde_json::to_writer(&mut line, interval)?;
        }
        since = Interval::next_page(&page);
        if since.is_none() {
            line.extend_from_slice(b"]}\n");
        }
        writing.write_all(&line).await?;
        line.clear();
        if since.is_none() {
            return Ok(());
        }
    }
}

/// The presence at once and at each change, until the other end hangs up. Offline is the last word of a quit.
async fn watch(
    reading: &mut (impl AsyncBufRead + Unpin),
    writing: &mut WriteHalf<Connection>,
    ticks: &mpsc::Sender<Tick>,
    mut coming: broadcast::Receiver<Arc<Told>>,
) -> io::Result<()> {
    let mut told: Option<Report> = None;
    let Some(first) = ask(ticks, Request::Status).await else { return Ok(()) };
    if let Reply::Status { report, .. } = &first {
        told = Some((**report).clone());
    }
    answer(writing, &first).await?;
    loop {
        tokio::select! {
            // What was told before the end is passed on before the end.
            biased;
            report = coming.recv() => {
                // A watcher that reads too slowly misses what was in between, never the last state.
                let (report, line) = match report.as_deref() {
                    Ok(told) => told.clone(),
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => return Ok(()),
                };
                if told.as_ref() != Some(&report) {
                    told = Some(report.clone());
                    answer(writing, &Reply::Status { report: Box::new(report), line }).await?;
                }
            }
            // Nothing more is to be said by the other end: whatever comes, the conversation is over.
            gone = reading.fill_buf() => return gone.map(|_| ()),
            () = ticks.closed() => return Ok(()),
        }
    }
}

/// How long a window may take from being ended to its end.
const ENDING: Duration = Duration::from_secs(1);

/// Serves the window until it closes. Whoever asked for it while it was about to end gets another one.
async fn serve_window(
    reading: &mut (impl AsyncBufRead + Unpin),
    writing: &mut WriteHalf<Connection>,
    ticks: &mpsc::Sender<Tick>,
    mut calls: broadcast::Receiver<WindowCall>,
) -> io::Result<()> {
    let mut asked_for = false;
    let ended = show(reading, writing, ticks, &mut calls, &mut asked_for).await;
    while let Ok(call) = calls.try_recv() {
        asked_for |= call == WindowCall::Raise;
    }
    // As long as somebody hears calls, there is a window.
    drop(calls);
    if asked_for {
        ask(ticks, Request::Do(Intent::Open)).await;
    }
    ended
}

/// The window's view at once and at each change. `asked_for` is left set by a call to the front that did not arrive.
async fn show(
    reading: &mut (impl AsyncBufRead + Unpin),
    writing: &mut WriteHalf<Connection>,
    ticks: &mpsc::Sender<Tick>,
    calls: &mut broadcast::Receiver<WindowCall>,
    asked_for: &mut bool,
) -> io::Result<()> {
    let mut shown = None;
    let mut raised: Option<Instant> = None;
    loop {
        let Some(view) = ask(ticks, Request::Window).await else { return farewell(writing, calls).await };
        if shown.as_ref() != Some(&view) {
            answer(writing, &view).await?;
            shown = Some(view);
        }
        loop {
            let call = tokio::select! {
                call = calls.recv() => call,
                gone = reading.fill_buf() => {
                    // What it was sent last, it did not read.
                    let unread = gone.as_ref().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset);
                    *asked_for = unread && raised.is_some_and(|at| at.elapsed() < ENDING);
                    return gone.map(|_| ());
                }
                () = ticks.closed() => return farewell(writing, calls).await,
            };
            match call {
                Ok(WindowCall::Raise) => {
                    *asked_for = true;
                    answer(writing, &Reply::Raise {}).await?;
                    *asked_for = false;
                    raised = Some(Instant::now());
                }
                Ok(WindowCall::Close) => return answer(writing, &Reply::Close {}).await,
                Ok(WindowCall::Changed) | Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            }
        }
    }
}

/// The window's last word: whether it is to close with the program, or to wait for the next one.
async fn farewell(writing: &mut WriteHalf<Connection>, calls: &mut broadcast::Receiver<WindowCall>) -> io::Result<()> {
    use broadcast::error::TryRecvError;
    loop {
        match calls.try_recv() {
            Ok(WindowCall::Close) => return answer(writing, &Reply::Close {}).await,
            Ok(_) | Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
        }
    }
}

async fn answer(writing: &mut WriteHalf<Connection>, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    writing.write_all(&line).await
}

/// A line without its end; `None` when the other end has hung up.
async fn read_line(reading: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let available = reading.fill_buf().await?;
        if available.is_empty() {
            return Ok(None);
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        line.extend_from_slice(&available[..end.unwrap_or(available.len())]);
        reading.consume(taken);
        if line.len() > MAX_LINE {
            let why = format!("a request has at most {MAX_LINE} bytes; this one is longer");
            return Err(io::Error::new(ErrorKind::InvalidData, why));
        }
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}
