//! The privacy officer's verbs: prove, export, print, publish, check, and the alarms. Looking at the audit is itself an act of the hub and
//! stands in its chain.

use super::Shown;
use super::home::{now, open, operator};
use anyhow::{Context, Result, bail};
use clap::{Args as ClapArgs, Subcommand};
use data_encoding::HEXLOWER;
use hub::audit::file::{self, key_from};
use hub::audit::heads::{self, Published, Verdict};
use hub::audit::names::{NHS_NUMBER, Names};
use hub::audit::verify::Proved;
use hub::audit::{fhir, patient};
use hub::store::{Store, alarms, audit, log, people};
use jiff::SignedDuration;
use record::audit::{AuditUse, Entry, Event, HubAct};
use record::{NhsNumber, PersonId, Stamp};
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum AuditVerb {
    /// Prove the whole log: this hub's own, or with FILE an exported one, from outside
    Verify {
        /// A file that `audit export --log` wrote
        file: Option<PathBuf>,
        /// A file with the hub's public key as `audit key` prints it; without it, this hub's own
        #[arg(long, requires = "file")]
        key: Option<PathBuf>,
    },
    /// Write the log as a file that proves itself, or as FHIR AuditEvents
    Export(Export),
    /// Who looked at one person's record, when and why, in words for that person
    Patient {
        /// Their NHS number; `-` reads it from standard input
        nhs_number: String,
    },
    /// Breaks, forks, rollbacks, wrong times and missing tails that wait for review
    Alarms {
        /// Those reviewed too
        #[arg(long)]
        all: bool,
        /// A session that did not end is missing its tail after so many hours without a word. The entry of signing out travels with
        /// the next sign-in, so shorter than a person's usual absence raises alarms about holidays
        #[arg(long, default_value_t = 168)]
        silent_hours: u32,
    },
    /// Say that an alarm was reviewed; a quarantine it caused ends
    Acknowledge {
        alarm: u64,
        #[arg(long)]
        reason: String,
    },
    /// Add the signed head of the log to a file in a second place
    Publish {
        /// The file, or a folder for it
        to: PathBuf,
    },
    /// Check the log against heads that were published
    Check { file: PathBuf },
    /// The hub's public key, for whoever verifies from outside
    Key,
}

#[derive(ClapArgs)]
pub struct Export {
    /// The whole log, with what proves it
    #[arg(long, value_name = "FILE", conflicts_with = "fhir", required_unless_present = "fhir")]
    log: Option<PathBuf>,
    /// FHIR R4 AuditEvents by IHE BALP, one a line
    #[arg(long)]
    fhir: bool,
    /// From this moment (RFC 3339), by the author's clock
    #[arg(long, requires = "fhir", value_parser = moment)]
    from: Option<Stamp>,
    /// Before this moment
    #[arg(long, requires = "fhir", value_parser = moment)]
    to: Option<Stamp>,
    /// Where to; without it, standard output
    #[arg(long, requires = "fhir")]
    out: Option<PathBuf>,
}

fn moment(text: &str) -> Result<Stamp, String> {
    Stamp::parse(text).ok_or_else(|| "is a moment like 2026-03-10T14:02:00Z".to_owned())
}

pub fn run(home: &Path, verb: AuditVerb) -> Result<Shown> {
    match verb {
        AuditVerb::Verify { file: Some(file), key } => verify_file(home, &file, key.as_deref()),
        AuditVerb::Verify { file: None, .. } => verify_store(home),
        AuditVerb::Export(Export { log: Some(path), .. }) => export_log(home, &path),
        AuditVerb::Export(asked) => export_fhir(home, &asked),
        AuditVerb::Patient { nhs_number } => print_patient(home, &nhs_number),
        AuditVerb::Alarms { all, silent_hours } => show_alarms(home, all, silent_hours),
        AuditVerb::Acknowledge { alarm, reason } => acknowledge(home, alarm, &reason),
        AuditVerb::Publish { to } => publish(home, &to),
        AuditVerb::Check { file } => check(home, &file),
        AuditVerb::Key => {
            let (_, authority, _) = open(home)?;
            let key = HEXLOWER.encode(authority.signing.verifying_key().as_bytes());
            Ok(Shown::new(json!({ "key": key }), key.clone()))
        }
    }
}

/// Records that the audit was used, and how.
fn used(store: &mut Store, how: AuditUse, entries: u64) -> Result<()> {
    let event = Event::Hub(HubAct::AuditUsed { how, entries });
    store.write(|tx| audit::act(tx, &operator(), event, now()))?;
    Ok(())
}

// ---- proving ------------------------------------------------------------------------------------------------------------

fn verify_store(home: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let mut proved = None;
    store.read(|tx| {
        proved = Some(file::prove_store(tx, authority.signing.verifying_key()));
        Ok(())
    })?;
    let proved = proved.context("the log was not read")??;
    used(&mut store, AuditUse::Verified, proved.entries)?;
    Ok(holds(&proved))
}

fn verify_file(home: &Path, path: &Path, key: Option<&Path>) -> Result<Shown> {
    let hub = match key {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            key_from(&text)
                .with_context(|| format!("{} is not a public key as `audit key` prints it", path.display()))?
        }
        None => open(home)?.1.signing.verifying_key(),
    };
    let mut reader = BufReader::new(File::open(path).with_context(|| format!("opening {}", path.display()))?);
    Ok(holds(&file::prove(&mut reader, &hub)?))
}

fn holds(proved: &Proved) -> Shown {
    let text = format!(
        "The log holds: {} entries ({} kept aside) of {} chains in {} epochs, {} batches signed by their authors.\nRoot {}",
        proved.entries, proved.aside, proved.chains, proved.epochs, proved.batches, proved.root
    );
    Shown::new(json!({ "holds": true, "proved": proved }), text)
}

// ---- handing out --------------------------------------------------------------------------------------------------------

fn export_log(home: &Path, path: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let count = store.read(log::size)?;
    // Written before the log is, so that the file says of itself that it was made.
    used(&mut store, AuditUse::Exported, count)?;
    let mut to = BufWriter::new(File::create_new(path).with_context(|| format!("making {}", path.display()))?);
    let mut written = None;
    store.read(|tx| {
        written = Some(file::write(tx, &authority.signing, now(), &mut to));
        Ok(())
    })?;
    let written = written.context("the log was not read")??;
    to.into_inner().context("writing the file")?.sync_all()?;
    let text = format!(
        "{written} entries in {}. Verify anywhere: satchel-hub audit verify FILE --key KEYFILE",
        path.display()
    );
    Ok(Shown::new(json!({ "entries": written, "file": path }), text))
}

fn export_fhir(home: &Path, asked: &Export) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let mut to: Box<dyn Write> = match &asked.out {
        Some(path) => {
            Box::new(BufWriter::new(File::create_new(path).with_context(|| format!("making {}", path.display()))?))
        }
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let within = |at: Stamp| asked.from.is_none_or(|from| at >= from) && asked.to.is_none_or(|to| at < to);
    let (mut entries, mut events, mut failed) = (0u64, 0u64, None);
    store.read(|tx| {
        let names = Names::load(tx)?;
        file::each(tx, |held| -> rusqlite::Result<()> {
            if failed.is_some() || !Entry::from_bytes(&held.bytes).is_ok_and(|entry| within(entry.at)) {
                return Ok(());
            }
            entries += 1;
            for event in fhir::events(tx, &names, &held)? {
                events += 1;
                failed = failed.take().or(writeln!(to, "{event}").err());
            }
            Ok(())
        })
    })?;
    if let Some(failed) = failed {
        return Err(failed).context("writing the events");
    }
    to.flush()?;
    used(&mut store, AuditUse::ExportedAsFhir, entries)?;
    match &asked.out {
        Some(path) => Ok(Shown::new(
            json!({ "entries": entries, "events": events, "file": path }),
            format!("{events} AuditEvents of {entries} entries in {}.", path.display()),
        )),
        None => Ok(Shown::nothing()),
    }
}

fn print_patient(home: &Path, typed: &str) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let typed = if typed == "-" { std::io::read_to_string(std::io::stdin())? } else { typed.to_owned() };
    let number: NhsNumber = typed.trim().parse().ok().context("that is not an NHS number")?;
    let holders = store.read(|tx| people::holders(tx, NHS_NUMBER, &number.digits()))?;
    let row = match holders.as_slice() {
        [(row, _)] => *row,
        [] => bail!("nobody with this NHS number is known here"),
        _ => bail!("more than one person is recorded under this NHS number; it must be settled first"),
    };
    let looks = store.write(|tx| {
        let person: PersonId = people::person_id(tx, row)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        // Whoever prints the list is on it.
        audit::act(tx, &operator(), Event::AuditRead { subject: person }, now())?;
        patient::looks(tx, person)
    })?;
    Ok(Shown::new(json!({ "looks": looks }), patient::as_text(&looks)))
}

// ---- alarms -------------------------------------------------------------------------------------------------------------

fn show_alarms(home: &Path, all: bool, silent_hours: u32) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let (at, before) = (now(), now().plus(SignedDuration::from_hours(-i64::from(silent_hours))));
    let alarms = store.write(|tx| {
        alarms::raise_missing_tails(tx, before, at)?;
        alarms::list(tx, all)
    })?;
    let mut text = String::new();
    for alarm in &alarms {
        text.push_str(&format!(
            "{:>4}  {}  {:<13} {} epoch {} entry {}\n      {}\n",
            alarm.id,
            alarm.raised.display(),
            alarm.kind,
            alarm.place,
            alarm.epoch,
            alarm.seq,
            alarm.meaning()
        ));
        if let Some((at, by, reason)) = &alarm.acknowledged {
            text.push_str(&format!("      Reviewed {} by {by}: {reason}\n", at.display()));
        }
    }
    if alarms.is_empty() {
        text.push_str("No alarm waits for review.\n");
    }
    let value: Vec<_> = alarms
        .iter()
        .map(|a| {
            let reviewed = a.acknowledged.as_ref();
            json!({
                "id": a.id, "raised": a.raised.to_string(), "kind": a.kind, "place": a.place, "epoch": a.epoch,
                "entry": a.seq, "meaning": a.meaning(), "came": a.came,
                "reviewed": reviewed.map(|(at, by, why)| json!({ "at": at.to_string(), "by": by, "reason": why })),
            })
        })
        .collect();
    Ok(Shown::new(json!({ "alarms": value }), text))
}

fn acknowledge(home: &Path, id: u64, reason: &str) -> Result<Shown> {
    if reason.trim().is_empty() {
        bail!("say why: --reason TEXT");
    }
    let (_, _, mut store) = open(home)?;
    let (by, at) = (operator(), now());
    let alarm = store
        .write(|tx| {
            let Some(alarm) = alarms::acknowledge(tx, id, &by, reason, at)? else { return Ok(None) };
            if alarm.kind == "FORK" {
                audit::quarantine(tx, &alarm.place, None)?;
            }
            let act = HubAct::AlarmAcknowledged { alarm: id, reason: reason.to_owned() };
            audit::act(tx, &by, Event::Hub(act), at)?;
            Ok(Some(alarm))
        })?
        .with_context(|| format!("no alarm {id} waits for review"))?;
    Ok(Shown::new(
        json!({ "alarm": id, "kind": alarm.kind, "by": by }),
        format!("Alarm {id} ({} at {}) is reviewed by {by}.", alarm.kind, alarm.place),
    ))
}

// ---- a second place -----------------------------------------------------------------------------------------------------

fn publish(home: &Path, to: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let path = if to.is_dir() { to.join("satchel-heads.ndjson") } else { to.to_owned() };
    let size = store.read(log::size)?;
    used(&mut store, AuditUse::HeadPublished, size)?;
    let head = store.read(|tx| heads::now(tx, &authority.signing, now()))?;
    let mut line = serde_json::to_string(&head)?;
    line.push('\n');
    let mut options = File::options();
    let mut file =
        options.create(true).append(true).open(&path).with_context(|| format!("opening {}", path.display()))?;
    // One write: a reader never sees half a line.
    file.write_all(line.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("writing {}", path.display()))?;
    let text = format!("The head of {} entries is in {}.", head.size, path.display());
    Ok(Shown::new(serde_json::to_value(&head)?, text))
}

fn check(home: &Path, path: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let hub = authority.signing.verifying_key();
    let lines = BufReader::new(File::open(path).with_context(|| format!("opening {}", path.display()))?).lines();
    let (mut checked, mut newest) = (0u64, 0u64);
    for (number, line) in (1u64..).zip(lines) {
        let published: Published =
            serde_json::from_str(&line?).ok().with_context(|| format!("line {number} is not a published head"))?;
        match store.read(|tx| heads::check(tx, &hub, &published))? {
            Verdict::Fits => (checked, newest) = (checked + 1, newest.max(published.size)),
            Verdict::NotOurs => bail!("line {number}: not signed by this hub"),
            Verdict::Wrong(sign) => {
                store.write(|tx| alarms::raise(tx, (alarms::LOG, 1, published.size), sign.code(), now()))?;
                bail!(
                    "line {number}: {}: this log is not the one whose head of {} entries was published",
                    sign.code(),
                    published.size
                )
            }
        }
    }
    if checked == 0 {
        bail!("{} holds no published head: it was emptied, or it is another file", path.display());
    }
    used(&mut store, AuditUse::HeadsChecked, newest)?;
    let text = format!("The log begins with each of the {checked} published heads; the newest holds {newest} entries.");
    Ok(Shown::new(json!({ "heads": checked, "newest": newest }), text))
}
