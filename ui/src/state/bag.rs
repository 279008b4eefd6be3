//! What the screen knows of eRed Bags, and how answers change it. It holds no rules: the device decided what is here.

use super::State;
use crate::routes::Page;
use desk::Trouble;
use desk::bag::{BagCodes, BagDue, BagFile, BagPage, BagProgress, BagSlip, BagTaken, BagsList};
use record::PersonId;
use record::visit::{Photo, PhotoId};
use std::rc::Rc;

/// Of bags, what is on the screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bags {
    pub page: Option<Rc<BagPage>>,
    /// The codes being shown.
    pub codes: Option<Rc<BagCodes>>,
    /// The slip that was read.
    pub slip: Option<Rc<BagSlip>>,
    pub progress: Option<BagProgress>,
    /// Taken over here: the code that answers the giver.
    pub answer: Option<Rc<BagTaken>>,
    /// Bags that came to this device by hand, and what ended of them by itself.
    pub here: Option<Rc<BagsList>>,
    /// Whose bag is due for its monthly check.
    pub due: Rc<Vec<BagDue>>,
    /// The file that is open: one at a time.
    pub file: Option<Rc<BagFile>>,
    /// One that was asked for, and may have to come from the hub.
    pub file_asked: Option<PhotoId>,
    /// A change is with the device: the next one waits for its answer.
    pub saving: bool,
}

#[derive(Debug, Clone)]
pub enum BagAction {
    Opened(u32, Box<BagPage>),
    /// A change was sent to the device, …
    Saving,
    /// … made, …
    Saved(Box<BagPage>),
    /// … or not made.
    NotSaved(Trouble),
    Shown(u32, Box<BagCodes>),
    Slip(u32, Box<BagSlip>),
    Progress(BagProgress),
    Taken(u32, Box<BagTaken>),
    Here(BagsList),
    /// The bag that was open left the device.
    Gone(BagsList),
    Due(Vec<BagDue>),
    FileAsked(PhotoId),
    File(Box<BagFile>),
    FileClosed,
}

impl Bags {
    /// The lists alone: nothing is open.
    fn lists(&self) -> Bags {
        Bags { here: self.here.clone(), due: self.due.clone(), ..Bags::default() }
    }
}

impl State {
    pub(super) fn bag(&mut self, action: BagAction) {
        match action {
            BagAction::Opened(number, page) if self.answered(number) => {
                self.bags = Bags { page: Some(Rc::from(page)), ..self.bags.lists() };
                self.page = Page::Bag;
            }
            BagAction::Saving => {
                self.bags.saving = true;
                self.trouble = None;
                self.notice = None;
            }
            BagAction::Saved(page) => {
                self.bags.saving = false;
                // Changes are answered in order; one of a bag no longer open changes nothing here.
                if self.bags.page.as_ref().is_some_and(|open| open.person == page.person) {
                    self.bags.page = Some(Rc::from(page));
                }
            }
            BagAction::NotSaved(trouble) => {
                (self.bags.saving, self.bags.file_asked) = (false, None);
                self.fail(trouble);
            }
            BagAction::Shown(number, codes) if self.answered(number) => {
                self.bags.codes = Some(Rc::from(codes));
                self.page = Page::BagCodes;
            }
            BagAction::Slip(number, slip) if self.answered(number) => {
                (self.bags.progress, self.bags.slip) = (None, Some(Rc::from(slip)));
            }
            BagAction::Progress(progress) => self.bags.progress = Some(progress),
            BagAction::Taken(number, taken) if self.answered(number) => {
                self.bags.page = Some(Rc::new(taken.page.clone()));
                self.bags.answer = Some(Rc::from(taken));
            }
            BagAction::Here(here) => self.bags.here = Some(Rc::new(here)),
            BagAction::Gone(here) => {
                self.bags = Bags { here: Some(Rc::new(here)), ..self.bags.lists() };
                self.page = Page::BagTake;
                self.notice = Some("The bag was removed from this device. That you did is recorded.");
            }
            BagAction::Due(due) => self.bags.due = Rc::new(due),
            BagAction::FileAsked(file) => {
                (self.bags.file, self.bags.file_asked) = (None, Some(file));
                self.trouble = None;
            }
            BagAction::File(file) => {
                // Whoever left the bag meanwhile, or asked for another one, is not shown this one.
                let asked = self.bags.file_asked.take_if(|asked| *asked == file.file).is_some();
                if asked && self.bag_of() == Some(file.person) {
                    self.bags.file = Some(Rc::from(file));
                }
            }
            BagAction::FileClosed => self.bags.file = None,
            // An answer nobody waits for any more: it is not shown.
            BagAction::Opened(..) | BagAction::Shown(..) | BagAction::Slip(..) | BagAction::Taken(..) => {}
        }
    }

    /// Back from a page of bags; where to.
    pub(super) fn back_from_bag(&mut self) -> Page {
        match self.page {
            Page::BagCodes => {
                self.bags.codes = None;
                Page::Bag
            }
            Page::BagTake => {
                (self.bags.slip, self.bags.progress) = (None, None);
                Page::Caseload
            }
            _ => {
                self.bags = self.bags.lists();
                if self.chart.is_some() { Page::Chart } else { Page::BagTake }
            }
        }
    }

    /// Photographs of a thing whose count is not saved yet, as the device keeps them.
    pub(super) fn bag_pictures(&mut self, person: PersonId, form: &str, photos: &[Photo]) {
        let open = self.bags.page.as_mut().filter(|open| open.person == person);
        if let Some(bag) = open.and_then(|page| Rc::make_mut(page).bag.as_mut()) {
            bag.taken.retain(|(of, _)| of != form);
            bag.taken.extend(photos.iter().map(|photo| (form.to_owned(), *photo)));
        }
    }

    /// Whose bag is open.
    pub fn bag_of(&self) -> Option<PersonId> {
        self.bags.page.as_ref().map(|page| page.person)
    }
}
