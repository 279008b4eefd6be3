//! Signatures on the paper, and the row of the CPR decision. The rest of the paper is `tests`, whose helpers are used here.

use super::tests::{Making, carer, picture, printed, text, usual};
use pdf_extract::{Document, Object};
use record::bag::belongings::Column;
use record::bag::{BagSection, Count, Counting, File, Present, Said, Second};
use record::visit::{Photo, PhotoId};

/// A stroke on nothing, as the screen sends one.
pub(super) fn drawn() -> (PhotoId, Vec<u8>) {
    let stroke = |x: u32, y: u32| image::LumaA([0u8, if x / 3 == y || x / 3 == y + 1 { 255 } else { 0 }]);
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::ImageBuffer::from_fn(720, 240, stroke).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let bytes = bytes.into_inner();
    (PhotoId::of(&bytes), bytes)
}

/// Money that somebody else signed for on the screen.
fn signed(bytes: &[u8]) -> Making {
    let mut making = usual();
    let signed = Photo::of(bytes).map(File::from);
    let second = Second { name: "Sam Otherhand".into(), title: String::new(), signed };
    let money = Count {
        code: "money".into(),
        label: "Money".into(),
        valuable: true,
        present: Present::Yes,
        count: 20,
        condition: String::new(),
        photos: vec![],
    };
    making.add(Said::Counted(Counting::new(Column::OnTheWay, vec![money], Some(second), &carer()).unwrap()));
    making
}

#[test]
fn a_drawn_signature_is_drawn_with_its_words() {
    let pdf = printed(&signed(&drawn().1).release(), None);
    let words = "Sam Otherhand for 20 Money, with the crew, 10-Mar-2026 09:14, counted with Cora Bell";
    assert!(text(&pdf).contains(words), "{}", text(&pdf));
    let document = Document::load_mem(&pdf).unwrap();
    let figure = format!("The signature as it was drawn. {words}.");
    let alternative = |object: &Object| match object {
        Object::Dictionary(found) => found.get(b"Alt").ok().and_then(|alt| pdf_extract::decode_text_string(alt).ok()),
        _ => None,
    };
    assert!(
        document.objects.values().filter_map(alternative).any(|alt| alt == figure),
        "its words for a screen reader"
    );
    // The stroke falls from left to right: a dot of ink in each of its columns, somewhere on the page, and in no picture of the paper without it.
    let inked =
        |pdf: &[u8]| (0..2).map(|page| picture(pdf, page, 100.0).1.iter().filter(|g| **g < 128).count()).sum::<usize>();
    let without = printed(&signed(b"\xFF\xD8\xFF\xE0 and no picture").release(), None);
    assert!(text(&without).contains("Its picture is not here yet"), "{}", text(&without));
    assert!(inked(&pdf) > inked(&without) + 100, "{} {}", inked(&pdf), inked(&without));
}

/// A flag of the practice is a decision as much as the plan's own words: the row that says "none" says it only where there is none.
#[test]
fn a_flag_about_cpr_stands_in_the_row_of_the_decision() {
    let row = |lines: &[(BagSection, &str, &str)]| {
        let mut making = Making::of("OKONJO, Ada (Mrs)");
        making.write(BagSection::Transfer, "reason", "Fall");
        making.write(BagSection::Allergies, "statement", "None known");
        for (section, heading, text) in lines {
            making.write(*section, heading, text);
        }
        let text = text(&printed(&making.release(), None));
        let row = text.split("CPR decision").nth(1).unwrap();
        row.split("Why they come").next().unwrap().to_owned()
    };
    let flag = "Not for attempted cardiopulmonary resuscitation";
    assert!(row(&[(BagSection::Alerts, "flag", flag)]).contains(flag));
    assert!(row(&[(BagSection::EndOfLife, "original", "DNACPR form in the red folder")]).contains("DNACPR form"));
    assert!(row(&[]).contains("None is recorded here. That is not a decision."));
}
