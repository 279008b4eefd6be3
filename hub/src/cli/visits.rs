//! `satchel-hub visit export`: what was done at visits to one person, given out as FHIR. Content leaves, so the person's choice is asked first, and
//! the giving is an act of the hub's own chain, as with `plan export`. For a system that asks by itself there is `serve --fhir`.

use super::plans::{find, may_give_out};
use super::{Shown, home};
use anyhow::{Result, bail};
use clap::Subcommand;
use hub::fhir::{OURS, entries};
use hub::store::audit;
use hub::{photos, served, visits};
use record::audit::{Event, VisitAct, VisitDeed};
use record::consent::{Outcome, Purpose, Rule};
use serde_json::json;
use std::path::Path;

#[derive(Subcommand)]
pub enum VisitVerb {
    /// Give out what was done at visits to somebody; recorded, and only where the person's choice allows
    Export {
        /// NHS number or person id; `-` reads it from standard input
        whom: String,
        /// FHIR R4 JSON: Observation, MedicationAdministration, Encounter, DocumentReference and more (the only form there is)
        #[arg(long)]
        fhir: bool,
    },
}

pub fn visit(home: &Path, verb: VisitVerb) -> Result<Shown> {
    let (_, _, mut store) = home::open(home)?;
    let VisitVerb::Export { whom, fhir: _ } = verb;
    let (row, subject, nhs) = find(&mut store, &whom)?;
    let now = home::now();
    let outcome = may_give_out(&mut store, row, now)?;
    // The entry first: nothing is given out that is not recorded, and a refusal is recorded too.
    let (purpose, rule) = (Purpose::Treat, Rule::ChoiceInForce);
    let act = VisitAct { subject, purpose, deed: VisitDeed::Exported, outcome, rule };
    store.write(|tx| audit::act(tx, &home::operator(), Event::Visit(act), now))?;
    if outcome != Outcome::Permit {
        bail!("the person's choice does not allow what was done at their visits to be given out");
    }
    let made = store.read(|tx| {
        let acts = served::acts(tx, row)?;
        let mut here = Vec::new();
        for photo in visits::fhir::photos(&acts) {
            if photos::is_held(tx, row, photo.id)? {
                here.push(photo.id);
            }
        }
        Ok(visits::fhir::resources(subject, nhs, &acts, &|id| here.contains(&id)))
    })?;
    let entry = entries(OURS, made.into_iter().map(|resource| resource.value));
    let mut bundle = json!({ "resourceType": "Bundle", "type": "collection", "timestamp": now.to_string() });
    if !entry.is_empty() {
        bundle["entry"] = json!(entry);
    }
    let text = serde_json::to_string_pretty(&bundle)?;
    Ok(Shown::new(bundle, text))
}
