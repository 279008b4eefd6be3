//! The ways the world gets in: clock, entropy, keystore, carrier, what is nearby, and a phone's scanner; and the one way out that is no hub's, the tray for paper. `src-tauri` and
//! `satchel-device` supply the real ones ([`crate::native`]), the stories supply theirs. Nothing else in the app reads a clock or makes
//! randomness.

use desk::view::Keystore as KeystoreKind;
use record::enrol::Ticket;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use vault::Reading;
use zeroize::Zeroizing;

/// A future that a port gives: boxed, so that ports can be trait objects.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the device is made with.
#[derive(Clone)]
pub struct Ports {
    /// Wall clock, a counter that cannot be set, and the time zone's name as a number.
    pub clock: Arc<dyn Fn() -> Reading + Send + Sync>,
    pub entropy: Arc<dyn Entropy>,
    pub keystore: Arc<dyn Keystore>,
    pub carrier: Arc<dyn Carrier>,
    pub tray: Arc<dyn Tray>,
    pub nearby: Arc<dyn Nearby>,
    /// Phones have one.
    pub scanner: Option<Arc<dyn Scanner>>,
    /// What the device says of its battery, and of the room in this folder.
    pub gauges: Arc<dyn Fn(&Path) -> Gauges + Send + Sync>,
}

/// What runs out on a round, where the platform says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gauges {
    /// Percent.
    pub battery: Option<u8>,
    pub charging: bool,
    pub free_bytes: Option<u64>,
}

/// Fresh random bytes: ids, salts, keys.
pub trait Entropy: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The platform's place for a secret: half of what opens a vault.
pub trait Keystore: Send + Sync {
    fn kind(&self) -> KeystoreKind;
    /// The secret of that name, or `None` if there is none.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, KeystoreFault>;
    fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), KeystoreFault>;
}

/// The platform's keystore did not do what was asked.
#[derive(Debug, Error)]
#[error("the platform's keystore failed to {doing}")]
pub struct KeystoreFault {
    pub doing: &'static str,
}

/// Everything needed to reach the hub, kept inside the vault.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Link {
    /// `host:port`.
    pub hub: String,
    /// PEM: the only authority that is trusted.
    pub authority: String,
    /// PEM.
    pub certificate: String,
    /// PEM: the device's transport key.
    pub key: Zeroizing<String>,
}

/// Where an outbox is to be brought, and by whose receipt it may go: nothing of it is secret, and it lies beside the outbox, so that no
/// vault has to be opened to send it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HubCard {
    /// `host:port`.
    pub hub: String,
    /// PEM: the only authority that is trusted.
    pub authority: String,
    /// The hub's signing key, pinned at enrolment.
    pub key: [u8; 32],
}

/// Carries bytes to the hub and back.
pub trait Carrier: Send + Sync {
    /// First contact: to the hub whose authority has the ticket's fingerprint, or to nobody.
    fn enrol<'a>(&'a self, ticket: &'a Ticket, body: Vec<u8>) -> Soon<'a, Result<Vec<u8>, CarryFault>>;
    /// A post; the answer comes as it arrives.
    fn post<'a>(&'a self, link: &'a Link, body: Vec<u8>) -> Soon<'a, Result<Box<dyn Answer>, CarryFault>>;
    /// A sealed segment of somebody's outbox; the hub's receipt comes back. No certificate is shown: the segment proves whose it is.
    fn deliver<'a>(&'a self, hub: &'a HubCard, segment: Vec<u8>) -> Soon<'a, Result<Vec<u8>, CarryFault>>;
}

/// Where paper comes out. The screen neither names the place nor sees the bytes.
pub trait Tray: Send + Sync {
    /// Puts a document there, under this name if nobody says another. `false`: it was asked where, and nobody said.
    fn put<'a>(&'a self, name: &'a str, pdf: Vec<u8>) -> Soon<'a, Result<bool, TrayFault>>;
}

/// Why no paper came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TrayFault {
    #[error("there is nowhere to put paper here")]
    NotHere,
    #[error("the document could not be written there")]
    NotWritten,
}

/// The local network: other devices in the room. Sockets as the system makes them, unless a supplier puts something between.
pub trait Nearby: Send + Sync {
    /// This device's addresses there; none where there is no such network.
    fn addresses(&self) -> Vec<IpAddr>;

    /// Listens at this address, at a port of the system's choice.
    fn listen(&self, at: IpAddr) -> Soon<'_, std::io::Result<TcpListener>> {
        Box::pin(TcpListener::bind((at, 0)))
    }

    fn connect(&self, to: SocketAddr) -> Soon<'_, std::io::Result<TcpStream>> {
        Box::pin(TcpStream::connect(to))
    }
}

/// The platform's own reader of codes: it shows what the camera sees behind the screen, and keeps nothing of it.
pub trait Scanner: Send + Sync {
    /// Looks until it has read a code, and gives its text, whoever's code it is; `None` if it was stopped.
    fn scan(&self) -> Soon<'_, Result<Option<String>, ScanFault>>;
    /// Whoever looks now stops looking. The camera is off soon after.
    fn stop(&self);
}

/// Why the platform's scanner read nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScanFault {
    #[error("the camera may not be used")]
    NotAllowed,
    #[error("it looked for long enough and found no code")]
    InVain,
    #[error("the platform's scanner failed")]
    Failed,
}

/// An answer that is still arriving.
pub trait Answer: Send {
    /// The next bytes, `None` at the end.
    fn next(&mut self) -> Soon<'_, Result<Option<Vec<u8>>, CarryFault>>;
}

/// Why nothing, or not everything, came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CarryFault {
    #[error("the hub cannot be reached")]
    Unreachable,
    #[error("the connection was cut")]
    Cut,
    #[error("what answered is not the hub this device trusts")]
    NotOurHub,
    #[error("the hub did not accept the one-time code")]
    CodeNotAccepted,
    #[error("the hub does not know this device any more")]
    Revoked,
    #[error("the hub speaks a newer version")]
    Newer,
    #[error("the hub could not take the post (status {status})")]
    HubFault { status: u16 },
    #[error("the device's certificates or keys do not work")]
    Credentials,
}
