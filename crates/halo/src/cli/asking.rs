//! Asking the resident program, and taking its answers.

use protocol::{Intent, Reply, Request};

use super::failure::{Failure, Outcome};
use super::output;
use crate::client::Client;
use crate::os;

pub fn ask(request: Request) -> Result<Reply, Failure> {
    Ok(Client::connect(&os::place()?)?.ask(request)?)
}

/// The value of a setting; `None` for an empty one.
pub fn setting(key: &str) -> Result<Option<String>, Failure> {
    match ask(Request::Settings { key: Some(key.to_owned()) })? {
        Reply::Settings(settings) => {
            Ok(settings.into_iter().next().map(|one| one.value).filter(|value| !value.is_empty()))
        }
        other => unexpected(&other).map(|()| None),
    }
}

pub fn act(intent: Intent) -> Outcome {
    done(ask(Request::Do(intent))?)
}

pub fn done(reply: Reply) -> Outcome {
    match reply {
        Reply::Done(said) => output::said(said.as_ref().map(|said| said.line.as_str())),
        other => unexpected(&other),
    }
}

pub fn unexpected(reply: &Reply) -> Outcome {
    match reply {
        Reply::Refused(why) => Err(Failure::Refused(why.line.clone())),
        _ => Err(Failure::Refused(
            "Halo answered something else than was asked: restart it with: halo quit && halo".to_owned(),
        )),
    }
}
