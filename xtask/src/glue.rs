//! Cuts the screen's program into modules, at the functions that `ui/src/later.rs` marks, and writes the JavaScript between a browser and the
//! first of them: `glue INPUT.wasm FOLDER`. The folder must be there. A helper of `cargo xtask ui`, kept apart so that the rest of xtask
//! compiles without it; nobody calls it by hand. Not here: what is linked (`bundle.rs`), and shrinking.

use anyhow::{Context, Result, anyhow, bail};
use std::{fs, path::Path};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1);
    let (Some(input), Some(folder), None) = (words.next(), words.next(), words.next()) else {
        bail!("usage: glue INPUT.wasm FOLDER");
    };
    let folder = Path::new(&folder);
    let linked = fs::read(&input).with_context(|| format!("reading {}", input.to_string_lossy()))?;

    let first = folder.join("first.wasm");
    let mut options = Options::new(&linked);
    options.output_dir = folder;
    options.main_out_path = &first;
    options.main_module = "./ui.js";
    options.link_name = "./later.js";
    let cut = transform(options).map_err(|why| anyhow!("{why:?}")).context("cutting the screen into modules")?;

    for module in cut.split_modules {
        trim(&module).with_context(|| format!("writing {}", module.display()))?;
    }
    Bindgen::new()
        .input_path(&first)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The table of functions, which the modules share.
        .keep_lld_exports(true)
        .out_name("ui")
        .generate(folder)
        .context("writing the glue")?;
    fs::remove_file(&first)?;
    Ok(())
}

/// Leaves the names away, and writes numbers in as few bytes as they need: the linker's are as long as any might be.
fn trim(module: &Path) -> Result<()> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    config.parse_file(module)?.emit_wasm_file(module)
}
