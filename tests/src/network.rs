//! The network of the stories: the hub's own router called directly, through which bytes may be cut, lost or refused. It carries what
//! `device` hands it and reads none of it.

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use device::ports::{Answer, Carrier, CarryFault, HubCard, Link, Nearby, Soon};
use hub::http::{Hub, LETTERS, Peer, router};
use record::enrol::Ticket;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// How the network behaves now. Shared by every device of a world.
#[derive(Default)]
pub struct Weather {
    /// Nobody reaches the hub.
    pub cut: AtomicBool,
    /// The next answer ends after this many bytes; `usize::MAX` lets it through.
    pub cut_answer_at: AtomicUsize,
    /// Answers come in parts of so many bytes; 0 for one piece.
    pub parts_of: AtomicUsize,
    /// Posts longer than this are cut before the hub has heard them whole; 0 for a line that carries anything.
    pub carries_at_most: AtomicUsize,
    /// The hub hears the next post, but the answer is lost.
    pub lose_answer: AtomicBool,
    /// The hub hears that many posts from now, and the answer to the last of them is lost; 0 for none.
    pub lose_answer_in: AtomicU64,
    /// The devices are in one room and share its network.
    pub room: AtomicBool,
    /// In the room, the giver's next connections let so many bytes through in all, one more each time; 0 lets everything through.
    pub room_cuts_at: AtomicUsize,
    /// Where connections in the room end up instead, a port of loopback; 0 for where they were made to.
    pub room_leads_to: AtomicU16,
    /// Before each request the hub forgets how the chains it holds ended, so that every post breaks.
    pub forgets_ends: AtomicBool,
    /// Requests that reached the hub.
    pub requests: AtomicU64,
    /// Every post heard, to be played again.
    pub heard: Mutex<Vec<Vec<u8>>>,
    /// Lengths of the segments that were brought and held, in order.
    pub brought: Mutex<Vec<usize>>,
    /// Of those that were brought and not held.
    pub turned_away: Mutex<Vec<usize>>,
    /// So many more segments are held; then the line is cut. `usize::MAX` cuts none.
    pub brings: AtomicUsize,
}

impl Weather {
    /// A line that carries everything.
    pub fn fair() -> Weather {
        let (cut_answer_at, brings) = (AtomicUsize::new(usize::MAX), AtomicUsize::new(usize::MAX));
        Weather { cut_answer_at, brings, ..Weather::default() }
    }
}

/// A carrier to this hub in this weather. `certificate` is learnt at enrolment, as TLS would show it.
pub struct Wire {
    pub hub: Arc<Hub>,
    pub weather: Arc<Weather>,
}

impl Wire {
    async fn call(
        &self,
        path: &str,
        kind: &str,
        peer: Peer,
        body: Vec<u8>,
    ) -> Result<(StatusCode, Vec<u8>), CarryFault> {
        if self.weather.cut.load(Ordering::Relaxed) {
            return Err(CarryFault::Unreachable);
        }
        self.weather.requests.fetch_add(1, Ordering::Relaxed);
        if self.weather.forgets_ends.load(Ordering::Relaxed) {
            let forget = "update audit_chain set link = zeroblob(32) where name <> 'hub/acts'";
            self.hub.store().write(|tx| tx.execute_batch(forget)).map_err(|_| CarryFault::Cut)?;
        }
        let mut request = Request::post(path)
            .header(CONTENT_TYPE, kind)
            .body(Body::from(body))
            .map_err(|_| CarryFault::Credentials)?;
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = router(self.hub.clone()).oneshot(request).await.map_err(|_| CarryFault::Cut)?;
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.map_err(|_| CarryFault::Cut)?;
        Ok((status, body.to_vec()))
    }
}

/// The SHA-256 that the TLS layer would report for a certificate in PEM.
pub fn fingerprint(pem: &str) -> Option<[u8; 32]> {
    hub::authority::fingerprint_of(pem)
}

impl Carrier for Wire {
    fn enrol<'a>(&'a self, ticket: &'a Ticket, body: Vec<u8>) -> Soon<'a, Result<Vec<u8>, CarryFault>> {
        Box::pin(async move {
            if ticket.authority != self.hub.authority.fingerprint() {
                return Err(CarryFault::NotOurHub);
            }
            let nobody = Peer { address: None, certificate: None };
            match self.call("/v1/enrol", "application/json", nobody, body).await? {
                (StatusCode::OK, body) => Ok(body),
                (StatusCode::FORBIDDEN, _) => Err(CarryFault::CodeNotAccepted),
                (status, _) => Err(CarryFault::HubFault { status: status.as_u16() }),
            }
        })
    }

    fn post<'a>(&'a self, link: &'a Link, body: Vec<u8>) -> Soon<'a, Result<Box<dyn Answer>, CarryFault>> {
        Box::pin(async move {
            self.weather.heard.lock().unwrap_or_else(PoisonError::into_inner).push(body.clone());
            let most = self.weather.carries_at_most.load(Ordering::Relaxed);
            if most > 0 && body.len() > most {
                return Err(CarryFault::Cut);
            }
            let peer = Peer { address: None, certificate: fingerprint(&link.certificate) };
            let (status, mut bytes) = self.call("/v1/post", LETTERS, peer, body).await?;
            let nth = self.weather.lose_answer_in.load(Ordering::Relaxed);
            self.weather.lose_answer_in.store(nth.saturating_sub(1), Ordering::Relaxed);
            if self.weather.lose_answer.swap(false, Ordering::Relaxed) || nth == 1 {
                return Err(CarryFault::Cut);
            }
            match status {
                StatusCode::OK => {}
                StatusCode::FORBIDDEN => return Err(CarryFault::Revoked),
                StatusCode::UPGRADE_REQUIRED => return Err(CarryFault::Newer),
                status => return Err(CarryFault::HubFault { status: status.as_u16() }),
            }
            let at = self.weather.cut_answer_at.swap(usize::MAX, Ordering::Relaxed);
            let cut = at < bytes.len();
            bytes.truncate(at);
            let part = self.weather.parts_of.load(Ordering::Relaxed);
            Ok(Box::new(Whole { bytes: Some(bytes), part, cut }) as Box<dyn Answer>)
        })
    }

    fn deliver<'a>(&'a self, hub: &'a HubCard, segment: Vec<u8>) -> Soon<'a, Result<Vec<u8>, CarryFault>> {
        Box::pin(async move {
            if fingerprint(&hub.authority) != Some(self.hub.authority.fingerprint()) {
                return Err(CarryFault::NotOurHub);
            }
            let left = self.weather.brings.load(Ordering::Relaxed);
            if left == 0 {
                return Err(CarryFault::Cut);
            }
            let (nobody, length) = (Peer { address: None, certificate: None }, segment.len());
            let (status, bytes) = self.call("/v1/outbox", LETTERS, nobody, segment).await?;
            if status == StatusCode::OK {
                self.weather.brings.store(left.saturating_sub(usize::from(left != usize::MAX)), Ordering::Relaxed);
                self.weather.brought.lock().unwrap_or_else(PoisonError::into_inner).push(length);
            } else {
                self.weather.turned_away.lock().unwrap_or_else(PoisonError::into_inner).push(length);
            }
            if self.weather.lose_answer.swap(false, Ordering::Relaxed) {
                return Err(CarryFault::Cut);
            }
            match status {
                StatusCode::OK => Ok(bytes),
                status => Err(CarryFault::HubFault { status: status.as_u16() }),
            }
        })
    }
}

/// An answer that arrives in one piece, or in parts, and may then be cut.
struct Whole {
    bytes: Option<Vec<u8>>,
    part: usize,
    cut: bool,
}

impl Answer for Whole {
    fn next(&mut self) -> Soon<'_, Result<Option<Vec<u8>>, CarryFault>> {
        Box::pin(async {
            match self.bytes.take() {
                Some(mut bytes) => {
                    if self.part > 0 && bytes.len() > self.part {
                        self.bytes = Some(bytes.split_off(self.part));
                        // Whoever watches gets a turn between two parts, as on a slow line.
                        tokio::task::yield_now().await;
                    }
                    Ok(Some(bytes))
                }
                None if self.cut => Err(CarryFault::Cut),
                None => Ok(None),
            }
        })
    }
}

/// The network of one room: TCP on loopback, and whatever weather there is between the receiver and the giver.
pub struct Room {
    pub weather: Arc<Weather>,
}

impl Nearby for Room {
    fn addresses(&self) -> Vec<IpAddr> {
        if self.weather.room.load(Ordering::Relaxed) { vec![Ipv4Addr::LOCALHOST.into()] } else { Vec::new() }
    }

    fn connect(&self, to: SocketAddr) -> Soon<'_, std::io::Result<TcpStream>> {
        Box::pin(async move {
            let to = match self.weather.room_leads_to.load(Ordering::Relaxed) {
                0 => to,
                port => (Ipv4Addr::LOCALHOST, port).into(),
            };
            let limit = self.weather.room_cuts_at.load(Ordering::Relaxed);
            if limit == 0 {
                return TcpStream::connect(to).await;
            }
            self.weather.room_cuts_at.fetch_add(1, Ordering::Relaxed);
            let between = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let at = between.local_addr()?;
            tokio::spawn(async move {
                let (Ok((mut here, _)), Ok(mut there)) = (between.accept().await, TcpStream::connect(to).await) else {
                    return;
                };
                let (mut from_here, mut to_here) = here.split();
                let (mut from_there, mut to_there) = there.split();
                let mut back = (&mut from_there).take(limit as u64);
                // Whichever way ends first ends both: the line is cut.
                tokio::select! {
                    _ = tokio::io::copy(&mut from_here, &mut to_there) => {}
                    _ = tokio::io::copy(&mut back, &mut to_here) => {}
                }
            });
            TcpStream::connect(at).await
        })
    }
}
