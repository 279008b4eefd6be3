//! The nodes of the audit's Merkle log at rest, in tiles of 256 hashes (the layout of C2SP `tlog-tiles`): tile `index` of level *n*
//! holds the hashes of complete subtrees of 256ⁿ leaves. An append rewrites the one tile at the right edge; a proof reads at most two
//! tiles a level, five levels at 2⁴⁰ entries. 33 bytes an entry. What the tree means is `record::merkle`; the entries are [`super::audit`].

use record::merkle::{self, Frontier, Hash, Nodes, Proof};
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::HashMap;

/// Hashes in a tile, as a power of two.
const WIDTH: u8 = 8;
const TILE: u64 = 1 << WIDTH;
/// Where a tile's level stands in its id.
const LEVEL: u8 = 56;

const fn id(level: u8, index: u64) -> i64 {
    ((level as u64) << LEVEL | index) as i64
}

/// How many entries the log holds.
pub fn size(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    let sql = "select id, length(hashes) from audit_tile where id < ?1 order by id desc limit 1";
    let last: Option<(i64, i64)> =
        tx.prepare_cached(sql)?.query_row([id(1, 0)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(last.map_or(0, |(index, bytes)| index as u64 * TILE + bytes as u64 / 32))
}

/// Adds leaves at the end; gives the index of the first.
pub fn append(tx: &Transaction<'_>, leaves: &[Hash]) -> rusqlite::Result<u64> {
    let first = size(tx)?;
    let (mut level, mut count, mut hashes) = (0u8, first, leaves.to_vec());
    while !hashes.is_empty() {
        let (mut rest, mut at, mut parents) = (hashes.as_slice(), count, Vec::new());
        while !rest.is_empty() {
            let (index, filled) = (at / TILE, at % TILE);
            let mut tile = if filled == 0 { Vec::new() } else { read(tx, level, index)?.unwrap_or_default() };
            let (now, later) = rest.split_at(rest.len().min((TILE - filled) as usize));
            tile.extend_from_slice(now.as_flattened());
            tx.prepare_cached("insert or replace into audit_tile (id, hashes) values (?1, ?2)")?
                .execute(params![id(level, index), tile])?;
            if filled + now.len() as u64 == TILE {
                parents.push(Frontier::of(tile.as_chunks::<32>().0.iter().copied()).root());
            }
            (rest, at) = (later, at + now.len() as u64);
        }
        (level, count, hashes) = (level + 1, count >> WIDTH, parents);
    }
    Ok(first)
}

fn read(tx: &Transaction<'_>, level: u8, index: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    tx.prepare_cached("select hashes from audit_tile where id = ?1")?
        .query_row([id(level, index)], |row| row.get(0))
        .optional()
}

/// A tile's hashes, and above them the nodes they make: level by level, only complete ones.
type Levels = Vec<Vec<Hash>>;

fn levels(tile: &[u8]) -> Levels {
    let mut levels = vec![tile.as_chunks::<32>().0.to_vec()];
    for below in 0..usize::from(WIDTH) - 1 {
        let pairs = levels[below].as_chunks::<2>().0;
        levels.push(pairs.iter().map(|[left, right]| merkle::node(left, right)).collect());
    }
    levels
}

/// The stored nodes, with the tiles read so far: the root and the proofs of one answer share them.
pub struct Tiles<'a> {
    tx: &'a Transaction<'a>,
    read: HashMap<i64, Levels>,
}

impl<'a> Tiles<'a> {
    pub fn of(tx: &'a Transaction<'a>) -> Tiles<'a> {
        Tiles { tx, read: HashMap::new() }
    }

    /// The root of the log when it held `size` entries.
    pub fn root(&mut self, size: u64) -> rusqlite::Result<Hash> {
        merkle::root(self, size)
    }

    pub fn inclusion(&mut self, index: u64, size: u64) -> rusqlite::Result<Proof> {
        merkle::inclusion(self, index, size)
    }

    pub fn consistency(&mut self, first: u64, second: u64) -> rusqlite::Result<Proof> {
        merkle::consistency(self, first, second)
    }
}

impl Nodes for Tiles<'_> {
    type Fault = rusqlite::Error;

    fn node(&mut self, level: u8, index: u64) -> rusqlite::Result<Hash> {
        let (tiles, height) = (level / WIDTH, level % WIDTH);
        // In this tile of 256, the node's place among those of its height.
        let (tile, place) = (index >> (WIDTH - height), (index & ((1 << (WIDTH - height)) - 1)) as usize);
        let key = id(tiles, tile);
        if !self.read.contains_key(&key) {
            let tile = read(self.tx, tiles, tile)?.unwrap_or_default();
            self.read.insert(key, levels(&tile));
        }
        // A tile cut short is a damaged database, not a wrong argument.
        self.read[&key][usize::from(height)].get(place).copied().ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use record::audit::Link;

    fn leaf(n: u64) -> Hash {
        *Link::of(&n.to_le_bytes()).as_bytes()
    }

    #[test]
    fn tiles_hold_the_tree_of_the_definition_however_it_was_appended() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("hub.db"), &[7; 32]).unwrap();
        let leaves: Vec<Hash> = (0..70_000).map(leaf).collect();
        let mut at = 0;
        for batch in [1, 1, 3, 250, 1, 256, 511, 1_000, 64_000, 77, 1] {
            let first = store.write(|tx| append(tx, &leaves[at..at + batch])).unwrap();
            assert_eq!(first, at as u64);
            at += batch;
        }
        let size = at as u64;
        store
            .read(|tx| {
                assert_eq!(super::size(tx)?, size);
                let mut tiles = Tiles::of(tx);
                for then in [0, 1, 5, 255, 256, 257, 511, 1_023, 65_536, 65_537, size] {
                    assert_eq!(
                        tiles.root(then)?,
                        Frontier::of(leaves[..then as usize].iter().copied()).root(),
                        "{then}"
                    );
                }
                let root = tiles.root(size)?;
                for index in [0, 1, 255, 256, 65_535, 65_536, size - 1] {
                    let proof = tiles.inclusion(index, size)?;
                    assert_eq!(merkle::check_inclusion(&leaves[index as usize], index, size, &proof, &root), Ok(()));
                }
                for then in [1, 2, 255, 256, 300, 65_536, size - 1] {
                    let (old, proof) = (tiles.root(then)?, tiles.consistency(then, size)?);
                    assert_eq!(merkle::check_consistency((then, &old), (size, &root), &proof), Ok(()), "{then}");
                }
                Ok(())
            })
            .unwrap();
        let bytes: i64 =
            store.read(|tx| tx.query_row("select sum(length(hashes)) from audit_tile", [], |row| row.get(0))).unwrap();
        println!("{} bytes of nodes for {size} entries", bytes);
        assert!(bytes as u64 <= size * 33, "{bytes}");
    }
}
