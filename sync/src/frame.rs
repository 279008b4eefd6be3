//! Frames: a person's facts, one compartment at a time, compressed with a dictionary that hub and device share, before any cipher
//! sees them. `design/performance.md`: a record in one frame opens 8 times faster under SQLCipher than the same bytes as JSON, and
//! a first sync 16 times faster than rows with random keys. Not encrypted (the vault's file is) and not signed (the link is).

use record::SourceId;
use record::canon::{NotCanonical, Reader, Writer};
use record::section::Compartment;
use record::summary::Fact;
use thiserror::Error;
use zstd::bulk::{Compressor, Decompressor};

/// First byte of a frame.
const VERSION: u8 = 1;

/// A frame may not unfold to more than this (bytes): a decompression bomb is refused before it is unfolded.
pub const LARGEST: usize = 64 << 20;

/// zstd level for frames that are made once and sent to many.
pub const HUB_LEVEL: i32 = 12;
/// zstd level where a frame is remade on the device after a change.
pub const DEVICE_LEVEL: i32 = 3;

#[derive(Debug, Error)]
pub enum FrameFault {
    #[error("the frame is not in a form this version reads")]
    Form,
    #[error("the frame needs dictionary {needs}, not the one at hand")]
    Dictionary { needs: u32 },
    #[error("the frame unfolds to more than the limit")]
    TooLarge,
    #[error("the frame could not be unfolded")]
    Unfold(#[source] std::io::Error),
    #[error("the frame could not be folded")]
    Fold(#[source] std::io::Error),
    #[error("the frame's facts could not be read")]
    Facts(#[source] serde_json::Error),
}

impl From<NotCanonical> for FrameFault {
    fn from(_: NotCanonical) -> Self {
        FrameFault::Form
    }
}

/// A resource whole: its key (`Type/id`), its source and the bytes as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub key: String,
    pub source: SourceId,
    pub json: String,
}

/// A pair of trained zstd dictionaries under one number: one for facts (and whatever else is short), one for whole resources, whose
/// words differ. Number 0 is "none".
pub struct Dictionary {
    id: u32,
    facts: Vec<u8>,
    wholes: Vec<u8>,
}

/// How large a dictionary may be, bytes: small enough to be the first thing a device fetches.
const FACTS_SIZE: usize = 64 << 10;
const WHOLES_SIZE: usize = 192 << 10;

impl Dictionary {
    pub const fn none() -> Dictionary {
        Dictionary { id: 0, facts: Vec::new(), wholes: Vec::new() }
    }

    /// Reads the pair back from [`Dictionary::to_bytes`].
    pub fn read(id: u32, bytes: &[u8]) -> Result<Dictionary, FrameFault> {
        if id == 0 {
            return Ok(Dictionary::none());
        }
        let mut from = Reader::new(bytes, VERSION)?;
        let (facts, wholes) = (from.bytes()?.to_vec(), from.bytes()?.to_vec());
        from.end()?;
        Ok(Dictionary { id, facts, wholes })
    }

    /// As stored and sent: `version, facts' dictionary, wholes' dictionary`.
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::new(VERSION).bytes(&self.facts).bytes(&self.wholes).finish()
    }

    /// Trains a pair from samples of facts and of whole resources; `None` where there are too few to learn from.
    pub fn train(id: u32, facts: &[Vec<u8>], wholes: &[Vec<u8>]) -> Option<Dictionary> {
        if facts.len() < 8 || wholes.len() < 8 {
            return None;
        }
        let facts = zstd::dict::from_samples(facts, FACTS_SIZE).ok()?;
        Some(Dictionary { id, facts, wholes: zstd::dict::from_samples(wholes, WHOLES_SIZE).ok()? })
    }

    pub const fn id(&self) -> u32 {
        self.id
    }
}

/// Contexts with one of the pair's dictionaries digested into them.
struct Contexts {
    compressor: Compressor<'static>,
    decompressor: Decompressor<'static>,
}

impl Contexts {
    fn new(dictionary: &[u8], level: i32) -> Result<Contexts, FrameFault> {
        let (compressor, decompressor) = if dictionary.is_empty() {
            (Compressor::new(level), Decompressor::new())
        } else {
            (Compressor::with_dictionary(level, dictionary), Decompressor::with_dictionary(dictionary))
        };
        let mut compressor = compressor.map_err(FrameFault::Fold)?;
        // The frame's own head says its size and its dictionary, and the cipher below authenticates every page: zstd's copies
        // of those would be paid for in every one of millions of frames.
        use zstd::zstd_safe::CParameter;
        for parameter in
            [CParameter::ContentSizeFlag(false), CParameter::DictIdFlag(false), CParameter::ChecksumFlag(false)]
        {
            compressor.set_parameter(parameter).map_err(FrameFault::Fold)?;
        }
        Ok(Contexts { compressor, decompressor: decompressor.map_err(FrameFault::Unfold)? })
    }

    fn fold(&mut self, id: u32, raw: &[u8]) -> Result<Vec<u8>, FrameFault> {
        let packed = self.compressor.compress(raw).map_err(FrameFault::Fold)?;
        let head = Writer::new(VERSION).number(id.into()).number(raw.len() as u64).finish();
        Ok([head, packed].concat())
    }

    fn unfold(&mut self, id: u32, frame: &[u8], limit: usize) -> Result<Vec<u8>, FrameFault> {
        let mut head = Reader::new(frame, VERSION)?;
        let needs = u32::try_from(head.number()?).map_err(|_| FrameFault::Form)?;
        let size = usize::try_from(head.number()?).map_err(|_| FrameFault::TooLarge)?;
        if needs != id {
            return Err(FrameFault::Dictionary { needs });
        }
        if size > limit.min(LARGEST) {
            return Err(FrameFault::TooLarge);
        }
        let raw = self.decompressor.decompress(head.rest(), size).map_err(FrameFault::Unfold)?;
        if raw.len() == size { Ok(raw) } else { Err(FrameFault::Form) }
    }
}

/// Folds and unfolds frames with one pair of dictionaries; keeps its contexts, so one is made per thread and kept. Contexts are made when
/// first used: digesting a dictionary takes longer than answering a post that needs none.
pub struct Folder {
    dictionary: Dictionary,
    level: i32,
    facts: Option<Contexts>,
    wholes: Option<Contexts>,
}

impl Folder {
    pub const fn new(dictionary: Dictionary, level: i32) -> Folder {
        Folder { dictionary, level, facts: None, wholes: None }
    }

    pub const fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    fn contexts(&mut self, compartment: Compartment) -> Result<&mut Contexts, FrameFault> {
        let (made, dictionary) = match compartment {
            Compartment::Emergency | Compartment::General => (&mut self.facts, &self.dictionary.facts),
            Compartment::Whole => (&mut self.wholes, &self.dictionary.wholes),
        };
        match made {
            Some(contexts) => Ok(contexts),
            none => Ok(none.insert(Contexts::new(dictionary, self.level)?)),
        }
    }

    /// `version, dictionary, size, zstd bytes`, with the facts' dictionary: anything short that is not a compartment's frame (which knows its
    /// dictionary by its compartment: [`Folder::fold_frame`]).
    pub fn fold_short(&mut self, raw: &[u8]) -> Result<Vec<u8>, FrameFault> {
        self.fold_frame(Compartment::General, raw)
    }

    /// The raw bytes of what [`Folder::fold_short`] made, at most `limit`.
    pub fn unfold_short(&mut self, frame: &[u8], limit: usize) -> Result<Vec<u8>, FrameFault> {
        let id = self.dictionary.id;
        self.contexts(Compartment::General)?.unfold(id, frame, limit)
    }

    /// A compartment's frame, with the dictionary of what is in it.
    pub fn fold_frame(&mut self, compartment: Compartment, raw: &[u8]) -> Result<Vec<u8>, FrameFault> {
        let id = self.dictionary.id;
        self.contexts(compartment)?.fold(id, raw)
    }

    pub fn unfold_frame(&mut self, compartment: Compartment, frame: &[u8]) -> Result<Vec<u8>, FrameFault> {
        let id = self.dictionary.id;
        self.contexts(compartment)?.unfold(id, frame, LARGEST)
    }

    pub fn fold_facts(&mut self, facts: &[Fact]) -> Result<Vec<u8>, FrameFault> {
        self.fold_frame(Compartment::General, &facts_to_bytes(facts)?)
    }

    pub fn unfold_facts(&mut self, frame: &[u8]) -> Result<Vec<Fact>, FrameFault> {
        facts_from_bytes(&self.unfold_frame(Compartment::General, frame)?)
    }

    pub fn fold_wholes(&mut self, wholes: &[Whole]) -> Result<Vec<u8>, FrameFault> {
        self.fold_frame(Compartment::Whole, &wholes_to_bytes(wholes))
    }

    pub fn unfold_wholes(&mut self, frame: &[u8]) -> Result<Vec<Whole>, FrameFault> {
        wholes_from_bytes(&self.unfold_frame(Compartment::Whole, frame)?)
    }
}

/// Facts as JSON: self-describing, so that a later version may add a field without breaking an older reader (frozen by
/// `tests/stories/formats.rs`).
pub fn facts_to_bytes(facts: &[Fact]) -> Result<Vec<u8>, FrameFault> {
    serde_json::to_vec(facts).map_err(FrameFault::Facts)
}

pub fn facts_from_bytes(bytes: &[u8]) -> Result<Vec<Fact>, FrameFault> {
    serde_json::from_slice(bytes).map_err(FrameFault::Facts)
}

/// Whole resources with their lengths, so that JSON is not escaped inside JSON.
pub fn wholes_to_bytes(wholes: &[Whole]) -> Vec<u8> {
    let head = Writer::new(VERSION).number(wholes.len() as u64);
    let put = |to: Writer, w: &Whole| to.text(&w.key).number(w.source.0.into()).text(&w.json);
    wholes.iter().fold(head, put).finish()
}

pub fn wholes_from_bytes(bytes: &[u8]) -> Result<Vec<Whole>, FrameFault> {
    let mut from = Reader::new(bytes, VERSION)?;
    let count = from.number()?;
    let mut wholes = Vec::new();
    for _ in 0..count {
        let key = from.text()?.to_owned();
        let source = SourceId(u32::try_from(from.number()?).map_err(|_| FrameFault::Form)?);
        wholes.push(Whole { key, source, json: from.text()?.to_owned() });
    }
    from.end()?;
    Ok(wholes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use record::Section;
    use record::summary::{Body, FactKey, Item};

    fn facts(count: usize) -> Vec<Fact> {
        let item = |i: usize| Item { title: format!("Problem number {i}"), ..Item::default() };
        let fact = |i| Fact {
            key: FactKey(format!("Condition/{i}")),
            source: SourceId(1),
            recorded: None,
            body: Body::Item(Section::Problems, Box::new(item(i))),
        };
        (0..count).map(fact).collect()
    }

    fn trained() -> Dictionary {
        let samples: Vec<Vec<u8>> = (1..200).map(|n| facts_to_bytes(&facts(n % 17 + 3)).unwrap()).collect();
        let wholes = |n: u32| {
            wholes_to_bytes(&[Whole {
                key: format!("Condition/{n}"),
                source: SourceId(n),
                json: format!("{{\"resourceType\":\"Condition\",\"id\":\"{n}\"}}"),
            }])
        };
        Dictionary::train(7, &samples, &(1..200).map(wholes).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_frame_unfolds_to_what_was_folded_with_or_without_a_dictionary() {
        for dictionary in [Dictionary::none(), trained()] {
            let mut folder = Folder::new(dictionary, HUB_LEVEL);
            let frame = folder.fold_facts(&facts(12)).unwrap();
            assert_eq!(folder.unfold_facts(&frame).unwrap(), facts(12));
        }
    }

    #[test]
    fn the_dictionary_makes_small_frames_smaller_and_is_asked_for_by_number() {
        let mut plain = Folder::new(Dictionary::none(), HUB_LEVEL);
        let mut learnt = Folder::new(trained(), HUB_LEVEL);
        let frame = learnt.fold_facts(&facts(3)).unwrap();
        assert!(frame.len() < plain.fold_facts(&facts(3)).unwrap().len());
        assert!(matches!(plain.unfold_facts(&frame), Err(FrameFault::Dictionary { needs: 7 })));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unfolded() {
        let mut folder = Folder::new(Dictionary::none(), 3);
        let frame = folder.fold_short(&vec![0; 1 << 20]).unwrap();
        assert!(matches!(folder.unfold_short(&frame, 1 << 10), Err(FrameFault::TooLarge)));
        // A head that lies about the size unfolds to no more than it claims.
        let mut liar = Writer::new(VERSION).number(0).number(10).finish();
        liar.extend_from_slice(&frame[frame.len() - 40..]);
        assert!(folder.unfold_short(&liar, LARGEST).is_err());
    }

    #[test]
    fn wholes_keep_their_bytes() {
        let wholes = vec![Whole { key: "Patient/1".into(), source: SourceId(4), json: "{ \"a\" :1.10 }".into() }];
        assert_eq!(wholes_from_bytes(&wholes_to_bytes(&wholes)).unwrap(), wholes);
    }

    proptest! {
        #[test]
        fn no_bytes_can_make_unfolding_panic(bytes: Vec<u8>) {
            let mut folder = Folder::new(Dictionary::none(), 3);
            let _ = folder.unfold_short(&bytes, 1 << 16);
            let _ = wholes_from_bytes(&bytes);
        }
    }
}
