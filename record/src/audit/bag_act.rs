//! What a person does with an eRed Bag (kind 80): looked, wrote, released, handed over, took. Codes only. A release or a showing and the taking
//! in of it elsewhere are a pair that names the same bag, each in its own device's chain (IHE BALP's Export and Import).

use super::event::{code, decoded};
use crate::bag::BagId;
use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::{Outcome, Purpose, Rule};
use crate::ids::PersonId;
use serde::{Deserialize, Serialize};

/// One act, and what the door decided about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BagAct {
    pub subject: PersonId,
    pub purpose: Purpose,
    /// Nought where there is no bag yet.
    pub bag: BagId,
    pub deed: BagDeed,
    pub outcome: Outcome,
    pub rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BagDeed {
    Looked,
    Opened,
    Wrote,
    Counted,
    /// A passage that hands nothing over: made ready, packed, lost, found, cancelled, died.
    Passed,
    /// Released, or released again with corrections: it leaves the home.
    Released,
    /// The slip and the frames were shown: it leaves this device.
    Shown,
    /// A slip was read: its summary came to this device.
    SlipRead,
    /// The whole bag came to this device.
    TakenIn,
    /// The bag and the person were taken over.
    Accepted,
    /// The signed passage of whoever took it came back to this device.
    Acknowledged,
    /// Printed.
    Printed,
    /// Given out as a FHIR document.
    Exported,
    /// Named in a list of arrivals, with why they come.
    Listed,
    /// A photograph of a belonging, or an attached document, was opened.
    FileShown,
    /// One was wanted that was not there.
    FileAsked,
    /// An attached document was saved outside: it leaves this device.
    FileSaved,
}

impl BagDeed {
    /// In the order of their codes: grows at the end only.
    pub const ALL: &'static [BagDeed] = &[
        BagDeed::Looked,
        BagDeed::Opened,
        BagDeed::Wrote,
        BagDeed::Counted,
        BagDeed::Passed,
        BagDeed::Released,
        BagDeed::Shown,
        BagDeed::SlipRead,
        BagDeed::TakenIn,
        BagDeed::Accepted,
        BagDeed::Acknowledged,
        BagDeed::Printed,
        BagDeed::Exported,
        BagDeed::Listed,
        BagDeed::FileShown,
        BagDeed::FileAsked,
        BagDeed::FileSaved,
    ];

    /// It puts something in the bag, so it must be undone whole if it fails.
    pub const fn writes(self) -> bool {
        !matches!(
            self,
            BagDeed::Looked
                | BagDeed::Shown
                | BagDeed::SlipRead
                | BagDeed::Printed
                | BagDeed::Exported
                | BagDeed::Listed
                | BagDeed::FileShown
                | BagDeed::FileAsked
                | BagDeed::FileSaved
        )
    }

    /// Content leaves the device by it.
    pub const fn gives_out(self) -> bool {
        matches!(self, BagDeed::Released | BagDeed::Shown | BagDeed::Printed | BagDeed::Exported | BagDeed::FileSaved)
    }

    /// Content comes to the device by it.
    pub const fn takes_in(self) -> bool {
        matches!(self, BagDeed::SlipRead | BagDeed::TakenIn)
    }

    pub const fn in_words(self) -> &'static str {
        match self {
            BagDeed::Looked => "Opened the eRed Bag",
            BagDeed::Opened => "Began an eRed Bag",
            BagDeed::Wrote => "Wrote in the eRed Bag",
            BagDeed::Counted => "Counted the belongings",
            BagDeed::Passed => "Moved the eRed Bag on",
            BagDeed::Released => "Released the eRed Bag",
            BagDeed::Shown => "Showed the eRed Bag's codes",
            BagDeed::SlipRead => "Read an eRed Bag's slip",
            BagDeed::TakenIn => "Took in an eRed Bag",
            BagDeed::Accepted => "Took over the eRed Bag",
            BagDeed::Acknowledged => "Took in the receiver's signature",
            BagDeed::Printed => "Printed the eRed Bag",
            BagDeed::Exported => "Gave out the eRed Bag",
            BagDeed::Listed => "Saw in a list that the eRed Bag is coming, and why",
            BagDeed::FileShown => "Opened a photograph or document of the eRed Bag",
            BagDeed::FileAsked => "Asked for a photograph or document of the eRed Bag that was not there",
            BagDeed::FileSaved => "Saved a document of the eRed Bag",
        }
    }
}

impl BagAct {
    pub(super) fn write(&self, to: Writer) -> Writer {
        to.number(80)
            .bytes(self.subject.as_bytes())
            .number(code(Purpose::ALL, self.purpose))
            .bytes(self.bag.as_bytes())
            .number(code(BagDeed::ALL, self.deed))
            .number(code(Outcome::ALL, self.outcome))
            .number(code(Rule::ALL, self.rule))
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<BagAct, NotCanonical> {
        Ok(BagAct {
            subject: PersonId::from_bytes(from.array()?),
            purpose: decoded(Purpose::ALL, from.number()?)?,
            bag: BagId::from_bytes(from.array()?),
            deed: decoded(BagDeed::ALL, from.number()?)?,
            outcome: decoded(Outcome::ALL, from.number()?)?,
            rule: decoded(Rule::ALL, from.number()?)?,
        })
    }
}
