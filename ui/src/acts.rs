//! What a press does: asks the device and tells the state what came back. No page calls the device itself, and nothing here
//! decides anything: one question, one action.

mod bag;
mod later;
mod visits;

use crate::ask::ask;
use crate::routes::Part;
use crate::state::{Action, Left, State};
use desk::ask::{
    AskLicence, BreakGlass, CarryOutbox, ChangePin, ClaimRelationship, EndChoice, EndGlass, Enrol, GetPack, GetReady,
    GetReceipts, GetStatus, GiveLicence, HideOutbox, OpenCaseload, OpenChart, OpenForReason, OpenOwn, OpenOwnSource,
    OpenPlan, OpenSource, PlanAsideDone, PlanHistory, PlanSeen, ReadCodes, ReadLicence, ReadyGlass, RecordChoice,
    ScanCode, SetAirplane, ShowOutbox, SignIn, SignOut, Sort, SyncNow, TakeLicence, WhoLooked,
};
use desk::plan::PlanPage;
use desk::view::Status;
use desk::{Question, Trouble};
use later::Modules;
use record::consent::Purpose;
use record::plan::Heads;
use record::{PersonId, Sections, StaffId};
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Reducible, UseReducerDispatcher, UseStateHandle};

pub use later::{Fetching, Later};

impl Reducible for State {
    type Action = Action;
    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let happened = self.happened.wrapping_add(1);
        Rc::new(State { happened, ..Rc::unwrap_or_clone(self).after(action) })
    }
}

/// The codes in a picture; nothing where the device cannot read it. It changes nothing that the screen knows, so it tells the state nothing.
pub async fn read_codes(picture: String) -> Option<Vec<String>> {
    ask(ReadCodes { picture: picture.into() }).await.ok()
}

/// The code that the phone's own scanner reads, until it is asked with `on` false to stop; nothing where it cannot be used now.
pub async fn scan_code(on: bool) -> Option<Vec<String>> {
    ask(ScanCode { on }).await.ok()
}

/// The hands of the screen. Cheap to clone.
#[derive(Clone)]
pub struct Acts {
    tell: UseReducerDispatcher<State>,
    last: Rc<Cell<u32>>,
    modules: Rc<Modules>,
}

impl PartialEq for Acts {
    fn eq(&self, other: &Acts) -> bool {
        Rc::ptr_eq(&self.last, &other.last)
    }
}

impl Acts {
    /// `fetch` fetches the modules after the first.
    pub fn new(tell: UseReducerDispatcher<State>, fetch: fn(Part) -> Fetching) -> Acts {
        Acts { tell, last: Rc::default(), modules: Rc::new(Modules::new(fetch)) }
    }

    /// Tells the state something that needs no question.
    pub fn tell(&self, action: Action) {
        self.tell.dispatch(action);
    }

    /// How the device is, without a number: it may come at any time.
    pub fn poll(&self) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(GetStatus {}).await {
                Ok(status) => Action::Status(status),
                Err(trouble) => Action::Lost(trouble),
            });
        });
    }

    /// Asks, and tells what `answered` makes of the answer.
    fn question<Q: Question + 'static>(&self, question: Q, answered: impl FnOnce(u32, Q::Answer) -> Action + 'static) {
        let tell = self.tell.clone();
        self.numbered(|number| async move {
            tell.dispatch(match ask(question).await {
                Ok(answer) => answered(number, answer),
                Err(trouble) => Action::Failed(number, trouble),
            });
        });
    }

    fn numbered<F: Future<Output = ()> + 'static>(&self, task: impl FnOnce(u32) -> F) {
        let number = self.last.get().wrapping_add(1);
        self.last.set(number);
        self.tell.dispatch(Action::Asked(number));
        spawn_local(task(number));
    }

    pub fn enrol(&self, ticket: String, pin: String) {
        self.question(Enrol { ticket: ticket.into(), pin: pin.into() }, |_, status| Action::Enrolled(status));
    }

    pub fn sign_in(&self, staff: StaffId, pin: String) {
        let acts = self.clone();
        self.question(SignIn { staff, pin: pin.into() }, move |number, status| acts.heard(number, status));
    }

    /// Signing out takes the content away at once, whatever the device says.
    pub fn sign_out(&self) {
        self.tell.dispatch(Action::Nudged(desk::Nudge::Locked));
        let acts = self.clone();
        self.question(SignOut {}, move |number, status| acts.heard(number, status));
    }

    /// The question is answered, and its answer is how the device is now.
    fn heard(&self, number: u32, status: Status) -> Action {
        self.tell(Action::Done(number, ""));
        Action::Status(status)
    }

    pub fn change_pin(&self, old: String, new: String) {
        self.question(ChangePin { old: old.into(), new: new.into() }, Action::PinChanged);
    }

    /// Closes the panel: the chip says how it is now.
    pub fn airplane(&self, on: bool) {
        self.tell(Action::Panel(false));
        let acts = self.clone();
        self.question(SetAirplane { on }, move |number, status| acts.heard(number, status));
    }

    pub fn sync(&self) {
        let acts = self.clone();
        self.question(SyncNow {}, move |number, posted| {
            acts.poll();
            let news = posted.people_added + posted.people_removed + posted.facts_changed + posted.plans_changed > 0;
            if news {
                acts.tell(Action::Nudged(desk::Nudge::Caseload));
            }
            let said = if news { "Sync finished. There are updates." } else { "Sync finished. Nothing new." };
            Action::Done(number, said)
        });
    }

    pub fn receipts(&self) {
        self.tell(Action::Go(crate::routes::Page::Receipts, None));
        self.question(GetReceipts {}, |number, receipts| Action::Left(number, Left::Receipts(Box::new(receipts))));
    }

    pub fn ready(&self) {
        self.tell(Action::Go(crate::routes::Page::Ready, None));
        self.question(GetReady {}, |number, ready| Action::Left(number, Left::Ready(Box::new(ready))));
    }

    /// Shows the code by which a colleague's device fetches what is unsent here.
    pub fn show_outbox(&self) {
        self.question(ShowOutbox {}, Action::Outbox);
    }

    /// What came of it so far; 0 is nobody's number.
    pub fn look_at_outbox(&self) {
        let tell = self.tell.clone();
        spawn_local(async move {
            if let Ok(shown) = ask(ShowOutbox {}).await {
                tell.dispatch(Action::Outbox(0, shown));
            }
        });
    }

    pub fn hide_outbox(&self) {
        spawn_local(async move {
            // A device that does not answer shows nothing either.
            let _ = ask(HideOutbox {}).await;
        });
    }

    /// Takes along what the device that shows this code has sealed.
    pub fn carry_outbox(&self, code: String) {
        self.question(CarryOutbox { code }, |number, carried| Action::Left(number, Left::Carried(carried)));
    }

    /// A round with the hub, then the page as it is after it, however the round ended.
    pub fn sync_then_receipts(&self) {
        self.sync_then(GetReceipts {}, |receipts| Left::Receipts(Box::new(receipts)));
    }

    pub fn sync_then_ready(&self) {
        self.sync_then(GetReady {}, |ready| Left::Ready(Box::new(ready)));
    }

    fn sync_then<Q: Question + 'static>(&self, question: Q, shown: impl FnOnce(Q::Answer) -> Left + 'static) {
        let tell = self.tell.clone();
        self.numbered(|number| async move {
            let synced = ask(SyncNow {}).await;
            if let Ok(answer) = ask(question).await {
                // 0 is nobody's number: what is waited for is the round.
                tell.dispatch(Action::Left(0, shown(answer)));
            }
            tell.dispatch(match synced {
                Ok(_) => Action::Done(number, "Up to date with the hub."),
                Err(trouble) => Action::Failed(number, trouble),
            });
        });
    }

    /// The whole list: it is searched and sorted on the screen, so that it is recorded once.
    pub fn list(&self) {
        self.question(OpenCaseload { search: String::new(), sort: Sort::Name }, Action::Listed);
    }

    /// Opens a record: for the purpose, or for a reason of the programme's list where it asks for one first.
    pub fn look(&self, state: &State, person: PersonId, purpose: Purpose) {
        let Some(reason) = state.reason_for(purpose) else { return self.open(person, purpose) };
        self.tell(Action::Reason(reason.clone()));
        self.question(OpenForReason { person, reason, wants: Sections::ALL }, move |number, chart| {
            Action::Opened(number, purpose, Box::new(chart))
        });
    }

    fn open(&self, person: PersonId, purpose: Purpose) {
        self.tell(Action::Purpose(purpose));
        self.question(OpenChart { person, purpose, wants: Sections::ALL }, move |number, chart| {
            Action::Opened(number, purpose, Box::new(chart))
        });
    }

    pub fn source(&self, person: PersonId, purpose: Purpose, key: String) {
        self.question(OpenSource { person, purpose, key }, Action::Sourced);
    }

    /// What the user's own organisation wrote itself.
    pub fn own(&self, person: PersonId, purpose: Purpose) {
        self.question(OpenOwn { person, purpose }, |number, own| Action::Own(number, Box::new(own)));
    }

    pub fn own_source(&self, person: PersonId, purpose: Purpose, key: String) {
        self.question(OpenOwnSource { person, purpose, key }, Action::Sourced);
    }

    pub fn looks(&self, person: PersonId) {
        self.question(WhoLooked { person }, Action::Looked);
    }

    /// The care plan as it stands, or as it stood.
    pub fn plan(&self, person: PersonId, purpose: Purpose, moment: Option<Heads>) {
        self.question(OpenPlan { person, purpose, moment }, |number, page| Action::Planned(number, Box::new(page)));
    }

    pub fn plan_history(&self, asked: PlanHistory) {
        self.question(asked, Action::PlanLines);
    }

    /// Any change of the plan. Not numbered: its answer is the plan as it now is, whatever was pressed meanwhile.
    pub fn plan_change<Q: Question<Answer = PlanPage> + 'static>(&self, change: Q) {
        let tell = self.tell.clone();
        tell.dispatch(Action::PlanSaving);
        spawn_local(async move {
            tell.dispatch(match ask(change).await {
                Ok(page) => Action::PlanSaved(Box::new(page)),
                Err(trouble) => Action::PlanNotSaved(trouble),
            });
        });
    }

    pub fn plan_seen(&self, person: PersonId, newest: Heads) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(PlanSeen { person, newest }).await {
                Ok(status) => Action::PlanSeen(status),
                Err(trouble) => Action::Lost(trouble),
            });
        });
    }

    pub fn plan_aside_done(&self, person: PersonId) {
        let tell = self.tell.clone();
        spawn_local(async move {
            tell.dispatch(match ask(PlanAsideDone { person }).await {
                Ok(status) => Action::PlanAsideDone(status),
                Err(trouble) => Action::Lost(trouble),
            });
        });
    }

    /// Records a choice; after a yes, asks for the record again.
    pub fn choose(&self, state: &Rc<State>, choice: RecordChoice, purpose: Purpose) {
        use record::consent::Choice;
        let acts = self.clone();
        let (person, chosen) = (choice.person, choice.choice);
        let (tell, state) = (self.tell.clone(), state.clone());
        self.numbered(|number| async move {
            match ask(choice).await {
                Ok(status) => {
                    tell.dispatch(Action::Chosen(number, chosen, status));
                    if matches!(chosen, Choice::Y1 | Choice::Y2 | Choice::Y3) {
                        acts.look(&state, person, purpose);
                    }
                }
                Err(trouble) => tell.dispatch(Action::Failed(number, trouble)),
            }
        });
    }

    /// What ends their choice has happened.
    pub fn end_choice(&self, person: PersonId) {
        self.question(EndChoice { person }, |number, status| {
            Action::Chosen(number, record::consent::Choice::None, status)
        });
    }

    /// Nothing is recorded yet: `ready` says that the PIN was right.
    pub fn ready_glass(&self, declared: ReadyGlass, ready: UseStateHandle<bool>) {
        self.question(declared, move |number, _| {
            ready.set(true);
            Action::Done(number, "")
        });
    }

    /// The status comes with it, so that the banner is there as soon as the record is.
    pub fn break_glass(&self, (person, purpose): (PersonId, Purpose)) {
        let acts = self.clone();
        self.question(BreakGlass { person }, move |number, chart| {
            acts.poll();
            Action::Opened(number, purpose, Box::new(chart))
        });
    }

    /// The programme's pack. Before the first sync there is none, and that is no trouble to show.
    pub fn pack(&self) {
        let tell = self.tell.clone();
        spawn_local(async move {
            if let Ok(pack) = ask(GetPack {}).await {
                tell.dispatch(Action::Packed(Box::new(pack)));
            }
        });
    }

    pub fn end_glass(&self) {
        self.question(EndGlass {}, Action::GlassEnded);
    }

    pub fn claim(&self, claim: ClaimRelationship) {
        self.question(claim, Action::Claimed);
    }

    /// A code for a colleague, to lengthen this device's licence.
    pub fn ask_licence(&self) {
        self.question(AskLicence {}, Action::LicenceShown);
    }

    pub fn read_licence(&self, code: String) {
        self.question(ReadLicence { code }, Action::LicenceRead);
    }

    pub fn give_licence(&self, code: String, pin: String) {
        self.question(GiveLicence { code, pin: pin.into() }, Action::LicenceShown);
    }

    pub fn take_licence(&self, code: String) {
        self.question(TakeLicence { code }, Action::LicenceTaken);
    }

    /// A refusal to go on, made by a form before it asks.
    pub fn failed(&self, trouble: Trouble) {
        self.tell(Action::Lost(trouble));
    }
}
