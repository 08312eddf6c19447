//! When something timed ends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// When something timed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct End {
    /// The instant.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// True for a time of day ("until 14:00"), which a corrected clock leaves alone. False for a duration ("for 30
    /// minutes"), which lasts as long as was said whatever the clock does (D07).
    pub fixed: bool,
}
