//! Builds what is shown and what is shipped: the screen (`ui/dist`) and the programs. It starts none of them.

use crate::{places, run, say, setup, wasm};
use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// What the screen's first module may weigh, gzipped, bytes: enough to sign in, list, search and open a record (decision 0075).
pub const FIRST_LIMIT: u64 = 400_000;
/// What all its modules may weigh together: what they weigh, so that they do not grow unseen.
pub const ALL_LIMIT: u64 = 772_000;
/// Of the root manifest.
const PROFILE: &str = "screen";
const FIRST: &str = "ui_bg.wasm";
const BINARYEN: &str = "binaryen@132";

/// The programs that people start.
pub const SHIPPED: [&str; 3] = ["satchel", "satchel-hub", "satchel-device"];

/// How much a module of the screen weighs, bytes.
pub struct Weight {
    pub name: String,
    pub raw: u64,
    pub gzipped: u64,
}

/// How much the screen weighs, module by module: the first, then those that are fetched later.
pub struct Weights(pub Vec<Weight>);

impl Weights {
    pub fn first(&self) -> u64 {
        self.0.first().map_or(0, |weight| weight.gzipped)
    }

    pub fn all(&self) -> u64 {
        self.0.iter().map(|weight| weight.gzipped).sum()
    }

    /// Which limit is passed, and by what.
    pub fn too_much(&self) -> Option<String> {
        let passed = |what, is, limit| {
            (is > limit).then(|| format!("{what} weighs {} gzipped, more than {}", say::bytes(is), say::bytes(limit)))
        };
        passed("its first module", self.first(), FIRST_LIMIT).or_else(|| passed("all of it", self.all(), ALL_LIMIT))
    }

    /// One line for each module.
    pub fn tell(&self) {
        for Weight { name, raw, gzipped } in &self.0 {
            say::tell(format!("    {name} {}, {} gzipped", say::bytes(*raw), say::bytes(*gzipped)));
        }
    }
}

/// Builds everything a person can start.
pub fn build_all(release: bool) -> Result<()> {
    setup::setup(&[setup::Need::App, setup::Need::Screen])?;
    build_screen(release)?;
    build_programs(release)?;
    for name in SHIPPED {
        let file = places::program(name, release);
        if let Ok(about) = fs::metadata(&file) {
            say::tell(format!("    {} {}", file.display(), say::bytes(about.len())));
        }
    }
    Ok(())
}

/// Builds the app, the hub and the command line. The whole workspace at once, as the tests do, so nothing is built twice.
pub fn build_programs(release: bool) -> Result<()> {
    let name = if release { "the programs, as shipped" } else { "the programs" };
    let mut step = say::begin(format!("building {name}"));
    let mut command = run::cargo();
    command.args(["build", "--workspace"]);
    if release {
        // Each is linked as one unit, for minutes: only what is shipped.
        command.arg("--release").args(SHIPPED.map(|name| format!("--bin={name}")));
    } else {
        command.arg("--bins");
    }
    run::must(&mut step, "build", &mut command)?;
    step.done("");
    Ok(())
}

/// Builds the screen into `ui/dist`. Files that did not change are left alone, so that the app is not linked anew.
pub fn build_screen(release: bool) -> Result<Weights> {
    let Some(tools) = wasm::ready() else {
        bail!("please install {}", wasm::by_hand());
    };
    let mut step = say::begin("building the screen");
    let mut command = tools.cargo("rustc");
    // The relocations say what belongs to what, for the cut into modules.
    command.args(["--package", "ui", "--bin", "ui", "--profile", PROFILE, "--", "-Clink-arg=--emit-relocs"]);
    run::must(&mut step, "screen", &mut command)?;
    let raw = places::wasm_target().join(wasm::TARGET).join(PROFILE).join("ui.wasm");
    if !raw.exists() {
        bail!("the screen was built but there is no {}; package `ui` must make a program or a cdylib", raw.display());
    }

    let glued = places::wasm_target().join("glued");
    let mark = glued.join("made-from");
    let made_from = format!("{:016x} {release}", fingerprint(&fs::read(&raw)?));
    if fs::read_to_string(&mark).ok().as_deref() != Some(made_from.as_str()) {
        step.line("building the helper that writes the JavaScript glue");
        let mut helper = run::cargo();
        helper.args(["build", "--package", "xtask", "--features", "glue", "--bin", "glue"]);
        run::must(&mut step, "glue-build", &mut helper)?;
        if glued.exists() {
            fs::remove_dir_all(&glued)?;
        }
        fs::create_dir_all(&glued)?;
        step.line("writing the JavaScript glue");
        run::must(&mut step, "glue", Command::new(places::program("glue", false)).arg(&raw).arg(&glued))?;
        if release {
            for module in modules(&glued)? {
                shrink(&mut step, &module)?;
            }
        }
        fs::write(&mark, made_from)?;
    }

    let ui = places::root().join("ui");
    let dist = places::dist();
    let mut wanted = vec![
        (ui.join("index.html"), PathBuf::from("index.html")),
        (glued.join("ui.js"), PathBuf::from("ui.js")),
        (glued.join("later.js"), PathBuf::from("later.js")),
    ];
    let modules = modules(&glued)?;
    for module in &modules {
        wanted.push((module.clone(), module.file_name().map(PathBuf::from).unwrap_or_default()));
    }
    collect(&glued.join("snippets"), Path::new("snippets"), &mut wanted)?;
    collect(&ui.join("assets"), Path::new("assets"), &mut wanted)?;
    lay(&wanted, &dist)?;

    let mut weights = Weights(Vec::new());
    for module in &modules {
        let wasm = fs::read(module)?;
        let name = module.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        weights.0.push(Weight { name, raw: wasm.len() as u64, gzipped: gzipped(&wasm)? });
    }
    step.done(&format!(
        "gzipped, the first module {} (limit {}), all {} (limit {})",
        say::bytes(weights.first()),
        say::bytes(FIRST_LIMIT),
        say::bytes(weights.all()),
        say::bytes(ALL_LIMIT)
    ));
    weights.tell();
    Ok(weights)
}

/// The screen's modules: the first, then the others by name.
fn modules(glued: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(glued)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "wasm") {
            found.push(path);
        }
    }
    found.sort_by_key(|path| (!path.ends_with(FIRST), path.clone()));
    Ok(found)
}

/// Shrinks with wasm-opt where npm can fetch it; says so where it can't.
fn shrink(step: &mut say::Step, file: &Path) -> Result<()> {
    let home = places::cache().join("binaryen");
    let program = home.join("node_modules/binaryen/bin/wasm-opt");
    if !program.exists() {
        if places::on_path("npm").is_none() {
            step.line("no npm, so no wasm-opt: the screen stays as the compiler made it");
            return Ok(());
        }
        step.line("fetching wasm-opt");
        fs::create_dir_all(&home)?;
        let outcome = run::watch(
            step,
            "binaryen",
            Command::new("npm").current_dir(&home).args([
                "install",
                "--no-audit",
                "--no-fund",
                "--prefix",
                ".",
                BINARYEN,
            ]),
        )?;
        if !outcome.ok {
            step.line("wasm-opt could not be fetched: the screen stays as the compiler made it");
            return Ok(());
        }
    }
    step.line("shrinking the screen");
    let small = file.with_extension("small");
    let mut command = Command::new("node");
    // Twice: the second round finds what the first laid bare. A function that is called once stays one: put into its caller, as -Oz does,
    // it makes the module smaller, and what is gzipped larger.
    command.arg(&program).args(["--one-caller-inline-max-function-size=0", "-Oz", "-Oz"]).args([
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
    ]);
    command.arg(file).arg("-o").arg(&small);
    run::must(step, "wasm-opt", &mut command)?;
    fs::rename(&small, file)?;
    Ok(())
}

/// Lists a folder's files, with the place each will take.
fn collect(from: &Path, to: &Path, wanted: &mut Vec<(PathBuf, PathBuf)>) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &place, wanted)?;
        } else {
            wanted.push((entry.path(), place));
        }
    }
    Ok(())
}

/// Makes `dist` hold the wanted files and no others, touching only what differs.
fn lay(wanted: &[(PathBuf, PathBuf)], dist: &Path) -> Result<()> {
    let mut present = Vec::new();
    collect(dist, Path::new(""), &mut present)?;
    for (file, place) in present {
        if !wanted.iter().any(|(_, kept)| *kept == place) {
            fs::remove_file(file)?;
        }
    }
    for (source, place) in wanted {
        let content = fs::read(source).with_context(|| format!("reading {}", source.display()))?;
        let goal = dist.join(place);
        if fs::read(&goal).ok().as_ref() != Some(&content) {
            if let Some(folder) = goal.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&goal, content).with_context(|| format!("writing {}", goal.display()))?;
        }
    }
    Ok(())
}

fn gzipped(bytes: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

/// FNV-1a: enough to see that a file changed.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
