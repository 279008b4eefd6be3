//! What a person can do about a question that was not answered, and the one thing the device says unasked: *look again*.

use crate::view::Why;
use record::Stamp;
use record::audit::LogSign;
use record::bag::BagFault;
use record::plan::EditFault;
use record::visit::ActFault;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Each variant is something a person can act on. None carries patient content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// Sign in first.
    Locked,
    /// No hub knows this device yet.
    NotEnrolled,
    /// The PIN is wrong; `left` tries before the key on this device is destroyed.
    WrongPin { left: u32 },
    /// Too many wrong PINs: wait until then.
    TryLater { at: Stamp },
    /// The key on this device was destroyed after ten wrong PINs. The encrypted file is kept; enrol again.
    KeyDestroyed,
    /// The consent rules refuse; recorded in the audit.
    Refused(Box<Why>),
    /// This person's content is not on this device.
    NotCarried,
    /// It is on this device, sealed: the next contact with the hub opens it, or break-glass does.
    Sealed,
    /// This photograph is not on this device; it is asked for with the next contact.
    PhotoElsewhere,
    /// What was typed does not fit; says which field and how to mend it.
    Input { field: Field, mend: String },
    /// The edit of a care plan was not made, and nothing was overwritten.
    Plan(EditFault),
    /// What was to be recorded at a visit cannot stand, and was not recorded.
    Visit(ActFault),
    /// Nothing was put in the eRed Bag, and nothing in it changed.
    Bag(BagFault),
    /// The paper could not be saved there, or this device has nowhere to save it.
    NoPaper,
    /// The one-time code is wrong, expired or used; the hub says no more than that.
    CodeNotAccepted,
    /// The other end is not the hub this device trusts (a wrong address, a captive portal, or somebody in between).
    NotOurHub,
    /// The hub cannot be reached; everything carried still works.
    HubUnreachable,
    /// The hub ended this device's enrolment.
    Revoked,
    /// This device's audit chain was not accepted by the hub, which holds an alarm for the privacy officer.
    AuditBroken { at: u64 },
    /// The hub's own audit log does not agree with what it showed this device before.
    HubLog { sign: LogSign },
    /// The device cannot store: nothing was shown that is not recorded.
    Storage(StorageTrouble),
    /// Made by a newer version of Satchel: update this one.
    Version,
    /// Another copy of Satchel has this vault open.
    InUse,
    /// A fault of ours, by its place in the code; nothing unsaved was lost.
    Fault { place: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    Ticket,
    Pin,
    NewPin,
    Reason,
    /// The reason for access, from the programme's list.
    AccessReason,
    /// The signed opt-out form.
    Form,
    /// Sides of a conflict that must be settled together.
    Settles,
    Number,
    Born,
    Search,
    Until,
    /// A colleague's licence code.
    Licence,
    /// The code of a device whose work is to be carried.
    Carry,
    /// A picture that codes are read from.
    Picture,
    Question,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StorageTrouble {
    Full,
    /// The vault file is damaged; it was moved aside to this file name, never deleted.
    Damaged {
        aside: String,
    },
    /// A database without encryption lies where the vault should be; it was left alone.
    PlaintextTwin,
    /// The vault's database is missing, or empty; nothing was put in its place.
    VaultGone,
    /// The file with the wrapped key is missing or cannot be read; everything else was left as it was.
    KeyDamaged,
    /// The platform's keystore does not hold its half of the key: a restored or moved device.
    KeystoreEmpty,
    /// Reading or writing failed.
    Failing,
}

impl fmt::Display for Trouble {
    /// One clear sentence: what happened and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Locked => write!(f, "Sign in to continue."),
            Trouble::NotEnrolled => {
                write!(f, "This device is not enrolled. Enter the one-time code from your administrator.")
            }
            Trouble::WrongPin { left } => {
                write!(f, "That PIN is not right. {left} tries left before this device is wiped.")
            }
            Trouble::TryLater { at } => write!(f, "Too many wrong PINs. Try again after {}.", at.display_time()),
            Trouble::KeyDestroyed => write!(
                f,
                "The key on this device was destroyed after too many wrong PINs. Ask your administrator for a new one-time code."
            ),
            Trouble::Refused(why) => write!(f, "{}", why.sentence),
            Trouble::NotCarried => write!(f, "This record is not carried on this device."),
            Trouble::Sealed => write!(
                f,
                "This record is sealed on this device. It opens after the next contact with the hub, or by break-glass."
            ),
            Trouble::PhotoElsewhere => write!(
                f,
                "The photograph is not on this device. It comes when you have signal, once the hub has all of it: press it again then."
            ),
            Trouble::Input { mend, .. } => write!(f, "{mend}"),
            Trouble::Plan(fault) => write!(f, "{fault}"),
            Trouble::Visit(fault) => write!(f, "{fault}"),
            Trouble::Bag(fault) => write!(f, "{}", bag_in_words(fault)),
            Trouble::NoPaper => {
                write!(f, "The paper was not saved. Choose another place, or print from a computer with Satchel.")
            }
            Trouble::CodeNotAccepted => {
                write!(
                    f,
                    "The hub did not accept that one-time code. It may be mistyped, used or expired: ask for a new one."
                )
            }
            Trouble::NotOurHub => write!(
                f,
                "The server that answered is not the hub this device trusts. Check the network (a sign-in page may be in the way)."
            ),
            Trouble::HubUnreachable => {
                write!(f, "The hub cannot be reached. What is carried on this device can still be read.")
            }
            Trouble::Revoked => write!(f, "The hub has ended this device's enrolment. Ask your administrator."),
            Trouble::AuditBroken { at } => {
                write!(
                    f,
                    "The hub did not accept this device's audit from entry {at}. The hub holds an alarm for the privacy officer."
                )
            }
            Trouble::HubLog { sign: LogSign::Restored } => write!(
                f,
                "The hub was restored from an older copy and said so. This device sends again what the hub lost."
            ),
            Trouble::HubLog { sign: LogSign::Withheld } => write!(
                f,
                "The hub gave no receipt for this device's audit. You can go on: every look is kept here. Tell your privacy officer."
            ),
            Trouble::HubLog { .. } => write!(
                f,
                "The hub's audit does not agree with what it showed before. You can go on: every look is kept here. Tell your privacy officer."
            ),
            Trouble::Storage(StorageTrouble::Full) => {
                write!(
                    f,
                    "This device's storage is full. Nothing is shown that could not be recorded: free some space."
                )
            }
            Trouble::Storage(StorageTrouble::Damaged { aside }) => write!(
                f,
                "The vault on this device is damaged. It was kept as {aside} for recovery, and nothing was deleted: enrol again with a new one-time code."
            ),
            Trouble::Storage(StorageTrouble::PlaintextTwin) => {
                write!(
                    f,
                    "A database without encryption lies where the vault should be. It was left alone: ask your administrator."
                )
            }
            Trouble::Storage(StorageTrouble::VaultGone) => write!(
                f,
                "The vault is missing from this device's folder. Nothing was put in its place: put the folder back from its copy, or enrol again with a new one-time code. What was not sent is sealed beside it and can still be sent."
            ),
            Trouble::Storage(StorageTrouble::KeyDamaged) => write!(
                f,
                "The file with this device's key is damaged or missing, and no PIN opens the vault without it. Nothing was deleted, and what was not sent can still be sent: enrol again with a new one-time code."
            ),
            Trouble::Storage(StorageTrouble::KeystoreEmpty) => write!(
                f,
                "The keystore does not hold this device's half of the key, as after a restore or a move. Nothing was deleted, and what was not sent can still be sent: enrol again with a new one-time code."
            ),
            Trouble::Storage(StorageTrouble::Failing) => {
                write!(f, "This device's storage is failing. Nothing is shown that could not be recorded.")
            }
            Trouble::Version => write!(f, "This was made by a newer version of Satchel. Update the app to continue."),
            Trouble::InUse => write!(f, "Satchel is already open on this device. Use the window that is open."),
            Trouble::Fault { place } => {
                write!(f, "Satchel hit a fault of its own ({place}). Nothing that was saved is lost.")
            }
        }
    }
}

/// What happened and what to do.
fn bag_in_words(fault: &BagFault) -> String {
    match fault {
        BagFault::Missing(missing) if missing.is_empty() => "Look over the bag, and release it.".to_owned(),
        BagFault::Missing(missing) => missing.iter().map(|m| format!("{}.", m.mend())).collect::<Vec<_>>().join(" "),
        BagFault::Unknown => "Begin the eRed Bag first.".to_owned(),
        BagFault::Order => "That step does not follow the last one. Look at where the bag is now.".to_owned(),
        BagFault::Disputed => "Two people say they have the bag. Say which is right first.".to_owned(),
        BagFault::Stale => "Somebody changed this while you were looking. Look again, and do it again.".to_owned(),
        BagFault::Role => {
            "You may not do this: it is for the sending home, or for whoever takes the person.".to_owned()
        }
        BagFault::SecondSignature => {
            "Valuables need a second person. Enter the name of whoever counted them with you.".to_owned()
        }
        BagFault::Text => "Write something, and not more than fits.".to_owned(),
        BagFault::Released => "The bag has left. Release a correction.".to_owned(),
        BagFault::NotAllowed => {
            "The person's choice does not allow this here. Ask the person, or take the paper copy.".to_owned()
        }
        BagFault::Code => "That is not the code of an eRed Bag. Scan or paste the whole code.".to_owned(),
        BagFault::Forged => {
            "That code was not made by a device of this hub, or was changed. Do not rely on it.".to_owned()
        }
        BagFault::Certificate => {
            "A device in this hand-over has not spoken to the hub for too long, or was ended. Use the paper copy."
                .to_owned()
        }
        BagFault::OtherBag => "That code belongs to another bag. Scan the slip first, and then its frames.".to_owned(),
        BagFault::Taken => "That is here already.".to_owned(),
        BagFault::Incomplete => "The bag is not whole yet. Go on scanning.".to_owned(),
        BagFault::File => {
            "That file cannot be kept with the bag. Choose a photograph, or a PDF up to 4 MB; at most 4 of one thing."
                .to_owned()
        }
    }
}

/// Look again. Never carries content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nudge {
    /// Connection, sync progress or lock state changed: ask `Status`.
    Status,
    /// The caseload or a record changed: ask again what is on screen.
    Caseload,
    /// The device locked itself.
    Locked,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_one_or_two_plain_sentences() {
        for trouble in [Trouble::Locked, Trouble::NotOurHub, Trouble::KeyDestroyed, Trouble::WrongPin { left: 3 }] {
            let text = trouble.to_string();
            assert!(text.ends_with('.') && text.len() < 200 && !text.contains("error"), "{text}");
        }
    }

    #[test]
    fn troubles_cross_the_door_and_back() {
        let trouble = Trouble::Storage(StorageTrouble::Damaged { aside: "vault.damaged-1".into() });
        assert_eq!(serde_json::from_str::<Trouble>(&serde_json::to_string(&trouble).unwrap()).unwrap(), trouble);
    }
}
