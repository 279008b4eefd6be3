//! The reducer, action by action, without a browser: what is dropped, what is kept, where one lands.

use super::*;
use desk::plan::OwnEdits;
use desk::view::{Basis, Keystore, Link, Row, User};
use desk::visit::VisitPage;
use record::chart::Chart;
use record::consent::Caveat;
use record::consent::{NextStep, Outcome, Relationship};
use record::feed::Listing;
use record::patient::{Demographics, Name};
use record::people::{Actor, Organisation, Role};
use record::plan::{Heads, Line, Plan, What};
use record::{Sections, When};
use yew::Reducible;

fn listing(n: u8, family: &str, born: &str, place: &str) -> Listing {
    let name = Name { family: family.into(), given: vec!["Ada".into()], ..Name::default() };
    let d = Demographics { names: vec![name], born: When::parse(born), ..Demographics::default() };
    let mut listing = Listing::of(PersonId::from_bytes([n; 16]), &d, vec![], Stamp::from_millis(i64::from(n)));
    listing.place = place.into();
    listing
}

fn row(n: u8, family: &str, born: &str, place: &str) -> Row {
    Row {
        listing: listing(n, family, born, place),
        relationship: Relationship::Established,
        similar_name: false,
        carried: true,
        sealed: false,
        age: "86y".into(),
    }
}

fn status(who: Option<&str>) -> Status {
    let organisation = Organisation { ods: "RDY".parse().unwrap(), name: "Dorset Community".into() };
    let actor = who.map(|staff| Actor {
        staff: staff.parse().unwrap(),
        name: "Jo Marlow".into(),
        role: Role::RegulatedClinician,
        title: "Community nurse".into(),
        organisation,
    });
    let user = User {
        staff: "N1".parse().unwrap(),
        name: "Jo Marlow".into(),
        title: "Community nurse".into(),
        organisation: "Dorset Community".into(),
    };
    Status {
        users: vec![user],
        signed_in: actor,
        link: Link::Online,
        synced: None,
        unsent: 0,
        receipted: None,
        clock_in_doubt: false,
        doubts: vec![],
        licence: None,
        keystore: Keystore::Platform,
        scanner: false,
        trouble: None,
        now: Stamp::from_millis(1_000),
        idle_minutes: 5,
        view_mode: None,
        glass: None,
        sealed: 0,
    }
}

fn basis() -> Basis {
    Basis {
        sentence: "No choice is in force.".into(),
        rule: "10".into(),
        choice: Choice::None,
        choice_label: Choice::None.label().into(),
        decided: None,
        checked: None,
        relationship: Relationship::Established,
        decided_by: record::consent::DecidedBy::Person,
        recorded_by: None,
        until: None,
        end_event: None,
        reason: None,
        between: vec![],
        policy: String::new(),
        next: String::new(),
    }
}

fn opened(n: u8) -> Box<OpenedChart> {
    Box::new(OpenedChart {
        decided: vec![],
        told: vec![],
        listing: listing(n, "Frost", "1940-01-05", ""),
        chart: Chart::assemble([], Sections::ALL),
        sources: vec![],
        age: "86y".into(),
        caveats: vec![],
        basis: basis(),
        audit_seq: 7,
        opened: Stamp::from_millis(1_000),
        as_at: None,
    })
}

fn plan(n: u8) -> PlanPage {
    let change = Line {
        moment: Heads::default(),
        at: Stamp::from_millis(900),
        device: None,
        staff: None,
        name: "Sam Reed".into(),
        what: What::Other,
        seq: 1,
    };
    PlanPage {
        listing: listing(n, "Frost", "1940-01-05", ""),
        age: "86y".into(),
        plan: Plan::default(),
        moment: None,
        news: vec![change],
        own: OwnEdits::default(),
        draft: None,
        hand: "D1/N1".parse().unwrap(),
        caveats: vec![],
        basis: basis(),
        audit_seq: 7,
        opened: Stamp::from_millis(1_000),
    }
}

fn refused(n: u8) -> Trouble {
    Trouble::Refused(Box::new(Why {
        sentence: "Ask first.".into(),
        basis: basis(),
        next: NextStep::AskThePerson,
        outcome: Outcome::Ask,
        audit_seq: 8,
        listing: listing(n, "Frost", "1940-01-05", ""),
        age: "86y".into(),
        own: None,
    }))
}

fn run(actions: impl IntoIterator<Item = Action>) -> State {
    actions.into_iter().fold(State::default(), State::after)
}

fn caseload(rows: Vec<Row>) -> Caseload {
    Caseload { total: rows.len() as u64, rows, as_at: None }
}

fn at_the_list() -> State {
    let rows = vec![row(2, "Élan", "1950-01-01", ""), row(1, "Frost", "1940-01-05", "Wareham")];
    run([Action::Status(status(Some("N1"))), Action::Asked(1), Action::Listed(1, caseload(rows))])
}

/// A page is drawn anew if something happened, and its pieces if they are given another opening (`crate::parts`): so whatever happens counts,
/// also what begins the state anew, and what is open is never changed under those who have it.
#[test]
fn whatever_happens_reaches_the_page_and_its_pieces() {
    let before = Rc::new(State { happened: 41, plan: Some(Rc::new(plan(1))), ..at_the_list() });
    let same = |state: &State| Rc::ptr_eq(state.plan.as_ref().unwrap(), before.plan.as_ref().unwrap());
    for action in [Action::PlanSaved(Box::new(plan(1))), Action::PlanSeen(status(Some("N1")))] {
        let after = before.clone().reduce(action);
        assert!(after.happened == 42 && !same(&after), "another opening");
        assert_eq!(before.plan.as_ref().unwrap().news.len(), 1, "who has the first still has it whole");
    }
    let polled = before.clone().reduce(Action::Status(status(Some("N1"))));
    assert!(polled.happened == 42 && same(&polled), "the same opening");
    assert_eq!(before.clone().reduce(Action::Nudged(Nudge::Locked)).happened, 42);
}

#[test]
fn the_first_status_says_where_to_begin() {
    assert_eq!(run([Action::Status(status(None))]).page, Page::SignIn);
    assert_eq!(run([Action::Status(status(Some("N1")))]).page, Page::Caseload);
    let nobody = Status { users: vec![], ..status(None) };
    assert_eq!(run([Action::Status(nobody)]).page, Page::Enrol);
}

#[test]
fn a_late_answer_is_not_shown_under_another_person() {
    let state = at_the_list().after(Action::Asked(2)).after(Action::Back).after(Action::Asked(3));
    let state = state.after(Action::Opened(2, Purpose::Treat, opened(1)));
    assert!(state.chart.is_none() && state.page == Page::Caseload && state.waiting == Some(3));
    let state = state.after(Action::Opened(3, Purpose::Treat, opened(2)));
    assert_eq!(state.person(), Some(PersonId::from_bytes([2; 16])));
}

#[test]
fn locking_leaves_nothing_behind_and_late_answers_stay_out() {
    let state = at_the_list().after(Action::Asked(2)).after(Action::Opened(2, Purpose::Treat, opened(1)));
    for locked in [
        state.clone().after(Action::Nudged(Nudge::Locked)),
        state.clone().after(Action::Status(status(None))),
        state.clone().after(Action::Asked(3)).after(Action::Failed(3, Trouble::Locked)),
    ] {
        assert_eq!(locked.page, Page::SignIn);
        assert!(locked.chart.is_none() && locked.people.is_none() && locked.refusal.is_none());
        let after = locked.after(Action::Opened(3, Purpose::Treat, opened(1)));
        assert!(after.chart.is_none() && after.page == Page::SignIn);
    }
}

#[test]
fn another_user_finds_nothing_of_the_one_before() {
    let state = at_the_list().after(Action::Status(status(Some("N2"))));
    assert!(state.people.is_none());
}

#[test]
fn a_refusal_has_its_own_page_and_takes_the_record_away() {
    let state = at_the_list().after(Action::Asked(2)).after(Action::Opened(2, Purpose::Treat, opened(1)));
    let state = state.after(Action::Asked(3)).after(Action::Failed(3, refused(1)));
    assert_eq!(state.page, Page::Refusal);
    assert!(state.chart.is_none() && state.refusal.is_some() && state.trouble.is_none());
    let state = state.after(Action::Go(Page::Consent, None)).after(Action::Back);
    assert_eq!(state.page, Page::Refusal);
    let state = state.after(Action::Purpose(Purpose::EmergencyTreat)).after(Action::Back);
    assert_eq!((state.page, state.purpose), (Page::Caseload, Purpose::Treat));
    assert_eq!(state.return_to, Some(format!("row-{}", PersonId::from_bytes([1; 16]))));
}

#[test]
fn an_empty_list_fills_by_itself_and_one_with_rows_does_not() {
    let fills = |rows| {
        let list = [Action::Status(status(Some("N1"))), Action::Asked(1), Action::Listed(1, caseload(rows))];
        run(list.into_iter().chain([Action::Nudged(Nudge::Caseload)])).people.unwrap().fills()
    };
    assert!(fills(vec![]));
    assert!(!fills(vec![row(1, "Frost", "1940-01-05", "Wareham")]));
}

#[test]
fn newer_rows_wait_until_they_are_asked_for() {
    let state = at_the_list().after(Action::Search("fro".into())).after(Action::Nudged(Nudge::Caseload));
    let people = state.people.as_ref().unwrap();
    assert!(people.newer && people.caseload.rows.len() == 2);
    let state = state.after(Action::Asked(2)).after(Action::Listed(2, caseload(vec![row(1, "Frost", "1940", "")])));
    let people = state.people.unwrap();
    assert!(!people.newer && people.search == "fro");
}

#[test]
fn searching_and_sorting_need_no_question() {
    let names =
        |s: &State| s.people.as_ref().unwrap().shown().iter().map(|r| r.listing.family.clone()).collect::<Vec<_>>();
    let state = at_the_list();
    assert_eq!(names(&state), ["Élan", "Frost"]);
    let state = state.after(Action::Sort(Sort::Age));
    assert_eq!(names(&state), ["Frost", "Élan"]);
    let state = state.after(Action::Sort(Sort::Place)).after(Action::Search("elan".into()));
    assert_eq!(names(&state), ["Élan"]);
}

#[test]
fn a_no_closes_the_record_and_a_yes_waits_for_it() {
    let start = at_the_list().after(Action::Asked(2)).after(Action::Failed(2, refused(1)));
    let no = start.clone().after(Action::Asked(3)).after(Action::Chosen(3, Choice::N2, status(Some("N1"))));
    assert_eq!(no.page, Page::Caseload);
    assert!(no.refusal.is_none() && no.notice.unwrap().contains("not yet sent"));
    let yes = start.after(Action::Asked(3)).after(Action::Chosen(3, Choice::Y3, status(Some("N1"))));
    assert_eq!(yes.page, Page::Refusal);
}

#[test]
fn coming_back_puts_the_focus_where_one_left() {
    let state = at_the_list().after(Action::Asked(2)).after(Action::Opened(2, Purpose::Treat, opened(1)));
    let state = state.after(Action::Go(Page::Chart, Some("open-source-3".into()))).after(Action::Asked(3));
    let whole = WholeResource { key: "Condition/1".into(), source: None, json: "{}".into() };
    let state = state.after(Action::Sourced(3, whole));
    assert_eq!((state.page, &state.return_to), (Page::Source, &None));
    let state = state.after(Action::Back);
    assert_eq!((state.page, state.return_to.as_deref()), (Page::Chart, Some("open-source-3")));
}

#[test]
fn wrong_pins_and_settings() {
    let state = run([Action::Status(status(None)), Action::Asked(1)]);
    let state = state.after(Action::Failed(1, Trouble::WrongPin { left: 4 }));
    assert_eq!((state.page, state.trouble.clone()), (Page::SignIn, Some(Trouble::WrongPin { left: 4 })));
    // The poll does not wipe the message away.
    let state = state.after(Action::Status(status(None)));
    assert!(state.trouble.is_some());
    assert_eq!(state.after(Action::Go(Page::WhoLooked, None)).page, Page::SignIn);
}

#[test]
fn a_broken_glass_closes_when_its_time_is_up() {
    let mut chart = opened(1);
    chart.caveats.push(Caveat::BreakGlassUntil(Stamp::from_millis(2_000)));
    let mut state = State::default().after(Action::Status(status(Some("N1"))));
    state.chart = Some(Rc::from(chart));
    state.page = Page::Chart;
    let still = state.clone().after(Action::Status(status(Some("N1"))));
    assert!(still.chart.is_some());
    let late = Status { now: Stamp::from_millis(2_000), ..status(Some("N1")) };
    let after = state.after(Action::Status(late));
    assert!(after.chart.is_none() && after.page == Page::Caseload);
}

#[test]
fn an_emergency_that_is_over_is_no_reason_for_the_next_record() {
    let mut chart = opened(1);
    chart.caveats.push(Caveat::BreakGlassUntil(Stamp::from_millis(2_000)));
    let mut state = State::default().after(Action::Status(status(Some("N1"))));
    (state.chart, state.page, state.purpose) = (Some(Rc::from(chart)), Page::Chart, Purpose::EmergencyTreat);
    let late = Status { now: Stamp::from_millis(2_000), ..status(Some("N1")) };
    assert_eq!(state.clone().after(Action::Status(late)).purpose, Purpose::Treat);
    let ended = state.after(Action::Asked(1)).after(Action::GlassEnded(1, status(Some("N1"))));
    assert_eq!((ended.page, ended.purpose), (Page::Caseload, Purpose::Treat));
}

#[test]
fn a_status_from_before_the_save_does_not_say_that_it_is_held() {
    let state = State::default().after(Action::Status(status(Some("N1"))));
    let at = Stamp::from_millis;
    assert!(state.held_since(at(999)));
    assert!(
        !state.held_since(at(1_000)) && !state.held_since(at(1_001)),
        "it may have been saved after the status was taken"
    );
    let waits = State::default().after(Action::Status(Status { unsent: 1, ..status(Some("N1")) }));
    assert!(!waits.held_since(at(0)) && !State::default().held_since(at(0)));
}

/// A visit that was begun while a form was opened: what was saved closes its own form, and no other.
#[test]
fn a_form_opened_while_another_is_saved_stays_open() {
    let page = VisitPage {
        listing: listing(1, "Frost", "1940-01-05", ""),
        age: "86y".into(),
        log: record::visit::Log::assemble(std::iter::empty()),
        places: vec![],
        waiting: 0,
        refused: vec![],
        newer: 0,
        chart: opened(1).chart,
        sources: vec![],
        drafts: vec![],
        photos: vec![],
        draft_photos: vec![],
        pictures_stay: false,
        seen: vec![],
        known_at: None,
        on: None,
        me: "N1".parse().unwrap(),
        caveats: vec![],
        basis: basis(),
        audit_seq: 1,
        opened: Stamp::from_millis(1),
    };
    let visit = Action::Visit;
    let saved = |form: Option<&str>| visit(VisitAction::Saved(Box::new(page.clone()), form.map(str::to_owned)));
    let opening = [Action::Asked(2), Action::Opened(2, Purpose::Treat, opened(1))];
    let open = opening.into_iter().chain([visit(VisitAction::Opened(Box::new(page.clone())))]);
    let open = open.fold(at_the_list(), State::after);
    // Started with no form, and a form opened meanwhile.
    let begun = [visit(VisitAction::Saving), visit(VisitAction::Form(Some(Form::Note))), saved(None)];
    let begun = begun.into_iter().fold(open, State::after);
    assert_eq!((begun.visits.form.clone(), begun.visits.saving), (Some(Form::Note), false));
    let kept = saved(Some("wound"));
    assert_eq!(begun.clone().after(kept).visits.form, Some(Form::Note));
    assert_eq!(begun.after(saved(Some("note"))).visits.form, None, "its own closes");
}
