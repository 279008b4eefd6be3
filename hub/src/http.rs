//! The outside of the hub: routes, who is calling, statuses. TLS with the hub's own authority; a device shows its certificate, a first
//! enrolment has none yet. Every error becomes a status here and nowhere else, and says nothing about patients or devices.

use crate::authority::Authority;
use crate::enrol::{self, EnrolFault, Region};
use crate::post::{self, PostFault};
use crate::store::Store;
use axum::body::Bytes;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post as on_post};
use axum::serve::{IncomingStream, Listener};
use axum::{Json, Router};
use record::enrol::Enrolling;
use record::{DeviceId, Stamp};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sync::outbox::OutboxFault;
use sync::wire::WireFault;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The content type of posts and answers.
pub const LETTERS: &str = "application/x-satchel-letters";
/// No post is larger (bytes).
const LARGEST_POST: usize = 16 << 20;

/// Everything a request needs. Clock and fresh names are handed in by `main` or a test.
pub struct Hub {
    store: Mutex<Store>,
    pub authority: Authority,
    pub region: Region,
    pub clock: Box<dyn Fn() -> Stamp + Send + Sync>,
    pub fresh_device: Box<dyn Fn() -> DeviceId + Send + Sync>,
}

impl Hub {
    pub fn new(
        store: Store,
        authority: Authority,
        region: Region,
        clock: impl Fn() -> Stamp + Send + Sync + 'static,
        fresh_device: impl Fn() -> DeviceId + Send + Sync + 'static,
    ) -> Arc<Hub> {
        let (clock, fresh_device) = (Box::new(clock), Box::new(fresh_device));
        Arc::new(Hub { store: Mutex::new(store), authority, region, clock, fresh_device })
    }

    /// The store, for one unit of work. A panic elsewhere rolled its transaction back, so what is behind the lock is whole.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is calling: where from, and the SHA-256 of the certificate they showed, if they did.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    pub address: Option<SocketAddr>,
    pub certificate: Option<[u8; 32]>,
}

/// The hub's routes. `tests` calls them without a network.
pub fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/v1/post", on_post(take_post))
        .route("/v1/outbox", on_post(take_segment))
        .route("/v1/enrol", on_post(take_enrolment))
        .route("/v1/health", get(|| async { "ok" }))
        .layer(DefaultBodyLimit::max(LARGEST_POST))
        .with_state(hub)
}

async fn take_post(
    State(hub): State<Arc<Hub>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers.get(CONTENT_TYPE).is_none_or(|t| t != LETTERS) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    // The store is synchronous: a post's work runs beside the network's threads.
    let work = tokio::task::spawn_blocking(move || {
        let now = (hub.clock)();
        post::answer(&mut hub.store(), &hub.authority.signing, &body, peer.certificate, now)
    });
    match work.await {
        Ok(Ok(answer)) => ([(CONTENT_TYPE, LETTERS)], answer).into_response(),
        Ok(Err(fault)) => post_status(&fault).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A segment of somebody's outbox, from whoever brings it: what is in it proves whose it is.
async fn take_segment(State(hub): State<Arc<Hub>>, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get(CONTENT_TYPE).is_none_or(|t| t != LETTERS) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let work = tokio::task::spawn_blocking(move || {
        let now = (hub.clock)();
        post::outbox::take(&mut hub.store(), &hub.authority.signing, &body, now)
    });
    match work.await {
        Ok(Ok(receipt)) => ([(CONTENT_TYPE, LETTERS)], receipt).into_response(),
        Ok(Err(fault)) => post_status(&fault).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn post_status(fault: &PostFault) -> StatusCode {
    match fault {
        PostFault::Unknown => StatusCode::FORBIDDEN,
        PostFault::Newer | PostFault::Segment(OutboxFault::Wire(WireFault::Newer)) => StatusCode::UPGRADE_REQUIRED,
        PostFault::Unreadable(_) | PostFault::Segment(_) => StatusCode::BAD_REQUEST,
        // The device knows by this what to tell its user (`device::outbox`).
        PostFault::PicturesFull => StatusCode::PAYLOAD_TOO_LARGE,
        PostFault::Store(crate::store::StoreFault::Full) => StatusCode::INSUFFICIENT_STORAGE,
        PostFault::Write(_) | PostFault::Frames(_) | PostFault::Plans(_) | PostFault::Store(_) | PostFault::Sql(_) => {
            eprintln!("satchel-hub: a post was not answered: {fault}");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

async fn take_enrolment(State(hub): State<Arc<Hub>>, Json(asked): Json<Enrolling>) -> Response {
    let work = tokio::task::spawn_blocking(move || {
        let (now, device) = ((hub.clock)(), (hub.fresh_device)());
        enrol::enrol(&mut hub.store(), &hub.authority, &hub.region, &asked, &device, now)
    });
    match work.await {
        Ok(Ok(enrolled)) => Json(enrolled).into_response(),
        Ok(Err(EnrolFault::Code(_) | EnrolFault::NoSuchStaff(_))) => StatusCode::FORBIDDEN.into_response(),
        Ok(Err(EnrolFault::Authority(crate::authority::AuthorityFault::Request(_)))) => {
            StatusCode::BAD_REQUEST.into_response()
        }
        Ok(Err(fault)) => {
            eprintln!("satchel-hub: a device was not enrolled: {fault}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Debug, Error)]
pub enum ServeFault {
    #[error(transparent)]
    Authority(#[from] crate::authority::AuthorityFault),
    #[error("the server's certificate or key does not work")]
    Tls(#[source] rustls::Error),
    #[error("the server's certificate or key cannot be read")]
    Pem,
    #[error("the address cannot be listened on")]
    Listen(#[source] io::Error),
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}

/// Serves until `stop` resolves; requests under way are finished.
pub async fn serve(
    hub: Arc<Hub>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeFault> {
    serve_routes(router(hub), listener, tls, stop).await
}

/// Serves these routes over TLS until `stop` resolves.
pub async fn serve_routes(
    routes: Router,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeFault> {
    let listener = TlsListener::new(listener, tls).map_err(ServeFault::Listen)?;
    let service = routes.into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await.map_err(ServeFault::Serve)
}

/// TLS as the hub speaks it to devices: its own chain, and device certificates of its own authority where one is shown.
pub fn tls(authority: &Authority, server_pem: &str, key_pem: &str) -> Result<Arc<ServerConfig>, ServeFault> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone()).map_err(ServeFault::Tls)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|_| ServeFault::Pem)?;
    server_tls(authority, server_pem, key_pem, clients)
}

/// TLS for browsers: the same chain, and no certificate is asked of anybody.
pub fn tls_for_browsers(
    authority: &Authority,
    server_pem: &str,
    key_pem: &str,
) -> Result<Arc<ServerConfig>, ServeFault> {
    server_tls(authority, server_pem, key_pem, WebPkiClientVerifier::no_client_auth())
}

fn server_tls(
    authority: &Authority,
    server_pem: &str,
    key_pem: &str,
    clients: Arc<dyn ClientCertVerifier>,
) -> Result<Arc<ServerConfig>, ServeFault> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let leaf = CertificateDer::from_pem_slice(server_pem.as_bytes()).map_err(|_| ServeFault::Pem)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| ServeFault::Pem)?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ServeFault::Tls)?
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![leaf, authority.certificate().clone()], key)
        .map_err(ServeFault::Tls)?;
    Ok(Arc::new(config))
}

/// Connections whose handshake is done: a slow or hostile handshake holds nobody else up.
struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    fn new(listener: TcpListener, tls: Arc<ServerConfig>) -> io::Result<TlsListener> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(64);
        let acceptor = TlsAcceptor::from(tls);
        tokio::spawn(async move {
            while !done.is_closed() {
                let Ok((tcp, from)) = listener.accept().await else {
                    // Out of file handles or the like: the next accept may do better.
                    tokio::task::yield_now().await;
                    continue;
                };
                let _ = tcp.set_nodelay(true);
                let (acceptor, done) = (acceptor.clone(), done.clone());
                tokio::spawn(async move {
                    let patience = std::time::Duration::from_secs(20);
                    if let Ok(Ok(stream)) = tokio::time::timeout(patience, acceptor.accept(tcp)).await {
                        let _ = done.send((stream, from)).await;
                    }
                });
            }
        });
        Ok(TlsListener { ready, address })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The accepting task never ends while this listener lives.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Peer {
        let (_, session) = stream.io().get_ref();
        let shown = session.peer_certificates().and_then(|chain| chain.first());
        let certificate = shown.map(|c| Sha256::digest(c.as_ref()).into());
        Peer { address: Some(*stream.remote_addr()), certificate }
    }
}
