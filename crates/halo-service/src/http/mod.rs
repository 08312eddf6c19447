//! HTTP: the routes, and what all of them share.

mod app;
mod asking;
mod fault;
mod health;
mod me;
mod people;
mod sign_in;
mod stream;
mod writes;

use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::app::App;
pub use self::fault::Fault;
use self::fault::{Faults, LARGEST_BODY};
use crate::metrics::{Metrics, Route};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Halo service",
        description = "Presence of a team: what a person's status is, why, since when, and what comes next. Times are RFC 3339, by the service's clock. Errors are RFC 9457 problem details.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(protocol::service::Problem)),
    modifiers(&Bearers),
    security(("token" = [])),
    tags(
        (name = "sign-in", description = "Signing in and out, and the devices where somebody is signed in"),
        (name = "presence", description = "One's own presence, its changes and its history"),
        (name = "held", description = "Notifications that wait"),
        (name = "people", description = "Other people, each as far as one may see them"),
        (name = "stream", description = "Everything as it happens"),
        (name = "health", description = "How the service is doing"),
    )
)]
struct Description;

/// Tokens are sent as bearer tokens.
struct Bearers;

impl Modify for Bearers {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::renew))
        .routes(routes!(sign_in::me))
        .routes(routes!(sign_in::devices))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(me::presence))
        .routes(routes!(me::policy))
        .routes(routes!(me::change))
        .routes(routes!(me::history, me::delete_history))
        .routes(routes!(me::held, me::hold, me::clear_held))
        .routes(routes!(me::told))
        .routes(routes!(me::forget_held))
        .routes(routes!(people::people))
        .routes(routes!(people::person))
        .routes(routes!(people::favour, people::unfavour))
        .routes(routes!(people::await_free, people::forget_free))
        .routes(routes!(stream::stream))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(description))
}

/// The description of the interface, as `OpenAPI` 3.1.
pub fn openapi() -> String {
    let description = described().into_openapi();
    let mut text = description.to_pretty_json().expect("a description is plain data");
    text.push('\n');
    text
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "health", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value), Faults))]
async fn description() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], openapi())
}

/// Everything that can be asked for.
pub fn router(app: App) -> Router {
    let (router, _) = described().split_for_parts();
    router
        .fallback(|| async { Fault::not_found("see /openapi.json for what there is") })
        .method_not_allowed_fallback(|| async { Fault::no_such_method() })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .route_layer(from_fn_with_state(app.clone(), count))
        .with_state(app)
}

/// Counters for Prometheus. Not among the rest: the rest is reached by everybody, through whatever proxy.
pub fn metrics_router(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(health::metrics)).with_state(metrics)
}

/// Counts and logs each request: which kind, how it was answered, how long it took. Never who, nor what.
async fn count(State(app): State<App>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = path.map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let method = known(request.method());
    let mut response = next.run(request).await;
    // Tokens, and what is true for a moment: neither is for a proxy to keep.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let status = response.status();
    let seconds = began.elapsed().as_secs_f64();
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(route, method, status = status.as_u16(), seconds, "answered");
    } else {
        tracing::debug!(route, method, status = status.as_u16(), seconds, "answered");
    }
    app.metrics.requests.get_or_create(&Route { route, method: method.to_owned(), status: status.as_u16() }).inc();
    app.metrics.seconds.observe(seconds);
    response
}

/// The method as it is counted. Anybody may make up others, and each would be counted for ever.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    #[test]
    fn the_description_in_docs_is_that_of_this_program() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let written = std::fs::read_to_string(file).unwrap_or_default();
        assert!(written == openapi(), "docs/openapi.json is out of date: cargo xtask openapi writes it anew");
    }
}
