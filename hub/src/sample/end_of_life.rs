//! Plans for the end of life, as the practice and the community service share them: the decision about resuscitation, the
//! ReSPECT plan, the register, preferences, consent to share, and the medicines kept at home just in case.

use super::clinical::{Course, Taking};
use super::events::Letter;
use super::fhir::{Bundle, term};
use super::letters;
use super::measure::Value;
use super::person::Person;
use super::plans::Plan;
use super::vocab::medicines::ANTICIPATORY;
use super::when::{At, ago};

/// What the practice holds.
pub fn practice_part(b: &mut Bundle<'_>, p: &Person, doctor: &str) {
    let decided = ago(p.now, 40 + (p.number % 90) as i32);
    let review = ago(p.now, -140);
    let cpr = term("Not for attempted cardiopulmonary resuscitation", "450476008");
    b.flag(("", "Resuscitation decision"), cpr, Some("high"), decided, Some(review), doctor);
    let register = term("On end of life care register", "526631000000108");
    b.flag(("", "End of life care register"), register, None, decided, None, doctor);
    let at = At::new(decided, 14, 0);
    let text = letters::respect(p, &b.from.name, doctor, decided);
    let kind = term("Recommended Summary Plan for Emergency Care and Treatment", "1382601000000107");
    b.document(&Letter { kind, title: "ReSPECT plan, signed original in the home", at, by: doctor, text: &text });
    b.sharing_consent(decided, doctor);
}

/// What the community service holds.
pub fn community_part(b: &mut Bundle<'_>, p: &Person, nurse: &str) {
    let made = ago(p.now, 30 + (p.number % 60) as i32);
    let goals = [
        b.goal("To be comfortable and free of pain", ("in-progress", "In Progress"), made, ago(p.now, -60)),
        b.goal("To die at home with family present", ("in-progress", "In Progress"), made, ago(p.now, -180)),
    ];
    let plan = Plan {
        title: "End of life care plan",
        category: term("End of life care plan", "736373009"),
        description: "Preferred place of death: home. Just-in-case medicines are in the blue box in the kitchen cupboard. Ring the community team before 999 unless the need is a fall or bleeding.",
        actions: &[
            ("Check pain, breathlessness and agitation at each visit", "Each visit"),
            ("Check and record the just-in-case box", "Weekly"),
            ("Support for the family; offer night sitting", "As needed"),
        ],
        start: made,
        review: ago(p.now, -30),
    };
    b.care_plan(&plan, &goals, nurse);
    let at = At::new(made, 11, 30);
    b.finding(
        term("Preferred place of death", ""),
        Value::Term(term("Preferred place of death: home", "110481000000108")),
        at,
        nurse,
    );
    b.finding(term("Estimated prognosis", ""), Value::Term(term("GSF C yellow: weeks", "845751000000103")), at, nurse);
    for drug in ANTICIPATORY.iter().take(2 + (p.number % 3) as usize) {
        let taking = Taking {
            start: made,
            end: None,
            last: made,
            course: Course::Acute,
            category: ("community", "Community"),
            by: nurse,
            reason: "Anticipatory, end of life",
            instruction: None,
        };
        b.prescribed(drug, &taking);
    }
}
