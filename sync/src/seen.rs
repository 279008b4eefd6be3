//! Who has seen what: the hub tells the author's device that somebody opened a plan, visits or a record on a device that held what the author did there. Role and
//! organisation only. Numbered by the hub for each author, so that what was told is not told again.

use crate::wire::{VERSION, WireFault};
use record::canon::{Reader, Writer};
use record::people::Role;
use record::{PersonId, Stamp};

/// The author's changes of this person's plan, up to a number, were on the screen of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub person: PersonId,
    /// The author's own count of changes in this plan.
    pub through: u64,
    pub role: Role,
    /// The organisation's name.
    pub organisation: String,
    /// By the looker's audit entry.
    pub at: Stamp,
}

pub(crate) fn put(through: u64, seen: &[Seen]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(through).number(seen.len() as u64);
    let put = |to: Writer, s: &Seen| {
        to.bytes(s.person.as_bytes()).number(s.through).text(s.role.code()).text(&s.organisation).signed(s.at.millis())
    };
    seen.iter().fold(to, put).finish()
}

pub(crate) fn take(from: &mut Reader<'_>) -> Result<(u64, Vec<Seen>), WireFault> {
    let through = from.number()?;
    let mut seen = Vec::new();
    for _ in 0..from.number()? {
        let (person, through) = (PersonId::from_bytes(from.array()?), from.number()?);
        let role = Role::from_code(from.text()?).ok_or(WireFault::Newer)?;
        let organisation = from.text()?.to_owned();
        seen.push(Seen { person, through, role, organisation, at: Stamp::from_millis(from.signed()?) });
    }
    Ok((through, seen))
}

/// Work beside plans that somebody can have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// What was done at visits: [`Seen::through`] is the author's own time of the newest that was seen, in milliseconds since 1970.
    Visits,
    /// A choice that the author took down: [`Seen::through`] is the hub's number of it.
    Choice,
    /// Notes of a bag that go with it: [`Seen::through`] is the author's own time of the newest that was seen, in milliseconds since 1970.
    Bag,
}

impl Of {
    pub const ALL: [Of; 3] = [Of::Visits, Of::Choice, Of::Bag];

    pub const fn number(self) -> u8 {
        match self {
            Of::Visits => 1,
            Of::Choice => 2,
            Of::Bag => 3,
        }
    }

    pub fn from_number(number: u64) -> Option<Of> {
        Of::ALL.into_iter().find(|of| u64::from(of.number()) == number)
    }
}

/// Who saw what of the author's work beside plans. `through` goes back with the next post, as with plans: one count for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenWork {
    pub through: u64,
    pub seen: Vec<(Of, Seen)>,
}

pub(crate) fn put_work(work: &SeenWork) -> Vec<u8> {
    let kinds = work.seen.iter().fold(Writer::new(VERSION), |to, (of, _)| to.number(of.number().into())).finish();
    let plain: Vec<Seen> = work.seen.iter().map(|(_, seen)| seen.clone()).collect();
    Writer::new(VERSION).bytes(&kinds).bytes(&put(work.through, &plain)).finish()
}

pub(crate) fn take_work(from: &mut Reader<'_>) -> Result<SeenWork, WireFault> {
    let (mut kinds, mut inside) = (Reader::new(from.bytes()?, VERSION)?, Reader::new(from.bytes()?, VERSION)?);
    let (through, plain) = take(&mut inside)?;
    inside.end()?;
    let mut seen = Vec::new();
    for one in plain {
        seen.push((Of::from_number(kinds.number()?).ok_or(WireFault::Newer)?, one));
    }
    kinds.end()?;
    Ok(SeenWork { through, seen })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_saw_what_reads_back() {
        let one = Seen {
            person: PersonId::from_bytes([3; 16]),
            through: 4,
            role: Role::CareStaff,
            organisation: "Elm House".into(),
            at: Stamp::from_millis(9),
        };
        let bytes = put(12, std::slice::from_ref(&one));
        let mut from = Reader::new(&bytes, VERSION).unwrap();
        assert_eq!(take(&mut from).unwrap(), (12, vec![one.clone()]));
        assert!(from.end().is_ok());
        let work = SeenWork { through: 13, seen: vec![(Of::Choice, one.clone()), (Of::Visits, one)] };
        let bytes = put_work(&work);
        let mut from = Reader::new(&bytes, VERSION).unwrap();
        assert_eq!(take_work(&mut from).unwrap(), work);
        assert!(from.end().is_ok());
    }
}
