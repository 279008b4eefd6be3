//! Bags for this hospital: on their way, here, and on the way back. What a line says of why somebody comes stands there only where a look
//! would be permitted; that it was read in the list is an entry about the person, once in a session for each version.

use super::page::{released_line, who_has_it};
use super::{Fields, Reply, Visit, layout, look, why};
use crate::bags::arrivals;
use crate::door::{self, Asking, Deed};
use crate::store::prealerts::{self, Ended, PreAlert, Standing};
use crate::store::{Store, StoreFault, audit, officers, people, trust};
use maud::{Markup, html};
use record::audit::{BagAct, BagDeed, Event};
use record::bag::{Bag, BagSection, Critical, State};
use record::consent::{Carriage, Outcome, Pack, Purpose, Relationship, Rule};
use record::patient::age;
use rusqlite::Transaction;
use std::sync::PoisonError;

/// How much of somebody a line may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// They said that nobody may see: not even a name.
    Nothing,
    /// As a list of people does.
    Name,
    /// And why they come, permitted for this purpose by this rule.
    Why(Purpose, Rule),
}

struct Line {
    bag: Bag,
    says: Says,
    /// The announcement of what was released last, to this hospital.
    alert: Option<Standing>,
}

/// Bags on one page of the list.
const A_PAGE: usize = 50;

/// What a page of the list shows, and how many bags there are.
struct Listed {
    lines: Vec<Line>,
    /// Of each part, on all pages.
    counts: [usize; PARTS.len()],
    page: usize,
    pages: usize,
}

pub(super) fn page(store: &mut Store, here: &Visit<'_>, query: &Fields) -> Result<Reply, StoreFault> {
    let Some(pack) = look::pack(store)? else { return Err(StoreFault::Unknown { what: "sharing policy" }) };
    let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let listed = store.write(|tx| listed(tx, here, &pack, page))?;
    Ok(Reply::Page(shown(here, &listed)))
}

fn is_in(bag: &Bag, states: &[State]) -> bool {
    bag.custody.holdings().iter().any(|holding| states.contains(&holding.state))
}

/// Everything that concerns this hospital, counted; of one page the lines and their entries, in one transaction.
fn listed(tx: &Transaction<'_>, here: &Visit<'_>, pack: &Pack, page: usize) -> rusqlite::Result<Listed> {
    let mut bags = arrivals::of(tx, &here.office.at_rest, &here.actor.organisation)?;
    let counts = PARTS.map(|(_, states)| bags.iter().filter(|bag| is_in(bag, states)).count());
    // Stable: within a part the newest movement stays first.
    bags.sort_by_key(|bag| PARTS.iter().position(|(_, states)| is_in(bag, states)));
    let pages = bags.len().div_ceil(A_PAGE).max(1);
    let page = page.clamp(1, pages);
    let these = bags.into_iter().skip((page - 1) * A_PAGE).take(A_PAGE);
    Ok(Listed { lines: lines(tx, here, pack, these)?, counts, page, pages })
}

fn lines(
    tx: &Transaction<'_>,
    here: &Visit<'_>,
    pack: &Pack,
    bags: impl Iterator<Item = Bag>,
) -> rusqlite::Result<Vec<Line>> {
    let live: Vec<u64> = officers::all_live(tx)?.iter().map(|session| session.id).collect();
    here.office.remembered.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _), _| live.contains(id));
    let mut lines = Vec::new();
    for bag in bags {
        let says = says(tx, here, pack, &bag)?;
        let thing = bag.id.to_string();
        let version = bag.released().map_or(0, |(_, contents)| contents.version);
        if let Says::Why(purpose, rule) = says
            && here.remembered(&thing).listed != Some(version)
        {
            let (subject, bag) = (bag.header.person, bag.id);
            let (deed, outcome) = (BagDeed::Listed, Outcome::Permit);
            audit::act_of(
                tx,
                &here.actor,
                Event::Bag(BagAct { subject, purpose, bag, deed, outcome, rule }),
                here.now,
            )?;
            here.remember(&thing, |said| said.listed = Some(version));
        }
        let release = bag.released().map(|(note, _)| note.id);
        let ours = |a: &&PreAlert| a.to.ods == here.actor.organisation.ods && Some(a.note) == release;
        let alert = prealerts::of(tx, bag.id)?.iter().find(ours).map(|alert| alert.standing);
        lines.push(Line { bag, says, alert });
    }
    here.did(tx, Event::Listed { shown: lines.len() as u64, searched: false })?;
    Ok(lines)
}

fn says(tx: &Transaction<'_>, here: &Visit<'_>, pack: &Pack, bag: &Bag) -> rusqlite::Result<Says> {
    let (person, now) = (bag.header.person, here.now);
    // Where the programme asks for a reason first, there is none before the bag is opened.
    if let Some((purpose, glass)) = why::standing(here, pack, bag.id) {
        let asking = look::asking(&here.actor, person, purpose, Deed::Bag(BagDeed::Listed, bag.id));
        if let Some(rule) = door::would(tx, pack, &Asking { break_glass: glass, ..asking }, now)? {
            return Ok(Says::Why(purpose, rule));
        }
    }
    let Some(row) = people::person_row(tx, person)? else { return Ok(Says::Nothing) };
    let never = trust::choice(tx, row)?.1.carriage(Relationship::Established, now) == Carriage::Never;
    Ok(if never { Says::Nothing } else { Says::Name })
}

/// The parts of the page: words, and the states in them.
const PARTS: [(&str, &[State]); 4] = [
    ("On their way", &[State::Released, State::Accepted]),
    ("In the emergency department", &[State::Received]),
    ("On a ward", &[State::InHospital]),
    ("Packed to go back, lost, or after a death", &[State::Returning, State::BagMissing, State::Died]),
];

fn shown(here: &Visit<'_>, listed: &Listed) -> Markup {
    let Listed { lines, counts, page, pages } = listed;
    let to = |page: usize| format!("/?page={page}");
    let body = html! {
        h1 class="nhsuk-heading-l" { "Bags for " (here.actor.organisation.name) }
        p { "As it was at " strong { (here.now.display_time()) } ". " a href="/" { "Look again" } }
        @if *pages > 1 { p { strong { "Page " (page) " of " (pages) } ". The numbers are of all pages." } }
        @for ((words, states), count) in PARTS.iter().zip(counts) {
            @let these: Vec<&Line> = lines.iter().filter(|line| is_in(&line.bag, states)).collect();
            @if *count > 0 || states.contains(&State::Released) {
                h2 class="nhsuk-heading-m" { (words) " (" (count) ")" }
            }
            @if *count == 0 && states.contains(&State::Released) { p { "No bag is on its way here that the hub knows of." } }
            @if !these.is_empty() {
                ul class="w-bags" { @for line in these { li { (card(here, line)) } } }
            }
        }
        @if *page > 1 { p class="o-onward" { a rel="prev" href=(to(page - 1)) { "Bags before these" } } }
        (layout::onward((page < pages).then(|| to(page + 1)), "More bags"))
    };
    layout::page(here, "/", "Bags", &[], body)
}

fn card(here: &Visit<'_>, line: &Line) -> Markup {
    let Line { bag, says, alert } = line;
    let header = &bag.header;
    let years = header.born.as_ref().map(|born| age(born, here.now.london_date())).unwrap_or_default();
    let contents = bag.released().map(|(_, contents)| contents).filter(|_| matches!(says, Says::Why(..)));
    let reason = contents.and_then(|contents| contents.under(BagSection::Transfer, "reason"));
    html! {
        h3 class="nhsuk-heading-s w-name" {
            a href={ "/bags/" (bag.id) } {
                @match says {
                    Says::Nothing => "Name not shown",
                    _ => { (header.banner) @if !years.is_empty() { ", " (years) } },
                }
            }
        }
        @if *says != Says::Nothing { (released_line(bag)) }
        (layout::facts(&[
            ("Why they come", html! {
                @match (says, reason) {
                    (Says::Nothing, _) => "Not shown: the person has said that no one may see their record",
                    (Says::Name, _) => "Not shown here. Open the bag to see why, and what may be done",
                    (Says::Why(..), Some(reason)) => (reason),
                    (Says::Why(..), None) => "Not said",
                }
            }),
            ("NEWS2", html! {
                @let news2 = contents.map(|contents| Critical::of(contents).news2).unwrap_or_default();
                @if news2.is_empty() { "Not known" } @else { (news2) }
            }),
            ("Who has them", who_has_it(bag)),
            ("Pre-alert", html! {
                @match alert.filter(|_| *says != Says::Nothing) {
                    Some(standing) => { (announced(standing)) @if let Some(at) = standing.at() { " " (at.display_time()) } },
                    None => "None to your hospital's systems",
                }
            }),
            ("From", html! { (header.home.name) @if !header.tracker.is_empty() { ". Bag " (header.tracker) } }),
        ]))
    }
}

/// What became of the announcement to this hospital's own systems; no more than the hub knows.
const fn announced(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting { .. } => "Not written yet. This list does not wait for it",
        Standing::Written(_) => "Written for your hospital's systems, not picked up yet. Written",
        Standing::Gone(_) => {
            "Picked up by your hospital's systems. Whether anybody there saw it is not known here. Seen gone"
        }
        Standing::Ended(Ended::Choice) => "Not sent: the person's choice does not allow it",
        Standing::Ended(Ended::Overtaken | Ended::Over) => "Not sent: it was overtaken",
    }
}
