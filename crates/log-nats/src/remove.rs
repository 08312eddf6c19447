//! Removing: a beginning that came to something, or all of a subject.

use std::collections::BTreeMap;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::message::StreamMessage;
use log::{Base, Cut, Key, LogError, Subject};

use crate::escape::{escape, from_hex, to_hex, unescape};
use crate::message::{self, PLACE};
use crate::shelf::{Shelf, Wanted};
use crate::write::KEYS_LIVE;

/// A key whose entry was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptKey {
    pub(crate) key: Key,
    /// The place of its entry's last fact.
    pub(crate) place: u64,
    /// When the server got it, in milliseconds since 1970.
    written: i128,
}

/// The keys of a subject that were written aside.
#[derive(Default)]
pub(crate) struct KeptKeys {
    /// The sequence number of the message that holds them; 0 if there is none.
    message: u64,
    pub(crate) keys: Vec<KeptKey>,
}

/// What the removed beginning of a subject came to.
pub(crate) async fn base(shelf: &Shelf, subject: &Subject) -> Result<Option<Base>, LogError> {
    let Some(found) = shelf.last(&shelf.bases, shelf.names.base(subject)).await? else { return Ok(None) };
    let body = std::str::from_utf8(&found.payload).ok().map(Box::from);
    match message::place(&found.headers).zip(body) {
        Some((seq, body)) => Ok(Some(Base { seq, body })),
        None => Err(shelf.foreign(&found)),
    }
}

/// The keys of a subject that were written aside.
pub(crate) async fn kept_keys(shelf: &Shelf, subject: &Subject) -> Result<KeptKeys, LogError> {
    let Some(found) = shelf.last(&shelf.bases, shelf.names.keys(subject)).await? else {
        return Ok(KeptKeys::default());
    };
    let lines = std::str::from_utf8(&found.payload).ok().and_then(|text| text.lines().map(parse).collect());
    match lines {
        Some(keys) => Ok(KeptKeys { message: found.sequence, keys }),
        None => Err(shelf.foreign(&found)),
    }
}

/// Writes aside what is to outlive a cut. The messages of entries that may go after that.
///
/// Whoever dies between that and their removal leaves some of them; the next cut takes them.
pub(crate) async fn prepare_cut(shelf: &Shelf, subject: &Subject, cut: &Cut) -> Result<Vec<u64>, LogError> {
    let before = shelf.last(&shelf.bases, shelf.names.base(subject)).await?;
    if before.as_ref().and_then(|base| message::place(&base.headers)).is_some_and(|place| place > cut.base.seq) {
        // Another one cut off more: its base stands for this, too.
        return Ok(Vec::new());
    }
    // The keys first: who cuts the same subject at the same time writes them after this, and is refused or refuses us.
    let kept = kept_keys(shelf, subject).await?;
    let mut goes = headers_of(shelf, subject).await?;
    let youngest = goes.pop().map(|last| in_ms(&last) - KEYS_LIVE.as_millis().cast_signed());
    let mut gone = Vec::new();
    let mut keys: BTreeMap<_, _> = kept.keys.iter().map(|kept| (kept.key.id.clone(), kept.clone())).collect();
    for read in &goes {
        let (place, key) =
            message::place(&read.headers).zip(message::key(&read.headers)).ok_or_else(|| shelf.foreign(read))?;
        if place > cut.base.seq || cut.but.contains(&place) {
            continue;
        }
        gone.push(read.sequence);
        if let Some(key) = key {
            keys.insert(key.id.clone(), KeptKey { key, place, written: in_ms(read) });
        }
    }
    keys.retain(|_, kept| youngest.is_none_or(|youngest| kept.written >= youngest));
    let keys: Vec<_> = keys.into_values().collect();
    if keys.iter().any(|key| !kept.keys.contains(key)) {
        write_aside(shelf, shelf.names.keys(subject), kept.message, (HeaderMap::new(), lines(&keys))).await?;
    }
    let mut headers = HeaderMap::new();
    headers.insert(PLACE, cut.base.seq.to_string());
    let before = before.map_or(0, |base| base.sequence);
    write_aside(shelf, shelf.names.base(subject), before, (headers, cut.base.body.to_string())).await?;
    Ok(gone)
}

/// Writes a message in place of another one of its subject.
async fn write_aside(
    shelf: &Shelf,
    subject: String,
    before: u64,
    message: (HeaderMap, String),
) -> Result<(), LogError> {
    let sent = shelf.send(subject.clone(), before, message).await?;
    let Some(new) = shelf.kept(sent).await? else {
        return Err(shelf.place.unreachable("another program removes the same at the same time"));
    };
    for old in all(shelf, subject).await?.into_iter().filter(|old| *old < new) {
        shelf.erase(&shelf.bases, old).await?;
    }
    Ok(())
}

/// Removes what lies beside a subject's entries; the messages of those that are to go then, its last one at the end: as
/// long as any of it is there, it is seen that the subject is there.
pub(crate) async fn prepare_removal(shelf: &Shelf, subject: &Subject) -> Result<Vec<u64>, LogError> {
    for aside in [shelf.names.keys(subject), shelf.names.base(subject)] {
        for message in all(shelf, aside).await? {
            shelf.erase(&shelf.bases, message).await?;
        }
    }
    Ok(headers_of(shelf, subject).await?.iter().map(|message| message.sequence).collect())
}

/// The messages of all entries of a subject, without their facts.
async fn headers_of(shelf: &Shelf, subject: &Subject) -> Result<Vec<StreamMessage>, LogError> {
    let subject = shelf.names.entry(subject);
    let wanted = Wanted { subject, from: DeliverPolicy::All, most: usize::MAX, only_headers: true };
    shelf.read(&shelf.entries, wanted).await
}

/// The messages of a subject of the server's, beside the entries.
async fn all(shelf: &Shelf, subject: String) -> Result<Vec<u64>, LogError> {
    let wanted = Wanted { subject, from: DeliverPolicy::All, most: usize::MAX, only_headers: true };
    Ok(shelf.read(&shelf.bases, wanted).await?.iter().map(|message| message.sequence).collect())
}

fn in_ms(message: &StreamMessage) -> i128 {
    message.time.unix_timestamp_nanos() / 1_000_000
}

/// Keys, one a line: place, time, digest and id.
fn lines(keys: &[KeptKey]) -> String {
    let line = |kept: &KeptKey| {
        let (digest, id) = (to_hex(&kept.key.digest), escape(&kept.key.id));
        format!("{} {} {digest} {id}", kept.place, kept.written)
    };
    keys.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn parse(line: &str) -> Option<KeptKey> {
    let mut words = line.splitn(4, ' ');
    let mut next = || words.next();
    let (place, written) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let (digest, id) = (from_hex(next()?)?, unescape(next()?)?.into());
    Some(KeptKey { key: Key { id, digest }, place, written })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_their_lines() {
        let key = |id: &str, digest: &[u8]| Key { id: id.into(), digest: digest.into() };
        let keys = [
            KeptKey { key: key("a b\n", &[1, 2]), place: 7, written: 1_800_000_000_000 },
            KeptKey { key: key("", &[]), place: 9, written: 5 },
        ];
        let read: Option<Vec<_>> = lines(&keys).lines().map(parse).collect();
        assert_eq!(read.as_deref(), Some(&keys[..]));
        assert_eq!(parse("7 x"), None);
    }
}
