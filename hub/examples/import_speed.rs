//! How fast an import is, and how much memory it takes: `cargo run --release -p hub --example import_speed [--source ODS] PATH…`.
//! Prints MB of FHIR JSON a second on one core (SQLCipher, SHA-256 and zstd included), peak resident memory and the report. Without a
//! path it reads the Synthea set beside the workspace. Not a test: it asserts nothing.

use hub::intake::{Options, SourceSpec, chart_facts, import};
use hub::store::{Store, parked};
use record::people::{Organisation, Setting};
use record::{PersonId, Stamp};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut source = SourceSpec::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--source" {
            let ods = arguments.next().unwrap_or_default();
            let organisation = Organisation { ods: ods.parse()?, name: ods };
            source = SourceSpec { organisation, setting: Setting::Other };
        } else {
            paths.push(argument.into());
        }
    }
    if paths.is_empty() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/fhir-r4/synthea");
        let mut inside: Vec<PathBuf> = std::fs::read_dir(data)?.filter_map(|e| Some(e.ok()?.path())).collect();
        // Organisations and practitioners first, as their README asks.
        inside.retain(|p| !p.to_string_lossy().ends_with(".csv"));
        inside.sort_by_key(|p| p.to_string_lossy().contains("patients"));
        paths = inside;
    }
    let folder = std::env::temp_dir().join(format!("import-speed-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut store = Store::open(&folder.join("hub.db"), &[7; 32])?;
    let mut next = 0u128;
    let mut fresh_id = || {
        next += 1;
        PersonId::from_bytes(next.to_be_bytes())
    };
    let now = Stamp::parse("2026-11-21T12:00:00Z").unwrap_or(Stamp::from_millis(0));
    let stop = AtomicBool::new(false);
    let mut options = Options { source, now, fresh_id: &mut fresh_id, stop: &stop, again: false };
    let (wall, cpu) = (elapsed(), cpu_seconds());
    let report = import(&mut store, &paths, &mut options, &mut |_| {})?;
    let (wall, cpu) = (elapsed() - wall, cpu_seconds() - cpu);
    let mut out = std::io::stdout().lock();
    let mb = report.bytes as f64 / 1e6;
    let rate = |seconds: f64| mb / seconds.max(1e-9);
    writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    writeln!(out, "{mb:.1} MB: {wall:.2} s, {:.1} MB/s; processor {cpu:.2} s, {:.1} MB/s", rate(wall), rate(cpu))?;
    writeln!(out, "peak resident memory: {} kB", status("VmHWM"))?;
    writeln!(out, "database: {} kB", std::fs::metadata(folder.join("hub.db"))?.len() / 1024)?;
    for parked in store.read(|tx| parked::list(tx, false, 0, 400))? {
        writeln!(out, "parked {}:{} {} {}", parked.file, parked.line, parked.reason, parked.detail)?;
    }
    let begun = elapsed();
    let people = (1..).take(report.people_new as usize);
    let (mut facts, mut whole) = (0, 0);
    for person in people {
        let (f, w) = chart_facts(&mut store, person, now)?;
        facts += f.len();
        whole += w.len();
    }
    let each = (elapsed() - begun) * 1e3 / (report.people_new.max(1) as f64);
    writeln!(out, "{facts} facts of {whole} resources, {each:.2} ms a person")?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Seconds since the machine started: a bench needs differences only.
fn elapsed() -> f64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split(' ').next().and_then(|t| t.parse().ok()).unwrap_or(0.0)
}

/// Processor seconds of this process.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after.split_whitespace().map(|f| f.parse().unwrap_or(0.0)).collect();
    (fields.get(11).unwrap_or(&0.0) + fields.get(12).unwrap_or(&0.0)) / 100.0
}

fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}
