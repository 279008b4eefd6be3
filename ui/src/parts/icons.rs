//! Drawings, our own, as inline SVG. They never say anything that the words beside them do not say; screen readers skip them.

use yew::prelude::*;

fn drawing(body: Html) -> Html {
    html! {
        <svg class="s-icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false" fill="none"
            stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{ body }</svg>
    }
}

/// A triangle with an exclamation mark.
pub fn warning() -> Html {
    drawing(html! { <><path d="M12 3 22 21H2Z"/><path d="M12 10v5M12 18v.1"/></> })
}

/// Asked, and there are none: a circle with a bar.
pub fn none_known() -> Html {
    drawing(html! { <><circle cx="12" cy="12" r="9"/><path d="M7 12h10"/></> })
}

/// Nobody asked: an empty speech bubble.
pub fn not_asked() -> Html {
    drawing(html! { <path d="M4 4h16v12h-9l-5 4v-4H4Z"/> })
}

/// An empty list: a sheet without lines.
pub fn empty_list() -> Html {
    drawing(html! { <><path d="M6 3h9l4 4v14H6Z"/><path d="M15 3v4h4"/></> })
}

/// Not reachable: a broken link.
pub fn unavailable() -> Html {
    drawing(html! { <><path d="M9 15 6 18a4 4 0 0 1-5-5l4-4M15 9l3-3a4 4 0 0 1 5 5l-4 4M4 4l16 16"/></> })
}

/// Kept back: a lock.
pub fn withheld() -> Html {
    drawing(html! { <><path d="M5 11h14v10H5Z"/><path d="M8 11V7a4 4 0 0 1 8 0v4"/></> })
}

/// An arrow to the left.
pub fn back() -> Html {
    drawing(html! { <path d="M14 5l-7 7 7 7"/> })
}

/// A small dot, a cloud, an aeroplane …: how the connection is.
pub fn link(link: desk::view::Link) -> Html {
    use desk::view::Link;
    drawing(match link {
        Link::Online => html! { <path d="M4 12a11 11 0 0 1 16 0M7 15a7 7 0 0 1 10 0M12 19v.1"/> },
        Link::Offline => html! { <path d="M4 12a11 11 0 0 1 16 0M7 15a7 7 0 0 1 10 0M12 19v.1M4 4l16 16"/> },
        Link::Syncing { .. } => {
            html! { <path d="M4 9a8 8 0 0 1 14-3l2 2M20 3v5h-5M20 15a8 8 0 0 1-14 3l-2-2M4 21v-5h5"/> }
        }
        Link::NotSafe => html! { <><path d="M12 3 22 21H2Z"/><path d="M12 10v5M12 18v.1"/></> },
        Link::Airplane => html! { <path d="M12 2v7l9 6v2l-9-3v5l3 2v1l-3-1-3 1v-1l3-2M12 9l-9 6v2l9-3"/> },
    })
}

/// The five answers of the leaflet, drawn large: who may look.
pub fn choice(choice: record::consent::Choice) -> Html {
    use record::consent::Choice;
    let person = |x: f32, scale: f32| {
        html! {
            <g transform={format!("translate({x} {}) scale({scale})", 44.0 - 44.0 * scale)}>
                <circle cx="12" cy="12" r="8"/><path d="M0 44v-8a12 12 0 0 1 24 0v8Z"/>
            </g>
        }
    };
    let body = match choice {
        Choice::Y1 => html! { <>{ person(14.0, 1.0) }<path d="M52 10h24v24H52ZM52 18h24M59 6v8M69 6v8M62 27h4"/></> },
        Choice::Y2 => html! {
            <>{ person(0.0, 0.8) }{ person(22.0, 1.0) }<circle cx="66" cy="22" r="13"/><path d="M66 14v8l6 4"/></>
        },
        Choice::Y3 => html! { <>{ person(2.0, 0.8) }{ person(27.0, 1.0) }{ person(58.0, 0.8) }</> },
        Choice::N1 => html! {
            <>{ person(8.0, 1.0) }<path d="M62 4h10v9h9v10h-9v9H62v-9h-9V13h9Z"/></>
        },
        _ => html! { <>{ person(30.0, 1.0) }<path class="s-choice__bar" d="M16 4l52 40"/></> },
    };
    html! {
        <svg class="s-choice__drawing" viewBox="0 -2 84 50" aria-hidden="true" focusable="false" fill="none"
            stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">{ body }</svg>
    }
}
