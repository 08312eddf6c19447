//! The service's HTTP interface.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use presence::Span;
use protocol::service::{Follow, Me, PROBLEMS, PersonView, Problem, Renewed, SignIn, SignedIn, TOKEN_ENDED};
use protocol::{DeviceView, Interval, Secret, from_json};
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER, UPGRADE};
use reqwest::{Method, Request, RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;

use crate::address::{Address, Addresses};

/// How long a connection may take to be made, and how long a whole request, in seconds.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// No answer is longer: who sends more is no service of ours.
const LONGEST_ANSWER: usize = 16 << 20;

/// Names a PEM file with certificates to be trusted besides the system's.
const CA_FILE: &str = "HALO_CA_FILE";

/// Why the service did not do as asked, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It said no, and why.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// The service itself says that it does not take the token any more: the person must sign in again.
    #[error("{0}")]
    Unauthorized(String),
    /// It could not be asked; trying again later may help.
    #[error("{0}")]
    Unreachable(String),
    /// It doesn't take a connection now, and says when it is worth trying again.
    #[error("{why}")]
    TryAgain {
        /// In words.
        why: String,
        /// After how long.
        after: Duration,
    },
    /// Something answers there, but not as a Halo service does.
    #[error("{0}")]
    NotHalo(String),
}

/// Asks one service, at the address that answered last or else at the next one.
#[derive(Debug)]
pub struct Client {
    addresses: Addresses,
    /// The place of the address that answered last.
    answered: AtomicUsize,
    ca_file: Option<PathBuf>,
    /// For addresses out there, and for those on this machine. Made with the first request: one costs 0.7 MB.
    http: [OnceLock<reqwest::Client>; 2],
}

impl Client {
    /// A client that trusts the system's certificates and those of the file that `HALO_CA_FILE` names.
    pub fn new(addresses: Addresses) -> Self {
        let ca_file = std::env::var_os(CA_FILE).filter(|file| !file.is_empty()).map(PathBuf::from);
        Self::trusting(addresses, ca_file)
    }

    /// A client that trusts the system's certificates and those of a PEM file.
    pub fn trusting(addresses: Addresses, ca_file: Option<PathBuf>) -> Self {
        Self { addresses, answered: AtomicUsize::new(0), ca_file, http: [const { OnceLock::new() }; 2] }
    }

    /// Where it asks.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// What lies at the address itself, as text.
    pub async fn text(&self) -> Result<String, ClientError> {
        let response = self.send(self.main()?.get(self.of(""))).await.map_err(Failure::refused)?;
        let body = self.body(self.last(), response).await.map_err(Failure::refused)?;
        String::from_utf8(body).map_err(|_| self.not_halo("has no text there"))
    }

    /// `POST /v1/sign-in`.
    pub async fn sign_in(&self, asked: &SignIn) -> Result<SignedIn, ClientError> {
        let request = self.main()?.post(self.of("/v1/sign-in")).json(asked);
        // A 401 here is about the password, not about a token.
        self.answer(request).await.map_err(Failure::refused)
    }

    /// `POST /v1/token`: another token in the place of this one, which goes on for a few minutes.
    pub async fn renew(&self, token: &Secret) -> Result<Renewed, ClientError> {
        self.ask(Method::POST, "/v1/token", token).await
    }

    /// `GET /v1/me`.
    pub async fn me(&self, token: &Secret) -> Result<Me, ClientError> {
        self.ask(Method::GET, "/v1/me", token).await
    }

    /// Signs this device out for good.
    pub async fn sign_out(&self, token: &Secret) -> Result<(), ClientError> {
        self.revoke(token, "this").await
    }

    /// `GET /v1/me/devices`: where the person is signed in.
    pub async fn devices(&self, token: &Secret) -> Result<Vec<DeviceView>, ClientError> {
        self.ask(Method::GET, "/v1/me/devices", token).await
    }

    /// `DELETE /v1/me/devices/{id}`: signs a device out for good.
    pub async fn revoke(&self, token: &Secret, device: &str) -> Result<(), ClientError> {
        let mut url = self.of("/v1/me/devices/");
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(device);
        }
        let request = authorized(self.main()?.delete(url), token)?;
        self.send(request).await.map(|_| ()).map_err(Failure::for_token)
    }

    /// `GET /v1/people`: the persons whose names have `search` in them.
    pub async fn people(&self, token: &Secret, search: &str) -> Result<Vec<PersonView>, ClientError> {
        let request = self.main()?.get(self.of("/v1/people")).query(&[("search", search)]);
        self.answer(authorized(request, token)?).await.map_err(Failure::for_token)
    }

    /// `PUT` or `DELETE /v1/people/{name}/favourite` or `…/tell-when-free`.
    pub async fn follow(&self, token: &Secret, name: &str, how: Follow, on: bool) -> Result<(), ClientError> {
        let mut url = self.of("/v1/people/");
        if let Ok(mut path) = url.path_segments_mut() {
            let how = match how {
                Follow::Favourite => "favourite",
                Follow::TellWhenFree => "tell-when-free",
            };
            path.pop_if_empty().push(name).push(how);
        }
        let method = if on { Method::PUT } else { Method::DELETE };
        let request = authorized(self.main()?.request(method, url), token)?;
        self.send(request).await.map(|_| ()).map_err(Failure::for_token)
    }

    /// `GET /v1/me/history`: the intervals of a span, as corrected.
    pub async fn history(&self, token: &Secret, span: &Span) -> Result<Vec<Interval>, ClientError> {
        let since = span.since.map(|since| ("since", since.to_string()));
        let until = span.until.map(|until| ("until", until.to_string()));
        let limit = span.limit.map(|limit| ("limit", limit.to_string()));
        let query: Vec<_> = since.into_iter().chain(until).chain(limit).collect();
        let request = self.main()?.get(self.of("/v1/me/history")).query(&query);
        self.answer(authorized(request, token)?).await.map_err(Failure::for_token)
    }

    /// `DELETE /v1/me/history`: erases everything before now.
    pub async fn delete_history(&self, token: &Secret) -> Result<(), ClientError> {
        let request = self.main()?.delete(self.of("/v1/me/history"));
        self.send(authorized(request, token)?).await.map(|_| ()).map_err(Failure::for_token)
    }

    /// Asks for the stream; the answer is a change of protocols.
    pub(crate) async fn upgrade(&self, token: &Secret, key: &str) -> Result<Response, ClientError> {
        let request = self
            .main()?
            .get(self.of("/v1/me/stream"))
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", key);
        self.send(authorized(request, token)?).await.map_err(|failure| match failure.try_after {
            Some(after) => ClientError::TryAgain { why: failure.for_token().to_string(), after },
            None => failure.for_token(),
        })
    }

    /// What is to be said if what answered last is not a service of ours.
    pub(crate) fn not_halo(&self, what: &str) -> ClientError {
        not_halo(self.last(), what)
    }

    /// The address that answered last.
    fn last(&self) -> &Address {
        &self.addresses.all()[self.answered.load(Ordering::Relaxed)]
    }

    /// Where a path is; other addresses are put in its place as it is sent.
    fn of(&self, path: &str) -> Url {
        self.addresses.main().of(path)
    }

    fn main(&self) -> Result<&reqwest::Client, ClientError> {
        self.http(self.addresses.main())
    }

    async fn ask<Answer: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        token: &Secret,
    ) -> Result<Answer, ClientError> {
        let request = self.main()?.request(method, self.of(path));
        self.answer(authorized(request, token)?).await.map_err(Failure::for_token)
    }

    async fn answer<Answer: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = self.send(request).await?;
        let body = self.body(self.last(), response).await?;
        from_json(&body).map_err(|error| {
            // No words of the answer: they may hold a token.
            tracing::warn!("the service's answer can't be read: line {}, column {}", error.line(), error.column());
            self.not_halo("answers with something else than expected").into()
        })
    }

    /// Sends a request to the address that answered last, or else to the next one; the answer says that it was done.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let main = self.addresses.main();
        let request = request.build().map_err(|error| unreachable(main, &error))?;
        let (all, last) = (self.addresses.all(), self.answered.load(Ordering::Relaxed));
        let others = (0..all.len()).filter(|place| *place != last);
        let mut failed: Option<Failure> = None;
        for place in std::iter::once(last).chain(others) {
            let mut asked = request.try_clone().expect("no body is a stream");
            *asked.url_mut() = all[place].instead_of(main, request.url());
            match self.send_to(&all[place], asked).await {
                Err(failure) if failure.may_try_another => {
                    // The first that was tried is the one to tell of, unless another says when to try again.
                    if failed.is_none() || failure.try_after.is_some() {
                        failed = Some(failure);
                    }
                }
                said => {
                    if !matches!(said, Err(Failure { what: Instead::Other(_), .. })) {
                        self.answered.store(place, Ordering::Relaxed);
                    }
                    return said;
                }
            }
        }
        Err(failed.expect("a service has an address"))
    }

    async fn send_to(&self, address: &Address, request: Request) -> Result<Response, Failure> {
        // What changes nothing may be asked of another address, whatever became of it here.
        let is_question = request.method().is_safe();
        let is_upgrade = request.headers().contains_key(UPGRADE);
        let response = self.http(address)?.execute(request).await.map_err(|error| Failure {
            may_try_another: is_question || error.is_connect(),
            ..unreachable(address, &error).into()
        })?;
        let status = response.status();
        let is_done = if is_upgrade { status == StatusCode::SWITCHING_PROTOCOLS } else { status.is_success() };
        if is_done {
            return Ok(response);
        }
        if status.is_redirection() {
            let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
            return Err(not_halo(address, &format!("sends on to {to}")).into());
        }
        let try_after = try_after(&response);
        let body = self.body(address, response).await.unwrap_or_default();
        let problem = from_json::<Problem>(&body).ok().filter(|problem| problem.r#type.starts_with(PROBLEMS));
        if let Some(problem) = problem {
            return Err(Failure { what: Instead::Problem(Box::new(problem)), try_after, may_try_another: false });
        }
        // A gateway that fails may have passed it on before.
        let unheard = !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE;
        Err(Failure { try_after, may_try_another: is_question || unheard, ..in_its_place(address, status).into() })
    }

    async fn body(&self, address: &Address, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await.map_err(|error| unreachable(address, &error))?;
            let Some(chunk) = chunk else { return Ok(body) };
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(not_halo(address, "sends more than a service would").into());
            }
            body.extend_from_slice(&chunk);
        }
    }

    fn http(&self, address: &Address) -> Result<&reqwest::Client, ClientError> {
        let place = &self.http[usize::from(address.is_here())];
        if let Some(http) = place.get() {
            return Ok(http);
        }
        let http = self.build(address.is_here())?;
        Ok(place.get_or_init(|| http))
    }

    fn build(&self, is_here: bool) -> Result<reqwest::Client, ClientError> {
        // Said once a process; a second time it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("halo/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            // Requests are rare: a connection kept for the next one would only wake the program to be closed.
            .pool_max_idle_per_host(0)
            // The stream's pings do this, and better.
            .tcp_keepalive(None);
        if is_here {
            // What stays within this machine in the clear must not be sent to a proxy.
            builder = builder.no_proxy();
        }
        if let Some(file) = &self.ca_file {
            let unusable = |cause: &dyn std::error::Error| {
                ClientError::Unreachable(format!("{CA_FILE} names {}, which can't be used: {cause}", file.display()))
            };
            let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?;
            builder = builder.tls_certs_merge(certificates);
        }
        builder.build().map_err(|error| {
            ClientError::Unreachable(format!("This system's certificates can't be used: {}", innermost(&error)))
        })
    }
}

/// Why a request has no answer.
struct Failure {
    what: Instead,
    /// After how long it is worth trying again, if that was said.
    try_after: Option<Duration>,
    /// Whether another address of the service may be asked: by this one it surely was not heard.
    may_try_another: bool,
}

/// What came in the place of an answer.
enum Instead {
    Problem(Box<Problem>),
    Other(ClientError),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self { what: Instead::Other(error), try_after: None, may_try_another: true }
    }
}

impl Failure {
    fn for_token(self) -> ClientError {
        match self.what {
            Instead::Problem(problem) if problem.r#type == TOKEN_ENDED => ClientError::Unauthorized(problem.detail),
            // A token was sent with each of these requests: something took it out on the way.
            Instead::Problem(problem) if problem.status == 401 => {
                ClientError::Unreachable(format!("The sign-in did not reach the service: {}", problem.detail))
            }
            _ => self.refused(),
        }
    }

    fn refused(self) -> ClientError {
        match self.what {
            Instead::Problem(problem) => ClientError::Refused(problem),
            Instead::Other(error) => error,
        }
    }
}

/// What is to be said if what answers at an address is not a service of ours.
fn not_halo(address: &Address, what: &str) -> ClientError {
    ClientError::NotHalo(format!("{} is no Halo service: it {what}. Check the address", address.name()))
}

/// What is to be said if something else answers in the service's place. Most of it passes.
fn in_its_place(address: &Address, status: StatusCode) -> ClientError {
    let name = address.name();
    match status {
        StatusCode::NETWORK_AUTHENTICATION_REQUIRED => ClientError::Unreachable(
            "This network wants you to log in first. Open any web page, and log in there".to_owned(),
        ),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            ClientError::Unreachable("The proxy wants a name and a password. Put them into HTTPS_PROXY".to_owned())
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ClientError::Unreachable(format!(
            "Something in front of {name} wants a log-in of its own ({status}). Log in to this network, or ask the \
             service's administrator"
        )),
        // What stands before the service says so: it may be back in a moment.
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            ClientError::Unreachable(format!("{name} answers: {status}"))
        }
        status => not_halo(address, &format!("answers: {status}")),
    }
}

/// After how long it is worth trying again, by `Retry-After`. Services and what stands before them say it in seconds; a
/// date is left alone.
fn try_after(response: &Response) -> Option<Duration> {
    let busy = matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let said = response.headers().get(RETRY_AFTER).filter(|_| busy)?;
    said.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn unreachable(address: &Address, error: &reqwest::Error) -> ClientError {
    let name = address.name();
    let why = if error.is_timeout() {
        format!("{name} doesn't answer in time")
    } else if error.is_dns() {
        format!("there is no address {name}, or no network")
    } else if let Some(error) = cause::<rustls::Error>(error) {
        distrust(name, error)
    } else if cause::<std::io::Error>(error).is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
        format!("{name} isn't answering. Is the address right, and the service running?")
    } else {
        format!("{name} is out of reach: {}", innermost(error))
    };
    ClientError::Unreachable(why)
}

fn authorized(request: RequestBuilder, token: &Secret) -> Result<RequestBuilder, ClientError> {
    let bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()));
    let mut bearer = bearer.map_err(|_| ClientError::Unauthorized("The kept token is damaged".to_owned()))?;
    bearer.set_sensitive(true);
    Ok(request.header(AUTHORIZATION, bearer))
}

fn distrust(name: &str, error: &rustls::Error) -> String {
    use rustls::CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext, UnknownIssuer};
    match error {
        rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            format!("The certificate of {name} has expired. Its administrator must renew it")
        }
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            format!("What answers as {name} has the certificate of another name. Check the address")
        }
        rustls::Error::InvalidCertificate(UnknownIssuer) => format!(
            "The certificate of {name} is from an authority that this system doesn't trust. If it is your \
             organisation's own, name its file in {CA_FILE}"
        ),
        rustls::Error::InvalidMessage(_) => {
            format!("{name} doesn't offer a secure connection. For a test on this computer write http://{name}")
        }
        other => format!("{name} offers no connection that is secure enough: {other}"),
    }
}

/// The first cause of a kind.
fn cause<'e, Cause: std::error::Error + 'static>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Cause> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// What it all came from; the layers above only say that something failed.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// An error and what it came from, one after the other.
fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        // An I/O error hides what it wraps from `source`.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map(|wrapped| -> &'e (dyn std::error::Error + 'static) { wrapped }).or_else(|| error.source())
    })
}
