//! The animated code: the sealed bag as a fountain of small frames (RaptorQ, RFC 6330). Any frames will do, in any order, once there are a
//! little more than fill it; what is lost is made up by others. A fountain is poisoned by one false frame, so each carries a mark that only
//! the slip's secret makes: what does not fit is passed over, and the rest go on.
//!
//! ```text
//! frame   tag (4: of the sealed bag) · payload id (4) · symbol (512) · mark (8: HMAC-SHA-256, cut)
//! ```

use super::slip::{Slip, SlipSecret};
use super::{code, open};
use hkdf::Hkdf;
use raptorq::{Decoder, EncodingPacket, ObjectTransmissionInformation, PayloadId, SourceBlockEncoder};
use record::bag::{BagFault, BagId};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const FRAME: &str = "SATCHEL-F-";
const TAG: usize = 4;
const ID: usize = 4;
const MARK: usize = 8;

/// Bytes of the bag in a frame: with what is around it 854 characters, QR version 19 at medium correction.
pub const SYMBOL: u16 = 512;

/// Of a hundred frames that fill the bag, so many more are shown before the first comes again.
const SPARE: usize = 60;

/// The frames of one showing, as codes, in the order in which they are shown; after the last the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames(pub Vec<String>);

impl Frames {
    pub fn of(sealed: &[u8], bag: BagId, secret: &SlipSecret) -> Frames {
        let (tag, key) = (tag(sealed), secret.marking(bag));
        let encoder = raptorq::Encoder::with_defaults(sealed, SYMBOL);
        let mut frames = Vec::new();
        // The bag itself first, block by block, then what makes up for losses, from each block in turn.
        let blocks = encoder.get_block_encoders();
        let sources: Vec<Vec<EncodingPacket>> = blocks.iter().map(SourceBlockEncoder::source_packets).collect();
        let spare = |block: &Vec<EncodingPacket>| (block.len() * SPARE).div_ceil(100).max(4) as u32;
        let repairs = blocks.iter().zip(&sources).map(|(block, source)| block.repair_packets(0, spare(source)));
        for packet in sources.iter().flatten().cloned().chain(repairs.flatten().collect::<Vec<_>>()) {
            let mut bytes = tag.to_vec();
            bytes.extend_from_slice(&packet.serialize());
            let mark = mark(&key, &bytes);
            bytes.extend_from_slice(&mark);
            frames.push(code(FRAME, &bytes));
        }
        Frames(frames)
    }
}

/// What a frame did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// New.
    New,
    /// Seen before.
    Again,
    /// Not of this bag, or damaged, or forged: passed over.
    PassedOver,
}

/// Gathers frames until the bag is whole.
pub struct Collector {
    tag: [u8; TAG],
    key: Zeroizing<[u8; 32]>,
    slip: Slip,
    decoder: Decoder,
    seen: BTreeSet<[u8; ID]>,
    blocks: u8,
    whole: Option<Vec<u8>>,
}

impl Collector {
    pub fn of(slip: &Slip) -> Result<Collector, BagFault> {
        if slip.length == 0 {
            return Err(BagFault::Code);
        }
        let config = ObjectTransmissionInformation::with_defaults(slip.length.into(), SYMBOL);
        Ok(Collector {
            tag: slip.digest.first_chunk().copied().unwrap_or_default(),
            key: slip.secret.marking(slip.bag),
            slip: slip.clone(),
            decoder: Decoder::new(config),
            seen: BTreeSet::new(),
            blocks: config.source_blocks(),
            whole: None,
        })
    }

    pub const fn slip(&self) -> &Slip {
        &self.slip
    }

    /// Takes in one frame.
    pub fn take(&mut self, text: &str) -> Took {
        let Ok(bytes) = open(FRAME, text) else { return Took::PassedOver };
        let Some((frame, its)) = bytes.split_last_chunk::<MARK>() else { return Took::PassedOver };
        let right =
            frame.len() == TAG + ID + usize::from(SYMBOL) && frame[..TAG] == self.tag && mark(&self.key, frame) == *its;
        let Some(id) = frame.get(TAG..TAG + ID).and_then(|id| <[u8; ID]>::try_from(id).ok()).filter(|_| right) else {
            return Took::PassedOver;
        };
        let payload = PayloadId::deserialize(&id);
        if payload.source_block_number() >= self.blocks {
            return Took::PassedOver;
        }
        if !self.seen.insert(id) || self.whole.is_some() {
            return Took::Again;
        }
        let packet = EncodingPacket::new(payload, frame[TAG + ID..].to_vec());
        if let Some(sealed) = self.decoder.decode(packet) {
            // What the slip names, and nothing else.
            self.whole = Some(sealed).filter(|sealed| self.slip.names(sealed));
        }
        Took::New
    }

    /// The sealed bag, once there are frames enough.
    pub fn whole(&self) -> Option<&[u8]> {
        self.whole.as_deref()
    }

    /// How far it has got, in hundredths; 100 only when it is whole.
    pub fn progress(&self) -> u8 {
        if self.whole.is_some() {
            return 100;
        }
        let need = u64::from(self.slip.length).div_ceil(SYMBOL.into());
        (self.seen.len() as u64 * 100 / need.max(1)).min(99) as u8
    }
}

fn tag(sealed: &[u8]) -> [u8; TAG] {
    Sha256::digest(sealed).first_chunk().copied().unwrap_or_default()
}

/// HKDF's first half is HMAC.
fn mark(key: &[u8; 32], bytes: &[u8]) -> [u8; MARK] {
    let (mark, _) = Hkdf::<Sha256>::extract(Some(key), bytes);
    mark.first_chunk().copied().unwrap_or_default()
}
