//! Paths into documents, one at a time: directories, gzip, zstd, tar, NDJSON, pretty and concatenated JSON. It finds where a document
//! begins and ends and nothing else: whether it is JSON at all, let alone FHIR, is `super::fhir`. It holds one document in memory.

use flate2::read::MultiGzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The largest document that is read: a longer one is parked with its beginning.
pub const DOCUMENT_LIMIT: usize = 256 << 20;
/// How much of a document that is too large is kept for the operator.
const KEPT_OF_TOO_LARGE: usize = 64 << 10;
const BUFFER: usize = 256 << 10;
/// log2 of the largest zstd window accepted: 128 MB, the limit of the zstd tool.
const WINDOW_LOG: u32 = 27;

/// Where a document came from: file (as given, with the member of an archive), line on which it begins, and its number in the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    pub file: Arc<str>,
    pub line: u64,
    pub index: u64,
}

/// The bytes of one document, not yet looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub origin: Origin,
    pub bytes: Vec<u8>,
    /// Longer than the limit: `bytes` is only its beginning.
    pub too_large: bool,
}

/// What lies under the paths of an import.
#[derive(Debug, Default)]
pub struct Walk {
    pub files: Vec<Found>,
    /// Files left out by their extension.
    pub unread: BTreeMap<String, u64>,
    pub failed: Vec<(String, io::Error)>,
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    pub bytes: u64,
    /// Modification time in nanoseconds since 1970, for the resume mark.
    pub modified: u128,
}

/// Finds the files under the paths: a path to a file is always read, a directory is walked in sorted order and read by extension.
pub fn walk(paths: &[PathBuf]) -> Walk {
    let mut found = Walk::default();
    let mut walked = BTreeSet::new();
    for path in paths {
        step(path, true, &mut found, &mut walked);
    }
    found
}

/// `walked` holds the directories seen, by where they really are: a link back to one is not walked again.
fn step(path: &Path, named: bool, found: &mut Walk, walked: &mut BTreeSet<PathBuf>) {
    let failed = |found: &mut Walk, e| found.failed.push((path.display().to_string(), e));
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) => return failed(found, e),
    };
    if meta.is_dir() {
        match std::fs::canonicalize(path).map(|real| walked.insert(real)) {
            Ok(true) => {}
            Ok(false) => return,
            Err(e) => return failed(found, e),
        }
        let listed: io::Result<Vec<PathBuf>> =
            std::fs::read_dir(path).and_then(|dir| dir.map(|entry| entry.map(|e| e.path())).collect());
        match listed {
            Ok(mut inside) => {
                inside.sort();
                inside.iter().for_each(|p| step(p, false, found, walked));
            }
            Err(e) => failed(found, e),
        }
    } else if !named && !meta.is_file() {
        // A pipe or a device in a folder would be waited for for ever; one that is named is meant.
        failed(found, io::Error::new(io::ErrorKind::InvalidInput, "not a file: a pipe, a socket or a device"));
    } else if named || format_of(&path.to_string_lossy()).is_some() {
        let since = meta.modified().ok().and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok());
        let modified = since.map_or(0, |d| d.as_nanos());
        found.files.push(Found { path: path.to_owned(), bytes: meta.len(), modified });
    } else {
        *found.unread.entry(extension(path)).or_default() += 1;
    }
}

fn extension(path: &Path) -> String {
    let extension = path.extension().map(|e| format!(".{}", e.to_string_lossy().to_lowercase()));
    extension.unwrap_or_else(|| "no extension".to_owned())
}

/// What of an archive was not read: its members of other kinds, by extension, and those that are damaged.
#[derive(Debug, Default)]
pub struct Aside {
    pub unread: BTreeMap<String, u64>,
    pub failed: Vec<(String, io::Error)>,
}

/// How the bytes of a file are laid out, once unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Values one after another, over as many lines as they like.
    Values,
    /// One document a line.
    Lines,
    Tar,
}

fn format_of(name: &str) -> Option<Format> {
    let name = name.to_lowercase();
    let inner = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).or(name.strip_suffix(".zstd")).unwrap_or(&name);
    match inner.rsplit_once('.')?.1 {
        "json" => Some(Format::Values),
        "ndjson" | "jsonl" => Some(Format::Lines),
        "tar" => Some(Format::Tar),
        "tgz" => Some(Format::Tar),
        _ => None,
    }
}

/// Counts the bytes read from disk, for the progress bar.
struct Counted<R>(R, Arc<AtomicU64>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(into)?;
        self.1.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Reads one file and hands on its documents from number `skip`, until the taker breaks. `read` counts bytes on disk. An error is
/// about this file only; documents before it have been handed on.
pub fn each<B>(
    found: &Found,
    skip: u64,
    read: &Arc<AtomicU64>,
    aside: &mut Aside,
    take: &mut dyn FnMut(Document) -> ControlFlow<B>,
) -> io::Result<ControlFlow<B>> {
    let name = found.path.display().to_string();
    let file = Counted(File::open(&found.path)?, read.clone());
    let raw = BufReader::with_capacity(BUFFER, file);
    let lower = name.to_lowercase();
    let unpacked: Box<dyn BufRead> = if lower.ends_with(".gz") || lower.ends_with(".tgz") {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw)))
    } else if lower.ends_with(".zst") || lower.ends_with(".zstd") {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(raw)?;
        decoder.window_log_max(WINDOW_LOG)?;
        Box::new(BufReader::with_capacity(BUFFER, decoder))
    } else {
        Box::new(raw)
    };
    let mut index = 0;
    if format_of(&name) == Some(Format::Tar) {
        let mut archive = tar::Archive::new(unpacked);
        for member in archive.entries()? {
            let member = member?;
            let inside = member.path()?.display().to_string();
            if !member.header().entry_type().is_file() {
                continue;
            }
            let Some(format) = format_of(&inside).filter(|format| *format != Format::Tar) else {
                *aside.unread.entry(extension(Path::new(&inside))).or_default() += 1;
                continue;
            };
            let inside_lower = inside.to_lowercase();
            let body: Box<dyn Read + '_> = if inside_lower.ends_with(".gz") {
                Box::new(MultiGzDecoder::new(member))
            } else if inside_lower.ends_with(".zst") || inside_lower.ends_with(".zstd") {
                let mut decoder = zstd::stream::read::Decoder::new(member)?;
                decoder.window_log_max(WINDOW_LOG)?;
                Box::new(decoder)
            } else {
                Box::new(member)
            };
            let place = format!("{name}/{inside}");
            let mut split = Splitter::new(BufReader::new(body), format, place.clone(), index, skip);
            match split.run(take) {
                Ok(ControlFlow::Break(b)) => return Ok(ControlFlow::Break(b)),
                Ok(ControlFlow::Continue(())) => {}
                // A damaged member never stops the others.
                Err(e) => aside.failed.push((place, e)),
            }
            index = split.index;
        }
        return Ok(ControlFlow::Continue(()));
    }
    Splitter::new(unpacked, format_of(&name).unwrap_or(Format::Values), name, 0, skip).run(take)
}

/// Finds document after document in a stream.
struct Splitter<R> {
    from: R,
    format: Format,
    file: Arc<str>,
    line: u64,
    index: u64,
    skip: u64,
    limit: usize,
}

impl<R: BufRead> Splitter<R> {
    fn new(from: R, format: Format, file: String, index: u64, skip: u64) -> Splitter<R> {
        Splitter { from, format, file: file.into(), line: 1, index, skip, limit: DOCUMENT_LIMIT }
    }

    fn run<B>(&mut self, take: &mut dyn FnMut(Document) -> ControlFlow<B>) -> io::Result<ControlFlow<B>> {
        let start = self.from.fill_buf()?;
        if start.starts_with(b"\xef\xbb\xbf") {
            self.from.consume(3);
        } else if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
            // UTF-16: one document that will be found not to be UTF-8.
            let (bytes, too_large) = self.rest()?;
            return Ok(self.hand_on(bytes, 1, too_large, take));
        }
        match self.format {
            Format::Lines => self.lines(take),
            _ => self.values(take),
        }
    }

    fn hand_on<B>(
        &mut self,
        bytes: Vec<u8>,
        line: u64,
        too_large: bool,
        take: &mut dyn FnMut(Document) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let index = self.index;
        self.index += 1;
        if index < self.skip {
            return ControlFlow::Continue(());
        }
        take(Document { origin: Origin { file: self.file.clone(), line, index }, bytes, too_large })
    }

    fn rest(&mut self) -> io::Result<(Vec<u8>, bool)> {
        let mut bytes = Vec::new();
        (&mut self.from).take(self.limit as u64 + 1).read_to_end(&mut bytes)?;
        let too_large = bytes.len() > self.limit;
        if too_large {
            bytes.truncate(KEPT_OF_TOO_LARGE);
        }
        Ok((bytes, too_large))
    }

    fn lines<B>(&mut self, take: &mut dyn FnMut(Document) -> ControlFlow<B>) -> io::Result<ControlFlow<B>> {
        loop {
            let mut bytes = Vec::new();
            let n = (&mut self.from).take(self.limit as u64 + 1).read_until(b'\n', &mut bytes)?;
            if n == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            let line = self.line;
            self.line += 1;
            let too_large = n > self.limit && bytes.last() != Some(&b'\n');
            if too_large {
                bytes.truncate(KEPT_OF_TOO_LARGE);
                bytes.shrink_to_fit();
                self.skip_line()?;
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if let ControlFlow::Break(b) = self.hand_on(bytes, line, too_large, take) {
                return Ok(ControlFlow::Break(b));
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.from.fill_buf()?;
            let end = buffer.iter().position(|b| *b == b'\n');
            let (n, done) = (end.map_or(buffer.len(), |e| e + 1), end.is_some() || buffer.is_empty());
            self.from.consume(n);
            if done {
                return Ok(());
            }
        }
    }

    fn values<B>(&mut self, take: &mut dyn FnMut(Document) -> ControlFlow<B>) -> io::Result<ControlFlow<B>> {
        let first = self.index;
        while let Some(value) = self.value()? {
            let whole = value.balanced || value.too_large;
            for (offset, bytes) in if whole { vec![(0, value.bytes)] } else { by_lines(value.bytes) } {
                if let ControlFlow::Break(b) = self.hand_on(bytes, value.line + offset, value.too_large, take) {
                    return Ok(ControlFlow::Break(b));
                }
            }
        }
        if self.index == first {
            // An empty file is no document; it is handed on as an empty one, so that somebody hears of it.
            return Ok(self.hand_on(Vec::new(), 1, false, take));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The next value: from its first byte to where its brackets close, or (for anything that is not an object or a list) to the end
    /// of the line.
    fn value(&mut self) -> io::Result<Option<Value>> {
        let mut value = Value { bytes: Vec::new(), line: self.line, balanced: false, too_large: false };
        let (mut depth, mut quoted, mut escaped, mut loose) = (0u64, false, false, false);
        loop {
            let buffer = self.from.fill_buf()?;
            if buffer.is_empty() {
                value.balanced = loose;
                let something = !value.bytes.is_empty();
                return Ok(something.then_some(value));
            }
            let mut at = 0;
            let mut begin = 0;
            let mut ended = false;
            while at < buffer.len() {
                let byte = buffer[at];
                at += 1;
                self.line += u64::from(byte == b'\n');
                if quoted {
                    if escaped {
                        escaped = false;
                    } else if byte == b'\\' {
                        escaped = true;
                    } else if byte == b'"' {
                        quoted = false;
                    }
                } else if depth > 0 {
                    match byte {
                        b'"' => quoted = true,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    ended = depth == 0;
                } else if loose {
                    ended = byte == b'\n';
                } else if byte.is_ascii_whitespace() {
                    begin = at;
                    value.line = self.line;
                } else {
                    match byte {
                        b'{' | b'[' => depth = 1,
                        _ => loose = true,
                    }
                }
                if ended {
                    break;
                }
            }
            let read = buffer.get(begin..at).unwrap_or_default();
            if !value.too_large && value.bytes.len() + read.len() <= self.limit {
                value.bytes.extend_from_slice(read);
            } else {
                value.too_large = true;
                value.bytes.truncate(KEPT_OF_TOO_LARGE);
            }
            self.from.consume(at);
            if ended {
                value.balanced = true;
                return Ok(Some(value));
            }
        }
    }
}

struct Value {
    bytes: Vec<u8>,
    line: u64,
    balanced: bool,
    too_large: bool,
}

/// A value that never closed may have swallowed good lines after it: where a later line is a whole resource by itself, each line is a
/// document of its own.
fn by_lines(bytes: Vec<u8>) -> Vec<(u64, Vec<u8>)> {
    let whole = |line: &[u8]| line.starts_with(b"{\"resourceType\"") && line.trim_ascii_end().ends_with(b"}");
    if !bytes.split(|b| *b == b'\n').skip(1).any(whole) {
        return vec![(0, bytes)];
    }
    let lines = (0..).zip(bytes.split(|b| *b == b'\n'));
    lines.filter(|(_, l)| !l.trim_ascii().is_empty()).map(|(n, l)| (n, l.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(format: Format, text: &[u8], limit: usize) -> Vec<(u64, String, bool)> {
        let mut splitter = Splitter::new(BufReader::with_capacity(3, text), format, "f".into(), 0, 0);
        splitter.limit = limit;
        let mut seen = Vec::new();
        let done = splitter.run::<()>(&mut |d| {
            seen.push((d.origin.line, String::from_utf8_lossy(&d.bytes).trim().to_owned(), d.too_large));
            ControlFlow::Continue(())
        });
        assert!(matches!(done, Ok(ControlFlow::Continue(()))));
        seen
    }

    #[track_caller]
    fn check(format: Format, text: &str, expected: &[(u64, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(l, t)| (*l, (*t).to_owned(), false)).collect();
        assert_eq!(split(format, text.as_bytes(), 1000), expected, "{text:?}");
    }

    #[test]
    fn documents_are_found_however_they_are_laid_out() {
        use Format::{Lines, Values};
        check(Values, "{\"a\":\n 1}\n", &[(1, "{\"a\":\n 1}")]);
        check(Values, "\n\n{}{}\n {\"b\":\"}\\\"{\"}", &[(3, "{}"), (3, "{}"), (4, "{\"b\":\"}\\\"{\"}")]);
        check(Values, "\u{feff}{}", &[(1, "{}")]);
        check(Values, "hello\n{}", &[(1, "hello"), (2, "{}")]);
        check(Values, "{\"cut\": [1, 2\n", &[(1, "{\"cut\": [1, 2")]);
        check(Values, "", &[(1, "")]);
        check(Values, " \n ", &[(1, "")]);
        check(Lines, "{}\n\n{\"a\":\n{}\r\n", &[(1, "{}"), (3, "{\"a\":"), (4, "{}")]);
        check(Lines, "", &[]);
        let bad = "{\"cut\":\n{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Basic\"}";
        let rest = [(2, "{\"resourceType\":\"Patient\"}"), (3, "{\"resourceType\":\"Basic\"}")];
        check(Values, bad, &[&[(1, "{\"cut\":")][..], &rest].concat());
    }

    #[test]
    fn a_document_that_is_too_large_is_cut_and_the_next_is_whole() {
        for format in [Format::Values, Format::Lines] {
            let text = format!("[\"{}\"]\n{{}}\n", "x".repeat(50));
            let seen = split(format, text.as_bytes(), 20);
            assert_eq!(seen.len(), 2, "{format:?}");
            assert!(seen[0].2 && !seen[1].2 && seen[1].1 == "{}", "{format:?} {seen:?}");
        }
    }

    #[test]
    fn names_say_how_to_read() {
        for (name, format) in [
            ("a.json", Some(Format::Values)),
            ("A.NDJSON.zst", Some(Format::Lines)),
            ("x.jsonl.gz", Some(Format::Lines)),
            ("x.tar.zst", Some(Format::Tar)),
            ("x.tgz", Some(Format::Tar)),
            ("x.xml", None),
            ("README", None),
        ] {
            assert_eq!(format_of(name), format, "{name}");
        }
    }
}
