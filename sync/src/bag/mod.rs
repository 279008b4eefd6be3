//! The eRed Bag between two ends: the bytes and signatures of notes, the slip (one QR code), the frames of the animated code, and
//! what a post and its answer say of bags (decision 0040). Pure: secrets and times are arguments. What a note means is `record::bag`'s.
//!
//! Two devices of one hub, without it:
//!
//! ```text
//! giver     slip      who this is, what can kill them, where the whole bag is, and the secret that opens it      (signed, certified)
//! giver     frames…   the whole bag, sealed with that secret; any frames in any order, until the receiver has enough
//! both      a line    the same whole bag and the same answer over the local network, where the two share one       (`near`)
//! receiver  answer    "I have it": the passage, signed with the receiver's key                                   (certified)
//! ```
pub mod sheet;

pub mod bundle;

pub mod slip;

pub mod frames;

pub mod near;

pub mod post;

#[cfg(test)]
mod tests;

pub use bundle::Bundle;
pub use frames::{Collector, Frames};
pub use post::{BagsDown, BagsHeld, RefusedNote};
pub use sheet::Sheet;
pub use slip::{Answer, Slip, SlipSecret};

use data_encoding::BASE32_NOPAD;
use record::bag::BagFault;

/// No code is longer (characters): QR version 25 at medium correction holds 1,451 of this alphabet.
pub const LONGEST: usize = 1_451;

/// Bytes as capitals and digits after the name of their form: what a QR code holds most compactly.
fn code(form: &str, bytes: &[u8]) -> String {
    format!("{form}{}", BASE32_NOPAD.encode(bytes))
}

/// White space and case do not matter: codes are pasted and, at worst, typed.
fn open(form: &str, text: &str) -> Result<Vec<u8>, BagFault> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).take(LONGEST + 1).collect();
    if text.len() > LONGEST {
        return Err(BagFault::Code);
    }
    let text = text.to_ascii_uppercase();
    let code = text.strip_prefix(form).ok_or(BagFault::Code)?;
    BASE32_NOPAD.decode(code.as_bytes()).map_err(|_| BagFault::Code)
}
