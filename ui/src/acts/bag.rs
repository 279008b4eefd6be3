//! What a press does with an eRed Bag: one question, one action.

use super::Acts;
use crate::ask::ask;
use crate::state::{Action, BagAction};
use desk::Question;
use desk::ask::{
    AcceptBag, BagsDue, BagsHere, FetchBag, FetchBagFile, HideBag, NotMyBag, OpenBag, ShowBag, TakeFrames, TakeSlip,
};
use desk::bag::{BagPage, BagProgress};
use record::PersonId;
use record::consent::Purpose;
use record::visit::PhotoId;
use wasm_bindgen_futures::spawn_local;

impl Acts {
    pub fn bag(&self, person: PersonId, purpose: Purpose) {
        self.question(OpenBag { person, purpose }, |number, page| {
            Action::Bag(BagAction::Opened(number, Box::new(page)))
        });
    }

    /// Any change of the bag. Not numbered: its answer is the bag as it now is, whatever was pressed meanwhile.
    pub fn bag_change<Q: Question<Answer = BagPage> + 'static>(&self, change: Q) {
        let tell = self.tell.clone();
        tell.dispatch(Action::Bag(BagAction::Saving));
        spawn_local(async move {
            tell.dispatch(Action::Bag(match ask(change).await {
                Ok(page) => BagAction::Saved(Box::new(page)),
                Err(trouble) => BagAction::NotSaved(trouble),
            }));
        });
    }

    pub fn bag_codes(&self, person: PersonId, purpose: Purpose) {
        self.question(ShowBag { person, purpose }, |number, codes| {
            Action::Bag(BagAction::Shown(number, Box::new(codes)))
        });
    }

    pub fn bag_slip(&self, code: String, purpose: Purpose) {
        let acts = self.clone();
        self.question(TakeSlip { code, purpose }, move |number, slip| {
            acts.bag_fetch(purpose);
            Action::Bag(BagAction::Slip(number, Box::new(slip)))
        });
    }

    /// The whole bag over the local network. If it does not come that way, it comes by its frames, and nothing is said.
    fn bag_fetch(&self, purpose: Purpose) {
        let acts = self.clone();
        spawn_local(async move {
            if let Ok(progress) = ask(FetchBag { purpose }).await
                && progress.whole
            {
                acts.bag_came(progress, purpose);
            }
        });
    }

    fn bag_came(&self, progress: BagProgress, purpose: Purpose) {
        self.tell(Action::Bag(BagAction::Progress(progress)));
        if progress.whole {
            self.bag(progress.person, purpose);
        }
    }

    /// The codes are no longer on the screen.
    pub fn bag_hidden(&self) {
        // A device that has locked has hidden them already.
        spawn_local(async move { drop(ask(HideBag {}).await) });
    }

    /// Frames as they are seen. Not numbered: any may come at any time.
    pub fn bag_frames(&self, frames: Vec<String>, purpose: Purpose) {
        let (tell, acts) = (self.tell.clone(), self.clone());
        spawn_local(async move {
            match ask(TakeFrames { frames, purpose }).await {
                Ok(progress) => acts.bag_came(progress, purpose),
                Err(trouble) => tell.dispatch(Action::Bag(BagAction::NotSaved(trouble))),
            }
        });
    }

    pub fn bag_accept(&self, accepted: AcceptBag) {
        self.question(accepted, |number, taken| Action::Bag(BagAction::Taken(number, Box::new(taken))));
    }

    /// Opens a photograph, large; it may have to come from the hub first.
    pub fn bag_file(&self, person: PersonId, purpose: Purpose, file: PhotoId) {
        let tell = self.tell.clone();
        tell.dispatch(Action::Bag(BagAction::FileAsked(file)));
        spawn_local(async move {
            tell.dispatch(Action::Bag(match ask(FetchBagFile { person, purpose, file }).await {
                Ok(page) => BagAction::File(Box::new(page)),
                Err(trouble) => BagAction::NotSaved(trouble),
            }));
        });
    }

    /// Bags that came by hand. Nothing to show is no trouble.
    pub fn bags_here(&self) {
        let tell = self.tell.clone();
        spawn_local(async move {
            if let Ok(here) = ask(BagsHere {}).await {
                tell.dispatch(Action::Bag(BagAction::Here(here)));
            }
        });
    }

    /// The bag that is open is not the user's: it goes, and the list of those that are left is shown.
    pub fn bag_not_mine(&self, person: PersonId) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(Action::Bag(match ask(NotMyBag { person }).await {
                Ok(here) => BagAction::Gone(here),
                Err(trouble) => BagAction::NotSaved(trouble),
            }));
        });
    }

    /// Whose bag is due for its check. No list is no trouble.
    pub fn bags_due(&self) {
        let tell = self.tell.clone();
        spawn_local(async move {
            if let Ok(due) = ask(BagsDue {}).await {
                tell.dispatch(Action::Bag(BagAction::Due(due)));
            }
        });
    }
}
