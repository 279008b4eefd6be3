//! What may be said between a device and its hub, as nouns. The bytes are [`crate::wire`]; nobody outside this crate, the vault and
//! the hub can name these types.

use crate::bag::post::{BagsDown, BagsHeld, Posted, RefusedNote};
use crate::drafts::DraftSaid;
use crate::frame::Whole;
use crate::owed::Owed;
use crate::own::OwnLetter;
use crate::photos::{PhotoStands, PhotosHeld, Piece, PieceDown, RefusedPhoto, Wanted};
use crate::plans::{Incoming, Outgoing, PlansHeld, RefusedChange};
use crate::seen::{Seen, SeenWork};
use crate::visits::{ActsHeld, IncomingActs, RefusedAct};
use crate::witness::{BatchMark, Notice, Receipt, TreeHead};
use record::audit::{Head, Link};
use record::bag::{HomeForm, NoteId};
use record::consent::{Pack, Recorded};
use record::feed::{Listing, Rules, Seq};
use record::section::Compartment;
use record::summary::{Fact, FactKey, Source};
use record::visit::SignedAct;
use record::{ChainId, DeviceId, NhsNumber, PersonId, Stamp};

/// Where a device is in the hub's journal: by sequence number, never by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Everything up to here has been taken in.
    pub seq: Seq,
    /// While the whole caseload is being fetched: the journal's place when that began, and the last person taken in.
    pub fetching: Option<Fetching>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetching {
    pub base: Seq,
    /// The hub's row number of the last person received; 0 before the first.
    pub after: u64,
    /// Everybody is here to be read; the resources as their sources sent them follow.
    pub wholes: bool,
}

/// Everything a device says in one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    pub chain: ChainId,
    /// Device time: evidence, not truth.
    pub at: Stamp,
    pub cursor: Cursor,
    /// Versions held: the hub sends only what is newer.
    pub dictionary: u32,
    pub policy: u64,
    pub sources: u64,
    /// Where the device's audit chain stands now, receipted or not.
    pub head: Head,
    /// The first entry below, minus one: what the hub has receipted.
    pub receipted: u64,
    /// Audit entries `receipted + 1 ..`, canonical bytes.
    pub entries: Vec<Vec<u8>>,
    pub choices: Vec<ChoiceMade>,
    /// How many bytes of answer the device would like at most; the hub ends the answer soon after.
    pub appetite: u64,
    /// Entries in the hub's log by the newest head that this device accepted.
    pub held: u64,
    /// The author's signature over the chain as it stands after the last of `entries`; none without entries.
    pub mark: Option<BatchMark>,
    /// Heads that the hub showed and now does not fit, newest first. Empty but for that.
    pub evidence: Vec<TreeHead>,
    /// Changes of care plans made here that the hub has not receipted.
    pub plans: Vec<Outgoing>,
    /// Fresh random bytes: no two posts are the same, so no old answer fits a new one, whatever the device's clock says.
    pub nonce: [u8; 8],
    /// When the certificate that the device holds was issued; 0 for none.
    pub certified: Stamp,
    /// Relationships claimed with people who are not on this device.
    pub claims: Vec<ClaimMade>,
    /// People whose content was erased for its age and is wanted again, if it may still be carried.
    pub again: Vec<PersonId>,
    /// Signed forms of choices that the hub holds already: a withdrawal travels first, its paper after it.
    pub forms: Vec<SignedForm>,
    /// Every entry of this epoch after this number was written with what the cursor says at hand.
    pub held_since: u64,
    /// What was told of who has seen this user's changes: up to this number.
    pub seen: u64,
    /// What was done here at visits and the hub has not receipted.
    pub acts: Vec<SignedAct>,
    /// The hub's number of the newest note of a bag taken in.
    pub bags_through: u64,
    /// Notes put in bags here that the hub does not hold.
    pub bags: Vec<Posted>,
    /// A piece of a photograph, when nothing else waits.
    pub pieces: Vec<Piece>,
    /// Photographs that somebody here wants to see, and that are not here.
    pub wanted: Vec<Wanted>,
}

/// A choice recorded on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceMade {
    /// Sending twice is recording once.
    pub key: String,
    pub person: PersonId,
    /// The version its author had seen: a newer one at the hub that says otherwise is a conflict, not a loser.
    pub saw: Seq,
    pub recorded: Recorded,
}

/// A relationship claimed by the user with somebody who is not on the device: number and birth date must both be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimMade {
    pub key: String,
    pub number: NhsNumber,
    /// `1940-01-05`.
    pub born: String,
    pub why: String,
}

/// A signed opt-out form: a photograph or a drawn signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedForm {
    /// Of the choice it belongs to.
    pub key: String,
    /// `image/png` or `image/jpeg`.
    pub mime: String,
    pub bytes: Vec<u8>,
}

/// One thing the hub says.
#[derive(Debug, Clone, PartialEq)]
pub enum Letter {
    Receipt(Receipt),
    Notice(Notice),
    /// The hub holds less of this chain, or of its own log, than the device says it has proof of: it may have been restored from an
    /// older copy. The device sends its proof, and its entries after this one again.
    Behind {
        epoch: u32,
        through: u64,
        link: Link,
        size: u64,
    },
    Policy(Signed<Pack>),
    Dictionary {
        id: u32,
        bytes: Vec<u8>,
    },
    Sources {
        version: u64,
        sources: Vec<Source>,
    },
    Person(Box<PersonLetter>),
    Whole(WholeLetter),
    Changed(Vec<Change>),
    Rules(Signed<Rules>),
    Removed {
        person: PersonId,
        seq: Seq,
    },
    ChoicesHeld(Vec<String>),
    Plans(Vec<Incoming>),
    PlansHeld(PlansHeld),
    PlansRefused(Vec<RefusedChange>),
    Bags(BagsDown),
    BagsHeld(BagsHeld),
    BagsRefused(Vec<RefusedNote>),
    /// When the hub had the notes of bags in this answer.
    BagTimes(Vec<(NoteId, Stamp)>),
    /// What the user's own home asks and counts besides the standard.
    HomeForm(Signed<HomeForm>),
    End(End),
    /// This device's certificate, for colleagues' devices, and the devices whose enrolment the hub has ended lately.
    Certified {
        sworn: Vec<u8>,
        ended: Vec<DeviceId>,
    },
    /// The hub has ended this device's enrolment.
    Ended(Ended),
    /// What became of each claim: the person, whose rules and content came before this, or nobody of that number and birth date.
    ClaimsAnswered(Vec<(String, Option<PersonId>)>),
    /// The hub holds the forms of these choices.
    FormsHeld(Vec<String>),
    /// Who has seen this user's changes of plans; the number goes back with the next post.
    Seen {
        through: u64,
        seen: Vec<Seen>,
    },
    Acts(Vec<IncomingActs>),
    ActsHeld(ActsHeld),
    ActsRefused(Vec<RefusedAct>),
    PhotoStands(Vec<PhotoStands>),
    PhotosHeld(PhotosHeld),
    PhotosRefused(Vec<RefusedPhoto>),
    Photo(PieceDown),
    /// What the hub holds of this device's drafts, by number; drafts of the same author's that are theirs to go on with here; and, without `from`, own
    /// ones that were finished elsewhere.
    Drafts {
        through: u64,
        drafts: Vec<DraftSaid>,
    },
    /// Who has seen what this user did at visits, and the choices they took down.
    SeenWork(SeenWork),
    /// What is to come, before any of it.
    Owed(Owed),
    /// Of somebody whose record may not be carried: what the user's own organisation wrote itself.
    Own(OwnLetter),
}

impl Letter {
    /// Parts of it are folded with the region's dictionary, which its writer must then have at hand.
    pub const fn needs_dictionary(&self) -> bool {
        matches!(self, Letter::Person(_) | Letter::Changed(_))
    }
}

/// A value with the exact bytes the hub signed and its signature, so that the check can be repeated on what was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    pub value: T,
    pub bytes: Vec<u8>,
    pub signature: [u8; 64],
}

/// Somebody new on the caseload, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonLetter {
    /// While the whole caseload is being fetched: the journal's place when that began. 0 for somebody who joined since.
    pub base: Seq,
    /// The hub's row number: where to resume.
    pub row: u64,
    pub head: Seq,
    pub listing: Listing,
    pub rules: Signed<Rules>,
    /// Empty where content may not be carried.
    pub frames: Vec<(Compartment, Vec<u8>)>,
}

/// The resources of somebody who is on the caseload already, as their sources sent them: the second part of a first fetch, when every
/// record can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeLetter {
    pub base: Seq,
    /// The hub's row number: where to resume.
    pub row: u64,
    pub person: PersonId,
    pub frame: Vec<u8>,
}

/// What changed of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub person: PersonId,
    pub seq: Seq,
    pub as_at: Stamp,
    /// Only when it differs from the one sent before.
    pub listing: Option<Listing>,
    pub facts: Vec<Fact>,
    /// Facts that are no more.
    pub gone: Vec<FactKey>,
    pub whole: Vec<Whole>,
}

/// The round is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub cursor: Cursor,
    /// There is more: post again at once.
    pub more: bool,
    /// Hub time, signed: what freshness is reckoned from.
    pub at: Stamp,
    /// Until then the device may read without the hub (`record::lease`).
    pub licence: Stamp,
    pub signature: [u8; 64],
}

/// The enrolment is over: content is to be erased, what is unsent is still taken. Bound to the post it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub why: EndedBecause,
    pub at: Stamp,
    pub signature: [u8; 64],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBecause {
    /// Revoked at the hub.
    Revoked,
    /// Revoked because it was lost or stolen.
    Lost,
    /// Its user has left.
    Left,
}

impl EndedBecause {
    pub const ALL: [EndedBecause; 3] = [EndedBecause::Revoked, EndedBecause::Lost, EndedBecause::Left];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_device_has_seen_nothing() {
        assert_eq!(Cursor::default(), Cursor { seq: Seq(0), fetching: None });
    }
}
