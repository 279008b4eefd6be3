//! Every question, answered: one exhaustive match. A new question in `desk::ask` does not compile until it has an arm here, and each arm's
//! answer has the type its question names.

use crate::reading;
use crate::scrub;
use crate::state::{Device, trouble_of};
use desk::Trouble;
use desk::ask::{
    AcceptBag, AccessNotes, Ask, AskLicence, AttachToBag, BagsDue, BagsHere, BreakGlass, CarryOutbox, ChangePin,
    ClaimRelationship, ConfirmBag, CountBag, DoAct, DraftPlan, DropPhoto, EditPlan, EndChoice, EndGlass, Enrol,
    FetchBag, FetchBagFile, FetchPhoto, GetPack, GetReady, GetReceipts, GetStatus, GiveLicence, HideBag, HideOutbox,
    KeepDraft, KeepPhoto, MoveBag, NotMyBag, OpenBag, OpenCaseload, OpenChart, OpenForReason, OpenOwn, OpenOwnSource,
    OpenPlan, OpenRound, OpenSource, OpenVisit, PlanAsideDone, PlanHistory, PlanSeen, PrintBag, Question, ReadCodes,
    ReadLicence, ReadyGlass, RecordChoice, Reply, ScanCode, SetAirplane, SettlePlan, ShowBag, ShowOutbox, SignIn,
    SignOut, SignPlan, StartBag, SyncNow, TakeAnswer, TakeFrames, TakeLicence, TakeSlip, VerifyAudit, WhoLooked,
    WriteBag,
};
use desk::trouble::Field;
use desk::view::{AuditCheck, Looks, OpenedChart, Status, WholeResource};
use record::PersonId;
use record::consent::Caveat;
use record::feed::Listing;
use vault::{Answer, ChartAsked, Opened, Refused, Whole};

impl Device {
    /// A question as JSON (`{"OpenChart":{…}}`); the reply as JSON of `Result<Answer, Trouble>`.
    pub async fn ask(&self, question: &[u8]) -> Vec<u8> {
        match serde_json::from_slice::<Ask>(question) {
            Ok(ask) => self.answer(ask).await,
            Err(_) => {
                let mend = "The screen asked something this version does not know.".to_owned();
                json::<GetStatus>(&Err(Trouble::Input { field: Field::Question, mend }))
            }
        }
    }

    /// The one match.
    pub async fn answer(&self, ask: Ask) -> Vec<u8> {
        self.lock_if_idle();
        // Looking at the status is not use, nor is what the camera sees or what came of a code: the screen does these by itself.
        let by_itself = matches!(ask, Ask::GetStatus(_) | Ask::ReadCodes(_) | Ask::ScanCode(_) | Ask::ShowOutbox(_));
        if !by_itself {
            let now = self.reading();
            self.state().last_used = now;
        }
        // EXPOSE: because PINs, tickets and reasons are used by the functions below and by nothing else.
        match ask {
            Ask::GetStatus(GetStatus {}) => json::<GetStatus>(&self.status()),
            Ask::Enrol(Enrol { ticket, pin }) => {
                json::<Enrol>(&self.enrol_and_sign_in(ticket.expose(), pin.expose()).await)
            }
            Ask::SignIn(SignIn { staff, pin }) => json::<SignIn>(&self.then_status(self.sign_in(&staff, pin.expose()))),
            Ask::SignOut(SignOut {}) => json::<SignOut>(&self.then_status(self.close(false))),
            Ask::ChangePin(ChangePin { old, new }) => {
                json::<ChangePin>(&self.then_status(self.change_pin(old.expose(), new.expose())))
            }
            Ask::SetAirplane(SetAirplane { on }) => {
                self.set_airplane(on);
                json::<SetAirplane>(&self.status())
            }
            Ask::OpenCaseload(asked) => json::<OpenCaseload>(&self.open_caseload(&asked)),
            Ask::OpenChart(asked) => json::<OpenChart>(&self.open_chart(&asked)),
            Ask::OpenSource(asked) => json::<OpenSource>(&self.open_source(&asked)),
            Ask::OpenOwn(asked) => json::<OpenOwn>(&self.open_own(&asked)),
            Ask::OpenOwnSource(asked) => json::<OpenOwnSource>(&self.open_own_source(&asked)),
            Ask::RecordChoice(asked) => json::<RecordChoice>(&self.record_choice(&asked)),
            Ask::ReadyGlass(asked) => json::<ReadyGlass>(&self.ready_glass(&asked)),
            Ask::BreakGlass(asked) => json::<BreakGlass>(&self.break_glass(&asked)),
            Ask::EndChoice(asked) => json::<EndChoice>(&self.end_choice(&asked)),
            Ask::EndGlass(EndGlass {}) => json::<EndGlass>(&self.end_glass()),
            Ask::GetPack(GetPack {}) => json::<GetPack>(&self.pack()),
            Ask::OpenForReason(asked) => json::<OpenForReason>(&self.open_for_reason(&asked)),
            Ask::ClaimRelationship(asked) => json::<ClaimRelationship>(&self.claim(&asked).await),
            Ask::WhoLooked(WhoLooked { person }) => json::<WhoLooked>(&self.who_looked(person)),
            Ask::OpenPlan(asked) => json::<OpenPlan>(&self.open_plan(&asked)),
            Ask::DraftPlan(asked) => json::<DraftPlan>(&self.draft_plan(asked)),
            Ask::EditPlan(asked) => json::<EditPlan>(&self.edit_plan(&asked)),
            Ask::SettlePlan(asked) => json::<SettlePlan>(&self.settle_plan(&asked)),
            Ask::SignPlan(asked) => json::<SignPlan>(&self.sign_plan(&asked)),
            Ask::PlanHistory(asked) => json::<PlanHistory>(&self.plan_history(&asked)),
            Ask::PlanSeen(asked) => json::<PlanSeen>(&self.plan_seen(&asked)),
            Ask::PlanAsideDone(asked) => json::<PlanAsideDone>(&self.plan_aside_done(&asked)),
            Ask::GetReceipts(GetReceipts {}) => json::<GetReceipts>(&self.receipts()),
            Ask::GetReady(GetReady {}) => json::<GetReady>(&self.ready()),
            Ask::ShowOutbox(ShowOutbox {}) => json::<ShowOutbox>(&self.show_outbox().await),
            Ask::HideOutbox(HideOutbox {}) => {
                self.hide_outbox();
                json::<HideOutbox>(&Ok(()))
            }
            Ask::CarryOutbox(asked) => json::<CarryOutbox>(&self.carry_outbox(&asked).await),
            Ask::OpenRound(asked) => json::<OpenRound>(&self.open_round(&asked)),
            Ask::OpenVisit(asked) => json::<OpenVisit>(&self.open_visit(&asked)),
            Ask::DoAct(asked) => json::<DoAct>(&self.do_act(&asked)),
            Ask::KeepDraft(asked) => json::<KeepDraft>(&self.keep_draft(&asked)),
            Ask::KeepPhoto(asked) => json::<KeepPhoto>(&self.keep_photo(&asked)),
            Ask::DropPhoto(asked) => json::<DropPhoto>(&self.drop_photo(&asked)),
            Ask::AttachToBag(asked) => json::<AttachToBag>(&self.attach_to_bag(&asked)),
            Ask::FetchBagFile(asked) => json::<FetchBagFile>(&self.fetch_bag_file(&asked).await),
            Ask::FetchPhoto(asked) => json::<FetchPhoto>(&self.fetch_photo(&asked).await),
            Ask::AccessNotes(asked) => json::<AccessNotes>(&self.access_notes(&asked)),
            Ask::OpenBag(asked) => json::<OpenBag>(&self.open_bag(&asked)),
            Ask::StartBag(asked) => json::<StartBag>(&self.start_bag(&asked)),
            Ask::WriteBag(asked) => json::<WriteBag>(&self.write_bag(&asked)),
            Ask::ConfirmBag(asked) => json::<ConfirmBag>(&self.confirm_bag(&asked)),
            Ask::CountBag(asked) => json::<CountBag>(&self.count_bag(&asked)),
            Ask::MoveBag(asked) => json::<MoveBag>(&self.move_bag(&asked)),
            Ask::ReadCodes(ReadCodes { picture }) => json::<ReadCodes>(&crate::codes::read(picture).await),
            Ask::ScanCode(ScanCode { on: true }) => json::<ScanCode>(&crate::codes::scan(self).await),
            Ask::ScanCode(ScanCode { on: false }) => {
                self.stop_scan();
                json::<ScanCode>(&Ok(Vec::new()))
            }
            Ask::ShowBag(asked) => json::<ShowBag>(&self.show_bag(&asked).await),
            Ask::PrintBag(asked) => json::<PrintBag>(&self.print_bag(&asked).await),
            Ask::HideBag(HideBag {}) => {
                self.hide_bag();
                json::<HideBag>(&Ok(()))
            }
            Ask::FetchBag(asked) => json::<FetchBag>(&self.fetch_bag(&asked).await),
            Ask::TakeSlip(asked) => json::<TakeSlip>(&self.take_slip(&asked)),
            Ask::TakeFrames(asked) => json::<TakeFrames>(&self.take_frames(&asked)),
            Ask::AcceptBag(asked) => json::<AcceptBag>(&self.accept_bag(&asked).await),
            Ask::TakeAnswer(asked) => json::<TakeAnswer>(&self.take_answer(&asked)),
            Ask::BagsHere(BagsHere {}) => json::<BagsHere>(&self.bags_here()),
            Ask::NotMyBag(asked) => json::<NotMyBag>(&self.not_my_bag(&asked)),
            Ask::BagsDue(BagsDue {}) => json::<BagsDue>(&self.bags_due()),
            Ask::SyncNow(SyncNow {}) => json::<SyncNow>(&self.sync_now().await),
            Ask::AskLicence(AskLicence {}) => json::<AskLicence>(&self.ask_licence()),
            Ask::ReadLicence(ReadLicence { code }) => json::<ReadLicence>(&self.read_licence(&code)),
            Ask::GiveLicence(GiveLicence { code, pin }) => json::<GiveLicence>(&self.give_licence(&code, pin.expose())),
            Ask::TakeLicence(TakeLicence { code }) => json::<TakeLicence>(&self.take_licence(&code)),
            Ask::VerifyAudit(VerifyAudit {}) => json::<VerifyAudit>(&self.verify_audit()),
        }
    }

    fn then_status(&self, done: Result<(), Trouble>) -> Result<Status, Trouble> {
        done.and_then(|()| self.status())
    }

    async fn enrol_and_sign_in(&self, ticket: &str, pin: &str) -> Reply<Enrol> {
        let enrolled = self.enrol(ticket, pin).await;
        scrub::stack();
        let staff = enrolled?;
        self.then_status(self.sign_in(&staff, pin))
    }

    fn open_caseload(&self, asked: &OpenCaseload) -> Reply<OpenCaseload> {
        let now = self.now();
        self.with_vault(|vault| {
            let (rows, total) = vault.caseload(&asked.search, now)?;
            let checked = vault.standing(now)?.checked;
            Ok(reading::caseload(rows, total, asked.sort, checked, now))
        })
    }

    fn open_chart(&self, asked: &OpenChart) -> Reply<OpenChart> {
        let now = self.now();
        let what = ChartAsked { person: asked.person, purpose: asked.purpose, wants: asked.wants };
        let answer = self.with_vault(|vault| vault.chart(&what, now))?;
        self.wake.notify_one();
        self.shown(asked.person, answer)
    }

    pub(crate) fn shown(&self, person: PersonId, answer: Answer<Opened>) -> Result<OpenedChart, Trouble> {
        let now = self.now();
        match answer {
            Ok(disclosure) => {
                let (opened, admission) = disclosure.into_parts();
                let (chart, named) = opened.assemble().map_err(|fault| trouble_of(&fault))?;
                let decided = opened.decided().map_err(|fault| trouble_of(&fault))?;
                // By break-glass, which is an emergency or safeguarding; otherwise whoever may read the plan opens the plan.
                let broken = admission.caveats.iter().any(|caveat| matches!(caveat, Caveat::BreakGlassUntil(_)));
                let told = if broken { opened.told().map_err(|fault| trouble_of(&fault))? } else { Vec::new() };
                let sources = self.with_vault(|vault| vault.sources(&named))?;
                let listing = self.listing(person)?;
                let as_at = self.with_vault(|vault| vault.as_at(person))?;
                Ok(reading::chart(
                    (chart, decided, told),
                    admission,
                    listing,
                    (sources, self.policy_name(), as_at),
                    now,
                ))
            }
            Err(refused) => Err(self.refused(person, *refused)?),
        }
    }

    pub(crate) fn refused(&self, person: PersonId, refused: Refused) -> Result<Trouble, Trouble> {
        // What this user's own organisation wrote itself is offered to whom it would open.
        let now = self.now();
        let own = self.with_vault(|vault| {
            let here = vault.has_own(person, now)?;
            Ok(here.then(|| vault.actor().organisation.name.clone()))
        })?;
        let why = reading::why(refused, self.listing(person)?, (self.policy_name(), own), now);
        Ok(Trouble::Refused(Box::new(why)))
    }

    pub(crate) fn listing(&self, person: PersonId) -> Result<Listing, Trouble> {
        let row = self.with_vault(|vault| vault.row(person))?;
        row.map(|row| row.listing).ok_or(Trouble::NotCarried)
    }

    fn open_source(&self, asked: &OpenSource) -> Reply<OpenSource> {
        let now = self.now();
        let what = ChartAsked { person: asked.person, purpose: asked.purpose, wants: record::Sections::ALL };
        let answer = self.with_vault(|vault| vault.whole(&what, &asked.key, now))?;
        self.resource(asked.person, answer)
    }

    fn open_own(&self, asked: &OpenOwn) -> Reply<OpenOwn> {
        let now = self.now();
        let what = ChartAsked { person: asked.person, purpose: asked.purpose, wants: record::Sections::ALL };
        let answer = self.with_vault(|vault| vault.own(&what, now))?;
        self.wake.notify_one();
        match answer {
            Ok(disclosure) => {
                let (opened, admission) = disclosure.into_parts();
                let mut named: Vec<_> =
                    opened.part.sections.iter().flat_map(|s| s.items.iter().map(|i| i.source)).collect();
                named.dedup();
                let (sources, organisation) =
                    self.with_vault(|vault| Ok((vault.sources(&named)?, vault.actor().organisation.name.clone())))?;
                Ok(reading::own(opened, &admission, (self.listing(asked.person)?, organisation), sources, now))
            }
            Err(refused) => Err(self.refused(asked.person, *refused)?),
        }
    }

    fn open_own_source(&self, asked: &OpenOwnSource) -> Reply<OpenOwnSource> {
        let now = self.now();
        let what = ChartAsked { person: asked.person, purpose: asked.purpose, wants: record::Sections::ALL };
        let answer = self.with_vault(|vault| vault.own_whole(&what, &asked.key, now))?;
        self.resource(asked.person, answer)
    }

    /// A resource that was let out, with its source.
    fn resource(&self, person: PersonId, answer: Answer<Option<Whole>>) -> Result<WholeResource, Trouble> {
        match answer {
            Ok(disclosure) => {
                let whole = disclosure.into_parts().0.ok_or(Trouble::NotCarried)?;
                let source = self.with_vault(|vault| vault.sources(&[whole.source]))?.pop();
                Ok(WholeResource { key: whole.key, source, json: whole.json })
            }
            Err(refused) => Err(self.refused(person, *refused)?),
        }
    }

    fn who_looked(&self, person: PersonId) -> Reply<WhoLooked> {
        let now = self.now();
        let listing = self.listing(person)?;
        self.with_vault(|vault| {
            let entries = vault.looks(person, now)?;
            let receipted_to = vault.standing(now)?.receipted;
            let entries =
                entries.iter().map(|(place, e)| reading::look(*place, e, vault.actor(), receipted_to)).collect();
            Ok(Looks { listing, entries, receipted_to })
        })
    }

    fn verify_audit(&self) -> Reply<VerifyAudit> {
        let now = self.now();
        self.with_vault(|vault| {
            let standing = vault.standing(now)?;
            let (head, broken) = match vault.verify_audit()? {
                Ok(head) => (head.link.to_string(), None),
                Err(at) => (String::new(), Some((at.at, at.kind.code().to_owned()))),
            };
            Ok(AuditCheck { entries: standing.entries, receipted: standing.receipted, head, broken })
        })
    }
}

/// A reply as bytes. That the answer has its question's type is checked here, at compile time.
fn json<Q: Question>(reply: &Reply<Q>) -> Vec<u8> {
    serde_json::to_vec(reply).unwrap_or_else(|_| br#"{"Err":{"Fault":{"place":"answer"}}}"#.to_vec())
}
