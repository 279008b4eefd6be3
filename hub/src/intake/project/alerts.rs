//! Flag → alerts, with what a reasonable adjustment is to be (the note and the details of the national flag). Flags about CPR, advance
//! decisions and powers of attorney go to the end of life.
//!
//! Not here: flags of female genital mutilation and child protection, which never leave the hub (`withheld`).

use super::Reading;
use super::plans::is_end_of_life;
use super::words::{self, concept, line, period_of};
use record::section::Section;
use record::summary::{Detail, Fact, Standing};

pub(super) fn flag(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let (code, category) = (json.get("code"), json.get("category"));
    let title = if concept(code).is_some() { code } else { category.items().first().unwrap_or(category) };
    let mut item = r.start(title, "Alert");
    item.standing = r.standing(json.str("status"), &[], &["inactive"]);
    (item.when, item.until) = period_of(json.get("period"));
    if item.standing == Standing::Current && r.is_over(item.until.as_ref()) {
        line(&mut item.lines, "Review", Some("its end or review date has passed".to_owned()));
    }
    item.author = r.author(&["author"]);
    line(&mut item.lines, "Category", words::concepts(category).filter(|c| *c != item.title));
    // `Extension-FlagNotes` is an Annotation: the adjustment itself, in words (national Patient Flag guide).
    for note in json.extensions("FlagNotes").filter_map(|e| e.choice("value")) {
        line(&mut item.lines, "Note", note.1.owned("text").or_else(|| note.1.text().map(str::to_owned)));
    }
    let details = json.list("extension").iter().filter(|e| e.str("url").is_some_and(is_detail));
    let details = details.filter_map(|e| e.choice("value")).filter_map(|(kind, v)| match kind {
        "Reference" => r.named(v),
        kind => words::value(kind, v).map(|(said, _)| said),
    });
    line(&mut item.lines, "Detail", words::joined(details, "; "));
    let priority = json.list("extension").iter().find(|e| e.str("url").is_some_and(|u| u.ends_with("flag-priority")));
    item.detail = Detail::Alert {
        category: words::concepts(category),
        priority: priority.and_then(|e| e.choice("value")).and_then(|(_, v)| concept(v)),
    };
    let end = is_end_of_life(code, "") || is_end_of_life(category, "");
    facts.push(r.item(if end { Section::EndOfLife } else { Section::Alerts }, None, item));
}

/// The base extension is `flag-detail`; feeds write `FlagDetail` too.
fn is_detail(url: &str) -> bool {
    url.ends_with("flag-detail") || url.ends_with("FlagDetail")
}
