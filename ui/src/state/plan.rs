//! What an answer about the care plan changes on the screen: its page, and what the open record says of the same matters. It holds no rules.

use super::State;
use crate::routes::Page;
use desk::plan::PlanPage;
use record::plan::Plan;
use std::rc::Rc;

impl State {
    /// The plan as it is, or as it stood at a moment.
    pub(super) fn planned(&mut self, page: Box<PlanPage>) {
        if page.moment.is_some() {
            self.plan_then = Some(Rc::new(*page));
            self.page = Page::PlanThen;
        } else {
            self.open_plan(*page);
            self.page = Page::Plan;
        }
    }

    /// Edits are answered in order; one for a plan no longer open changes nothing here.
    pub(super) fn plan_saved(&mut self, page: Box<PlanPage>) {
        self.plan_saving = false;
        if self.plan.as_ref().is_some_and(|open| open.listing.person == page.listing.person) {
            self.open_plan(*page);
        }
    }

    fn open_plan(&mut self, page: PlanPage) {
        // What is only in a draft is not what the plan says.
        let drafted = page.draft.as_ref().is_some_and(|draft| draft.shown);
        if !drafted && self.chart.as_ref().is_some_and(|chart| chart.listing.person == page.listing.person) {
            self.say(&page.plan);
        }
        self.plan = Some(Rc::new(page));
        self.plan_changed = false;
    }

    /// The open record says at once what was decided in the plan, within the sections that it shows.
    fn say(&mut self, plan: &Plan) {
        let Some(chart) = &mut self.chart else { return };
        let mut decided = plan.decided(record::Sections::ALL);
        decided.retain(|one| one.topic.section().is_some_and(|section| chart.chart.section(section).is_some()));
        if chart.decided != decided {
            Rc::make_mut(chart).decided = decided;
        }
    }
}
