//! The HTTP interface: what is asked, what is answered, and how failures are told.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use connect::{Client, ClientError};
use presence::Span;
use protocol::Secret;
use protocol::service::SignIn;
use support::{Desk, Ring, Service, TOKEN, now, problem, quick};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

fn client(address: &str) -> Client {
    Client::trusting(address.parse().unwrap(), None)
}

fn token() -> Secret {
    Secret::from(TOKEN.to_owned())
}

fn sign_in(password: &str) -> SignIn {
    SignIn { name: "ann".to_owned(), password: Secret::from(password.to_owned()), device: "Ann's laptop".to_owned() }
}

#[tokio::test]
async fn each_request_goes_where_it_should() {
    let service = Service::new();
    let client = client(&format!("http://{}/", service.listen().await));
    let signed_in = client.sign_in(&sign_in("right")).await.unwrap();
    assert_eq!((signed_in.token.expose(), signed_in.device.as_str()), (TOKEN, "this"));
    assert_eq!(client.me(&token()).await.unwrap().person.label, "Ann");
    client.sign_out(&token()).await.unwrap();
    client.revoke(&token(), "an/other id?").await.unwrap();
    assert_eq!(service.kept().revoked, ["this", "an/other id?"]);
    assert!(client.devices(&token()).await.unwrap().is_empty());
    client.people(&token(), "Bö & co").await.unwrap();
    let span = Span { since: Some("2026-01-05T10:00:00Z".parse().unwrap()), until: None, limit: Some(5) };
    client.history(&token(), &span).await.unwrap();
    assert_eq!(service.kept().asked, ["people Some(\"Bö & co\")", "2026-01-05T10:00:00Z  5"]);
    client.delete_history(&token()).await.unwrap();
    let renewed = client.renew(&token()).await.unwrap();
    assert!(renewed.expires_at > now().wall);
    let ended = "Your sign-in has ended. Sign in again".to_owned();
    assert_eq!(client.me(&token()).await.unwrap_err(), ClientError::Unauthorized(ended));
}

#[tokio::test]
async fn what_one_address_surely_did_not_pass_on_is_asked_of_the_next() {
    let service = Service::new();
    let here = format!("http://{}", service.listen().await);
    let signed_in = client(&format!("http://127.0.0.1:1, {here}")).sign_in(&sign_in("right")).await.unwrap();
    assert_eq!(signed_in.token.expose(), TOKEN);
    // Of a sign-in that was sent and had no answer nobody knows what became of it, but to look is harmless.
    let hangs_up = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let first = format!("http://{}", hangs_up.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = hangs_up.accept().await {
            stream.readable().await.unwrap();
            let _ = stream.try_read(&mut [0; 4096]);
            let _ = stream.shutdown().await;
        }
    });
    let both = client(&format!("{first},{here}"));
    let why = both.sign_in(&sign_in("right")).await.unwrap_err().to_string();
    assert!(why.contains("is out of reach"), "{why}");
    assert_eq!(both.me(&token()).await.unwrap().person.label, "Ann");
    // The address that answered is asked first from now on.
    both.sign_in(&sign_in("right")).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_no_ended_sign_in() {
    let service = Service::new();
    let client = client(&format!("http://{}", service.listen().await));
    let refused = client.sign_in(&sign_in("wrong")).await.unwrap_err();
    assert!(matches!(&refused, ClientError::Refused(problem) if problem.status == 401));
    assert_eq!(refused.to_string(), "Wrong name or password");
}

#[tokio::test]
async fn what_is_no_service_is_told_from_one_that_is_out_of_reach() {
    let router = Router::new()
        .route("/text/v1/me", get(async || "hello"))
        .route("/busy/v1/me", get(async || (StatusCode::BAD_GATEWAY, "<html>")))
        .route("/away/v1/me", get(async || Redirect::temporary("https://evil.example/")))
        .route("/no/v1/me", get(async || problem(403, "Not from here")))
        .route("/slow/v1/me", get(async || std::future::pending::<()>().await));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let me = async |path: &str| client(&format!("http://{address}/{path}")).me(&token()).await.unwrap_err();
    assert!(matches!(me("text").await, ClientError::NotHalo(_)));
    let nothing = me("nothing").await;
    assert!(matches!(nothing, ClientError::NotHalo(_)));
    assert!(nothing.to_string().ends_with("is no Halo service: it answers: 404 Not Found. Check the address"));
    assert!(matches!(me("busy").await, ClientError::Unreachable(_)));
    let away = me("away").await.to_string();
    assert!(away.contains("sends on to https://evil.example/"), "{away}");
    assert_eq!(me("no").await.to_string(), "Not from here");
    let unknown = client("https://no-such-name.invalid").me(&token()).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no address no-such-name.invalid, or no network");
    // Speaks no TLS.
    let plain = client(&format!("https://{address}")).me(&token()).await.unwrap_err().to_string();
    assert!(plain.contains("doesn't offer a secure connection"), "{plain}");
}

/// A certificate for some names from an authority of its own, whose file is returned.
fn certificates(folder: &tempfile::TempDir, names: &[&str]) -> (rustls::ServerConfig, PathBuf) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::CertifiedIssuer::self_signed(authority, key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    (config, file)
}

struct Tls(TcpListener, tokio_rustls::TlsAcceptor);

impl axum::serve::Listener for Tls {
    type Io = tokio_rustls::server::TlsStream<TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, from)) = self.0.accept().await else { continue };
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

async fn serve_tls(service: &Service, config: rustls::ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = service.router();
    let tls = Tls(listener, tokio_rustls::TlsAcceptor::from(Arc::new(config)));
    tokio::spawn(async move { axum::serve(tls, router).await.unwrap() });
    port
}

#[tokio::test]
#[cfg_attr(windows, ignore = "Wine checks no certificate of one's own authority")]
async fn certificates_are_checked_and_an_authority_may_be_named() {
    let (service, folder) = (Service::new(), tempfile::tempdir().unwrap());
    let (config, authority) = certificates(&folder, &["localhost"]);
    let port = serve_tls(&service, config).await;
    let address = format!("https://localhost:{port}");
    let distrusted = client(&address).me(&token()).await.unwrap_err();
    assert!(matches!(distrusted, ClientError::Unreachable(_)));
    assert!(distrusted.to_string().contains("from an authority that this system doesn't trust"), "{distrusted}");
    let trusting = |address: &str| Client::trusting(address.parse().unwrap(), Some(authority.clone()));
    trusting(&address).me(&token()).await.unwrap();
    let other = trusting(&format!("https://127.0.0.1:{port}")).me(&token()).await.unwrap_err().to_string();
    assert!(other.contains("has the certificate of another name"), "{other}");
    let mut desk = Desk::sit_with(trusting(&address), folder.path(), Ring::with_token(), quick());
    desk.until_online().await;
    desk.choose("busy");
    desk.until_settled().await;
    let missing = Client::trusting(address.parse().unwrap(), Some(folder.path().join("none.pem")));
    let missing = missing.me(&token()).await.unwrap_err().to_string();
    assert!(missing.starts_with("HALO_CA_FILE names "), "{missing}");
}

/// A proxy that connects to one place, whatever it is asked for; what it was asked for.
async fn proxy(to: u16) -> (u16, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, asks) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let asked = asked.clone();
            tokio::spawn(async move {
                let mut client = BufReader::new(client);
                let mut first = String::new();
                client.read_line(&mut first).await.unwrap();
                asked.send(first.trim().to_owned()).unwrap();
                let mut line = String::new();
                while client.read_line(&mut line).await.unwrap() > 2 {
                    line.clear();
                }
                let mut service = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut service).await;
            });
        }
    });
    (port, asks)
}

#[tokio::test]
#[cfg_attr(windows, ignore = "Wine checks no certificate of one's own authority")]
async fn a_proxy_is_used_for_requests_and_stream_alike() {
    let (service, folder) = (Service::new(), tempfile::tempdir().unwrap());
    let (config, authority) = certificates(&folder, &["presence.test"]);
    let (port, mut asked) = proxy(serve_tls(&service, config).await).await;
    // The variables hold for a whole process, so this needs one of its own.
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "behind_a_proxy", "--ignored"])
        .env("HTTPS_PROXY", format!("http://127.0.0.1:{port}"))
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("BEHIND", "a proxy")
        .env("HALO_CA_FILE", authority)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(asked.recv().await.unwrap(), "CONNECT presence.test:443 HTTP/1.1");
    assert_eq!(service.kept().hellos.len(), 1);
    assert_eq!(service.kept().recorded.len(), 1);
}

#[tokio::test]
#[ignore = "run by a_proxy_is_used_for_requests_and_stream_alike"]
async fn behind_a_proxy() {
    if std::env::var_os("BEHIND").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new("presence.test".parse().unwrap());
    client.me(&token()).await.unwrap();
    let mut desk = Desk::sit_with(client, folder.path(), Ring::with_token(), quick());
    desk.until_online().await;
    desk.choose("busy");
    desk.until_settled().await;
    // What stays on this machine goes nowhere else.
    let service = Service::new();
    let here = format!("http://{}", service.listen().await);
    Client::new(here.parse().unwrap()).me(&token()).await.unwrap();
    desk.hub.close(Duration::from_secs(1)).await;
}
