//! Statuses: the entries of an organisation's catalogue, and the classes that other people see.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::end::End;

/// Names a status of the catalogue: `lower_snake_case`, as people type it on a command line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, type = "string"))]
pub struct StatusId(Box<str>);

impl StatusId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StatusId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for StatusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The class of a status: what other people see of it (G03, G14, O01, P03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the vocabulary")]
pub enum Primary {
    Available,
    OnQueue,
    Free,
    Busy,
    Away,
    Break,
    Meal,
    Meeting,
    Training,
    OutOfOffice,
    Offline,
    DoNotDisturb,
    Inactive,
    Tentative,
    Conference,
}

impl Primary {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Available,
        Self::OnQueue,
        Self::Free,
        Self::Busy,
        Self::Away,
        Self::Break,
        Self::Meal,
        Self::Meeting,
        Self::Training,
        Self::OutOfOffice,
        Self::Offline,
        Self::DoNotDisturb,
        Self::Inactive,
        Self::Tentative,
        Self::Conference,
    ];

    /// The id that the catalogue and the command line use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::OnQueue => "on_queue",
            Self::Free => "free",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Break => "break",
            Self::Meal => "meal",
            Self::Meeting => "meeting",
            Self::Training => "training",
            Self::OutOfOffice => "out_of_office",
            Self::Offline => "offline",
            Self::DoNotDisturb => "do_not_disturb",
            Self::Inactive => "inactive",
            Self::Tentative => "tentative",
            Self::Conference => "conference",
        }
    }

    /// The colour of a class that the catalogue has no entry for (G03).
    pub fn color(self) -> Color {
        match self {
            Self::Available | Self::OnQueue | Self::Free => Color::Green,
            Self::Busy | Self::Meeting | Self::DoNotDisturb | Self::Conference => Color::Red,
            Self::Away | Self::Break | Self::Meal | Self::Training | Self::Inactive | Self::Tentative => Color::Yellow,
            Self::OutOfOffice => Color::Pink,
            Self::Offline => Color::Gray,
        }
    }

    /// Its shape.
    pub fn glyph(self) -> Glyph {
        match self {
            Self::Available | Self::Free => Glyph::Available,
            Self::OnQueue => Glyph::OnQueue,
            Self::Busy => Glyph::Busy,
            Self::Away => Glyph::Away,
            Self::Break => Glyph::Break,
            Self::Meal => Glyph::Meal,
            Self::Meeting => Glyph::Meeting,
            Self::Training => Glyph::Training,
            Self::OutOfOffice => Glyph::OutOfOffice,
            Self::Offline => Glyph::Offline,
            Self::DoNotDisturb => Glyph::DoNotDisturb,
            Self::Inactive => Glyph::Inactive,
            Self::Tentative => Glyph::Tentative,
            Self::Conference => Glyph::Conference,
        }
    }
}

/// The colour of the ring. Never the only carrier of meaning: the glyph says the same by shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the vocabulary")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Color {
    Green,
    Red,
    Yellow,
    Pink,
    Gray,
}

/// The shape inside or on the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the vocabulary")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Glyph {
    Available,
    OnQueue,
    Busy,
    Meeting,
    Conference,
    DoNotDisturb,
    Away,
    Inactive,
    Tentative,
    Break,
    Meal,
    Training,
    OutOfOffice,
    Offline,
    OutOfOfficeOffline,
    Unknown,
}

/// One entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Its name in commands, files and on the wire.
    pub id: StatusId,
    /// What other people see. A *secondary* status is one whose id differs from its primary's.
    pub primary: Primary,
    /// The ring's colour.
    pub color: Color,
    /// The ring's shape.
    pub glyph: Glyph,
    /// What people read, by language tag; `en` must be there.
    pub labels: BTreeMap<String, String>,
    /// Whether a person may choose it. The others are set by the system only.
    #[serde(default = "yes")]
    pub selectable: bool,
    /// Whether somebody in it can be spoken to now (G16); without a word on that, whoever is green can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<bool>,
    /// What others see of it, if not its primary (G14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_as: Option<StatusId>,
    /// How many minutes a choice of it lasts unless the person says otherwise (P06).
    #[serde(default)]
    pub minutes: Option<u32>,
    /// The row of the interruption table that holds for it, if not its primary's.
    #[serde(default)]
    pub interruptions: Option<String>,
    /// The queues that choosing it joins (P07).
    #[serde(default)]
    pub queue_group: Option<String>,
}

fn yes() -> bool {
    true
}

impl Status {
    /// What people read, in `language` or else in English.
    pub fn label(&self, language: &str) -> &str {
        self.labels.get(language).or_else(|| self.labels.get("en")).map_or(self.id.as_str(), String::as_str)
    }

    /// When a choice of it ends unless the person says otherwise; `None`: never by itself.
    pub fn usual_end(&self, chosen: Timestamp) -> Option<End> {
        let lasts = SignedDuration::from_mins(i64::from(self.minutes?));
        chosen.checked_add(lasts).ok().map(|at| End { at, fixed: false })
    }

    /// Whether somebody in it can be spoken to now (G16).
    pub(crate) fn is_free(&self) -> bool {
        self.free.unwrap_or(self.color == Color::Green)
    }

    /// Whether it stands under another status, as an administrator's detail of it (G14).
    pub fn is_secondary(&self) -> bool {
        self.id.as_str() != self.primary.as_str()
    }
}
