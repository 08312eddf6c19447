//! From SVG to pixels, the same on every run.

use resvg::tiny_skia::{Pixmap, PremultipliedColorU8, Transform};
use resvg::usvg::{Options, Tree};

use crate::Failure;

/// Samples a pixel and axis. The renderer alone knows only few steps of coverage, and thin rings would look uneven.
const SAMPLES: u32 = 8;

/// Coverage of a drawing: `size * size` bytes, rows from the top.
pub(crate) fn coverage(svg: &str, style: &str, size: u32) -> Result<Vec<u8>, Failure> {
    let pixmap = draw(svg, style, size)?;
    Ok(pixmap.pixels().iter().map(|pixel| pixel.alpha()).collect())
}

/// A drawing in its own colours, as a PNG file.
pub(crate) fn png(svg: &str, size: u32) -> Result<Vec<u8>, Failure> {
    Ok(draw(svg, "", size)?.encode_png()?)
}

fn draw(svg: &str, style: &str, size: u32) -> Result<Pixmap, Failure> {
    let options = Options { style_sheet: Some(style.to_owned()), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let mut large = square(size * SAMPLES)?;
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^24")]
    let width = (size * SAMPLES) as f32;
    let scale = Transform::from_scale(width / tree.size().width(), width / tree.size().height());
    resvg::render(&tree, scale, &mut large.as_mut());
    shrink(&large, size)
}

fn square(side: u32) -> Result<Pixmap, Failure> {
    Pixmap::new(side, side).ok_or_else(|| format!("no picture can be {side} pixels wide").into())
}

/// The mean of each block of samples, in whole numbers.
fn shrink(large: &Pixmap, size: u32) -> Result<Pixmap, Failure> {
    let mut small = square(size)?;
    let places = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    for (pixel, (x, y)) in small.pixels_mut().iter_mut().zip(places) {
        *pixel = mean(large, x * SAMPLES, y * SAMPLES).ok_or("a mean is out of range")?;
    }
    Ok(small)
}

fn mean(large: &Pixmap, left: u32, top: u32) -> Option<PremultipliedColorU8> {
    let mut sums = [0_u32; 4];
    for y in top..top + SAMPLES {
        for x in left..left + SAMPLES {
            let sample = large.pixel(x, y)?;
            let channels = [sample.red(), sample.green(), sample.blue(), sample.alpha()];
            sums.iter_mut().zip(channels).for_each(|(sum, channel)| *sum += u32::from(channel));
        }
    }
    let count = SAMPLES * SAMPLES;
    let [red, green, blue, alpha] = sums.map(|sum| u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX));
    PremultipliedColorU8::from_rgba(red, green, blue, alpha)
}
