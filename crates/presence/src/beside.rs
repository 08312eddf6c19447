//! What stands beside the status and never instead of it (G08, G09).

use serde::{Deserialize, Serialize};

use crate::end::End;

/// What the person is doing, beside the status and never instead of it (G09).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Whether they are on a call.
    pub on_call: bool,
    /// How many interactions they handle.
    pub interactions: u32,
}

impl Activity {
    /// Whether anything runs that needs the person (D05).
    pub fn is_running(self) -> bool {
        self.on_call || self.interactions > 0
    }
}

/// The person's own words beside the status; they have their own end (C14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The words.
    pub text: String,
    /// When they go.
    pub until: Option<End>,
}
