//! One picture for each thing a ring can say.

/// A ring glyph. Its shape alone tells it from the others; colour only helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// Full ring, disc.
    Available,
    /// Full ring, disc with a dot above: the queue may ring at any moment.
    OnQueue,
    /// Full ring, bar.
    Busy,
    /// Full ring, two dots.
    Meeting,
    /// Full ring, three dots.
    Conference,
    /// Filled disc, the minus knocked out.
    DoNotDisturb,
    /// Three-quarter ring, clock hands.
    Away,
    /// Three-quarter ring, exclamation mark.
    Inactive,
    /// Three-quarter ring, half a disc.
    Tentative,
    /// Three-quarter ring, cup.
    Break,
    /// Three-quarter ring, fork.
    Meal,
    /// Three-quarter ring, chevron.
    Training,
    /// Ring with an arrow leaving it.
    OutOfOffice,
    /// Thin hollow ring.
    Offline,
    /// Thin hollow ring, a short arrow leaving its rim.
    OutOfOfficeOffline,
    /// Dashed ring, exclamation mark.
    NotConnected,
    /// Dashed ring, question mark.
    Unknown,
}

impl From<presence::Glyph> for Glyph {
    fn from(glyph: presence::Glyph) -> Self {
        use presence::Glyph as Shown;
        match glyph {
            Shown::Available => Self::Available,
            Shown::OnQueue => Self::OnQueue,
            Shown::Busy => Self::Busy,
            Shown::Meeting => Self::Meeting,
            Shown::Conference => Self::Conference,
            Shown::DoNotDisturb => Self::DoNotDisturb,
            Shown::Away => Self::Away,
            Shown::Inactive => Self::Inactive,
            Shown::Tentative => Self::Tentative,
            Shown::Break => Self::Break,
            Shown::Meal => Self::Meal,
            Shown::Training => Self::Training,
            Shown::OutOfOffice => Self::OutOfOffice,
            Shown::Offline => Self::Offline,
            Shown::OutOfOfficeOffline => Self::OutOfOfficeOffline,
            Shown::Unknown => Self::Unknown,
        }
    }
}

impl Glyph {
    /// Every glyph, in the order in which the generated masks hold them.
    pub const ALL: [Self; 17] = [
        Self::Available,
        Self::OnQueue,
        Self::Busy,
        Self::Meeting,
        Self::Conference,
        Self::DoNotDisturb,
        Self::Away,
        Self::Inactive,
        Self::Tentative,
        Self::Break,
        Self::Meal,
        Self::Training,
        Self::OutOfOffice,
        Self::Offline,
        Self::OutOfOfficeOffline,
        Self::NotConnected,
        Self::Unknown,
    ];

    /// The name in `snake_case`; with `-` for `_` it is the name of the SVG file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::OnQueue => "on_queue",
            Self::Busy => "busy",
            Self::Meeting => "meeting",
            Self::Conference => "conference",
            Self::DoNotDisturb => "do_not_disturb",
            Self::Away => "away",
            Self::Inactive => "inactive",
            Self::Tentative => "tentative",
            Self::Break => "break",
            Self::Meal => "meal",
            Self::Training => "training",
            Self::OutOfOffice => "out_of_office",
            Self::Offline => "offline",
            Self::OutOfOfficeOffline => "out_of_office_offline",
            Self::NotConnected => "not_connected",
            Self::Unknown => "unknown",
        }
    }
}
