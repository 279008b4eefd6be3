//! Dosage instructions as they are told: a table of what sources send and what stands on the line. Nothing here shows a dose that its
//! source did not give with that time, and no range loses its upper end.

use super::super::json::Json;
use super::{Dosages, read};

/// Dose, route, frequency and instruction, the parts that are there.
#[track_caller]
fn check(dosages: &str, dose: Option<&str>, frequency: Option<&str>, instruction: Option<&str>) {
    let json = Json::parse(dosages).unwrap();
    let Dosages { dose: d, frequency: f, instruction: i, .. } = read(json.items());
    assert_eq!((d.as_deref(), f.as_deref(), i.as_deref()), (dose, frequency, instruction), "{dosages}");
}

#[test]
fn one_instruction_told_whole() {
    check(
        r#"[{"timing":{"repeat":{"frequency":1,"period":4,"periodMax":6,"periodUnit":"h"}},"asNeededBoolean":true,
            "doseAndRate":[{"doseQuantity":{"value":2,"unit":"tablet"}}],
            "maxDosePerPeriod":{"numerator":{"value":8,"unit":"tablet"},"denominator":{"value":24,"unit":"h"}}}]"#,
        Some("2 tablet"),
        Some("once every 4 to 6 hours, as needed, no more than 8 tablet / 24 h"),
        None,
    );
    check(
        r#"[{"doseAndRate":[{"doseQuantity":{"value":20,"unit":"mg"},
            "rateRatio":{"numerator":{"value":20,"unit":"mg"},"denominator":{"value":24,"unit":"h"}}}]}]"#,
        Some("20 mg at 20 mg / 24 h"),
        None,
        None,
    );
    check(
        r#"[{"doseAndRate":[{"doseQuantity":{"value":100,"code":"ug"}}],"site":{"text":"Left arm"},"method":{"text":"Inject"},
            "timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d","count":5,
            "boundsPeriod":{"start":"2026-01-01","end":"2026-01-05"}}}}]"#,
        Some("100 ug"),
        Some("once a day, 01-Jan-2026 to 05-Jan-2026, 5 times in all, site Left arm, method Inject"),
        None,
    );
    check(
        r#"[{"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"ml"},"high":{"value":2,"unit":"ml"}}}],
            "timing":{"repeat":{"when":["ACM","HS"],"dayOfWeek":["mon"],"boundsDuration":{"value":7,"unit":"days"}}}}]"#,
        Some("1 ml to 2 ml"),
        Some("before breakfast, before sleep, Monday, for 7 days"),
        None,
    );
    check(
        r#"[{"doseAndRate":[{"doseQuantity":{"value":1,"unit":"mg"}}],"timing":{"event":["2026-12-01","2027-03-01"]}}]"#,
        Some("1 mg"),
        Some("on 01-Dec-2026 and 01-Mar-2027"),
        None,
    );
    check(
        r#"[{"text":"15 mg weekly","patientInstruction":"TAKE ONCE A WEEK ON MONDAY ONLY"}]"#,
        None,
        None,
        Some("15 mg weekly. TAKE ONCE A WEEK ON MONDAY ONLY"),
    );
}

#[test]
fn several_instructions_are_never_made_one() {
    check(
        r#"[{"sequence":1,"timing":{"repeat":{"when":["ACM"]}},"doseAndRate":[{"doseQuantity":{"value":10,"unit":"unit"}}]},
            {"sequence":1,"timing":{"repeat":{"when":["ACD"]}},"doseAndRate":[{"doseQuantity":{"value":8,"unit":"unit"}}]},
            {"sequence":1,"timing":{"repeat":{"when":["ACV"]}},"doseAndRate":[{"doseQuantity":{"value":10,"unit":"unit"}}]}]"#,
        None,
        None,
        Some("Step 1: 10 unit, before breakfast\nStep 1: 8 unit, before lunch\nStep 1: 10 unit, before dinner"),
    );
    let daily = |mg: u8| {
        format!(
            r#"{{"timing":{{"repeat":{{"frequency":1,"period":1,"periodUnit":"d"}}}},"doseAndRate":[{{"doseQuantity":{{"value":{mg},"unit":"mg"}}}}]}}"#
        )
    };
    check(
        &format!("[{},{},{}]", daily(40), daily(20), daily(40)),
        None,
        None,
        Some("(1): 40 mg, once a day\n(2): 20 mg, once a day\n(3): 40 mg, once a day"),
    );
}

#[test]
fn what_cannot_be_told_exactly_is_no_dose() {
    check(
        r#"[{"doseAndRate":[{"type":{"text":"ordered"},"doseQuantity":{"value":10,"unit":"mg"}},
            {"type":{"text":"calculated"},"doseQuantity":{"value":12,"unit":"mg"}}]}]"#,
        None,
        None,
        Some("10 mg; 12 mg (calculated). see the source for the rest of this instruction"),
    );
    check(
        r#"[{"text":"As told","doseAndRate":[{"doseQuantity":{"value":1,"unit":"mg"}}],"doseNew":{"value":3}}]"#,
        None,
        None,
        Some("As told. 1 mg. see the source for the rest of this instruction"),
    );
    check(
        r#"[{"doseAndRate":[{"doseQuantity":{"unit":"mg"}}]}]"#,
        None,
        None,
        Some("see the source for the rest of this instruction"),
    );
    check("[]", None, None, None);
}
