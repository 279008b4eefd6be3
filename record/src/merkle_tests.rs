//! The vectors of `reference/audit.md` section 3, and the tree against its definition in RFC 9162, written out naively.

use super::*;
use crate::audit::Link;
use proptest::prelude::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn leaf(data: &[u8]) -> Hash {
    *Link::of(data).as_bytes()
}

/// The eight leaves of the certificate transparency test vectors.
fn eight() -> Vec<Hash> {
    [
        &[][..],
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ]
    .map(leaf)
    .to_vec()
}

/// Leaves that are all different.
fn many(n: u64) -> Vec<Hash> {
    (0..n).map(|i| leaf(&i.to_le_bytes())).collect()
}

fn rooted(leaves: &[Hash], size: u64) -> Hash {
    root(&mut &*leaves, size).unwrap()
}

#[test]
fn the_roots_of_the_vectors() {
    let all = eight();
    for (size, expected) in [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ] {
        assert_eq!(hex(&rooted(&all, size)), expected, "size {size}");
        assert_eq!(hex(&Frontier::of(all[..size as usize].iter().copied()).root()), expected, "frontier of {size}");
    }
}

#[test]
fn the_proofs_of_the_vectors() {
    let all = eight();
    let brief = |proof: Proof| -> Vec<String> {
        proof.iter().map(|h| hex(h)).map(|h| format!("{}…{}", &h[..8], &h[59..])).collect()
    };
    let path = inclusion(&mut &all[..], 5, 8).unwrap();
    assert_eq!(brief(path), ["bc1a0643…99e6b", "ca854ea1…a0ae0", "d37ee418…614b7"]);
    let proof = consistency(&mut &all[..], 6, 8).unwrap();
    assert_eq!(brief(proof), ["0ebc5d34…8ef6a", "ca854ea1…a0ae0", "d37ee418…614b7"]);
}

// ---- the definitions, word for word ------------------------------------------------------------------------------------

fn mth(d: &[Hash]) -> Hash {
    match d {
        [] => empty(),
        [one] => *one,
        _ => {
            let k = d.len().next_power_of_two() / 2;
            node(&mth(&d[..k]), &mth(&d[k..]))
        }
    }
}

fn path(m: usize, d: &[Hash]) -> Proof {
    if d.len() <= 1 {
        return vec![];
    }
    let k = d.len().next_power_of_two() / 2;
    let (mut rest, last) = if m < k { (path(m, &d[..k]), mth(&d[k..])) } else { (path(m - k, &d[k..]), mth(&d[..k])) };
    rest.push(last);
    rest
}

fn subproof(m: usize, d: &[Hash], whole: bool) -> Proof {
    if m == d.len() {
        return if whole { vec![] } else { vec![mth(d)] };
    }
    let k = d.len().next_power_of_two() / 2;
    let (mut rest, last) = if m <= k {
        (subproof(m, &d[..k], whole), mth(&d[k..]))
    } else {
        (subproof(m - k, &d[k..], false), mth(&d[..k]))
    };
    rest.push(last);
    rest
}

#[test]
fn every_small_log_is_as_the_definition_says_and_its_proofs_verify() {
    let all = many(35);
    for n in 0..=all.len() {
        let (d, size) = (&all[..n], n as u64);
        assert_eq!(rooted(&all, size), mth(d), "root of {n}");
        for m in 0..n {
            let proof = inclusion(&mut &all[..], m as u64, size).unwrap();
            assert_eq!(proof, path(m, d), "path of {m} in {n}");
            assert_eq!(check_inclusion(&all[m], m as u64, size, &proof, &mth(d)), Ok(()));
            let proof = consistency(&mut &all[..], m as u64, size).unwrap();
            if m > 0 {
                assert_eq!(proof, subproof(m, d, true), "proof of {m} in {n}");
            }
            assert_eq!(check_consistency((m as u64, &mth(&d[..m])), (size, &mth(d)), &proof), Ok(()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn a_proof_proves_nothing_else(n in 2u64..400, a in 0u64..400, b in 0u64..400, bit in 0usize..256, part in 0usize..16) {
        let all = many(n);
        let (index, other) = (a % n, b % n);
        let whole = rooted(&all, n);
        let proof = inclusion(&mut &all[..], index, n).unwrap();
        if other != index {
            prop_assert!(check_inclusion(&all[other as usize], index, n, &proof, &whole).is_err());
            prop_assert!(check_inclusion(&all[index as usize], other, n, &proof, &whole).is_err());
        }
        let mut edited = proof.clone();
        let at = part % edited.len();
        edited[at][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(check_inclusion(&all[index as usize], index, n, &edited, &whole).is_err());
        let mut short = proof.clone();
        short.pop();
        prop_assert!(check_inclusion(&all[index as usize], index, n, &short, &whole).is_err());
        let mut long = proof;
        long.push(whole);
        prop_assert!(check_inclusion(&all[index as usize], index, n, &long, &whole).is_err());
    }

    #[test]
    fn a_log_that_was_rewritten_cannot_be_shown_consistent(n in 2u64..300, a in 1u64..300, at in 0u64..300, grow in 0u64..40) {
        let first = 1 + a % (n - 1);
        let (all, mut forked) = (many(n), many(n + grow));
        let place = (at % first) as usize;
        forked[place][0] ^= 1;
        let (old, new) = (rooted(&all, first), rooted(&forked, n + grow));
        let proof = consistency(&mut &forked[..], first, n + grow).unwrap();
        prop_assert!(check_consistency((first, &old), (n + grow, &new), &proof).is_err());
        prop_assert!(check_consistency((n + grow, &new), (first, &old), &proof).is_err(), "rolled back");
    }

    #[test]
    fn proofs_read_back(n in 1u64..500, a in 0u64..500) {
        let all = many(n);
        let proof = inclusion(&mut &all[..], a % n, n).unwrap();
        let bytes = write_proof(Writer::new(1), &proof).finish();
        let mut from = Reader::new(&bytes, 1).unwrap();
        prop_assert_eq!(read_proof(&mut from), Ok(proof));
    }
}

/// A log too large to hold: its nodes are made up, which is enough to count.
struct Vast;

impl Nodes for Vast {
    type Fault = std::convert::Infallible;
    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Fault> {
        Ok(leaf(&[&[level][..], &index.to_le_bytes()].concat()))
    }
}

/// Goal G13: at most 900 B at 77 million rows.
#[test]
fn a_proof_at_77_million_entries_is_at_most_900_bytes() {
    const SIZE: u64 = 77_000_000;
    let mut worst = 0;
    for index in [0, 1, 2, 12_345_678, 67_108_863, 67_108_864, 76_543_210, SIZE - 2, SIZE - 1] {
        let proof = inclusion(&mut Vast, index, SIZE).unwrap();
        worst = worst.max(write_proof(Writer::new(1), &proof).finish().len());
    }
    println!("inclusion proof at {SIZE} entries: at most {worst} B");
    assert!(worst <= 900, "{worst} B");
}
