//! What a server says when it can't, as what a log says.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_nats::jetstream::consumer::pull::BatchErrorKind;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind, PublishErrorKind, RequestErrorKind};
use async_nats::jetstream::stream::{ConsumerErrorKind, DeleteMessageErrorKind, RawMessageErrorKind};
use async_nats::jetstream::{self, ErrorCode};
use log::LogError;

/// The log and its servers, as a person calls them.
#[derive(Debug, Clone)]
pub(crate) struct Place(Arc<str>);

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// An error that may have come from the server itself, and not from the way there.
pub(crate) trait Said {
    fn said(&self) -> Option<jetstream::Error>;
}

macro_rules! said {
    ($($kind:ident),*) => {$(
        impl Said for async_nats::error::Error<$kind> {
            fn said(&self) -> Option<jetstream::Error> {
                match self.kind() {
                    $kind::JetStream(error) => Some(error),
                    _ => None,
                }
            }
        }
    )*};
}

said!(ConsumerErrorKind, CreateStreamErrorKind, DeleteMessageErrorKind, GetStreamErrorKind, RawMessageErrorKind);

impl Said for async_nats::error::Error<PublishErrorKind> {
    fn said(&self) -> Option<jetstream::Error> {
        self.source()?.downcast_ref().cloned()
    }
}

impl Said for async_nats::error::Error<RequestErrorKind> {
    fn said(&self) -> Option<jetstream::Error> {
        self.source()?.downcast_ref().cloned()
    }
}

impl Said for async_nats::error::Error<BatchErrorKind> {
    fn said(&self) -> Option<jetstream::Error> {
        None
    }
}

impl Place {
    pub(crate) fn new(stream: &str, servers: &str) -> Self {
        Self(format!("{stream} on {servers}").into())
    }

    pub(crate) fn unreachable(&self, cause: impl Into<String>) -> LogError {
        LogError::Unreachable { place: self.to_string(), cause: cause.into() }
    }

    pub(crate) fn other(&self, cause: impl Into<String>) -> LogError {
        LogError::Other { place: self.to_string(), cause: cause.into() }
    }

    /// Nobody listens where JetStream does.
    pub(crate) fn without_jetstream(&self) -> LogError {
        self.unreachable(
            "the server has no JetStream, or not yet: it is switched on by a block `jetstream` in its configuration",
        )
    }

    /// What an error comes to: what never got an answer may have been done.
    pub(crate) fn fault(&self, error: &(impl Said + Error + 'static)) -> LogError {
        match error.said() {
            Some(said) => self.refused(&said),
            None if has_no_responders(error) => self.without_jetstream(),
            None => self.unreachable(error.to_string()),
        }
    }

    /// What a server's refusal comes to.
    pub(crate) fn refused(&self, said: &jetstream::Error) -> LogError {
        let full = matches!(
            said.error_code(),
            ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
                | ErrorCode::INSUFFICIENT_RESOURCES
                | ErrorCode::MEMORY_RESOURCES_EXCEEDED
                | ErrorCode::STORAGE_RESOURCES_EXCEEDED
        );
        // One code for all that goes wrong when a message is stored; only its words tell a limit from a broken disk.
        let limit = said.error_code() == ErrorCode::STREAM_STORE_FAILED && said.to_string().starts_with("maximum");
        if full || limit {
            return LogError::Full(format!("{self} (the server says: {said})"));
        }
        match said.code() {
            503 => self.unreachable(format!("the server says: {said}")),
            _ => self.other(format!("the server says: {said}")),
        }
    }
}

/// Whether the server said that nobody listens to what was asked.
fn has_no_responders(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (*error).source())
        .filter_map(|error| error.downcast_ref::<async_nats::error::Error<RequestErrorKind>>())
        .any(|error| error.kind() == RequestErrorKind::NoResponders)
}
