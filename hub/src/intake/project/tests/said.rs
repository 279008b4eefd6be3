//! What sources say that turns a plain reading round, and what they say beside the plain fields: prohibitions, qualifiers, narrower
//! statements of absence, ends of names and addresses, attachments. One table per kind of hazard (H57 to H59).

use super::{check, facts, told};
use record::patient::Demographics;
use record::summary::{Body, Detail};

#[test]
fn no_known_of_one_kind_is_not_no_known_allergies() {
    let allergy = |code: &str| {
        format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"1","clinicalStatus":{{"coding":[{{"code":"active"}}]}},"code":{code}}}"#
        )
    };
    for (code, said) in [
        (r#"{"coding":[{"code":"716186003","display":"No known allergy"}]}"#, "(No known allergies)"),
        (r#"{"text":"No known allergies"}"#, "(No known allergies)"),
        (r#"{"coding":[{"code":"429625007","display":"No known food allergy"}]}"#, "(No known food allergy)"),
        (r#"{"coding":[{"code":"409137002","display":"No known drug allergy"}]}"#, "(No known drug allergy)"),
        (r#"{"text":"No known drug allergies"}"#, "(No known drug allergies)"),
        (r#"{"text":"NKDA"}"#, "(NKDA)"),
        (r#"{"text":"No known drug allergies","coding":[{"code":"716186003"}]}"#, "(No known drug allergies)"),
        (r#"{"text":"No known allergies","coding":[{"code":"409137002"}]}"#, "(No known allergies of one kind)"),
        (r#"{"text":"Penicillin","coding":[{"code":"716186003"}]}"#, "Current Penicillin"),
    ] {
        check(&allergy(code), &[&format!("allergies: {said}")]);
    }
    for (code, said) in [
        ("886921000000105", "(No known allergies)"),
        ("1103671000000101", "(Ended allergies: none in the list)"),
        ("1102191000000100", "(Discontinued medications: none in the list)"),
    ] {
        let section = if said.contains("med") { "medications" } else { "allergies" };
        let list = format!(
            r#"{{"resourceType":"List","id":"1","status":"current","code":{{"coding":[{{"code":"{code}"}}]}},"emptyReason":{{"coding":[{{"code":"nilknown"}}]}}}}"#
        );
        check(&list, &[&format!("{section}: {said}")]);
    }
    check(
        r#"{"resourceType":"List","id":"1","status":"current","code":{"coding":[{"code":"886921000000105"}]},"date":"2026-03-01",
            "emptyReason":{"text":"Patient refused to say"},"note":[{"text":"Items excluded due to confidentiality"}]}"#,
        &[
            "allergies: (Allergies not recorded)",
            "allergies: (The list is empty: Patient refused to say)",
            "allergies: (Items excluded due to confidentiality)",
        ],
    );
}

#[test]
fn what_must_not_be_done_is_never_an_order() {
    for (resource, said) in [
        (
            r#"{"resourceType":"MedicationRequest","id":"1","status":"active","doNotPerform":true,"medicationCodeableConcept":{"text":"Penicillin V"},"dosageInstruction":[{"text":"250 mg"}]}"#,
            "medications: Current DO NOT GIVE: Penicillin V | Instruction: 250 mg",
        ),
        (
            r#"{"resourceType":"ServiceRequest","id":"1","status":"active","doNotPerform":true,"code":{"text":"Cardiopulmonary resuscitation"}}"#,
            "end-of-life: Current DO NOT: Cardiopulmonary resuscitation",
        ),
        (
            r#"{"resourceType":"ServiceRequest","id":"1","status":"active","doNotPerform":false,"code":{"text":"Physiotherapy"}}"#,
            "referrals: Current Physiotherapy",
        ),
        (
            r#"{"resourceType":"CarePlan","id":"1","status":"active","title":"Swallow","activity":[{"detail":{"status":"scheduled","doNotPerform":true,"code":{"text":"Oral feeding"}}},{"detail":{"code":{"text":"PEG feeding"}}}]}"#,
            "plans: Current Swallow | Activity: DO NOT: Oral feeding (scheduled) | Activity: PEG feeding",
        ),
        (
            r#"{"resourceType":"Procedure","id":"1","status":"completed","notDone":true,"code":{"text":"Catheter change"}}"#,
            "procedures: Past NOT DONE: Catheter change",
        ),
        (
            r#"{"resourceType":"CommunicationRequest","id":"1","status":"active","doNotPerform":true,"category":[{"text":"Telephone the daughter"}]}"#,
            "other: Current DO NOT: Telephone the daughter | Record: Communication request | do not perform: true",
        ),
    ] {
        check(resource, &[said]);
    }
}

#[test]
fn a_qualifier_that_is_not_understood_is_said_and_makes_no_order() {
    let warned = "Warning: this entry carries a qualifier that Satchel does not understand: see the source";
    for (resource, begins) in [
        (
            r#"{"resourceType":"MedicationRequest","id":"1","status":"active","modifierExtension":[{"url":"x","valueBoolean":true}],"medicationCodeableConcept":{"text":"Warfarin"}}"#,
            "medications: Current Warfarin",
        ),
        (
            r#"{"resourceType":"MedicationRequest","id":"1","status":"active","medicationCodeableConcept":{"text":"Warfarin"},"dosageInstruction":[{"text":"3 mg","modifierExtension":[{"url":"x"}]}]}"#,
            "medications: Current Warfarin",
        ),
        (
            r#"{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Weight"},"modifierExtension":[{"url":"x"}]}"#,
            "observations: Current Weight",
        ),
        (
            r#"{"resourceType":"CarePlan","id":"1","status":"active","title":"Plan","activity":[{"detail":{"code":{"text":"Walk"},"modifierExtension":[{"url":"x"}]}}]}"#,
            "plans: Current Plan",
        ),
    ] {
        let found = facts(&[resource]);
        let said = told(&found[0]);
        assert!(said.starts_with(begins) && said.contains(warned), "{said}");
        let Body::Item(_, item) = &found[0].body else { panic!() };
        assert_eq!(item.detail, Detail::Plain, "{resource}");
    }
    // "No known allergies" with something unknown about it is not that.
    let said = told(
        &facts(&[
            r#"{"resourceType":"AllergyIntolerance","id":"1","modifierExtension":[{"url":"x"}],"code":{"coding":[{"code":"716186003"}]}}"#,
        ])[0],
    );
    assert!(said.starts_with("allergies: (A statement about this section"), "{said}");
}

#[test]
fn what_is_withheld_is_not_told_through_another_resource() {
    let all = facts(&[
        r#"{"resourceType":"Condition","id":"h","meta":{"security":[{"code":"HIV"}]},"code":{"text":"Human immunodeficiency virus infection"}}"#,
        r#"{"resourceType":"MedicationRequest","id":"m","status":"active","medicationCodeableConcept":{"text":"Some drug"},"reasonReference":[{"reference":"Condition/h"}]}"#,
        r#"{"resourceType":"Encounter","id":"e","status":"finished","diagnosis":[{"condition":{"reference":"Condition/h","display":"HIV"}}],"reasonReference":[{"reference":"Condition/h"}]}"#,
        r#"{"resourceType":"CarePlan","id":"p","status":"active","title":"Plan","addresses":[{"reference":"Condition/h","display":"HIV"}],"goal":[{"reference":"Condition/h","display":"HIV"}]}"#,
        r#"{"resourceType":"ClinicalImpression","id":"i","status":"completed","problem":[{"reference":"Condition/h","display":"HIV"}]}"#,
        r#"{"resourceType":"DiagnosticReport","id":"r","status":"final","code":{"text":"Bloods"},"result":[{"reference":"Condition/h","display":"HIV"}]}"#,
        r#"{"resourceType":"CareTeam","id":"t","status":"active","name":"Team for child protection"}"#,
        r#"{"resourceType":"CarePlan","id":"q","status":"active","title":"Visits","careTeam":[{"reference":"CareTeam/t"}]}"#,
    ]);
    let said: Vec<String> = all.iter().map(told).collect();
    let whole = format!("{said:?}").to_lowercase();
    assert!(!whole.contains("hiv") && !whole.contains("immunodef") && !whole.contains("child protection"), "{said:#?}");
    assert!(whole.contains("reason: withheld") && whole.contains("team: withheld"), "{said:#?}");
    assert_eq!(said.iter().filter(|s| s.ends_with("(Some information withheld)")).count(), 2);
}

fn person(rest: &str) -> Demographics {
    let patient = format!(r#"{{"resourceType":"Patient","id":"1",{rest}}}"#);
    match facts(&[&patient]).remove(0).body {
        Body::Demographics(d) => *d,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_has_ended_is_not_where_somebody_lives_nor_who_they_are() {
    let d = person(
        r#""name":[{"use":"official","family":"Oldname","period":{"end":"2010-01-01"}},{"use":"usual","family":"Demog"}],
        "address":[{"use":"home","line":["1 Old Street"],"period":{"end":"2019-05-01"}},{"use":"home","line":["2 New Road"]}],
        "telecom":[{"system":"phone","value":"1","period":{"end":"2019-05-01"}},{"system":"phone","value":"2","use":"old"},{"system":"phone","value":"3"}],
        "identifier":[{"use":"old","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},
                      {"use":"official","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]"#,
    );
    assert_eq!(d.name().map(|n| n.family.as_str()), Some("Demog"));
    assert_eq!(d.home().map(|a| a.one_line()).as_deref(), Some("2 New Road"));
    assert_eq!((d.names.len(), d.addresses.len()), (2, 2), "the earlier ones are still there, and said to be old");
    assert_eq!(d.telecoms.iter().map(|t| t.value.as_str()).collect::<Vec<_>>(), ["3"]);
    assert_eq!(d.nhs_number.map(|n| n.digits()).as_deref(), Some("9990000026"));
    let also = person(
        r#""birthDate":"1940-13-45","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactPreference","extension":[
            {"url":"PreferredContactMethod","valueCodeableConcept":{"coding":[{"code":"3","display":"Telephone"}]}},
            {"url":"PreferredContactTimes","valueTiming":{"repeat":{"frequency":1,"period":1,"periodUnit":"d","dayOfWeek":["mon","wed"],"when":["MORN"]}}},
            {"url":"PreferredWrittenCommunicationFormat","valueCodeableConcept":{"text":"Braille"}}]},
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactPreference","extension":[
            {"url":"PreferredContactTimes","valueString":"Not after 7pm"}]},
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ResidentialStatus","valueCodeableConcept":{"coding":[{"code":"H","display":"UK Resident"}]}},
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-BirthSex","valueCodeableConcept":{"coding":[{"code":"female","display":"Female"}]}},
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberUnavailableReason","valueCodeableConcept":{"coding":[{"code":"overseas-patient","display":"Overseas patient"}]}},
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication","extension":[
            {"url":"language","valueCodeableConcept":{"text":"French"}},{"url":"interpreterRequired","valueBoolean":true}]}]"#,
    );
    let said: Vec<String> = also.also.iter().map(|(label, words)| format!("{label}: {words}")).collect();
    let expected = [
        "Contact by: Telephone",
        "Contact at: in the morning, Monday, Wednesday",
        "Write in: Braille",
        "Contact at: Not after 7pm",
        "Residential status: UK Resident",
        "Sex at birth: Female",
        "No NHS number because: Overseas patient",
        "Birth date, not a date Satchel can read: 1940-13-45",
    ];
    assert_eq!(said, expected);
    assert_eq!((also.language.as_deref(), also.interpreter), (Some("French"), Some(true)));
    // Where nothing else is sent, what there is.
    let only = person(
        r#""name":[{"use":"usual","family":"Only","period":{"end":"2021-12-31"}}],"address":[{"use":"home","line":["1 High Street"],"period":{"end":"2021-12-31"}}]"#,
    );
    assert_eq!(only.name().map(|n| n.family.as_str()), Some("Only"));
    assert_eq!(only.home().map(|a| a.one_line()).as_deref(), Some("1 High Street"));
}

#[test]
fn a_contact_is_telephoned_where_they_are_now() {
    let all = facts(&[
        r#"{"resourceType":"Patient","id":"1","contact":[{"name":{"text":"Al Kin"},"telecom":[{"value":"111","period":{"end":"2010-01-01"}},{"value":"222","use":"old"},{"value":"333"}]}]}"#,
    ]);
    let contact = all.iter().find_map(|f| match &f.body {
        Body::Item(_, item) => match &item.detail {
            Detail::Contact(contact) => Some(contact.phones.clone()),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(contact, Some(vec!["333".to_owned()]));
}

#[test]
fn adjustments_allergies_and_attachments_say_all_they_have() {
    check(
        r#"{"resourceType":"Flag","id":"1","status":"active","code":{"text":"Reasonable adjustment"},"extension":[
            {"url":"https://fhir.nhs.uk/England/StructureDefinition/Extension-FlagNotes","valueAnnotation":{"text":"Large print"}},
            {"url":"http://hl7.org/fhir/StructureDefinition/flag-detail","valueReference":{"reference":"Condition/x","display":"Low vision"}}]}"#,
        &["alerts: Current Reasonable adjustment | Note: Large print | Detail: Low vision"],
    );
    check(
        r#"{"resourceType":"AllergyIntolerance","id":"1","clinicalStatus":{"coding":[{"code":"inactive"}],"extension":[
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AllergyIntoleranceEnd","extension":[
            {"url":"endDate","valueDateTime":"2021-07-20"},{"url":"reasonEnded","valueString":"Administrative error"}]}]},
            "code":{"text":"Allergy to drug"},"reaction":[{"substance":{"text":"Co-amoxiclav"},"manifestation":[{"text":"Rash"}],
            "description":"Needed ITU","exposureRoute":{"text":"Oral"},"note":[{"text":"biphasic"}]}]}"#,
        &[
            "allergies: Past Allergy to drug (Co-amoxiclav) | Ended because: Administrative error | Reaction described: Needed ITU | Exposed by: Oral | Note on the reaction: biphasic",
        ],
    );
    check(
        r#"{"resourceType":"DiagnosticReport","id":"1","status":"final","code":{"text":"CT head"},"presentedForm":[
            {"contentType":"application/pdf","data":"eA==","title":"CT report.pdf"}]}"#,
        &["results: Current CT head | Attachment: CT report.pdf, application/pdf, not shown here: ask its source"],
    );
    check(
        r#"{"resourceType":"DocumentReference","id":"1","status":"current","type":{"text":"Letter"},"content":[
            {"attachment":{"contentType":"text/html","data":"PHA+U3RvcCA8Yj53YXJmYXJpbjwvYj48L3A+"}},
            {"attachment":{"contentType":"application/pdf","url":"Binary/zz","title":"Second"}}]}"#,
        &[
            "documents: Current Letter | Text: Stop warfarin | Attachment: text/html, its words are shown, its layout is not | Attachment: Second, application/pdf, not shown here: ask its source | Address: Binary/zz",
        ],
    );
    check(
        r#"{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Panel"},"hasMember":[{"reference":"Observation/zzz","display":"Sodium"}]}"#,
        &["observations: Current Panel | Sodium=not held"],
    );
}

#[test]
fn dates_that_are_none_are_shown_as_sent_and_courses_end() {
    for date in ["04/05/2026", "2026-5-4", "20260504", "2026-05-04T24:00:00Z", "2026-02-30"] {
        let condition = format!(
            r#"{{"resourceType":"Condition","id":"1","code":{{"text":"Fall"}},"onsetDateTime":"{date}","recordedDate":"2026-05-05"}}"#
        );
        check(&condition, &[&format!("problems: Current Fall | onset date time, not a date Satchel can read: {date}")]);
    }
    let medicine = |rest: &str| {
        format!(
            r#"{{"resourceType":"MedicationRequest","id":"1","medicationCodeableConcept":{{"text":"Warfarin"}},{rest}}}"#
        )
    };
    check(&medicine(r#""status":"unknown""#), &["medications: Current Warfarin"]);
    check(
        &medicine(
            r#""status":"active","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationChangeSummary","extension":[
            {"url":"status","valueCoding":{"display":"Amended"}},{"url":"dateChanged","valueDateTime":"2020-07-21"}]}]"#,
        ),
        &["medications: Current Warfarin | Change, status: Amended | Change, date changed: 21-Jul-2020"],
    );
    check(
        &medicine(r#""status":"active","dispenseRequest":{"validityPeriod":{"end":"2020-01-08"}}"#),
        &["medications: Current Warfarin | Prescription valid: ended 08-Jan-2020; ask whether it is still taken"],
    );
    check(
        &medicine(
            r#""status":"active","dosageInstruction":[{"timing":{"repeat":{"boundsPeriod":{"end":"2020-01-05"}}}}]"#,
        ),
        &["medications: Past Warfarin"],
    );
}

/// As `Extension-UKCore-MedicationChangeSummary-Example` and `Extension-UKCore-DeliveryChannel-Example` have them.
#[test]
fn what_changed_of_a_medicine_and_how_an_appointment_is_held() {
    check(
        r#"{"resourceType":"MedicationStatement","id":"1","status":"active","medicationCodeableConcept":{"text":"Amoxicillin"},"extension":[
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationChangeSummary","extension":[
            {"url":"status","valueCoding":{"code":"amended","display":"Amended"}},
            {"url":"indicationForChange","valueCodeableConcept":{"coding":[{"code":"275929009","display":"Tablets too large to swallow"}]}},
            {"url":"dateChanged","valueDateTime":"2020-07-21"},
            {"url":"detailsOfAmendment","valueString":"Changed to solution"}]}]}"#,
        &[
            "medications: Current Amoxicillin | Change, status: Amended | Change, indication for change: Tablets too large to swallow | Change, date changed: 21-Jul-2020 | Change, details of amendment: Changed to solution",
        ],
    );
    check(
        r#"{"resourceType":"Appointment","id":"1","status":"booked","start":"2022-03-11T10:46:00Z","extension":[
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeliveryChannel",
            "valueCodeableConcept":{"coding":[{"code":"In-person","display":"In person"}]}}]}"#,
        &["appointments: Past Appointment | Channel: In person"],
    );
    check(
        r#"{"resourceType":"RelatedPerson","id":"1","name":[{"family":"Smith","given":["Joy"]}],"extension":[
            {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactPreference","extension":[
            {"url":"PreferredContactTimes","valueTiming":{"repeat":{"when":["AFT"],"boundsPeriod":{"end":"2026-05-01"}}}}]}]}"#,
        &["contacts: Current Joy Smith | Contact at: in the afternoon; see the source for the rest"],
    );
}
