//! The shapes: present, inside their square, and told apart without colour.

use icons::{Badge, Glyph, SIZES, badge_erase, badge_paint, mask};

/// The commonest tray size, and a small one.
const TRAY: u32 = 22;

/// How much two glyphs must differ, in whole pixels (the sum of all differences in coverage).
/// One dot of Meeting covers 12 pixels at this size, and a dot is the smallest mark we ask an eye to see:
/// a difference below that could pass for a blur.
const LEAST_DIFFERENCE: u32 = 12;

fn ink(mask: &[u8]) -> u32 {
    mask.iter().map(|&cover| u32::from(cover)).sum::<u32>() / 255
}

fn difference(one: &[u8], other: &[u8]) -> u32 {
    one.iter().zip(other).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum::<u32>() / 255
}

fn pairs() -> impl Iterator<Item = (Glyph, Glyph)> {
    let all = Glyph::ALL;
    (0..all.len()).flat_map(move |i| (i + 1..all.len()).map(move |j| (all[i], all[j])))
}

#[test]
fn every_glyph_has_a_mask_of_the_right_length_at_every_size() {
    for size in SIZES {
        for glyph in Glyph::ALL {
            let mask = mask(glyph, size).unwrap();
            assert_eq!(mask.len(), (size * size) as usize, "{} at {size}", glyph.name());
        }
    }
}

#[test]
fn other_sizes_have_none() {
    assert!([0, 1, 17, 64, u32::from(u16::MAX)].iter().all(|&size| mask(Glyph::Busy, size).is_none()));
}

#[test]
fn a_glyph_is_neither_empty_nor_a_block() {
    for size in SIZES {
        for glyph in Glyph::ALL {
            let share = ink(mask(glyph, size).unwrap()) * 100 / (size * size);
            // The thinnest ring covers a sixth of its square, the filled disc three fifths.
            assert!((12..=70).contains(&share), "{} at {size}: {share} %", glyph.name());
        }
    }
}

#[test]
fn no_glyph_is_cut_off_by_the_edge() {
    for size in SIZES {
        let side = size as usize;
        for glyph in Glyph::ALL {
            let mask = mask(glyph, size).unwrap();
            for (at, &cover) in mask.iter().enumerate() {
                let (x, y) = (at % side, at / side);
                let edge = x == 0 || y == 0 || x == side - 1 || y == side - 1;
                // Less than a third: the ring's rim where it reaches into the outermost pixel, at 16.
                assert!(!edge || cover < 85, "{} at {size}: {cover} at {x}, {y}", glyph.name());
            }
        }
    }
}

#[test]
fn no_two_glyphs_look_alike_in_grey() {
    for (one, other) in pairs() {
        let found = difference(mask(one, TRAY).unwrap(), mask(other, TRAY).unwrap());
        assert!(found >= LEAST_DIFFERENCE, "{} and {}: {found}", one.name(), other.name());
    }
}

#[test]
fn names_are_distinct_and_masks_follow_the_order_of_all() {
    for (place, glyph) in Glyph::ALL.into_iter().enumerate() {
        assert_eq!(glyph as usize, place);
    }
    for (place, badge) in Badge::ALL.into_iter().enumerate() {
        assert_eq!(badge as usize, place);
    }
    assert!(pairs().all(|(one, other)| one.name() != other.name()));
}

#[test]
fn a_badge_erases_all_it_paints_and_a_margin_around_it() {
    for size in SIZES {
        for badge in Badge::ALL {
            let (erase, paint) = (badge_erase(badge, size).unwrap(), badge_paint(badge, size).unwrap());
            assert!(ink(paint) > 0);
            assert!(erase.iter().zip(paint).all(|(erase, paint)| erase >= paint), "{} at {size}", badge.name());
            assert!(ink(erase) > ink(paint) * 3 / 2, "{} at {size}", badge.name());
        }
    }
}
