//! Modules of the screen that are fetched after the first: which are here, and what a press does that one of them answers. Which pages are in
//! which, and how one is fetched, is for [`crate::later`], below the pages.

use super::Acts;
use crate::routes::Part;
use crate::state::{Action, PartNews, Press, State};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen_futures::spawn_local;
use yew::Html;

/// What a module brings. Only what is reached from here is in it and not in the first.
#[derive(Clone, Copy)]
pub struct Later {
    /// The page that the state names.
    pub page: fn(&State) -> Html,
    /// What was pressed for it elsewhere.
    pub press: fn(&Acts, Press),
}

/// A module on its way; nothing where it cannot be fetched or read.
pub type Fetching = Pin<Box<dyn Future<Output = Option<Later>>>>;

/// Those that are here, and how another is fetched.
pub(super) struct Modules {
    fetch: fn(Part) -> Fetching,
    here: Cell<[Option<Later>; Part::ALL.len()]>,
}

impl Modules {
    pub(super) fn new(fetch: fn(Part) -> Fetching) -> Modules {
        Modules { fetch, here: Cell::default() }
    }
}

impl Acts {
    /// The module, if it is here.
    pub fn later(&self, part: Part) -> Option<Later> {
        self.modules.here.get()[part as usize]
    }

    /// Does what was pressed, or has it wait for its module.
    pub fn press(&self, press: Press) {
        match self.later(press.part()) {
            Some(later) => (later.press)(self, press),
            None => self.tell(Action::Part(PartNews::Wanted(press))),
        }
    }

    /// What waits, now that its module is here.
    pub fn take_up(&self, press: Press) {
        self.tell(Action::Part(PartNews::Taken));
        self.press(press);
    }

    /// Fetches a module that somebody waits for.
    pub fn want(&self, part: Part) {
        let acts = self.clone();
        spawn_local(async move {
            if !acts.fetch(part).await {
                acts.tell(Action::Part(PartNews::Missing(part)));
            }
        });
    }

    /// Fetches all, one after another, so that nobody waits. One that does not come is fetched again when it is wanted.
    pub fn fetch_all(&self) {
        let acts = self.clone();
        spawn_local(async move {
            for part in Part::ALL {
                acts.fetch(part).await;
            }
        });
    }

    async fn fetch(&self, part: Part) -> bool {
        let Some(later) = (self.modules.fetch)(part).await else { return false };
        let mut here = self.modules.here.get();
        here[part as usize] = Some(later);
        self.modules.here.set(here);
        self.tell(Action::Part(PartNews::Here));
        true
    }
}
