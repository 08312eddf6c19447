//! How the service is doing, for whoever looks after it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::App;
use super::fault::{Fault, Faults};

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
    let fault =
        app.desk.ask(|desk, _| desk.fault.clone().or_else(|| desk.service.probe().err().map(|e| e.to_string())));
    match fault.await? {
        None => Ok("ready\n"),
        Some(fault) => {
            tracing::error!("not ready: {fault}");
            Err(Fault::unavailable("the log can't be written"))
        }
    }
}

/// Counters for Prometheus; answered to programs on the same machine only
#[utoipa::path(get, path = "/metrics", tag = "health", security(()),
    responses((status = 200, description = "OpenMetrics", body = String, content_type = "application/openmetrics-text"), Faults))]
pub async fn metrics(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
) -> Result<impl IntoResponse, Fault> {
    if !address.ip().is_loopback() {
        return Err(Fault::not_found("metrics are answered to programs on the same machine only"));
    }
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], app.metrics.text()))
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "health", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value), Faults))]
pub async fn description() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], super::openapi())
}
