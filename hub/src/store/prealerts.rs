//! Pre-alerts at rest: to whom a release is announced, and what became of each. What is written where is `crate::bags::prealert`'s.

use record::bag::{BagId, NoteId};
use record::people::Organisation;
use record::{OdsCode, Stamp};
use rusqlite::types::Type;
use rusqlite::{Row, Transaction, params};

/// Why nothing is written for one, or no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// What the person chose does not allow it.
    Choice,
    /// A correction was released: its own announcement takes the place of this.
    Overtaken,
    /// The bag was no longer on its way.
    Over,
}

impl Ended {
    const ALL: [Ended; 3] = [Ended::Choice, Ended::Overtaken, Ended::Over];

    pub const fn code(self) -> &'static str {
        match self {
            Ended::Choice => "choice",
            Ended::Overtaken => "overtaken",
            Ended::Over => "over",
        }
    }
}

/// Where an announcement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Waiting {
        recorded: bool,
    },
    /// Its file lies in the folder.
    Written(Stamp),
    /// The hub saw then that its file is no longer there.
    Gone(Stamp),
    Ended(Ended),
}

impl Standing {
    /// Since when, as far as this hub knows.
    pub const fn at(self) -> Option<Stamp> {
        match self {
            Standing::Written(at) | Standing::Gone(at) => Some(at),
            Standing::Waiting { .. } | Standing::Ended(_) => None,
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Standing::Waiting { .. } => "waiting",
            Standing::Written(_) => "written",
            Standing::Gone(_) => "picked up",
            Standing::Ended(why) => why.code(),
        }
    }
}

/// The announcement of one release to one hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreAlert {
    pub note: NoteId,
    pub to: Organisation,
    pub bag: BagId,
    pub since: Stamp,
    pub standing: Standing,
}

const COLUMNS: &str = "note, ods, name, bag, since, recorded, written, gone, ended";

fn read(row: &Row<'_>) -> rusqlite::Result<PreAlert> {
    let unread = |n: usize| rusqlite::Error::FromSqlConversionFailure(n, Type::Text, "a stored pre-alert".into());
    let time = |n: usize| row.get::<_, Option<i64>>(n).map(|at| at.map(Stamp::from_millis));
    let ended: Option<String> = row.get(8)?;
    let standing = match (ended, time(7)?, time(6)?) {
        (Some(code), ..) => {
            Standing::Ended(Ended::ALL.into_iter().find(|e| e.code() == code).ok_or_else(|| unread(8))?)
        }
        (None, Some(gone), _) => Standing::Gone(gone),
        (None, None, Some(written)) => Standing::Written(written),
        (None, None, None) => Standing::Waiting { recorded: time(5)?.is_some() },
    };
    let ods: OdsCode = row.get::<_, String>(1)?.parse().map_err(|_| unread(1))?;
    Ok(PreAlert {
        note: NoteId::from_bytes(row.get(0)?),
        to: Organisation { ods, name: row.get(2)? },
        bag: BagId::from_bytes(row.get(3)?),
        since: Stamp::from_millis(row.get(4)?),
        standing,
    })
}

/// Owes one, once: the same release is announced to a hospital only once.
pub fn owe(tx: &Transaction<'_>, (note, bag): (NoteId, BagId), to: &Organisation, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or ignore into bag_alert (note, ods, name, bag, since) values (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![note.as_bytes(), to.ods.as_str(), to.name, bag.as_bytes(), now.millis()])
        .map(drop)
}

/// Those that are not written yet, or lie written, the oldest first.
pub fn open(tx: &Transaction<'_>) -> rusqlite::Result<Vec<PreAlert>> {
    let sql = format!("select {COLUMNS} from bag_alert where gone is null and ended is null order by since, note, ods");
    tx.prepare_cached(&sql)?.query_map([], read)?.collect()
}

/// Of one bag, the newest first.
pub fn of(tx: &Transaction<'_>, bag: BagId) -> rusqlite::Result<Vec<PreAlert>> {
    let sql = format!("select {COLUMNS} from bag_alert where bag = ?1 order by since desc, ods");
    tx.prepare_cached(&sql)?.query_map([bag.as_bytes()], read)?.collect()
}

/// It goes on: recorded, then written, then gone; or it ended.
pub fn moves(tx: &Transaction<'_>, alert: &PreAlert, to: Standing, now: Stamp) -> rusqlite::Result<()> {
    let (column, value): (&str, &dyn rusqlite::ToSql) = match &to {
        Standing::Waiting { .. } => ("recorded", &now.millis()),
        Standing::Written(at) => ("written", &at.millis()),
        Standing::Gone(at) => ("gone", &at.millis()),
        Standing::Ended(why) => ("ended", &why.code()),
    };
    tx.prepare_cached(&format!("update bag_alert set {column} = ?3 where note = ?1 and ods = ?2"))?
        .execute(params![alert.note.as_bytes(), alert.to.ods.as_str(), value])
        .map(drop)
}

/// Registers a hospital that bags may name; again, under a new name.
pub fn put_receiver(tx: &Transaction<'_>, receiver: &Organisation) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or replace into bag_receiver (ods, name) values (?1, ?2)")?
        .execute(params![receiver.ods.as_str(), receiver.name])
        .map(drop)
}

pub fn receivers(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Organisation>> {
    let rows: Vec<(String, String)> = tx
        .prepare_cached("select ods, name from bag_receiver order by ods")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(rows.into_iter().filter_map(|(ods, name)| Some(Organisation { ods: ods.parse().ok()?, name })).collect())
}
