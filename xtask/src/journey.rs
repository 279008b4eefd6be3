//! The journey through the window that the demo shows and the window test proves, as data: one beat a line. How a beat is
//! done is in `demo.rs`; what the page's elements are called is agreed with `ui` (`data-test`).

use crate::region::PIN;

/// One thing done or seen.
pub struct Beat {
    pub say: &'static str,
    pub act: Act,
}

impl Act {
    /// Whether a finger goes down for it: on something, or into a field.
    pub const fn is_a_tap(&self) -> bool {
        matches!(self, Act::Press(_) | Act::PressNth(..) | Act::Write(..) | Act::WriteAnswer(_))
    }

    /// Whether the journey can go on when this beat fails.
    pub fn is_a_look_aside(&self) -> bool {
        matches!(self, Act::DoorShut | Act::NoBarrier)
    }
}

/// What a beat does. Elements are named by their `data-test`, or by a CSS selector with a bracket in it.
pub enum Act {
    /// Opens the window.
    Open,
    /// Writes into a field, after emptying it.
    Write(&'static str, &'static str),
    /// Chooses a picture for a field that takes files: the program's own icon.
    Choose(&'static str),
    /// A colleague, on another device, shows the one bag there is.
    Codes,
    /// Chooses the picture of the slip they show.
    ChooseSlip(&'static str),
    /// Runs a script about the camera, with the pictures of the colleague's codes; it answers whether all is as it should be.
    Camera(&'static str),
    /// Writes the ticket that the hub gave for this device.
    WriteTicket(&'static str),
    /// Presses something.
    Press(&'static str),
    /// Presses the nth of several.
    PressNth(&'static str, u64),
    /// Something is shown within a few seconds.
    See(&'static str),
    /// There are at least so many of something.
    Count(&'static str, u64),
    /// Something is shown and says this.
    Says(&'static str, &'static str),
    /// The page can reach nothing but the one question and the one event.
    DoorShut,
    /// Nothing on the page keeps a person out, as far as a machine can judge.
    NoBarrier,
    /// A picture at both sizes.
    Picture(&'static str),
    /// There are so many papers in the tray, and each is a PDF.
    Papers(usize),
    /// A finger draws on the box that is signed.
    Sign,
    /// From here on taps are counted, and time: a press is one, and so is going into a field.
    Clock,
    /// So many taps at most since then; how many there were, and the time, is told.
    Clocked(u32),
    /// A crew's device, beside the window, takes over the bag that a colleague shows, with its own PIN.
    Crew,
    /// Writes the answer that the crew's device shows.
    WriteAnswer(&'static str),
    /// The hospital's device takes the step of this code, and tells the hub.
    Hospital(&'static str),
    /// The bag is opened anew until it says this of where it is.
    Reopened(&'static str),
    /// A colleague, on another device, decides otherwise about the same person's plan.
    Colleague,
    /// The hub dies as by a power cut.
    CutHub,
    /// The hub comes back.
    HubBack,
}

/// The whole journey.
pub fn journey() -> Vec<Beat> {
    let mut beats = to_the_plan();
    beats.extend(crate::journey_codes::codes());
    beats.extend(crate::journey_bag::there_and_back());
    beats.extend(crate::journey_bag::well_kept());
    beats.extend(crate::journey_visits::visits());
    beats.extend(from_the_refusal());
    beats
}

const ADD_GOAL: &str = "[data-test^=add-goal-]";
const GOAL_STATUS: &str = "[data-test^=decide-goal-status-]";

fn to_the_plan() -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    vec![
        beat("the window opens on a device that nobody has set up", Act::Open),
        beat("it asks for the ticket from the hub", Act::See("ticket")),
        beat("the page can do nothing but ask", Act::DoorShut),
        beat("a picture of setting up", Act::Picture("1-set-up")),
        beat("no barrier on the page: setting up", Act::NoBarrier),
        beat("the ticket is typed", Act::WriteTicket("ticket")),
        beat("a PIN is chosen", Act::Write("enrol-pin", PIN)),
        beat("and repeated", Act::Write("enrol-pin-again", PIN)),
        beat("the device is enrolled", Act::Press("enrol-submit")),
        beat("it is online with its hub", Act::Says("status", "Online")),
        beat("the device is locked", Act::Press("lock")),
        beat("it asks who is holding it", Act::See("pin")),
        beat("a picture of signing in", Act::Picture("2-sign-in")),
        beat("no barrier on the page: signing in", Act::NoBarrier),
        beat("the PIN is typed", Act::Write("pin", PIN)),
        beat("signing in", Act::Press("signin-submit")),
        beat("the caseload is there", Act::Count("caseload-row", 5)),
        beat("a picture of the caseload", Act::Picture("3-caseload")),
        beat("no barrier on the page: the caseload", Act::NoBarrier),
        beat("a record is opened", Act::PressNth(CARRIED, 0)),
        beat("the banner says whose record it is", Act::See("banner")),
        beat("the record is there", Act::See("chart")),
        beat("a picture of the record", Act::Picture("4-record")),
        beat("no barrier on the page: the record", Act::NoBarrier),
        beat("the care plan is opened", Act::Press("to-plan")),
        beat("it is there, and blank", Act::See("plan")),
        beat("the first heading is edited", Act::Press("edit-about-most-important")),
        beat("words are written", Act::Write("field-about-most-important", "My garden, and my dog Bess.")),
        beat("they save themselves", Act::Says("plan-saved", "edit")),
        beat("the editor is closed", Act::Press("edit-about-most-important")),
        beat("the words are there", Act::Says("shown-about-most-important", "my dog Bess")),
        beat("a need is added", Act::Press("add-need-care")),
        beat("in words", Act::Write("new-need-care", "Falls at night")),
        beat("and saved", Act::Press("save-need-care")),
        beat("it stands in the plan", Act::Says("entry-need", "Falls at night")),
        beat("a goal is added to it", Act::Press(ADD_GOAL)),
        beat("in words", Act::Write("[data-test^=new-goal-]", "To sleep through the night")),
        beat("and saved", Act::Press("[data-test^=save-goal-]")),
        beat("how far it has got is recorded", Act::Press(GOAL_STATUS)),
        beat("they work towards it", Act::Press("label[for^=value-goal-status-][for$=-active]")),
        beat(
            "on what was seen",
            Act::Write("[data-test^=basis-goal-status-]", "Up twice a night this week, four times last week"),
        ),
        beat("it is saved", Act::Press("[data-test^=settle-goal-status-]")),
        beat("it stands", Act::Says("[data-test^=decision-goal-status-]", "Rests on: Up twice")),
        beat("a CPR decision is recorded", Act::Press("decide-cpr")),
        beat("not for CPR", Act::Press("label[for=value-cpr-450476008]")),
        beat("on a conversation", Act::Write("basis-cpr", "ReSPECT conversation with her and her daughter")),
        beat("it is saved", Act::Press("settle-cpr")),
        beat("it stands", Act::Says("decision-cpr", "Not for attempted CPR")),
        beat("a picture of the plan", Act::Picture("9-plan")),
        beat("no barrier on the page: the plan", Act::NoBarrier),
        beat("a colleague elsewhere decides otherwise", Act::Colleague),
        beat("the status is opened", Act::Press("status-chip")),
        beat("a sync is asked for", Act::Press("sync-now")),
        beat("it says what came", Act::Says("notice", "There are updates")),
        beat("the status is closed", Act::Press("status-chip")),
        beat("the page says that others changed the plan", Act::Press("plan-refresh")),
        beat("both voices are shown", Act::See("dispute-cpr")),
        beat("and of the goal", Act::See("[data-test^=dispute-goal-status-]")),
        beat("and what others changed", Act::See("plan-news")),
        beat("a picture of the disagreement", Act::Picture("10-plan-disputed")),
        beat("no barrier on the page: the disagreement", Act::NoBarrier),
        beat("the news is seen", Act::Press("plan-seen")),
        beat("the disagreement is settled", Act::Press("decide-cpr")),
        beat("not for CPR", Act::Press("label[for=value-cpr-450476008]")),
        beat("on a second conversation", Act::Write("basis-cpr", "Both of us spoke with her again today")),
        beat("a picture of settling", Act::Picture("11-plan-settling")),
        beat("it is settled", Act::Press("settle-cpr")),
        beat("one voice stands", Act::Says("decision-cpr", "Both of us spoke")),
        beat("the goal's status is settled", Act::Press(GOAL_STATUS)),
        beat("a picture of both voices", Act::Picture("59-goal-disputed")),
        beat("no barrier on the page: settling a goal's status", Act::NoBarrier),
        beat("they work towards it", Act::Press("label[for^=value-goal-status-][for$=-active]")),
        beat("as she said", Act::Write("[data-test^=basis-goal-status-]", "She says two of three nights are good")),
        beat("a picture of settling a goal's status", Act::Picture("57-goal-settling")),
        beat("it is settled", Act::Press("[data-test^=settle-goal-status-]")),
        beat("one voice stands", Act::Says("[data-test^=decision-goal-status-]", "two of three nights")),
        beat("the form's summary is opened", Act::Press("[data-test=empty-respect] summary")),
        beat("it is edited", Act::Press("edit-respect-summary")),
        beat("and written", Act::Write("field-respect-summary", "Heart failure, frail, wishes to stay at home.")),
        beat("it is saved", Act::Says("plan-saved", "edit")),
        beat("the form is to be signed", Act::Press("to-sign-respect")),
        beat("and is", Act::Press("sign-respect")),
        beat("it says who signed", Act::Says("paper-respect", "Signed by")),
        beat("the history is opened", Act::Press("to-plan-history")),
        beat("every change is there", Act::See("plan-history")),
        beat("a picture of the history", Act::Picture("12-plan-history")),
        beat("no barrier on the page: the history", Act::NoBarrier),
        beat("the plan as it once stood is opened", Act::Press("plan-at-2")),
        beat("it is there and cannot be changed", Act::See("plan-then")),
        beat("back to the history", Act::Press("back")),
        beat("back to the plan", Act::Press("back")),
        beat("a picture of the settled plan", Act::Picture("13-plan-settled")),
        beat("a draft is begun", Act::Press("plan-draft-begin")),
        beat("it says that nobody else sees it", Act::Says("plan-draft-shown", "nobody else sees it")),
        beat("a heading is edited in it", Act::Press("edit-about-people")),
        beat("words are written", Act::Write("field-about-people", "Her daughter, at weekends.")),
        beat("they are in the draft", Act::Says("plan-draft-shown", "1 edit on this device, not in the plan")),
        beat("the editor is closed", Act::Press("edit-about-people")),
        beat("the foot of the window says so too", Act::Says("plan-draft-foot", "nobody else sees this")),
        beat("a picture of the draft", Act::Picture("55-plan-draft")),
        beat("no barrier on the page: the draft", Act::NoBarrier),
        beat("it is put into the plan", Act::Press("plan-draft-publish")),
        beat("there is no draft any more", Act::See("plan-draft-begin")),
        beat("the words are in the plan", Act::Says("shown-about-people", "Her daughter")),
        beat("back to the record", Act::Press("back")),
        beat("the record says what the plan decided", Act::Says("plan-says", "Not for attempted CPR")),
        beat("a picture of the record with it", Act::Picture("51-plan-says")),
        beat("no barrier on the page: the record with it", Act::NoBarrier),
        beat("an ambulance is called: the eRed Bag is opened", Act::Press("to-bag")),
        beat("nobody has begun one", Act::See("bag")),
        beat("it is begun", Act::Press("bag-start")),
        beat("it says what must be said before it goes", Act::See("bag-before")),
        beat("why she goes", Act::Write("bag-reason", "Fall in the night, and confused since this morning.")),
        beat("it is saved", Act::Press("bag-reason-save")),
        beat("and stands", Act::Says("bag-reason-said", "confused since this morning")),
        beat("a picture of the bag being prepared", Act::Picture("32-bag")),
        beat("no barrier on the page: the bag", Act::NoBarrier),
        beat("what this home asks besides", Act::Write("bag-new-concern-own-0", "Her daughter's voice")),
        beat("is saved", Act::Press("bag-save-concern-own-0")),
        beat(
            "and stands with its question",
            Act::Says("bag-section-concern", "What calms them when they are upset? Her daughter's voice"),
        ),
        beat("the home's own form is attached", Act::Choose("bag-attach")),
        beat("the bag names it", Act::See("bag-attached")),
        beat("her things are counted", Act::Press("bag-count")),
        beat("one pair of glasses", Act::Press("[data-test=bag-count-glasses] option[value='1']")),
        beat("what state they are in", Act::Write("bag-condition-glasses", "Left arm mended with tape")),
        beat("they are photographed", Act::Choose("bag-photo-glasses")),
        beat("the photograph is kept", Act::See("bag-photos-glasses")),
        beat("a picture of the count", Act::Picture("39-bag-count")),
        beat("no barrier on the page: the count", Act::NoBarrier),
        beat("the count is saved", Act::Press("bag-count-save")),
        beat("the glasses stand in the bag", Act::Says("bag-thing-glasses", "Photo 1 of glasses")),
        beat("with their state", Act::Says("bag-thing-glasses", "mended with tape")),
        beat("a picture of the bag with its files", Act::Picture("40-bag-files")),
        beat("the lines from the record are right", Act::Press("bag-confirm-all")),
        beat("all are checked", Act::See("bag-all-checked")),
        beat("it is released", Act::Press("bag-release")),
        beat("it says so", Act::Says("bag-where", "Released by the home")),
        beat("the codes are asked for", Act::Press("bag-show")),
        beat("the slip is there", Act::See("bag-slip")),
        beat("a picture of the slip", Act::Picture("33-bag-slip")),
        beat("no barrier on the page: the slip", Act::NoBarrier),
        beat("the whole bag is asked for", Act::Press("bag-swap")),
        beat("the moving code is there", Act::See("bag-frames")),
        beat("a picture of the moving code", Act::Picture("34-bag-frames")),
        beat("the crew has it", Act::Press("bag-codes-done")),
        beat("the journey has begun", Act::Says("bag-journey", "Released")),
        beat("the crew that came has no Satchel: it is printed", Act::Press("bag-print")),
        beat("it says where the paper went", Act::Says("bag-printed", "Saved as a PDF")),
        beat("and it is there", Act::Papers(1)),
        beat("a picture of the released bag", Act::Picture("35-bag-released")),
        beat("no barrier on the page: the released bag", Act::NoBarrier),
        beat("back to the record", Act::Press("back")),
        beat("back to the caseload", Act::Press("back")),
    ]
}

fn from_the_refusal() -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    vec![
        beat("a record is asked for whose person said no", Act::PressNth(NOT_CARRIED, 0)),
        beat("it is refused, with the reason", Act::See("refusal")),
        beat("a picture of the refusal", Act::Picture("5-refusal")),
        beat("no barrier on the page: the refusal", Act::NoBarrier),
        beat("what the nurse's own organisation wrote itself is there", Act::Press("refusal-own")),
        beat("it says that it is a part", Act::Says("own-part", "This is a part")),
        beat("a picture of the part", Act::Picture("56-own-part")),
        beat("no barrier on the page: the part", Act::NoBarrier),
        beat("an original of it", Act::Press("open-source-0")),
        beat("is there", Act::See("source")),
        beat("back to the part", Act::Press("back")),
        beat("which is there", Act::See("own")),
        beat("back to the refusal", Act::Press("back")),
        beat("back to the caseload", Act::Press("back")),
        beat("a record is asked for whose person said: only in an emergency", Act::PressNth(SEALED, 0)),
        beat("it is refused", Act::See("refusal")),
        beat("it is an emergency", Act::Press("reask-ETREAT")),
        beat("the glass is offered", Act::Says("refusal-next", "Break the glass")),
        beat("and chosen", Act::Press("refusal-next")),
        beat("a picture of break-glass", Act::Picture("14-break-glass")),
        beat("no barrier on the page: break-glass", Act::NoBarrier),
        beat("a reason", Act::PressNth("[data-test=btg-reason-5]", 0)),
        beat("what is so", Act::PressNth("[data-test=btg-condition-0]", 0)),
        beat("and what is happening", Act::Write("btg-text", "found collapsed at home, alone")),
        beat("the PIN again", Act::Write("btg-pin", PIN)),
        beat("which is checked", Act::Press("btg-submit")),
        beat("what will be recorded is shown", Act::See("btg-ready")),
        beat("a picture of what is confirmed", Act::Picture("14-break-glass-confirmed")),
        beat("no barrier on the page: the confirmation", Act::NoBarrier),
        beat("it is confirmed, and recorded", Act::Press("btg-confirm")),
        beat("the emergency view is there", Act::See("chart")),
        beat("and says until when", Act::Says("btg-banner", "min left")),
        beat("a picture of the emergency view", Act::Picture("15-emergency-view")),
        beat("no barrier on the page: the emergency view", Act::NoBarrier),
        beat("it is ended by hand", Act::Press("btg-end")),
        beat("the caseload is there again", Act::Says("notice", "ended")),
        beat("a record is opened", Act::PressNth(CARRIED, 0)),
        beat("the person wants to talk about their choice", Act::Press("to-consent")),
        beat("a picture of the leaflet's cards", Act::Picture("16-choice")),
        beat("no barrier on the page: the choice", Act::NoBarrier),
        beat("they read Urdu", Act::Press("language-ur")),
        beat("a picture of the cards from right to left", Act::Picture("17-choice-urdu")),
        beat("no barrier on the page: the choice in Urdu", Act::NoBarrier),
        beat("no one, not even in an emergency", Act::PressNth("[data-test=choice-N2]", 0)),
        beat("the form is there to be signed", Act::See("signature")),
        beat("a picture of the form", Act::Picture("18-form")),
        beat("no barrier on the page: the form", Act::NoBarrier),
        beat("they change their mind", Act::PressNth("[data-test=choice-Y3]", 0)),
        beat("they decided themselves", Act::PressNth("[data-test=decided-by-Person]", 0)),
        beat("it is saved", Act::Press("choice-save")),
        beat("the record is there", Act::See("chart")),
        beat("why it is shown", Act::Press("[data-test=why] summary")),
        beat("names who decided", Act::Says("basis", "Decided by")),
        beat("a picture of why", Act::Picture("19-why")),
        beat("back to the caseload", Act::Press("back")),
        beat("somebody who is not on the list", Act::Press("to-claim")),
        beat("a picture of claiming", Act::Picture("20-claim")),
        beat("no barrier on the page: claiming", Act::NoBarrier),
        beat("back to the caseload", Act::Press("back")),
        beat("the status is opened", Act::Press("status-chip")),
        beat("airplane mode is chosen", Act::Press("airplane")),
        beat("the status says so", Act::Says("status", "Airplane")),
        beat("another record is opened in airplane mode", Act::PressNth(CARRIED, 1)),
        beat("it is there", Act::See("chart")),
        beat("a picture of a record in airplane mode", Act::Picture("6-airplane")),
        beat("no barrier on the page: a record in airplane mode", Act::NoBarrier),
        beat("back to the caseload", Act::Press("back")),
        beat("the status is opened", Act::Press("status-chip")),
        beat("airplane mode is left", Act::Press("airplane")),
        beat("the hub dies, as in a power cut", Act::CutHub),
        beat("a third record is opened, with no hub", Act::PressNth(CARRIED, 2)),
        beat("it is there", Act::See("chart")),
        beat("the status says that we are offline", Act::Says("status", "Offline")),
        beat("a picture of a record offline", Act::Picture("7-offline")),
        beat("no barrier on the page: a record offline", Act::NoBarrier),
        beat("who has looked at it is asked", Act::Press("to-who-looked")),
        beat("the look just taken is in the list", Act::See("looks")),
        beat("a picture of who has looked", Act::Picture("8-who-looked")),
        beat("no barrier on the page: who has looked", Act::NoBarrier),
        beat("the hub comes back", Act::HubBack),
        beat("the status says that we are online", Act::Says("status", "Online")),
        beat("back to the record", Act::Press("back")),
        beat("the status is opened", Act::Press("status-chip")),
        beat("before leaving: who is ready", Act::Press("to-ready")),
        beat("everybody is on the page", Act::See("ready-facts")),
        beat("one button brings everything up to date", Act::Press("ready-mend")),
        beat("and says so", Act::Says("notice", "Up to date")),
        beat("a picture of who is ready", Act::Picture("30-ready")),
        beat("no barrier on the page: who is ready", Act::NoBarrier),
        beat("the status is opened", Act::Press("status-chip")),
        beat("where one's own work is", Act::Press("to-receipts")),
        beat("it says where", Act::Says("receipts-sum", "held by the hub")),
        beat("a picture of sent and received", Act::Picture("31-receipts")),
        beat("no barrier on the page: sent and received", Act::NoBarrier),
        beat("a colleague may carry it", Act::Press("to-courier")),
        beat("the code is asked for", Act::Press("courier-show")),
        // A machine without a local network says so, in the same place.
        beat("the code, or that there is no network", Act::See("courier-standing")),
        beat("a picture of being carried by a colleague", Act::Picture("50-courier")),
        beat("no barrier on the page: carried by a colleague", Act::NoBarrier),
        beat("a colleague's code is typed wrong", Act::Write("courier-code", "SATCHEL-CARRY-AAAA")),
        beat("and sent", Act::Press("courier-fetch")),
        beat("it says what to enter", Act::Says("error-summary", "begins with SATCHEL-CARRY")),
        beat("back to sent and received", Act::Press("back")),
        beat("it is there", Act::See("receipts-sum")),
    ]
}

/// The button of a person in the caseload whose record is on the device.
pub const CARRIED: &str =
    "[data-test=caseload-row]:not(:has([data-test=not-carried])):not(:has([data-test=sealed])) button";
/// Of one whose record is sealed, for the person said: only in an emergency.
const SEALED: &str = "[data-test=caseload-row]:has([data-test=sealed]) button";
/// And of one whose record is not, for the person said no.
const NOT_CARRIED: &str = "[data-test=caseload-row]:has([data-test=not-carried]) button";

/// Whether the device behind the page still answers, when the page has not shown what it should.
pub const HEARS: &str = r#"
const done = arguments[arguments.length - 1];
setTimeout(() => done("the device does not answer"), 5000);
window.__TAURI__.core.invoke("ask", { question: '{"GetStatus":{}}' })
  .then(() => done("the device answers"), () => done("the door is shut"));
"#;

/// Tries, from inside the page, what the page must not be able to do, and answers with what it could.
pub const TRY_THE_DOOR: &str = r#"
const done = arguments[arguments.length - 1];
const tries = {
  "set the window's title": () => window.__TAURI__.core.invoke("plugin:window|set_title", { value: "x" }),
  "emit an event": () => window.__TAURI__.event.emit("nudge", 1),
  "open another window": () => window.__TAURI__.core.invoke("plugin:webview|create_webview_window", { options: { label: "x" } }),
  "call an unknown command": () => window.__TAURI__.core.invoke("tell", {}),
  "fetch from the network": () => new Promise((yes, no) => {
    addEventListener("securitypolicyviolation", (refused) => refused.effectiveDirective === "connect-src" && no());
    fetch("http://127.0.0.1:9/").then(yes, () => setTimeout(yes, 1000));
  }),
  "run text as a script": async () => (0, eval)("1"),
  "run a script written into the page": () => new Promise((yes, no) => {
    const script = document.createElement("script");
    script.textContent = "window.__written = true";
    document.head.append(script);
    script.remove();
    window.__written ? yes() : no();
  }),
};
(async () => {
  const could = [];
  for (const [what, attempt] of Object.entries(tries)) {
    try { await attempt(); could.push(what); } catch { }
  }
  done(could);
})();
"#;
