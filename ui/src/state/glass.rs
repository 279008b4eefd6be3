//! Whether the open record is open by break-glass, and whether its time has passed. The device decides; the screen only lets go in time.

use super::State;
use crate::routes::Page;
use desk::view::OpenedChart;
use record::Stamp;
use record::consent::{Caveat, Choice, Purpose};

impl State {
    /// Lets go of the open record. The next one is opened for direct care unless something else is said: an emergency that is over must
    /// not stand as the reason for another person's record.
    pub(super) fn back_to_list(&mut self) {
        self.leave_record();
        self.purpose = Purpose::Treat;
        self.page = Page::Caseload;
    }
}

/// The record was opened by break-glass, or for today only, and that time has passed.
pub(super) fn time_is_up(chart: &OpenedChart, now: Stamp) -> bool {
    let today = chart.basis.choice == Choice::Y1 && chart.basis.until.is_some_and(|until| now >= until);
    today || chart.caveats.iter().any(|caveat| matches!(caveat, Caveat::BreakGlassUntil(until) if now >= *until))
}

pub(super) fn by_glass(chart: &OpenedChart) -> bool {
    chart.caveats.iter().any(|caveat| matches!(caveat, Caveat::BreakGlassUntil(_)))
}
