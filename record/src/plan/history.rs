//! Who changed what, when, on which device: one line a change. A line holds codes, never content; the words a person reads are made
//! from them here.

use super::decision::Topic;
use super::shape::Kind;
use super::sign::Paper;
use super::view::Heads;
use crate::ids::{DeviceId, StaffId};
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a change did. Its text is the change's message in the document: `w about/people`, `d cpr`, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum What {
    Wrote(Kind, String),
    Set(Kind, String),
    Added(Kind),
    Ended(Kind),
    Decided(Topic),
    Settled(Topic),
    Signed(Paper),
    /// Made by something that says what it did in another way.
    Other,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Wrote(kind, field) => write!(f, "w {}/{field}", kind.code()),
            What::Set(kind, field) => write!(f, "s {}/{field}", kind.code()),
            What::Added(kind) => write!(f, "a {}", kind.code()),
            What::Ended(kind) => write!(f, "e {}", kind.code()),
            What::Decided(topic) => write!(f, "d {topic}"),
            What::Settled(topic) => write!(f, "t {topic}"),
            What::Signed(paper) => write!(f, "g {}", paper.code()),
            What::Other => f.write_str("?"),
        }
    }
}

impl FromStr for What {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<What, Self::Err> {
        let place = |rest: &str| {
            let (kind, field) = rest.split_once('/')?;
            let kind = Kind::from_code(kind)?;
            kind.field(field).map(|field| (kind, field.code.to_owned()))
        };
        let read = || {
            let (verb, rest) = text.split_once(' ')?;
            Some(match verb {
                "w" => place(rest).map(|(kind, field)| What::Wrote(kind, field))?,
                "s" => place(rest).map(|(kind, field)| What::Set(kind, field))?,
                "a" => What::Added(Kind::from_code(rest)?),
                "e" => What::Ended(Kind::from_code(rest)?),
                "d" => What::Decided(rest.parse().ok()?),
                "t" => What::Settled(rest.parse().ok()?),
                "g" => What::Signed(Paper::from_code(rest)?),
                _ => return None,
            })
        };
        Ok(read().unwrap_or(What::Other))
    }
}

impl From<String> for What {
    fn from(text: String) -> What {
        text.parse().unwrap_or(What::Other)
    }
}

impl From<What> for String {
    fn from(what: What) -> String {
        what.to_string()
    }
}

impl What {
    /// For people to read: `Wrote in About me: My wellness`.
    pub fn in_words(&self) -> String {
        let field = |kind: &Kind, code: &str| kind.field(code).map_or("", |f| f.label).to_owned();
        match self {
            What::Wrote(kind, code) => format!("Wrote in {}: {}", kind.title(), field(kind, code)),
            What::Set(kind, code) => format!("Set in {}: {}", kind.title(), field(kind, code)),
            What::Added(kind) => format!("Added: {}", kind.title()),
            What::Ended(kind) => format!("Ended: {}", kind.title()),
            What::Decided(topic) => format!("Recorded: {}", topic.title()),
            What::Settled(topic) => format!("Settled: {}", topic.title()),
            What::Signed(paper) => format!("Signed: {}", paper.title()),
            What::Other => "Changed the plan".to_owned(),
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The moment just after it: the plan can be opened as it then stood.
    pub moment: Heads,
    /// Whole seconds of the device that made it.
    pub at: Stamp,
    pub device: Option<DeviceId>,
    pub staff: Option<StaffId>,
    /// As the author's device said; empty if it did not.
    pub name: String,
    pub what: What,
    /// The author's own count of changes to this plan, from 1: what the hub's receipt speaks of.
    pub seq: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::shape::NodeId;

    #[test]
    fn what_a_change_did_is_written_in_codes_and_read_back() {
        for what in [
            What::Wrote(Kind::About, "people".into()),
            What::Set(Kind::Care, "review".into()),
            What::Added(Kind::StageGoal),
            What::Ended(Kind::Need),
            What::Decided(Topic::Dose(NodeId::fresh([1; 8]))),
            What::Decided(Topic::GoalStatus(NodeId::fresh([1; 8]))),
            What::Settled(Topic::Cpr),
            What::Signed(Paper::Respect),
        ] {
            assert_eq!(what.to_string().parse(), Ok(what.clone()));
            assert!(what.in_words().len() > 10, "{what:?}");
        }
        for strange in ["", "w about/nothing", "x", "w unknown/people", "d what"] {
            assert_eq!(strange.parse(), Ok(What::Other), "{strange}");
        }
    }
}
