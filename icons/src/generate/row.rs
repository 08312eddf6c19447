//! A glyph as a small picture beside a menu's row: in the tray's colour, on whatever ground the menu has.

use icons::{Glyph, Rgb};
use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use crate::Failure;
use crate::draw::{AS_DRAWN, coverage};
use crate::sources::Sources;

/// Menus draw 16 pixels, twice that on a dense screen; all of them scale down what is larger.
const SIDE: u32 = 32;

/// Steps of coverage, from none to full: as many as half a byte counts. More would be seen by nobody.
const STEPS: u8 = 16;

/// The glyph as a PNG file. The palette is one colour in all steps of coverage.
pub(crate) fn row(sources: Sources<'_>, glyph: Glyph) -> Result<Vec<u8>, Failure> {
    let cover = coverage(&sources.glyph(glyph)?, AS_DRAWN, SIDE)?;
    let step = |cover: u8| (u16::from(cover) * u16::from(STEPS - 1) + 127) / 255;
    let pairs = cover.chunks_exact(2).map(|pair| u8::try_from(step(pair[0]) << 4 | step(pair[1])));
    let pixels = pairs.collect::<Result<Vec<u8>, _>>()?;
    let Rgb(red, green, blue) = glyph.tray_colour();

    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Four);
    encoder.set_palette([red, green, blue].repeat(STEPS.into()));
    encoder.set_trns((0..STEPS).map(|step| step * (255 / (STEPS - 1))).collect::<Vec<u8>>());
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}
