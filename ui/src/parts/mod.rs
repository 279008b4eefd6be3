//! Pieces of pages: they lay out what the device answered and hold no rules. Not whole pages (those are [`crate::pages`]).
//!
//! Elements that a test needs carry `data-test`:
//!
//! - everywhere: `status-chip` (its words: `status`), `panel`, `sync-now`, `airplane`, `change-pin`, `licence-open`, `lock`, `back`, `trouble`,
//!   `notice`, `error-summary`; while a page's module comes: `part-coming`, `part-missing`, `part-again`
//! - signing in: `user-<staffid>`, `pin`, `show-pin`, `signin-submit`, `keystore-note`, `to-enrol`; setting up: `ticket`,
//!   `enrol-pin`, `enrol-pin-again`, `enrol-submit`
//! - caseload: `caseload`, `caseload-row` (each list item), `row-<personid>` (its button), `similar-name`, `not-carried`,
//!   `sealed`, `deceased`, `search`, `sort`, `purpose`, `access-reason`, `shown`, `refresh`
//! - record: `chart`, `banner`, `allergy-strip`, `strip-toggle`, `btg-banner`, `widen`, `caveats`, `why`, `demographics`,
//!   `section-<code>`, `absence-<kind>`, `contradiction`, `item`, `past`, `open-source-<n>`, `to-who-looked`, `to-consent`
//! - care plan: `to-plan`, `plan`, `plan-then`, `plan-saved`, `plan-news`, `plan-seen`, `plan-refresh`, `plan-disputes`, `plan-refused`, `plan-draft`,
//!   `plan-draft-begin`, `plan-draft-open`, `plan-draft-shown`, `plan-draft-publish`, `plan-draft-discard`, `plan-draft-leave`, `plan-draft-unfit`, `plan-draft-foot`,
//!   `part-<part>`, `shown-<node>-<field>`, `edit-<node>-<field>`, `field-<node>-<field>`, `several-<node>-<field>`, `decision-<topic>`,
//!   `dispute-<topic>`, `decide-<topic>`, `value-<topic>-<code>`, `words-<topic>`, `basis-<topic>`, `settle-<topic>`, `add-<kind>-<node>`,
//!   `new-<kind>-<node>`, `save-<kind>-<node>`, `entry-<kind>`, `paper-<paper>`, `to-sign-<paper>`, `sign-<paper>`, `changed-since`,
//!   `to-plan-history`, `plan-history`, `plan-at-<n>`
//! - round: `to-round`, `round`, `stop` (each list item), `stop-<n>` (its button), `stop-state-<n>`, `round-refresh`
//! - visit: `to-visit`, `visit`, `visit-saved`, `known-at`, `start-visit`, `end-visit`, `visit-on`, `double-dose`, `how-to-get-in`, `access`,
//!   `do-<form>` (opens a form), `form-<form>`, `save-<form>`, `cancel-form`, `visit-refresh`, `news2`, `news2-<total>`, `news2-chart`, `entry`,
//!   `add-<n>`, `strike-<n>`, `entry-added`, `obs-<sign>`, `obs-<sign>-none`, `breathing-<what>`, `conscious-<level>`, `medicine-<n>`,
//!   `part-<part>`, `outcome-<what>`, `in-the-way`, `give-anyway`, `body-front`, `body-back`, `site`, `text`, `photos`, `photo` (the file), `photo-taken`, `photo-remove-<n>`,
//!   `agreed-<how>`, `photo-entry`, `photo-look`, `photo-shown`
//! - eRed Bag: `to-bag`, `bag`, `bag-start`, `bag-tracker`, `bag-saved`, `bag-where`, `bag-disputed`, `bag-corrected`, `bag-due`, `bag-before`,
//!   `bag-reason`, `bag-reason-save`, `bag-reason-said`, `bag-unchecked`, `bag-confirm-all`, `bag-all-checked`, `bag-missing`, `bag-why`,
//!   `bag-release`, `bag-form`, `bag-section-<code>`, `bag-line` (its `bag-line-right`, `bag-line-edit`, `bag-line-save`),
//!   `bag-new-<section>-<heading>`, `bag-save-<section>-<heading>`, `bag-no-allergies`, `bag-released`, `bag-read-<code>`, `bag-belongings`,
//!   `bag-thing-<code>`, `bag-discrepancy`, `bag-photo-<code>` (the file), `bag-photos-<code>`, `bag-attach` (the file),
//!   `bag-attached`, `bag-attached-out`, `bag-see-attached`, `bag-count`, `bag-count-<code>`, `bag-second`, `bag-count-save`, `bag-show`, `bag-got`,
//!   `bag-got-save`, `bag-next`, `bag-step-<step>`, `bag-keeps-<n>`, `bag-place`, `bag-read-tracker`, `bag-read-items`, `bag-pin`, `bag-step-go`, `bag-step-sure`,
//!   `bag-step-back`, `bag-crew-name`, `bag-crew-organisation`, `bag-second-title`, `bag-attach-title`, `bag-journey`, `bag-passage`,
//!   `bag-answer`, `bag-answer-text`, `bag-told`; codes: `bag-codes`, `bag-slip`, `bag-frames`, `bag-swap`, `bag-slip-text`, `bag-codes-done`; taking in:
//!   `to-bag-take`, `bag-take`, `bag-slip-code`, `bag-slip-read`, `bag-critical`, `bag-progress`, `bags-here`, `bag-here`, `bags-ended`,
//!   `bags-due`, `bag-due-person`, `bag-not-mine`, `bag-not-mine-go`
//! - wherever a code is read: `<field>-photo` (the file), `<field>-photo-camera`, `<field>-photo-said`, `camera`
//! - original: `source`, `source-json`; who has looked: `who-looked`, `looks`
//! - refusal: `refusal`, `refusal-next`, `refusal-change`, `reask-<purpose code>`; everywhere a choice: `basis`
//! - asking: `consent`, `choice-Y1` `choice-Y2` `choice-Y3` `choice-N1` `choice-N2`, `decided-by-Person`
//!   `decided-by-AttorneyOrDeputy` `decided-by-BestInterests`, `until-day` `until-month` `until-year`, `until-event`, `reason`,
//!   `choice-save`, `language-<tag>`, `settles`, `form` (its box `signature`, `signature-clear`, `form-photo`, `form-status`)
//! - break-glass: `btg`, `btg-reason-<1..6>`, `btg-reason` (their group), `btg-condition-<0..3>`, `btg-text`, `btg-pin`, `btg-submit`; its
//!   banner on every page: `btg-banner`, `btg-end`
//! - claiming: `to-claim`, `claim`, `claim-number`, `born-day` `born-month` `born-year`, `claim-why`, `claim-save`
//! - before leaving: `to-ready`, `ready`, `ready-sum`, `ready-mend`, `ready-facts`, `ready-person`; work: `to-receipts`, `receipts`,
//!   `receipts-sum`, `receipts-sealed`, `receipts-send`, `receipts-person`
//! - settings: `old-pin`, `new-pin`, `new-pin-again`, `settings-submit`, `size`, `theme-<code>`

pub mod icons;

pub mod look;

pub mod form;

pub mod errors;

pub mod banner;

pub mod strip;

pub mod absence;

pub mod medication;

pub mod allergy;

pub mod reading;

pub mod item;

pub mod section;

pub mod chip;

pub mod fold;

pub mod glass;

pub mod leaflet;

pub mod picture;

pub mod camera;

pub mod scan;

pub mod signature;

pub mod bodymap;

pub mod news2chart;
pub mod qr;

use crate::acts::Acts;
use crate::state::State;
use std::rc::Rc;
use yew::prelude::*;

/// What every part may use: the state as it is, and the hands.
#[derive(Clone)]
pub struct Screen {
    pub state: Rc<State>,
    pub acts: Acts,
}

/// Whether anything happened between the two; not whether they say the same, which would compare whole records, and cost the screen the code to.
impl PartialEq for Screen {
    fn eq(&self, other: &Screen) -> bool {
        self.state.happened == other.state.happened && self.acts == other.acts
    }
}

/// What was opened, shared by the pieces of its page: equal if it is the same opening. Comparing what is in it would walk a whole record at each press.
pub struct Opening<T>(Rc<T>);

impl<T> Clone for Opening<T> {
    fn clone(&self) -> Opening<T> {
        Opening(self.0.clone())
    }
}

impl<T> PartialEq for Opening<T> {
    fn eq(&self, other: &Opening<T>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> std::ops::Deref for Opening<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<Rc<T>> for Opening<T> {
    fn from(opened: Rc<T>) -> Opening<T> {
        Opening(opened)
    }
}

/// The screen, from anywhere inside it.
#[hook]
pub fn use_screen() -> Screen {
    #[allow(clippy::expect_used, reason = "App provides it around everything; without it there is no screen at all")]
    use_context::<Screen>().expect("the app provides the screen")
}

/// Names the page in the window's title, puts the focus on its heading (or where one came from), and goes to the top.
#[hook]
pub fn use_page(title: &'static str, in_error: bool) {
    use_shown_page(title, in_error, HEADING, true);
}

/// The same for a page that stays behind another while that one is shown.
#[hook]
pub fn use_shown_page(title: &'static str, in_error: bool, heading: &'static str, shown: bool) {
    use_effect_with((title, in_error, shown), |(title, in_error, shown)| {
        if *shown {
            crate::display::title(title, *in_error);
        }
    });
    let screen = use_screen();
    let return_to = screen.state.return_to.clone();
    use_effect_with(shown, move |shown| {
        let returned = !shown || return_to.is_some_and(|id| crate::display::focus(&id));
        if !returned {
            crate::display::focus(heading);
            crate::display::to_top();
        }
    });
}

/// Text whose dates (`05-Jan-2009`, with the time after it) are never broken over two lines.
pub fn unbroken(text: &str) -> Html {
    let is_date = |word: &str| word.len() >= 11 && word.as_bytes()[2] == b'-' && word.as_bytes()[6] == b'-';
    let is_time = |word: &str| word.len() >= 5 && word.as_bytes()[2] == b':';
    let mut words = text.split(' ').peekable();
    let mut parts: Vec<Html> = vec![];
    while let Some(word) = words.next() {
        let mut shown = word.to_owned();
        let date = is_date(word);
        if let Some(time) = words.next_if(|next| date && is_time(next)) {
            shown = format!("{shown} {time}");
        }
        if words.peek().is_some() {
            shown.push(' ');
        }
        parts.push(if date {
            html! { <span class="s-nowrap">{ shown }</span> }
        } else {
            html! { { shown } }
        });
    }
    parts.into_iter().collect()
}

/// The identifier of the heading of the page that is shown.
const HEADING: &str = "page-heading";

/// A page's heading: takes the focus when the page comes.
pub fn heading(text: impl Into<AttrValue>) -> Html {
    heading_as(HEADING, text)
}

pub fn heading_as(id: &'static str, text: impl Into<AttrValue>) -> Html {
    let text: AttrValue = text.into();
    html! { <h1 {id} class="nhsuk-heading-l s-heading" tabindex="-1">{ text }</h1> }
}
