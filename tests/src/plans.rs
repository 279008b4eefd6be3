//! Care plans in the stories: the questions a nurse's screen asks, in few words.

use crate::world::Worker;
use desk::ask::{DraftPlan, EditPlan, OpenPlan, PlanHistory, Reply, SettlePlan, SignPlan};
use desk::plan::{DraftStep, PlanEdit, PlanLines, PlanPage};
use record::PersonId;
use record::consent::Purpose;
use record::plan::{ClaimValue, Heads, Held, Kind, NodeId, Paper, Place, Register, Topic};

pub const FOR_CPR: &str = "450475007";
pub const NOT_FOR_CPR: &str = "450476008";

pub fn about(field: &str) -> Place {
    Place { node: NodeId::part(Kind::About), field: field.to_owned() }
}

pub fn review_date() -> Place {
    Place { node: NodeId::part(Kind::Care), field: "review".to_owned() }
}

impl Worker {
    pub async fn open_plan(&self, person: PersonId) -> Reply<OpenPlan> {
        self.ask(OpenPlan { person, purpose: Purpose::Treat, moment: None }).await
    }

    pub async fn plan(&self, person: PersonId) -> PlanPage {
        self.open_plan(person).await.expect("a plan")
    }

    pub async fn plan_then(&self, person: PersonId, moment: Heads) -> PlanPage {
        self.ask(OpenPlan { person, purpose: Purpose::Treat, moment: Some(moment) }).await.expect("a plan as it stood")
    }

    pub async fn edit_plan(&self, person: PersonId, edit: PlanEdit) -> Reply<EditPlan> {
        self.ask(EditPlan { person, purpose: Purpose::Treat, edit }).await
    }

    /// Writes a text over what is there now.
    pub async fn write(&self, person: PersonId, place: Place, text: &str) -> PlanPage {
        let seen = self.plan(person).await.plan.heads;
        self.edit_plan(person, PlanEdit::Write { place, seen, text: text.to_owned() }).await.expect("written")
    }

    /// Sets a value over everything that stands there now.
    pub async fn set(&self, person: PersonId, place: Place, value: &str) -> PlanPage {
        let plan = self.plan(person).await.plan;
        let over = register(&plan, &place).values().into_iter().map(str::to_owned).collect();
        self.edit_plan(person, PlanEdit::Set { place, over, value: value.to_owned() }).await.expect("set")
    }

    pub async fn add(&self, person: PersonId, kind: Kind, parent: &NodeId, field: &str, text: &str) -> PlanPage {
        let fields = vec![(field.to_owned(), text.to_owned())];
        let edit = PlanEdit::Add { kind, parent: parent.clone(), fields };
        self.edit_plan(person, edit).await.expect("added")
    }

    pub async fn decide(&self, person: PersonId, topic: Topic, code: &str, settles: Vec<String>) -> Reply<SettlePlan> {
        let coded = topic.values().iter().any(|value| value.code == code);
        let value = ClaimValue {
            code: coded.then(|| code.to_owned()),
            text: if coded { String::new() } else { code.to_owned() },
        };
        self.ask(SettlePlan {
            person,
            purpose: Purpose::Treat,
            topic,
            value,
            basis: "talked over at the bedside".to_owned().into(),
            review: None,
            kept: String::new(),
            settles,
        })
        .await
    }

    pub async fn held(&self, person: PersonId, topic: &Topic) -> Held {
        self.plan(person).await.plan.held(topic).cloned().unwrap_or(Held::Nothing)
    }

    pub async fn sign(&self, person: PersonId, paper: Paper) -> Reply<SignPlan> {
        let seen = self.plan(person).await.plan.heads;
        self.sign_seen(person, paper, seen).await
    }

    pub async fn sign_seen(&self, person: PersonId, paper: Paper, seen: Heads) -> Reply<SignPlan> {
        self.ask(SignPlan { person, purpose: Purpose::Treat, paper, seen }).await
    }

    pub async fn drafted(&self, person: PersonId, step: DraftStep) -> Reply<DraftPlan> {
        self.ask(DraftPlan { person, purpose: Purpose::Treat, step }).await
    }

    pub async fn plan_history(&self, person: PersonId) -> PlanLines {
        self.ask(PlanHistory { person, purpose: Purpose::Treat }).await.expect("a history")
    }
}

/// What stands in a register of the plan.
pub fn register(plan: &record::plan::Plan, place: &Place) -> Register {
    plan.find(&place.node).map_or(Register::Empty, |node| node.register(&place.field))
}
