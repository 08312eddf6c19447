//! TLS: passwords travel under a certificate, or not at all.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use e2e::{PASSWORD, TeamService, wait_until};

use super::api::Api;
use super::ends::Ended;

#[test]
fn a_sign_in_goes_under_a_certificate_that_is_known_and_under_no_other() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    std::fs::write(service.file("certificate.pem"), own.cert.pem()).unwrap();
    write_key(&service.file("key.pem"), &own.signing_key.serialize_pem());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = service.command(&["serve"]);
    // An address that others reach, as TLS allows.
    command.env("HALO_SERVICE_LISTEN", format!("0.0.0.0:{port}"));
    command.env("HALO_SERVICE_TLS_CERTIFICATE", service.file("certificate.pem"));
    command.env("HALO_SERVICE_TLS_KEY", service.file("key.pem"));
    let _running = Ended(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    assert!(wait_until(Duration::from_secs(10), || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()));

    let certificate = reqwest::Certificate::from_pem(own.cert.pem().as_bytes()).unwrap();
    let builder = || reqwest::Client::builder();
    let url = format!("https://localhost:{port}");
    let known = Api::at(&url, builder().tls_certs_only([certificate]));
    assert_eq!(known.sign_in("ada", PASSWORD).status, 200);
    let body = format!(r#"{{"name":"ada","password":"{PASSWORD}","device":"a test"}}"#);
    let headers = [("content-type", "application/json")];
    let stranger = Api::at(&url, builder());
    assert!(stranger.try_to_send("POST", "/v1/sign-in", &headers, &body).is_err());
    let plain = Api::at(&format!("http://localhost:{port}"), builder());
    assert!(plain.try_to_send("POST", "/v1/sign-in", &headers, &body).is_err());
}

/// Writes a key that only its owner can read.
fn write_key(file: &Path, key: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(file, key).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap()
}

/// A service under a certificate, at `https://localhost:PORT`.
fn under(service: &TeamService, own: &rcgen::CertifiedKey<rcgen::KeyPair>) -> (Ended, u16) {
    std::fs::write(service.file("certificate.pem"), own.cert.pem()).unwrap();
    write_key(&service.file("key.pem"), &own.signing_key.serialize_pem());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = service.command(&["serve"]);
    command.env("HALO_SERVICE_LISTEN", format!("127.0.0.1:{port}"));
    command.env("HALO_SERVICE_TLS_CERTIFICATE", service.file("certificate.pem"));
    command.env("HALO_SERVICE_TLS_KEY", service.file("key.pem"));
    let running = Ended(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    assert!(wait_until(Duration::from_secs(10), || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()));
    (running, port)
}

fn trusting(own: &rcgen::CertifiedKey<rcgen::KeyPair>, port: u16) -> Api {
    let certificate = reqwest::Certificate::from_pem(own.cert.pem().as_bytes()).unwrap();
    Api::at(&format!("https://localhost:{port}"), reqwest::Client::builder().tls_certs_only([certificate]))
}

#[test]
fn a_renewed_certificate_is_used_without_a_restart() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    let (old, new) = (certificate(), certificate());
    let (_running, port) = under(&service, &old);
    assert_eq!(trusting(&old, port).get("/health/live").status, 200);
    // Half of a renewal is no reason to stop.
    std::fs::write(service.file("certificate.pem"), "half of it").unwrap();
    std::thread::sleep(Duration::from_secs(11));
    assert_eq!(trusting(&old, port).get("/health/live").status, 200);
    std::fs::write(service.file("certificate.pem"), new.cert.pem()).unwrap();
    write_key(&service.file("key.pem"), &new.signing_key.serialize_pem());
    let client = trusting(&new, port);
    let renewed = wait_until(Duration::from_secs(20), || client.try_to_send("GET", "/health/live", &[], "").is_ok());
    assert!(renewed, "the old certificate is still used");
}

#[test]
fn only_http_1_is_agreed_on_under_tls() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    let own = certificate();
    let (_running, port) = under(&service, &own);
    let mut roots = rustls::RootCertStore::empty();
    roots.add(own.cert.der().clone()).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = "localhost".try_into().unwrap();
    let mut connection = rustls::ClientConnection::new(std::sync::Arc::new(config), name).unwrap();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).unwrap();
    }
    assert_eq!(connection.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[test]
fn a_key_that_everybody_can_read_is_refused_in_words() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    let own = certificate();
    std::fs::write(service.file("certificate.pem"), own.cert.pem()).unwrap();
    write_key(&service.file("key.pem"), &own.signing_key.serialize_pem());
    std::fs::set_permissions(service.file("key.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = service.command(&["serve"]);
    command.env("HALO_SERVICE_TLS_CERTIFICATE", service.file("certificate.pem"));
    command.env("HALO_SERVICE_TLS_KEY", service.file("key.pem"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("can read the key") && said.contains("chmod"), "{said}");
}

#[test]
fn a_certificate_that_is_none_is_refused_in_words() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    std::fs::write(service.file("certificate.pem"), "nothing").unwrap();
    let mut command = service.command(&["serve"]);
    command.env("HALO_SERVICE_TLS_CERTIFICATE", service.file("certificate.pem"));
    command.env("HALO_SERVICE_TLS_KEY", service.file("no-key.pem"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("are no certificate and key"), "{said}");
}
