//! The journey of a bag as a table: in which state which step may be taken, and where it leads (`reference/eredbag.md` section 5). One
//! `match`; the whole of it is a snapshot. Who holds the bag, and what happens when two do, is `custody`.

use crate::people::Role;
use serde::{Deserialize, Serialize};

macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $code:literal $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Grows at the end only.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            pub const fn label(self) -> &'static str {
                match self { $($name::$variant => $label),+ }
            }

            pub fn from_code(code: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

listed!(
    /// Where a bag is on its way.
    State {
        Draft "draft" "Being prepared",
        Ready "ready" "Ready to go",
        Released "released" "Released by the home",
        Accepted "accepted" "With the ambulance crew",
        Received "received" "In the emergency department",
        InHospital "in_hospital" "On a ward",
        Returning "returning" "On the way back",
        Closed "closed" "Closed",
        Cancelled "cancelled" "Cancelled",
        Died "died" "The person has died",
        BagMissing "bag_missing" "The bag is missing",
    }
);

listed!(
    /// What somebody does that moves it.
    Step {
        MakeReady "ready" "Made ready",
        Release "release" "Released",
        Accept "accept" "Accepted by the crew",
        Receive "receive" "Received in the emergency department",
        Move "move" "Moved to a ward",
        Return "return" "Packed to go back",
        Carry "carry" "Taken by transport",
        Close "close" "Back at the home",
        Cancel "cancel" "Cancelled",
        Die "die" "The person died",
        Lose "lose" "Bag reported missing",
        Find "find" "Bag found",
        /// The home releases corrected contents; the bag stays where it is.
        Correct "correct" "Corrected by the home",
        /// The person lives: the bag is where it was before a death was recorded. Both stay written.
        Alive "not-died" "Death recorded by mistake",
    }
);

/// The step cannot be taken from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFromHere {
    pub state: State,
    pub step: Step,
}

impl std::fmt::Display for NotFromHere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\" does not follow \"{}\"", self.step.label(), self.state.label())
    }
}

impl std::error::Error for NotFromHere {}

impl State {
    /// Nothing moves it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, State::Closed | State::Cancelled)
    }

    /// Before anybody but the home has it.
    pub const fn is_at_home(self) -> bool {
        matches!(self, State::Draft | State::Ready)
    }

    /// The state after `step`. `before` is where the bag was when it went missing, or before a death that is taken back.
    pub fn after(self, step: Step, before: State) -> Result<State, NotFromHere> {
        use State as S;
        use Step as T;
        Ok(match (self, step) {
            (S::Draft, T::MakeReady) => S::Ready,
            (S::Draft | S::Ready, T::Release) => S::Released,
            // Not taken after all, or treated at the home and left there.
            (S::Draft | S::Ready | S::Released | S::Accepted, T::Cancel) => S::Cancelled,
            // The person goes on without the bag: `before` moves, and the bag is still missing.
            (S::BagMissing, T::Accept | T::Receive | T::Move | T::Return | T::Carry | T::Alive) => {
                before.after(step, before).map_err(|_| NotFromHere { state: self, step })?;
                S::BagMissing
            }
            (S::Released, T::Accept) => S::Accepted,
            // A crew without Satchel: the department takes it from the home's release.
            (S::Released | S::Accepted, T::Receive) => S::Received,
            // Straight to a ward, past the department.
            (S::Accepted | S::Received | S::InHospital, T::Move) => S::InHospital,
            (S::Received | S::InHospital, T::Return) => S::Returning,
            (S::Returning, T::Carry) => S::Returning,
            // Back without a ward's packing: the home says so, and reconciles all the same.
            (S::Accepted | S::Received | S::InHospital | S::Returning | S::Died | S::BagMissing, T::Close) => S::Closed,
            (
                S::Draft
                | S::Ready
                | S::Released
                | S::Accepted
                | S::Received
                | S::InHospital
                | S::Returning
                | S::BagMissing,
                T::Die,
            ) => S::Died,
            (S::Released | S::Accepted | S::Received | S::InHospital | S::Returning | S::Died, T::Lose) => {
                S::BagMissing
            }
            (S::BagMissing, T::Find) => before,
            (S::Died, T::Alive) => before,
            // What left the home can be put right for as long as somebody relies on it.
            (
                S::Released | S::Accepted | S::Received | S::InHospital | S::Returning | S::BagMissing | S::Died,
                T::Correct,
            ) => self,
            (state, step) => return Err(NotFromHere { state, step }),
        })
    }
}

impl Step {
    /// Whoever takes it holds the bag from then on; the others leave it with whoever had it.
    pub const fn hands_over(self) -> bool {
        matches!(self, Step::Accept | Step::Receive | Step::Move | Step::Carry | Step::Close | Step::Find)
    }

    /// What it does, for a step that ends the journey and hands nothing over: whoever takes it is told first, and says so twice.
    pub const fn ends(self) -> Option<&'static str> {
        match self {
            Step::Die => Some(
                "The journey ends here: no department or ward can receive the bag any more. It goes back to the home, which closes it. \
                 Everybody who has the bag will see that the person has died. If that proves to be a mistake, it can be put right with a reason; \
                 both stay written.",
            ),
            Step::Cancel => Some(
                "The bag ends here, and nothing can be added to it any more. For the next transfer another is begun. This cannot be undone.",
            ),
            _ => None,
        }
    }

    /// It belongs to the sending home alone.
    pub const fn is_the_homes(self) -> bool {
        matches!(self, Step::MakeReady | Step::Release | Step::Correct | Step::Close)
    }

    /// Whether it falls to the sending home, or to others: the home gives the bag away and takes it back; what lies between is for those
    /// who have it.
    pub const fn falls_to(self, home: bool) -> bool {
        match self {
            step if step.is_the_homes() => home,
            Step::Receive | Step::Move | Step::Return | Step::Accept | Step::Carry => !home,
            _ => true,
        }
    }

    /// It is worth nothing without words of why.
    pub const fn needs_why(self) -> bool {
        matches!(self, Step::Alive)
    }

    /// Contents go with it.
    pub const fn releases(self) -> bool {
        matches!(self, Step::Release | Step::Correct)
    }

    /// Care staff need no registration to hand a bag over; who gives no care does not touch it.
    pub const fn may_be_taken_by(self, role: Role) -> bool {
        matches!(role, Role::RegulatedClinician | Role::CareStaff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The diagram: a change of it is read by a person.
    #[test]
    fn the_table_of_the_journey() {
        let mut lines = Vec::new();
        for state in State::ALL {
            let moves: Vec<String> = Step::ALL
                .iter()
                .filter_map(|step| {
                    let next = state.after(*step, State::Accepted).ok()?;
                    Some(format!("{} -> {}", step.code(), next.code()))
                })
                .collect();
            lines.push(format!("{:<12} {}", state.code(), moves.join(", ")));
        }
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn nothing_leaves_an_end_and_nothing_returns_to_a_draft() {
        for state in State::ALL {
            for step in Step::ALL {
                let next = state.after(*step, State::Released);
                assert!(!state.is_over() || next.is_err(), "{state:?} {step:?}");
                assert_ne!(next, Ok(State::Draft));
            }
        }
    }

    /// Where a step leads to an end without a PIN, it is said what it does.
    #[test]
    fn every_step_that_ends_without_a_signature_is_said_twice() {
        for state in State::ALL {
            for step in Step::ALL.iter().filter(|step| !step.hands_over()) {
                let ends = state.after(*step, State::Accepted).is_ok_and(|next| next.is_over() || next == State::Died);
                assert!(!ends || *state == State::Died || step.ends().is_some(), "{state:?} {step:?}");
            }
        }
    }

    #[test]
    fn codes_read_back() {
        assert!(State::ALL.iter().all(|s| State::from_code(s.code()) == Some(*s)));
        assert!(Step::ALL.iter().all(|s| Step::from_code(s.code()) == Some(*s)));
    }
}
