//! Signing in and out, and the devices where somebody is signed in.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use engine::{LONGEST_PASSWORD, Moment, Seat};
use jiff::SignedDuration;
use presence::{Timestamp, one_line};
use protocol::DeviceView;
use protocol::service::{Me, Renewed, SignIn, SignedIn};

use super::App;
use super::asking::{Asking, Body, Named};
use super::fault::{Fault, Faults};
use crate::writer::Writer;

/// The longest name of a person or a device, in characters.
const LONGEST_NAME: usize = 100;

/// Sign in: name and password once, and a token for this device from then on
#[utoipa::path(post, path = "/v1/sign-in", tag = "sign-in", request_body = SignIn, security(()),
    responses((status = 200, description = "Signed in", body = SignedIn), Faults))]
pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(asked): Body<SignIn>,
) -> Result<Json<SignedIn>, Fault> {
    let SignIn { name, password, device } = asked;
    for (what, text) in [("name", &name), ("device", &device)] {
        let count = text.trim().chars().count();
        if !(1..=LONGEST_NAME).contains(&count) || text.chars().any(char::is_control) {
            return Err(Fault::not_askable(format!("the {what} has 1 to {LONGEST_NAME} characters, in one line")));
        }
    }
    // It is read in lists, by people: nothing in it may change how the rest of such a line reads.
    let device = one_line(&device);
    if device.is_empty() {
        return Err(Fault::not_askable("the device has at least one character that can be seen"));
    }
    if !(1..=LONGEST_PASSWORD).contains(&password.expose().len()) {
        return Err(Fault::not_askable(format!("the password has 1 to {LONGEST_PASSWORD} bytes")));
    }
    let waits = |left: std::time::Duration| Fault::too_many(left.as_secs().max(1));
    let address = app.callers.caller(peer.ip(), &headers);
    app.guard.admit(&name, address, Instant::now()).map_err(waits)?;
    let wanted = name.clone();
    let known = app.writer.ask(move |writer, _| writer.engine.credentials(&wanted)).await??;
    // As slow for a name that nobody has, so that the time tells nothing.
    let (person, hashed) = known.map_or((None, app.nobody.clone()), |(person, hashed)| (Some(person), hashed));
    let right = {
        let _turn = app.hashing.acquire().await;
        tokio::task::spawn_blocking(move || hashed.is_of(&password)).await.unwrap_or(false)
    };
    let Some(person) = person.filter(|_| right) else {
        app.metrics.refused_sign_ins.inc();
        tracing::warn!(%address, "a sign-in was refused");
        return Err(Fault::wrong_password());
    };
    app.guard.succeeded(&name, address);
    let lifetime = app.token_lifetime;
    let signed_in = app.writer.ask(move |writer, now| {
        let expires_at = writer.token_time.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        let (id, token) = writer.engine.add_device(person, &device, expires_at, now.wall)?;
        tracing::info!(person = %person, device = id.as_str(), "signed in");
        let person = writer.engine.person(person).cloned().ok_or_else(Fault::wrong_password)?;
        Ok::<_, Fault>(SignedIn { token, expires_at, device: id, person })
    });
    signed_in.await?.map(Json)
}

/// Another token in place of the one that asks
#[utoipa::path(post, path = "/v1/token", tag = "sign-in",
    responses((status = 200, description = "The new token", body = Renewed), Faults))]
pub async fn renew(State(app): State<App>, Asking(bearer): Asking) -> Result<Json<Renewed>, Fault> {
    let lifetime: SignedDuration = app.token_lifetime;
    let renewed = app.ask(bearer.seat.person, move |writer, _| {
        let expires_at = writer.token_time.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        let (token, expires_at) = writer.engine.renew_token(&bearer.seat.device, expires_at, writer.token_time)?;
        Ok::<_, Fault>(Renewed { token, expires_at })
    });
    renewed.await?.map(Json)
}

/// Who asks
#[utoipa::path(get, path = "/v1/me", tag = "sign-in",
    responses((status = 200, description = "Who asks, and from where", body = Me), Faults))]
pub async fn me(State(app): State<App>, Asking(bearer): Asking) -> Result<Json<Me>, Fault> {
    let me = app.ask(bearer.seat.person, move |writer, _| {
        let person = writer.engine.person(bearer.seat.person).cloned().ok_or_else(Fault::token_ended)?;
        Ok::<_, Fault>(Me { person, device: bearer.seat.device, expires_at: bearer.ends })
    });
    me.await?.map(Json)
}

/// Where the person is signed in
#[utoipa::path(get, path = "/v1/me/devices", tag = "sign-in",
    responses((status = 200, description = "The devices, the latest first", body = Vec<DeviceView>), Faults))]
pub async fn devices(State(app): State<App>, Asking(bearer): Asking) -> Result<Json<Vec<DeviceView>>, Fault> {
    let devices = app.ask(bearer.seat.person, move |writer, now| {
        let mut devices = writer.engine.devices(bearer.seat.person, writer.token_time)?;
        for device in &mut devices {
            let seat = Seat { person: bearer.seat.person, device: device.id.as_str().into() };
            device.connected = writer.is_connected(&seat);
            device.seen = writer.leases.last_heard(&seat, now).or(device.seen);
            device.this = seat == bearer.seat;
        }
        Ok::<_, Fault>(devices)
    });
    devices.await?.map(Json)
}

/// Sign a device out: its session ends and its token is no longer taken
#[utoipa::path(delete, path = "/v1/me/devices/{id}", tag = "sign-in",
    params(("id" = String, Path, description = "The device's id; `this` is the one that asks")),
    responses((status = 204, description = "Signed out"), Faults))]
pub async fn sign_out(State(app): State<App>, Asking(bearer): Asking, Named(id): Named) -> Result<StatusCode, Fault> {
    let signed_out = app.ask(bearer.seat.person, move |writer, now| {
        let device = if id == "this" { bearer.seat.device.clone() } else { id.as_str().into() };
        end(writer, &Seat { person: bearer.seat.person, device }, &bearer.seat, now)
    });
    signed_out.await?.map(|()| StatusCode::NO_CONTENT)
}

fn end(writer: &mut Writer, seat: &Seat, asking: &Seat, now: &Moment) -> Result<(), Fault> {
    let facts = writer.engine.remove_device(seat, now)?;
    let facts = facts.ok_or_else(|| Fault::not_found("you have no device of that id: see the list of your devices"))?;
    writer.tell_facts(seat.person, &facts);
    let why = if seat == asking { "you signed out here" } else { "you signed this device out from another one" };
    writer.sign_out(seat, why);
    Ok(())
}
