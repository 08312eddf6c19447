//! A setting that can't be, in words that say what is right.

use protocol::Said;
use words::{Language, key};

/// A setting that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// No such key.
    #[error("{}", self.say(Language::English))]
    UnknownKey {
        /// The key.
        key: String,
        /// Those that there are, as a list.
        known: String,
    },
    /// A value that the key can't have.
    #[error("{}", self.say(Language::English))]
    BadValue {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What it must be.
        must_be: MustBe,
    },
    /// The organisation says what it is.
    #[error("{}", self.say(Language::English))]
    Fixed {
        /// The key.
        key: String,
        /// Where it says so.
        place: String,
    },
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MustBe {
    /// True or false.
    Switch,
    /// One of these statuses.
    Status(Vec<String>),
    /// A duration within these two, as people write them.
    Duration(String, String),
    /// Some of these statuses, or none.
    Covers(Vec<String>),
    /// A number of days, or for ever.
    Days,
    /// The tag of a language.
    Language,
    /// Keys to press.
    Shortcut,
    /// Not too long.
    Name,
    /// An address.
    Address,
    /// A public key of minisign.
    PublicKey,
}

pub(crate) fn tags() -> [&'static str; 6] {
    Language::ALL.map(Language::tag)
}

impl BadSetting {
    /// In words that name what is right.
    pub fn say(&self, language: Language) -> String {
        match self {
            Self::UnknownKey { key, known } => {
                language.say(key::REFUSAL_UNKNOWN_SETTING, &[("key", key), ("known", known)])
            }
            Self::BadValue { key, value, must_be } => {
                let must_be = must_be.say(language);
                language.say(key::REFUSAL_BAD_VALUE, &[("key", key), ("value", value), ("must_be", &must_be)])
            }
            Self::Fixed { key, place } => language.say(key::REFUSAL_FIXED, &[("key", key), ("path", place)]),
        }
    }

    /// In both voices.
    pub(crate) fn said(&self, language: Language) -> Said {
        Said { line: self.say(Language::English), words: self.say(language) }
    }
}

impl MustBe {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Switch => language.say(key::REFUSAL_MUST_BE_SWITCH, &[]),
            Self::Name => language.say(key::REFUSAL_MUST_BE_NAME, &[]),
            Self::PublicKey => language.say(key::REFUSAL_MUST_BE_PUBLIC_KEY, &[]),
            Self::Address => language.say(key::REFUSAL_MUST_BE_ADDRESS, &[]),
            Self::Status(known) => language.say(key::REFUSAL_MUST_BE_STATUS, &[("known", &known.join(", "))]),
            Self::Duration(shortest, longest) => {
                language.say(key::REFUSAL_MUST_BE_DURATION, &[("shortest", shortest), ("longest", longest)])
            }
            Self::Covers(known) => language.say(key::REFUSAL_MUST_BE_COVERS, &[("known", &known.join(", "))]),
            Self::Days => language.say(key::REFUSAL_MUST_BE_DAYS, &[]),
            Self::Shortcut => language.say(key::REFUSAL_MUST_BE_SHORTCUT, &[]),
            Self::Language => language.say(key::REFUSAL_MUST_BE_LANGUAGE, &[("known", &tags().join(", "))]),
        }
    }
}
