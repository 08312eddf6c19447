//! Who asks, and what: the parts of a request, with faults in words.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use engine::{Bearer, TokenOf};
use protocol::Secret;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::{App, Fault};

/// A signed-in device that asks.
#[derive(Debug, Clone)]
pub struct Asking(pub Bearer);

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

/// What stands behind the question mark.
#[derive(Debug, Clone)]
pub struct Behind<T>(pub T);

/// The part of the path that names somebody or something.
#[derive(Debug, Clone)]
pub struct Named(pub String);

/// The key of a write, if it has one.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 100;

impl FromRequestParts<App> for Asking {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let token = token(&parts.headers).ok_or_else(Fault::no_token)?;
        match bearer(app, token).await? {
            TokenOf::Device(bearer) => Ok(Self(bearer)),
            TokenOf::FirstUse(bearer) => {
                let device = bearer.seat.device.clone();
                let spent = app.writer.ask(move |writer, _| writer.engine.spend(&device, writer.token_time));
                if let Err(error) = spent.await? {
                    // The device is the right one all the same.
                    tracing::error!("{error}");
                }
                Ok(Self(bearer))
            }
            TokenOf::Nobody => Err(Fault::token_ended()),
            TokenOf::Copied(seat) => {
                tracing::warn!(person = %seat.person, device = seat.device.as_str(), "a token was used that had been renewed");
                app.writer.ask(move |writer, now| writer.end_sign_in(&seat, COPIED, now)).await?;
                Err(Fault::token_copied())
            }
        }
    }
}

/// Whose a token is: read beside the writer, which is asked where the log can't be read just now.
async fn bearer(app: &App, token: Secret) -> Result<TokenOf, Fault> {
    let (asked, now) = (token.clone(), app.writer.token_time());
    match app.writer.readers.read(move |keeper| engine::bearer(keeper, &asked, now)).await {
        Ok(of) => Ok(of),
        Err(_) => Ok(app.writer.ask(move |writer, _| engine::bearer(writer.engine.keeper(), &token, now)).await??),
    }
}

/// What a device is told whose token somebody else has.
const COPIED: &str = "This sign-in was used from two places, so it was ended. Sign in again; if you use it on one computer only, change your password";

fn token(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::from(token.trim().to_owned()))
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        match timeout(BODY_WITHIN, Json::from_request(request, app)).await {
            Err(_) => Err(Fault::too_slow()),
            Ok(Ok(Json(body))) => Ok(Self(body)),
            Ok(Err(rejection)) => Err(Fault::unreadable(rejection.status(), rejection.body_text())),
        }
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Behind<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, app).await;
        query.map(|Query(query)| Self(query)).map_err(|error| Fault::not_askable(error.body_text()))
    }
}

impl FromRequestParts<App> for Named {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, app).await;
        path.map(|Path(name)| Self(name)).map_err(|error| Fault::unreadable(StatusCode::BAD_REQUEST, error.body_text()))
    }
}

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Fault> {
        let Some(key) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        match key.to_str() {
            Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Self(Some(key.to_owned()))),
            _ => Err(Fault::not_askable(format!("an Idempotency-Key has 1 to {LONGEST_KEY} visible ASCII characters"))),
        }
    }
}
