//! What two devices of one hub say to each other without it: a request and an answer, each a text that fits in a QR code, signed by its
//! author's key on their device and carrying the hub's certificate for that key, so that each verifies the other offline. Which
//! answers count is `vault::lease`; the limits are `record::lease`.

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::Stamp;
use record::canon::{NotCanonical, Reader, Writer};
use record::lease::{Certificate, NotExtended};
use sha2::{Digest, Sha256};

/// What is signed begins with what it is, so that no signature passes for another.
const CERTIFICATE: &[u8] = b"satchel certificate 1";
const REQUEST: &[u8] = b"satchel licence request 1";
const ANSWER: &[u8] = b"satchel licence answer 1";

/// Capitals, digits and a hyphen: what a QR code holds most compactly.
const ASK: &str = "SATCHEL-ASK-";
const GIVE: &str = "SATCHEL-GIVE-";

/// No code is longer (characters): it must fit in one QR code.
const LONGEST: usize = 2_000;

/// A certificate with the exact bytes the hub signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sworn {
    pub certificate: Certificate,
    bytes: Vec<u8>,
    signature: [u8; 64],
}

impl Sworn {
    pub fn by(certificate: Certificate, hub: &SigningKey) -> Sworn {
        let bytes = certificate.to_bytes();
        let signature = hub.sign(&block(CERTIFICATE, &bytes)).to_bytes();
        Sworn { certificate, bytes, signature }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::new(1).bytes(&self.bytes).bytes(&self.signature).finish()
    }

    /// Reads it back and checks the hub's signature.
    pub fn from_bytes(bytes: &[u8], hub: &VerifyingKey) -> Result<Sworn, NotExtended> {
        let read = || -> Result<(Vec<u8>, [u8; 64], Certificate), NotCanonical> {
            let mut from = Reader::new(bytes, 1)?;
            let (bytes, signature) = (from.bytes()?.to_vec(), from.array()?);
            from.end()?;
            let certificate = Certificate::from_bytes(&bytes)?;
            Ok((bytes, signature, certificate))
        };
        let (bytes, signature, certificate) = read().map_err(|_| NotExtended::Form)?;
        verify(CERTIFICATE, &bytes, &signature, &hub.to_bytes())?;
        Ok(Sworn { certificate, bytes, signature })
    }
}

/// "Please lengthen my licence", as read and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub from: Certificate,
    /// The asking device's time: evidence, not truth.
    pub at: Stamp,
    /// SHA-256 of the request: what an answer answers.
    pub digest: [u8; 32],
}

/// "I lengthen it", as read and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub from: Certificate,
    pub request: [u8; 32],
    pub until: Stamp,
    /// The answering device's time, which was in no doubt.
    pub at: Stamp,
}

/// A request as a code; `nonce` is fresh. Gives the code and its digest.
pub fn request(own: &Sworn, key: &SigningKey, nonce: [u8; 8], at: Stamp) -> (String, [u8; 32]) {
    let bytes = Writer::new(1).bytes(&own.to_bytes()).bytes(&nonce).signed(at.millis()).finish();
    let digest = Sha256::digest(&bytes).into();
    (code(ASK, REQUEST, bytes, key), digest)
}

pub fn read_request(text: &str, hub: &VerifyingKey) -> Result<Request, NotExtended> {
    let (bytes, signature) = open(ASK, text)?;
    let read = || -> Result<(Vec<u8>, Stamp), NotCanonical> {
        let mut from = Reader::new(&bytes, 1)?;
        let sworn = from.bytes()?.to_vec();
        let _nonce: [u8; 8] = from.array()?;
        let at = Stamp::from_millis(from.signed()?);
        from.end()?;
        Ok((sworn, at))
    };
    let (sworn, at) = read().map_err(|_| NotExtended::Form)?;
    let from = Sworn::from_bytes(&sworn, hub)?.certificate;
    verify(REQUEST, &bytes, &signature, &from.key)?;
    Ok(Request { from, at, digest: Sha256::digest(&bytes).into() })
}

pub fn answer(own: &Sworn, key: &SigningKey, request: &Request, until: Stamp, at: Stamp) -> String {
    let bytes = Writer::new(1)
        .bytes(&own.to_bytes())
        .bytes(&request.digest)
        .signed(until.millis())
        .signed(at.millis())
        .finish();
    code(GIVE, ANSWER, bytes, key)
}

pub fn read_answer(text: &str, hub: &VerifyingKey) -> Result<Answer, NotExtended> {
    let (bytes, signature) = open(GIVE, text)?;
    let read = || -> Result<(Vec<u8>, [u8; 32], Stamp, Stamp), NotCanonical> {
        let mut from = Reader::new(&bytes, 1)?;
        let (sworn, digest) = (from.bytes()?.to_vec(), from.array()?);
        let (until, at) = (Stamp::from_millis(from.signed()?), Stamp::from_millis(from.signed()?));
        from.end()?;
        Ok((sworn, digest, until, at))
    };
    let (sworn, request, until, at) = read().map_err(|_| NotExtended::Form)?;
    let from = Sworn::from_bytes(&sworn, hub)?.certificate;
    verify(ANSWER, &bytes, &signature, &from.key)?;
    Ok(Answer { from, request, until, at })
}

fn block(what: &[u8], bytes: &[u8]) -> Vec<u8> {
    [what, bytes].concat()
}

fn verify(what: &[u8], bytes: &[u8], signature: &[u8; 64], key: &[u8; 32]) -> Result<(), NotExtended> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| NotExtended::Signature)?;
    key.verify(&block(what, bytes), &Signature::from_bytes(signature)).map_err(|_| NotExtended::Signature)
}

fn code(form: &str, what: &[u8], mut bytes: Vec<u8>, key: &SigningKey) -> String {
    let signature = key.sign(&block(what, &bytes));
    bytes.extend_from_slice(&signature.to_bytes());
    format!("{form}{}", BASE32_NOPAD.encode(&bytes))
}

/// The signed bytes and the signature. White space and case do not matter: codes are pasted and, at worst, typed.
fn open(form: &str, text: &str) -> Result<(Vec<u8>, [u8; 64]), NotExtended> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).take(LONGEST).collect();
    let text = text.to_ascii_uppercase();
    let code = text.strip_prefix(form).ok_or(NotExtended::Form)?;
    let bytes = BASE32_NOPAD.decode(code.as_bytes()).map_err(|_| NotExtended::Form)?;
    let (bytes, signature) = bytes.split_last_chunk::<64>().ok_or(NotExtended::Form)?;
    Ok((bytes.to_vec(), *signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::lease::Lending;

    const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn sworn(n: u8, hub: &SigningKey) -> Sworn {
        let certificate = Certificate {
            staff: format!("N000{n}").parse().unwrap(),
            name: "Jo Marlow".into(),
            device: format!("D0A1B2C3D4E{n}").parse().unwrap(),
            key: key(n).verifying_key().to_bytes(),
            issued: NOW,
            not_after: NOW,
            lending: Lending::STANDARD,
        };
        Sworn::by(certificate, hub)
    }

    #[test]
    fn a_code_reads_back_and_is_small_enough_to_scan() {
        let hub = key(9);
        let (asked, digest) = request(&sworn(1, &hub), &key(1), [7; 8], NOW);
        let read = read_request(&format!(" {}\n", asked.to_lowercase()), &hub.verifying_key()).unwrap();
        assert_eq!((read.digest, read.from.staff.as_str()), (digest, "N0001"));
        let given = answer(&sworn(2, &hub), &key(2), &read, NOW, NOW);
        assert_eq!(read_answer(&given, &hub.verifying_key()).unwrap().request, digest);
        // QR version 15 at medium correction holds 758 characters of this alphabet.
        assert!(asked.len() < 500 && given.len() < 550, "{} {}", asked.len(), given.len());
    }

    #[test]
    fn nothing_but_the_right_keys_over_the_right_bytes_is_believed() {
        let (hub, other) = (key(9), key(8));
        let (asked, _) = request(&sworn(1, &hub), &key(1), [7; 8], NOW);
        assert_eq!(read_request(&asked, &other.verifying_key()), Err(NotExtended::Signature), "another hub");
        let (forged, _) = request(&sworn(1, &hub), &key(3), [7; 8], NOW);
        assert_eq!(read_request(&forged, &hub.verifying_key()), Err(NotExtended::Signature), "another's certificate");
        let (own, _) = request(&sworn(1, &other), &key(1), [7; 8], NOW);
        assert_eq!(read_request(&own, &hub.verifying_key()), Err(NotExtended::Signature), "a certificate of its own");
        assert_eq!(read_answer(&asked, &hub.verifying_key()), Err(NotExtended::Form), "a request is not an answer");
        let bytes = BASE32_NOPAD.decode(asked.strip_prefix(ASK).unwrap().as_bytes()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let text = format!("{ASK}{}", BASE32_NOPAD.encode(&flipped));
            assert!(read_request(&text, &hub.verifying_key()).is_err(), "bit {bit}");
        }
    }
}
