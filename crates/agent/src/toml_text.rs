//! A TOML file of a person's or an administrator's: its keys and values as they would be typed, and its faults in words.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a file: the first faults in words, the others as a number.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    said: Vec<String>,
    more: usize,
}

/// How many faults of a file are said.
const SAID: usize = 5;

impl Faults {
    /// One more; its words are asked for only if they are said.
    pub(crate) fn add(&mut self, words: impl FnOnce() -> String) {
        if self.said.len() < SAID { self.said.push(words()) } else { self.more += 1 }
    }

    /// In a sentence; `None` if nothing is wrong.
    pub(crate) fn sentence(&self) -> Option<String> {
        let more = if self.more == 0 { String::new() } else { format!("; and {} more", self.more) };
        (!self.said.is_empty()).then(|| self.said.join("; ") + &more)
    }
}

/// In which line a byte stands.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// Every key with its value, and where it stands; a table in a table is one value that no key can have.
pub(crate) fn leaves<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(String, usize, &'t DeValue<'i>)> {
    let mut leaves = Vec::new();
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) => {
                let inner =
                    inner.iter().map(|(sub, value)| (format!("{}.{}", key.get_ref(), sub.get_ref()), sub, value));
                leaves.extend(inner.map(|(path, sub, value)| (path, sub.span().start, value.get_ref())));
            }
            other => leaves.push((key.get_ref().to_string(), key.span().start, other)),
        }
    }
    leaves
}

/// A value as a person types it on the command line; `None` for kinds that no setting has.
pub(crate) fn written(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(switch) => switch.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Array(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(Spanned::get_ref).map(written).collect();
            parts?.join(", ")
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}
