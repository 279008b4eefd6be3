//! The first page: what needs attention now, and the state of the log. Counts and places, nobody's name.

use super::layout::{self, tag};
use super::{Fields, Reply, Visit, health};
use crate::store::alerts::{self, Kind};
use crate::store::{alarms, looks, officers};
use jiff::SignedDuration;
use maud::{Markup, html};
use rusqlite::Transaction;

/// Refusals are counted over so long.
const LATELY: SignedDuration = SignedDuration::from_hours(24);
/// A device in use that was not heard from for so long may be lost (the consent check on it is too old by then), and a session that did not
/// end is missing its tail: the sign-out itself travels with the next sign-in, so less would raise alarms about days off.
pub(super) const LOST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many refusals of one person in a day are worth a look.
const OFTEN: u32 = 5;
/// Alarms named on this page; all stand on the log's.
const NAMED: usize = 10;

fn earlier(here: &Visit<'_>, by: SignedDuration) -> record::Stamp {
    here.now.plus(-by)
}

pub(super) fn page(tx: &Transaction<'_>, here: &Visit<'_>, _: &Fields) -> rusqlite::Result<Reply> {
    alarms::raise_missing_tails(tx, earlier(here, LOST), here.now)?;
    let open = alerts::open_counts(tx)?;
    let waiting = alarms::list(tx, false)?;
    let refused = looks::refused_often(tx, earlier(here, LATELY), OFTEN)?;
    let silent = officers::silent(tx, earlier(here, LOST))?;
    let count = |kind| open.iter().find(|(k, _)| *k == kind).map_or(0, |(_, n)| *n);
    // Every kind there is: what has no row here would wait unseen.
    let rows: [(&str, u64, &str); 11] = [
        ("Break-glass to review", count(Kind::BreakGlass), "/alerts"),
        ("Break-glass beyond the emergency view", count(Kind::GlassWidened), "/alerts"),
        ("Many overrides in one shift", count(Kind::ManyOverrides), "/alerts"),
        ("Relationships claimed", count(Kind::SelfClaimed), "/alerts"),
        ("Self-claimed relationships to review", count(Kind::SelfClaimedAccess), "/alerts"),
        ("Choices that disagree", count(Kind::Conflict), "/alerts"),
        ("Consents from feeds that were unclear", count(Kind::ConsentUnclear), "/alerts"),
        ("Licences lengthened, one side only", count(Kind::OneSidedExtension), "/alerts"),
        ("Partner systems: wrong or ended credentials", count(Kind::PartnerCredential), "/alerts"),
        ("Audit alarms", waiting.len() as u64, "/log#alarms"),
        ("Devices not heard from for 7 days", silent, "/devices"),
    ];
    here.viewed(tx, waiting.len() + refused.len())?;
    let body = html! {
        h1 class="nhsuk-heading-l" { "What needs attention" }
        ul class="o-tasks" {
            @for (words, n, address) in rows {
                li { a href=(address) { (words) } " " (number(n)) }
            }
        }
        @if !waiting.is_empty() {
            h2 class="nhsuk-heading-m" { "Audit alarms" }
            ul class="nhsuk-list o-alarms" {
                @for alarm in waiting.iter().take(NAMED) {
                    li {
                        (tag("red", &alarm.kind)) " "
                        strong { (alarm.place) } ", epoch " (alarm.epoch) ", entry " (alarm.seq) ". "
                        (alarm.meaning())
                    }
                }
            }
            @if waiting.len() > NAMED { p { a href="/log#alarms" { "All " (waiting.len()) " alarms" } } }
        }
        @if !refused.is_empty() {
            h2 class="nhsuk-heading-m" { "Refused often in the last 24 hours" }
            ul class="nhsuk-list" {
                @for (staff, n) in &refused {
                    li { a href={ "/looks/staff?outcome=not-shown&staff=" (staff) } { "Staff number " (staff) } ": " (n) " times" }
                }
            }
        }
        h2 class="nhsuk-heading-m" { "The log" }
        (health::facts(tx, here)?)
        p { a href="/log" { "Verify the log" } }
    };
    Ok(Reply::Page(layout::page(here, "/", "Home", &[], body)))
}

fn number(n: u64) -> Markup {
    if n == 0 { tag("grey", "None") } else { tag("red", &n.to_string()) }
}
