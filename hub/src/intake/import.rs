//! Files and directories into the store: file after file, batch after batch, with a mark of how far it got. What is in a document is
//! `admit`'s business.

use super::admit::{Desk, Feed, batch, settle_waiting};
use super::read::{self, Aside, Document, Found};
use super::report::{FileFault, IntakeFault, Options, Progress, Report};
use super::waiting;
use crate::store::{Store, resources};
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A batch is committed at this many bytes of documents, or this many documents.
const BATCH_BYTES: usize = 8 << 20;
const BATCH_DOCUMENTS: usize = 4000;

/// Imports files and directories. What was taken in whole by an earlier import is not read again; an interrupted file goes on where
/// it stopped.
pub fn import(
    store: &mut Store,
    paths: &[PathBuf],
    options: &mut Options<'_>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Report, IntakeFault> {
    let stop = options.stop;
    import_until(store, paths, options, progress, &mut || stop.load(Ordering::Relaxed))
}

/// [`import`], asking before each document whether to stop.
pub(super) fn import_until(
    store: &mut Store,
    paths: &[PathBuf],
    options: &mut Options<'_>,
    progress: &mut dyn FnMut(&Progress),
    stop: &mut dyn FnMut() -> bool,
) -> Result<Report, IntakeFault> {
    let walk = read::walk(paths);
    let mut report = Report { files_unread: walk.unread, ..Report::default() };
    let failed = walk.failed.into_iter().map(|(file, e)| FileFault { file, why: e.to_string() });
    report.files_failed.extend(failed);
    let mut so_far = Progress {
        files_total: walk.files.len() as u64,
        bytes_total: walk.files.iter().map(|f| f.bytes).sum(),
        ..Progress::default()
    };
    let again = options.again;
    let mut desk = Desk::new()?;
    let mut feed = Feed::new(store, options.source.clone(), options.now, &mut *options.fresh_id)?;
    for found in &walk.files {
        so_far.file = found.path.display().to_string();
        let before = so_far.bytes;
        let stopped = file(store, &mut desk, &mut feed, found, stop, again, &mut report, &mut |report, bytes| {
            so_far.bytes = before + bytes.min(found.bytes);
            so_far.documents = report.documents;
            so_far.resources = report.resources_total();
            so_far.people = report.people_new;
            so_far.parked = report.parked_total();
            progress(&so_far);
        })?;
        so_far.files += 1;
        so_far.bytes = before + found.bytes;
        if stopped {
            report.stopped = true;
            return Ok(report);
        }
    }
    feed.replay = false;
    let settled = settle_waiting(store, &mut desk, &mut feed)?;
    waiting::subtract(&mut report, &settled);
    progress(&so_far);
    Ok(report)
}

/// Imports one file; says whether it was stopped from outside.
#[allow(clippy::too_many_arguments, reason = "one caller; a struct of these would only rename them")]
fn file(
    store: &mut Store,
    desk: &mut Desk,
    feed: &mut Feed<'_>,
    found: &Found,
    stop: &mut dyn FnMut() -> bool,
    again: bool,
    report: &mut Report,
    tell: &mut dyn FnMut(&Report, u64),
) -> Result<bool, IntakeFault> {
    let key = file_key(found, feed);
    let mark = if again { None } else { store.read(|tx| resources::mark(tx, &key))? };
    if let Some((_, true)) = mark {
        report.files_already += 1;
        return Ok(false);
    }
    // Only a file that was read before may hold what has since been replaced. One that comes for the first time is what its source says
    // now, even where it says again what it said once: a correction goes back to an earlier content. (Going on after an interruption
    // reads nothing twice: what was read is in the mark's own transaction.)
    feed.replay = again && store.read(|tx| resources::mark(tx, &key))?.is_some();
    let skip = mark.map_or(0, |(documents, _)| documents);
    let read = Arc::new(AtomicU64::new(0));
    let mut done = skip;
    let mut held: Vec<Document> = Vec::new();
    let mut size = 0;
    let mut aside = Aside::default();
    let walked = read::each(found, skip, &read, &mut aside, &mut |document| {
        if stop() {
            return ControlFlow::Break(None);
        }
        size += document.bytes.len();
        held.push(document);
        if size < BATCH_BYTES && held.len() < BATCH_DOCUMENTS {
            return ControlFlow::Continue(());
        }
        done += held.len() as u64;
        let admitted = batch(store, desk, feed, &held, Some((&key, done, false)));
        held.clear();
        size = 0;
        match admitted {
            Ok(batch) => {
                report.add(&batch);
                tell(report, read.load(Ordering::Relaxed));
                ControlFlow::Continue(())
            }
            Err(e) => ControlFlow::Break(Some(e)),
        }
    });
    let (finished, stopped) = match walked {
        // With a damaged member it is looked at again by the next import, which says so again.
        Ok(ControlFlow::Continue(())) => (aside.failed.is_empty(), false),
        Ok(ControlFlow::Break(None)) => (false, true),
        Ok(ControlFlow::Break(Some(e))) => return Err(e),
        Err(e) => {
            report.files_failed.push(FileFault { file: found.path.display().to_string(), why: e.to_string() });
            (false, false)
        }
    };
    let damaged = aside.failed.into_iter().map(|(file, e)| FileFault { file, why: e.to_string() });
    report.files_failed.extend(damaged);
    for (extension, n) in aside.unread {
        *report.files_unread.entry(extension).or_default() += n;
    }
    done += held.len() as u64;
    report.add(&batch(store, desk, feed, &held, Some((&key, done, finished)))?);
    report.files += u64::from(finished);
    tell(report, read.load(Ordering::Relaxed));
    Ok(stopped)
}

/// A file is the same file while its place, length and time of change are; and the same import while its feed is.
fn file_key(found: &Found, feed: &Feed<'_>) -> [u8; 32] {
    let path = std::fs::canonicalize(&found.path).unwrap_or_else(|_| found.path.clone());
    let mut hash = Sha256::new();
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update(format!("\0{}\0{}\0{}", found.bytes, found.modified, feed.source.organisation.ods));
    hash.finalize().into()
}
