//! A wound assessment: where on the body, what it is, how large, how it looks, signs of infection, what was done. A second look at a wound
//! begins from where and what it is; its looks are asked anew.

use super::On;
use super::draft::{Draft, radios, use_draft};
use super::pictures::{Pictures, agreed};
use crate::parts::bodymap::{BodyMap, REGIONS};
use crate::state::Form;
use record::visit::photo::Agreed;
use record::visit::wound::{Bed, Category, Exudate, Infection, Margin, Side, Sort, Spot};
use record::visit::{ActId, Body, Photo, Photos, Wound};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct WoundProps {
    pub(super) on: On,
    /// The first assessment of this wound.
    pub(super) of: Option<ActId>,
}

#[component]
pub(super) fn WoundForm(props: &WoundProps) -> Html {
    let WoundProps { on, of } = props;
    let draft = use_draft(on, &Form::Wound(*of));
    let first = of.and_then(|id| match on.page.log.entry(id).map(|entry| &entry.act.body) {
        Some(Body::Wound(wound)) => Some((**wound).clone()),
        _ => None,
    });
    let spot = first.as_ref().map(|wound| wound.spot).or_else(|| read_spot(&draft.get("spot")));
    let pick = {
        let draft = draft.clone();
        Callback::from(move |spot: Spot| draft.set("spot", write_spot(spot)))
    };
    let region = {
        let draft = draft.clone();
        Callback::from(move |event: Event| {
            let chosen = crate::parts::form::chosen(&event);
            if let Some((name, spot)) = REGIONS.iter().find(|(name, _)| *name == chosen) {
                draft.set("spot", write_spot(*spot));
                draft.set("site", (*name).to_owned());
            }
        })
    };
    let taken = on.page.pictures(&Form::Wound(*of).draft());
    let asks = !taken.is_empty();
    let assessed = assess(&draft, *of, first.as_ref(), taken);
    let (body, why_not) = match assessed {
        Ok(wound) => (Some(Body::Wound(Box::new(wound))), None),
        Err(why) => (None, Some(why.to_owned())),
    };
    let save = {
        let draft = draft.clone();
        Callback::from(move |()| {
            if let Some(body) = body.clone() {
                draft.save(body);
            }
        })
    };
    let pressure = match &first {
        Some(wound) => wound.sort == Sort::PressureUlcer,
        None => draft.is("sort", Sort::PressureUlcer.code()),
    };
    let sorts: Vec<_> = Sort::ALL.iter().map(|s| (s.code(), s.label())).collect();
    let categories: Vec<_> = Category::ALL.iter().map(|c| (c.code(), c.label())).collect();
    let margins: Vec<_> = Margin::ALL.iter().map(|m| (m.code(), m.label())).collect();
    let exudates: Vec<_> = Exudate::ALL.iter().map(|e| (e.code(), e.label())).collect();
    html! {
        <>
        <h2 class="s-section__heading">{ if first.is_some() { "Assess the wound again" } else { "Wound" } }</h2>
        <BodyMap {spot} pick={first.is_none().then_some(pick)} />
        if let Some(wound) = &first {
            <p><strong>{ &wound.site }</strong>{ format!(", {}", wound.sort.label().to_lowercase()) }</p>
        } else {
            <div class="nhsuk-form-group">
                <label class="nhsuk-label s-label" for="region">{ "Place on the body" }</label>
                <select class="nhsuk-select" id="region" data-test="region" onchange={region}>
                    <option value="">{ "Choose, or press on the drawing" }</option>
                    { for REGIONS.iter().map(|(name, _)| html! { <option value={*name} selected={draft.is("site", name)}>{ *name }</option> }) }
                </select>
            </div>
            { draft.line("site", "Site, in words", "For example: left heel, outer side") }
            { radios(&draft, "sort", "What sort of wound", &sorts) }
        }
        if pressure {
            { radios(&draft, "category", "Category", &categories) }
            <div class="nhsuk-checkboxes nhsuk-form-group">
                { draft.tick("device-related".to_owned(), "Under a device (d)") }
                { draft.tick("on-admission".to_owned(), "It was there when care began") }
            </div>
        }
        <div class="s-three">
            { draft.line("length", "Length, mm", "") }{ draft.line("width", "Width, mm", "") }{ draft.line("depth", "Depth, mm", "") }
        </div>
        { ticks(&draft, "bed", "Wound bed", &Bed::ALL.iter().map(|b| (b.code(), b.label())).collect::<Vec<_>>()) }
        { radios(&draft, "margin", "Margin", &margins) }
        { draft.area("surrounding", "Surrounding skin", "At most 200 characters", 2) }
        { ticks(&draft, "infection", "Signs of infection", &Infection::ALL.iter().map(|i| (i.code(), i.label())).collect::<Vec<_>>()) }
        <div class="nhsuk-checkboxes nhsuk-form-group">{ draft.tick("no-infection".to_owned(), "Looked for: no sign of infection") }</div>
        { radios(&draft, "exudate", "Exudate", &exudates) }
        { draft.line("pain", "Pain, 0 to 10", "You may leave it empty") }
        { draft.area("treatment", "Treatment", "Products, and what was done", 3) }
        { draft.area("plan", "Plan", "", 2) }
        <div class="nhsuk-checkboxes nhsuk-form-group">{ draft.tick("healed".to_owned(), "Healed") }</div>
        <Pictures on={on.clone()} form={Form::Wound(*of).draft()} />
        if asks { { agreed(&draft) } }
        { draft.buttons("Sign and save", why_not, save) }
        </>
    }
}

/// Several of a list.
fn ticks(draft: &Draft, name: &str, legend: &str, options: &[(&str, &str)]) -> Html {
    html! {
        <fieldset class="nhsuk-fieldset nhsuk-form-group">
            <legend class="nhsuk-fieldset__legend s-label">{ legend.to_owned() }</legend>
            <div class="nhsuk-checkboxes">{ for options.iter().map(|(code, label)| draft.tick(format!("{name}-{code}"), label)) }</div>
        </fieldset>
    }
}

/// What the form says, or what is missing from it.
fn assess(draft: &Draft, of: Option<ActId>, first: Option<&Wound>, taken: Vec<Photo>) -> Result<Wound, &'static str> {
    let said = |name: &str| draft.get(name).trim().to_owned();
    let number = |name: &str, why: &'static str| match said(name).as_str() {
        "" => Ok(None),
        typed => typed.parse::<u16>().map(Some).map_err(|_| why),
    };
    let sort = match first {
        Some(wound) => wound.sort,
        None => Sort::from_code(&said("sort")).ok_or("Choose what sort of wound it is.")?,
    };
    let spot = match first {
        Some(wound) => wound.spot,
        None => read_spot(&said("spot")).ok_or("Press on the body where it is, or choose the place.")?,
    };
    let site = first.map_or_else(|| said("site"), |wound| wound.site.clone());
    let category = match sort {
        Sort::PressureUlcer => Some(Category::from_code(&said("category")).ok_or("Choose the category.")?),
        _ => None,
    };
    let chosen = |prefix: &str, code: &str| draft.is(&format!("{prefix}-{code}"), "yes");
    let infection: Vec<Infection> = Infection::ALL.iter().copied().filter(|i| chosen("infection", i.code())).collect();
    if infection.is_empty() != draft.is("no-infection", "yes") {
        return Err("Say which signs of infection there are, or that there are none.");
    }
    let pain = number("pain", "Enter the pain as a number from 0 to 10.")?;
    let wound = Wound {
        of,
        spot,
        site,
        sort,
        category,
        device_related: draft.is("device-related", "yes"),
        on_admission: draft.is("on-admission", "yes"),
        length: number("length", "Enter the length in whole millimetres.")?,
        width: number("width", "Enter the width in whole millimetres.")?,
        depth: number("depth", "Enter the depth in whole millimetres.")?,
        bed: Bed::ALL.iter().copied().filter(|bed| chosen("bed", bed.code())).collect(),
        margin: Margin::from_code(&said("margin")).ok_or("Choose the margin.")?,
        surrounding: said("surrounding"),
        infection,
        exudate: Exudate::from_code(&said("exudate")).ok_or("Choose the exudate.")?,
        pain: pain
            .map(|pain| u8::try_from(pain).map_err(|_| "Enter the pain as a number from 0 to 10."))
            .transpose()?,
        treatment: said("treatment"),
        plan: said("plan"),
        healed: draft.is("healed", "yes"),
        photos: photos(taken, &said("agreed"))?,
    };
    if wound.is_whole() {
        Ok(wound)
    } else {
        Err("Enter the site; the skin around it in at most 200 characters; pain from 0 to 10.")
    }
}

/// None, or those of the form with how the person was asked.
fn photos(taken: Vec<Photo>, agreed: &str) -> Result<Option<Photos>, &'static str> {
    if taken.is_empty() {
        return Ok(None);
    }
    let agreed =
        Agreed::from_code(agreed).ok_or("Say whether the person agreed to the photographs, or remove them.")?;
    Ok(Some(Photos { agreed, taken }))
}

fn write_spot(spot: Spot) -> String {
    let side = if spot.side == Side::Front { 'f' } else { 'b' };
    format!("{side} {} {}", spot.x, spot.y)
}

fn read_spot(text: &str) -> Option<Spot> {
    let mut parts = text.split(' ');
    let side = match parts.next()? {
        "f" => Side::Front,
        "b" => Side::Back,
        _ => return None,
    };
    let mut number = || parts.next()?.parse::<u16>().ok().filter(|n| *n <= Spot::EDGE);
    Some(Spot { side, x: number()?, y: number()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photographs_are_signed_only_with_how_the_person_was_asked() {
        use record::visit::PhotoId;
        use record::visit::photo::Mime;
        let photo = Photo { id: PhotoId::from_bytes([1; 32]), length: 9, mime: Mime::Jpeg };
        assert_eq!(photos(vec![], ""), Ok(None));
        assert!(photos(vec![photo], "").is_err());
        let asked = photos(vec![photo], "best-interests").unwrap().unwrap();
        assert_eq!((asked.agreed, asked.taken), (Agreed::BestInterests, vec![photo]));
    }

    #[test]
    fn a_place_on_the_body_reads_back() {
        let spot = Spot { side: Side::Back, x: 430, y: 960 };
        assert_eq!(read_spot(&write_spot(spot)), Some(spot));
        assert!(read_spot("f 1001 0").is_none() && read_spot("").is_none());
    }
}
