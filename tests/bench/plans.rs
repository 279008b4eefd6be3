//! A shift's shared care plans on the wire, and one plan's two years at hand: what travels when two devices have edited the same plans, how
//! soon a plan is on screen and can be edited, and what it weighs.

use crate::region::instant;
use crate::stats::{Table, short};
use anyhow::{Result, anyhow};
use desk::plan::{PlanEdit, PlanPage};
use desk::view::Posted;
use record::PersonId;
use record::consent::Choice;
use record::plan::Heads;
use serde::Serialize;
use std::time::Duration;
use stories::plans::about;
use stories::{Worker, World};

/// Plans of a shift, and edits each of them has behind it.
const PLANS: u32 = 50;
const EDITS: usize = 200;
/// Edits of the shift: so many in each of so many plans, on each of two devices.
const FRESH: usize = 30;
const TOUCHED: usize = 10;
/// Two years of a plan that somebody edits every day but Sundays.
const TWO_YEARS: usize = 626;

const SENTENCES: [&str; 8] = [
    "Slept well, up twice. ",
    "Ate half of lunch and all of supper. ",
    "Pain 3 of 10 on moving, none at rest. ",
    "Walked to the gate with the frame. ",
    "Daughter Ann visits on Thursdays. ",
    "Dressing dry, changed as planned. ",
    "Anxious before the nurse comes; likes the radio on. ",
    "Drinks more when the glass stands on the left. ",
];

/// What was written, for other programs to write as well: of each plan, field and text in order.
#[derive(Default, Serialize)]
pub struct Scenario {
    base: Vec<Vec<(String, String)>>,
    one: Vec<Vec<(String, String)>>,
    two: Vec<Vec<(String, String)>>,
    years: Vec<(String, String)>,
}

fn told(edits: &[PlanEdit]) -> Vec<(String, String)> {
    let one = |edit: &PlanEdit| match edit {
        PlanEdit::Write { place, text, .. } => Some((place.field.clone(), text.clone())),
        _ => None,
    };
    edits.iter().filter_map(one).collect()
}

pub fn measure(table: &mut Table) -> Result<Scenario> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut scenario = Scenario::default();
    runtime.block_on(shift(&mut scenario, table))?;
    runtime.block_on(two_years(&mut scenario, table))?;
    Ok(scenario)
}

async fn shift(scenario: &mut Scenario, table: &mut Table) -> Result<()> {
    eprintln!("{PLANS} plans of {EDITS} edits");
    let world = World::new();
    // One stem in eleven has no NHS number: its check digit would be 10.
    let stems = (1..).filter(|n| record::NhsNumber::from_stem(999_000_000 + n).is_some()).take(PLANS as usize);
    let people: Vec<PersonId> = stems.map(|n| world.person(n, &format!("Name{n}"), Choice::Y3)).collect();
    let writer = world.nurse("N0").await;
    sync(&writer).await?;
    for (n, person) in people.iter().enumerate() {
        scenario.base.push(told(&write(&writer, *person, n, EDITS).await?));
    }
    sync(&writer).await?;
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    for nurse in [&one, &two, &one, &two] {
        sync(nurse).await?;
    }
    for (n, person) in people.iter().take(TOUCHED).enumerate() {
        scenario.one.push(told(&write(&one, *person, n + 1, FRESH).await?));
        scenario.two.push(told(&write(&two, *person, n + 5, FRESH).await?));
    }
    // What the audit of these edits weighs goes with them; it is told apart by a round that carries looks alone.
    let mut rounds = [Posted::default(), Posted::default()];
    for (nurse, sum) in [(&one, 0), (&two, 1), (&one, 0)] {
        let posted = sync(nurse).await?;
        rounds[sum].requests += posted.requests;
        rounds[sum].bytes_out += posted.bytes_out;
        rounds[sum].bytes_in += posted.bytes_in;
    }
    let all: u64 = rounds.iter().map(|r| r.bytes_out + r.bytes_in).sum();
    for person in people.iter().take(TOUCHED) {
        let (a, b) = (open(&one, *person).await?, open(&two, *person).await?);
        if a.plan != b.plan {
            return Err(anyhow!("the devices do not agree"));
        }
    }
    table.row(
        "G10",
        &format!("{PLANS} plans x {EDITS} edits; two devices, {FRESH} edits in each of {TOUCHED}"),
        format!(
            "{} and {} requests, {:.1} kB in all with the audit of {} edits",
            rounds[0].requests,
            rounds[1].requests,
            all as f64 / 1e3,
            2 * FRESH * TOUCHED
        ),
        "<= 2 round trips a device, <= 60 kB",
    );
    Ok(())
}

async fn two_years(scenario: &mut Scenario, table: &mut Table) -> Result<()> {
    eprintln!("a plan of two years");
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    sync(&nurse).await?;
    let edits = write(&nurse, ada, 3, TWO_YEARS).await?;
    sync(&nurse).await?;
    let json = serde_json::to_vec(&edits)?;
    scenario.years = told(&edits);
    let mut opened: Vec<Duration> = Vec::new();
    for _ in 0..50 {
        let began = instant();
        open(&nurse, ada).await?;
        opened.push(began.elapsed());
    }
    opened.sort();
    // The first edit after signing in loads the document.
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.map_err(|t| anyhow!("{t}"))?;
    let page = open(&nurse, ada).await?;
    let began = instant();
    edit(&nurse, ada, page.plan.heads, "The first words after two years.").await?;
    let first = began.elapsed();
    let page = open(&nurse, ada).await?;
    let began = instant();
    edit(&nurse, ada, page.plan.heads, "The second.").await?;
    let second = began.elapsed();
    let stored = world.write(|tx| {
        let row = hub::store::people::person_row(tx, ada)?.unwrap_or_default();
        Ok(hub::plans::replica(tx, row, ada).ok().flatten().map_or(0, |mut plan| plan.save().len()))
    });
    let folded = zstd::bulk::compress(&json, 3)?.len();
    table.row(
        "G11",
        &format!("a plan of {TWO_YEARS} edits"),
        format!(
            "on screen in {} (median; with decision, audit entry and the page as JSON), first edit {}, next {}; document {} B = {:.2}x zstd -3 of its edits as JSON",
            short(opened[opened.len() / 2]),
            short(first),
            short(second),
            stored,
            stored as f64 / folded as f64
        ),
        "<= 2 ms; <= 40 ms; <= 1.4x",
    );
    Ok(())
}

/// Writes so many edits, each a sentence more or one taken back; gives what was asked.
async fn write(nurse: &Worker, person: PersonId, seed: usize, edits: usize) -> Result<Vec<PlanEdit>> {
    let fields = ["most-important", "people", "communication", "wellness", "please-do", "support"];
    let mut page = open(nurse, person).await?;
    let mut made = Vec::new();
    for n in 0..edits {
        let field = fields[(n * 7 + seed) % fields.len()];
        let text = page.plan.parts[0].prose(field).to_owned();
        let sentence = SENTENCES[(n * 5 + seed * 3) % SENTENCES.len()];
        let text =
            if text.len() > 600 { text[text.find(". ").map_or(0, |at| at + 2)..].to_owned() } else { text + sentence };
        let edit = PlanEdit::Write { place: about(field), seen: page.plan.heads.clone(), text };
        made.push(edit.clone());
        page = nurse.edit_plan(person, edit).await.map_err(|t| anyhow!("{t}"))?;
    }
    Ok(made)
}

async fn edit(nurse: &Worker, person: PersonId, seen: Heads, text: &str) -> Result<PlanPage> {
    let edit = PlanEdit::Write { place: about("worth-knowing"), seen, text: text.to_owned() };
    nurse.edit_plan(person, edit).await.map_err(|t| anyhow!("{t}"))
}

async fn open(nurse: &Worker, person: PersonId) -> Result<PlanPage> {
    nurse.open_plan(person).await.map_err(|t| anyhow!("{t}"))
}

async fn sync(nurse: &Worker) -> Result<Posted> {
    nurse.ask(desk::ask::SyncNow {}).await.map_err(|t| anyhow!("{t}"))
}
