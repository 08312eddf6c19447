//! The generated pictures for a menu's rows: one PNG file a glyph, in the order of [`Glyph::ALL`], each after its length.

use crate::glyph::Glyph;

/// The glyph in [`Glyph::tray_colour`] on no ground, as a PNG file of 32 pixels: menus scale it to their rows.
/// Empty only right after a glyph was added, before the generator has run.
pub fn row(glyph: Glyph) -> &'static [u8] {
    let mut rest: &'static [u8] = include_bytes!("../generated/rows.bin");
    let mut pictures = std::iter::from_fn(|| {
        let (length, after) = rest.split_first_chunk()?;
        let (picture, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        rest = after;
        Some(picture)
    });
    pictures.nth(glyph as usize).unwrap_or_default()
}
