//! Pages of the hub for people in a browser: made on the server, without a script. Here is what the privacy officer's desk and the ward's
//! pages share: sign-in, sessions, forms that are bound to whoever was shown them, the frame of a page. Not what a page says: that is
//! `crate::officer`'s and `crate::ward`'s. What is kept is `crate::store`'s.
//!
//! Modules bottom-up:
pub mod passphrase;

pub(crate) mod layout;

pub mod signin;

use crate::bags::arrivals::AtRest;
use crate::http::{Hub, Peer};
use crate::store::officers::{self, End, Session};
use crate::store::{Store, StoreFault, audit, caseload};
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
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
use record::bag::file::Kind;
use record::consent::BreakGlass;
use record::people::{Actor, Role};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use subtle::ConstantTimeEq;

/// A session that was not used for so long has ended.
pub const IDLE: SignedDuration = SignedDuration::from_mins(10);
/// A session ends after so long however much it is used.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(8);

/// A set of pages on an address of their own: its words, its cookie, and whom it is for.
pub struct Place {
    /// After each page's own title.
    pub title: &'static str,
    pub brand: &'static str,
    /// Above the sign-in form, and what is said of a wrong try.
    pub heading: &'static str,
    pub wrong: &'static str,
    /// The way back from a page that is none.
    pub home: &'static str,
    /// The navigation's name, and its pages: address, words.
    pub nav: &'static str,
    pub pages: &'static [(&'static str, &'static str)],
    /// `__Host-`: the browser itself refuses it without TLS, with a domain or on another path.
    pub cookie: &'static str,
    /// Mixed into what is kept of cookies, so that a session of one place is none of another.
    pub mark: &'static str,
    pub roles: &'static [Role],
    /// A stylesheet of its own, beside the common ones.
    pub style: Option<&'static str>,
}

/// A verification of the log under way, or none (the privacy officer's).
#[derive(Default)]
pub(crate) struct Proof {
    pub(crate) running: AtomicBool,
    pub(crate) done: AtomicU64,
    pub(crate) total: AtomicU64,
    pub(crate) thread: Mutex<Option<JoinHandle<()>>>,
}

/// What a session said about one thing.
#[derive(Default, Clone)]
pub(crate) struct Remembered {
    /// Why it is opened: a code of the policy pack's.
    pub(crate) reason: Option<String>,
    pub(crate) glass: Option<BreakGlass>,
    /// The version in which it was named in a list, with its entry.
    pub(crate) listed: Option<u32>,
}

/// A place beside a hub. Fresh randomness is handed in by `main` or a test.
pub struct Office {
    pub(crate) place: &'static Place,
    pub(crate) hub: Arc<Hub>,
    /// The database, for work on a connection of its own.
    pub(crate) path: PathBuf,
    random: Box<dyn Fn() -> [u8; 32] + Send + Sync>,
    /// One passphrase is stretched at a time: each takes 64 MiB.
    stretching: Mutex<()>,
    /// Wrong tries by address, since when.
    tries: Mutex<HashMap<IpAddr, (u32, Stamp)>>,
    pub(crate) proof: Arc<Proof>,
    /// What was said once in a session about one thing, so that it is not asked again. Never content.
    pub(crate) remembered: Mutex<HashMap<(u64, String), Remembered>>,
    /// Bags that a list need not read again (the ward's).
    pub(crate) at_rest: AtRest,
}

impl Office {
    pub fn at(
        place: &'static Place,
        hub: Arc<Hub>,
        random: impl Fn() -> [u8; 32] + Send + Sync + 'static,
    ) -> Arc<Office> {
        let path = hub.store().path().to_owned();
        Arc::new(Office {
            place,
            hub,
            path,
            random: Box::new(random),
            stretching: Mutex::new(()),
            tries: Mutex::default(),
            proof: Arc::default(),
            remembered: Mutex::default(),
            at_rest: AtRest::default(),
        })
    }
}

/// Names and values of a form or a query.
pub(crate) type Fields = HashMap<String, String>;

/// Who asks, before anybody knows whether they may.
pub(crate) struct Asked {
    /// The cookie's value, if it has the form of one.
    token: Option<[u8; 32]>,
    address: Option<IpAddr>,
}

impl FromRequestParts<Arc<Office>> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, office: &Arc<Office>) -> Result<Asked, Infallible> {
        let mut cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let token = cookies.find_map(|all| {
            all.split(';').filter_map(|one| one.trim().split_once('=')).find(|(name, _)| *name == office.place.cookie)
        });
        let token = token.and_then(|(_, value)| HEXLOWER.decode(value.as_bytes()).ok()?.try_into().ok());
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        Ok(Asked { token, address: peer.and_then(|ConnectInfo(peer)| peer.address).map(|address| address.ip()) })
    }
}

/// What is kept of a cookie.
fn kept(place: &Place, token: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(format!("satchel {} session 1", place.mark)).chain_update(token).finalize().into()
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
pub(crate) enum Reply {
    Page(Markup),
    /// The same page with what is wrong with the form.
    Wrong(Markup),
    NotFound,
    /// Our own fault, which was logged where it happened.
    Broken,
    /// A document, under this name if it is saved: nothing of anybody is in it.
    Pdf {
        name: String,
        pdf: Vec<u8>,
    },
    /// A file as somebody on a device signed it; its sort by its first bytes, never by what it says of itself.
    File {
        name: String,
        kind: Kind,
        bytes: Vec<u8>,
    },
    /// Why something is not shown, and what may lawfully be done next.
    Refused(Markup),
    To(String),
}

/// Somebody signed in, at a page.
pub(crate) struct Visit<'a> {
    pub(crate) office: &'a Office,
    pub(crate) actor: Actor,
    pub(crate) session: Session,
    pub(crate) token: String,
    pub(crate) now: Stamp,
}

impl Visit<'_> {
    /// Records that entries were shown here, about nobody in particular.
    pub(crate) fn viewed(&self, tx: &Transaction<'_>, entries: usize) -> rusqlite::Result<()> {
        let act = HubAct::AuditUsed { how: AuditUse::Viewed, entries: entries as u64 };
        self.did(tx, Event::Hub(act))
    }

    /// What was said in this session about one thing.
    pub(crate) fn remembered(&self, thing: &str) -> Remembered {
        let all = self.office.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(self.session.id, thing.to_owned())).cloned().unwrap_or_default()
    }

    pub(crate) fn remember(&self, thing: &str, change: impl FnOnce(&mut Remembered)) {
        let mut all = self.office.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry((self.session.id, thing.to_owned())).or_default());
    }

    /// Records an act of theirs, in the transaction that does it.
    pub(crate) fn did(&self, tx: &Transaction<'_>, event: Event) -> rusqlite::Result<()> {
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
pub(crate) fn end(tx: &Transaction<'_>, session: &Session, how: End, now: Stamp) -> rusqlite::Result<bool> {
    let ended = officers::end(tx, session.id, how, now)?;
    if ended && let Some((actor, _)) = caseload::staff(tx, &session.staff)? {
        audit::act_of(tx, &actor, Event::SignedOut { idle: how != End::SignedOut }, now)?;
    }
    Ok(ended)
}

/// Who holds this cookie, if they may be here: the session lives, and their role is still one of the place's.
fn whose(
    tx: &Transaction<'_>,
    place: &Place,
    token: &[u8; 32],
    now: Stamp,
) -> rusqlite::Result<Option<(Actor, Session)>> {
    sweep(tx, now)?;
    let Some(session) = officers::live(tx, &kept(place, token))? else { return Ok(None) };
    match caseload::staff(tx, &session.staff)? {
        Some((actor, true)) if place.roles.contains(&actor.role) => {
            officers::touch(tx, session.id, now)?;
            Ok(Some((actor, session)))
        }
        _ => {
            end(tx, &session, End::NoLongerOfficer, now)?;
            Ok(None)
        }
    }
}

/// Does a page's work for somebody signed in, in one transaction. `fields`: of a form, whose token must be ours.
pub(crate) async fn visit(
    office: Arc<Office>,
    asked: Asked,
    fields: Option<Fields>,
    work: impl FnOnce(&Transaction<'_>, &Visit<'_>, &Fields) -> rusqlite::Result<Reply> + Send + 'static,
) -> Response {
    visit_store(office, asked, fields, |store, here, fields| store.write(|tx| work(tx, here, fields))).await
}

/// The same for work that has its own transactions: the door's.
pub(crate) async fn visit_store(
    office: Arc<Office>,
    asked: Asked,
    fields: Option<Fields>,
    work: impl FnOnce(&mut Store, &Visit<'_>, &Fields) -> Result<Reply, StoreFault> + Send + 'static,
) -> Response {
    visit_in_steps(office, asked, fields, |here, fields| work(&mut here.office.hub.store(), here, fields)).await
}

/// The same for work that takes the hub's one writer when it needs it, and lets it go before what takes long. Beside the network's threads.
pub(crate) async fn visit_in_steps(
    office: Arc<Office>,
    asked: Asked,
    fields: Option<Fields>,
    work: impl FnOnce(&Visit<'_>, &Fields) -> Result<Reply, StoreFault> + Send + 'static,
) -> Response {
    let place = office.place;
    let Some(token) = asked.token else { return to("/sign-in") };
    let work = tokio::task::spawn_blocking(move || {
        let now = (office.hub.clock)();
        let known = office.hub.store().write(|tx| whose(tx, place, &token, now))?;
        let Some((actor, session)) = known else { return Ok(to("/sign-in?ended=1")) };
        if fields.as_ref().is_some_and(|fields| !from_our_page(Some(&token), fields)) {
            return Ok((StatusCode::FORBIDDEN, Html(layout::foreign_form(place).into_string())).into_response());
        }
        let here = Visit { office: &office, actor, session, token: form_token(&token), now };
        let reply = work(&here, &fields.unwrap_or_default())?;
        Ok::<_, StoreFault>(answer(place, reply))
    });
    match work.await {
        Ok(Ok(response)) => response,
        Ok(Err(fault)) => {
            eprintln!("satchel-hub: a page was not made: {fault}");
            (StatusCode::INTERNAL_SERVER_ERROR, Html(layout::broken(place).into_string())).into_response()
        }
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Html(layout::broken(place).into_string())).into_response(),
    }
}

fn answer(place: &Place, reply: Reply) -> Response {
    match reply {
        Reply::Page(page) => Html(page.into_string()).into_response(),
        Reply::Wrong(page) => (StatusCode::UNPROCESSABLE_ENTITY, Html(page.into_string())).into_response(),
        Reply::Refused(page) => (StatusCode::FORBIDDEN, Html(page.into_string())).into_response(),
        Reply::NotFound => (StatusCode::NOT_FOUND, Html(layout::not_found(place).into_string())).into_response(),
        Reply::Broken => (StatusCode::INTERNAL_SERVER_ERROR, Html(layout::broken(place).into_string())).into_response(),
        Reply::Pdf { name, pdf } => {
            let disposition = format!("inline; filename=\"{name}.pdf\"");
            let headers = [(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)];
            (headers, pdf).into_response()
        }
        Reply::File { name, kind, bytes } => {
            // A picture is shown; what somebody else's system made is saved, and not run here.
            let how = if kind.is_picture() { "inline" } else { "attachment" };
            let disposition = format!("{how}; filename=\"{name}\"");
            let headers = [(CONTENT_TYPE, kind.mime().to_owned()), (CONTENT_DISPOSITION, disposition)];
            (headers, bytes).into_response()
        }
        Reply::To(place) => to(&place),
    }
}

fn to(place: &str) -> Response {
    Redirect::to(place).into_response()
}

/// What every place has: sign-in, styles, the headers of each answer. `own`: the place's pages.
pub(crate) fn routes(own: Router<Arc<Office>>, office: Arc<Office>) -> Router {
    own.route("/sign-in", get(signin::page).post(signin::sign_in))
        .route("/first-time", get(signin::first_page).post(signin::set_passphrase))
        .route("/sign-out", axum::routing::post(sign_out))
        .route("/assets/nhsuk/nhsuk-frontend.min.css", get(|| style(NHSUK)))
        .route("/assets/pages.css", get(|| style(OWN)))
        .fallback(|State(office): State<Arc<Office>>| async move { answer(office.place, Reply::NotFound) })
        .layer(axum::extract::DefaultBodyLimit::max(64 << 10))
        .layer(middleware::from_fn(guarded))
        .with_state(office)
}

async fn sign_out(State(office): State<Arc<Office>>, asked: Asked, Form(fields): Form<Fields>) -> Response {
    let done = |tx: &Transaction<'_>, here: &Visit<'_>, _: &Fields| {
        end(tx, &here.session, End::SignedOut, here.now)?;
        Ok(Reply::To("/sign-in".to_owned()))
    };
    visit(office, asked, Some(fields), done).await
}

/// The app's stylesheet: the one copy stands with the app.
const NHSUK: &str = include_str!("../../../ui/assets/nhsuk/nhsuk-frontend.min.css");
const OWN: &str = include_str!("pages.css");

pub(crate) async fn style(text: &'static str) -> Response {
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
