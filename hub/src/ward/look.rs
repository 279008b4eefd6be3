//! Through the hub's door to one bag: whose it is, for what purpose, and the refusal where there is one. Nothing is read here but what the
//! permit opened, and nothing leaves before its entry is durable.

use super::{Reply, Visit, why};
use crate::door::{self, Admitted, Asking, Deed, DoorFault, Standing};
use crate::store::{Store, StoreFault, bags, people, trust};
use record::audit::BagDeed;
use record::bag::{Bag, BagId};
use record::consent::{Caveat, Pack, Purpose};
use record::people::Actor;
use record::{PersonId, Sections};

/// What somebody asks to do with a bag.
pub(super) fn asking(by: &Actor, person: PersonId, purpose: Purpose, deed: Deed) -> Asking {
    Asking { by: by.clone(), person, purpose, wants: Sections::ALL, break_glass: None, deed }
}

/// The bag an address names, and whose it is. The name is 16 random bytes: an address says nothing of anybody.
pub(super) fn named(store: &mut Store, which: &str) -> Result<Option<(BagId, PersonId)>, StoreFault> {
    let Ok(id) = which.parse::<BagId>() else { return Ok(None) };
    store.read(|tx| {
        let Some(row) = bags::row(tx, id)? else { return Ok(None) };
        Ok(people::person_id(tx, row.person)?.map(|person| (id, person)))
    })
}

pub(super) fn pack(store: &mut Store) -> Result<Option<Pack>, StoreFault> {
    store.read(trust::pack)
}

/// Does something with a bag if the door lets it: `Err` is the page that says why not.
pub(super) fn through<T>(
    store: &mut Store,
    here: &Visit<'_>,
    (which, deed): (&str, BagDeed),
    work: impl FnOnce(&Admitted<'_>, &Bag, &[Caveat]) -> rusqlite::Result<T>,
) -> Result<Result<T, Reply>, StoreFault> {
    let Some((id, person)) = named(store, which)? else { return Ok(Err(Reply::NotFound)) };
    let Some(pack) = pack(store)? else { return Err(StoreFault::Unknown { what: "sharing policy" }) };
    let Some((purpose, glass)) = why::standing(here, &pack, id) else {
        return Ok(Err(Reply::Page(why::ask(here, &pack, id, &[]))));
    };
    let asking = Asking { break_glass: glass, ..asking(&here.actor, person, purpose, Deed::Bag(deed, id)) };
    let answer = door::admit(store, &pack, &asking, (Standing::here(here.now), here.now), |within| {
        let Some(bag) = within.bag(id)? else { return Ok(None) };
        work(within, &bag, within.permit().caveats()).map(Some)
    });
    match answer {
        Ok(Ok(disclosure)) => Ok(disclosure.into_parts().0.ok_or(Reply::NotFound)),
        Ok(Err(refusal)) => {
            let about = (id, purpose, choice_seen(store, person)?);
            Ok(Err(Reply::Refused(why::refused(here, &pack, about, &refusal, &[]))))
        }
        Err(DoorFault::Unknown) => Ok(Err(Reply::NotFound)),
        Err(DoorFault::NoPolicy) => Err(StoreFault::Unknown { what: "sharing policy" }),
        Err(DoorFault::Store(fault)) => Err(fault),
    }
}

/// The number of the choice that a page was made by: what is then taken down was said knowing it.
pub(super) fn choice_seen(store: &mut Store, person: PersonId) -> Result<u64, StoreFault> {
    store.read(|tx| match people::person_row(tx, person)? {
        Some(row) => Ok(trust::choice(tx, row)?.0),
        None => Ok(0),
    })
}
