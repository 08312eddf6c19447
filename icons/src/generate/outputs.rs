//! What is generated: the list of files and the order inside them.

use std::fs;
use std::path::Path;

use icons::{Badge, Glyph, SIZES};

use crate::Failure;
use crate::draw::{coverage, png};

/// The application's icon, in the sizes desktop themes and installers ask for.
const APPLICATION_SIZES: [u32; 9] = [16, 22, 24, 32, 48, 64, 128, 256, 512];

// A badge's file shows what it paints; what it erases is drawn there too, but hidden.
const ERASE_ONLY: &str = "#erase { display: inline } #paint { display: none }";
const AS_DRAWN: &str = "";

/// One file of `generated/`.
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Everything that belongs into `generated/`.
pub(crate) fn outputs(icons: &Path) -> Result<Vec<Output>, Failure> {
    let layers = layers(icons)?;
    let application = read(icons, "halo.svg")?;
    let mut outputs = Vec::new();
    for size in SIZES {
        let mut bytes = Vec::new();
        for (svg, style) in &layers {
            bytes.extend(coverage(svg, style, size)?);
        }
        outputs.push(Output { name: format!("masks-{size}.bin"), bytes });
    }
    for size in APPLICATION_SIZES {
        outputs.push(Output { name: format!("halo-{size}.png"), bytes: png(&application, size)? });
    }
    Ok(outputs)
}

/// SVG and style of each mask, in the order `icons::mask` and its siblings read them.
fn layers(icons: &Path) -> Result<Vec<(String, &'static str)>, Failure> {
    let mut layers = Vec::new();
    for glyph in Glyph::ALL {
        let file = format!("{}.svg", glyph.name().replace('_', "-"));
        layers.push((read(icons, &file)?, AS_DRAWN));
    }
    for badge in Badge::ALL {
        let svg = read(icons, &format!("badge-{}.svg", badge.name()))?;
        layers.push((svg.clone(), ERASE_ONLY));
        layers.push((svg, AS_DRAWN));
    }
    Ok(layers)
}

fn read(icons: &Path, file: &str) -> Result<String, Failure> {
    fs::read_to_string(icons.join(file)).map_err(|why| format!("cannot read {file}: {why}").into())
}
