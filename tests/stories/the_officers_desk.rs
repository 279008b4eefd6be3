//! The privacy officer's desk through the hub's own routes: the work list and its reviews, who looked, lists that page by cursor, devices,
//! the log, and names that try to be markup.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use hub::store::{alarms, alerts, trust};
use jiff::SignedDuration;
use record::NhsNumber;
use record::audit::{AuditUse, Event, HubAct};
use record::consent::{Choice, Condition};
use stories::World;
use stories::browser::{Browser, Page};
use stories::officers::{WORDS, broken_glass, count, office, officer, sign_in};

#[tokio::test]
async fn every_page_keeps_to_itself() {
    let world = World::new();
    let office = office(&world);
    let (_nurse, _) = broken_glass(&world, "found collapsed at home").await;
    let mut browser = officer(&world, &office).await;
    let pages =
        ["/", "/alerts", "/alerts/1", "/looks", "/looks/staff?staff=N1", "/refusals", "/devices", "/devices/D1"];
    for place in pages.into_iter().chain(["/log", "/sessions", "/sign-in", "/first-time", "/nowhere"]) {
        let page = browser.get(place).await;
        let header = |name| page.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = header(CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("unsafe"), "{place}");
        assert_eq!(
            (header(CACHE_CONTROL), header(REFERRER_POLICY)),
            ("no-store".into(), "no-referrer".into()),
            "{place}"
        );
        assert!(
            !page.body.contains("<script") && !page.body.contains("http://") && !page.body.contains("https://"),
            "{place}"
        );
        assert!(page.body.contains("<html lang=\"en-GB\">") && page.body.matches("<h1").count() == 1, "{place}");
        let title = page.body.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        for private in ["OKONJO", "999", "9990"] {
            assert!(!title.to_uppercase().contains(private), "{place}: {title}");
            assert!(page.links().iter().all(|link| !link.to_uppercase().contains(private)), "{place}");
        }
        // Only the one alert names the person.
        assert_eq!(page.body.to_uppercase().contains("OKONJO"), place == "/alerts/1", "{place}");
        assert!(!page.body.contains("Hypertension") && !page.body.to_lowercase().contains("penicillin"), "{place}");
    }
    let style = browser.get("/assets/nhsuk/nhsuk-frontend.min.css").await;
    assert!(style.status == StatusCode::OK && style.body.contains(".nhsuk-button"));
    assert!(!style.body.contains("@import") && !style.body.contains("url(http"));
    let mut stranger = Browser::at(&office);
    for place in pages {
        assert!(stranger.get(place).await.place.starts_with("/sign-in"), "{place}");
    }
}

// ---- alerts -------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_broken_glass_is_an_alert_and_its_review_is_recorded_once_and_stands() {
    let world = World::new();
    let office = office(&world);
    let (_nurse, ada) = broken_glass(&world, "found <script>collapsed</script> at home").await;
    let mut browser = officer(&world, &office).await;
    assert!(browser.get("/").await.text().contains("Break-glass to review 1"));
    let list = browser.get("/alerts").await;
    assert!(list.text().contains("Worker N1, Community nurse") && list.links().contains(&"/alerts/1".to_owned()));
    let page = browser.get("/alerts/1").await;
    let text = page.text();
    for words in ["OKONJO, Ada", "999 000 001", "5. Access made in an emergency", "Emergency treatment"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(page.body.contains("found &lt;script&gt;collapsed&lt;/script&gt; at home"));
    assert!(text.contains("Opened your record to treat you in an emergency"), "{text}");
    assert!(text.contains("Open for 12 minutes at most"), "{text}");
    assert!(text.contains(Condition::Unconscious.label()), "what was confirmed: {text}");
    // A programme may let it last longer; then more of what followed belongs to it.
    let until = |page: &Page| {
        let link = page.links().into_iter().find(|link| link.starts_with("/looks/staff?")).unwrap();
        link.split("until=").nth(1).unwrap().parse::<i64>().unwrap()
    };
    let hour = until(&page);
    let mut pack = hub::packs::dorset(record::consent::Mode::AskEachTime).unwrap();
    (pack.version, pack.break_glass.minutes) = (2, 180);
    let signed = sync::wire::sign(pack, &world.hub.authority.signing).unwrap();
    world.write(|tx| trust::put_policy(tx, 2, &signed.bytes, &signed.signature));
    assert_eq!(until(&browser.get("/alerts/1").await) - hour, 120 * 60_000);
    let hour = page.links().into_iter().find(|link| link.starts_with("/looks/staff?")).unwrap();
    assert!(browser.get(&hour).await.text().contains("Signed in"));
    // Each kind has its row, or it would wait unseen.
    let home = browser.get("/").await;
    for row in
        ["Break-glass beyond the emergency view None", "Choices that disagree None", "Relationships claimed None"]
    {
        assert!(home.text().contains(row), "{row}: {}", home.text());
    }
    // Looking at the alert is an entry about the person.
    let read = |staff: &str, event: &Event| staff == "P1" && *event == Event::AuditRead { subject: ada };
    assert_eq!(count(&world, read), 2);

    browser.get("/alerts/1").await;
    let note = "Spoke with the nurse and the ambulance service: she was unconscious.";
    let more = [("outcome", "MORE_INFORMATION"), ("note", "Waiting for the ambulance record."), ("seen", "0")];
    assert_eq!(browser.post("/alerts/1", &more).await.status, StatusCode::OK);
    assert!(browser.get("/alerts").await.links().contains(&"/alerts/1".to_owned()), "still open");
    let review = [("outcome", "JUSTIFIED"), ("note", note), ("seen", "1")];
    assert!(browser.post("/alerts/1", &review).await.text().contains(note));
    // The button was pressed twice.
    assert_eq!(browser.post("/alerts/1", &review).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let reviews = world.write(|tx| alerts::reviews(tx, 1));
    assert_eq!(reviews.iter().map(|r| r.finding.code()).collect::<Vec<_>>(), ["MORE_INFORMATION", "JUSTIFIED"]);
    assert!(browser.get("/alerts").await.text().contains("No alert waits for review"));
    assert!(browser.get("/alerts?all=1").await.links().contains(&"/alerts/1".to_owned()));
    let reviewed = |_: &str, event: &Event| matches!(event, Event::AlertReviewed { alert: 1, subject: Some(_), .. });
    assert_eq!(count(&world, reviewed), 2);
    // Not even the database lets a review be changed or removed.
    for sql in ["update alert_review set note = 'x'", "delete from alert_review"] {
        let refused = world.hub.store().write(|tx| tx.execute(sql, []));
        assert!(refused.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn home_calls_a_tail_missing_after_seven_days_as_the_command_line_does() {
    let world = World::new();
    let office = office(&world);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let mut browser = officer(&world, &office).await;
    for (hours, missing) in [(25, false), (24 * 7, true)] {
        world.pass(SignedDuration::from_hours(hours));
        let home = sign_in(&mut browser, "P1", WORDS).await;
        assert_eq!(home.text().contains("MISSING TAIL"), missing, "after {hours} hours: {}", home.text());
    }
}

#[tokio::test]
async fn a_review_needs_a_finding_and_a_note_and_keeps_what_was_typed() {
    let world = World::new();
    let office = office(&world);
    let (_nurse, _) = broken_glass(&world, "found collapsed at home").await;
    let mut browser = officer(&world, &office).await;
    browser.get("/alerts/1").await;
    let page = browser.post("/alerts/1", &[("note", "short"), ("seen", "0")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("<title>Error: ") && page.text().contains("There is a problem"));
    assert!(page.links().contains(&"#outcome".to_owned()) && page.links().contains(&"#note".to_owned()));
    assert!(page.body.contains(">short</textarea>"));
    for which in ["/alerts/2", "/alerts/x", "/alerts/99999999999999999999"] {
        assert_eq!(browser.get(which).await.status, StatusCode::NOT_FOUND, "{which}");
    }
}

// ---- who looked ---------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn who_looked_is_asked_by_number_in_the_body_and_says_what_the_patient_reads() {
    let world = World::new();
    let office = office(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    nurse.sync().await;
    let mut browser = officer(&world, &office).await;
    browser.get("/looks").await;
    let number = NhsNumber::from_stem(999_000_001).unwrap();
    let page = browser.post("/looks/person", &[("nhs", &number.to_string())]).await;
    assert_eq!(page.place, "/looks/person", "no number in the address");
    let text = page.text();
    let looks = world.write(|tx| hub::audit::patient::looks(tx, ada));
    for look in &looks {
        assert!(
            text.contains(&look.what)
                && text.contains(&look.who.replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;")),
            "{look:?}"
        );
    }
    assert!(text.contains("Looked at this list"), "whoever looks is on the list: {text}");
    let none = browser.post("/looks/person", &[("nhs", &number.to_string()), ("outcome", "not-shown")]).await;
    assert!(none.text().contains("Nothing is recorded that fits"), "{}", none.text());
    let safeguard = [("nhs", &*number.to_string()), ("purpose", "SAFEGUARD")].map(|(n, v)| (n, v.to_owned()));
    let safeguard: Vec<(&str, &str)> = safeguard.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert!(browser.post("/looks/person", &safeguard).await.text().contains("Nothing is recorded that fits"));
    let day = [("person", &*ada.to_string()), ("from", "2026-03-11")].map(|(n, v)| (n, v.to_owned()));
    let day: Vec<(&str, &str)> = day.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert!(browser.post("/looks/person", &day).await.text().contains("Nothing is recorded that fits"));
    let print = browser.post("/looks/person/print", &[("person", &ada.to_string())]).await;
    assert!(
        print.text().contains("Who has looked at your shared care record") && print.text().contains("to care for you")
    );
    for (typed, says) in [
        ("", "Enter the person&#39;s NHS number"),
        ("12345", "NHS number must be 10 numbers"),
        ("9990000026", "Nobody with this NHS number is known here"),
    ] {
        let page = browser.post("/looks/person", &[("nhs", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.text().contains(&says.replace("&#39;", "'")), "{typed}: {}", page.text());
    }
}

#[tokio::test]
async fn lists_page_by_cursor_and_miss_and_repeat_nothing() {
    let world = World::new();
    let office = office(&world);
    let ada = world.person(1, "Okonjo", Choice::N2);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    for _ in 0..60 {
        nurse.open(ada).await.unwrap_err();
        world.pass(SignedDuration::from_secs(60));
    }
    nurse.sync().await;
    let mut browser = officer(&world, &office).await;
    for start in ["/refusals", "/looks/staff?staff=N1&outcome=not-shown"] {
        let (mut place, mut leaves, mut pages) = (start.to_owned(), Vec::new(), 0);
        loop {
            let page = browser.get(&place).await;
            leaves.extend(page.values("leaf").iter().map(|leaf| leaf.parse::<u64>().unwrap()));
            pages += 1;
            let Some(next) = page.links().into_iter().find(|link| link.contains("before=")) else { break };
            // While the officer reads, more arrives.
            nurse.open(ada).await.unwrap_err();
            nurse.sync().await;
            place = next;
        }
        let mut sorted = leaves.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        sorted.dedup();
        assert_eq!(leaves, sorted, "{start}");
        assert!(leaves.len() >= 60 && pages >= 3, "{start}: {} in {pages} pages", leaves.len());
        assert!(browser.get(start).await.text().contains("no one may see your shared record"));
    }
    assert!(browser.get("/").await.text().contains("Staff number N1"), "refused often");
    // One name is shown for one entry, and that is recorded about the person.
    let before = count(&world, |_, event| *event == Event::AuditRead { subject: ada });
    let leaf = browser.get("/refusals").await.values("leaf")[0].clone();
    assert!(browser.post("/looks/person", &[("leaf", &leaf)]).await.text().contains("OKONJO, Ada"));
    assert_eq!(count(&world, |_, event| *event == Event::AuditRead { subject: ada }), before + 1);
}

#[tokio::test]
async fn a_list_shown_is_an_entry_of_the_audit() {
    let world = World::new();
    let office = office(&world);
    let (_nurse, _) = broken_glass(&world, "found collapsed at home").await;
    let mut browser = officer(&world, &office).await;
    for place in ["/", "/alerts", "/looks/staff?staff=N1", "/refusals", "/log"] {
        let viewed = |staff: &str, event: &Event| {
            staff == "P1" && matches!(event, Event::Hub(HubAct::AuditUsed { how: AuditUse::Viewed, .. }))
        };
        let before = count(&world, viewed);
        browser.get(place).await;
        assert_eq!(count(&world, viewed), before + 1, "{place}");
    }
}

// ---- devices, log, sessions ---------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_device_is_revoked_with_a_reason_and_a_confirmation() {
    let world = World::new();
    let office = office(&world);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let mut browser = officer(&world, &office).await;
    let list = browser.get("/devices").await;
    assert!(list.text().contains("Nothing at last contact"), "{}", list.text());
    browser.get("/devices/D1").await;
    let refused = browser.post("/devices/D1", &[("reason", "left on the bus")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.links().contains(&"#sure".to_owned()) && refused.body.contains(">left on the bus</textarea>"));
    assert!(!world.write(|tx| trust::device(tx, "D1")).unwrap().revoked);
    let done = browser.post("/devices/D1", &[("why", "lost"), ("reason", "left on the bus"), ("sure", "yes")]).await;
    assert!(done.text().contains("Revoked") && done.text().contains("left on the bus"), "{}", done.text());
    assert_eq!(world.write(|tx| hub::store::lease::reason(tx, &"D1".parse().unwrap())).as_deref(), Some("lost"));
    assert!(world.write(|tx| trust::device(tx, "D1")).unwrap().revoked);
    let revoked = |staff: &str, event: &Event| staff == "P1" && matches!(event, Event::Hub(HubAct::Revoked { .. }));
    assert_eq!(count(&world, revoked), 1);
    assert_eq!(browser.get("/devices/D9").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_log_is_verified_from_the_desk_and_a_change_behind_its_back_is_found_and_an_alarm() {
    let world = World::new();
    let office = office(&world);
    let (_nurse, _) = broken_glass(&world, "found collapsed at home").await;
    let mut browser = officer(&world, &office).await;
    assert!(browser.get("/log").await.text().contains("Never"));
    browser.post("/log", &[]).await;
    office.finish_proof();
    assert!(browser.get("/log").await.text().contains("The log holds"));
    let verified = |staff: &str, event: &Event| {
        staff == "P1" && matches!(event, Event::Hub(HubAct::AuditUsed { how: AuditUse::Verified, .. }))
    };
    assert_eq!(count(&world, verified), 1);
    world.write(|tx| tx.execute("update audit_entry set bytes = cast(bytes || x'00' as blob) where leaf = 3", []));
    browser.get("/log").await;
    browser.post("/log", &[]).await;
    office.finish_proof();
    let page = browser.get("/log").await;
    assert!(page.text().contains("The log does not hold") && page.text().contains("leaf 3"), "{}", page.text());
    let alarms = world.write(|tx| alarms::list(tx, false));
    assert_eq!((alarms[0].kind.as_str(), alarms[0].seq), (alarms::UNPROVED, 3));
    let id = alarms[0].id.to_string();
    assert_eq!(
        browser.post("/alarms", &[("alarm", &id), ("reason", "")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    browser.post("/alarms", &[("alarm", &id), ("reason", "restored from the backup of Monday")]).await;
    assert!(world.write(|tx| alarms::list(tx, false)).is_empty());
}

#[tokio::test]
async fn an_officer_ends_another_session_of_theirs() {
    let world = World::new();
    let office = office(&world);
    let mut left_open = officer(&world, &office).await;
    let mut here = Browser::at(&office);
    sign_in(&mut here, "P1", WORDS).await;
    let page = here.get("/sessions").await;
    assert!(page.text().contains("This session") && page.body.contains("Ines &lt;b&gt;Duarte&lt;/b&gt;"));
    let other = page.values("session")[0].clone();
    here.post("/sessions", &[("session", &other)]).await;
    assert_eq!(left_open.get("/").await.place, "/sign-in?ended=1");
    assert_eq!(here.get("/").await.place, "/");
}
