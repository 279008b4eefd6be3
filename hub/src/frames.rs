//! A person's frames, made when first wanted and kept until something changes: facts projected from every source's resources, folded with
//! the region's dictionary. Beside them a small index says which fact last changed when, so that a change re-sends only what
//! changed. Not a decision of who gets them: that is `routing` and the door.

use crate::cached;
use crate::intake::project::chart::facts_of;
use crate::store::{Store, StoreFault, caseload, frames as rows, people, trust};
use record::canon::{Reader, Writer};
use record::consent::Relationship;
use record::feed::{Listing, Rules, Seq};
use record::section::Compartment;
use record::summary::{Body, Detail, Fact, FactKey, Standing};
use record::{PersonId, Section, Stamp};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use sync::frame::{Dictionary, Folder, FrameFault, HUB_LEVEL, Whole, facts_to_bytes, wholes_to_bytes};
use sync::letter::Letter;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum FramesFault {
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error("the database could not be read or written")]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Frame(#[from] FrameFault),
    #[error("a stored {what} could not be read back")]
    Corrupt { what: &'static str },
}

/// Bytes of one sample.
const SAMPLE: usize = 8 << 10;
/// Learn from at most this many people and bytes of sample.
const LEARN_FROM: u32 = 200;
const LEARN_BYTES: usize = 12 << 20;

/// A person as ready to send.
#[derive(Debug)]
pub struct Ready {
    pub person: PersonId,
    pub row: i64,
    pub head: Seq,
    pub listing: Listing,
    pub frames: Vec<(Compartment, Vec<u8>)>,
}

/// The region's folder, had when something is folded: most posts are answered without, and reading the dictionary would be most of what
/// their answer costs.
pub struct Folds {
    region: Option<Folder>,
    plain: Folder,
}

impl Default for Folds {
    fn default() -> Folds {
        Folds { region: None, plain: Folder::new(Dictionary::none(), HUB_LEVEL) }
    }
}

impl Folds {
    pub fn region(&mut self, tx: &Transaction<'_>) -> Result<&mut Folder, FramesFault> {
        match &mut self.region {
            Some(folder) => Ok(folder),
            none => Ok(none.insert(folder(tx)?)),
        }
    }

    /// Whatever writes this letter: the region's folder where one is needed.
    pub fn of(&mut self, letter: &Letter, tx: &Transaction<'_>) -> Result<&mut Folder, FramesFault> {
        if letter.needs_dictionary() { self.region(tx) } else { Ok(&mut self.plain) }
    }
}

/// Folds with the newest dictionary of the region.
pub fn folder(tx: &Transaction<'_>) -> Result<Folder, FramesFault> {
    let dictionary = match trust::dictionary(tx)? {
        Some((id, bytes)) => Dictionary::read(id, &bytes)?,
        None => Dictionary::none(),
    };
    Ok(Folder::new(dictionary, HUB_LEVEL))
}

/// The frames of a person, made now if they are missing or old.
pub fn ready(tx: &Transaction<'_>, folder: &mut Folder, row: i64, now: Stamp) -> Result<Ready, FramesFault> {
    let (person, head) = rows::person(tx, row)?;
    if rows::made_with(tx, row)? != Some((head, folder.dictionary().id())) {
        make(tx, folder, (row, person), head, now)?;
    }
    let mut frames = Vec::new();
    for (number, bytes) in rows::all(tx, row)? {
        let compartment = Compartment::from_number(number).ok_or(FramesFault::Corrupt { what: "frame" })?;
        frames.push((compartment, bytes));
    }
    let listing = people::listing(tx, row)?.ok_or(FramesFault::Corrupt { what: "listing" })?;
    let listing = serde_json::from_str(&listing).map_err(|_| FramesFault::Corrupt { what: "listing" })?;
    Ok(Ready { person, row, head: Seq(head), listing, frames })
}

/// What of a person changed after `cursor`.
#[derive(Debug)]
pub struct Delta {
    pub facts: Vec<Fact>,
    pub gone: Vec<FactKey>,
    pub whole: Vec<Whole>,
    /// Present when the row for lists changed too.
    pub listing_changed: bool,
}

/// The facts and resources of a person that changed after `cursor`, from the frames as they are now.
pub fn delta(tx: &Transaction<'_>, folder: &mut Folder, now: &Ready, cursor: Seq) -> Result<Delta, FramesFault> {
    let index = index(tx, now.row)?;
    // A resource that may not be shown whole any more takes the device's copy with it: the fact of its name is sent again.
    let unshown = |key: &str| {
        let whole = index.facts.get(&format!("={key}"));
        whole.is_some_and(|entry| entry.hash == GONE && entry.seq > cursor.0)
    };
    let changed = |key: &str| index.facts.get(key).is_some_and(|entry| entry.seq > cursor.0) || unshown(key);
    let mut delta =
        Delta { facts: Vec::new(), gone: Vec::new(), whole: Vec::new(), listing_changed: index.listing > cursor.0 };
    for (compartment, bytes) in &now.frames {
        match compartment {
            Compartment::Emergency | Compartment::General => {
                delta.facts.extend(folder.unfold_facts(bytes)?.into_iter().filter(|f| changed(&f.key.0)));
            }
            Compartment::Whole => {
                let key = |w: &Whole| format!("={}", w.key);
                delta.whole.extend(folder.unfold_wholes(bytes)?.into_iter().filter(|w| changed(&key(w))));
            }
        }
    }
    let gone = index.facts.iter().filter(|(_, entry)| entry.hash == GONE && entry.seq > cursor.0);
    let gone: BTreeSet<&str> = gone.map(|(key, _)| key.strip_prefix('=').unwrap_or(key)).collect();
    delta.gone.extend(gone.into_iter().map(|key| FactKey(key.to_owned())));
    Ok(delta)
}

/// Adds to somebody's frames what is sealed of their shared plan, where the plan may not go.
pub fn add_said(
    folder: &mut Folder,
    frames: &mut [(Compartment, Vec<u8>)],
    said: Vec<Fact>,
) -> Result<(), FramesFault> {
    let emergency = frames.iter_mut().find(|(compartment, _)| *compartment == Compartment::Emergency);
    let Some((compartment, frame)) = emergency.filter(|_| !said.is_empty()) else { return Ok(()) };
    let mut facts = folder.unfold_facts(frame)?;
    facts.extend(said);
    *frame = folder.fold_frame(*compartment, &facts_to_bytes(&facts)?)?;
    Ok(())
}

/// Projects, folds and stores a person's frames, and notes which facts differ from the ones before.
fn make(
    tx: &Transaction<'_>,
    folder: &mut Folder,
    (row, person): (i64, PersonId),
    head: u64,
    now: Stamp,
) -> Result<(), FramesFault> {
    let (facts, wholes) = gathered(tx, row, now)?;
    // Who somebody is stands on the list whoever said it; what a source may not have cached stays here.
    let listing = listing(tx, row, person, &facts)?;
    let (facts, wholes) = cached::kept(facts, wholes, &cached::blocked(tx)?);
    let mut index = index(tx, row)?;
    let mut seen = BTreeSet::new();
    let mut note = |key: String, bytes: &[u8]| {
        let hash = short_hash(bytes);
        let entry = index.facts.entry(key.clone()).or_insert(Indexed { hash: GONE, seq: 0 });
        if entry.hash != hash {
            *entry = Indexed { hash, seq: head };
        }
        seen.insert(key);
    };
    for fact in &facts {
        note(fact.key.0.clone(), &facts_to_bytes(std::slice::from_ref(fact))?);
    }
    for whole in &wholes {
        note(format!("={}", whole.key), whole.json.as_bytes());
    }
    for (key, entry) in &mut index.facts {
        if !seen.contains(key) && entry.hash != GONE {
            *entry = Indexed { hash: GONE, seq: head };
        }
    }
    let json = serde_json::to_string(&listing).map_err(|_| FramesFault::Corrupt { what: "listing" })?;
    let before = people::listing(tx, row)?;
    if before.as_deref().is_none_or(|before| says_more(before, &listing)) {
        index.listing = head;
    }
    people::set_listing(tx, row, &json)?;
    let (emergency, general): (Vec<Fact>, Vec<Fact>) =
        facts.into_iter().partition(|fact| fact.compartment() == Compartment::Emergency);
    let made = rows::Made { row, head, dictionary: folder.dictionary().id() };
    for (compartment, raw) in [
        (Compartment::Emergency, facts_to_bytes(&emergency)?),
        (Compartment::General, facts_to_bytes(&general)?),
        (Compartment::Whole, wholes_to_bytes(&wholes)),
    ] {
        rows::put(tx, made, compartment.number(), raw.len(), &folder.fold_frame(compartment, &raw)?)?;
    }
    Ok(rows::put_index(tx, made, &index.to_bytes())?)
}

/// A person's facts and whole resources, as projected from every source.
fn gathered(tx: &Transaction<'_>, row: i64, now: Stamp) -> rusqlite::Result<(Vec<Fact>, Vec<Whole>)> {
    let (facts, wholes) = facts_of(tx, row, now)?;
    Ok((facts, wholes.into_iter().map(|w| Whole { key: w.key.0, source: w.source, json: w.json }).collect()))
}

/// Whether a row for lists says anything else than the one before, but for when it was made: devices carry that on themselves.
fn says_more(before: &str, now: &Listing) -> bool {
    serde_json::from_str(before).map_or(true, |before: Listing| Listing { as_at: now.as_at, ..before } != *now)
}

fn listing(tx: &Transaction<'_>, row: i64, person: PersonId, facts: &[Fact]) -> Result<Listing, FramesFault> {
    // The same choice of demographics as the chart's banner.
    let chart = record::chart::Chart::assemble(facts.iter().cloned(), record::Sections::NONE);
    let demographics = chart.demographics.into_iter().next().map(|d| d.value).unwrap_or_default();
    let listing = Listing::of(person, &demographics, flags(facts), rows::newest(tx, row)?);
    Ok(Listing { medicines_at: rows::newest_medicine(tx, row)?, ..listing })
}

/// So many flags stand in a list, each of at most so many letters.
const FLAGS: usize = 3;
const FLAG_LETTERS: usize = 40;

/// Flags for a list: current alerts by the words of their source, those that concern safety first; a long one is shortened, and how many
/// more there are is said. What the alert is about is opened with the record.
fn flags(facts: &[Fact]) -> Vec<String> {
    let mut flags: Vec<(u8, &str)> = facts
        .iter()
        .filter_map(|fact| match &fact.body {
            Body::Item(Section::Alerts, item) if item.standing == Standing::Current => match &item.detail {
                Detail::Alert { category, priority } => {
                    Some((weight(&item.title, category.as_deref(), priority.as_deref()), item.title.as_str()))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    flags.sort_by(|(a, one), (b, other)| (a, one.len(), one).cmp(&(b, other.len(), other)));
    flags.dedup_by_key(|(_, title)| *title);
    let more = flags.len().saturating_sub(FLAGS);
    let shown = flags.into_iter().take(FLAGS).map(|(_, title)| match title.char_indices().nth(FLAG_LETTERS) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    });
    shown.chain((more > 0).then(|| format!("+{more}"))).collect()
}

/// How far forward a flag stands: what its source calls high, then what may harm who comes or who is visited, then the rest
/// (`reference/records.md`, local flags).
fn weight(title: &str, category: Option<&str>, priority: Option<&str>) -> u8 {
    const HARM: [&str; 16] = [
        "violen",
        "aggress",
        "lone",
        "weapon",
        "two people",
        "danger",
        "safeguard",
        "oxygen",
        "infect",
        "mrsa",
        "suicid",
        "self-harm",
        "chok",
        "swallow",
        "risk",
        "seizure",
    ];
    let said = format!("{title} {}", category.unwrap_or_default()).to_lowercase();
    match (priority.is_some_and(|p| p.to_lowercase().contains("high")), HARM.iter().any(|word| said.contains(word))) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// Makes frames for up to `limit` people on caseloads whose frames are old; gives how many. Called until it gives zero.
pub fn prepare(store: &mut Store, limit: u32, now: Stamp) -> Result<usize, FramesFault> {
    let mut fault = None;
    let done = store.write(|tx| {
        let work = || -> Result<usize, FramesFault> {
            let mut folder = folder(tx)?;
            let stale = caseload::stale_members(tx, limit)?;
            for row in &stale {
                ready(tx, &mut folder, *row, now)?;
            }
            Ok(stale.len())
        };
        work().map_err(|f| {
            fault = Some(f);
            rusqlite::Error::ExecuteReturnedResults
        })
    });
    match (done, fault) {
        (_, Some(fault)) => Err(fault),
        (done, None) => Ok(done?),
    }
}

/// Trains the region's dictionary on the people who are on caseloads, once there are enough of them; gives whether it did.
pub fn learn(store: &mut Store, now: Stamp) -> Result<bool, FramesFault> {
    let samples = store.read(|tx| {
        if trust::dictionary(tx)?.is_some() {
            return Ok((Vec::new(), Vec::new()));
        }
        let (mut facts, mut wholes, mut bytes) = (Vec::new(), Vec::new(), 0);
        for row in rows::sample(tx, LEARN_FROM)? {
            let (of_one, whole) = gathered(tx, row, now)?;
            facts.push(about(tx, row, &of_one).unwrap_or_default());
            // A fact that cannot be written is no sample; it is a fault where it is sent.
            let (of_one, whole) = (facts_to_bytes(&of_one).unwrap_or_default(), wholes_to_bytes(&whole));
            bytes += of_one.len() + whole.len();
            facts.extend(of_one.chunks(SAMPLE).map(<[u8]>::to_vec));
            wholes.extend(whole.chunks(SAMPLE).map(<[u8]>::to_vec));
            if bytes > LEARN_BYTES {
                break;
            }
        }
        Ok((facts, wholes))
    })?;
    let Some(learnt) = Dictionary::train(1, &samples.0, &samples.1) else { return Ok(false) };
    store.write(|tx| trust::put_dictionary(tx, learnt.id(), &learnt.to_bytes()))?;
    Ok(true)
}

/// What a person's letter says beside the frames: samples of it, so that the dictionary knows its words.
fn about(tx: &Transaction<'_>, row: i64, facts: &[Fact]) -> Result<Vec<u8>, FramesFault> {
    let (person, head) = rows::person(tx, row)?;
    let recorded = trust::choice(tx, row)?.1;
    let rules = Rules { person, version: Seq(head), relationship: Relationship::Established, recorded };
    let corrupt = |_| FramesFault::Corrupt { what: "listing" };
    let listing = serde_json::to_vec(&listing(tx, row, person, facts)?).map_err(corrupt)?;
    Ok([listing, serde_json::to_vec(&rules).map_err(corrupt)?].concat())
}

// ---- the index ----------------------------------------------------------------------------------------------------------

/// Which fact last changed at which sequence number.
struct Index {
    listing: u64,
    facts: BTreeMap<String, Indexed>,
}

#[derive(Clone, Copy)]
struct Indexed {
    hash: u64,
    seq: u64,
}

/// The hash of a fact that is no more.
const GONE: u64 = 0;

impl Index {
    fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new(1).number(self.listing).number(self.facts.len() as u64);
        self.facts.iter().fold(head, |to, (key, e)| to.text(key).number(e.hash).number(e.seq)).finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Index, record::canon::NotCanonical> {
        let mut from = Reader::new(bytes, 1)?;
        let listing = from.number()?;
        let mut facts = BTreeMap::new();
        for _ in 0..from.number()? {
            let key = from.text()?.to_owned();
            facts.insert(key, Indexed { hash: from.number()?, seq: from.number()? });
        }
        from.end()?;
        Ok(Index { listing, facts })
    }
}

fn index(tx: &Transaction<'_>, row: i64) -> Result<Index, FramesFault> {
    match rows::index(tx, row)? {
        Some(bytes) => Index::from_bytes(&bytes).map_err(|_| FramesFault::Corrupt { what: "index" }),
        None => Ok(Index { listing: 0, facts: BTreeMap::new() }),
    }
}

/// Eight bytes of SHA-256, never [`GONE`]: enough to notice a change, no secret.
fn short_hash(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    let head = digest.first_chunk::<8>().map_or(1, |eight| u64::from_le_bytes(*eight));
    head.max(1)
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
