//! Every question the screen may ask, each with the type of its answer. Adding a question here makes `device::answer` fail to
//! compile until it is answered.

use crate::bag::{
    BagCodes, BagCount, BagDue, BagFile, BagLine, BagMove, BagPage, BagProgress, BagSlip, BagTaken, BagsList,
};
use crate::plan::{DraftStep, PlanEdit, PlanLines, PlanPage};
use crate::ready::{Carried, Ready, Receipts, ShownOutbox};
use crate::trouble::Trouble;
use crate::view::{
    AuditCheck, Caseload, Claimed, GlassReady, LicenceAsked, LicenceCode, Looks, OpenedChart, OwnPage, Posted, Status,
    WholeResource,
};
use crate::visit::{AccessPage, Fields, NewAct, PhotoPage, RoundPage, VisitPage};
use record::bag::BagSection;
use record::consent::{Choice, Condition, DecidedBy, Pack, Purpose};
use record::plan::{ClaimValue, Heads, Paper, Topic};
use record::visit::{Photo, PhotoId};
use record::{NhsNumber, PersonId, Sections, Sensitive, StaffId, Stamp, When};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A question names its answer.
pub trait Question: Serialize + DeserializeOwned {
    type Answer: Serialize + DeserializeOwned;
    /// As it stands in the text that crosses the door.
    const NAME: &'static str;
    /// The question as the one value that crosses the door.
    fn into_ask(self) -> Ask;

    /// The same as JSON: the text of [`Question::into_ask`], made without the writers of all other questions, for the screen to be small.
    fn text(&self) -> serde_json::Result<String> {
        let fields = serde_json::to_string(self)?;
        let mut text = String::with_capacity(fields.len() + Self::NAME.len() + r#"{"":}"#.len());
        for piece in ["{\"", Self::NAME, "\":", &fields, "}"] {
            text.push_str(piece);
        }
        Ok(text)
    }
}

/// What comes back for a question.
pub type Reply<Q> = Result<<Q as Question>::Answer, Trouble>;

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? } -> $answer:ty, e.g. $example:literal;)+) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),* }

        impl Question for $name {
            type Answer = $answer;
            const NAME: &'static str = stringify!($name);
            fn into_ask(self) -> Ask { Ask::$name(self) }
        })+

        /// Any question. On the wire: `{"OpenChart": {…}}`.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub enum Ask { $($name($name)),+ }

        impl Ask {
            /// Every question by name, with an example of its fields as JSON.
            pub const EXAMPLES: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $example)),+];

            /// Both texts of the example of each question: by its own writer, and as one of all.
            #[cfg(test)]
            fn both_texts() -> Vec<(String, String)> {
                vec![$({
                    let question: $name = serde_json::from_str($example).unwrap();
                    (question.text().unwrap(), serde_json::to_string(&question.into_ask()).unwrap())
                }),+]
            }

            /// The question named `name` with these fields, or where the JSON does not fit.
            pub fn from_parts(name: &str, json: &str) -> Result<Ask, NotAQuestion> {
                match name {
                    $(stringify!($name) => fields(json).map(Ask::$name),)+
                    _ => Err(NotAQuestion::Name),
                }
            }
        }
    };
}

/// Why a name and some JSON are not a question. The JSON itself is not repeated.
#[derive(Debug)]
pub enum NotAQuestion {
    Name,
    Fields {
        /// Which field, as `until` or `settles[1]`; `.`: none alone.
        path: String,
        source: serde_json::Error,
    },
}

/// The fields of a question, or which of them does not fit.
fn fields<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, NotAQuestion> {
    let mut from = serde_json::Deserializer::from_str(json);
    let read =
        serde_path_to_error::deserialize(&mut from).map_err(|wrong| (wrong.path().to_string(), wrong.into_inner()));
    let whole = read.and_then(|question| from.end().map(|()| question).map_err(|source| (".".to_owned(), source)));
    whole.map_err(|(path, source)| NotAQuestion::Fields { path, source })
}

/// What would have fitted, of `serde`'s words: those before may repeat what was given.
fn wanted(said: &str) -> Option<&str> {
    let said = said.split(" at line ").next()?;
    let missing = said.split("missing field ").nth(1).map(|_| said);
    missing.or_else(|| said.rfind("expected ").and_then(|at| said.get(at..)))
}

impl std::fmt::Display for NotAQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotAQuestion::Name => f.write_str("there is no question of that name; `ask --list` shows them all"),
            NotAQuestion::Fields { path, source } => {
                match path.as_str() {
                    "." | "?" => {
                        write!(f, "the fields do not fit at line {} column {}", source.line(), source.column())?
                    }
                    path => write!(f, "the field `{path}` does not fit")?,
                }
                // Only where `serde` itself speaks: a reader of ours may say what it was given.
                wanted(&source.to_string()).map_or(Ok(()), |wanted| write!(f, ": {wanted}"))
            }
        }
    }
}

impl std::error::Error for NotAQuestion {}

questions! {
    /// The device's state. Answered always, signed in or not.
    GetStatus {} -> Status, e.g. "{}";

    /// Enrol this device for the member of staff named by a one-time ticket, and set their PIN.
    Enrol {
        /// As printed by `satchel-hub enrol`: hub address, code and the fingerprint of the hub's authority in one text.
        ticket: Sensitive<String>,
        /// Six to twelve digits.
        pin: Sensitive<String>,
    } -> Status, e.g. r#"{"ticket":"satchel1…","pin":"314159"}"#;

    SignIn { staff: StaffId, pin: Sensitive<String> } -> Status, e.g. r#"{"staff":"N0001","pin":"314159"}"#;

    SignOut {} -> Status, e.g. "{}";

    ChangePin { old: Sensitive<String>, new: Sensitive<String> } -> Status, e.g. r#"{"old":"314159","new":"271828"}"#;

    /// Switch Satchel's own network use off or on.
    SetAirplane { on: bool } -> Status, e.g. r#"{"on":true}"#;

    /// The caseload, filtered by `search` (name, NHS number, date of birth; empty for all). Recorded in the audit.
    OpenCaseload { search: String, sort: Sort } -> Caseload, e.g. r#"{"search":"","sort":"Name"}"#;

    /// A record. Decided, recorded and read in one transaction.
    OpenChart { person: PersonId, purpose: Purpose, wants: Sections } -> OpenedChart,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","wants":262143}"#;

    /// The resource an item came from, whole. `key` is the item's key.
    OpenSource { person: PersonId, purpose: Purpose, key: String } -> WholeResource,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","key":"Condition/1"}"#;

    /// What the user's own organisation wrote itself, where the person's choice keeps the shared record off this device or sealed on it. Never the
    /// record, and never a part of anybody else's. Decided, recorded and read in one transaction.
    OpenOwn { person: PersonId, purpose: Purpose } -> OwnPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat"}"#;

    /// The resource an item of that came from, whole.
    OpenOwnSource { person: PersonId, purpose: Purpose, key: String } -> WholeResource,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","key":"Condition/1"}"#;

    /// What the person chose when asked, then and there.
    RecordChoice {
        person: PersonId,
        choice: Choice,
        by: DecidedBy,
        /// For Y2: the end, in milliseconds since 1970 (UTC).
        until: Option<Stamp>,
        /// For Y2: the event that ends it; for best interests: the reason.
        note: Sensitive<String>,
        /// For N2: the signed form, a drawn signature or a photograph.
        form: Option<SignedForm>,
        /// The sides of a conflict, as shown, that this settles: their numbers.
        settles: Vec<u64>,
    } -> Status, e.g. r#"{"person":"00112233445566778899aabbccddeeff","choice":"Y2","by":"Person","until":1806105600000,"note":"","form":null,"settles":[]}"#;

    /// What ends the person's choice for a set time has happened: it ends now.
    EndChoice { person: PersonId } -> Status, e.g. r#"{"person":"00112233445566778899aabbccddeeff"}"#;

    /// The programme's policy pack: options and their leaflet, reasons, limits.
    GetPack {} -> Pack, e.g. "{}";

    /// A record, for a reason of the programme's list, which says the purpose.
    OpenForReason { person: PersonId, reason: String, wants: Sections } -> OpenedChart,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","reason":"visit","wants":262143}"#;

    /// End the override that is open, before its time.
    EndGlass {} -> Status, e.g. "{}";

    /// Claim a relationship with somebody who is not on the list: reviewed by the privacy officer.
    ClaimRelationship {
        number: NhsNumber,
        /// `1940-01-05`.
        born: String,
        /// At least ten characters.
        why: Sensitive<String>,
    } -> Claimed, e.g. r#"{"number":"9990000018","born":"1940-01-05","why":"moved in with her daughter today"}"#;

    /// Makes an override ready, after a refusal that offered it: as it would be recorded, and the PIN again. Nothing is shown, and nothing recorded but
    /// wrong PINs. [`BreakGlass`] confirms it.
    ReadyGlass {
        person: PersonId,
        purpose: Purpose,
        /// 1 to 6 (`view::override_reasons`).
        reason: u8,
        /// What the clinician confirms.
        condition: Condition,
        /// At least ten characters.
        text: Sensitive<String>,
        pin: Sensitive<String>,
        /// Beyond the emergency view.
        widened: bool,
    } -> GlassReady, e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"EmergencyTreat","reason":5,"condition":"Unconscious","text":"found collapsed at home","pin":"314159","widened":false}"#;

    /// Confirms the override that was made ready, of this person, once, within a minute. The entry is written before anything is shown.
    BreakGlass { person: PersonId } -> OpenedChart, e.g. r#"{"person":"00112233445566778899aabbccddeeff"}"#;

    /// Who has looked at this person's record from this device.
    WhoLooked { person: PersonId } -> Looks, e.g. r#"{"person":"00112233445566778899aabbccddeeff"}"#;

    /// The shared care plan: as it stands, or as it stood at a moment of its history.
    OpenPlan { person: PersonId, purpose: Purpose, moment: Option<Heads> } -> PlanPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","moment":null}"#;

    /// Change the plan: an intent, saying what its writer had seen.
    EditPlan { person: PersonId, purpose: Purpose, edit: PlanEdit } -> PlanPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","edit":{"Set":{"place":{"node":"care","field":"review"},"over":[],"value":"2026-05"}}}"#;

    /// Record a decision that never resolves itself, naming every voice it settles.
    SettlePlan {
        person: PersonId,
        purpose: Purpose,
        topic: Topic,
        value: ClaimValue,
        /// On what it rests, in a few words.
        basis: Sensitive<String>,
        review: Option<When>,
        /// Where the signed original is kept.
        kept: String,
        settles: Vec<String>,
    } -> PlanPage, e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","topic":"cpr","value":{"code":"450476008"},"basis":"ReSPECT conversation today","review":null,"kept":"","settles":[]}"#;

    /// A draft of the plan: edits that nobody but this user sees until they are put into the plan.
    DraftPlan { person: PersonId, purpose: Purpose, step: DraftStep } -> PlanPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","step":"Open"}"#;

    /// Sign the plan, or the ReSPECT form, as it stood at the moment that was `seen`; refused where what it covers has changed since.
    SignPlan { person: PersonId, purpose: Purpose, paper: Paper, seen: Heads } -> PlanPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","paper":"Respect","seen":""}"#;

    /// Who changed what in the plan, when, on which device, and where each change is.
    PlanHistory { person: PersonId, purpose: Purpose } -> PlanLines,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat"}"#;

    /// The user has seen what others changed since they last looked, up to the newest line that was shown: its moment.
    PlanSeen { person: PersonId, newest: Heads } -> Status, e.g. r#"{"person":"00112233445566778899aabbccddeeff","newest":""}"#;

    /// The user has written again what still holds of what the hub did not take, which the hub keeps; it is shown no more.
    PlanAsideDone { person: PersonId } -> Status, e.g. r#"{"person":"00112233445566778899aabbccddeeff"}"#;

    /// Where this user's own work is: here, held by the hub, seen. Recorded like showing the list.
    GetReceipts {} -> Receipts, e.g. "{}";

    /// Who is ready for the round, and what is old or missing. Recorded like showing the list.
    GetReady {} -> Ready, e.g. "{}";

    /// Today's round. Recorded in the audit.
    OpenRound {} -> RoundPage, e.g. "{}";

    /// What was done for somebody, with the parts of their record that a visit needs.
    OpenVisit { person: PersonId, purpose: Purpose } -> VisitPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat"}"#;

    /// Do one thing at a visit: it is signed, and never changed.
    DoAct { person: PersonId, purpose: Purpose, act: NewAct } -> VisitPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","act":{"visit":null,"body":{"Note":{"text":"Seen at home."}},"draft":"note"}}"#;

    /// Keep what is being typed, as it is now. Empty fields make no draft.
    KeepDraft { person: PersonId, form: String, fields: Sensitive<Fields> } -> (),
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","form":"note","fields":{"text":"Seen at ho"}}"#;

    /// Keep a picture with the form it was taken for, as a `data:` URL; the form's pictures. Until the form is signed it is a draft.
    KeepPhoto { person: PersonId, form: String, picture: Sensitive<String> } -> Vec<Photo>,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","form":"wound","picture":"data:image/jpeg;base64,…"}"#;

    /// Take a picture out of a form that is not signed; those that are left.
    DropPhoto { person: PersonId, form: String, photo: PhotoId } -> Vec<Photo>,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","form":"wound","photo":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}"#;

    /// A photograph, large: every look is an entry. One that is not here is fetched, now or when there is signal.
    FetchPhoto { person: PersonId, purpose: Purpose, photo: PhotoId } -> PhotoPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","photo":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}"#;

    /// How to get in: every look is an entry. Where the key is only for a visit.
    AccessNotes { person: PersonId, purpose: Purpose } -> AccessPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat"}"#;

    /// The person's eRed Bag: its form pre-filled, where it is, and what is in it.
    OpenBag { person: PersonId, purpose: Purpose } -> BagPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat"}"#;

    /// Begin a bag.
    StartBag {
        person: PersonId,
        purpose: Purpose,
        /// The number on the bag itself.
        tracker: String,
    } -> BagPage, e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","tracker":"RB-17"}"#;

    /// Confirm, correct, write or leave out one line of the form.
    WriteBag { person: PersonId, purpose: Purpose, line: BagLine } -> BagPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","line":{"section":"transfer","item":"0011223344556677","text":"Fall","as_found":false,"seen":[]}}"#;

    /// Confirm every line that nobody has checked, of one section or of all.
    ConfirmBag { person: PersonId, purpose: Purpose, section: Option<BagSection> } -> BagPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","section":null}"#;

    /// Count the belongings at one place of the journey.
    CountBag { person: PersonId, purpose: Purpose, count: BagCount } -> BagPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","count":{"column":"leaving-home","counts":[{"code":"glasses","label":"Glasses","present":"yes","count":1}]}}"#;

    /// Attach the home's own transfer form or another document, as a `data:` URL: PDF or photograph.
    AttachToBag { person: PersonId, purpose: Purpose, title: String, document: Sensitive<String> } -> BagPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","title":"Transfer form","document":"data:application/pdf;base64,…"}"#;

    /// A photograph of a belonging, large, or a copy of an attached document: every look is an entry. One that is not here is fetched, now or when there is signal.
    FetchBagFile { person: PersonId, purpose: Purpose, file: PhotoId } -> BagFile,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","file":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}"#;

    /// Take a step that needs no PIN: release, correct, pack, report lost, or hand over to somebody without a device.
    MoveBag { person: PersonId, purpose: Purpose, step: BagMove } -> BagPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","step":{"step":"release","seen":[]}}"#;

    /// The codes in a picture, from a file or from the camera, as a `data:` URL: their texts, if they are Satchel's. Answered always, signed in
    /// or not; the picture is not kept, and what a code says is judged by the question it goes to.
    ReadCodes { picture: Sensitive<String> } -> Vec<String>, e.g. r#"{"picture":"data:image/jpeg;base64,…"}"#;

    /// The code that the phone's own scanner reads, if it is Satchel's; none if it is another's, or once somebody asks with `on` false that it stop.
    /// Refused where this device has no scanner of its own, or it cannot be used now. Answered always, signed in or not.
    ScanCode { on: bool } -> Vec<String>, e.g. r#"{"on":true}"#;

    /// Show the bag to whoever takes the person: the slip and the animated code. It leaves this device, and is recorded as that.
    ShowBag { person: PersonId, purpose: Purpose } -> BagCodes,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat"}"#;

    /// The released bag as a PDF, saved where whoever sits here says. It leaves this device, and is recorded as that.
    PrintBag { person: PersonId, purpose: Purpose } -> BagPage,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat"}"#;

    /// The codes are no longer shown: nobody near may fetch the bag any more.
    HideBag {} -> (), e.g. "{}";

    /// The whole bag of the slip that was read, over the local network, if its giver can be reached there. If not, the codes are there all the same.
    FetchBag { purpose: Purpose } -> BagProgress, e.g. r#"{"purpose":"Treat"}"#;

    /// Read a slip.
    TakeSlip { code: String, purpose: Purpose } -> BagSlip, e.g. r#"{"code":"SATCHEL-BAG-…","purpose":"Treat"}"#;

    /// Frames of the animated code, in any order, after its slip.
    TakeFrames { frames: Vec<String>, purpose: Purpose } -> BagProgress,
        e.g. r#"{"frames":["SATCHEL-F-…"],"purpose":"Treat"}"#;

    /// Take the bag and the person over; the PIN again.
    AcceptBag { person: PersonId, purpose: Purpose, step: BagMove, pin: Sensitive<String> } -> BagTaken,
        e.g. r#"{"person":"00112233445566778899aabbccddeeff","purpose":"Treat","step":{"step":"accept","seen":[]},"pin":"314159"}"#;

    /// On the giver's device: the receiver's signed passage.
    TakeAnswer { code: String, purpose: Purpose } -> BagPage, e.g. r#"{"code":"SATCHEL-GOT-…","purpose":"Treat"}"#;

    /// Bags that came to this device by hand, and what ended of them by itself.
    BagsHere {} -> BagsList, e.g. "{}";

    /// A bag that was read here is not the user's: it leaves this device at once, if nobody here took it over. The list of those that are left.
    NotMyBag { person: PersonId } -> BagsList, e.g. r#"{"person":"00112233445566778899aabbccddeeff"}"#;

    /// Whose bag is due for its monthly check: who and when, no more. The list that names them is the caseload, which is recorded.
    BagsDue {} -> Vec<BagDue>, e.g. "{}";

    /// One round with the hub, now: all that was written. Photographs follow by themselves.
    SyncNow {} -> Posted, e.g. "{}";

    /// Show a code by which a colleague's device may fetch this device's sealed work, or go on showing it; needs nobody signed in.
    ShowOutbox {} -> ShownOutbox, e.g. "{}";

    /// Show it no longer.
    HideOutbox {} -> (), e.g. "{}";

    /// Take along the sealed work of the device that shows this code, and bring it to the hub with the next round.
    CarryOutbox { code: String } -> Carried, e.g. r#"{"code":"SATCHEL-CARRY-…"}"#;

    /// A code that asks a colleague's device to lengthen this one's offline licence.
    AskLicence {} -> LicenceCode, e.g. "{}";

    /// Whose code this is, checked against the hub's certificate; nothing is given yet.
    ReadLicence { code: String } -> LicenceAsked, e.g. r#"{"code":"SATCHEL-ASK-…"}"#;

    /// Lengthen a colleague's licence; the PIN again. The answering code.
    GiveLicence { code: String, pin: Sensitive<String> } -> LicenceCode,
        e.g. r#"{"code":"SATCHEL-ASK-…","pin":"314159"}"#;

    /// Take a colleague's answer.
    TakeLicence { code: String } -> Status, e.g. r#"{"code":"SATCHEL-GIVE-…"}"#;

    /// Check this device's audit chain from its first entry.
    VerifyAudit {} -> AuditCheck, e.g. "{}";
}

/// A signed form as a `data:` URL (`data:image/png;base64,…` or JPEG): what a canvas and a file reader give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedForm(pub Sensitive<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    Name,
    Age,
    /// Newest facts first.
    Recent,
    Place,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_question() {
        for (name, example) in Ask::EXAMPLES {
            let ask = Ask::from_parts(name, example);
            assert!(ask.is_ok(), "{name}: {ask:?}");
        }
    }

    #[test]
    fn the_text_of_a_question_is_that_of_any_question() {
        for (own, of_all) in Ask::both_texts() {
            assert_eq!(own, of_all);
        }
    }

    #[test]
    fn a_wrong_question_says_where_without_repeating_it() {
        let said = |name: &str, json: &str| Ask::from_parts(name, json).unwrap_err().to_string();
        assert_eq!(said("SignIn", r#"{"staff":"N1","pin":314159}"#), "the field `pin` does not fit: expected a string");
        assert_eq!(
            said("SignIn", r#"{"staff":"N1"}"#),
            "the fields do not fit at line 1 column 14: missing field `pin`"
        );
        assert_eq!(said("SignIn", "{"), "the fields do not fit at line 1 column 1");
        assert!(said("SignIn", r#"{"staff":"N1","pin":"1"} Holt"#).starts_with("the fields do not fit at line 1"));
        let choice = |fields: &str| {
            said("RecordChoice", &format!(r#"{{"person":"00112233445566778899aabbccddeeff","choice":"Y2",{fields}}}"#))
        };
        assert_eq!(
            choice(r#""by":"Person","until":"Ada, expected Holt","note":"","form":null,"settles":[]"#),
            "the field `until` does not fit: expected i64"
        );
        assert_eq!(
            choice(r#""by":"Ada","until":null"#),
            "the field `by` does not fit: expected one of `Nobody`, `Person`, `AttorneyOrDeputy`, `BestInterests`"
        );
        let many = choice(r#""by":"Person","until":null,"note":"","form":null,"settles":[1,"Holt"]"#);
        assert!(many.starts_with("the field `settles[1]` does not fit") && !many.contains("Holt"), "{many}");
        assert!(matches!(Ask::from_parts("Delete", "{}"), Err(NotAQuestion::Name)));
    }

    #[test]
    fn a_pin_is_not_shown_by_debug() {
        let ask = SignIn { staff: "N1".parse().unwrap(), pin: "314159".to_owned().into() }.into_ask();
        assert!(!format!("{ask:?}").contains("314159"));
    }
}
