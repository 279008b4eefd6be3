//! A device's vault read from outside, as it lies on the disk: opened with the keys that the device drew, every cell enumerated from the schema, so
//! that a table that is added is not forgotten. Only for comparing what a device holds; no story asks its questions this way.

use crate::Worker;
use crate::world::Remembering;
use record::PersonId;
use record::bag::Said;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use sync::bag::Sheet;

/// Table, column, bytes.
pub type Cell = (String, String, Vec<u8>);

/// The vault as it lies on the disk, opened from outside; its device must be locked.
fn opened(home: &Path, drawn: &Remembering) -> Connection {
    let file = found(home, "vault.db");
    let open = |key: &[u8; 32]| {
        let conn = Connection::open(&file).ok()?;
        let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
        conn.pragma_update(None, "key", format!("x'{hex}'")).ok()?;
        conn.execute_batch("pragma cipher_log_level = none;").ok()?;
        conn.query_row("select count(*) from sqlite_master", [], |_| Ok(())).ok()?;
        Some(conn)
    };
    drawn.drawn().iter().find_map(open).expect("the vault's key is among what its device drew")
}

fn found(folder: &Path, name: &str) -> PathBuf {
    let mut below = vec![folder.to_path_buf()];
    while let Some(at) = below.pop() {
        for entry in fs::read_dir(at).expect("a folder").flatten() {
            match entry.path() {
                path if path.is_dir() => below.push(path),
                path if path.file_name().is_some_and(|file| file == name) => return path,
                _ => {}
            }
        }
    }
    panic!("there is no {name}");
}

/// Every cell of the vault: table, column, bytes. Enumerated from the schema.
pub fn cells(conn: &Connection) -> Vec<Cell> {
    let names = |sql: &str| -> Vec<String> {
        let mut query = conn.prepare(sql).expect("read");
        query.query_map([], |row| row.get(0)).expect("read").map(Result::unwrap).collect()
    };
    let mut cells = Vec::new();
    for table in names("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'") {
        let columns = names(&format!("select name from pragma_table_info('{table}')"));
        let mut query = conn.prepare(&format!("select * from \"{table}\"")).expect("read");
        let mut rows = query.query([]).expect("read");
        while let Some(row) = rows.next().expect("read") {
            for (n, column) in columns.iter().enumerate() {
                let bytes = match row.get_ref(n).expect("read") {
                    ValueRef::Text(text) | ValueRef::Blob(text) => text.to_vec(),
                    ValueRef::Integer(number) => number.to_string().into_bytes(),
                    ValueRef::Null | ValueRef::Real(_) => Vec::new(),
                };
                cells.push((table.clone(), column.clone(), bytes));
            }
        }
    }
    cells
}

/// Whether these bytes stand in those.
pub fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// Tables in which anything stands of this person: their number, or the name by which they are known.
pub fn about(cells: &[Cell], (person, name): (PersonId, &str)) -> BTreeSet<String> {
    let words = [person.to_string(), name.to_owned(), name.to_uppercase()];
    let theirs =
        |bytes: &[u8]| holds(bytes, person.as_bytes()) || words.iter().any(|word| holds(bytes, word.as_bytes()));
    cells.iter().filter(|(_, _, bytes)| theirs(bytes)).map(|(table, ..)| table.clone()).collect()
}

/// Whether one of the files of the device says a word that it may not say in the open.
pub fn in_the_open(home: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut below = vec![home.to_path_buf()];
    while let Some(at) = below.pop() {
        for entry in fs::read_dir(at).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                below.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("read");
            let says = words.iter().filter(|word| holds(&bytes, word.as_bytes()));
            found.extend(says.map(|word| format!("{} says {word}", path.display())));
        }
    }
    found
}

/// Whether a note goes with the bag, by its bytes.
pub fn travels(bytes: &[u8]) -> bool {
    let note = Sheet::read(bytes, [0; 64]).expect("read").note;
    !matches!(note.said, Said::Put { .. } | Said::Left { .. })
}

/// The same of a worker, who must be signed out.
pub fn cells_of(worker: &Worker, drawn: &Remembering) -> Vec<Cell> {
    cells(&opened(&worker.home, drawn))
}

/// The notes of bags in a vault, whole.
pub fn notes_of(cells: &[Cell]) -> BTreeSet<Vec<u8>> {
    cells
        .iter()
        .filter(|(table, column, _)| table == "bag_note" && column == "bytes")
        .map(|(.., b)| b.clone())
        .collect()
}

/// Tables with something in them.
pub fn filled(cells: &[Cell]) -> BTreeSet<String> {
    cells.iter().map(|(table, ..)| table.clone()).collect()
}
