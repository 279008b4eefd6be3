//! The critical summary: what a crew must know before anything else, small enough for one QR code (`reference/eredbag.md` sections 3 and 6).
//! Allergies and the CPR decision are whole or say how many more there are; nothing is cut inside a line of theirs.

use super::draft::{Check, Entry};
use super::ids::ItemId;
use super::release::Contents;
use super::section::BagSection;
use crate::canon::{NotCanonical, Reader, Writer};
use crate::nhs_number::NhsNumber;
use crate::when::When;
use serde::{Deserialize, Serialize};

/// 2 since a NEWS2 score stands with its time, and a long decision may be shortened.
const VERSION: u8 = 2;

/// What stands on the slip.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Critical {
    pub banner: String,
    pub born: Option<When>,
    pub nhs_number: Option<NhsNumber>,
    pub home: String,
    pub tracker: String,
    /// Each whole, as on the form.
    pub allergies: Vec<String>,
    /// Allergies that found no room: they are in the whole bag.
    pub more_allergies: u32,
    /// The CPR decision as it stands; several where voices differ. Empty: none is recorded, which is not a decision.
    pub cpr: Vec<String>,
    /// Where the original of the form is.
    pub original: String,
    pub reason: String,
    /// The newest line with a NEWS2 score, with its time; empty: none is known.
    pub news2: String,
    pub baseline: String,
    pub contacts: Vec<String>,
    /// Something above was shortened or left out to fit.
    pub shortened: bool,
}

/// After a line that another contradicts.
pub const IN_TWO_WAYS: &str = " (Said in two ways: both were sent.)";

impl Entry {
    /// Its text, and that another contradicts it.
    pub fn in_full(&self) -> String {
        format!("{}{}", self.text, if self.disputed { IN_TWO_WAYS } else { "" })
    }
}

impl Critical {
    /// From what is released.
    pub fn of(contents: &Contents) -> Critical {
        let texts = |section| contents.section(section).iter().map(|e: &Entry| e.text.clone());
        let under = |section, heading| contents.under(section, heading).unwrap_or_default().to_owned();
        Critical {
            banner: contents.header.banner.clone(),
            born: contents.header.born.clone(),
            nhs_number: contents.header.nhs_number,
            home: contents.header.home.name.clone(),
            tracker: contents.header.tracker.clone(),
            allergies: texts(BagSection::Allergies).collect(),
            more_allergies: 0,
            cpr: cpr(contents),
            original: under(BagSection::EndOfLife, "original"),
            reason: under(BagSection::Transfer, "reason"),
            news2: news2(contents),
            baseline: under(BagSection::Concern, "baseline"),
            contacts: texts(BagSection::Contacts).take(2).collect(),
            shortened: false,
        }
    }

    /// What it says of CPR where there is room: each line, wherever it was written, and that two contradict each other.
    pub fn cpr_in_full(&self, contents: &Contents) -> Vec<String> {
        let all =
            || [BagSection::EndOfLife, BagSection::Alerts].into_iter().flat_map(|section| contents.section(section));
        let said = |text: &String| all().find(|entry| entry.text == *text).map_or_else(|| text.clone(), Entry::in_full);
        self.cpr.iter().map(said).collect()
    }

    /// Made to fit so many bytes: first the contacts go, then the baseline and the reason are shortened at a word, then whole allergies are
    /// counted instead of named. The name and the CPR decision always stay; only where all that was not enough does a decision end after its
    /// first words, and says so.
    pub fn fit(mut self, most: usize) -> Critical {
        let long = |critical: &Critical| critical.to_bytes().len() > most;
        while long(&self) && self.contacts.pop().is_some() {
            self.shortened = true;
        }
        for least in [120, 60, 30] {
            for text in [Text::Baseline, Text::Reason, Text::Original, Text::News2] {
                if long(&self) {
                    self.shorten(text, least);
                }
            }
        }
        while long(&self) && self.allergies.pop().is_some() {
            self.more_allergies += 1;
            self.shortened = true;
        }
        for least in [240, 160, 100, 60] {
            for n in 0..self.cpr.len() {
                if long(&self) && cut(&mut self.cpr[n], least, "… The rest is in the whole bag.") {
                    self.shortened = true;
                }
            }
        }
        while long(&self) && self.cpr.len() > 2 {
            self.cpr.pop();
            self.cpr.truncate(self.cpr.len().saturating_sub(1));
            self.cpr.push(MORE_CPR.to_owned());
            self.shortened = true;
        }
        self
    }

    fn shorten(&mut self, text: Text, least: usize) {
        // A score goes with its time, or says nothing.
        let least = if matches!(text, Text::News2) { least.max(60) } else { least };
        let text = match text {
            Text::Baseline => &mut self.baseline,
            Text::Reason => &mut self.reason,
            Text::Original => &mut self.original,
            Text::News2 => &mut self.news2,
        };
        if cut(text, least, "…") {
            self.shortened = true;
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let list = |to: Writer, texts: &[String]| texts.iter().fold(to.number(texts.len() as u64), |to, t| to.text(t));
        let to = Writer::new(VERSION)
            .text(&self.banner)
            .text(self.born.as_ref().map_or("", When::as_str))
            .text(&self.nhs_number.map(|n| n.digits()).unwrap_or_default())
            .text(&self.home)
            .text(&self.tracker);
        let to = list(to, &self.allergies).number(self.more_allergies.into());
        let to = list(to, &self.cpr).text(&self.original).text(&self.reason);
        let to = to.text(&self.news2).text(&self.baseline);
        list(to, &self.contacts).number(self.shortened.into()).finish()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Critical, NotCanonical> {
        let mut from = Reader::new(bytes, VERSION)?;
        let banner = from.text()?.to_owned();
        let born = match from.text()? {
            "" => None,
            text => Some(When::parse(text).ok_or(NotCanonical)?),
        };
        let nhs_number = match from.text()? {
            "" => None,
            digits => Some(digits.parse().map_err(|_| NotCanonical)?),
        };
        let (home, tracker) = (from.text()?.to_owned(), from.text()?.to_owned());
        let allergies = texts(&mut from)?;
        let more_allergies = u32::try_from(from.number()?).map_err(|_| NotCanonical)?;
        let cpr = texts(&mut from)?;
        let (original, reason) = (from.text()?.to_owned(), from.text()?.to_owned());
        let (news2, baseline) = (from.text()?.to_owned(), from.text()?.to_owned());
        let contacts = texts(&mut from)?;
        let shortened = match from.number()? {
            0 => false,
            1 => true,
            _ => return Err(NotCanonical),
        };
        from.end()?;
        Ok(Critical {
            banner,
            born,
            nhs_number,
            home,
            tracker,
            allergies,
            more_allergies,
            cpr,
            original,
            reason,
            news2,
            baseline,
            contacts,
            shortened,
        })
    }
}

#[derive(Clone, Copy)]
enum Text {
    Baseline,
    Reason,
    Original,
    News2,
}

/// Stands for decisions that found no room.
const MORE_CPR: &str = "There are more lines about CPR: read the whole bag.";

/// Every line about CPR, as it stands: the plan's decision, a flag of the practice, what the home wrote. By its words, so that whoever
/// corrects a line does not lose it: "Not for attempted cardiopulmonary resuscitation" is as much a decision as a coded one, and one line too
/// many is read, where one too few is not.
fn cpr(contents: &Contents) -> Vec<String> {
    let original = ItemId::of(BagSection::EndOfLife.code(), "original");
    let about = |entry: &&Entry| speaks_of_cpr(&entry.text);
    let of = |section| contents.section(section).iter().filter(about).filter(|entry| entry.item != original);
    let all = [BagSection::EndOfLife, BagSection::Alerts, BagSection::Legal].into_iter().flat_map(of);
    let mut lines: Vec<String> = all.map(|entry| entry.text.clone()).collect();
    // The plan's own decisions first: they have a name and a time.
    lines.sort_by_key(|text| !text.contains("CPR decision:"));
    let written = contents.under(BagSection::EndOfLife, "original").filter(|text| speaks_of_cpr(text));
    if lines.is_empty() {
        lines.extend(written.map(str::to_owned));
    }
    lines
}

fn speaks_of_cpr(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("cpr") || lower.contains("resuscit")
}

/// The newest line with a score, whoever took it: a visit, the practice, or the home in its own words.
fn news2(contents: &Contents) -> String {
    let lines = contents.section(BagSection::Observations).iter().filter(|e| e.text.to_uppercase().contains("NEWS2"));
    let at = |entry: &Entry| match (&entry.check, &entry.from) {
        (Check::Entered { at, .. }, _) => Some(When::from_stamp(*at).rank()),
        (_, Some(from)) => from.recorded.as_ref().map(When::rank),
        (_, None) => None,
    };
    // Of two of one time the first stands.
    let newest = lines.rev().max_by_key(|entry| at(entry));
    newest.map(|entry| entry.text.clone()).unwrap_or_default()
}

/// Ends a text at a word, if it is longer than so many characters; gives whether it was.
fn cut(text: &mut String, least: usize, end: &str) -> bool {
    let long = text.chars().count() > least + end.chars().count();
    if long {
        let first: String = text.chars().take(least).collect();
        *text = format!("{}{end}", first.rsplit_once(' ').map_or(first.as_str(), |(words, _)| words));
    }
    long
}

fn texts(from: &mut Reader<'_>) -> Result<Vec<String>, NotCanonical> {
    (0..from.number()?).map(|_| Ok(from.text()?.to_owned())).collect()
}
