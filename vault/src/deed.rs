//! What a person does with content, by name: each deed that passes the door has its entry. Deciding whether it may is the door's.

use record::audit::{BagAct, BagDeed, Event, PlanAct, PlanDeed, VisitAct, VisitDeed};
use record::bag::BagId;
use record::consent::{Outcome, Request, Rule};

/// What a person does with content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Chart,
    Source,
    Plan(PlanDeed),
    Visit(VisitDeed),
    /// On a bag, if there is one yet.
    Bag(BagDeed, Option<BagId>),
}

impl Deed {
    pub(crate) const fn event(self, request: &Request, outcome: Outcome, rule: Rule) -> Event {
        let (subject, purpose, sections) = (request.subject, request.purpose, request.wants);
        match self {
            Deed::Chart => Event::Record { subject, purpose, sections, outcome, rule },
            Deed::Source => Event::Source { subject, purpose, outcome, rule },
            Deed::Plan(deed) => Event::Plan(PlanAct { subject, purpose, deed, outcome, rule }),
            Deed::Visit(deed) => Event::Visit(VisitAct { subject, purpose, deed, outcome, rule }),
            Deed::Bag(deed, bag) => {
                let bag = match bag {
                    Some(bag) => bag,
                    None => BagId::from_bytes([0; 16]),
                };
                Event::Bag(BagAct { subject, purpose, bag, deed, outcome, rule })
            }
        }
    }

    /// It changes content, so a failure must be undone without undoing the entry.
    pub(crate) const fn writes(self) -> bool {
        match self {
            Deed::Chart | Deed::Source => false,
            Deed::Plan(deed) => deed.writes(),
            Deed::Visit(deed) => deed.writes(),
            Deed::Bag(deed, _) => deed.writes(),
        }
    }
}
