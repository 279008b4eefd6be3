//! What a screen shows and asks of a shared care plan. The plan itself is `record::plan`, as the door disclosed it; here is what stands
//! around it on the page, and edits without the ids that only the device makes.

use crate::view::Basis;
use record::consent::Caveat;
use record::feed::Listing;
use record::plan::{ClaimValue, EditFault, Ending, Heads, Kind, Line, NodeId, Place, Plan, Topic, What};
use record::receipt::{HubWord, SeenBy};
use record::{ChainId, Sensitive, Stamp, When};
use serde::{Deserialize, Serialize};

/// The plan's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanPage {
    pub listing: Listing,
    pub age: String,
    pub plan: Plan,
    /// It is shown as it stood then, and cannot be changed.
    pub moment: Option<Heads>,
    /// What others changed since this user last said they had looked, oldest first.
    pub news: Vec<Line>,
    /// This user's own edits.
    pub own: OwnEdits,
    /// This user's draft, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<PlanDraft>,
    /// Whose hand on this device: `device/staff`, as in registers.
    pub hand: ChainId,
    pub caveats: Vec<Caveat>,
    pub basis: Basis,
    pub audit_seq: u64,
    pub opened: Stamp,
}

/// How far this user's own edits of this plan have got. "Held" is said only on the hub's signed word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnEdits {
    /// Saved on this device, not yet sent.
    pub waiting: u64,
    /// Held by the hub; when its word was given, by hub time.
    pub held: u64,
    pub held_at: Option<HubWord>,
    /// Not taken by the hub: kept on this device, and not in the plan.
    pub aside: Vec<AsideEdit>,
}

/// Edits that nobody but their writer sees, until they put them into the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDraft {
    pub edits: u64,
    /// The plan on this page has the draft laid upon it.
    pub shown: bool,
    /// What does not fit the plan as it now stands: it stays in the draft.
    pub unfit: Vec<Unfit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    pub what: What,
    pub why: EditFault,
}

/// What is done with a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DraftStep {
    Open,
    Edit(PlanEdit),
    Decide(Box<Decision>),
    /// Put it into the plan.
    Publish,
    Discard,
}

/// A voice in a decision, as the screen asks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub topic: Topic,
    pub value: ClaimValue,
    /// On what it rests, in a few words.
    pub basis: Sensitive<String>,
    pub review: Option<When>,
    /// Where the signed original is kept.
    pub kept: String,
    pub settles: Vec<String>,
}

/// An edit of this user's that the hub did not take, to be read and written again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsideEdit {
    /// Device time.
    pub at: Stamp,
    pub what: What,
    /// What it said, a piece for each place it wrote in.
    pub words: Vec<String>,
    /// The hub's reason, for people.
    pub why: String,
}

/// Who changed what, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLines {
    pub listing: Listing,
    pub lines: Vec<PlanLine>,
    pub audit_seq: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    pub line: Line,
    pub receipt: Receipt,
}

/// Where a change is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipt {
    /// Saved on this device, not yet sent.
    OnThisDevice,
    /// Held by the hub, on its signed word; and who has opened the plan with it.
    HeldByHub { word: HubWord, seen: Vec<SeenBy> },
    /// It came from the hub.
    FromHub,
}

/// An edit as the screen asks it; the device adds who, when and the ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanEdit {
    /// The text as its writer left it, and the moment of the plan they began from.
    Write {
        place: Place,
        seen: Heads,
        text: String,
    },
    /// A value, and the values seen that it replaces.
    Set {
        place: Place,
        over: Vec<String>,
        value: String,
    },
    Add {
        kind: Kind,
        parent: NodeId,
        fields: Vec<(String, String)>,
    },
    End {
        node: NodeId,
        ending: Ending,
        reason: String,
    },
    /// It stands, although somebody ended it who had not seen what others wrote there.
    Keep {
        node: NodeId,
    },
}

/// Why the hub did not take a change, for people.
pub fn refusal_in_words(code: &str) -> String {
    match code {
        "AUTHOR" => "the hub could not confirm who wrote it".to_owned(),
        "HARM" => "it would have removed what others wrote".to_owned(),
        "TWICE" => "the hub holds another edit under the same number; this device may have been restored".to_owned(),
        "STRANGER" => "this person was never on your caseload".to_owned(),
        _ => "the hub could not read it".to_owned(),
    }
}
