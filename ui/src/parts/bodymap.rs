//! Two drawings of a body, front and back, on which a place can be pressed; and the same places by name, for whoever cannot press a
//! drawing (`reference/ux.md` section 5: no gesture without another way). Drawn by hand, a few hundred bytes.

use record::visit::wound::{Side, Spot};
use web_sys::Element;
use yew::prelude::*;

const fn spot(side: Side, x: u16, y: u16) -> Spot {
    Spot { side, x, y }
}

/// Places by name, where wounds are commonest: in thousandths of the drawing. Left and right are the person's own.
pub const REGIONS: [(&str, Spot); 22] = [
    ("Back of the head", spot(Side::Back, 500, 60)),
    ("Left ear", spot(Side::Front, 560, 80)),
    ("Right ear", spot(Side::Front, 440, 80)),
    ("Chest", spot(Side::Front, 500, 260)),
    ("Abdomen", spot(Side::Front, 500, 400)),
    ("Groin", spot(Side::Front, 500, 490)),
    ("Spine", spot(Side::Back, 500, 320)),
    ("Sacrum", spot(Side::Back, 500, 450)),
    ("Left buttock", spot(Side::Back, 440, 490)),
    ("Right buttock", spot(Side::Back, 560, 490)),
    ("Left hip", spot(Side::Front, 600, 480)),
    ("Right hip", spot(Side::Front, 400, 480)),
    ("Left elbow", spot(Side::Back, 290, 380)),
    ("Right elbow", spot(Side::Back, 710, 380)),
    ("Left lower leg", spot(Side::Front, 560, 800)),
    ("Right lower leg", spot(Side::Front, 440, 800)),
    ("Left ankle", spot(Side::Front, 560, 920)),
    ("Right ankle", spot(Side::Front, 440, 920)),
    ("Left heel", spot(Side::Back, 440, 960)),
    ("Right heel", spot(Side::Back, 560, 960)),
    ("Left toes", spot(Side::Front, 575, 970)),
    ("Right toes", spot(Side::Front, 425, 970)),
];

/// The outline: a head and a body in one path, in a box of 200 by 400.
const OUTLINE: &str = "M100 12c13 0 21 10 21 24 0 12-5 21-11 25v9c4 4 14 6 24 9 12 4 16 12 17 25l5 44 7 52c1 7-1 12-6 13-5 0-8-3-9-9l-9-49-6-30-1 60c3 22 2 45-1 68l-4 62c-1 16-2 30-4 46l5 12c3 7-1 12-9 12s-12-4-11-11l1-14-3-52-5-66h-2l-5 66-3 52 1 14c1 7-3 11-11 11s-12-5-9-12l5-12c-2-16-3-30-4-46l-4-62c-3-23-4-46-1-68l-1-60-6 30-9 49c-1 6-4 9-9 9-5-1-7-6-6-13l7-52 5-44c1-13 5-21 17-25 10-3 20-5 24-9v-9c-6-4-11-13-11-25 0-14 8-24 21-24z";

#[derive(Properties, PartialEq)]
pub struct BodyMapProps {
    pub spot: Option<Spot>,
    /// `None`: it is only shown.
    pub pick: Option<Callback<Spot>>,
}

#[component]
pub fn BodyMap(props: &BodyMapProps) -> Html {
    html! {
        <div class="s-body">
            { drawing(props, Side::Front, "Front", "body-front") }
            { drawing(props, Side::Back, "Back", "body-back") }
        </div>
    }
}

fn drawing(props: &BodyMapProps, side: Side, label: &'static str, mark: &'static str) -> Html {
    let here = props.spot.filter(|spot| spot.side == side);
    let onclick = {
        let pick = props.pick.clone();
        Callback::from(move |event: MouseEvent| {
            let Some((pick, drawn)) = pick
                .as_ref()
                .zip(event.current_target().and_then(|t| wasm_bindgen::JsCast::dyn_into::<Element>(t).ok()))
            else {
                return;
            };
            let shown = drawn.get_bounding_client_rect();
            let part = |at: f64, start: f64, length: f64| {
                ((at - start) / length.max(1.0) * f64::from(Spot::EDGE)).clamp(0.0, f64::from(Spot::EDGE)) as u16
            };
            let x = part(event.client_x().into(), shown.left(), shown.width());
            let y = part(event.client_y().into(), shown.top(), shown.height());
            pick.emit(Spot { side, x, y });
        })
    };
    let said = match here {
        Some(_) => format!("{label} of the body, with the wound marked"),
        None => format!("{label} of the body"),
    };
    html! {
        <figure class="s-body__side">
            <svg viewBox="0 0 200 400" role="img" aria-label={said} data-test={mark} class={classes!(props.pick.is_some().then_some("s-body--live"))} {onclick}>
                <path d={OUTLINE} class="s-body__outline" />
                if let Some(spot) = here {
                    <circle cx={(spot.x / 5).to_string()} cy={(u32::from(spot.y) * 2 / 5).to_string()} r="9" class="s-body__spot" />
                }
            </svg>
            <figcaption>{ label }</figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_place_is_on_the_drawing_and_has_a_name_of_its_own() {
        for (place, (name, spot)) in REGIONS.iter().enumerate() {
            assert!(spot.x <= Spot::EDGE && spot.y <= Spot::EDGE, "{name}");
            assert!(!REGIONS[..place].iter().any(|(other, _)| other == name), "{name}");
        }
    }
}
