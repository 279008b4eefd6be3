//! What of the screen is not in its first module: which page and which press is in which ([`Part`]). `cargo xtask ui` cuts the linked program
//! at these functions (decision 0075): what only they reach is in a module of its own, and what the first needs too is there once.
//!
//! Nothing else may name these pages, or the questions that only they ask: whatever the first module reaches, it holds.

use crate::acts::{Acts, Fetching, Later};
use crate::pages::bag::{BagView, CodesPage, TakePage};
use crate::pages::claim::ClaimPage;
use crate::pages::courier::CourierPage;
use crate::pages::enrol::Enrol;
use crate::pages::licence::LicencePage;
use crate::pages::plan::PlanView;
use crate::pages::planhistory::PlanHistoryPage;
use crate::pages::ready::ReadyPage;
use crate::pages::receipts::ReceiptsPage;
use crate::pages::round::RoundView;
use crate::pages::settings::SettingsPage;
use crate::pages::source::SourcePage;
use crate::pages::visit::VisitView;
use crate::pages::wholooked::WhoLookedPage;
use crate::routes::{Page, Part};
use crate::state::{Press, State};
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use yew::prelude::*;

/// Fetches a module. One that could not be had is fetched anew the next time; one that is here is not.
pub fn fetch(part: Part) -> Fetching {
    Box::pin(async move {
        match part {
            Part::Care => care().await,
            Part::Bags => bags().await,
            Part::Rest => rest().await,
        }
        .ok()
    })
}

#[wasm_split(care, fallible)]
fn care() -> Result<Later, SplitLoaderError> {
    fn page(state: &State) -> Html {
        match state.page {
            Page::Plan => html! { <PlanView then=false /> },
            Page::PlanThen => html! { <PlanView then=true /> },
            Page::PlanHistory => html! { <PlanHistoryPage /> },
            Page::Round => html! { <RoundView /> },
            Page::Visit => html! { <VisitView /> },
            _ => Html::default(),
        }
    }
    fn press(acts: &Acts, press: Press) {
        match press {
            Press::Plan(person, purpose) => acts.plan(person, purpose, None),
            Press::Visit(person, purpose) => acts.visit(person, purpose),
            _ => {}
        }
    }
    Ok(Later { page, press })
}

#[wasm_split(bags, fallible)]
fn bags() -> Result<Later, SplitLoaderError> {
    fn page(state: &State) -> Html {
        match state.page {
            Page::Bag => html! { <BagView /> },
            Page::BagCodes => html! { <CodesPage /> },
            Page::BagTake => html! { <TakePage /> },
            _ => Html::default(),
        }
    }
    fn press(acts: &Acts, press: Press) {
        if let Press::Bag(person, purpose) = press {
            acts.bag(person, purpose);
        }
    }
    Ok(Later { page, press })
}

#[wasm_split(rest, fallible)]
fn rest() -> Result<Later, SplitLoaderError> {
    fn page(state: &State) -> Html {
        match state.page {
            Page::Enrol => html! { <Enrol /> },
            Page::Source => html! { <SourcePage /> },
            Page::WhoLooked => html! { <WhoLookedPage /> },
            Page::Licence => html! { <LicencePage /> },
            Page::Settings => html! { <SettingsPage /> },
            Page::Claim => html! { <ClaimPage /> },
            Page::Receipts => html! { <ReceiptsPage /> },
            Page::Courier => html! { <CourierPage /> },
            Page::Ready => html! { <ReadyPage /> },
            _ => Html::default(),
        }
    }
    fn press(acts: &Acts, press: Press) {
        match press {
            Press::Looks(person) => acts.looks(person),
            Press::Receipts => acts.receipts(),
            Press::Ready => acts.ready(),
            _ => {}
        }
    }
    Ok(Later { page, press })
}
