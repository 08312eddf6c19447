//! What every end-to-end test begins with: the program under test, and the word for "cannot be tested here".

use std::env;
use std::path::PathBuf;

/// The `halo` program under test: `HALO_BIN`, which `cargo xtask test` sets, or else this workspace's debug build.
/// The path may not exist yet: `cargo build -p halo` makes it.
pub fn halo_program() -> PathBuf {
    env::var_os("HALO_BIN")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/halo")), PathBuf::from)
}

/// The `halo-service` program under test, which stands beside [`halo_program`].
pub fn service_program() -> PathBuf {
    halo_program().with_file_name("halo-service")
}

/// The program that asks the keyring, which stands beside [`halo_program`].
pub fn keyring_program() -> PathBuf {
    halo_program().with_file_name("halo-keyring")
}

/// Says that the calling test cannot run on this machine, and why; the test then returns. `cargo xtask test` collects
/// these lines and counts such tests as skipped, not as passed.
pub fn skip(reason: &str) {
    println!("skipped: {reason}");
}
