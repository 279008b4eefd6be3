//! The only file that names reqwest: mutual TLS to the hub whose authority was pinned at enrolment. A captive portal's page, another
//! authority's certificate or a proxy's error page is "not our hub", never an answer. It carries sealed posts and opens none.

use crate::ports::{Answer, Carrier, CarryFault, HubCard, Link, Soon};
use record::enrol::Ticket;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// The content type of posts and answers: anything else did not come from a hub.
pub const LETTERS: &str = "application/x-satchel-letters";

/// Waiting for a connection, and between two parts of an answer, on the slowest network worth trying.
const PATIENCE: Duration = Duration::from_secs(30);

/// No line worth trying is slower than this (bytes a second): 2G is three times as fast.
const SLOWEST: usize = 2_000;

/// The real carrier. Keeps one client, and so one warm connection, per link.
#[derive(Default)]
pub struct HttpCarrier {
    client: Mutex<Option<(String, Client)>>,
}

impl Carrier for HttpCarrier {
    fn enrol<'a>(&'a self, ticket: &'a Ticket, body: Vec<u8>) -> Soon<'a, Result<Vec<u8>, CarryFault>> {
        Box::pin(async move {
            let client = client(first_contact(ticket.authority)?)?;
            let url = format!("https://{}/v1/enrol", ticket.hub);
            let length = body.len();
            let request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
            let response = sent(request, length).await?;
            match response.status() {
                StatusCode::OK => {
                    let body = response.bytes().await.map_err(|_| CarryFault::Cut)?;
                    Ok(body.to_vec())
                }
                StatusCode::FORBIDDEN => Err(CarryFault::CodeNotAccepted),
                status => Err(CarryFault::HubFault { status: status.as_u16() }),
            }
        })
    }

    fn post<'a>(&'a self, link: &'a Link, body: Vec<u8>) -> Soon<'a, Result<Box<dyn Answer>, CarryFault>> {
        Box::pin(async move {
            let client = self.client_for(link)?;
            let url = format!("https://{}/v1/post", link.hub);
            let length = body.len();
            let request = client.post(url).header(CONTENT_TYPE, LETTERS).body(body);
            let response = sent(request, length).await?;
            let ours = response.headers().get(CONTENT_TYPE).is_some_and(|t| t == LETTERS);
            match response.status() {
                StatusCode::OK if ours => Ok(Box::new(Arriving(response)) as Box<dyn Answer>),
                StatusCode::OK => Err(CarryFault::NotOurHub),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CarryFault::Revoked),
                StatusCode::UPGRADE_REQUIRED => Err(CarryFault::Newer),
                status => Err(CarryFault::HubFault { status: status.as_u16() }),
            }
        })
    }

    fn deliver<'a>(&'a self, hub: &'a HubCard, segment: Vec<u8>) -> Soon<'a, Result<Vec<u8>, CarryFault>> {
        Box::pin(HttpCarrier::bring(hub, segment))
    }
}

impl HttpCarrier {
    async fn bring(hub: &HubCard, segment: Vec<u8>) -> Result<Vec<u8>, CarryFault> {
        let client = client(pinned(&hub.authority)?)?;
        let url = format!("https://{}/v1/outbox", hub.hub);
        let length = segment.len();
        let request = client.post(url).header(CONTENT_TYPE, LETTERS).body(segment);
        let response = sent(request, length).await?;
        let ours = response.headers().get(CONTENT_TYPE).is_some_and(|t| t == LETTERS);
        match response.status() {
            StatusCode::OK if ours => Ok(response.bytes().await.map_err(|_| CarryFault::Cut)?.to_vec()),
            StatusCode::OK => Err(CarryFault::NotOurHub),
            StatusCode::UPGRADE_REQUIRED => Err(CarryFault::Newer),
            status => Err(CarryFault::HubFault { status: status.as_u16() }),
        }
    }

    fn client_for(&self, link: &Link) -> Result<Client, CarryFault> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((certificate, client)) if *certificate == link.certificate => Ok(client.clone()),
            _ => {
                let fresh = client(mutual(link)?)?;
                *kept = Some((link.certificate.clone(), fresh.clone()));
                Ok(fresh)
            }
        }
    }
}

struct Arriving(Response);

impl Answer for Arriving {
    fn next(&mut self) -> Soon<'_, Result<Option<Vec<u8>>, CarryFault>> {
        Box::pin(async {
            let chunk =
                timeout(PATIENCE, self.0.chunk()).await.map_err(|_| CarryFault::Cut)?.map_err(|_| CarryFault::Cut)?;
            Ok(chunk.map(|bytes| bytes.to_vec()))
        })
    }
}

/// Sends a request, and waits for the beginning of its answer as long as its bytes take on the slowest line. A time to read would run from the first
/// byte sent, and end an upload at 2G that goes on as it should.
async fn sent(request: RequestBuilder, bytes: usize) -> Result<Response, CarryFault> {
    let patience = PATIENCE + Duration::from_secs((bytes / SLOWEST) as u64);
    // The connection has a time of its own: what takes longer than all of it failed under way.
    timeout(patience, request.send()).await.map_err(|_| CarryFault::Cut)?.map_err(|e| fault_of(&e))
}

fn client(tls: ClientConfig) -> Result<Client, CarryFault> {
    // No proxy from the environment and no redirects: the hub is where the ticket said.
    let builder = Client::builder();
    // Bytes that nobody acknowledges for so long: the network went away under an upload.
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let builder = builder.tcp_user_timeout(PATIENCE);
    builder
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(PATIENCE)
        .build()
        .map_err(|_| CarryFault::Credentials)
}

fn fault_of(error: &reqwest::Error) -> CarryFault {
    if is_tls(error) {
        return CarryFault::NotOurHub;
    }
    if error.is_connect() { CarryFault::Unreachable } else { CarryFault::Cut }
}

/// Somewhere inside is TLS's own word that the other end is not the one expected. An `io::Error` hides what it wraps from `source`,
/// so it is opened by hand.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.is_some_and(|inner| is_tls(inner)) || error.source().is_some_and(is_tls)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots_of(authority: &str) -> Result<RootCertStore, CarryFault> {
    let authority = CertificateDer::from_pem_slice(authority.as_bytes()).map_err(|_| CarryFault::Credentials)?;
    let mut roots = RootCertStore::empty();
    roots.add(authority).map_err(|_| CarryFault::Credentials)?;
    Ok(roots)
}

/// The outbox: only the pinned authority is trusted, and nobody says who brings it.
fn pinned(authority: &str) -> Result<ClientConfig, CarryFault> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| CarryFault::Credentials)?
        .with_root_certificates(roots_of(authority)?)
        .with_no_client_auth())
}

/// Ordinary posts: only the pinned authority is trusted, and the device shows its certificate.
fn mutual(link: &Link) -> Result<ClientConfig, CarryFault> {
    let bad = |_| CarryFault::Credentials;
    let roots = roots_of(&link.authority)?;
    let certificate =
        CertificateDer::from_pem_slice(link.certificate.as_bytes()).map_err(|_| CarryFault::Credentials)?;
    let key = PrivateKeyDer::from_pem_slice(link.key.as_bytes()).map_err(|_| CarryFault::Credentials)?;
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(bad)?
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![certificate], key)
        .map_err(bad)
}

/// First contact: the chain must hold the authority whose fingerprint the ticket carries.
fn first_contact(authority: [u8; 32]) -> Result<ClientConfig, CarryFault> {
    let verifier = Arc::new(ByFingerprint { authority, provider: provider() });
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| CarryFault::Credentials)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Trusts one authority, known by the SHA-256 of its certificate; names, dates and signatures are then checked as ever.
#[derive(Debug)]
struct ByFingerprint {
    authority: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ByFingerprint {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let is_ours = |c: &&CertificateDer<'_>| Sha256::digest(c.as_ref())[..] == self.authority;
        let authority = intermediates.iter().find(is_ours).ok_or_else(unknown)?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
            .build()
            .map_err(|_| unknown())?;
        verifier.verify_server_cert(end_entity, &[], server_name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
