//! A client that asks whatever it is told to, and a device's stream, both without a line of Halo's own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use e2e::{PASSWORD, TeamService};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// Somebody who asks; signed in or not.
pub struct Api {
    runtime: Runtime,
    http: reqwest::Client,
    url: String,
    /// What is sent as a token.
    pub token: Option<String>,
    /// The device's id.
    pub device: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Api {
    /// Somebody without a token.
    pub fn of(service: &TeamService) -> Self {
        Self::at(&service.url(), reqwest::Client::builder())
    }

    /// The same, at another address and with a client that is built otherwise.
    pub fn at(url: &str, builder: reqwest::ClientBuilder) -> Self {
        // An error would mean that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // The service is ended and started again meanwhile: no connection is kept.
        let builder = builder.no_proxy().pool_max_idle_per_host(0).timeout(Duration::from_secs(30));
        let http = builder.build().unwrap();
        Self { runtime, http, url: url.to_owned(), token: None, device: String::new() }
    }

    /// Somebody who has signed in just now.
    #[track_caller]
    pub fn signed_in(service: &TeamService, name: &str) -> Self {
        let mut api = Self::of(service);
        let answer = api.sign_in(name, PASSWORD);
        assert_eq!(answer.status, 200, "{answer:?}");
        let said = answer.json();
        api.token = said["token"].as_str().map(str::to_owned);
        said["device"].as_str().unwrap().clone_into(&mut api.device);
        api
    }

    /// Tries to sign in; nothing is kept of it.
    #[track_caller]
    pub fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.post("/v1/sign-in", &json!({ "name": name, "password": password, "device": "a test" }))
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    #[track_caller]
    pub fn put(&self, path: &str) -> Answer {
        self.send("PUT", path, &[], "")
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], "")
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], &body.to_string())
    }

    /// Any request.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.try_to_send(method, path, headers, body).expect("an answer")
    }

    /// Any request, to somewhere that may not answer.
    pub fn try_to_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> reqwest::Result<Answer> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.url)).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        self.runtime.block_on(async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(Answer { status, headers, body: response.text().await? })
        })
    }

    /// Records changes, which must succeed; the version after them.
    #[track_caller]
    pub fn change(&self, changes: &[Value]) -> u64 {
        let answer = self.post("/v1/me/changes", &changes_of(changes));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["version"].as_u64().unwrap()
    }

    /// Sets the message.
    #[track_caller]
    pub fn say(&self, message: &str) -> u64 {
        self.change(&[json!({ "change": "message", "text": message })])
    }

    /// One's own presence.
    #[track_caller]
    pub fn presence(&self) -> Value {
        let answer = self.get("/v1/me/presence");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Whether the token is taken.
    #[track_caller]
    pub fn is_signed_in(&self) -> bool {
        match self.get("/v1/me").status {
            200 => true,
            401 => false,
            other => panic!("answered {other}"),
        }
    }

    /// Opens this device's stream, as a Halo that has just started.
    #[track_caller]
    pub fn connect(&self) -> TcpStream {
        let mut stream = self.open_stream();
        let hello = hello(&json!([])).to_string();
        // A text frame of one piece, masked by noughts.
        let mut frame = vec![0x81, 0x80 | u8::try_from(hello.len()).unwrap(), 0, 0, 0, 0];
        frame.extend(hello.as_bytes());
        stream.write_all(&frame).unwrap();
        // The snapshot, which comes when all that is done.
        stream.read_exact(&mut [0; 2]).unwrap();
        stream
    }

    /// This device's stream, on which nothing has been said yet.
    #[track_caller]
    pub fn open_stream(&self) -> TcpStream {
        self.try_to_open_stream().expect("a stream")
    }

    /// The same, unless the service hangs up.
    pub fn try_to_open_stream(&self) -> Option<TcpStream> {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).ok()?;
        let token = self.token.as_deref().unwrap();
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        let asked =
            format!("GET /v1/me/stream HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{upgrade}\r\n\r\n");
        stream.write_all(asked.as_bytes()).ok()?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            answer.extend(byte);
        }
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
        Some(stream)
    }
}

/// The hello of a Halo that has just started, with these writes.
pub fn hello(writes: &Value) -> Value {
    json!({ "hello": { "version": 2, "boot": "a", "starts": true, "writes": writes } })
}

impl Answer {
    /// The body.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// One of the headers, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What went wrong, in words; it must be this status, as a problem that says what to do.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["type"].as_str().is_some_and(|kind| kind.starts_with("/problems/")), "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.len() > 10, "{problem}");
        detail.to_owned()
    }
}

/// The body of changes that happened now.
pub fn changes_of(changes: &[Value]) -> Value {
    let now = jiff::Timestamp::now().to_string();
    let stamped = changes.iter().map(|change| {
        let mut change = change.clone();
        change["at"] = now.clone().into();
        change
    });
    json!({ "changes": stamped.collect::<Vec<_>>() })
}
