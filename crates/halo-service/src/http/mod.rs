//! HTTP: the routes, and what all of them share.

mod asking;
mod fault;
mod health;
mod me;
mod people;
mod sign_in;
mod stream;
mod writes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use engine::{Hashed, Moment, PersonId};
use jiff::SignedDuration;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore, watch};
use tokio::time::{sleep, timeout};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use fault::Fault;

use crate::allowances::Allowances;
use crate::callers::Callers;
use crate::guard::Guard;
use crate::metrics::{Metrics, Route};
use crate::writer::{Handle, Writer};

/// The largest body, in bytes.
const LARGEST_BODY: usize = 256 * 1024;

/// So many passwords are hashed at once: each takes a core and 19 MiB.
const HASHING: usize = 2;

/// Requests wait for so long at most before they are refused.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What all requests share.
#[derive(Debug, Clone)]
pub struct App {
    writer: Handle,
    guard: Arc<Guard>,
    allowances: Arc<Allowances>,
    callers: Arc<Callers>,
    readiness: Arc<Mutex<Option<health::Readiness>>>,
    metrics: Metrics,
    hashing: Arc<Semaphore>,
    hellos: Arc<Semaphore>,
    /// What passwords of nobody are held against.
    nobody: Hashed,
    token_lifetime: SignedDuration,
    ping_seconds: u32,
    ending: watch::Receiver<bool>,
}

impl App {
    /// What requests share; `ending` turns true when the service ends.
    pub fn new(
        writer: Handle,
        metrics: Metrics,
        callers: Arc<Callers>,
        nobody: Hashed,
        token_lifetime: SignedDuration,
        ping_seconds: u32,
        ending: watch::Receiver<bool>,
    ) -> Self {
        let hashing = Arc::new(Semaphore::new(HASHING));
        let guard = Arc::new(Guard::default());
        let (allowances, readiness) = Default::default();
        Self {
            writer,
            guard,
            allowances,
            callers,
            readiness,
            metrics,
            hashing,
            hellos: Arc::new(Semaphore::new(stream::HELLOS)),
            nobody,
            token_lifetime,
            ping_seconds,
            ending,
        }
    }

    /// Has the writer do something for a person, once they have time of it left. Whoever would have to wait for too long
    /// is told how long.
    async fn ask<R: Send + 'static>(
        &self,
        person: PersonId,
        job: impl FnOnce(&mut Writer, &Moment) -> R + Send + 'static,
    ) -> Result<R, Fault> {
        let turn = self.allowances.turn(person, Instant::now());
        let too_many = |wait: Duration| Fault::too_many(wait.as_secs().max(1));
        let turn = timeout(LONGEST_WAIT, turn.lock_owned()).await.map_err(|_| too_many(LONGEST_WAIT))?;
        let wait = self.allowances.wait(person, Instant::now());
        if wait > LONGEST_WAIT {
            return Err(too_many(wait));
        }
        self.ask_now(person, turn, job).await
    }

    /// Has the writer do something of a device's together with what others ask for: it may be done twice, and is answered
    /// once what it writes is kept.
    async fn ask_together<R: Send + 'static>(
        &self,
        person: PersonId,
        mut job: impl FnMut(&mut Writer, &Moment) -> R + Send + 'static,
    ) -> Result<R, Fault> {
        let turn = self.allowances.turn(person, Instant::now()).lock_owned().await;
        self.wait_for(person).await;
        let allowances = Arc::clone(&self.allowances);
        let timed = move |writer: &mut Writer, now: &Moment| {
            let began = Instant::now();
            // Kept until the job is done, whether or not whoever asked still waits for it.
            let _turn = &turn;
            let done = job(writer, now);
            allowances.spend(person, began.elapsed(), Instant::now());
            done
        };
        Ok(self.writer.ask_together(timed).await?)
    }

    /// Waits until a person has time of the writer's left.
    async fn wait_for(&self, person: PersonId) {
        let wait = self.allowances.wait(person, Instant::now());
        // A pause of nothing would be one until the clock's next tick.
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    /// `turn` is kept until the job is done, whether or not whoever asked still waits for it.
    async fn ask_now<R: Send + 'static>(
        &self,
        person: PersonId,
        turn: OwnedMutexGuard<()>,
        job: impl FnOnce(&mut Writer, &Moment) -> R + Send + 'static,
    ) -> Result<R, Fault> {
        self.wait_for(person).await;
        let allowances = Arc::clone(&self.allowances);
        let timed = move |writer: &mut Writer, now: &Moment| {
            let began = Instant::now();
            let done = job(writer, now);
            allowances.spend(person, began.elapsed(), Instant::now());
            drop(turn);
            done
        };
        Ok(self.writer.ask(timed).await?)
    }

    /// When to ask a device again whether it is there: not all of them at once.
    fn ping_after(&self) -> Duration {
        let mut random = [0];
        // Without random numbers, all at once it is.
        let _ = getrandom::fill(&mut random);
        let jitter = 0.85 + 0.3 * f64::from(random[0]) / 255.0;
        Duration::from_secs(self.ping_seconds.into()).mul_f64(jitter)
    }

    /// Until the service ends.
    async fn ending(&self) {
        let mut ending = self.ending.clone();
        // An error means that it has ended.
        let _ = ending.wait_for(|ending| *ending).await;
    }
}

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
        .routes(routes!(health::description))
}

/// The description of the interface, as `OpenAPI` 3.1.
pub fn openapi() -> String {
    let description = described().into_openapi();
    let mut text = description.to_pretty_json().expect("a description is plain data");
    text.push('\n');
    text
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
