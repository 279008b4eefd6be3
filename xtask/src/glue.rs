//! Writes the JavaScript between a browser and a `.wasm` file: `glue INPUT.wasm FOLDER`. A helper of `cargo xtask ui`, kept
//! apart so that the rest of xtask compiles without it; nobody calls it by hand.

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1);
    let (Some(input), Some(folder), None) = (words.next(), words.next(), words.next()) else {
        bail!("usage: glue INPUT.wasm FOLDER");
    };
    Bindgen::new()
        .input_path(&input)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("ui")
        .generate(&folder)
        .with_context(|| format!("writing the glue of {}", input.to_string_lossy()))
}
