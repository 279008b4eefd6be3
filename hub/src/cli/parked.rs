//! `satchel-hub parked`: what could not be taken in. Lists it, shows one with what is needed to decide, and settles it. Looking and settling are entries
//! of the hub's own chain by whoever runs the verb; the rules are `hub::intake::settle`.

use super::Shown;
use super::home::{now, open, operator, random};
use anyhow::{Result, bail};
use clap::{Args as ClapArgs, Subcommand};
use hub::intake::look::{self, Look, Who};
use hub::intake::settle::{self, Hand, Settled, Verdict};
use hub::store::parked;
use hub::store::{Store, audit};
use record::PersonId;
use record::audit::{Event, FeedDeed, HubAct};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Parked {
    /// Only counts, by reason
    #[arg(long)]
    counts: bool,
    /// What was settled too
    #[arg(long)]
    all: bool,
    /// At most this many lines
    #[arg(long, default_value_t = 100)]
    limit: u32,
    #[command(subcommand)]
    verb: Option<ParkedVerb>,
}

#[derive(Subcommand)]
enum ParkedVerb {
    /// What it is, why it waits and how it can be settled; of a patient in doubt, who it may be. It names people
    Show {
        /// As `parked` numbers it
        id: i64,
    },
    /// Settle it: recorded with your name and the reason, and not undone
    Settle {
        /// As `parked` numbers it
        id: i64,
        #[command(flatten)]
        how: How,
        /// Why; no patient details
        #[arg(long)]
        reason: String,
    },
}

#[derive(ClapArgs)]
#[group(required = true, multiple = false)]
struct How {
    /// It is about this person, one of those whom `parked show` names
    #[arg(long, value_name = "PERSON")]
    same_person: Option<PersonId>,
    /// It is about none of them, but about somebody new
    #[arg(long)]
    another_person: bool,
    /// Follow a source that asks to delete: it goes out of the record; every version is kept here
    #[arg(long)]
    delete: bool,
    /// Keep what a source asks to delete
    #[arg(long)]
    keep: bool,
    /// Leave it out of every record
    #[arg(long)]
    set_aside: bool,
}

impl How {
    fn verdict(&self) -> Verdict {
        match self {
            How { same_person: Some(person), .. } => Verdict::SamePerson(*person),
            How { another_person: true, .. } => Verdict::AnotherPerson,
            How { delete: true, .. } => Verdict::Delete,
            How { keep: true, .. } => Verdict::Keep,
            How { .. } => Verdict::SetAside,
        }
    }
}

/// A reason in fewer letters says nothing to whoever reads it later.
const REASON: usize = 10;

pub fn run(home: &Path, asked: Parked) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    match &asked.verb {
        None => list(&mut store, &asked),
        Some(ParkedVerb::Show { id }) => show(&mut store, *id),
        Some(ParkedVerb::Settle { id, how, reason }) => settle(&mut store, *id, how.verdict(), reason.trim()),
    }
}

fn list(store: &mut Store, asked: &Parked) -> Result<Shown> {
    if !asked.counts {
        let act = HubAct::Feed { deed: FeedDeed::ParkedRead, source: None, count: asked.limit.into() };
        store.write(|tx| audit::act(tx, &operator(), Event::Hub(act), now()))?;
    }
    let (counts, settled, rows) = store.read(|tx| {
        let limit = if asked.counts { 0 } else { asked.limit };
        Ok((parked::count(tx)?, parked::count_settled(tx)?, parked::list(tx, asked.all, 0, limit)?))
    })?;
    let mut text = String::new();
    for (reason, count) in &counts {
        text.push_str(&format!("{count:>7}  {reason}\n"));
    }
    for row in &rows {
        text.push_str(&format!("{:>7}  {}:{}  {}  {}\n", row.id, row.file, row.line, row.reason, row.detail));
        if let Some(ruling) = &row.settled {
            text.push_str(&format!("         {}\n", ruled(ruling)));
        }
    }
    if counts.is_empty() {
        text.push_str("Nothing is parked.\n");
    }
    if settled > 0 {
        text.push_str(&format!("{settled} settled by a person (--all lists them too).\n"));
    }
    let rows: Vec<_> = rows.iter().map(line).collect();
    let counts: BTreeMap<_, _> = counts.into_iter().collect();
    Ok(Shown::new(json!({ "counts": counts, "settled": settled, "parked": rows }), text))
}

fn line(row: &parked::Parked) -> Value {
    let settled = row.settled.as_ref().map(ruling);
    json!({ "id": row.id, "file": row.file, "line": row.line, "reason": row.reason, "detail": row.detail, "settled": settled })
}

fn ruling(ruling: &parked::Ruling) -> Value {
    json!({ "at": ruling.at.to_string(), "by": ruling.by, "verdict": ruling.verdict, "why": ruling.why })
}

fn ruled(ruling: &parked::Ruling) -> String {
    format!("{} by {} on {}: {}", ruling.verdict, ruling.by, ruling.at.display(), ruling.why)
}

fn show(store: &mut Store, id: i64) -> Result<Shown> {
    let by = operator();
    let look = look::look(store, id, &Hand { by: &by, why: "", now: now() }, &mut fresh_id)?;
    let mut value = serde_json::to_value(&look)?;
    value["at"] = json!(look.row.at.to_string());
    value["settled"] = json!(look.row.settled.as_ref().map(ruling));
    Ok(Shown::new(value, in_words(&look)))
}

fn in_words(look: &Look) -> String {
    let row = &look.row;
    let mut text = format!("{}  {}\n{}:{}, {}\n", row.id, row.reason, row.file, row.line, row.at.display());
    let mut add = |line: String| text.push_str(&format!("{line}\n"));
    add(row.detail.clone());
    look.sentence.into_iter().for_each(|sentence| add(format!("That means: {sentence}.")));
    look.source.iter().for_each(|source| add(format!("From {source}")));
    if let (Some(kind), Some(rid)) = (&row.kind, &row.rid) {
        add(format!("{kind}/{rid}"));
    }
    if let Some(ruling) = &row.settled {
        add(format!("Settled: {}", ruled(ruling)));
        if look.settles.is_empty() {
            return text;
        }
    }
    if let Some(says) = &look.says {
        add(format!("\nIt says of itself\n{}", who(says)));
    }
    for meant in &look.may_be {
        add(format!("It may be {}: {}", meant.person, meant.because));
        meant.known_as.iter().for_each(|known| add(who(known)));
    }
    match look.in_a_record {
        Some(true) => add("It is in a record now.".to_owned()),
        Some(false) => add("Nothing of that name is in a record now.".to_owned()),
        None => {}
    }
    if look.waiting > 0 {
        add(format!("{} more wait for this one.", look.waiting));
    }
    if let Some(id) = look.waits_for {
        add(format!("It waits for its patient, who is in doubt: parked {id}."));
    }
    add(format!("\nIt can be settled with one of\n  {}\nand --reason TEXT", look.settles.join("\n  ")));
    text
}

fn who(who: &Who) -> String {
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "not said".to_owned());
    format!(
        "    {}\n      name      {}\n      born      {}\n      sex       {}\n      NHS no.   {}",
        who.source,
        if who.names.is_empty() { "not said".to_owned() } else { who.names.join("; ") },
        said(&who.born),
        said(&who.sex),
        if who.nhs_numbers.is_empty() { "none".to_owned() } else { who.nhs_numbers.join("; ") },
    )
}

fn settle(store: &mut Store, id: i64, verdict: Verdict, why: &str) -> Result<Shown> {
    if why.chars().count() < REASON {
        bail!("say why in at least {REASON} letters (--reason), without patient details");
    }
    let by = operator();
    let done = settle::settle(store, id, verdict, &Hand { by: &by, why, now: now() }, &mut fresh_id)?;
    let value = json!({
        "id": id, "verdict": verdict.code(), "changed": done.before.is_none(), "by": by, "person": done.person,
        "new_person": done.is_new, "with_it": done.with_it, "before": done.before.as_ref().map(ruling),
    });
    Ok(Shown::new(value, settled(id, verdict, &done)))
}

fn settled(id: i64, verdict: Verdict, done: &Settled) -> String {
    if let Some(before) = &done.before {
        return format!("{id} had been settled so before: {}", ruled(before));
    }
    let person = done.person.map(|person| person.to_string()).unwrap_or_default();
    let waited = format!("{} that waited are in their record now.", done.with_it);
    match verdict {
        Verdict::SamePerson(_) => format!("{id} is about {person}. {waited}"),
        Verdict::AnotherPerson => format!(
            "{id} is about somebody new, {person}. {waited}\n\
             They are on no caseload yet: `caseload join CODE --list -` takes that id."
        ),
        Verdict::Delete => {
            format!("{id}: taken out of the record; devices hear of it at their next post. Every version is kept here.")
        }
        Verdict::Keep => format!("{id}: kept, and settled."),
        Verdict::SetAside => format!("{id} is set aside, with {} that waited for it. It stays here.", done.with_it),
    }
}

fn fresh_id() -> PersonId {
    PersonId::from_bytes(random())
}
