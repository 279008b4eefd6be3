//! A signed form, the opt-out or a count of valuables: a signature drawn with a finger, or a photograph of the paper. Both become one picture as text, small enough to
//! travel over a poor line; nothing of it is kept on the screen once it is sent.

use crate::parts::form::{error_beside, group};
use crate::parts::picture;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlInputElement};
use yew::prelude::*;

/// The drawing's own size, in pixels, whatever its size on the screen.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 240;

#[derive(Properties, PartialEq)]
pub struct SignatureProps {
    /// What is signed, and "sign here", in the person's language.
    pub statement: AttrValue,
    pub sign: AttrValue,
    pub lang: AttrValue,
    pub dir: AttrValue,
    pub error: Option<AttrValue>,
    #[prop_or(AttrValue::Static("Signed form"))]
    pub legend: AttrValue,
    /// The picture as a `data:` URL; empty until there is one.
    pub picture: UseStateHandle<String>,
}

#[component]
pub fn Signature(props: &SignatureProps) -> Html {
    let SignatureProps { statement, sign, lang, dir, error, legend, picture } = props;
    let canvas = use_node_ref();
    let drawing = use_mut_ref(|| false);
    let photo = use_state(|| None::<Result<String, &'static str>>);
    let start = pointer(&canvas, {
        let drawing = drawing.clone();
        move |canvas, pen, (x, y), event| {
            *drawing.borrow_mut() = true;
            // The stroke goes on when the finger leaves the box for a moment.
            let _ = canvas.set_pointer_capture(event.pointer_id());
            pen.begin_path();
            pen.move_to(x, y);
            // A tap alone is a dot.
            pen.line_to(x + 0.1, y);
            pen.stroke();
        }
    });
    let go_on = pointer(&canvas, {
        let drawing = drawing.clone();
        move |_, pen, (x, y), _| {
            if *drawing.borrow() {
                pen.line_to(x, y);
                pen.stroke();
            }
        }
    });
    let end = {
        let (canvas, picture, photo) = (canvas.clone(), picture.clone(), photo.clone());
        Callback::from(move |_: PointerEvent| {
            if drawing.replace(false)
                && let Some(canvas) = canvas.cast::<HtmlCanvasElement>()
                && let Ok(url) = canvas.to_data_url()
            {
                picture.set(url);
                photo.set(None);
            }
        })
    };
    let clear = {
        let (canvas, picture, photo) = (canvas.clone(), picture.clone(), photo.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(pen) = canvas.cast::<HtmlCanvasElement>().as_ref().and_then(pen) {
                pen.clear_rect(0.0, 0.0, WIDTH.into(), HEIGHT.into());
            }
            picture.set(String::new());
            photo.set(None);
        })
    };
    let onchange = {
        let (picture, photo) = (picture.clone(), photo.clone());
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            let (picture, photo) = (picture.clone(), photo.clone());
            spawn_local(async move {
                match picture::paper(&file).await {
                    Ok(url) => {
                        picture.set(url);
                        photo.set(Some(Ok(file.name())));
                    }
                    Err(_) => photo.set(Some(Err("That file is not a picture this device can read."))),
                }
            });
        })
    };
    let said = match &*photo {
        Some(Ok(name)) => format!("Photograph added: {name}"),
        Some(Err(why)) => (*why).to_owned(),
        None if !picture.is_empty() => "Signature added".to_owned(),
        None => "Not signed yet".to_owned(),
    };
    html! {
        <fieldset class={classes!("nhsuk-fieldset", group(error.is_some()))} id="form" tabindex="-1" data-test="form">
            <legend class="nhsuk-fieldset__legend s-label">{ legend }</legend>
            { error_beside("form", error.as_deref()) }
            <p lang={lang} dir={dir} class="s-statement">{ statement }</p>
            <p class="s-label" lang={lang.clone()} dir={dir.clone()}>{ sign }</p>
            <canvas ref={canvas} class="s-signature" width={WIDTH.to_string()} height={HEIGHT.to_string()} data-test="signature" role="img"
                aria-label="Box to sign in with a finger or a pen. A photograph can be added below instead."
                onpointerdown={start} onpointermove={go_on} onpointerup={end.clone()} onpointercancel={end} />
            <p role="status" data-test="form-status">{ said }</p>
            <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="signature-clear" onclick={clear}>
                { "Clear" }</button>
            <label class="nhsuk-label s-label" for="form-photo">{ "Or a photograph of the signed paper form" }</label>
            <input class="nhsuk-file-upload s-file" id="form-photo" type="file" accept="image/png,image/jpeg" capture="environment"
                data-test="form-photo" {onchange} />
        </fieldset>
    }
}

/// A handler that knows where on the drawing the pointer is.
fn pointer(
    canvas: &NodeRef,
    act: impl Fn(&HtmlCanvasElement, &CanvasRenderingContext2d, (f64, f64), &PointerEvent) + 'static,
) -> Callback<PointerEvent> {
    let canvas = canvas.clone();
    Callback::from(move |event: PointerEvent| {
        let Some(canvas) = canvas.cast::<HtmlCanvasElement>() else { return };
        let Some(pen) = pen(&canvas) else { return };
        event.prevent_default();
        let shown = canvas.get_bounding_client_rect();
        let scale = (f64::from(WIDTH) / shown.width().max(1.0), f64::from(HEIGHT) / shown.height().max(1.0));
        let x = (f64::from(event.client_x()) - shown.left()) * scale.0;
        let y = (f64::from(event.client_y()) - shown.top()) * scale.1;
        act(&canvas, &pen, (x, y), &event);
    })
}

fn pen(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    pen.set_line_width(4.0);
    pen.set_line_cap("round");
    pen.set_line_join("round");
    Some(pen)
}
