//! Flag → alerts. FGM and child-protection flags are role-restricted and never carried on devices (records.md, flags): only a note
//! that something is withheld remains. Flags about CPR, advance decisions and powers of attorney go to the end of life.

use super::Reading;
use super::plans::is_end_of_life;
use super::words::{self, concept, line, period_of};
use record::section::Section;
use record::summary::{Detail, Fact, Standing};

const RESTRICTED: [&str; 4] = [
    "902961000000107",
    "female-genital-mutilation-flag",
    "child-protection-information-system-flag",
    "1326851000000105",
];
const RESTRICTED_WORDS: [&str; 4] = ["genital mutilation", "child protection", "cp-is", "looked after child"];

pub(super) fn flag(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let (code, category) = (json.get("code"), json.get("category"));
    let words = format!("{} {}", concept(code).unwrap_or_default(), words::concepts(category).unwrap_or_default());
    let words = words.to_lowercase();
    let profile = json.at(&["meta", "profile"]).items().iter().filter_map(|p| p.text());
    let by_profile =
        profile.map(str::to_lowercase).any(|p| p.contains("fgm") || p.contains("cpis") || p.contains("cp-is"));
    let restricted = by_profile
        || words::has_code(code, &RESTRICTED)
        || words::has_code(category, &RESTRICTED)
        || RESTRICTED_WORDS.iter().any(|w| words.contains(w));
    if restricted {
        return facts.push(r.withheld(Section::Alerts));
    }
    let title = if concept(code).is_some() { code } else { category.items().first().unwrap_or(category) };
    let mut item = r.start(title, "Alert");
    item.standing = r.standing(json.str("status"), &[], &["inactive"]);
    (item.when, item.until) = period_of(json.get("period"));
    if item.standing == Standing::Current && r.is_over(item.until.as_ref()) {
        line(&mut item.lines, "Review", Some("its end or review date has passed".to_owned()));
    }
    item.author = r.author(&["author"]);
    line(&mut item.lines, "Category", words::concepts(category).filter(|c| *c != item.title));
    let detail = json.extension("FlagDetail");
    line(&mut item.lines, "Detail", r.named(detail));
    let priority = json.list("extension").iter().find(|e| e.str("url").is_some_and(|u| u.ends_with("flag-priority")));
    item.detail = Detail::Alert {
        category: words::concepts(category),
        priority: priority.and_then(|e| e.choice("value")).and_then(|(_, v)| concept(v)),
    };
    let end = is_end_of_life(code, "") || is_end_of_life(category, "");
    facts.push(r.item(if end { Section::EndOfLife } else { Section::Alerts }, None, item));
}
