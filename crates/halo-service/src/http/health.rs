//! How the service is doing, for whoever looks after it.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use roster::Keeper as _;

use super::App;
use super::fault::{Fault, Faults};
use crate::metrics::Metrics;

/// Whether the log can be written is tried, by writing to it, no more often than this: anybody may ask.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Whether the program runs
#[utoipa::path(get, path = "/health/live", tag = "health", security(()),
    responses((status = 200, description = "It runs", body = String, content_type = "text/plain"), Faults))]
pub async fn live() -> &'static str {
    "live\n"
}

/// Whether it can do its work: its log can be written
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()),
    responses((status = 200, description = "It is ready", body = String, content_type = "text/plain"), Faults))]
pub async fn ready(State(app): State<App>) -> Result<&'static str, Fault> {
    let mut known = app.readiness.lock().await;
    if known.as_ref().is_none_or(|known| known.found.elapsed() >= LOOK_EVERY) {
        let fault = app.writer.ask(|writer, _| {
            writer.gone.clone().or_else(|| writer.engine.keeper_mut().probe().err().map(|error| error.to_string()))
        });
        let fault = fault.await?;
        if let Some(fault) = &fault {
            tracing::error!("not ready: {fault}");
        }
        *known = Some(Readiness { found: Instant::now(), ready: fault.is_none() });
    }
    if known.as_ref().is_some_and(|known| known.ready) {
        Ok("ready\n")
    } else {
        Err(Fault::unavailable("the log can't be written: the service's own log says why"))
    }
}

/// What was found when it was last asked whether the log can be written.
#[derive(Debug)]
pub struct Readiness {
    found: Instant,
    ready: bool,
}

/// Counters for Prometheus, on a listener of their own.
pub async fn metrics(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], metrics.text())
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "health", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value), Faults))]
pub async fn description() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], super::openapi())
}
