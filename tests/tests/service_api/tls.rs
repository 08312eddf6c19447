//! TLS: passwords travel under a certificate, or not at all.

use std::net::TcpListener;
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
    std::fs::write(service.file("key.pem"), own.signing_key.serialize_pem()).unwrap();
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
