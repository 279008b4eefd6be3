//! The hub's file as each earlier version left it: what it holds comes through the upgrade, wherever that is cut, and the hub goes on. And a step
//! that has shipped, of the hub's schema or a vault's, is never edited. Upgrades of a vault: `tests/faults/shift.rs`.

use hub::store::Store;
use rusqlite::{Connection, types::Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use stories::plans::about;
use stories::{World, small};

use record::consent::Choice;

/// The oldest version whose step can be taken back: the next one made the audit anew, before anybody used it.
const OLDEST: usize = 2;

/// The steps of a schema, in order.
fn steps(room: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(room);
    (1..).map_while(|version| std::fs::read_to_string(folder.join(format!("schema_{version}.sql"))).ok()).collect()
}

#[test]
fn a_step_of_a_schema_that_has_shipped_is_never_edited() {
    let mut lines = String::new();
    for (store, room) in [("hub", "hub/src/store"), ("vault", "vault/src")] {
        for (version, step) in (1..).zip(steps(room)) {
            // Comments may be put right.
            let code: Vec<&str> = step.lines().map(|l| l.split("--").next().unwrap_or_default().trim_end()).collect();
            let code = code.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            let digest: String = Sha256::digest(code.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect();
            lines.push_str(&format!("{store} {version:>2} {digest}\n"));
        }
    }
    insta::assert_snapshot!(lines);
}

/// What takes a step back: its tables, columns and indexes, last first.
fn undo(step: &str) -> String {
    let mut undone: Vec<String> = Vec::new();
    for line in step.lines() {
        match line.split([' ', '(']).collect::<Vec<_>>()[..] {
            ["create", "table", table, ..] => undone.push(format!("drop table {table};")),
            ["create", "index", index, ..] | ["create", "unique", "index", index, ..] => {
                undone.push(format!("drop index {index};"));
            }
            ["create", "trigger", trigger, ..] => undone.push(format!("drop trigger {trigger};")),
            ["alter", "table", table, "add", "column", column, ..] => {
                undone.push(format!("alter table {table} drop column {column};"));
            }
            ["create" | "alter" | "drop", ..] => panic!("how is this taken back: {line}"),
            _ => {}
        }
    }
    undone.reverse();
    undone.concat()
}

fn opened(path: &Path, key: &[u8; 32]) -> Connection {
    let conn = Connection::open(path).unwrap();
    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
    conn.execute_batch(&format!("pragma key = \"x'{hex}'\"; pragma cipher_log_level = none;")).unwrap();
    conn
}

fn version(conn: &Connection) -> usize {
    conn.query_row("pragma user_version", [], |row| row.get::<_, i64>(0)).unwrap() as usize
}

/// Tables with their columns, indexes and triggers.
fn shape(conn: &Connection) -> BTreeSet<String> {
    let sql = "select m.type || ' ' || m.name || coalesce(' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk, '')
               from sqlite_master m left join pragma_table_info(m.name) c on m.type = 'table' where m.name not like 'sqlite_%'";
    conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Every row of every table, by table and column.
fn content(conn: &Connection) -> BTreeMap<(String, String), Vec<Value>> {
    let sql = "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c
               where m.type = 'table' and m.name not like 'sqlite_%'";
    let columns: Vec<(String, String)> = conn
        .prepare(sql)
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut found = BTreeMap::new();
    for (table, column) in columns {
        let mut rows = conn.prepare(&format!("select \"{column}\" from \"{table}\"")).unwrap();
        let values = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        found.insert((table, column), values);
    }
    found
}

/// A copy of the hub's file as `back` would have left it.
fn older(world: &World, back: usize, to: &Path) -> PathBuf {
    let path = to.join(format!("hub-{back}.db"));
    std::fs::copy(world.back_up(), &path).unwrap();
    let conn = opened(&path, &world.hub.authority.database);
    conn.execute_batch("pragma foreign_keys = off;").unwrap();
    let steps = steps("hub/src/store");
    for (version, step) in (1..).zip(&steps).skip(back).collect::<Vec<_>>().into_iter().rev() {
        conn.execute_batch(&undo(step)).unwrap_or_else(|why| panic!("step {version}: {why}"));
    }
    conn.pragma_update(None, "user_version", back as i64).unwrap();
    conn.execute_batch("pragma wal_checkpoint(truncate);").unwrap();
    path
}

/// A hub that some people have worked with.
async fn lived() -> World {
    let world = World::new();
    let person = world.person(1, "Okonjo", Choice::Y3);
    let asked = world.person(2, "Marlow", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(person).await;
    nurse.open(asked).await.unwrap_err();
    nurse.write(person, about("people"), "Her sister Ngozi").await;
    nurse.note(person, "Walked to the gate and back.").await;
    nurse.draft(person, "note", &[("text", "half a sen")]).await.unwrap();
    nurse.sync().await;
    nurse.sync().await;
    world
}

#[tokio::test]
async fn a_hub_of_every_version_keeps_what_it_holds_and_goes_on() {
    let world = lived().await;
    let folder = small::scratch();
    let key = world.hub.authority.database.clone();
    let newest = steps("hub/src/store").len();
    let made = opened(&world.back_up(), &key);
    let (made, today) = (shape(&made), version(&made));
    assert_eq!(today, newest);
    let person = world.learn()[0].1;
    for back in OLDEST..newest {
        let path = older(&world, back, folder.path());
        let before = content(&opened(&path, &key));
        drop(Store::open(&path, &key).unwrap());
        let conn = opened(&path, &key);
        assert_eq!((version(&conn), &shape(&conn)), (newest, &made), "from {back}");
        let after = content(&conn);
        for (column, values) in &before {
            assert_eq!(after.get(column), Some(values), "from {back}: {column:?}");
        }
        drop(conn);
        let again = world.copied(900 + back as u64);
        again.restore(&path);
        let nurse = again.nurse(&format!("N{}", 1_000 + back)).await;
        nurse.sync().await;
        nurse.opened(person).await;
        nurse.note(person, "Since the upgrade.").await;
        nurse.write(person, about("people"), "Her sister, and the neighbours").await;
        nurse.sync().await;
        // That it reached the hub, and comes from there, is tried at some of them: every enrolment stretches a PIN.
        if back % 5 != OLDEST {
            continue;
        }
        let colleague = again.nurse(&format!("N{}", 2_000 + back)).await;
        colleague.sync().await;
        let entries = colleague.visits(person).await;
        assert!(serde_json::to_string(&entries).unwrap().contains("Since the upgrade."), "from {back}");
        let whole = serde_json::to_string(&colleague.plan(person).await).unwrap();
        assert!(whole.contains("and the neighbours"), "from {back}");
    }
}

#[tokio::test]
async fn an_upgrade_cut_anywhere_is_the_old_hub_or_the_new_one() {
    let world = lived().await;
    let folder = small::scratch();
    let key = world.hub.authority.database.clone();
    let newest = steps("hub/src/store").len();
    let mut between = BTreeSet::new();
    for back in OLDEST..newest {
        let path = older(&world, back, folder.path());
        let before = std::fs::read(&path).unwrap();
        let kept = content(&opened(&path, &key));
        // While it is open what the upgrade wrote lies in its log.
        let store = Store::open(&path, &key).unwrap();
        let log = std::fs::read(path.with_extension("db-wal")).unwrap();
        drop(store);
        let cut = folder.path().join("cut.db");
        for edge in (0..=log.len()).step_by((log.len() / 12).max(64)) {
            std::fs::write(&cut, &before).unwrap();
            std::fs::write(cut.with_extension("db-wal"), &log[..edge]).unwrap();
            let _ = std::fs::remove_file(cut.with_extension("db-shm"));
            let found = version(&opened(&cut, &key));
            assert!((back..=newest).contains(&found), "from {back}, cut at {edge}: {found}");
            between.insert(found);
            drop(Store::open(&cut, &key).unwrap());
            let conn = opened(&cut, &key);
            assert_eq!(version(&conn), newest);
            let after = content(&conn);
            assert!(
                kept.iter().all(|(column, values)| after.get(column) == Some(values)),
                "from {back}, cut at {edge}"
            );
        }
    }
    assert!(between.len() > 3, "cuts fell between the steps: {between:?}");
}
