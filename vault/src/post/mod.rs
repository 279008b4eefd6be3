//! Letters out and in, one errand each. What a round must carry is gathered here and signed with this person's key; what arrives is
//! checked, applied and committed as it comes, so that a cut loses at most the letter it fell in. The machine reads no content: it
//! replaces frames and facts by version.

mod kept;
mod restored;
mod take;
mod waiting;

use crate::bags;
use crate::door::Door;
use crate::fault::VaultFault;
use crate::plans::{self, Word};
use crate::seal::Sealer;
use crate::{drafts, lacks, lease, ledger, log, own, receipts, visits};
use ed25519_dalek::SigningKey;
use kept::{cursor, row};
use record::audit::{Entry, Link, LogSign};
use record::lease::Licensed;
use record::section::Compartment;
use record::time::Doubts;
use record::{PersonId, Stamp};
use rusqlite::Connection;
use sync::frame::Folder;
use sync::letter::{Letter, Post};
use sync::owed::Things;
use sync::photos::PhotoStands;
use sync::wire::{self, Splitter};
use sync::witness::BatchMark;

pub(crate) use take::everything_again;

pub(crate) use kept::{folder, get, keep_told, put, told};
pub(crate) use kept::{get_number, put_number};
pub(crate) use waiting::{all_forms, choices, claims};

/// One round with the hub: the post as sent, and the answer so far.
pub(crate) struct Round {
    post: Vec<u8>,
    /// The place of the last entry in it.
    through: u64,
    splitter: Splitter,
    so_far: Arrived,
    /// Another round follows at once if less waits at the end of this one than now: not everything fitted, or choices went alone before
    /// everything else.
    held_back: Option<u64>,
    /// Fresh random bytes of this round, for sealing what arrives.
    fresh: [u8; 32],
    /// What the hub says it holds: believed once it has signed the end.
    held: Held,
    /// Something of the answer was taken in.
    begun: bool,
    /// The piece of a photograph in it; taken away when the hub has said something of it.
    piece: Option<PhotoStands>,
}

impl Round {
    /// It came to its end, and left nothing to be said on either side but photographs: only now may one go.
    pub(crate) const fn left_nothing(&self) -> bool {
        self.so_far.ended && !self.so_far.more
    }
}

/// Keys of choices, and of choices whose forms are held.
#[derive(Default)]
struct Held {
    choices: Vec<String>,
    forms: Vec<String>,
}

/// What an answer has brought so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrived {
    pub people_added: u32,
    /// Of them, those who were not here.
    pub people_new: u32,
    pub people_removed: u32,
    pub facts_changed: u32,
    pub plans_changed: u32,
    /// Acts of others at visits.
    pub acts_new: u32,
    pub bags_changed: u32,
    /// Letters about people that the hub said, at the beginning of this answer, are to come; `None` while it said nothing.
    pub letters_owed: Option<u64>,
    /// About how many bytes; 0 where the hub does not know.
    pub bytes_owed: u64,
    /// Of those letters, what came in this answer.
    pub letters: u64,
    /// Drafts of this user's that were begun on a device that is no more.
    pub drafts_back: u32,
    pub entries_receipted: u64,
    /// The End letter came and its signature fits: the round is over.
    pub ended: bool,
    /// The hub has more: post again at once.
    pub more: bool,
    /// Nothing else is left to say, and a piece of a photograph can go.
    pub photos: bool,
    /// The hub has ended this device's enrolment; content was erased.
    pub over: bool,
    /// The chain broke: it goes on in an epoch that the hub opened.
    pub epoch_opened: bool,
    /// Something a screen may be showing has changed.
    pub caseload_changed: bool,
    /// The hub said something of the audit that was sent.
    answered: bool,
    /// There is something to say at once.
    again: bool,
    /// The hub counts anew: everything is fetched again.
    refetch: bool,
}

/// Where the vault stands with its hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Entries, choices, changes of plans, acts of visits, notes of bags and photographs that the hub does not hold yet.
    pub unsent: u64,
    pub entries: u64,
    pub receipted: u64,
    /// Hub time of the newest receipt.
    pub receipted_at: Option<Stamp>,
    /// Hub time of the last completed round.
    pub checked: Option<Stamp>,
    /// Time as the vault reckons it.
    pub at: Stamp,
    pub clock_in_doubt: bool,
    pub doubts: Doubts,
    /// For how long this device may read without the hub.
    pub licensed: Option<Licensed>,
    /// That has ended.
    pub lapsed: bool,
    /// The hub has ended this device's enrolment.
    pub over: bool,
    /// Where the hub said the chain broke, since the last sign-in.
    pub broken: Option<u64>,
    /// How the hub's log disagrees with what was shown of it before.
    pub log_sign: Option<LogSign>,
}

/// How much a round may carry, bytes: of the answer at most, and of each kind of work in the post.
#[derive(Debug, Clone, Copy)]
pub struct Bite {
    pub down: u64,
    pub up: usize,
}

/// Entries of the audit in a post of that size: some 100 bytes each before they are folded.
fn entries_in(up: usize) -> u32 {
    u32::try_from(up / 100).unwrap_or(u32::MAX)
}

/// Gathers everything the hub is owed, as far as it fits, and signs it. `quiet`: the round before left nothing to
/// say, so that a photograph may go if nothing arose since. `broken`: of whom the glass is broken.
pub(crate) fn prepare(
    door: &Door,
    folder: &Folder,
    key: &SigningKey,
    (Bite { down: appetite, up }, fresh, quiet): (Bite, [u8; 40], bool),
    (broken, now): (Option<PersonId>, Stamp),
) -> Result<(Vec<u8>, Round), VaultFault> {
    let told = door.told();
    let mut held_back = None;
    let (mut nonce, mut sealing) = ([0; 8], [0; 32]);
    nonce.copy_from_slice(&fresh[..8]);
    sealing.copy_from_slice(&fresh[8..]);
    let post = door.glance(|conn| {
        let choices = waiting::choices(conn)?;
        // A withdrawal travels before anything else: choices go in a small post of their own.
        let alone = !choices.is_empty();
        let most = if alone { 0 } else { entries_in(up) };
        let entries = ledger::after(conn, told.receipted, most)?;
        let (plans, plans_left) = if alone { Default::default() } else { plans::outgoing(conn, up)? };
        let (acts, acts_left) = if alone { Default::default() } else { visits::outgoing(conn, up)? };
        let (bags, bags_left) = if alone { Default::default() } else { bags::outgoing(conn, up)? };
        let left = entries.len() == most as usize || plans_left || acts_left || bags_left;
        let entries_waiting = (told.base + door.head().seq).saturating_sub(told.receipted);
        held_back = match (alone, left) {
            (true, _) => Some(u64::MAX),
            (false, true) => Some(entries_waiting + work_waiting(conn)?),
            (false, false) => None,
        };
        let mut post = Post {
            chain: door.chain().clone(),
            at: now,
            cursor: cursor(conn)?,
            dictionary: folder.dictionary().id(),
            policy: told.pack.as_ref().map_or(0, |p| p.version),
            sources: get_number(conn, row::SOURCES)?.unwrap_or(0) as u64,
            head: door.head(),
            receipted: told.receipted.saturating_sub(told.base),
            mark: mark(&entries, key),
            entries,
            choices,
            appetite,
            held: log::held(conn)?.map_or(0, |head| head.size),
            plans,
            evidence: if told.evidence_due { log::evidence(conn)? } else { Vec::new() },
            nonce,
            certified: lease::certified(conn, door.hub())?,
            claims: if alone { Vec::new() } else { waiting::claims(conn)? },
            again: if alone { Vec::new() } else { waiting::again(conn, broken)? },
            forms: if alone { Vec::new() } else { waiting::forms(conn)? },
            held_since: receipts::held_since(conn, door.head().epoch)?,
            seen: receipts::told(conn)?,
            acts,
            bags_through: bags::through(conn)?,
            bags,
            pieces: Vec::new(),
            wanted: if alone { Vec::new() } else { visits::photos::wanted(conn)? },
        };
        if quiet && says_nothing(&post) {
            post.pieces.extend(visits::photos::piece(conn)?);
        }
        Ok(post)
    })?;
    let through = told.receipted + post.entries.len() as u64;
    let bytes = wire::write_post(&post, key)?;
    let round = Round {
        post: bytes.clone(),
        through,
        splitter: Splitter::default(),
        so_far: Arrived::default(),
        held_back,
        fresh: sealing,
        held: Held::default(),
        piece: post.pieces.first().map(|piece| PhotoStands { of: piece.of, has: piece.from }),
        begun: false,
    };
    Ok((bytes, round))
}

/// Work that the hub does not hold and that posts carry in bites.
fn work_waiting(conn: &Connection) -> Result<u64, VaultFault> {
    Ok(plans::unsent(conn)? + visits::unsent(conn)? + bags::unsent(conn)?)
}

/// Nothing in it that a nurse wrote or did: what is more urgent than a photograph goes alone.
fn says_nothing(post: &Post) -> bool {
    let words = post.entries.is_empty() && post.choices.is_empty() && post.claims.is_empty() && post.forms.is_empty();
    words && post.plans.is_empty() && post.acts.is_empty() && post.bags.is_empty() && post.cursor.fetching.is_none()
}

/// The author's signature over the chain as it stands after the last of these entries.
fn mark(entries: &[Vec<u8>], key: &SigningKey) -> Option<BatchMark> {
    let bytes = entries.last()?;
    let last = Entry::from_bytes(bytes).ok()?;
    Some(BatchMark::sign(&last.chain, (last.epoch, last.seq), Link::of(bytes), key))
}

/// Takes in bytes of the answer as they come. Every whole letter in them is checked and committed before this returns.
pub(crate) fn arrived(
    door: &mut Door,
    folder: &mut Folder,
    round: &mut Round,
    (key, public): (&SigningKey, [u8; 32]),
    bytes: &[u8],
    now: Stamp,
) -> Result<Arrived, VaultFault> {
    let blocks = round.splitter.push(bytes)?;
    if blocks.is_empty() {
        return Ok(round.so_far);
    }
    let hub = *door.hub();
    let chain = door.chain().clone();
    let mut so_far = round.so_far;
    let before = door.told().clone();
    let (held, piece) = (&mut round.held, &mut round.piece);
    let sealer = Sealer { public, fresh: &round.fresh };
    let first = !std::mem::replace(&mut round.begun, true);
    door.errand(now, |errand| {
        if first {
            // What was handed on before this answer goes now: its last holder has had time to see where it went.
            bags::hand_on(errand)?;
        }
        let fetching = cursor(errand.tx())?.seq.0 == 0;
        for block in &blocks {
            match wire::read_letter(block, folder)? {
                Letter::Receipt(receipt) => {
                    so_far.answered = true;
                    take::receipt(errand, &hub, &receipt, &mut so_far)?;
                }
                Letter::Notice(notice) => {
                    (so_far.answered, so_far.again) = (true, true);
                    let was = errand.head().epoch;
                    let again = log::notice(errand, &chain, &hub, &notice)?;
                    so_far.epoch_opened |= errand.head().epoch > was;
                    so_far.refetch |= again != log::Again::Nothing;
                    if again == log::Again::FetchAndSend {
                        restored::send_again(errand, &chain)?;
                    }
                }
                Letter::Behind { epoch, through, link, .. } => {
                    (so_far.answered, so_far.again) = (true, !errand.told.evidence_due);
                    log::behind(errand, (epoch, through, link))?;
                }
                Letter::Policy(signed) => take::policy(errand, &hub, signed)?,
                Letter::Dictionary { id, bytes } => take::dictionary(errand, folder, id, bytes)?,
                Letter::Sources { version, sources } => take::sources(errand, version, &sources)?,
                Letter::Person(person) => {
                    so_far.people_new += u32::from(!take::is_listed(errand.tx(), person.rules.value.person)?);
                    take::person(errand, &hub, (&mut *folder, sealer), &person)?;
                    lacks::came(errand.tx(), person.rules.value.person, Things::RECORD)?;
                    so_far.people_added += 1;
                    // Whose resources came with them, or may not come, has none to follow.
                    let follow = !person.frames.is_empty() && !person.frames.iter().any(|f| f.0 == Compartment::Whole);
                    so_far.letters += 1 + u64::from(person.base.0 != 0 && !follow);
                    so_far.caseload_changed = true;
                }
                Letter::Whole(letter) => {
                    take::whole(errand, &letter)?;
                    so_far.letters += 1;
                }
                Letter::Changed(changes) => {
                    for change in changes {
                        so_far.facts_changed += change.facts.len() as u32 + change.gone.len() as u32;
                        lacks::came(errand.tx(), change.person, Things::RECORD)?;
                        so_far.letters += 1;
                        take::change(errand, folder, change)?;
                    }
                    so_far.caseload_changed = true;
                }
                Letter::Own(letter) => own::take_in(errand, &letter)?,
                Letter::Rules(signed) => {
                    take::rules(errand, &hub, (&mut *folder, sealer), &signed)?;
                    so_far.caseload_changed = true;
                }
                Letter::Removed { person, .. } => {
                    take::removed(errand, person)?;
                    so_far.people_removed += 1;
                    so_far.caseload_changed = true;
                }
                Letter::ChoicesHeld(keys) => held.choices.extend(keys),
                Letter::Plans(incoming) => {
                    for plan in &incoming {
                        lacks::came(errand.tx(), plan.person, Things::PLAN)?;
                    }
                    // In a first fetch plans and visits are not counted: they come beside their people.
                    so_far.letters += if fetching { 0 } else { incoming.len() as u64 };
                    so_far.plans_changed += plans::take_in(errand, &incoming, &chain)?;
                }
                Letter::PlansHeld(held) => plans::held(errand, &Word { held: &held, hub: &hub }, &chain)?,
                Letter::PlansRefused(refused) => so_far.again |= plans::refused(errand, &refused)? > 0,
                Letter::Bags(down) => so_far.bags_changed += bags::take_in(errand, &down, &hub)?,
                Letter::BagTimes(times) => bags::heard(errand, &times)?,
                Letter::HomeForm(form) => bags::home_form(errand, &form, &hub)?,
                Letter::BagsHeld(held) => bags::held(errand, &held, &hub, &chain)?,
                Letter::BagsRefused(refused) => bags::refused(errand, &refused)?,
                Letter::ClaimsAnswered(answers) => {
                    take::claims_answered(errand, &answers)?;
                    so_far.caseload_changed = true;
                }
                Letter::Seen { through, seen } => receipts::take_seen(errand, through, &seen)?,
                Letter::FormsHeld(keys) => held.forms.extend(keys),
                Letter::Acts(incoming) => {
                    for acts in &incoming {
                        lacks::came(errand.tx(), acts.person, Things::VISITS)?;
                    }
                    so_far.letters += if fetching { 0 } else { incoming.len() as u64 };
                    so_far.acts_new += visits::take_in(errand, &incoming)?;
                }
                Letter::ActsHeld(held) => visits::held(errand, (&held, &hub), &chain)?,
                Letter::ActsRefused(refused) => visits::refused(errand, &refused)?,
                Letter::PhotoStands(stands) => {
                    // Where it stood before, it would stand again: then the next piece waits for another time.
                    piece.take_if(|sent| stands.iter().any(|now| now.of == sent.of && now.has != sent.has));
                    visits::photos::stands(errand, &stands)?;
                }
                Letter::PhotosHeld(word) => {
                    piece.take_if(|sent| word.held.contains(&sent.of));
                    visits::photos::held(errand, (&word, &hub), &chain)?;
                }
                Letter::PhotosRefused(refused) => {
                    piece.take_if(|sent| refused.iter().any(|refused| refused.of == sent.of));
                    visits::photos::refused(errand, &refused)?;
                }
                Letter::Photo(piece) => visits::photos::take_in(errand, &piece)?,
                Letter::SeenWork(work) => receipts::take_seen_work(errand, &work)?,
                Letter::Owed(owed) => {
                    lacks::heard(errand, &owed)?;
                    (so_far.letters_owed, so_far.bytes_owed) = (Some(owed.letters), owed.bytes);
                }
                Letter::Drafts { through, drafts: all } => {
                    so_far.drafts_back += drafts::heard(errand, through, &all)?;
                }
                Letter::End(end) => {
                    // Entries were sent, and the hub said nothing of them.
                    if !end.more && !so_far.answered && round.through > errand.told.receipted {
                        log::refuse(errand, LogSign::Withheld, 0)?;
                    }
                    take::end(errand, &hub, (&round.post, &end), &mut so_far)?;
                    take::held(errand, held)?;
                    if let Some(before) = round.held_back {
                        let entries = (errand.told.base + errand.head().seq).saturating_sub(errand.told.receipted);
                        so_far.more |= entries + work_waiting(errand.tx())? < before;
                    }
                    so_far.photos = piece.is_none() && visits::photos::piece(errand.tx())?.is_some();
                }
                Letter::Certified { sworn, ended } => {
                    lease::take_certificate(errand, &hub, key, (&sworn, &ended))?;
                }
                Letter::Ended(ended) => {
                    take::ended(errand, &hub, &round.post, &ended, &mut so_far)?;
                    take::held(errand, held)?;
                }
            }
        }
        kept::keep_told(errand.tx(), &before, &errand.told)
    })?;
    round.so_far = so_far;
    Ok(so_far)
}

/// Where the vault stands.
pub(crate) fn standing(door: &Door, now: Stamp) -> Result<Standing, VaultFault> {
    let told = door.told();
    let (at, clock) = door.moment(now);
    let entries = told.base + door.head().seq;
    let (choices, edits) = door.glance(|conn| {
        Ok((
            waiting::unsent(conn)?,
            plans::unsent(conn)? + visits::unsent(conn)? + bags::unsent(conn)? + visits::photos::unsent(conn)?,
        ))
    })?;
    Ok(Standing {
        unsent: entries.saturating_sub(told.receipted) + choices + edits,
        entries,
        receipted: told.receipted,
        receipted_at: told.receipted_at,
        checked: told.checked,
        at,
        clock_in_doubt: clock == record::consent::Clock::Suspect,
        doubts: door.guard().mark.doubts(),
        licensed: told.licensed,
        lapsed: door.is_lapsed(at),
        over: told.over.is_some(),
        broken: told.broken,
        log_sign: told.log_sign,
    })
}
