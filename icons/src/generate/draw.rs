//! From SVG to pixels, the same on every run.

use resvg::tiny_skia::{Pixmap, PremultipliedColorU8, Transform};
use resvg::usvg::{Options, Tree};

use crate::Failure;

/// Samples a pixel and axis. The renderer alone knows only few steps of coverage, and thin rings would look uneven.
const SAMPLES: u32 = 8;
/// The widest picture that is sampled: in large ones the steps are too small to see, and the wait would be long.
const WIDEST: u32 = 1024;

// A badge's file shows what it paints; what it erases is drawn there too, but hidden.
pub(crate) const ERASE_ONLY: &str = "#erase { display: inline } #paint { display: none }";
pub(crate) const AS_DRAWN: &str = "";

/// Coverage of a drawing: `size * size` bytes, rows from the top.
pub(crate) fn coverage(svg: &str, style: &str, size: u32) -> Result<Vec<u8>, Failure> {
    let pixmap = draw(svg, style, size)?;
    Ok(pixmap.pixels().iter().map(|pixel| pixel.alpha()).collect())
}

/// A drawing in its own colours, as a PNG file.
pub(crate) fn png(svg: &str, size: u32) -> Result<Vec<u8>, Failure> {
    Ok(draw(svg, AS_DRAWN, size)?.encode_png()?)
}

fn draw(svg: &str, style: &str, size: u32) -> Result<Pixmap, Failure> {
    let options = Options { style_sheet: Some(style.to_owned()), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let samples = SAMPLES.min(WIDEST / size);
    let mut large = square(size * samples)?;
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^24")]
    let width = (size * samples) as f32;
    let scale = Transform::from_scale(width / tree.size().width(), width / tree.size().height());
    resvg::render(&tree, scale, &mut large.as_mut());
    shrink(&large, size, samples)
}

fn square(side: u32) -> Result<Pixmap, Failure> {
    Pixmap::new(side, side).ok_or_else(|| format!("no picture can be {side} pixels wide").into())
}

/// The mean of each block of samples, in whole numbers.
fn shrink(large: &Pixmap, size: u32, samples: u32) -> Result<Pixmap, Failure> {
    let mut small = square(size)?;
    let places = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    for (pixel, (x, y)) in small.pixels_mut().iter_mut().zip(places) {
        *pixel = mean(large, x * samples, y * samples, samples).ok_or("a mean is out of range")?;
    }
    Ok(small)
}

fn mean(large: &Pixmap, left: u32, top: u32, samples: u32) -> Option<PremultipliedColorU8> {
    let mut sums = [0_u32; 4];
    for y in top..top + samples {
        for x in left..left + samples {
            let sample = large.pixel(x, y)?;
            let channels = [sample.red(), sample.green(), sample.blue(), sample.alpha()];
            sums.iter_mut().zip(channels).for_each(|(sum, channel)| *sum += u32::from(channel));
        }
    }
    let count = samples * samples;
    let [red, green, blue, alpha] = sums.map(|sum| u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX));
    PremultipliedColorU8::from_rgba(red, green, blue, alpha)
}
