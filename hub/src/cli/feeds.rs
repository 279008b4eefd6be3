//! Taking records in: import, the sample region, and making frames ahead of need. Long work shows progress, can be
//! interrupted with Ctrl-C and goes on from there the next time.

use super::home::{now, open, operator, random};
use super::{Import, Sample, Shown};
use anyhow::{Context, Result, bail};
use hub::frames;
use hub::intake::admit::{Desk, Feed, admit_batch};
use hub::intake::read::{Document, Origin};
use hub::intake::{self, Options, Progress, Report, SourceSpec};
use hub::sample::Region;
use hub::store::{Store, audit, caseload, people, trust};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use record::PersonId;
use record::audit::{Event, FeedDeed, HubAct};
use record::people::{Actor, Organisation, Setting};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn setting(word: &str) -> Result<Setting> {
    Ok(match word {
        "gp-practice" => Setting::GpPractice,
        "hospital" => Setting::Hospital,
        "community" => Setting::Community,
        "mental-health" => Setting::MentalHealth,
        "ambulance" => Setting::Ambulance,
        "social-care" => Setting::SocialCare,
        "care-home" => Setting::CareHome,
        "other" => Setting::Other,
        _ => bail!(
            "the setting is gp-practice, hospital, community, mental-health, ambulance, social-care, care-home or other"
        ),
    })
}

/// Set by Ctrl-C: the work in hand is committed, then the verb ends.
fn on_interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    std::thread::Builder::new().name("interrupt".into()).spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            told.store(true, Ordering::Relaxed);
        }
    })?;
    Ok(stop)
}

fn bar(total: u64, json: bool, template: &str) -> Result<ProgressBar> {
    let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template(template)?;
    Ok(ProgressBar::with_draw_target(Some(total), target).with_style(style))
}

pub fn import(home: &Path, asked: &Import, json: bool) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let name = asked.source_name.clone().unwrap_or_else(|| match asked.source.as_str() {
        "UNKNOWN" => "Unnamed source".to_owned(),
        code => code.to_owned(),
    });
    let organisation = Organisation { ods: asked.source.clone(), name };
    let source = SourceSpec { organisation, setting: setting(&asked.setting)? };
    let stop = on_interrupt()?;
    let bar = bar(0, json, "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} eta {eta}  {msg}")?;
    let mut show = |p: &Progress| {
        bar.set_length(p.bytes_total);
        bar.set_position(p.bytes);
        bar.set_message(format!("{} resources, {} people, {} parked", p.resources, p.people, p.parked));
    };
    let ods = Some(asked.source.clone());
    did(
        &mut store,
        HubAct::Feed { deed: FeedDeed::ImportBegun, source: ods.clone(), count: asked.paths.len() as u64 },
    )?;
    let mut fresh_id = || PersonId::from_bytes(random());
    let mut options = Options { source, now: now(), fresh_id: &mut fresh_id, stop: &stop, again: asked.again };
    let report = intake::import(&mut store, &asked.paths, &mut options, &mut show)?;
    bar.finish_and_clear();
    did(&mut store, HubAct::Feed { deed: FeedDeed::ImportEnded, source: ods, count: report.resources_total() })?;
    let mut text = summary(&report);
    if stop.load(Ordering::Relaxed) {
        text.push_str("Interrupted. What was read is kept; run the same command to go on.\n");
    }
    let fell_short = report.stopped || !report.files_failed.is_empty();
    Ok(Shown { fell_short, ..Shown::new(serde_json::to_value(&report)?, text) })
}

/// Records an act of whoever runs the verb.
fn did(store: &mut Store, act: HubAct) -> Result<()> {
    store.write(|tx| audit::act(tx, &operator(), Event::Hub(act), now()))?;
    Ok(())
}

fn summary(report: &Report) -> String {
    let matched: u64 = report.people_matched.values().sum();
    let mut text = format!(
        "{} files ({} taken in before), {} documents, {} resources: {} new, {} changed, {} unchanged, {} older.\n\
         {} people new, {} matched.\n",
        report.files,
        report.files_already,
        report.documents,
        report.resources_total(),
        report.new,
        report.changed,
        report.unchanged,
        report.older,
        report.people_new,
        matched,
    );
    if report.parked_total() > 0 {
        text.push_str(&format!("{} parked (satchel-hub parked shows them):\n", report.parked_total()));
        for (reason, count) in &report.parked {
            text.push_str(&format!("  {count:>7}  {reason}\n"));
        }
    }
    if report.parked_before > 0 {
        text.push_str(&format!("{} not taken in, and parked or settled before.\n", report.parked_before));
    }
    if let Some(line) = report.unread_line() {
        text.push_str(&format!("{line}\n"));
    }
    for fault in &report.files_failed {
        text.push_str(&format!("could not be read: {} ({})\n", fault.file, fault.why));
    }
    text
}

/// People of the sample taken in as one unit of work.
const PEOPLE_A_BATCH: u64 = 64;

pub fn sample(home: &Path, asked: &Sample, json: bool) -> Result<Shown> {
    if asked.people == 0 || asked.people > Region::MOST {
        bail!("a sample region has 1 to {} people", Region::MOST);
    }
    let (_, _, mut store) = open(home)?;
    let now = now();
    let region = Region { seed: asked.seed, people: asked.people, today: now.london_date() };
    let stop = on_interrupt()?;
    let organisations = region.organisations();
    let named = |ods: &record::OdsCode| {
        let found = organisations.iter().find(|o| o.ods == *ods);
        Organisation { ods: ods.clone(), name: found.map_or_else(|| ods.to_string(), |o| o.name.clone()) }
    };
    store.write(|tx| {
        for o in &organisations {
            let id = people::source(tx, &Organisation { ods: o.ods.clone(), name: o.name.clone() }, o.setting, now)?;
            people::rename_source(tx, id, &o.name, o.setting)?;
        }
        for member in region.staff() {
            let organisation = named(&member.organisation);
            let (staff, title) = (member.id, member.title.to_owned());
            caseload::put_staff(tx, &Actor { staff, name: member.name, role: member.role, title, organisation }, true)?;
        }
        Ok(())
    })?;
    let bar = bar(asked.people, json, "{bar:30} {pos}/{len} people  {per_sec} eta {eta}")?;
    let mut desk = Desk::new()?;
    let mut fresh_id = || PersonId::from_bytes(random());
    let mut done = 0;
    for first in (0..asked.people).step_by(PEOPLE_A_BATCH as usize) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let last = (first + PEOPLE_A_BATCH).min(asked.people);
        take_in(&mut store, &mut desk, &region, first..last, &named, now, &mut fresh_id)?;
        record_choices(&mut store, &region, first..last, now)?;
        done = last;
        bar.set_position(last);
    }
    bar.finish_and_clear();
    if done < asked.people {
        bail!("interrupted after {done} of {} people; run the same command to go on", asked.people);
    }
    let caseloads = region.caseloads();
    for list in &caseloads {
        put_caseload(&mut store, &region, list, &named(&list.organisation))?;
    }
    did(&mut store, HubAct::Feed { deed: FeedDeed::SampleMade, source: None, count: asked.people })?;
    let made = make_frames(&mut store, json)?;
    let value = json!({
        "people": asked.people, "seed": asked.seed, "organisations": organisations.len(),
        "staff": region.staff().len(), "caseloads": caseloads.len(), "frames": made, "nurse": "N0001",
    });
    let text = format!(
        "A region of {} invented people (seed {}), {} organisations, {} staff, {} caseloads.\n\
         The sample nurse is N0001: satchel-hub enrol --sample prints a ticket for a device.",
        asked.people,
        asked.seed,
        organisations.len(),
        region.staff().len(),
        caseloads.len()
    );
    Ok(Shown::new(value, text))
}

/// What each source says of these people, through the same intake as any feed.
fn take_in(
    store: &mut Store,
    desk: &mut Desk,
    region: &Region,
    people: std::ops::Range<u64>,
    named: &dyn Fn(&record::OdsCode) -> Organisation,
    now: record::Stamp,
    fresh_id: &mut dyn FnMut() -> PersonId,
) -> Result<()> {
    let mut by_source: std::collections::BTreeMap<String, (Setting, Vec<Document>)> = std::collections::BTreeMap::new();
    for person in people {
        for feed in region.person(person) {
            let origin = Origin { file: format!("sample:{}", feed.ods).into(), line: person + 1, index: 0 };
            let document = Document { origin, bytes: feed.bundle.into_bytes(), too_large: false };
            by_source.entry(feed.ods).or_insert((feed.setting, Vec::new())).1.push(document);
        }
    }
    for (ods, (setting, documents)) in by_source {
        let organisation = named(&ods.parse().context("an organisation of the sample")?);
        let source = SourceSpec { organisation, setting };
        let mut feed = Feed::new(store, source, now, fresh_id)?;
        admit_batch(store, desk, &mut feed, &documents)?;
    }
    Ok(())
}

fn record_choices(store: &mut Store, region: &Region, people: std::ops::Range<u64>, now: record::Stamp) -> Result<()> {
    store.write(|tx| {
        for person in people {
            let recorded = region.choice(person);
            if recorded.choice == record::consent::Choice::None {
                continue;
            }
            for row in rows_of(tx, region, person)? {
                let key = format!("sample/{}/{person}", region.seed);
                trust::record_choice(tx, row, &recorded, &key, u64::MAX, now)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn put_caseload(store: &mut Store, region: &Region, list: &hub::sample::Caseload, of: &Organisation) -> Result<()> {
    store.write(|tx| {
        let id = caseload::put_caseload(tx, &list.code, &list.name, of)?;
        for staff in &list.staff {
            caseload::assign(tx, id, staff)?;
        }
        for (person, relationship) in &list.people {
            for row in rows_of(tx, region, *person)? {
                caseload::join(tx, id, row, *relationship)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn rows_of(tx: &rusqlite::Transaction<'_>, region: &Region, person: u64) -> rusqlite::Result<Vec<i64>> {
    let Some(nhs) = region.nhs_number(person) else { return Ok(Vec::new()) };
    let holders = people::holders(tx, "https://fhir.nhs.uk/Id/nhs-number", &nhs.digits())?;
    Ok(holders.into_iter().map(|(row, _)| row).collect())
}

pub fn prepare(home: &Path, json: bool) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let made = make_frames(&mut store, json)?;
    Ok(Shown::new(json!({ "made": made }), format!("{made} people's frames made.")))
}

fn make_frames(store: &mut Store, json: bool) -> Result<usize> {
    let bar = bar(0, json, "{spinner} frames: {pos}")?;
    frames::learn(store, now())?;
    let mut made = 0;
    loop {
        let more = frames::prepare(store, 64, now())?;
        if more == 0 {
            bar.finish_and_clear();
            return Ok(made);
        }
        made += more;
        bar.set_position(made as u64);
    }
}
