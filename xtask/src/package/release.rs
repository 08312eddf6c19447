//! Which release is packed, and what all its packages say of it.

use anyhow::{Context as _, Result};

use crate::workspace::{self, output};

/// Which release is packed.
pub(crate) struct Release {
    pub(crate) version: String,
    /// All times in it, in seconds since 1970.
    pub(crate) epoch: i64,
}

/// Who answers for the packages.
pub(crate) const MAINTAINER: &str = "The Halo developers <halo@localhost>";

/// What the packages say of the licence: both texts are in them.
pub(crate) const LICENCE: &str = "MIT OR Apache-2.0";

/// When this commit was made, in seconds since 1970; a folder without a history says it by `SOURCE_DATE_EPOCH`.
pub(super) fn commit_time() -> Result<i64> {
    if let Ok(said) = std::env::var("SOURCE_DATE_EPOCH") {
        return said.parse().with_context(|| format!("SOURCE_DATE_EPOCH is {said}, which is no number of seconds"));
    }
    let said = output(workspace::command("git").args(["log", "-1", "--format=%ct"]))?;
    said.trim().parse().context("git gives no time of this commit; set SOURCE_DATE_EPOCH")
}
