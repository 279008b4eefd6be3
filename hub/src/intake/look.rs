//! What a person is shown of something parked before they settle it: what it is, where it came from, why it waits; and of a patient in doubt the people
//! whom it may mean, side by side, with the least that lets one decide (identity.md section 3: name, date of birth, sex, NHS number). No clinical content
//! and no address. Each look is an entry of the hub's own chain that names who was shown. Not here: the ruling (`settle`).

use super::ParkReason;
use super::admit::{Admit, unpack};
use super::fhir;
use super::identify::{self, NHS_NUMBER};
use super::settle::{
    Hand, SettleFault, between, held_to_delete, ids, is_patient_in_doubt, piece_of, text_of, with_admit,
};
use crate::matching::By;
use crate::store::parked::{self, Parked};
use crate::store::{Store, audit, people, resources};
use record::PersonId;
use record::audit::{Event, HubAct, ParkedDeed};
use serde::Serialize;
use serde_json::Value;

/// Who somebody is, by what one source says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Who {
    /// Whose words they are.
    pub source: String,
    pub names: Vec<String>,
    pub born: Option<String>,
    pub sex: Option<String>,
    pub nhs_numbers: Vec<String>,
}

/// Somebody whom it may be about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meant {
    pub person: PersonId,
    /// Why they may be meant.
    pub because: &'static str,
    /// By each source that knows them.
    pub known_as: Vec<Who>,
}

/// Something parked, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    #[serde(flatten)]
    pub row: Parked,
    /// Whose feed it came by.
    pub source: Option<String>,
    /// One sentence about the reason.
    pub sentence: Option<&'static str>,
    /// How many wait for this one to be settled.
    pub waiting: u64,
    /// Of something that waits: the parked version of its patient.
    pub waits_for: Option<i64>,
    /// Of a patient in doubt: what it says of itself.
    pub says: Option<Who>,
    pub may_be: Vec<Meant>,
    /// Of a wish to delete: whether it is in a record now.
    pub in_a_record: Option<bool>,
    /// What `parked settle` takes for it.
    pub settles: Vec<String>,
}

/// Looks at what is parked as `id`, and records that it was looked at. `hand.why` is not used.
pub fn look(
    store: &mut Store,
    id: i64,
    hand: &Hand<'_>,
    fresh_id: &mut dyn FnMut() -> PersonId,
) -> Result<Look, SettleFault> {
    with_admit(store, id, fresh_id, |admit, row| {
        let look = looked(admit, row)?;
        let shown = look.may_be.iter().map(|meant| meant.person).collect();
        let act = HubAct::Parked {
            deed: ParkedDeed::Shown,
            parked: row.id.unsigned_abs(),
            people: shown,
            why: String::new(),
        };
        audit::act(admit.tx, hand.by, Event::Hub(act), hand.now)?;
        Ok(look)
    })
}

fn looked(admit: &mut Admit<'_, '_>, row: &Parked) -> Result<Look, SettleFault> {
    let sources = people::sources(admit.tx)?;
    let name = |via: i64| {
        let source = sources.iter().find(|source| i64::from(source.id.0) == via);
        source.map(|source| format!("{} ({})", source.organisation.name, source.organisation.ods))
    };
    let mut look = Look {
        source: row.via.and_then(name),
        sentence: ParkReason::from_code(&row.reason).map(ParkReason::sentence),
        row: row.clone(),
        waiting: 0,
        waits_for: None,
        says: None,
        may_be: Vec::new(),
        in_a_record: None,
        settles: Vec::new(),
    };
    let is_aside = row.settled.as_ref().is_some_and(|ruling| ruling.verdict == parked::SET_ASIDE);
    if row.settled.is_some() && !is_aside {
        return Ok(look);
    }
    if is_patient_in_doubt(row)
        && let Some(key) = row.key()
    {
        look.waiting = parked::waiting_for(admit.tx, key.via, key.rid)?.len() as u64;
        let text = text_of(admit.tx, row)?.ok_or(SettleFault::Unreadable)?;
        let split = fhir::split(&text);
        let piece = piece_of(&split.pieces, row).ok_or(SettleFault::Unreadable)?;
        look.says = Some(who(&text, look.source.clone().unwrap_or_default()));
        let mut candidates = identify::weigh(admit.tx, (key.via, key.rid), &piece.head)?.candidates;
        // Whom it meant before stands first.
        candidates.sort_by_key(|candidate| (candidate.person, candidate.by != By::Link));
        candidates.dedup_by_key(|candidate| candidate.person);
        for candidate in candidates {
            let because = match candidate.by {
                By::Link => "this record of this source meant them until now",
                By::Number => "they hold its NHS number",
                By::Local => "they hold another identifier of it",
            };
            look.may_be.extend(meant(admit, candidate.person, because, &name)?);
        }
        look.settles.push("--another-person".to_owned());
    } else if let Some((before, now)) = between(admit, row)? {
        look.may_be.extend(meant(admit, before, "it is in their record now", &name)?);
        if let Some(now) = now {
            look.may_be.extend(meant(admit, now, "the source's id of its patient means them by now", &name)?);
        }
    } else if row.reason == ParkReason::DeleteAsked.code() {
        let person = held_to_delete(admit.tx, row)?.and_then(|known| known.person);
        look.in_a_record = Some(person.is_some());
        look.settles = ["--delete", "--keep"]
            .map(str::to_owned)
            .into_iter()
            .filter(|s| person.is_some() || s == "--keep")
            .collect();
    } else if let (Some(via), Some(rid)) = (row.via, row.waits.as_deref().and_then(|w| w.strip_prefix("Patient/"))) {
        let key = resources::Key { via, kind: "Patient", rid };
        look.waits_for = parked::open_of(admit.tx, key)?.last().map(|newest| newest.id);
    }
    let same = look.may_be.iter().map(|meant| format!("--same-person {}", meant.person));
    look.settles = same.chain(std::mem::take(&mut look.settles)).collect();
    if !is_aside {
        look.settles.push("--set-aside".to_owned());
    }
    Ok(look)
}

/// Somebody, by every source that knows them.
fn meant(
    admit: &Admit<'_, '_>,
    row: i64,
    because: &'static str,
    name: &dyn Fn(i64) -> Option<String>,
) -> Result<Option<Meant>, SettleFault> {
    let held = resources::of_person(admit.tx, row)?.into_iter().filter(|held| held.kind == "Patient");
    let known_as =
        held.filter_map(|held| Some(who(&unpack(&held.body)?, name(held.via).unwrap_or_default()))).collect();
    Ok(ids(admit.tx, &[row])?.pop().map(|person| Meant { person, because, known_as }))
}

/// Who a patient resource says it is.
fn who(json: &str, source: String) -> Who {
    let json: Value = serde_json::from_str(json).unwrap_or(Value::Null);
    let each = |name: &str| json[name].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let names = each("name").into_iter().map(|name| {
        let given = name["given"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let parts: Vec<&str> = given.chain(name["family"].as_str()).collect();
        if parts.is_empty() { word(&name["text"]).unwrap_or_default() } else { parts.join(" ") }
    });
    let numbers = each("identifier").into_iter().filter(|i| i["system"] == NHS_NUMBER);
    Who {
        source,
        names: names.filter(|name| !name.is_empty()).collect(),
        born: word(&json["birthDate"]),
        sex: word(&json["gender"]),
        nhs_numbers: numbers.filter_map(|i| word(&i["value"])).collect(),
    }
}
