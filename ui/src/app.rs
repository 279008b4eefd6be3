//! The whole screen: header with the status chip, the person's block where there is one, and the page that the state names. It
//! polls the device's status, hears its nudges, and holds nothing itself.

use crate::acts::Acts;
use crate::ask;
use crate::display::{Display, measure_block};
use crate::pages::breakglass::BreakGlassPage;
use crate::pages::caseload::CaseloadPage;
use crate::pages::chart::{ChartPage, PersonBlock};
use crate::pages::consent::ConsentPage;
use crate::pages::refusal::{RefusalPage, block};
use crate::pages::signin::SignIn;
use crate::parts::chip::{Chip, Lock, Panel};
use crate::parts::glass::GlassBanner;
use crate::parts::{Opening, Screen, heading, icons, use_page, use_screen};
use crate::routes::Page;
use crate::state::{Action, PartNews, Press, State};
use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use std::rc::Rc;
use yew::prelude::*;

/// How often the device is asked how it is.
const POLL_MILLIS: u32 = 5_000;
/// After the first page was laid out: by then it is painted, and what fetches other modules takes nothing from it.
const PAINTED_MILLIS: u32 = 50;

#[component]
pub fn App() -> Html {
    let state = use_reducer(State::default);
    let acts = use_memo((), |()| Acts::new(state.dispatcher(), crate::later::fetch));
    {
        let acts = acts.clone();
        use_effect_with((), move |()| {
            Display::load().put();
            acts.poll();
            let nudged = (*acts).clone();
            ask::listen(move |nudge| {
                nudged.tell(Action::Nudged(nudge));
                nudged.poll();
            });
            let polling = (*acts).clone();
            let timer = Interval::new(POLL_MILLIS, move || polling.poll());
            let resized = web_sys::window().map(|w| EventListener::new(&w, "resize", |_| measure_block()));
            move || drop((timer, resized))
        });
    }
    {
        // Whoever signed in, and whenever a sync has ended: the pack may be another.
        let who = state.status.as_ref().map(|s| (s.signed_in.as_ref().map(|a| a.staff.clone()), s.synced));
        let acts = acts.clone();
        use_effect_with(who, move |who| {
            if matches!(who, Some((Some(_), _))) {
                acts.pack();
            }
        });
    }
    {
        let (begun, acts) = (state.page != Page::Starting, acts.clone());
        use_effect_with(begun, move |begun| {
            let timer = begun.then(|| Timeout::new(PAINTED_MILLIS, move || acts.fetch_all()));
            move || drop(timer)
        });
    }
    {
        let here = state.wanted.as_ref().is_some_and(|wanted| acts.later(wanted.press.part()).is_some());
        let acts = acts.clone();
        use_effect_with((state.wanted.clone(), here), move |(wanted, here)| match wanted {
            Some(wanted) if *here => acts.take_up(wanted.press.clone()),
            Some(wanted) if !wanted.missing => acts.want(wanted.press.part()),
            _ => {}
        });
    }
    let screen = Screen { state: Rc::new((*state).clone()), acts: (*acts).clone() };
    html! {
        <ContextProvider<Screen> context={screen}>
            <Frame />
        </ContextProvider<Screen>>
    }
}

#[component]
fn Frame() -> Html {
    let screen = use_screen();
    use_effect(measure_block);
    let state = &screen.state;
    let skip = Callback::from(|event: MouseEvent| {
        event.prevent_default();
        crate::display::focus("maincontent");
    });
    html! {
        <>
        <a class="nhsuk-skip-link" href="#maincontent" onclick={skip}>{ "Skip to main content" }</a>
        <header class="s-top" id="top" role="banner">
            <div class="s-wide s-top__row">
                { way_back(&screen) }
                <div class="s-top__right"><Chip /><Lock /></div>
            </div>
        </header>
        <Panel />
        <GlassBanner />
        { person_block(state) }
        <main class="s-wide s-main" id="maincontent" tabindex="-1">{ awaited(&screen) }{ page(&screen) }</main>
        </>
    }
}

/// The way back, where there is one; elsewhere the name of the app.
fn way_back(screen: &Screen) -> Html {
    let state = &screen.state;
    let back = match state.page {
        Page::Starting | Page::SignIn | Page::Caseload => None,
        Page::Enrol => state.status.as_ref().is_some_and(|s| !s.users.is_empty()).then_some("Sign in"),
        Page::Visit => Some(if state.visits.from_round { "Round" } else { "Record" }),
        Page::Round => Some("Caseload"),
        Page::Chart | Page::Refusal | Page::Claim | Page::BagTake => Some("Caseload"),
        Page::BagCodes => Some("eRed Bag"),
        Page::Source | Page::WhoLooked | Page::Plan | Page::Bag if state.chart.is_some() => Some("Record"),
        Page::PlanThen => Some("History"),
        Page::PlanHistory => Some("Care plan"),
        _ => Some("Back"),
    };
    let acts = screen.acts.clone();
    let onclick = Callback::from(move |_: MouseEvent| acts.tell(Action::Back));
    match back {
        None => html! { <p class="s-brand">{ "Satchel" }</p> },
        Some(to) => html! {
            <button type="button" class="s-back" data-test="back" {onclick}>{ icons::back() }<span>{ to }</span></button>
        },
    }
}

/// Only one person's banner is ever on screen.
fn person_block(state: &State) -> Html {
    match (&state.chart, &state.refusal, state.page) {
        (Some(chart), _, page) if page.inside_record() => {
            html! { <PersonBlock chart={Opening::from(chart.clone())} /> }
        }
        (None, Some(why), Page::Refusal | Page::Own | Page::Source | Page::Consent | Page::BreakGlass { .. }) => {
            block(why)
        }
        _ => Html::default(),
    }
}

/// What was pressed and waits for its module, or that it could not be had and can be tried again.
fn awaited(screen: &Screen) -> Html {
    let wanted = screen.state.wanted.as_ref();
    let missing = wanted.filter(|wanted| wanted.missing).map(|wanted| {
        let (acts, press) = (screen.acts.clone(), wanted.press.clone());
        let again = Callback::from(move |_: MouseEvent| acts.tell(Action::Part(PartNews::Wanted(press.clone()))));
        html! {
            <div class="s-note s-note--warn" role="alert" data-test="part-missing">
                { icons::warning() }
                <div>
                    <p>{ "This page could not be opened: a part of the app on this device could not be read. Nothing that was saved is lost." }</p>
                    <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="part-again" onclick={again}>{ "Try again" }</button>
                </div>
            </div>
        }
    });
    html! {
        <>
        <div role="status">if wanted.is_some_and(|wanted| !wanted.missing) { <p data-test="part-coming">{ "Opening the page" }</p> }</div>
        { for missing }
        </>
    }
}

/// Stands where a page will be once its module is here.
#[component]
fn Awaiting() -> Html {
    let screen = use_screen();
    let page = screen.state.page;
    use_page(page.title(), false);
    let acts = screen.acts.clone();
    use_effect_with((page, screen.state.wanted.is_some()), move |(page, asked)| {
        if let (Some(part), false) = (page.part(), asked) {
            acts.press(Press::Page(part));
        }
    });
    heading(page.title())
}

fn page(screen: &Screen) -> Html {
    let state = &screen.state;
    let record = state.chart.is_some() && state.page.inside_record();
    let shown = state.page == Page::Chart;
    let other = match state.page.part().map(|part| screen.acts.later(part)) {
        None => first_page(state),
        Some(None) => html! { <Awaiting /> },
        Some(Some(later)) => (later.page)(state),
    };
    html! { <>{ other }if record { <ChartPage {shown} /> }</> }
}

fn first_page(state: &State) -> Html {
    match state.page {
        Page::Starting => html! {
            <>{ crate::parts::errors::trouble(state.trouble.as_ref()) }<p role="status">{ "Starting" }</p></>
        },
        Page::SignIn => html! { <SignIn /> },
        Page::Caseload => html! { <CaseloadPage /> },
        Page::Refusal | Page::Own => {
            // A new refusal is a new page, read from its top; what is behind it is another.
            let own = state.own.as_ref().filter(|_| state.page == Page::Own).map(|own| own.audit_seq);
            let key = own.or(state.refusal.as_ref().map(|why| why.audit_seq)).unwrap_or(0);
            html! { <RefusalPage {key} /> }
        }
        Page::Consent => html! { <ConsentPage /> },
        Page::BreakGlass { widened } => html! { <BreakGlassPage {widened} /> },
        // In another module, or beside this.
        _ => Html::default(),
    }
}
