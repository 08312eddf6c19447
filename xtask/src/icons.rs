//! `cargo xtask icons`: draws the icons. The renderer is heavy and needed only when a drawing changes, hence a
//! feature of the package `icons`.

use anyhow::Result;

use crate::workspace;

pub(crate) fn icons(check: bool) -> Result<bool> {
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--package", "icons", "--features", "generate", "--bin", "icons-generate", "--"]);
    if check {
        command.arg("--check");
    }
    workspace::succeeds(&mut command)
}
