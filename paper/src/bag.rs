//! The bag's paper from top to bottom. First who it is and what can harm them; then where it is handed over, with the code and the lines to sign;
//! then all that was sent, the belongings and the journey. Safeguarding stands in its own section and never on the first page's summary
//! (`reference/eredbag.md` section 3, row 15).

use crate::flow::{BODY, Cell, Flow, LEFT, Mark, Role, WIDE};
use crate::glyphs::Piece::{self, Bold, Plain, Small};
use crate::glyphs::Setter;
use crate::ink::Ink;
use crate::pdf::About;
use crate::{PaperFault, Place, Print, words};
use qrcode::{EcLevel, QrCode};
use record::When;
use record::bag::belongings::signatures as of_counts;
use record::bag::{Bag, BagSection, Contents, Critical, Entry};
use record::patient::age;
use std::rc::Rc;

/// Why the hub's paper has no code, in words for whoever holds it (decisions 40, 42 and 44).
pub const NO_SLIP_AT_THE_HUB: &str = "There is no code to scan on a print from the hub. A slip is signed by the device that gives the bag, for the \
     person who takes it over then; the hub gives no bag away, and a code on paper would stay readable to whoever finds it. Ask whoever has the bag, \
     or the home, to show the slip on their device.";

/// A slip is at most 177 modules wide. At 92 mm a module of the largest is half a millimetre, and of the usual (117 modules) 0.7: a telephone's
/// camera reads that at 20 cm.
const SIDE: f32 = 92.0 * 72.0 / 25.4;

/// So many observations of the record stand in the summary where nobody wrote one for this transfer.
const OBSERVATIONS: usize = 3;

const TITLE: &str = "eRed Bag: urgent transfer from care home to hospital";

pub(crate) fn lay(print: &Print<'_>) -> Result<(Flow, About), PaperFault> {
    let bag = print.bag;
    let (_, contents) = bag.released().ok_or(PaperFault::NotReleased)?;
    let code = print.slip.map(|slip| QrCode::with_error_correction_level(slip, EcLevel::M)).transpose();
    let code = code.map_err(|_| PaperFault::Slip)?;
    let setter = Setter::new().ok_or(PaperFault::Pdf)?;
    let mut flow = Flow::new(setter, &on_every_page(bag));
    who(&mut flow, print, contents);
    critical(&mut flow, contents);
    handing_over(&mut flow, print, code);
    sections(&mut flow, bag, contents);
    belongings(&mut flow, bag);
    signed_for(&mut flow, print);
    journey(&mut flow, bag);
    let foot = format!(
        "Bag {}. Version {}. Printed {} by {}. It is as old as that: the bag may have been corrected since.",
        bag.id,
        contents.version,
        print.at.display(),
        print.by
    );
    Ok((flow, About { title: TITLE, at: print.at, foot }))
}

fn born(bag: &Bag) -> String {
    bag.header.born.as_ref().map_or("not known".to_owned(), When::display_date)
}

fn number(bag: &Bag) -> String {
    bag.header.nhs_number.map_or("not known".to_owned(), |number| number.to_string())
}

/// Whose page it is, when the pages come apart.
fn on_every_page(bag: &Bag) -> Vec<Piece> {
    vec![
        Bold(bag.header.banner.clone()),
        Plain(format!("    Born {}    NHS No. {}", born(bag), number(bag))),
        Small("    eRed Bag".into()),
    ]
}

fn who(flow: &mut Flow, print: &Print<'_>, contents: &Contents) {
    let bag = print.bag;
    let header = &bag.header;
    flow.heading(1, TITLE);
    flow.within(Role::Paragraph, |flow| flow.text(&[Bold(header.banner.clone())], 14.0, LEFT, WIDE));
    let years = header.born.as_ref().map(|born| age(born, print.at.london_date())).unwrap_or_default();
    let years = if years.is_empty() { String::new() } else { format!(" ({years})") };
    let verified = if header.nhs_number_verified { "" } else { " (not verified)" };
    let mut facts = vec![
        Plain("Born ".into()),
        Bold(born(bag)),
        Plain(format!("{years}. Gender ")),
        Bold(header.gender.label().into()),
        Plain(". NHS No. ".into()),
        Bold(number(bag)),
        Plain(format!("{verified}. From ")),
        Bold(header.home.name.clone()),
        Plain(format!(" ({}).", header.home.ods)),
    ];
    if !header.tracker.is_empty() {
        facts.extend([Plain(" Bag number ".into()), Bold(header.tracker.clone()), Plain(".".into())]);
    }
    flow.paragraph(&facts);
    if contents.version > 1 {
        let mut said = vec![
            Bold(format!("CORRECTED by the home: this is version {}. ", contents.version)),
            Plain("What was sent before no longer holds.".into()),
        ];
        if !contents.why.is_empty() {
            said.push(Plain(format!(" {}", contents.why)));
        }
        boxed(flow, &said);
    }
    let old = match print.place {
        Place::Hub => format!("This paper shows the bag as the hub held it on {}.", print.at.display()),
        Place::Device { heard: Some(heard) } => format!(
            "This paper shows the bag as one device held it on {}. That device last heard from the hub on {}.",
            print.at.display(),
            heard.display()
        ),
        Place::Device { heard: None } => format!(
            "This paper shows the bag as one device held it on {}. When that device last heard from the hub is not known.",
            print.at.display()
        ),
    };
    flow.paragraph(&[Plain(old), Plain(" It does not change when the bag does. Ask the home if in doubt.".into())]);
    let holders = words::holders(bag);
    if holders.len() > 1 {
        flow.paragraph(&[Bold("More than one person says they have the bag. Find out which is right.".into())]);
    }
    holders.iter().for_each(|holder| flow.paragraph(holder));
}

/// A paragraph in a frame: seen in black and white.
fn boxed(flow: &mut Flow, pieces: &[Piece]) {
    let high = flow.setter.set(pieces, BODY, WIDE - 12.0).height();
    flow.keep(high + 14.0);
    flow.gap(2.0);
    let (y, page) = (flow.y, flow.pages.len());
    flow.gap(5.0);
    flow.within(Role::Paragraph, |flow| flow.text(pieces, BODY, LEFT + 6.0, WIDE - 12.0));
    // One that goes on over the page has no frame: it would close too early.
    if flow.pages.len() == page {
        let high = flow.y + 4.0 - y;
        flow.draw(None, Mark::Frame { x: LEFT, y, wide: WIDE, high });
    }
    flow.gap(9.0);
}

/// What must be known before anything else.
fn critical(flow: &mut Flow, contents: &Contents) {
    let critical = Critical::of(contents);
    // Both voices go, and it is said that there are two.
    let all = |section| contents.section(section).iter().map(Entry::in_full).collect::<Vec<_>>();
    let one = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    let under = |section, heading| one(contents.under(section, heading).unwrap_or_default());
    // What somebody wrote of now; else the newest from the record. The rest stands in its section.
    let mut observations = under(BagSection::Observations, "now");
    if observations.is_empty() {
        observations = all(BagSection::Observations);
        let more = observations.len().saturating_sub(OBSERVATIONS);
        observations.truncate(OBSERVATIONS);
        observations
            .extend((more > 0).then(|| format!("And {more} more below, under {}.", BagSection::Observations.title())));
    }
    // Bold is for what changes what is done in the first minutes.
    let rows = [
        ("Allergies", all(BagSection::Allergies), "Not recorded. That is not the same as none.", true),
        ("CPR decision", critical.cpr_in_full(contents), "None is recorded here. That is not a decision.", true),
        ("Original of the form", one(&critical.original), "Not said", false),
        ("Why they come", one(&critical.reason), "Not said", true),
        ("What has changed", under(BagSection::Concern, "concern"), "Not said", false),
        ("Observations", observations, "None were sent", false),
        ("How they usually are", one(&critical.baseline), "Not said", false),
        ("Alerts", all(BagSection::Alerts), "None were sent", true),
        ("Contacts", all(BagSection::Contacts), "None were sent", false),
    ];
    flow.heading(2, "Know this first");
    let row = |(label, said, none, first): (&str, Vec<String>, &str, bool)| {
        let piece = |text: String| vec![if first { Bold(text) } else { Plain(text) }];
        let said =
            if said.is_empty() { vec![vec![Plain(none.to_owned())]] } else { said.into_iter().map(piece).collect() };
        vec![
            Cell { role: Role::HeadOfRow, paragraphs: vec![vec![Plain(label.to_owned())]] },
            Cell { role: Role::Cell, paragraphs: said },
        ]
    };
    flow.table(&[110.0, WIDE - 110.0], rows.into_iter().map(row).collect());
}

/// The code for whoever has a device, and lines to sign on for whoever has none.
fn handing_over(flow: &mut Flow, print: &Print<'_>, code: Option<QrCode>) {
    const GIVER: &[&str] = &["Given by (name)", "Role, organisation", "Date and time", "Signature"];
    const TAKER: &[&str] = &[
        "Taken by (name)",
        "Role, organisation, call sign",
        "Bag number, things counted",
        "Date and time",
        "Signature",
    ];
    const LINE: f32 = 25.0;
    flow.keep(if code.is_some() { SIDE + 60.0 } else { TAKER.len() as f32 * LINE + 60.0 });
    flow.heading(2, "Handing over");
    let from = flow.y;
    match code {
        Some(code) => {
            let code = Rc::new(code);
            let words = "The slip as a QR code: who this is, allergies, CPR decision and reason, signed by the device that printed it. \
                         Satchel on another device reads it.";
            flow.within(Role::Figure(words.into()), |flow| {
                let leaf = flow.leaf();
                flow.draw(Some(leaf), Mark::Code { code, x: LEFT - 8.0, y: from, side: SIDE });
            });
            flow.y = from + SIDE;
            let said = "Crew with Satchel: scan this for the summary. The whole bag comes from the home's screen.";
            flow.within(Role::Paragraph, |flow| flow.text(&[Small(said.into())], BODY, LEFT, SIDE - 8.0));
            let below = flow.y;
            let (x, wide) = (LEFT + SIDE + 4.0, WIDE - SIDE - 4.0);
            flow.y = from;
            signatures(flow, GIVER, (x, wide), LINE);
            flow.gap(6.0);
            signatures(flow, TAKER, (x, wide), LINE);
            flow.y = flow.y.max(below);
        }
        None => {
            let half = WIDE / 2.0 - 8.0;
            signatures(flow, GIVER, (LEFT, half), LINE);
            let below = flow.y;
            flow.y = from;
            signatures(flow, TAKER, (LEFT + half + 16.0, half), LINE);
            flow.y = flow.y.max(below);
            let none = match print.place {
                Place::Hub => NO_SLIP_AT_THE_HUB,
                Place::Device { .. } => {
                    "No code to scan is printed: this device has not heard from the hub for too long to make one."
                }
            };
            flow.gap(6.0);
            flow.paragraph(&[Small(none.into())]);
        }
    }
    flow.gap(4.0);
}

/// Lines to write on: what goes there, and the rule.
fn signatures(flow: &mut Flow, labels: &[&str], (x, wide): (f32, f32), line: f32) {
    for label in labels {
        let y = flow.y;
        flow.within(Role::Paragraph, |flow| flow.text(&[Small((*label).to_owned())], BODY, x, wide));
        flow.y = y + line;
        flow.rule(x, y + line - 2.0, wide);
    }
}

/// Every section; of those that hold nothing, that they hold nothing.
fn sections(flow: &mut Flow, bag: &Bag, contents: &Contents) {
    let Some((note, _)) = bag.released() else { return };
    flow.heading(2, "Everything that was sent");
    let by = &contents.by;
    let mut said = vec![Plain(format!(
        "Version {}, released {} by {}, {}, {}.",
        contents.version,
        note.at.display(),
        by.name,
        by.title,
        by.organisation
    ))];
    if contents.unchecked() > 0 {
        said.push(Bold(format!(" Lines that were not checked for this transfer: {}.", contents.unchecked())));
    }
    flow.paragraph(&said);
    for filled in contents.sections.iter().filter(|filled| !filled.entries.is_empty()) {
        flow.heading(3, filled.section.title());
        let lines: Vec<Vec<Piece>> = filled.entries.iter().map(|entry| words::line(filled.section, entry)).collect();
        flow.list(false, &lines);
    }
    let empty = |section: &&BagSection| contents.section(**section).is_empty() && **section != BagSection::Belongings;
    let unsent: Vec<&str> = BagSection::ALL.iter().filter(empty).map(|section| section.title()).collect();
    if !unsent.is_empty() {
        flow.gap(4.0);
        let mut said = vec![Plain(format!("Nothing was sent under: {}.", unsent.join("; ")))];
        // It is not on this paper: whoever needs it asks for it where it is.
        said.extend(contents.see_attached().map(|see| Bold(format!(" {see} It is at the hub, and with the home."))));
        flow.paragraph(&said);
    }
}

fn belongings(flow: &mut Flow, bag: &Bag) {
    flow.heading(2, BagSection::Belongings.title());
    if bag.belongings.is_empty() {
        return flow.paragraph(&[Plain("Nobody has counted what is in the bag.".into())]);
    }
    let head = |words: &str| Cell { role: Role::HeadOfColumn, paragraphs: vec![vec![Bold(words.into())]] };
    let mut rows = vec![vec![head("Thing"), head("Counted"), head("Stands"), head("Counted now")]];
    for thing in &bag.belongings {
        let valuable = if thing.valuable { " (valuable)" } else { "" };
        rows.push(vec![
            Cell { role: Role::HeadOfRow, paragraphs: vec![vec![Plain(format!("{}{valuable}", thing.label))]] },
            Cell { role: Role::Cell, paragraphs: words::counts(thing) },
            Cell { role: Role::Cell, paragraphs: vec![vec![words::standing(thing)]] },
            // To write in.
            Cell { role: Role::Cell, paragraphs: Vec::new() },
        ]);
    }
    flow.table(&[130.0, WIDE - 290.0, 90.0, 70.0], rows);
}

/// Who else signed for valuables, drawn, each beside what they signed for.
fn signed_for(flow: &mut Flow, print: &Print<'_>) {
    const HIGH: f32 = 60.0;
    let signed = of_counts(&print.bag.belongings);
    if !signed.is_empty() {
        flow.heading(3, "Second signatures for valuables");
    }
    for one in signed {
        let ink = print.signatures.get(&one.file.id).map(|picture| Ink::of(picture));
        flow.keep(HIGH + 40.0);
        flow.paragraph(&[Plain(format!("{}.", one.in_words()))]);
        match ink {
            Some(Some(ink)) => {
                let dot = (HIGH / ink.high as f32).min(WIDE / 2.0 / ink.wide as f32);
                let (y, wide, high) = (flow.y, ink.wide as f32 * dot, ink.high as f32 * dot);
                flow.within(Role::Figure(format!("The signature as it was drawn. {}.", one.in_words())), |flow| {
                    let leaf = flow.leaf();
                    flow.draw(Some(leaf), Mark::Drawing { ink: Rc::new(ink), x: LEFT + 4.0, y: y + 2.0, dot });
                });
                flow.draw(None, Mark::Frame { x: LEFT, y, wide: wide + 8.0, high: high + 4.0 });
                flow.y = y + high + 12.0;
            }
            Some(None) => flow.paragraph(&[Small("The picture of it is kept, but cannot be drawn here.".into())]),
            None => {
                flow.paragraph(&[Small("Its picture is not here yet: it is on the device of whoever counted.".into())])
            }
        }
    }
}

fn journey(flow: &mut Flow, bag: &Bag) {
    flow.heading(2, "The journey so far");
    let passages: Vec<Vec<Piece>> = bag.passages.iter().filter_map(|note| words::passage(bag, note)).collect();
    flow.list(true, &passages);
    if !bag.readers.is_empty() {
        flow.heading(3, "Read by");
        let readers: Vec<Vec<Piece>> = bag.readers.iter().map(words::reader).collect();
        flow.list(false, &readers);
    }
}
