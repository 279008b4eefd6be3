//! How the screen looks, which anybody may change, and the PIN, which only its owner may.

use crate::display::{Display, SIZES, Theme};
use crate::pages::enrol::new_pin;
use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Pin, Radio, chosen, submit};
use crate::parts::{heading, use_page, use_screen};
use crate::routes::Page;
use desk::trouble::Field;
use yew::prelude::*;

#[component]
pub fn SettingsPage() -> Html {
    let screen = use_screen();
    let display = use_state(Display::load);
    let (old, new, again) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let refused = errors::of_field(trouble.as_ref(), &[(Field::Pin, "old-pin"), (Field::NewPin, "new-pin")]);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::Settings.title(), !mends.is_empty());

    let change = {
        let display = display.clone();
        move |next: Display| {
            next.put();
            display.set(next);
        }
    };
    let onsize = {
        let (change, display) = (change.clone(), display.clone());
        Callback::from(move |event: Event| {
            if let Ok(size) = chosen(&event).parse() {
                change(Display { size, ..*display });
            }
        })
    };
    let theme = |theme: Theme| {
        let (change, now) = (change.clone(), *display);
        let pick = Callback::from(move |()| change(Display { theme, ..now }));
        html! {
            <Radio key={theme.code()} name="theme" mark={format!("theme-{}", theme.code())} label={theme.label()}
                checked={display.theme == theme} {pick} />
        }
    };
    let onsubmit = {
        let (acts, mine, attempt) = (screen.acts.clone(), mine.clone(), attempt.clone());
        let (old, new, again) = (old.clone(), new.clone(), again.clone());
        submit(move || {
            attempt.set(*attempt + 1);
            let wrong = wrong(&old, &new, &again);
            if wrong.is_empty() {
                acts.change_pin((*old).clone(), (*new).clone());
                [&old, &new, &again].into_iter().for_each(|field| field.set(String::new()));
            }
            mine.set(wrong);
        })
    };
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    html! {
        <div class="s-narrow" data-test="settings">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading("Settings") }
            { errors::notice(screen.state.notice) }
            { errors::trouble(other) }
            <h2 class="nhsuk-heading-m">{ "Display" }</h2>
            <div class="nhsuk-form-group">
                <label class="nhsuk-label s-label" for="size">{ "Text size" }</label>
                <select class="nhsuk-select" id="size" data-test="size" onchange={onsize}>
                    { for SIZES.into_iter().map(|size| html! {
                        <option value={size.to_string()} selected={display.size == size}>{ format!("{size}%") }</option>
                    }) }
                </select>
            </div>
            <fieldset class="nhsuk-fieldset nhsuk-form-group">
                <legend class="nhsuk-fieldset__legend s-label">{ "Theme" }</legend>
                <div class="nhsuk-radios">{ for Theme::ALL.into_iter().map(theme) }</div>
            </fieldset>
            if screen.state.signed_in() {
                <h2 class="nhsuk-heading-m">{ "Change PIN" }</h2>
                <form {onsubmit} novalidate=true>
                    <Pin id="old-pin" label="Your PIN now" error={errors::beside(&mends, "old-pin")} value={old} />
                    <Pin id="new-pin" label="New PIN" hint="6 to 12 numbers" new=true error={errors::beside(&mends, "new-pin")}
                        value={new} />
                    <Pin id="new-pin-again" label="New PIN again" new=true error={errors::beside(&mends, "new-pin-again")}
                        value={again} />
                    <button type="submit" class="nhsuk-button s-primary" data-test="settings-submit"
                        disabled={screen.state.waiting.is_some()}>{ "Change PIN" }</button>
                </form>
            }
        </div>
    }
}

fn wrong(old: &str, new: &str, again: &str) -> Vec<Mend> {
    let mut wrong: Vec<Mend> = vec![];
    if old.is_empty() {
        wrong.push(("old-pin", "Enter your PIN now".into()));
    }
    wrong.extend(new_pin(new, again, "new-pin", "new-pin-again"));
    wrong
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_old_pin_is_asked_for_too() {
        assert_eq!(super::wrong("", "271828", "271828"), [("old-pin", "Enter your PIN now".to_owned())]);
    }
}
