//! The projection: resources of the kinds promised, goals below needs, each voice of a dispute a Flag of its own, and no winner made.

use super::*;
use record::people::Role;
use record::plan::Content;
use record::plan::shape::{Field, Form};
use record::plan::view::Heads;
use record::plan::{Author, ClaimValue, Register, Said};
use record::{Stamp, When};

fn node(kind: Kind, n: u8, fields: Vec<(&str, Content)>, children: Vec<Node>) -> Node {
    let id = if Kind::PARTS.contains(&kind) { NodeId::part(kind) } else { NodeId::fresh([n; 8]) };
    let fields = fields.into_iter().map(|(code, content)| (code.to_owned(), content)).collect();
    Node { id, kind, ended: vec![], fields, children }
}

fn text(words: &str) -> Content {
    Content::Prose(words.to_owned())
}

fn said(value: &str) -> Said {
    Said { value: value.to_owned(), by: "D1/N1".to_owned() }
}

fn value(value: &str) -> Content {
    Content::Register(Register::One(said(value)))
}

fn claim(id: &str, code: &str) -> Claim {
    Claim {
        id: id.to_owned(),
        value: ClaimValue { code: Some(code.to_owned()), text: String::new() },
        by: Author {
            staff: "N1".parse().unwrap(),
            name: "Jo Marlow".into(),
            role: Role::RegulatedClinician,
            title: "Nurse".into(),
            ods: "ZZ1".parse().unwrap(),
            organisation: "Trust".into(),
        },
        at: Stamp::from_millis(1_790_000_000_000),
        basis: "talked".into(),
        review: When::parse("2027-01"),
        kept: String::new(),
        settles: vec![],
    }
}

fn plan() -> Plan {
    let stage = node(Kind::StageGoal, 4, vec![("text", text("One week"))], vec![]);
    let action = node(
        Kind::Action,
        3,
        vec![("text", text("Night light")), ("who", value("Sam")), ("status", value("scheduled"))],
        vec![stage],
    );
    let goal = node(Kind::Goal, 2, vec![("text", text("Sleep through")), ("importance", value("8"))], vec![action]);
    let need = node(Kind::Need, 1, vec![("text", text("Falls at night")), ("code", value("1912002"))], vec![goal]);
    let contingency = node(Kind::Contingency, 5, vec![("trigger", text("A fall")), ("what", text("Ring 999"))], vec![]);
    let attorney = node(Kind::WelfareAttorney, 6, vec![("name", value("Ted"))], vec![]);
    let property = node(Kind::PropertyAttorney, 7, vec![("name", value("Bill"))], vec![]);
    Plan {
        heads: Heads::default(),
        parts: vec![
            node(Kind::About, 0, vec![("people", text("Ann"))], vec![]),
            node(Kind::Care, 0, vec![("agreed", value("yes"))], vec![need, contingency]),
            node(Kind::EndOfLife, 0, vec![], vec![attorney, property]),
            node(Kind::Respect, 0, vec![], vec![]),
        ],
        decisions: vec![
            (
                Topic::Cpr,
                Held::Disputed(vec![claim("00000000000000c1", "450475007"), claim("00000000000000c2", "450476008")]),
            ),
            (Topic::KeySafe, Held::Agreed { said: Box::new(claim("00000000000000c3", "x")), also: vec![] }),
            (
                Topic::GoalStatus(NodeId::fresh([2; 8])),
                Held::Disputed(vec![claim("00000000000000c4", "active"), claim("00000000000000c5", "on-hold")]),
            ),
            (
                Topic::GoalStatus(NodeId::fresh([4; 8])),
                Held::Agreed { said: Box::new(claim("00000000000000c6", "completed")), also: vec![] },
            ),
        ],
        signed: vec![],
        updated: Some(Stamp::from_millis(1_790_000_000_000)),
        ..Plan::default()
    }
}

fn resources() -> Vec<Value> {
    resources_of(&plan())
}

fn resources_of(plan: &Plan) -> Vec<Value> {
    let bundle = bundle(PersonId::from_bytes([1; 16]), NhsNumber::from_stem(999_000_001), plan);
    bundle["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].clone()).collect()
}

fn of(kind: &str) -> Vec<Value> {
    resources().into_iter().filter(|resource| resource["resourceType"] == kind).collect()
}

#[test]
fn a_need_its_goals_and_actions_keep_to_each_other() {
    let plans = of("CarePlan");
    let (main, contingency) = (&plans[0], &plans[1]);
    assert_eq!(main["category"][0]["coding"][0]["code"], "734163000");
    let named = |kind: &str, node: &str| format!("{kind}/{}-{node}", "01".repeat(16));
    assert_eq!(main["addresses"][0]["reference"], named("Condition", "0101010101010101"));
    assert_eq!(main["activity"][0]["detail"]["goal"][0]["reference"], named("Goal", "0202020202020202"));
    assert_eq!(main["activity"][0]["detail"]["status"], "scheduled");
    assert_eq!(contingency["partOf"][0]["reference"], format!("CarePlan/{}", main["id"].as_str().unwrap()));
    assert_eq!(contingency["category"][0]["coding"][0]["code"], "325691000000100");
    let goals = of("Goal");
    assert_eq!(goals.len(), 2);
    assert_eq!(goals[0]["addresses"][0]["reference"], named("Condition", "0101010101010101"));
    assert_eq!(goals[1]["extension"][0]["valueReference"]["reference"], named("Goal", "0202020202020202"));
    assert_eq!(of("Condition")[0]["code"]["coding"][0]["code"], "1912002");
}

#[test]
fn a_value_given_differently_is_said_and_never_chosen() {
    let goal = &of("Goal")[0];
    for (note, says) in [(0, "DISPUTED. Goal status: Working towards it."), (1, "DISPUTED. Goal status: On hold.")] {
        let note = &goal["note"][note];
        assert!(note["text"].as_str().unwrap().starts_with(says), "{goal}");
        assert!(note["text"].as_str().unwrap().contains("Rests on: talked. Jo Marlow, Nurse, Trust"), "{goal}");
        assert!(note["authorReference"]["display"].is_string() && note["time"].is_string(), "{goal}");
    }
    assert!(goal["achievementStatus"].is_null() && goal["statusReason"].is_null() && goal["statusDate"].is_null());
    // Not "active": no one status stands, and the element may not be left out without saying why.
    assert!(goal["lifecycleStatus"].is_null(), "{goal}");
    assert_eq!(goal["_lifecycleStatus"]["extension"][0]["url"], ABSENT);
    assert_eq!(goal["meta"]["tag"][0]["code"], "disputed");
    assert_eq!(of("CarePlan")[0]["meta"]["tag"][0]["code"], "disputed", "whoever reads only the plan is told");
    let stage = &of("Goal")[1];
    assert_eq!((&stage["lifecycleStatus"], &stage["meta"]), (&json!("completed"), &Value::Null));
    assert_eq!(stage["achievementStatus"]["coding"][0]["code"], "achieved");
    assert!(stage["statusReason"].as_str().unwrap().contains("talked") && stage["statusDate"] == "2026-09-21");
    assert!(of("Flag").iter().all(|flag| !flag["code"]["text"].as_str().unwrap().contains("Goal")), "said once");
}

#[test]
fn a_dose_says_of_which_medicine() {
    let medicine =
        node(Kind::Anticipatory, 8, vec![("text", text("Morphine 10 mg/ml")), ("where", value("Fridge"))], vec![]);
    let id = medicine.id.clone();
    let dose = |n: u8, words: &str| {
        let value = ClaimValue { code: None, text: words.to_owned() };
        Claim { value, ..claim(&format!("00000000000000d{n}"), "x") }
    };
    let mut plan = plan();
    plan.parts[2].children.push(medicine);
    plan.decisions = vec![
        (Topic::Dose(id), Held::Disputed(vec![dose(1, "2.5 mg"), dose(2, "5 mg")])),
        (Topic::Dose(NodeId::fresh([9; 8])), Held::Agreed { said: Box::new(dose(3, "1 mg")), also: vec![] }),
    ];
    let made = super::resources(PersonId::from_bytes([1; 16]), None, &plan);
    let flags: Vec<&str> = made
        .iter()
        .filter(|one| one["resourceType"] == "Flag")
        .filter_map(|one| one["code"]["text"].as_str().filter(|text| text.contains("Dose")))
        .collect();
    assert_eq!(
        flags,
        [
            "DISPUTED. Dose of Morphine 10 mg/ml: 2.5 mg. Rests on: talked",
            "DISPUTED. Dose of Morphine 10 mg/ml: 5 mg. Rests on: talked",
            "Dose of an anticipatory medicine whose name is not recorded: 1 mg. Rests on: talked"
        ]
    );
    let wishes = made.iter().find(|one| one["title"] == "End of life and advance care planning").unwrap();
    assert_eq!(wishes["activity"][0]["detail"]["code"]["text"], "Morphine 10 mg/ml");
    assert!(wishes["activity"][0]["detail"]["description"].as_str().unwrap().contains("Kept: Fridge"));
}

#[test]
fn the_end_of_life_part_and_its_review_are_given_out() {
    let mut plan = plan();
    let wanted = vec![("name", value("714748000")), ("text", text("At home, with Ted")), ("review", value("2026-12"))];
    plan.parts[2].children.push(node(Kind::EndOfLifePlan, 8, wanted, vec![]));
    plan.parts[2].fields = vec![
        ("place".into(), value("110481000000108")),
        ("place-text".into(), text("In my own bed")),
        (
            "prognosis".into(),
            Content::Register(Register::Several(vec![said("845751000000103"), said("845771000000107")])),
        ),
        ("review".into(), value("2027-03-10")),
        ("responsible".into(), value("Dr Rao")),
    ];
    let made = super::resources(PersonId::from_bytes([1; 16]), None, &plan);
    let titled =
        |title: &str| made.iter().find(|one| one["title"] == title).unwrap_or_else(|| panic!("{title}: {made:?}"));
    let wishes = titled("End of life and advance care planning");
    assert!(wishes["period"].is_null(), "a review is no end");
    assert_eq!(wishes["extension"][0]["valueCodeableConcept"]["coding"][0]["code"], "110481000000108");
    assert_eq!(wishes["extension"].as_array().unwrap().len(), 1, "a prognosis given differently has no code");
    assert_eq!(wishes["meta"]["tag"][0]["code"], "disputed");
    let notes = wishes["note"].to_string();
    for part in ["In my own bed", "Home", "10-Mar-2027", "Dr Rao", "not settled"] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    let plan = made.iter().find(|one| one["description"] == "At home, with Ted").expect("the end of life plan");
    assert!(plan["period"].is_null() && plan["note"].to_string().contains("Planned review date"), "{plan}");
    assert_eq!(plan["partOf"][0]["reference"], format!("CarePlan/{}", wishes["id"].as_str().unwrap()));
}

#[test]
fn a_form_that_nobody_signed_is_said_to_be_written_and_not_given_out() {
    let mut plan = plan();
    plan.parts[3].fields = vec![("summary".into(), text("Frail; the secret of the draft"))];
    let made = super::resources(PersonId::from_bytes([1; 16]), None, &plan);
    let form = made.iter().find(|one| one["title"] == "ReSPECT form, not signed").unwrap();
    assert_eq!((&form["status"], &form["meta"]["tag"][0]["code"]), (&json!("draft"), &json!("unsigned")));
    assert!(!serde_json::to_string(&made).unwrap().contains("secret of the draft"));
}

#[test]
fn every_id_names_whose_it_is_and_fits() {
    for one in resources() {
        let id = one["id"].as_str().unwrap();
        assert_eq!(crate::fhir::person_of(id), Some(PersonId::from_bytes([1; 16])), "{id}");
        assert!(id.len() <= 64, "{id}");
    }
}

#[test]
fn each_voice_of_a_dispute_is_a_flag_and_the_key_safe_stays_here() {
    let flags = of("Flag");
    let disputed: Vec<&Value> = flags.iter().filter(|f| f["meta"]["tag"][0]["code"] == "disputed").collect();
    assert_eq!(disputed.len(), 2);
    assert!(disputed.iter().all(|f| f["code"]["text"].as_str().unwrap().starts_with("DISPUTED")));
    assert!(disputed.iter().all(|f| f["period"]["end"] == "2027-01" && f["author"]["display"].is_string()));
    assert!(!flags.iter().any(|f| f["code"]["text"].as_str().unwrap().contains("Key safe")));
}

#[test]
fn the_dose_of_an_ended_medicine_is_no_flag_and_no_dispute() {
    let mut plan = plan();
    let mut medicine = node(Kind::Anticipatory, 9, vec![("text", text("Morphine 10mg/ml"))], vec![]);
    let topic = Topic::Dose(medicine.id.clone());
    let voices = vec![claim("00000000000000d1", "2.5 mg"), claim("00000000000000d2", "5 mg")];
    plan.decisions = vec![(topic, Held::Disputed(voices))];
    let flags = |plan: &Plan| {
        let made = resources_of(plan);
        made.iter()
            .filter(|one| one["resourceType"] == "Flag" && one["code"]["text"].to_string().contains("Dose"))
            .count()
    };
    plan.parts[2].children.push(medicine.clone());
    assert_eq!((flags(&plan), plan.disputes()), (2, 1));
    let by = claim("00000000000000d1", "x").by;
    let at = Stamp::from_millis(1_790_000_000_000);
    let ending = record::plan::Ending::EnteredInError;
    medicine.ended.push(record::plan::view::Ended { ending, reason: "allergic to morphine".into(), by, at });
    plan.parts[2].children.pop();
    plan.parts[2].children.push(medicine);
    assert_eq!((flags(&plan), plan.disputes()), (0, 0));
    assert_eq!(record::plan::Paper::Plan.check(&plan, Role::RegulatedClinician), Ok(()));
}

#[test]
fn an_attorney_for_welfare_has_both_a_flag_and_a_person_and_one_for_property_neither() {
    assert_eq!(of("RelatedPerson").len(), 1);
    assert_eq!(of("RelatedPerson")[0]["name"][0]["text"], "Ted");
    assert!(!serde_json::to_string(&resources()).unwrap().contains("Bill"));
}

#[test]
fn a_blank_plan_makes_one_plan_and_nothing_else() {
    let blank = Plan { parts: vec![node(Kind::Care, 0, vec![], vec![])], ..Plan::default() };
    let made = bundle(PersonId::from_bytes([1; 16]), None, &blank);
    assert_eq!(made["entry"].as_array().unwrap().len(), 1);
}

/// An entry of this kind that says something in every field whose words are free.
fn full(kind: Kind, n: u8, children: Vec<Node>) -> Node {
    let content = |field: &Field| match field.form {
        Form::Prose => Some(text(&mark(kind, field.code))),
        Form::Line(_) | Form::Snomed(_) => Some(value(&mark(kind, field.code))),
        _ => None,
    };
    let fields = kind.fields().iter().filter_map(|field| Some((field.code, content(field)?))).collect();
    node(kind, n, fields, children)
}

fn mark(kind: Kind, field: &str) -> String {
    format!("<{kind:?} {field}>")
}

/// Whatever element FHIR has or lacks for it.
#[test]
fn no_field_is_left_out() {
    use Kind::*;
    let leaf = |kind, n| full(kind, n, vec![]);
    let action = full(Action, 12, vec![leaf(StageGoal, 11)]);
    let need = full(Need, 15, vec![full(Goal, 14, vec![action, leaf(Outcome, 13)])]);
    let contingency = full(Contingency, 19, vec![leaf(Coping, 16), leaf(ToContact, 17), leaf(WarningSign, 18)]);
    let care = vec![leaf(Strength, 10), need, contingency, leaf(OtherDocument, 20), leaf(SupportPlan, 21)];
    let last = vec![leaf(Involved, 22), leaf(Anticipatory, 23), leaf(EndOfLifePlan, 24), leaf(WelfareAttorney, 25)];
    let parts = vec![leaf(About, 0), full(Care, 0, care), full(EndOfLife, 0, last)];
    let mut marks = Vec::new();
    let mut nodes: Vec<&Node> = parts.iter().collect();
    while let Some(node) = nodes.pop() {
        marks.extend(node.fields.iter().map(|(field, _)| mark(node.kind, field)));
        nodes.extend(&node.children);
    }
    let made = Value::from(resources_of(&Plan { parts: parts.clone(), ..plan() })).to_string();
    let missing: Vec<&String> = marks.iter().filter(|mark| !made.contains(mark.as_str())).collect();
    assert!(missing.is_empty() && marks.len() > 60, "{missing:?} of {}", marks.len());
    // A no is as much of an answer as a yes, and two answers apart are both there.
    let apart = Content::Register(Register::Several(vec![said("1912002"), said("82423001")]));
    let need = node(Need, 1, vec![("text", text("Falls")), ("code", apart)], vec![]);
    let care = node(Care, 0, vec![("agreed", value("no")), ("agreed-name", value("Ann"))], vec![need]);
    let made = resources_of(&Plan { parts: vec![care], ..plan() });
    let words = Value::from(made.clone()).to_string();
    assert!(
        words.contains("legitimate representative: No") && words.contains("Agreed with: full name: Ann"),
        "{words}"
    );
    let condition = made.iter().find(|one| one["resourceType"] == "Condition").unwrap();
    let note = condition["note"].to_string();
    assert!(note.contains("1912002") && note.contains("82423001") && condition["code"]["coding"].is_null());
    assert_eq!(condition["meta"]["tag"][0]["code"], "disputed");
}

#[test]
fn a_flag_says_on_what_it_rests_and_a_code_has_its_own_name() {
    let with = |id: &str, kept: &str, text: &str| {
        let claim = claim(id, "450476008");
        Claim { kept: kept.into(), value: ClaimValue { text: text.into(), ..claim.value }, ..claim }
    };
    let (said, also) = (with("00000000000000c1", "", "but treat choking"), with("00000000000000c2", "hall drawer", ""));
    let held = Held::Agreed { said: Box::new(said), also: vec![also] };
    let made = resources_of(&Plan { decisions: vec![(Topic::Cpr, held)], ..plan() });
    let flag = made.iter().find(|one| one["id"].as_str().is_some_and(|id| id.ends_with("c1"))).unwrap();
    let words = flag["code"]["text"].as_str().unwrap();
    for part in ["but treat choking", "Rests on: talked", "Also said by Jo Marlow", "hall drawer", "2027-01"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let display = flag["code"]["coding"][0]["display"].as_str().unwrap();
    assert!(!display.contains("choking") && !display.is_empty(), "{display}");
}
