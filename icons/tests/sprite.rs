//! What the page points into.

use icons::{Badge, Glyph};

const SPRITE: &str = include_str!("../generated/sprite.svg");

fn ids() -> Vec<&'static str> {
    SPRITE.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_glyph_and_badge_is_in_it_once_and_nothing_else_has_a_name() {
    let glyphs = Glyph::ALL.map(|glyph| format!("glyph-{}", glyph.name()));
    let badges = Badge::ALL.map(|badge| format!("badge-{}", badge.name()));
    assert_eq!(ids(), [&glyphs[..], &badges[..]].concat());
    assert_eq!(SPRITE.matches("<symbol ").count(), Glyph::ALL.len() + Badge::ALL.len());
}

#[test]
fn all_of_it_takes_the_colour_of_where_it_is_used() {
    for attribute in ["fill=\"", "stroke=\""] {
        for paint in SPRITE.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(["none", "currentColor"].contains(&paint), "{paint}");
        }
    }
}

#[test]
fn what_a_badge_takes_away_is_not_drawn() {
    let symbols = SPRITE.split_once("<symbol").unwrap().1;
    assert!(!symbols.contains("display="));
}

#[test]
fn it_passes_a_policy_that_forbids_styles() {
    assert!(!SPRITE.contains("style"));
}
