//! Reading: a subject from a place on, or all subjects from a position on.

use async_nats::jetstream::consumer::DeliverPolicy;
use log::{Last, LogError, Position, Stored, Subject};

use crate::message;
use crate::shelf::{Shelf, Wanted};

/// Up to `most` entries of a subject whose last fact stands after a place.
pub(crate) async fn subject(
    shelf: &Shelf,
    subject: &Subject,
    after: u64,
    most: usize,
) -> Result<Vec<Stored>, LogError> {
    let Some(last) = shelf.last_entry(subject).await? else { return Ok(Vec::new()) };
    let newest = shelf.stored(&last)?;
    if newest.entry.seq <= after || most == 0 {
        return Ok(Vec::new());
    }
    if newest.entry.after() <= after {
        return Ok(vec![newest]);
    }
    let from =
        DeliverPolicy::ByStartSequence { start_sequence: first_after(shelf, subject, after, last.sequence).await? };
    let wanted = Wanted { subject: shelf.names.entry(subject), from, most, only_headers: false };
    let read = shelf.read(&shelf.entries, wanted).await?;
    if read.len() < most && read.last().is_none_or(|read| read.sequence < last.sequence) {
        return Err(shelf.place.unreachable(format!("{subject} changed while it was read, or a server lags behind")));
    }
    read.iter().map(|message| shelf.stored(message)).collect()
}

/// The sequence number of the first message of a subject that reaches beyond a place; `last` does.
///
/// The server knows messages by number only. Places grow with the numbers, so the number is found by halving: 20
/// questions in a stream of a million messages.
async fn first_after(shelf: &Shelf, subject: &Subject, after: u64, last: u64) -> Result<u64, LogError> {
    let (mut from, mut to) = (1, last);
    if after == 0 {
        return Ok(from);
    }
    while from < to {
        let middle = from.midpoint(to);
        let found = shelf.next(&shelf.entries, shelf.names.entry(subject), middle).await?;
        match found {
            Some(found) if message::place(&found.headers).ok_or_else(|| shelf.foreign(&found))? <= after => {
                from = found.sequence + 1;
            }
            _ => to = middle,
        }
    }
    Ok(to)
}

/// Up to `most` entries of all subjects after a position.
pub(crate) async fn all(shelf: &Shelf, after: Position, most: usize) -> Result<Vec<Stored>, LogError> {
    let end = shelf.end().await?;
    if end <= after.0 || most == 0 {
        return Ok(Vec::new());
    }
    let from = DeliverPolicy::ByStartSequence { start_sequence: after.0 + 1 };
    let wanted = Wanted { subject: String::new(), from, most, only_headers: false };
    shelf.read(&shelf.entries, wanted).await?.iter().map(|message| shelf.stored(message)).collect()
}

/// The end of a subject.
pub(crate) async fn last(shelf: &Shelf, subject: &Subject) -> Result<Option<Last>, LogError> {
    let Some(last) = shelf.last_entry(subject).await? else { return Ok(None) };
    let entry = shelf.stored(&last)?.entry;
    Ok(Some(Last { seq: entry.seq, recorded: entry.recorded }))
}
