//! Makes tables from the catalogues, so that a word that one language lacks is an error of the build, and none of them
//! costs memory before it is said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

/// The catalogues, in the order of `Language`, with the plural forms that each language has for whole numbers.
const CATALOGUES: [(&str, &[&str]); 6] = [
    ("en", &["one", "other"]),
    ("de", &["one", "other"]),
    ("es", &["one", "many", "other"]),
    ("fr", &["one", "many", "other"]),
    ("ja", &["other"]),
    ("ar", &["zero", "one", "two", "few", "many", "other"]),
];

/// What the programs say. The rest of the catalogue is for the window's page alone, which reads the files itself and
/// has a test that holds them against each other.
const SAID_BY_PROGRAMS: [&str; 13] = [
    "language", "when", "unit", "span", "truth", "why", "tray", "notice", "refusal", "done", "proposal", "team",
    "fault",
];

/// The categories of plurals, in the order of `icu_plurals::PluralCategory`.
const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

type Entries = Vec<(String, Entry)>;

enum Entry {
    Plain(String),
    Forms(BTreeMap<String, String>),
}

fn main() {
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let catalogues: Vec<(&str, Entries)> = CATALOGUES
        .iter()
        .map(|(language, forms)| {
            let path = Path::new(&folder).join(format!("{language}.json"));
            println!("cargo::rerun-if-changed={}", path.display());
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{language}.json: {error}"));
            let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{language}.json: {error}"));
            let mut entries = Vec::new();
            flatten("", &value, forms, language, &mut entries);
            entries.retain(|(path, _)| SAID_BY_PROGRAMS.contains(&path.split('.').next().unwrap_or_default()));
            (*language, entries)
        })
        .collect();
    let (_, english) = &catalogues[0];
    for (language, entries) in &catalogues[1..] {
        compare(language, english, entries);
    }
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("catalogue.rs");
    fs::write(out, tables(&catalogues)).expect("the build's folder can be written");
}

fn is_entry(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|forms| forms.contains_key("other") && forms.keys().all(|form| FORMS.contains(&form.as_str())))
}

fn flatten(path: &str, value: &Value, forms: &[&str], language: &str, entries: &mut Entries) {
    match value {
        Value::String(text) => entries.push((path.to_owned(), Entry::Plain(text.clone()))),
        Value::Object(object) if is_entry(value) => {
            let written: BTreeMap<String, String> = object
                .iter()
                .map(|(form, text)| (form.clone(), text.as_str().unwrap_or_default().to_owned()))
                .collect();
            let has: BTreeSet<&str> = written.keys().map(String::as_str).collect();
            assert!(
                has == forms.iter().copied().collect(),
                "{language}.json: {path} has the plural forms {has:?}, the language has {forms:?}"
            );
            entries.push((path.to_owned(), Entry::Forms(written)));
        }
        Value::Object(object) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, forms, language, entries);
            }
        }
        _ => panic!("{language}.json: {path} is neither words nor a group of them"),
    }
}

/// Every language says everything, with the same holes.
fn compare(language: &str, english: &Entries, entries: &Entries) {
    let paths = |entries: &Entries| entries.iter().map(|(path, _)| path.clone()).collect::<BTreeSet<_>>();
    let missing: Vec<_> = paths(english).difference(&paths(entries)).cloned().collect();
    assert!(missing.is_empty(), "{language}.json lacks {}", missing.join(", "));
    let unknown: Vec<_> = paths(entries).difference(&paths(english)).cloned().collect();
    assert!(unknown.is_empty(), "{language}.json has what en.json has not: {}", unknown.join(", "));
    for (path, entry) in entries {
        let (_, original) = english.iter().find(|(known, _)| known == path).expect("compared above");
        assert!(
            holes(entry) == holes(original),
            "{language}.json: {path} has the holes {:?}, en.json has {:?}",
            holes(entry),
            holes(original)
        );
    }
}

fn holes(entry: &Entry) -> BTreeSet<String> {
    let of = |text: &str| {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    match entry {
        Entry::Plain(text) => of(text).into_iter().collect(),
        // `one` and its like may spell their number out.
        Entry::Forms(forms) => forms.values().flat_map(|text| of(text)).collect(),
    }
}

/// One text for all words of a language, and where in it each begins and ends: nothing for a loader to relocate.
fn tables(catalogues: &[(&str, Entries)]) -> String {
    let mut code = String::new();
    let order: Vec<&String> = catalogues[0].1.iter().map(|(path, _)| path).collect();
    code.push_str("/// The keys of the catalogue, each with its English words.\npub mod key {\n    use super::Key;\n");
    for (index, path) in order.iter().enumerate() {
        let (_, entry) = catalogues[0].1.iter().find(|(known, _)| known == *path).expect("from there");
        let english = match entry {
            Entry::Plain(text) => text,
            Entry::Forms(forms) => &forms["other"],
        };
        let name = path.replace('.', "_").to_uppercase();
        writeln!(code, "    /// `{english}`\n    pub const {name}: Key = Key({index});").expect("text has room");
    }
    code.push_str("}\n\n");
    let pseudo: Entries = catalogues[0].1.iter().map(|(path, entry)| (path.clone(), pseudo(path, entry))).collect();
    let all = catalogues.iter().map(|(language, entries)| (*language, entries)).chain([("en-XA", &pseudo)]);
    let mut names = Vec::new();
    for (language, entries) in all {
        let name = language.to_uppercase().replace('-', "_");
        let (mut text, mut spans) = (String::new(), Vec::new());
        for path in &order {
            let (_, entry) = entries.iter().find(|(known, _)| known == *path).expect("compared above");
            let forms = FORMS.map(|form| match entry {
                Entry::Plain(words) => words,
                Entry::Forms(forms) => forms.get(form).unwrap_or(&forms["other"]),
            });
            let mut known: BTreeMap<&String, (usize, usize)> = BTreeMap::new();
            let spans_of_forms = forms.map(|words| {
                *known.entry(words).or_insert_with(|| {
                    text.push_str(words);
                    (text.len() - words.len(), text.len())
                })
            });
            spans.push(format!("{spans_of_forms:?}"));
        }
        assert!(text.len() < usize::from(u16::MAX), "{language}: more words than a table of u16 can hold");
        writeln!(
            code,
            "static {name}: Catalogue = Catalogue {{\n    text: {text:?},\n    spans: &[{}],\n}};",
            spans.join(", ")
        )
        .expect("text has room");
        names.push(format!("&{name}"));
    }
    writeln!(code, "static CATALOGUES: [&Catalogue; {}] = [{}];", names.len(), names.join(", "))
        .expect("text has room");
    code
}

/// Words that nobody speaks, for tests: longer than English by a third, and plain to see where they lack.
fn pseudo(path: &str, entry: &Entry) -> Entry {
    let disguised = |text: &String| {
        if path.starts_with("language.") || text.trim().is_empty() {
            return text.clone();
        }
        let mut in_hole = false;
        let accented: String = text
            .chars()
            .map(|letter| {
                in_hole = (in_hole || letter == '{') && letter != '}';
                if in_hole { letter } else { accent(letter) }
            })
            .collect();
        format!("⟦{accented}{}⟧", "~".repeat(text.chars().count() / 3))
    };
    match entry {
        Entry::Plain(text) => Entry::Plain(disguised(text)),
        Entry::Forms(forms) => Entry::Forms(forms.iter().map(|(form, text)| (form.clone(), disguised(text))).collect()),
    }
}

fn accent(letter: char) -> char {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const ACCENTED: &str = "áƀçđéƒĝĥíĵķĺɱñóþɋŕšţúṽŵẋýžÁƁÇĐÉƑĜĤÍĴĶĹṀÑÓÞɊŔŠŢÚṼŴẊÝŽ";
    PLAIN
        .chars()
        .zip(ACCENTED.chars())
        .find_map(|(plain, accented)| (plain == letter).then_some(accented))
        .unwrap_or(letter)
}
