//! The banner of a broken glass: on every page while it is broken, with the time left and the way to end it. When its time is over the
//! device says so and the banner goes.

use crate::parts::use_screen;
use crate::words::left;
use desk::view::BrokenGlass;
use yew::prelude::*;

#[component]
pub fn GlassBanner() -> Html {
    let screen = use_screen();
    let Some(status) = &screen.state.status else { return Html::default() };
    let Some(glass) = &status.glass else { return Html::default() };
    let end = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.end_glass())
    };
    html! {
        <section class="s-glass" aria-label="Break-glass" data-test="btg-banner"><div class="s-wide s-glass__row">
            <p><strong>{ "Break-glass: " }</strong>{ format!("{}. {}, until {}. Each look is recorded.", glass.name,
                left(status.now, glass.until), glass.until.display_time()) }{ expected(glass) }</p>
            <button type="button" class="nhsuk-button nhsuk-button--secondary s-glass__end" data-test="btg-end" onclick={end}>{ "End now" }</button>
        </div></section>
    }
}

/// More than the programme expects in a shift: said plainly to whom it concerns.
fn expected(glass: &BrokenGlass) -> Html {
    if glass.in_shift <= glass.expected {
        return Html::default();
    }
    html! { <strong>{ format!(" This is number {} in your shift: your supervisor is told.", glass.in_shift) }</strong> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{PersonId, Stamp};

    #[test]
    fn the_supervisor_is_named_only_beyond_what_is_expected() {
        let glass = |in_shift| BrokenGlass {
            person: PersonId::from_bytes([1; 16]),
            name: "X".into(),
            until: Stamp::from_millis(0),
            widened: false,
            in_shift,
            expected: 3,
        };
        assert_eq!(expected(&glass(3)), Html::default());
        assert_ne!(expected(&glass(4)), Html::default());
    }
}
