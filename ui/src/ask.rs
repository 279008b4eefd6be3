//! The way out: the only place that calls the device, and that hears its one event. It neither reads nor keeps what it carries.
//!
//! In the window the device is behind `window.__TAURI__`. In a plain browser, and only there, a page script may stand in for it:
//! `window.__SATCHEL_ASK__`, an asynchronous function from the question's JSON to the reply's; and `window.__SATCHEL_NUDGE__` is
//! then put there by this file, to be called with a nudge's name.

use desk::{Nudge, Question, Trouble, ask::Reply};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Asks the device, and waits for its answer.
pub async fn ask<Q: Question>(question: Q) -> Reply<Q> {
    let text = question.text().map_err(|_| fault("ask: question"))?;
    let reply = carry(&text).await.map_err(|_| fault("ask: door"))?;
    let reply = text_of(&reply).ok_or_else(|| fault("ask: reply"))?;
    desk::read::reply::<Q>(&reply).unwrap_or_else(|| Err(fault("ask: answer")))
}

fn fault(place: &str) -> Trouble {
    Trouble::Fault { place: place.to_owned() }
}

async fn carry(question: &str) -> Result<JsValue, JsValue> {
    let window: JsValue = web_sys::window().ok_or(JsValue::NULL)?.into();
    let tauri = part(&window, "__TAURI__")?;
    let called = if tauri.is_undefined() {
        let stand_in: Function = part(&window, "__SATCHEL_ASK__")?.dyn_into()?;
        stand_in.call1(&window, &question.into())?
    } else {
        let core = part(&tauri, "core")?;
        let invoke: Function = part(&core, "invoke")?.dyn_into()?;
        let fields = Object::new();
        Reflect::set(&fields, &"question".into(), &question.into())?;
        invoke.call2(&core, &"ask".into(), &fields)?
    };
    JsFuture::from(Promise::resolve(&called)).await
}

/// The reply is text; bytes of text are taken too.
fn text_of(reply: &JsValue) -> Option<String> {
    if let Some(text) = reply.as_string() {
        return Some(text);
    }
    let bytes = js_sys::Uint8Array::new(reply).to_vec();
    String::from_utf8(bytes).ok()
}

fn part(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(of, &name.into())
}

/// Calls `hear` at every nudge, as long as the screen lives.
pub fn listen(hear: impl Fn(Nudge) + 'static) {
    let closure: Closure<dyn Fn(JsValue)> = Closure::new(move |event: JsValue| {
        if let Some(nudge) = nudge_of(&event) {
            hear(nudge);
        }
    });
    // Without a device there is nothing to hear, and the poll goes on.
    let _ = subscribe(closure.as_ref());
    closure.forget();
}

fn subscribe(hear: &JsValue) -> Result<(), JsValue> {
    let window: JsValue = web_sys::window().ok_or(JsValue::NULL)?.into();
    let tauri = part(&window, "__TAURI__")?;
    if tauri.is_undefined() {
        Reflect::set(&window, &"__SATCHEL_NUDGE__".into(), hear)?;
        return Ok(());
    }
    let event = part(&tauri, "event")?;
    let listen: Function = part(&event, "listen")?.dyn_into()?;
    listen.call2(&event, &"nudge".into(), hear)?;
    Ok(())
}

/// A nudge by name, bare or as the event's payload.
fn nudge_of(event: &JsValue) -> Option<Nudge> {
    let name = event.as_string().or_else(|| part(event, "payload").ok()?.as_string())?;
    let name = name.trim_matches('"');
    desk::read::from_text(&format!("\"{name}\""))
}
