//! A QR code drawn from its modules: black on white whatever the theme, with the quiet zone that readers need. One still, or one after another.

use desk::bag::Modules;
use gloo::timers::callback::Interval;
use std::rc::Rc;
use yew::prelude::*;

/// Modules of white around the code (ISO 18004: four).
const QUIET: usize = 4;

/// How long one frame is shown: ten a second.
const FRAME_MILLIS: u32 = 100;

/// The dark modules as one path: a stroke for each run in a row.
fn path(modules: &Modules) -> String {
    let (width, dark) = (usize::from(modules.width), modules.dark());
    let mut path = String::new();
    for (row, line) in dark.chunks(width.max(1)).enumerate() {
        let mut column = 0;
        while column < line.len() {
            let run = line[column..].iter().take_while(|dark| **dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET));
            }
            column += run.max(1);
        }
    }
    path
}

#[derive(Properties, PartialEq)]
pub struct QrProps {
    pub modules: Modules,
    pub label: AttrValue,
    /// Its `data-test`.
    pub mark: AttrValue,
}

#[component]
pub fn Qr(props: &QrProps) -> Html {
    let path = use_memo(props.modules.clone(), path);
    let side = usize::from(props.modules.width) + 2 * QUIET;
    html! {
        <svg class="s-qr" data-test={&props.mark} role="img" aria-label={&props.label} viewBox={format!("0 0 {side} {side}")}
            shape-rendering="crispEdges" xmlns="http://www.w3.org/2000/svg">
            <rect width={side.to_string()} height={side.to_string()} fill="#fff" />
            <path d={(*path).clone()} fill="#000" />
        </svg>
    }
}

#[derive(Properties, PartialEq)]
pub struct MovingProps {
    pub frames: Rc<Vec<Modules>>,
    pub label: AttrValue,
    pub mark: AttrValue,
}

/// The frames one after another, from the first again after the last, until the page is left.
#[component]
pub fn MovingQr(props: &MovingProps) -> Html {
    let place = use_state(|| 0usize);
    {
        let place = place.clone();
        use_effect_with((props.frames.clone(), *place), move |(frames, at)| {
            let (next, place) = ((at + 1) % frames.len().max(1), place.clone());
            let timer = Interval::new(FRAME_MILLIS, move || place.set(next));
            move || drop(timer)
        });
    }
    html! {
        if let Some(modules) = props.frames.get(*place) {
            <Qr modules={modules.clone()} label={&props.label} mark={&props.mark} />
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_of_dark_is_one_stroke() {
        let dark = [true, true, false, false, false, true, true, false, true];
        assert_eq!(path(&Modules::of(3, &dark)), "M4 4h2v1h-2zM6 5h1v1h-1zM4 6h1v1h-1zM6 6h1v1h-1z");
    }
}
