//! The rest of a bag's way through the window, at phone size: its crew and its hospital are devices of their own beside the window, each with its own
//! PIN, and only codes and the hub lie between them. And a bag that was kept well, let go against the clock: taps are counted. The bag's
//! beginning is in `journey.rs`, reading its codes in `journey_codes.rs`.

use crate::journey::{Act, Beat, CARRIED};
use crate::region::PIN;

/// Taps in which a well-kept bag is opened and released.
const TAPS: u32 = 12;

/// A finger's stroke on the box that is signed.
pub const DRAWN: &str = r#"
const box = document.querySelector("[data-test=signature]");
const at = box.getBoundingClientRect();
const touch = (what, x, y) => box.dispatchEvent(new PointerEvent(what,
  { bubbles: true, cancelable: true, pointerId: 1, clientX: at.left + x * at.width, clientY: at.top + y * at.height }));
touch("pointerdown", 0.1, 0.6);
for (let n = 1; n < 40; n += 1) { touch("pointermove", 0.1 + n * 0.02, 0.5 + 0.3 * Math.sin(n / 3)); }
touch("pointerup", 0.9, 0.5);
return true;
"#;

/// From the released bag to its crew, through the hospital and home again, where it is reconciled.
pub fn there_and_back() -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    let mut beats = vec![
        beat("a crew's device takes the bag over from a colleague's screen", Act::Crew),
        beat("the record is opened", Act::PressNth(CARRIED, 0)),
        beat("it is there", Act::See("chart")),
        beat("and its bag", Act::Press("to-bag")),
        beat("it has left the home", Act::Says("bag-where", "Released by the home")),
        beat("the crew's answer is taken", Act::WriteAnswer("bag-got")),
        beat("and says so", Act::Press("bag-got-save")),
        beat("the crew has it, by their own signature", Act::Says("bag-where", "With the ambulance crew: Sam Reed")),
        beat("with the number they read, and what they counted", Act::Says("bag-journey", "1 thing in the bag.")),
        beat("a picture of the bag with the crew", Act::Picture("60-bag-accepted")),
        beat("no barrier on the page: the bag with the crew", Act::NoBarrier),
    ];
    for (does, step, says, picture) in [
        ("the department receives it from the crew", "receive", "In the emergency department", None),
        ("a ward receives it", "move", "On a ward", None),
        ("the ward packs it to go back", "return", "On the way back", Some("61-bag-returning")),
    ] {
        beats.extend([
            beat(does, Act::Hospital(step)),
            beat("the status is opened", Act::Press("status-chip")),
            beat("a sync is asked for", Act::Press("sync-now")),
            beat("it is finished", Act::Says("notice", "Sync finished")),
            beat("the status is closed", Act::Press("status-chip")),
            beat("the home sees it", Act::Reopened(says)),
        ]);
        if let Some(picture) = picture {
            beats.push(beat("with both times of each passage", Act::Says("bag-journey", "(at the hub ")));
            beats.push(beat("a picture of the way back", Act::Picture(picture)));
            beats.push(beat("no barrier on the page: the way back", Act::NoBarrier));
        }
    }
    beats.extend([
        beat("it comes home", Act::Press("label[for=bag-step-close]")),
        beat("the number on it is read", Act::Write("bag-read-tracker", "RB-17")),
        beat("it is signed for with the PIN", Act::Write("bag-pin", PIN)),
        beat("and taken back", Act::Press("bag-step-go")),
        beat("it is closed", Act::Says("bag-where", "Closed")),
        beat("what came back is counted", Act::Press("bag-count")),
        beat("no glasses", Act::Press("[data-test=bag-count-glasses] option[value='0']")),
        beat("the count is saved", Act::Press("bag-count-save")),
        beat(
            "thing by thing it is said what is missing",
            Act::Says("bag-thing-glasses", "1 left home, 0 counted last"),
        ),
        beat("both counts stay", Act::Says("bag-thing-glasses", "Leaving home: 1")),
        beat("and that they do not agree", Act::See("bag-discrepancy")),
        beat("a picture of the closed bag", Act::Picture("62-bag-closed")),
        beat("no barrier on the page: the closed bag", Act::NoBarrier),
    ]);
    beats
}

/// Another bag of the same person, kept well and released against the clock; its crew has no device. From the closed bag to the caseload.
pub fn well_kept() -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    vec![
        beat("the next bag is begun while there is time", Act::Write("bag-tracker", "RB-18")),
        beat("and is there", Act::Press("bag-start")),
        beat("what was written in the last one is in it", Act::Says("bag-section-concern", "Current concern")),
        beat("every line is read, and right", Act::Press("bag-confirm-all")),
        beat("all are checked", Act::See("bag-all-checked")),
        beat("her things are counted", Act::Press("bag-count")),
        beat("and her money", Act::Press("[data-test=bag-count-money] option[value='2']")),
        beat("with somebody", Act::Write("bag-second", "Kim Adeyemi")),
        beat("who signs on the screen", Act::Sign),
        beat("the signature is there", Act::Says("form-status", "Signature added")),
        beat("a picture of two who count", Act::Picture("63-bag-two-sign")),
        beat("no barrier on the page: two who count", Act::NoBarrier),
        beat("the count is saved", Act::Press("bag-count-save")),
        beat("both stand beside the money", Act::Says("bag-thing-money", "and Kim Adeyemi (signed)")),
        beat("back to the record", Act::Press("back")),
        beat("back to the caseload", Act::Press("back")),
        beat("an ambulance is at the door", Act::Clock),
        beat("the record is opened", Act::PressNth(CARRIED, 0)),
        beat("the bag is opened", Act::Press("to-bag")),
        beat("why she goes", Act::Write("bag-reason", "Short of breath since four, lips blue.")),
        beat("it is saved", Act::Press("bag-reason-save")),
        beat("and stands", Act::Says("bag-reason-said", "lips blue")),
        beat("it is released", Act::Press("bag-release")),
        beat("it says so", Act::Says("bag-where", "Released by the home")),
        beat("open and release a well-kept bag", Act::Clocked(TAPS)),
        beat(
            "the number on it and its things went with the release",
            Act::Says("bag-journey", "Bag RB-18. 2 things in the bag."),
        ),
        beat("its crew has no device", Act::Press("label[for=bag-step-accept]")),
        beat("their name", Act::Write("bag-crew-name", "Kit Lowe")),
        beat("their service", Act::Write("bag-crew-organisation", "South Western Ambulance")),
        beat("their call sign", Act::Write("bag-place", "Call sign 9")),
        beat("they read another number from the bag", Act::Write("bag-read-tracker", "RB-81")),
        beat("a picture of a crew that is typed", Act::Picture("64-bag-typed")),
        beat("no barrier on the page: a crew that is typed", Act::NoBarrier),
        beat("it is confirmed on the giver's device", Act::Press("bag-step-go")),
        beat("nobody takes that for a signature", Act::Says("bag-where", "typed by the giver, not verified")),
        beat("the number is said to be another", Act::Says("bag-journey", "RB-81: NOT the number it left with, RB-18")),
        beat("they go with paper", Act::Press("bag-print")),
        beat("it is saved", Act::Says("bag-printed", "Saved as a PDF")),
        beat("and there", Act::Papers(2)),
        beat("a picture of the bag with its journey", Act::Picture("65-bag-unverified")),
        beat("a death is pressed by mistake", Act::Press("label[for=bag-step-die]")),
        beat("and again", Act::Press("bag-step-go")),
        beat("it says first what that does", Act::Says("bag-step-sure", "it can be put right with a reason")),
        beat("a picture of an ending before it is one", Act::Picture("66-bag-sure")),
        beat("no barrier on the page: an ending before it is one", Act::NoBarrier),
        beat("nobody has died", Act::Press("bag-step-back")),
        beat("and nothing was recorded", Act::Says("bag-where", "With the ambulance crew")),
        beat("it is pressed once more", Act::Press("label[for=bag-step-die]")),
        beat("once", Act::Press("bag-step-go")),
        beat("and twice", Act::Press("bag-step-go")),
        beat("now a death is recorded", Act::Says("bag-where", "The person has died")),
        beat("which was a mistake", Act::Press("label[for=bag-step-not-died]")),
        beat("and why", Act::Write("bag-remark", "The wrong bag was open")),
        beat("a picture of a death put right", Act::Picture("68-bag-not-died")),
        beat("no barrier on the page: a death put right", Act::NoBarrier),
        beat("it is said", Act::Press("bag-step-go")),
        beat("the bag is where it was", Act::Says("bag-where", "With the ambulance crew")),
        beat("both stay written", Act::Says("bag-journey", "Death recorded by mistake")),
        beat("she stays at home after all", Act::Press("label[for=bag-step-cancel]")),
        beat("that ends it too", Act::Press("bag-step-go")),
        beat("it says what that does", Act::See("bag-step-sure")),
        beat("and is so", Act::Press("bag-step-go")),
        beat("the bag is cancelled", Act::Says("bag-where", "Cancelled")),
        beat("back to the record", Act::Press("back")),
        beat("back to the caseload", Act::Press("back")),
        beat("the bags of the home", Act::Press("to-bag-take")),
        beat("whose bag is due is a list", Act::Count("bag-due-person", 2)),
        beat("a picture of whose bag is due", Act::Picture("67-bags-due")),
        beat("no barrier on the page: whose bag is due", Act::NoBarrier),
        beat("back to the caseload", Act::Press("back")),
    ]
}
