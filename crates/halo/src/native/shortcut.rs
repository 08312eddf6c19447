//! Keys that open Halo from anywhere: not here yet, which is said in words.

use std::convert::Infallible;

use agent::{NotBound, Shortcut};

/// Keys that are bound; there are none.
#[derive(Debug)]
pub struct Bound(Infallible);

impl Bound {
    #[expect(clippy::unused_async, reason = "elsewhere the person is asked")]
    pub async fn bind(_shortcut: &Shortcut) -> Result<Self, NotBound> {
        Err(NotBound::NotYet)
    }

    /// By which way.
    pub fn name(&self) -> &'static str {
        match self.0 {}
    }

    /// Tells of each press, until the system takes the keys away.
    #[expect(clippy::unused_async, reason = "elsewhere there are keys to listen to")]
    pub async fn listen(self, _shortcut: &Shortcut, _pressed: impl Fn()) -> NotBound {
        match self.0 {}
    }
}
