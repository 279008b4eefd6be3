//! The critical summary: what a crew must know before anything else, small enough for one QR code (`reference/eredbag.md` sections 3 and 6).
//! Allergies and the CPR decision are whole or say how many more there are; nothing is cut inside a line of theirs.

use super::draft::Entry;
use super::release::Contents;
use super::section::BagSection;
use crate::canon::{NotCanonical, Reader, Writer};
use crate::nhs_number::NhsNumber;
use crate::when::When;
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;

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
    /// The NEWS2 score, where one was taken for this transfer.
    pub news2: Option<u8>,
    pub baseline: String,
    pub contacts: Vec<String>,
    /// Something above was shortened or left out to fit.
    pub shortened: bool,
}

impl Critical {
    /// From what is released. `news2`: of the visit at which it was taken.
    pub fn of(contents: &Contents, news2: Option<u8>) -> Critical {
        let texts = |section| contents.section(section).iter().map(|e: &Entry| e.text.clone());
        let under = |section, heading| contents.under(section, heading).unwrap_or_default().to_owned();
        let cpr = |e: &&Entry| e.text.starts_with("CPR decision") || e.text.starts_with("NOT AGREED. CPR decision");
        Critical {
            banner: contents.header.banner.clone(),
            born: contents.header.born.clone(),
            nhs_number: contents.header.nhs_number,
            home: contents.header.home.name.clone(),
            tracker: contents.header.tracker.clone(),
            allergies: texts(BagSection::Allergies).collect(),
            more_allergies: 0,
            cpr: contents.section(BagSection::EndOfLife).iter().filter(cpr).map(|e| e.text.clone()).collect(),
            original: under(BagSection::EndOfLife, "original"),
            reason: under(BagSection::Transfer, "reason"),
            news2,
            baseline: under(BagSection::Concern, "baseline"),
            contacts: texts(BagSection::Contacts).take(2).collect(),
            shortened: false,
        }
    }

    /// Made to fit so many bytes: first the contacts go, then the baseline and the reason are shortened at a word, then whole allergies are
    /// counted instead of named. The name and the CPR decision always stay.
    pub fn fit(mut self, most: usize) -> Critical {
        let long = |critical: &Critical| critical.to_bytes().len() > most;
        while long(&self) && self.contacts.pop().is_some() {
            self.shortened = true;
        }
        for least in [120, 60, 30] {
            for text in [Text::Baseline, Text::Reason, Text::Original] {
                if long(&self) {
                    self.shorten(text, least);
                }
            }
        }
        while long(&self) && self.allergies.pop().is_some() {
            self.more_allergies += 1;
            self.shortened = true;
        }
        self
    }

    fn shorten(&mut self, text: Text, least: usize) {
        let text = match text {
            Text::Baseline => &mut self.baseline,
            Text::Reason => &mut self.reason,
            Text::Original => &mut self.original,
        };
        if text.chars().count() > least {
            let cut: String = text.chars().take(least).collect();
            *text = format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words));
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
        // Nought is a score: none is written as nought, a score as one more.
        let to = to.number(self.news2.map_or(0, |score| u64::from(score) + 1)).text(&self.baseline);
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
        let news2 = match from.number()? {
            0 => None,
            score => Some(u8::try_from(score - 1).map_err(|_| NotCanonical)?),
        };
        let baseline = from.text()?.to_owned();
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
}

fn texts(from: &mut Reader<'_>) -> Result<Vec<String>, NotCanonical> {
    (0..from.number()?).map(|_| Ok(from.text()?.to_owned())).collect()
}
