//! Enrolling a device: the one-time ticket that a person carries from the hub to the device, and what the two say once. The ticket names
//! the hub's address, the one-time code and the fingerprint of the hub's authority, so that the very first contact is already
//! with the right hub. Not a login: it makes one device of one member of staff, once.

use crate::feed::Licence;
use crate::ids::DeviceId;
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// First word of a ticket: its version.
const FORM: &str = "satchel1";

/// `satchel1/host:port/CODE/fingerprint`, as printed and as in the QR code.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// `host:port`.
    pub hub: String,
    /// The one-time code: a secret until it is used.
    pub code: Sensitive<String>,
    /// SHA-256 of the authority's certificate (DER).
    pub authority: [u8; 32],
}

/// The text is not a ticket; says which part, never the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotATicket {
    Form,
    Hub,
    Code,
    Fingerprint,
}

impl fmt::Display for NotATicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotATicket::Form => {
                "That is not a one-time ticket: it begins with satchel1 and has four parts between slashes."
            }
            NotATicket::Hub => "The ticket's second part must be the hub's address, like hub.example.nhs.uk:8443.",
            NotATicket::Code => "The ticket's third part must be the one-time code: 16 or more letters and numbers.",
            NotATicket::Fingerprint => "The ticket's last part must be 64 letters and numbers: copy the whole ticket.",
        })
    }
}

impl std::error::Error for NotATicket {}

impl FromStr for Ticket {
    type Err = NotATicket;
    /// White space anywhere is ignored: tickets are pasted from letters and read out.
    fn from_str(text: &str) -> Result<Ticket, NotATicket> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let parts: Vec<&str> = text.split('/').collect();
        let &[form, hub, code, fingerprint] = parts.as_slice() else { return Err(NotATicket::Form) };
        if !form.eq_ignore_ascii_case(FORM) {
            return Err(NotATicket::Form);
        }
        let port =
            hub.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
        if port.is_none() {
            return Err(NotATicket::Hub);
        }
        let code = code.replace('-', "").to_ascii_uppercase();
        if code.len() < 16 || !code.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(NotATicket::Code);
        }
        let mut authority = [0u8; 32];
        let digits: Vec<u32> = fingerprint.chars().filter_map(|c| c.to_digit(16)).collect();
        if fingerprint.len() != 64 || digits.len() != 64 {
            return Err(NotATicket::Fingerprint);
        }
        for (byte, pair) in authority.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (pair[0] << 4 | pair[1]) as u8;
        }
        Ok(Ticket { hub: hub.to_ascii_lowercase(), code: code.into(), authority })
    }
}

impl Ticket {
    /// The text to print. EXPOSE: because printing the ticket is what enrolling is for.
    pub fn to_text(&self) -> String {
        let fingerprint: String = self.authority.iter().map(|b| format!("{b:02x}")).collect();
        let code: Vec<u8> = self.code.expose().bytes().collect();
        let code: Vec<&str> = code.chunks(4).filter_map(|four| std::str::from_utf8(four).ok()).collect();
        format!("{FORM}/{}/{}/{fingerprint}", self.hub, code.join("-"))
    }
}

/// What the device says, once.
#[derive(Serialize, Deserialize)]
pub struct Enrolling {
    pub code: Sensitive<String>,
    /// Certificate request for the transport key (PEM); the key itself never leaves the device.
    pub request: String,
    /// This person's signing key on this device (Ed25519, public part).
    pub signing_key: [u8; 32],
}

/// What the hub answers.
#[derive(Serialize, Deserialize)]
pub struct Enrolled {
    pub licence: Licence,
    pub device: DeviceId,
    /// PEM.
    pub certificate: String,
    /// PEM.
    pub authority: String,
    /// The hub's signing key (Ed25519): pinned for good.
    pub hub_key: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_survives_being_printed_wrapped_and_typed_in_capitals() {
        let ticket =
            Ticket { hub: "127.0.0.1:8443".into(), code: "ABCD2345EFGH6789".to_owned().into(), authority: [0xA1; 32] };
        let text = ticket.to_text();
        assert!(text.parse::<Ticket>() == Ok(ticket.clone()));
        let wrapped = format!("{}\n {}", &text[..30], &text[30..]).to_uppercase();
        assert!(wrapped.parse::<Ticket>() == Ok(ticket));
    }

    #[test]
    fn each_part_is_named_when_it_is_wrong() {
        let bad = |text: &str| text.parse::<Ticket>().err();
        assert_eq!(bad("hello"), Some(NotATicket::Form));
        assert_eq!(bad("satchel1/hub/ABCD2345EFGH6789/00"), Some(NotATicket::Hub));
        assert_eq!(bad("satchel1/hub:1/ABC/00"), Some(NotATicket::Code));
        assert_eq!(bad("satchel1/hub:1/ABCD2345EFGH6789/00"), Some(NotATicket::Fingerprint));
    }
}
