//! Words: everything that a person reads in the tray, in notifications and in refusals, in each language.
//!
//! The catalogues are the `*.json` files beside this crate, which the window's page reads as well. **It must not know**
//! what a presence is, nor who says the words: it gets keys, numbers, times and what goes into the holes.

mod catalogue;
mod language;
mod time;

pub use catalogue::{Key, Part, key};
pub use language::Language;
