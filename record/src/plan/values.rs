//! The value sets of a plan, as data: SNOMED CT codes with the words a person reads. Only sets whose members the reference lists are
//! here; the large reference sets are named in `fields` by their expression. Free text is always allowed beside a code.

/// A value of a set: its code and the words shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coded {
    pub code: &'static str,
    pub label: &'static str,
}

const fn coded(code: &'static str, label: &'static str) -> Coded {
    Coded { code, label }
}

/// CPR decision (`reference/careplan.md` section 3, NHS end of life value set; the PRSB standard uses the first two).
pub const CPR: &[Coded] = &[
    coded("450475007", "For attempted CPR"),
    coded("450476008", "Not for attempted CPR"),
    coded("304252001", "For resuscitation"),
    coded("304253006", "Not for resuscitation"),
    coded("143021000119109", "Do not resuscitate, with supporting documentation"),
];

/// ReSPECT section 4 (v3 form): the focus of care.
pub const CLINICAL_FOCUS: &[Coded] = &[
    coded("extend-life", "Prioritise extending life"),
    coded("balance", "Balance extending life with comfort and valued outcomes"),
    coded("comfort", "Prioritise comfort"),
];

/// ReSPECT section 5.
pub const CAPACITY: &[Coded] = &[
    coded("yes", "Has capacity to take part in this plan"),
    coded("no", "Does not have capacity to take part in this plan"),
];

/// An advance decision to refuse treatment (`reference/careplan.md` section 4: binding if valid and applicable).
pub const ADRT: &[Coded] = &[
    coded("present", "Has an advance decision to refuse treatment"),
    coded("absent", "Has no advance decision to refuse treatment"),
    coded("withdrawn", "Advance decision withdrawn"),
];

/// The state of allergies as somebody asserts it here; the sources' own list is the record's (`reference/records.md`).
pub const ALLERGY_STATUS: &[Coded] = &[
    coded("716186003", "No known allergy"),
    coded("known", "Has allergies: see the list and the words beside"),
    coded("unknown", "Allergy status not known"),
];

/// Preferred place of death (`reference/careplan.md` section 4).
pub const PLACE_OF_DEATH: &[Coded] = &[
    coded("110481000000108", "Home"),
    coded("710571000000101", "Care home"),
    coded("89761000000106", "Nursing home"),
    coded("512071000000106", "Residential home"),
    coded("108401000000102", "Hospice"),
    coded("931401000000103", "Hospice community lodge"),
    coded("109401000000108", "Hospital"),
    coded("89751000000108", "Community hospital"),
    coded("518741000000100", "Learning disability unit"),
    coded("518771000000106", "Mental health unit"),
    coded("819211000000102", "Usual place of residence"),
    coded("1060941000000102", "No preference"),
    coded("517161000000101", "Undecided"),
    coded("517111000000103", "Unable to express a preference"),
    coded("766391000000108", "Declined to discuss"),
    coded("517131000000106", "Discussion not appropriate"),
];

/// Estimated prognosis (`reference/careplan.md` section 4).
pub const PROGNOSIS: &[Coded] = &[
    coded("845701000000104", "GSF A, blue: a year or more"),
    coded("845721000000108", "GSF B, green: months"),
    coded("845751000000103", "GSF C, yellow: weeks"),
    coded("845771000000107", "GSF D, red: days"),
    coded("1064691000000106", "About one year"),
    coded("968211000000101", "Last months"),
    coded("955231000000109", "Last weeks"),
    coded("511401000000102", "Last days"),
];

/// Goal status in the words of FHIR R4 `Goal.lifecycleStatus`; the set ^999000091000000107 is not listed in the reference.
pub const GOAL_STATUS: &[Coded] = &[
    coded("proposed", "Proposed"),
    coded("accepted", "Accepted"),
    coded("active", "Working towards it"),
    coded("on-hold", "On hold"),
    coded("completed", "Achieved"),
    coded("cancelled", "No longer wanted"),
];

/// Action status in the words of FHIR R4 `CarePlan.activity.detail.status`.
pub const ACTION_STATUS: &[Coded] = &[
    coded("not-started", "Not started"),
    coded("scheduled", "Arranged"),
    coded("in-progress", "Under way"),
    coded("on-hold", "On hold"),
    coded("completed", "Done"),
    coded("cancelled", "No longer needed"),
];

/// Who or what an end of life plan is (`reference/careplan.md` section 4).
pub const EOL_PLAN: &[Coded] = &[
    coded("714748000", "Has advance care plan"),
    coded("816281000000101", "Has advance statement (Mental Capacity Act 2005)"),
    coded("861411000000103", "End of life care document"),
];

/// Present, absent, not known: for a register or a legal proxy.
pub const PRESENCE: &[Coded] = &[coded("present", "Yes"), coded("absent", "No"), coded("unknown", "Not known")];

/// ReSPECT section 6: who took part in making the plan; several may (`reference/careplan.md`, "multi-choice").
pub const INVOLVEMENT: &[Coded] = &[
    coded("A", "A: has capacity and took part"),
    coded("B", "B: lacks capacity; made in best interests with proxy or family (Mental Capacity Act)"),
    coded("C1", "C1: a child with sufficient maturity took part"),
    coded("C2", "C2: a child without sufficient maturity"),
    coded("C3", "C3: those with parental responsibility took part"),
    coded("D", "D: not involved; the reason and the plan to involve are written below"),
];

/// A SNOMED CT concept identifier: 6 to 18 digits, partition 00 or 10, and the Verhoeff check digit that ends it.
pub fn is_concept(text: &str) -> bool {
    let bytes = text.as_bytes();
    (6..=18).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes[0] != b'0'
        && matches!(&bytes[bytes.len() - 3..bytes.len() - 1], b"00" | b"10")
        && verhoeff(bytes)
}

/// Verhoeff's check over the dihedral group of order ten (SNOMED CT Technical Implementation Guide, appendix on SCTIDs).
fn verhoeff(digits: &[u8]) -> bool {
    const TURN: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let turned = |digit: u8, times: usize| (0..times % 8).fold(digit, |d, _| TURN[usize::from(d)]);
    digits.iter().rev().enumerate().fold(0, |check, (place, digit)| product(check, turned(digit - b'0', place))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_looks_like_snomed_is_well_formed() {
        for set in [CPR, PLACE_OF_DEATH, PROGNOSIS, EOL_PLAN, ALLERGY_STATUS] {
            for value in set.iter().filter(|v| v.code.bytes().all(|b| b.is_ascii_digit())) {
                assert!(is_concept(value.code), "{}", value.label);
            }
        }
    }

    #[test]
    fn a_mistyped_digit_is_noticed() {
        assert!(is_concept("450475007"));
        for bad in ["450475006", "450457007", "4504750", "450475107", "", "99"] {
            assert!(!is_concept(bad), "{bad}");
        }
    }
}
