//! Faults: what is answered when something can't be done, as RFC 9457 problem details.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{LogError, NotAskable};
use protocol::service::Problem;
use utoipa::IntoResponses;

use crate::writer::Closed;

/// The largest body, in bytes.
pub const LARGEST_BODY: usize = 256 * 1024;

/// An answer that says what went wrong and what to do.
#[derive(Debug, Clone)]
pub struct Fault {
    problem: Problem,
    /// How many seconds to wait before asking again.
    retry_after: Option<u64>,
}

/// The faults that every call may be answered with, for the description of the interface.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub enum Faults {
    /// The request can't be read: not HTTP as described, or not JSON
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(Problem),
    /// No token, or one that is no longer taken
    #[response(status = 401, content_type = "application/problem+json")]
    NoToken(Problem),
    /// Not found, or this person may not see it
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The body took too long to arrive
    #[response(status = 408, content_type = "application/problem+json")]
    TooSlow(Problem),
    /// More than a request may hold
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// A body whose Content-Type is not JSON
    #[response(status = 415, content_type = "application/problem+json")]
    NotJson(Problem),
    /// JSON that is not what this call takes
    #[response(status = 422, content_type = "application/problem+json")]
    NotAskable(Problem),
    /// Too many tries: wait as long as Retry-After says
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// The service can't do it now: try again later
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

impl Fault {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        let problem = Problem {
            r#type: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
        };
        Self { problem, retry_after: None }
    }

    /// How many seconds to wait before asking again, if that is known.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// The problem itself, for the stream.
    pub fn into_problem(self) -> Problem {
        self.problem
    }

    /// Whether asking again later may help.
    pub fn is_passing(&self) -> bool {
        self.problem.status == StatusCode::SERVICE_UNAVAILABLE.as_u16()
    }

    /// The request can't be read.
    pub fn unreadable(status: StatusCode, detail: impl Into<String>) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::too_large();
        }
        let (kind, title) = match status {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("not-json", "The body is not JSON"),
            StatusCode::UNPROCESSABLE_ENTITY => ("not-askable", "The request is not valid"),
            _ => ("unreadable", "The request can't be read"),
        };
        let status = if kind == "unreadable" { StatusCode::BAD_REQUEST } else { status };
        Self::new(status, kind, title, detail)
    }

    fn too_large() -> Self {
        let detail = format!("a body has at most {} KiB: send less at once", LARGEST_BODY / 1024);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large", detail)
    }

    /// The body took too long to arrive.
    pub fn too_slow() -> Self {
        let detail = "the body took too long to arrive: send it again";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The request took too long", detail)
    }

    /// Something is asked for that can't be.
    pub fn not_askable(detail: impl Into<String>) -> Self {
        Self::unreadable(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// No token, or one that isn't taken.
    pub fn no_token() -> Self {
        let detail = "send a token as “Authorization: Bearer …”. POST /v1/sign-in gives one for a name and password";
        Self::new(StatusCode::UNAUTHORIZED, "no-token", "You are not signed in", detail)
    }

    /// The token isn't taken any more.
    pub fn token_ended() -> Self {
        let detail = "this sign-in has ended: it ran out, or somebody ended it. Sign in again";
        Self::new(StatusCode::UNAUTHORIZED, "token-ended", "The sign-in has ended", detail)
    }

    /// Somebody has a copy of the token.
    pub fn token_copied() -> Self {
        let detail = "this sign-in was used from two places, so it was ended. Sign in again";
        Self::new(StatusCode::UNAUTHORIZED, "token-ended", "The sign-in has ended", detail)
    }

    /// Name or password is wrong; which of them is not said.
    pub fn wrong_password() -> Self {
        let detail = "the name or the password is wrong";
        Self::new(StatusCode::UNAUTHORIZED, "wrong-password", "Name or password is wrong", detail)
    }

    /// Too many tries.
    pub fn too_many(seconds: u64) -> Self {
        let detail = format!("too many tries: try again in {seconds} seconds");
        let fault = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-tries", "Too many tries", detail);
        Self { retry_after: Some(seconds), ..fault }
    }

    /// Not found, as far as this person may know.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// The method isn't one of this path's.
    pub fn no_such_method() -> Self {
        let detail = "this path doesn't take that method: see /openapi.json";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "no-such-method", "Method not allowed", detail)
    }

    /// The key of a write was used for another one.
    pub fn key_used() -> Self {
        Self::not_askable("this key was used for something else before: use a key of its own for each write")
    }

    /// Not now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now", detail)
    }
}

impl From<Closed> for Fault {
    fn from(closed: Closed) -> Self {
        Self::unavailable(format!("{closed}: try again in a moment"))
    }
}

impl From<LogError> for Fault {
    fn from(error: LogError) -> Self {
        // The words name files of the server: they are for its log.
        tracing::error!("{error}");
        Self::unavailable("the service can't use its log: nothing was changed. Its administrator finds why in its log")
    }
}

impl From<NotAskable> for Fault {
    fn from(error: NotAskable) -> Self {
        Self::not_askable(error.to_string())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self.problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
