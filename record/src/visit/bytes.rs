//! An act's canonical bytes, version 1. They are signed and kept for ever, so they are written by hand and frozen by
//! `tests/stories/visit_formats.rs`: kinds and codes only grow at the end.

use super::act::{Act, ActId, Body, For};
use super::dose::{Administration, NotGiven, Outcome, Part, Slot};
use super::medicine::Medicine;
use super::news2::{Scale, Unfit};
use super::photo::{Agreed, Mime, Photo, PhotoId, Photos};
use super::vitals::{Breathing, Consciousness, Observations, Taken, Vital};
use super::wound::{Bed, Category, Exudate, Infection, Margin, Side, Sort, Spot, Wound};
use crate::canon::{NotCanonical, Reader, Writer};
use crate::ids::{ChainId, PersonId};
use crate::people::Role;
use crate::plan::Author;
use crate::stamp::Stamp;

const VERSION: u8 = 1;

type Read<T> = Result<T, NotCanonical>;

pub(super) fn write(act: &Act) -> Vec<u8> {
    let to = Writer::new(VERSION)
        .bytes(act.person.as_bytes())
        .text(act.chain.as_str())
        .text(act.by.staff.as_str())
        .text(&act.by.name)
        .number(code(&Role::ALL, &act.by.role))
        .text(&act.by.title)
        .text(act.by.ods.as_str())
        .text(&act.by.organisation)
        .signed(act.at.millis())
        .number(act.clock_in_doubt.into());
    let to = maybe(to, act.visit.as_ref(), |to, id| to.bytes(id.as_bytes())).bytes(&act.nonce);
    body(to, &act.body).finish()
}

pub(super) fn read(bytes: &[u8]) -> Read<Act> {
    let from = &mut Reader::new(bytes, VERSION)?;
    let person = PersonId::from_bytes(from.array()?);
    let chain: ChainId = from.parsed()?;
    let by = Author {
        staff: from.parsed()?,
        name: owned(from)?,
        role: coded(&Role::ALL, from)?,
        title: owned(from)?,
        ods: from.parsed()?,
        organisation: owned(from)?,
    };
    let at = Stamp::from_millis(from.signed()?);
    let clock_in_doubt = flag(from)?;
    let visit = perhaps(from, id)?;
    let nonce = from.array()?;
    let body = read_body(from)?;
    let act = Act { person, chain, by, at, clock_in_doubt, visit, nonce, body };
    // One act has one encoding, so nothing may follow it, and what was read is written the same.
    if from.rest().is_empty() && write(&act) == bytes { Ok(act) } else { Err(NotCanonical) }
}

fn body(to: Writer, body: &Body) -> Writer {
    match body {
        Body::Started { booking } => to.number(1).text(booking),
        Body::Ended { start, summary } => to.number(2).bytes(start.as_bytes()).text(summary),
        Body::NotHome { booking, words } => to.number(3).text(booking).text(words),
        Body::Observed { taken, scale, unfit } => {
            let to = observed(to.number(4), taken);
            let to = match scale {
                Scale::One => to.number(1),
                Scale::Two { on } => to.number(2).bytes(on.as_bytes()),
            };
            maybe(to, unfit.as_ref(), |to, unfit| to.number(code(&Unfit::ALL, unfit)))
        }
        Body::Dose(given) => match is_longer(given) {
            false => dose(to.number(5), given),
            true => maybe(dose(to.number(17), given), given.most.as_ref(), |to, most| to.text(most)),
        },
        Body::DoseReviewed { doses, words } => ids(to.number(6), doses).text(words),
        Body::Note { text } => to.number(7).text(text),
        Body::Added { to: of, text } => to.number(8).bytes(of.as_bytes()).text(text),
        Body::Struck { of, reason } => to.number(9).bytes(of.as_bytes()).text(reason),
        Body::Wound(assessed) => match &assessed.photos {
            None => wound(to.number(10), assessed),
            Some(taken) => photos(wound(to.number(15), assessed), taken),
        },
        Body::Hypercapnic { risk, prescriber, basis, settles } => {
            // As before where it answers none; a device from before cannot read one that does.
            let to = to.number(if settles.is_empty() { 11 } else { 16 });
            let to = to.number((*risk).into()).text(prescriber).text(basis);
            if settles.is_empty() { to } else { ids(to, settles) }
        }
        Body::Task { what, who, due } => {
            maybe(to.number(12).text(what).number(code(&For::ALL, who)), due.as_ref(), |to, day| {
                to.text(&day.to_string())
            })
        }
        Body::TaskDone { task, words } => to.number(13).bytes(task.as_bytes()).text(words),
        Body::Referral { service, reason, urgent } => to.number(14).text(service).text(reason).number((*urgent).into()),
    }
}

fn read_body(from: &mut Reader<'_>) -> Read<Body> {
    Ok(match from.number()? {
        1 => Body::Started { booking: owned(from)? },
        2 => Body::Ended { start: id(from)?, summary: owned(from)? },
        3 => Body::NotHome { booking: owned(from)?, words: owned(from)? },
        4 => {
            let taken = read_observed(from)?;
            let scale = match from.number()? {
                1 => Scale::One,
                2 => Scale::Two { on: id(from)? },
                _ => return Err(NotCanonical),
            };
            Body::Observed { taken, scale, unfit: perhaps(from, |from| coded(&Unfit::ALL, from))? }
        }
        5 => Body::Dose(read_dose(from)?),
        17 => {
            let given = read_dose(from)?;
            Body::Dose(Administration { most: perhaps(from, owned)?, ..given })
        }
        6 => Body::DoseReviewed { doses: read_ids(from)?, words: owned(from)? },
        7 => Body::Note { text: owned(from)? },
        8 => Body::Added { to: id(from)?, text: owned(from)? },
        9 => Body::Struck { of: id(from)?, reason: owned(from)? },
        10 => Body::Wound(Box::new(read_wound(from)?)),
        number @ (11 | 16) => Body::Hypercapnic {
            risk: flag(from)?,
            prescriber: owned(from)?,
            basis: owned(from)?,
            settles: if number == 16 { read_ids(from)? } else { Vec::new() },
        },
        12 => {
            Body::Task { what: owned(from)?, who: coded(&For::ALL, from)?, due: perhaps(from, |from| from.parsed())? }
        }
        13 => Body::TaskDone { task: id(from)?, words: owned(from)? },
        14 => Body::Referral { service: owned(from)?, reason: owned(from)?, urgent: flag(from)? },
        15 => {
            let assessed = read_wound(from)?;
            Body::Wound(Box::new(Wound { photos: Some(read_photos(from)?), ..assessed }))
        }
        _ => return Err(NotCanonical),
    })
}

fn observed(to: Writer, taken: &Observations) -> Writer {
    let to = taken.signs.iter().fold(to.number(taken.signs.len() as u64), |to, (vital, taken)| {
        let to = to.number(code(&Vital::ALL, vital));
        match taken {
            Taken::Value(value) => to.number(0).number((*value).into()),
            Taken::Refused => to.number(1),
            Taken::Unable => to.number(2),
        }
    });
    let to = match &taken.breathing {
        None => to.number(0),
        Some(Breathing::Air) => to.number(1),
        Some(Breathing::Oxygen { flow, device }) => {
            maybe(to.number(2), flow.as_ref(), |to, flow| to.number((*flow).into())).text(device)
        }
    };
    maybe(to, taken.consciousness.as_ref(), |to, level| to.number(code(&Consciousness::ALL, level)))
}

fn read_observed(from: &mut Reader<'_>) -> Read<Observations> {
    let mut taken = Observations::default();
    for _ in 0..from.number()? {
        let vital = coded(&Vital::ALL, from)?;
        let value = match from.number()? {
            0 => Taken::Value(small(from)?),
            1 => Taken::Refused,
            2 => Taken::Unable,
            _ => return Err(NotCanonical),
        };
        if taken.signs.insert(vital, value).is_some() {
            return Err(NotCanonical);
        }
    }
    taken.breathing = match from.number()? {
        0 => None,
        1 => Some(Breathing::Air),
        2 => Some(Breathing::Oxygen { flow: perhaps(from, small)?, device: owned(from)? }),
        _ => return Err(NotCanonical),
    };
    taken.consciousness = perhaps(from, |from| coded(&Consciousness::ALL, from))?;
    Ok(taken)
}

/// What a device from before could not read: its intervals ended at 255 hours, and it knew of no most.
fn is_longer(given: &Administration) -> bool {
    given.most.is_some() || given.least_hours.is_some_and(|hours| hours > u16::from(u8::MAX))
}

fn dose(to: Writer, given: &Administration) -> Writer {
    let Medicine { order, name, codes } = &given.medicine;
    let to = to.text(order).text(name).number(codes.len() as u64);
    let to = codes.iter().fold(to, |to, code| to.text(code));
    let to = to.text(&given.slot.day.to_string()).number(code(&Part::ALL, &given.slot.part));
    let to = to.signed(given.given_at.millis());
    let to = match &given.outcome {
        Outcome::Given { dose, route, site, batch, witness } => {
            to.number(1).text(dose).text(route).text(site).text(batch).text(witness)
        }
        Outcome::NotGiven { why, words } => to.number(2).number(code(&NotGiven::ALL, why)).text(words),
    };
    let to = maybe(to, given.least_hours.as_ref(), |to, hours| to.number((*hours).into()));
    maybe(ids(to, &given.despite), given.known_at.as_ref(), |to, at| to.signed(at.millis()))
}

fn read_dose(from: &mut Reader<'_>) -> Read<Administration> {
    let (order, name) = (owned(from)?, owned(from)?);
    let mut codes = Vec::new();
    for _ in 0..from.number()? {
        codes.push(owned(from)?);
    }
    let slot = Slot { day: from.parsed()?, part: coded(&Part::ALL, from)? };
    let given_at = Stamp::from_millis(from.signed()?);
    let outcome = match from.number()? {
        1 => Outcome::Given {
            dose: owned(from)?,
            route: owned(from)?,
            site: owned(from)?,
            batch: owned(from)?,
            witness: owned(from)?,
        },
        2 => Outcome::NotGiven { why: coded(&NotGiven::ALL, from)?, words: owned(from)? },
        _ => return Err(NotCanonical),
    };
    Ok(Administration {
        medicine: Medicine { order, name, codes },
        slot,
        given_at,
        outcome,
        least_hours: perhaps(from, |from| u16::try_from(from.number()?).map_err(|_| NotCanonical))?,
        most: None,
        despite: read_ids(from)?,
        known_at: perhaps(from, |from| from.signed().map(Stamp::from_millis))?,
    })
}

fn wound(to: Writer, wound: &Wound) -> Writer {
    let to = maybe(to, wound.of.as_ref(), |to, id| to.bytes(id.as_bytes()));
    let to = to
        .number(u64::from(wound.spot.side == Side::Back))
        .number(wound.spot.x.into())
        .number(wound.spot.y.into())
        .text(&wound.site)
        .number(code(Sort::ALL, &wound.sort));
    let to = maybe(to, wound.category.as_ref(), |to, category| to.number(code(Category::ALL, category)))
        .number(wound.device_related.into())
        .number(wound.on_admission.into());
    let to = [wound.length, wound.width, wound.depth]
        .iter()
        .fold(to, |to, side| maybe(to, side.as_ref(), |to, side| to.number((*side).into())));
    let to = several(to, Bed::ALL, &wound.bed).number(code(Margin::ALL, &wound.margin)).text(&wound.surrounding);
    let to = several(to, Infection::ALL, &wound.infection).number(code(Exudate::ALL, &wound.exudate));
    maybe(to, wound.pain.as_ref(), |to, pain| to.number((*pain).into()))
        .text(&wound.treatment)
        .text(&wound.plan)
        .number(wound.healed.into())
}

fn read_wound(from: &mut Reader<'_>) -> Read<Wound> {
    Ok(Wound {
        of: perhaps(from, id)?,
        spot: Spot { side: if flag(from)? { Side::Back } else { Side::Front }, x: small(from)?, y: small(from)? },
        site: owned(from)?,
        sort: coded(Sort::ALL, from)?,
        category: perhaps(from, |from| coded(Category::ALL, from))?,
        device_related: flag(from)?,
        on_admission: flag(from)?,
        length: perhaps(from, small)?,
        width: perhaps(from, small)?,
        depth: perhaps(from, small)?,
        bed: read_several(from, Bed::ALL)?,
        margin: coded(Margin::ALL, from)?,
        surrounding: owned(from)?,
        infection: read_several(from, Infection::ALL)?,
        exudate: coded(Exudate::ALL, from)?,
        pain: perhaps(from, tiny)?,
        treatment: owned(from)?,
        plan: owned(from)?,
        healed: flag(from)?,
        photos: None,
    })
}

fn photos(to: Writer, photos: &Photos) -> Writer {
    let to = to.number(code(Agreed::ALL, &photos.agreed)).number(photos.taken.len() as u64);
    photos.taken.iter().fold(to, |to, photo| {
        to.bytes(photo.id.as_bytes()).number(photo.length.into()).number(code(&Mime::ALL, &photo.mime))
    })
}

fn read_photos(from: &mut Reader<'_>) -> Read<Photos> {
    let agreed = coded(Agreed::ALL, from)?;
    let mut taken = Vec::new();
    for _ in 0..from.number()? {
        let id = PhotoId::from_bytes(from.array()?);
        let length = u32::try_from(from.number()?).map_err(|_| NotCanonical)?;
        taken.push(Photo { id, length, mime: coded(&Mime::ALL, from)? });
    }
    Ok(Photos { agreed, taken })
}

// ---- parts --------------------------------------------------------------------------------------------------------------

fn code<T: PartialEq>(all: &[T], value: &T) -> u64 {
    all.iter().position(|v| v == value).unwrap_or(all.len()) as u64
}

fn coded<T: Copy>(all: &[T], from: &mut Reader<'_>) -> Read<T> {
    usize::try_from(from.number()?).ok().and_then(|place| all.get(place)).copied().ok_or(NotCanonical)
}

fn maybe<T>(to: Writer, value: Option<&T>, put: impl FnOnce(Writer, &T) -> Writer) -> Writer {
    match value {
        None => to.number(0),
        Some(value) => put(to.number(1), value),
    }
}

fn perhaps<T>(from: &mut Reader<'_>, take: impl FnOnce(&mut Reader<'_>) -> Read<T>) -> Read<Option<T>> {
    match from.number()? {
        0 => Ok(None),
        1 => take(from).map(Some),
        _ => Err(NotCanonical),
    }
}

fn several<T: PartialEq>(to: Writer, all: &[T], values: &[T]) -> Writer {
    values.iter().fold(to.number(values.len() as u64), |to, value| to.number(code(all, value)))
}

fn read_several<T: Copy>(from: &mut Reader<'_>, all: &[T]) -> Read<Vec<T>> {
    (0..from.number()?).map(|_| coded(all, from)).collect()
}

fn ids(to: Writer, ids: &[ActId]) -> Writer {
    ids.iter().fold(to.number(ids.len() as u64), |to, id| to.bytes(id.as_bytes()))
}

fn read_ids(from: &mut Reader<'_>) -> Read<Vec<ActId>> {
    (0..from.number()?).map(|_| id(from)).collect()
}

fn id(from: &mut Reader<'_>) -> Read<ActId> {
    Ok(ActId::from_bytes(from.array()?))
}

fn owned(from: &mut Reader<'_>) -> Read<String> {
    Ok(from.text()?.to_owned())
}

fn flag(from: &mut Reader<'_>) -> Read<bool> {
    match from.number()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(NotCanonical),
    }
}

fn small(from: &mut Reader<'_>) -> Read<u16> {
    u16::try_from(from.number()?).map_err(|_| NotCanonical)
}

fn tiny(from: &mut Reader<'_>) -> Read<u8> {
    u8::try_from(from.number()?).map_err(|_| NotCanonical)
}

#[cfg(test)]
#[path = "bytes_tests.rs"]
pub(super) mod tests;
