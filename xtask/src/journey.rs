//! The journey through the window that the demo shows and the window test proves, as data: one beat a line. How a beat is
//! done is in `demo.rs`; what the page's elements are called is agreed with `ui` (`data-test`).

use crate::region::PIN;

/// One thing done or seen.
pub struct Beat {
    pub say: &'static str,
    pub act: Act,
}

/// What a beat does. Elements are named by their `data-test`.
pub enum Act {
    /// Opens the window.
    Open,
    /// Writes into a field, after emptying it.
    Write(&'static str, &'static str),
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
    /// A picture at both sizes.
    Picture(&'static str),
    /// The hub dies as by a power cut.
    CutHub,
    /// The hub comes back.
    HubBack,
}

/// The whole journey.
pub fn journey() -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    vec![
        beat("the window opens and asks who is holding the device", Act::Open),
        beat("the sign-in page is there", Act::See("pin")),
        beat("a picture of signing in", Act::Picture("1-sign-in")),
        beat("the PIN is typed", Act::Write("pin", PIN)),
        beat("signing in", Act::Press("sign-in")),
        beat("the caseload is there", Act::Count("caseload-row", 1)),
        beat("a picture of the caseload", Act::Picture("2-caseload")),
        beat("a record is opened", Act::PressNth("caseload-row", 0)),
        beat("the banner says whose record it is", Act::See("banner")),
        beat("a picture of the record", Act::Picture("3-record")),
        beat("the hub is cut off, as in a valley with no signal", Act::CutHub),
        beat("back to the caseload", Act::Press("back")),
        beat("another record is opened, with no hub", Act::PressNth("caseload-row", 1)),
        beat("its banner is there", Act::See("banner")),
        beat("the status says that we are offline", Act::Says("status", "Offline")),
        beat("a picture of a record offline", Act::Picture("4-record-offline")),
        beat("the hub comes back", Act::HubBack),
        beat("the status says that we are online again", Act::Says("status", "Online")),
    ]
}
