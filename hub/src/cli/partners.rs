//! `satchel-hub partner`: the systems of other organisations that may read FHIR here. A credential is shown once, when it is made; afterwards only its
//! hash is anywhere. Serving them is `serve --fhir`.

use super::Shown;
use super::home::{now, open, operator, random};
use anyhow::Result;
use clap::Subcommand;
use hub::partner::who::{MOST_DAYS, register, remove};
use hub::store::partners::{self, Partner};
use jiff::SignedDuration;
use record::people::Organisation;
use record::{OdsCode, Stamp};
use serde_json::{Value, json};
use std::path::Path;

#[derive(Subcommand)]
pub enum PartnerVerb {
    /// Register a system and print its credential, once. To change a credential: add the system again, then remove the first
    Add {
        /// On whose behalf it asks: the organisation's ODS code
        #[arg(long)]
        ods: OdsCode,
        /// The organisation's name, as people are to read it in who looked at their record
        #[arg(long)]
        name: String,
        /// Days until the credential lapses
        #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
        days: u32,
    },
    /// Every system there ever was
    List,
    /// End a system's credential, at once and for ever
    Remove {
        /// As `partner list` names it
        id: String,
    },
}

pub fn run(home: &Path, verb: PartnerVerb) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let now = now();
    match verb {
        PartnerVerb::Add { ods, name, days } => {
            let expires = now.plus(SignedDuration::from_hours(24 * i64::from(days)));
            let organisation = Organisation { ods, name };
            let (partner, credential) = register(&mut store, organisation, (&operator(), &random()), (now, expires))?;
            let text = format!(
                "Partner {} for {} ({}), until {}.\n\n    {credential}\n\n\
                 This is shown once. Put it where that system keeps its secrets, and nowhere else; what is lost is made anew.\n\
                 It may ask about people on caseloads of {}: satchel-hub caseload add … --ods {}, caseload join …",
                partner.id,
                partner.organisation.name,
                partner.organisation.ods,
                partner.expires.display(),
                partner.organisation.ods,
                partner.organisation.ods,
            );
            let mut value = shown(&partner, now);
            value["credential"] = json!(credential);
            Ok(Shown::new(value, text))
        }
        PartnerVerb::List => {
            let all = store.read(partners::all)?;
            let line = |partner: &Partner| {
                let used = partner.used.map_or("never used".to_owned(), |at| format!("last used {}", at.display()));
                let (id, organisation) = (&partner.id, &partner.organisation);
                format!(
                    "{id:<10} {:<12} {}  {}; {used}\n",
                    organisation.ods.as_str(),
                    organisation.name,
                    state(partner, now)
                )
            };
            let text: String = all.iter().map(line).collect();
            let text = if text.is_empty() { "No partner is registered.".to_owned() } else { text };
            Ok(Shown::new(all.iter().map(|partner| shown(partner, now)).collect(), text))
        }
        PartnerVerb::Remove { id } => {
            let partner = remove(&mut store, &id, &operator(), now)?;
            let text = format!("Partner {id} of {} may not ask any more.", partner.organisation.name);
            Ok(Shown::new(json!({ "id": id, "ended": now.to_string() }), text))
        }
    }
}

fn state(partner: &Partner, now: Stamp) -> String {
    match partner.ended {
        Some(at) => format!("ended {}", at.display()),
        None if partner.may_ask(now) => format!("until {}", partner.expires.display()),
        None => format!("lapsed {}", partner.expires.display()),
    }
}

fn shown(partner: &Partner, now: Stamp) -> Value {
    let moment = |at: Option<Stamp>| at.map(|at| at.to_string());
    json!({
        "id": partner.id, "ods": partner.organisation.ods, "name": partner.organisation.name,
        "added": partner.added.to_string(), "expires": partner.expires.to_string(),
        "ended": moment(partner.ended), "last_used": moment(partner.used), "may_ask": partner.may_ask(now),
    })
}
