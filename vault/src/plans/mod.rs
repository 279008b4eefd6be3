//! Care plans on the device: opened, edited and signed through the door; carried up and down by errands. An edit's document, its audit
//! entry and the change that will be sent commit together or not at all.
//!
//! Modules bottom-up:
mod keep;

mod carry;

mod look;

mod edit;

mod draft;

pub(crate) use carry::{Word, changes, held, orphans, outgoing, refused, send_again, take_in, unsent};
pub(crate) use draft::draft;
pub use draft::{DraftStep, Drafted};
pub(crate) use edit::{edit, sign};
pub(crate) use keep::{DRAFT, erase};
pub(crate) use look::{aside_done, claims, decided, history, looked, lying, open, said, told, view_within};

use crate::chart::{ChartAsked, request};
use crate::door::Door;
use record::consent::{Purpose, Request};
use record::plan::{Line, Plan};
use record::receipt::{HubWord, SeenBy};
use record::{PersonId, Section, Sections};
use sync::replica::words::Said;

/// Whose plan, and why; who asks is the vault's own knowledge.
#[derive(Debug, Clone, Copy)]
pub struct PlanAsked {
    pub person: PersonId,
    pub purpose: Purpose,
}

/// A plan as opened, and where this user's own edits of it are.
#[derive(Debug)]
pub struct OpenedPlan {
    pub plan: Plan,
    /// What others changed since this user said they had looked, oldest first.
    pub news: Vec<Line>,
    pub posted: PlanPosted,
    /// This user's draft, if there is one.
    pub draft: Option<Drafted>,
}

/// How far this user's own changes of one plan have got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanPosted {
    /// The hub's signed word covers this user's changes up to this number, …
    pub held_through: u64,
    /// … given at this hub time.
    pub held_at: Option<HubWord>,
    /// Changes on this device only, by number.
    pub waiting: Vec<u64>,
    /// Changes the hub did not take, and those that stood after them. They are kept here, out of the plan.
    pub aside: Vec<Aside>,
}

/// An edit that is not in the plan, because the hub did not take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    pub said: Said,
    /// The hub's reason (`sync::plans::RefusedWhy::code`).
    pub why: String,
}

/// A line of history with where the change is.
#[derive(Debug, Clone)]
pub struct PlacedLine {
    pub line: Line,
    pub place: LinePlace,
}

/// Where a change is. `Held` is said only on the hub's signed word, or of what came from the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinePlace {
    OnThisDevice,
    /// At the hub; `at` is its signed word, for this user's own, and `seen` who opened the plan with it.
    Held {
        at: Option<HubWord>,
        seen: Vec<SeenBy>,
    },
}

fn plan_request(door: &Door, asked: &PlanAsked) -> Request {
    let wants = Sections::only(Section::Plans);
    request(door, &ChartAsked { person: asked.person, purpose: asked.purpose, wants }, None)
}
