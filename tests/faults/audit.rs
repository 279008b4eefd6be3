//! Faults in the audit: entries changed, dropped, reordered, cut, doubled, rolled back, forked; a hub that lies about its log; a device
//! that lies about its entries. Each case is one fault in one place, drawn from a seed; it counts as detected only where it was located
//! (entry, leaf or head) or refused. A first pass without any fault must hold, or nothing is counted.

use hub::store::audit::{Held, OWN};
use hub::{SigningKey, VerifyingKey};
use record::audit::{BreakKind, DeviceAct, Entry, Event, Head, HubAct, Link, first_break};
use record::consent::{Clock, Outcome, Purpose, Rule};
use record::merkle::{self, Frontier, Hash, check_consistency, check_inclusion};
use record::people::Role;
use record::{ChainId, PersonId, Sections, Stamp};
use stories::faults::{Draws, Report};
use sync::witness::{BatchMark, Notice, TreeHead};

/// Every family with this seed, `cases` in each.
pub fn run(seed: u64, cases: u32) -> Vec<Report> {
    vec![
        in_a_chain(seed, cases),
        in_an_exported_log(seed, cases),
        hostile_hub(seed, cases),
        hostile_device(seed, cases),
    ]
}

fn hub() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn author() -> SigningKey {
    SigningKey::from_bytes(&[4; 32])
}

fn chain() -> ChainId {
    "D1/N1".parse().expect("a chain")
}

fn entry(chain: &ChainId, head: Head, event: Event) -> Entry {
    Entry {
        chain: chain.clone(),
        epoch: head.epoch,
        seq: head.seq + 1,
        prev: head.link,
        at: Stamp::from_millis(head.at.millis() + 60_000),
        clock: Clock::Trusted,
        staff: "N1".parse().expect("a staff id"),
        role: Role::RegulatedClinician,
        organisation: "ZZC1".parse().expect("a code"),
        event,
    }
}

fn look(draws: &mut Draws) -> Event {
    Event::Record {
        subject: PersonId::from_bytes([draws.below(20) as u8; 16]),
        purpose: Purpose::Treat,
        sections: Sections::ALL,
        outcome: if draws.below(4) == 0 { Outcome::Deny } else { Outcome::Permit },
        rule: Rule::ChoiceInForce,
    }
}

/// `count` entries after `head`.
fn entries(draws: &mut Draws, chain: &ChainId, mut head: Head, count: u64) -> Vec<Vec<u8>> {
    (0..count)
        .map(|_| {
            let entry = entry(chain, head, look(draws));
            let bytes = entry.to_bytes();
            head = Head { seq: entry.seq, link: Link::of(&bytes), at: entry.at, ..head };
            bytes
        })
        .collect()
}

fn slices(all: &[Vec<u8>]) -> impl Iterator<Item = &[u8]> {
    all.iter().map(Vec::as_slice)
}

// ---- a device's chain ---------------------------------------------------------------------------------------------------

/// Against a head that was receipted: what the hub and the device both check.
fn in_a_chain(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("audit: a chain changed");
    let mut draws = Draws::from(seed);
    for case in 0..cases {
        let length = 2 + draws.below(60);
        let whole = entries(&mut draws, &chain(), Head::START, length);
        let head = first_break(&chain(), Head::START, slices(&whole)).expect("a whole chain holds");
        let mut edited = whole.clone();
        let at = draws.below(length) as usize;
        let fault = draws.below(7);
        match fault {
            0 => {
                let bit = draws.below(edited[at].len() as u64 * 8) as usize;
                edited[at][bit / 8] ^= 1 << (bit % 8);
            }
            1 => drop(edited.remove(at)),
            2 => edited.swap(at, (at + 1) % length as usize),
            3 => edited.truncate(at),
            4 => edited.insert(at, whole[at].clone()),
            // Rolled back, and gone on otherwise.
            5 => {
                edited.truncate(at);
                let back = first_break(&chain(), Head::START, slices(&edited)).expect("a shorter chain holds");
                edited.extend(entries(
                    &mut draws,
                    &chain(),
                    Head { at: Stamp::from_millis(back.at.millis() + 1), ..back },
                    length,
                ));
            }
            // The first entry of somebody else's.
            _ => edited[at] = entries(&mut draws, &"D2/N1".parse().expect("a chain"), Head::START, 1).remove(0),
        }
        let found = first_break(&chain(), Head::START, slices(&edited));
        // A break names the entry; a chain that holds must end elsewhere than was receipted.
        let detected = match found {
            Err(place) => place.at <= length + 1,
            Ok(other) => other != head && edited.get(head.seq as usize - 1).map(|b| Link::of(b)) != Some(head.link),
        };
        report.case(detected, || format!("seed {seed} case {case}: fault {fault} at {at} of {length}"));
    }
    report
}

// ---- the hub's log, from outside ----------------------------------------------------------------------------------------

/// A log of two devices and the hub itself, as `audit export --log` gives it.
struct Log {
    held: Vec<Held>,
    marks: Vec<(String, BatchMark)>,
    heads: Vec<TreeHead>,
}

fn exported(draws: &mut Draws) -> Log {
    let own: ChainId = OWN.parse().expect("the hub's chain");
    let others: [ChainId; 2] = [chain(), "D2/N2".parse().expect("a chain")];
    let mut log = Log { held: Vec::new(), marks: Vec::new(), heads: Vec::new() };
    let (mut heads, mut frontier) = ([Head::START; 3], Frontier::default());
    let put = |log: &mut Log, frontier: &mut Frontier, id: &ChainId, head: &mut Head, event: Event| {
        let entry = entry(id, *head, event);
        let bytes = entry.to_bytes();
        *head = Head { seq: entry.seq, link: Link::of(&bytes), at: entry.at, ..*head };
        let (leaf, chain) = (frontier.size(), id.to_string());
        frontier.push(*head.link.as_bytes());
        log.held.push(Held { leaf, chain, epoch: head.epoch, seq: entry.seq, aside: false, received: entry.at, bytes });
    };
    for (n, device) in ["D1", "D2"].into_iter().enumerate() {
        let act = HubAct::Enrolled {
            staff: format!("N{}", n + 1).parse().expect("a staff id"),
            device: device.parse().expect("a device"),
            signing_key: author().verifying_key().to_bytes(),
            certificate: [0; 32],
        };
        put(&mut log, &mut frontier, &own, &mut heads[2], Event::Hub(act));
    }
    for _ in 0..1 + draws.below(8) {
        let which = draws.below(2) as usize;
        for _ in 0..1 + draws.below(6) {
            let event = look(draws);
            put(&mut log, &mut frontier, &others[which], &mut heads[which], event);
        }
        let Head { epoch, seq, link, .. } = heads[which];
        let mark = BatchMark::sign(&others[which], (epoch, seq), link, &author());
        log.marks.push((others[which].to_string(), mark));
        log.heads.push(TreeHead::sign(frontier.size(), heads[which].at, frontier.root(), &hub()));
    }
    if draws.below(2) == 0 {
        return log;
    }
    // The first device's next batch breaks at its end, where it says that it took a time which the hub did not say: all of it is set
    // aside, and the chain goes on in an epoch that the hub opened.
    let mut astray = heads[0];
    for more in (0..=draws.below(4)).rev() {
        let time = DeviceAct::TimeSet { hub: Stamp::from_millis(astray.at.millis() + 60_000) };
        let event = if more == 0 { Event::Device(time) } else { look(draws) };
        put(&mut log, &mut frontier, &others[0], &mut astray, event);
        log.held.iter_mut().rev().take(1).for_each(|held| held.aside = true);
    }
    let grant = HubAct::EpochGranted { chain: others[0].clone(), epoch: 2, at: astray.seq, kind: BreakKind::Clock };
    put(&mut log, &mut frontier, &own, &mut heads[2], Event::Hub(grant));
    let granted = log.held.last().map(|held| held.bytes.clone()).unwrap_or_default();
    let start = Head::granted(&others[0], 2, &granted).expect("a grant");
    heads[0] = Head { at: heads[0].at, ..start };
    put(&mut log, &mut frontier, &others[0], &mut heads[0], look(draws));
    let mark = BatchMark::sign(&others[0], (2, heads[0].seq), heads[0].link, &author());
    log.marks.push((others[0].to_string(), mark));
    log.heads.push(TreeHead::sign(frontier.size(), heads[0].at, frontier.root(), &hub()));
    log
}

/// What a hub that hides the end of a chain would do: the last batch set aside, its signature left out, everything signed anew.
fn hidden_end(draws: &mut Draws) -> Log {
    let mut log = exported(draws);
    let end = log.held.iter().rposition(|held| held.chain != OWN && !held.aside).expect("an entry");
    let (chain, epoch) = (log.held[end].chain.clone(), log.held[end].epoch);
    let signed = |mark: &(String, BatchMark), seq| mark.0 == chain && mark.1.epoch == epoch && mark.1.through >= seq;
    let before = log.marks.iter().filter(|m| m.0 == chain && m.1.epoch == epoch && m.1.through < log.held[end].seq);
    let through = before.map(|mark| mark.1.through).max().unwrap_or(0);
    log.marks.retain(|mark| !signed(mark, through + 1));
    let hidden = |held: &&mut Held| held.chain == chain && held.epoch == epoch && held.seq > through;
    log.held.iter_mut().filter(hidden).for_each(|held| held.aside = true);
    log
}

fn prove(log: &Log) -> Result<(), hub::audit::verify::Fault> {
    let hub: VerifyingKey = hub().verifying_key();
    let mut verifier = hub::audit::verify::Verifier::new(hub, log.heads.iter().copied(), log.marks.iter().cloned())?;
    log.held.iter().try_for_each(|held| verifier.entry(held))?;
    verifier.finish(None).map(drop)
}

fn in_an_exported_log(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("audit: an exported log changed");
    let mut draws = Draws::from(seed ^ 0xE4);
    for case in 0..cases {
        let mut log = exported(&mut draws);
        prove(&log).expect("a whole log is proved");
        let at = draws.below(log.held.len() as u64) as usize;
        let fault = draws.below(10);
        let renumber = |log: &mut Log| log.held.iter_mut().zip(0..).for_each(|(held, leaf)| held.leaf = leaf);
        match fault {
            0 => {
                let bit = draws.below(log.held[at].bytes.len() as u64 * 8) as usize;
                log.held[at].bytes[bit / 8] ^= 1 << (bit % 8);
            }
            // Dropped, doubled, swapped, cut: each with the leaves numbered anew, as a careful forger would.
            1 => {
                log.held.remove(at);
                renumber(&mut log);
            }
            2 => {
                let again = log.held[at].clone();
                log.held.insert(at, again);
                renumber(&mut log);
            }
            3 => {
                let other = (at + 1) % log.held.len();
                log.held.swap(at, other);
                renumber(&mut log);
            }
            4 => log.held.truncate(at),
            5 => log.held[at].aside ^= true,
            6 => {
                let mark = draws.below(log.marks.len() as u64) as usize;
                log.marks[mark].1.signature[draws.below(64) as usize] ^= 1;
            }
            7 => {
                let head = draws.below(log.heads.len() as u64) as usize;
                log.heads[head].root[draws.below(32) as usize] ^= 1;
            }
            8 => log = hidden_end(&mut draws),
            _ => log.heads.clear(),
        }
        report.case(prove(&log).is_err(), || format!("seed {seed} case {case}: fault {fault} at leaf {at}"));
    }
    report
}

// ---- a hub that lies ----------------------------------------------------------------------------------------------------

/// What a device checks of a receipt, from the same functions as the vault.
fn hostile_hub(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("audit: a hub lies about its log");
    let mut draws = Draws::from(seed ^ 0x4B);
    for case in 0..cases {
        let (old, grown) = (1 + draws.below(300), 1 + draws.below(200));
        let size = old + grown;
        let leaves: Vec<Hash> =
            (0..size).map(|n| *Link::of(&[seed, n].map(u64::to_le_bytes).concat()).as_bytes()).collect();
        let nodes = &mut leaves.as_slice();
        let rooted = |nodes: &mut &[Hash], n| merkle::root(nodes, n).expect("a root");
        let (held, root) = (rooted(nodes, old), rooted(nodes, size));
        let index = old + draws.below(grown);
        let proof = merkle::inclusion(nodes, index, size).expect("a proof");
        let grew = merkle::consistency(nodes, old, size).expect("a proof");
        let leaf = leaves[index as usize];
        assert!(check_inclusion(&leaf, index, size, &proof, &root).is_ok(), "an honest receipt holds");
        assert!(check_consistency((old, &held), (size, &root), &grew).is_ok(), "an honest log holds");
        let fault = draws.below(8);
        let detected = match fault {
            // A head that somebody else signed, or that was changed after signing.
            0 => {
                let mut head = TreeHead::sign(size, Stamp::from_millis(5), root, &hub());
                match draws.below(3) {
                    0 => head.size += 1,
                    1 => head.root[draws.below(32) as usize] ^= 1,
                    _ => head = TreeHead::sign(size, head.at, root, &author()),
                }
                head.check(&hub().verifying_key()).is_err()
            }
            // Rolled back: an older head shown after a newer.
            1 => check_consistency((size, &root), (old, &held), &grew).is_err(),
            // Forked: one entry of the old log rewritten, everything after it built anew.
            2 | 3 => {
                let mut forked = leaves.clone();
                forked[draws.below(old) as usize][draws.below(32) as usize] ^= 1;
                let nodes = &mut forked.as_slice();
                let (root, grew) = (rooted(nodes, size), merkle::consistency(nodes, old, size).expect("a proof"));
                check_consistency((old, &held), (size, &root), &grew).is_err()
            }
            // A receipt for an entry that is not in the log: ours withheld, another's in its place.
            4 => {
                let mut without = leaves.clone();
                without[index as usize] = *Link::of(b"another's").as_bytes();
                let nodes = &mut without.as_slice();
                let (root, proof) = (rooted(nodes, size), merkle::inclusion(nodes, index, size).expect("a proof"));
                check_inclusion(&leaf, index, size, &proof, &root).is_err()
            }
            // A proof with a hash changed, missing or added.
            5 => {
                let mut forged = if draws.below(2) == 0 || proof.is_empty() { grew.clone() } else { proof.clone() };
                let of_growth = forged == grew;
                match draws.below(3) {
                    0 if !forged.is_empty() => {
                        let part = draws.below(forged.len() as u64) as usize;
                        forged[part][draws.below(32) as usize] ^= 1;
                    }
                    1 if !forged.is_empty() => drop(forged.pop()),
                    _ => forged.push(root),
                }
                if of_growth {
                    check_consistency((old, &held), (size, &root), &forged).is_err()
                } else {
                    check_inclusion(&leaf, index, size, &forged, &root).is_err()
                }
            }
            // The same size twice with two roots.
            6 => {
                let mut other = root;
                other[draws.below(32) as usize] ^= 1;
                check_consistency((size, &root), (size, &other), &[]).is_err()
            }
            // An epoch nobody granted: a notice signed by another, or about another chain or epoch.
            _ => {
                let granted = |to: ChainId, epoch| {
                    let act = HubAct::EpochGranted { chain: to, epoch, at: 1, kind: BreakKind::Fork };
                    entry(&OWN.parse().expect("the hub's chain"), Head::START, Event::Hub(act)).to_bytes()
                };
                match draws.below(3) {
                    0 => Notice::sign(granted(chain(), 2), &author()).open(&hub().verifying_key()).is_err(),
                    1 => Head::granted(&chain(), 2, &granted("D2/N2".parse().expect("a chain"), 2)).is_none(),
                    _ => Head::granted(&chain(), 3, &granted(chain(), 2)).is_none(),
                }
            }
        };
        report.case(detected, || format!("seed {seed} case {case}: fault {fault}, {old} entries then {size}"));
    }
    report
}

// ---- a device that lies -------------------------------------------------------------------------------------------------

/// Entries after a head the hub holds, sent by somebody who has a device's key, and batches signed by somebody who has not.
fn hostile_device(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("audit: a device lies about its entries");
    let mut draws = Draws::from(seed ^ 0xD0);
    for case in 0..cases {
        let held = 1 + draws.below(30);
        let before = entries(&mut draws, &chain(), Head::START, held);
        let head = first_break(&chain(), Head::START, slices(&before)).expect("a whole chain holds");
        let fault = draws.below(7);
        let next = |head: Head, draws: &mut Draws| entry(&chain(), head, look(draws));
        let refused = |entry: Entry, kind| {
            let found = first_break(&chain(), head, [entry.to_bytes().as_slice()]);
            found.is_err_and(|at| at.kind == kind && at.at == head.seq + 1)
        };
        let detected = match fault {
            // A gap.
            0 => {
                let seq = head.seq + 2 + draws.below(5);
                refused(Entry { seq, ..next(head, &mut draws) }, BreakKind::Gap)
            }
            // Another's chain.
            1 => refused(
                Entry { chain: "D2/N2".parse().expect("a chain"), ..next(head, &mut draws) },
                BreakKind::Stranger,
            ),
            // Back-dated.
            2 => {
                let at = Stamp::from_millis(head.at.millis() - 1 - draws.below(1_000_000) as i64);
                refused(Entry { at, ..next(head, &mut draws) }, BreakKind::Clock)
            }
            // A history of its own.
            3 => refused(Entry { prev: Link::of(b"elsewhere"), ..next(head, &mut draws) }, BreakKind::Fork),
            // An epoch of its own.
            4 => refused(Entry { epoch: head.epoch + 1, ..next(head, &mut draws) }, BreakKind::Stranger),
            // A number that is taken.
            5 => refused(Entry { seq: 1 + draws.below(head.seq), ..next(head, &mut draws) }, BreakKind::Fork),
            // A batch in somebody's name without their key, or over another head.
            _ => {
                // The author themselves, signing something else, is no better than another.
                let (author_key, author) = (author(), author().verifying_key());
                let mark = BatchMark::sign(&chain(), (head.epoch, head.seq), head.link, &hub());
                let other = BatchMark::sign(&chain(), (head.epoch, head.seq), Link::of(b"another"), &author_key);
                mark.check(&chain(), head.link, &author).is_err() && other.check(&chain(), head.link, &author).is_err()
            }
        };
        report.case(detected, || format!("seed {seed} case {case}: fault {fault} after {held}"));
    }
    report
}
