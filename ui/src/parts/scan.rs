//! Reading somebody's code: by the camera, or from a picture of it. It stands beside the field that a code can be pasted into, which is what is
//! left where there is no camera. The camera is on only while it is shown: not once the page is left, or the device locked.
//!
//! A phone has a scanner of its own, which shows what it sees behind the page and reads one code: where one code is wanted it is tried first. Where
//! it cannot be used, or has looked in vain, and for codes that move, it is the camera in the page's own square.

use super::camera::Camera;
use super::{picture, use_screen};
use crate::acts;
use gloo::timers::callback::Interval;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlVideoElement};
use yew::prelude::*;

/// Between two pictures of the camera: at most ten a second.
const BETWEEN_MILLIS: u32 = 100;

const NO_CAMERA: &str = "The camera cannot be used: there is none here, or this device does not allow it. Choose a picture, or paste the code.";

/// Whoever is told of codes now.
type Hearer = Rc<RefCell<Callback<Vec<String>>>>;

/// What comes after a code.
#[derive(Clone, Copy, PartialEq)]
pub enum Then {
    /// The camera goes off.
    Off,
    /// More follow.
    On,
}

/// What looks now.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Eye {
    Shut,
    /// The camera, in a square of the page.
    Page,
    /// The phone's own scanner, behind the page.
    Phone,
}

impl Eye {
    /// After a press of the button.
    fn pressed(self, phone: bool, then: Then) -> Eye {
        match self {
            Eye::Shut if phone && then == Then::Off => Eye::Phone,
            Eye::Shut => Eye::Page,
            Eye::Page | Eye::Phone => Eye::Shut,
        }
    }

    /// After the phone's scanner has answered, with what is said then.
    fn answered(codes: Option<&[String]>) -> (Eye, &'static str) {
        match codes {
            None => (Eye::Page, ""),
            Some([]) => (Eye::Shut, "That is not a code of Satchel."),
            Some(_) => (Eye::Shut, READ),
        }
    }
}

const READ: &str = "The code was read.";

/// The camera and the picture. `id` is the file field's and its `data-test`, and with `-camera` the button's; `seen` is told what was read.
#[hook]
pub fn use_scan(id: &'static str, then: Then, seen: Callback<Vec<String>>) -> Html {
    let phone = use_screen().state.status.as_ref().is_some_and(|status| status.scanner);
    let (eye, said, video) = (use_state(|| Eye::Shut), use_state(|| ""), use_node_ref());
    let hearer: Hearer = use_mut_ref(Callback::noop);
    hearer.replace(seen);
    {
        let (set, said, video, hearer) = (eye.setter(), said.setter(), video.clone(), hearer.clone());
        use_effect_with(*eye, move |eye| {
            let (looking, left) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(false)));
            let phones = {
                let (phone, left) = (*eye == Eye::Phone, left.clone());
                let (hearer, set, said) = (hearer.clone(), set.clone(), said.clone());
                move |on| {
                    if phone {
                        behind(on, hearer.clone(), left.clone(), set.clone(), said.clone())
                    }
                }
            };
            phones(true);
            if let Some(video) = video.cast::<HtmlVideoElement>().filter(|_| *eye == Eye::Page) {
                let (looking, left) = (looking.clone(), left.clone());
                spawn_local(async move {
                    match Camera::on(video).await {
                        Ok(camera) if !left.get() => {
                            looking.replace(Some(look(camera, hearer, left, (then == Then::Off).then_some(set))));
                        }
                        // Left before it was on: it goes off here.
                        Ok(_) => {}
                        Err(_) => {
                            said.set(NO_CAMERA);
                            set.set(Eye::Shut);
                        }
                    }
                });
            }
            move || {
                left.set(true);
                looking.take();
                phones(false);
            }
        });
    }
    let turn = {
        let (eye, said) = (eye.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            said.set("");
            eye.set(eye.pressed(phone, then));
        })
    };
    let choose = {
        let (said, hearer) = (said.setter(), hearer.clone());
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            let (said, hearer) = (said.clone(), hearer.clone());
            said.set("Looking for a code");
            spawn_local(async move {
                let picture = picture::code(&file).await.ok();
                let codes = match picture {
                    Some(picture) => acts::read_codes(picture).await,
                    None => None,
                };
                said.set(match &codes {
                    None => "That file is not a picture this device can read.",
                    Some(codes) if codes.is_empty() => {
                        "There is no code of Satchel in that picture, or it is not sharp enough."
                    }
                    Some(_) => READ,
                });
                tell(&hearer, codes.unwrap_or_default());
                // The same file may be chosen again.
                input.set_value("");
            });
        })
    };
    html! {
        <div class={classes!("nhsuk-form-group", "s-scan", (*eye == Eye::Phone).then_some("s-scan--phone"))}>
            if *eye == Eye::Page {
                <video ref={video} class="s-scan__video" muted=true playsinline=true aria-label="What the camera sees" data-test="camera"></video>
            }
            <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test={format!("{id}-camera")} onclick={turn}>
                { if *eye == Eye::Shut { "Use the camera" } else { "Stop the camera" } }</button>
            <label class="nhsuk-label" for={id}>{ "Or choose a picture of the code" }</label>
            <input class="nhsuk-file-upload s-file" {id} type="file" accept="image/*" data-test={id} onchange={choose} />
            <p role="status" data-test={format!("{id}-said")}>{ if *eye == Eye::Shut { *said } else { "Hold the code inside the square." } }</p>
        </div>
    }
}

/// Puts a code into a field.
pub fn into_field(field: &UseStateHandle<String>) -> Callback<Vec<String>> {
    let field = field.setter();
    Callback::from(move |codes: Vec<String>| field.set(codes.into_iter().next().unwrap_or_default()))
}

/// Looks as long as what it gives is kept, and says nothing once the page was `left`; `off` turns the camera off after the first code.
fn look(camera: Camera, hearer: Hearer, left: Rc<Cell<bool>>, off: Option<UseStateSetter<Eye>>) -> Interval {
    let (camera, busy) = (Rc::new(camera), Rc::new(Cell::new(false)));
    Interval::new(BETWEEN_MILLIS, move || {
        // One picture at a time: a slow device looks less often.
        let picture = if busy.get() { None } else { camera.picture() };
        let Some(picture) = picture else { return };
        busy.set(true);
        let (hearer, left, busy, off) = (hearer.clone(), left.clone(), busy.clone(), off.clone());
        spawn_local(async move {
            let mut codes = acts::read_codes(picture).await.unwrap_or_default();
            busy.set(false);
            codes.retain(|_| !left.get());
            if let Some(off) = off.filter(|_| !codes.is_empty()) {
                off.set(Eye::Shut);
            }
            tell(&hearer, codes);
        });
    })
}

/// The phone's scanner looks behind the page, or with `on` false no more, and says nothing once the page was `left`. One that has read its code is
/// told so for nothing; one that cannot be told stops by itself soon.
fn behind(
    on: bool,
    hearer: Hearer,
    left: Rc<Cell<bool>>,
    set: UseStateSetter<Eye>,
    said: UseStateSetter<&'static str>,
) {
    spawn_local(async move {
        let codes = acts::scan_code(on).await;
        if !left.get() {
            let (eye, words) = Eye::answered(codes.as_deref());
            said.set(words);
            set.set(eye);
            tell(&hearer, codes.unwrap_or_default());
        }
    });
}

fn tell(hearer: &Hearer, codes: Vec<String>) {
    if !codes.is_empty() {
        // Not borrowed while it is called: it may draw the page anew.
        let seen = hearer.borrow().clone();
        seen.emit(codes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phones_scanner_is_tried_first_for_one_code_and_only_where_there_is_one() {
        assert_eq!(Eye::Shut.pressed(true, Then::Off), Eye::Phone);
        assert_eq!(Eye::Shut.pressed(false, Then::Off), Eye::Page);
        assert_eq!(Eye::Shut.pressed(true, Then::On), Eye::Page, "a moving code");
        for looks in [Eye::Page, Eye::Phone] {
            assert_eq!(looks.pressed(true, Then::Off), Eye::Shut);
        }
    }

    #[test]
    fn what_the_scanner_cannot_do_the_camera_does() {
        assert_eq!(Eye::answered(None).0, Eye::Page);
        assert_eq!(Eye::answered(Some(&[])), (Eye::Shut, "That is not a code of Satchel."));
        assert_eq!(Eye::answered(Some(&["SATCHEL-BAG-1".to_owned()])), (Eye::Shut, READ));
    }
}
