//! Layers over a glyph, so that no combination needs a picture of its own.

/// A mark over a glyph. The two stand in different corners and may appear together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Badge {
    /// A dot at the lower right: notifications are held.
    Held,
    /// A handset at the lower left: on a call.
    Call,
}

impl Badge {
    /// Every badge, in the order in which the generated masks hold them.
    pub const ALL: [Self; 2] = [Self::Held, Self::Call];

    /// The name in `snake_case`; after `badge-` it is the name of the SVG file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Call => "call",
        }
    }
}
