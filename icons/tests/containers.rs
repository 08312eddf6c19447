//! The icon files of Windows and macOS: what others read in them.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::io::Cursor;

const ICO: &[u8] = include_bytes!("../generated/halo.ico");
const ICNS: &[u8] = include_bytes!("../generated/halo.icns");

/// Names of macOS, with the side in pixels each stands for.
const ELEMENTS: [(&[u8], u32); 8] = [
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic07", 128),
    (b"ic13", 256),
    (b"ic08", 256),
    (b"ic14", 512),
    (b"ic09", 512),
    (b"ic10", 1024),
];

/// Width, height, and the pixels as RGBA.
fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgba, png::BitDepth::Eight));
    (info.width, info.height, pixels)
}

/// A rounded square with a light disc in its middle: outside of it nothing, inside of it the disc.
fn assert_is_halo(side: u32, rgba: &[u8]) {
    let at = |x: u32, y: u32| &rgba[((y * side + x) * 4) as usize..][..4];
    assert_eq!(at(0, 0)[3], 0, "{side}: the corner is empty");
    assert_eq!(at(side / 2, side / 2), [0xf4, 0xf6, 0xfb, 0xff], "{side}: the disc is in the middle");
}

fn big_endian(bytes: &[u8]) -> usize {
    u32::from_be_bytes(bytes.try_into().unwrap()) as usize
}

#[test]
fn the_windows_icon_holds_its_sizes_and_each_decodes() {
    let icon = ico::IconDir::read(Cursor::new(ICO)).unwrap();
    assert_eq!(icon.resource_type(), ico::ResourceType::Icon);
    let sides: Vec<u32> = icon.entries().iter().map(ico::IconDirEntry::width).collect();
    assert_eq!(sides, [16, 24, 32, 48, 64, 256]);
    for entry in icon.entries() {
        assert_eq!(entry.width(), entry.height());
        let picture = entry.decode().unwrap();
        assert_eq!((picture.width(), picture.height()), (entry.width(), entry.height()));
        assert_is_halo(entry.width(), picture.rgba_data());
    }
}

#[test]
fn the_macos_icon_holds_its_sizes_and_each_decodes() {
    assert_eq!(&ICNS[..4], b"icns");
    assert_eq!(big_endian(&ICNS[4..8]), ICNS.len());
    let mut rest = &ICNS[8..];
    for (name, side) in ELEMENTS {
        assert_eq!(&rest[..4], name);
        let (element, others) = rest.split_at(big_endian(&rest[4..8]));
        let (width, height, pixels) = decode(&element[8..]);
        assert_eq!((width, height), (side, side));
        assert_is_halo(side, &pixels);
        rest = others;
    }
    assert!(rest.is_empty());
}
