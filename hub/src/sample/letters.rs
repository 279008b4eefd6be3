//! The texts of documents: letters, summaries and plans, put together from what is known of the person. Plain text with lines of
//! ordinary length, as letters arrive from most systems.

use super::person::Person;
use super::when::Written;
use jiff::civil::Date;
use std::fmt::Write as _;

/// A letter under construction. Writing to a `String` does not fail, so results are not looked at.
struct Page(String);

impl Page {
    fn new(p: &Person, from: &str, title: &str, day: Date) -> Page {
        let mut page = Page(String::with_capacity(1_600));
        page.line(from);
        page.line(title);
        page.line("");
        let number = p.nhs_number.map(|n| n.to_string()).unwrap_or_default();
        let _ =
            writeln!(page.0, "Re: {} {}  NHS number {number}  Born {}", p.name.title, p.name.short(), Written(p.born));
        let _ = writeln!(page.0, "Date: {}", Written(day));
        page.line("");
        page
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn heading(&mut self, title: &str, text: &str) {
        self.line(title);
        self.line(text);
        self.line("");
    }

    fn problems(&mut self, p: &Person) {
        self.line("Problems");
        for (condition, years) in &p.conditions {
            let _ = writeln!(self.0, "- {} (since {})", condition.term.text, i32::from(p.now.year()) - years);
        }
        self.line("");
    }

    fn medicines(&mut self, p: &Person) {
        self.line("Medicines");
        for drug in p.conditions.iter().flat_map(|(c, _)| c.drugs) {
            let _ = writeln!(self.0, "- {}: {}", drug.name, drug.instruction);
        }
        self.line("");
    }

    fn signed(mut self, by: &str) -> String {
        self.line("Yours sincerely");
        self.line(by);
        self.0
    }
}

/// A hospital's summary on leaving.
pub fn discharge(p: &Person, from: &str, by: &str, (admitted, left): (Date, Date), reason: &str) -> String {
    let mut page = Page::new(p, from, "Discharge summary", left);
    let (they, their) = p.pronouns();
    let _ = writeln!(page.0, "Admitted {} - Discharged {}\n", Written(admitted), Written(left));
    page.heading("Reason for admission", reason);
    page.heading(
        "Clinical summary",
        &format!(
            "{they} was assessed on the acute medical unit and treated on the ward. Observations settled within two days.\n\
             {they} was seen by the therapists, walked the length of the ward with {their} usual aid and was safe on stairs."
        ),
    );
    page.problems(p);
    page.medicines(p);
    page.heading(
        "Actions for the practice",
        "1. Please repeat urea and electrolytes in one week.\n2. Please review blood pressure and weight in two weeks.\n\
         3. No follow-up at the hospital unless stated above.",
    );
    page.heading(
        "Information given",
        &format!("Diagnosis and plan explained to the person and to {} ({}).", p.kin.name, p.kin.relation.1),
    );
    page.signed(by)
}

/// A letter from a clinic to the practice.
pub fn clinic(p: &Person, from: &str, by: &str, day: Date, service: &str, condition: &str, review: &str) -> String {
    let mut page = Page::new(p, from, service, day);
    let (they, _) = p.pronouns();
    page.heading("Diagnosis", condition);
    page.line("Dear colleague");
    let _ = writeln!(
        page.0,
        "Thank you for asking us to see this {}-year-old. {they} came with {}. {review}\n\
         On examination comfortable at rest, pulse regular, chest clear, no oedema above the ankle.\n\
         We discussed what matters most, which is to stay independent at home for as long as possible.\n",
        p.age, p.kin.name
    );
    page.heading("Plan", "1. Continue present treatment.\n2. Bloods before the next visit.\n3. Review here in six months, sooner if worse.");
    page.signed(by)
}

/// A letter asking for help.
pub fn referral(p: &Person, from: &str, by: &str, day: Date, service: &str, condition: &str) -> String {
    let mut page = Page::new(p, from, &format!("Referral to {service}"), day);
    let _ = writeln!(page.0, "Thank you for seeing this person about: {condition}.\n");
    page.problems(p);
    page.medicines(p);
    let home = if p.kin.lives_with { "Lives with family." } else { "Lives alone." };
    page.heading(
        "Circumstances",
        &format!("{home} Next of kin {}. Mobility: Clinical Frailty Scale {}.", p.kin.name, p.frailty),
    );
    page.signed(by)
}

/// A ReSPECT plan as text.
pub fn respect(p: &Person, from: &str, by: &str, day: Date) -> String {
    let mut page =
        Page::new(p, from, "ReSPECT: Recommended Summary Plan for Emergency Care and Treatment (version 3)", day);
    let (they, their) = p.pronouns();
    page.line("2. Shared understanding of my health and current condition");
    page.problems(p);
    page.heading(
        "3. What matters to me",
        &format!(
            "{they} values being at home with {their} family and being free of pain. Wishes to avoid dying in hospital."
        ),
    );
    page.heading(
        "4. Clinical recommendations",
        "Clinical focus: prioritise comfort.\nTreat reversible causes at home where possible, including oral antibiotics.\n\
         Hospital admission only if comfort cannot be achieved at home.\n\
         CPR attempts NOT recommended: would not succeed and would not be wanted.",
    );
    page.heading("5. Capacity", "Has capacity for this conversation; supported by family.");
    page.heading("6. Involvement", &format!("{} ({}) was present.", p.kin.name, p.kin.relation.1));
    page.heading("8. Emergency contact", &format!("{} {}", p.kin.name, p.kin.phone));
    page.line("The signed original is kept in the yellow folder in the hall.");
    page.signed(by)
}

/// What to do in a mental health crisis.
pub fn crisis_plan(p: &Person, from: &str, by: &str, day: Date) -> String {
    let mut page = Page::new(p, from, "Crisis and safety plan", day);
    page.heading(
        "Early signs",
        "Not sleeping, not answering the telephone, missing visits, speaking of being watched.",
    );
    page.heading("What helps", "A calm voice, going outside, music. One person speaking at a time. A familiar face.");
    page.heading(
        "What does not help",
        "Crowded waiting rooms, being touched without warning, uniformed staff arriving unannounced.",
    );
    page.heading(
        "Who to ring",
        &format!("Care coordinator in hours; crisis line 01632 960111 at all hours; {} {}.", p.kin.name, p.kin.phone),
    );
    page.signed(by)
}

/// What a care home or a council writes about somebody's needs.
pub fn needs(p: &Person, from: &str, by: &str, day: Date, title: &str) -> String {
    let mut page = Page::new(p, from, title, day);
    let (they, their) = p.pronouns();
    page.heading(
        "About me",
        &format!(
            "{they} likes to be called {}. Worked in the mill office. Likes tea with two sugars, hymns and cricket.",
            p.name.known_as.unwrap_or(p.name.given[0])
        ),
    );
    page.heading("Washing and dressing", "Needs prompting and one person's help. Prefers a bath in the evening.");
    page.heading("Eating and drinking", "Eats well when food is cut up. Aim for 1.5 litres of fluid. Own teeth.");
    page.heading(
        "Moving",
        &format!("Transfers with one. Walks short distances with a frame. Clinical Frailty Scale {}.", p.frailty),
    );
    page.heading("Communication", &format!("Hears better on the left. {their} family visit on Sundays."));
    page.problems(p);
    page.signed(by)
}
