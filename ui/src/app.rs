//! The whole screen: header with the status chip, the person's block where there is one, and the page that the state names. It
//! polls the device's status, hears its nudges, and holds nothing itself.

use crate::acts::Acts;
use crate::ask;
use crate::display::{Display, measure_block};
use crate::pages::bag::{BagView, CodesPage, TakePage};
use crate::pages::breakglass::BreakGlassPage;
use crate::pages::caseload::CaseloadPage;
use crate::pages::chart::{ChartPage, PersonBlock};
use crate::pages::claim::ClaimPage;
use crate::pages::consent::ConsentPage;
use crate::pages::courier::CourierPage;
use crate::pages::enrol::Enrol;
use crate::pages::licence::LicencePage;
use crate::pages::plan::PlanView;
use crate::pages::planhistory::PlanHistoryPage;
use crate::pages::ready::ReadyPage;
use crate::pages::receipts::ReceiptsPage;
use crate::pages::refusal::{RefusalPage, block};
use crate::pages::round::RoundView;
use crate::pages::settings::SettingsPage;
use crate::pages::signin::SignIn;
use crate::pages::source::SourcePage;
use crate::pages::visit::VisitView;
use crate::pages::wholooked::WhoLookedPage;
use crate::parts::chip::{Chip, Lock, Panel};
use crate::parts::glass::GlassBanner;
use crate::parts::{Opening, Screen, icons, use_screen};
use crate::routes::Page;
use crate::state::{Action, State};
use gloo::events::EventListener;
use gloo::timers::callback::Interval;
use std::rc::Rc;
use yew::prelude::*;

/// How often the device is asked how it is.
const POLL_MILLIS: u32 = 5_000;

#[component]
pub fn App() -> Html {
    let state = use_reducer(State::default);
    let acts = use_memo((), |()| Acts::new(state.dispatcher()));
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
        <main class="s-wide s-main" id="maincontent" tabindex="-1">{ page(state) }</main>
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

fn page(state: &State) -> Html {
    let record = state.chart.is_some() && state.page.inside_record();
    let shown = state.page == Page::Chart;
    html! { <>{ other_page(state) }if record { <ChartPage {shown} /> }</> }
}

fn other_page(state: &State) -> Html {
    match state.page {
        Page::Starting => html! {
            <>{ crate::parts::errors::trouble(state.trouble.as_ref()) }<p role="status">{ "Starting" }</p></>
        },
        Page::SignIn => html! { <SignIn /> },
        Page::Enrol => html! { <Enrol /> },
        Page::Caseload => html! { <CaseloadPage /> },
        Page::Source => html! { <SourcePage /> },
        Page::WhoLooked => html! { <WhoLookedPage /> },
        Page::Plan => html! { <PlanView then=false /> },
        Page::PlanThen => html! { <PlanView then=true /> },
        Page::PlanHistory => html! { <PlanHistoryPage /> },
        Page::Round => html! { <RoundView /> },
        Page::Visit => html! { <VisitView /> },
        Page::Bag => html! { <BagView /> },
        Page::BagCodes => html! { <CodesPage /> },
        Page::BagTake => html! { <TakePage /> },
        Page::Refusal | Page::Own => {
            // A new refusal is a new page, read from its top; what is behind it is another.
            let own = state.own.as_ref().filter(|_| state.page == Page::Own).map(|own| own.audit_seq);
            let key = own.or(state.refusal.as_ref().map(|why| why.audit_seq)).unwrap_or(0);
            html! { <RefusalPage {key} /> }
        }
        Page::Consent => html! { <ConsentPage /> },
        Page::BreakGlass { widened } => html! { <BreakGlassPage {widened} /> },
        Page::Licence => html! { <LicencePage /> },
        Page::Settings => html! { <SettingsPage /> },
        Page::Claim => html! { <ClaimPage /> },
        Page::Receipts => html! { <ReceiptsPage /> },
        Page::Courier => html! { <CourierPage /> },
        Page::Ready => html! { <ReadyPage /> },
        Page::Chart => Html::default(),
    }
}
