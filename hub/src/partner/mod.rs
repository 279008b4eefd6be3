//! FHIR R4 for partners' systems (a practice's, a hospital's, the region's portal): read and search, nothing else. A partner shows a credential that
//! was made for its organisation; who asks there, in what role and why, its system says in headers, as GP Connect's does (`reference/audit.md`
//! section 2, decision 0056). Every request for somebody goes through the hub's door, with its entry before the content; one that is turned away before that has its entry too. Not here: what a
//! resource says (`crate::plans::fhir`, `crate::visits::fhir`), nor the rules.
//!
//! Modules bottom-up:
mod answer;

pub mod who;

mod ask;

mod capability;

mod look;

use crate::http::{Hub, Peer};
use crate::store::{StoreFault, alerts, audit, partners};
use answer::Reply;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use jiff::SignedDuration;
use partners::Partner;
use record::Stamp;
use record::audit::{Event, HubAct};
use rusqlite::Transaction;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the resources are, under the address that partners are told.
pub const PATH: &str = "/fhir/R4";
/// Wrong credentials from one address in [`SHUT`] before it is not listened to, and the privacy officer hears of it.
pub const TRIES: u32 = 20;
pub const SHUT: SignedDuration = SignedDuration::from_mins(15);
/// Requests of one partner in a minute: more would keep devices waiting, who share the hub's one writer.
pub const A_MINUTE: u32 = 600;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// No search sent as a form is longer (bytes), nor an address.
const LARGEST: usize = 8 << 10;

/// How many, and since when.
type Counted<K> = Mutex<HashMap<K, (u32, Stamp)>>;

/// The partners' door beside a hub.
pub struct Partners {
    hub: Arc<Hub>,
    /// Before every `fullUrl` and link: what partners are told, never what a request says of itself.
    base: String,
    wrong: Counted<IpAddr>,
    asked: Counted<String>,
}

impl Partners {
    /// `base`: like `https://hub.example:8446/fhir/R4`.
    pub fn at(hub: Arc<Hub>, base: impl Into<String>) -> Arc<Partners> {
        Arc::new(Partners { hub, base: base.into(), wrong: Counted::default(), asked: Counted::default() })
    }

    /// One more of this key since its time began; gives how many, and when they are forgotten.
    fn count<K: std::hash::Hash + Eq>(all: &Counted<K>, key: K, span: SignedDuration, now: Stamp) -> (u32, Stamp) {
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (_, since)| now < since.plus(span));
        let (count, since) = all.entry(key).or_insert((0, now));
        *count += 1;
        (*count, since.plus(span))
    }

    /// Until when this address is not listened to.
    fn shut(&self, address: Option<IpAddr>, now: Stamp) -> Option<Stamp> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, since) = wrong.get(&address?)?;
        Some(since.plus(SHUT)).filter(|until| *count >= TRIES && now < *until)
    }

    /// Whose credential came with the request. What is wrong with one that is not good is not said outside; inside it is recorded.
    fn partner(&self, headers: &HeaderMap, address: Option<IpAddr>, now: Stamp) -> Result<Partner, Reply> {
        if let Some(until) = self.shut(address, now) {
            return Err(Reply::too_many(until, now));
        }
        let Some(given) = who::bearer(headers) else { return Err(Reply::unauthorised()) };
        let hash = who::hash(given);
        let mut store = self.hub.store();
        let known = store.read(|tx| partners::by_hash(tx, &hash)).map_err(broken)?;
        if let Some(partner) = known.as_ref().filter(|partner| partner.may_ask(now)) {
            store.write(|tx| partners::used(tx, partner, now)).map_err(broken)?;
            let (count, until) = Partners::count(&self.asked, partner.id.clone(), MINUTE, now);
            if count <= A_MINUTE {
                return Ok(partner.clone());
            }
            let reply = Reply::too_many(until, now);
            // Once in a minute: who asks too much must not fill the log besides.
            if count == A_MINUTE + 1 {
                store.write(|tx| turned_away(tx, partner, (&reply, headers), now)).map_err(broken)?;
            }
            return Err(reply);
        }
        let count = address.map_or(0, |address| Partners::count(&self.wrong, address, SHUT, now).0);
        let recorded = store.write(|tx| {
            audit::act_itself(tx, Event::FailedPins { count: 1 }, now)?;
            if let Some(partner) = &known {
                let detail = format!("the credential of partner {} was used after it had ended", partner.id);
                alerts::about_partner(tx, &partner.id, &detail, now)?;
            }
            if count == TRIES {
                alerts::about_partner(tx, "wrong", "one address tried wrong credentials again and again", now)?;
            }
            Ok(())
        });
        recorded.map_err(broken)?;
        Err(Reply::unauthorised())
    }

    fn answer(&self, request: &Request, address: Option<IpAddr>) -> Reply {
        let now = (self.hub.clock)();
        let Some(path) = request.uri.path().strip_prefix(PATH) else { return Reply::no_such_place() };
        let path = path.trim_matches('/');
        // What the hub can do is no secret, and clients ask before they have a credential in hand.
        if path == "metadata" {
            return match request.method {
                Method::GET => Reply::resource(&capability::statement(&self.base)),
                _ => Reply::not_allowed("GET"),
            };
        }
        let partner = match self.partner(&request.headers, address, now) {
            Ok(partner) => partner,
            Err(reply) => return reply,
        };
        let reply = self.through(request, path, &partner, now).unwrap_or_else(|reply| {
            let of = (&reply, &request.headers);
            match self.hub.store().write(|tx| turned_away(tx, &partner, of, now)) {
                Ok(()) => reply,
                Err(fault) => broken(fault),
            }
        });
        reply.traced(&request.headers)
    }

    fn through(&self, request: &Request, path: &str, partner: &Partner, now: Stamp) -> Result<Reply, Reply> {
        if let Some(status) = request.too_long {
            return Err(Reply::too_large(status));
        }
        answer::accepts_json(&request.headers)?;
        let asked = ask::parse(request, path)?;
        let mut store = self.hub.store();
        let asker = who::asker(&mut store, partner, &request.headers)?;
        let look = look::Look { hub: &self.hub, base: &self.base, asker: &asker, now };
        look.at(&mut store, asked).map_err(broken)?
    }
}

/// A request with a good credential that was turned away for its form, its headers, its length or its number: an entry of the hub's.
fn turned_away(
    tx: &Transaction<'_>,
    partner: &Partner,
    (reply, headers): (&Reply, &HeaderMap),
    now: Stamp,
) -> rusqlite::Result<()> {
    let (system, ods) = (partner.id.clone(), partner.organisation.ods.clone());
    let ((status, code), trace) = (reply.what(), answer::trace(headers).unwrap_or_default());
    let refused = HubAct::PartnerRefused { system, ods, status, code: code.to_owned(), trace };
    audit::act_itself(tx, Event::Hub(refused), now).map(drop)
}

/// Our own fault: said in the log without what was asked, and outside without what went wrong.
fn broken(fault: StoreFault) -> Reply {
    eprintln!("satchel-hub: a partner was not answered: {fault}");
    Reply::broken()
}

/// A request as it came.
struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    /// It is longer than any that is answered, and how that is said.
    too_long: Option<StatusCode>,
}

/// The one route: what is asked for is in the path, and whatever it is gets an answer in FHIR's own words.
pub fn router(partners: Arc<Partners>) -> Router {
    Router::new().fallback(take).layer(DefaultBodyLimit::max(LARGEST)).with_state(partners)
}

async fn take(
    State(partners): State<Arc<Partners>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let longest = uri.path_and_query().is_some_and(|whole| whole.as_str().len() > LARGEST);
    let too_long = match &body {
        Err(_) => Some(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(_) => longest.then_some(StatusCode::URI_TOO_LONG),
    };
    let request = Request { method, uri, headers, body: body.unwrap_or_default(), too_long };
    let address = peer.address.map(|address| address.ip());
    // The store is synchronous: the work runs beside the network's threads.
    let work = tokio::task::spawn_blocking(move || partners.answer(&request, address));
    work.await.unwrap_or_else(|_| Reply::broken()).into_response()
}
