//! One's own presence: what it is, changes of it, its history, and what is held.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use presence::{Policy, Span};
use protocol::service::{Changes, Hold, OwnPresence, Recorded, Write, Writing};
use protocol::{Activity, HeldItem, Interval, Reason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::asking::{Asking, Behind, Body, IdempotencyKey, Named};
use super::fault::{Fault, Faults};
use super::writes;

/// One page of history has at most so many intervals.
const PAGE: u32 = 1000;

/// Which part of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Intervals that ended after this.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Intervals that began before this.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// About so many, those that ended first. The next page is `since` the latest end on this one.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Up to which of the held.
#[derive(Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UpTo {
    /// The number of the last one that is meant.
    up_to: u64,
}

/// The presence now
#[utoipa::path(get, path = "/v1/me/presence", tag = "presence",
    responses((status = 200, description = "The presence, why it is so, and what comes next", body = OwnPresence), Faults))]
pub async fn presence(State(app): State<App>, Asking(bearer): Asking) -> Result<Json<OwnPresence>, Fault> {
    let person = bearer.seat.person;
    let presence = app.ask(person, move |writer, now| {
        writer.engine.advance(person, now);
        let effective = writer.engine.effective(person, now.wall);
        OwnPresence {
            status: effective.status.to_string(),
            primary: effective.primary.as_str().to_owned(),
            since: effective.since,
            until: effective.until,
            reason: Reason {
                source: effective.reason.source,
                since: effective.reason.since,
                detail: effective.reason.detail,
            },
            returns_to: effective.returns_to.map(|status| status.to_string()),
            message: effective.message.map(|message| message.text),
            activity: Activity { on_call: effective.activity.on_call, interactions: effective.activity.interactions },
            version: writer.engine.state(person).seq(),
        }
    });
    Ok(Json(presence.await?))
}

/// The organisation's policy: its catalogue of statuses, and what holds of them
#[utoipa::path(get, path = "/v1/policy", tag = "presence",
    responses((status = 200, description = "The policy", body = serde_json::Value), Faults))]
pub async fn policy(State(app): State<App>, Asking(bearer): Asking) -> Result<Json<Policy>, Fault> {
    Ok(Json(app.ask(bearer.seat.person, |writer, _| writer.engine.policy().clone()).await?))
}

/// Record changes: choices, messages, signals, claims. All of them, or none
#[utoipa::path(post, path = "/v1/me/changes", tag = "presence", request_body = Changes,
    params(("Idempotency-Key" = Option<String>, Header, description = "A second copy with the same key changes nothing", min_length = 1, max_length = 100)),
    responses((status = 200, description = "Recorded", body = Recorded), Faults))]
pub async fn change(
    State(app): State<App>,
    Asking(bearer): Asking,
    key: IdempotencyKey,
    Body(asked): Body<Changes>,
) -> Result<Json<Recorded>, Fault> {
    record(app, bearer.seat, key, Writing::Changes(asked.changes)).await.map(Json)
}

/// The history, the oldest first; the last interval of the last page lasts
#[utoipa::path(get, path = "/v1/me/history", tag = "presence", params(Page),
    responses((status = 200, description = "A page of intervals", body = Vec<Interval>), Faults))]
pub async fn history(
    State(app): State<App>,
    Asking(bearer): Asking,
    Behind(page): Behind<Page>,
) -> Result<Json<Vec<Interval>>, Fault> {
    let limit = page.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(Fault::not_askable(format!("limit is 1 to {PAGE}")));
    }
    let span = Span { since: page.since, until: page.until, limit: usize::try_from(limit).ok() };
    let history = app.ask(bearer.seat.person, move |writer, now| {
        writer.engine.advance(bearer.seat.person, now);
        let history = writer.engine.history(bearer.seat.person, &span)?;
        Ok::<_, Fault>(history.into_iter().map(|one| Interval::of(one, writer.engine.policy())).collect())
    });
    history.await?.map(Json)
}

/// Erase the history up to now
#[utoipa::path(delete, path = "/v1/me/history", tag = "presence",
    responses((status = 204, description = "Erased"), Faults))]
pub async fn delete_history(State(app): State<App>, Asking(bearer): Asking) -> Result<StatusCode, Fault> {
    let erased = app.ask(bearer.seat.person, move |writer, now| {
        writer.engine.advance(bearer.seat.person, now);
        writer.may_promise()?;
        writer.engine.delete_history(&bearer.seat)?;
        writer.may_be_shorter();
        // What the devices have folded holds no longer: they take a snapshot anew.
        writer.resync(bearer.seat.person);
        Ok::<_, Fault>(())
    });
    erased.await?.map(|()| StatusCode::NO_CONTENT)
}

/// Notifications that wait, the oldest first
#[utoipa::path(get, path = "/v1/me/held", tag = "held",
    responses((status = 200, description = "What is held", body = Vec<HeldItem>), Faults))]
pub async fn held(State(app): State<App>, Asking(bearer): Asking) -> Result<Json<Vec<HeldItem>>, Fault> {
    let held = app.ask(bearer.seat.person, move |writer, _| writer.engine.held(bearer.seat.person));
    Ok(Json(held.await??))
}

/// Keep a notification for the digest
#[utoipa::path(post, path = "/v1/me/held", tag = "held", request_body = Hold,
    params(("Idempotency-Key" = Option<String>, Header, description = "A second copy with the same key changes nothing", min_length = 1, max_length = 100)),
    responses((status = 200, description = "Kept", body = Recorded), Faults))]
pub async fn hold(
    State(app): State<App>,
    Asking(bearer): Asking,
    key: IdempotencyKey,
    Body(hold): Body<Hold>,
) -> Result<Json<Recorded>, Fault> {
    record(app, bearer.seat, key, Writing::Hold(hold)).await.map(Json)
}

/// A digest has told of what is held
#[utoipa::path(post, path = "/v1/me/held/told", tag = "held", request_body = UpTo,
    responses((status = 200, description = "Marked", body = Recorded), Faults))]
pub async fn told(
    State(app): State<App>,
    Asking(bearer): Asking,
    Body(asked): Body<UpTo>,
) -> Result<Json<Recorded>, Fault> {
    record(app, bearer.seat, IdempotencyKey(None), Writing::Told(asked.up_to)).await.map(Json)
}

/// Forget what is held
#[utoipa::path(delete, path = "/v1/me/held", tag = "held", params(UpTo),
    responses((status = 204, description = "Forgotten"), Faults))]
pub async fn clear_held(
    State(app): State<App>,
    Asking(bearer): Asking,
    Behind(asked): Behind<UpTo>,
) -> Result<StatusCode, Fault> {
    record(app, bearer.seat, IdempotencyKey(None), Writing::ClearHeld(asked.up_to)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forget one of the held
#[utoipa::path(delete, path = "/v1/me/held/{id}", tag = "held",
    params(("id" = u64, Path, description = "Its number")),
    responses((status = 204, description = "Forgotten"), Faults))]
pub async fn forget_held(
    State(app): State<App>,
    Asking(bearer): Asking,
    Named(id): Named,
) -> Result<StatusCode, Fault> {
    let Ok(id) = id.parse() else {
        return Err(Fault::not_found(format!("nothing that is held has the number “{id}”")));
    };
    record(app, bearer.seat, IdempotencyKey(None), Writing::ForgetHeld(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Does a write; one without a key gets one of its own.
pub async fn record(
    app: App,
    seat: engine::Seat,
    IdempotencyKey(key): IdempotencyKey,
    what: Writing,
) -> Result<Recorded, Fault> {
    let key = match key {
        Some(key) => key,
        None => random_key(),
    };
    let write = Write { key, what };
    let written = app.ask(seat.person, move |writer, now| writes::write(writer, &seat, &write, now));
    written.await?.map(|version| Recorded { version })
}

/// A key for a write that came without one.
fn random_key() -> String {
    use std::fmt::Write as _;
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the system has random numbers");
    random.iter().fold("own-".to_owned(), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    })
}
