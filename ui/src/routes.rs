//! Where one can be on the screen. Kept in the state, never in an address: no identifier of a person is in a URL, a history or
//! a title.

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// Before the device has said how it is.
    #[default]
    Starting,
    SignIn,
    Enrol,
    Caseload,
    Chart,
    /// The resource behind an item, whole.
    Source,
    Refusal,
    /// What the user's own organisation wrote itself, behind a refusal.
    Own,
    /// Asking the person for their choice.
    Consent,
    /// Declaring an override; `widened` is beyond the emergency view.
    BreakGlass {
        widened: bool,
    },
    WhoLooked,
    /// The offline licence.
    Licence,
    Plan,
    /// The plan as it stood at a moment of its history.
    PlanThen,
    PlanHistory,
    /// The day's round.
    Round,
    /// What was done for somebody, and doing it.
    Visit,
    /// The eRed Bag.
    Bag,
    /// Its codes, for whoever takes the person.
    BagCodes,
    /// Taking one in.
    BagTake,
    Settings,
    /// Claiming a relationship with somebody who is not on the list.
    Claim,
    /// Where this user's work is.
    Receipts,
    /// A colleague carries unsent work.
    Courier,
    /// Before leaving the network.
    Ready,
}

/// A module of the screen that is fetched after the first. The first holds what signing in, the list and opening a record need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The plan, the round, and visits.
    Care,
    Bags,
    /// Setting up, leaving, settings, and what else is pressed seldom.
    Rest,
}

impl Part {
    /// In the order in which they are fetched before anybody asks.
    pub const ALL: [Part; 3] = [Part::Care, Part::Bags, Part::Rest];
}

impl Page {
    /// The module that draws it, where that is not the first.
    pub const fn part(self) -> Option<Part> {
        match self {
            Page::Plan | Page::PlanThen | Page::PlanHistory | Page::Round | Page::Visit => Some(Part::Care),
            Page::Bag | Page::BagCodes | Page::BagTake => Some(Part::Bags),
            Page::Enrol
            | Page::Source
            | Page::WhoLooked
            | Page::Licence
            | Page::Settings
            | Page::Claim
            | Page::Receipts
            | Page::Courier
            | Page::Ready => Some(Part::Rest),
            Page::Starting
            | Page::SignIn
            | Page::Caseload
            | Page::Chart
            | Page::Refusal
            | Page::Own
            | Page::Consent
            | Page::BreakGlass { .. } => None,
        }
    }

    /// For the window's title. It names no person: titles are seen in task switchers.
    pub const fn title(self) -> &'static str {
        match self {
            Page::Starting => "Starting",
            Page::SignIn => "Sign in",
            Page::Enrol => "Set up this device",
            Page::Caseload => "Caseload",
            Page::Chart => "Record",
            Page::Source => "Original document",
            Page::Refusal => "Record not shown",
            Page::Own => "A part, not the record",
            Page::Consent => "Ask the person",
            Page::BreakGlass { .. } => "Break-glass",
            Page::WhoLooked => "Who has looked",
            Page::Licence => "Reading without signal",
            Page::Plan => "Care plan",
            Page::PlanThen => "Care plan as it stood",
            Page::PlanHistory => "History of the care plan",
            Page::Round => "Today's round",
            Page::Visit => "Visit",
            Page::Bag => "eRed Bag",
            Page::BagCodes => "Codes of the bag",
            Page::BagTake => "eRed Bags",
            Page::Settings => "Settings",
            Page::Claim => "Somebody not on the list",
            Page::Receipts => "Sent and received",
            Page::Courier => "Carried by a colleague",
            Page::Ready => "Ready to leave",
        }
    }

    /// Whether the page may be shown to nobody in particular.
    pub const fn without_signing_in(self) -> bool {
        matches!(self, Page::Starting | Page::SignIn | Page::Enrol)
    }

    /// Whether it may be shown to nobody in particular and to whoever is signed in: it shows nothing of anybody.
    pub const fn for_anybody(self) -> bool {
        matches!(self, Page::Settings | Page::Courier)
    }

    /// Whether the page stands under the open record's banner.
    pub const fn inside_record(self) -> bool {
        matches!(
            self,
            Page::Chart
                | Page::Source
                | Page::WhoLooked
                | Page::Plan
                | Page::PlanThen
                | Page::PlanHistory
                | Page::Visit
                | Page::Bag
                | Page::BagCodes
                | Page::Consent
                | Page::BreakGlass { widened: true }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_pages_need_nobody_signed_in() {
        assert!(Page::Enrol.without_signing_in() && !Page::Settings.without_signing_in());
        assert!(Page::Courier.for_anybody() && !Page::Receipts.for_anybody());
        assert!(Page::Source.inside_record() && !Page::Refusal.inside_record());
    }
}
