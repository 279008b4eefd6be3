//! The original behind an item: the whole resource as its source sent it, laid out but not rewritten. Not an interpretation.

use crate::parts::{errors, heading, use_page, use_screen};
use crate::routes::Page;
use crate::words::laid_out;
use yew::prelude::*;

#[component]
pub fn SourcePage() -> Html {
    let screen = use_screen();
    use_page(Page::Source.title(), false);
    let Some(whole) = screen.state.whole.clone() else { return Html::default() };
    let sort = whole.key.split('/').next().unwrap_or_default().to_owned();
    html! {
        <div data-test="source">
            { heading("Original document") }
            { errors::trouble(screen.state.trouble.as_ref()) }
            <p>
                if let Some(source) = &whole.source {
                    { format!("{} from {} ({}), received {}.", sort, source.organisation.name, source.setting.label(),
                        source.as_at.display()) }
                } else {
                    { format!("{sort}, from a source that is not named.") }
                }
                { " Exactly as the source sent it." }
            </p>
            <pre class="s-json" tabindex="0" role="region" aria-label="The original, as text" data-test="source-json">{ laid_out(&whole.json) }</pre>
        </div>
    }
}
