//! What each person has chosen about sharing. The first 25 show every choice at least once; the rest mostly agree, as people do.
//! Not the rules (those are `record::consent`).

use super::Region;
use super::place::in_community_care;
use super::rng::{Rng, Topic};
use super::when::ago;
use jiff::civil::Date;
use record::Stamp;
use record::consent::{Choice, DecidedBy, Recorded};

/// The choices of the first 25, by person.
const FIRST_CHOICES: [Choice; 25] = {
    use Choice::{Conflict, N1, N2, None, Y1, Y2, Y3};
    [Y3, Y3, Y3, Y3, Y3, None, Y3, Y2, Y3, Y3, Y1, Y3, N1, Y3, Y3, Y2, N2, Y3, Y3, Y3, Y3, Conflict, Y1, Y3, None]
};

/// The start of a day in London, as near as choices need: nine o'clock for decisions, midnight for ends.
fn nine(day: Date) -> Option<Stamp> {
    Stamp::parse(&format!("{day}T09:00:00Z"))
}

impl Region {
    /// The person's choice as the hub has it.
    pub fn choice(&self, person: u64) -> Recorded {
        let mut rng = Rng::of(self.seed, person, Topic::Choice);
        let first = usize::try_from(person).ok().and_then(|p| FIRST_CHOICES.get(p));
        let drawn = rng.below(100);
        let choice = first.copied().unwrap_or(match drawn {
            0..80 => Choice::Y3,
            80..90 => Choice::None,
            90..94 => Choice::Y2,
            94..96 => Choice::Y1,
            96..98 => Choice::N1,
            98 => Choice::N2,
            _ => Choice::Conflict,
        });
        if choice == Choice::None {
            return Recorded::nothing();
        }
        // Number 15 of the first 25 (Y2) and number 22 (Y1) have run out; beyond them, half have.
        let expired = if first.is_some() { matches!(person, 15 | 22) } else { rng.percent(50) };
        let decided = match choice {
            Choice::Y1 if expired => ago(self.today, rng.between(1, 20)),
            Choice::Y1 => self.today,
            _ => ago(self.today, rng.between(30, 900)),
        };
        let decided_stamp = nine(decided);
        let mut recorded = Recorded { choice, decided: decided_stamp, from: decided_stamp, ..Recorded::nothing() };
        recorded.decided_by = match rng.below(20) {
            0 => DecidedBy::AttorneyOrDeputy,
            _ => DecidedBy::Person,
        };
        match choice {
            Choice::Y1 => {
                let nurse = if in_community_care(person) { super::staff::nurse_of(person) } else { 0 };
                recorded.only = super::staff::nurse_id(nurse);
                recorded.from = Stamp::parse(&format!("{decided}T00:00:00Z"));
                recorded.until = decided_stamp.map(Stamp::london_midnight_after);
            }
            Choice::Y2 => {
                let ends =
                    if expired { ago(self.today, rng.between(3, 25)) } else { ago(self.today, -rng.between(20, 120)) };
                recorded.until = nine(ends).map(Stamp::london_midnight_after);
                recorded.end_event = Some("until this course of treatment ends".to_owned());
            }
            _ => {}
        }
        recorded
    }
}
