//! The stream: a device's two-way connection, by which the service knows that it is there.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use engine::{Bearer, Meanwhile, Moment, Pulse, Seat, WriteKey};
use presence::Timestamp;
use protocol::service::{Down, Hello, Up, Write, Writing};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::app::App;
use super::asking::Asking;
use super::fault::{Fault, Faults};
use super::writes;
use super::writes::Changed;
use crate::callers::Place;
use crate::clock;
use crate::writer::{Told, Writer};

/// How much is read at once. A device says little and there are thousands of them: the default would keep 128 KiB each.
const READ_BUFFER: usize = 4 * 1024;

/// The longest message of a device, in bytes: a day's changes without a connection.
const LONGEST_MESSAGE: usize = 1024 * 1024;

/// So many writes are done in one: others wait for that long. A hello may have more, which are done after it.
const MOST_WRITES: usize = 100;

/// Whoever takes nothing for so long is gone.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// Who waits in front of the writer's queue for so long is told to come back, in up to so many seconds.
const HELLOS_WAIT: Duration = Duration::from_secs(5);
const LATER_SECONDS: u8 = 15;

/// How long a new connection may take to say hello.
const PATIENCE: Duration = Duration::from_secs(10);

/// Everything that happens to the person, as it happens (a WebSocket)
///
/// The device says `hello` first and is answered by a snapshot; facts follow, each with its version. Messages are JSON,
/// described in the protocol crate (service.rs). The service pings; a device that does not answer is lost.
#[utoipa::path(get, path = "/v1/me/stream", tag = "stream",
    responses((status = 101, description = "The stream is open"), Faults))]
pub async fn stream(
    State(app): State<App>,
    Asking(bearer): Asking,
    Extension(place): Extension<Arc<Place>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Fault> {
    let upgrade = upgrade.map_err(|error| Fault::unreadable(StatusCode::BAD_REQUEST, error.body_text()))?;
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(LONGEST_MESSAGE)
        .max_frame_size(LONGEST_MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| converse(socket, app, bearer, place)))
}

/// A connection from hello to its end. Until the hello is answered, it counts as one of those that an address has.
async fn converse(mut socket: WebSocket, app: App, bearer: Bearer, place: Arc<Place>) {
    let Some(mut hello) = hello(&mut socket).await else { return };
    let rest = hello.writes.split_off(hello.writes.len().min(MOST_WRITES));
    let rest = rest.chunks(MOST_WRITES).map(<[Write]>::to_vec).collect();
    let asking = bearer.clone();
    // First the person's own turn: nobody else waits at the door for that.
    let turn = match app.turn_soon(bearer.seat.person).await {
        Ok(turn) => turn,
        Err(fault) => return turn_away(&mut socket, fault).await,
    };
    let begun = {
        let Ok(_place) = timeout(HELLOS_WAIT, app.hellos.acquire()).await else {
            let later = format!("too many come at once: retry after {} s", 1 + random_below(LATER_SECONDS));
            return close(&mut socket, close_code::AGAIN, &later).await;
        };
        app.ask_together(bearer.seat.person, turn, move |writer, now| begin(writer, &asking, &hello, now)).await
    };
    let Begun { number, coming, pulse, is_awaited_free } = match begun {
        Ok(Ok(begun)) => begun,
        Ok(Err(fault)) | Err(fault) => return turn_away(&mut socket, fault).await,
    };
    drop(place);
    if is_awaited_free {
        let person = bearer.seat.person;
        // Said once: on its own, for it can't be said again.
        if let Ok(Err(error)) = app.writer.ask(move |writer, now| writer.tell_of_free(person, now)).await {
            tracing::warn!("{error}");
        }
    }
    attend(&mut socket, &app, &bearer, coming, &pulse, rest).await;
    let seat = bearer.seat;
    // When the service ends, nobody is told of anything (C12).
    let _ = app.writer.ask(move |writer, now| writer.hang_up(&seat, number, now)).await;
}

async fn hello(socket: &mut WebSocket) -> Option<Hello> {
    let first = timeout(PATIENCE, socket.recv()).await.ok()??.ok()?;
    let Message::Text(text) = first else {
        close(socket, close_code::UNSUPPORTED, "the first message is a hello, in JSON").await;
        return None;
    };
    match serde_json::from_str(&text) {
        Ok(Up::Hello(hello)) => match hello.mismatch() {
            None => Some(hello),
            Some(why) => {
                close(socket, close_code::POLICY, why).await;
                None
            }
        },
        Ok(Up::Write(_)) | Err(_) => {
            close(socket, close_code::POLICY, "the first message is a hello").await;
            None
        }
    }
}

/// A stream that has begun.
struct Begun {
    number: u64,
    coming: mpsc::Receiver<Told>,
    pulse: Pulse,
    /// Whether somebody whom the person awaits is free by now.
    is_awaited_free: bool,
}

/// The device is there again, with what was asked for on it meanwhile; it is told of that, and of all that holds.
fn begin(writer: &mut Writer, bearer: &Bearer, hello: &Hello, now: &Moment) -> Result<Begun, Fault> {
    let seat = &bearer.seat;
    if !is_signed_in(writer, seat) {
        return Err(Fault::token_ended());
    }
    writer.may_promise()?;
    let mut changes = Vec::new();
    let mut claims = 0;
    for write in &hello.writes {
        let Writing::Changes(stamped) = &write.what else { continue };
        let fits = |()| writes::check_claims(stamped, claims, writer, seat);
        if writes::check(write, writer, now).and_then(fits).is_ok() {
            claims += writes::claims(stamped);
            changes.push((write, writes::digest(&write.what), stamped));
        }
    }
    let meanwhile: Vec<_> = changes
        .iter()
        .map(|(write, digest, changes)| Meanwhile { key: WriteKey { key: &write.key, digest }, changes })
        .collect();
    let facts = writer.engine.arrive(seat, hello, writer.leases.last_heard(seat, now), &meanwhile, now)?;
    writer.tell_facts(seat.person, &facts);
    let pulse = writer.leases.heard(seat, writer.engine.policy(), now);
    // Those that are recorded by now are answered as such.
    let answers = do_all(writer, seat, &hello.writes, now)?;
    let snapshot = writer.snapshot(bearer, now)?;
    let (number, coming) = writer.listen(bearer, hello);
    for answer in &answers {
        writer.tell(seat, answer);
    }
    writer.tell(seat, &Down::Snapshot(Box::new(snapshot)));
    let mut followed = writer.engine.followed(seat.person, now.wall).into_iter();
    let is_awaited_free = followed.any(|view| view.tell_when_free && view.presence.is_free(writer.engine.policy()));
    Ok(Begun { number, coming, pulse, is_awaited_free })
}

/// Does writes that came together, and tells once of what is held; the answers.
fn do_all(writer: &mut Writer, seat: &Seat, asked: &[Write], now: &Moment) -> Result<Vec<Down>, Fault> {
    let mut answers = Vec::with_capacity(asked.len());
    let mut changed = hold_all(writer, seat, asked, &mut answers, now)?;
    for write in asked.iter().filter(|write| !matches!(write.what, Writing::Hold(_))) {
        match writes::change(writer, seat, write, now) {
            Ok(what) => {
                changed |= what == Changed::Held;
                answers.push(Down::Done(write.key.clone()));
            }
            // The device has them still, and asks again later.
            Err(fault) if fault.is_passing() => return Err(fault),
            Err(fault) => answers.push(refusal(&write.key, fault)),
        }
    }
    if changed {
        writer.tell_held(seat.person)?;
    }
    Ok(answers)
}

/// Keeps all notifications among writes in one; whether there were any.
fn hold_all(
    writer: &mut Writer,
    seat: &Seat,
    asked: &[Write],
    answers: &mut Vec<Down>,
    now: &Moment,
) -> Result<bool, Fault> {
    let mut holds = Vec::new();
    for write in asked {
        let Writing::Hold(hold) = &write.what else { continue };
        match writes::check(write, writer, now) {
            Ok(()) => holds.push((write, writes::digest(&write.what), hold)),
            Err(fault) => answers.push(refusal(&write.key, fault)),
        }
    }
    if holds.is_empty() {
        return Ok(false);
    }
    let wanted: Vec<_> =
        holds.iter().map(|(write, digest, hold)| (WriteKey { key: &write.key, digest }, *hold)).collect();
    for ((write, ..), outcome) in holds.iter().zip(writes::hold(writer, seat, &wanted, now)?) {
        answers.push(match outcome {
            Ok(()) => Down::Done(write.key.clone()),
            Err(fault) => refusal(&write.key, fault),
        });
    }
    Ok(true)
}

fn refusal(key: &str, fault: Fault) -> Down {
    Down::Refused { key: key.to_owned(), problem: fault.into_problem() }
}

/// Passes on what comes from either side, and asks now and then whether the device is still there.
async fn attend(
    socket: &mut WebSocket,
    app: &App,
    bearer: &Bearer,
    mut coming: mpsc::Receiver<Told>,
    pulse: &Pulse,
    mut rest: VecDeque<Vec<Write>>,
) {
    let mut pings = tokio::time::interval(Duration::from_secs(3600));
    pings.reset_after(app.ping_after());
    loop {
        tokio::select! {
            message = coming.recv() => {
                let Some(message) = message else {
                    return close(socket, close_code::AGAIN, "connect again for a snapshot").await;
                };
                let is_last = message.is_last;
                if !send(socket, Message::Text(message.take())).await || is_last {
                    return;
                }
            }
            // What a hello had too much of, one after the other and never in front of what is to be told.
            Some(writes) = async { rest.pop_front() }, if coming.is_empty() => {
                if !perform(socket, app, bearer, writes).await {
                    return;
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    if !hear(socket, app, bearer, &text).await {
                        return;
                    }
                }
                // Whose sign-in has ended is told so by the writer.
                Some(Ok(Message::Pong(_) | Message::Ping(_))) => pulse.beat(clock::boot()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(Message::Binary(_))) => {
                    return close(socket, close_code::UNSUPPORTED, "messages are JSON, as text").await;
                }
            },
            _ = pings.tick() => {
                pings.reset_after(app.ping_after());
                let clock = Timestamp::now().as_millisecond().to_be_bytes().to_vec();
                if !send(socket, Message::Ping(clock.into())).await {
                    return;
                }
            }
            () = app.ending() => return close(socket, close_code::RESTART, "the service restarts").await,
        }
    }
}

/// Does what a device asks for; whether to go on.
async fn hear(socket: &mut WebSocket, app: &App, bearer: &Bearer, text: &str) -> bool {
    let write = match serde_json::from_str(text) {
        Ok(Up::Write(write)) => write,
        Ok(Up::Hello(_)) => {
            close(socket, close_code::POLICY, "one hello is enough").await;
            return false;
        }
        Err(error) => {
            close(socket, close_code::POLICY, &format!("not understood: {error}")).await;
            return false;
        }
    };
    perform(socket, app, bearer, vec![write]).await
}

/// Does writes and answers them; whether to go on.
async fn perform(socket: &mut WebSocket, app: &App, bearer: &Bearer, writes: Vec<Write>) -> bool {
    let seat = bearer.seat.clone();
    let turn = app.turn(seat.person).await;
    let done = app.ask_together(seat.person, turn, move |writer, now| {
        // Whoever was signed out writes nothing more, even if that has not come round yet.
        if !writer.is_connected(&seat) && !is_signed_in(writer, &seat) {
            writer.end_sign_in(&seat, "Your sign-in has ended. Sign in again", now);
            return true;
        }
        writer.leases.heard(&seat, writer.engine.policy(), now);
        let Ok(answers) = do_all(writer, &seat, &writes, now) else { return false };
        for answer in &answers {
            writer.tell(&seat, answer);
        }
        true
    });
    let done = done.await.unwrap_or(false);
    if !done {
        close(socket, close_code::AGAIN, "not possible now").await;
    }
    done
}

fn is_signed_in(writer: &Writer, seat: &Seat) -> bool {
    // A log that can't be read for a moment ends nobody's sign-in.
    !matches!(writer.engine.signed_in_until(&seat.device, writer.token_time), Ok(None))
}

/// Sends something; whether it was taken.
async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(SEND_WITHIN, socket.send(message)).await, Ok(Ok(())))
}

/// A number below another one: those who are sent away do not all come back at once.
fn random_below(most: u8) -> u8 {
    let mut random = [0];
    // Without random numbers, all at once it is.
    let _ = getrandom::fill(&mut random);
    random[0] % most
}

/// A device whose hello can't be answered now.
async fn turn_away(socket: &mut WebSocket, fault: Fault) {
    let when = fault.retry_after().map(|seconds| format!(": retry after {seconds} s")).unwrap_or_default();
    tracing::warn!("a hello was refused: {}", fault.into_problem().detail);
    close(socket, close_code::AGAIN, &format!("not possible now{when}")).await;
}

async fn close(socket: &mut WebSocket, code: u16, reason: &str) {
    // A close frame holds 123 bytes of reason.
    let reason: String = reason.chars().take(100).collect();
    // Who has hung up already needs no farewell.
    send(socket, Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}
