//! What is generated: the list of files and the order inside them.

use std::collections::{BTreeMap, BTreeSet};

use icons::{Badge, Glyph, SIZES};

use crate::Failure;
use crate::draw::{AS_DRAWN, ERASE_ONLY, coverage, png};
use crate::icns::{ELEMENTS, icns};
use crate::ico::ico;
use crate::row::row;
use crate::sheet::sheet;
use crate::sources::Sources;
use crate::sprite::sprite;

/// The folder that holds nothing else, from the workspace's root.
pub(crate) const FOLDER: &str = "icons/generated";

/// The application's icon, in the sizes desktop themes and installers ask for.
const APPLICATION_SIZES: [u32; 9] = [16, 22, 24, 32, 48, 64, 128, 256, 512];
/// From a title bar to the largest view of a folder, at 100 and 150 %.
const WINDOWS_SIZES: [u32; 6] = [16, 24, 32, 48, 64, 256];

/// One file.
pub(crate) struct Output {
    /// From the workspace's root.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// Everything that is drawn.
pub(crate) fn outputs(sources: Sources<'_>) -> Result<Vec<Output>, Failure> {
    let mut outputs = Vec::new();
    let layers = layers(sources)?;
    for size in SIZES {
        let mut bytes = Vec::new();
        for (svg, style) in &layers {
            bytes.extend(coverage(svg, style, size)?);
        }
        outputs.push(generated(&format!("masks-{size}.bin"), bytes));
    }
    outputs.push(generated("rows.bin", rows(sources)?));
    let application = Application::draw(&sources.application()?)?;
    for size in APPLICATION_SIZES {
        outputs.push(generated(&format!("halo-{size}.png"), application.png(size)?.to_owned()));
    }
    outputs.push(generated("halo.ico", application.ico()?));
    outputs.push(generated("halo.icns", application.icns()?));
    outputs.push(generated("sprite.svg", sprite(sources)?.into_bytes()));
    outputs.push(Output { path: "docs/pictures/glyphs.png".to_owned(), bytes: sheet(sources)? });
    Ok(outputs)
}

fn generated(name: &str, bytes: Vec<u8>) -> Output {
    Output { path: format!("{FOLDER}/{name}"), bytes }
}

/// The pictures of the menu's rows, each after its length in two bytes, as `icons::row` reads them.
fn rows(sources: Sources<'_>) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for glyph in Glyph::ALL {
        let picture = row(sources, glyph)?;
        bytes.extend(u16::try_from(picture.len())?.to_be_bytes());
        bytes.extend(picture);
    }
    Ok(bytes)
}

/// SVG and style of each mask, in the order `icons::mask` and its siblings read them.
fn layers(sources: Sources<'_>) -> Result<Vec<(String, &'static str)>, Failure> {
    let mut layers = Vec::new();
    for glyph in Glyph::ALL {
        layers.push((sources.glyph(glyph)?, AS_DRAWN));
    }
    for badge in Badge::ALL {
        let svg = sources.badge(badge)?;
        layers.push((svg.clone(), ERASE_ONLY));
        layers.push((svg, AS_DRAWN));
    }
    Ok(layers)
}

/// The application's icon, a PNG for each size anyone asks for.
struct Application(BTreeMap<u32, Vec<u8>>);

impl Application {
    fn draw(svg: &str) -> Result<Self, Failure> {
        let sizes = APPLICATION_SIZES.into_iter().chain(WINDOWS_SIZES).chain(ELEMENTS.map(|(_, size)| size));
        let pictures = sizes.collect::<BTreeSet<_>>().into_iter().map(|size| Ok((size, png(svg, size)?)));
        Ok(Self(pictures.collect::<Result<_, Failure>>()?))
    }

    fn png(&self, size: u32) -> Result<&[u8], Failure> {
        Ok(self.0.get(&size).ok_or_else(|| format!("nothing is drawn at {size} pixels"))?)
    }

    fn ico(&self) -> Result<Vec<u8>, Failure> {
        let picture = |size| Ok((size, self.png(size)?));
        ico(&WINDOWS_SIZES.into_iter().map(picture).collect::<Result<Vec<_>, Failure>>()?)
    }

    fn icns(&self) -> Result<Vec<u8>, Failure> {
        let element = |(name, size)| Ok((name, self.png(size)?));
        icns(&ELEMENTS.into_iter().map(element).collect::<Result<Vec<_>, Failure>>()?)
    }
}
