//! Reading somebody's code: by the camera, or from a picture of it. It stands beside the field that a code can be pasted into, which is what is
//! left where there is no camera. The camera is on only while its square is shown: not once the page is left, or the device locked.

use super::camera::Camera;
use super::picture;
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

/// The camera and the picture. `id` is the file field's and its `data-test`, and with `-camera` the button's; `seen` is told what was read.
#[hook]
pub fn use_scan(id: &'static str, then: Then, seen: Callback<Vec<String>>) -> Html {
    let (on, said, video) = (use_state(|| false), use_state(|| ""), use_node_ref());
    let hearer: Hearer = use_mut_ref(Callback::noop);
    hearer.replace(seen);
    {
        let (off, said, video, hearer) = (on.setter(), said.setter(), video.clone(), hearer.clone());
        use_effect_with(*on, move |on| {
            let (looking, left) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(false)));
            if let Some(video) = video.cast::<HtmlVideoElement>().filter(|_| *on) {
                let (looking, left) = (looking.clone(), left.clone());
                spawn_local(async move {
                    match Camera::on(video).await {
                        Ok(camera) if !left.get() => {
                            looking.replace(Some(look(camera, hearer, left, (then == Then::Off).then_some(off))));
                        }
                        // Left before it was on: it goes off here.
                        Ok(_) => {}
                        Err(_) => {
                            said.set(NO_CAMERA);
                            off.set(false);
                        }
                    }
                });
            }
            move || {
                left.set(true);
                looking.take();
            }
        });
    }
    let turn = {
        let (on, said) = (on.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            said.set("");
            on.set(!*on);
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
                    Some(_) => "The code was read.",
                });
                tell(&hearer, codes.unwrap_or_default());
                // The same file may be chosen again.
                input.set_value("");
            });
        })
    };
    html! {
        <div class="nhsuk-form-group s-scan">
            if *on {
                <video ref={video} class="s-scan__video" muted=true playsinline=true aria-label="What the camera sees" data-test="camera"></video>
            }
            <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test={format!("{id}-camera")} onclick={turn}>
                { if *on { "Stop the camera" } else { "Use the camera" } }</button>
            <label class="nhsuk-label" for={id}>{ "Or choose a picture of the code" }</label>
            <input class="nhsuk-file-upload s-file" {id} type="file" accept="image/*" data-test={id} onchange={choose} />
            <p role="status" data-test={format!("{id}-said")}>{ if *on { "Hold the code inside the square." } else { *said } }</p>
        </div>
    }
}

/// Puts a code into a field.
pub fn into_field(field: &UseStateHandle<String>) -> Callback<Vec<String>> {
    let field = field.setter();
    Callback::from(move |codes: Vec<String>| field.set(codes.into_iter().next().unwrap_or_default()))
}

/// Looks as long as what it gives is kept, and says nothing once the page was `left`; `off` turns the camera off after the first code.
fn look(camera: Camera, hearer: Hearer, left: Rc<Cell<bool>>, off: Option<UseStateSetter<bool>>) -> Interval {
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
                off.set(false);
            }
            tell(&hearer, codes);
        });
    })
}

fn tell(hearer: &Hearer, codes: Vec<String>) {
    if !codes.is_empty() {
        // Not borrowed while it is called: it may draw the page anew.
        let seen = hearer.borrow().clone();
        seen.emit(codes);
    }
}
