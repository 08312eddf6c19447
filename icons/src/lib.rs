//! The ring glyphs: who is available, in a picture of 16 to 48 pixels.
//!
//! The SVG files beside this crate are the source; the masks under `generated/` are drawn from them by
//! `icons-generate` and committed, so that this library needs no renderer and no dependency at run time.
//!
//! It must not know statuses, policies or trays: the caller says which [`Glyph`], which [`Badge`]s, which colour.

mod badge;
mod colour;
mod glyph;
mod masks;
mod pixmap;
mod row;

pub use badge::Badge;
pub use colour::Rgb;
pub use glyph::Glyph;
pub use masks::{SIZES, badge_erase, badge_paint, mask};
pub use pixmap::argb32;
pub use row::row;
