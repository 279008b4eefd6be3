//! What the screen knows, and how each thing that happens changes it: one reducer with named actions and no browser in it.
//! It holds no rules about records: what may be shown was decided by the device before it answered. What it does hold is
//! order: an answer that is no longer waited for is dropped, and when the device locks, all content goes.

mod back;
mod bag;
mod glass;
mod leaving;
mod parts;
mod people;
mod plan;
mod visits;

use crate::routes::Page;
use desk::ask::Sort;
use desk::plan::{PlanLines, PlanPage};
use desk::ready::ShownOutbox;
use desk::view::{
    Basis, Caseload, Claimed, LicenceAsked, LicenceCode, Looks, OpenedChart, OwnPage, Status, WholeResource, Why,
};
use desk::{Nudge, Trouble};
use record::consent::pack::{Lead, Pack};
use record::consent::{Choice, Purpose};
use record::{PersonId, Stamp};
use std::rc::Rc;

pub use bag::{BagAction, Bags};
use glass::{by_glass, time_is_up};
pub use leaving::{Leaving, Left};
pub use parts::{PartNews, Press, Wanted};
pub use people::People;
pub use visits::{Form, VisitAction, Visits};

/// Everything on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// How much has happened to it.
    pub happened: u32,
    pub page: Page,
    pub status: Option<Rc<Status>>,
    pub people: Option<People>,
    /// Why the next record is opened. Goes back to direct care when the list is seen again.
    pub purpose: Purpose,
    pub chart: Option<Rc<OpenedChart>>,
    pub whole: Option<Rc<WholeResource>>,
    pub looks: Option<Rc<Looks>>,
    pub plan: Option<Rc<PlanPage>>,
    /// The plan as it stood at a moment.
    pub plan_then: Option<Rc<PlanPage>>,
    pub plan_lines: Option<Rc<PlanLines>>,
    /// An edit of the plan is with the device: the next one waits for its answer.
    pub plan_saving: bool,
    /// The open plan changed since it was opened.
    pub plan_changed: bool,
    /// The day's round, and the open visit.
    pub visits: Visits,
    pub bags: Bags,
    pub refusal: Option<Rc<Why>>,
    pub own: Option<Rc<OwnPage>>,
    /// A licence code to show to a colleague.
    pub licence_code: Option<Rc<LicenceCode>>,
    /// The colleague whose code was read.
    pub licence_asked: Option<Rc<LicenceAsked>>,
    pub leaving: Leaving,
    pub wanted: Option<Wanted>,
    /// The programme's policy pack, once the device has one.
    pub pack: Option<Rc<Pack>>,
    /// The reason chosen from the programme's list, where it asks for one first: its code.
    pub reason: Option<String>,
    /// What could not be done, until something else is tried.
    pub trouble: Option<Trouble>,
    /// What was done, in words.
    pub notice: Option<&'static str>,
    /// The number of the question that is waited for; an answer with another number is dropped.
    pub waiting: Option<u32>,
    /// The status panel is open.
    pub panel: bool,
    /// The content of the allergy strip is hidden from bystanders.
    pub private: bool,
    /// The open record changed since it was opened.
    pub changed: bool,
    /// The element that was pressed to leave a page.
    pub from: Option<String>,
    /// The same once one has come back: the focus belongs on it.
    pub return_to: Option<String>,
}

impl Default for State {
    fn default() -> State {
        State {
            happened: 0,
            page: Page::Starting,
            status: None,
            people: None,
            purpose: Purpose::Treat,
            chart: None,
            whole: None,
            looks: None,
            plan: None,
            plan_then: None,
            plan_lines: None,
            plan_saving: false,
            plan_changed: false,
            visits: Visits::default(),
            bags: Bags::default(),
            refusal: None,
            own: None,
            licence_code: None,
            licence_asked: None,
            leaving: Leaving::default(),
            wanted: None,
            pack: None,
            reason: None,
            trouble: None,
            notice: None,
            waiting: None,
            panel: false,
            private: false,
            changed: false,
            from: None,
            return_to: None,
        }
    }
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Action {
    /// The device said how it is.
    Status(Status),
    /// A ticket was accepted.
    Enrolled(Status),
    /// The device said: look again.
    Nudged(Nudge),
    /// A question was sent; its answer will carry this number.
    Asked(u32),
    Listed(u32, Caseload),
    Opened(u32, Purpose, Box<OpenedChart>),
    Own(u32, Box<OwnPage>),
    Sourced(u32, WholeResource),
    Looked(u32, Looks),
    Planned(u32, Box<PlanPage>),
    PlanLines(u32, PlanLines),
    /// An edit of the plan was sent to the device, …
    PlanSaving,
    /// … made, …
    PlanSaved(Box<PlanPage>),
    /// … or not made.
    PlanNotSaved(Trouble),
    /// The round and visits.
    Visit(VisitAction),
    /// The user has seen what others changed.
    PlanSeen(Status),
    /// … and is done with what the hub did not take.
    PlanAsideDone(Status),
    Bag(BagAction),
    Part(PartNews),
    Packed(Box<Pack>),
    /// A reason of the programme's list was chosen.
    Reason(String),
    /// The override was ended.
    GlassEnded(u32, Status),
    /// What became of a claim.
    Claimed(u32, Claimed),
    Chosen(u32, Choice, Status),
    PinChanged(u32, Status),
    LicenceShown(u32, LicenceCode),
    LicenceRead(u32, LicenceAsked),
    LicenceTaken(u32, Status),
    Left(u32, Left),
    Outbox(u32, ShownOutbox),
    /// A question with an answer that shows nothing of its own (a sync, the airplane switch) was answered.
    Done(u32, &'static str),
    /// A question was not answered.
    Failed(u32, Trouble),
    /// The status could not be had.
    Lost(Trouble),
    Search(String),
    Sort(Sort),
    Purpose(Purpose),
    /// To a page, from the element with this identifier.
    Go(Page, Option<String>),
    Back,
    Panel(bool),
    Private(bool),
}

impl State {
    /// The state after `action`.
    pub fn after(mut self, action: Action) -> State {
        match action {
            Action::Status(status) => self.hear(status),
            Action::Enrolled(status) => {
                self.waiting = None;
                self.page = Page::SignIn;
                self.hear(status);
            }
            Action::Nudged(Nudge::Locked) => self.lock(),
            Action::Nudged(Nudge::Status) => {}
            Action::Nudged(Nudge::Caseload) => {
                if let Some(people) = &mut self.people {
                    people.newer = true;
                }
                self.changed = self.chart.is_some();
                self.plan_changed = self.plan.is_some();
                self.visits.newer();
            }
            Action::Asked(number) => {
                self.waiting = Some(number);
                self.trouble = None;
                self.return_to = None;
            }
            Action::Lost(trouble) => self.fail(trouble),
            Action::Failed(number, trouble) if self.answered(number) => self.fail(trouble),
            Action::Listed(number, caseload) if self.answered(number) => {
                let (search, sort) = match self.people.take() {
                    Some(people) => (people.search, people.sort),
                    None => (String::new(), Sort::Name),
                };
                self.people = Some(People { caseload: Rc::new(caseload), search, sort, newer: false });
            }
            Action::Opened(number, purpose, chart) if self.answered(number) => {
                self.leave_record();
                self.purpose = purpose;
                self.chart = Some(Rc::new(*chart));
                self.page = Page::Chart;
            }
            // Only behind the refusal that offered it.
            Action::Own(number, own) if self.answered(number) && self.refusal.is_some() => {
                self.own = Some(Rc::from(own));
                self.page = Page::Own;
            }
            Action::Sourced(number, whole) if self.answered(number) => {
                self.whole = Some(Rc::new(whole));
                self.page = Page::Source;
            }
            Action::Looked(number, looks) if self.answered(number) => {
                self.looks = Some(Rc::new(looks));
                self.page = Page::WhoLooked;
            }
            Action::Planned(number, page) if self.answered(number) => self.planned(page),
            Action::PlanLines(number, lines) if self.answered(number) => {
                self.plan_lines = Some(Rc::new(lines));
                self.page = Page::PlanHistory;
            }
            Action::PlanSaving => {
                self.plan_saving = true;
                self.trouble = None;
            }
            Action::PlanSaved(page) => {
                self.plan_saved(page);
            }
            Action::PlanNotSaved(trouble) => {
                self.plan_saving = false;
                self.plan_changed |= matches!(trouble, Trouble::Plan(_));
                self.fail(trouble);
            }
            Action::Visit(action) => self.after_visit(action),
            Action::PlanSeen(status) => {
                self.hear(status);
                if let Some(plan) = &mut self.plan {
                    Rc::make_mut(plan).news.clear();
                }
            }
            Action::PlanAsideDone(status) => {
                self.hear(status);
                if let Some(plan) = &mut self.plan {
                    Rc::make_mut(plan).own.aside.clear();
                }
            }
            Action::Bag(action) => self.bag(action),
            Action::Part(news) => self.part(news),
            Action::Packed(pack) => self.pack = Some(Rc::from(pack)),
            Action::Reason(code) => {
                let listed = self.pack.as_ref().and_then(|p| p.reasons.iter().find(|r| r.code == code));
                if let Some(purpose) = listed.map(|r| r.purpose) {
                    self.purpose = purpose;
                    self.reason = Some(code);
                }
            }
            Action::GlassEnded(number, status) if self.answered(number) => {
                // What the override opened leaves the screen with it.
                if self.chart.as_ref().is_some_and(|chart| by_glass(chart)) {
                    self.back_to_list();
                }
                self.hear(status);
                self.notice = Some("Break-glass is ended.");
            }
            Action::Claimed(number, claimed) if self.answered(number) => {
                self.notice = Some(match claimed {
                    Claimed::Found(_) => "They are on your list now. The privacy officer reviews it.",
                    Claimed::Nobody => "The hub knows nobody with that number and date of birth.",
                    Claimed::Waiting => "Recorded. It is looked up at the next contact with the hub.",
                });
                if let Some(people) = &mut self.people {
                    people.newer = true;
                }
                self.page = Page::Caseload;
            }
            Action::Chosen(number, choice, status) if self.answered(number) => {
                self.hear(status);
                self.notice = Some("The choice is saved on this device, not yet sent.");
                if matches!(choice, Choice::None | Choice::N1 | Choice::N2) {
                    self.back_to_list();
                }
            }
            Action::PinChanged(number, status) if self.answered(number) => {
                self.hear(status);
                self.notice = Some("Your PIN is changed.");
            }
            Action::LicenceShown(number, code) if self.answered(number) => {
                self.licence_asked = None;
                self.licence_code = Some(Rc::new(code));
            }
            Action::LicenceRead(number, asked) if self.answered(number) => {
                self.licence_code = None;
                self.licence_asked = Some(Rc::new(asked));
            }
            Action::LicenceTaken(number, status) if self.answered(number) => {
                self.licence_code = None;
                self.hear(status);
                self.notice = Some("The licence is extended. Both of you are named in the record of access.");
            }
            Action::Done(number, said) if self.answered(number) => {
                self.notice = (!said.is_empty()).then_some(said);
            }
            Action::Left(n, answer) if self.signed_in() && (n == 0 || self.answered(n)) => self.leaving.take(answer),
            // What came of a code, while it is shown; nobody need be signed in.
            Action::Outbox(n, shown) if self.page == Page::Courier && (n == 0 || self.answered(n)) => {
                self.leaving.shown = Some(Rc::new(shown));
            }
            // An answer nobody waits for any more: it is not shown.
            Action::Listed(..)
            | Action::Opened(..)
            | Action::Own(..)
            | Action::Sourced(..)
            | Action::Looked(..)
            | Action::Planned(..)
            | Action::PlanLines(..)
            | Action::GlassEnded(..)
            | Action::Claimed(..)
            | Action::Chosen(..)
            | Action::PinChanged(..)
            | Action::LicenceShown(..)
            | Action::LicenceRead(..)
            | Action::LicenceTaken(..)
            | Action::Left(..)
            | Action::Outbox(..)
            | Action::Done(..)
            | Action::Failed(..) => {}
            Action::Search(text) => {
                if let Some(people) = &mut self.people {
                    people.search = text;
                }
            }
            Action::Sort(sort) => {
                if let Some(people) = &mut self.people {
                    people.sort = sort;
                }
            }
            Action::Purpose(purpose) => self.purpose = purpose,
            Action::Go(page, from) => {
                if page.without_signing_in() || page.for_anybody() || self.signed_in() {
                    self.page = page;
                    self.wanted = None;
                    self.from = from;
                    self.return_to = None;
                    self.trouble = None;
                    self.notice = None;
                    self.panel = false;
                    (self.licence_code, self.licence_asked) = (None, None);
                    (self.leaving.shown, self.leaving.carried) = (None, None);
                }
            }
            Action::Back => self.back(),
            Action::Panel(open) => self.panel = open,
            Action::Private(hidden) => self.private = hidden,
        }
        self
    }

    pub fn signed_in(&self) -> bool {
        self.status.as_ref().is_some_and(|s| s.signed_in.is_some())
    }

    /// The device's idea of now.
    pub fn now(&self) -> Stamp {
        self.status.as_ref().map_or(Stamp::from_millis(0), |s| s.now)
    }

    /// Whether the hub holds all of this user's work, known later than `at`: an older status says nothing of what was saved then.
    pub fn held_since(&self, at: Stamp) -> bool {
        self.status.as_ref().is_some_and(|s| s.unsent == 0 && s.now > at)
    }

    /// What was said of the choice that stands, on the page that is open.
    pub fn basis(&self) -> Option<&Basis> {
        let chart = self.chart.as_ref().map(|c| &c.basis);
        chart.or(self.refusal.as_ref().map(|w| &w.basis))
    }

    /// The reason to give for this purpose, where the programme asks for one first.
    pub fn reason_for(&self, purpose: Purpose) -> Option<String> {
        let pack = self.pack.as_ref().filter(|p| p.lead == Lead::Reason)?;
        let fits = |code: &String| pack.reasons.iter().any(|r| r.code == *code && r.purpose == purpose);
        let first = || pack.reasons.iter().find(|r| r.purpose == purpose).map(|r| r.code.clone());
        self.reason.clone().filter(fits).or_else(first)
    }

    /// Whom the page is about, where it is about one person.
    pub fn person(&self) -> Option<PersonId> {
        let chart = self.chart.as_ref().map(|c| c.listing.person);
        chart.or(self.refusal.as_ref().map(|w| w.listing.person))
    }

    /// Takes an answer off the wait, if it is the one that is waited for.
    fn answered(&mut self, number: u32) -> bool {
        let mine = self.waiting == Some(number);
        if mine {
            self.waiting = None;
        }
        mine
    }

    fn hear(&mut self, status: Status) {
        let before = self.status.as_ref().and_then(|s| s.signed_in.as_ref()).map(|a| a.staff.clone());
        let after = status.signed_in.as_ref().map(|a| a.staff.clone());
        let nobody_here = status.users.is_empty();
        self.status = Some(Rc::new(status));
        if before.is_some() && before != after {
            self.drop_content();
        }
        match after {
            None if nobody_here => self.page = Page::Enrol,
            None if !matches!(self.page, Page::SignIn | Page::Enrol | Page::Courier) => self.page = Page::SignIn,
            Some(_) if self.page.without_signing_in() => {
                self.trouble = None;
                self.page = Page::Caseload;
            }
            _ => {}
        }
        // A permit by break-glass says until when: past that, the record leaves the screen.
        if self.chart.as_ref().is_some_and(|chart| time_is_up(chart, self.now())) {
            self.back_to_list();
        }
    }

    fn fail(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Locked => self.lock(),
            Trouble::Refused(why) => {
                self.leave_record();
                self.refusal = Some(Rc::from(why));
                self.page = Page::Refusal;
            }
            Trouble::NotEnrolled | Trouble::KeyDestroyed | Trouble::Revoked if !self.signed_in() => {
                self.trouble = Some(trouble);
                if !matches!(self.page, Page::SignIn | Page::Enrol) {
                    self.page = Page::Enrol;
                }
            }
            other => self.trouble = Some(other),
        }
    }

    /// The device is locked: nothing of anybody stays on the screen or behind it.
    fn lock(&mut self) {
        self.drop_content();
        if let Some(status) = &mut self.status {
            Rc::make_mut(status).signed_in = None;
        }
        if self.page != Page::Enrol {
            self.page = Page::SignIn;
        }
    }

    fn drop_content(&mut self) {
        let kept = State { page: self.page, status: self.status.take(), ..State::default() };
        *self = kept;
    }

    fn leave_record(&mut self) {
        self.chart = None;
        self.whole = None;
        self.looks = None;
        self.plan = None;
        self.plan_then = None;
        self.plan_lines = None;
        self.plan_changed = false;
        self.visits.leave();
        self.bags = Bags::default();
        self.refusal = None;
        self.own = None;
        self.changed = false;
        self.trouble = None;
    }
}

#[cfg(test)]
mod tests;
