//! An eRed Bag in its steps: what each takes from the press to the page as JSON, with decision and audit entry; the slip's bytes; and how
//! long the animated code is shown until a device that misses three frames in ten has the whole bag.

use crate::region::instant;
use crate::stats::{Table, short};
use anyhow::{Result, anyhow};
use desk::Trouble;
use desk::ask::TakeFrames;
use record::bag::{BagSection, Step};
use record::consent::{Choice, Purpose};
use serde_json::json;
use std::time::Duration;
use stories::World;
use stories::faults::Draws;
use stories::visits::about;

/// What the record holds that goes into the bag.
const PROBLEMS: u32 = 60;
/// Frames a second on the giver's screen.
const A_SECOND: f64 = 10.0;

pub fn measure(table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(a_bag(table))
}

async fn a_bag(table: &mut Table) -> Result<()> {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    for n in 0..PROBLEMS {
        let words = format!(
            "Long-standing complaint number {n}, seen at the surgery and at the hospital, stable on treatment. "
        );
        let problem = json!({ "resourceType": "Condition", "id": format!("b{n}"), "subject": { "reference": "Patient/p1" },
            "clinicalStatus": { "coding": [{ "code": "active" }] }, "recordedDate": "2025-02-03", "code": { "text": words.repeat(5) } });
        world.feed(&about((1, "Okonjo"), problem));
    }
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    world.cut(true);
    let failed = |trouble: Trouble| anyhow!("{trouble}");
    let mut steps: Vec<(&str, Duration)> = Vec::new();
    let mut took = |name, began: std::time::Instant| steps.push((name, began.elapsed()));

    let began = instant();
    carer.start_bag(ada).await.map_err(failed)?;
    took("begin", began);
    let began = instant();
    carer.confirm(ada).await;
    took("confirm all", began);
    let began = instant();
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall, and confused since").await.map_err(failed)?;
    took("open and write", began);
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame").await.map_err(failed)?;
    let began = instant();
    carer.move_bag(ada, Step::Release).await.map_err(failed)?;
    took("open and release", began);
    let began = instant();
    let codes = carer.show(ada).await;
    took("show the codes", began);
    let began = instant();
    crew.take_slip(&codes.slip).await.map_err(failed)?;
    took("read the slip", began);

    let (mut chance, mut shown, mut seen) = (Draws::from(7), 0usize, 0u32);
    let mut longest = Duration::ZERO;
    loop {
        let frame = codes.frames[shown % codes.frames.len()].clone();
        shown += 1;
        if chance.below(10) < 3 {
            continue;
        }
        seen += 1;
        let began = instant();
        let taken = crew.ask(TakeFrames { frames: vec![frame], purpose: Purpose::Treat }).await.map_err(failed)?;
        longest = longest.max(began.elapsed());
        if taken.whole {
            break;
        }
    }
    let slowest = steps.iter().map(|(_, spent)| *spent).max().unwrap_or_default();
    let each: Vec<String> = steps.iter().map(|(name, spent)| format!("{name} {}", short(*spent))).collect();
    table.row(
        "bag",
        "steps of a bag, whole answers",
        format!("{}; the slowest {}", each.join(", "), short(slowest)),
        "< 100 ms",
    );
    let bytes: usize = codes.frames.first().map_or(0, String::len);
    table.row(
        "bag",
        "slip, and the animated code with 3 of 10 frames missed",
        format!(
            "slip {} B; {} frames of {bytes} B, whole after {shown} shown and {seen} seen = {:.1} s at {A_SECOND} a second; a frame at most {}",
            codes.slip.len(),
            codes.frames.len(),
            shown as f64 / A_SECOND,
            short(longest)
        ),
        "<= 1,100 B; < 20 s",
    );
    Ok(())
}
