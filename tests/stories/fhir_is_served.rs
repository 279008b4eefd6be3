//! A practice's system reads what nurses wrote: over real TLS, with a credential of its own, by the person's choice, and in their own list of who
//! looked. What is disputed reads as disputed; who has nothing to do with somebody learns nothing; every bundle is read by a parser that nobody
//! here wrote, where a Python with `fhir.resources` is named by `SATCHEL_FHIR_PYTHON`.

use hub::store::{alerts, audit, caseload, partners as register, people, trust};
use jiff::SignedDuration;
use record::PersonId;
use record::audit::{Entry, Event, HubAct, PartnerAct};
use record::consent::{Choice, DecidedBy, Recorded};
use record::people::Role;
use record::plan::{Kind, NodeId, Topic};
use serde_json::Value;
use stories::partners::{BASE, Served, System, number, search};
use stories::plans::{FOR_CPR, NOT_FOR_CPR, review_date};
use stories::{Worker, World};

const PRACTICE: (&str, &str) = ("ZZG1", "Mill Lane Surgery");

/// Ada, registered with a practice that has a system; two nurses of the team; and the hub served.
pub(crate) async fn practice() -> (World, Served, System, PersonId, Worker, Worker) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    for nurse in [&jo, &sam] {
        nurse.sync().await;
    }
    let system = world.partner(PRACTICE.0, PRACTICE.1);
    world.on_the_list_of(PRACTICE.0, &[ada]);
    let served = world.served().await;
    (world, served, system, ada, jo, sam)
}

/// A plan with a need, a goal on whose status two disagree, and two decisions about CPR, all written apart.
pub(crate) async fn disputed_plan(ada: PersonId, jo: &Worker, sam: &Worker) {
    let page = jo.add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Falls at night").await;
    let need = page.plan.parts[1].children[0].id.clone();
    let page = jo.add(ada, Kind::Goal, &need, "text", "Sleep through").await;
    let goal = page.plan.find(&need).unwrap().children[0].id.clone();
    jo.set(ada, review_date(), "2026-09-01").await;
    jo.decide(ada, Topic::KeySafe, "4711 by the door", vec![]).await.unwrap();
    jo.sync().await;
    sam.sync().await;
    let status = Topic::GoalStatus(goal);
    jo.decide(ada, status.clone(), "active", vec![]).await.unwrap();
    sam.decide(ada, status, "on-hold", vec![]).await.unwrap();
    jo.decide(ada, Topic::Cpr, FOR_CPR, vec![]).await.unwrap();
    sam.decide(ada, Topic::Cpr, NOT_FOR_CPR, vec![]).await.unwrap();
    jo.sync().await;
    sam.sync().await;
}

#[tokio::test]
async fn a_practice_reads_a_plan_and_what_is_disputed_reads_as_disputed() {
    let (world, served, practice, ada, jo, sam) = practice().await;
    disputed_plan(ada, &jo, &sam).await;

    let nobody = practice.with("");
    let statement = served.get(&nobody, "metadata").await.json();
    assert_eq!(
        (&statement["resourceType"], &statement["fhirVersion"]),
        (&"CapabilityStatement".into(), &"4.0.1".into())
    );

    let answer = served.get(&practice, &search("CarePlan", 1)).await;
    let plans = answer.matches();
    let main = plans.iter().find(|plan| plan["title"] == "Personalised care and support plan").unwrap();
    assert_eq!(main["meta"]["tag"][0]["code"], "disputed");
    assert!(main["period"].is_null() && main["note"].to_string().contains("Planned review date"), "{main}");
    assert_eq!(main["subject"]["identifier"]["value"], number(1));
    assert_eq!(answer.header("content-type"), "application/fhir+json; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.json()["entry"][0]["fullUrl"], format!("{BASE}/CarePlan/{}", main["id"].as_str().unwrap()));

    let goals = served.get(&practice, &search("Goal", 1)).await.matches();
    assert!(goals[0]["lifecycleStatus"].is_null() && goals[0]["_lifecycleStatus"].is_object(), "{goals:?}");
    let notes = goals[0]["note"].to_string();
    assert!(
        notes.contains("DISPUTED. Goal status: Working towards it") && notes.contains("DISPUTED. Goal status: On hold"),
        "{notes}"
    );
    let flags = served.get(&practice, &search("Flag", 1)).await.matches();
    let cpr: Vec<&Value> = flags.iter().filter(|flag| flag["meta"]["tag"][0]["code"] == "disputed").collect();
    assert_eq!(cpr.len(), 2, "both voices: {flags:?}");
    assert!(!serde_json::to_string(&flags).unwrap().contains("4711"), "what opens a door stays here");

    // Each reference in the plan leads to what can be read.
    for reference in [&main["addresses"][0], &main["goal"][0]] {
        let place = reference["reference"].as_str().unwrap();
        let one = served.get(&practice, place).await;
        assert_eq!(
            (
                one.status,
                format!("{}/{}", one.json()["resourceType"].as_str().unwrap(), one.json()["id"].as_str().unwrap())
            ),
            (200, place.to_owned())
        );
    }
    assert_eq!(
        served.get(&practice, &format!("Goal/{ada}-ffffffffffffffff")).await.wrong(),
        (404, "NO_RECORD_FOUND".into())
    );

    // What they chose is given with it.
    let consent = served.get(&practice, &search("Consent", 1)).await.matches();
    assert_eq!(consent[0]["provision"]["type"], "permit");
    drop(world);
}

/// Records a choice of this person's at the hub.
pub(crate) fn chooses(world: &World, stem: u32, choice: Choice) {
    let (row, now) = (world.row_of(&number(stem)), world.now());
    let said = Recorded { choice, decided: Some(now), decided_by: DecidedBy::Person, ..Recorded::nothing() };
    world.write(|tx| trust::record_choice(tx, row, &said, &format!("story/{stem}/{choice:?}"), u64::MAX, now));
}

#[tokio::test]
async fn who_may_not_see_somebody_learns_nothing_but_what_their_organisation_may_know() {
    let (world, served, practice, ada, jo, _) = practice().await;
    jo.note(ada, "Seen at home.").await;
    jo.sync().await;
    let stranger = world.person(2, "Marlow", Choice::Y3);
    let refuser = world.person(3, "Quill", Choice::N2);
    let asked = world.person(4, "Vance", Choice::None);
    let guarded = world.person(6, "Harrow", Choice::Y3);
    world.on_the_list_of(PRACTICE.0, &[asked, guarded]);
    // The source keeps this one's whereabouts from everybody (S-flag).
    let mut labelled = stories::visits::about(
        (6, "Harrow"),
        serde_json::json!({ "resourceType": "Basic", "id": "b6", "code": { "text": "x" } }),
    );
    labelled["entry"][0]["resource"]["meta"] = serde_json::json!({ "security": [{ "code": "R" }] });
    world.feed(&labelled);

    // A number that nobody has, somebody of another list, somebody who said never, one whom the source guards: one answer.
    let unknown = served.get(&practice, &search("CarePlan", 50)).await;
    assert_eq!(unknown.wrong(), (404, "PATIENT_NOT_FOUND".into()));
    for stem in [2, 3, 6] {
        let answer = served.get(&practice, &search("CarePlan", stem)).await;
        assert_eq!((answer.status, &answer.body), (unknown.status, &unknown.body), "{stem}");
    }
    for person in [stranger, refuser, guarded] {
        let answer = served.get(&practice, &format!("CarePlan/{person}-care")).await;
        assert_eq!((answer.status, &answer.body), (unknown.status, &unknown.body));
    }
    let named = partner_entries(&world).iter().filter(|(.., act)| act.subject == Some(guarded)).count();
    assert_eq!(named, 2, "what was asked of them is in their own list all the same");
    // In an emergency too: no machine breaks the glass.
    let emergency = practice.saying("Satchel-Purpose", "ETREAT");
    assert_eq!(served.get(&emergency, &search("CarePlan", 2)).await.body, unknown.body);

    // To whom they are registered with, what the rules say.
    assert_eq!(served.get(&practice, &search("CarePlan", 4)).await.wrong(), (403, "NO_PATIENT_CONSENT".into()));
    chooses(&world, 1, Choice::N1);
    let refused = served.get(&practice, &search("CarePlan", 1)).await;
    assert_eq!(refused.wrong(), (403, "NO_PATIENT_CONSENT".into()));
    assert!(refused.body.contains("only in a medical emergency"), "{}", refused.body);
    let refused = served.get(&emergency, &search("DocumentReference", 1)).await;
    assert!(refused.status == 403 && refused.body.contains("in Satchel itself"), "{}", refused.body);
    chooses(&world, 1, Choice::N2);
    assert_eq!(
        served.get(&emergency, &search("DocumentReference", 1)).await.wrong(),
        (403, "NO_PATIENT_CONSENT".into())
    );
    chooses(&world, 1, Choice::Y3);
    assert_eq!(served.get(&practice, &search("DocumentReference", 1)).await.matches().len(), 1);

    // Off their list, they are strangers.
    world.write(|tx| {
        let list = caseload::caseload_row(tx, "LIST-ZZG1")?.expect("a list");
        let row = people::person_row(tx, ada)?.expect("known");
        caseload::leave(tx, list, row)
    });
    assert_eq!(served.get(&practice, &search("DocumentReference", 1)).await.body, unknown.body);
}

#[tokio::test]
async fn who_asks_is_who_the_credential_and_the_register_say() {
    let (world, served, practice, ada, _, _) = practice().await;
    let ask = search("CarePlan", 1);
    for (name, value, wrong) in [
        ("Satchel-Practitioner-Id", "", (400, "MISSING_HEADER")),
        ("Satchel-Practitioner-Name", "", (400, "MISSING_HEADER")),
        ("Satchel-Practitioner-Name", "%FF", (400, "BAD_HEADER")),
        ("Satchel-Practitioner-Id", "5550 12", (400, "BAD_HEADER")),
        ("Satchel-Job-Role", "R9999", (403, "ROLE_NOT_PERMITTED")),
        ("Satchel-Job-Role", "R8009", (403, "ROLE_NOT_PERMITTED")),
        ("Satchel-Purpose", "HRESCH", (400, "BAD_HEADER")),
        ("Satchel-Purpose", "OTHER", (403, "PURPOSE_NOT_PERMITTED")),
        ("Satchel-Reason", "curiosity", (400, "BAD_HEADER")),
        ("Accept", "application/fhir+xml", (406, "NOT_ACCEPTABLE")),
    ] {
        assert_eq!(
            served.get(&practice.saying(name, value), &ask).await.wrong(),
            (wrong.0, wrong.1.to_owned()),
            "{name}: {value}"
        );
    }
    assert_eq!(served.get(&practice, &ask).await.status, 200);

    // One of the team's nurses at a system of the practice is not who the team's register has: a number there means nothing here.
    world.register("N7", Role::RegulatedClinician);
    assert_eq!(served.get(&practice.saying("Satchel-Practitioner-Id", "N7"), &ask).await.status, 200);
    let entry = last_partner_entry(&world);
    assert_eq!((entry.0.as_str(), entry.1.as_str()), ("ZZG1.N7", "ZZG1"));
    // At a system of their own organisation they are, in the role of the register only.
    let team = world.partner("ZZC1", "Testshire Community Trust");
    let n7 = team.saying("Satchel-Practitioner-Id", "N7");
    assert_eq!(served.get(&n7, &ask).await.status, 200);
    let entry = last_partner_entry(&world);
    assert_eq!((entry.0.as_str(), entry.2.name.as_str()), ("N7", "Worker N7"), "the register's name, not the header's");
    assert_eq!(
        served.get(&n7.saying("Satchel-Job-Role", "R1460"), &ask).await.wrong(),
        (403, "PRACTITIONER_MISMATCH".into())
    );
    assert_eq!(served.get(&team, &ask).await.status, 200, "{ada}: the team's own list ties its system too");
}

/// The newest entry of a partner: staff, organisation, and what it says.
fn last_partner_entry(world: &World) -> (String, String, PartnerAct) {
    partner_entries(world).pop().expect("an entry")
}

pub(crate) fn partner_entries(world: &World) -> Vec<(String, String, PartnerAct)> {
    let held = world.write(|tx| audit::from_leaf(tx, 0, 10_000));
    let read = |held: &audit::Held| match record::audit::Entry::from_bytes(&held.bytes) {
        Ok(entry) => match entry.event {
            Event::Partner(act) => Some((entry.staff.to_string(), entry.organisation.to_string(), *act)),
            _ => None,
        },
        Err(_) => None,
    };
    held.iter().filter_map(read).collect()
}

#[tokio::test]
async fn a_credential_that_is_wrong_ended_or_lapsed_opens_nothing_and_is_told() {
    let (world, served, practice, _, _, _) = practice().await;
    let ask = search("CarePlan", 1);
    assert_eq!(served.get(&practice, &ask).await.status, 200);
    let kept = world.write(register::all);
    assert!(kept[0].used.is_some() && !format!("{kept:?}").contains(&practice.credential));

    let answer = served.get(&practice.with(""), &ask).await;
    assert_eq!((answer.wrong(), answer.header("www-authenticate")), ((401, "NO_CREDENTIAL".into()), "Bearer"));
    // An unsigned token such as GP Connect's own is no credential.
    let token = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.";
    assert_eq!(served.get(&practice.with(token), &ask).await.wrong(), (401, "NO_CREDENTIAL".into()));

    let other = world.partner("ZZG1", "Mill Lane Surgery");
    let now = world.now();
    hub::partner::who::remove(&mut world.hub.store(), &practice.id, &"sam".parse().unwrap(), now).unwrap();
    let ended = served.get(&practice, &ask).await;
    assert_eq!(ended.body, answer.body, "outside it is not said why");
    assert_eq!(served.get(&other, &ask).await.status, 200, "a second credential is a second one");
    let open = |world: &World| world.write(|tx| alerts::open(tx, 0, 100));
    let told = |world: &World| open(world).iter().filter(|a| a.kind == alerts::Kind::PartnerCredential).count();
    assert_eq!(told(&world), 1, "somebody still uses it: {:?}", open(&world));

    let wrong = practice.with(&format!("{}x", practice.credential));
    // One wrong try was the ended one's.
    for _ in 1..hub::partner::TRIES {
        assert_eq!(served.get(&wrong, &ask).await.status, 401);
    }
    let shut = served.get(&other, &ask).await;
    assert_eq!((shut.status, shut.header("retry-after").is_empty()), (429, false), "the address is not listened to");
    assert_eq!(told(&world), 2);
    world.pass(hub::partner::SHUT);
    assert_eq!(served.get(&other, &ask).await.status, 200);

    world.pass(SignedDuration::from_hours(24 * 181));
    assert_eq!(served.get(&other, &ask).await.status, 401, "lapsed");
    // Its end cannot be undone, nor can it be made to be somebody else's: the database refuses.
    let refused = |sql: &str| world.hub.store().write(|tx| tx.execute(sql, [])).is_err();
    assert!(
        refused("update partner set ended = null where ended is not null")
            && refused("update partner set ods = 'X'")
            && refused("delete from partner")
    );
}

/// What is turned away before anybody is looked for is in the hub's own chain: which system, how, and by which name of the caller's; nothing of what
/// it said. Without a good credential there is nobody to name, and a wrong one has its own entry.
#[tokio::test]
async fn a_request_that_is_turned_away_for_its_form_is_an_entry() {
    let (world, served, practice, _, _, _) = practice().await;
    let refused = || {
        let all = world.write(|tx| audit::from_leaf(tx, 0, 10_000));
        let of = |held: audit::Held| match Entry::from_bytes(&held.bytes).unwrap().event {
            Event::Hub(HubAct::PartnerRefused { system, ods, status, code, trace }) => {
                assert_eq!((system.as_str(), ods.as_str()), (practice.id.as_str(), "ZZG1"));
                Some((status, code, trace))
            }
            _ => None,
        };
        all.into_iter().filter_map(of).collect::<Vec<_>>()
    };
    let good = search("CarePlan", 1);
    assert_eq!(served.get(&practice, &good).await.status, 200);
    assert_eq!(refused(), [], "what the door answers has the door's entry");
    let traced = practice.saying("X-Request-Id", "trace-7");
    let long = format!("{good}&_lastUpdated={}", "9".repeat(9_000));
    let tried = [
        (practice.saying("Satchel-Practitioner-Id", ""), "GET", good.clone(), None),
        (practice.saying("Satchel-Purpose", "CURIOSITY"), "GET", good.clone(), None),
        (practice.saying("Satchel-Job-Role", "R9999"), "GET", good.clone(), None),
        (practice.saying("Satchel-Reason", "because"), "GET", good.clone(), None),
        (practice.saying("Accept", "application/fhir+xml"), "GET", good.clone(), None),
        (traced, "GET", format!("{good}&colour=red"), None),
        (practice.saying("", ""), "GET", "CarePlan?patient:identifier=OKONJO".to_owned(), None),
        (practice.saying("", ""), "GET", "Patient/1".to_owned(), None),
        (practice.saying("", ""), "DELETE", "CarePlan/1".to_owned(), None),
        (practice.saying("", ""), "GET", long, None),
        (practice.saying("", ""), "POST", "CarePlan/_search".to_owned(), Some("x".repeat(9_000))),
    ];
    let mut said = Vec::new();
    for (system, method, what, form) in &tried {
        let (status, code) = served.ask(system, method, what, form.as_deref()).await.wrong();
        let trace = system.headers.iter().find(|(name, _)| name == "X-Request-Id").map_or("", |(_, value)| value);
        said.push((status, code, trace.to_owned()));
    }
    assert_eq!(refused(), said, "each once, as it was answered");
    let statuses: Vec<u16> = said.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [400, 400, 403, 400, 406, 400, 400, 404, 405, 414, 413]);
    // Nobody who shows no credential is written down as somebody.
    assert_eq!(served.get(&practice.with(""), &good).await.status, 401);
    assert_eq!(served.get(&practice.with("satchel-partner-x"), "Patient/1").await.status, 401);
    assert_eq!(refused().len(), said.len());
}

#[tokio::test]
async fn a_search_is_paged_and_what_it_does_not_understand_is_refused_or_said() {
    let (world, served, practice, ada, jo, _) = practice().await;
    for n in 0..5 {
        jo.note(ada, &format!("Note {n}")).await;
        jo.sync().await;
        world.pass(SignedDuration::from_mins(1));
    }
    let ask = search("DocumentReference", 1);
    let all = served.get(&practice, &ask).await;
    assert_eq!((all.matches().len(), all.json()["total"].as_u64(), all.link("next")), (5, Some(5), None));

    let mut found = Vec::new();
    let mut page = served.get(&practice, &format!("{ask}&_count=2")).await;
    let mut pages = 1;
    loop {
        assert_eq!(page.json()["total"], 5);
        found.extend(page.matches());
        let Some(next) = page.link("next") else { break };
        page = served.follow(&practice, &next).await;
        assert_eq!(page.link("self").as_deref(), Some(next.as_str()));
        pages += 1;
    }
    assert_eq!((pages, &found), (3, &all.matches()), "every one once, in the same order");
    assert_eq!(partner_entries(&world).len(), 4, "each page is a look");
    let count = served.get(&practice, &format!("{ask}&_count=0")).await;
    assert_eq!((count.matches().len(), count.json()["total"].as_u64()), (0, Some(5)));

    // What came since the last time, by the hub's clock.
    let third = found[2]["meta"]["lastUpdated"].as_str().unwrap();
    let since = |prefix: &str| format!("{ask}&_lastUpdated={prefix}{third}");
    let mut counts = Vec::new();
    for prefix in ["gt", "ge", "lt", "le", "eq"] {
        counts.push(served.get(&practice, &since(prefix)).await.matches().len());
    }
    assert_eq!(counts, [2, 3, 2, 3, 1]);
    assert_eq!(
        served
            .get(&practice, &format!("{ask}&_lastUpdated=ge2026-03-10&_lastUpdated=lt2026-03-11"))
            .await
            .matches()
            .len(),
        5
    );

    // A number sent as a form stands in nobody's log of addresses.
    let form = ask.split_once('?').unwrap().1;
    let posted = served.ask(&practice, "POST", "DocumentReference/_search", Some(form)).await;
    assert_eq!(posted.matches(), all.matches());

    for (what, wrong) in [
        (format!("{ask}&status=current"), (400, "UNKNOWN_PARAMETER")),
        (format!("{ask}&_include=DocumentReference:encounter"), (400, "UNKNOWN_PARAMETER")),
        (format!("{ask}&_count=many"), (400, "BAD_PARAMETER")),
        (format!("{ask}&_lastUpdated=soon"), (400, "BAD_PARAMETER")),
        (format!("{ask}&_after=there"), (400, "BAD_PARAMETER")),
        ("DocumentReference".into(), (400, "MISSING_PARAMETER")),
        (format!("DocumentReference?patient={}", number(1)), (400, "UNKNOWN_PARAMETER")),
        (format!("DocumentReference?patient:identifier={}", number(1)), (400, "INVALID_NHS_NUMBER")),
        (
            "DocumentReference?patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000000".into(),
            (400, "INVALID_NHS_NUMBER"),
        ),
        (search("Binary", 1), (400, "UNKNOWN_PARAMETER")),
        (search("Patient", 1), (404, "NO_SUCH_RESOURCE_TYPE")),
        (String::new(), (404, "NO_SUCH_RESOURCE_TYPE")),
        (format!("CarePlan/{ada}-care/_history"), (404, "NO_SUCH_RESOURCE_TYPE")),
        (format!("CarePlan/{ada}-care?_elements=id"), (400, "UNKNOWN_PARAMETER")),
        ("CarePlan/care".into(), (404, "PATIENT_NOT_FOUND")),
    ] {
        assert_eq!(served.get(&practice, &what).await.wrong(), (wrong.0, wrong.1.to_owned()), "{what}");
    }
    let lenient = practice.saying("Prefer", "handling=lenient");
    let answer = served.get(&lenient, &format!("{ask}&status=current")).await;
    assert_eq!(answer.matches().len(), 5);
    let said = answer.json()["entry"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&said["search"]["mode"], said["resource"].to_string().contains("status")), (&"outcome".into(), true));
    assert!(!answer.link("self").unwrap().contains("status"), "the link is to what was answered");

    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = served.ask(&practice, method, &format!("CarePlan/{ada}-care"), None).await;
        assert_eq!((answer.wrong(), answer.header("allow")), ((405, "READ_ONLY".into()), "GET"));
    }
    assert_eq!(served.ask(&practice, "POST", "CarePlan", Some("")).await.wrong(), (405, "READ_ONLY".into()));
    let long = "x".repeat(9_000);
    assert_eq!(served.ask(&practice, "POST", "CarePlan/_search", Some(&long)).await.wrong(), (413, "TOO_LONG".into()));
    assert_eq!(served.get(&practice, &format!("CarePlan?x={long}")).await.wrong(), (414, "TOO_LONG".into()));
}
