//! Who changed what in the care plan, when, on which device, and where each change is. Each line opens the plan as it then stood.

use crate::parts::{errors, heading, use_page, use_screen};
use crate::routes::Page;
use crate::words::count;
use desk::plan::{PlanLine, Receipt};
use yew::prelude::*;

#[component]
pub fn PlanHistoryPage() -> Html {
    let screen = use_screen();
    use_page(Page::PlanHistory.title(), false);
    let Some(history) = screen.state.plan_lines.clone() else { return Html::default() };
    let (person, purpose) = (history.listing.person, screen.state.purpose);
    let row = |(place, line): (usize, &PlanLine)| {
        let (acts, moment) = (screen.acts.clone(), line.line.moment.clone());
        let open = Callback::from(move |_: MouseEvent| acts.plan(person, purpose, Some(moment.clone())));
        let staff = line.line.staff.as_ref().map_or_else(|| "Unknown".to_owned(), |s| s.to_string());
        let device = line.line.device.as_ref().map_or_else(|| "unknown device".to_owned(), |d| format!("device {d}"));
        let who = if line.line.name.is_empty() { staff } else { line.line.name.clone() };
        html! {
            <li class="s-line" key={place}>
                <p><strong>{ line.line.what.in_words() }</strong><br/>{ format!("{who}, {device}") }
                    <br/><span class="s-quiet s-nowrap">{ line.line.at.display() }</span></p>
                <p class="s-quiet">{ receipt(&line.receipt) }</p>
                <button type="button" class="s-plain" data-test={format!("plan-at-{place}")} onclick={open}>{ "Show the plan as it then stood" }</button>
            </li>
        }
    };
    html! {
        <div data-test="plan-history">
            { heading("History of the care plan") }
            { errors::trouble(screen.state.trouble.as_ref()) }
            <p>{ format!("{}, newest first. Nothing is ever removed.", count(history.lines.len(), "change", "changes")) }</p>
            <ol class="nhsuk-list s-lines">{ for history.lines.iter().enumerate().map(row) }</ol>
        </div>
    }
}

/// Where a change is: never more than is known.
fn receipt(receipt: &Receipt) -> String {
    match receipt {
        Receipt::OnThisDevice => "Saved on this device, not yet sent".to_owned(),
        Receipt::HeldByHub { word, seen } => {
            let opened =
                seen.iter().map(|s| format!("; opened by {}, {}", s.who(), s.at.display())).collect::<String>();
            format!("Held by the hub, {}{opened}", word.at().display())
        }
        Receipt::FromHub => "Came from the hub".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Stamp;
    use record::receipt::HubWord;

    #[test]
    fn only_the_hubs_word_says_held() {
        let held = |r: &Receipt| receipt(r).starts_with("Held by the hub");
        let word = HubWord::verified(Stamp::from_millis(0));
        assert!(held(&Receipt::HeldByHub { word, seen: vec![] }));
        assert!(!held(&Receipt::OnThisDevice) && !held(&Receipt::FromHub));
    }
}
