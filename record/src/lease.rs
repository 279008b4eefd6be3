//! The offline licence: for how long a device may go on reading without its hub, and how two colleagues lengthen it for one of them
//! without a network (`reference/identity.md` section 5.4). Pure. Signing is `sync::lease`; when reading stops is decided with the rest in
//! [`crate::consent`]. Its end is the hub's word at the end of each round; what a colleague checks offline is the certificate.

use crate::canon::{NotCanonical, Reader, Writer};
use crate::ids::{DeviceId, StaffId};
use crate::stamp::Stamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The region's limits, kept at the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// From a round with the hub until ordinary reading stops. At most twelve hours.
    pub hours: u32,
    /// After the end of a shift that the hub knows of.
    pub grace_hours: u32,
    #[serde(flatten)]
    pub lending: Lending,
}

/// What colleagues may do for each other: carried inside each certificate, so that their devices keep the same limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lending {
    /// How long one extension by a colleague lasts.
    pub extension_hours: u32,
    /// So many extensions between two rounds with the hub.
    pub extensions: u32,
    /// After the end, may a clinician break the glass?
    pub glass_after_end: bool,
}

impl Terms {
    /// `min(shift end + 2 h, 12 h)`.
    pub const STANDARD: Terms = Terms { hours: 12, grace_hours: 2, lending: Lending::STANDARD };

    /// Within what any region may choose: 12 hours, and not more than 12 from colleagues.
    pub const fn allowed(&self) -> bool {
        self.hours >= 1 && self.hours <= 12 && self.grace_hours <= 4 && self.lending.allowed()
    }

    /// When a licence given now ends. A shift whose end and grace are past is an old rota, and sets no limit.
    pub fn end(&self, now: Stamp, shift_end: Option<Stamp>) -> Stamp {
        let longest = now.plus(hours(self.hours));
        let shift = shift_end.map(|end| end.plus(hours(self.grace_hours))).filter(|end| *end > now);
        shift.map_or(longest, |end| end.min(longest))
    }
}

impl Lending {
    /// Twice four hours from a colleague.
    pub const STANDARD: Lending = Lending { extension_hours: 4, extensions: 2, glass_after_end: true };

    /// Before the first certificate nothing can be lengthened.
    pub const NONE: Lending = Lending { extension_hours: 0, extensions: 0, glass_after_end: false };

    const fn allowed(&self) -> bool {
        self.extension_hours <= 6 && self.extension_hours.saturating_mul(self.extensions) <= 12
    }

    /// How long after a licence's end reading may go on at the very latest, with every extension taken at the last moment.
    pub fn longest(&self) -> SignedDuration {
        hours(self.extension_hours * self.extensions)
    }

    fn write(self, to: Writer) -> Writer {
        to.number(self.extension_hours.into()).number(self.extensions.into()).number(self.glass_after_end.into())
    }

    fn read(from: &mut Reader<'_>) -> Result<Lending, NotCanonical> {
        let mut number = || u32::try_from(from.number()?).map_err(|_| NotCanonical);
        let (extension_hours, extensions) = (number()?, number()?);
        let glass_after_end = match number()? {
            0 => false,
            1 => true,
            _ => return Err(NotCanonical),
        };
        let lending = Lending { extension_hours, extensions, glass_after_end };
        if lending.allowed() { Ok(lending) } else { Err(NotCanonical) }
    }
}

fn hours(hours: u32) -> SignedDuration {
    SignedDuration::from_hours(hours.into())
}

/// What the hub swears: this key on this device is this person's, until then. Lets two devices of one hub believe each other offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub staff: StaffId,
    /// As shown to colleagues.
    pub name: String,
    pub device: DeviceId,
    /// Ed25519, public part.
    pub key: [u8; 32],
    pub issued: Stamp,
    pub not_after: Stamp,
    pub lending: Lending,
}

/// A certificate outlives a licence and its extensions by a working day, so that a colleague back from leave is still known.
pub const CERTIFICATE_HOURS: u32 = 48;

impl Certificate {
    pub fn to_bytes(&self) -> Vec<u8> {
        let to = Writer::new(1)
            .text(self.staff.as_str())
            .text(&self.name)
            .text(self.device.as_str())
            .bytes(&self.key)
            .signed(self.issued.millis())
            .signed(self.not_after.millis());
        self.lending.write(to).finish()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Certificate, NotCanonical> {
        let mut from = Reader::new(bytes, 1)?;
        let certificate = Certificate {
            staff: from.parsed()?,
            name: from.text()?.to_owned(),
            device: from.parsed()?,
            key: from.array()?,
            issued: Stamp::from_millis(from.signed()?),
            not_after: Stamp::from_millis(from.signed()?),
            lending: Lending::read(&mut from)?,
        };
        from.end()?;
        Ok(certificate)
    }

    pub fn in_force(&self, now: Stamp) -> bool {
        now < self.not_after
    }
}

/// A device's licence as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licensed {
    /// When ordinary reading stops.
    pub until: Stamp,
    /// Extensions taken since the last round.
    pub taken: u32,
    pub lending: Lending,
}

impl Licensed {
    pub fn extensions_left(&self) -> u32 {
        self.lending.extensions.saturating_sub(self.taken)
    }

    /// The end that one extension gives: so many hours from now, never added up. `None` if there is none left.
    pub fn extended(&self, now: Stamp) -> Option<Licensed> {
        let until = self.until.max(now.plus(hours(self.lending.extension_hours)));
        (self.extensions_left() > 0).then_some(Licensed { until, taken: self.taken + 1, ..*self })
    }
}

/// Why a colleague's code does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NotExtended {
    /// Not a code of this kind, or mistyped.
    Form,
    /// Not certified by this hub, or the signature does not fit.
    Signature,
    /// The certificate has run out: that device must speak to the hub first.
    Certificate,
    /// The same person, or the same device.
    Yourself,
    /// The hub has ended that device's enrolment.
    Ended,
    /// It answers another request, or one that is no longer open.
    Stranger,
    /// The licence of this device has ended too, or its clock is in doubt: it cannot vouch for another.
    CannotVouch,
    /// No more extensions before the next round with the hub.
    UsedUp,
    /// This device has not heard its hub yet.
    NoLicence,
}

impl NotExtended {
    pub const fn sentence(self) -> &'static str {
        match self {
            NotExtended::Form => "That is not a licence code. Copy or scan the whole code.",
            NotExtended::Signature => "That code was not made by a device of this hub.",
            NotExtended::Certificate => {
                "That device has not spoken to the hub for too long. It must reach the hub first."
            }
            NotExtended::Yourself => "Another person, with another device, must do this.",
            NotExtended::Ended => "The hub has ended that device's enrolment. Do not extend it: tell your manager.",
            NotExtended::Stranger => "That code answers another request. Show your colleague the code on this page.",
            NotExtended::CannotVouch => {
                "This device cannot vouch for another: its own licence has ended, or its clock is in doubt."
            }
            NotExtended::UsedUp => "The licence has been extended as often as it may be. Reach the hub to go on.",
            NotExtended::NoLicence => "This device has not heard from its hub yet.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

    fn after(hours: i64) -> Stamp {
        NOW.plus(SignedDuration::from_hours(hours))
    }

    #[test]
    fn a_licence_ends_two_hours_after_the_shift_and_never_later_than_twelve() {
        let end = |shift| Terms::STANDARD.end(NOW, shift);
        assert_eq!(end(None), after(12));
        assert_eq!(end(Some(after(5))), after(7));
        assert_eq!(end(Some(after(11))), after(12));
        assert_eq!(end(Some(after(-1))), after(1), "in the two hours after the shift");
        assert_eq!(end(Some(after(-3))), after(12), "yesterday's rota");
    }

    #[test]
    fn extensions_run_from_now_and_run_out() {
        let licensed = Licensed { until: after(-1), taken: 0, lending: Lending::STANDARD };
        let once = licensed.extended(NOW).unwrap();
        assert_eq!((once.until, once.extensions_left()), (after(4), 1));
        // Taken early, it does not add up: four hours from now is four hours from now.
        let twice = once.extended(NOW).unwrap();
        assert_eq!((twice.until, twice.extensions_left()), (after(4), 0));
        assert_eq!(twice.extended(NOW), None);
    }

    #[test]
    fn no_region_may_choose_longer_than_a_day_in_all() {
        assert!(Terms::STANDARD.allowed());
        assert!(!Terms { hours: 13, ..Terms::STANDARD }.allowed());
        let lavish = Lending { extensions: 4, ..Lending::STANDARD };
        assert!(!Terms { lending: lavish, ..Terms::STANDARD }.allowed());
        let certificate = Certificate {
            staff: "N1".parse().unwrap(),
            name: "Zoë".into(),
            device: "D1".parse().unwrap(),
            key: [5; 32],
            issued: NOW,
            not_after: after(48),
            lending: Lending::STANDARD,
        };
        assert_eq!(Certificate::from_bytes(&certificate.to_bytes()), Ok(certificate.clone()));
        let loose = Certificate { lending: lavish, ..certificate };
        assert!(Certificate::from_bytes(&loose.to_bytes()).is_err(), "limits beyond the rule are not a certificate");
    }
}
