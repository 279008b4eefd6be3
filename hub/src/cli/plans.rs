//! `satchel-hub plan`: who has a shared care plan, how one stands, and a plan given out as FHIR or as its Automerge document. `list` and
//! `show` say no content. `export` gives content, so the person's choice is asked first, and the giving is an act of the hub's own chain.

use super::{Shown, home};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use hub::plans;
use hub::store::{Store, audit, people, plans as rows, trust};
use record::audit::{Event, PlanAct, PlanDeed};
use record::consent::{Choice, Outcome, Purpose, Rule};
use record::plan::Kind;
use record::{NhsNumber, PersonId, Stamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const NHS_NUMBERS: &str = "https://fhir.nhs.uk/Id/nhs-number";

#[derive(Subcommand)]
pub enum PlanVerb {
    /// Who has one, and changes that were not taken; no content
    List,
    /// How one stands: entries, disagreements, signatures; no content
    Show {
        /// NHS number or person id; `-` reads it from standard input
        whom: String,
    },
    /// Give one out; recorded, and only where the person's choice allows
    Export {
        /// NHS number or person id; `-` reads it from standard input
        whom: String,
        /// As FHIR R4: CarePlan, Goal, Condition, Flag
        #[arg(long)]
        fhir: bool,
        /// As its Automerge document, into this file
        #[arg(long, value_name = "FILE", conflicts_with = "fhir")]
        automerge: Option<PathBuf>,
    },
}

pub fn plan(home: &Path, verb: PlanVerb) -> Result<Shown> {
    let (_, _, mut store) = home::open(home)?;
    match verb {
        PlanVerb::List => list(&mut store),
        PlanVerb::Show { whom } => show(&mut store, &whom),
        PlanVerb::Export { whom, fhir, automerge } => export(&mut store, &whom, fhir, automerge.as_deref()),
    }
}

fn list(store: &mut Store) -> Result<Shown> {
    let all = store.read(rows::all)?;
    let refused = store.read(rows::refusals)?;
    let mut waiting = BTreeMap::new();
    for (person, ..) in &all {
        let row = store.read(|tx| people::person_row(tx, *person))?.context("nobody the hub knows")?;
        let count = store.read(|tx| Ok(plans::waiting(tx, row, *person)))??;
        waiting.extend((count > 0).then_some((*person, count)));
    }
    let waits = |person: &PersonId| waiting.get(person).copied().unwrap_or(0);
    let value = json!({
        "plans": all.iter().map(|(person, changes, at)| json!({ "person": person, "changes": changes, "waiting": waits(person), "newest": at.to_string() })).collect::<Vec<_>>(),
        "refused": refused.iter().map(|(chain, why, count)| json!({ "chain": chain, "why": why, "changes": count })).collect::<Vec<_>>(),
    });
    let line = |(person, changes, at): &(PersonId, u64, Stamp)| {
        format!("{person}  {changes:>6} changes  {}{}\n", at.display(), wait(waits(person)))
    };
    let mut text: String = all.iter().map(line).collect();
    text.push_str(&format!("{} plans.\n", all.len()));
    for (chain, why, count) in refused {
        text.push_str(&format!("ALARM: {count} changes from {chain} were not taken: {why}\n"));
    }
    Ok(Shown::new(value, text))
}

/// That changes are held and in nobody's plan.
fn wait(count: u64) -> String {
    match count {
        0 => String::new(),
        n => format!(
            "  WAITS: {n} changes were made upon others that are not here; they come with the devices that made those"
        ),
    }
}

/// How a plan stands: counts, disagreements, papers. No content.
fn show(store: &mut Store, whom: &str) -> Result<Shown> {
    let (row, person, _) = find(store, whom)?;
    let replica = store.read(|tx| Ok(plans::replica(tx, row, person)))??;
    let mut replica = replica.context("this person has no shared care plan")?;
    let plan = replica.project()?;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for part in &plan.parts {
        part.walk(&mut |node| {
            if !Kind::PARTS.contains(&node.kind) {
                *kinds.entry(node.kind.code()).or_default() += 1;
            }
        });
    }
    let papers: Vec<Value> = plan
        .signed
        .iter()
        .map(|p| json!({ "paper": p.signature.paper.code(), "by": p.signature.by.staff, "at": p.signature.at.to_string(), "changed_since": p.changed_since }))
        .collect();
    let waiting = store.read(|tx| Ok(plans::waiting(tx, row, person)))??;
    let updated = plan.updated.map(|at| at.to_string());
    let value = json!({ "person": person, "entries": kinds, "disagreements": plan.disputes(), "signed": papers, "updated": updated, "waiting": waiting });
    let mut text = format!("{} disagreements, {} papers signed\n", plan.disputes(), plan.signed.len());
    text.extend((waiting > 0).then(|| format!("{}\n", wait(waiting).trim())));
    kinds.iter().for_each(|(kind, count)| text.push_str(&format!("{count:>4} {kind}\n")));
    Ok(Shown::new(value, text))
}

fn export(store: &mut Store, whom: &str, fhir: bool, automerge: Option<&Path>) -> Result<Shown> {
    if fhir == automerge.is_some() {
        bail!("say how: --fhir, or --automerge FILE");
    }
    let (row, person, nhs) = find(store, whom)?;
    let (now, by) = (home::now(), home::operator());
    let outcome = may_give_out(store, row, now)?;
    let rule = Rule::ChoiceInForce;
    // The entry first: nothing is given out that is not recorded, and a refusal is recorded too.
    let act = PlanAct { subject: person, purpose: Purpose::Treat, deed: PlanDeed::Exported, outcome, rule };
    store.write(|tx| audit::act(tx, &by, Event::Plan(act), now))?;
    if outcome != Outcome::Permit {
        bail!("the person's choice does not allow their plan to be given out");
    }
    let replica = store.read(|tx| Ok(plans::replica(tx, row, person)))??;
    let mut replica = replica.context("this person has no shared care plan")?;
    match automerge {
        Some(path) => {
            let bytes = replica.save();
            std::fs::write(path, &bytes).with_context(|| format!("writing {}", path.display()))?;
            let said = format!("{} bytes written to {}", bytes.len(), path.display());
            Ok(Shown::new(json!({ "file": path, "bytes": bytes.len() }), said))
        }
        None => {
            let bundle = plans::fhir::bundle(person, nhs, &replica.project()?);
            let text = serde_json::to_string_pretty(&bundle)?;
            Ok(Shown::new(bundle, text))
        }
    }
}

/// Whether the person's choice lets what is theirs be given out to whoever runs this. A yes that ended, or that was given to one colleague, is none.
pub(super) fn may_give_out(store: &mut Store, row: i64, now: Stamp) -> Result<Outcome> {
    let recorded = store.read(|tx| trust::choice(tx, row))?.1;
    let allows = match recorded.choice {
        Choice::None | Choice::Y3 => true,
        Choice::Y2 => recorded.until.is_none_or(|until| now < until) && recorded.from.is_none_or(|from| now >= from),
        Choice::Y1 | Choice::N1 | Choice::N2 | Choice::Conflict => false,
    };
    Ok(if allows { Outcome::Permit } else { Outcome::Deny })
}

/// The one person meant: by NHS number or person id; `-` reads it from standard input, so that it stays out of the shell's history.
pub(super) fn find(store: &mut Store, whom: &str) -> Result<(i64, PersonId, Option<NhsNumber>)> {
    let read = if whom == "-" { std::io::read_to_string(std::io::stdin())? } else { whom.to_owned() };
    let whom = read.trim();
    if let Ok(person) = whom.parse::<PersonId>() {
        let row = store.read(|tx| people::person_row(tx, person))?.context("nobody the hub knows")?;
        return Ok((row, person, None));
    }
    let nhs: NhsNumber = whom.parse().ok().context("that is neither an NHS number nor a person id")?;
    let holders = store.read(|tx| people::holders(tx, NHS_NUMBERS, &nhs.digits()))?;
    let row = match holders.as_slice() {
        [(row, _)] => *row,
        [] => bail!("the hub knows nobody with that NHS number"),
        _ => bail!("more than one person holds that NHS number: name the person by id"),
    };
    let person = store.read(|tx| people::person_id(tx, row))?.context("nobody the hub knows")?;
    Ok((row, person, Some(nhs)))
}
