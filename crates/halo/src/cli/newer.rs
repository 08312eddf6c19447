//! `halo newer`: one request to the address that the settings name, and nothing of this computer in it.

use connect::{Address, Client as Web, ClientError};

use super::asking::setting;
use super::failure::{Failure, Outcome};
use super::output;
use crate::newest::{self, Newest, Unsound};

pub fn ask(json: bool) -> Outcome {
    let from = setting("updates.from")?.ok_or_else(|| {
        unasked("nobody is asked whether there is a newer Halo. Name the address: halo config updates.from ADDRESS")
    })?;
    let key = setting("updates.key")?.ok_or_else(|| {
        unasked("what is said there could not be believed without a key. Set it: halo config updates.key KEY")
    })?;
    let address: Address = from.parse().map_err(|_| {
        refused(format!("{from} can't be asked: updates.from must be an address that begins with https://"))
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let unsound = |why: Unsound| refused(format!("{from} {why}"));
    let said = runtime.block_on(Web::new(address.into()).text()).map_err(|error| match error {
        ClientError::Unreachable(why) => Failure::Unreachable(why),
        // What is said of services that are none is not what this is about.
        _ => unsound(Unsound::SomethingElse),
    })?;
    let release = newest::read(&said, &key).map_err(unsound)?;
    let newer = newest::is_newer(&release.version, env!("CARGO_PKG_VERSION"));
    output::newest(&Newest { version: release.version, newer, page: release.page }, json)
}

/// Nothing is wrong: somebody has not set it, or no longer.
fn unasked(why: &str) -> Failure {
    Failure::Unreachable(why.to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn refused(why: impl ToString) -> Failure {
    Failure::Refused(why.to_string())
}
