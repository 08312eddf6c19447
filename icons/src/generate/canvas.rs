//! A picture of flat colours, painted in few steps so that its file has a palette and stays small.

use std::collections::HashMap;

use icons::Rgb;
use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use crate::Failure;

/// From no coverage to full. More would be too many colours for a palette, and nobody sees them.
const STEPS: u16 = 12;

/// Opaque, and as high as it has grown.
pub(crate) struct Canvas {
    width: u32,
    pixels: Vec<Rgb>,
}

impl Canvas {
    pub(crate) fn new(width: u32) -> Self {
        Self { width, pixels: Vec::new() }
    }

    pub(crate) fn height(&self) -> u32 {
        u32::try_from(self.pixels.len()).unwrap_or(u32::MAX) / self.width
    }

    /// Adds `rows` below, all of one colour.
    pub(crate) fn grow(&mut self, rows: u32, ground: Rgb) {
        self.pixels.resize(self.pixels.len() + (rows * self.width) as usize, ground);
    }

    /// Lays `colour` over what is there as far as `cover` says: rows of `side` pixels, the first at `corner`.
    pub(crate) fn paint(&mut self, corner: (u32, u32), side: u32, cover: &[u8], colour: Rgb) {
        let (left, top) = corner;
        for (y, row) in (top..).zip(cover.chunks_exact(side as usize)) {
            let places = self.pixels.iter_mut().skip((y * self.width + left) as usize);
            places.zip(row).for_each(|(pixel, &cover)| *pixel = mix(*pixel, colour, cover));
        }
    }

    pub(crate) fn png(&self) -> Result<Vec<u8>, Failure> {
        let mut palette = Vec::new();
        let mut known = HashMap::new();
        let mut indices = Vec::with_capacity(self.pixels.len());
        for &colour in &self.pixels {
            let index = *known.entry(colour).or_insert_with(|| {
                let Rgb(red, green, blue) = colour;
                palette.extend([red, green, blue]);
                palette.len() / 3 - 1
            });
            indices.push(u8::try_from(index).map_err(|_| "the sheet has too many colours for a palette")?);
        }
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height());
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_palette(palette);
        encoder.set_compression(Compression::High);
        // Neighbours in a palette are no neighbours in colour: there is nothing to predict.
        encoder.set_filter(Filter::NoFilter);
        encoder.write_header()?.write_image_data(&indices)?;
        Ok(file)
    }
}

fn mix(under: Rgb, over: Rgb, cover: u8) -> Rgb {
    let step = (u16::from(cover) * STEPS + 127) / 255;
    let channel = |under: u8, over: u8| {
        let sum = u16::from(over) * step + u16::from(under) * (STEPS - step);
        u8::try_from((sum + STEPS / 2) / STEPS).unwrap_or(u8::MAX)
    };
    Rgb(channel(under.0, over.0), channel(under.1, over.1), channel(under.2, over.2))
}
