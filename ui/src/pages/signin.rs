//! Who is holding the device: the people enrolled on it, and the PIN. The PIN is kept nowhere but in its field, and is emptied
//! after each try.

use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Pin, Radio, submit};
use crate::parts::{chip, heading, use_page, use_screen};
use crate::routes::Page;
use crate::state::Action;
use desk::trouble::Field;
use record::StaffId;
use yew::prelude::*;

#[component]
pub fn SignIn() -> Html {
    let screen = use_screen();
    let pin = use_state(String::new);
    let staff = use_state(|| None::<StaffId>);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let refused = errors::of_field(trouble.as_ref(), &[(Field::Pin, "pin")]);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::SignIn.title(), !mends.is_empty());

    let Some(status) = screen.state.status.clone() else { return Html::default() };
    let only = (status.users.len() == 1).then(|| status.users[0].staff.clone());
    let picked = (*staff).clone().or(only);
    let busy = screen.state.waiting.is_some();
    let onsubmit = {
        let (acts, pin, mine, attempt, picked) =
            (screen.acts.clone(), pin.clone(), mine.clone(), attempt.clone(), picked.clone());
        let first = status.users.first().map(|u| u.staff.clone());
        submit(move || {
            let mut wrong: Vec<Mend> = vec![];
            if picked.is_none() && first.is_some() {
                wrong.push(("users", "Select who you are".into()));
            }
            if pin.is_empty() {
                wrong.push(("pin", "Enter your PIN".into()));
            }
            attempt.set(*attempt + 1);
            if let (true, Some(staff)) = (wrong.is_empty(), picked.clone()) {
                acts.sign_in(staff, (*pin).clone());
                pin.set(String::new());
            }
            mine.set(wrong);
        })
    };
    let user = |user: &desk::view::User| {
        let pick = {
            let (staff, id) = (staff.clone(), user.staff.clone());
            Callback::from(move |()| staff.set(Some(id.clone())))
        };
        html! {
            <Radio key={user.staff.as_str()} name="user" mark={format!("user-{}", user.staff)} label={user.name.clone()}
                hint={format!("{}, {}", user.title, user.organisation)} checked={picked.as_ref() == Some(&user.staff)}
                {pick} class="s-user" />
        }
    };
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    let (to_enrol, to_courier) = (screen.acts.clone(), screen.acts.clone());
    html! {
        <div class="s-narrow">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading("Sign in") }
            { errors::trouble(other) }
            <form {onsubmit} novalidate=true>
                <fieldset class={classes!("nhsuk-fieldset", crate::parts::form::group(errors::beside(&mends, "users").is_some()))}
                    id="users" tabindex="-1">
                    <legend class="nhsuk-fieldset__legend s-label">{ "Who are you?" }</legend>
                    { crate::parts::form::error_beside("users", errors::beside(&mends, "users").as_deref()) }
                    <div class="nhsuk-radios">{ for status.users.iter().map(user) }</div>
                </fieldset>
                <Pin id="pin" label="PIN" error={errors::beside(&mends, "pin")} value={pin} />
                <button type="submit" class="nhsuk-button s-primary" data-test="signin-submit" disabled={busy}>
                    <span data-test="sign-in">{ if busy { "Signing in" } else { "Sign in" } }</span>
                </button>
            </form>
            if status.sealed > 0 {
                <p><button type="button" class="s-plain" data-test="to-courier"
                    onclick={Callback::from(move |_: MouseEvent| to_courier.tell(Action::Go(Page::Courier, None)))}>
                    { "Work on this device is not sent yet: let a colleague carry it" }</button></p>
            }
            <p><button type="button" class="s-plain" data-test="to-enrol"
                onclick={Callback::from(move |_: MouseEvent| to_enrol.tell(Action::Go(Page::Enrol, None)))}>
                { "Set this device up for somebody else" }</button></p>
            { chip::keystore(status.keystore) }
        </div>
    }
}
