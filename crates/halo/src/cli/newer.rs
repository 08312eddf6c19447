//! `halo newer`: one request to the address that the settings name, and nothing of this computer in it.

use connect::{Address, AddressError, Client as Web};
use protocol::{Reply, Request};

use super::output::{self, Newest};
use super::{Failure, Outcome, ask as question};
use crate::newest;

pub fn ask(json: bool) -> Outcome {
    let from = setting("updates.from")?.ok_or_else(|| {
        refused("nobody is asked whether there is a newer Halo. Name the address: halo config updates.from ADDRESS")
    })?;
    let key = setting("updates.key")?.ok_or_else(|| {
        refused("what is said there could not be believed without a key. Set it: halo config updates.key KEY")
    })?;
    let address: Address = from.parse().map_err(|error: AddressError| refused(error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let said = runtime.block_on(Web::new(address).text()).map_err(refused)?;
    let release = newest::read(&said, &key).map_err(|why| refused(format!("{from} {why}")))?;
    let newer = newest::is_newer(&release.version, env!("CARGO_PKG_VERSION"));
    output::newest(&Newest { version: release.version, newer, page: release.page }, json)
}

fn setting(key: &str) -> Result<Option<String>, Failure> {
    match question(Request::Settings { key: Some(key.to_owned()) })? {
        Reply::Settings(settings) => {
            Ok(settings.into_iter().next().map(|one| one.value).filter(|value| !value.is_empty()))
        }
        other => super::unexpected(&other).map(|()| None),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn refused(why: impl ToString) -> Failure {
    Failure::Refused(why.to_string())
}
