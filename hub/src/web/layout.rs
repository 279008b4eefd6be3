//! What every page has: head, navigation, error summary, form parts, pager. Markup and class names are NHS.UK frontend's; text
//! is escaped by `maud`. Titles never name a patient.

use super::{Place, Visit};
use maud::{DOCTYPE, Markup, html};

/// Something wrong with a field of a form.
pub(crate) struct Trouble {
    field: String,
    text: String,
}

impl Trouble {
    pub(crate) fn at(field: &'static str, text: impl Into<String>) -> Trouble {
        Trouble::at_id(field.to_owned(), text)
    }

    /// At a field among many of its name.
    pub(crate) fn at_id(field: String, text: impl Into<String>) -> Trouble {
        Trouble { field, text: text.into() }
    }

    pub(crate) fn is_at(&self, field: &str) -> bool {
        self.field == field
    }
}

fn whole(place: &Place, title: &str, troubles: &[Trouble], nav: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                meta name="format-detection" content="telephone=no";
                title {
                    @if !troubles.is_empty() { "Error: " }
                    (title) " - " (place.title)
                }
                link rel="stylesheet" href="/assets/nhsuk/nhsuk-frontend.min.css";
                link rel="stylesheet" href="/assets/pages.css";
                @if let Some(own) = place.style { link rel="stylesheet" href=(own); }
            }
            body class="nhsuk-template__body" {
                a class="nhsuk-skip-link" href="#main" { "Skip to main content" }
                (nav)
                main class="o-main" id="main" tabindex="-1" {
                    @if !troubles.is_empty() { (summary(troubles)) }
                    (body)
                }
            }
        }
    }
}

fn summary(troubles: &[Trouble]) -> Markup {
    html! {
        div class="nhsuk-error-summary" role="alert" aria-labelledby="error-title" {
            h2 class="nhsuk-error-summary__title" id="error-title" { "There is a problem" }
            div class="nhsuk-error-summary__body" {
                ul class="nhsuk-list nhsuk-error-summary__list" {
                    @for trouble in troubles { li { a href={ "#" (trouble.field) } { (trouble.text) } } }
                }
            }
        }
    }
}

fn bar(place: &Place, inside: &Markup) -> Markup {
    html! {
        header class="o-top" {
            div class="o-top__row" {
                p class="o-brand" { "Satchel " span { (place.brand) } }
                (inside)
            }
        }
    }
}

/// A page before anybody signed in.
pub(crate) fn outside(place: &Place, title: &str, troubles: &[Trouble], body: Markup) -> Markup {
    whole(place, title, troubles, &bar(place, &html! {}), &html! { div class="o-narrow" { (body) } })
}

/// A page for somebody signed in. `at`: where in the navigation it stands.
pub(crate) fn page(here: &Visit<'_>, at: &str, title: &str, troubles: &[Trouble], body: Markup) -> Markup {
    let who = html! {
        div class="o-top__who" {
            span { (here.actor.name) }
            form method="post" action="/sign-out" {
                (token(&here.token))
                button class="o-plain" type="submit" { "Sign out" }
            }
        }
    };
    let nav = html! {
        (bar(here.office.place, &who))
        nav class="o-nav" aria-label=(here.office.place.nav) {
            ul {
                @for (address, words) in here.office.place.pages {
                    li { a href=(address) aria-current=[(*address == at).then_some("page")] { (words) } }
                }
            }
        }
    };
    whole(here.office.place, title, troubles, &nav, &body)
}

fn short(place: &Place, title: &str, words: Markup) -> Markup {
    outside(
        place,
        title,
        &[],
        html! { h1 class="nhsuk-heading-l" { (title) } (words) p { a href="/" { (place.home) } } },
    )
}

pub(crate) fn not_found(place: &Place) -> Markup {
    short(place, "Page not found", html! { p { "There is nothing at this address." } })
}

pub(crate) fn broken(place: &Place) -> Markup {
    short(
        place,
        "Sorry, there is a problem",
        html! {
            p { "The page could not be made, and nothing was changed. If it happens again, tell whoever runs the hub." }
        },
    )
}

pub(crate) fn foreign_form(place: &Place) -> Markup {
    short(
        place,
        "This form is out of date",
        html! {
            p { "Nothing was done. You may have signed in again since this page was opened. Open it anew and try again." }
        },
    )
}

// ---- parts of forms -----------------------------------------------------------------------------------------------------

/// Binds the form to whoever was shown it.
pub(crate) fn token(token: &str) -> Markup {
    html! { input type="hidden" name="token" value=(token); }
}

pub(crate) fn submit(words: &str) -> Markup {
    html! { button class="nhsuk-button" type="submit" { (words) } }
}

fn wrong<'a>(name: &str, troubles: &'a [Trouble]) -> Option<&'a str> {
    troubles.iter().find(|t| t.field == name).map(|t| t.text.as_str())
}

fn described(name: &str, hint: bool, error: bool) -> Option<String> {
    let parts: Vec<String> = [(hint, "hint"), (error, "error")]
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, part)| format!("{name}-{part}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A field with label, hint and error around `control`.
fn group(name: &str, label: &str, hint: Option<&str>, error: Option<&str>, control: &Markup) -> Markup {
    html! {
        div class={ "nhsuk-form-group" @if error.is_some() { " nhsuk-form-group--error" } } {
            label class="nhsuk-label" for=(name) { (label) }
            @if let Some(hint) = hint { div class="nhsuk-hint" id={ (name) "-hint" } { (hint) } }
            @if let Some(error) = error {
                span class="nhsuk-error-message" id={ (name) "-error" } {
                    span class="nhsuk-u-visually-hidden" { "Error: " } (error)
                }
            }
            (control)
        }
    }
}

fn classes(error: Option<&str>) -> &'static str {
    if error.is_some() { "nhsuk-input nhsuk-input--error" } else { "nhsuk-input" }
}

pub(crate) fn input(
    name: &str,
    label: &str,
    hint: Option<&str>,
    value: &str,
    complete: &str,
    troubles: &[Trouble],
) -> Markup {
    let error = wrong(name, troubles);
    let described = described(name, hint.is_some(), error.is_some());
    group(
        name,
        label,
        hint,
        error,
        &html! {
            input class=(classes(error)) id=(name) name=(name) type="text" value=(value) autocomplete=(complete)
                autocapitalize="none" spellcheck="false" aria-describedby=[described];
        },
    )
}

/// An NHS number: one box, spaces welcome, nothing remembered by the browser.
pub(crate) fn nhs_number(troubles: &[Trouble]) -> Markup {
    let error = wrong("nhs", troubles);
    let described = described("nhs", true, error.is_some());
    group(
        "nhs",
        "NHS number",
        Some("10 numbers, for example 999 123 4567"),
        error,
        &html! {
            input class=(classes(error)) id="nhs" name="nhs" type="text" inputmode="numeric" maxlength="20" autocomplete="off"
                aria-describedby=[described];
        },
    )
}

pub(crate) fn secret(name: &str, label: &str, hint: Option<&str>, complete: &str, troubles: &[Trouble]) -> Markup {
    let error = wrong(name, troubles);
    let described = described(name, hint.is_some(), error.is_some());
    group(
        name,
        label,
        hint,
        error,
        &html! {
            input class=(classes(error)) id=(name) name=(name) type="password" autocomplete=(complete) aria-describedby=[described];
        },
    )
}

pub(crate) fn date(name: &str, label: &str, value: &str) -> Markup {
    group(
        name,
        label,
        None,
        None,
        &html! {
            input class="nhsuk-input o-date" id=(name) name=(name) type="date" value=(value);
        },
    )
}

/// A choice of one: code, words.
pub(crate) fn select(name: &str, label: &str, chosen: &str, options: &[(&str, &str)]) -> Markup {
    group(
        name,
        label,
        None,
        None,
        &html! {
            select class="nhsuk-select" id=(name) name=(name) {
                @for (code, words) in options { option value=(code) selected[*code == chosen] { (words) } }
            }
        },
    )
}

pub(crate) fn note(name: &str, label: &str, hint: &str, value: &str, troubles: &[Trouble]) -> Markup {
    let error = wrong(name, troubles);
    let class = if error.is_some() { "nhsuk-textarea nhsuk-textarea--error" } else { "nhsuk-textarea" };
    group(
        name,
        label,
        Some(hint),
        error,
        &html! {
            textarea class=(class) id=(name) name=(name) rows="4" maxlength="1000" aria-describedby=[described(name, true, error.is_some())] {
                (value)
            }
        },
    )
}

/// A group of radio buttons: code, words.
pub(crate) fn radios(name: &str, legend: &str, chosen: &str, options: &[(&str, &str)], troubles: &[Trouble]) -> Markup {
    let error = wrong(name, troubles);
    html! {
        div class={ "nhsuk-form-group" @if error.is_some() { " nhsuk-form-group--error" } } {
            fieldset class="nhsuk-fieldset" aria-describedby=[described(name, false, error.is_some())] {
                legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s" { (legend) }
                @if let Some(error) = error {
                    span class="nhsuk-error-message" id={ (name) "-error" } {
                        span class="nhsuk-u-visually-hidden" { "Error: " } (error)
                    }
                }
                div class="nhsuk-radios" {
                    @for (n, (code, words)) in options.iter().enumerate() {
                        // The first has the name that the error summary points to.
                        @let id = if n == 0 { name.to_owned() } else { format!("{name}-{n}") };
                        div class="nhsuk-radios__item" {
                            input class="nhsuk-radios__input" id=(id) name=(name) type="radio" value=(code) checked[*code == chosen];
                            label class="nhsuk-label nhsuk-radios__label" for=(id) { (words) }
                        }
                    }
                }
            }
        }
    }
}

// ---- parts of pages -----------------------------------------------------------------------------------------------------

/// Key and value, one below the other.
pub(crate) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl class="nhsuk-summary-list" {
            @for (key, value) in rows {
                div class="nhsuk-summary-list__row" {
                    dt class="nhsuk-summary-list__key" { (key) }
                    dd class="nhsuk-summary-list__value" { (value) }
                }
            }
        }
    }
}

/// A table that becomes a list of cards on a phone: each cell carries its heading.
pub(crate) fn table(caption: &str, headings: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table class="nhsuk-table-responsive o-table" role="table" {
            caption class="nhsuk-table__caption nhsuk-table__caption--s" { (caption) }
            thead class="nhsuk-table__head" role="rowgroup" {
                tr role="row" { @for heading in headings { th role="columnheader" scope="col" { (heading) } } }
            }
            tbody class="nhsuk-table__body" role="rowgroup" {
                @for row in rows {
                    tr role="row" class="nhsuk-table__row" {
                        @for (heading, cell) in headings.iter().zip(row) {
                            td role="cell" class="nhsuk-table__cell" {
                                span class="nhsuk-table-responsive__heading" aria-hidden="true" { (heading) " " }
                                span { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A word that stands out, by colour and by what it says.
pub(crate) fn tag(colour: &str, words: &str) -> Markup {
    html! { strong class={ "nhsuk-tag nhsuk-tag--" (colour) } { (words) } }
}

/// The link to the next page of a list, where there is one.
pub(crate) fn onward(address: Option<String>, words: &str) -> Markup {
    html! { @if let Some(address) = address { p class="o-onward" { a rel="next" href=(address) { (words) } } } }
}
