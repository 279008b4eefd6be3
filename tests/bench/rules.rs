//! What a decision takes, and breaking the glass: from the press on "Record and open" to the emergency view as JSON. The PIN is stretched
//! in between, on purpose; what is left without it is told apart. Not whether they are right: that is the stories' and the tables'.

use crate::region::instant;
use crate::stats::{Table, Timings, short};
use anyhow::{Result, anyhow};
use desk::ask::{BreakGlass, EndGlass, ReadyGlass};
use record::consent::{
    Choice, Circumstances, Clock, Condition, Mode, Policy, Purpose, Recorded, Relationship, Request, decide,
};
use record::people::Role;
use record::{PersonId, Sections, Stamp};
use std::hint::black_box;
use stories::World;
use stories::world::{MORNING, PIN};

/// How often each case is decided.
const TIMES: u32 = 100;
/// How often the glass is broken; the limits of a shift allow no more.
const GLASSES: u32 = 3;

pub fn measure(table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    a_decision(table)?;
    runtime.block_on(a_glass(table))
}

fn a_decision(table: &mut Table) -> Result<()> {
    let now = Stamp::from_millis(MORNING);
    let policy = Policy::standard(Mode::AskEachTime);
    let mut cases = Vec::new();
    for choice in Choice::ALL {
        for role in Role::ALL {
            for purpose in Purpose::ALL {
                let recorded = Recorded { choice, decided: Some(now), ..Recorded::nothing() };
                let request = Request {
                    subject: PersonId::from_bytes([1; 16]),
                    staff: "N1".parse().map_err(|_| anyhow!("a staff id"))?,
                    role,
                    organisation: "RDY".parse().map_err(|_| anyhow!("an ODS code"))?,
                    purpose: *purpose,
                    wants: Sections::ALL,
                    break_glass: None,
                };
                cases.push((recorded, request));
            }
        }
    }
    let mut spent = Vec::new();
    for (recorded, request) in &cases {
        let at = Circumstances {
            recorded,
            relationship: Relationship::Established,
            policy: &policy,
            checked: Some(now),
            clock: Clock::Trusted,
        };
        let began = instant();
        for _ in 0..TIMES {
            black_box(decide(black_box(request), &at, now));
        }
        spent.push(began.elapsed() / TIMES);
    }
    let spent = Timings::new(spent);
    let found = format!("median {}, slowest {}", short(spent.at(50)), short(spent.at(100)));
    table.row("decision", &format!("the rules alone, {} kinds of case", cases.len()), found, "< 20 us");
    Ok(())
}

async fn a_glass(table: &mut Table) -> Result<()> {
    let world = World::new();
    let people: Vec<PersonId> = (1..=GLASSES).map(|n| world.person(n, "Okonjo", Choice::N1)).collect();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let (mut all, mut stretched) = (Vec::new(), Vec::new());
    for person in people {
        let glass = ReadyGlass {
            person,
            purpose: Purpose::EmergencyTreat,
            reason: 5,
            condition: Condition::Unconscious,
            text: "found collapsed at home".to_owned().into(),
            pin: PIN.to_owned().into(),
            widened: false,
        };
        let began = instant();
        nurse.ask(glass).await.map_err(|t| anyhow!("{t}"))?;
        stretched.push(began.elapsed());
        let began = instant();
        nurse.ask(BreakGlass { person }).await.map_err(|t| anyhow!("{t}"))?;
        all.push(began.elapsed());
        nurse.ask(EndGlass {}).await.map_err(|t| anyhow!("{t}"))?;
    }
    let [all, stretched] = [all, stretched].map(Timings::new);
    let found =
        format!("{}, slowest {}; the PIN before it {}", short(all.at(50)), short(all.at(100)), short(stretched.at(50)));
    table.row("glass", "from the confirmation to the emergency view", found, "< 50 ms");
    Ok(())
}
