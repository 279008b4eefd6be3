//! Photographs of a wound: taken or chosen in its form, made small, and handed to the device at once, which keeps them with the form; and shown
//! large where the assessment stands, one at a time, through the device's door. Nothing of a picture is kept on the page once it is left.

use super::On;
use super::draft::{Draft, radios};
use crate::parts::{look, picture};
use crate::words::count;
use record::visit::photo::{Agreed, MOST};
use record::visit::{Entry, Photo, PhotoId, Wound};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct PicturesProps {
    pub(super) on: On,
    /// The form's draft.
    pub(super) form: String,
}

/// Taking them.
#[component]
pub(super) fn Pictures(props: &PicturesProps) -> Html {
    let PicturesProps { on, form } = props;
    let previews = use_state(Vec::<(PhotoId, String)>::new);
    let said = use_state(|| "");
    let taken = on.page.pictures(form);
    let onchange = {
        let (on, form, previews, said) = (on.clone(), form.clone(), previews.clone(), said.clone());
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            let (on, form, previews, said) = (on.clone(), form.clone(), previews.clone(), said.clone());
            said.set("Making the photograph smaller");
            spawn_local(async move {
                match picture::wound(&file).await {
                    Ok(url) => {
                        said.set("");
                        let shown = url.clone();
                        let before = on.page.pictures(&form);
                        let kept = Callback::from(move |now: Vec<Photo>| {
                            if let Some(new) = now.iter().find(|photo| !before.contains(photo)) {
                                let mut all = (*previews).clone();
                                all.push((new.id, shown.clone()));
                                previews.set(all);
                            }
                        });
                        on.acts.keep_photo(on.page.listing.person, form, url, kept);
                    }
                    Err(_) => said.set("That file is not a picture this device can read."),
                }
                // The same file may be chosen again.
                input.set_value("");
            });
        })
    };
    let row = |(place, photo): (usize, &Photo)| {
        let number = place + 1;
        let remove = {
            let (on, form, id) = (on.clone(), form.clone(), photo.id);
            Callback::from(move |_: MouseEvent| on.acts.drop_photo(on.page.listing.person, form.clone(), id))
        };
        html! {
            <li class="s-line" key={photo.id.to_string()} data-test="photo-taken">
                if let Some((_, url)) = previews.iter().find(|(id, _)| *id == photo.id) {
                    <img class="s-photo s-photo--small" src={url.clone()} alt={format!("Photograph {number}, not signed yet")} />
                } else {
                    { opens(on, photo.id, &format!("Photo {number}"), &format!("Photograph {number}, not signed yet")) }
                }
                <button type="button" class="s-plain" data-test={format!("photo-remove-{number}")} onclick={remove}>
                    { format!("Remove photo {number}") }</button>
            </li>
        }
    };
    html! {
        <fieldset class="nhsuk-fieldset nhsuk-form-group" data-test="photos">
            <legend class="nhsuk-fieldset__legend s-label">{ "Photographs" }</legend>
            if !taken.is_empty() { <ul class="nhsuk-list s-lines">{ for taken.iter().enumerate().map(row) }</ul> }
            { crate::pages::receipts::stay(on.page.pictures_stay) }
            if taken.len() < MOST {
                <label class="nhsuk-label" for="photo">{ "Take or choose a photograph" }</label>
                <div class="nhsuk-hint" id="photo-hint">
                    { format!("At most {}. Where it was taken, when and with what is taken out of it.", count(MOST, "photograph", "photographs")) }</div>
                <input class="nhsuk-file-upload s-file" id="photo" type="file" accept="image/*" capture="environment"
                    aria-describedby="photo-hint" data-test="photo" {onchange} />
            }
            <p role="status">{ *said }</p>
        </fieldset>
    }
}

/// Whether the person was asked: only where there is something to ask for.
pub(super) fn agreed(draft: &Draft) -> Html {
    let options: Vec<_> = Agreed::ALL.iter().map(|agreed| (agreed.code(), agreed.label())).collect();
    radios(draft, "agreed", "Was the person asked about the photographs?", &options)
}

/// The photographs of an assessment, each with where it is.
pub(super) fn shown(on: &On, entry: &Entry, wound: &Wound) -> Html {
    let Some(photos) = &wound.photos else { return Html::default() };
    let one = |(place, photo): (usize, &Photo)| {
        let name = format!("Photo {}", place + 1);
        let alt = format!("Photograph {} of the wound: {}, {}", place + 1, wound.site, entry.act.at.display());
        html! {
            <li key={photo.id.to_string()} data-test="photo-entry">
                { opens(on, photo.id, &name, &alt) }
                <span class="s-quiet">{ format!(" {}", look::place(on.page.photo(photo.id), on.all_held)) }</span>
            </li>
        }
    };
    html! {
        <>
        <p class="s-quiet">{ format!("{}. {}", count(photos.taken.len(), "photograph", "photographs"), photos.agreed.label()) }</p>
        <ul class="nhsuk-list s-lines">{ for photos.taken.iter().enumerate().map(one) }</ul>
        </>
    }
}

/// A button that opens it large, and the picture under it once the device has let it out.
fn opens(on: &On, id: PhotoId, name: &str, alt: &str) -> Html {
    let open = on.photo.as_ref().filter(|page| page.photo == id);
    let press = {
        let (on, close) = (on.clone(), open.is_some());
        Callback::from(move |_: MouseEvent| {
            if close {
                on.acts.close_photo();
            } else {
                on.acts.photo(on.page.listing.person, on.purpose, id);
            }
        })
    };
    let waits = on.photo_asked == Some(id);
    // EXPOSE: because this is the picture that was asked for.
    let shown = open.map(|page| (page.picture.expose().as_str(), page.audit_seq));
    look::look(shown, waits, (name, alt), press)
}
