//! A program that has its name on the session bus and never answers.

use e2e::Desktop;

use super::peer::Peer;

/// Dropping it takes its name off the bus.
pub struct Hung {
    _peer: Peer,
}

impl Hung {
    /// Takes the place of whoever has that name on the desktop's session bus.
    pub fn start(desktop: &Desktop, name: &'static str) -> Self {
        Self { _peer: Peer::connect(&desktop.session_bus().address(), move |builder| builder.name(name)) }
    }
}
