//! The pictures beside a menu's rows, read by a reader that we didn't write.

use icons::{Glyph, Rgb, mask, row};
use png::{Decoder, Transformations};

const SIDE: u32 = 32;

/// Red, green, blue, coverage of each pixel.
fn pixels(file: &[u8]) -> Vec<[u8; 4]> {
    let mut decoder = Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG file");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a small one")];
    let frame = reader.next_frame(&mut bytes).expect("a picture");
    assert_eq!((frame.width, frame.height), (SIDE, SIDE));
    bytes.as_chunks().0.to_vec()
}

#[test]
fn each_glyph_has_a_picture_of_its_shape_in_its_colour() {
    for glyph in Glyph::ALL {
        let Rgb(red, green, blue) = glyph.tray_colour();
        let pixels = pixels(row(glyph));
        let mask = mask(glyph, SIDE).unwrap();
        assert_eq!(pixels.len(), mask.len(), "{}", glyph.name());
        for (pixel, &cover) in pixels.iter().zip(mask) {
            assert_eq!(pixel[..3], [red, green, blue], "{}", glyph.name());
            // Sixteen steps of coverage: half a step off at most.
            assert!(pixel[3].abs_diff(cover) <= 9, "{}: {} for {cover}", glyph.name(), pixel[3]);
        }
    }
}

#[test]
fn a_menu_full_of_them_costs_a_few_kilobytes() {
    let all: usize = Glyph::ALL.into_iter().map(|glyph| row(glyph).len()).sum();
    assert!(all < 8 * 1024, "{all} bytes");
}
