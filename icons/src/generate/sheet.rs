//! The contact sheet: every glyph and badge at once, for people to judge.
//!
//! Three bands from the top: in the tray's colours on light, the same on dark, and all in one grey. In each band a line
//! of 16, of 22 and of 32 pixels, then rows of 256. Everywhere the glyphs stand in the order of [`Glyph::ALL`], then the
//! badges in the order of [`Badge::ALL`], each worn by a glyph it is often seen on.

use icons::{Badge, Glyph, Rgb};

use crate::Failure;
use crate::canvas::Canvas;
use crate::draw::{AS_DRAWN, ERASE_ONLY, coverage};
use crate::sources::Sources;

const SMALL_SIDES: [u32; 3] = [16, 22, 32];
const LARGE_SIDE: u32 = 256;
const LARGE_IN_A_ROW: u32 = 4;
const GAP: u32 = 12;
const WIDTH: u32 = GAP + LARGE_IN_A_ROW * (LARGE_SIDE + GAP);

const LIGHT: Rgb = Rgb(0xfa, 0xfa, 0xfa);
const DARK: Rgb = Rgb(0x1e, 0x1e, 0x1e);
const GREY: Rgb = Rgb(0x76, 0x76, 0x76);

/// The ground of each band, and its ink where all have the same: there, shape alone must do.
const BANDS: [(Rgb, Option<Rgb>); 3] = [(LIGHT, None), (DARK, None), (LIGHT, Some(GREY))];

/// A glyph, with or without a badge.
struct Mark {
    ink: Rgb,
    layers: Vec<Layer>,
}

struct Layer {
    svg: String,
    style: &'static str,
    paints: Paints,
}

#[derive(Clone, Copy)]
enum Paints {
    Ink,
    Ground,
}

/// A mark at its place in a band.
struct Cell {
    left: u32,
    top: u32,
    side: u32,
    ink: Rgb,
    layers: Vec<(Vec<u8>, Paints)>,
}

/// The sheet, as a PNG file.
pub(crate) fn sheet(sources: Sources<'_>) -> Result<Vec<u8>, Failure> {
    let (cells, height) = band(&marks(sources)?)?;
    let mut sheet = Canvas::new(WIDTH);
    for (ground, only_ink) in BANDS {
        let top = sheet.height();
        sheet.grow(height, ground);
        for cell in &cells {
            for (cover, paints) in &cell.layers {
                let colour = match paints {
                    Paints::Ink => only_ink.unwrap_or(cell.ink),
                    Paints::Ground => ground,
                };
                sheet.paint((cell.left, top + cell.top), cell.side, cover, colour);
            }
        }
    }
    sheet.png()
}

fn marks(sources: Sources<'_>) -> Result<Vec<Mark>, Failure> {
    let bare = |glyph: Glyph| {
        let layer = Layer { svg: sources.glyph(glyph)?, style: AS_DRAWN, paints: Paints::Ink };
        Ok(Mark { ink: glyph.tray_colour(), layers: vec![layer] })
    };
    let worn = |badge: Badge| {
        let mut mark = bare(match badge {
            Badge::Held => Glyph::DoNotDisturb,
            Badge::Call => Glyph::Busy,
        })?;
        let svg = sources.badge(badge)?;
        mark.layers.push(Layer { svg: svg.clone(), style: ERASE_ONLY, paints: Paints::Ground });
        mark.layers.push(Layer { svg, style: AS_DRAWN, paints: Paints::Ink });
        Ok(mark)
    };
    Glyph::ALL.into_iter().map(bare).chain(Badge::ALL.into_iter().map(worn)).collect()
}

/// All cells of a band, which are the same in each, and its height.
fn band(marks: &[Mark]) -> Result<(Vec<Cell>, u32), Failure> {
    let mut cells = Vec::new();
    let mut top = GAP;
    let step = (WIDTH - GAP) as usize / marks.len();
    for side in SMALL_SIDES {
        for (left, mark) in (GAP..).step_by(step).zip(marks) {
            cells.push(mark.at(left, top, side)?);
        }
        top += side + GAP;
    }
    for row in marks.chunks(LARGE_IN_A_ROW as usize) {
        for (left, mark) in (GAP..).step_by((LARGE_SIDE + GAP) as usize).zip(row) {
            cells.push(mark.at(left, top, LARGE_SIDE)?);
        }
        top += LARGE_SIDE + GAP;
    }
    Ok((cells, top))
}

impl Mark {
    fn at(&self, left: u32, top: u32, side: u32) -> Result<Cell, Failure> {
        let draw = |layer: &Layer| Ok((coverage(&layer.svg, layer.style, side)?, layer.paints));
        let layers = self.layers.iter().map(draw).collect::<Result<_, Failure>>()?;
        Ok(Cell { left, top, side, ink: self.ink, layers })
    }
}
