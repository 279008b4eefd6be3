//! Prepares what the window embeds: the capability list, the icons and the screen. It is not where the screen is built:
//! `cargo xtask ui` does that, and until it has, a page that says so stands in.

use std::{fs, path::Path};

const STAND_IN: &str = "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>Satchel</title></head>\
    <body><h1>The screen has not been built</h1><p>Run <code>cargo xtask ui</code>, then start Satchel again.</p></body></html>\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let screen = Path::new("ui/dist");
    println!("cargo:rerun-if-changed={}", screen.display());
    if !screen.join("index.html").exists() {
        fs::create_dir_all(screen)?;
        fs::write(screen.join("index.html"), STAND_IN)?;
    }
    let manifest = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    let attributes = tauri_build::Attributes::new()
        .app_manifest(manifest)
        .capabilities_path_pattern("./src-tauri/capabilities/*.json");
    tauri_build::try_build(attributes)?;
    Ok(())
}
