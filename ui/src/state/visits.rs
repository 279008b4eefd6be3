//! The round and the open visit on the screen: what is shown, which form is open, and what is being saved. Nothing is judged here.

use super::State;
use crate::routes::Page;
use desk::Trouble;
use desk::visit::{AccessPage, ActReceipt, DraftView, Fields, PhotoPage, PhotoView, RoundPage, VisitPage};
use record::PersonId;
use record::visit::{ActId, Photo, PhotoId};
use std::rc::Rc;

/// A form that is open on the visit's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    Observations,
    /// The medicines to choose from.
    Medicines,
    /// Giving, or not giving, one of them: its place in the list.
    Dose(usize),
    Note,
    NotHome,
    End,
    /// A wound: a new one, or another look at one.
    Wound(Option<ActId>),
    Task,
    TaskDone(ActId),
    Referral,
    Risk,
    Add(ActId),
    Strike(ActId),
    /// Looking into doses that contradict: which of them.
    Review(usize),
}

impl Form {
    /// The name its draft is kept under. What is about another record names it, so that two are not mixed.
    pub fn draft(&self) -> String {
        match self {
            Form::Observations => "observations".to_owned(),
            Form::Medicines => "medicines".to_owned(),
            Form::Dose(place) => format!("dose-{place}"),
            Form::Note => "note".to_owned(),
            Form::NotHome => "not-home".to_owned(),
            Form::End => "end".to_owned(),
            Form::Wound(None) => "wound".to_owned(),
            Form::Wound(Some(of)) => format!("wound-{of}"),
            Form::Task => "task".to_owned(),
            Form::TaskDone(task) => format!("done-{task}"),
            Form::Referral => "referral".to_owned(),
            Form::Risk => "risk".to_owned(),
            Form::Add(to) => format!("add-{to}"),
            Form::Strike(of) => format!("strike-{of}"),
            Form::Review(place) => format!("review-{place}"),
        }
    }
}

/// The round, the open visit and its form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Visits {
    pub round: Option<Rc<RoundPage>>,
    pub page: Option<Rc<VisitPage>>,
    pub access: Option<Rc<AccessPage>>,
    pub form: Option<Form>,
    /// The photograph that is open: one at a time.
    pub photo: Option<Rc<PhotoPage>>,
    /// One that was asked for, and may have to come from the hub.
    pub photo_asked: Option<PhotoId>,
    /// Something done is with the device.
    pub saving: bool,
    /// Others did something since the page was asked for.
    pub changed: bool,
    /// The visit was opened from the round: the way back leads there.
    pub from_round: bool,
    /// The appointment the visit was opened for.
    pub booking: String,
}

/// What happens to them.
#[derive(Debug, Clone)]
pub enum VisitAction {
    Round(Box<RoundPage>),
    /// A visit is being opened, from the round for this appointment, or from the record.
    Opening {
        from_round: bool,
        booking: String,
    },
    Opened(Box<VisitPage>),
    Saving,
    /// Done; and the name of the draft of the form it was done with, which closes.
    Saved(Box<VisitPage>, Option<String>),
    NotSaved(Trouble),
    Access(Box<AccessPage>),
    Form(Option<Form>),
    /// A form as the device keeps it now: opened again, it stands as it was left.
    Kept(PersonId, String, Fields),
    /// A form's pictures as they now are.
    Pictures(PersonId, String, Vec<Photo>),
    PhotoAsked(PhotoId),
    Photo(Box<PhotoPage>),
    PhotoClosed,
    NoPhoto(Trouble),
}

impl Visits {
    /// Lets go of the open visit; the round stays.
    pub(super) fn leave(&mut self) {
        let round = self.round.take();
        let (from_round, booking) = (self.from_round, std::mem::take(&mut self.booking));
        *self = Visits { round, from_round, booking, ..Visits::default() };
    }

    pub(super) fn newer(&mut self) {
        self.changed = self.page.is_some();
    }
}

impl State {
    pub(super) fn after_visit(&mut self, action: VisitAction) {
        match action {
            VisitAction::Round(round) => self.visits.round = Some(Rc::from(round)),
            VisitAction::Opening { from_round, booking } => {
                (self.visits.from_round, self.visits.booking) = (from_round, booking);
            }
            VisitAction::Opened(page) => {
                // An answer about somebody whose record is no longer open shows nothing.
                if self.chart.as_ref().is_some_and(|chart| chart.listing.person == page.listing.person) {
                    self.visits.page = Some(Rc::from(page));
                    (self.visits.changed, self.visits.form, self.visits.saving) = (false, None, false);
                    self.page = Page::Visit;
                }
            }
            VisitAction::Saving => {
                self.visits.saving = true;
                self.trouble = None;
                self.notice = None;
            }
            VisitAction::Saved(page, form) => {
                self.visits.saving = false;
                if self.visits.page.as_ref().is_some_and(|open| open.listing.person == page.listing.person) {
                    self.visits.page = Some(Rc::from(page));
                    self.visits.changed = false;
                    // One that was opened while it was saved stays open.
                    self.visits.form.take_if(|open| Some(open.draft()) == form);
                }
            }
            VisitAction::NotSaved(trouble) => {
                self.visits.saving = false;
                self.visits.changed |= matches!(trouble, Trouble::Visit(_));
                self.fail(trouble);
            }
            VisitAction::Access(access) => {
                if self.visits.page.as_ref().is_some_and(|open| open.listing.person == access.person) {
                    self.visits.access = Some(Rc::from(access));
                }
            }
            VisitAction::Kept(person, form, fields) => {
                let at = self.now();
                if let Some(page) =
                    self.bags.page.as_mut().filter(|open| open.person == person && form.starts_with("bag-"))
                {
                    // The one text of a bag's field; nothing typed is no draft.
                    let page = Rc::make_mut(page);
                    page.drafts.remove(&form);
                    page.drafts.extend(
                        fields
                            .values()
                            .next()
                            .filter(|text| !text.trim().is_empty())
                            .map(|text| (form.clone(), text.clone())),
                    );
                }
                if let Some(page) = self.visits.page.as_mut().filter(|open| open.listing.person == person) {
                    let page = Rc::make_mut(page);
                    page.drafts.retain(|draft| draft.form != form);
                    if fields.values().any(|text| !text.trim().is_empty()) {
                        page.drafts.push(DraftView { form, fields, at });
                    }
                }
            }
            VisitAction::Pictures(person, form, photos) => {
                self.trouble = None;
                if let Some(page) = self.visits.page.as_mut().filter(|open| open.listing.person == person) {
                    let page = Rc::make_mut(page);
                    page.draft_photos.retain(|(of, _)| *of != form);
                    page.draft_photos.extend(photos.iter().map(|photo| (form.clone(), *photo)));
                }
                self.bag_pictures(person, &form, &photos);
            }
            VisitAction::PhotoAsked(photo) => {
                (self.visits.photo, self.visits.photo_asked) = (None, Some(photo));
                self.trouble = None;
            }
            VisitAction::Photo(photo) => {
                // Whoever closed the record meanwhile, or asked for another one, is not shown this one.
                let asked = self.visits.photo_asked.take_if(|asked| *asked == photo.photo).is_some();
                let open = self.visits.page.as_mut().filter(|open| open.listing.person == photo.person);
                if let Some(page) = open.filter(|_| asked) {
                    let page = Rc::make_mut(page);
                    let draft = page.draft_photos.iter().any(|(_, taken)| taken.id == photo.photo);
                    match page.photos.iter_mut().find(|view| view.id == photo.photo) {
                        Some(view) => view.here = true,
                        // Nothing was known of it here: it has just come.
                        None if !draft => {
                            let receipt = ActReceipt::FromHub;
                            page.photos.push(PhotoView { id: photo.photo, here: true, receipt });
                        }
                        None => {}
                    }
                    self.visits.photo = Some(Rc::from(photo));
                }
            }
            VisitAction::PhotoClosed => self.visits.photo = None,
            VisitAction::NoPhoto(trouble) => {
                self.visits.photo_asked = None;
                self.fail(trouble);
            }
            VisitAction::Form(form) => {
                self.visits.form = form;
                self.trouble = None;
                self.notice = None;
            }
        }
    }
}
