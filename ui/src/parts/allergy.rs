//! Allergies as a table (NHS CUI adverse drug reactions): one row an agent, alphabetical, with the past reactions. Rows of one
//! agent from several sources are put together for display; each source keeps its own line and its own original.

use crate::parts::item::{Frame, meta};
use crate::words::{lower, word};
use record::chart::Sourced;
use record::summary::{Allergy, Detail, Item};
use yew::prelude::*;

/// One agent with everything said about it, and the place of each in the record.
pub struct Agent<'a> {
    pub name: String,
    pub coded: bool,
    pub said: Vec<(usize, &'a Sourced<Item>, &'a Allergy)>,
}

/// Puts items of the same agent together. What is not an allergy by its detail is left for the caller.
pub fn agents<'a>(items: &[(usize, &'a Sourced<Item>)]) -> Vec<Agent<'a>> {
    let mut agents: Vec<Agent<'a>> = Vec::new();
    for (n, item) in items {
        let Detail::Allergy(allergy) = &item.value.detail else { continue };
        let name = item.value.title.trim();
        match agents.iter_mut().find(|a| a.name.eq_ignore_ascii_case(name)) {
            Some(agent) => {
                agent.coded |= allergy.coded;
                agent.said.push((*n, item, allergy));
            }
            None => {
                agents.push(Agent { name: name.to_owned(), coded: allergy.coded, said: vec![(*n, item, allergy)] });
            }
        }
    }
    agents
}

/// Reactions of different episodes, by comma; each said once.
fn reactions(agent: &Agent<'_>) -> String {
    let mut all: Vec<String> = Vec::new();
    for reaction in agent.said.iter().flat_map(|(_, _, allergy)| &allergy.reactions) {
        let severity = reaction.severity.as_deref().map(|s| format!(" ({s})")).unwrap_or_default();
        let shown = format!("{}{severity}", reaction.manifestation);
        if !reaction.manifestation.is_empty() && !all.contains(&shown) {
            all.push(shown);
        }
    }
    if all.is_empty() { "Reaction not recorded".to_owned() } else { all.join(", ") }
}

/// What is said of how sure and how bad: high risk first.
fn certainty(allergy: &Allergy) -> Option<String> {
    let criticality = allergy.criticality.as_deref().map(|c| match c {
        "high" => "High risk".to_owned(),
        "low" => "Low risk".to_owned(),
        "unable-to-assess" => "Risk could not be assessed".to_owned(),
        other => word(other),
    });
    let verification = allergy.verification.as_deref().map(word);
    let both: Vec<_> = criticality.into_iter().chain(verification).collect();
    (!both.is_empty()).then(|| both.join(" \u{b7} "))
}

/// The table.
pub fn table(frame: &Frame<'_>, agents: &[Agent<'_>]) -> Html {
    html! {
        <table class="s-agents">
            <thead><tr>
                <th scope="col">{ "Drug / substance" }</th>
                <th scope="col">{ "Past reactions" }</th>
            </tr></thead>
            <tbody>{ for agents.iter().map(|agent| row(frame, agent)) }</tbody>
        </table>
    }
}

fn row(frame: &Frame<'_>, agent: &Agent<'_>) -> Html {
    html! {
        <tr data-test="item">
            <th scope="row">
                if agent.coded {
                    <strong>{ lower(&agent.name) }</strong>
                } else {
                    <span class="s-agents__uncoded">{ &agent.name }</span>
                    <span class="s-agents__note">{ "Not coded: will not trigger decision support" }</span>
                }
            </th>
            <td>
                <p class="s-agents__reactions">{ reactions(agent) }</p>
                { for agent.said.iter().map(|(n, item, allergy)| html! {
                    <>
                    if let Some(certainty) = certainty(allergy) { <p class="s-quiet">{ certainty }</p> }
                    { for item.value.lines.iter().map(crate::parts::item::labelled) }
                    { meta(frame, *n, item) }
                    </>
                }) }
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::SourceId;
    use record::summary::{FactKey, Reaction};

    fn allergy(title: &str, coded: bool, manifestation: &str) -> Sourced<Item> {
        let reactions = vec![Reaction { manifestation: manifestation.into(), ..Reaction::default() }];
        let detail = Detail::Allergy(Allergy { coded, reactions, ..Allergy::default() });
        let value = Item { title: title.into(), detail, ..Item::default() };
        Sourced { key: FactKey(title.into()), source: SourceId(1), recorded: None, value }
    }

    #[test]
    fn one_row_an_agent_whatever_the_number_of_sources() {
        let (a, b, c) = (allergy("Latex", false, "rash"), allergy("latex", true, "wheeze"), allergy("Eggs", true, ""));
        let agents = agents(&[(0, &a), (1, &b), (2, &c)]);
        assert_eq!(agents.len(), 2);
        assert!(agents[0].coded);
        assert_eq!(reactions(&agents[0]), "rash, wheeze");
        assert_eq!(reactions(&agents[1]), "Reaction not recorded");
    }

    #[test]
    fn risk_in_words() {
        let allergy =
            Allergy { criticality: Some("high".into()), verification: Some("confirmed".into()), ..Allergy::default() };
        assert_eq!(certainty(&allergy).as_deref(), Some("High risk \u{b7} Confirmed"));
        assert_eq!(certainty(&Allergy::default()), None);
    }
}
