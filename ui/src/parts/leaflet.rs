//! The programme's leaflet: its question, its options as large cards with a drawing, in the language and the direction that the person
//! reads. The words are the policy pack's; which options there are is its business too.

use crate::parts::form::Radio;
use crate::parts::icons;
use record::consent::Choice;
use record::consent::pack::{Card, Direction, Leaflet, Pack};
use yew::prelude::*;

/// The leaflet in the language of this tag, else in the programme's own.
pub fn in_language<'p>(pack: &'p Pack, tag: &str) -> Option<&'p Leaflet> {
    pack.languages.iter().find(|l| l.tag == tag).or(pack.languages.first())
}

pub const fn direction(leaflet: &Leaflet) -> &'static str {
    match leaflet.direction {
        Direction::Ltr => "ltr",
        Direction::Rtl => "rtl",
    }
}

/// Buttons for the languages, each in its own words; nothing where there is only one.
pub fn switch(pack: &Pack, tag: &UseStateHandle<String>) -> Html {
    if pack.languages.len() < 2 {
        return Html::default();
    }
    let now = in_language(pack, tag).map(|l| l.tag.clone()).unwrap_or_default();
    let one = |leaflet: &Leaflet| {
        let (state, to) = (tag.clone(), leaflet.tag.clone());
        let onclick = Callback::from(move |_: MouseEvent| state.set(to.clone()));
        let pressed = leaflet.tag == now;
        html! {
            <button type="button" class="s-language" lang={leaflet.tag.clone()} dir={direction(leaflet)} aria-pressed={pressed.to_string()}
                data-test={format!("language-{}", leaflet.tag)} {onclick}>{ &leaflet.name }</button>
        }
    };
    html! { <div class="s-languages" role="group" aria-label="Language">{ for pack.languages.iter().map(one) }</div> }
}

#[derive(Properties, PartialEq)]
pub struct CardsProps {
    pub leaflet: Leaflet,
    pub choice: UseStateHandle<Option<Choice>>,
}

/// The options.
#[component]
pub fn Cards(props: &CardsProps) -> Html {
    let CardsProps { leaflet, choice } = props;
    let card = |card: &Card| {
        let (one, state) = (card.choice, choice.clone());
        let pick = Callback::from(move |()| state.set(Some(one)));
        let (tone, word) = if one.is_yes() { ("s-choice--yes", &leaflet.yes) } else { ("s-choice--no", &leaflet.no) };
        let before = html! { <>{ icons::choice(one) }<strong class="s-choice__word">{ word }</strong></> };
        html! {
            <Radio key={one.code()} name="choice" mark={format!("choice-{one:?}")} label={card.words.clone()} hint={card.means.clone()}
                checked={**choice == Some(one)} {pick} {before} class={classes!("s-choice", tone)} />
        }
    };
    html! {
        <div class="nhsuk-radios s-choices" lang={leaflet.tag.clone()} dir={direction(leaflet)}>{ for leaflet.cards.iter().map(card) }</div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::consent::Mode;

    fn leaflet(tag: &str, direction: Direction) -> Leaflet {
        let text = || "x".to_owned();
        Leaflet {
            tag: tag.into(),
            name: text(),
            direction,
            question: text(),
            introduction: text(),
            yes: text(),
            no: text(),
            change: text(),
            form: text(),
            sign: text(),
            cards: vec![],
        }
    }

    #[test]
    fn an_unknown_language_is_the_programmes_own() {
        let mut pack = Pack::bare(Mode::AskEachTime);
        assert!(in_language(&pack, "en").is_none());
        pack.languages = vec![leaflet("en", Direction::Ltr), leaflet("ur", Direction::Rtl)];
        assert_eq!(in_language(&pack, "ur").map(direction), Some("rtl"));
        assert_eq!(in_language(&pack, "fr").map(|l| l.tag.as_str()), Some("en"));
    }
}
