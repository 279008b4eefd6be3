//! A private line between two devices in one room, under a secret that one of them showed the other as a code: Noise (`NNpsk0`, by `snow`). Who
//! has not read the code cannot say the first word, and what is listened to later opens with nothing: the keys are ephemeral. Pure: bytes in,
//! bytes out; ephemeral keys are arguments. What is said on a line, and whether the ends prove who they are, is its user's
//! ([`crate::bag::near`], [`crate::carry`]); sockets are the device's.
//!
//! ```text
//! caller    first    48 bytes        "I have read the code"
//! hearer    second   48 bytes        "and I made it"
//! then records, either way: length (two bytes, big-endian), and Noise's own
//! ```

use record::canon::{NotCanonical, Reader, Writer};
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::{CryptoResolver, DefaultResolver};
use snow::types::{Cipher, Dh, Hash, Random};
use snow::{Builder, HandshakeState, TransportState};
use std::net::{IpAddr, SocketAddr};
use thiserror::Error;
use zeroize::Zeroizing;

const NOISE: &str = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";

/// An ephemeral key and its mark: all that a handshake's message is.
pub const HANDSHAKE: usize = 48;

/// What Noise adds to a record.
const MARK: usize = 16;

/// Bytes in a record: what a cut loses at most, and all that either end holds beyond what it was given.
pub const RECORD: usize = 2 << 10;

/// No record is longer.
pub const LONGEST: usize = RECORD + MARK;

/// No code names more addresses.
pub const MOST_PLACES: usize = 3;

/// 32 random bytes, never used before: an ephemeral key.
pub type Fresh = Zeroizing<[u8; 32]>;

/// What a line is for, and the secret that both ends have: 32 bytes made from the code's.
pub struct Terms<'a> {
    pub purpose: &'static [u8],
    pub secret: &'a Zeroizing<[u8; 32]>,
}

/// Why a line came to nothing. It says no more: whoever is at the other end learns nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LineFault {
    #[error("what was said on the line is not the other end's")]
    Forged,
    #[error("a record is longer than any may be")]
    Long,
}

/// A line that both ends have agreed.
pub struct Line {
    noise: TransportState,
    /// Of everything said in the handshake: it fits this line and no other.
    hash: Vec<u8>,
}

/// The caller's line, before the hearer spoke.
pub struct Opening(HandshakeState);

/// The caller's first word.
pub fn open(terms: &Terms<'_>, fresh: Fresh) -> Result<(Opening, Vec<u8>), LineFault> {
    let mut noise = builder(terms, fresh).and_then(Builder::build_initiator).map_err(forged)?;
    let first = spoken(&mut noise)?;
    Ok((Opening(noise), first))
}

impl Opening {
    pub fn answered(mut self, second: &[u8]) -> Result<Line, LineFault> {
        self.0.read_message(second, &mut []).map_err(forged)?;
        Line::of(self.0)
    }
}

/// The hearer's line, once a first word came that only the secret makes; and its second.
pub fn answer(terms: &Terms<'_>, first: &[u8], fresh: Fresh) -> Result<(Line, Vec<u8>), LineFault> {
    let mut noise = builder(terms, fresh).and_then(Builder::build_responder).map_err(forged)?;
    noise.read_message(first, &mut []).map_err(forged)?;
    let second = spoken(&mut noise)?;
    Ok((Line::of(noise)?, second))
}

impl Line {
    fn of(noise: HandshakeState) -> Result<Line, LineFault> {
        let hash = noise.get_handshake_hash().to_vec();
        Ok(Line { noise: noise.into_transport_mode().map_err(forged)?, hash })
    }

    pub fn hash(&self) -> &[u8] {
        &self.hash
    }

    /// A record of these bytes, with its length before it.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, LineFault> {
        if plain.len() > RECORD {
            return Err(LineFault::Long);
        }
        let mut sealed = vec![0; 2 + plain.len() + MARK];
        let length = self.noise.write_message(plain, &mut sealed[2..]).map_err(forged)?;
        sealed.truncate(2 + length);
        let length = u16::try_from(length).map_err(|_| LineFault::Long)?;
        sealed[..2].copy_from_slice(&length.to_be_bytes());
        Ok(sealed)
    }

    /// What is in a record, given without its length.
    pub fn unseal(&mut self, record: &[u8]) -> Result<Vec<u8>, LineFault> {
        if record.len() > LONGEST {
            return Err(LineFault::Long);
        }
        let mut plain = vec![0; record.len()];
        let length = self.noise.read_message(record, &mut plain).map_err(forged)?;
        plain.truncate(length);
        Ok(plain)
    }
}

/// Where a device may be reached, as a code says it: 8 bytes an address in IPv4.
pub(crate) fn write_places(to: Writer, places: &[SocketAddr]) -> Writer {
    places.iter().fold(to.number(places.len() as u64), |to, at| match at.ip() {
        IpAddr::V4(ip) => to.bytes(&ip.octets()).number(at.port().into()),
        IpAddr::V6(ip) => to.bytes(&ip.octets()).number(at.port().into()),
    })
}

pub(crate) fn read_places(from: &mut Reader<'_>) -> Result<Vec<SocketAddr>, NotCanonical> {
    let count = usize::try_from(from.number()?).ok().filter(|count| *count <= MOST_PLACES);
    let place = |_| {
        let octets = from.bytes()?;
        let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
        let ip = four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).map_err(|_| NotCanonical)?;
        Ok(SocketAddr::new(ip, u16::try_from(from.number()?).map_err(|_| NotCanonical)?))
    };
    (0..count.ok_or(NotCanonical)?).map(place).collect()
}

fn builder<'a>(terms: &Terms<'a>, fresh: Fresh) -> Result<Builder<'a>, snow::Error> {
    Builder::with_resolver(NOISE.parse()?, Box::new(Given(fresh))).prologue(terms.purpose)?.psk(0, terms.secret)
}

fn spoken(noise: &mut HandshakeState) -> Result<Vec<u8>, LineFault> {
    let mut message = vec![0; HANDSHAKE];
    let length = noise.write_message(&[], &mut message).map_err(forged)?;
    message.truncate(length);
    Ok(message)
}

fn forged(_: snow::Error) -> LineFault {
    LineFault::Forged
}

/// The default primitives, with randomness that was given: nothing here makes any.
struct Given(Fresh);

impl CryptoResolver for Given {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Once(Some(self.0.clone()))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        DefaultResolver.resolve_dh(choice)
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        DefaultResolver.resolve_hash(choice)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        DefaultResolver.resolve_cipher(choice)
    }
}

/// One ephemeral key; a second would be the first again, and is refused.
struct Once(Option<Fresh>);

impl Random for Once {
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), snow::Error> {
        match self.0.take() {
            Some(fresh) if to.len() == fresh.len() => {
                to.copy_from_slice(fresh.as_slice());
                Ok(())
            }
            _ => Err(snow::Error::Rng),
        }
    }
}
