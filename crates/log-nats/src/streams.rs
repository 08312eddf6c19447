//! The two streams: made where there are none, and looked at before anything is entrusted to them.

use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{Context, ErrorCode};
use log::LogError;

use crate::fault::Place;
use crate::options::Options;

/// How the streams and their subjects are called.
pub(crate) struct Names {
    pub(crate) entries: String,
    pub(crate) bases: String,
    prefix: String,
}

impl Names {
    pub(crate) fn new(stream: &str) -> Self {
        Self { entries: stream.to_owned(), bases: format!("{stream}-BASES"), prefix: stream.to_ascii_lowercase() }
    }

    pub(crate) fn entry(&self, subject: &log::Subject) -> String {
        format!("{}.entry.{}.{}", self.prefix, subject.kind(), subject.id())
    }

    pub(crate) fn base(&self, subject: &log::Subject) -> String {
        format!("{}.base.{}.{}", self.prefix, subject.kind(), subject.id())
    }

    pub(crate) fn keys(&self, subject: &log::Subject) -> String {
        format!("{}.keys.{}.{}", self.prefix, subject.kind(), subject.id())
    }

    /// The subject that an entry's message belongs to.
    pub(crate) fn subject(&self, entry: &str) -> Option<log::Subject> {
        let (kind, id) = entry.strip_prefix(&self.prefix)?.strip_prefix(".entry.")?.split_once('.')?;
        log::Subject::new(kind, id).ok()
    }
}

/// The streams of entries and of bases.
///
/// # Errors
///
/// If one isn't there although it `must` be, or is not fit for a log.
pub(crate) async fn open(
    context: &Context,
    names: &Names,
    options: &Options,
    place: &Place,
    must: bool,
) -> Result<(Stream, Stream), LogError> {
    let entries = Config {
        name: names.entries.clone(),
        subjects: vec![format!("{}.entry.*.*", names.prefix)],
        description: Some("Halo's log: what happened, entry by entry".to_owned()),
        ..kept_for_good(options)
    };
    let bases = Config {
        name: names.bases.clone(),
        subjects: vec![format!("{}.base.*.*", names.prefix), format!("{}.keys.*.*", names.prefix)],
        description: Some("Halo's log: what removed beginnings came to".to_owned()),
        ..kept_for_good(options)
    };
    Ok((open_one(context, entries, place, must).await?, open_one(context, bases, place, must).await?))
}

/// A full stream refuses what is new: a log never drops what is old.
fn kept_for_good(options: &Options) -> Config {
    Config {
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        num_replicas: options.replicas,
        max_messages: -1,
        max_bytes: -1,
        max_messages_per_subject: -1,
        max_message_size: -1,
        max_consumers: -1,
        ..Config::default()
    }
}

async fn open_one(context: &Context, wanted: Config, place: &Place, must: bool) -> Result<Stream, LogError> {
    let stream = match context.get_stream(&wanted.name).await {
        Ok(stream) => stream,
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(said) if said.error_code() == ErrorCode::STREAM_NOT_FOUND && !must => {
                context.create_stream(wanted.clone()).await.map_err(|error| place.fault(&error))?
            }
            GetStreamErrorKind::JetStream(said) if said.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                return Err(place.other(format!(
                    "its stream {} is gone: restore a backup of it. A new log is begun only when Halo starts",
                    wanted.name
                )));
            }
            _ => return Err(place.fault(&error)),
        },
    };
    match unfit(&stream.cached_info().config, &wanted) {
        None => Ok(stream),
        Some(why) => Err(place
            .other(format!("its stream {} {why}: change that (`nats stream edit`), or name another one", wanted.name))),
    }
}

/// Why a stream can't hold a log: it would lose what is old, refuse what is to be removed, or hear of nothing.
fn unfit(found: &Config, wanted: &Config) -> Option<&'static str> {
    let limited = found.max_bytes > 0 || found.max_messages > 0;
    let doubts = [
        (found.retention != RetentionPolicy::Limits, "drops what was read (its retention is not `limits`)"),
        (
            limited && found.discard != DiscardPolicy::New,
            "drops what is old when it is full (its discard is not `new`)",
        ),
        (found.max_messages_per_subject > 0, "drops what is old (it has a limit for each subject)"),
        (!found.max_age.is_zero(), "drops what is old (it has a greatest age)"),
        (found.storage != StorageType::File, "is kept in memory (its storage is not `file`)"),
        (found.no_ack, "acknowledges nothing (`no_ack`)"),
        (found.sealed || found.deny_delete, "lets nothing be removed (`sealed` or `deny_delete`)"),
        (found.mirror.is_some() || found.sources.is_some(), "is a copy of another one"),
        (!wanted.subjects.iter().all(|subject| found.subjects.contains(subject)), "lacks subjects of Halo's"),
        (found.subjects.len() > wanted.subjects.len(), "has subjects that are not Halo's"),
    ];
    doubts.into_iter().find_map(|(doubtful, why)| doubtful.then_some(why))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_subject_comes_back_from_its_name() {
        let (names, subject) = (Names::new("HALO"), "person/01J_x-y".parse().unwrap());
        assert_eq!(names.entry(&subject), "halo.entry.person.01J_x-y");
        assert_eq!(names.subject(&names.entry(&subject)), Some(subject));
        assert_eq!(names.subject("halo.base.person.x"), None);
        assert_eq!(names.subject("halo.entry.person.x.y"), None);
    }

    #[test]
    fn a_stream_that_would_lose_something_holds_no_log() {
        let wanted = Config { subjects: vec!["halo.entry.*.*".into()], ..kept_for_good(&Options::new("nats://one")) };
        assert_eq!(unfit(&wanted, &wanted), None);
        assert_eq!(unfit(&Config { max_bytes: 1000, ..wanted.clone() }, &wanted), None);
        let unfits = [
            Config { max_bytes: 1000, discard: DiscardPolicy::Old, ..wanted.clone() },
            Config { max_age: Duration::from_secs(1), ..wanted.clone() },
            Config { max_messages_per_subject: 5, ..wanted.clone() },
            Config { storage: StorageType::Memory, ..wanted.clone() },
            Config { retention: RetentionPolicy::Interest, ..wanted.clone() },
            Config { deny_delete: true, ..wanted.clone() },
            Config { no_ack: true, ..wanted.clone() },
            Config { subjects: vec!["halo.>".into()], ..wanted.clone() },
        ];
        for found in unfits {
            assert!(unfit(&found, &wanted).is_some(), "{found:?}");
        }
    }
}
