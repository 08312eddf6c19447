//! How the resident program is run.

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// With an icon in the tray.
    pub tray: bool,
    /// A sign-in of the program before this one comes through the standard input.
    pub handover: bool,
}
