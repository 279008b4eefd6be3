//! What its source keeps back, and what may not be on a device whoever asks: security labels, female genital mutilation and child
//! protection. Such a resource leaves only a note that something is withheld, and nothing that refers to it may name it.
//!
//! Not here: a person's own choice (`record::consent`), nor which sources may be cached (`crate::cached`).

use super::json::Json;
use crate::fhir_consent::read::WITHHELD;

/// Codes of female genital mutilation and of child protection (records.md, flags: role-restricted, not cached on devices). The plan's
/// code is that of the national programme's own example.
const NOT_ON_DEVICES: [&str; 5] = [
    "902961000000107",
    "female-genital-mutilation-flag",
    "child-protection-information-system-flag",
    "1326851000000105",
    "342191000000101",
];
const NOT_ON_DEVICES_WORDS: [&str; 6] = [
    "genital mutilation",
    "child protection",
    "child on protection",
    "child-protection",
    "cp-is",
    "looked after child",
];

/// Elements whose text is what somebody wrote at length: a word in passing there does not make an entry one about child protection.
const AT_LENGTH: [&str; 6] = ["note", "div", "contained", "payload", "data", "conclusion"];

/// Whether nothing of the resource but a note may be shown. Who somebody is is never withheld: a label on a Patient protects where they
/// are (PDS S-flag).
pub fn is_withheld(json: &Json<'_>) -> bool {
    json.str("resourceType") != Some("Patient") && (is_labelled(json) || is_not_for_devices(json))
}

/// Whether its source labels it.
pub fn is_labelled(json: &Json<'_>) -> bool {
    json.get("meta").list("security").iter().any(|l| l.str("code").is_some_and(|c| WITHHELD.contains(&c)))
}

fn is_not_for_devices(json: &Json<'_>) -> bool {
    let profiles = json.at(&["meta", "profile"]).items().iter().filter_map(|p| p.text());
    let by_profile = |profile: &str| {
        let profile = profile.to_lowercase();
        ["fgm", "cpis", "cp-is"].iter().any(|name| profile.contains(name))
    };
    profiles.into_iter().any(by_profile) || says_so(json)
}

/// Any code, display, title or name in it, however deep: a plan says it by its category, a team by its name, a visit by its reason.
fn says_so(json: &Json<'_>) -> bool {
    let telling = |name: &str, text: &str| match name {
        "code" => NOT_ON_DEVICES.contains(&text),
        "text" | "display" | "title" | "name" | "description" => {
            let text = text.to_lowercase();
            NOT_ON_DEVICES_WORDS.iter().any(|word| text.contains(word))
                || text.split(|c: char| !c.is_alphanumeric()).any(|w| w == "fgm")
        }
        _ => false,
    };
    json.members().iter().filter(|(name, _)| !AT_LENGTH.contains(&name.as_ref())).any(|(name, value)| match value {
        Json::Text(text) => telling(name, text),
        Json::List(items) => items.iter().any(says_so),
        value => says_so(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, withheld: bool) {
        assert_eq!(Json::parse(json).map(|j| is_withheld(&j)), Some(withheld), "{json}");
    }

    #[test]
    fn labels_words_and_codes_of_any_kind_of_resource() {
        for label in ["R", "V", "ETH", "ETHUD", "OPIOIDUD", "PSY", "SDV", "HIV", "MH", "BH", "GDIS", "SEXUAL"] {
            check(&format!(r#"{{"resourceType":"Condition","meta":{{"security":[{{"code":"{label}"}}]}}}}"#), true);
        }
        check(r#"{"resourceType":"Condition","meta":{"security":[{"code":"N"},{"code":"U"}]}}"#, false);
        check(r#"{"resourceType":"Patient","meta":{"security":[{"code":"R"}]}}"#, false);
        for said in [
            r#""category":[{"coding":[{"code":"342191000000101"}]}]"#,
            r#""name":"Child Protection team""#,
            r#""code":{"coding":[{"code":"902961000000107"}]}"#,
            r#""reasonCode":[{"text":"Family history of FGM"}]"#,
            r#""meta":{"profile":["https://fhir.nhs.uk/England/StructureDefinition/England-Flag-CPIS"]}"#,
        ] {
            check(&format!(r#"{{"resourceType":"CareTeam",{said}}}"#), true);
        }
        check(
            r#"{"resourceType":"CareTeam","name":"Wound care","note":[{"text":"child protection training done"}]}"#,
            false,
        );
    }
}
