//! The icon file of macOS: pictures one after the other, each behind a name and its length.

use crate::Failure;

/// The length of a name and a length, which every length counts in.
const HEADER_LENGTH: usize = 8;

/// A picture's name says its size in points and whether it is for doubled pixels; with it, its side in pixels.
pub(crate) const ELEMENTS: [(&[u8; 4], u32); 8] = [
    (b"ic11", 32),   // 16 points, doubled
    (b"ic12", 64),   // 32 points, doubled
    (b"ic07", 128),  // 128 points
    (b"ic13", 256),  // 128 points, doubled
    (b"ic08", 256),  // 256 points
    (b"ic14", 512),  // 256 points, doubled
    (b"ic09", 512),  // 512 points
    (b"ic10", 1024), // 512 points, doubled
];

/// `elements` are PNG files with their names.
pub(crate) fn icns(elements: &[(&[u8; 4], &[u8])]) -> Result<Vec<u8>, Failure> {
    let length = HEADER_LENGTH + elements.iter().map(|(_, png)| HEADER_LENGTH + png.len()).sum::<usize>();
    let mut file = Vec::new();
    file.extend(b"icns");
    file.extend(u32::try_from(length)?.to_be_bytes());
    for (name, png) in elements {
        file.extend(*name);
        file.extend(u32::try_from(HEADER_LENGTH + png.len())?.to_be_bytes());
        file.extend(*png);
    }
    Ok(file)
}
