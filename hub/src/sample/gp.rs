//! What the practice sends: nearly everything there is, since it has known the person longest.

use super::cast::Trait;
use super::clinical::{Course, Taking};
use super::events::{Class, Letter, Visit};
use super::fhir::{Bundle, Id, Term, term};
use super::measure::{Value, Vitals};
use super::patient::{Knows, contacts, patient};
use super::person::{Person, Smoking, days_lived};
use super::place::Organisation;
use super::rng::{Rng, Topic};
use super::staff::staff_name;
use super::vocab::conditions::Condition;
use super::vocab::labs::{self, Panel};
use super::vocab::medicines::{self, Drug};
use super::vocab::services::{ADJUSTMENTS, ADULT_VISITS, CHILD_VISITS};
use super::vocab::vaccines;
use super::when::{At, ago};
use super::{end_of_life, letters};
use jiff::ToSpan;
use jiff::civil::Date;

const PROBLEM_LIST: (&str, &str) = ("problem-list-item", "Problem List Item");
const COMMUNITY: (&str, &str) = ("community", "Community");

/// Fills the practice's bundle.
pub fn write(b: &mut Bundle<'_>, p: &Person, practice: &Organisation) {
    let mut rng = Rng::of(p.seed, p.number, Topic::Gp);
    let doctor = format!("Dr {}", staff_name(p.seed, 'G', super::place::practice_of(p.number) * 6 + p.number % 6));
    patient(b, p, Knows::Everything, Some(practice));
    contacts(b, p);
    let mut gp = Gp { b, p, rng: &mut rng, doctor: &doctor };
    gp.allergies();
    gp.problems();
    gp.medicines();
    gp.observations();
    gp.results();
    gp.visits();
    gp.vaccinations();
    gp.referrals();
    gp.flags();
    gp.appointments();
    if p.has(Trait::EndOfLife) {
        end_of_life::practice_part(b, p, &doctor);
    }
}

/// What people say they drink.
const DRINKS: &[&str] = &["None", "4 units a week", "10 units a week", "14 units a week", "28 units a week"];

/// A repeat medicine of the practice.
fn repeat<'t>(by: &'t str, start: Date, last: Date, reason: &'t str) -> Taking<'t> {
    Taking { start, end: None, last, course: Course::Repeat, category: COMMUNITY, by, reason, instruction: None }
}

struct Gp<'a, 'b> {
    b: &'a mut Bundle<'b>,
    p: &'a Person,
    rng: &'a mut Rng,
    doctor: &'a str,
}

impl Gp<'_, '_> {
    /// A day within the last so many, but after birth.
    fn day(&mut self, latest: i32, earliest: i32) -> Date {
        let most = days_lived(self.p).max(1);
        ago(self.p.now, self.rng.between(latest.min(most), earliest.min(most)))
    }

    fn allergies(&mut self) {
        let p = self.p;
        let since = self.day(400, 9_000);
        let mut ids: Vec<Id> = p.allergies.iter().map(|a| self.b.allergy(a, since, self.doctor)).collect();
        if p.has(Trait::NoKnownAllergy) || p.has(Trait::AllergyConflict) {
            ids.push(self.b.no_known_allergy(since, self.doctor));
        }
        let empty = match () {
            () if p.has(Trait::AllergiesNotAsked) => ("notasked", "Not Asked"),
            () if p.has(Trait::AllergiesUnavailable) => ("unavailable", "Unavailable"),
            () if p.has(Trait::AllergiesWithheld) => ("withheld", "Information Withheld"),
            () => ("no-content-recorded", "No Content Recorded"),
        };
        let warning = if p.has(Trait::InTransit) { Some(("data-in-transit", "Data in Transit")) } else { None };
        let code = ("886921000000105", "Allergies and adverse reactions");
        self.b.list(code, ("AllergyIntolerance", &ids), Some(empty), warning);
    }

    fn problems(&mut self) {
        let p = self.p;
        let mut ids = Vec::new();
        for (condition, years) in &p.conditions {
            let onset = ago(p.now, (years * 365 + self.rng.between(10, 300)).min(days_lived(p)));
            ids.push(self.b.problem(condition.term, onset, PROBLEM_LIST, self.doctor, false));
        }
        let passing: &[&'static str] = if p.child() {
            &["Otitis media", "Chickenpox", "Croup"]
        } else {
            &["Low back pain", "Urinary tract infection", "Shingles", "Fall at home", "Cellulitis of leg"]
        };
        for _ in 0..if p.community { 1 } else { 2 } {
            let text = self.rng.pick(passing);
            let day = self.day(60, 2_500);
            ids.push(self.b.problem(term(text, ""), day, PROBLEM_LIST, self.doctor, false));
        }
        if p.has(Trait::EnteredInError) {
            let day = self.day(100, 900);
            self.b.problem(term("Epilepsy", "84757009"), day, PROBLEM_LIST, self.doctor, true);
        }
        let warning = match () {
            () if p.has(Trait::ConfidentialItems) => Some(("confidential-items", "Confidential Items")),
            () if p.has(Trait::InTransit) => Some(("data-in-transit", "Data in Transit")),
            () => None,
        };
        self.b.list(("717711000000103", "Problems"), ("Condition", &ids), None, warning);
    }

    /// Repeats for each condition, and the short courses of the last year or two.
    fn medicines(&mut self) {
        let p = self.p;
        let mut given: Vec<&'static str> = Vec::new();
        for (condition, years) in &p.conditions {
            for drug in condition.drugs.iter().copied() {
                if given.contains(&drug.name) {
                    continue;
                }
                given.push(drug.name);
                let start = ago(p.now, (years * 300 + 40).min(days_lived(p)));
                let last = self.day(3, 27);
                let taking = repeat(self.doctor, start, last, condition.term.text);
                self.b.takes(drug, &taking);
                // The current issue as well, for what is issued month by month.
                if self.rng.percent(if p.community { 12 } else { 45 }) {
                    self.b.prescribed(drug, &taking);
                }
            }
        }
        if p.age > 70 && !given.contains(&medicines::PARACETAMOL.name) {
            let (start, last) = (self.day(200, 900), self.day(5, 50));
            let taking = repeat(self.doctor, start, last, "Pain");
            self.b.takes(&medicines::PARACETAMOL, &taking);
        }
        for _ in 0..if p.community { 1 } else { 2 } {
            let (reason, drug): (&str, &Drug) = self.rng.pick(medicines::ACUTES);
            let start = self.day(20, 600);
            let mut taking = repeat(self.doctor, start, start, reason);
            taking.end = Some(start.saturating_add(7.days()).min(p.now));
            taking.course = Course::Acute;
            self.b.takes(drug, &taking);
        }
    }

    fn observations(&mut self) {
        let p = self.p;
        let nurse = staff_name(p.seed, 'Q', p.number % 40);
        let at = At::new(self.day(20, 200), 9, 30);
        if p.child() {
            for years in 0..p.age.min(5) {
                let day = ago(p.now, (years * 365 + 30).min(days_lived(p)));
                let (kilos, height) = ((p.weight - years * 24).max(32), (p.height_cm - years * 6).max(50));
                self.b.weight(kilos, At::new(day, 9, 30), &nurse);
                self.b.height(height, At::new(day, 9, 35), &nurse);
            }
            return;
        }
        for _ in 0..if p.community { 1 } else { 3 } {
            let vitals = Vitals::of(p, self.rng, false);
            let at = At::new(self.day(20, 700), 9, 30);
            self.b.blood_pressure(&vitals, at, &nurse);
        }
        self.b.weight(p.weight, at, &nurse);
        if !p.community {
            self.b.height(p.height_cm, at, &nurse);
            self.b.body_mass(p.weight * 10_000 / (p.height_cm * p.height_cm), at.plus(2), &nurse);
        }
        let smoking = match p.smoker {
            Smoking::Never => term("Never smoked tobacco", "266919005"),
            Smoking::Former => term("Ex-smoker", "8517006"),
            Smoking::Current => term("Smokes tobacco daily", "449868002"),
        };
        self.b.finding(term("Tobacco smoking status", ""), Value::Term(smoking), at, &nurse);
        if p.community {
            return;
        }
        let alcohol = if self.rng.percent(8) {
            Value::Refused("Preferred not to say")
        } else {
            Value::Words(self.rng.pick(DRINKS))
        };
        self.b.finding(term("Alcohol units consumed per week", "1082641000000106"), alcohol, at.plus(4), &nurse);
    }

    fn results(&mut self) {
        let p = self.p;
        if p.age < 16 {
            return;
        }
        let mut panels: Vec<&'static Panel> = Vec::new();
        let wanted = p.conditions.iter().flat_map(|(c, _)| c.panels.iter().copied());
        for panel in wanted.chain([&labs::RENAL, &labs::BLOOD_COUNT, &labs::LIVER, &labs::LIPIDS]) {
            if !panels.iter().any(|had| had.name == panel.name) {
                panels.push(panel);
            }
        }
        // The practice keeps the latest of a few; the rest are with the hospital or too old to be sent.
        panels.truncate(if p.community { 1 } else { 3 });
        for (nth, panel) in panels.into_iter().enumerate() {
            let at = At::new(self.day(10, 300), 8, 10);
            let corrected = nth == 0 && p.has(Trait::CorrectedResult);
            self.b.laboratory(p, self.rng, panel, at, corrected, self.doctor);
        }
    }

    fn visits(&mut self) {
        let p = self.p;
        let common = if p.child() { CHILD_VISITS } else { ADULT_VISITS };
        let count = if p.community { self.rng.between(1, 3) } else { self.rng.between(6, 12) };
        let reviews: Vec<&Condition> = p.conditions.iter().map(|(c, _)| *c).collect();
        for nth in 0..count {
            let review = usize::try_from(nth).ok().and_then(|n| reviews.get(n));
            let (reason, note) = review.map_or_else(|| self.rng.pick(common), |c| (c.term.text, c.review));
            let class = if p.frailty > 6 {
                Class::HomeVisit
            } else {
                self.rng.pick(&[Class::Surgery, Class::Surgery, Class::Telephone])
            };
            let at = At::new(self.day(4 + nth * 60, 90 + nth * 120), 8 + self.rng.below(9), self.rng.below(12) * 5);
            let place = if class == Class::HomeVisit { ("A01", "Patient's home") } else { ("", "") };
            self.b.encounter(&Visit { class, at, minutes: 10, reason, note, by: self.doctor, place });
        }
    }

    fn vaccinations(&mut self) {
        let p = self.p;
        let nurse = staff_name(p.seed, 'Q', p.number % 40);
        let batch = self.rng.below(100_000);
        if p.age < 20 {
            for (weeks, vaccine) in vaccines::CHILDHOOD {
                let left = days_lived(p) - weeks * 7;
                if left > 0 {
                    self.b.vaccination(vaccine, ago(p.now, left), batch, &nurse);
                }
            }
            return;
        }
        let autumn = |years: i32| ago(p.now, 20 + years * 365);
        if p.age >= 65 || p.conditions.len() > 2 {
            let years = if p.community { 1 } else { 3 };
            for year in 0..years {
                self.b.vaccination(&vaccines::FLU, autumn(year), batch + 7, &nurse);
            }
            if !p.community {
                self.b.vaccination(&vaccines::PNEUMOCOCCAL, autumn(4), batch + 11, &nurse);
            }
        }
        if p.age >= 75 {
            self.b.vaccination(&vaccines::COVID_BOOSTER, autumn(0), batch + 13, &nurse);
        }
        if (70..80).contains(&p.age) {
            self.b.vaccination(&vaccines::SHINGLES, autumn(2), batch + 17, &nurse);
        }
        if p.age < 65 {
            self.b.vaccination(&vaccines::COVID_FIRST, ago(p.now, 1_900), batch + 19, &nurse);
            self.b.vaccination(&vaccines::COVID_BOOSTER, ago(p.now, 1_500), batch + 21, &nurse);
            self.b.vaccination(&vaccines::TETANUS, ago(p.now, 3_000.min(days_lived(p))), batch + 23, &nurse);
        }
    }

    fn referrals(&mut self) {
        let p = self.p;
        let mut asked = 0;
        for (condition, _) in
            p.conditions.iter().filter(|(c, _)| !c.service.is_empty()).take(if p.community { 1 } else { 2 })
        {
            let at = At::new(self.day(20, 400), 12, 45);
            let done = asked > 0 || self.rng.percent(50);
            self.b.referral(
                term(condition.service, ""),
                condition.term.text,
                at,
                done,
                asked == 0 && p.frailty > 6,
                self.doctor,
            );
            asked += 1;
            if asked == 1 && self.rng.percent(if p.community { 40 } else { 90 }) {
                let title = format!("Referral letter: {}", condition.service);
                let text = letters::referral(
                    p,
                    &self.b.from.name,
                    self.doctor,
                    at.day,
                    condition.service,
                    condition.term.text,
                );
                let kind = term("Referral letter", "25611000000107");
                self.b.document(&Letter { kind, title: &title, at, by: self.doctor, text: &text });
            }
        }
        if asked == 0 && p.age > 20 {
            let at = At::new(self.day(100, 900), 12, 45);
            self.b.referral(
                Term { text: "Referral to physiotherapist", code: "308447003" },
                "Low back pain",
                at,
                true,
                false,
                self.doctor,
            );
        }
    }

    fn flags(&mut self) {
        let p = self.p;
        let since = self.day(60, 500);
        if p.has(Trait::Adjustment) {
            let (code, words, text) = ADJUSTMENTS[(p.number % ADJUSTMENTS.len() as u64) as usize];
            self.b.adjustment((code, words), text, since);
        }
        if p.has(Trait::Attorney) {
            let what = term("Lasting power of attorney personal welfare", "341051000000100");
            self.b.flag(("", "Lasting power of attorney"), what, Some("medium"), since, None, self.doctor);
        }
        if p.has(Trait::AdvanceDecision) {
            let what = term(
                "Advance decision to refuse treatment: refuses ventilation, even if life is at risk. Signed and witnessed",
                "",
            );
            self.b.flag(("", "Advance decision to refuse treatment"), what, Some("high"), since, None, self.doctor);
        }
    }

    fn appointments(&mut self) {
        let p = self.p;
        let past = At::new(self.day(10, 120), 10, 20);
        let status = if self.rng.percent(12) { "noshow" } else { "fulfilled" };
        let place = self.b.from.name.clone();
        if p.age > 0 && (!p.community || self.rng.percent(50)) {
            self.b.appointment("Long-term condition review", past, 15, status, self.doctor, &place);
        }
        if !p.dead() && self.rng.percent(30) {
            let ahead = At::new(ago(p.now, -self.rng.between(2, 60)), 8 + self.rng.below(9), 40);
            self.b.appointment("Blood test", ahead, 10, "booked", &staff_name(p.seed, 'Q', p.number % 40), &place);
        }
    }
}
