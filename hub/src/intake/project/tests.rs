//! Tests of the projection: one table per group of sections, and the chart of the UK Core example patient as a page.

use super::json::Json;
use super::{Around, Stored, project};
use record::chart::{Chart, Content};
use record::patient::{Ethnicity, Life};
use record::section::{Section, Sections};
use record::summary::{Body, Fact, FactKey, Item, Note};
use record::{SourceId, Stamp};
use std::fmt::Write;

mod said;

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

fn facts(resources: &[&str]) -> Vec<Fact> {
    let texts: Vec<(Json<'_>, String, String)> = resources
        .iter()
        .map(|text| {
            let json = Json::parse(text).unwrap();
            let (kind, rid) = (json.str("resourceType").unwrap().to_owned(), json.str("id").unwrap_or("1").to_owned());
            (json, kind, rid)
        })
        .collect();
    let stored: Vec<Stored<'_>> = texts
        .iter()
        .map(|(json, kind, rid)| Stored {
            via: 1,
            source: SourceId(1),
            kind,
            rid,
            key: FactKey(format!("{kind}/{rid}")),
            json: json.clone(),
        })
        .collect();
    let mut around = Around::default();
    for (json, kind, rid) in &texts {
        around.add(1, format!("{kind}/{rid}"), json);
    }
    project(&stored, &around, NOW)
}

/// The item (or note) in one line: section, standing, title, then what it says.
fn told(fact: &Fact) -> String {
    match &fact.body {
        Body::Demographics(d) => format!("demographics: {}", d.name().map(|n| n.banner()).unwrap_or_default()),
        Body::Note(section, note) => match note {
            Note::Absent(absence) => format!("{}: ({})", section.code(), absence.label(*section)),
            Note::Warning(warning) => format!("{}: ({})", section.code(), warning.label()),
            Note::Said { words, .. } => format!("{}: ({words})", section.code()),
        },
        Body::Item(section, item) => format!("{}: {:?} {}", section.code(), item.standing, item_told(item)),
    }
}

fn item_told(item: &Item) -> String {
    let mut told = item.title.clone();
    for reading in &item.readings {
        let parts = [Some(reading.value.as_str()), reading.unit.as_deref(), reading.missing.as_deref()];
        let said: Vec<&str> = parts.into_iter().flatten().filter(|p| !p.is_empty()).collect();
        let _ = write!(told, " | {}={}", reading.name, said.join(" "));
        for extra in [&reading.range, &reading.flag].into_iter().flatten() {
            let _ = write!(told, " [{extra}]");
        }
    }
    for line in &item.lines {
        let _ = write!(told, " | {}: {}", line.0, line.1);
    }
    told
}

#[track_caller]
fn check(resource: &str, expected: &[&str]) {
    let told: Vec<String> = facts(&[resource]).iter().map(told).collect();
    assert_eq!(told, expected, "{resource}");
}

#[test]
fn allergies() {
    check(
        r#"{"resourceType":"AllergyIntolerance","id":"1","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"code":"372687004","display":"Amoxicillin"}]},"criticality":"high","reaction":[{"manifestation":[{"text":"Rash"},{"text":"Wheeze"}],"severity":"severe"}]}"#,
        &["allergies: Current Amoxicillin"],
    );
    check(
        r#"{"resourceType":"AllergyIntolerance","id":"1","code":{"coding":[{"code":"716186003"}]}}"#,
        &["allergies: (No known allergies)"],
    );
    check(
        r#"{"resourceType":"AllergyIntolerance","id":"1","verificationStatus":{"coding":[{"code":"entered-in-error"}]},"code":{"text":"Egg"}}"#,
        &["allergies: InError Egg"],
    );
    check(
        r#"{"resourceType":"AllergyIntolerance","id":"1","meta":{"security":[{"code":"R"}]},"code":{"text":"Egg"}}"#,
        &["allergies: (Some information withheld)"],
    );
    check(
        r#"{"resourceType":"List","id":"1","status":"current","code":{"coding":[{"code":"886921000000105"}]},"emptyReason":{"coding":[{"code":"no-content-recorded"}]},
            "extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ListWarningCode","valueCodeableConcept":{"coding":[{"code":"confidential-items"}]}}]}"#,
        &[
            "allergies: (Allergies not recorded)",
            "allergies: (Items excluded due to confidentiality or patient preferences)",
        ],
    );
}

#[test]
fn the_five_absences_of_a_list() {
    for (code, label) in [
        ("nilknown", "No known medications"),
        ("notasked", "Medications not recorded"),
        ("withheld", "Some information withheld"),
        ("unavailable", "Medications unavailable"),
        ("no-content-recorded", "Medications not recorded"),
    ] {
        let list = format!(
            r#"{{"resourceType":"List","id":"1","status":"current","code":{{"coding":[{{"code":"1102411000000102"}}]}},"emptyReason":{{"coding":[{{"code":"{code}"}}]}}}}"#
        );
        check(&list, &[&format!("medications: ({label})")]);
    }
}

#[test]
fn medications() {
    let found = facts(&[
        r#"{"resourceType":"MedicationRequest","id":"1","status":"active","intent":"order","authoredOn":"2026-01-02","medicationReference":{"reference":"Medication/m"},
            "courseOfTherapyType":{"text":"Repeat"},"dosageInstruction":[{"text":"One twice a day","route":{"text":"Oral"},"doseAndRate":[{"doseQuantity":{"value":5.0,"unit":"mg"}}],"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}}}]}"#,
        r#"{"resourceType":"Medication","id":"m","code":{"text":"Warfarin"},"form":{"text":"Tablet"}}"#,
    ]);
    let Some(Body::Item(Section::Medications, item)) =
        found.iter().map(|f| &f.body).find(|b| matches!(b, Body::Item(Section::Medications, _)))
    else {
        panic!("{found:?}")
    };
    let record::summary::Detail::Medication(m) = &item.detail else { panic!() };
    let parts = [&m.form, &m.dose, &m.route, &m.frequency, &m.instruction, &m.course];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    assert_eq!(item.title, "Warfarin");
    assert_eq!(parts, ["Tablet", "5.0 mg", "Oral", "2 times a day", "One twice a day", "Repeat"]);
    check(
        r#"{"resourceType":"MedicationStatement","id":"1","status":"stopped","medicationCodeableConcept":{"text":"Aspirin"}}"#,
        &["medications: Past Aspirin"],
    );
}

#[test]
fn observations_and_results() {
    check(
        r#"{"resourceType":"Observation","id":"1","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"Blood pressure"},
            "component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":120.0,"unit":"mmHg"}},{"code":{"text":"Diastolic"},"dataAbsentReason":{"text":"Refused"}}]}"#,
        &["observations: Current Blood pressure | Systolic=120.0 mmHg | Diastolic=Refused | Category: vital-signs"],
    );
    let all = facts(&[
        r#"{"resourceType":"DiagnosticReport","id":"1","status":"corrected","code":{"text":"Full blood count"},"result":[{"reference":"Observation/hb"},{"reference":"Observation/secret"},{"reference":"Observation/lost","display":"Platelets"}]}"#,
        r#"{"resourceType":"Observation","id":"hb","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"Haemoglobin"},"valueQuantity":{"value":98,"unit":"g/L"},"referenceRange":[{"low":{"value":115},"high":{"value":165}}],"interpretation":[{"coding":[{"code":"L"}]}]}"#,
        r#"{"resourceType":"Observation","id":"secret","meta":{"security":[{"code":"HIV"}]},"status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"X"},"valueString":"Y"}"#,
    ]);
    assert_eq!(
        all.iter().map(told).collect::<Vec<_>>(),
        [
            "results: Current Full blood count | Haemoglobin=98 g/L [115 to 165] [Low] | Result not held: Platelets | Version: Corrected",
            "results: Current Haemoglobin | Haemoglobin=98 g/L [115 to 165] [Low] | Category: laboratory",
            "results: (Some information withheld)",
        ]
    );
}

#[test]
fn alerts_plans_and_social_care() {
    check(
        r#"{"resourceType":"Flag","id":"1","status":"active","code":{"text":"Dog at address"}}"#,
        &["alerts: Current Dog at address"],
    );
    for restricted in ["902961000000107", "child-protection-information-system-flag"] {
        let flag = format!(
            r#"{{"resourceType":"Flag","id":"1","status":"active","category":[{{"coding":[{{"code":"{restricted}"}}]}}],"code":{{"text":"Secret"}}}}"#
        );
        check(&flag, &["alerts: (Some information withheld)"]);
    }
    check(
        r#"{"resourceType":"Flag","id":"1","status":"active","code":{"text":"DNACPR decision in place"}}"#,
        &["end-of-life: Current DNACPR decision in place"],
    );
    check(
        r#"{"resourceType":"CarePlan","id":"1","status":"active","category":[{"coding":[{"code":"526631000000108"}]}],"title":"Plan"}"#,
        &["end-of-life: Current Plan | Category: 526631000000108"],
    );
    check(
        r#"{"resourceType":"CarePlan","id":"1","status":"completed","category":[{"text":"Wound care"}]}"#,
        &["plans: Past Wound care"],
    );
    check(
        r#"{"resourceType":"EpisodeOfCare","id":"1","status":"active","type":[{"text":"Domiciliary care package"}],"period":{"start":"2026-01-01"}}"#,
        &["social-care: Current Domiciliary care package"],
    );
}

#[test]
fn the_rest_and_what_is_not_part_of_a_record() {
    check(
        r#"{"resourceType":"Immunization","id":"1","status":"not-done","statusReason":{"text":"Declined"},"vaccineCode":{"text":"Flu"}}"#,
        &["immunisations: Past Flu | Not given: Declined"],
    );
    check(
        r#"{"resourceType":"Appointment","id":"1","status":"booked","start":"2030-01-01T10:00:00Z","description":"Wound clinic"}"#,
        &["appointments: Future Wound clinic"],
    );
    check(
        r#"{"resourceType":"FamilyMemberHistory","id":"1","status":"completed","relationship":{"text":"Mother"}}"#,
        &["other: Past Mother | Record: Family member history"],
    );
    for kind in ["Consent", "AuditEvent", "Provenance", "Claim", "ExplanationOfBenefit", "Coverage"] {
        check(&format!(r#"{{"resourceType":"{kind}","id":"1"}}"#), &[]);
    }
}

#[test]
fn demographics() {
    let patient = |rest: &str| {
        format!(r#"{{"resourceType":"Patient","id":"1","name":[{{"family":"Holt","given":["Ada"]}}]{rest}}}"#)
    };
    let read = |rest: &str| match facts(&[&patient(rest)]).remove(0).body {
        Body::Demographics(d) => *d,
        other => panic!("{other:?}"),
    };
    let ethnic = |code: &str| {
        read(&format!(r#","extension":[{{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory","valueCodeableConcept":{{"coding":[{{"code":"{code}","display":"British"}}]}}}}]"#)).ethnicity
    };
    assert_eq!(ethnic("A"), Some(Ethnicity::Stated { code: "A".into(), label: "British".into() }));
    assert_eq!((ethnic("Z"), ethnic("99")), (Some(Ethnicity::NotStated), Some(Ethnicity::NotKnown)));
    let death = |code: &str| {
        read(&format!(r#","deceasedDateTime":"2026-05","extension":[{{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus","extension":[{{"url":"deathNotificationStatus","valueCodeableConcept":{{"coding":[{{"code":"{code}"}}]}}}}]}}]"#)).life
    };
    assert!(matches!(death("2"), Life::Died { formal: true, .. }));
    assert!(matches!(death("1"), Life::Died { formal: false, .. }));
    assert_eq!(death("U"), Life::Living);
    let place = r#","address":[{"line":["1 Mill Lane"]}],"telecom":[{"value":"01"}],"generalPractitioner":[{"display":"Mill Surgery"}]"#;
    let open = read(place);
    assert!(open.addresses.len() == 1 && open.telecoms.len() == 1 && open.gp.is_some() && !open.location_protected);
    let hidden = read(&format!(r#"{place},"meta":{{"security":[{{"code":"R"}}]}}"#));
    assert!(
        hidden.location_protected && hidden.addresses.is_empty() && hidden.telecoms.is_empty() && hidden.gp.is_none()
    );
    let bad = read(r#","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000019"}]"#);
    assert_eq!((bad.nhs_number, bad.nhs_number_verified), (None, false));
}

#[test]
fn nothing_panics_on_odd_json() {
    let kinds = [
        "Patient",
        "Observation",
        "MedicationRequest",
        "DiagnosticReport",
        "List",
        "QuestionnaireResponse",
        "Basic",
        "Appointment",
        "Binary",
        "DocumentReference",
    ];
    for kind in kinds {
        for value in
            ["null", "7", "\"x\"", "[]", "{}", "[[{}]]", "[null,7,{\"coding\":7}]", "{\"coding\":[null,{\"code\":{}}]}"]
        {
            let members = [
                "code",
                "name",
                "identifier",
                "subject",
                "contact",
                "result",
                "item",
                "content",
                "status",
                "dosageInstruction",
                "component",
                "data",
                "participant",
                "extension",
                "emptyReason",
                "valueQuantity",
                "period",
                "meta",
            ];
            let body: String = members.iter().map(|m| format!(",\"{m}\":{value}")).collect();
            let _ = facts(&[&format!("{{\"resourceType\":\"{kind}\"{body}}}")]);
        }
    }
}

#[test]
fn the_chart_of_the_uk_core_example_patient() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/fhir-r4/uk-core/json");
    let Ok(files) = std::fs::read_dir(folder) else { return };
    let mut texts: Vec<String> = files.filter_map(|f| std::fs::read_to_string(f.ok()?.path()).ok()).collect();
    let shared = ["Medication", "Practitioner", "Organization"].map(|kind| format!("\"resourceType\": \"{kind}\""));
    texts.retain(|t| {
        t.contains("Patient/UKCore-Patient-RichardSmith-Example")
            || shared.iter().any(|s| t.contains(s))
            || t.contains("\"id\": \"UKCore-Patient-RichardSmith-Example\"")
    });
    texts.retain(|t| !t.contains("\"resourceType\": \"Bundle\""));
    texts.sort();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let chart = Chart::assemble(facts(&texts), Sections::ALL);
    let mut page = String::new();
    for d in &chart.demographics {
        let _ = writeln!(page, "{:#?}", d.value);
    }
    for section in &chart.sections {
        let _ = writeln!(page, "\n## {}", section.section.title());
        match &section.content {
            Content::Absent(absence) => {
                let _ = writeln!(page, "({})", absence.label(section.section));
            }
            Content::Held(items) => items.iter().for_each(|i| {
                let when = i.value.when.as_ref().map(|w| w.display()).unwrap_or_default();
                let by = i.value.author.as_deref().unwrap_or("");
                let _ = writeln!(page, "{:?} {when} {by}: {}", i.value.standing, item_told(&i.value));
            }),
        }
        for note in &section.notes {
            let _ = writeln!(page, "note: {:?}", note.value);
        }
    }
    insta::assert_snapshot!(page);
}
