//! What is typed in a bag's form before it is saved as a line: kept by the device within a second, and when the field goes, so that a lock or a kill
//! costs nothing. Saved, or emptied, it is a draft no longer.

use super::On;
use desk::visit::Fields;
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// A pause this long in typing keeps it.
const PAUSE_MILLIS: u32 = 400;

/// The one field of such a form.
const TEXT: &str = "text";

/// A field's text: as it was left, or as it `begins`. `form` is the draft's name and begins with `bag-`.
#[hook]
pub(super) fn use_kept(on: &On, form: &str, begins: &str) -> UseStateHandle<String> {
    let left = on.page.drafts.get(form).cloned();
    let text = use_state(|| left.unwrap_or_else(|| begins.to_owned()));
    // What the device has, and what it does not have yet.
    let held = use_mut_ref(|| (*text).clone());
    let waits: Rc<RefCell<Option<String>>> = use_mut_ref(|| None);
    let keep = {
        let (acts, person, form) = (on.acts.clone(), on.page.person, form.to_owned());
        let (held, waits, begins) = (held.clone(), waits.clone(), begins.to_owned());
        move || {
            let Some(typed) = waits.borrow_mut().take() else { return };
            held.replace(typed.clone());
            // As it began: there is nothing to keep.
            let typed = if typed == begins { String::new() } else { typed };
            acts.keep_draft(person, form.clone(), Fields::from([(TEXT.to_owned(), typed)]));
        }
    };
    {
        let keep = keep.clone();
        use_effect_with((*text).clone(), move |typed| {
            let changed = *typed != *held.borrow();
            waits.replace(changed.then(|| typed.clone()));
            let timer = changed.then(|| Timeout::new(PAUSE_MILLIS, keep));
            move || drop(timer)
        });
    }
    use_effect_with((), move |()| keep);
    text
}
