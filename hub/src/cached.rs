//! Which sources may not be kept on devices: their content stays at the hub, and what leaves says that something is not there. The rules
//! are the policy pack's; that content kept on a device has run out of time is the device's to see.

use crate::store::consent as kept_rules;
use crate::store::people;
use record::SourceId;
use record::consent::pack::CacheRules;
use record::section::Section;
use record::summary::{Absence, Body, Fact, FactKey, Note};
use rusqlite::Transaction;
use std::collections::BTreeSet;
use sync::frame::Whole;

/// The sources whose content never leaves.
pub fn blocked(tx: &Transaction<'_>) -> rusqlite::Result<BTreeSet<SourceId>> {
    let Some(rules) = kept_rules::cache_rules(tx)? else { return Ok(BTreeSet::new()) };
    if rules.default.cached && rules.by_source.values().all(|rule| rule.cached) {
        return Ok(BTreeSet::new());
    }
    let rule = |ods| rules.by_source.get(ods).copied().unwrap_or(rules.default);
    Ok(people::sources(tx)?.iter().filter(|s| !rule(&s.organisation.ods).cached).map(|s| s.id).collect())
}

/// What may leave of a person's facts and resources: instead of a blocked source's content a note for each section it had any in.
pub fn kept(facts: Vec<Fact>, wholes: Vec<Whole>, blocked: &BTreeSet<SourceId>) -> (Vec<Fact>, Vec<Whole>) {
    if blocked.is_empty() {
        return (facts, wholes);
    }
    let (held_back, mut facts): (Vec<Fact>, Vec<Fact>) =
        facts.into_iter().partition(|fact| blocked.contains(&fact.source));
    let sections: BTreeSet<(SourceId, Section)> = held_back
        .iter()
        .filter_map(|fact| match &fact.body {
            Body::Item(section, _) | Body::Note(section, _) => Some((fact.source, *section)),
            Body::Demographics(_) => None,
        })
        .collect();
    facts.extend(sections.into_iter().map(|(source, section)| not_here(source, section)));
    facts.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.source.cmp(&b.source)));
    (facts, wholes.into_iter().filter(|whole| !blocked.contains(&whole.source)).collect())
}

/// "Unavailable" from this source: never an empty list, which could be read as "none".
fn not_here(source: SourceId, section: Section) -> Fact {
    Fact {
        key: FactKey(format!("Source/{}#not-cached-{}", source.0, section.code())),
        source,
        recorded: None,
        body: Body::Note(section, Note::Absent(Absence::Unavailable)),
    }
}

/// Takes the rules of a new pack into force: everybody with content of a source whose leave to travel changed is told to devices
/// again. Gives how many people.
pub fn take(tx: &Transaction<'_>, rules: &CacheRules) -> rusqlite::Result<usize> {
    let before = blocked(tx)?;
    kept_rules::keep_cache_rules(tx, rules)?;
    let after = blocked(tx)?;
    let changed: Vec<SourceId> = before.symmetric_difference(&after).copied().collect();
    let mut people = BTreeSet::new();
    for source in changed {
        people.extend(kept_rules::people_of(tx, source)?);
    }
    for person in &people {
        crate::store::journal::changed(tx, *person, crate::store::journal::What::ResourceChanged, None)?;
    }
    Ok(people.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::summary::Item;

    #[test]
    fn a_blocked_source_leaves_a_note_where_it_had_something_and_nothing_else() {
        let fact = |source, section, key: &str| Fact {
            key: FactKey(key.into()),
            source: SourceId(source),
            recorded: None,
            body: Body::Item(section, Box::new(Item { title: key.into(), ..Item::default() })),
        };
        let facts =
            vec![fact(1, Section::Problems, "a"), fact(2, Section::Problems, "b"), fact(2, Section::Problems, "c")];
        let whole = |source, key: &str| Whole { key: key.into(), source: SourceId(source), json: "{}".into() };
        let (facts, wholes) = kept(facts, vec![whole(1, "a"), whole(2, "b")], &BTreeSet::from([SourceId(2)]));
        assert_eq!(wholes.len(), 1);
        let keys: Vec<&str> = facts.iter().map(|f| f.key.0.as_str()).collect();
        assert_eq!(keys, ["Source/2#not-cached-problems", "a"]);
        assert_eq!(facts[0].body, Body::Note(Section::Problems, Note::Absent(Absence::Unavailable)));
    }
}
