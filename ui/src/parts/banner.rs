//! The patient banner (NHS CUI zone 1): who this is, always visible, never cut. No clinical content, no place, no photograph.

use desk::view::OpenedChart;
use record::feed::Listing;
use record::patient::{Demographics, Life, age};
use record::{NhsNumber, When};
use yew::prelude::*;

/// What the banner says, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub name: String,
    pub preferred: Option<String>,
    pub born: String,
    /// The day of death and the age then, where the person has died.
    pub died: Option<(String, Option<String>)>,
    pub gender: &'static str,
    pub number: Option<NhsNumber>,
    pub verified: bool,
}

impl Words {
    /// From the row alone: for pages that show no record.
    pub fn of_listing(listing: &Listing, age: &str) -> Words {
        let died = listing.died.then(|| ("date Not Known".to_owned(), None));
        Words {
            name: listing.banner.clone(),
            preferred: None,
            born: born(listing.born.as_ref(), age, died.is_some()),
            died,
            gender: listing.gender.label(),
            number: listing.nhs_number,
            verified: listing.nhs_number_verified,
        }
    }

    /// From the record: the most complete demographics, with the row's values where those are silent.
    pub fn of_chart(opened: &OpenedChart) -> Words {
        let mut words = Words::of_listing(&opened.listing, &opened.age);
        if let Some(d) = opened.chart.demographics.first().map(|d| &d.value) {
            words.preferred = d.preferred_name();
            words.died = died(d).or(words.died);
            words.born = born(d.born.as_ref().or(opened.listing.born.as_ref()), &opened.age, words.died.is_some());
        }
        words
    }
}

/// `05-Jan-1940 (86y)`; without the age where the person has died, for "age at death" stands elsewhere.
fn born(when: Option<&When>, age: &str, died: bool) -> String {
    match when {
        None => "Not Known".to_owned(),
        Some(when) if died || age.is_empty() => when.display_date(),
        Some(when) => format!("{} ({age})", when.display_date()),
    }
}

fn died(d: &Demographics) -> Option<(String, Option<String>)> {
    let Life::Died { when, .. } = &d.life else { return None };
    let at_death = d.born.as_ref().zip(when.as_ref()).and_then(|(born, when)| Some(age(born, when.date()?)));
    let day = when.as_ref().map_or("date Not Known".to_owned(), When::display_date);
    Some((day, at_death.filter(|a| !a.is_empty())))
}

#[derive(Properties, PartialEq)]
pub struct BannerProps {
    pub words: Words,
}

#[component]
pub fn Banner(props: &BannerProps) -> Html {
    let words = &props.words;
    let fact = |label: &'static str, value: Html| {
        html! { <div class="s-banner__fact"><dt>{ label }</dt>{ " " }<dd>{ value }</dd></div> }
    };
    html! {
        <section class={classes!("s-banner", words.died.is_some().then_some("s-banner--died"))} aria-label="Patient"
            id="person-banner" data-test="banner">
            <div class="s-wide">
                <div class="s-banner__who">
                    <p class="s-banner__name">{ &words.name }</p>
                    if let Some(preferred) = &words.preferred {
                        <p class="s-banner__preferred"><span class="s-label-text">{ "Preferred name" }</span>{ " " }{ preferred }</p>
                    }
                </div>
                <dl class="s-banner__facts">
                    { fact("Born", html! { &words.born }) }
                    if let Some((day, at_death)) = &words.died {
                        { fact("Died", html! { day }) }
                        if let Some(at_death) = at_death {
                            { fact("Age at death", html! { at_death }) }
                        }
                    }
                    { fact("Gender", html! { words.gender }) }
                    { fact("NHS No.", number(words.number, words.verified)) }
                </dl>
            </div>
        </section>
    }
}

/// 3-3-4, on one line; not verified is said.
pub fn number(number: Option<NhsNumber>, verified: bool) -> Html {
    match number {
        Some(number) => html! {
            <><span class="s-nhs-number">{ number.to_string() }</span>
            if !verified { <span class="s-unverified">{ " (not verified)" }</span> }</>
        },
        None => html! { "Not Known" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_have_their_age_at_death_and_no_age_now() {
        let d = Demographics {
            born: When::parse("1940-01-05"),
            life: Life::Died { when: When::parse("2026-01-04"), formal: true },
            ..Demographics::default()
        };
        assert_eq!(died(&d), Some(("04-Jan-2026".into(), Some("85y".into()))));
        assert_eq!(born(d.born.as_ref(), "86y", true), "05-Jan-1940");
        assert_eq!(born(None, "", false), "Not Known");
        let unknown = Demographics { life: Life::Died { when: None, formal: false }, ..d };
        assert_eq!(died(&unknown), Some(("date Not Known".into(), None)));
    }
}
