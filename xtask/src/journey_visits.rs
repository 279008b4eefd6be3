//! The visits' part of the journey through the window: the round, a visit from its start to its end, observations and their score, a dose and
//! its guard, a note that survives a lock, a wound. The rest is in `journey.rs`.

use crate::journey::{Act, Beat};
use crate::region::PIN;

/// From the caseload to the round and back to the caseload.
pub fn visits() -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    let mut beats = vec![
        beat("the day's round is opened", Act::Press("to-round")),
        beat("visits are booked for today", Act::Count("stop", 1)),
        beat("a picture of the round", Act::Picture("21-round")),
        beat("no barrier on the page: the round", Act::NoBarrier),
        beat("the first visit is opened", Act::Press("stop-0")),
        beat("it is there", Act::See("visit")),
        beat("and how old what it knows is", Act::Says("known-at", "as at")),
        beat("how to get in is asked", Act::Press("how-to-get-in")),
        beat("it is there", Act::See("access")),
        beat("the visit is started", Act::Press("start-visit")),
        beat("it says since when", Act::Says("visit-on", "Visit started")),
        beat("a picture of the visit", Act::Picture("22-visit")),
        beat("no barrier on the page: the visit", Act::NoBarrier),
    ];
    beats.extend(observed("118", "22"));
    beats.push(beat("incomplete is never a score", Act::Says("news2", "incomplete")));
    beats.push(beat("the pulse is taken", Act::Write("obs-pulse", "105")));
    beats.push(beat("the score is there, with its band", Act::Says("news2-3", "Low")));
    beats.push(beat("a picture of observations", Act::Picture("23-observations")));
    beats.push(beat("no barrier on the page: observations", Act::NoBarrier));
    beats.push(beat("they are signed", Act::Press("save-observations")));
    beats.push(beat("the run of scores is drawn", Act::See("news2-chart")));
    beats.extend(observed("96", "26"));
    beats.push(beat("the pulse again", Act::Write("obs-pulse", "128")));
    beats.push(beat("the second score is high", Act::Says("news2-7", "High")));
    beats.push(beat("it is signed", Act::Press("save-observations")));
    beats.push(beat("both are points of the run", Act::See("news2-chart")));
    beats.push(beat("a picture of the run", Act::Picture("24-news2")));
    for again in [false, true] {
        beats.extend([
            beat("medicines are opened", Act::Press("do-medicines")),
            beat("one that is not in the list", Act::Press("medicine-other")),
            beat("its name", Act::Write("medicine", "Paracetamol 500 mg tablets")),
            beat("this morning's", Act::Press("label[for=part-morning]")),
            beat("it was given", Act::Press("label[for=outcome-given]")),
            beat("how much", Act::Write("dose", "1 g")),
            beat("which way", Act::Write("route", "oral")),
        ]);
        if again {
            beats.extend([
                beat("a dose is known already", Act::Says("in-the-way", "already recorded")),
                beat("a picture of the guard", Act::Picture("25-dose-guard")),
                beat("no barrier on the page: the guard", Act::NoBarrier),
                beat("it is not given again", Act::Press("cancel-form")),
            ]);
        } else {
            beats.extend([
                beat("it is signed", Act::Press("save-dose")),
                beat("it stands among what was done", Act::Says("entry", "Paracetamol")),
            ]);
        }
    }
    beats.extend([
        beat("a wound is assessed", Act::Press("do-wound")),
        beat("a place on the body is pressed", Act::Press("body-back")),
        beat("and named", Act::Write("site", "Sacrum")),
        beat("a skin tear", Act::Press("label[for=sort-tear]")),
        beat("its length", Act::Write("length", "30")),
        beat("its width", Act::Write("width", "12")),
        beat("its margin", Act::Press("label[for=margin-attached]")),
        beat("no sign of infection", Act::Press("label[for=no-infection]")),
        beat("little exudate", Act::Press("label[for=exudate-low]")),
        beat("a photograph is chosen", Act::Choose("photo")),
        beat("it is there, made small", Act::See("photo-taken")),
        beat("the person agreed to it", Act::Press("label[for=agreed-person]")),
        beat("a picture of the wound", Act::Picture("26-wound")),
        beat("no barrier on the page: the wound", Act::NoBarrier),
        beat("it is signed", Act::Press("save-wound")),
        beat("it stands among the wounds", Act::Says("wounds", "Sacrum")),
        beat("its photograph is opened", Act::Press("photo-look")),
        beat("it is shown", Act::See("photo-shown")),
        beat("a picture of the photograph", Act::Picture("28-photo")),
        beat("no barrier on the page: the photograph", Act::NoBarrier),
        beat("it is closed", Act::Press("photo-look")),
        beat("a note is begun", Act::Press("do-note")),
        beat("words are written", Act::Write("text", "Settled in bed, drinking well. Daughter here.")),
        beat("the form is closed", Act::Press("cancel-form")),
        beat("the device is locked", Act::Press("lock")),
        beat("it asks who is holding it", Act::See("pin")),
        beat("the PIN is typed", Act::Write("pin", PIN)),
        beat("signing in", Act::Press("signin-submit")),
        beat("the round again", Act::Press("to-round")),
        beat("it says that the visit is on", Act::Says("stop-state-0", "You have started")),
        beat("the visit is opened again", Act::Press("stop-0")),
        beat("what was typed is there", Act::Says("do-note", "Draft")),
        beat("the note is opened", Act::Press("do-note")),
        beat("and signed", Act::Press("save-note")),
        beat("it stands among what was done", Act::Says("entry", "Settled in bed")),
        beat("something is added to it", Act::Press("add-0")),
        beat("in words", Act::Write("text", "Left the number of the night team.")),
        beat("and signed", Act::Press("save-add")),
        beat("both are there", Act::Says("entry-added", "night team")),
        beat("a picture of what was done", Act::Picture("27-visit-done")),
        beat("no barrier on the page: what was done", Act::NoBarrier),
        beat("the visit is to end", Act::Press("end-visit")),
        beat("and ends", Act::Press("save-end")),
        beat("another could be started", Act::See("start-visit")),
        beat("back to the round", Act::Press("back")),
        beat("it says that the visit is done", Act::Says("stop-state-0", "Visited")),
        beat("back to the caseload", Act::Press("back")),
    ]);
    beats
}

/// A set of signs without its pulse.
fn observed(systolic: &'static str, respiration: &'static str) -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    vec![
        beat("observations are opened", Act::Press("do-observations")),
        beat("respiration", Act::Write("obs-respiration", respiration)),
        beat("saturation", Act::Write("obs-saturation", "97")),
        beat("the upper pressure", Act::Write("obs-systolic", systolic)),
        beat("the lower pressure", Act::Write("obs-diastolic", "64")),
        beat("the temperature", Act::Write("obs-temperature", "37.2")),
        beat("on air", Act::Press("label[for=breathing-air]")),
        beat("alert", Act::Press("label[for=conscious-alert]")),
    ]
}
