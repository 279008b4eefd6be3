//! Everything that can go wrong in the vault, one variant a step. Log-safe: no variant carries content. Refusals are not here: they
//! are results.

use crate::key::KeyFault;
use record::bag::BagFault;
use record::plan::EditFault;
use record::visit::ActFault;
use std::path::PathBuf;
use sync::frame::FrameFault;
use sync::outbox::OutboxFault;
use sync::replica::ReplicaFault;
use sync::wire::WireFault;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum VaultFault {
    #[error(transparent)]
    Key(#[from] KeyFault),
    #[error("another copy of Satchel has this vault open")]
    InUse,
    #[error("a database without encryption lies where the vault should be")]
    PlaintextTwin,
    #[error("the vault is damaged and was moved aside to {}", aside.display())]
    Damaged { aside: PathBuf },
    #[error("the vault's database is missing or empty")]
    Gone,
    #[error("the vault was written by a newer version (schema {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("the disk is full")]
    Full,
    #[error("the vault could not be read or written")]
    Sql(#[source] rusqlite::Error),
    #[error("a file of the vault could not be read or written")]
    File(#[source] std::io::Error),
    #[error("a stored {what} could not be read back")]
    Corrupt { what: &'static str },
    #[error("a stored frame could not be read")]
    Frame(#[from] FrameFault),
    #[error("a letter could not be read or written")]
    Wire(#[from] WireFault),
    #[error("the outbox could not be read or written")]
    Outbox(#[from] OutboxFault),
    #[error("a care plan could not be read or changed")]
    Plan(#[source] Box<ReplicaFault>),
    #[error(transparent)]
    Edit(EditFault),
    #[error(transparent)]
    Act(ActFault),
    #[error(transparent)]
    Bag(BagFault),
    #[error("nothing about this person is on this device")]
    NotCarried,
    #[error("the hub has not sent a sharing policy yet")]
    NoPolicy,
    #[error("the reason for break-glass is too short")]
    ShortReason,
    #[error("no override of this person was made ready within the last minute")]
    NotReady,
    #[error("this person's content is sealed on this device")]
    Sealed,
    #[error("this programme asks for a reason from its list first")]
    ReasonNeeded,
}

impl From<ReplicaFault> for VaultFault {
    fn from(fault: ReplicaFault) -> Self {
        match fault {
            ReplicaFault::Edit(edit) => VaultFault::Edit(edit),
            other => VaultFault::Plan(Box::new(other)),
        }
    }
}

impl From<rusqlite::Error> for VaultFault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => VaultFault::Full,
            _ => VaultFault::Sql(error),
        }
    }
}

impl From<std::io::Error> for VaultFault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => VaultFault::Full,
            _ => VaultFault::File(error),
        }
    }
}
