//! What lies on the device: opening, cold reading, lists, search, unlocking, the chain, and how much room it takes; beside plain SQLite and a
//! bare encrypted commit, alternately in one run.

use crate::region::{Region, instant};
use crate::stats::{Table, Timings, ratio, short};
use crate::wire::Fetched;
use anyhow::{Context, Result, anyhow};
use desk::ask::{OpenCaseload, SignOut, Sort};
use device::native::{FileKeystore, SystemEntropy};
use device::ports::{Entropy, Keystore};
use record::audit::{Entry, Event, Head, Link, first_break};
use record::chart::Chart;
use record::consent::{Clock, Outcome, Purpose, Rule};
use record::feed::terms;
use record::people::Role;
use record::time::Reading;
use record::{PersonId, Sections, Stamp};
use rusqlite::{Connection, params};
use std::path::Path;
use stories::world::PIN;
use sync::frame::{Dictionary, Folder};
use vault::key::{KeystoreSecret, Pin};
use vault::{ChartAsked, Vault};

const ROUNDS: usize = 1_000;

pub fn measure(region: &Region, fetched: &Fetched, table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bare = encrypted(&folder.path().join("bare.db"), &[5; 32])?;
    bare.execute_batch("create table entry (seq integer primary key, bytes blob not null) strict")?;
    let people = everybody(fetched)?;
    // The vault itself from here on, without the bytes to the screen and back.
    fetched.runtime.block_on(fetched.nurse.ask(SignOut {})).map_err(|t| anyhow!("{t}"))?;
    let mut vault = unlocked(fetched)?;
    open_and_commit(&mut vault, &people, &bare, table)?;
    drop(vault);

    let vault_file = fetched.nurse.vault().join("vault.db");
    let key = fetched
        .drawn
        .iter()
        .find(|key| encrypted(&vault_file, key).is_ok())
        .context("the vault's key is among the bytes drawn")?;
    let plain = plain_twin(region, &people, &vault_file, key, &folder.path().join("plain.db"))?;
    cold_reads(&people, &vault_file, key, &folder.path().join("plain.db"), table)?;
    lists(fetched, &plain, table)?;
    search(&folder.path().join("search"), table)?;
    unlocking(fetched, &vault_file, key, table)?;
    chain(&bare, table)?;
    room(region, &vault_file, &folder.path().join("plain.db"), table)
}

/// The nurse's vault, opened as her device opens it.
fn unlocked(fetched: &Fetched) -> Result<Vault> {
    let nurse = &fetched.nurse;
    let keystore = FileKeystore::at(nurse.home.join("keystore"));
    let secret = keystore.get(&format!("satchel-{}", nurse.staff)).ok().flatten().context("the keystore's half")?;
    let anchor = keystore.get(&format!("satchel-anchor-{}", nurse.staff)).ok().flatten();
    let now = Reading { wall: Stamp::from_millis(stories::world::MORNING), ticks: None, zone: 0 };
    Ok(Vault::unlock(
        &nurse.vault(),
        &Pin::to_try(PIN),
        &KeystoreSecret::new(*secret),
        anchor.as_deref(),
        (now, device_fresh()),
    )?)
}

/// As the vault opens its file.
fn encrypted(path: &Path, key: &[u8; 32]) -> Result<Connection> {
    let conn = Connection::open(path)?;
    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
    conn.pragma_update(None, "key", format!("x'{hex}'"))?;
    conn.execute_batch("pragma cipher_log_level = none;")?;
    conn.query_row("select count(*) from sqlite_master", [], |_| Ok(()))?;
    conn.execute_batch("pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory;")?;
    Ok(conn)
}

fn everybody(fetched: &Fetched) -> Result<Vec<PersonId>> {
    let asked = OpenCaseload { search: String::new(), sort: Sort::Name };
    let list = fetched.runtime.block_on(fetched.nurse.ask(asked)).map_err(|t| anyhow!("{t}"))?;
    Ok(list.rows.into_iter().filter(|r| r.carried).map(|r| r.listing.person).collect())
}

fn open_and_commit(vault: &mut Vault, people: &[PersonId], bare: &Connection, table: &mut Table) -> Result<()> {
    let now = Stamp::from_millis(stories::world::MORNING);
    let entry = vec![7u8; 120];
    let (mut opens, mut whole, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    let mut insert = bare.prepare("insert into entry (bytes) values (?1)")?;
    for (n, person) in people.iter().cycle().take(ROUNDS).enumerate() {
        let asked = ChartAsked { person: *person, purpose: Purpose::Treat, wants: Sections::ALL };
        let began = instant();
        let reply = vault.chart(&asked, now)?;
        let spent = began.elapsed();
        let permitted = reply.is_ok();
        if let Ok(disclosure) = reply {
            anyhow::ensure!(!disclosure.into_parts().0.assemble()?.0.demographics.is_empty(), "nobody in the record");
        }
        let together = began.elapsed();
        let began = instant();
        insert.execute(params![entry])?;
        let commit = began.elapsed();
        if permitted && n > ROUNDS / 10 {
            opens.push(spent);
            whole.push(together);
            commits.push(commit);
        }
    }
    anyhow::ensure!(!opens.is_empty(), "no record was opened");
    let (count, opens, commits) = (opens.len(), Timings::new(opens), Timings::new(commits));
    let whole = Timings::new(whole);
    table.row(
        "G1",
        "open a record with consent and durable audit, against a bare encrypted durable commit",
        format!(
            "p50 {} / {} = {:.2}x, p95 {} / {} = {:.2}x ({count} opens); put together as a chart {} = {:.2}x",
            short(opens.at(50)),
            short(commits.at(50)),
            ratio(opens.at(50), commits.at(50)),
            short(opens.at(95)),
            short(commits.at(95)),
            ratio(opens.at(95), commits.at(95)),
            short(whole.at(50)),
            ratio(whole.at(50), commits.at(50))
        ),
        "<= 1.35x at p50, <= 1.8x at p95",
    );
    Ok(())
}

/// Plain SQLite holding the same people as JSON rows, and the same narrow tables.
fn plain_twin(region: &Region, people: &[PersonId], vault: &Path, key: &[u8; 32], path: &Path) -> Result<Connection> {
    let mut plain = Connection::open(path)?;
    plain.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full;
         create table person (id integer primary key, uid blob not null unique, rules blob not null) strict;
         create table resource (id integer primary key, person integer not null, json text not null) strict;
         create index resource_by_person on resource (person);
         create table listing (id integer primary key, row text not null, carried integer not null) strict;
         create table finder (id integer primary key, words text not null) strict;",
    )?;
    let source = encrypted(vault, key)?;
    let tx = plain.transaction()?;
    for (table, columns) in [("person", "id, uid, rules"), ("listing", "id, row, carried"), ("finder", "id, words")] {
        let mut query = source.prepare(&format!("select {columns} from {table}"))?;
        let width = columns.split(',').count();
        let marks = (1..=width).map(|n| format!("?{n}")).collect::<Vec<_>>().join(",");
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let values = (0..width).map(|n| row.get::<_, rusqlite::types::Value>(n)).collect::<Result<Vec<_>, _>>()?;
            tx.execute(&format!("insert into {table} values ({marks})"), rusqlite::params_from_iter(values))?;
        }
    }
    for (n, record) in region.records.iter().enumerate().take(people.len().max(region.records.len())) {
        for json in record {
            tx.execute("insert into resource (person, json) values (?1, ?2)", params![n as i64 + 1, json])?;
        }
    }
    tx.commit()?;
    Ok(plain)
}

/// One record by a connection that has read nothing yet (the system's file cache is warm for both).
fn cold_reads(people: &[PersonId], vault: &Path, key: &[u8; 32], plain: &Path, table: &mut Table) -> Result<()> {
    let dictionary = {
        let conn = encrypted(vault, key)?;
        let bytes = conn.query_row("select value from meta where key = 'dictionary'", [], |r| r.get::<_, Vec<u8>>(0));
        match bytes {
            Ok(bytes) => Dictionary::read(1, &bytes)?,
            Err(_) => Dictionary::none(),
        }
    };
    let mut folder = Folder::new(dictionary, 3);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (n, person) in people.iter().enumerate().take(200) {
        let conn = encrypted(vault, key)?;
        let began = instant();
        let mut query =
            conn.prepare("select f.id, f.bytes from person p join frame f on f.id / 4 = p.id where p.uid = ?1 and f.id between p.id * 4 and p.id * 4 + 2")?;
        let frames =
            query.query_map([person.as_bytes()], |r| r.get::<_, Vec<u8>>(1))?.collect::<Result<Vec<_>, _>>()?;
        let mut facts = Vec::new();
        for frame in frames {
            facts.extend(folder.unfold_facts(&frame)?);
        }
        let chart = Chart::assemble(facts, Sections::ALL);
        ours.push(began.elapsed());
        anyhow::ensure!(!chart.demographics.is_empty(), "a record was not read");

        let conn = Connection::open(plain)?;
        conn.query_row("select count(*) from sqlite_master", [], |_| Ok(()))?;
        let began = instant();
        let mut query = conn.prepare("select json from resource where person = ?1")?;
        let rows = query.query_map([n as i64 + 1], |r| r.get::<_, String>(0))?;
        let parsed = rows.map(|json| Ok(serde_json::from_str(&json?)?)).collect::<Result<Vec<serde_json::Value>>>()?;
        theirs.push(began.elapsed());
        anyhow::ensure!(!parsed.is_empty(), "the plain twin is empty");
    }
    let (ours, theirs) = (Timings::new(ours), Timings::new(theirs));
    table.row(
        "G2",
        "cold record read, against plain SQLite with JSON",
        format!("{} / {} = {:.2}x", short(ours.at(50)), short(theirs.at(50)), ratio(ours.at(50), theirs.at(50))),
        "<= 1.5x",
    );
    Ok(())
}

fn lists(fetched: &Fetched, plain: &Connection, table: &mut Table) -> Result<()> {
    let now = Stamp::from_millis(stories::world::MORNING);
    let mut vault = unlocked(fetched)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut shown = 0;
    for _ in 0..100 {
        let began = instant();
        let list = vault.caseload("", now)?.0.len();
        ours.push(began.elapsed());
        shown = list;
        let began = instant();
        let count = plain_list(plain, "")?;
        theirs.push(began.elapsed());
        anyhow::ensure!(count == list, "the lists differ");
    }
    let (ours, theirs) = (Timings::new(ours), Timings::new(theirs));
    table.row(
        "G3",
        &format!("list of {shown} rows with its audit entry, against plain SQLite without one"),
        format!("{} / {} = {:.2}x", short(ours.at(50)), short(theirs.at(50)), ratio(ours.at(50), theirs.at(50))),
        "<= 1.5x (1,000 rows)",
    );
    Ok(())
}

fn plain_list(plain: &Connection, search: &str) -> Result<usize> {
    let terms = terms(search);
    let tests = (1..=terms.len()).map(|n| format!("instr(words, ?{n}) > 0")).collect::<Vec<_>>().join(" and ");
    let sql = if terms.is_empty() {
        "select l.row, l.carried, p.rules from listing l join person p using (id)".to_owned()
    } else {
        format!(
            "select l.row, l.carried, p.rules from finder f join listing l using (id) join person p using (id) where {tests}"
        )
    };
    let mut query = plain.prepare_cached(&sql)?;
    let mut rows = query.query(rusqlite::params_from_iter(terms))?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let listing: record::feed::Listing = serde_json::from_str(row.get_ref(0)?.as_str()?)?;
        let rules: record::feed::Rules = serde_json::from_slice(row.get_ref(2)?.as_blob()?)?;
        count += usize::from(listing.person == rules.person);
    }
    Ok(count)
}

/// Ten thousand people on the narrow tables, encrypted and plain.
fn search(folder: &Path, table: &mut Table) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let schema = "create table person (id integer primary key, uid blob, rules blob) strict;
        create table listing (id integer primary key, row text not null, carried integer not null) strict;
        create table finder (id integer primary key, words text not null) strict;";
    let both = [encrypted(&folder.join("e.db"), &[6; 32])?, Connection::open(folder.join("p.db"))?];
    let region = stories::people::names(10_000);
    for conn in &both {
        conn.execute_batch(&format!("pragma cache_size = -16384; begin; {schema}"))?;
        for (id, (listing, rules)) in region.iter().enumerate() {
            let id = id as i64 + 1;
            conn.prepare_cached("insert into person values (?1, ?2, ?3)")?.execute(params![
                id,
                listing.person.as_bytes(),
                serde_json::to_vec(rules)?
            ])?;
            conn.prepare_cached("insert into listing values (?1, ?2, 1)")?
                .execute(params![id, serde_json::to_string(listing)?])?;
            conn.prepare_cached("insert into finder values (?1, ?2)")?.execute(params![id, listing.search_text()])?;
        }
        conn.execute_batch("commit")?;
    }
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..300 {
        let (listing, _) = &region[round * 31 % region.len()];
        let search = match round % 3 {
            0 => format!("{} {}", listing.given, listing.family),
            1 => listing.nhs_number.map(|n| n.to_string()).unwrap_or_default(),
            _ => listing.born.as_ref().map(record::When::display_date).unwrap_or_default(),
        };
        for (conn, times) in both.iter().zip(&mut times) {
            let began = instant();
            let found = plain_list(conn, &search)?;
            times.push(began.elapsed());
            anyhow::ensure!(found > 0, "search found nobody");
        }
    }
    let [ours, theirs] = times.map(Timings::new);
    table.row(
        "G4",
        "search of 10,000 people (name, number, birth date), encrypted against plain",
        format!(
            "p50 {} / {} = {:.2}x, p99 {}",
            short(ours.at(50)),
            short(theirs.at(50)),
            ratio(ours.at(50), theirs.at(50)),
            short(ours.at(99))
        ),
        "<= 1.1x, < 5 ms at p99",
    );
    Ok(())
}

fn unlocking(fetched: &Fetched, vault: &Path, key: &[u8; 32], table: &mut Table) -> Result<()> {
    let (mut unlocks, mut lists, mut kdf, mut raw) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let now = Stamp::from_millis(stories::world::MORNING);
    for _ in 0..8 {
        let began = instant();
        kdf_alone();
        kdf.push(began.elapsed());
        let began = instant();
        let mut opened = unlocked(fetched)?;
        unlocks.push(began.elapsed());
        opened.caseload("", now)?;
        lists.push(began.elapsed());
    }
    for _ in 0..20 {
        let began = instant();
        encrypted(vault, key)?;
        raw.push(began.elapsed());
    }
    let [unlocks, lists, kdf, raw] = [unlocks, lists, kdf, raw].map(Timings::new);
    table.row(
        "G5",
        "unlock with Argon2id 64 MiB t=3; to the first list, against the KDF alone; raw-key open",
        format!(
            "unlock {}, first list {} / KDF {} = {:.2}x; raw {}",
            short(unlocks.at(50)),
            short(lists.at(50)),
            short(kdf.at(50)),
            ratio(lists.at(50), kdf.at(50)),
            short(raw.at(50))
        ),
        "<= 1.1x; < 1 ms",
    );
    Ok(())
}

/// The same derivation as the vault's, by the same crate and parameters.
/// The derivation by itself, in memory that the system has just given, as whoever signs in finds it: a program that keeps 64 MiB lying ready for it
/// would be faster, and none should.
pub fn kdf_alone() {
    let mut out = [0u8; 32];
    if let Ok(params) = argon2::Params::new(64 * 1024, 3, 1, Some(32)) {
        let mut memory = allocator_api2::vec::Vec::new_in(std::alloc::System);
        memory.resize(params.block_count(), argon2::Block::default());
        let kdf = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let _ = kdf.hash_password_into_with_memory(PIN.as_bytes(), &[1; 16], &mut out, &mut memory);
    }
    std::hint::black_box(out);
}

fn chain(bare: &Connection, table: &mut Table) -> Result<()> {
    let chain: record::ChainId = "D1/N1".parse()?;
    let mut head = Head::START;
    let mut all = Vec::new();
    let began = instant();
    for seq in 1..=100_000u64 {
        let entry = Entry {
            chain: chain.clone(),
            epoch: 1,
            seq,
            prev: head.link,
            at: Stamp::from_millis(seq as i64),
            clock: Clock::Trusted,
            staff: "N1".parse()?,
            role: Role::RegulatedClinician,
            organisation: "ZZ1".parse()?,
            event: Event::Record {
                subject: PersonId::from_bytes([1; 16]),
                purpose: Purpose::Treat,
                sections: Sections::ALL,
                outcome: Outcome::Permit,
                rule: Rule::ChoiceInForce,
            },
        };
        let bytes = entry.to_bytes();
        head = Head { epoch: 1, seq, link: Link::of(&bytes), at: entry.at };
        all.push(bytes);
    }
    let step = began.elapsed() / 100_000;
    let began = instant();
    let verified = first_break(&chain, Head::START, all.iter().map(Vec::as_slice));
    let verify = began.elapsed();
    anyhow::ensure!(verified == Ok(head), "the chain does not hold");
    let mut commits = Vec::new();
    for entry in all.iter().take(300) {
        let began = instant();
        bare.prepare_cached("insert into entry (bytes) values (?1)")?.execute(params![entry])?;
        commits.push(began.elapsed());
    }
    let commit = Timings::new(commits).at(50);
    table.row(
        "G13",
        "chain step against the commit; 100,000 entries verified",
        format!("{} = {:.2}% of {}; {}", short(step), 100.0 * ratio(step, commit), short(commit), short(verify)),
        "<= 1%; <= 50 ms (the inclusion proof comes with the Merkle log)",
    );
    Ok(())
}

fn room(region: &Region, vault: &Path, plain: &Path, table: &mut Table) -> Result<()> {
    let rows: usize = region
        .records
        .iter()
        .flatten()
        .map(|json| zstd::bulk::compress(json.as_bytes(), 3).map(|b| b.len()))
        .sum::<std::io::Result<usize>>()?;
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    table.row(
        "G15",
        "room on the device, against the JSON compressed row by row",
        format!(
            "{:.2} MB / {:.2} MB = {:.2}x ({:.2}x of plain SQLite holding JSON)",
            size(vault) as f64 / 1e6,
            rows as f64 / 1e6,
            size(vault) as f64 / rows as f64,
            size(vault) as f64 / size(plain) as f64
        ),
        "<= 0.5x",
    );
    Ok(())
}

/// Random bytes of a session.
fn device_fresh() -> [u8; 32] {
    let mut fresh = [0; 32];
    SystemEntropy.fill(&mut fresh);
    fresh
}
