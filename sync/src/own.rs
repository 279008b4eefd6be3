//! What one organisation wrote itself about somebody, taken out of frames that hold more: for a device that may carry nothing else of them
//! (`record::own`). Folded without the region's dictionary, for it lies apart from every frame. Not a decision of who gets or reads it.

use crate::frame::{DEVICE_LEVEL, Dictionary, Folder, FrameFault, Whole};
use crate::wire::{VERSION, WireFault};
use record::canon::{Reader, Writer};
use record::own::from_sources;
use record::section::Compartment;
use record::summary::Fact;
use record::{PersonId, SourceId};
use std::collections::BTreeSet;

/// Facts and resources of one organisation, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFrames {
    /// As [`Folder::fold_facts`] folds them.
    pub facts: Vec<u8>,
    /// As [`Folder::fold_wholes`] folds them.
    pub wholes: Vec<u8>,
}

/// The same of somebody whose rules came before it and let nothing else be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLetter {
    pub person: PersonId,
    pub frames: OwnFrames,
}

pub(crate) fn put(own: &OwnLetter) -> Vec<u8> {
    let to = Writer::new(VERSION).bytes(own.person.as_bytes());
    to.bytes(&own.frames.facts).bytes(&own.frames.wholes).finish()
}

pub(crate) fn take(from: &mut Reader<'_>) -> Result<OwnLetter, WireFault> {
    let person = PersonId::from_bytes(from.array()?);
    Ok(OwnLetter { person, frames: OwnFrames { facts: from.bytes()?.to_vec(), wholes: from.bytes()?.to_vec() } })
}

fn plain() -> Folder {
    Folder::new(Dictionary::none(), DEVICE_LEVEL)
}

impl OwnFrames {
    /// What comes from these sources in a person's frames, which `folder` unfolds; `None` where that is nothing.
    pub fn of(
        folder: &mut Folder,
        frames: &[(Compartment, Vec<u8>)],
        sources: &BTreeSet<SourceId>,
    ) -> Result<Option<OwnFrames>, FrameFault> {
        if sources.is_empty() {
            return Ok(None);
        }
        let (mut facts, mut wholes) = (Vec::new(), Vec::new());
        for (compartment, frame) in frames {
            match compartment {
                Compartment::Emergency | Compartment::General => facts.extend(folder.unfold_facts(frame)?),
                Compartment::Whole => wholes.extend(folder.unfold_wholes(frame)?),
            }
        }
        OwnFrames::fold(facts, wholes, sources)
    }

    /// The same of what is folded already: nothing of another source is in what this gives, whoever made it.
    pub fn only(&self, sources: &BTreeSet<SourceId>) -> Result<Option<OwnFrames>, FrameFault> {
        OwnFrames::fold(self.facts()?, self.wholes()?, sources)
    }

    fn fold(
        facts: Vec<Fact>,
        mut wholes: Vec<Whole>,
        sources: &BTreeSet<SourceId>,
    ) -> Result<Option<OwnFrames>, FrameFault> {
        let facts = from_sources(facts, sources);
        wholes.retain(|whole| sources.contains(&whole.source));
        if facts.is_empty() {
            return Ok(None);
        }
        let mut folder = plain();
        Ok(Some(OwnFrames { facts: folder.fold_facts(&facts)?, wholes: folder.fold_wholes(&wholes)? }))
    }

    pub fn facts(&self) -> Result<Vec<Fact>, FrameFault> {
        plain().unfold_facts(&self.facts)
    }

    pub fn wholes(&self) -> Result<Vec<Whole>, FrameFault> {
        plain().unfold_wholes(&self.wholes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Section;
    use record::summary::{Body, FactKey, Item};

    #[test]
    fn only_what_these_sources_said_is_in_it() {
        let fact = |key: &str, source| {
            let body = Body::Item(Section::Problems, Box::new(Item { title: key.into(), ..Item::default() }));
            Fact { key: FactKey(key.into()), source: SourceId(source), recorded: None, body }
        };
        let whole = |key: &str, source| Whole { key: key.into(), source: SourceId(source), json: "{}".into() };
        let mut folder = plain();
        let frames = [
            (Compartment::Emergency, folder.fold_facts(&[fact("a", 1), fact("b", 2)]).unwrap()),
            (Compartment::General, folder.fold_facts(&[fact("c", 2), fact("d", 3)]).unwrap()),
            (Compartment::Whole, folder.fold_wholes(&[whole("a", 1), whole("d", 3)]).unwrap()),
        ];
        let mut of =
            |sources: &[u32]| OwnFrames::of(&mut folder, &frames, &sources.iter().map(|n| SourceId(*n)).collect());
        let own = of(&[1, 3]).unwrap().unwrap();
        let keys = |own: &OwnFrames| own.facts().unwrap().into_iter().map(|f| f.key.0).collect::<Vec<_>>();
        assert_eq!((keys(&own), own.wholes().unwrap().len()), (vec!["a".to_owned(), "d".into()], 2));
        let less = own.only(&BTreeSet::from([SourceId(3)])).unwrap().unwrap();
        assert_eq!((keys(&less), less.wholes().unwrap().len()), (vec!["d".to_owned()], 1));
        assert_eq!(own.only(&BTreeSet::from([SourceId(9)])).unwrap(), None);
        assert_eq!((of(&[]).unwrap(), of(&[9]).unwrap()), (None, None));
    }
}
