//! The record: what must be known about this look at it, who the person is, then the sections in the order they came, which is
//! the order of clinical risk. The banner and the allergy strip stand above it ([`crate::app`]).

use crate::pages::demographics::demographics;
use crate::parts::banner::Words;
use crate::parts::fold::Fold;
use crate::parts::form::chosen;
use crate::parts::item::labelled;
use crate::parts::section::{SectionPart, tally};
use crate::parts::strip::{Strip, summary};
use crate::parts::{Opening, banner::Banner, errors, heading_as, icons, unbroken, use_screen, use_shown_page};
use crate::routes::Page;
use crate::state::{Action, Press, VisitAction};
use crate::words::ago;
use desk::view::{Basis, OpenedChart};
use record::Stamp;
use record::chart::Content;
use record::consent::{Caveat, Relationship};
use record::plan::{Decided, Told};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct BlockProps {
    pub chart: Opening<OpenedChart>,
}

/// Its own, for it may wait behind another page.
const HEADING: &str = "record-heading";

/// The fixed block: banner and allergy strip.
#[component]
pub fn PersonBlock(props: &BlockProps) -> Html {
    use_effect(crate::display::measure_block);
    let chart = &props.chart;
    let (label, agents, beside) = summary(&chart.chart, &chart.decided);
    html! {
        <div class="s-block" id="person-block">
            <Banner words={Words::of_chart(chart)} />
            <Strip {label} {agents} {beside} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct ChartProps {
    /// Whether it is shown, or waits behind an original with its folds as they were.
    pub shown: bool,
}

#[component]
pub fn ChartPage(props: &ChartProps) -> Html {
    let screen = use_screen();
    use_shown_page(Page::Chart.title(), false, HEADING, props.shown);
    let Some(chart) = screen.state.chart.clone() else { return Html::default() };
    let state = &screen.state;
    let person = chart.listing.person;
    let purpose = state.purpose;
    let again = {
        let (acts, state) = (screen.acts.clone(), screen.state.clone());
        Callback::from(move |_: MouseEvent| acts.look(&state, person, purpose))
    };
    let consent = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.tell(Action::Go(Page::Consent, Some("to-consent".to_owned()))))
    };
    let looks = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| {
            acts.tell(Action::Go(Page::Chart, Some("to-who-looked".to_owned())));
            acts.press(Press::Looks(person));
        })
    };
    let plan = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| {
            acts.tell(Action::Go(Page::Chart, Some("to-plan".to_owned())));
            acts.press(Press::Plan(person, purpose));
        })
    };
    let visit = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| {
            acts.tell(Action::Go(Page::Chart, Some("to-visit".to_owned())));
            acts.tell(Action::Visit(VisitAction::Opening { from_round: false, booking: String::new() }));
            acts.press(Press::Visit(person, purpose));
        })
    };
    let bag = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| {
            acts.tell(Action::Go(Page::Chart, Some("to-bag".to_owned())));
            acts.press(Press::Bag(person, purpose));
        })
    };
    let open =
        use_callback((screen.acts.clone(), person, purpose), |(key, id): (String, String), (acts, person, purpose)| {
            acts.tell(Action::Go(Page::Chart, Some(id)));
            acts.source(*person, *purpose, key);
        });
    let basis = {
        let (basis, purpose) = (chart.basis.clone(), state.purpose);
        let (audit, opened) = (chart.audit_seq, chart.opened);
        Callback::from(move |()| why(&basis, purpose.label(), audit, opened))
    };
    let who = {
        let chart = chart.clone();
        Callback::from(move |()| demographics(&chart))
    };
    let sections: Html = {
        let mut offset = 0;
        let one = |(index, section): (usize, &record::chart::SectionChart)| {
            let start = offset;
            if let Content::Held(items) = &section.content {
                offset += items.len();
            }
            html! { <SectionPart key={section.section.code()} chart={Opening::from(chart.clone())} {index} offset={start} open={open.clone()} /> }
        };
        chart.chart.sections.iter().enumerate().map(one).collect()
    };
    html! {
        <div class="s-chart" data-test="chart" hidden={!props.shown}>
            { jump_list(&chart) }
            <div class="s-chart__main">
                <div class="s-chart__head">
                    { heading_as(HEADING, "Shared record") }
                    <button type="button" class="s-plain" data-test="to-plan" id="to-plan" onclick={plan}>
                        { "Care plan" }</button>
                    <button type="button" class="s-plain" data-test="to-visit" id="to-visit" onclick={visit}>
                        { "Visits" }</button>
                    <button type="button" class="s-plain" data-test="to-bag" id="to-bag" onclick={bag}>
                        { "eRed Bag" }</button>
                    <button type="button" class="s-plain" data-test="to-who-looked" id="to-who-looked" onclick={looks}>
                        { "Who has looked" }</button>
                    <button type="button" class="s-plain" data-test="to-consent" id="to-consent" onclick={consent}>
                        { "Their choice" }</button>
                </div>
                if let Some(line) = chart.as_at {
                    <p class="s-quiet" data-test="as-at">{ unbroken(&line.in_words(chart.opened)) }</p>
                }
                { errors::notice(state.notice) }
                { errors::trouble(state.trouble.as_ref()) }
                if state.changed {
                    <p class="s-note" role="status">{ "This record has changed since you opened it. " }
                        <button type="button" class="nhsuk-button nhsuk-button--secondary s-refresh" data-test="refresh"
                            onclick={again}>{ "Show the changes" }</button></p>
                }
                { caveats(&screen, &chart) }
                { decided(&chart) }
                <Fold summary="Why can I see this?" mark="why" content={basis} />
                <Fold summary="Address, telephone, GP and other details" mark="demographics" content={who} />
                { jump_select(&chart) }
                { sections }
                <p class="s-quiet">{ "This record shows what connected sources sent. It may not be everything." }</p>
            </div>
        </div>
    }
}

/// What the shared care plan says of the same matters, before the sections: it is not in them.
fn decided(chart: &OpenedChart) -> Html {
    if chart.decided.is_empty() && chart.told.is_empty() {
        return Html::default();
    }
    let told = |one: &Told| {
        html! {
            <li>
                <p><strong>{ &one.title }</strong>
                    if one.disputed { <strong>{ " NOT AGREED" }</strong> }</p>
                { for one.lines.iter().map(labelled) }
                <p class="s-quiet">{ unbroken(&format!("Shared care plan, {}", one.at.display())) }</p>
            </li>
        }
    };
    let line = |one: &Decided| {
        html! {
            <li>
                <p><strong>{ format!("{}: ", one.topic.title()) }</strong>{ &one.text }
                    if one.disputed { <strong>{ " NOT AGREED: others in the plan say otherwise" }</strong> }</p>
                <p class="s-quiet">{ unbroken(&format!("{}, {}", one.by, one.at.display())) }
                    if !one.kept.is_empty() { { format!(". Original: {}", one.kept) } }</p>
            </li>
        }
    };
    html! {
        <section class="s-section" aria-label="The care plan says" data-test="plan-says">
            <h2 class="s-section__heading">{ "The care plan says" }</h2>
            <ul class="nhsuk-list">{ for chart.decided.iter().map(line) }{ for chart.told.iter().map(told) }</ul>
        </section>
    }
}

/// What must be said beside what is shown.
fn caveats(screen: &crate::parts::Screen, chart: &OpenedChart) -> Html {
    let line = |caveat: &Caveat| match caveat {
        Caveat::CheckedAt(Some(at)) => {
            let words = format!("Consent last confirmed {} ({})", at.display(), ago(chart.opened, *at));
            html! { <li>{ unbroken(&words) }</li> }
        }
        Caveat::CheckedAt(None) => {
            html! { <li class="s-caveats__loud">{ "Consent was never confirmed with the hub" }</li> }
        }
        Caveat::StaleEmergency => html! {
            <li class="s-caveats__loud">{ icons::warning() }<span>{ "Shown in an emergency on a consent check that is not fresh. This look will be reviewed." }</span></li>
        },
        Caveat::ClockInDoubt => html! {
            <li class="s-caveats__loud">{ icons::warning() }<span>{ "This device's clock is in doubt: times shown here may be wrong." }</span></li>
        },
        Caveat::BreakGlassUntil(_) => {
            html! { <li>{ "The glass is broken: each look is recorded, and the privacy officer reviews it" }</li> }
        }
        Caveat::PartOfTheRecord => {
            html! { <li>{ "Your role sees a part of this record: sections that are not listed may hold more" }</li> }
        }
        Caveat::EmergencyViewOnly => {
            let acts = screen.acts.clone();
            let widen = Callback::from(move |_: MouseEvent| {
                acts.tell(Action::Go(Page::BreakGlass { widened: true }, Some("widen".to_owned())));
            });
            html! {
                <li class="s-caveats__loud">{ icons::warning() }
                    <span>{ "Only the emergency view is open. Other sections are not shown. " }
                    <button type="button" class="s-plain" id="widen" data-test="widen" onclick={widen}>{ "Open the rest of the record" }</button></span>
                </li>
            }
        }
    };
    // The line above says when consent was checked: that stands here only where this look relied on another moment.
    let said = |caveat: &Caveat| match (caveat, chart.as_at) {
        (Caveat::CheckedAt(Some(at)), Some(line)) => line.choice == Some(*at),
        _ => false,
    };
    html! { <ul class="s-caveats" data-test="caveats">{ for chart.caveats.iter().filter(|caveat| !said(caveat)).map(line) }</ul> }
}

/// Why it is shown: the rule, the choice, its date and when it was checked.
fn why(basis: &Basis, purpose: &'static str, audit: u64, opened: Stamp) -> Html {
    html! {
        <>
        <p>{ &basis.sentence }</p>
        { basis_list(basis, Some(purpose), opened) }
        <p class="s-quiet">{ format!("This look was recorded as entry {audit} before anything was shown, {}.", opened.display()) }</p>
        </>
    }
}

/// The grounds of a decision, for a record shown or refused; ages are counted from `now`.
pub fn basis_list(basis: &Basis, purpose: Option<&'static str>, now: Stamp) -> Html {
    let moment = |at: Option<Stamp>, never: &str| match at {
        Some(at) => format!("{} ({})", at.display(), ago(now, at)),
        None => never.to_owned(),
    };
    let relationship = match basis.relationship {
        Relationship::Established => "On your caseload",
        Relationship::SelfClaimed => "Claimed by you, to be reviewed",
        Relationship::None => "None recorded",
    };
    let mut rows = vec![
        ("The person's choice", basis.choice_label.clone()),
        ("Decided", moment(basis.decided, "No date recorded")),
        ("Decided by", basis.decided_by.label().to_owned()),
    ];
    let mut maybe = |label, value: &Option<String>| {
        if let Some(value) = value {
            rows.push((label, value.clone()));
        }
    };
    maybe("Why", &basis.reason);
    maybe("Recorded by", &basis.recorded_by);
    maybe("Ends", &basis.until.map(Stamp::display));
    maybe("Ends with", &basis.end_event);
    rows.extend([
        ("Checked with the hub", moment(basis.checked, "Never")),
        ("Your relationship", relationship.to_owned()),
        ("Rule", format!("{}: {}", basis.rule, basis.sentence)),
        ("Policy", basis.policy.clone()),
        ("What you may do", basis.next.clone()),
    ]);
    if let Some(purpose) = purpose {
        rows.insert(0, ("Opened for", purpose.to_owned()));
    }
    html! {
        <dl class="nhsuk-summary-list s-summary" data-test="basis">
            { for rows.into_iter().map(|(label, value)| html! {
                <div class="nhsuk-summary-list__row">
                    <dt class="nhsuk-summary-list__key">{ label }</dt><dd class="nhsuk-summary-list__value">{ unbroken(&value) }</dd>
                </div>
            }) }
        </dl>
    }
}

/// The list of sections at the side of a wide screen.
fn jump_list(chart: &OpenedChart) -> Html {
    html! {
        <nav class="s-jump" aria-label="Sections">
            <ul>{ for chart.chart.sections.iter().map(|section| {
                let code = section.section.code();
                let onclick = Callback::from(move |event: MouseEvent| {
                    event.prevent_default();
                    jump(code);
                });
                let absent = matches!(section.content, Content::Absent(_));
                html! {
                    <li key={code}><a href={format!("#section-{code}")} {onclick}>{ section.section.title() }</a>
                        <span class={classes!("s-jump__tally", absent.then_some("s-jump__tally--absent"))}>{ tally(section) }</span></li>
                }
            }) }</ul>
        </nav>
    }
}

/// The same as a select, on a narrow screen.
fn jump_select(chart: &OpenedChart) -> Html {
    let onchange = Callback::from(|event: Event| jump(&chosen(&event)));
    html! {
        <div class="s-jump-select">
            <label class="nhsuk-label" for="jump">{ "Go to section" }</label>
            <select class="nhsuk-select" id="jump" data-test="jump" {onchange}>
                <option value="" selected=true>{ "Choose a section" }</option>
                { for chart.chart.sections.iter().map(|s| html! {
                    <option value={s.section.code()}>{ format!("{} ({})", s.section.title(), tally(s)) }</option>
                }) }
            </select>
        </div>
    }
}

fn jump(code: &str) {
    crate::display::bring(&format!("section-{code}"));
    crate::display::focus(&format!("heading-{code}"));
}
