//! Languages: which there are, and which one the system speaks.

/// A language of the catalogue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English; what a command line speaks in any case.
    #[default]
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// Japanese.
    Japanese,
    /// Arabic.
    Arabic,
    /// A disguised English, for tests that look for words outside the catalogue.
    Pseudo,
}

impl Language {
    /// Those that a person may choose.
    pub const ALL: [Self; 6] = [Self::English, Self::German, Self::Spanish, Self::French, Self::Japanese, Self::Arabic];

    /// Its tag, as in BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Japanese => "ja",
            Self::Arabic => "ar",
            Self::Pseudo => "en-XA",
        }
    }

    /// The one that a tag names: `de`, `de-AT` and `de_AT.UTF-8` are German.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.', '@']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The first of the system's languages that the catalogue has; English if none.
    pub fn of_system() -> Self {
        sys_locale::get_locales().find_map(|tag| Self::from_tag(&tag)).unwrap_or_default()
    }

    pub(crate) fn runs_from_right(self) -> bool {
        self == Self::Arabic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_any_spelling_are_understood() {
        assert_eq!(Language::from_tag("de_AT.UTF-8"), Some(Language::German));
        assert_eq!(Language::from_tag("AR-eg"), Some(Language::Arabic));
        assert_eq!(Language::from_tag("C.UTF-8"), None);
        assert_eq!(Language::from_tag(""), None);
    }
}
