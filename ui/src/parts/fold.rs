//! A part that opens: NHS.UK `details`, whose content is drawn only once it is open, so that a long past costs nothing.
//! Nothing that must be seen may be inside one.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct FoldProps {
    pub summary: AttrValue,
    /// Its `data-test`.
    pub mark: AttrValue,
    /// Draws the content.
    pub content: Callback<(), Html>,
}

#[component]
pub fn Fold(props: &FoldProps) -> Html {
    let open = use_state(|| false);
    let onclick = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            open.set(!*open);
        })
    };
    html! {
        <details class="nhsuk-details s-fold" open={*open} data-test={&props.mark}>
            <summary class="nhsuk-details__summary" {onclick}>
                <span class="nhsuk-details__summary-text">{ &props.summary }</span>
            </summary>
            if *open {
                <div class="nhsuk-details__text">{ props.content.emit(()) }</div>
            }
        </details>
    }
}
