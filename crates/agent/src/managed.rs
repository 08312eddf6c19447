//! What an organisation fixes or presets on a computer, for everybody who works at it.
//!
//! A fixed setting is as the organisation says, whatever the person's own file says; a preset one is so until the person
//! chooses otherwise.

/// Settings by key, as a person would type their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Managed {
    /// Where they were found: a file, or a place of the system's own; empty where nothing is managed.
    pub place: String,
    /// What nobody at the desk can change.
    pub fixed: Vec<(String, String)>,
    /// What holds until somebody chooses.
    pub preset: Vec<(String, String)>,
    /// What in it can't be taken, in words.
    pub fault: Option<String>,
}

impl Managed {
    /// Whether nobody at the desk can change this one.
    pub fn fixes(&self, key: &str) -> bool {
        self.fixed.iter().any(|(fixed, _)| fixed == key)
    }

    /// Whether the organisation says what this one begins with.
    pub fn presets(&self, key: &str) -> bool {
        self.preset.iter().any(|(preset, _)| preset == key)
    }
}
