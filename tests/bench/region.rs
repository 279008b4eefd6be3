//! The region of the benchmark: a hub with people from the sample, and the import's speed, there and on Synthea where it is present.

use crate::stats::Table;
use anyhow::{Context, Result};
use hub::intake::admit::{Desk, Feed, admit_batch};
use hub::intake::read::{Document, Origin};
use hub::intake::{self, Options, SourceSpec};
use hub::sample;
use hub::store::{Store, caseload, trust};
use record::PersonId;
use record::consent::{Choice, DecidedBy, Recorded, Relationship};
use record::people::Role;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use stories::World;
use stories::world::organisation;

/// A hub with everybody on one caseload, and what they are made of.
pub struct Region {
    pub world: World,
    /// Every resource that devices carry, as the JSON that came in, by person.
    pub records: Vec<Vec<String>>,
    pub people: u64,
}

fn fresh_ids() -> impl FnMut() -> PersonId {
    let next = AtomicU64::new(1);
    move || {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        bytes[8..].copy_from_slice(&n.to_le_bytes());
        PersonId::from_bytes(bytes)
    }
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub fn instant() -> Instant {
    Instant::now()
}

/// Processor time of this process so far, seconds: what a machine shared with others cannot change. 0 where `/proc` is not.
fn processor() -> f64 {
    // proc(5): utime and stime are fields 14 and 15, in ticks of which there are 100 a second on every Linux we build for.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn speeds(bytes: u64, wall: Duration, busy: f64) -> String {
    let mb = bytes as f64 / 1e6;
    format!("{:.1} MB/s of processor time, {:.1} MB/s by the clock", mb / busy.max(1e-9), mb / wall.as_secs_f64())
}

pub fn make(people: u64, table: &mut Table) -> Result<Region> {
    eprintln!("a region of {people} people");
    let world = World::new();
    world.register("N1", Role::RegulatedClinician);
    let region = sample::Region { seed: 2026, people, today: world.now().london_date() };
    let mut desk = Desk::new()?;
    let mut fresh_id = fresh_ids();
    let (mut bytes, mut spent, mut busy) = (0usize, Duration::ZERO, 0.0);
    for first in (0..people).step_by(64) {
        let mut feeds: Vec<(String, record::people::Setting, Vec<Document>)> = Vec::new();
        for person in first..(first + 64).min(people) {
            for feed in region.person(person) {
                bytes += feed.bundle.len();
                let origin = Origin { file: "bench".into(), line: person + 1, index: 0 };
                let document = Document { origin, bytes: feed.bundle.into_bytes(), too_large: false };
                match feeds.iter_mut().find(|(ods, ..)| *ods == feed.ods) {
                    Some((.., documents)) => documents.push(document),
                    None => feeds.push((feed.ods, feed.setting, vec![document])),
                }
            }
        }
        let (began, working) = (instant(), processor());
        for (ods, setting, documents) in feeds {
            let source = SourceSpec { organisation: organisation(&ods, &ods), setting };
            let mut store = world.hub.store();
            let mut feed = Feed::new(&mut store, source, world.now(), &mut fresh_id)?;
            admit_batch(&mut store, &mut desk, &mut feed, &documents)?;
        }
        spent += began.elapsed();
        busy += processor() - working;
    }
    table.row(
        "import",
        "sample region, FHIR JSON a second on one core",
        speeds(bytes as u64, spent, busy),
        ">= 20 MB/s",
    );
    let now = world.now();
    let team = world.write(|tx| {
        let team = caseload::put_caseload(tx, "TEAM", "Team", &organisation("ZZC1", "Trust"))?;
        let mut query = tx.prepare("select id from person order by id")?;
        let rows = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        let shares =
            Recorded { choice: Choice::Y3, decided: Some(now), decided_by: DecidedBy::Person, ..Recorded::nothing() };
        for row in rows {
            caseload::join(tx, team, row, Relationship::Established)?;
            trust::record_choice(tx, row, &shares, &format!("bench/{row}"), u64::MAX, now)?;
        }
        Ok(team)
    });
    let began = instant();
    hub::frames::learn(&mut world.hub.store(), now)?;
    while hub::frames::prepare(&mut world.hub.store(), 64, now)? > 0 {}
    table.row("frames", "made ahead of need, per person", crate::stats::short(began.elapsed() / people as u32), "");
    let records = world.write(|tx| {
        let members = caseload::members_after(tx, &[team], 0, u32::MAX)?;
        members
            .into_iter()
            .map(|row| {
                let (_, wholes) = hub::intake::project::chart::facts_of(tx, row, now)?;
                Ok(wholes.into_iter().map(|w| w.json).collect())
            })
            .collect::<Result<Vec<Vec<String>>, rusqlite::Error>>()
    });
    let resources: usize = records.iter().map(Vec::len).sum();
    let json: usize = records.iter().flatten().map(String::len).sum();
    table.row(
        "data",
        "carried resources a person; JSON",
        format!("{:.1}; {:.1} MB", resources as f64 / people as f64, json as f64 / 1e6),
        "60; 26 MB",
    );
    Ok(Region { world, records, people })
}

/// The import of Synthea's patients, where the data lie beside the repository.
pub fn synthea(table: &mut Table) -> Result<()> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/fhir-r4/synthea");
    if !data.exists() {
        table.row("import", "Synthea", "not present".into(), ">= 20 MB/s");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let mut store = Store::open(&folder.path().join("hub.db"), &[7; 32])?;
    let mut fresh_id = fresh_ids();
    let now = record::Stamp::from_millis(stories::world::MORNING);
    let stop = AtomicBool::new(false);
    let mut options =
        Options { source: SourceSpec::default(), now, fresh_id: &mut fresh_id, stop: &stop, again: false };
    let (began, working) = (instant(), processor());
    let report = intake::import(&mut store, &[data], &mut options, &mut |_| ())?;
    let speed = speeds(report.bytes, began.elapsed(), processor() - working);
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find(|l| l.starts_with("VmHWM")).map(|l| l.replace("VmHWM:", "").trim().to_owned());
    table.row(
        "import",
        "Synthea, 430 life records",
        format!("{speed}, {} resources, {} parked", report.resources_total(), report.parked_total()),
        ">= 20 MB/s",
    );
    table.row("memory", "peak of this whole process", peak.context("no /proc").unwrap_or_default(), "flat");
    Ok(())
}
