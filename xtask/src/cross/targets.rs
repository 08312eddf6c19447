//! What is built for, as the compiler names it.

pub(crate) const WINDOWS: &str = "x86_64-pc-windows-gnu";
pub(super) const MACOS: &str = "aarch64-apple-darwin";
