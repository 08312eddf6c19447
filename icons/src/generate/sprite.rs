//! The web sprite: every glyph and badge as a symbol of one SVG, which the page holds once and points into.

use icons::{Badge, Glyph};
use resvg::usvg::roxmltree::{Document, Node};

use crate::Failure;
use crate::sources::Sources;

/// It takes no room where it is put; what points into it shows. Glyphs are named `glyph-…`, badges `badge-…`.
pub(crate) fn sprite(sources: Sources<'_>) -> Result<String, Failure> {
    let mut sprite = "<svg xmlns=\"http://www.w3.org/2000/svg\" display=\"none\">\n".to_owned();
    for glyph in Glyph::ALL {
        sprite += &symbol(&format!("glyph-{}", glyph.name()), &sources.glyph(glyph)?)?;
    }
    for badge in Badge::ALL {
        sprite += &symbol(&format!("badge-{}", badge.name()), &sources.badge(badge)?)?;
    }
    sprite += "</svg>\n";
    Ok(sprite)
}

fn symbol(id: &str, svg: &str) -> Result<String, Failure> {
    let document = Document::parse(svg)?;
    let root = document.root_element();
    let grid = root.attribute("viewBox").ok_or_else(|| format!("{id} has no viewBox"))?;
    let mut symbol = format!("<symbol id=\"{id}\" viewBox=\"{grid}\">");
    root.children().for_each(|child| write(child, svg, &mut symbol));
    symbol += "</symbol>\n";
    Ok(symbol)
}

/// Elements with their attributes as the source spells them; no white space, nothing hidden, and no names: in a page,
/// those of two drawings would clash.
fn write(node: Node<'_, '_>, source: &str, symbol: &mut String) {
    if !node.is_element() || node.attribute("display") == Some("none") {
        return;
    }
    let name = node.tag_name().name();
    *symbol += "<";
    *symbol += name;
    for attribute in node.attributes().filter(|attribute| attribute.name() != "id") {
        *symbol += " ";
        *symbol += &source[attribute.range()];
    }
    if node.children().any(|child| child.is_element()) {
        *symbol += ">";
        node.children().for_each(|child| write(child, source, symbol));
        *symbol += "</";
        *symbol += name;
        *symbol += ">";
    } else {
        *symbol += "/>";
    }
}
