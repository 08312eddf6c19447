//! The drawings people make: one SVG file each, in one folder.

use std::fs;
use std::path::Path;

use icons::{Badge, Glyph};

use crate::Failure;

/// Where the drawings are.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a>(pub(crate) &'a Path);

impl Sources<'_> {
    pub(crate) fn glyph(self, glyph: Glyph) -> Result<String, Failure> {
        self.read(&format!("{}.svg", glyph.name().replace('_', "-")))
    }

    pub(crate) fn badge(self, badge: Badge) -> Result<String, Failure> {
        self.read(&format!("badge-{}.svg", badge.name()))
    }

    pub(crate) fn application(self) -> Result<String, Failure> {
        self.read("halo.svg")
    }

    fn read(self, file: &str) -> Result<String, Failure> {
        fs::read_to_string(self.0.join(file)).map_err(|why| format!("cannot read {file}: {why}").into())
    }
}
