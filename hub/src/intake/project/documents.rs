//! DocumentReference, Composition, DocumentManifest and Binary → documents; a plan for the end of life among them goes there.

use super::plans::is_end_of_life;
use super::words::{self, concept, joined, line, when};
use super::{Json, Reading};
use data_encoding::BASE64;
use record::section::Section;
use record::summary::{Detail, Document, Fact, Standing};

pub(super) fn document(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let attachment = json.at(&["content", "attachment"]);
    let otherwise = json.owned("title").or_else(|| attachment.owned("title")).or_else(|| json.owned("description"));
    let otherwise = otherwise.unwrap_or_else(|| words::spaced(r.resource.kind));
    let mut item = r.start(json.get("type"), &otherwise);
    item.standing = match json.str("docStatus") {
        Some("entered-in-error") => Standing::InError,
        _ => r.standing(json.str("status"), &[], &["superseded", "retracted"]),
    };
    let recorded = when(json.get("date")).or_else(|| when(json.get("created")));
    let period = words::period_of(json.at(&["context", "period"]));
    item.when = recorded.clone().or_else(|| when(attachment.get("creation"))).or(period.0);
    item.author = joined(json.list("author").iter().filter_map(|a| r.named(a)), ", ");
    for title in [json.owned("title"), attachment.owned("title"), json.owned("description")] {
        line(&mut item.lines, "Title", title.filter(|t| *t != item.title));
    }
    line(&mut item.lines, "Status of the text", json.owned("docStatus").filter(|s| s != "final"));
    line(&mut item.lines, "Category", words::concepts(json.get("category")));
    line(&mut item.lines, "Kept by", r.named(json.get("custodian")));
    line(&mut item.lines, "Event", words::concepts(json.at(&["context", "event"])));
    line(&mut item.lines, "Setting", concept(json.at(&["context", "practiceSetting"])));
    for section in json.list("section") {
        sections(&mut item.lines, section, 0);
    }
    for (n, content) in json.list("content").iter().enumerate() {
        let attachment = content.get("attachment");
        line(&mut item.lines, "Text", plain_text(attachment));
        if n > 0 || is_html(attachment) {
            attached(&mut item.lines, attachment);
        }
        line(&mut item.lines, "Address", attachment.owned("url"));
    }
    let composition = r.resource.kind == "Composition";
    let data = if r.resource.kind == "Binary" { json.get("data") } else { attachment.get("data") };
    let decoded =
        data.text().map(|d| d.len() as u64 / 4 * 3 - d.bytes().rev().take_while(|b| *b == b'=').count() as u64);
    item.detail = Detail::Document(Document {
        mime: attachment.owned("contentType").or_else(|| json.owned("contentType")),
        size: attachment.str("size").and_then(|s| s.parse().ok()).or(decoded),
        carried: decoded.is_some() || composition,
    });
    let plan = is_end_of_life(json.get("type"), &item.title) || is_end_of_life(json.get("category"), "");
    facts.push(r.item(if plan { Section::EndOfLife } else { Section::Documents }, recorded, item));
}

/// The headings of a composition with their narrative, as lines.
fn sections(lines: &mut Vec<record::summary::Line>, json: &Json<'_>, depth: u8) {
    let title = json.owned("title").or_else(|| concept(json.get("code"))).unwrap_or_else(|| "Section".to_owned());
    let said = words::narrative(json).or_else(|| concept(json.get("emptyReason")));
    line(lines, &title, said);
    if depth < 8 {
        json.list("section").iter().for_each(|inner| sections(lines, inner, depth + 1));
    }
}

/// The text of an attachment that is text and comes with the resource; of HTML its words.
pub(super) fn plain_text(attachment: &Json<'_>) -> Option<String> {
    let mime = attachment.str("contentType").unwrap_or_default();
    let html = is_html(attachment);
    (mime.starts_with("text/plain") || html).then_some(())?;
    let data: String = attachment.str("data")?.split_whitespace().collect();
    let text = String::from_utf8(BASE64.decode(data.as_bytes()).ok()?).ok()?;
    if html { words::without_markup(&text) } else { Some(text).filter(|t| !t.trim().is_empty()) }
}

fn is_html(attachment: &Json<'_>) -> bool {
    attachment.str("contentType").is_some_and(|mime| mime.starts_with("text/html") || mime.contains("xhtml"))
}

/// That there is an attachment, by its title and kind: what cannot be shown here is at least known of.
pub(super) fn attached(lines: &mut Vec<record::summary::Line>, attachment: &Json<'_>) {
    let kind = attachment.owned("contentType");
    let read = match (plain_text(attachment).is_some(), is_html(attachment)) {
        (true, true) => Some("its words are shown, its layout is not".to_owned()),
        (true, false) => None,
        _ => Some("not shown here: ask its source".to_owned()),
    };
    let said = attachment.owned("title").into_iter().chain(kind);
    line(lines, "Attachment", joined(said.chain(read), ", "));
}
