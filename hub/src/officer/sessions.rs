//! Sessions of the desk itself: who is signed in, who was, and ending one.

use super::layout::{self, tag};
use super::words;
use super::{Fields, ROWS, Reply, Visit, end};
use crate::audit::names::Names;
use crate::store::officers::{self, End};
use maud::{Markup, html};
use rusqlite::Transaction;

pub(super) fn list(tx: &Transaction<'_>, here: &Visit<'_>, query: &Fields) -> rusqlite::Result<Reply> {
    let before = query.get("from").and_then(|text| text.parse().ok()).filter(|n| i64::try_from(*n).is_ok());
    let found = officers::sessions(tx, before.unwrap_or(i64::MAX as u64), ROWS + 1)?;
    let (shown, more) = found.split_at(found.len().min(ROWS as usize));
    let names = Names::load(tx)?;
    let rows: Vec<Vec<Markup>> = shown
        .iter()
        .map(|session| {
            let mine = session.id == here.session.id;
            vec![
                html! { (words::staff(&names, session.staff.as_str())) },
                html! { (session.began.display()) },
                html! { (session.seen.display()) },
                html! {
                    @match &session.ended {
                        Some((at, how)) => { (how.label()) ", " (at.display()) }
                        None if mine => { (tag("green", "This session")) }
                        None => {
                            (tag("blue", "Signed in")) " "
                            form method="post" action="/sessions" {
                                (layout::token(&here.token))
                                input type="hidden" name="session" value=(session.id);
                                button class="o-link" type="submit" {
                                    "End it" span class="nhsuk-u-visually-hidden" { ": session " (session.id) }
                                }
                            }
                        }
                    }
                },
            ]
        })
        .collect();
    let onward = more.first().and(shown.last()).map(|last| format!("/sessions?from={}", last.id));
    let body = html! {
        h1 class="nhsuk-heading-l" { "Sessions of the hub's pages" }
        p { "Of this desk and of the ward's pages. A session ends after 10 minutes without use, and after 8 hours. Each sign-in, wrong try and sign-out is in the audit." }
        (layout::table("The newest first", &["Who", "Signed in", "Last used", "State"], &rows))
        (layout::onward(onward, "Earlier sessions"))
    };
    Ok(Reply::Page(layout::page(here, "/sessions", "Sessions", &[], body)))
}

pub(super) fn close(tx: &Transaction<'_>, here: &Visit<'_>, fields: &Fields) -> rusqlite::Result<Reply> {
    let id: Option<u64> = fields.get("session").and_then(|text| text.parse().ok());
    if let Some(session) = officers::all_live(tx)?.iter().find(|session| Some(session.id) == id) {
        end(tx, session, End::Closed, here.now)?;
    }
    Ok(Reply::To("/sessions".to_owned()))
}
