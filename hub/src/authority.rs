//! The hub's own certificate authority, made at `init`: it certifies the hub's server and each enrolled device, and nothing else. With it
//! comes the hub's signing key (receipts, rules, policy). Keys lie in the hub's folder, readable by its user only; back them up like
//! the database, for a hub that loses them must enrol every device again.

use ed25519_dalek::SigningKey;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

#[derive(Debug, Error)]
pub enum AuthorityFault {
    #[error("{} could not be read or written", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("a certificate could not be made")]
    Make(#[source] rcgen::Error),
    #[error("{} is not what the hub wrote there", path.display())]
    Damaged { path: PathBuf },
    #[error("the device's certificate request is not one")]
    Request(#[source] rcgen::Error),
}

/// The hub's keys, loaded.
pub struct Authority {
    certificate_pem: String,
    certificate_der: CertificateDer<'static>,
    key: Zeroizing<String>,
    /// Signs receipts, rules, policy and the end of every answer.
    pub signing: SigningKey,
    /// Opens the database.
    pub database: Zeroizing<[u8; 32]>,
}

const CA: &str = "authority.pem";
const CA_KEY: &str = "authority.key";
const SIGNING: &str = "signing.key";
const DATABASE: &str = "database.key";
const SERVER: &str = "server.pem";
const SERVER_KEY: &str = "server.key";

/// Valid for years: an authority that lapses would silence every device at once. Renewal is a new enrolment.
const FROM: (i32, u8, u8) = (2024, 1, 1);
const UNTIL: (i32, u8, u8) = (2046, 1, 1);

impl Authority {
    /// Makes the authority and every key in an empty folder. `seeds`: fresh random bytes for signing and database.
    pub fn make(home: &Path, region: &str, seeds: [[u8; 32]; 2]) -> Result<Authority, AuthorityFault> {
        let key = KeyPair::generate().map_err(AuthorityFault::Make)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(AuthorityFault::Make)?;
        params.distinguished_name.push(DnType::CommonName, format!("Satchel hub authority, {region}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        dates(&mut params);
        let certificate = params.self_signed(&key).map_err(AuthorityFault::Make)?;
        secret(&home.join(CA_KEY), key.serialize_pem().as_bytes())?;
        secret(&home.join(SIGNING), &seeds[0])?;
        secret(&home.join(DATABASE), &seeds[1])?;
        write(&home.join(CA), certificate.pem().as_bytes())?;
        Authority::load(home)
    }

    pub fn load(home: &Path) -> Result<Authority, AuthorityFault> {
        let certificate_pem = read_text(&home.join(CA))?;
        let damaged = |name: &str| AuthorityFault::Damaged { path: home.join(name) };
        let certificate_der = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|_| damaged(CA))?;
        let bytes32 = |name: &str| -> Result<Zeroizing<[u8; 32]>, AuthorityFault> {
            let bytes = Zeroizing::new(read(&home.join(name))?);
            bytes.as_slice().try_into().map(Zeroizing::new).map_err(|_| damaged(name))
        };
        let signing = bytes32(SIGNING)?;
        Ok(Authority {
            certificate_pem,
            certificate_der,
            key: Zeroizing::new(read_text(&home.join(CA_KEY))?),
            signing: SigningKey::from_bytes(&signing),
            database: bytes32(DATABASE)?,
        })
    }

    /// Whether a hub was made here.
    pub fn exists(home: &Path) -> bool {
        home.join(CA).exists()
    }

    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    pub const fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate_der
    }

    /// What a ticket carries: SHA-256 of the authority's certificate (DER).
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.certificate_der.as_ref()).into()
    }

    /// Certifies the server for these names and addresses, and keeps certificate and key in the folder.
    pub fn certify_server(&self, home: &Path, names: &[String]) -> Result<(), AuthorityFault> {
        let key = KeyPair::generate().map_err(AuthorityFault::Make)?;
        let mut params = CertificateParams::new(names.to_vec()).map_err(AuthorityFault::Make)?;
        for name in names {
            if let Ok(address) = name.parse::<std::net::IpAddr>()
                && !params.subject_alt_names.contains(&SanType::IpAddress(address))
            {
                params.subject_alt_names.push(SanType::IpAddress(address));
            }
        }
        params.distinguished_name.push(DnType::CommonName, "Satchel hub");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        dates(&mut params);
        let certificate = params.signed_by(&key, &self.issuer()?).map_err(AuthorityFault::Make)?;
        secret(&home.join(SERVER_KEY), key.serialize_pem().as_bytes())?;
        write(&home.join(SERVER), certificate.pem().as_bytes())
    }

    /// The server's certificate and key, PEM.
    pub fn server(home: &Path) -> Result<(String, Zeroizing<String>), AuthorityFault> {
        Ok((read_text(&home.join(SERVER))?, Zeroizing::new(read_text(&home.join(SERVER_KEY))?)))
    }

    /// Certifies a device by its request: only the key is taken from it. Gives PEM and the SHA-256 of the DER.
    pub fn certify_device(&self, request: &str, device: &str) -> Result<(String, [u8; 32]), AuthorityFault> {
        let mut asked = CertificateSigningRequestParams::from_pem(request).map_err(AuthorityFault::Request)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(AuthorityFault::Make)?;
        params.distinguished_name.push(DnType::CommonName, device);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        dates(&mut params);
        asked.params = params;
        let certificate = asked.signed_by(&self.issuer()?).map_err(AuthorityFault::Make)?;
        Ok((certificate.pem(), Sha256::digest(certificate.der().as_ref()).into()))
    }

    fn issuer(&self) -> Result<Issuer<'_, KeyPair>, AuthorityFault> {
        let key = KeyPair::from_pem(&self.key).map_err(AuthorityFault::Make)?;
        Issuer::from_ca_cert_pem(&self.certificate_pem, key).map_err(AuthorityFault::Make)
    }
}

/// The SHA-256 by which a certificate (PEM) is known; `None` if it is none.
pub fn fingerprint_of(pem: &str) -> Option<[u8; 32]> {
    CertificateDer::from_pem_slice(pem.as_bytes()).ok().map(|der| Sha256::digest(der.as_ref()).into())
}

fn dates(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(FROM.0, FROM.1, FROM.2);
    params.not_after = date_time_ymd(UNTIL.0, UNTIL.1, UNTIL.2);
}

fn read(path: &Path) -> Result<Vec<u8>, AuthorityFault> {
    fs::read(path).map_err(|source| AuthorityFault::File { path: path.to_owned(), source })
}

fn read_text(path: &Path) -> Result<String, AuthorityFault> {
    String::from_utf8(read(path)?).map_err(|_| AuthorityFault::Damaged { path: path.to_owned() })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AuthorityFault> {
    fs::write(path, bytes).map_err(|source| AuthorityFault::File { path: path.to_owned(), source })
}

/// A file that only this user can read.
fn secret(path: &Path, bytes: &[u8]) -> Result<(), AuthorityFault> {
    let put = || -> std::io::Result<()> {
        let mut options = fs::File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    put().map_err(|source| AuthorityFault::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_loads_as_it_was_made_and_certifies() {
        let home = tempfile::tempdir().unwrap();
        let made = Authority::make(home.path(), "Testshire", [[1; 32], [2; 32]]).unwrap();
        let loaded = Authority::load(home.path()).unwrap();
        assert_eq!(made.fingerprint(), loaded.fingerprint());
        loaded.certify_server(home.path(), &["127.0.0.1".into(), "hub.example".into()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let request = CertificateParams::new(vec!["evil.example".into()]).unwrap().serialize_request(&key).unwrap();
        let (pem, _) = loaded.certify_device(&request.pem().unwrap(), "D1").unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE"));
        assert!(matches!(loaded.certify_device("hello", "D1"), Err(AuthorityFault::Request(_))));
    }
}
