//! What the tray gets.

use icons::{Badge, Glyph, Rgb, SIZES, argb32, mask};

const COLOUR: Rgb = Rgb(1, 2, 3);
const COMBINATIONS: [&[Badge]; 4] = [&[], &[Badge::Held], &[Badge::Call], &[Badge::Held, Badge::Call]];

/// The smallest difference in alpha, in whole pixels, at which badged glyphs still differ.
/// Half of what bare glyphs must keep: a badge may hide part of a mark, not the mark.
const LEAST_DIFFERENCE: u32 = 6;

#[test]
fn four_bytes_a_pixel_at_every_size() {
    for size in SIZES {
        for badges in COMBINATIONS {
            let pixels = argb32(Glyph::Away, badges, COLOUR, size).unwrap();
            assert_eq!(pixels.len(), (size * size * 4) as usize);
        }
    }
    assert_eq!(argb32(Glyph::Away, &[], COLOUR, 23), None);
}

#[test]
fn alpha_comes_first_and_the_colour_is_not_premultiplied() {
    let pixels = argb32(Glyph::Busy, &[], COLOUR, 24).unwrap();
    for (pixel, &cover) in pixels.chunks_exact(4).zip(mask(Glyph::Busy, 24).unwrap()) {
        assert_eq!(pixel, [cover, 1, 2, 3]);
    }
}

#[test]
fn every_combination_of_badges_changes_every_glyph() {
    for size in SIZES {
        for glyph in Glyph::ALL {
            let pictures = COMBINATIONS.map(|badges| argb32(glyph, badges, COLOUR, size).unwrap());
            for (i, one) in pictures.iter().enumerate() {
                assert!(pictures[i + 1..].iter().all(|other| other != one), "{} at {size}", glyph.name());
            }
        }
    }
}

#[test]
fn neither_order_nor_repetition_of_badges_matters() {
    for glyph in Glyph::ALL {
        let one = argb32(glyph, &[Badge::Held, Badge::Call], COLOUR, 22);
        assert_eq!(one, argb32(glyph, &[Badge::Call, Badge::Held, Badge::Call], COLOUR, 22));
    }
}

#[test]
fn a_badge_never_makes_two_glyphs_look_alike() {
    for badges in COMBINATIONS {
        for (i, one) in Glyph::ALL.into_iter().enumerate() {
            for other in Glyph::ALL.into_iter().skip(i + 1) {
                let left = argb32(one, badges, COLOUR, 22).unwrap();
                let right = argb32(other, badges, COLOUR, 22).unwrap();
                let found = left.iter().zip(&right).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum::<u32>() / 255;
                assert!(found >= LEAST_DIFFERENCE, "{badges:?}: {} and {}: {found}", one.name(), other.name());
            }
        }
    }
}
