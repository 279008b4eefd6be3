//! Which file reads to which choice; what is written reads back. The PCF examples are IHE's own, read where the shared data lies beside the
//! repository; the same shapes are here as small resources, so that the table is tested without them too.

use super::read::{Doubt, Reading, read};
use super::write::{Whose, resources};
use crate::store::consent::Version;
use proptest::prelude::*;
use record::consent::{Channel, Choice, DecidedBy, Recorded, RecordedBy};
use record::people::Organisation;
use record::{PersonId, Stamp};
use serde_json::{Value, json};
use std::path::Path;

/// A reading in a word: the choice, and after a slash the doubts that made it so; `-` is "not about sharing for care".
fn word(reading: &Reading) -> String {
    match reading {
        Reading::Choice(recorded) => short(recorded.choice).to_owned(),
        Reading::Tightened(recorded, doubts) => format!("{}/{doubts:?}", short(recorded.choice)),
        Reading::NotAbout(doubt) => format!("-/{doubt:?}"),
        Reading::Ended => "ended".to_owned(),
    }
}

fn short(choice: Choice) -> &'static str {
    choice.code().split('_').next().unwrap_or_default()
}

fn check(folder: &str, table: &[(&str, &str)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/fhir-r4").join(folder);
    if !folder.exists() {
        return;
    }
    for (name, expected) in table {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        assert_eq!(word(&read(&serde_json::from_str(&text).unwrap())), *expected, "{name}");
    }
}

/// Permits treatment for some of the data. Under PCF the rest is denied; our five options speak of the record as a whole, so a yes would show the rest.
/// N1 and not N2: whoever agreed to treatment by some of it has not said "not even in an emergency" (decision 0024). The doubt is an alert: the
/// privacy officer asks which of the five the person means.
const ONLY_SOME: &str = "permits some of the data only; a yes would show the rest";
/// Permits treatment but for some of the data. What is excepted is named by reference to resources of another system, by author or by time; nothing
/// on a device or in a frame can be withheld by that (labels can, and are), so a yes would show what was excepted.
const ALL_BUT_SOME: &str = "excepts some of the data, which cannot be kept back by itself; a yes would show it";
/// R and the sensitive labels are withheld from everybody, so a rule about them asks for no more than is done.
const LABELS: &str = "speaks of labels that are withheld from everybody as it is";

/// IHE's 17 examples: the file, what it is read as, and why.
const PCF: [(&str, &str, &str); 17] = [
    ("Consent-ex-consent-basic-treat", "Y3", "permits treatment, without an end"),
    ("Consent-ex-consent-basic-ink", "Y3", "the same, from a signed form"),
    ("Consent-ex-consent-basic-reject", "N2", "denies everything, and leaves no exception"),
    ("Consent-ex-consent-basic-research", "-/Purpose", "is about research, not care"),
    ("Consent-ex-dissent-intermediate-break-glass", "N1", "denies all but break-glass"),
    ("Consent-ex-consent-intermediate-data", "N1/{Data}", ONLY_SOME),
    ("Consent-ex-consent-intermediate-encounter", "N1/{Data}", ONLY_SOME),
    ("Consent-ex-consent-intermediate-timeframe", "N1/{Data}", ONLY_SOME),
    ("Consent-ex-consent-intermediate-not-authoredby", "N1/{Data}", ALL_BUT_SOME),
    ("Consent-ex-consent-intermediate-not-data", "N1/{Data}", ALL_BUT_SOME),
    ("Consent-ex-consent-intermediate-not-encounter", "N1/{Data}", ALL_BUT_SOME),
    ("Consent-ex-consent-intermediate-not-timeframe", "N1/{Data}", ALL_BUT_SOME),
    ("Consent-ex-consent-advanced-normal", "Y3", LABELS),
    ("Consent-ex-consent-advanced-normal-restricted", "Y3", LABELS),
    ("Consent-ex-consent-advanced-normal-not-restricted", "Y3", LABELS),
    ("Consent-ex-consent-advanced-normal-break-glass-restricted", "Y3/{Labels}", LABELS),
    ("Consent-ex-consent-advanced-normal-focused-psy", "Y3/{Labels}", LABELS),
];

#[test]
fn the_pcf_examples_read_to_the_right_decision() {
    check("consent-audit-ihe/pcf", &PCF.map(|(name, expected, _)| (name, expected)));
}

/// Reckoned from the resources by PCF's own words and by nothing of the reader's: a Consent is a yes to the record if its root permits treatment of
/// all data to everybody, and every exception is of labels that are withheld here as it is. Where it is one of some data, the table says so.
#[test]
fn a_yes_is_read_where_pcf_permits_the_whole_record_and_nowhere_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/fhir-r4/consent-audit-ihe/pcf");
    if !folder.exists() {
        return;
    }
    let narrow = |provision: &Value| !provision["data"].is_null() || !provision["dataPeriod"].is_null();
    let nested = |root: &Value| root["provision"].as_array().cloned().unwrap_or_default();
    for (name, expected, why) in PCF {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let consent: Value = serde_json::from_str(&text).unwrap();
        let root = &consent["provision"];
        let treats = root["purpose"].as_array().is_none_or(|all| all.iter().any(|purpose| purpose["code"] == "TREAT"));
        let labelled =
            |one: &Value| one["securityLabel"].is_array() && one["data"].is_null() && one["dataPeriod"].is_null();
        let whole = root["type"] == "permit" && treats && !narrow(root) && nested(root).iter().all(labelled);
        assert_eq!(expected.starts_with('Y'), whole, "{name}");
        assert_eq!(why == ONLY_SOME, narrow(root), "{name}: {why}");
        assert_eq!(why == ALL_BUT_SOME, nested(root).iter().any(narrow), "{name}: {why}");
    }
}

#[test]
fn other_public_examples_are_never_read_as_more_than_they_say() {
    check("uk-core/json", &[("UKCore-Consent-ForInformationAccess-Example", "-/NoRule")]);
    check("nhs-england-programme/json", &[("NationalProxy-Consent-confirmed-Example", "-/NoRule")]);
    check(
        "spec-examples",
        &[
            ("Consent-consent-example-Out", "N2"),
            ("Consent-consent-example-Emergency", "N1"),
            ("Consent-consent-example-notAuthor", "N1/{Actor}"),
            ("Consent-consent-example-notThis", "N1/{Data}"),
        ],
    );
}

fn consent(provision: Value) -> Value {
    json!({ "resourceType": "Consent", "status": "active", "dateTime": "2026-03-10",
        "scope": { "coding": [{ "code": "patient-privacy" }] }, "category": [{ "coding": [{ "code": "59284-0" }] }],
        "performer": [{ "reference": "Patient/1" }], "provision": provision })
}

#[test]
fn each_shape_reads_to_its_choice() {
    let treat = json!([{ "code": "TREAT" }]);
    let one = json!([{ "role": { "coding": [{ "code": "IRCP" }] },
        "reference": { "identifier": { "system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "555" } } }]);
    let with = |status: &str| {
        let mut it = consent(json!({ "type": "permit" }));
        it["status"] = json!(status);
        it
    };
    let elsewhere = |kind: &str| {
        let mut it = consent(json!({ "type": kind }));
        it["category"] = json!([{ "coding": [{ "code": "887031000000108" }] }]);
        it
    };
    for (resource, expected) in [
        (consent(json!({ "type": "permit", "purpose": treat })), "Y3"),
        (consent(json!({ "type": "permit" })), "Y3"),
        (consent(json!({ "type": "permit", "period": { "end": "2026-04-01" } })), "Y2"),
        (
            consent(
                json!({ "type": "permit", "actor": one, "period": { "start": "2026-03-10", "end": "2026-03-10" } }),
            ),
            "Y1",
        ),
        (consent(json!({ "type": "permit", "actor": one })), "N1/{Actor}"),
        (
            consent(json!({ "type": "permit", "actor": [{ "reference": { "reference": "Organization/1" } }] })),
            "N1/{Actor}",
        ),
        (consent(json!({ "type": "permit", "period": { "end": "soon" } })), "N1/{Period}"),
        (consent(json!({ "type": "permit", "purpose": [{ "code": "ETREAT" }] })), "N1"),
        (consent(json!({ "type": "permit", "securityLabel": [{ "code": "R" }] })), "N1/{Labels}"),
        (
            consent(json!({ "type": "permit", "provision": [{ "type": "deny", "purpose": [{ "code": "HRESCH" }] }] })),
            "Y3",
        ),
        (
            consent(json!({ "type": "permit", "provision": [{ "type": "deny", "purpose": [{ "code": "BTG" }] }] })),
            "N1/{Exceptions}",
        ),
        (consent(json!({ "type": "deny" })), "N2"),
        (consent(json!({ "type": "deny", "purpose": [{ "code": "HMARKT" }] })), "-/Purpose"),
        (consent(json!({ "type": "deny", "provision": [{ "type": "permit", "purpose": treat }] })), "N2/{Exceptions}"),
        (consent(json!({ "type": "deny", "period": { "end": "2026-04-01" } })), "N2/{Period}"),
        (with("draft"), "-/NotActive"),
        (with("rejected"), "-/NotActive"),
        (with("inactive"), "ended"),
        (elsewhere("permit"), "-/Subject"),
        (elsewhere("deny"), "N2/{Subject}"),
        (json!({}), "-/NotActive"),
        (json!({ "status": "active", "scope": { "coding": [{ "code": "research" }] } }), "-/Scope"),
    ] {
        assert_eq!(word(&read(&resource)), expected, "{resource}");
    }
}

#[test]
fn a_day_is_a_day_in_london_and_ends_are_inclusive() {
    let Reading::Choice(recorded) =
        read(&consent(json!({ "type": "permit", "period": { "start": "2026-07-01", "end": "2026-07" } })))
    else {
        panic!()
    };
    assert_eq!(recorded.from.unwrap().to_string(), "2026-06-30T23:00:00Z");
    assert_eq!(recorded.until.unwrap().to_string(), "2026-07-31T23:00:00Z");
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (1_700_000_000i64..1_900_000_000).prop_map(|seconds| Stamp::from_millis(seconds * 1_000))
}

fn recorded() -> impl Strategy<Value = Recorded> {
    let by = prop_oneof![Just(DecidedBy::Person), Just(DecidedBy::AttorneyOrDeputy), Just(DecidedBy::BestInterests)];
    (prop::sample::select(Choice::OFFERED.to_vec()), stamp(), 1i64..400, prop::option::of("[a-z ]{1,20}[a-z]"), by)
        .prop_map(|(choice, at, days, event, decided_by)| {
            let yes = choice.is_yes();
            let until = match choice {
                Choice::Y1 => Some(at.london_midnight_after()),
                Choice::Y2 => Some(Stamp::from_millis(at.millis() + days * 86_400_000)),
                _ => None,
            };
            Recorded {
                choice,
                only: (choice == Choice::Y1).then(|| "555000111".parse().unwrap()),
                from: (yes && choice != Choice::Y3).then_some(at),
                until,
                end_event: event.filter(|_| choice == Choice::Y2),
                decided: Some(at),
                decided_by,
                reason: (decided_by == DecidedBy::BestInterests).then(|| "cannot say; daughter asked".to_owned()),
                by: Some(RecordedBy { name: "Jo".into(), organisation: "Trust".into(), how: Channel::Device }),
                form: (choice == Choice::N2).then(|| "ab".repeat(32)),
                ..Recorded::nothing()
            }
        })
}

fn written(recorded: &Recorded) -> Vec<Value> {
    let version =
        Version { seq: 7, recorded: recorded.clone(), key: "k".into(), received: Stamp::from_millis(0), form: false };
    let hub = Organisation { ods: "ZZHUB".parse().unwrap(), name: "Hub".into() };
    resources(&Whose { person: PersonId::from_bytes([1; 16]), number: None }, &version, &hub)
}

proptest! {
    #[test]
    fn what_is_written_reads_back(recorded in recorded()) {
        let all = written(&recorded);
        let Reading::Choice(back) = read(&all[0]) else { return Err(TestCaseError::fail(word(&read(&all[0])))) };
        // Who wrote it down and the reason of a best-interests decision travel beside it, in performer and Provenance.
        prop_assert_eq!(Recorded { by: None, reason: None, ..recorded.clone() }, Recorded { by: None, ..*back });
        prop_assert_eq!(all.len(), 1 + usize::from(recorded.reason.is_some()));
    }

    #[test]
    fn no_resource_makes_reading_panic_or_permit(kind in "[a-z]{0,9}", status in "[a-z-]{0,12}") {
        let mut it = consent(json!({ "type": kind, "purpose": kind, "provision": [kind, { "type": kind }] }));
        it["status"] = json!(status);
        if kind != "permit" {
            prop_assert!(!matches!(read(&it), Reading::Choice(r) if r.choice.is_yes()));
        }
    }
}

#[test]
fn what_pcf_requires_is_there() {
    for choice in Choice::OFFERED {
        let it = &written(&Recorded { choice, decided: Some(Stamp::from_millis(0)), ..Recorded::nothing() })[0];
        for element in
            ["status", "scope", "category", "patient", "dateTime", "performer", "organization", "policy", "provision"]
        {
            assert!(!it[element].is_null(), "{choice:?}: {element}");
        }
        assert!(it["provision"]["type"].is_string() && it["policy"][0]["uri"].is_string());
        assert!(it["sourceAttachment"].is_object() ^ it["sourceReference"].is_object());
        // No third level, no verification.
        assert!(it["verification"].is_null() && it["provision"]["provision"][0]["provision"].is_null());
    }
}

#[test]
fn a_conflict_is_written_as_what_holds() {
    let yes = Recorded { choice: Choice::Y3, ..Recorded::nothing() };
    for (other, expected) in [(Choice::Y1, "N1"), (Choice::N2, "N2")] {
        let conflict = Recorded { choice: other, ..Recorded::nothing() }.against(2, &yes, 1);
        let it = &written(&conflict)[0];
        assert_eq!(word(&read(it)), expected);
        assert_eq!(it["extension"][0]["extension"].as_array().map(Vec::len), Some(2));
    }
    assert!(Doubt::Data.to_string().contains("some of the data"));
}
