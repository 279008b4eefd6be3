//! The front door of the hub's pages: signing in, and setting a passphrase with a one-time code. Only roles that the place names get in. Outside,
//! a wrong name, a wrong passphrase and a wrong role all read the same; inside, each try is an entry of the hub's chain.

use super::layout::{self, Trouble};
use super::passphrase::{self, Unfit};
use super::{Asked, Fields, Office, Place, Visit, answer, form_token, from_our_page, kept, to};
use crate::enrol;
use crate::store::officers::{self, End};
use crate::store::trust::CodeUse;
use crate::store::{Store, StoreFault, audit, caseload};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use maud::html;
use record::audit::{Event, HubAct};
use record::people::Actor;
use record::{StaffId, Stamp};
use rusqlite::Transaction;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};
use thiserror::Error;

/// Wrong passphrases in a row before the door stays shut for a while.
pub const TRIES: u32 = 5;
/// For so long.
pub const SHUT: SignedDuration = SignedDuration::from_mins(15);
/// Wrong tries from one address in that time, whoever they name, before the address is not listened to.
pub const TRIES_FROM_ADDRESS: u32 = 20;

#[derive(Debug, Error)]
pub enum CodeFault {
    #[error("{0} is not in the register with a role that these pages are for ({1}): satchel-hub staff add … --role")]
    NotTheirs(StaffId, String),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Makes a one-time code with which somebody sets a passphrase, and records by whom it was made.
pub fn one_time_code(
    store: &mut Store,
    place: &Place,
    (staff, by): (&StaffId, &StaffId),
    random: &[u8; 20],
    (now, expires): (Stamp, Stamp),
) -> Result<String, CodeFault> {
    let code = enrol::code(random);
    let made = store.write(|tx| {
        let theirs = registered(tx, place, staff)?.is_some();
        if theirs {
            officers::put_code(tx, &enrol::hash(&code), staff, expires)?;
            audit::act(tx, by, Event::Hub(HubAct::TicketMade { staff: staff.clone() }), now)?;
        }
        Ok(theirs)
    })?;
    if made {
        Ok(code)
    } else {
        Err(CodeFault::NotTheirs(
            staff.clone(),
            place.roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(", "),
        ))
    }
}

/// The register's entry, if it is active and of a role the place is for.
fn registered(tx: &Transaction<'_>, place: &Place, staff: &StaffId) -> rusqlite::Result<Option<Actor>> {
    let known = caseload::staff(tx, staff)?;
    Ok(known.filter(|(actor, active)| *active && place.roles.contains(&actor.role)).map(|(actor, _)| actor))
}

/// A page outside, with a cookie to bind its form to whoever is shown it.
fn outside(office: &Office, asked: &Asked, page: impl FnOnce(&str) -> maud::Markup) -> Response {
    let token = asked.token.unwrap_or_else(|| (office.random)());
    let mut response = Html(page(&form_token(&token)).into_string()).into_response();
    if asked.token.is_none() {
        set_cookie(office.place, &mut response, &token);
    }
    response
}

fn set_cookie(place: &Place, response: &mut Response, token: &[u8; 32]) {
    let cookie = format!("{}={}; Path=/; Secure; HttpOnly; SameSite=Strict", place.cookie, HEXLOWER.encode(token));
    // Hexadecimal and fixed text: always a header's value.
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

pub(crate) async fn page(State(office): State<Arc<Office>>, asked: Asked, Query(query): Query<Fields>) -> Response {
    outside(&office, &asked, |token| sign_in_page(office.place, token, "", &[], query.contains_key("ended")))
}

fn sign_in_page(place: &Place, token: &str, staff: &str, troubles: &[Trouble], ended: bool) -> maud::Markup {
    layout::outside(
        place,
        "Sign in",
        troubles,
        html! {
            @if ended {
                div class="nhsuk-inset-text" role="status" {
                    p { "You were signed out. A session ends after 10 minutes without use and after 8 hours." }
                }
            }
            h1 class="nhsuk-heading-l" { (place.heading) }
            form method="post" action="/sign-in" novalidate {
                (layout::token(token))
                (layout::input("staff", "Staff number", None, staff, "username", troubles))
                (layout::secret("passphrase", "Passphrase", None, "current-password", troubles))
                (layout::submit("Sign in"))
            }
            p { a href="/first-time" { "I have a one-time code" } }
        },
    )
}

/// What became of a try.
enum Try {
    In([u8; 32]),
    /// Wrong in some way that is not said.
    Wrong,
    /// Shut until then.
    Shut(Stamp),
}

pub(crate) async fn sign_in(State(office): State<Arc<Office>>, asked: Asked, Form(fields): Form<Fields>) -> Response {
    if !from_our_page(asked.token.as_ref(), &fields) {
        return (StatusCode::FORBIDDEN, Html(layout::foreign_form(office.place).into_string())).into_response();
    }
    let staff = fields.get("staff").map_or("", |s| s.trim()).to_owned();
    let passphrase = fields.get("passphrase").cloned().unwrap_or_default();
    let (at_work, typed, address) = (office.clone(), staff.clone(), asked.address);
    let tried = tokio::task::spawn_blocking(move || attempt(&at_work, &typed, &passphrase, address)).await;
    let shown = |status: StatusCode, trouble: Trouble| {
        let mut response =
            outside(&office, &asked, |token| sign_in_page(office.place, token, &staff, &[trouble], false));
        *response.status_mut() = status;
        response
    };
    match tried {
        Ok(Ok(Try::In(token))) => {
            let mut response = to("/");
            set_cookie(office.place, &mut response, &token);
            response
        }
        Ok(Ok(Try::Wrong)) => shown(StatusCode::UNAUTHORIZED, Trouble::at("passphrase", office.place.wrong)),
        Ok(Ok(Try::Shut(until))) => {
            let text = format!("There were too many wrong tries. Try again after {}", until.display_time());
            shown(StatusCode::TOO_MANY_REQUESTS, Trouble::at("passphrase", text))
        }
        Ok(Err(fault)) => {
            eprintln!("satchel-hub: nobody could sign in: {fault}");
            broken(&office)
        }
        Err(_) => broken(&office),
    }
}

fn broken(office: &Office) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, Html(layout::broken(office.place).into_string())).into_response()
}

#[derive(Debug, Error)]
enum DoorFault {
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Stretch(#[from] passphrase::Unstretched),
}

fn attempt(office: &Office, typed: &str, given: &str, address: Option<IpAddr>) -> Result<Try, DoorFault> {
    let now = (office.hub.clock)();
    if let Some(until) = office.not_listening(address, now) {
        return Ok(Try::Shut(until));
    }
    // Longer than any that may be set: not worth stretching.
    let given = if given.len() > 1_000 { "" } else { given };
    // One at a time: tries that come together are counted like tries that come one after another.
    let _one = office.stretching.lock().unwrap_or_else(PoisonError::into_inner);
    let staff: Option<StaffId> = typed.parse().ok();
    let (known, theirs) = office.hub.store().read(|tx| match &staff {
        Some(staff) => Ok((officers::officer(tx, staff)?, registered(tx, office.place, staff)?)),
        None => Ok((None, None)),
    })?;
    if let Some(until) = known.as_ref().and_then(|known| known.locked).filter(|until| now < *until) {
        office.wrong_from(address, now);
        let failures = known.map_or(0, |known| known.failures);
        office.hub.store().write(|tx| record_wrong(tx, staff.as_ref(), failures, now))?;
        return Ok(Try::Shut(until));
    }
    let fits = passphrase::fits(given, known.as_ref().map(|known| known.passphrase.as_str()))?;
    let mut store = office.hub.store();
    match (staff, theirs) {
        (Some(staff), Some(actor)) if fits => {
            let token = (office.random)();
            store.write(|tx| {
                super::sweep(tx, now)?;
                officers::succeeded(tx, &staff)?;
                officers::begin(tx, &kept(office.place, &token), &staff, now)?;
                audit::act_of(tx, &actor, Event::SignedIn, now)
            })?;
            Ok(Try::In(token))
        }
        (staff, _) => {
            office.wrong_from(address, now);
            store.write(|tx| wrong(tx, staff.as_ref(), known, now))?;
            Ok(Try::Wrong)
        }
    }
}

/// Counts a wrong try and records it.
fn wrong(
    tx: &Transaction<'_>,
    staff: Option<&StaffId>,
    known: Option<officers::Officer>,
    now: Stamp,
) -> rusqlite::Result<()> {
    let failures = known.as_ref().map_or(0, |known| known.failures) + 1;
    if let (Some(staff), Some(_)) = (staff, known) {
        officers::failed(tx, staff, failures, failures.is_multiple_of(TRIES).then(|| now.plus(SHUT)))?;
    }
    record_wrong(tx, staff, failures, now)
}

/// Records a wrong try: under the name of whoever is known by that number, else as the hub's own. What was typed is not kept: it may be
/// a passphrase in the wrong box.
fn record_wrong(tx: &Transaction<'_>, staff: Option<&StaffId>, failures: u32, now: Stamp) -> rusqlite::Result<()> {
    let registered = match staff {
        Some(staff) => caseload::staff(tx, staff)?,
        None => None,
    };
    match registered {
        Some((actor, _)) => audit::act_of(tx, &actor, Event::FailedPins { count: failures.into() }, now),
        None => audit::act_itself(tx, Event::FailedPins { count: 1 }, now),
    }
    .map(drop)
}

impl Visit<'_> {
    /// Whether who is signed in gave their passphrase again; each wrong try counts and is an entry. One try is stretched at a time, and the
    /// hub's one writer is free meanwhile.
    pub(crate) fn gave_passphrase(&self, given: &str) -> Result<bool, StoreFault> {
        let (office, staff) = (self.office, &self.actor.staff);
        let _one = office.stretching.lock().unwrap_or_else(PoisonError::into_inner);
        let known = office.hub.store().read(|tx| officers::officer(tx, staff))?;
        let shut = known.as_ref().and_then(|known| known.locked).is_some_and(|until| self.now < until);
        let kept = known.as_ref().map(|known| known.passphrase.as_str());
        let fits = !shut && passphrase::fits(given, kept).unwrap_or(false);
        office.hub.store().write(|tx| {
            if fits {
                return officers::succeeded(tx, staff);
            }
            let failures = known.map_or(0, |known| known.failures) + 1;
            officers::failed(tx, staff, failures, failures.is_multiple_of(TRIES).then(|| self.now.plus(SHUT)))?;
            self.did(tx, Event::FailedPins { count: failures.into() })
        })?;
        Ok(fits)
    }
}

impl Office {
    /// Until when this address is not listened to.
    fn not_listening(&self, address: Option<IpAddr>, now: Stamp) -> Option<Stamp> {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, since) = tries.get(&address?)?;
        Some(since.plus(SHUT)).filter(|until| *count >= TRIES_FROM_ADDRESS && now < *until)
    }

    fn wrong_from(&self, address: Option<IpAddr>, now: Stamp) {
        let Some(address) = address else { return };
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|_, (_, since)| now < since.plus(SHUT));
        tries.entry(address).or_insert((0, now)).0 += 1;
    }
}

// ---- the first time -----------------------------------------------------------------------------------------------------

pub(crate) async fn first_page(State(office): State<Arc<Office>>, asked: Asked) -> Response {
    outside(&office, &asked, |token| code_page(office.place, token, &[]))
}

fn code_page(place: &Place, token: &str, troubles: &[Trouble]) -> maud::Markup {
    let hint = "12 characters or more. Three random words are good. You will not be asked to change it by date.";
    layout::outside(
        place,
        "Set your passphrase",
        troubles,
        html! {
            h1 class="nhsuk-heading-l" { "Set your passphrase" }
            p { "Whoever runs the hub gives you a one-time code. It is good for one day and once." }
            form method="post" action="/first-time" novalidate {
                (layout::token(token))
                (layout::input("code", "One-time code", Some("20 letters and digits"), "", "one-time-code", troubles))
                (layout::secret("passphrase", "New passphrase", Some(hint), "new-password", troubles))
                (layout::secret("again", "New passphrase again", None, "new-password", troubles))
                (layout::submit("Set passphrase"))
            }
            p { a href="/sign-in" { "I have a passphrase: sign in" } }
        },
    )
}

/// What became of a code.
enum Set {
    Done,
    Unfit(Unfit),
    NotAccepted,
    Shut(Stamp),
}

pub(crate) async fn set_passphrase(
    State(office): State<Arc<Office>>,
    asked: Asked,
    Form(fields): Form<Fields>,
) -> Response {
    if !from_our_page(asked.token.as_ref(), &fields) {
        return (StatusCode::FORBIDDEN, Html(layout::foreign_form(office.place).into_string())).into_response();
    }
    let (at_work, address) = (office.clone(), asked.address);
    let done = tokio::task::spawn_blocking(move || take_code(&at_work, &fields, address)).await;
    let shown = |status: StatusCode, trouble: Trouble| {
        let mut response = outside(&office, &asked, |token| code_page(office.place, token, &[trouble]));
        *response.status_mut() = status;
        response
    };
    match done {
        Ok(Ok(Set::Done)) => answer(
            office.place,
            super::Reply::Page(layout::outside(
                office.place,
                "Passphrase set",
                &[],
                html! {
                    h1 class="nhsuk-heading-l" { "Your passphrase is set" }
                    p { a class="nhsuk-button" href="/sign-in" role="button" draggable="false" { "Sign in" } }
                },
            )),
        ),
        Ok(Ok(Set::Unfit(unfit))) => {
            let field = if unfit == Unfit::Differ { "again" } else { "passphrase" };
            shown(StatusCode::UNPROCESSABLE_ENTITY, Trouble::at(field, unfit.to_string()))
        }
        Ok(Ok(Set::NotAccepted)) => shown(
            StatusCode::FORBIDDEN,
            Trouble::at("code", "Enter a one-time code that was not used before and is not older than a day"),
        ),
        Ok(Ok(Set::Shut(until))) => {
            let text = format!("There were too many wrong tries. Try again after {}", until.display_time());
            shown(StatusCode::TOO_MANY_REQUESTS, Trouble::at("code", text))
        }
        Ok(Err(fault)) => {
            eprintln!("satchel-hub: a passphrase could not be set: {fault}");
            broken(&office)
        }
        Err(_) => broken(&office),
    }
}

fn take_code(office: &Office, fields: &Fields, address: Option<IpAddr>) -> Result<Set, DoorFault> {
    let now = (office.hub.clock)();
    if let Some(until) = office.not_listening(address, now) {
        return Ok(Set::Shut(until));
    }
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let typed: String = field("code").chars().filter(char::is_ascii_alphanumeric).collect();
    let hash = enrol::hash(&typed.to_ascii_uppercase());
    let mut store = office.hub.store();
    // Looked at first: a passphrase that is not fit must not cost the code.
    let whose = store.read(|tx| match officers::whose_code(tx, &hash, now)? {
        CodeUse::For(staff) => registered(tx, office.place, &staff),
        _ => Ok(None),
    })?;
    let Some(actor) = whose else {
        office.wrong_from(address, now);
        store.write(|tx| audit::act_itself(tx, Event::FailedPins { count: 1 }, now))?;
        return Ok(Set::NotAccepted);
    };
    if let Err(unfit) = passphrase::judge(field("passphrase"), field("again"), &actor) {
        return Ok(Set::Unfit(unfit));
    }
    drop(store);
    let kept = {
        let _one = office.stretching.lock().unwrap_or_else(PoisonError::into_inner);
        passphrase::keep(field("passphrase"), &(office.random)())?
    };
    let set = office.hub.store().write(|tx| {
        if !matches!(officers::use_code(tx, &hash, now)?, CodeUse::For(_)) {
            return Ok(false);
        }
        officers::set_passphrase(tx, &actor.staff, &kept, now)?;
        for session in officers::all_live(tx)?.iter().filter(|session| session.staff == actor.staff) {
            super::end(tx, session, End::NewPassphrase, now)?;
        }
        audit::act_of(tx, &actor, Event::PinChanged, now)?;
        Ok(true)
    })?;
    Ok(if set { Set::Done } else { Set::NotAccepted })
}
