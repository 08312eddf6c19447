//! A policy as a file, and which keys that may have. A key that is misspelt in a file would be a rule that silently doesn't
//! hold, so it is refused there, with its line; in a policy that a newer service sends, it is something newer and left alone.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::interruption::Row;
use crate::policy::{
    Call, Choices, Connection, Covering, Desk, NoSuchKey, Policy, PolicyError, SignIn, SignedOut, Work,
};
use crate::status::Status;

impl Policy {
    /// Reads and checks a policy.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy = Self::read(text)?;
        policy.check()?;
        Ok(policy)
    }

    /// Reads a policy, whatever it says.
    pub(crate) fn read(text: &str) -> Result<Self, PolicyError> {
        // First, so that a misspelt key is named rather than missed.
        check_keys(text)?;
        Ok(toml::from_str(text)?)
    }
}

/// The keys of each table; `*` stands for any name in a table, or any entry of a list. Tables that aren't here have names
/// that the organisation chooses.
fn tables() -> [(&'static str, &'static [&'static str]); 14] {
    [
        ("", keys::<Policy>()),
        ("sign_in", keys::<SignIn>()),
        ("signed_out", keys::<SignedOut>()),
        ("connection", keys::<Connection>()),
        ("choices", keys::<Choices>()),
        ("desk", keys::<Desk>()),
        ("desk.idle", keys::<Covering>()),
        ("desk.lock", keys::<Covering>()),
        ("desk.sleep", keys::<Covering>()),
        ("plan", keys::<Covering>()),
        ("call", keys::<Call>()),
        ("work", keys::<Work>()),
        ("interruptions.*", keys::<Row>()),
        ("status.*", keys::<Status>()),
    ]
}

/// Refuses a policy file with a key that means nothing.
fn check_keys(text: &str) -> Result<(), PolicyError> {
    let file = DeTable::parse(text)?;
    check_table(&tables(), text, "", file.get_ref())
}

type Tables<'t> = &'t [(&'static str, &'static [&'static str])];

fn check_table(tables: Tables<'_>, text: &str, path: &str, table: &DeTable<'_>) -> Result<(), PolicyError> {
    let known = tables.iter().find(|(known, _)| *known == path);
    for (key, value) in table {
        let name: &str = key.get_ref();
        if let Some((_, known)) = known
            && !known.contains(&name)
        {
            let line = text.get(..key.span().start).map_or(1, |before| before.matches('\n').count() + 1);
            let table = if path.is_empty() { "the file".to_owned() } else { format!("[{path}]") };
            let (key, known) = (name.to_owned(), known.join(", "));
            return Err(PolicyError::NoSuchKey(NoSuchKey { line, key, table, known }));
        }
        check_value(tables, text, &below(tables, path, name), value)?;
    }
    Ok(())
}

fn check_value(tables: Tables<'_>, text: &str, path: &str, value: &Spanned<DeValue<'_>>) -> Result<(), PolicyError> {
    match value.get_ref() {
        DeValue::Table(table) => check_table(tables, text, path, table),
        DeValue::Array(list) => {
            let path = below(tables, path, "*");
            list.iter().try_for_each(|value| check_value(tables, text, &path, value))
        }
        _ => Ok(()),
    }
}

/// Where a table lies, in the words of [`tables`].
fn below(tables: Tables<'_>, path: &str, name: &str) -> String {
    let any = format!("{path}.*");
    let is_any = tables.iter().any(|(known, _)| *known == any);
    if is_any { any } else { format!("{path}.{name}").trim_start_matches('.').to_owned() }
}

/// The keys that a type reads.
fn keys<Read: DeserializeOwned>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // It has nothing to read from, and only says what it would read.
    let _ = Read::deserialize(Keys(&mut keys));
    keys
}

struct Keys<'k>(&'k mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Keys<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom("there is nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, value::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}
