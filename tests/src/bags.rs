//! Bags in stories: people of other organisations, and the hand-over from one device's screen to another's.

use crate::world::{PIN, Remembering, Worker, World};
use desk::Trouble;
use desk::ask::{
    AcceptBag, ConfirmBag, CountBag, Enrol, MoveBag, OpenBag, RecordChoice, ShowBag, StartBag, TakeAnswer, TakeFrames,
    TakeSlip, WriteBag,
};
use desk::bag::{BagCodes, BagCount, BagLine, BagMove, BagPage, BagSlip, BagTaken, SecondHand, ShownBag};
use device::Ports;
use hub::store::{audit, caseload};
use record::audit::Entry;
use record::bag::belongings::Column;
use record::bag::{BagSection, Count, ItemId, NoteId, Present, Step};
use record::consent::{Choice, DecidedBy, Purpose};
use record::people::{Actor, Organisation, Role};
use record::{ChainId, PersonId};
use std::sync::Arc;

pub const AMBULANCE: (&str, &str) = ("RYF", "South Western Ambulance");
pub const ROSE_COURT: (&str, &str) = ("VLE1", "Rose Court Care Home");
pub const HOSPITAL: (&str, &str) = ("RBD", "Dorset County Hospital");

impl World {
    /// Somebody with an enrolled device, of another organisation. `on`: the caseload they are on, if any.
    pub async fn member(&self, id: &str, at: (&str, &str), role: Role, on: Option<&str>) -> Worker {
        self.member_with(self.unenrolled(id), at, role, on).await
    }

    /// The same on a device that is there already.
    pub async fn member_with(&self, worker: Worker, (ods, name): (&str, &str), role: Role, on: Option<&str>) -> Worker {
        let id = worker.staff.as_str().to_owned();
        let organisation = Organisation { ods: ods.parse().expect("an ODS code"), name: name.into() };
        let actor = Actor {
            staff: worker.staff.clone(),
            name: format!("Worker {id}"),
            role,
            title: "Senior carer".into(),
            organisation,
        };
        self.write(|tx| {
            caseload::put_staff(tx, &actor, true)?;
            match on {
                Some(code) => {
                    let row = caseload::put_caseload(tx, code, code, &actor.organisation)?;
                    caseload::assign(tx, row, &actor.staff).map(drop)
                }
                None => Ok(()),
            }
        });
        let text = self.ticket(&worker.staff);
        worker.ask(Enrol { ticket: text.into(), pin: PIN.to_owned().into() }).await.expect("enrolled");
        worker.sync().await;
        worker
    }

    pub async fn carer(&self, id: &str) -> Worker {
        self.member(id, ROSE_COURT, Role::CareStaff, Some("TEAM")).await
    }

    pub async fn crew(&self, id: &str) -> Worker {
        self.member(id, AMBULANCE, Role::RegulatedClinician, None).await
    }

    /// A crew whose vault can be read from outside, and every key that their device drew.
    pub async fn crew_known(&self, id: &str) -> (Worker, Arc<Remembering>) {
        self.known(id, AMBULANCE, Role::RegulatedClinician, None).await
    }

    /// The same of anybody.
    pub async fn known(&self, id: &str, at: (&str, &str), role: Role, on: Option<&str>) -> (Worker, Arc<Remembering>) {
        let mut drawn = None;
        let worker = self.unenrolled_with(id, |ports| {
            let remembering = Arc::new(Remembering::of(ports.entropy.clone()));
            drawn = Some(remembering.clone());
            Ports { entropy: remembering, ..ports }
        });
        (self.member_with(worker, at, role, on).await, drawn.expect("its entropy"))
    }

    pub async fn hospital(&self, id: &str) -> Worker {
        self.member(id, HOSPITAL, Role::RegulatedClinician, None).await
    }
}

/// The bag on a page.
pub fn bag(page: &BagPage) -> &ShownBag {
    page.bag.as_deref().expect("a bag")
}

pub fn lasts(page: &BagPage) -> Vec<NoteId> {
    bag(page).custody.lasts()
}

pub fn step(step: Step, page: &BagPage) -> BagMove {
    let (place, tracker) = ("Call sign 17".to_owned(), "RB-17".to_owned());
    let (remark, seen) = (String::new(), lasts(page));
    BagMove { step, seen, keeps: None, typed: None, place, tracker, items: Some(5), remark }
}

impl Worker {
    /// A bag about somebody who fell, released towards the hospital at Dorchester.
    pub async fn released_bag(&self, person: PersonId) {
        self.start_bag(person).await.expect("a bag");
        self.release_begun(person).await;
    }

    /// The same of one that was begun.
    pub async fn release_begun(&self, person: PersonId) {
        self.confirm(person).await;
        let why = "Fall, and confused since this morning";
        self.write_line(person, BagSection::Transfer, "reason", why).await.expect("a line");
        let to = "Dorset County Hospital";
        self.write_line(person, BagSection::Distribution, "to", to).await.expect("a line");
        self.move_bag(person, Step::Release).await.expect("released");
    }

    pub async fn bag(&self, person: PersonId) -> Result<BagPage, Trouble> {
        self.ask(OpenBag { person, purpose: Purpose::Treat }).await
    }

    pub async fn page(&self, person: PersonId) -> BagPage {
        self.bag(person).await.expect("a bag's page")
    }

    pub async fn start_bag(&self, person: PersonId) -> Result<BagPage, Trouble> {
        self.ask(StartBag { person, purpose: Purpose::Treat, tracker: "RB-17".into() }).await
    }

    pub async fn write_line(
        &self,
        person: PersonId,
        section: BagSection,
        heading: &str,
        text: &str,
    ) -> Result<BagPage, Trouble> {
        let page = self.bag(person).await?;
        let item = ItemId::of(section.code(), heading);
        let filled = bag(&page).form.iter().find(|filled| filled.section == section);
        let entry = filled.and_then(|filled| filled.entries.iter().find(|entry| entry.item == item));
        let seen = entry.map(|entry| entry.notes.clone()).unwrap_or_default();
        let text = text.to_owned().into();
        let line = BagLine { section, item, text, why: String::new(), from: None, as_found: false, seen };
        self.ask(WriteBag { person, purpose: Purpose::Treat, line }).await
    }

    pub async fn confirm(&self, person: PersonId) -> BagPage {
        self.ask(ConfirmBag { person, purpose: Purpose::Treat, section: None }).await.expect("confirmed")
    }

    pub async fn move_bag(&self, person: PersonId, what: Step) -> Result<BagPage, Trouble> {
        let page = self.bag(person).await?;
        self.ask(MoveBag { person, purpose: Purpose::Treat, step: step(what, &page) }).await
    }

    pub async fn count(
        &self,
        person: PersonId,
        column: Column,
        things: &[(&str, u32, bool)],
    ) -> Result<BagPage, Trouble> {
        let one = |(code, count, valuable): &(&str, u32, bool)| Count {
            code: (*code).into(),
            label: (*code).into(),
            valuable: *valuable,
            present: if *count > 0 { Present::Yes } else { Present::No },
            count: *count,
            condition: String::new(),
            photos: vec![],
        };
        let second = SecondHand { name: "Jo Second".into(), title: "Night nurse".into(), signature: None };
        let count = BagCount { column, counts: things.iter().map(one).collect(), second: Some(second) };
        self.ask(CountBag { person, purpose: Purpose::Treat, count }).await
    }

    /// The person says what they choose now.
    pub async fn chosen(&self, person: PersonId, choice: Choice) {
        let (by, note) = (DecidedBy::Person, String::new().into());
        let said = RecordChoice { person, choice, by, until: None, note, form: None, settles: vec![] };
        self.ask(said).await.expect("recorded");
    }

    pub async fn show(&self, person: PersonId) -> BagCodes {
        self.ask(ShowBag { person, purpose: Purpose::Treat }).await.expect("codes")
    }

    pub async fn take_slip(&self, code: &str) -> Result<BagSlip, Trouble> {
        self.ask(TakeSlip { code: code.to_owned(), purpose: Purpose::Treat }).await
    }

    /// Reads the slip, and then frames as a shaking hand sees them: some lost, out of order, some twice.
    pub async fn take_all(&self, codes: &BagCodes) -> BagSlip {
        let slip = self.take_slip(&codes.slip).await.expect("a slip");
        let mut frames: Vec<String> =
            codes.frames.iter().enumerate().filter(|(n, _)| n % 10 >= 3).map(|(_, frame)| frame.clone()).collect();
        frames.reverse();
        frames.extend(codes.frames.iter().cloned());
        for some in frames.chunks(5) {
            let taken = self.ask(TakeFrames { frames: some.to_vec(), purpose: Purpose::Treat }).await.expect("frames");
            if taken.whole {
                assert_eq!(taken.progress, 100);
                return slip;
            }
        }
        panic!("never whole");
    }

    pub async fn accept(&self, person: PersonId, what: Step) -> Result<BagTaken, Trouble> {
        let page = self.bag(person).await?;
        let pin = PIN.to_owned().into();
        self.ask(AcceptBag { person, purpose: Purpose::Treat, step: step(what, &page), pin }).await
    }

    pub async fn take_answer(&self, code: &str) -> Result<BagPage, Trouble> {
        self.ask(TakeAnswer { code: code.to_owned(), purpose: Purpose::Treat }).await
    }

    /// The bag passes from this device's screen to another's, and the signature back.
    pub async fn hand_over(&self, to: &Worker, person: PersonId, what: Step) -> BagPage {
        let codes = self.show(person).await;
        to.take_all(&codes).await;
        let taken = to.accept(person, what).await.expect("taken over");
        self.take_answer(&taken.answer).await.expect("the giver has the signature too");
        taken.page
    }
}

impl World {
    /// Every entry of this worker's chain that the hub holds.
    pub fn entries_of(&self, worker: &Worker) -> Vec<Entry> {
        let chains = (1..20).filter_map(|n| Some(ChainId::of(&format!("D{n}").parse().ok()?, &worker.staff)));
        let mut entries = Vec::new();
        for chain in chains {
            let head = self.write(|tx| audit::chain(tx, &chain)).head;
            let held = (1..=head.seq).filter_map(|seq| self.write(|tx| audit::entry(tx, &chain, 1, seq)));
            entries.extend(held.map(|(_, bytes)| Entry::from_bytes(&bytes).expect("an entry")));
        }
        entries
    }
}
