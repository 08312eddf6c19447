//! Pixels as a `StatusNotifierItem` wants them.

use crate::badge::Badge;
use crate::colour::Rgb;
use crate::glyph::Glyph;
use crate::masks::{badge_erase, badge_paint, mask};

/// The glyph under its badges in one colour: ARGB32 in network byte order (A, R, G, B), straight alpha, rows from the
/// top, `size * size * 4` bytes. `None` when `size` is not one of [`SIZES`](crate::SIZES).
pub fn argb32(glyph: Glyph, badges: &[Badge], colour: Rgb, size: u32) -> Option<Vec<u8>> {
    let mut alpha = mask(glyph, size)?.to_vec();
    // In one fixed order, each once: the caller's list is a set. All margins come first, because no badge may take away
    // what another has painted.
    let worn = || Badge::ALL.into_iter().filter(|badge| badges.contains(badge));
    for badge in worn() {
        apply(&mut alpha, badge_erase(badge, size)?, without);
    }
    for badge in worn() {
        apply(&mut alpha, badge_paint(badge, size)?, over);
    }
    // Empty pixels keep the colour: a host that scales without premultiplying would draw a dark fringe otherwise.
    let Rgb(red, green, blue) = colour;
    Some(alpha.into_iter().flat_map(|a| [a, red, green, blue]).collect())
}

fn apply(alpha: &mut [u8], layer: &[u8], how: fn(u8, u8) -> u8) {
    for (under, &cover) in alpha.iter_mut().zip(layer) {
        *under = how(*under, cover);
    }
}

/// What is left of `under` where `cover` erases.
fn without(under: u8, cover: u8) -> u8 {
    scale(under, 255 - cover)
}

/// `cover` painted over `under`, both of one colour.
fn over(under: u8, cover: u8) -> u8 {
    cover + scale(under, 255 - cover)
}

/// `value * by / 255`, rounded; both ends are exact.
fn scale(value: u8, by: u8) -> u8 {
    let product = u16::from(value) * u16::from(by) + 127;
    u8::try_from(product / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::{over, scale, without};

    #[test]
    fn layers_are_exact_at_their_ends() {
        for value in 0..=u8::MAX {
            assert_eq!(scale(value, 255), value);
            assert_eq!(without(value, 0), value);
            assert_eq!(without(value, 255), 0);
            assert_eq!(over(value, 0), value);
            assert_eq!(over(value, 255), 255);
            // Would overflow and panic if rounding ever exceeded full coverage.
            (0..=u8::MAX).for_each(|cover| assert!(over(value, cover) >= cover));
        }
    }
}
