//! The catalogue: from a key to the words of a language.

use icu_locale_core::{LanguageIdentifier, langid};
use icu_plurals::{PluralCategory, PluralRules};

use crate::language::Language;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// Names an entry of the catalogue; [`key`] has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u16);

/// The words of one language.
struct Catalogue {
    text: &'static str,
    /// Where each entry stands in the text, for each category of plurals.
    spans: &'static [[(u16, u16); 6]],
}

/// A part of a sentence: words of the catalogue, or what was put into a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The words.
    pub text: String,
    /// The hole's name, if they fill one.
    pub hole: Option<&'static str>,
}

impl Language {
    /// The words under a key, with `{name}` replaced by the value of that name.
    pub fn say(self, key: Key, values: &[(&'static str, &str)]) -> String {
        self.parts(key, values).into_iter().map(|part| part.text).collect()
    }

    /// The words under a key in the form that goes with a number, which also fills the hole `{count}`.
    pub fn count(self, key: Key, count: u64, values: &[(&'static str, &str)]) -> String {
        let number = count.to_string();
        let values: Vec<_> = values.iter().copied().chain([("count", number.as_str())]).collect();
        joined(self.fill(self.entry(key, self.form(count)), &values))
    }

    /// The same as [`Self::say`], part by part.
    pub fn parts(self, key: Key, values: &[(&'static str, &str)]) -> Vec<Part> {
        self.fill(self.entry(key, PluralCategory::Other), values)
    }

    fn entry(self, key: Key, form: PluralCategory) -> &'static str {
        let catalogue = CATALOGUES[self as usize];
        let (start, end) = catalogue.spans[usize::from(key.0)][form as usize];
        &catalogue.text[usize::from(start)..usize::from(end)]
    }

    fn form(self, count: u64) -> PluralCategory {
        let language = match self {
            Self::English | Self::Pseudo => langid!("en"),
            Self::German => langid!("de"),
            Self::Spanish => langid!("es"),
            Self::French => langid!("fr"),
            Self::Japanese => langid!("ja"),
            Self::Arabic => langid!("ar"),
        };
        rules(&language).map_or(PluralCategory::Other, |rules| rules.category_for(count))
    }

    fn fill(self, mut words: &'static str, values: &[(&'static str, &str)]) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut say = |text: &str, hole| {
            if !text.is_empty() {
                parts.push(Part { text: text.to_owned(), hole });
            }
        };
        while let Some((before, name, after)) = next_hole(words) {
            say(before, None);
            let value = values.iter().find(|(known, _)| *known == name);
            debug_assert!(value.is_some(), "nothing was given for {{{name}}} in “{words}”");
            if let Some((name, value)) = value {
                say(&self.isolated(value), Some(name));
            }
            words = after;
        }
        say(words, None);
        parts
    }

    /// A label may run the other way than the sentence: then it must not pull the words around it along.
    fn isolated(self, value: &str) -> String {
        let value = within_itself(value);
        let runs_from_right = value.chars().any(|letter| {
            matches!(letter, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
                | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        });
        if runs_from_right == self.runs_from_right() { value } else { format!("\u{2068}{value}\u{2069}") }
    }
}

/// A value without what would reach beyond it: marks of direction, and isolates that have no end or no beginning. What
/// the catalogue itself kept apart stays so. Whatever door a word came in by, and however long ago, it ends here.
fn within_itself(value: &str) -> String {
    let is_opening = |c| matches!(c, '\u{2066}'..='\u{2068}');
    let mut ends_ahead = value.matches('\u{2069}').count();
    let mut open = 0_usize;
    let mut kept = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => continue,
            '\u{2069}' => {
                ends_ahead -= 1;
                if open == 0 {
                    continue;
                }
                open -= 1;
            }
            c if is_opening(c) => {
                if ends_ahead <= open {
                    continue;
                }
                open += 1;
            }
            _ => {}
        }
        kept.push(c);
    }
    kept
}

fn rules(language: &LanguageIdentifier) -> Option<PluralRules> {
    PluralRules::try_new_cardinal(language.into()).ok()
}

fn joined(parts: Vec<Part>) -> String {
    parts.into_iter().map(|part| part.text).collect()
}

/// What stands before the next hole, its name, and what stands after it.
fn next_hole(words: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let (before, rest) = words.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_plurals_agree() {
        let english = Language::English;
        assert_eq!(english.say(key::TRAY_UNDO_SHOW, &[("status", "Available")]), "Undo: show Available");
        assert_eq!(english.count(key::SPAN_MINUTES, 1, &[]), "1 minute");
        assert_eq!(english.count(key::SPAN_MINUTES, 15, &[]), "15 minutes");
    }

    #[test]
    fn arabic_has_six_forms_and_german_two() {
        let forms =
            |language: Language, counts: [u64; 6]| counts.map(|count| language.count(key::TRAY_HELD_OLDER, count, &[]));
        let arabic = forms(Language::Arabic, [0, 1, 2, 3, 11, 100]);
        let different: std::collections::HashSet<_> =
            arabic.iter().map(|said| said.replace(char::is_numeric, "")).collect();
        assert!(different.len() >= 4, "{arabic:?}");
        assert_eq!(Language::German.form(1), PluralCategory::One);
        assert_eq!(Language::French.form(0), PluralCategory::One);
        assert_eq!(Language::Japanese.form(1), PluralCategory::Other);
    }

    #[test]
    fn what_runs_the_other_way_is_kept_apart() {
        let said = Language::English.say(key::TRAY_BACK_TO, &[("status", "متاح")]);
        assert_eq!(said, "Back to \u{2068}متاح\u{2069}");
        assert!(Language::Arabic.say(key::TRAY_BACK_TO, &[("status", "متاح")]).ends_with("متاح"));
    }

    #[test]
    fn no_value_reaches_beyond_itself() {
        let said = |text| Language::English.say(key::TRAY_BACK_TO, &[("status", text)]);
        assert_eq!(said("\u{202e}ko si tset\u{202a}"), "Back to ko si tset");
        assert_eq!(said("a\u{2067}b"), "Back to ab");
        assert_eq!(said("a\u{2069}b\u{2066}c"), "Back to abc");
        let (inner, open, twice) =
            ("a\u{2068}b\u{2069}c", "\u{2067}a\u{2068}b\u{2069}", "\u{2068}\u{2068}a\u{2069}\u{2069}");
        assert_eq!(said(inner), format!("Back to {inner}"), "what was kept apart stays so");
        assert_eq!(said(twice), format!("Back to {twice}"));
        assert_eq!(said(open).matches('\u{2069}').count(), said(open).matches(['\u{2067}', '\u{2068}']).count());
    }

    #[test]
    fn the_pseudo_language_disguises_words_and_keeps_holes() {
        let said = Language::Pseudo.say(key::TRAY_UNDO_SHOW, &[("status", "Available")]);
        assert!(said.starts_with("⟦Úñđó") && said.contains("Available"), "{said}");
    }
}
