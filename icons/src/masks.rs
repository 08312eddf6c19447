//! The generated coverage masks: one file a size, first the glyphs in the order of [`Glyph::ALL`], then for each of
//! [`Badge::ALL`] what it erases and what it paints.

use crate::badge::Badge;
use crate::glyph::Glyph;

/// The sizes there are masks for, in pixels (they are square), ascending.
pub const SIZES: [u32; 5] = [16, 22, 24, 32, 48];

/// Coverage of a glyph: `size * size` bytes, rows from the top, 0 is empty and 255 full.
/// `None` when `size` is not one of [`SIZES`].
pub fn mask(glyph: Glyph, size: u32) -> Option<&'static [u8]> {
    nth_mask(glyph as usize, size)
}

/// Where a badge takes the glyph away, its margin included; same form as [`mask`].
pub fn badge_erase(badge: Badge, size: u32) -> Option<&'static [u8]> {
    nth_mask(Glyph::ALL.len() + 2 * badge as usize, size)
}

/// Where a badge paints, after erasing; same form as [`mask`].
pub fn badge_paint(badge: Badge, size: u32) -> Option<&'static [u8]> {
    nth_mask(Glyph::ALL.len() + 2 * badge as usize + 1, size)
}

fn nth_mask(n: usize, size: u32) -> Option<&'static [u8]> {
    let file: &'static [u8] = match size {
        16 => include_bytes!("../generated/masks-16.bin"),
        22 => include_bytes!("../generated/masks-22.bin"),
        24 => include_bytes!("../generated/masks-24.bin"),
        32 => include_bytes!("../generated/masks-32.bin"),
        48 => include_bytes!("../generated/masks-48.bin"),
        _ => return None,
    };
    // Not indexed: right after a glyph was added, the generator must still run on the old files.
    file.chunks_exact(usize::try_from(size * size).ok()?).nth(n)
}
