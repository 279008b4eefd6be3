//! The hub's log as a Merkle tree (RFC 9162 section 2.1; `reference/audit.md` section 3): its root, proofs that an entry is in it and
//! that a later log begins with an earlier one, and their verification, which device, hub and outside auditor share. Pure: where
//! the nodes are kept is said by the caller. Not the entries, not the chains ([`crate::audit`]), not signatures.

use crate::canon::{NotCanonical, Reader, Writer};
use sha2::{Digest, Sha256};

/// SHA-256: a leaf `H(0x00 ‖ entry)`, which is [`crate::audit::Link::of`], or a node `H(0x01 ‖ left ‖ right)`.
pub type Hash = [u8; 32];

/// The hashes of a proof, in the order of RFC 9162.
pub type Proof = Vec<Hash>;

/// No proof is longer: a log of 2⁶³ entries.
const LONGEST: usize = 64;

/// The parent of two subtrees.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1u8]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The root of a log without entries: `H()`.
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// Where the nodes of a log are kept: the hash of the complete subtree over the leaves `index << level .. (index + 1) << level`.
/// Asked only for subtrees that are complete in the log.
pub trait Nodes {
    type Fault;
    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Fault>;
}

/// The leaves themselves are a source of nodes: for small logs and tests.
impl Nodes for &[Hash] {
    type Fault = std::convert::Infallible;
    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Fault> {
        let first = (index << level) as usize;
        Ok(Frontier::of(self[first..first + (1 << level)].iter().copied()).root())
    }
}

/// The hash over the leaves `first .. last`, where `first` is a multiple of the largest power of two not above `last - first`:
/// every subtree that the proofs of RFC 9162 name.
fn span<N: Nodes>(nodes: &mut N, first: u64, last: u64) -> Result<Hash, N::Fault> {
    // The complete subtrees from left to right, the largest first; joined from the right.
    let (mut at, mut parts) = (first, Vec::new());
    while at < last {
        let level = 63 - (last - at).leading_zeros() as u8;
        parts.push(nodes.node(level, at >> level)?);
        at += 1 << level;
    }
    let right = parts.pop().unwrap_or_else(empty);
    Ok(parts.iter().rev().fold(right, |right, left| node(left, &right)))
}

/// The root of the log's first `size` entries.
pub fn root<N: Nodes>(nodes: &mut N, size: u64) -> Result<Hash, N::Fault> {
    span(nodes, 0, size)
}

/// The largest power of two smaller than `n`; `n` is at least 2.
const fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// That leaf `index` is in the log of `size` entries: `PATH(index, D)`. Nothing to prove (empty) for an index outside.
pub fn inclusion<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Proof, N::Fault> {
    let (mut first, mut last, mut path) = (0, size, Vec::new());
    if index >= size {
        return Ok(path);
    }
    while last - first > 1 {
        let middle = first + split(last - first);
        if index < middle {
            path.push(span(nodes, middle, last)?);
            last = middle;
        } else {
            path.push(span(nodes, first, middle)?);
            first = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// That the log of `second` entries begins with the log of `first`: `PROOF(first, D)`. Empty where there is nothing to prove.
pub fn consistency<N: Nodes>(nodes: &mut N, first: u64, second: u64) -> Result<Proof, N::Fault> {
    let mut proof = Vec::new();
    if first == 0 || first >= second {
        return Ok(proof);
    }
    let (mut from, mut to, mut whole) = (0, second, true);
    // SUBPROOF: `from .. to` is the subtree at hand, `whole` that the old log is a complete subtree known to the verifier.
    while first != to {
        let middle = from + split(to - from);
        if first <= middle {
            proof.push(span(nodes, middle, to)?);
            to = middle;
        } else {
            proof.push(span(nodes, from, middle)?);
            (from, whole) = (middle, false);
        }
    }
    if !whole {
        proof.push(span(nodes, from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The proof does not prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotProven;

impl std::fmt::Display for NotProven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the proof does not prove it")
    }
}

impl std::error::Error for NotProven {}

/// RFC 9162 section 2.1.3.2.
pub fn check_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), NotProven> {
    if index >= size {
        return Err(NotProven);
    }
    let (mut fnode, mut snode, mut hash) = (index, size - 1, *leaf);
    for part in proof {
        if snode == 0 {
            return Err(NotProven);
        }
        if fnode & 1 == 1 || fnode == snode {
            hash = node(part, &hash);
            while fnode & 1 == 0 && fnode != 0 {
                (fnode, snode) = (fnode >> 1, snode >> 1);
            }
        } else {
            hash = node(&hash, part);
        }
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    if snode == 0 && hash == *root { Ok(()) } else { Err(NotProven) }
}

/// RFC 9162 section 2.1.4.2, and the cases it leaves out: everything begins with nothing, and a log with itself.
pub fn check_consistency(
    (first, first_root): (u64, &Hash),
    (second, second_root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), NotProven> {
    if first == 0 || first == second {
        let same = first == 0 || first_root == second_root;
        return if same && proof.is_empty() { Ok(()) } else { Err(NotProven) };
    }
    if first > second {
        return Err(NotProven);
    }
    // A complete subtree is its own first part: the verifier knows it.
    let known = first.is_power_of_two().then_some(*first_root);
    let mut parts = known.into_iter().chain(proof.iter().copied());
    let (mut fnode, mut snode) = (first - 1, second - 1);
    while fnode & 1 == 1 {
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    let start = parts.next().ok_or(NotProven)?;
    let (mut old, mut new) = (start, start);
    for part in parts {
        if snode == 0 {
            return Err(NotProven);
        }
        if fnode & 1 == 1 || fnode == snode {
            (old, new) = (node(&part, &old), node(&part, &new));
            while fnode & 1 == 0 && fnode != 0 {
                (fnode, snode) = (fnode >> 1, snode >> 1);
            }
        } else {
            new = node(&new, &part);
        }
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    if snode == 0 && old == *first_root && new == *second_root { Ok(()) } else { Err(NotProven) }
}

/// What must be remembered to go on appending: the complete subtrees at the right edge, the largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    pub fn of(leaves: impl IntoIterator<Item = Hash>) -> Frontier {
        let mut frontier = Frontier::default();
        leaves.into_iter().for_each(|leaf| frontier.push(leaf));
        frontier
    }

    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    pub const fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(right) = peaks.next() else { return empty() };
        peaks.fold(*right, |right, left| node(left, &right))
    }
}

/// A proof as canonical bytes: its length, then the hashes without framing of their own.
pub fn write_proof(to: Writer, proof: &[Hash]) -> Writer {
    to.bytes(proof.as_flattened())
}

pub fn read_proof(from: &mut Reader<'_>) -> Result<Proof, NotCanonical> {
    let bytes = from.bytes()?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() && hashes.len() <= LONGEST { Ok(hashes.to_vec()) } else { Err(NotCanonical) }
}

#[cfg(test)]
#[path = "merkle_tests.rs"]
mod tests;
