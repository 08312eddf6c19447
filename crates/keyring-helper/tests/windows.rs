//! The helper and the real Credential Manager (Wine's, on a machine without Windows).
#![cfg(windows)]

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

#[test]
fn d08_the_helper_keeps_a_secret_in_the_credential_manager() {
    let account = format!("test-{}@https://presence.example", std::process::id());
    let ask = |question: String| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_halo-keyring"));
        let mut helper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        helper.stdin.take().unwrap().write_all(format!("{question}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        helper.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
        assert!(helper.wait().unwrap().success());
        answer.trim_end().to_owned()
    };
    assert_eq!(ask("\"probe\"".to_owned()), "\"done\"");
    assert_eq!(ask(format!(r#"{{"get":{{"account":"{account}"}}}}"#)), "\"none\"");
    assert_eq!(ask(format!(r#"{{"set":{{"account":"{account}","secret":"hush"}}}}"#)), "\"done\"");
    assert_eq!(ask(format!(r#"{{"get":{{"account":"{account}"}}}}"#)), r#"{"secret":"hush"}"#);
    assert_eq!(ask(format!(r#"{{"delete":{{"account":"{account}"}}}}"#)), "\"done\"");
    assert_eq!(ask(format!(r#"{{"get":{{"account":"{account}"}}}}"#)), "\"none\"");
}
