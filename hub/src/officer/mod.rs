//! The privacy officer's desk: pages served by the hub itself, made on the server, without a script. An officer signs in with a
//! passphrase, sees the audit and the work list, and never clinical content. Each page is read in one transaction with the entry that
//! says it was read: no entry, no page. The words of the audit are `crate::audit`'s, what is kept is `crate::store`'s.

mod alerts;
mod devices;
mod health;
mod home;
mod layout;
mod looks;
pub mod passphrase;
mod sessions;
pub mod signin;
mod words;

use crate::http::{Hub, Peer};
use crate::store::StoreFault;
use crate::store::officers::{self, End, Session};
use crate::store::{audit, caseload};
use axum::extract::{ConnectInfo, FromRequestParts, Path, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use maud::Markup;
use record::Stamp;
use record::audit::{AuditUse, Event, HubAct};
use record::people::{Actor, Role};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use subtle::ConstantTimeEq;

/// A session that was not used for so long has ended.
pub const IDLE: SignedDuration = SignedDuration::from_mins(10);
/// A session ends after so long however much it is used.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(8);
/// `__Host-`: the browser itself refuses it without TLS, with a domain or on another path.
const COOKIE_NAME: &str = "__Host-satchel-desk";
/// Rows on a page.
const ROWS: u32 = 25;

/// The desk beside a hub. Fresh randomness is handed in by `main` or a test.
pub struct Office {
    hub: Arc<Hub>,
    /// The database, for work on a connection of its own.
    path: PathBuf,
    random: Box<dyn Fn() -> [u8; 32] + Send + Sync>,
    /// One passphrase is stretched at a time: each takes 64 MiB.
    stretching: Mutex<()>,
    /// Wrong tries by address, since when.
    tries: Mutex<HashMap<IpAddr, (u32, Stamp)>>,
    proof: Arc<health::Proof>,
}

impl Office {
    pub fn new(hub: Arc<Hub>, random: impl Fn() -> [u8; 32] + Send + Sync + 'static) -> Arc<Office> {
        let (stretching, tries) = (Mutex::new(()), Mutex::new(HashMap::new()));
        let path = hub.store().path().to_owned();
        Arc::new(Office { hub, path, random: Box::new(random), stretching, tries, proof: Arc::default() })
    }
}

/// Names and values of a form or a query.
type Fields = HashMap<String, String>;

/// Who asks, before anybody knows whether they may.
struct Asked {
    /// The cookie's value, if it has the form of one.
    token: Option<[u8; 32]>,
    address: Option<IpAddr>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked, Infallible> {
        let mut cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let token = cookies.find_map(|all| {
            all.split(';').filter_map(|one| one.trim().split_once('=')).find(|(name, _)| *name == COOKIE_NAME)
        });
        let token = token.and_then(|(_, value)| HEXLOWER.decode(value.as_bytes()).ok()?.try_into().ok());
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        Ok(Asked { token, address: peer.and_then(|ConnectInfo(peer)| peer.address).map(|address| address.ip()) })
    }
}

/// What is kept of a cookie.
fn kept(token: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(b"satchel desk session 1").chain_update(token).finalize().into()
}

/// The token in every form of whoever holds this cookie.
fn form_token(token: &[u8; 32]) -> String {
    HEXLOWER.encode(&Sha256::new().chain_update(b"satchel desk form 1").chain_update(token).finalize())
}

/// A form came from a page of ours: its token belongs to the cookie. Compared in constant time.
fn from_our_page(token: Option<&[u8; 32]>, fields: &Fields) -> bool {
    let given = fields.get("token").map_or("", String::as_str);
    token.is_some_and(|token| bool::from(form_token(token).as_bytes().ct_eq(given.as_bytes())))
}

/// What a page gives back.
enum Reply {
    Page(Markup),
    /// The same page with what is wrong with the form.
    Wrong(Markup),
    NotFound,
    To(String),
}

/// An officer at a page.
struct Visit<'a> {
    office: &'a Office,
    actor: Actor,
    session: Session,
    token: String,
    now: Stamp,
}

impl Visit<'_> {
    /// Records that entries were shown here, about nobody in particular.
    fn viewed(&self, tx: &Transaction<'_>, entries: usize) -> rusqlite::Result<()> {
        let act = HubAct::AuditUsed { how: AuditUse::Viewed, entries: entries as u64 };
        self.did(tx, Event::Hub(act))
    }

    /// Records an act of this officer, in the transaction that does it.
    fn did(&self, tx: &Transaction<'_>, event: Event) -> rusqlite::Result<()> {
        audit::act_of(tx, &self.actor, event, self.now).map(drop)
    }
}

/// Ends what has lain unused or open for too long. Each end is an entry.
fn sweep(tx: &Transaction<'_>, now: Stamp) -> rusqlite::Result<()> {
    for session in officers::all_live(tx)? {
        let how = if now >= session.began.plus(LONGEST) {
            End::TooLong
        } else if now >= session.seen.plus(IDLE) {
            End::Idle
        } else {
            continue;
        };
        end(tx, &session, how, now)?;
    }
    Ok(())
}

/// Ends a session, once, with its entry.
fn end(tx: &Transaction<'_>, session: &Session, how: End, now: Stamp) -> rusqlite::Result<bool> {
    let ended = officers::end(tx, session.id, how, now)?;
    if ended && let Some((actor, _)) = caseload::staff(tx, &session.staff)? {
        audit::act_of(tx, &actor, Event::SignedOut { idle: how != End::SignedOut }, now)?;
    }
    Ok(ended)
}

/// Who holds this cookie, if they may be here: the session lives, and they are a privacy officer still.
fn officer_of(tx: &Transaction<'_>, token: &[u8; 32], now: Stamp) -> rusqlite::Result<Option<(Actor, Session)>> {
    sweep(tx, now)?;
    let Some(session) = officers::live(tx, &kept(token))? else { return Ok(None) };
    match caseload::staff(tx, &session.staff)? {
        Some((actor, true)) if actor.role == Role::PrivacyOfficer => {
            officers::touch(tx, session.id, now)?;
            Ok(Some((actor, session)))
        }
        _ => {
            end(tx, &session, End::NoLongerOfficer, now)?;
            Ok(None)
        }
    }
}

/// Does a page's work for a signed-in officer, beside the network's threads. `fields`: of a form, whose token must be ours.
async fn visit(
    office: Arc<Office>,
    asked: Asked,
    fields: Option<Fields>,
    work: impl FnOnce(&Transaction<'_>, &Visit<'_>, &Fields) -> rusqlite::Result<Reply> + Send + 'static,
) -> Response {
    let Some(token) = asked.token else { return to("/sign-in") };
    let work = tokio::task::spawn_blocking(move || {
        let now = (office.hub.clock)();
        let known = office.hub.store().write(|tx| officer_of(tx, &token, now))?;
        let Some((actor, session)) = known else { return Ok(to("/sign-in?ended=1")) };
        if fields.as_ref().is_some_and(|fields| !from_our_page(Some(&token), fields)) {
            return Ok((StatusCode::FORBIDDEN, Html(layout::foreign_form().into_string())).into_response());
        }
        let here = Visit { office: &office, actor, session, token: form_token(&token), now };
        let reply = office.hub.store().write(|tx| work(tx, &here, &fields.unwrap_or_default()))?;
        Ok::<_, StoreFault>(answer(reply))
    });
    match work.await {
        Ok(Ok(response)) => response,
        Ok(Err(fault)) => {
            eprintln!("satchel-hub: a page of the desk was not made: {fault}");
            (StatusCode::INTERNAL_SERVER_ERROR, Html(layout::broken().into_string())).into_response()
        }
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Html(layout::broken().into_string())).into_response(),
    }
}

fn answer(reply: Reply) -> Response {
    match reply {
        Reply::Page(page) => Html(page.into_string()).into_response(),
        Reply::Wrong(page) => (StatusCode::UNPROCESSABLE_ENTITY, Html(page.into_string())).into_response(),
        Reply::NotFound => (StatusCode::NOT_FOUND, Html(layout::not_found().into_string())).into_response(),
        Reply::To(place) => to(&place),
    }
}

fn to(place: &str) -> Response {
    Redirect::to(place).into_response()
}

macro_rules! pages {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(State(office): State<Arc<Office>>, asked: Asked, Query(query): Query<Fields>) -> Response {
            visit(office, asked, None, move |tx, here, _| $work(tx, here, &query)).await
        }
    )+ };
}

macro_rules! forms {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(State(office): State<Arc<Office>>, asked: Asked, Form(fields): Form<Fields>) -> Response {
            visit(office, asked, Some(fields), $work).await
        }
    )+ };
}

macro_rules! pages_of_one {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(State(office): State<Arc<Office>>, asked: Asked, Path(which): Path<String>) -> Response {
            visit(office, asked, None, move |tx, here, _| $work(tx, here, &which)).await
        }
    )+ };
}

macro_rules! forms_of_one {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(
            State(office): State<Arc<Office>>,
            asked: Asked,
            Path(which): Path<String>,
            Form(fields): Form<Fields>,
        ) -> Response {
            visit(office, asked, Some(fields), move |tx, here, fields| $work(tx, here, &which, fields)).await
        }
    )+ };
}

pages! {
    home_page => home::page, alert_list => alerts::list, search_page => looks::search, staff_page => looks::staff,
    refusal_page => looks::refusals, device_list => devices::list, health_page => health::page,
    session_list => sessions::list,
}
forms! {
    person_form => looks::person, print_form => looks::print, verify_form => health::verify,
    sign_out_form => sessions::sign_out, close_form => sessions::close, alarm_form => health::acknowledge,
}
pages_of_one! { alert_page => alerts::one, device_page => devices::one }
forms_of_one! { review_form => alerts::review, revoke_form => devices::revoke }

/// The desk's routes. `tests` calls them without a network.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(home_page))
        .route("/sign-in", get(signin::page).post(signin::sign_in))
        .route("/first-time", get(signin::first_page).post(signin::set_passphrase))
        .route("/sign-out", axum::routing::post(sign_out_form))
        .route("/alerts", get(alert_list))
        .route("/alerts/{alert}", get(alert_page).post(review_form))
        .route("/alarms", axum::routing::post(alarm_form))
        .route("/looks", get(search_page))
        .route("/looks/person", axum::routing::post(person_form))
        .route("/looks/person/print", axum::routing::post(print_form))
        .route("/looks/staff", get(staff_page))
        .route("/refusals", get(refusal_page))
        .route("/devices", get(device_list))
        .route("/devices/{device}", get(device_page).post(revoke_form))
        .route("/log", get(health_page).post(verify_form))
        .route("/sessions", get(session_list).post(close_form))
        .route("/assets/nhsuk/nhsuk-frontend.min.css", get(|| style(NHSUK)))
        .route("/assets/officer.css", get(|| style(OWN)))
        .fallback(|| async { answer(Reply::NotFound) })
        .layer(axum::extract::DefaultBodyLimit::max(64 << 10))
        .layer(middleware::from_fn(guarded))
        .with_state(office)
}

/// The app's stylesheet: the one copy stands with the app.
const NHSUK: &str = include_str!("../../../ui/assets/nhsuk/nhsuk-frontend.min.css");
const OWN: &str = include_str!("officer.css");

async fn style(text: &'static str) -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "private, max-age=3600")], text).into_response()
}

/// Nothing but our own pages and styles; no script, no frame, no other origin, nothing kept by the browser, nothing told to others.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async fn guarded(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
