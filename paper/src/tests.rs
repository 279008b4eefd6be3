//! What is on the paper, read back by parsers and readers that nobody here wrote: pdf-extract for the text, hayro and rqrr for the picture
//! and its code.

use super::signed_tests::drawn;
use super::{Place, Print};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use pdf_extract::{Dictionary, Document, Object, extract_text_from_mem};
use proptest::prelude::*;
use record::bag::belongings::Column;
use record::bag::view::Moving;
use record::bag::{
    Bag, BagId, BagSection, Count, Counting, Header, ItemId, Note, NoteId, Origin, Present, Said, Second, Step,
};
use record::patient::Gender;
use record::people::{Organisation, Role};
use record::plan::Author;
use record::{NhsNumber, PersonId, Stamp, When};
use std::collections::BTreeMap;

const BAG: BagId = BagId::from_bytes([0xB6; 16]);
const MORNING: i64 = 1_773_133_200_000;

pub(super) fn carer() -> Author {
    Author {
        staff: "C1".parse().unwrap(),
        name: "Cora Bell".into(),
        role: Role::CareStaff,
        title: "Senior carer".into(),
        ods: "VLE1".parse().unwrap(),
        organisation: "Rose Court Care Home".into(),
    }
}

/// A bag in the making.
pub(super) struct Making(Vec<Note>);

impl Making {
    pub(super) fn of(banner: &str) -> Making {
        let header = Header {
            person: PersonId::from_bytes([7; 16]),
            banner: banner.into(),
            family: "Okonjo".into(),
            given: "Ada".into(),
            born: When::parse("1941-05-06"),
            gender: Gender::Female,
            nhs_number: NhsNumber::from_stem(999_000_001),
            nhs_number_verified: true,
            home: Organisation { ods: "VLE1".parse().unwrap(), name: "Rose Court Care Home".into() },
            tracker: "RB-17".into(),
        };
        let mut making = Making(Vec::new());
        making.add(Said::Opened(Box::new(header)));
        making
    }

    pub(super) fn add(&mut self, said: Said) {
        let n = u8::try_from(self.0.len()).unwrap() + 1;
        let at = Stamp::from_millis(MORNING + i64::from(n) * 60_000);
        let chain = "D1/C1".parse().unwrap();
        self.0.push(Note { id: NoteId::from_bytes([n; 32]), bag: BAG, by: carer(), chain, at, said });
    }

    fn bag(&self) -> Bag {
        Bag::of(BAG, &self.0).unwrap()
    }

    pub(super) fn write(&mut self, section: BagSection, heading: &str, text: &str) {
        let from = Some(Origin { label: "Mill Lane Surgery".into(), recorded: When::parse("2026-01-05") });
        let item = ItemId::of(section.code(), heading);
        self.add(Said::Put { section, item, text: text.into(), from, as_found: false, over: vec![], file: None });
    }

    pub(super) fn release(mut self) -> Bag {
        let bag = self.bag();
        let contents = bag.ready(&Default::default(), &carer(), Stamp::from_millis(MORNING), "").unwrap();
        let moving = Moving {
            step: Step::Release,
            seen: vec![],
            keeps: None,
            typed: None,
            place: "Front door".into(),
            tracker: "RB-17".into(),
            items: Some(5),
            remark: String::new(),
            contents: Some(contents),
        };
        let said = bag.pass(&carer(), moving).unwrap();
        self.add(said);
        self.bag()
    }
}

/// A bag as homes send them.
pub(super) fn usual() -> Making {
    let mut making = Making::of("OKONJO, Ada (Mrs)");
    for (section, heading, text) in [
        (BagSection::Transfer, "reason", "Fall in the night, and confused since this morning"),
        (BagSection::Concern, "concern", "Not herself since breakfast; hot to the touch; asks where she is"),
        (BagSection::Concern, "baseline", "Walks with a frame, knows her family, eats by herself"),
        (BagSection::Observations, "now", "NEWS2 5 at 09:10, pulse 112, temperature 38.4 °C"),
        (BagSection::Alerts, "alert", "Pressure sore on the left heel"),
        (BagSection::Allergies, "statement", "Allergic to penicillin — anaphylaxis, 2014"),
        (BagSection::EndOfLife, "cpr", "CPR decision: Not for attempted CPR. Dr Frost, GP, 01-Mar-2026"),
        (BagSection::EndOfLife, "original", "In the plastic wallet in this bag"),
        (BagSection::Contacts, "daughter", "Ngozi Okonjo, daughter — 01202 555 0100"),
        (BagSection::Medications, "m1", "amoxicillin — capsule — DOSE 500 mg — oral — three times a day"),
        (BagSection::Safeguarding, "s", "Known to the safeguarding team"),
    ] {
        making.write(section, heading, text);
    }
    let thing = |code: &str, label: &str, valuable| Count {
        code: code.into(),
        label: label.into(),
        valuable,
        present: Present::Yes,
        count: 2,
        condition: "left lens scratched".into(),
        photos: vec![],
    };
    let counts = vec![thing("glasses", "Glasses", false), thing("money", "Money", true)];
    let counting = Counting::new(
        Column::LeavingHome,
        counts,
        Some(Second { name: "Jo Second".into(), title: "Night nurse".into(), signed: None }),
        &carer(),
    )
    .unwrap();
    making.add(Said::Counted(counting));
    making
}

pub(super) fn printed(bag: &Bag, slip: Option<&str>) -> Vec<u8> {
    let place = Place::Device { heard: Some(Stamp::from_millis(MORNING - 3_600_000)) };
    let at = Stamp::from_millis(MORNING + 7_200_000);
    let signatures = &BTreeMap::from([(drawn().0, drawn().1)]);
    super::bag(&Print { bag, by: "Cora Bell, Senior carer, Rose Court Care Home", at, place, slip, signatures })
        .unwrap()
}

/// The text with every run of space as one: lines break where the paper has room.
pub(super) fn text(pdf: &[u8]) -> String {
    extract_text_from_mem(pdf).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As a picture of this many dots to the inch, in greys.
pub(super) fn picture(pdf: &[u8], page: usize, dots: f32) -> (usize, Vec<u8>) {
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let scale = dots / 72.0;
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, ..PixmapSettings::default() };
    let page = &pdf.pages()[page];
    let (cache, interpreter) = (RenderCache::new(), InterpreterSettings::default());
    let pixels = hayro::render(page, &cache, &interpreter, &RenderSettings::default(), &settings);
    let greys = pixels.data_as_u8_slice().chunks(4).map(|p| {
        // Nothing is on the paper but black: what is not drawn on shows the paper.
        let (light, covered) = (u16::from(p[0]), u16::from(p[3]));
        u8::try_from(light + (255 - covered)).unwrap_or(255)
    });
    (usize::from(pixels.width()), greys.collect())
}

#[test]
fn every_section_and_every_critical_field_is_on_the_paper() {
    let mut making = usual();
    for section in BagSection::ALL.iter().filter(|s| **s != BagSection::Belongings) {
        making.write(*section, "own", &format!("own words under {}", section.code()));
    }
    let bag = making.release();
    let text = text(&printed(&bag, None));
    let mut wanted: Vec<String> = Vec::new();
    for section in BagSection::ALL {
        wanted.push(section.title().into());
        if *section != BagSection::Belongings {
            wanted.push(format!("own words under {}", section.code()));
        }
    }
    let critical = [
        "OKONJO, Ada (Mrs)",
        "06-May-1941",
        "(84y)",
        "Female",
        "999 000 001",
        "RB-17",
        "Rose Court Care Home (VLE1)",
        "Allergic to penicillin — anaphylaxis, 2014",
        "Not for attempted CPR",
        "In the plastic wallet",
        "Fall in the night",
        "NEWS2 5 at 09:10, pulse 112, temperature 38.4 °C",
        "Walks with a frame",
        "Pressure sore on the left heel",
        "Ngozi Okonjo, daughter — 01202 555 0100",
        "Given by (name)",
        "Taken by (name)",
        "Signature",
        "From Mill Lane Surgery, 05-Jan-2026.",
        "Entered by Cora Bell",
        "(valuable)",
        "left lens scratched",
        "Cora Bell and Jo Second, Night nurse (name typed, not signed)",
        "Counted now",
        "Front door",
        "5 things in the bag",
        "Page 1 of",
        "last heard from the hub on 10-Mar-2026 08:00",
        "Printed 10-Mar-2026 11:00 by Cora Bell, Senior carer",
        "b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6",
    ];
    wanted.extend(critical.map(str::to_owned));
    for words in &wanted {
        assert!(text.contains(words.as_str()), "{words} is not on the paper:\n{text}");
    }
    let (first, all) = (text.find("Know this first"), text.find("Everything that was sent"));
    assert!(first.is_some() && first < all);
    assert!(text.find("Known to the safeguarding team") > all, "safeguarding is not in the summary");
}

#[test]
fn what_was_not_sent_is_said_and_is_not_none() {
    let mut making = Making::of("OKONJO, Ada (Mrs)");
    making.write(BagSection::Transfer, "reason", "Fall");
    making.write(BagSection::Allergies, "statement", "Allergies are not recorded");
    let text = text(&printed(&making.release(), None));
    assert!(text.contains("None is recorded here. That is not a decision."));
    assert!(text.contains("Nothing was sent under:") && text.contains("Safeguarding; Risks"));
    assert!(text.contains("Nobody has counted what is in the bag."));
    assert!(text.contains("No code to scan is printed"));
}

#[test]
fn nothing_is_printed_before_it_is_released() {
    let bag = usual().bag();
    let print = Print {
        bag: &bag,
        by: "",
        at: Stamp::from_millis(0),
        place: Place::Hub,
        slip: None,
        signatures: &BTreeMap::new(),
    };
    assert_eq!(super::bag(&print), Err(super::PaperFault::NotReleased));
}

/// The longest slip there is (899 bytes) and then some.
fn slip() -> String {
    "SATCHEL-BAG-".to_owned() + &"0K7Q3Z9".repeat(205)
}

#[test]
fn the_slip_on_the_paper_is_read_by_another_reader_from_a_picture_of_it() {
    let bag = usual().release();
    let pdf = printed(&bag, Some(&slip()));
    // A telephone's twelve megapixels make more than 300 dots to the inch of this at 20 cm.
    let (wide, greys) = picture(&pdf, 0, 300.0);
    let high = greys.len() / wide;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| greys[y * wide + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code, on the first page");
    let (meta, read) = grids[0].decode().unwrap();
    assert_eq!(read, slip());
    let modules = meta.version.to_size();
    let millimetres = 92.0 / (modules + 8) as f64;
    assert!(millimetres >= 0.6, "{millimetres} mm a module is too little at 20 cm");
}

#[test]
fn long_text_goes_on_over_the_pages_and_none_is_lost() {
    let mut making = usual();
    let mut wanted = Vec::new();
    for (n, section) in [BagSection::Allergies, BagSection::Plans, BagSection::AboutMe].into_iter().enumerate() {
        for line in 0..4 {
            let words: Vec<String> = (0..400).map(|word| format!("w{n}x{line}y{word}")).collect();
            making.write(section, &format!("{line}"), &words.join(" "));
            wanted.extend(words);
        }
    }
    let pdf = printed(&making.release(), Some(&slip()));
    let pages = Document::load_mem(&pdf).unwrap().get_pages().len();
    assert!(pages > 5, "{pages}");
    let text = text(&pdf);
    let there: std::collections::BTreeSet<&str> = text.split(' ').collect();
    let lost: Vec<&String> = wanted.iter().filter(|word| !there.contains(word.as_str())).collect();
    assert!(lost.is_empty(), "{lost:?}");
    for page in 1..=pages {
        assert!(text.contains(&format!("Page {page} of {pages}")));
    }
    assert_eq!(text.matches("Born 06-May-1941 NHS No. 999 000 001").count(), pages, "each page says whose it is");
}

const NAUGHTY: &[&str] = &[
    "",
    "\u{0}\u{1}\u{7}\u{1b}[31mred\u{7f}",
    "שלום עולם — مرحبا بالعالم — hello",
    "\u{202e}evil\u{202c} \u{2066}x\u{2069}",
    "👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇬🇧 💩 ☠️ 😀",
    "हैलो वर्ल्ड 田中さんにあげて下さい 사회과학원 ไทย",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮ ȧ̸̧̛̛̦̘",
    "\u{feff}\u{fffe}\u{ffff}\u{e000}\u{10ffff}",
    "Ω≈ç√∫˜µ≤≥÷ åß∂ƒ©˙∆˚¬… ½ № ﷽",
    "<script>alert(1)</script> (\\) >> endstream endobj",
    "ﬁ ﬂ ĳ ǆ İ ı ſ Å",
    "a\u{ad}b\u{200b}c\u{200d}d\u{2060}e",
    "\n\n\n",
    "line\r\nline\rline\u{2028}line",
];

#[test]
fn a_long_record_does_not_bury_the_summary() {
    let observations = |now: bool| {
        let mut making = Making::of("OKONJO, Ada (Mrs)");
        making.write(BagSection::Transfer, "reason", "Fall");
        making.write(BagSection::Allergies, "statement", "None known");
        for n in 0..9 {
            making.write(BagSection::Observations, &format!("Observation/{n}"), &format!("pulse 8{n}"));
        }
        if now {
            making.write(BagSection::Observations, "now", "NEWS2 5 now");
        }
        text(&printed(&making.release(), None))
    };
    let summary = |text: &str| text[..text.find("Everything that was sent").unwrap()].to_owned();
    let text = observations(false);
    assert!(summary(&text).contains("And 6 more below") && !summary(&text).contains("pulse 83"), "{text}");
    assert!(text.contains("pulse 88"), "all are in their section");
    let now = observations(true);
    assert!(summary(&now).contains("NEWS2 5 now") && !summary(&now).contains("pulse 80"), "{now}");
}

#[test]
fn two_voices_are_both_on_the_first_page_and_said_to_be_two() {
    let mut making = usual();
    for cpr in ["CPR decision: For attempted CPR", "CPR decision: Not for attempted CPR, says her son"] {
        making.write(BagSection::EndOfLife, "cpr", cpr);
    }
    let text = text(&printed(&making.release(), None));
    let summary = &text[..text.find("Everything that was sent").unwrap()];
    for said in
        ["For attempted CPR (Said in two ways: both were sent.)", "says her son (Said in two ways: both were sent.)"]
    {
        assert!(summary.contains(said), "{summary}");
    }
}

#[test]
fn odd_text_is_printed_or_said_to_be_unprintable() {
    let mut making = usual();
    for (n, odd) in NAUGHTY.iter().enumerate() {
        making.write(BagSection::Social, &format!("{n}"), &format!("from {n} {odd} to {n}"));
    }
    let long = "Llanfair".repeat(400);
    making.write(BagSection::Social, "long", &long);
    let pdf = printed(&making.release(), None);
    let text = text(&pdf);
    for n in 0..NAUGHTY.len() {
        assert!(text.contains(&format!("from {n} ")) && text.contains(&format!("to {n}")), "{n}: {text}");
    }
    assert!(text.contains("cannot be printed: U+0000, U+0001, U+0007, U+001B, U+007F"), "{text}");
    assert!(text.contains("cannot be printed: U+202C, U+202E, U+2066, U+2069"), "{text}");
    assert!(text.contains("U+1F1E7") || text.contains("🇬"), "{text}");
    assert!(text.contains("½ №"), "{text}");
    assert_eq!(text.replace(' ', "").matches("Llanfair").count(), 400, "a word without an end is broken, not cut");
}

#[test]
fn a_name_of_any_kind_does_not_break_the_page() {
    for odd in NAUGHTY {
        let mut making = Making::of(&format!("OKONJO {odd}{}", "ö".repeat(300)));
        making.write(BagSection::Transfer, "urgency", odd);
        making.write(BagSection::Transfer, "reason", "Fall");
        making.write(BagSection::Allergies, "statement", "None known");
        assert!(text(&printed(&making.release(), None)).contains("OKONJO"));
    }
}

fn name<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> &'a Object {
    let value = dictionary.get(key).unwrap();
    document.dereference(value).unwrap().1
}

/// Every kind of structure element, and whether each heading and figure says what it is.
fn structure(document: &Document, element: &Object, found: &mut Vec<String>) {
    match element {
        Object::Array(all) => all.iter().for_each(|one| structure(document, one, found)),
        Object::Reference(_) => structure(document, document.dereference(element).unwrap().1, found),
        Object::Dictionary(dictionary) => {
            if let Ok(Object::Name(kind)) = dictionary.get(b"S") {
                let kind = String::from_utf8(kind.clone()).unwrap();
                assert!(kind != "Figure" || dictionary.has(b"Alt"));
                found.push(kind);
            }
            if let Ok(children) = dictionary.get(b"K") {
                structure(document, children, found);
            }
        }
        _ => {}
    }
}

#[test]
fn it_is_an_archivable_tagged_document_in_british_english() {
    let pdf = printed(&usual().release(), Some(&slip()));
    let document = Document::load_mem(&pdf).unwrap();
    let catalog = document.catalog().unwrap();
    assert_eq!(name(&document, catalog, b"Lang").as_str().unwrap(), b"en-GB");
    let marked = name(&document, catalog, b"MarkInfo").as_dict().unwrap();
    assert!(matches!(marked.get(b"Marked"), Ok(Object::Boolean(true))));
    let metadata = name(&document, catalog, b"Metadata").as_stream().unwrap();
    let metadata = String::from_utf8(metadata.decompressed_content().unwrap_or(metadata.content.clone())).unwrap();
    for claim in
        ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>", "<pdfuaid:part>1</pdfuaid:part>"]
    {
        assert!(metadata.contains(claim), "{claim}: {metadata}");
    }
    assert!(!metadata.contains("Okonjo") && !metadata.contains("OKONJO"), "whose it is is not in the document's title");
    let mut found = Vec::new();
    structure(&document, name(&document, catalog, b"StructTreeRoot"), &mut found);
    for kind in ["H1", "H2", "H3", "P", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "Figure"] {
        assert!(found.iter().any(|f| f == kind), "{kind}: {found:?}");
    }
}

#[test]
fn it_is_black_on_white_and_the_same_every_time() {
    let bag = usual().release();
    let pdf = printed(&bag, Some(&slip()));
    assert_eq!(pdf, printed(&bag, Some(&slip())));
    let pdf = Pdf::new(pdf).unwrap();
    let (cache, interpreter) = (RenderCache::new(), InterpreterSettings::default());
    let (how, size) = (RenderSettings::default(), PixmapSettings::default());
    let pixels = hayro::render(&pdf.pages()[0], &cache, &interpreter, &how, &size);
    assert!(pixels.data_as_u8_slice().chunks(4).all(|p| p[0] == p[1] && p[1] == p[2]), "a colour is on the paper");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever somebody typed, there is paper, and the words beside it are on it.
    #[test]
    fn any_text_makes_a_valid_document(odd in "\\PC{0,80}", any in proptest::collection::vec(any::<char>(), 0..60)) {
        let any: String = any.into_iter().collect();
        let mut making = usual();
        making.write(BagSection::Social, "a", &format!("before {odd} after"));
        making.write(BagSection::Legal, "b", &format!("before {any} after"));
        let pdf = printed(&making.release(), None);
        let text = text(&pdf);
        prop_assert!(text.matches("before ").count() >= 2 && text.matches(" after").count() >= 2, "{}", text);
    }
}
