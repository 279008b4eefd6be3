//! Who a patient resource is: the deterministic ladder of `reference/identity.md` section 3.1, rungs 1 to 5 and 8, over candidates
//! given as data. Pure. Not here: rung 6 (asking PDS), rung 7 (scores for an operator), and how candidates are found.
//!
//! An NHS number alone never matches: it takes the date of birth and one part of the name beside it (identity.md section 1).

use std::collections::BTreeMap;

/// What a patient resource says of itself, folded for comparison by [`fold_name`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claim {
    /// `YYYY-MM-DD`, or less where less is known; empty where not said.
    pub born: String,
    pub families: Vec<String>,
    pub givens: Vec<String>,
    /// Verification status 01 on its NHS number.
    pub verified: bool,
}

/// How a candidate was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The same resource of the same feed was linked before.
    Link,
    /// The same local identifier from the same assigning authority.
    Local,
    /// The same NHS number.
    Number,
}

/// A known person who may be meant, and what is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub person: i64,
    pub by: By,
    pub born: String,
    pub families: Vec<String>,
    pub givens: Vec<String>,
}

/// What the ladder decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// This person, by this rung (1, 2 or 3; 3 is a change of name).
    Same { person: i64, rung: u8 },
    /// Rung 8: nobody known.
    New,
    /// Never linked by a machine.
    Quarantine(Doubt),
}

/// Why a person must decide. In rising order of how sure the harm would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Rung 4 (nearly the same, PDS not asked), too little said to confirm a number, or two people fit.
    Review,
    /// The linked patient resource now says another birth date *and* another name (section 3.3, overlay).
    Overlay,
    /// Rung 5: the number's holder has another birth date and name.
    WrongNumber,
}

/// Decides who `claim` is.
pub fn climb(claim: &Claim, candidates: &[Candidate]) -> Verdict {
    let mut fits: BTreeMap<i64, u8> = BTreeMap::new();
    let mut doubts: Vec<(i64, Doubt)> = Vec::new();
    for candidate in candidates {
        match rung(claim, candidate) {
            Rung::Fits(rung) => {
                let best = fits.entry(candidate.person).or_insert(rung);
                *best = rung.min(*best);
            }
            Rung::Doubt(doubt) => doubts.push((candidate.person, doubt)),
            Rung::Nothing => {}
        }
    }
    // A doubt about a person who fits by another identifier is settled by it.
    let left = || doubts.iter().filter(|(person, _)| !fits.contains_key(person)).map(|(_, doubt)| *doubt);
    // That the feed's own patient became somebody else explains a wrong number, and is the name of what happened.
    let doubt = left().find(|doubt| *doubt == Doubt::Overlay).or_else(|| left().max());
    match (doubt, fits.len(), fits.into_iter().next()) {
        (Some(doubt), _, _) => Verdict::Quarantine(doubt),
        (None, 1, Some((person, rung))) => Verdict::Same { person, rung },
        (None, 0, _) => Verdict::New,
        (None, _, _) => Verdict::Quarantine(Doubt::Review),
    }
}

enum Rung {
    Fits(u8),
    Doubt(Doubt),
    Nothing,
}

fn rung(claim: &Claim, held: &Candidate) -> Rung {
    let born = compare_born(&claim.born, &held.born);
    let family = compare_names(&claim.families, &held.families);
    let given = compare_names(&claim.givens, &held.givens);
    use Likeness::{Different, Near, Same, Unsaid};
    match held.by {
        // The feed itself says it is the same record: only a clear contradiction speaks against it.
        By::Link => match (born, family) {
            (Different | Near, Different) => Rung::Doubt(Doubt::Overlay),
            _ => Rung::Fits(1),
        },
        By::Local if born == Same || family == Same => Rung::Fits(1),
        By::Local => Rung::Nothing,
        By::Number => match (born, family, given) {
            (Same, Same, _) if claim.verified => Rung::Fits(2),
            (Same, Same, _) | (Same, _, Same) => Rung::Fits(3),
            (Near, Same, Same) => Rung::Doubt(Doubt::Review),
            (Same, Different, Different) => Rung::Doubt(Doubt::WrongNumber),
            // Nothing contradicts, but not enough is said to confirm.
            (Unsaid, Same | Unsaid, _) | (Same, _, _) | (Near, Same | Unsaid, _) => Rung::Doubt(Doubt::Review),
            _ => Rung::Doubt(Doubt::WrongNumber),
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    Same,
    /// One component differs, or day and month are swapped.
    Near,
    Different,
    Unsaid,
}

fn compare_born(a: &str, b: &str) -> Likeness {
    if a.is_empty() || b.is_empty() {
        return Likeness::Unsaid;
    }
    if a == b {
        return Likeness::Same;
    }
    let parts = |text: &str| -> Vec<String> { text.splitn(3, '-').map(str::to_owned).collect() };
    let (a, b) = (parts(a), parts(b));
    if a.len() != b.len() {
        // One knows less than the other: what both know must agree.
        return if a.iter().zip(&b).all(|(x, y)| x == y) { Likeness::Near } else { Likeness::Different };
    }
    let differing = a.iter().zip(&b).filter(|(x, y)| x != y).count();
    let swapped = a.len() == 3 && a[0] == b[0] && a[1] == b[2] && a[2] == b[1];
    if differing == 1 || swapped { Likeness::Near } else { Likeness::Different }
}

/// Any name in the history counts.
fn compare_names(a: &[String], b: &[String]) -> Likeness {
    if a.is_empty() || b.is_empty() {
        Likeness::Unsaid
    } else if a.iter().any(|name| b.contains(name)) {
        Likeness::Same
    } else {
        Likeness::Different
    }
}

/// A name for comparison: lower case, plain letters, without spaces, hyphens and apostrophes (identity.md section 3.2).
pub fn fold_name(name: &str) -> String {
    record::feed::fold(name).chars().filter(|c| !c.is_whitespace() && !"-'.`´".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split('|').filter(|t| !t.is_empty()).map(fold_name).collect()
    }

    fn person(person: i64, by: By, born: &str, family: &str, given: &str) -> Candidate {
        Candidate { person, by, born: born.into(), families: names(family), givens: names(given) }
    }

    #[track_caller]
    fn check(claim: (&str, &str, &str, bool), candidates: &[Candidate], expected: Verdict) {
        let (born, family, given, verified) = claim;
        let claim = Claim { born: born.into(), families: names(family), givens: names(given), verified };
        assert_eq!(climb(&claim, candidates), expected, "{claim:?} {candidates:?}");
        let mut reversed = candidates.to_vec();
        reversed.reverse();
        assert_eq!(climb(&claim, &reversed), expected, "in reverse: {claim:?}");
    }

    const DOB: &str = "1940-01-05";

    #[test]
    fn rung_1_a_record_seen_before() {
        let same = |rung| Verdict::Same { person: 7, rung };
        let known = |by| [person(7, by, DOB, "Holt", "Ada")];
        check((DOB, "Smith", "Ada", false), &known(By::Local), same(1));
        check(("1941-01-05", "Holt", "Bea", false), &known(By::Local), same(1));
        check(("1941-02-05", "Smith", "Ada", false), &known(By::Local), Verdict::New);
        check(("", "", "", false), &known(By::Local), Verdict::New);
        check((DOB, "Smith", "Ada", false), &known(By::Link), same(1));
        check(("", "", "", false), &known(By::Link), same(1));
        check(("1990-02-02", "Smith", "Ada", false), &known(By::Link), Verdict::Quarantine(Doubt::Overlay));
    }

    #[test]
    fn rungs_2_to_5_the_nhs_number() {
        let same = |rung| Verdict::Same { person: 7, rung };
        let review = Verdict::Quarantine(Doubt::Review);
        let wrong = Verdict::Quarantine(Doubt::WrongNumber);
        let known = [person(7, By::Number, DOB, "Holt|Ó Briain", "Ada")];
        check((DOB, "HOLT", "Ada", true), &known, same(2));
        check((DOB, "O'Briain", "Bea", true), &known, same(2));
        check((DOB, "Holt", "Ada", false), &known, same(3));
        check((DOB, "Smith", "Ada", true), &known, same(3));
        check(("1940-05-01", "Holt", "Ada", true), &known, review);
        check(("1940-01-06", "Holt", "Ada", true), &known, review);
        check(("1940-01", "Holt", "Ada", true), &known, review);
        check(("1940-01-05", "Smith", "Bea", true), &known, wrong);
        check(("1971-09-30", "Smith", "Bea", true), &known, wrong);
        check(("1971-09-30", "Holt", "Ada", true), &known, wrong);
        // Too little said to confirm, nothing said against.
        check((DOB, "", "", true), &known, review);
        check(("", "Holt", "Ada", true), &known, review);
        check(("", "", "", true), &known, review);
        check(("", "Smith", "", true), &known, wrong);
    }

    #[test]
    fn rung_8_and_two_who_fit() {
        check((DOB, "Holt", "Ada", true), &[], Verdict::New);
        let two = [person(7, By::Local, DOB, "Holt", "Ada"), person(8, By::Local, DOB, "Holt", "Ada")];
        check((DOB, "Holt", "Ada", true), &two, Verdict::Quarantine(Doubt::Review));
        let twice = [person(7, By::Local, DOB, "Holt", "Ada"), person(7, By::Number, DOB, "Holt", "Ada")];
        check((DOB, "Holt", "Ada", true), &twice, Verdict::Same { person: 7, rung: 1 });
        // The feed's record is ours, but it now carries somebody else's number.
        let other = [person(7, By::Link, DOB, "Holt", "Ada"), person(8, By::Number, "1990-02-02", "Smith", "Bea")];
        check((DOB, "Holt", "Ada", true), &other, Verdict::Quarantine(Doubt::WrongNumber));
        // The number's birth date is corrected in the record that brought it.
        let own = [person(7, By::Link, DOB, "Holt", "Ada"), person(7, By::Number, DOB, "Holt", "Ada")];
        check(("1940-01-06", "Holt", "Ada", true), &own, Verdict::Same { person: 7, rung: 1 });
    }
}
