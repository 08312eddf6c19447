//! The settings file: read once; what is changed is written into it, and the rest stays as the person wrote it.

use std::path::Path;

use agent::{Managed, Settings};
use presence::Policy;
use toml_edit::{Array, DocumentMut, Item, TableLike, Value, table};

use crate::place::{read_text, write_whole};

/// What a new file begins with.
const HEAD: &str = "# Halo's settings. Change them with: halo config KEY VALUE\n\n";

/// The settings of the file, and in words what in it can't be read, if something can't.
pub fn load(path: &Path, managed: &Managed, policy: &Policy) -> (Settings, Option<String>) {
    let (settings, fault) = match read_text(path) {
        Ok(text) => Settings::read(&text.unwrap_or_default(), managed, policy),
        Err(error) => {
            let (path, why) = (path.display().to_string(), error.to_string());
            let why = why.strip_prefix(&path).unwrap_or(&why).trim();
            return (Settings::unreadable(managed, policy), Some(format!("{path}: {why}")));
        }
    };
    (settings, fault.map(|fault| format!("{}: {fault}", path.display())))
}

/// Writes what was changed: comments, keys of another version and a symbolic link stay.
pub fn save(path: &Path, before: &Settings, after: &Settings) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        crate::place::private_folder(folder).map_err(|error| format!("{error:#}"))?;
    }
    let text = read_text(path).map_err(|error| error.to_string())?;
    let text = with(text.as_deref().unwrap_or(HEAD), after.changes(before))
        .map_err(|why| format!("{} has an error: {why}", path.display()))?;
    write_whole(path, text.as_bytes())
        .map_err(|error| format!("the settings can't be written to {}: {error}", path.display()))
}

fn with(text: &str, changes: Vec<(&str, Option<toml::Value>)>) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    for (key, value) in changes {
        let (at, key): (&mut dyn TableLike, &str) = match key.split_once('.') {
            Some((name, key)) => {
                let inner = document.entry(name).or_insert_with(table).as_table_like_mut();
                (inner.ok_or_else(|| format!("{name} is no table"))?, key)
            }
            None => (document.as_table_mut(), key),
        };
        let Some(mut value) = value.and_then(edited) else {
            remove(at, key);
            continue;
        };
        match at.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                // The comment behind it.
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
            None => drop(at.insert(key, Item::Value(value))),
        }
    }
    Ok(document.to_string())
}

/// Removes a key; a comment above it stays, above what comes next.
fn remove(at: &mut dyn TableLike, key: &str) {
    let comment =
        |key: toml_edit::KeyMut<'_>| key.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).map(str::to_owned);
    let above = at.key_mut(key).and_then(comment).unwrap_or_default();
    let next = at.iter().map(|(key, _)| key.to_owned()).skip_while(|other| other != key).nth(1);
    at.remove(key);
    if let Some(mut next) = next.as_deref().and_then(|next| at.key_mut(next)).filter(|_| !above.trim().is_empty()) {
        let own = next.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
        next.leaf_decor_mut().set_prefix(format!("{above}{own}"));
    }
}

/// The same value in the other library's type; `None` for kinds that no setting has.
fn edited(value: toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Boolean(switch) => switch.into(),
        toml::Value::Array(parts) => Value::Array(parts.into_iter().filter_map(edited).collect::<Array>()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_unknown_keys_stay_and_only_what_changed_is_written() {
        let file =
            "# mine\nname = \"Ada\" # as at work\nfuture = 1\n\n[idle]\nafter = \"5m\" # not too soon\nauto = 3\n";
        let changes = vec![
            ("name", None),
            ("idle.after", Some("7m".into())),
            ("lock.auto", Some(false.into())),
            ("away.covers", Some(vec!["available", "busy"].into())),
        ];
        assert_eq!(
            with(file, changes).unwrap(),
            "# mine\nfuture = 1\n\n[idle]\nafter = \"7m\" # not too soon\nauto = 3\n\n[lock]\nauto = false\n\n[away]\n\
             covers = [\"available\", \"busy\"]\n"
        );
        assert_eq!(
            with("idle.after = \"5m\"\n", vec![("idle.after", Some("7m".into()))]).unwrap(),
            "idle.after = \"7m\"\n"
        );
        assert!(with("idle = 3\n", vec![("idle.after", Some("7m".into()))]).is_err());
        assert!(with("idle = = 3\n", Vec::new()).is_err());
    }
}
