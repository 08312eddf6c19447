//! Colours for panels whose own colour nobody tells us.

use crate::glyph::Glyph;

/// An sRGB colour, 8 bits a channel: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

// A tray icon is not told whether its panel is light or dark, so each colour is a mid-tone with
// at least 3:1 against white and black alike. The window knows its scheme and has its own tokens.
const GREEN: Rgb = Rgb(0x12, 0x96, 0x4a);
const RED: Rgb = Rgb(0xe5, 0x3e, 0x3a);
const DEEP_RED: Rgb = Rgb(0xb8, 0x10, 0x3c);
const AMBER: Rgb = Rgb(0xc0, 0x7c, 0x00);
const PINK: Rgb = Rgb(0xd1, 0x4f, 0xa6);
const GRAY: Rgb = Rgb(0x7d, 0x82, 0x8c);

impl Glyph {
    /// The colour for a tray: readable (3:1 or better) on a white and on a black panel.
    pub const fn tray_colour(self) -> Rgb {
        match self {
            Self::Available | Self::OnQueue => GREEN,
            Self::Busy | Self::Meeting | Self::Conference => RED,
            Self::DoNotDisturb => DEEP_RED,
            Self::Away | Self::Inactive | Self::Tentative | Self::Break | Self::Meal | Self::Training => AMBER,
            Self::OutOfOffice => PINK,
            Self::Offline | Self::OutOfOfficeOffline | Self::NotConnected | Self::Unknown => GRAY,
        }
    }
}
