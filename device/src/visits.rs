//! Visits, answered: the vault opens them and adds acts; here are the fresh bytes an act needs, whether NEWS2 applies to the person, and
//! the words around the page. Who acts is the vault's owner, never the screen's word.

use crate::reading;
use crate::state::Device;
use desk::ask::{AccessNotes, DoAct, KeepDraft, OpenRound, OpenVisit, Reply};
use desk::plan::refusal_in_words;
use desk::visit::{AccessPage, ActReceipt, DraftView, PhotoView, RoundPage, Stop, StopState, VisitPage};
use desk::{Nudge, Trouble};
use record::feed::{Listing, fold};
use record::visit::news2::Unfit;
use record::visit::{Act, ActId, Body, Log};
use record::{ChainId, PersonId, Stamp};
use std::collections::BTreeMap;
use vault::{ActPlace, Answer, Doing, KeptPhoto, OpenedVisits, VisitAsked, VisitState};

impl Device {
    pub(crate) fn open_round(&self, _: &OpenRound) -> Reply<OpenRound> {
        let now = self.now();
        let (booked, as_at) = self.with_vault(|vault| Ok((vault.visit_round(now)?, vault.standing(now)?.checked)))?;
        self.wake.notify_one();
        let mut like: BTreeMap<(String, Option<char>), Vec<PersonId>> = BTreeMap::new();
        for stop in &booked {
            let people = like.entry(likeness(&stop.row.listing)).or_default();
            if !people.contains(&stop.row.listing.person) {
                people.push(stop.row.listing.person);
            }
        }
        let stop = |booked: vault::Booked| Stop {
            age: reading::age_of(&booked.row.listing, now),
            similar_name: like.get(&likeness(&booked.row.listing)).is_some_and(|people| people.len() > 1),
            listing: booked.row.listing,
            key: booked.key,
            title: booked.title,
            from: booked.from,
            until: booked.until,
            with: booked.with,
            access: booked.access,
            state: match booked.state {
                VisitState::Waiting => StopState::Waiting,
                VisitState::On { own } => StopState::On { own },
                VisitState::Done => StopState::Done,
                VisitState::NotHome => StopState::NotHome,
            },
        };
        let day = now.london_date().strftime("%a %d-%b-%Y").to_string();
        Ok(RoundPage { day, stops: booked.into_iter().map(stop).collect(), as_at })
    }

    pub(crate) fn open_visit(&self, asked: &OpenVisit) -> Reply<OpenVisit> {
        let now = self.now();
        let what = VisitAsked { person: asked.person, purpose: asked.purpose };
        let answer = self.with_vault(|vault| vault.visits(&what, now))?;
        self.wake.notify_one();
        self.visit_page(asked.person, answer)
    }

    pub(crate) fn do_act(&self, asked: &DoAct) -> Reply<DoAct> {
        let now = self.now();
        let what = VisitAsked { person: asked.person, purpose: asked.purpose };
        let listing = self.listing(asked.person)?;
        let mut body = asked.act.body.clone();
        if let Body::Observed { unfit, .. } = &mut body {
            // What the nurse says of the person stands; the age is the record's.
            *unfit = unfit
                .filter(|said| matches!(said, Unfit::Pregnant | Unfit::SpinalInjury))
                .or(Unfit::by_age(listing.born.as_ref(), now));
        }
        let act = &asked.act;
        let doing = Doing { visit: act.visit, body, draft: act.draft.clone(), nonce: self.random() };
        let answer = self.with_vault(|vault| vault.act(&what, doing, now))?;
        // Saved here; it is sent as soon as there is a network.
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        self.visit_page(asked.person, answer)
    }

    pub(crate) fn keep_draft(&self, asked: &KeepDraft) -> Reply<KeepDraft> {
        let now = self.now();
        // EXPOSE: because what is typed is what is kept.
        let fields = asked.fields.expose();
        self.with_vault(|vault| vault.keep_draft((asked.person, &asked.form), fields, now))
    }

    pub(crate) fn access_notes(&self, asked: &AccessNotes) -> Reply<AccessNotes> {
        let now = self.now();
        let what = VisitAsked { person: asked.person, purpose: asked.purpose };
        match self.with_vault(|vault| vault.access_notes(&what, now))? {
            Ok(disclosure) => {
                let (notes, admission) = disclosure.into_parts();
                Ok(AccessPage {
                    person: asked.person,
                    notes: notes.notes,
                    key_safe: notes.key_safe,
                    key_kept_back: notes.key_kept_back,
                    audit_seq: admission.seq,
                })
            }
            Err(refused) => Err(self.refused(asked.person, *refused)?),
        }
    }

    fn visit_page(&self, person: PersonId, answer: Answer<OpenedVisits>) -> Result<VisitPage, Trouble> {
        let now = self.now();
        let (opened, admission) = match answer {
            Ok(disclosure) => disclosure.into_parts(),
            Err(refused) => return Err(self.refused(person, *refused)?),
        };
        let listing = self.listing(person)?;
        let (me, hand, chart, sources) = self.with_vault(|vault| {
            let (chart, sources) = opened.record.assemble()?;
            let me = vault.actor().staff.clone();
            let hand = ChainId::of(vault.device(), &me);
            Ok((me, hand, chart, vault.sources(&sources)?))
        })?;
        let own = |act: &Act| act.chain == hand;
        let mut places = Vec::new();
        let (mut waiting, mut refused) = (0, Vec::new());
        let mut acts: BTreeMap<ActId, Act> = BTreeMap::new();
        for kept in opened.acts {
            if own(&kept.act) {
                places.push((kept.id, receipt(&kept.place)));
            }
            match &kept.place {
                ActPlace::OnThisDevice => waiting += 1,
                ActPlace::Refused { why } => refused.push(refusal_in_words(why)),
                ActPlace::Held { .. } => {}
            }
            acts.insert(kept.id, kept.act);
        }
        let log = Log::assemble(acts);
        // A visit is its nurse's: begun on a device that is no more, it can be ended on the next.
        let mine = |id: &ActId| log.entry(*id).is_some_and(|entry| entry.act.by.staff == me);
        let on = log.open_visits.iter().rev().find(|id| mine(id)).copied();
        let drafts = opened.drafts.into_iter();
        Ok(VisitPage {
            age: reading::age_of(&listing, now),
            listing,
            on,
            log,
            places,
            waiting,
            refused,
            newer: opened.newer,
            chart,
            sources,
            drafts: drafts.map(|draft| DraftView { form: draft.form, fields: draft.fields, at: draft.at }).collect(),
            photos: opened.photos.iter().map(photo_view).collect(),
            draft_photos: opened.draft_photos,
            pictures_stay: self.pictures_stay(),
            seen: opened.seen.into_iter().map(|(at, by)| (Stamp::from_millis(at as i64), by)).collect(),
            known_at: opened.known_at,
            me,
            basis: reading::basis_of(&admission, self.policy_name()),
            caveats: admission.caveats,
            audit_seq: admission.seq,
            opened: admission.at,
        })
    }
}

/// Two people with the same family name and the same first letter of the given name are easily taken for each other.
fn likeness(listing: &Listing) -> (String, Option<char>) {
    let family: String = fold(&listing.family).chars().filter(|c| c.is_alphanumeric()).collect();
    (family, fold(&listing.given).chars().next())
}

pub(crate) fn photo_view(photo: &KeptPhoto) -> PhotoView {
    PhotoView { id: photo.id, here: photo.here, receipt: receipt(&photo.place) }
}

fn receipt(place: &ActPlace) -> ActReceipt {
    match place {
        ActPlace::OnThisDevice => ActReceipt::OnThisDevice,
        ActPlace::Held { at: Some(at) } => ActReceipt::HeldByHub { at: *at },
        ActPlace::Held { at: None } => ActReceipt::FromHub,
        ActPlace::Refused { why } => ActReceipt::Refused { why: refusal_in_words(why) },
    }
}
