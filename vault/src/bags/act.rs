//! Putting something in a bag, through the door, as this vault's user and with their key. What is said is checked against the bag as it stands
//! (`record::bag::view`); a refused act leaves the entry of the attempt and nothing else.

use super::{BagAsked, OpenedBag, keep, look};
use crate::chart;
use crate::door::{Admitted, Answer, Deed, Door};
use crate::drafts;
use crate::fault::VaultFault;
use crate::visits::photos;
use ed25519_dalek::SigningKey;
use record::Stamp;
use record::audit::BagDeed;
use record::bag::belongings::Column;
use record::bag::prefill::Laid;
use record::bag::view::Moving;
use record::bag::{
    Bag, BagFault, BagId, BagSection, Check, Count, Counting, File, Header, ItemId, Note, NoteId, Origin, Said, Second,
    Step,
};
use record::people::{Actor, Role};
use record::plan::Author;
use record::visit::Photo;
use rusqlite::Connection;
use sync::bag::Sheet;
use sync::frame::Folder;
use sync::outbox::Work;
use sync::photos::NamedBy;

/// A line as somebody confirmed, corrected or wrote it. `seen`: every note behind it that they saw.
#[derive(Debug, Clone)]
pub struct Written {
    pub section: BagSection,
    pub item: ItemId,
    /// Empty to leave the line out, for the reason in `why`.
    pub text: String,
    pub why: String,
    pub from: Option<Origin>,
    pub as_found: bool,
    pub seen: Vec<NoteId>,
}

/// Belongings as somebody counted them at one place.
#[derive(Debug, Clone)]
pub struct Counted {
    pub column: Column,
    pub counts: Vec<Count>,
    /// Who counted the valuables too.
    pub second: Option<Second>,
    /// Their signature, drawn: the bytes of a picture.
    pub signature: Option<Vec<u8>>,
}

/// Who writes, and with what.
pub(super) struct Hand<'a> {
    pub(super) author: Author,
    pub(super) chain: record::ChainId,
    pub(super) key: &'a SigningKey,
    pub(super) at: Stamp,
}

impl Hand<'_> {
    pub(super) fn of<'a>(door: &Door, key: &'a SigningKey, now: Stamp) -> Hand<'a> {
        Hand { author: Author::of(door.actor()), chain: door.chain().clone(), key, at: door.moment(now).0 }
    }

    /// Signs and keeps a note; it is sent with the next post.
    pub(super) fn put(
        &self,
        within: &Admitted<'_>,
        (bag, header): (BagId, &Header),
        said: Said,
    ) -> Result<Sheet, VaultFault> {
        let (by, chain) = (self.author.clone(), self.chain.clone());
        // No two notes of one hand at one moment are taken for each other's forerunner: time moves with each.
        let last =
            keep::newest(within.tx(), header.person)?.map_or(self.at, |last| Stamp::from_millis(last.millis() + 1));
        let note = Note { id: NoteId::from_bytes([0; 32]), bag, by, chain, at: self.at.max(last), said };
        let sheet = Sheet::sign(note, self.key).map_err(VaultFault::Bag)?;
        keep::add(within.tx(), (header.person, &sheet), (keep::Vouch::Own, None), true)?;
        within.sends(Work::Bag(sheet.posted()));
        Ok(sheet)
    }
}

/// Begins a bag. Two carers of one home who begin apart begin the same one: its name follows from whose it is and which came before.
pub(crate) fn open(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, tracker): (&BagAsked, &str),
    now: Stamp,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let hand = Hand::of(door, key, now);
    act(door, folder, (asked, BagDeed::Opened), now, |within, _, bag, found| {
        if bag.is_some() || tracker.len() > 40 {
            return Err(VaultFault::Bag(BagFault::Taken));
        }
        let (header, _) = found.ok_or(VaultFault::NotCarried)?;
        if !Step::MakeReady.may_be_taken_by(hand.author.role) {
            return Err(VaultFault::Bag(BagFault::Role));
        }
        let header = Header { tracker: tracker.trim().to_owned(), ..header };
        let before = keep::bags_of(within.tx(), asked.person)?.first().copied();
        let id = BagId::begun(asked.person, &header.home.ods, before);
        hand.put(within, (id, &header), Said::Opened(Box::new(header.clone()))).map(drop)
    })
}

/// Confirms, corrects, writes or leaves out one line.
pub(crate) fn write(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, written): (&BagAsked, &Written),
    now: Stamp,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let hand = Hand::of(door, key, now);
    act(door, folder, (asked, BagDeed::Wrote), now, |within, _, bag, _| {
        let bag = bag.ok_or(VaultFault::Bag(BagFault::Unknown))?;
        homes(&hand, bag)?;
        let place = (written.section, written.item);
        let said = if written.text.trim().is_empty() && !written.why.trim().is_empty() {
            bag.leave(place, &written.why, &written.seen)
        } else {
            bag.put(place, &written.text, (written.from.clone(), written.as_found), &written.seen)
        };
        hand.put(within, (bag.id, &bag.header), said.map_err(VaultFault::Bag)?)?;
        // What was typed for this line is a draft no longer; not written, it stays.
        let form = format!("bag-line-{}", written.item);
        let ended = drafts::end(within.tx(), (asked.person, &form), hand.at)?;
        ended.into_iter().for_each(|ended| within.sends(ended));
        Ok(())
    })
}

/// Confirms every line that nobody has looked at yet, of one section or of all: somebody read them, and they are right.
pub(crate) fn confirm_all(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, only): (&BagAsked, Option<BagSection>),
    now: Stamp,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let hand = Hand::of(door, key, now);
    act(door, folder, (asked, BagDeed::Wrote), now, |within, _, bag, found| {
        let bag = bag.ok_or(VaultFault::Bag(BagFault::Unknown))?;
        homes(&hand, bag)?;
        let (_, laid) = found.ok_or(VaultFault::NotCarried)?;
        for filled in bag.form(&laid) {
            if only.is_some_and(|only| only != filled.section) {
                continue;
            }
            for entry in filled.entries.iter().filter(|entry| entry.check == Check::Unchecked) {
                let said = bag.put((filled.section, entry.item), &entry.text, (entry.from.clone(), true), &entry.notes);
                hand.put(within, (bag.id, &bag.header), said.map_err(VaultFault::Bag)?)?;
            }
        }
        Ok(())
    })
}

/// Counts belongings at one place.
pub(crate) fn count(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, counted): (&BagAsked, Counted),
    now: Stamp,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let hand = Hand::of(door, key, now);
    let Counted { column, counts, second, signature } = counted;
    let drawn = signature.map(|bytes| Photo::of(&bytes).map(|photo| (File::from(photo), bytes)));
    let drawn = drawn.map(|drawn| drawn.ok_or(VaultFault::Bag(BagFault::File))).transpose()?;
    let signed = drawn.as_ref().map(|(file, _)| *file);
    let second = second.map(|second| Second { signed, ..second });
    act(door, folder, (asked, BagDeed::Counted), now, |within, _, bag, _| {
        let bag = bag.ok_or(VaultFault::Bag(BagFault::Unknown))?;
        if !Step::Carry.may_be_taken_by(hand.author.role) {
            return Err(VaultFault::Bag(BagFault::Role));
        }
        let counting = Counting::new(column, counts, second, &hand.author).map_err(VaultFault::Bag)?;
        let taken: Vec<(String, Vec<File>)> =
            counting.counts().iter().map(|thing| (Count::form(&thing.code), thing.photos.clone())).collect();
        let said = bag.count(counting).map_err(VaultFault::Bag)?;
        let sheet = hand.put(within, (bag.id, &bag.header), said)?;
        for (form, named) in taken {
            let by = NamedBy::Note(sheet.note.id);
            let sealed = photos::sign_form(within.tx(), (asked.person, &form), (by, &named), sheet.note.at)?;
            let sealed = sealed.ok_or(VaultFault::Bag(BagFault::File))?;
            sealed.into_iter().for_each(|file| within.sends(file));
        }
        if let Some((file, bytes)) = drawn {
            let by = NamedBy::Note(sheet.note.id);
            within.sends(photos::keep_to_send(within.tx(), asked.person, (by, &file), bytes)?);
        }
        Ok(())
    })
}

/// Attaches a document of the home's own to the form.
pub(crate) fn attach(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, title, bytes): (&BagAsked, &str, Vec<u8>),
    now: Stamp,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let hand = Hand::of(door, key, now);
    let file = File::document(&bytes).ok_or(VaultFault::Bag(BagFault::File))?;
    act(door, folder, (asked, BagDeed::Wrote), now, |within, _, bag, _| {
        let bag = bag.ok_or(VaultFault::Bag(BagFault::Unknown))?;
        homes(&hand, bag)?;
        let said = bag.attach(title, file).map_err(VaultFault::Bag)?;
        let sheet = hand.put(within, (bag.id, &bag.header), said)?;
        let by = NamedBy::Note(sheet.note.id);
        within.sends(photos::keep_to_send(within.tx(), asked.person, (by, &file), bytes)?);
        Ok(())
    })
}

/// Takes a step: released, packed, lost, found, taken over. What goes with a release is worked out here, whatever `step` brings. `signed` sees the
/// note before it is kept: what it refuses did not happen.
pub(crate) fn move_on(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, step, signed): (&BagAsked, Moving, impl FnOnce(&Sheet) -> Result<(), BagFault>),
    now: Stamp,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let hand = Hand::of(door, key, now);
    let deed = match step.step {
        Step::Release | Step::Correct => BagDeed::Released,
        Step::Accept | Step::Receive | Step::Move | Step::Carry | Step::Close if step.typed.is_none() => {
            BagDeed::Accepted
        }
        _ => BagDeed::Passed,
    };
    act(door, folder, (asked, deed), now, |within, _, bag, found| {
        let bag = bag.ok_or(VaultFault::Bag(BagFault::Unknown))?;
        let contents = match (step.step.releases(), found) {
            (true, Some((_, laid))) => {
                homes(&hand, bag)?;
                Some(bag.ready(&laid, &hand.author, hand.at, &step.remark).map_err(VaultFault::Bag)?)
            }
            (true, None) => return Err(VaultFault::NotCarried),
            (false, _) => None,
        };
        let moving = Moving {
            place: step.place.trim().to_owned(),
            tracker: step.tracker.trim().to_owned(),
            remark: step.remark.trim().to_owned(),
            contents,
            ..step
        };
        let said = bag.pass(&hand.author, moving).map_err(VaultFault::Bag)?;
        let sheet = hand.put(within, (bag.id, &bag.header), said)?;
        signed(&sheet).map_err(VaultFault::Bag)
    })
}

/// The form is the sending home's: others read it.
fn homes(hand: &Hand<'_>, bag: &Bag) -> Result<(), VaultFault> {
    let theirs = hand.author.ods == bag.header.home.ods;
    let role = matches!(hand.author.role, Role::RegulatedClinician | Role::CareStaff);
    if theirs && role { Ok(()) } else { Err(VaultFault::Bag(BagFault::Role)) }
}

/// One act on the person's bag: admitted, done, and the bag as it then stands.
pub(super) fn act(
    door: &mut Door,
    folder: &mut Folder,
    (asked, deed): (&BagAsked, BagDeed),
    now: Stamp,
    make: impl FnOnce(&Admitted<'_>, &Actor, Option<&Bag>, Option<(Header, Laid)>) -> Result<(), VaultFault>,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let request = look::request(door, asked);
    let whose = |conn: &Connection| match deed {
        // What comes home is counted when the bag is closed.
        BagDeed::Counted => look::last_or_current(conn, asked.person),
        _ => look::current(conn, asked.person),
    };
    let id = door.glance(|conn| Ok(whose(conn)?.map(|bag| bag.id)))?;
    let mut means = chart::means(door, folder, None, now);
    let (actor, at) = (door.actor().clone(), door.moment(now).0);
    door.admit(&request, Deed::Bag(deed, id), now, |within| {
        let bag = whose(within.tx())?;
        let found = look::found(within, &mut means, &actor, asked.person, bag.as_ref())?;
        make(within, &actor, bag.as_ref(), found)?;
        look::opened(within, &mut means, &actor, asked.person, at)
    })
}
