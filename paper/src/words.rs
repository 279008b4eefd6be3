//! How the parts of a bag read on paper: as on the ward's page, in whole sentences, nothing by colour or sign alone.

use crate::glyphs::Piece::{self, Bold, Plain, Small};
use record::bag::belongings::{Belonging, Standing};
use record::bag::note::both_times;
use record::bag::summary::IN_TWO_WAYS;
use record::bag::{Bag, BagSection, Custody, Entry, Note, Party, Reader, Said, words};

/// Who has the bag: one line for each who says so.
pub(crate) fn holders(bag: &Bag) -> Vec<Vec<Piece>> {
    let disputed = matches!(bag.custody, Custody::Disputed(_));
    let one = |holding: &record::bag::Holding| {
        let unverified = if holding.holder.is_verified() { "" } else { " (typed by whoever gave it, not verified)" };
        let named = holding.place.is_empty() || holding.place == holding.holder.organisation();
        let place = if named { String::new() } else { format!(", {}", holding.place) };
        let says = if disputed { "Says they have it: " } else { "" };
        vec![
            Bold(format!("{says}{}: ", holding.state.label())),
            Plain(format!(
                "{}, {}{unverified}{place}, since {}.",
                holding.holder.name(),
                holding.holder.organisation(),
                holding.since.display()
            )),
        ]
    };
    bag.custody.holdings().iter().map(one).collect()
}

/// A line of the form: what was said, then where it came from and who checked it.
pub(crate) fn line(section: BagSection, entry: &Entry) -> Vec<Piece> {
    let mut pieces = vec![Plain(words(section, entry))];
    if entry.disputed {
        pieces.push(Bold(IN_TWO_WAYS.into()));
    }
    let from = entry.from.as_ref().map(|from| format!("{} ", from.in_words()));
    pieces.push(Small(format!("\n{}{}.", from.unwrap_or_default(), entry.checked())));
    pieces
}

/// Every count of a thing, a line each.
pub(crate) fn counts(thing: &Belonging) -> Vec<Vec<Piece>> {
    let one = |count: &record::bag::belongings::Counted| {
        let condition = if count.condition.is_empty() { String::new() } else { format!(" ({})", count.condition) };
        vec![
            Plain(format!("{}: ", count.column.label())),
            Bold(count.count.to_string()),
            Small(format!("{condition}, {}, {}", count.hands(thing.valuable), count.at.display())),
        ]
    };
    let photos = thing.photos().count();
    let kept = (photos > 0).then(|| vec![Small(format!("Photographs of it at the hub: {photos}."))]);
    thing.counts.iter().map(one).chain(kept).collect()
}

pub(crate) fn standing(thing: &Belonging) -> Piece {
    match &thing.standing {
        Standing::Agrees => Plain("Agrees".into()),
        Standing::Differs { sent, last } => Bold(format!("{sent} sent, {last} counted last")),
        Standing::Changed => Bold("Condition changed".into()),
        Standing::NotCounted => Bold("Not counted back".into()),
    }
}

/// A passage of the journey.
pub(crate) fn passage(bag: &Bag, note: &Note) -> Option<Vec<Piece>> {
    let Said::Passed(passage) = &note.said else { return None };
    let by = &note.by;
    let times = both_times(note.at, bag.at_hub(note.id));
    let mut said = format!(", {times}, by {}, {}, {}.", by.name, by.title, by.organisation);
    if let Some(Party::Typed { name, organisation }) = &passage.to {
        said.push_str(&format!(" Taken by {name}, {organisation}: typed, not verified."));
    }
    if !passage.place.is_empty() {
        said.push_str(&format!(" {}.", passage.place));
    }
    let carried = passage.carried(&bag.header.tracker);
    if !carried.is_empty() {
        said.push_str(&format!(" {carried}"));
    }
    if let Some(contents) = &passage.contents {
        said.push_str(&format!(" Version {}.", contents.version));
    }
    if !passage.remark.is_empty() {
        said.push_str(&format!(" {}", passage.remark));
    }
    let mut pieces = vec![Bold(passage.step.label().into()), Plain(said)];
    if bag.aside.contains(&note.id) {
        pieces.push(Bold(" This counts for nothing: it does not follow what stood before.".into()));
    }
    Some(pieces)
}

pub(crate) fn reader(reader: &Reader) -> Vec<Piece> {
    let by = &reader.by;
    let said = format!("{}, {}, {}: version {}, ", by.name, by.title, by.organisation, reader.version);
    vec![Plain(format!("{said}{}", reader.at.display()))]
}
