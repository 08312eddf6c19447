//! What is asked of the servers: one function a question.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::context::{ContextBuilder, PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::{DeleteMessageErrorKind, RawMessageErrorKind, Stream};
use futures_util::StreamExt;
use log::{Entry, LogError, Stored, Subject};

use crate::fault::Place;
use crate::line::Line;
use crate::message;
use crate::options::Options;
use crate::streams::{self, Names};

/// The two streams of a log.
pub(crate) struct Shelf {
    context: Context,
    pub(crate) entries: Stream,
    pub(crate) bases: Stream,
    pub(crate) names: Names,
    pub(crate) place: Place,
}

/// Which messages of a stream are wanted.
pub(crate) struct Wanted {
    /// Of one subject; empty for all.
    pub(crate) subject: String,
    pub(crate) from: DeliverPolicy,
    pub(crate) most: usize,
    /// Without their bodies.
    pub(crate) only_headers: bool,
}

/// So many messages are asked for at once: fewer than a connection holds back for its reader.
const PAGE: usize = 1000;

impl Shelf {
    pub(crate) async fn open(line: &Line, options: &Options, must: bool) -> Result<Self, LogError> {
        let context = ContextBuilder::new().timeout(options.limit).build(line.client());
        let (names, place) = (Names::new(&options.stream), line.place().clone());
        let (entries, bases) = streams::open(&context, &names, options, &place, must).await?;
        Ok(Self { context, entries, bases, names, place })
    }

    /// The last message of a subject of the server's.
    pub(crate) async fn last(&self, stream: &Stream, subject: String) -> Result<Option<StreamMessage>, LogError> {
        self.found(stream.raw_message_builder().last_by_subject(subject).send().await)
    }

    /// The first message of a subject of the server's that has this sequence number or a greater one.
    pub(crate) async fn next(
        &self,
        stream: &Stream,
        subject: String,
        from: u64,
    ) -> Result<Option<StreamMessage>, LogError> {
        self.found(stream.raw_message_builder().sequence(from).next_by_subject(subject).send().await)
    }

    fn found(
        &self,
        answer: Result<StreamMessage, async_nats::error::Error<RawMessageErrorKind>>,
    ) -> Result<Option<StreamMessage>, LogError> {
        match answer {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(self.place.fault(&error)),
        }
    }

    /// Sends a message that is to follow another one of its subject: 0 if it is to be the first.
    pub(crate) async fn send(
        &self,
        subject: String,
        follows: u64,
        (headers, body): (HeaderMap, String),
    ) -> Result<PublishAckFuture, LogError> {
        let message = PublishMessage::build().headers(headers).payload(body.into());
        let sent = self.context.send_publish(subject, message.expected_last_subject_sequence(follows)).await;
        sent.map_err(|error| self.unsent(&error))
    }

    /// The sequence number of a message that was sent; `None` if another one came before it.
    pub(crate) async fn kept(&self, sent: PublishAckFuture) -> Result<Option<u64>, LogError> {
        match sent.await {
            Ok(kept) => Ok(Some(kept.sequence)),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(None),
            Err(error) => Err(self.unsent(&error)),
        }
    }

    fn unsent(&self, error: &async_nats::error::Error<PublishErrorKind>) -> LogError {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => self.place.other(
                "an entry is larger than a message may be there: raise `max_payload` in the server's configuration",
            ),
            PublishErrorKind::StreamNotFound => self.place.without_jetstream(),
            _ => self.place.fault(error),
        }
    }

    /// The sequence number that the entry had which was written last of all, even if it was removed since.
    pub(crate) async fn end(&self) -> Result<u64, LogError> {
        match self.entries.get_info().await {
            Ok(info) => Ok(info.state.last_sequence),
            Err(error) => Err(self.place.fault(&error)),
        }
    }

    /// Reads messages in order, by a consumer that lives for this one reading.
    ///
    /// # Errors
    ///
    /// If the server breaks off.
    pub(crate) async fn read(&self, stream: &Stream, wanted: Wanted) -> Result<Vec<StreamMessage>, LogError> {
        let consumer = stream.create_consumer(pull::Config {
            deliver_policy: wanted.from,
            filter_subject: wanted.subject,
            headers_only: wanted.only_headers,
            ack_policy: AckPolicy::None,
            memory_storage: true,
            num_replicas: 1,
            // It goes by itself if we go without closing it.
            inactive_threshold: Duration::from_secs(30),
            ..pull::Config::default()
        });
        let consumer = consumer.await.map_err(|error| self.place.fault(&error))?;
        let there = usize::try_from(consumer.cached_info().num_pending).unwrap_or(usize::MAX).min(wanted.most);
        let mut read = Vec::with_capacity(there.min(PAGE));
        while read.len() < there {
            let page = PAGE.min(there - read.len());
            let messages = consumer.batch().max_messages(page).expires(Duration::from_secs(1)).messages();
            let mut messages = messages.await.map_err(|error| self.place.fault(&error))?;
            let before = read.len();
            while let Some(message) = messages.next().await {
                let message = message.map_err(|error| self.place.unreachable(error.to_string()))?;
                let (sequence, time) = match message.info() {
                    Ok(info) => (info.stream_sequence, info.published),
                    Err(error) => return Err(self.place.other(error.to_string())),
                };
                let (message, _) = message.split();
                let (subject, payload) = (message.subject, message.payload);
                let headers = message.headers.unwrap_or_default();
                read.push(StreamMessage { subject, sequence, headers, payload, time });
            }
            if read.len() == before {
                // What was to come was removed meanwhile.
                break;
            }
        }
        // Whether it is gone at once or in half a minute is all the same.
        _ = stream.delete_consumer(&consumer.cached_info().name).await;
        Ok(read)
    }

    /// Removes a message and overwrites it on the disk; all is well if it is gone already.
    pub(crate) async fn erase(&self, stream: &Stream, message: u64) -> Result<(), LogError> {
        let Err(error) = stream.delete_message(message).await else { return Ok(()) };
        // Another one may have removed it; a server says that in several ways.
        let said = matches!(error.kind(), DeleteMessageErrorKind::JetStream(_));
        if said && self.found(stream.get_raw_message(message).await)?.is_none() {
            return Ok(());
        }
        Err(self.place.fault(&error))
    }

    /// The last entry of a subject, and the sequence number of its message.
    pub(crate) async fn last_entry(&self, subject: &Subject) -> Result<Option<StreamMessage>, LogError> {
        self.last(&self.entries, self.names.entry(subject)).await
    }

    /// The entry of a message.
    pub(crate) fn stored(&self, message: &StreamMessage) -> Result<Stored, LogError> {
        let subject = self.names.subject(&message.subject);
        let entry = subject.and_then(|subject| message::unpack(&subject, &message.headers, &message.payload));
        let entry: Entry = entry.ok_or_else(|| self.foreign(message))?;
        Ok(Stored { position: log::Position(message.sequence), entry })
    }

    /// A message that Halo didn't write.
    pub(crate) fn foreign(&self, message: &StreamMessage) -> LogError {
        let (subject, number) = (&message.subject, message.sequence);
        self.place.other(format!(
            "message {number} ({subject}) was not written by Halo: find out who wrote it, and remove it (`nats stream rmm`)"
        ))
    }
}
