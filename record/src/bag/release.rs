//! What leaves the home: the form as it stood, whole, in one value. It can be released only as [`Ready`], and that is made only where nothing
//! is missing without which a transfer means nothing (`reference/eredbag.md` section 3.1). Everything else is a prompt, never a block: an
//! ambulance may be at the door.

use super::draft::Entry;
use super::file::File;
use super::form::with_question;
use super::note::Header;
use super::section::BagSection;
use crate::plan::Author;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};

/// A section with something in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    pub section: BagSection,
    pub entries: Vec<Entry>,
}

/// The form, whole, as it stood when somebody released it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub header: Header,
    pub sections: Vec<Filled>,
    pub by: Author,
    pub at: Stamp,
    /// 1 for the first release, one more for each correction.
    pub version: u32,
    /// What changed and why, for a correction.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A line of a section as it is read where nobody sees the form: an answer stands with its question.
pub fn words(section: BagSection, entry: &Entry) -> String {
    section.question(entry.item).map_or_else(|| entry.text.clone(), |asked| with_question(asked, &entry.text))
}

impl Contents {
    pub fn section(&self, section: BagSection) -> &[Entry] {
        self.sections.iter().find(|filled| filled.section == section).map_or(&[], |filled| &filled.entries)
    }

    /// The text of the line under this heading of the form, if somebody wrote it.
    pub fn under(&self, section: BagSection, heading: &str) -> Option<&str> {
        let item = super::ItemId::of(section.code(), heading);
        self.section(section).iter().find(|entry| entry.item == item).map(|entry| entry.text.as_str())
    }

    /// The home's own documents that are attached, with their lines.
    pub fn attached(&self) -> impl Iterator<Item = (&Entry, &File)> {
        self.section(BagSection::Documents).iter().filter_map(|entry| Some((entry, entry.file.as_ref()?)))
    }

    /// What is said where a section holds nothing, if a document is attached in its place.
    pub fn see_attached(&self) -> Option<String> {
        let named: Vec<String> =
            self.attached().map(|(entry, _)| format!("{} {}.", entry.text, entry.checked())).collect();
        (!named.is_empty()).then(|| format!("See the attached document. {}", named.join(" ")))
    }

    /// Lines that nobody checked for this transfer, as their source has them now.
    pub fn unchecked(&self) -> usize {
        let unchecked = |e: &&Entry| e.is_unchecked();
        self.sections.iter().flat_map(|s| &s.entries).filter(unchecked).count()
    }
}

/// The heading of the line in which a home writes a date of birth that the record does not have, or has in part.
pub const BORN: &str = "born";

/// The only things whose absence stops a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Missing {
    Name,
    Born,
    Home,
    Reason,
    /// A list, "no known allergies", or "not recorded" chosen on purpose.
    Allergies,
    Author,
}

impl Missing {
    pub const ALL: [Missing; 6] =
        [Missing::Name, Missing::Born, Missing::Home, Missing::Reason, Missing::Allergies, Missing::Author];

    /// What to do about it.
    pub const fn mend(self) -> &'static str {
        match self {
            Missing::Name => "Enter the person's name",
            Missing::Born => "Enter the person's date of birth",
            Missing::Home => "This device must know which home it belongs to",
            Missing::Reason => "Enter why the person is going to hospital",
            Missing::Allergies => {
                "Say which allergies there are, that there are none known, or that they are not recorded"
            }
            Missing::Author => "Sign in as yourself",
        }
    }
}

/// Contents that may leave. Nothing else can be released.
///
/// ```compile_fail
/// fn forge(contents: record::bag::Contents) -> record::bag::Ready { record::bag::Ready(contents) }
/// ```
/// ```compile_fail
/// fn open(ready: record::bag::Ready) -> record::bag::Contents { ready.0 }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Ready(Contents);

impl Ready {
    /// Ready, or everything that is missing.
    pub fn check(mut contents: Contents) -> Result<Ready, Vec<Missing>> {
        let said = |section| contents.section(section).iter().any(|entry| !entry.text.trim().is_empty());
        let header = &contents.header;
        let mut missing = Vec::new();
        let mut need = |there: bool, what| {
            if !there {
                missing.push(what);
            }
        };
        need(!header.family.trim().is_empty() || !header.given.trim().is_empty(), Missing::Name);
        // As it is known: of some people it is a year. Where the record has none, the home may have written one.
        let born = contents.under(BagSection::Person, BORN).is_some_and(|text| !text.trim().is_empty());
        need(header.born.is_some() || born, Missing::Born);
        need(!header.home.name.trim().is_empty(), Missing::Home);
        need(contents.under(BagSection::Transfer, "reason").is_some_and(|t| !t.trim().is_empty()), Missing::Reason);
        need(said(BagSection::Allergies), Missing::Allergies);
        need(!contents.by.name.trim().is_empty(), Missing::Author);
        if !missing.is_empty() {
            return Err(missing);
        }
        // Sent if there is a value: an empty section is not sent.
        contents.sections.retain(|filled| !filled.entries.is_empty());
        Ok(Ready(contents))
    }

    pub const fn contents(&self) -> &Contents {
        &self.0
    }

    pub(super) fn into_contents(self) -> Contents {
        self.0
    }
}
