//! Embeds the page and the capabilities.

fn main() {
    tauri_build::build();
}
