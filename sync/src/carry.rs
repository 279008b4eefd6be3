//! A colleague's device fetches what this one has not sent, to bring it to the hub: the code that says where and with which secret, and what is
//! said on the [`line`](crate::line) that it opens. What passes are segments of the outbox, which only the hub opens, and the hub's receipts for
//! segments, which their authors check: so neither end proves who it is, and a carrier learns how many files there are and how long.
//! Not here: files and what may be let go (`vault::parcels`), sockets and time (`device`).
//!
//! ```text
//! carrier   receipts for others' segments · end               yours may be among them
//! giver     took… · segments · receipts · end                 these I could use; carry these; yours may be among them
//! carrier   took… · end                                       these I have now
//! ```

use crate::line::{self, Line, Terms, read_places, write_places};
use crate::outbox::{LONGEST_SEGMENT, SegmentId};
use data_encoding::BASE32_NOPAD;
use hkdf::Hkdf;
use record::canon::{NotCanonical, Reader, Writer};
use sha2::Sha256;
use std::iter::once;
use std::net::SocketAddr;
use thiserror::Error;
use zeroize::Zeroizing;

pub use crate::line::{Fresh, HANDSHAKE, LONGEST, LineFault, MOST_PLACES, Opening};

const FORM: &str = "SATCHEL-CARRY-";
const PURPOSE: &[u8] = b"satchel carry 1";
const VERSION: u8 = 1;

/// No code is longer (characters): three addresses of IPv6 and the secret.
const LONGEST_CODE: usize = 200;

/// No receipt is longer (bytes).
const LONGEST_RECEIPT: usize = 1 << 10;

/// More things, and more bytes, than pass in one turn: whoever says more is not believed.
const MOST_THINGS: u32 = 4_096;
const MOST_BYTES: usize = 256 << 20;

/// What the carrier's device reads: where the other may be reached, and the secret of this showing.
#[derive(Clone, PartialEq, Eq)]
pub struct CarryCode {
    secret: Zeroizing<[u8; 16]>,
    /// At most [`MOST_PLACES`].
    pub places: Vec<SocketAddr>,
}

/// The text is not the code of a device that has something to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("that is not the code of a device whose work is to be carried")]
pub struct NotACarryCode;

impl From<NotCanonical> for NotACarryCode {
    fn from(_: NotCanonical) -> Self {
        NotACarryCode
    }
}

impl CarryCode {
    /// `secret`: 16 random bytes, for this showing alone.
    pub fn new(secret: [u8; 16], mut places: Vec<SocketAddr>) -> CarryCode {
        places.truncate(MOST_PLACES);
        CarryCode { secret: Zeroizing::new(secret), places }
    }

    /// Capitals and digits: what a QR code holds most compactly.
    pub fn to_code(&self) -> String {
        let to = Writer::new(VERSION).bytes(self.secret.as_slice());
        format!("{FORM}{}", BASE32_NOPAD.encode(&write_places(to, &self.places).finish()))
    }

    /// White space and case do not matter.
    pub fn read(text: &str) -> Result<CarryCode, NotACarryCode> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).take(LONGEST_CODE + 1).collect();
        let text = text.to_ascii_uppercase();
        let code = text.strip_prefix(FORM).filter(|_| text.len() <= LONGEST_CODE).ok_or(NotACarryCode)?;
        let bytes = BASE32_NOPAD.decode(code.as_bytes()).map_err(|_| NotACarryCode)?;
        let mut from = Reader::new(&bytes, VERSION)?;
        let code = CarryCode { secret: Zeroizing::new(from.array()?), places: read_places(&mut from)? };
        from.end()?;
        Ok(code)
    }

    fn key(&self) -> Zeroizing<[u8; 32]> {
        // 32 bytes are never too many for HKDF.
        let mut key = Zeroizing::new([0; 32]);
        let _ = Hkdf::<Sha256>::new(None, self.secret.as_slice()).expand(PURPOSE, key.as_mut());
        key
    }

    /// The carrier's first word.
    pub fn open(&self, fresh: Fresh) -> Result<(Opening, Vec<u8>), LineFault> {
        line::open(&Terms { purpose: PURPOSE, secret: &self.key() }, fresh)
    }

    /// The giver's second, to a first word that only this code makes.
    pub fn answer(&self, first: &[u8], fresh: Fresh) -> Result<(Carrying, Vec<u8>), LineFault> {
        let (line, second) = line::answer(&Terms { purpose: PURPOSE, secret: &self.key() }, first, fresh)?;
        Ok((Carrying::on(line), second))
    }
}

/// One thing that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Sealed to the hub.
    Segment(Vec<u8>),
    /// The hub's, for this segment.
    Receipt { of: SegmentId, bytes: Vec<u8> },
    /// This segment, or this receipt, is here now: it need not be given again.
    Took(SegmentId),
    /// Nothing more, and it is the other's turn.
    End,
}

impl Said {
    fn body(&self) -> &[u8] {
        match self {
            Said::Segment(bytes) | Said::Receipt { bytes, .. } => bytes,
            Said::Took(_) | Said::End => &[],
        }
    }

    fn head(&self) -> Vec<u8> {
        let to = Writer::new(VERSION);
        let to = match self {
            Said::Segment(_) => to.number(0),
            Said::Receipt { of, .. } => to.number(1).bytes(&of.0),
            Said::Took(of) => to.number(2).bytes(&of.0),
            Said::End => to.number(3),
        };
        to.number(self.body().len() as u64).finish()
    }
}

/// One end of the line, and what has come of the thing being said there.
pub struct Carrying {
    line: Line,
    coming: Option<(Said, usize, Vec<u8>)>,
    things: u32,
    bytes: usize,
}

impl Carrying {
    pub const fn on(line: Line) -> Carrying {
        Carrying { line, coming: None, things: 0, bytes: 0 }
    }

    /// The records that say this, one after another.
    pub fn say<'a>(&'a mut self, said: &'a Said) -> impl Iterator<Item = Result<Vec<u8>, LineFault>> + 'a {
        let parts = said.body().chunks(line::RECORD).map(<[u8]>::to_vec);
        once(said.head()).chain(parts).map(|plain| self.line.seal(&plain))
    }

    /// What this record, given without its length, makes whole; `None` while more must come.
    pub fn hear(&mut self, record: &[u8]) -> Result<Option<Said>, LineFault> {
        let plain = self.line.unseal(record)?;
        let (said, length, mut body) = match self.coming.take() {
            Some((said, length, mut body)) => {
                body.extend_from_slice(&plain);
                (said, length, body)
            }
            None => {
                let (said, length) = head(&plain).map_err(|NotCanonical| LineFault::Forged)?;
                self.things += 1;
                self.bytes = self.bytes.saturating_add(length);
                if self.things > MOST_THINGS || self.bytes > MOST_BYTES {
                    return Err(LineFault::Long);
                }
                (said, length, Vec::new())
            }
        };
        if body.len() > length {
            return Err(LineFault::Forged);
        }
        if body.len() < length {
            self.coming = Some((said, length, body));
            return Ok(None);
        }
        body.shrink_to_fit();
        Ok(Some(match said {
            Said::Segment(_) => Said::Segment(body),
            Said::Receipt { of, .. } => Said::Receipt { of, bytes: body },
            other => other,
        }))
    }
}

fn head(plain: &[u8]) -> Result<(Said, usize), NotCanonical> {
    let mut from = Reader::new(plain, VERSION)?;
    let (said, most) = match from.number()? {
        0 => (Said::Segment(Vec::new()), LONGEST_SEGMENT),
        1 => (Said::Receipt { of: SegmentId(from.array()?), bytes: Vec::new() }, LONGEST_RECEIPT),
        2 => (Said::Took(SegmentId(from.array()?)), 0),
        3 => (Said::End, 0),
        _ => return Err(NotCanonical),
    };
    let length = usize::try_from(from.number()?).ok().filter(|length| *length <= most).ok_or(NotCanonical)?;
    from.end()?;
    Ok((said, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> CarryCode {
        CarryCode::new([7; 16], vec!["192.168.1.7:4711".parse().unwrap(), "[fd12::1]:9".parse().unwrap()])
    }

    fn line() -> (Carrying, Carrying) {
        let (opening, first) = code().open(Zeroizing::new([1; 32])).unwrap();
        let (giver, second) = code().answer(&first, Zeroizing::new([2; 32])).unwrap();
        (Carrying::on(opening.answered(&second).unwrap()), giver)
    }

    #[test]
    fn a_code_is_read_as_it_was_made_and_nothing_else_is_one() {
        let text = code().to_code();
        assert!(CarryCode::read(&text).unwrap() == code());
        assert!(CarryCode::read(&format!(" {} \n", text.to_lowercase())).unwrap() == code());
        for other in ["", "SATCHEL-CARRY-", "SATCHEL-BAG-AAAA", &text[..text.len() - 1], &format!("{text}A")] {
            assert!(CarryCode::read(other).is_err(), "{other}");
        }
        assert!(CarryCode::read(&format!("{FORM}{}", "A".repeat(100_000))).is_err());
    }

    #[test]
    fn everything_said_is_heard_as_it_was_said() {
        let (mut carrier, mut giver) = line();
        let all = [
            Said::Segment((0..=255).cycle().take(5_000).collect()),
            Said::Receipt { of: SegmentId([9; 16]), bytes: vec![3; 200] },
            Said::Took(SegmentId([8; 16])),
            Said::Segment(vec![1; line::RECORD]),
            Said::End,
        ];
        for said in &all {
            let records: Vec<_> = giver.say(said).collect::<Result<_, _>>().unwrap();
            let (last, before) = records.split_last().unwrap();
            for record in before {
                assert_eq!(carrier.hear(&record[2..]).unwrap(), None);
            }
            assert_eq!(carrier.hear(&last[2..]).unwrap().as_ref(), Some(said));
        }
    }

    #[test]
    fn who_has_not_read_the_code_is_not_answered_and_a_changed_record_is_not_heard() {
        let other = CarryCode::new([8; 16], vec![]);
        let (_, first) = other.open(Zeroizing::new([1; 32])).unwrap();
        assert!(code().answer(&first, Zeroizing::new([2; 32])).is_err());
        let (mut carrier, mut giver) = line();
        let mut record = giver.say(&Said::End).next().unwrap().unwrap();
        *record.last_mut().unwrap() ^= 1;
        assert_eq!(carrier.hear(&record[2..]), Err(LineFault::Forged));
    }

    #[test]
    fn nothing_longer_than_it_may_be_is_waited_for() {
        let (mut carrier, mut giver) = line();
        for (kind, length) in [(0, LONGEST_SEGMENT as u64 + 1), (3, 1), (4, 0)] {
            let head = Writer::new(VERSION).number(kind).number(length).finish();
            let record = giver.line.seal(&head).unwrap();
            assert_eq!(carrier.hear(&record[2..]), Err(LineFault::Forged), "{kind}");
        }
        // A body that is longer than its head said.
        let mut records: Vec<Vec<u8>> = giver.say(&Said::Segment(vec![1; 10])).collect::<Result<_, _>>().unwrap();
        let more = giver.line.seal(&[2; 11]).unwrap();
        records[1] = more;
        assert_eq!(carrier.hear(&records[0][2..]), Ok(None));
        assert!(carrier.hear(&records[1][2..]).is_err());
    }
}
