//! The icon file of Windows: a directory, then the pictures.

use crate::Failure;

const HEADER_LENGTH: usize = 6;
const ENTRY_LENGTH: usize = 16;
const KIND_ICON: u16 = 1;
const PLANES: u16 = 1;
const BITS_PER_PIXEL: u16 = 32;

/// `pictures` are square PNG files with their sides in pixels, at most 256. Windows takes PNG at every size.
pub(crate) fn ico(pictures: &[(u32, &[u8])]) -> Result<Vec<u8>, Failure> {
    let mut directory = Vec::new();
    let mut bodies = Vec::new();
    for number in [0, KIND_ICON, u16::try_from(pictures.len())?] {
        directory.extend(number.to_le_bytes());
    }
    let first_body = HEADER_LENGTH + ENTRY_LENGTH * pictures.len();
    for &(side, png) in pictures {
        // 256 doesn't fit into a byte; the format says 0 for it.
        let side = if side == 256 { 0 } else { u8::try_from(side)? };
        let (palette, reserved) = (0, 0);
        directory.extend([side, side, palette, reserved]);
        directory.extend(PLANES.to_le_bytes());
        directory.extend(BITS_PER_PIXEL.to_le_bytes());
        directory.extend(u32::try_from(png.len())?.to_le_bytes());
        directory.extend(u32::try_from(first_body + bodies.len())?.to_le_bytes());
        bodies.extend(png);
    }
    directory.append(&mut bodies);
    Ok(directory)
}
