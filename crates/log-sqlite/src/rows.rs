//! What stands in rows of several tables.

use presence::{DeviceId, Timestamp};
use roster::{PersonId, Seat};
use rusqlite::Row;

pub(crate) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<PersonId> {
    row.get(column).map(PersonId::from_bytes)
}

/// A person and, in the next column, their device.
pub(crate) fn seat(row: &Row<'_>, first: usize) -> rusqlite::Result<Seat> {
    let device: String = row.get(first + 1)?;
    Ok(Seat { person: id(row, first)?, device: DeviceId::from(device.as_str()) })
}

pub(crate) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
