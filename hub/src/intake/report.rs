//! What an import did: counts for people and for `--json`, and the running progress for a bar. Not a log.

use super::reason::ParkReason;
use crate::store::StoreFault;
use record::people::{Organisation, Setting};
use record::{PersonId, Stamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use thiserror::Error;

/// Why an import stopped. What was committed before stays; the next import goes on from there. Log-safe.
#[derive(Debug, Error)]
pub enum IntakeFault {
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error("the compressor could not be set up")]
    Compressor(#[source] std::io::Error),
}

/// Whose feed an import is. Resource ids are unique within a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSpec {
    pub organisation: Organisation,
    pub setting: Setting,
}

impl Default for SourceSpec {
    /// A feed that nobody named: code `UNKNOWN`.
    fn default() -> SourceSpec {
        let ods = super::owner::fixed_code("UNKNOWN");
        SourceSpec { organisation: Organisation { ods, name: "Unnamed source".to_owned() }, setting: Setting::Other }
    }
}

/// What an import needs besides the paths.
pub struct Options<'a> {
    pub source: SourceSpec,
    pub now: Stamp,
    pub fresh_id: &'a mut dyn FnMut() -> PersonId,
    /// Set from outside to stop: what was read so far is committed.
    pub stop: &'a AtomicBool,
    /// Read files again that were taken in whole before.
    pub again: bool,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Progress {
    pub file: String,
    pub files: u64,
    pub files_total: u64,
    /// Bytes as they lie on disk (compressed files count compressed).
    pub bytes: u64,
    pub bytes_total: u64,
    pub documents: u64,
    pub resources: u64,
    pub people: u64,
    pub parked: u64,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    pub files: u64,
    /// Files that were taken in whole by an earlier import and were not read again.
    pub files_already: u64,
    /// Files that are not JSON by their name, by extension.
    pub files_unread: BTreeMap<String, u64>,
    /// Files that could not be read, with the reason of the operating system or the decompressor.
    pub files_failed: Vec<FileFault>,
    pub documents: u64,
    /// Uncompressed bytes of the documents read.
    pub bytes: u64,
    pub resources: BTreeMap<String, u64>,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// Older than what is held: filed as an earlier version.
    pub older: u64,
    pub people_new: u64,
    /// Patient resources that were matched to a known person, by rung of identity.md 3.1.
    pub people_matched: BTreeMap<u8, u64>,
    /// Newly parked in this run and still parked at its end, by reason.
    pub parked: BTreeMap<ParkReason, u64>,
    /// Could not be taken in, and was parked before, or settled by a person since.
    pub parked_before: u64,
    /// Parked by an earlier run and admitted now.
    pub unparked: u64,
    /// Parked in this run and admitted before its end, by reason; taken off `parked` at the end.
    #[serde(skip)]
    pub(super) settled: BTreeMap<ParkReason, u64>,
    /// Stopped before the end; the next import goes on from there.
    pub stopped: bool,
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFault {
    pub file: String,
    pub why: String,
}

impl Report {
    pub fn resources_total(&self) -> u64 {
        self.resources.values().sum()
    }

    pub fn parked_total(&self) -> u64 {
        self.parked.values().sum()
    }

    /// `not read: 12 files: .xml`, or nothing.
    pub fn unread_line(&self) -> Option<String> {
        let count: u64 = self.files_unread.values().sum();
        let kinds: Vec<&str> = self.files_unread.keys().map(String::as_str).collect();
        let files = if count == 1 { "file" } else { "files" };
        (count > 0).then(|| format!("not read: {count} {files}: {}", kinds.join(", ")))
    }

    /// Adds the counts of a batch that has been committed.
    pub(super) fn add(&mut self, batch: &Report) {
        self.documents += batch.documents;
        self.bytes += batch.bytes;
        self.new += batch.new;
        self.changed += batch.changed;
        self.unchanged += batch.unchanged;
        self.older += batch.older;
        self.people_new += batch.people_new;
        self.unparked += batch.unparked;
        self.parked_before += batch.parked_before;
        for (kind, n) in &batch.resources {
            *self.resources.entry(kind.clone()).or_default() += n;
        }
        for (rung, n) in &batch.people_matched {
            *self.people_matched.entry(*rung).or_default() += n;
        }
        for (reason, n) in &batch.settled {
            *self.settled.entry(*reason).or_default() += n;
        }
        for (reason, n) in &batch.parked {
            *self.parked.entry(*reason).or_default() += n;
        }
    }
}
