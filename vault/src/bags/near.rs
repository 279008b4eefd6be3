//! A bag over the local network, from the vault's side: what the giver's device answers to whoever read the slip it shows, and what the
//! receiver's device says and believes. The line and its proofs are `sync::bag::near`'s; who may have the bag is decided here, with the same
//! entries as for the animated code: the giver's when it was shown, the receiver's as it comes in, the giver's again when the answer is back.
//! Bytes in, bytes out: the network is the caller's.

use super::hand::{self, TakenFrames};
use crate::door::{Answer, Door};
use crate::fault::VaultFault;
use crate::lease;
use ed25519_dalek::SigningKey;
use record::bag::{BagFault, BagId};
use record::consent::Purpose;
use record::lease::Certificate;
use record::{ChainId, PersonId, Stamp};
use std::net::SocketAddr;
use sync::bag::near::{self, Line, Opening, Wish};
pub use sync::bag::near::{Fresh, HANDSHAKE, LONGEST};
use sync::bag::slip::{Slip, SlipSecret};

/// What the giver shows now: one bag, to one receiver, until it shows another or locks.
pub(crate) struct Showing {
    pub(super) bag: BagId,
    pub(super) purpose: Purpose,
    pub(super) secret: SlipSecret,
    /// What the animated code shows.
    pub(super) sealed: Vec<u8>,
    /// The first device that proved itself: no other is answered.
    pub(super) to: Option<ChainId>,
}

/// What the receiver took, and from whom.
pub(crate) struct Taking {
    slip: Slip,
    giver: Certificate,
    /// What has come of the sealed bag.
    here: Vec<u8>,
    came: bool,
}

impl Taking {
    pub(super) const fn of(slip: Slip, giver: Certificate) -> Taking {
        Taking { slip, giver, here: Vec::new(), came: false }
    }

    /// The whole bag came over this line.
    pub(crate) const fn came(&self) -> bool {
        self.came
    }
}

/// One connection at the giver.
pub struct Giving {
    line: Line,
    asks: Asks,
}

enum Asks {
    NotYet,
    /// The bag, from this byte on.
    Bag(usize),
    Done,
}

/// One connection at the receiver, before the giver spoke.
pub struct Calling(Opening);

/// One connection at the receiver.
pub struct Receiving(Line);

/// What the giver's device does with what was asked.
pub enum Granted {
    /// This, and then the bag's records to the end.
    Bag(Vec<u8>),
    /// The receiver's passage is here; this says so.
    Answered(Vec<u8>),
}

/// The first word of a connection, at the giver; its second.
pub(crate) fn hear(showing: Option<&Showing>, first: &[u8], fresh: Fresh) -> Result<(Giving, Vec<u8>), VaultFault> {
    let shown = showing.ok_or(VaultFault::Bag(BagFault::Unknown))?;
    let (line, second) = near::answer((shown.bag, &shown.secret), first, fresh).map_err(VaultFault::Bag)?;
    Ok((Giving { line, asks: Asks::NotYet }, second))
}

/// What the receiver asks, at the giver: answered only if the hub certified their device, and no other device came first.
pub(crate) fn grant(
    (door, folder): (&mut Door, &mut sync::frame::Folder),
    key: &SigningKey,
    (showing, giving): (Option<&mut Showing>, &mut Giving),
    record: &[u8],
    now: Stamp,
) -> Result<Granted, VaultFault> {
    let shown = showing.ok_or(VaultFault::Bag(BagFault::Unknown))?;
    let Asks::NotYet = giving.asks else { return Err(VaultFault::Bag(BagFault::Order)) };
    let (who, wish) = giving.line.asked(record, door.hub()).map_err(VaultFault::Bag)?;
    let (at, _) = door.moment(now);
    if !who.in_force(at) || door.glance(lease::ended)?.contains(&who.device) {
        return Err(VaultFault::Bag(BagFault::Certificate));
    }
    let chain = ChainId::of(&who.device, &who.staff);
    if chain == *door.chain() || shown.to.as_ref().is_some_and(|to| *to != chain) {
        return Err(VaultFault::Bag(BagFault::Taken));
    }
    shown.to = Some(chain);
    match wish {
        Wish::Bag { from } => {
            let from = usize::try_from(from).ok().filter(|from| *from <= shown.sealed.len());
            giving.asks = Asks::Bag(from.ok_or(VaultFault::Bag(BagFault::Code))?);
            Ok(Granted::Bag(giving.line.grant(key).map_err(VaultFault::Bag)?))
        }
        Wish::Answer(code) => {
            giving.asks = Asks::Done;
            match hand::acknowledge(door, folder, (&code, shown.purpose), now) {
                // Said again after the line was cut before the word came through: it is here.
                Ok((_, Ok(_))) | Err(VaultFault::Bag(BagFault::Taken)) => {}
                Ok((_, Err(_))) => return Err(VaultFault::Bag(BagFault::NotAllowed)),
                Err(fault) => return Err(fault),
            }
            Ok(Granted::Answered(giving.line.grant(key).map_err(VaultFault::Bag)?))
        }
    }
}

/// The bag's next record, until there is none.
pub(crate) fn next(showing: Option<&Showing>, giving: &mut Giving) -> Result<Option<Vec<u8>>, VaultFault> {
    let shown = showing.ok_or(VaultFault::Bag(BagFault::Unknown))?;
    let Asks::Bag(from) = giving.asks else { return Ok(None) };
    let rest = shown.sealed.get(from..).unwrap_or_default();
    let some = &rest[..rest.len().min(near::RECORD)];
    if some.is_empty() {
        giving.asks = Asks::Done;
        return Ok(None);
    }
    giving.asks = Asks::Bag(from + some.len());
    giving.line.seal(some).map(Some).map_err(VaultFault::Bag)
}

/// Where the giver may be reached, by the slip that was read last.
pub(crate) fn reached(taking: Option<&Taking>) -> Result<(PersonId, Vec<SocketAddr>), VaultFault> {
    let slip = &taking.ok_or(VaultFault::Bag(BagFault::OtherBag))?.slip;
    Ok((slip.person, slip.near.clone()))
}

/// The receiver's first word.
pub(crate) fn call(taking: Option<&Taking>, fresh: Fresh) -> Result<(Calling, Vec<u8>), VaultFault> {
    let taking = taking.ok_or(VaultFault::Bag(BagFault::OtherBag))?;
    let (opening, first) = near::open(&taking.slip, fresh).map_err(VaultFault::Bag)?;
    Ok((Calling(opening), first))
}

/// The giver's second came: who this is, and what it wants. `answer`: the code that the giver is to have; otherwise what is left of the bag.
pub(crate) fn ask(
    door: &mut Door,
    key: &SigningKey,
    taking: Option<&Taking>,
    (calling, second, answer): (Calling, &[u8], Option<&str>),
    now: Stamp,
) -> Result<(Receiving, Vec<u8>), VaultFault> {
    let taking = taking.ok_or(VaultFault::Bag(BagFault::OtherBag))?;
    let (hub, at) = (*door.hub(), door.moment(now).0);
    let own = door.glance(|conn| lease::own(conn, &hub))?.filter(|own| own.certificate.in_force(at));
    let own = own.ok_or(VaultFault::Bag(BagFault::Certificate))?;
    let wish = match answer {
        Some(code) => Wish::Answer(code.to_owned()),
        None => Wish::Bag { from: u32::try_from(taking.here.len()).unwrap_or(u32::MAX) },
    };
    let mut line = calling.0.answered(second).map_err(VaultFault::Bag)?;
    let asked = line.ask(&own, key, &wish).map_err(VaultFault::Bag)?;
    Ok((Receiving(line), asked))
}

/// The giver proved that it made the slip; after an answer, that it is there.
pub(crate) fn granted(taking: Option<&Taking>, receiving: &mut Receiving, record: &[u8]) -> Result<(), VaultFault> {
    let taking = taking.ok_or(VaultFault::Bag(BagFault::OtherBag))?;
    receiving.0.granted(record, &taking.giver).map_err(VaultFault::Bag)
}

/// A record of the bag. Whether that was the last. What came stays, so that a line that was cut goes on where it ended.
pub(crate) fn receive(
    taking: Option<&mut Taking>,
    receiving: &mut Receiving,
    record: &[u8],
) -> Result<bool, VaultFault> {
    let taking = taking.ok_or(VaultFault::Bag(BagFault::OtherBag))?;
    let some = receiving.0.unseal(record).map_err(VaultFault::Bag)?;
    let whole = taking.slip.length as usize;
    if some.is_empty() || taking.here.len() + some.len() > whole {
        return Err(VaultFault::Bag(BagFault::Code));
    }
    taking.here.extend_from_slice(&some);
    Ok(taking.here.len() == whole)
}

/// Takes in the bag, if all of it came: as after the last frame of the animated code.
pub(crate) fn take_whole(
    door: &mut Door,
    taking: Option<&mut Taking>,
    purpose: Purpose,
    now: Stamp,
) -> Result<Answer<TakenFrames>, VaultFault> {
    let taking = taking.ok_or(VaultFault::Bag(BagFault::OtherBag))?;
    let sealed = std::mem::take(&mut taking.here);
    if !taking.slip.names(&sealed) {
        return Err(VaultFault::Bag(BagFault::Forged));
    }
    let answer = hand::take_sealed(door, &taking.slip, (&sealed, purpose), now)?;
    taking.came = answer.is_ok();
    Ok(answer)
}
