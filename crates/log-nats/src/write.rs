//! Appending: what is known of a subject judges an entry, and the server has the last word.

use std::collections::HashSet;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::message::StreamMessage;
use log::{Entry, LogError, Outcome, Position, Subject};

use crate::known::{Known, Memory};
use crate::message;
use crate::remove;
use crate::shelf::{Shelf, Wanted};

/// Keys are known so long at least, before the last entry of their subject: the two weeks that are promised and a day.
pub(crate) const KEYS_LIVE: Duration = Duration::from_secs(15 * 86_400);

/// So many entries are on their way at once.
const MOST_AT_ONCE: usize = 500;

/// Appends entries, in order.
pub(crate) async fn append(shelf: &Shelf, memory: &mut Memory, entries: &[Entry]) -> Result<Vec<Outcome>, LogError> {
    let mut outcomes = Vec::with_capacity(entries.len());
    while let Some(rest) = entries.get(outcomes.len()..).filter(|rest| !rest.is_empty()) {
        let run = append_run(shelf, memory, &rest[..run_length(rest)]).await;
        if run.is_err() {
            // What became of them is not known, and so neither is what stands last in their subjects.
            for entry in entries {
                memory.forget(&entry.subject);
            }
        }
        outcomes.extend(run?);
    }
    Ok(outcomes)
}

/// How many entries can be sent before the first acknowledgement: each says which one it follows in its subject, so
/// there is one of each subject.
fn run_length(entries: &[Entry]) -> usize {
    let mut subjects = HashSet::new();
    entries.iter().take(MOST_AT_ONCE).take_while(|entry| subjects.insert(&entry.subject)).count()
}

/// Appends entries of as many subjects.
async fn append_run(shelf: &Shelf, memory: &mut Memory, run: &[Entry]) -> Result<Vec<Outcome>, LogError> {
    let mut outcomes = vec![None; run.len()];
    while outcomes.contains(&None) {
        let mut sent = Vec::new();
        for (outcome, entry) in outcomes.iter_mut().zip(run).filter(|(outcome, _)| outcome.is_none()) {
            let mut known = remembered(shelf, memory, &entry.subject).await?;
            *outcome = known.verdict(entry);
            if outcome.is_some() {
                // The server isn't asked to keep it, so it must be asked whether what is remembered is still so.
                known = renewed(shelf, memory, &entry.subject).await?;
                *outcome = known.verdict(entry);
            }
            if outcome.is_none() {
                let subject = shelf.names.entry(&entry.subject);
                sent.push((outcome, entry, shelf.send(subject, known.message, message::pack(entry)).await?));
            }
        }
        for (outcome, entry, sent) in sent {
            match shelf.kept(sent).await? {
                Some(message) => {
                    memory.add(entry, message);
                    *outcome = Some(Outcome::Kept(Position(message)));
                }
                // Another one came first: read the subject, and judge again.
                None => memory.forget(&entry.subject),
            }
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// What is known of a subject, perhaps no longer true.
async fn remembered<'a>(shelf: &Shelf, memory: &'a mut Memory, subject: &Subject) -> Result<&'a Known, LogError> {
    let known = match memory.take(subject) {
        Some(known) => known,
        None => learn(shelf, subject, shelf.last_entry(subject).await?).await?,
    };
    Ok(memory.put(subject, known))
}

/// What is known of a subject, true a moment ago.
pub(crate) async fn renewed<'a>(
    shelf: &Shelf,
    memory: &'a mut Memory,
    subject: &Subject,
) -> Result<&'a Known, LogError> {
    let last = shelf.last_entry(subject).await?;
    let message = last.as_ref().map_or(0, |last| last.sequence);
    let known = match memory.take(subject).filter(|known| known.message == message) {
        Some(known) => known,
        None => learn(shelf, subject, last).await?,
    };
    Ok(memory.put(subject, known))
}

/// Reads the keys of a subject that ends with this message: of its entries first, then of those that were cut off.
/// Whoever cuts writes them aside before they go, so each is found here or there.
async fn learn(shelf: &Shelf, subject: &Subject, last: Option<StreamMessage>) -> Result<Known, LogError> {
    let Some(last) = last else { return Ok(Known::default()) };
    let mut known = Known::ending(last.sequence, message::place(&last.headers).ok_or_else(|| shelf.foreign(&last))?);
    let wanted = Wanted {
        subject: shelf.names.entry(subject),
        from: DeliverPolicy::ByStartTime { start_time: last.time - KEYS_LIVE },
        most: usize::MAX,
        only_headers: true,
    };
    let messages = shelf.read(&shelf.entries, wanted).await?;
    if messages.last().is_none_or(|read| read.sequence < last.sequence) {
        return Err(shelf.place.unreachable(format!("{subject} changed while it was read, or a server lags behind")));
    }
    for read in &messages {
        let key = message::key(&read.headers).zip(message::place(&read.headers));
        if let (Some(key), place) = key.ok_or_else(|| shelf.foreign(read))? {
            known.add_key(key, place);
        }
    }
    for kept in remove::kept_keys(shelf, subject).await?.keys {
        known.add_key(kept.key, kept.place);
    }
    Ok(known)
}
