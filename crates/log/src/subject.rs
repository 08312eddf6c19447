//! Subjects: whose log an entry is in.

use std::fmt;
use std::str::FromStr;

/// A kind and an id: `person/01J…`, `org/policy`. Each subject has an order of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Box<str>);

/// Text that names no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no subject: it is a kind, a slash and an id, each of a-z, A-Z, 0-9, dash and underscore")]
pub struct NotASubject(pub String);

impl Subject {
    /// The subject of a kind that has an id.
    ///
    /// # Errors
    ///
    /// If either is empty or has signs that a subject can't have.
    pub fn new(kind: &str, id: &str) -> Result<Self, NotASubject> {
        format!("{kind}/{id}").parse()
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// Which one of that kind.
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, id)| id)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        let is_word = |word: &str| {
            !word.is_empty() && word.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_')
        };
        match text.split_once('/') {
            Some((kind, id)) if is_word(kind) && is_word(id) => Ok(Self(text.into())),
            _ => Err(NotASubject(text.to_owned())),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
