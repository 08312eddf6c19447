//! The service's interface against its description: Schemathesis asks for everything in it, in and out of order.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

#[path = "service_api/api.rs"]
#[allow(dead_code, reason = "only a part of it is used here")]
mod api;

use std::path::Path;
use std::process::Command;

use api::Api;
use e2e::TeamService;

const SCHEMATHESIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/python/bin/schemathesis");

const DESCRIPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

/// Without `positive_data_acceptance`: which ids of statuses are taken is said by the organisation's policy, not by the
/// description, so that most changes in order by the description are refused.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,ignored_auth,unsupported_method,\
    allow_header_conformance";

/// The same requests each time.
const AMOUNT: [&str; 4] = ["--max-examples", "30", "--seed", "1"];

#[track_caller]
fn run(service: &TeamService, more: &[&str]) {
    let mut command = Command::new(SCHEMATHESIS);
    command.args(["run", DESCRIPTION, "--url", &service.url(), "--checks", CHECKS, "--no-color"]);
    command.args(AMOUNT).args(more);
    // It keeps what it found in the current folder, and goes on from there the next time.
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(folder.path()).env("HOME", folder.path()).env("NO_PROXY", "*");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}\nThe service said:\n{}", service.log());
    assert!(said.contains(" generated, "), "nothing was asked for:\n{said}");
    for line in said.lines().filter(|line| line.contains(" generated, ")) {
        println!("{}", line.trim());
    }
}

#[test]
fn no_call_is_answered_by_a_server_error_or_in_an_undocumented_way() {
    if !Path::new(SCHEMATHESIS).exists() {
        return e2e::skip("Schemathesis is not in target/python; `cargo xtask test` puts it there");
    }
    let service = TeamService::start(&["ada", "grace"]);
    let ada = Api::signed_in(&service, "ada");
    let token = format!("Authorization: Bearer {}", ada.token.as_deref().unwrap());
    // Without the call that signs out: `this` would end the token of all that follows.
    run(&service, &["--header", &token, "--exclude-path", "/v1/me/devices/{id}"]);
    assert!(ada.is_signed_in(), "the token ended on the way, and most of that was refused for it");
    run(&service, &["--exclude-tag", "health"]);
}
