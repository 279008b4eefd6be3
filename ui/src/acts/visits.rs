//! What a press does about visits: the round, opening a visit, doing something, keeping what is typed.

use super::Acts;
use crate::ask::ask;
use crate::state::{Action, State, VisitAction};
use desk::ask::{
    AccessNotes, DoAct, DropPhoto, FetchPhoto, KeepDraft, KeepPhoto, OpenChart, OpenForReason, OpenRound, OpenVisit,
};
use desk::visit::{Fields, NewAct};
use record::consent::Purpose;
use record::visit::{Photo, PhotoId};
use record::{PersonId, Sections};
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

impl Acts {
    /// The day's round, as it is now.
    pub fn round(&self) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(OpenRound {}).await {
                Ok(round) => Action::Visit(VisitAction::Round(Box::new(round))),
                Err(trouble) => Action::Lost(trouble),
            });
        });
    }

    /// Opens a record, for its banner, and then its visits: from the round.
    pub fn stop(&self, state: &State, person: PersonId, booking: String) {
        let purpose = Purpose::Treat;
        self.tell(Action::Purpose(purpose));
        let reason = state.reason_for(purpose);
        let tell = self.tell.clone();
        self.numbered(|number| async move {
            let wants = Sections::ALL;
            let opened = match reason {
                Some(reason) => ask(OpenForReason { person, reason, wants }).await,
                None => ask(OpenChart { person, purpose, wants }).await,
            };
            match opened {
                Ok(chart) => {
                    tell.dispatch(Action::Opened(number, purpose, Box::new(chart)));
                    tell.dispatch(Action::Visit(VisitAction::Opening { from_round: true, booking }));
                    tell.dispatch(match ask(OpenVisit { person, purpose }).await {
                        Ok(page) => Action::Visit(VisitAction::Opened(Box::new(page))),
                        Err(trouble) => Action::Lost(trouble),
                    });
                }
                Err(trouble) => tell.dispatch(Action::Failed(number, trouble)),
            }
        });
    }

    /// The visits of the open record, or again.
    pub fn visit(&self, person: PersonId, purpose: Purpose) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(OpenVisit { person, purpose }).await {
                Ok(page) => Action::Visit(VisitAction::Opened(Box::new(page))),
                Err(trouble) => Action::Lost(trouble),
            });
        });
    }

    /// Does something. Not numbered: its answer is the visits as they then are, whatever was pressed meanwhile.
    pub fn act(&self, person: PersonId, purpose: Purpose, act: NewAct) {
        let acts = self.clone();
        self.tell(Action::Visit(VisitAction::Saving));
        let form = act.draft.clone();
        spawn_local(async move {
            acts.tell(match ask(DoAct { person, purpose, act }).await {
                Ok(page) => Action::Visit(VisitAction::Saved(Box::new(page), form)),
                Err(trouble) => Action::Visit(VisitAction::NotSaved(trouble)),
            });
            acts.poll();
        });
    }

    /// Keeps what is typed; says nothing where it went well.
    pub fn keep_draft(&self, person: PersonId, form: String, fields: Fields) {
        let tell = self.tell.clone();
        spawn_local(async move {
            let kept = ask(KeepDraft { person, form: form.clone(), fields: fields.clone().into() }).await;
            tell.dispatch(match kept {
                Ok(()) => Action::Visit(VisitAction::Kept(person, form, fields)),
                Err(trouble) => Action::Lost(trouble),
            });
        });
    }

    /// Hands a picture to the device, which keeps it with its form; `kept` hears of the form's pictures.
    pub fn keep_photo(&self, person: PersonId, form: String, picture: String, kept: Callback<Vec<Photo>>) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(KeepPhoto { person, form: form.clone(), picture: picture.into() }).await {
                Ok(photos) => {
                    kept.emit(photos.clone());
                    Action::Visit(VisitAction::Pictures(person, form, photos))
                }
                Err(trouble) => Action::Visit(VisitAction::NoPhoto(trouble)),
            });
        });
    }

    pub fn drop_photo(&self, person: PersonId, form: String, photo: PhotoId) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(DropPhoto { person, form: form.clone(), photo }).await {
                Ok(photos) => Action::Visit(VisitAction::Pictures(person, form, photos)),
                Err(trouble) => Action::Visit(VisitAction::NoPhoto(trouble)),
            });
        });
    }

    /// Opens one photograph, large; it may have to come from the hub first.
    pub fn photo(&self, person: PersonId, purpose: Purpose, photo: PhotoId) {
        let tell = self.tell.clone();
        tell.dispatch(Action::Visit(VisitAction::PhotoAsked(photo)));
        spawn_local(async move {
            tell.dispatch(match ask(FetchPhoto { person, purpose, photo }).await {
                Ok(page) => Action::Visit(VisitAction::Photo(Box::new(page))),
                Err(trouble) => Action::Visit(VisitAction::NoPhoto(trouble)),
            });
        });
    }

    pub fn close_photo(&self) {
        self.tell(Action::Visit(VisitAction::PhotoClosed));
    }

    pub fn access_notes(&self, person: PersonId, purpose: Purpose) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(AccessNotes { person, purpose }).await {
                Ok(page) => Action::Visit(VisitAction::Access(Box::new(page))),
                Err(trouble) => Action::Lost(trouble),
            });
        });
    }
}
