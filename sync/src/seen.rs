//! Who has seen what: the hub tells the author's device that somebody opened a plan on a device that held the author's change. Role and
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
        assert_eq!(take(&mut from).unwrap(), (12, vec![one]));
        assert!(from.end().is_ok());
    }
}
