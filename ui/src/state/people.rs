//! The caseload on the screen: which rows, in which order. Searching and sorting happen here, on rows that were shown and recorded
//! already; nothing is asked of the device.

use desk::ask::Sort;
use desk::view::{Caseload, Row};
use record::feed::fold;
use std::rc::Rc;

/// The caseload as loaded, and how it is looked at. Searching and sorting happen here, on rows already shown and recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct People {
    pub caseload: Rc<Caseload>,
    pub search: String,
    pub sort: Sort,
    /// The device has newer rows: they wait until asked for, so that nothing moves under a finger.
    pub newer: bool,
}

impl People {
    /// The list is empty and there is something to put on it.
    pub fn fills(&self) -> bool {
        self.newer && self.caseload.rows.is_empty()
    }

    /// The rows to show, in order.
    pub fn shown(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.caseload.rows.iter().filter(|r| r.listing.matches(&self.search)).collect();
        let name = |r: &Row| (fold(&r.listing.family), fold(&r.listing.given), r.listing.person);
        match self.sort {
            Sort::Name => rows.sort_by_cached_key(|r| name(r)),
            // The eldest first; no date of birth last.
            Sort::Age => rows.sort_by_cached_key(|r| (r.listing.born.is_none(), r.listing.born.clone(), name(r))),
            Sort::Recent => rows.sort_by_cached_key(|r| (std::cmp::Reverse(r.listing.as_at), name(r))),
            Sort::Place => {
                rows.sort_by_cached_key(|r| (r.listing.place.is_empty(), fold(&r.listing.place), name(r)));
            }
        }
        rows
    }
}
