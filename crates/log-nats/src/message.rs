//! An entry as a message, and back.

use async_nats::HeaderMap;
use log::{Entry, Key, Origin, Recorded, Subject};

use crate::escape::{escape, from_hex, to_hex, unescape};

pub(crate) const PLACE: &str = "Halo-Place";
const VERSION: &str = "Halo-Version";
const FIRST: &str = "Halo-First";
const ORIGIN: &str = "Halo-Origin";
const AT: &str = "Halo-At";
const WALL: &str = "Halo-Recorded";
const BOOT: &str = "Halo-Recorded-Boot";
const BOOT_ID: &str = "Halo-Recorded-Boot-Id";
const KEY: &str = "Halo-Key";
const DIGEST: &str = "Halo-Digest";

/// An entry's headers, and its facts, one a line.
pub(crate) fn pack(entry: &Entry) -> (HeaderMap, String) {
    let mut headers = HeaderMap::new();
    headers.insert(VERSION, entry.version.to_string());
    headers.insert(PLACE, entry.seq.to_string());
    headers.insert(FIRST, entry.first().to_string());
    headers.insert(ORIGIN, escape(&entry.origin.to_string()));
    headers.insert(AT, entry.at.to_string());
    headers.insert(WALL, entry.recorded.wall.to_string());
    headers.insert(BOOT, entry.recorded.boot.to_string());
    headers.insert(BOOT_ID, escape(&entry.recorded.boot_id));
    if let Some(key) = &entry.key {
        headers.insert(KEY, escape(&key.id));
        headers.insert(DIGEST, to_hex(&key.digest));
    }
    (headers, entry.facts.join("\n"))
}

/// The entry of a message. `None` if it is none, or not whole.
pub(crate) fn unpack(subject: &Subject, headers: &HeaderMap, body: &[u8]) -> Option<Entry> {
    let entry = Entry {
        version: number(headers, VERSION)?,
        subject: subject.clone(),
        seq: number(headers, PLACE)?,
        key: key(headers)?,
        origin: text(headers, ORIGIN)?.parse::<Origin>().ok()?,
        at: number(headers, AT)?,
        recorded: Recorded {
            wall: number(headers, WALL)?,
            boot: number(headers, BOOT)?,
            boot_id: text(headers, BOOT_ID)?.into(),
        },
        facts: std::str::from_utf8(body).ok()?.split('\n').map(Box::from).collect(),
    };
    (entry.is_whole() && number(headers, FIRST) == Some(entry.first())).then_some(entry)
}

/// The place of the last fact of an entry, by its headers.
pub(crate) fn place(headers: &HeaderMap) -> Option<u64> {
    number(headers, PLACE)
}

/// The key of an entry, by its headers: `Some(None)` if it has none, `None` if it can't be read.
#[expect(clippy::option_option, reason = "an entry without a key is as good as one with a key")]
pub(crate) fn key(headers: &HeaderMap) -> Option<Option<Key>> {
    if headers.get(KEY).is_none() {
        return Some(None);
    }
    Some(Some(Key { id: text(headers, KEY)?.into(), digest: from_hex(headers.get(DIGEST)?.as_str())? }))
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.as_str().parse().ok()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    unescape(headers.get(name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            version: 9,
            subject: "person/01J".parse().unwrap(),
            seq: 7,
            key: Some(Key { id: " a\r\nkey ".into(), digest: [0, 1, 255].into() }),
            origin: Origin::Unknown("oracle: délphi\n".into()),
            at: -5,
            recorded: Recorded { wall: i64::MIN, boot: u64::MAX, boot_id: "".into() },
            facts: ["{\"é\":\"\\n\"}".into(), "".into(), " x\r".into()].into(),
        }
    }

    #[test]
    fn an_entry_comes_back_as_it_was_whatever_signs_it_has() {
        for entry in [entry(), Entry { key: None, ..entry() }] {
            let (headers, body) = pack(&entry);
            assert_eq!(unpack(&entry.subject, &headers, body.as_bytes()), Some(entry));
        }
    }

    #[test]
    fn a_message_that_lost_a_part_is_no_entry() {
        let (headers, body) = pack(&entry());
        assert_eq!(unpack(&entry().subject, &headers, body.rsplit_once('\n').unwrap().0.as_bytes()), None);
        assert_eq!(unpack(&entry().subject, &HeaderMap::new(), body.as_bytes()), None);
        let mut without_digest = HeaderMap::new();
        without_digest.insert(KEY, "k");
        assert_eq!(key(&without_digest), None);
    }
}
