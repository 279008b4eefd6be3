//! The way back from each page, and what is let go on it.

use super::State;
use crate::routes::Page;

impl State {
    pub(super) fn back(&mut self) {
        self.trouble = None;
        self.notice = None;
        self.waiting = None;
        self.wanted = None;
        self.panel = false;
        self.return_to = self.from.take();
        let record = if self.chart.is_some() { Page::Chart } else { Page::Refusal };
        self.page = match self.page {
            Page::Source => {
                self.whole = None;
                if self.own.is_some() { Page::Own } else { record }
            }
            Page::Own => {
                self.own = None;
                Page::Refusal
            }
            Page::WhoLooked => {
                self.looks = None;
                record
            }
            Page::Plan => {
                self.plan = None;
                self.plan_lines = None;
                record
            }
            Page::Visit => {
                self.visits.page = None;
                self.visits.access = None;
                if self.visits.from_round {
                    self.back_to_list();
                    self.return_to = None;
                    Page::Round
                } else {
                    record
                }
            }
            Page::Round => Page::Caseload,
            Page::PlanThen => {
                self.plan_then = None;
                Page::PlanHistory
            }
            Page::PlanHistory => Page::Plan,
            Page::Bag | Page::BagCodes | Page::BagTake => self.back_from_bag(),
            Page::Consent | Page::BreakGlass { .. } => record,
            Page::Chart | Page::Refusal => {
                let person = self.person();
                self.return_to = person.map(|p| format!("row-{p}"));
                self.back_to_list();
                Page::Caseload
            }
            Page::Licence if self.refusal.is_some() => Page::Refusal,
            Page::Licence if self.chart.is_some() => Page::Chart,
            Page::Licence => Page::Caseload,
            Page::Settings if !self.signed_in() => Page::SignIn,
            Page::Settings | Page::Receipts | Page::Ready if self.chart.is_some() => Page::Chart,
            Page::Settings | Page::Receipts | Page::Ready => Page::Caseload,
            Page::Courier if self.signed_in() => Page::Receipts,
            Page::Courier => Page::SignIn,
            Page::Enrol => Page::SignIn,
            Page::Claim => Page::Caseload,
            other => other,
        };
    }
}
