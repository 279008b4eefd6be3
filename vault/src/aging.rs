//! Content past the time for which its source may be cached (the policy pack's rule): it is not shown, and the machine erases it. What is
//! not there is said to be unavailable, never left out: an empty list could be read as "none".

use crate::content;
use crate::door::{Door, Errand};
use crate::fault::VaultFault;
use crate::seal::{PersonKey, SealSecret, Sealer};
use record::consent::Pack;
use record::section::{Compartment, Section};
use record::summary::{Absence, Body, Fact, FactKey, Note, Source};
use record::{PersonId, SourceId, Stamp};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder};

/// The sources whose content may not be shown now.
pub(crate) fn expired(
    conn: &Connection,
    pack: &Pack,
    checked: Option<Stamp>,
    now: Stamp,
) -> Result<BTreeSet<SourceId>, VaultFault> {
    let rules = &pack.sources;
    if rules.by_source.values().chain([&rules.default]).all(|rule| rule.holds(checked, now)) {
        return Ok(BTreeSet::new());
    }
    let mut query = conn.prepare_cached("select body from source")?;
    let mut found = BTreeSet::new();
    for body in query.query_map([], |row| row.get::<_, String>(0))? {
        let source: Source = serde_json::from_str(&body?).map_err(|_| VaultFault::Corrupt { what: "source" })?;
        if !pack.cache_rule(&source.organisation.ods).holds(checked, now) {
            found.insert(source.id);
        }
    }
    Ok(found)
}

/// Facts without those of expired sources, and a note for each section that such a source had something in. Who somebody is stays.
pub(crate) fn without(facts: Vec<Fact>, expired: &BTreeSet<SourceId>) -> Vec<Fact> {
    if expired.is_empty() {
        return facts;
    }
    let is_gone = |fact: &Fact| expired.contains(&fact.source) && !matches!(fact.body, Body::Demographics(_));
    let (gone, mut kept): (Vec<Fact>, Vec<Fact>) = facts.into_iter().partition(is_gone);
    let sections: BTreeSet<(SourceId, Section)> = gone
        .iter()
        .filter_map(|fact| match &fact.body {
            Body::Item(section, _) | Body::Note(section, _) => Some((fact.source, *section)),
            Body::Demographics(_) => None,
        })
        .collect();
    kept.extend(sections.into_iter().map(|(source, section)| Fact {
        key: FactKey(format!("Source/{}#too-old-{}", source.0, section.code())),
        source,
        recorded: None,
        body: Body::Note(section, Note::Absent(Absence::Unavailable)),
    }));
    kept
}

/// Erases what has expired from every open frame, and asks for those people again at the next contact.
pub(crate) fn sweep(
    errand: &Errand<'_>,
    folder: &mut Folder,
    pack: &Pack,
    checked: Option<Stamp>,
) -> Result<u32, VaultFault> {
    let conn = errand.tx();
    let expired = expired(conn, pack, checked, errand.now())?;
    if expired.is_empty() {
        return Ok(0);
    }
    crate::own::expire(errand, &expired)?;
    let people: Vec<(i64, [u8; 16])> = {
        let sql = "select p.id, p.uid from person p join listing l using (id)
                   where l.carried = 1 and p.uid not in (select person from again)";
        let mut query = conn.prepare_cached(sql)?;
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    };
    let mut swept = 0;
    for (id, uid) in people {
        let mut touched = false;
        for compartment in [Compartment::Emergency, Compartment::General] {
            let Some(frame) = content::get(conn, id, compartment)? else { continue };
            let facts = folder.unfold_facts(&frame)?;
            let kept = without(facts.clone(), &expired);
            if kept != facts {
                content::put(conn, id, compartment, &folder.fold_facts(&kept)?)?;
                touched = true;
            }
        }
        if let Some(frame) = content::get(conn, id, Compartment::Whole)? {
            let mut wholes = folder.unfold_wholes(&frame)?;
            let before = wholes.len();
            wholes.retain(|whole| !expired.contains(&whole.source));
            if wholes.len() != before {
                content::put(conn, id, Compartment::Whole, &folder.fold_wholes(&wholes)?)?;
                touched = true;
            }
        }
        if touched {
            conn.prepare_cached("insert or ignore into again (person) values (?1)")?.execute(params![uid])?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// The same for a person's sealed frames, which only the PIN opens: at this opening. What is left is sealed anew; gives the key that fits it, and
/// `None` where nothing had to go.
pub(crate) fn unsealed(
    door: &mut Door,
    person: PersonId,
    (key, secret, sealer): (&PersonKey, &SealSecret, Sealer<'_>),
    now: Stamp,
) -> Result<Option<PersonKey>, VaultFault> {
    let (pack, checked, (at, _)) = (door.told().pack.clone(), door.told().checked, door.moment(now));
    let Some(pack) = pack else { return Ok(None) };
    let expired = door.glance(|conn| expired(conn, &pack, checked, at))?;
    if expired.is_empty() {
        return Ok(None);
    }
    door.errand(now, |errand| {
        let conn = errand.tx();
        let mut plain = Folder::new(Dictionary::none(), DEVICE_LEVEL);
        let (mut touched, mut kept) = (false, Vec::new());
        for (compartment, sealed) in content::sealed(conn, person)? {
            let frame = key.open(compartment, person, &sealed)?;
            kept.push((
                compartment,
                if compartment == Compartment::Whole {
                    let mut wholes = plain.unfold_wholes(&frame)?;
                    let before = wholes.len();
                    wholes.retain(|whole| !expired.contains(&whole.source));
                    touched |= wholes.len() != before;
                    plain.fold_wholes(&wholes)?
                } else {
                    let facts = plain.unfold_facts(&frame)?;
                    let left = without(facts.clone(), &expired);
                    touched |= left != facts;
                    plain.fold_facts(&left)?
                },
            ));
        }
        if !touched {
            return Ok(None);
        }
        let ephemeral = content::seal_folded(conn, sealer, person, &kept)?;
        conn.prepare_cached("insert or ignore into again (person) values (?1)")?.execute([person.as_bytes()])?;
        secret.person_key(&ephemeral, person).map(Some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::summary::Item;

    #[test]
    fn what_is_too_old_is_said_to_be_unavailable_and_the_person_stays_somebody() {
        let fact =
            |source, body| Fact { key: FactKey(format!("k{source}")), source: SourceId(source), recorded: None, body };
        let item = || Body::Item(Section::Medications, Box::new(Item { title: "x".into(), ..Item::default() }));
        let facts = vec![fact(1, item()), fact(2, item()), fact(2, Body::Demographics(Box::default()))];
        let kept = without(facts.clone(), &BTreeSet::from([SourceId(2)]));
        assert_eq!(kept.len(), 3);
        assert!(kept.iter().any(|f| matches!(f.body, Body::Demographics(_))));
        let note = Body::Note(Section::Medications, Note::Absent(Absence::Unavailable));
        assert!(kept.iter().any(|f| f.source == SourceId(2) && f.body == note));
        assert_eq!(without(kept.clone(), &BTreeSet::from([SourceId(2)])), kept, "sweeping twice changes nothing");
        assert_eq!(without(facts.clone(), &BTreeSet::new()), facts);
    }
}
