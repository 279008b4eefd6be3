//! Patient → demographics: UK Core extensions (identity.md, records.md), PDS death and S-flag, and the US Core race and ethnicity of
//! Synthea as text. Contacts are `contacts`.

use super::words::{self, concept, when};
use super::{Body, Json, Reading};
use crate::intake::identify::NHS_NUMBER;
use record::NhsNumber;
use record::patient::{Demographics, Ethnicity, Gender, Life, Telecom};
use record::summary::Fact;

pub(super) fn patient(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let number = json.list("identifier").iter().find(|i| i.str("system") == Some(NHS_NUMBER));
    let verified = number.is_some_and(|i| {
        words::has_code(i.extension("NHSNumberVerificationStatus"), &["01", "number-present-and-verified"])
    });
    let mut demographics = Demographics {
        names: json.list("name").iter().filter_map(words::name).collect(),
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
        ..Demographics::default()
    };
    if !r.protected {
        demographics.addresses = json.list("address").iter().map(words::address).collect();
        demographics.telecoms = json.list("telecom").iter().filter_map(telecom).collect();
        demographics.gp = json
            .list("generalPractitioner")
            .iter()
            .find_map(|gp| r.named(gp).or_else(|| gp.at(&["identifier", "value"]).text().map(str::to_owned)));
    }
    // A number that failed its check was not kept as one, so it is not verified either.
    demographics.nhs_number_verified &= demographics.nhs_number.is_some();
    facts.push(r.fact(0, when(json.at(&["meta", "lastUpdated"])), Body::Demographics(Box::new(demographics))));
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
    let preferred = all.iter().find(|c| c.bool("preferred") == Some(true)).or(all.first())?;
    concept(preferred.get("language"))
}

fn interpreter(json: &Json<'_>) -> Option<bool> {
    let direct = ["patient-interpreterRequired", "InterpreterRequired"];
    let nested = json.extensions("NHSCommunication").find_map(|e| e.extension("interpreterRequired").text());
    direct.iter().find_map(|name| json.extension(name).text()).or(nested).map(|t| t == "true")
}
