//! Patient → demographics: UK Core extensions (identity.md, records.md), PDS death and S-flag, and the US Core race and ethnicity of
//! Synthea as text. Contacts are `contacts`.

use super::words::{self, concept, when};
use super::{Body, Json, Reading, dosage};
use crate::intake::identify::NHS_NUMBER;
use record::NhsNumber;
use record::patient::{Address, Demographics, Ethnicity, Gender, Life, Name, NameUse, Telecom};
use record::summary::{Fact, Line};

pub(super) fn patient(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let numbers = json.list("identifier").iter().filter(|i| i.str("system") == Some(NHS_NUMBER));
    // One that was superseded is not the number, unless no other is sent.
    let number = current(r, numbers.collect()).into_iter().next();
    let verified = number.is_some_and(|i| {
        words::has_code(i.extension("NHSNumberVerificationStatus"), &["01", "number-present-and-verified"])
    });
    let mut demographics = Demographics {
        names: names(r),
        born: when(json.get("birthDate")),
        life: life(json),
        gender: gender(json.str("gender")),
        nhs_number: number.and_then(|i| i.str("value")).and_then(|v| v.parse::<NhsNumber>().ok()),
        nhs_number_verified: verified,
        ethnicity: ethnicity(json),
        language: language(json),
        interpreter: interpreter(json),
        location_protected: r.protected,
        marital_status: concept(json.get("maritalStatus")),
        religion: concept(json.extension("patient-religion")),
        also: also(json),
        ..Demographics::default()
    };
    if !r.protected {
        demographics.addresses = addresses(r);
        demographics.telecoms =
            current(r, json.list("telecom").iter().collect()).into_iter().filter_map(telecom).collect();
        demographics.gp = json
            .list("generalPractitioner")
            .iter()
            .find_map(|gp| r.named(gp).or_else(|| gp.at(&["identifier", "value"]).text().map(str::to_owned)));
    }
    // A number that failed its check was not kept as one, so it is not verified either.
    demographics.nhs_number_verified &= demographics.nhs_number.is_some();
    facts.push(r.fact(0, when(json.at(&["meta", "lastUpdated"])), Body::Demographics(Box::new(demographics))));
}

/// What still holds of several: all whose period has not ended and that are not of old; all of them where none is left, for PDS sends
/// such and an old telephone is better than none.
pub(super) fn current<'j, 'a>(r: &Reading<'_, '_>, all: Vec<&'j Json<'a>>) -> Vec<&'j Json<'a>> {
    let left: Vec<&Json<'_>> = all.iter().copied().filter(|one| !is_ended(r, one)).collect();
    if left.is_empty() { all } else { left }
}

fn is_ended(r: &Reading<'_, '_>, json: &Json<'_>) -> bool {
    json.str("use") == Some("old") || r.is_over(words::period_of(json.get("period")).1.as_ref())
}

/// Every name, those that hold first; an ended one is an earlier name, by which somebody may still be known.
fn names(r: &Reading<'_, '_>) -> Vec<Name> {
    let (ended, held): (Vec<&Json<'_>>, Vec<_>) = r.json().list("name").iter().partition(|name| is_ended(r, name));
    let all_ended = held.is_empty();
    let earlier = ended.into_iter().filter_map(words::name).map(|name| Name {
        use_: match name.use_ {
            NameUse::Usual | NameUse::Temporary | NameUse::Preferred if !all_ended => NameUse::Old,
            said => said,
        },
        ..name
    });
    held.into_iter().filter_map(words::name).chain(earlier).collect()
}

/// Every address, those that hold first; an ended one is said to be old, so that nobody is sent there.
fn addresses(r: &Reading<'_, '_>) -> Vec<Address> {
    let (ended, held): (Vec<&Json<'_>>, Vec<_>) = r.json().list("address").iter().partition(|one| is_ended(r, one));
    let all_ended = held.is_empty();
    let old = |address: Address| if all_ended { address } else { Address { use_: Some("old".to_owned()), ..address } };
    held.into_iter().map(words::address).chain(ended.into_iter().map(words::address).map(old)).collect()
}

pub(super) fn telecom(json: &Json<'_>) -> Option<Telecom> {
    Some(Telecom {
        system: json.str("system").unwrap_or("phone").to_owned(),
        value: json.owned("value")?,
        use_: json.owned("use"),
    })
}

fn gender(code: Option<&str>) -> Gender {
    match code {
        Some("male") => Gender::Male,
        Some("female") => Gender::Female,
        Some("other") => Gender::OtherSpecific,
        _ => Gender::NotKnown,
    }
}

/// PDS death notification: 1 informal, 2 formal, U removed (the person is alive again).
fn life(json: &Json<'_>) -> Life {
    let notification = json.extensions("DeathNotificationStatus").next();
    let status = notification.map(|e| e.extension("deathNotificationStatus"));
    let code = status.and_then(|s| s.at(&["coding", "code"]).text());
    if code == Some("U") {
        return Life::Living;
    }
    let died = when(json.get("deceasedDateTime"));
    let formal = code == Some("2");
    match (&died, json.bool("deceasedBoolean"), code) {
        (Some(_), _, _) | (_, Some(true), _) | (_, _, Some("1" | "2")) => Life::Died { when: died, formal },
        _ => Life::Living,
    }
}

/// UK Core extensions of Patient that must be held (records.md section 2) and have no field; and a birth date that is no date, as sent.
fn also(json: &Json<'_>) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    contact_preference(&mut lines, json);
    for (name, label) in [("ResidentialStatus", "Residential status"), ("BirthSex", "Sex at birth")] {
        words::line(&mut lines, label, concept(json.extension(name)));
    }
    let number = json.list("identifier").iter().chain([json]).map(|at| at.extension("NHSNumberUnavailableReason"));
    words::line(&mut lines, "No NHS number because", number.into_iter().find_map(concept));
    let odd = json.owned("birthDate").filter(|_| when(json.get("birthDate")).is_none());
    words::line(&mut lines, "Birth date, not a date Satchel can read", odd);
    lines.into_iter().map(|line| (line.0, line.1)).collect()
}

/// How, when and in what form somebody wants to be reached (UK Core Extension-UKCore-ContactPreference): times as words or as a Timing.
pub(super) fn contact_preference(lines: &mut Vec<Line>, json: &Json<'_>) {
    for preference in json.extensions("ContactPreference") {
        words::line(lines, "Contact by", concept(preference.extension("PreferredContactMethod")));
        let times = preference.extensions("PreferredContactTimes").find_map(|e| e.choice("value"));
        let times = times.and_then(|(kind, times)| match kind {
            "Timing" => Some(dosage::hours(times)),
            _ => concept(times),
        });
        words::line(lines, "Contact at", times);
        words::line(lines, "Write in", concept(preference.extension("PreferredWrittenCommunicationFormat")));
    }
}

/// Z "not stated" and 99 "not known" are different answers (records.md section 2).
fn ethnicity(json: &Json<'_>) -> Option<Ethnicity> {
    let category = json.extension("EthnicCategory");
    if !category.is_null() {
        let code = category.list("coding").iter().find_map(|c| c.str("code"));
        return match code {
            Some("Z" | "z") => Some(Ethnicity::NotStated),
            Some("99") => Some(Ethnicity::NotKnown),
            code => concept(category).map(|label| Ethnicity::Stated { code: code.unwrap_or("").to_owned(), label }),
        };
    }
    let text = |name: &'static str| {
        let part = json.extensions(name).next()?;
        part.extension("text").text().map(str::to_owned)
    };
    let label = words::joined(["us-core-race", "us-core-ethnicity"].into_iter().filter_map(text), ", ")?;
    Some(Ethnicity::Stated { code: String::new(), label })
}

fn language(json: &Json<'_>) -> Option<String> {
    let all = json.list("communication");
    let preferred = all.iter().find(|c| c.bool("preferred") == Some(true)).or(all.first());
    let nested = || json.extensions("NHSCommunication").find_map(|e| concept(e.extension("language")));
    preferred.and_then(|preferred| concept(preferred.get("language"))).or_else(nested)
}

fn interpreter(json: &Json<'_>) -> Option<bool> {
    let direct = ["patient-interpreterRequired", "InterpreterRequired"];
    let nested = json.extensions("NHSCommunication").find_map(|e| e.extension("interpreterRequired").text());
    direct.iter().find_map(|name| json.extension(name).text()).or(nested).map(|t| t == "true")
}
