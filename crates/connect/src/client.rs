//! The service's HTTP interface.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use presence::Span;
use protocol::service::{Follow, Me, PROBLEMS, PersonView, Problem, Renewed, SignIn, SignedIn, TOKEN_ENDED};
use protocol::{DeviceView, Interval, Secret, from_json};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::Address;

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
    /// Something answers there, but not as a Halo service does.
    #[error("{0}")]
    NotHalo(String),
}

/// Asks the service of one address. Made with its first request: it costs 0.7 MB.
#[derive(Debug)]
pub struct Client {
    address: Address,
    ca_file: Option<PathBuf>,
    http: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client that trusts the system's certificates and those of the file that `HALO_CA_FILE` names.
    pub fn new(address: Address) -> Self {
        let ca_file = std::env::var_os(CA_FILE).filter(|file| !file.is_empty()).map(PathBuf::from);
        Self::trusting(address, ca_file)
    }

    /// A client that trusts the system's certificates and those of a PEM file.
    pub fn trusting(address: Address, ca_file: Option<PathBuf>) -> Self {
        Self { address, ca_file, http: OnceLock::new() }
    }

    /// Whom it asks.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What lies at the address itself, as text.
    pub async fn text(&self) -> Result<String, ClientError> {
        let response = self.send(self.http()?.get(self.address.of(""))).await.map_err(Failure::refused)?;
        let body = self.body(response).await.map_err(Failure::refused)?;
        String::from_utf8(body).map_err(|_| self.not_halo("has no text there"))
    }

    /// `POST /v1/sign-in`.
    pub async fn sign_in(&self, asked: &SignIn) -> Result<SignedIn, ClientError> {
        let request = self.http()?.post(self.address.of("/v1/sign-in")).json(asked);
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
        let mut url = self.address.of("/v1/me/devices/");
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(device);
        }
        let request = authorized(self.http()?.delete(url), token)?;
        self.send(request).await.map(|_| ()).map_err(Failure::for_token)
    }

    /// `GET /v1/people`: the persons whose names have `search` in them.
    pub async fn people(&self, token: &Secret, search: &str) -> Result<Vec<PersonView>, ClientError> {
        let request = self.http()?.get(self.address.of("/v1/people")).query(&[("search", search)]);
        self.answer(authorized(request, token)?).await.map_err(Failure::for_token)
    }

    /// `PUT` or `DELETE /v1/people/{name}/favourite` or `…/tell-when-free`.
    pub async fn follow(&self, token: &Secret, name: &str, how: Follow, on: bool) -> Result<(), ClientError> {
        let mut url = self.address.of("/v1/people/");
        if let Ok(mut path) = url.path_segments_mut() {
            let how = match how {
                Follow::Favourite => "favourite",
                Follow::TellWhenFree => "tell-when-free",
            };
            path.pop_if_empty().push(name).push(how);
        }
        let method = if on { Method::PUT } else { Method::DELETE };
        let request = authorized(self.http()?.request(method, url), token)?;
        self.send(request).await.map(|_| ()).map_err(Failure::for_token)
    }

    /// `GET /v1/me/history`: the intervals of a span, as corrected.
    pub async fn history(&self, token: &Secret, span: &Span) -> Result<Vec<Interval>, ClientError> {
        let since = span.since.map(|since| ("since", since.to_string()));
        let until = span.until.map(|until| ("until", until.to_string()));
        let limit = span.limit.map(|limit| ("limit", limit.to_string()));
        let query: Vec<_> = since.into_iter().chain(until).chain(limit).collect();
        let request = self.http()?.get(self.address.of("/v1/me/history")).query(&query);
        self.answer(authorized(request, token)?).await.map_err(Failure::for_token)
    }

    /// `DELETE /v1/me/history`: erases everything before now.
    pub async fn delete_history(&self, token: &Secret) -> Result<(), ClientError> {
        let request = self.http()?.delete(self.address.of("/v1/me/history"));
        self.send(authorized(request, token)?).await.map(|_| ()).map_err(Failure::for_token)
    }

    /// Asks for the stream; the answer is checked to be the change of protocols.
    pub(crate) async fn upgrade(&self, token: &Secret, key: &str) -> Result<Response, ClientError> {
        let request = self
            .http()?
            .get(self.address.of("/v1/me/stream"))
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", key);
        self.send(authorized(request, token)?).await.map_err(Failure::for_token)
    }

    /// What is to be said if what answers is not a service of ours.
    pub(crate) fn not_halo(&self, what: &str) -> ClientError {
        ClientError::NotHalo(format!("{} is no Halo service: it {what}. Check the address", self.address.name()))
    }

    async fn ask<Answer: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        token: &Secret,
    ) -> Result<Answer, ClientError> {
        let request = self.http()?.request(method, self.address.of(path));
        self.answer(authorized(request, token)?).await.map_err(Failure::for_token)
    }

    async fn answer<Answer: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = self.send(request).await?;
        let body = self.body(response).await?;
        from_json(&body).map_err(|error| {
            // No words of the answer: they may hold a token.
            tracing::warn!("the service's answer can't be read: line {}, column {}", error.line(), error.column());
            Failure::Other(self.not_halo("answers with something else than expected"))
        })
    }

    /// Sends a request; the answer says that it was done.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| Failure::Other(self.unreachable(&error)))?;
        let status = response.status();
        if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        if status.is_redirection() {
            let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
            return Err(Failure::Other(self.not_halo(&format!("sends on to {to}"))));
        }
        let body = self.body(response).await.unwrap_or_default();
        let problem = from_json::<Problem>(&body).ok();
        match problem.filter(|problem| problem.r#type.starts_with(PROBLEMS)) {
            Some(problem) => Err(Failure::Problem(Box::new(problem))),
            None => Err(Failure::Other(self.in_its_place(status))),
        }
    }

    /// What is to be said if something else answers in the service's place. Most of it passes.
    fn in_its_place(&self, status: StatusCode) -> ClientError {
        let name = self.address.name();
        match status {
            StatusCode::NETWORK_AUTHENTICATION_REQUIRED => ClientError::Unreachable(
                "This network wants you to log in first. Open any web page, and log in there".to_owned(),
            ),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                ClientError::Unreachable("The proxy wants a name and a password. Put them into HTTPS_PROXY".to_owned())
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ClientError::Unreachable(format!(
                "Something in front of {name} wants a log-in of its own ({status}). Log in to this network, or ask \
                 the service's administrator"
            )),
            // What stands before the service says so: it may be back in a moment.
            status if status.is_server_error() => ClientError::Unreachable(format!("{name} answers: {status}")),
            status => self.not_halo(&format!("answers: {status}")),
        }
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await.map_err(|error| Failure::Other(self.unreachable(&error)))?;
            let Some(chunk) = chunk else { return Ok(body) };
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Failure::Other(self.not_halo("sends more than a service would")));
            }
            body.extend_from_slice(&chunk);
        }
    }

    fn http(&self) -> Result<&reqwest::Client, ClientError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = self.build()?;
        Ok(self.http.get_or_init(|| http))
    }

    fn build(&self) -> Result<reqwest::Client, ClientError> {
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
        if self.address.is_here() {
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

    fn unreachable(&self, error: &reqwest::Error) -> ClientError {
        let name = self.address.name();
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
}

/// What a request came to instead of an answer.
enum Failure {
    Problem(Box<Problem>),
    Other(ClientError),
}

impl Failure {
    fn for_token(self) -> ClientError {
        match self {
            Self::Problem(problem) if problem.r#type == TOKEN_ENDED => ClientError::Unauthorized(problem.detail),
            // A token was sent with each of these requests: something took it out on the way.
            Self::Problem(problem) if problem.status == 401 => {
                ClientError::Unreachable(format!("The sign-in did not reach the service: {}", problem.detail))
            }
            other => other.refused(),
        }
    }

    fn refused(self) -> ClientError {
        match self {
            Self::Problem(problem) => ClientError::Refused(problem),
            Self::Other(error) => error,
        }
    }
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
