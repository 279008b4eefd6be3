//! Care plans, answered: the vault opens and changes them; here are the ids an edit needs, and the words around the page. Who edits is
//! the vault's owner, never the screen's word.

use crate::reading;
use crate::state::Device;
use desk::ask::{DraftPlan, EditPlan, OpenPlan, PlanAsideDone, PlanHistory, PlanSeen, Reply, SettlePlan, SignPlan};
use desk::plan::{
    AsideEdit, Decision, OwnEdits, PlanDraft, PlanEdit, PlanLine, PlanLines, PlanPage, Receipt, Unfit, refusal_in_words,
};
use desk::{Nudge, Trouble};
use record::plan::{Edit, Heads, NodeId};
use record::{ChainId, PersonId};
use vault::{Answer, Aside, DraftStep, Drafted, LinePlace, OpenedPlan, PlacedLine, PlanAsked, PlanPosted, Said};

impl Device {
    pub(crate) fn open_plan(&self, asked: &OpenPlan) -> Reply<OpenPlan> {
        let now = self.now();
        let what = PlanAsked { person: asked.person, purpose: asked.purpose };
        let answer = self.with_vault(|vault| vault.plan(&what, asked.moment.as_ref(), now))?;
        self.wake.notify_one();
        self.plan_page(asked.person, answer, asked.moment.clone())
    }

    pub(crate) fn edit_plan(&self, asked: &EditPlan) -> Reply<EditPlan> {
        let edit = self.edit_of(asked.edit.clone());
        self.change_plan(PlanAsked { person: asked.person, purpose: asked.purpose }, &edit)
    }

    pub(crate) fn settle_plan(&self, asked: &SettlePlan) -> Reply<SettlePlan> {
        let edit = self.decided(Decision {
            topic: asked.topic.clone(),
            value: asked.value.clone(),
            basis: asked.basis.clone(),
            review: asked.review.clone(),
            kept: asked.kept.clone(),
            settles: asked.settles.clone(),
        });
        self.change_plan(PlanAsked { person: asked.person, purpose: asked.purpose }, &edit)
    }

    /// The ids are the device's to make.
    fn edit_of(&self, asked: PlanEdit) -> Edit {
        match asked {
            PlanEdit::Write { place, seen, text } => Edit::Write { place, seen, text },
            PlanEdit::Set { place, over, value } => Edit::Set { place, over, value },
            PlanEdit::Add { kind, parent, fields } => {
                Edit::Add { kind, parent, id: NodeId::fresh(self.random()), fields }
            }
            PlanEdit::End { node, ending, reason } => Edit::End { node, ending, reason },
        }
    }

    fn decided(&self, asked: Decision) -> Edit {
        Edit::Decide {
            topic: asked.topic,
            id: NodeId::fresh(self.random()).to_string(),
            value: asked.value,
            // EXPOSE: because the basis is part of the decision that is recorded.
            basis: asked.basis.expose().clone(),
            review: asked.review,
            kept: asked.kept,
            settles: asked.settles,
        }
    }

    /// Only putting it into the plan changes anything that others see.
    pub(crate) fn draft_plan(&self, asked: DraftPlan) -> Reply<DraftPlan> {
        let now = self.now();
        let what = PlanAsked { person: asked.person, purpose: asked.purpose };
        let published = asked.step == desk::plan::DraftStep::Publish;
        let step = match asked.step {
            desk::plan::DraftStep::Open => DraftStep::Open,
            desk::plan::DraftStep::Edit(edit) => DraftStep::Edit(self.edit_of(edit)),
            desk::plan::DraftStep::Decide(decision) => DraftStep::Edit(self.decided(*decision)),
            desk::plan::DraftStep::Publish => DraftStep::Publish,
            desk::plan::DraftStep::Discard => DraftStep::Discard,
        };
        let answer = self.with_vault(|vault| vault.draft_plan(&what, step, now))?;
        if published { self.changed(what.person, answer) } else { self.plan_page(what.person, answer, None) }
    }

    fn change_plan(&self, what: PlanAsked, edit: &Edit) -> Result<PlanPage, Trouble> {
        let now = self.now();
        let answer = self.with_vault(|vault| vault.edit_plan(&what, edit, now))?;
        self.changed(what.person, answer)
    }

    pub(crate) fn sign_plan(&self, asked: &SignPlan) -> Reply<SignPlan> {
        let now = self.now();
        let what = PlanAsked { person: asked.person, purpose: asked.purpose };
        let id = NodeId::fresh(self.random()).to_string();
        let answer = self.with_vault(|vault| vault.sign_plan(&what, asked.paper, &id, now))?;
        self.changed(what.person, answer)
    }

    /// The edit is saved; it is sent as soon as there is a network.
    fn changed(&self, person: PersonId, answer: Answer<OpenedPlan>) -> Result<PlanPage, Trouble> {
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        self.plan_page(person, answer, None)
    }

    fn plan_page(
        &self,
        person: PersonId,
        answer: Answer<OpenedPlan>,
        moment: Option<Heads>,
    ) -> Result<PlanPage, Trouble> {
        let now = self.now();
        let (opened, admission) = match answer {
            Ok(disclosure) => disclosure.into_parts(),
            Err(refused) => return Err(self.refused(person, *refused)?),
        };
        let listing = self.listing(person)?;
        let hand = self.with_vault(|vault| Ok(ChainId::of(vault.device(), &vault.actor().staff)))?;
        Ok(PlanPage {
            age: reading::age_of(&listing, now),
            listing,
            moment,
            plan: opened.plan,
            news: opened.news,
            own: own(opened.posted),
            draft: opened.draft.map(draft),
            hand,
            basis: reading::basis_of(&admission, self.policy_name()),
            caveats: admission.caveats,
            audit_seq: admission.seq,
            opened: admission.at,
        })
    }

    pub(crate) fn plan_history(&self, asked: &PlanHistory) -> Reply<PlanHistory> {
        let now = self.now();
        let what = PlanAsked { person: asked.person, purpose: asked.purpose };
        match self.with_vault(|vault| vault.plan_history(&what, now))? {
            Ok(disclosure) => {
                let (lines, admission) = disclosure.into_parts();
                let lines = lines.into_iter().map(line).collect();
                Ok(PlanLines { listing: self.listing(asked.person)?, lines, audit_seq: admission.seq })
            }
            Err(refused) => Err(self.refused(asked.person, *refused)?),
        }
    }

    pub(crate) fn plan_seen(&self, asked: &PlanSeen) -> Reply<PlanSeen> {
        let now = self.now();
        self.with_vault(|vault| vault.plan_looked(asked.person, &asked.newest, now))?;
        self.status()
    }

    pub(crate) fn plan_aside_done(&self, asked: &PlanAsideDone) -> Reply<PlanAsideDone> {
        let now = self.now();
        self.with_vault(|vault| vault.plan_aside_done(asked.person, now))?;
        self.status()
    }
}

fn own(posted: PlanPosted) -> OwnEdits {
    OwnEdits {
        waiting: posted.waiting.len() as u64,
        held: posted.held_through,
        held_at: posted.held_at,
        aside: posted.aside.into_iter().map(aside).collect(),
    }
}

fn draft(of: Drafted) -> PlanDraft {
    let unfit = of.unfit.into_iter().map(|(what, why)| Unfit { what, why }).collect();
    PlanDraft { edits: of.edits, shown: of.shown, unfit }
}

fn aside(edit: Aside) -> AsideEdit {
    let Aside { said: Said { at, what, words }, why } = edit;
    AsideEdit { at, what, words, why: refusal_in_words(&why) }
}

fn line(placed: PlacedLine) -> PlanLine {
    let receipt = match placed.place {
        LinePlace::OnThisDevice => Receipt::OnThisDevice,
        LinePlace::Held { at: Some(word), seen } => Receipt::HeldByHub { word, seen },
        LinePlace::Held { at: None, .. } => Receipt::FromHub,
    };
    PlanLine { line: placed.line, receipt }
}
