//! What was pressed before the module that answers it was here ([`Part`]), and what became of the fetching. Not here: the fetching
//! ([`crate::later`]), and what a press then does.

use super::State;
use crate::routes::Part;
use record::PersonId;
use record::consent::Purpose;

/// What is pressed in the first module and answered by another.
#[derive(Debug, Clone, PartialEq)]
pub enum Press {
    /// A page of that module is shown.
    Page(Part),
    Plan(PersonId, Purpose),
    Visit(PersonId, Purpose),
    Bag(PersonId, Purpose),
    Looks(PersonId),
    Receipts,
    Ready,
}

impl Press {
    pub const fn part(&self) -> Part {
        match self {
            Press::Page(part) => *part,
            Press::Plan(..) | Press::Visit(..) => Part::Care,
            Press::Bag(..) => Part::Bags,
            Press::Looks(_) | Press::Receipts | Press::Ready => Part::Rest,
        }
    }
}

/// A press that waits for its module.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub press: Press,
    /// The module could not be fetched or read.
    pub missing: bool,
}

/// What happens to modules.
#[derive(Debug, Clone)]
pub enum PartNews {
    /// One is waited for, or tried again.
    Wanted(Press),
    /// It is here: whoever draws looks again.
    Here,
    Missing(Part),
    /// What waited for it is done.
    Taken,
}

impl State {
    pub(super) fn part(&mut self, news: PartNews) {
        match news {
            PartNews::Wanted(press) => {
                self.panel = false;
                self.wanted = Some(Wanted { press, missing: false });
            }
            PartNews::Here => {}
            PartNews::Missing(part) => {
                if let Some(wanted) = self.wanted.as_mut().filter(|wanted| wanted.press.part() == part) {
                    wanted.missing = true;
                }
            }
            PartNews::Taken => self.wanted = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Page;
    use crate::state::Action;

    #[test]
    fn what_is_missing_is_said_of_what_was_pressed_until_it_is_tried_again_or_left() {
        let ready = Press::Ready;
        let wanted = |state: &State| state.wanted.as_ref().map(|wanted| (wanted.press.clone(), wanted.missing));
        let state = State::default().after(Action::Part(PartNews::Missing(Part::Rest)));
        assert_eq!(wanted(&state), None, "nobody waited for it");
        let state = state.after(Action::Part(PartNews::Wanted(ready.clone())));
        let state = state.after(Action::Part(PartNews::Missing(Part::Bags)));
        assert_eq!(wanted(&state), Some((ready.clone(), false)), "another module");
        let state = state.after(Action::Part(PartNews::Missing(Part::Rest)));
        assert_eq!(wanted(&state), Some((ready.clone(), true)));
        let again = state.clone().after(Action::Part(PartNews::Wanted(ready.clone())));
        assert_eq!(wanted(&again), Some((ready, false)));
        assert_eq!(wanted(&again.after(Action::Part(PartNews::Taken))), None);
        assert_eq!(wanted(&state.clone().after(Action::Go(Page::Settings, None))), None);
        assert_eq!(wanted(&state.after(Action::Back)), None);
    }

    #[test]
    fn a_person_is_forgotten_with_the_lock() {
        let press = Press::Plan(PersonId::from_bytes([7; 16]), Purpose::Treat);
        let state = State::default().after(Action::Part(PartNews::Wanted(press)));
        assert_eq!(state.after(Action::Nudged(desk::Nudge::Locked)).wanted, None);
    }
}
