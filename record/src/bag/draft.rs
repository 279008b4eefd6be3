//! The form as it stands while the home works on it: for each line what was said of it, by whom, and whether it was checked. Two carers who
//! write apart are both heard until one of them, seeing both, says which holds. Pure and order-independent.

use super::file::File;
use super::ids::{ItemId, NoteId};
use super::note::{Note, Said};
use super::section::BagSection;
use crate::plan::Author;
use crate::stamp::Stamp;
use crate::visit::PhotoId;
use crate::when::When;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// No line is longer (characters).
pub const LONGEST: usize = 4_000;

/// Where a pre-filled line came from, and when that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `Mill Lane Surgery`, `Care plan`, `Last Red Bag`.
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<When>,
}

impl Origin {
    /// `From Mill Lane Surgery, 06-Aug-2018.`
    pub fn in_words(&self) -> String {
        let when = self.recorded.as_ref().map_or("undated".to_owned(), When::display_date);
        format!("From {}, {when}.", self.label)
    }
}

/// What somebody said of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    pub note: NoteId,
    pub text: String,
    pub from: Option<Origin>,
    pub as_found: bool,
    pub file: Option<File>,
    pub by: Author,
    pub at: Stamp,
}

/// Whether a line was checked for this transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// As its source has it; nobody looked.
    Unchecked,
    /// As its source has it; somebody looked.
    Confirmed { by: String, at: Stamp },
    /// Somebody changed what the source has, or wrote it.
    Entered { by: String, at: Stamp },
}

impl Check {
    pub fn label(&self) -> String {
        match self {
            Check::Unchecked => "Not checked for this transfer".to_owned(),
            Check::Confirmed { by, at } => format!("Confirmed by {by}, {}", at.display()),
            Check::Entered { by, at } => format!("Entered by {by}, {}", at.display()),
        }
    }
}

/// One line as it is shown and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub item: ItemId,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Origin>,
    pub check: Check,
    /// Another line of the same item says otherwise: both go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// The document that somebody attached: the line names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
    /// The source has changed since somebody checked it: this is what it says now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// It is not among what its source says any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// The notes that stand behind it: what a correction must name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteId>,
}

impl Entry {
    /// How far it was checked, and by whom; and what its source says since.
    pub fn checked(&self) -> String {
        let checked = match (&self.file, &self.check) {
            (Some(_), Check::Entered { by, at }) => format!("Attached by {by}, {}", at.display()),
            _ => self.check.label(),
        };
        match (&self.now, self.gone) {
            (Some(now), _) => format!("{checked}. CHANGED SINCE, it now says: {now}"),
            (None, true) => format!("{checked}. CHANGED SINCE: it no longer stands in the record"),
            (None, false) => checked,
        }
    }

    /// Nobody looked at it as its source has it now.
    pub const fn is_unchecked(&self) -> bool {
        matches!(self.check, Check::Unchecked) || self.now.is_some() || self.gone
    }
}

/// A line as it was found: which item, what it says, where it is from.
pub type Laying = (ItemId, String, Option<Origin>);

/// What was said of every line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    lines: BTreeMap<(BagSection, ItemId), Line>,
    /// The newest time at which anybody checked or wrote a line.
    pub reviewed: Option<Stamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Line {
    voices: Vec<Voice>,
    left: bool,
    left_notes: Vec<NoteId>,
}

impl Draft {
    pub fn of<'a>(notes: impl Iterator<Item = &'a Note> + Clone) -> Draft {
        let mut over: BTreeSet<NoteId> = BTreeSet::new();
        for note in notes.clone() {
            if let Said::Put { over: seen, .. } | Said::Left { over: seen, .. } = &note.said {
                over.extend(seen.iter().filter(|id| **id != note.id));
            }
        }
        let mut draft = Draft::default();
        for note in notes {
            let standing = !over.contains(&note.id);
            match &note.said {
                Said::Put { section, item, text, from, as_found, file, .. } => {
                    draft.reviewed = draft.reviewed.max(Some(note.at));
                    let line = draft.lines.entry((*section, *item)).or_default();
                    if standing {
                        line.voices.push(Voice {
                            note: note.id,
                            text: text.clone(),
                            from: from.clone(),
                            as_found: *as_found,
                            file: *file,
                            by: note.by.clone(),
                            at: note.at,
                        });
                    }
                }
                Said::Left { section, item, .. } => {
                    draft.reviewed = draft.reviewed.max(Some(note.at));
                    let line = draft.lines.entry((*section, *item)).or_default();
                    if standing {
                        line.left = true;
                        line.left_notes.push(note.id);
                    }
                }
                _ => {}
            }
        }
        for line in draft.lines.values_mut() {
            // The same words said twice are one voice; a stable order whatever came first.
            line.voices.sort_by(|a, b| a.at.cmp(&b.at).then(a.note.cmp(&b.note)));
            line.left_notes.sort_unstable();
        }
        draft
    }

    /// The lines of a section: what was found, under what people said of it, then what they wrote besides. A line that somebody confirmed and
    /// that is found no longer says so, where `all` that its sources hold was found.
    pub fn entries(&self, section: BagSection, found: &[Laying], all: bool) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        for (item, text, from) in found {
            seen.insert(*item);
            match self.lines.get(&(section, *item)) {
                Some(line) => entries.extend(line.entries(*item, Found::Says(text))),
                None => entries.push(Entry {
                    item: *item,
                    text: text.clone(),
                    from: from.clone(),
                    check: Check::Unchecked,
                    disputed: false,
                    file: None,
                    now: None,
                    gone: false,
                    notes: Vec::new(),
                }),
            }
        }
        let lost = if all { Found::Gone } else { Found::Unknown };
        let rest = self.lines.iter().filter(|((of, item), _)| *of == section && !seen.contains(item));
        let mut rest: Vec<(Stamp, Vec<Entry>)> = rest
            .map(|((_, item), line)| {
                (line.voices.first().map_or(Stamp::from_millis(0), |v| v.at), line.entries(*item, lost))
            })
            .collect();
        rest.sort_by_key(|(at, _)| *at);
        entries.extend(rest.into_iter().flat_map(|(_, lines)| lines));
        entries
    }

    /// Every note that now stands behind a line: what replaces it must name them all.
    pub fn standing(&self, section: BagSection, item: ItemId) -> Vec<NoteId> {
        let Some(line) = self.lines.get(&(section, item)) else { return Vec::new() };
        line.voices.iter().map(|v| v.note).chain(line.left_notes.iter().copied()).collect()
    }
}

/// What the sources say of a line now.
#[derive(Clone, Copy)]
enum Found<'a> {
    Says(&'a str),
    Gone,
    /// Nothing was looked up, or not all of it.
    Unknown,
}

impl Line {
    fn entries(&self, item: ItemId, found: Found<'_>) -> Vec<Entry> {
        let mut texts: Vec<&str> = self.voices.iter().map(|v| v.text.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        // Left out by one and written by another, apart: it is not left out.
        let disputed = texts.len() > 1 || (self.left && !texts.is_empty());
        let notes: Vec<NoteId> = self.voices.iter().map(|v| v.note).chain(self.left_notes.iter().copied()).collect();
        let mut shown: BTreeSet<(&str, Option<PhotoId>)> = BTreeSet::new();
        let mut entries = Vec::new();
        for voice in &self.voices {
            if !shown.insert((&voice.text, voice.file.map(|file| file.id))) {
                continue;
            }
            let (by, at) = (voice.by.name.clone(), voice.at);
            entries.push(Entry {
                item,
                text: voice.text.clone(),
                from: voice.from.clone(),
                check: if voice.as_found { Check::Confirmed { by, at } } else { Check::Entered { by, at } },
                disputed,
                file: voice.file,
                now: match found {
                    Found::Says(now) if voice.as_found && now != voice.text => Some(now.to_owned()),
                    _ => None,
                },
                gone: voice.as_found && matches!(found, Found::Gone),
                notes: notes.clone(),
            });
        }
        entries
    }
}
