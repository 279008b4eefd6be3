//! Every way in which content leaves a vault, or work is done in it, as a shift of small deeds: what the faults kill, cut and fail in the middle of. Each
//! says the entry that it left with, so that content without an entry is noticed. Not what a nurse's day looks like: that is the stories.

use crate::photos::{jpeg, wound};
use crate::small;
use record::bag::{BagSection, ItemId};
use record::consent::{Choice, Condition, OverrideReason, Purpose, Recorded};
use record::people::Setting;
use record::plan::{Edit, Heads, Kind, NodeId, Place};
use record::summary::Source;
use record::visit::{Body, Photo, PhotoId};
use record::{PersonId, Sections, SourceId, Stamp};
use sync::letter::Letter;
use vault::{
    Answer, BagAsked, BagWritten, BreakGlassTerms, ChartAsked, Doing, PlanAsked, Vault, VaultFault, VisitAsked,
};

/// How many deeds there are; after the last the first comes again.
pub const KINDS: u64 = 13;
/// Whose record lies open, and whose is sealed.
const OPEN: u8 = 1;
const SEALED: u8 = 2;

/// Who is on the caseload: one whose record lies open, and one who said "only in an emergency", of whom the user's own organisation wrote something.
pub fn people() -> [Letter; 3] {
    let sealed = Recorded { choice: Choice::N1, ..Recorded::nothing() };
    let organisation = small::organisation();
    let as_at = Stamp::from_millis(small::NOW);
    let own = Source { id: SourceId(1), organisation, setting: Setting::Community, as_at };
    [
        Letter::Sources { version: 1, sources: vec![own] },
        small::whole(OPEN, 1, small::yes()),
        small::whole(SEALED, 1, sealed),
    ]
}

/// Work that the hub does not hold: what an outbox must have.
pub fn unsent(vault: &Vault, now: Stamp) -> Result<u64, VaultFault> {
    let standing = vault.standing(now)?;
    Ok(standing.unsent - standing.entries.saturating_sub(standing.receipted))
}

/// The entry with which this left.
fn left<T>(answer: Answer<T>) -> (T, u64) {
    let (content, admission) = answer.expect("permitted").into_parts();
    (content, admission.seq)
}

/// Does the deed of this number; gives the number of the entry that content left with.
pub fn deed(vault: &mut Vault, n: u64, now: Stamp) -> Result<u64, VaultFault> {
    let (person, purpose) = (small::person(OPEN), Purpose::Treat);
    let (on, visit) = (PlanAsked { person, purpose }, VisitAsked { person, purpose });
    let (bag, asked) = (BagAsked { person, purpose }, ChartAsked { person, purpose, wants: Sections::ALL });
    match n % KINDS {
        0 => look(vault, OPEN, purpose, now),
        1 => Ok(left(vault.whole(&asked, &format!("Condition/{OPEN}"), now)?).1),
        2 => {
            let place = Place { node: NodeId::part(Kind::About), field: "people".to_owned() };
            let seen: Heads = left(vault.plan(&on, None, now)?).0.plan.heads;
            let text = format!("As told on visit {n}");
            Ok(left(vault.edit_plan(&on, &Edit::Write { place, seen, text }, now)?).1)
        }
        3 if n < KINDS => act(vault, &visit, (Body::Started { booking: String::new() }, None), n, now),
        // The visit is on.
        3 => act(vault, &visit, (Body::Note { text: format!("Still here, {n}") }, None), n, now),
        4 => Ok(left(vault.access_notes(&visit, now)?).1),
        5 => {
            let form = format!("wound-{n}");
            let taken: Vec<Photo> = vault.keep_photo((person, &form), &jpeg(n, 2_000), now)?;
            act(vault, &visit, (wound(taken), Some(form)), n, now)
        }
        6 => {
            // The newest picture, if one was kept before something failed.
            let kept = left(vault.visits(&visit, now)?);
            let newest = kept.0.photos.first().map(|photo| photo.id);
            newest.map_or(Ok(kept.1), |id: PhotoId| Ok(left(vault.photo(&visit, id, now)?).1))
        }
        7 => match vault.start_bag(&bag, "EB-0007", now) {
            // One is open already.
            Err(VaultFault::Bag(_)) => Ok(left(vault.bag(&bag, now)?).1),
            started => Ok(left(started?).1),
        },
        8 => {
            let written = BagWritten {
                section: BagSection::Transfer,
                item: ItemId::of(BagSection::Transfer.code(), &format!("reason-{n}")),
                text: format!("Fall at night, {n}"),
                why: String::new(),
                from: None,
                as_found: false,
                seen: vec![],
            };
            Ok(left(vault.write_bag(&bag, &written, now)?).1)
        }
        9 => Ok(left(vault.bag(&bag, now)?).1),
        10 => glass(vault, now),
        11 => {
            let asked = ChartAsked { person: small::person(SEALED), ..asked };
            let (own, entry) = left(vault.own(&asked, now)?);
            let shown = own.part.sections.first().and_then(|section| section.items.iter().next());
            assert!(shown.is_some_and(|item| item.value.title == small::title(SEALED, 1)), "no wrong row is shown");
            Ok(entry)
        }
        _ => Ok(left(vault.plan(&on, None, now)?).1),
    }
}

fn look(vault: &mut Vault, n: u8, purpose: Purpose, now: Stamp) -> Result<u64, VaultFault> {
    let (content, entry) = left(small::chart(vault, n, purpose, now)?);
    assert_eq!(small::shown(&content), small::title(n, 1), "no wrong row is shown");
    Ok(entry)
}

fn act(
    vault: &mut Vault,
    asked: &VisitAsked,
    (body, draft): (Body, Option<String>),
    n: u64,
    now: Stamp,
) -> Result<u64, VaultFault> {
    let doing = Doing { visit: None, body, draft, nonce: n.to_le_bytes() };
    Ok(left(vault.act(asked, doing, now)?).1)
}

/// Breaks the glass, looks, and ends it.
fn glass(vault: &mut Vault, now: Stamp) -> Result<u64, VaultFault> {
    let person: PersonId = small::person(SEALED);
    let asked = ChartAsked { person, purpose: Purpose::EmergencyTreat, wants: Sections::ALL };
    let (reason, condition) = (OverrideReason::EmergencyAccess, Condition::Unconscious);
    let terms = BreakGlassTerms { reason, condition, text: "found collapsed at home".into(), widened: false };
    let (pin, secret) = small::pin();
    let (content, entry) = {
        vault.ready_glass(&asked, &terms, (&pin, &secret), now)?;
        left(vault.break_glass(person, [3; 32], now)?)
    };
    assert_eq!(small::shown(&content), small::title(SEALED, 1), "no wrong row is shown");
    let again = look(vault, SEALED, Purpose::EmergencyTreat, now)?;
    vault.end_glass(now)?;
    Ok(entry.max(again))
}
