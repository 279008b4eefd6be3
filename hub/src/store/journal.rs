//! The journal: each happening about a person, told to every caseload the person is on, under one growing number. Reading it by
//! cursor costs what is new, never what is held.

use super::next_seq;
use rusqlite::{Transaction, params};

/// What a journal line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    MemberAdded,
    MemberRemoved,
    ResourceChanged,
    ConsentChanged,
}

impl What {
    pub const fn number(self) -> i64 {
        match self {
            What::MemberAdded => 1,
            What::MemberRemoved => 2,
            What::ResourceChanged => 3,
            What::ConsentChanged => 4,
        }
    }

    pub const fn from_number(number: i64) -> Option<What> {
        Some(match number {
            1 => What::MemberAdded,
            2 => What::MemberRemoved,
            3 => What::ResourceChanged,
            4 => What::ConsentChanged,
            _ => return None,
        })
    }
}

/// Notes that something about a person changed: moves the person's head and tells every caseload that holds them.
/// `person` and `resource` are row ids. Gives the number it happened under.
pub fn changed(tx: &Transaction<'_>, person: i64, what: What, resource: Option<i64>) -> rusqlite::Result<u64> {
    let seq = next_seq(tx)?;
    tx.prepare_cached("update person set head = ?2 where id = ?1")?.execute(params![person, seq as i64])?;
    tx.prepare_cached(
        "insert into feed (caseload, seq, person, what, resource)
         select caseload, ?2, ?1, ?3, ?4 from caseload_member where person = ?1",
    )?
    .execute(params![person, seq as i64, what.number(), resource])?;
    Ok(seq)
}
