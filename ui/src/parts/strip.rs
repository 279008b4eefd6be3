//! The allergy strip under the banner: one of the four labels of the CUI, at most two agents, and how many more there are. It can
//! be hidden from bystanders; the label stays.

use crate::parts::icons;
use crate::state::Action;
use crate::words::lower;
use record::Section;
use record::chart::{Chart, Content};
use record::plan::{Decided, Topic};
use record::summary::{Absence, Note, Standing};
use yew::prelude::*;

/// Which of the four labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    Known,
    NoneKnown,
    NotRecorded,
    Unavailable,
}

impl Label {
    pub const fn words(self) -> &'static str {
        match self {
            Label::Known => "Known allergies",
            Label::NoneKnown => "No known allergies",
            Label::NotRecorded => "Allergies not recorded",
            Label::Unavailable => "Allergies unavailable",
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Label::Known => "known",
            Label::NoneKnown => "none",
            Label::NotRecorded => "not-recorded",
            Label::Unavailable => "unavailable",
        }
    }
}

/// What the strip says of the record and of the care plan: the label, agents in the order of the section, and what else must be said beside them.
pub fn summary(chart: &Chart, decided: &[Decided]) -> (Label, Vec<String>, Option<&'static str>) {
    let (label, mut agents, beside) = recorded(chart);
    let plan: Vec<&Decided> = decided.iter().filter(|one| one.topic == Topic::AllergyStatus).collect();
    // What somebody wrote in the plan is never less than what the record's sources say: it may be newer than all of them.
    let says = plan.iter().filter(|one| !one.none_known);
    agents.extend(says.map(|one| format!("care plan: {}", one.text)));
    match (label, plan.is_empty(), agents.is_empty()) {
        (_, true, _) => (label, agents, beside),
        (Label::Known, false, _) if plan.iter().any(|one| one.none_known) => {
            (label, agents, Some("the care plan disagrees"))
        }
        (Label::NoneKnown, false, false) => (Label::Known, agents, Some("the record says none known")),
        (_, false, false) => (Label::Known, agents, beside),
        // The plan alone says that there are none: so it is said, but the label is the record's.
        (_, false, true) => (label, agents, beside.or(Some("the care plan says none known"))),
    }
}

fn recorded(chart: &Chart) -> (Label, Vec<String>, Option<&'static str>) {
    let Some(section) = chart.section(Section::Allergies) else { return (Label::Unavailable, vec![], None) };
    let absences = || {
        section.notes.iter().filter_map(|n| match &n.value {
            Note::Absent(absence) => Some(absence),
            Note::Warning(_) | Note::Said { .. } => None,
        })
    };
    let partly = absences().any(|a| matches!(a, Absence::Unavailable | Absence::Withheld));
    match &section.content {
        Content::Absent(Absence::NoneKnown { .. }) => (Label::NoneKnown, vec![], None),
        Content::Absent(Absence::NotAsked | Absence::NoContentRecorded) => {
            // "No known drug allergy" is less than "no known allergies": the label stays, and that something is said.
            let said = section.notes.iter().any(|n| matches!(n.value, Note::Said { .. }));
            (Label::NotRecorded, vec![], said.then_some("a statement is in the record"))
        }
        Content::Absent(Absence::Unavailable) => (Label::Unavailable, vec![], None),
        Content::Absent(Absence::Withheld) => (Label::Unavailable, vec![], Some("some information withheld")),
        Content::Held(items) => {
            let mut agents: Vec<String> = Vec::new();
            for item in items.iter().filter(|i| matches!(i.value.standing, Standing::Current | Standing::Future)) {
                let agent = lower(item.value.title.trim());
                if !agents.iter().any(|a| a.eq_ignore_ascii_case(&agent)) {
                    agents.push(agent);
                }
            }
            let beside = match (section.contradiction, partly) {
                (true, _) => Some("sources disagree"),
                (false, true) => Some("not every source could be read"),
                (false, false) => None,
            };
            match agents.is_empty() {
                false => (Label::Known, agents, beside),
                true if absences().any(|a| matches!(a, Absence::NoneKnown { .. })) && !partly => {
                    (Label::NoneKnown, vec![], Some("ended ones are in the record"))
                }
                true => (Label::NotRecorded, vec![], Some("only ended or mistaken ones are in the record")),
            }
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct StripProps {
    pub label: Label,
    pub agents: Vec<String>,
    pub beside: Option<&'static str>,
}

#[component]
pub fn Strip(props: &StripProps) -> Html {
    let screen = super::use_screen();
    let hidden = screen.state.private;
    let toggle = {
        let acts = screen.acts.clone();
        Callback::from(move |_| acts.tell(Action::Private(!hidden)))
    };
    let icon = match props.label {
        Label::Known => icons::warning(),
        Label::NoneKnown => icons::none_known(),
        Label::NotRecorded => icons::not_asked(),
        Label::Unavailable => icons::unavailable(),
    };
    let more = props.agents.len().saturating_sub(2);
    let agents = props.agents.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
    let can_hide = !props.agents.is_empty() || props.beside.is_some();
    html! {
        <section class={format!("s-strip s-strip--{}", props.label.code())} aria-label="Allergies"
            data-test="allergy-strip">
            <div class="s-wide s-strip__row">
                <p class="s-strip__words">
                    { icon }
                    <span><strong>{ props.label.words() }</strong>
                    if hidden && can_hide {
                        <span>{ " hidden" }</span>
                    } else {
                        if !agents.is_empty() {
                            <>{ " " }<span class="s-strip__agents">{ agents }</span>
                            if more > 0 { { format!(" and {more} more") } }</>
                        }
                        if let Some(beside) = props.beside {
                            <span class="s-strip__beside">{ format!(" ({beside})") }</span>
                        }
                    }</span>
                </p>
                if can_hide {
                    <button type="button" class="s-strip__toggle" onclick={toggle} data-test="strip-toggle"
                        aria-label={if hidden { "Show allergies" } else { "Hide allergies from bystanders" }}>
                        { if hidden { "Show" } else { "Hide" } }
                    </button>
                }
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::summary::{Body, Fact, FactKey, Item};
    use record::{Sections, SourceId};

    fn fact(key: &str, body: Body) -> Fact {
        Fact { key: FactKey(key.into()), source: SourceId(1), recorded: None, body }
    }

    fn agent(key: &str, title: &str, standing: Standing) -> Fact {
        let item = Item { title: title.into(), standing, ..Item::default() };
        fact(key, Body::Item(Section::Allergies, Box::new(item)))
    }

    fn absent(absence: Absence) -> Fact {
        fact("n", Body::Note(Section::Allergies, Note::Absent(absence)))
    }

    fn label(facts: impl IntoIterator<Item = Fact>) -> (Label, Vec<String>, Option<&'static str>) {
        summary(&Chart::assemble(facts, Sections::ALL), &[])
    }

    #[test]
    fn no_known_only_when_somebody_asked() {
        assert_eq!(label([]).0, Label::NotRecorded);
        assert_eq!(label([absent(Absence::NoneKnown { when: None, by: None })]).0, Label::NoneKnown);
        assert_eq!(label([absent(Absence::NoContentRecorded)]).0, Label::NotRecorded);
        assert_eq!(label([absent(Absence::Withheld)]).0, Label::Unavailable);
        assert_eq!(summary(&Chart::assemble([], Sections::NONE), &[]).0, Label::Unavailable);
    }

    #[test]
    fn one_agent_once_and_mistakes_not_at_all() {
        let facts = [
            agent("a", "Penicillin", Standing::Current),
            agent("b", "penicillin", Standing::Current),
            agent("c", "Latex", Standing::InError),
        ];
        assert_eq!(label(facts), (Label::Known, vec!["penicillin".into()], None));
        let ended = [agent("a", "Eggs", Standing::Past)];
        assert_eq!(label(ended).0, Label::NotRecorded);
    }

    #[test]
    fn what_the_plan_says_is_never_behind_what_the_record_does_not_know() {
        let says = |text: &str, none_known| {
            vec![Decided {
                topic: Topic::AllergyStatus,
                text: text.into(),
                by: "Jo Marlow".into(),
                at: record::Stamp::from_millis(0),
                kept: String::new(),
                disputed: false,
                none_known,
            }]
        };
        let none = || Chart::assemble([absent(Absence::NoneKnown { when: None, by: None })], Sections::ALL);
        let held = || Chart::assemble([agent("a", "Latex", Standing::Current)], Sections::ALL);
        let penicillin = says("penicillin: anaphylaxis", false);
        let (label, agents, beside) = summary(&none(), &penicillin);
        assert_eq!((label, beside), (Label::Known, Some("the record says none known")));
        assert_eq!(agents, ["care plan: penicillin: anaphylaxis"]);
        assert_eq!(summary(&Chart::assemble([], Sections::ALL), &penicillin).0, Label::Known);
        assert_eq!(summary(&held(), &penicillin).1.len(), 2);
        assert_eq!(summary(&held(), &says("No known allergy", true)).2, Some("the care plan disagrees"));
        let unknown = summary(&Chart::assemble([], Sections::ALL), &says("No known allergy", true));
        assert_eq!((unknown.0, unknown.2), (Label::NotRecorded, Some("the care plan says none known")));
    }

    #[test]
    fn disagreement_and_gaps_are_said() {
        let none = absent(Absence::NoneKnown { when: None, by: None });
        let held = agent("a", "Latex", Standing::Current);
        assert_eq!(label([none, held.clone()]).2, Some("sources disagree"));
        assert_eq!(label([absent(Absence::Unavailable), held]).2, Some("not every source could be read"));
    }
}
