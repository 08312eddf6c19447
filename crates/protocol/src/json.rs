//! Reading JSON, in the one way that all of Halo reads it.

use serde::de::{DeserializeOwned, Error as _};

/// Reads what came as bytes.
///
/// As text, like everything that is read from a database or a socket: for each kind of source the compiler makes all
/// readers of all types anew, a tenth of a megabyte in every session (docs/performance.md).
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let text = str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    serde_json::from_str(text)
}
