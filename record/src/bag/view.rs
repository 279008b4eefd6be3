//! A bag as it stands, worked out from its notes; and what may be added to it next. What is added is checked here against what stands, so that
//! whoever signs signs a legal move; what comes from elsewhere is checked again by the same rules when it is followed.

use super::belongings::{self, Belonging, Counting};
use super::custody::{self, Custody};
use super::draft::{Draft, Entry, LONGEST, Origin};
use super::file::{File, LONGEST_TITLE, MOST_DOCUMENTS};
use super::ids::{BagId, ItemId, NoteId};
use super::journey::{State, Step};
use super::note::{BagFault, Header, Note, Party, Passage, Said};
use super::prefill::Laid;
use super::release::{Contents, Filled, Ready};
use super::section::BagSection;
use crate::ids::OdsCode;
use crate::plan::Author;
use crate::stamp::Stamp;
use crate::visit::PhotoId;
use crate::when::When;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A form that nobody looked at for so long is shown as due (`reference/eredbag.md` section 5, step 0: monthly).
const UPKEEP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A bag that was read by hand and not taken over leaves the reader's device after this (decision 0054): longer than any shift in which
/// somebody may still treat the person by it, and no longer.
pub const UNTAKEN: SignedDuration = SignedDuration::from_hours(24);

/// A bag as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bag {
    pub id: BagId,
    pub header: Header,
    pub opened: Stamp,
    pub draft: Draft,
    pub custody: Custody,
    /// Every passage, oldest first.
    pub passages: Vec<Note>,
    /// Passages that count for nothing: no legal move, or not their author's to make.
    pub aside: Vec<NoteId>,
    pub belongings: Vec<Belonging>,
    /// Who read what was released, once for each version, oldest first.
    pub readers: Vec<Reader>,
    /// When the hub had each note, of those of which that is known here ([`Bag::with_hub_times`]).
    hub: BTreeMap<NoteId, Stamp>,
}

/// Somebody to whom it was going read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    pub by: Author,
    pub version: u32,
    pub at: Stamp,
}

/// A step somebody wants to take.
#[derive(Debug)]
pub struct Moving {
    pub step: Step,
    /// Every last passage that its author saw.
    pub seen: Vec<NoteId>,
    /// Of several, the one that holds.
    pub keeps: Option<NoteId>,
    /// Whoever takes it, if it is not the author.
    pub typed: Option<(String, String)>,
    pub place: String,
    pub tracker: String,
    pub items: Option<u32>,
    pub remark: String,
    /// For a step that releases.
    pub contents: Option<Ready>,
}

impl Bag {
    /// Works the bag out; `None` without its beginning. Notes of other bags are passed over.
    pub fn of(id: BagId, notes: &[Note]) -> Option<Bag> {
        let mut notes: Vec<Note> = notes.iter().filter(|note| note.bag == id).cloned().collect();
        notes.sort_by(|a, b| a.at.cmp(&b.at).then(a.id.cmp(&b.id)));
        notes.dedup_by_key(|note| note.id);
        let begins = |note: &&Note| matches!(note.said, Said::Opened(_));
        let opened = notes.iter().find(begins)?;
        let Said::Opened(header) = &opened.said else { return None };
        let custody::Followed { custody, aside } = custody::follow(header, opened, &notes);
        let back = custody.state() == Some(State::Closed);
        Some(Bag {
            id,
            header: header.as_ref().clone(),
            opened: opened.at,
            draft: Draft::of(notes.iter()),
            custody,
            passages: notes.iter().filter(|n| matches!(n.said, Said::Passed(_))).cloned().collect(),
            aside,
            belongings: belongings::of(notes.iter().filter(|n| counts(n)), back),
            readers: readers(&notes),
            hub: BTreeMap::new(),
        })
    }

    /// The same bag with what is known of when the hub had its notes.
    pub fn with_hub_times(self, times: impl IntoIterator<Item = (NoteId, Stamp)>) -> Bag {
        Bag { hub: times.into_iter().collect(), ..self }
    }

    /// When the hub had this note, if that is known here.
    pub fn at_hub(&self, note: NoteId) -> Option<Stamp> {
        self.hub.get(&note).copied()
    }

    /// What was released, oldest first: the first release and every correction, by the home alone.
    pub fn releases(&self) -> impl DoubleEndedIterator<Item = (&Note, &Contents)> {
        self.passages.iter().filter(|note| !self.aside.contains(&note.id)).filter_map(|note| match &note.said {
            Said::Passed(passage) if passage.step.releases() && note.by.ods == self.header.home.ods => {
                passage.contents.as_deref().map(|contents| (note, contents))
            }
            _ => None,
        })
    }

    /// What holds now.
    pub fn released(&self) -> Option<(&Note, &Contents)> {
        self.releases().max_by_key(|(note, contents)| (contents.version, note.at, note.id))
    }

    /// The file of this name, if something that leaves the home with the bag names it.
    pub fn sent_file(&self, id: PhotoId) -> Option<File> {
        let photos = self.belongings.iter().flat_map(Belonging::photos).map(|(_, file)| *file);
        let counts = self.belongings.iter().flat_map(|thing| &thing.counts);
        let signed = counts.filter_map(|count| count.second.as_ref()?.signed);
        let attached = self.releases().flat_map(|(_, contents)| contents.attached()).map(|(_, file)| *file);
        photos.chain(signed).chain(attached).find(|file| file.id == id)
    }

    /// That, or one on the home's form.
    pub fn file(&self, id: PhotoId) -> Option<File> {
        let written = self.draft.entries(BagSection::Documents, &[], false).into_iter().filter_map(|entry| entry.file);
        self.sent_file(id).or_else(|| written.into_iter().find(|file| file.id == id))
    }

    /// When somebody last checked or wrote a line; before that, when it was begun.
    pub fn looked_over(&self) -> Stamp {
        self.draft.reviewed.unwrap_or(self.opened)
    }

    /// Nobody has looked over the form for a month, and the bag is at home.
    pub fn is_due(&self, now: Stamp) -> bool {
        self.custody.state().is_some_and(State::is_at_home) && now.since(self.looked_over()) >= UPKEEP
    }

    /// The form: what was found under what people said.
    pub fn form(&self, laid: &Laid) -> Vec<Filled> {
        let filled = |section: &BagSection| Filled {
            section: *section,
            entries: self.draft.entries(*section, &laid.of(*section), laid.is_all(*section)),
        };
        BagSection::ALL.iter().map(filled).collect()
    }

    /// What people wrote or checked here, for the person's next bag.
    pub fn lasting(&self) -> Vec<(BagSection, ItemId, String, When)> {
        let when = When::from_stamp(self.looked_over());
        let entered = |e: &Entry| matches!(e.check, super::Check::Entered { .. }) && !e.disputed && e.file.is_none();
        let mut lines = Vec::new();
        for section in BagSection::ALL {
            let entries = self.draft.entries(*section, &[], false);
            lines.extend(entries.into_iter().filter(entered).map(|e| (*section, e.item, e.text, when.clone())));
        }
        lines
    }

    /// The form as contents, ready or with what is missing.
    pub fn ready(&self, laid: &Laid, by: &Author, at: Stamp, why: &str) -> Result<Ready, BagFault> {
        let version = self.released().map_or(0, |(_, contents)| contents.version) + 1;
        let mut sections = self.form(laid);
        let signed = Entry {
            item: ItemId::of(BagSection::Completing.code(), "author"),
            text: format!("{}, {}, {}, {}", by.name, by.title, by.organisation, at.display()),
            from: None,
            check: super::Check::Entered { by: by.name.clone(), at },
            disputed: false,
            file: None,
            now: None,
            gone: false,
            notes: Vec::new(),
        };
        sections
            .iter_mut()
            .filter(|s| s.section == BagSection::Completing)
            .for_each(|s| s.entries.push(signed.clone()));
        let (header, why) = (self.header.clone(), why.trim().to_owned());
        Ready::check(Contents { header, sections, by: by.clone(), at, version, why }).map_err(BagFault::Missing)
    }

    /// A line confirmed, corrected or entered, over everything that stands behind it.
    pub fn put(
        &self,
        (section, item): (BagSection, ItemId),
        text: &str,
        (from, as_found): (Option<Origin>, bool),
        seen: &[NoteId],
    ) -> Result<Said, BagFault> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(BagFault::Text);
        }
        self.stands(section, item, seen)?;
        let over = seen.to_vec();
        Ok(Said::Put { section, item, text: text.to_owned(), from, as_found, over, file: None })
    }

    /// A document of the home's own, attached to the form: a line among the documents, under the document's own name, so that the same one
    /// attached twice is one. It may stand in the place of sections; what no transfer goes without is needed all the same.
    pub fn attach(&self, title: &str, file: File) -> Result<Said, BagFault> {
        let section = BagSection::Documents;
        let item = ItemId::of(section.code(), &file.id.to_string());
        let there = self.draft.entries(section, &[], false);
        let others = there.iter().filter(|entry| entry.file.is_some() && entry.item != item).count();
        if !file.is_document() || others >= MOST_DOCUMENTS {
            return Err(BagFault::File);
        }
        let title = title.trim();
        if title.is_empty() || title.chars().count() > LONGEST_TITLE {
            return Err(BagFault::Text);
        }
        let over = self.draft.standing(section, item);
        self.stands(section, item, &over)?;
        let text = format!("{title} ({})", file.label());
        Ok(Said::Put { section, item, text, from: None, as_found: false, over, file: Some(file) })
    }

    pub fn leave(&self, (section, item): (BagSection, ItemId), why: &str, seen: &[NoteId]) -> Result<Said, BagFault> {
        if why.trim().is_empty() || why.len() > 500 {
            return Err(BagFault::Text);
        }
        self.stands(section, item, seen)?;
        Ok(Said::Left { section, item, why: why.trim().to_owned(), over: seen.to_vec() })
    }

    /// Writing over what one has not seen would silence a colleague.
    fn stands(&self, section: BagSection, item: ItemId, seen: &[NoteId]) -> Result<(), BagFault> {
        if self.custody.holdings().iter().any(|h| h.state.is_over()) {
            return Err(BagFault::Order);
        }
        let unseen = self.draft.standing(section, item).iter().any(|id| !seen.contains(id));
        if unseen { Err(BagFault::Stale) } else { Ok(()) }
    }

    pub fn count(&self, counting: Counting) -> Result<Said, BagFault> {
        let over = self.custody.state().is_some_and(|state| state == State::Cancelled);
        if over { Err(BagFault::Order) } else { Ok(Said::Counted(counting)) }
    }

    /// Whether a step may follow here, said by somebody of this organisation; where it is disputed, on any of the sides.
    pub fn admits(&self, step: Step, by: &OdsCode) -> bool {
        self.custody.admits(step)
            && self.custody.holdings().iter().any(|holding| custody::may_cancel(holding, by, step))
    }

    /// The next passage, if it is a legal move of this author's.
    pub fn pass(&self, by: &Author, moving: Moving) -> Result<Said, BagFault> {
        let Moving { step, seen, keeps, typed, place, tracker, items, remark, contents } = moving;
        let home = by.ods == self.header.home.ods;
        if !step.may_be_taken_by(by.role) || (step.is_the_homes() && !home) {
            return Err(BagFault::Role);
        }
        if self.custody.lasts().iter().any(|id| !seen.contains(id)) {
            return Err(BagFault::Stale);
        }
        let holding = match (&self.custody, keeps) {
            (Custody::Held(holding), _) => holding,
            (Custody::Disputed(all), Some(keeps)) => {
                all.iter().find(|h| h.last == Some(keeps)).ok_or(BagFault::Stale)?
            }
            // A correction says nothing of who has the bag.
            (Custody::Disputed(all), None) if step == Step::Correct => all.first().ok_or(BagFault::Disputed)?,
            (Custody::Disputed(_), None) => return Err(BagFault::Disputed),
        };
        holding.after(step)?;
        if step.needs_why() && remark.trim().is_empty() {
            return Err(BagFault::Text);
        }
        if !custody::may_cancel(holding, &by.ods, step) {
            return Err(BagFault::Role);
        }
        if step.releases() != contents.is_some() {
            return Err(BagFault::Missing(Vec::new()));
        }
        let settles = self.custody.lasts().into_iter().filter(|id| Some(*id) != holding.last && step != Step::Correct);
        let to = match typed {
            Some((name, organisation)) if !name.trim().is_empty() => Some(Party::Typed { name, organisation }),
            Some(_) => return Err(BagFault::Text),
            None if step.hands_over() => Some(Party::Known(by.clone())),
            None => None,
        };
        if [&place, &tracker, &remark].iter().any(|text| text.len() > 500) {
            return Err(BagFault::Text);
        }
        Ok(Said::Passed(Box::new(Passage {
            step,
            after: holding.last,
            settles: settles.collect(),
            to: to.filter(|_| step.hands_over()),
            place,
            tracker,
            items,
            remark,
            contents: contents.map(|ready| Box::new(ready.into_contents())),
        })))
    }
}

fn readers(notes: &[Note]) -> Vec<Reader> {
    let mut readers: Vec<Reader> = Vec::new();
    for note in notes {
        let Said::Seen { version } = note.said else { continue };
        let before = |reader: &Reader| reader.by.staff == note.by.staff && reader.version == version;
        if !readers.iter().any(before) {
            readers.push(Reader { by: note.by.clone(), version, at: note.at });
        }
    }
    readers
}

/// A count that its author could not have made is not one.
fn counts(note: &Note) -> bool {
    matches!(&note.said, Said::Counted(counting) if counting.holds_for(&note.by) && Step::Carry.may_be_taken_by(note.by.role))
}
