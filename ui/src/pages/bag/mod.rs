//! The eRed Bag: where it is, what must be said before it goes, the form in 27 sections, belongings, and every passage. It lays out what the
//! device answered and passes intents on; what may be done is `record::bag`'s, and decided by the device.

mod belongings;
mod form;
mod journey;
mod kept;
mod take;

use crate::acts::Acts;
use crate::parts::form::{Area, submit, text};
use crate::parts::qr::{MovingQr, Qr};
use crate::parts::{Opening, errors, heading, icons, look, use_page, use_screen};
use crate::routes::Page;
use crate::state::{Action, BagAction};
use crate::words::count;
use belongings::Belongings;
use desk::ask::{ConfirmBag, MoveBag, StartBag, WriteBag};
use desk::bag::{BagBeside, BagFile, BagLine, BagMove, BagPage, Printed, ShownBag};
use form::{Form, Reading};
use journey::{Journey, Where};
use kept::use_kept;
use record::PersonId;
use record::bag::belongings::{Belonging, Column};
use record::bag::{BagSection, ItemId, State, Step};
use record::consent::Purpose;
use record::visit::PhotoId;
use std::rc::Rc;
use yew::prelude::*;

pub use take::TakePage;

/// What every piece of the page needs.
#[derive(Clone, PartialEq)]
pub(super) struct On {
    pub(super) page: Opening<BagPage>,
    pub(super) purpose: Purpose,
    pub(super) saving: bool,
    /// Nothing at all waits on this device.
    pub(super) all_held: bool,
    /// The file that is open, and one that was asked for.
    pub(super) file: Option<Opening<BagFile>>,
    pub(super) file_asked: Option<PhotoId>,
    pub(super) acts: Acts,
}

impl On {
    pub(super) fn bag(&self) -> Option<&ShownBag> {
        self.page.bag.as_deref()
    }

    /// The user works on the form.
    pub(super) fn writes(&self) -> bool {
        self.bag().is_some_and(|bag| bag.home && !bag.custody.state().is_some_and(State::is_over)) && self.page.carried
    }

    pub(super) fn write(&self, line: BagLine) {
        self.acts.bag_change(WriteBag { person: self.page.person, purpose: self.purpose, line });
    }

    pub(super) fn confirm(&self, section: Option<BagSection>) {
        self.acts.bag_change(ConfirmBag { person: self.page.person, purpose: self.purpose, section });
    }

    /// A button that opens a file of the bag, and where it is.
    pub(super) fn file(&self, id: PhotoId, (name, alt): (&str, &str)) -> Html {
        let open = self.file.as_ref().filter(|page| page.file == id);
        let press = {
            let (on, close) = (self.clone(), open.is_some_and(|page| page.picture.is_some()));
            Callback::from(move |_: MouseEvent| {
                if close {
                    on.acts.tell(Action::Bag(BagAction::FileClosed));
                } else {
                    on.acts.bag_file(on.page.person, on.purpose, id);
                }
            })
        };
        let saved = open.and_then(|page| page.saved);
        // EXPOSE: because this is the picture that was asked for.
        let shown = open.and_then(|page| Some((page.picture.as_ref()?.expose().as_str(), page.audit_seq)));
        let view = self.bag().and_then(|bag| bag.files.iter().find(|view| view.id == id));
        html! {
            <>
            { look::look(shown, self.file_asked == Some(id), (name, alt), press) }
            <span class="s-quiet" role="status">{ match saved {
                Some(Printed::Saved) => " A copy was saved. It is outside Satchel now.".to_owned(),
                Some(Printed::NotSaved) => " It was not saved.".to_owned(),
                None => format!(" {}", look::place(view, self.all_held)),
            } }</span>
            </>
        }
    }

    pub(super) fn step(&self, step: Step, remark: String) -> BagMove {
        let seen = self.bag().map(|bag| bag.custody.lasts()).unwrap_or_default();
        let (place, tracker) = (String::new(), String::new());
        BagMove { step, seen, keeps: None, typed: None, place, tracker, items: None, remark }
    }

    /// What was read from the bag and counted in it. Asked at each hand-over; nobody need answer.
    pub(super) fn carried(
        &self,
        (tracker, items): (&UseStateHandle<String>, &UseStateHandle<String>),
        hint: &str,
    ) -> Html {
        let own = self.bag().map(|bag| bag.header.tracker.as_str()).filter(|own| !own.is_empty());
        let own = own.map_or_else(String::new, |own| format!("It should be {own}."));
        html! {
            <>
            { text("bag-read-tracker", ("Number on the bag, as you read it (optional)", &own), tracker) }
            { text("bag-read-items", ("Things in the bag (optional)", hint), items) }
            </>
        }
    }

    pub(super) fn take(&self, step: BagMove) {
        self.acts.bag_change(MoveBag { person: self.page.person, purpose: self.purpose, step });
    }
}

#[component]
pub fn BagView() -> Html {
    let screen = use_screen();
    use_page(Page::Bag.title(), false);
    let state = &screen.state;
    let Some(page) = state.bags.page.clone() else { return Html::default() };
    let on = On {
        all_held: state.held_since(page.opened),
        page: page.into(),
        purpose: state.purpose,
        saving: state.bags.saving,
        file: state.bags.file.clone().map(Opening::from),
        file_asked: state.bags.file_asked,
        acts: screen.acts.clone(),
    };
    let inside = state.chart.is_some();
    html! {
        <div class="s-plan s-bag" data-test="bag">
            { heading("eRed Bag") }
            if !inside {
                <p class="s-bag__who"><strong>{ &on.page.banner }</strong></p>
            }
            { errors::notice(state.notice) }
            { errors::trouble(state.trouble.as_ref()) }
            if let Some(bag) = on.bag() {
                { saved(&on, bag) }
                { for on.page.others.iter().map(beside) }
                <Where on={on.clone()} />
                if on.writes() { <Release on={on.clone()} /> }
                if !on.writes() { <Reading on={on.clone()} /> }
                <Journey on={on.clone()} answer={state.bags.answer.clone().map(Opening::from)} />
                if on.writes() { <Form on={on.clone()} /> }
                <Belongings on={on.clone()} />
            } else if on.page.carried {
                <p>{ "No bag has been begun for this person." }</p>
            } else {
                <p>{ "Only the slip of this bag was read. The whole bag is not on this device." }</p>
            }
            if let Some(leaves) = on.page.leaves {
                { not_mine(&on.acts, on.page.person, &format!("It leaves this device by itself {} if nobody here takes it over.", leaves.display())) }
            }
            if on.page.may_begin { <Start on={on.clone()} /> }
            <p class="s-quiet">{ format!("This look was recorded as entry {}.", on.page.audit_seq) }</p>
        </div>
    }
}

/// Where what was written is. Never a green tick for what is only here.
fn saved(on: &On, bag: &ShownBag) -> Html {
    let words = match (on.saving, bag.waiting) {
        (true, _) => "Saving on this device".to_owned(),
        (false, 0) => "Everything in this bag is held by the hub.".to_owned(),
        (false, waiting) => format!("{} saved on this device, not yet sent.", count(waiting as usize, "note", "notes")),
    };
    html! {
        <>
        <p class="s-quiet" role="status" data-test="bag-saved">{ words }</p>
        if !bag.seen.is_empty() {
            <p class="s-quiet" data-test="bag-seen">{ for bag.seen.iter().map(|seen| format!("Opened with what you put in it by: {}, {}. ", seen.who(), seen.at.display())) }</p>
        }
        { for bag.refused.iter().map(|why| html! {
            <p class="s-note s-note--warn">{ icons::warning() }
                <span>{ format!("The hub did not take a note of yours: {why}. It is kept on this device. Tell your administrator.") }</span></p>
        }) }
        if let Some(at) = bag.corrected {
            <p class="s-note s-note--warn" role="status" data-test="bag-corrected">{ icons::warning() }
                <strong>{ format!("Corrected after release, {}. What was sent before no longer holds.", at.display()) }</strong></p>
        }
        if bag.due {
            <p class="s-note" data-test="bag-due">{ "Nobody has looked over this form for a month. Check it while there is time." }</p>
        }
        </>
    }
}

/// A bag that was read here and is another's: out of the way, and two presses.
fn not_mine(acts: &Acts, person: PersonId, words: &str) -> Html {
    let acts = acts.clone();
    let press = Callback::from(move |_: MouseEvent| acts.bag_not_mine(person));
    html! {
        <details class="nhsuk-details" data-test="bag-not-mine">
            <summary class="nhsuk-details__summary"><span class="nhsuk-details__summary-text">{ "This bag is not for me" }</span></summary>
            <div class="nhsuk-details__text">
                <p>{ format!("You have read this bag and not taken it over. {words}") }</p>
                <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-not-mine-go" onclick={press}>
                    { "Remove it from this device now" }</button>
            </div>
        </details>
    }
}

/// Another open bag of this person: nobody should think that this is the only one.
fn beside(bag: &BagBeside) -> Html {
    let state = bag.state.map_or("several say that they have it", State::label);
    html! {
        <p class="s-note s-note--warn" data-test="bag-beside">{ icons::warning() }<span>{ format!(
            "Another bag of this person is open: begun by {}, {}. {state}. It is shown here once this one is closed or cancelled.",
            bag.home, bag.opened.display()) }</span></p>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct OnProps {
    pub(super) on: On,
}

/// Beginning a bag.
#[component]
fn Start(props: &OnProps) -> Html {
    let tracker = use_state(String::new);
    let on = props.on.clone();
    let begin = {
        let tracker = tracker.clone();
        submit(move || {
            let (person, purpose, tracker) = (on.page.person, on.purpose, (*tracker).clone());
            on.acts.bag_change(StartBag { person, purpose, tracker });
        })
    };
    html! {
        <form onsubmit={begin} novalidate=true class="s-section">
            <h2 class="s-section__heading">{ "Begin a bag" }</h2>
            { text("bag-tracker", ("Number on the bag, if you know it", ""), &tracker) }
            <button type="submit" class="nhsuk-button s-primary" data-test="bag-start" disabled={props.on.saving}>{ "Begin" }</button>
        </form>
    }
}

/// What must be said before it goes, and letting it go: everything a carer needs with the ambulance at the door.
#[component]
fn Release(props: &OnProps) -> Html {
    let on = props.on.clone();
    let (reason, why) = (use_kept(&on, "bag-reason", ""), use_kept(&on, "bag-why", ""));
    let tracker = use_state(|| on.bag().map(|bag| bag.header.tracker.clone()).unwrap_or_default());
    let items = use_state(String::new);
    let Some(bag) = on.bag() else { return Html::default() };
    let counted = counted(bag, Column::LeavingHome);
    let item = ItemId::of(BagSection::Transfer.code(), "reason");
    let said = bag.form.iter().find(|f| f.section == BagSection::Transfer);
    let said: Vec<_> = said.map(|f| f.entries.iter().filter(|e| e.item == item).cloned().collect()).unwrap_or_default();
    let home = bag.custody.state().is_some_and(State::is_at_home);
    let step = if home { Step::Release } else { Step::Correct };
    let save = {
        let (on, reason, seen) =
            (on.clone(), reason.clone(), said.iter().flat_map(|e| e.notes.clone()).collect::<Vec<_>>());
        submit(move || {
            let text = (*reason).trim().to_owned();
            if !text.is_empty() {
                let (section, seen) = (BagSection::Transfer, seen.clone());
                on.write(BagLine {
                    section,
                    item,
                    text: text.into(),
                    why: String::new(),
                    from: None,
                    as_found: false,
                    seen,
                });
                reason.set(String::new());
            }
        })
    };
    let confirm = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| on.confirm(None))
    };
    let go = {
        let (on, why, tracker, items) = (on.clone(), why.clone(), tracker.clone(), items.clone());
        Callback::from(move |_: MouseEvent| {
            let mut made = on.step(step, (*why).clone());
            if home {
                made.tracker = (*tracker).clone();
                made.items = items.trim().parse().ok().or(counted);
            }
            on.take(made);
            why.set(String::new());
        })
    };
    html! {
        <section class="s-section" aria-label="Before it goes" data-test="bag-before">
            <h2 class="s-section__heading">{ if home { "Before it goes" } else { "Correct what was sent" } }</h2>
            <form onsubmit={save} novalidate=true>
                { for said.iter().map(|entry| html! { <p data-test="bag-reason-said"><strong>{ "Reason: " }</strong>{ &entry.text }</p> }) }
                <Area id="bag-reason" label={if said.is_empty() { "Why is the person going to hospital?" } else { "Change the reason" }}
                    value={reason} rows={2} />
                <button type="submit" class="nhsuk-button nhsuk-button--secondary" data-test="bag-reason-save" disabled={on.saving}>
                    { "Save the reason" }</button>
            </form>
            if bag.unchecked > 0 {
                <p data-test="bag-unchecked">{ format!("{} from the record and plan not checked yet. Read them below; if all are right, say so once.",
                    count(bag.unchecked as usize, "line is", "lines are")) }</p>
                <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-confirm-all" disabled={on.saving}
                    onclick={confirm}>{ "I have read them, and they are right" }</button>
            } else {
                <p data-test="bag-all-checked">{ "Every line has been checked." }</p>
            }
            if !bag.missing.is_empty() {
                <div class="s-note s-note--warn" data-test="bag-missing">{ icons::warning() }<div>
                    <p>{ "It cannot go yet:" }</p>
                    <ul class="nhsuk-list nhsuk-list--bullet">{ for bag.missing.iter().map(|m| html! { <li>{ m.mend() }</li> }) }</ul>
                </div></div>
            }
            if !home && bag.next.contains(&Step::Correct) {
                <Area id="bag-why" label="What you are correcting" value={why} rows={2} />
            }
            if home && bag.next.contains(&step) {
                { on.carried((&tracker, &items), &counted.map_or_else(String::new, |n| format!("Left empty: {n}, as counted leaving home."))) }
            }
            if bag.next.contains(&step) {
                <button type="button" class="nhsuk-button s-primary" data-test="bag-release" disabled={on.saving || !bag.missing.is_empty()}
                    onclick={go}>{ if home { "Release the bag" } else { "Release the correction" } }</button>
            }
        </section>
    }
}

/// How many things were counted at one place, if any were.
fn counted(bag: &ShownBag, column: Column) -> Option<u32> {
    let last = |thing: &Belonging| thing.counts.iter().rfind(|count| count.column == column).map(|count| count.count);
    let counts: Vec<u32> = bag.belongings.iter().filter_map(last).collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

/// The codes, for whoever takes the person.
#[component]
pub fn CodesPage() -> Html {
    let screen = use_screen();
    use_page(Page::BagCodes.title(), false);
    let moving = use_state(|| false);
    {
        let acts = screen.acts.clone();
        use_effect_with((), move |()| move || acts.bag_hidden());
    }
    let Some(codes) = screen.state.bags.codes.clone() else { return Html::default() };
    let frames = Rc::new(codes.pictures.clone());
    let swap = {
        let moving = moving.clone();
        Callback::from(move |_: MouseEvent| moving.set(!*moving))
    };
    // Looked at anew: the bag may have been taken over meanwhile.
    let done = {
        let (acts, person, purpose) = (screen.acts.clone(), screen.state.bag_of(), screen.state.purpose);
        Callback::from(move |_: MouseEvent| {
            if let Some(person) = person {
                acts.bag(person, purpose);
            }
        })
    };
    html! {
        <div class="s-narrow" data-test="bag-codes">
            { heading("Show this to the crew") }
            { errors::trouble(screen.state.trouble.as_ref()) }
            if *moving {
                <p>{ "2. Hold their camera on this until their ring is full." }</p>
                <MovingQr frames={frames} label="Moving code of the whole bag" mark="bag-frames" />
            } else {
                <p>{ "1. They scan this first. On the same Wi-Fi the whole bag follows by itself." }</p>
                <Qr modules={codes.picture.clone()} label="QR code of the slip" mark="bag-slip" />
            }
            <button type="button" class="nhsuk-button s-primary" data-test="bag-swap" onclick={swap}>
                { if *moving { "Show the slip again" } else { "Next: the whole bag" } }</button>
            <label class="nhsuk-label s-label" for="bag-slip-text">{ "The slip as text" }</label>
            <textarea class="nhsuk-textarea s-code__text" id="bag-slip-text" data-test="bag-slip-text" rows="4" readonly=true
                value={codes.slip.clone()} />
            <p class="s-quiet">{ "Whoever scans these has the bag. Show them only to the person who takes the resident. It is recorded that you did." }</p>
            <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-codes-done" onclick={done}>{ "Done" }</button>
        </div>
    }
}
