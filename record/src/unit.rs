//! Units of measurement in words that are safe to read (`reference/ux.md` section 2): microgram never µg, units never U, no UCUM annotation
//! in braces. The same on the screen, in a bag, on paper. It converts nothing: a value stays as its source wrote it, and so does a unit that
//! is not in the table.

/// Spellings of a unit, UCUM's and what sources write, and what is shown instead.
const SPELT: &[(&[&str], &str)] = &[
    (&["mm[Hg]", "millimeter of mercury"], "mmHg"),
    (&["Cel", "degree Celsius"], "°C"),
    (&["/min", "{beats}/min", "{Beats}/min"], "per minute"),
    (&["percent"], "%"),
    // A Greek letter that is cut or misread makes a thousandfold dose.
    (&["ug", "µg", "μg", "mcg"], "microgram"),
    (&["ug/L", "µg/L", "μg/L"], "microgram per L"),
    // "10U" reads as 100.
    (&["U", "IU", "[iU]"], "units"),
    (&["U/L", "IU/L", "[iU]/L"], "units per L"),
    (&["mU/L"], "milliunits per L"),
    (&["{score}", "{ScoreOf}", "1"], ""),
    (&["10*9/L"], "× 10⁹ per L"),
    (&["10*12/L"], "× 10¹² per L"),
    (&["10*3/uL"], "× 10³ per microlitre"),
    (&["10*6/uL"], "× 10⁶ per microlitre"),
];

/// A unit as it is shown; empty for what has none, such as a score. Only exact spellings are changed.
pub fn in_words(given: &str) -> &str {
    let given = given.trim();
    let found = SPELT.iter().find(|(spellings, _)| spellings.contains(&given));
    found.map_or(given, |(_, words)| words)
}

/// A value with its unit.
pub fn beside(value: &str, unit: Option<&str>) -> String {
    let unit = unit.map_or("", in_words);
    match unit {
        "" => value.to_owned(),
        "%" => format!("{value}%"),
        _ => format!("{value} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_are_misread_are_written_out() {
        assert_eq!(["ug", "IU", "mm[Hg]", "mmol/L"].map(in_words), ["microgram", "units", "mmHg", "mmol/L"]);
    }

    #[test]
    fn nothing_else_is_changed() {
        assert_eq!(["U/h", "ug/kg", " mg ", ""].map(in_words), ["U/h", "ug/kg", "mg", ""]);
    }

    #[test]
    fn a_spelling_stands_once() {
        let mut all: Vec<&str> = SPELT.iter().flat_map(|(spellings, _)| spellings.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_score_has_no_unit() {
        assert_eq!((beside("5", Some("{ScoreOf}")), beside("98", Some("percent"))), ("5".into(), "98%".into()));
        assert_eq!((beside("120", Some("mm[Hg]")), beside("7", None)), ("120 mmHg".into(), "7".into()));
    }
}
