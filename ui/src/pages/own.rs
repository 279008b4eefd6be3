//! What the user's own organisation wrote itself, where the shared record is closed: a part, and it says so before anything else. It stands under no
//! allergy strip, and no heading of it calls it a record; what the organisation does not state is not mentioned, for it could be read as "none".

use crate::parts::item::{Frame, item};
use crate::parts::{Screen, errors, heading, icons, unbroken};
use crate::routes::Page;
use crate::state::Action;
use crate::words::count;
use record::Section;
use record::own::OwnSection;
use yew::prelude::*;

pub fn own(screen: &Screen) -> Html {
    let Some(page) = screen.state.own.clone() else { return Html::default() };
    let (acts, person, purpose) = (screen.acts.clone(), page.listing.person, screen.state.purpose);
    let open = Callback::from(move |(key, id): (String, String)| {
        acts.tell(Action::Go(Page::Own, Some(id)));
        acts.own_source(person, purpose, key);
    });
    let frame = Frame { sources: &page.sources, open: &open };
    let mut before = 0;
    let one = |section: &OwnSection| {
        let (start, title) = (before, section.section.title());
        before += section.items.len();
        let items = section.items.iter().enumerate().map(|(n, i)| item(&frame, section.section, start + n, i));
        html! {
            <section class="s-section" data-test={format!("own-{}", section.section.code())}>
                <h2 class="nhsuk-heading-m s-section__heading">{ title }
                    <span class="s-section__count">{ count(section.items.len(), "item", "items") }</span></h2>
                if section.section == Section::Allergies {
                    <p class="s-caveats__loud">{ icons::warning() }{ " Others may have recorded more." }</p>
                }
                <ul class="s-items">{ for items }</ul>
            </section>
        }
    };
    let sections: Html = page.part.sections.iter().map(one).collect();
    let kept = format!(
        "As this device had it on {}. This look was recorded as entry {}.",
        page.kept.display(),
        page.audit_seq
    );
    html! {
        <div class="s-narrow" data-test="own">
            { heading(format!("What {} wrote itself", page.organisation)) }
            { errors::trouble(screen.state.trouble.as_ref()) }
            <div class="s-note s-note--warn s-why" data-test="own-part">{ icons::warning() }<p>{ unbroken(&page.sentence) }</p></div>
            <p class="s-quiet">{ unbroken(&kept) }</p>
            { sections }
        </div>
    }
}
