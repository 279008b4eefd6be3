//! Where this user's work is, and who is ready for the round, as the screen shows it: the vault says what is here, the device adds the
//! licence, the battery and the disk.

use crate::state::Device;
use desk::Trouble;
use desk::ask::{GetReady, GetReceipts, Reply};
use desk::ready::{Lack, PersonReady, PersonReceipts, Ready, Receipts};
use jiff::SignedDuration;
use record::Stamp;
use vault::{Content, PersonWork, Readiness};

/// A round: what ends within it should be known before it begins.
const ROUND: SignedDuration = SignedDuration::from_hours(10);

impl Device {
    pub(crate) fn receipts(&self) -> Reply<GetReceipts> {
        let now = self.now();
        let mut people = self.with_vault(|vault| vault.work(now))?;
        let status = self.status()?;
        let (changes, looks) = self.unsent()?;
        let lying = self.outbox()?;
        // What waits first, then by name.
        people.sort_by_key(|p| {
            let (waits, refused) = (p.lots.iter().any(|l| l.waiting > 0), p.lots.iter().any(|l| l.refused > 0));
            (!waits && !p.choice_waiting, !refused, p.listing.banner.clone())
        });
        let stuck = lying.iter().filter(|l| l.stuck.is_some()).count() as u64;
        let carried = lying.iter().filter(|l| l.carried && l.stuck.is_none()).count() as u64;
        Ok(Receipts {
            changes,
            looks,
            looks_held: self.with_vault(|vault| Ok(vault.looks_held()))?,
            people: people.into_iter().map(receipts_of).collect(),
            sealed: lying.len() as u64 - carried - stuck,
            carried,
            stuck,
            pictures_stay: self.pictures_stay(),
            link: status.link,
            now,
        })
    }

    pub(crate) fn ready(&self) -> Reply<GetReady> {
        let now = self.now();
        let all = self.with_vault(|vault| vault.readiness(now))?;
        let status = self.status()?;
        let mut people = self.with_vault(|vault| {
            let ready = |one: Readiness| {
                // Of somebody whose record would not open, not even when it last changed.
                let as_at = if one.shut { None } else { vault.as_at(one.listing.person)? };
                let lacks = lacks(&one, now);
                Ok(PersonReady { lacks, as_at, listing: one.listing })
            };
            all.into_iter().map(ready).collect::<Result<Vec<_>, _>>()
        })?;
        people.sort_by(|a, b| {
            let gravest = |p: &PersonReady| p.lacks.first().copied();
            let order = |p: &PersonReady| (gravest(p).is_none(), gravest(p).is_some_and(Lack::is_chosen), gravest(p));
            order(a).cmp(&order(b)).then_with(|| a.listing.banner.cmp(&b.listing.banner))
        });
        let gauges = (self.ports.gauges)(self.homes.root());
        Ok(Ready {
            people,
            checked: status.synced,
            licence_minutes: status.licence.map(|l| if l.ended { 0 } else { l.minutes_left }),
            unsent: self.unsent()?.0,
            battery: gauges.battery,
            charging: gauges.charging,
            free_mb: gauges.free_bytes.map(|bytes| bytes >> 20),
            link: status.link,
            now,
        })
    }
}

impl Device {
    /// What the hub does not hold: work, and looks.
    fn unsent(&self) -> Result<(u64, u64), Trouble> {
        let now = self.now();
        let standing = self.with_vault(|vault| vault.standing(now))?;
        let looks = standing.entries.saturating_sub(standing.receipted);
        Ok((standing.unsent.saturating_sub(looks), looks))
    }
}

fn receipts_of(work: PersonWork) -> PersonReceipts {
    let PersonWork { listing, lots, choice_waiting, seen, visits_seen, choice_seen, bags_seen } = work;
    let (person, name) = (listing.person, listing.banner);
    PersonReceipts { person, name, lots, choice_waiting, seen, visits_seen, choice_seen, bags_seen }
}

/// What this person lacks for the round, gravest first.
fn lacks(one: &Readiness, now: Stamp) -> Vec<Lack> {
    let mut lacks = Vec::new();
    if one.conflict {
        lacks.push(Lack::ChoicesDisagree);
    }
    if let Some(until) = one.until.filter(|until| *until > now && *until <= now.plus(ROUND)) {
        lacks.push(Lack::ChoiceEnds(until));
    }
    match one.content {
        Content::Here { .. } if one.shut && !one.conflict => lacks.push(Lack::AskFirst),
        Content::Here { documents: true } => {}
        Content::Here { documents: false } => lacks.push(Lack::NoDocuments),
        Content::Sealed => lacks.push(Lack::OnlyInEmergency),
        Content::Withheld => lacks.push(Lack::NotHere),
        Content::Missing => lacks.push(Lack::NoRecord),
    }
    lacks.sort();
    lacks
}
