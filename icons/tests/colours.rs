//! The tray's colours against panels of any kind.

use icons::{Glyph, Rgb};

/// What WCAG 2.2 asks of graphics (success criterion 1.4.11).
const LEAST_CONTRAST: f64 = 3.0;

fn luminance(Rgb(red, green, blue): Rgb) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn the_formula_agrees_with_the_standard() {
    assert!((contrast(Rgb(0, 0, 0), Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
    // A well-known pair: #767676 is the lightest gray with 4.5:1 on white.
    assert!((contrast(Rgb(0x76, 0x76, 0x76), Rgb(255, 255, 255)) - 4.54).abs() < 0.01);
}

#[test]
fn every_glyph_is_readable_on_white_and_on_black() {
    for glyph in Glyph::ALL {
        let colour = glyph.tray_colour();
        for panel in [Rgb(255, 255, 255), Rgb(0, 0, 0)] {
            let found = contrast(colour, panel);
            assert!(found >= LEAST_CONTRAST, "{} on {panel:?}: {found:.2}", glyph.name());
        }
    }
}

#[test]
fn do_not_disturb_is_clearly_deeper_than_busy() {
    let (red, deep) = (Glyph::Busy.tray_colour(), Glyph::DoNotDisturb.tray_colour());
    assert!(luminance(deep) < luminance(red));
    // Half again as much light: seen side by side and, with the filled disc, also alone.
    assert!(contrast(red, deep) >= 1.5, "{:.2}", contrast(red, deep));
}

#[test]
fn each_colour_is_of_the_hue_it_is_named_after() {
    let Rgb(red, green, blue) = Glyph::Available.tray_colour();
    assert!(green > red && green > blue);
    for glyph in [Glyph::Busy, Glyph::DoNotDisturb] {
        let Rgb(red, green, blue) = glyph.tray_colour();
        assert!(red > 2 * green && red > 2 * blue, "{}", glyph.name());
    }
    let Rgb(red, green, blue) = Glyph::Away.tray_colour();
    assert!(red > green && green > 2 * blue);
    let Rgb(red, green, blue) = Glyph::OutOfOffice.tray_colour();
    assert!(red > blue && blue > green);
    let Rgb(red, green, blue) = Glyph::Offline.tray_colour();
    assert!(red.max(green).max(blue) - red.min(green).min(blue) < 24);
}
