//! Where the bag is and how it came there: the holder, or those who each say they are; every passage, none ever changed; and the next step,
//! with the PIN for whoever takes the bag over.

use super::{On, OnProps};
use crate::parts::form::{Pin, submit, text};
use crate::parts::qr::Qr;
use crate::parts::scan::{Then, into_field, use_scan};
use crate::parts::{Opening, icons, unbroken};
use desk::ask::{AcceptBag, PrintBag, TakeAnswer};
use desk::bag::{BagTaken, Passed, Printed};
use record::bag::note::{both_times, carried};
use record::bag::{Custody, Holding, NoteId, Reader, State, Step};
use yew::prelude::*;

/// Who has it.
#[component]
pub(super) fn Where(props: &OnProps) -> Html {
    let on = &props.on;
    let Some(bag) = on.bag() else { return Html::default() };
    let tracker =
        if bag.header.tracker.is_empty() { String::new() } else { format!(" Bag number {}.", bag.header.tracker) };
    match &bag.custody {
        Custody::Held(holding) => html! {
            <p class={classes!("s-note", matches!(holding.state, State::BagMissing | State::Died).then_some("s-note--warn"))} data-test="bag-where">
                if matches!(holding.state, State::BagMissing | State::Died) { { icons::warning() } }
                <span><strong>{ holding.state.label() }</strong>{ unbroken(&format!(": {}{tracker}", who(holding))) }</span>
            </p>
        },
        Custody::Disputed(all) => html! {
            <div class="s-note s-note--warn" role="alert" data-test="bag-disputed">{ icons::warning() }<div>
                <p><strong>{ "More than one person says they have the bag. Find out which is right." }</strong></p>
                <ul class="nhsuk-list nhsuk-list--bullet">{ for all.iter().map(|h| html! {
                    <li>{ unbroken(&format!("{}: {}", h.state.label(), who(h))) }</li>
                }) }</ul>
            </div></div>
        },
    }
}

fn who(holding: &Holding) -> String {
    let said = holding.place.is_empty() || holding.place == holding.holder.organisation();
    let place = if said { String::new() } else { format!(", {}", holding.place) };
    let unverified = if holding.holder.is_verified() { "" } else { " (typed by the giver, not verified)" };
    format!(
        "{}, {}{unverified}{place}, since {}.",
        holding.holder.name(),
        holding.holder.organisation(),
        holding.since.display()
    )
}

#[derive(Properties, PartialEq)]
pub(super) struct JourneyProps {
    pub(super) on: On,
    pub(super) answer: Option<Opening<BagTaken>>,
}

#[component]
pub(super) fn Journey(props: &JourneyProps) -> Html {
    let on = &props.on;
    let Some(bag) = on.bag() else { return Html::default() };
    let show = {
        let (acts, person, purpose) = (on.acts.clone(), on.page.person, on.purpose);
        Callback::from(move |_: MouseEvent| acts.bag_codes(person, purpose))
    };
    let print = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| {
            on.acts.bag_change(PrintBag { person: on.page.person, purpose: on.purpose });
        })
    };
    let away = bag.released.is_some() && !bag.custody.state().is_some_and(State::is_over);
    let others = |step: &&Step| !step.releases() && **step != Step::MakeReady;
    let next: Vec<Step> = bag.next.iter().filter(others).copied().collect();
    html! {
        <>
        if let Some(taken) = props.answer.as_ref().filter(|taken| taken.told) {
            <p class="s-note" role="status" data-test="bag-told">{ format!("The device that gave you the bag of {} has your signature.", taken.page.banner) }</p>
        } else if let Some(taken) = &props.answer {
            <section class="s-section" data-test="bag-answer" aria-label="Show this to whoever gave you the bag">
                <h2 class="s-section__heading">{ "Show this to whoever gave you the bag" }</h2>
                <Qr modules={taken.picture.clone()} label="QR code of your signature" mark="bag-answer-code" />
                <label class="nhsuk-label s-label" for="bag-answer-text">{ "The same as text" }</label>
                <textarea class="nhsuk-textarea s-code__text" id="bag-answer-text" data-test="bag-answer-text" rows="4" readonly=true
                    value={taken.answer.clone()} />
            </section>
        }
        if away {
            <section class="s-section" aria-label="Hand over">
                <h2 class="s-section__heading">{ "Hand over" }</h2>
                <button type="button" class="nhsuk-button s-primary" data-test="bag-show" id="bag-show" disabled={on.saving} onclick={show}>
                    { "Show the codes" }</button>
                <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-print" disabled={on.saving} onclick={print}>
                    { "Print it for a crew without Satchel" }</button>
                if let Some(printed) = on.page.printed {
                    <p class="s-note" role="status" data-test="bag-printed">{ match printed {
                        Printed::Saved => "Saved as a PDF. Print it, then delete the file: Satchel does not protect it.",
                        Printed::NotSaved => "Not saved. That you asked is recorded.",
                    } }</p>
                }
                <Answer on={on.clone()} />
            </section>
        }
        if !next.is_empty() { <Next on={on.clone()} steps={next} /> }
        if !bag.passages.is_empty() {
            <section class="s-section" aria-label="The journey so far" data-test="bag-journey">
                <h2 class="s-section__heading">{ "The journey so far" }</h2>
                <ol class="nhsuk-list nhsuk-list--number">{ for bag.passages.iter().map(|passed| passage(passed, &bag.header.tracker)) }</ol>
                if !bag.readers.is_empty() {
                    <h3 class="nhsuk-heading-s">{ "Read by" }</h3>
                    <ul class="nhsuk-list nhsuk-list--bullet" data-test="bag-readers">{ for bag.readers.iter().map(reader) }</ul>
                }
            </section>
        }
        </>
    }
}

fn reader(reader: &Reader) -> Html {
    let Reader { by, version, at } = reader;
    html! { <li>{ format!("{}, {}, {}: version {version}, {}.", by.name, by.title, by.organisation, at.display()) }</li> }
}

fn passage(passed: &Passed, own: &str) -> Html {
    let mut more = Vec::new();
    if let Some(typed) = &passed.typed {
        more.push(format!("Taken by {typed}: typed, not verified."));
    }
    if !passed.place.is_empty() {
        more.push(format!("{}.", passed.place));
    }
    let carried = carried(&passed.tracker, passed.items, own);
    if !carried.is_empty() {
        more.push(carried);
    }
    if let Some(version) = passed.version {
        more.push(format!("Version {version}."));
    }
    if !passed.remark.is_empty() {
        more.push(passed.remark.clone());
    }
    if passed.unproven {
        more.push("Not verified on this device: whoever gave the bag says so.".into());
    }
    if passed.aside {
        more.push("This counts for nothing: it does not follow what stood before.".into());
    }
    html! {
        <li data-test="bag-passage"><strong>{ passed.step.label() }</strong>
            { format!(", {}, by {}, {} (device {}). {}", both_times(passed.at, passed.hub), passed.by, passed.organisation, passed.device, more.join(" ")) }</li>
    }
}

/// The receiver's signature, on the giver's device.
#[component]
fn Answer(props: &OnProps) -> Html {
    let on = props.on.clone();
    let code = use_state(String::new);
    let scan = use_scan("bag-got-photo", Then::Off, into_field(&code));
    let take = {
        let code = code.clone();
        submit(move || {
            let (text, purpose) = ((*code).trim().to_owned(), on.purpose);
            if !text.is_empty() {
                on.acts.bag_change(TakeAnswer { code: text, purpose });
                code.set(String::new());
            }
        })
    };
    html! {
        <form onsubmit={take} novalidate=true>
            { scan }
            <crate::parts::form::Area id="bag-got" label="Their answer" hint="It begins with SATCHEL-GOT. Scan or paste it." value={code} rows={2} />
            <button type="submit" class="nhsuk-button nhsuk-button--secondary" data-test="bag-got-save" disabled={props.on.saving}>
                { "They have it" }</button>
        </form>
    }
}

#[derive(Properties, PartialEq)]
struct NextProps {
    on: On,
    steps: Vec<Step>,
}

/// The words on a step before it is taken.
const fn press(step: Step) -> &'static str {
    match step {
        Step::Accept => "Take the person and the bag",
        Step::Receive => "Receive in the emergency department",
        Step::Move => "Receive on the ward",
        Step::Return => "Packed to go back",
        Step::Carry => "Take it home",
        Step::Close => "Back at the home",
        Step::Cancel => "Not going after all",
        Step::Die => "The person has died",
        Step::Alive => "The death was recorded by mistake",
        Step::Lose => "The bag is missing",
        Step::Find => "The bag is found",
        other => other.label(),
    }
}

/// The next step. Who takes the bag gives their PIN; a crew without a device is typed by the home.
#[component]
fn Next(props: &NextProps) -> Html {
    let NextProps { on, steps } = props;
    let (chosen, keeps) = (use_state(|| None::<Step>), use_state(|| None::<NoteId>));
    let (place, remark, pin) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let (name, organisation) = (use_state(String::new), use_state(String::new));
    let (tracker, items, sure) = (use_state(String::new), use_state(String::new), use_state(|| false));
    let Some(bag) = on.bag() else { return Html::default() };
    // The home does not take its own bag from itself: it types who did.
    let typed = bag.home && bag.custody.state() == Some(State::Released);
    let mut steps = steps.clone();
    if typed {
        steps.insert(0, Step::Accept);
    }
    let disputed = match &bag.custody {
        Custody::Disputed(all) => all.clone(),
        Custody::Held(_) => vec![],
    };
    let go = {
        let (on, chosen, keeps) = (on.clone(), chosen.clone(), keeps.clone());
        let (place, remark, pin) = (place.clone(), remark.clone(), pin.clone());
        let (name, organisation) = (name.clone(), organisation.clone());
        let (tracker, items, sure) = (tracker.clone(), items.clone(), sure.clone());
        submit(move || {
            let Some(step) = *chosen else { return };
            // What ends the journey is said twice.
            if step.ends().is_some() && !*sure {
                sure.set(true);
                return;
            }
            let by_hand = typed && step == Step::Accept;
            let mut made = on.step(step, (*remark).clone());
            made.keeps = *keeps;
            made.place = (*place).clone();
            (made.tracker, made.items) = ((*tracker).clone(), items.trim().parse().ok());
            made.typed = by_hand.then(|| ((*name).clone(), (*organisation).clone()));
            if step.hands_over() && !by_hand {
                let (person, purpose, pin) = (on.page.person, on.purpose, (*pin).clone().into());
                on.acts.bag_accept(AcceptBag { person, purpose, step: made, pin });
            } else {
                on.take(made);
            }
            pin.set(String::new());
            for one in [&place, &remark, &tracker, &items] {
                one.set(String::new());
            }
            chosen.set(None);
            sure.set(false);
        })
    };
    let back = {
        let (chosen, sure) = (chosen.clone(), sure.clone());
        Callback::from(move |_: MouseEvent| {
            chosen.set(None);
            sure.set(false);
        })
    };
    let ending = chosen.and_then(Step::ends).filter(|_| *sure);
    html! {
        <section class="s-section" aria-label="Next" data-test="bag-next">
            <h2 class="s-section__heading">{ "Next" }</h2>
            <form onsubmit={go} novalidate=true>
                <fieldset class="nhsuk-fieldset"><legend class="nhsuk-fieldset__legend s-label">{ "What happened?" }</legend>
                <div class="nhsuk-radios">{ for steps.iter().map(|step| {
                    let (step, chosen, sure) = (*step, chosen.clone(), sure.clone());
                    let label = if typed && step == Step::Accept { "A crew without Satchel took the person and the bag" } else { press(step) };
                    let checked = *chosen == Some(step);
                    html! { <crate::parts::form::Radio name="bag-step" mark={format!("bag-step-{}", step.code())} {label} {checked}
                        pick={Callback::from(move |()| {
                            chosen.set(Some(step));
                            sure.set(false);
                        })} /> }
                }) }</div></fieldset>
                if !disputed.is_empty() {
                    <fieldset class="nhsuk-fieldset"><legend class="nhsuk-fieldset__legend s-label">{ "Who really had it?" }</legend>
                    <div class="nhsuk-radios">{ for disputed.iter().enumerate().map(|(n, holding)| {
                        let (last, keeps) = (holding.last, keeps.clone());
                        let checked = last.is_some() && *keeps == last;
                        html! { <crate::parts::form::Radio name="bag-keeps" mark={format!("bag-keeps-{n}")} label={who(holding)} {checked}
                            pick={Callback::from(move |()| keeps.set(last))} /> }
                    }) }</div></fieldset>
                }
                if let (Some(step), Some(ends)) = (*chosen, ending) {
                    <div class="s-note s-note--warn" role="alert" data-test="bag-step-sure">{ icons::warning() }<div>
                        <p><strong>{ format!("{}?", press(step)) }</strong></p>
                        <p>{ ends }</p>
                    </div></div>
                    <button type="button" class="nhsuk-button s-primary" data-test="bag-step-back" onclick={back}>{ "No, go back" }</button>
                    <button type="submit" class="nhsuk-button nhsuk-button--warning" data-test="bag-step-go" disabled={on.saving}>
                        { format!("Yes: {}", press(step).to_lowercase()) }</button>
                } else if let Some(step) = *chosen {
                    if typed && step == Step::Accept {
                        { text("bag-crew-name", ("Their name", ""), &name) }
                        { text("bag-crew-organisation", ("Their service", ""), &organisation) }
                    }
                    { text("bag-place", ("Call sign, ward or place", ""), &place) }
                    if step.hands_over() || step == Step::Return {
                        { on.carried((&tracker, &items), "Leave it empty if you did not count.") }
                    }
                    { text("bag-remark", (if step.needs_why() { "Why it was a mistake" } else { "Anything to add" }, ""), &remark) }
                    if step.hands_over() && !(typed && step == Step::Accept) {
                        <Pin id="bag-pin" label="Your PIN, to sign for it" value={pin} />
                    }
                    <button type="submit" class="nhsuk-button s-primary" data-test="bag-step-go" disabled={on.saving}>
                        { if typed && step == Step::Accept { "The crew has the bag" } else { press(step) } }</button>
                }
            </form>
        </section>
    }
}
