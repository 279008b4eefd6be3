//! Whose data a resource is: the organisation it names (or that of its encounter), as a source with an ODS code. Not whom it is
//! about, and not whose feed it came in by.

use super::admit::Admit;
use super::fhir::Piece;
use super::fhir::head::{Head, Identifier, Target, list, object, references, text};
use super::resolve::Neighbours;
use crate::store::people;
use data_encoding::BASE32_NOPAD;
use record::OdsCode;
use record::people::{Organisation, Setting};
use sha2::{Digest, Sha256};

/// The identifier systems of ODS organisations and sites (identity.md section 4).
const ODS: [&str; 2] = ["https://fhir.nhs.uk/Id/ods-organization-code", "https://fhir.nhs.uk/Id/ods-site-code"];

/// Whose a resource is, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Source(i64),
    /// Names an organisation (or an encounter) that is not known yet: the feed's until it is.
    Later(String),
    /// Names none: the feed's.
    Feed,
}

/// A code for an organisation that has no ODS code: stable, at most twelve characters, and in no range that ODS uses.
pub fn derived_code(seed: &str) -> OdsCode {
    let hash = Sha256::digest(seed.as_bytes());
    let letters = BASE32_NOPAD.encode(hash.get(..7).unwrap_or_default());
    fixed_code(&format!("X-{}", letters.get(..10).unwrap_or_default()))
}

/// A code this file makes itself, which is always a valid one.
pub fn fixed_code(code: &str) -> OdsCode {
    match code.parse() {
        Ok(code) => code,
        Err(_) => unreachable!("letters, digits and a dash, at most twelve"),
    }
}

/// An Organization resource as a source.
pub fn organisation(head: &Head<'_>, seed: &str) -> (Organisation, Setting) {
    let identifiers: Vec<(String, String)> =
        list(head.identifier).into_iter().filter_map(|i| object::<Identifier<'_>>(i.get())?.pair()).collect();
    let ods = identifiers.iter().filter(|(system, _)| ODS.contains(&system.as_str()));
    let ods = ods.filter_map(|(_, value)| value.parse::<OdsCode>().ok()).next();
    let first = identifiers.first().map(|(system, value)| format!("{system}|{value}"));
    let code = ods.unwrap_or_else(|| derived_code(first.as_deref().unwrap_or(seed)));
    let name = text(head.name).map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    let name = name.unwrap_or_else(|| code.to_string());
    let setting = setting(head.type_.map_or("", |t| t.get()), &name);
    (Organisation { ods: code, name }, setting)
}

/// What sort of organisation it is: by its ODS role where it gives one, else by the words of its name.
fn setting(roles: &str, name: &str) -> Setting {
    let by_role = [
        ("\"RO76\"", Setting::GpPractice),
        ("\"RO177\"", Setting::GpPractice),
        ("\"RO96\"", Setting::GpPractice),
        ("\"RO269\"", Setting::CareHome),
        ("\"RO83\"", Setting::CareHome),
        ("\"RO222\"", Setting::SocialCare),
        ("\"RO101\"", Setting::SocialCare),
        ("\"RO270\"", Setting::SocialCare),
    ];
    if let Some((_, setting)) = by_role.into_iter().find(|(role, _)| roles.contains(role)) {
        return setting;
    }
    let name = name.to_lowercase();
    let by_word = [
        ("ambulance", Setting::Ambulance),
        ("care home", Setting::CareHome),
        ("nursing home", Setting::CareHome),
        ("council", Setting::SocialCare),
        ("social care", Setting::SocialCare),
        ("mental health", Setting::MentalHealth),
        ("community", Setting::Community),
        ("surgery", Setting::GpPractice),
        ("practice", Setting::GpPractice),
        ("medical centre", Setting::GpPractice),
        ("health centre", Setting::GpPractice),
        ("hospital", Setting::Hospital),
        ("infirmary", Setting::Hospital),
        ("medical center", Setting::Hospital),
        ("trust", Setting::Hospital),
    ];
    by_word.into_iter().find(|(word, _)| name.contains(word)).map_or(Setting::Other, |(_, setting)| setting)
}

/// Whose a piece of the document is. `known` remembers the answer for each neighbour.
pub fn owner(
    admit: &mut Admit<'_, '_>,
    near: &Neighbours<'_, '_>,
    piece: &Piece<'_>,
    known: &mut [Option<Owner>],
) -> rusqlite::Result<Owner> {
    let head = &piece.head;
    let named = [
        (head.managing_organization, ""),
        (head.service_provider, ""),
        (head.custodian, ""),
        (head.performer, "actor"),
        (head.performer, ""),
        (head.author, ""),
        (head.requester, ""),
        (head.source, ""),
    ];
    let mut later = None;
    for (raw, inner) in named.into_iter().filter(|(raw, _)| raw.is_some()) {
        for reference in references(raw, inner) {
            let Some(target) = reference.target() else { continue };
            match self::target(admit, near, piece, &target, text(reference.display).as_deref())? {
                Owner::Source(source) => return Ok(Owner::Source(source)),
                Owner::Later(wait) => later = later.or(Some(wait)),
                Owner::Feed => {}
            }
        }
    }
    for reference in references(head.encounter.or(head.context), "") {
        let Some(target) = reference.target() else { continue };
        match near.find(&target) {
            Some(n) if near.pieces[n].kind == "Encounter" => {
                let found = match known.get(n).cloned().flatten() {
                    Some(found) => found,
                    None => owner(admit, near, &near.pieces[n], &mut [])?,
                };
                if let Some(slot) = known.get_mut(n) {
                    *slot = Some(found.clone());
                }
                if !matches!(found, Owner::Feed) {
                    return Ok(found);
                }
            }
            Some(_) => {}
            None => match admit.encounter_owner(&target)? {
                Owner::Feed => {}
                found => return Ok(found),
            },
        }
    }
    Ok(later.map_or(Owner::Feed, Owner::Later))
}

/// The source that a reference to an organisation (or to somebody's role at one) means.
fn target(
    admit: &mut Admit<'_, '_>,
    near: &Neighbours<'_, '_>,
    piece: &Piece<'_>,
    target: &Target,
    display: Option<&str>,
) -> rusqlite::Result<Owner> {
    if let Target::Contained(id) = target {
        let found = super::resolve::contained(&piece.head, id).filter(|(kind, _)| *kind == "Organization");
        let Some((_, head)) = found else { return Ok(Owner::Feed) };
        let (of, setting) = organisation(&head, &format!("{}/{}#{id}", piece.kind, piece.rid));
        return admit.source_of(&of, setting).map(Owner::Source);
    }
    if let Some(n) = near.find(target) {
        let neighbour = &near.pieces[n];
        return match neighbour.kind {
            "Organization" => {
                let (of, setting) = organisation(&neighbour.head, &seed(admit.via, &neighbour.rid));
                admit.source_of(&of, setting).map(Owner::Source)
            }
            "PractitionerRole" => match references(neighbour.head.organization, "").first().and_then(|r| r.target()) {
                // A role names its organisation, never another role: this goes one step down and ends.
                Some(next) if near.find(&next).is_none_or(|n| near.pieces[n].kind == "Organization") => {
                    self::target(admit, near, neighbour, &next, None)
                }
                _ => Ok(Owner::Feed),
            },
            _ => Ok(Owner::Feed),
        };
    }
    if let Target::Identified { system, value, .. } = target
        && ODS.contains(&system.as_str())
    {
        let Ok(ods) = value.parse::<OdsCode>() else { return Ok(Owner::Feed) };
        if let Owner::Source(known) = admit.organisation_source(target)? {
            return Ok(Owner::Source(known));
        }
        let name = display.map_or_else(|| ods.to_string(), str::to_owned);
        let setting = setting("", &name);
        return admit.source_of(&Organisation { ods, name }, setting).map(Owner::Source);
    }
    admit.organisation_source(target)
}

/// What an organisation without any identifier is told apart by.
pub fn seed(via: i64, rid: &str) -> String {
    format!("feed {via} Organization/{rid}")
}

impl Admit<'_, '_> {
    /// The source row of an organisation.
    pub(super) fn source_of(&mut self, of: &Organisation, setting: Setting) -> rusqlite::Result<i64> {
        if let Some(id) = self.desk.sources.get(of.ods.as_str()) {
            return Ok(*id);
        }
        let id = people::source(self.tx, of, setting, self.now)?;
        self.desk.sources.insert(of.ods.to_string(), id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_codes_are_stable_and_fit() {
        let code = derived_code("https://x|1");
        assert_eq!(code, derived_code("https://x|1"));
        assert_ne!(code, derived_code("https://x|2"));
        assert_eq!(code.as_str().len(), 12);
    }

    #[test]
    fn organisations_by_code_role_and_name() {
        for (json, code, setting) in [
            (
                r#"{"identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"rdy"}],"name":"Dorset"}"#,
                "RDY",
                Setting::Other,
            ),
            (
                r#"{"identifier":[{"system":"https://fhir.nhs.uk/Id/ods-site-code","value":"V1"}],"name":"The Limes",
                    "type":[{"coding":[{"code":"RO269"}]}]}"#,
                "V1",
                Setting::CareHome,
            ),
            (
                r#"{"identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"J8"}],"name":"Mill Surgery"}"#,
                "J8",
                Setting::GpPractice,
            ),
        ] {
            let Some(head) = object::<Head<'_>>(json) else { panic!("{json}") };
            let (of, found) = organisation(&head, "seed");
            assert_eq!((of.ods.as_str(), found), (code, setting), "{json}");
        }
        let (of, _) = organisation(&Head::default(), "seed");
        assert_eq!(of.ods, derived_code("seed"));
        assert_eq!(of.name, of.ods.as_str());
    }
}
