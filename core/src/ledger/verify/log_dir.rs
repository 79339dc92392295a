//! A bare log directory (tlog-tiles as files): bundles, tiles and checkpoints against each other and pinned keys (B7).
//!
//! Sees no events, so it is at best `valid-redacted`; holds one tile per level in memory, whatever the size.

use super::receipt::{Objection, refuse};
use super::report::Verdict;
use crate::ledger::hash::SUITE;
use crate::ledger::merkle::{Frontier, leaf_hash};
use crate::ledger::note::{Checkpoint, Note};
use crate::ledger::port::Hash;
use crate::ledger::tlog::policy::{Accepted, Policy};
use crate::ledger::tlog::tile::{Kind, TilePath};
use serde::Serialize;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A signed note.
const MAX_NOTE: u64 = 1 << 20;
/// Files that an export puts beside the log; they prove nothing and are not read.
const BESIDE: [&str; 2] = ["policy", "LIESMICH.txt"];
/// Findings and remarks kept; all are counted.
const KEPT: usize = 100;

/// What an entry may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entries {
    /// Suite byte and event hash, 33 bytes.
    Ours,
    /// Any bytes: a log of somebody else.
    Any,
}

/// One file that is not as the checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Path below the directory.
    pub file: String,
    pub text: String,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DirReport {
    pub verdict: Verdict,
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// Newest time of a known witness' cosignature of the checkpoint, Unix seconds.
    pub cosigned: Option<u64>,
    /// Archived checkpoints that agree with the log.
    pub checkpoints: u64,
    /// Violations of rule B7.
    pub faults: Vec<Fault>,
    pub fault_count: u64,
    /// Why something cannot be judged.
    pub unclear: Vec<Fault>,
    /// Files that belong to no log of this size; they prove nothing.
    pub extra: Vec<String>,
    pub extra_count: u64,
}

struct Run<'a> {
    dir: &'a Path,
    policy: &'a Policy,
    entries: Entries,
    report: DirReport,
    frontier: Frontier,
    /// (size, root, file), ascending: roots that archived checkpoints vouch for.
    expected: Vec<(u64, Hash)>,
    next: usize,
    /// A leaf is unknown: roots cannot be compared any more.
    broken: bool,
}

/// Verifies a directory. I/O errors other than missing files come back as errors.
pub fn verify_dir(dir: &Path, policy: &Policy, entries: Entries, progress: &dyn Fn(u64, u64)) -> io::Result<DirReport> {
    let report = DirReport {
        verdict: Verdict::ValidRedacted,
        origin: String::new(),
        size: 0,
        root: [0; 32],
        cosigned: None,
        checkpoints: 0,
        faults: Vec::new(),
        fault_count: 0,
        unclear: Vec::new(),
        extra: Vec::new(),
        extra_count: 0,
    };
    let (frontier, expected) = (Frontier::default(), Vec::new());
    let mut run = Run { dir, policy, entries, report, frontier, expected, next: 0, broken: false };
    if let Some(accepted) = run.note("checkpoint")? {
        run.report.origin = accepted.checkpoint.origin.clone();
        run.report.size = accepted.checkpoint.size;
        run.report.root = accepted.checkpoint.root;
        run.report.cosigned = accepted.cosigned;
        run.walk()?;
        run.log(progress)?;
    }
    Ok(run.finish())
}

impl Run<'_> {
    fn fault(&mut self, file: impl ToString, text: impl Into<String>) {
        self.report.fault_count += 1;
        if self.report.faults.len() < KEPT {
            self.report.faults.push(Fault { file: file.to_string(), text: text.into() });
        }
    }

    /// A signed note of this name, accepted by the policy.
    fn note(&mut self, file: &str) -> io::Result<Option<Accepted>> {
        let checked = match read(&self.dir.join(file), MAX_NOTE)? {
            Bytes::Missing => Err(Objection::Unclear("fehlt".into())),
            Bytes::TooLong => Err(Objection::Unclear("größer als 1 MiB".into())),
            Bytes::Read(bytes) => accept(&bytes, self.policy),
        };
        match checked {
            Ok(accepted) => return Ok(Some(accepted)),
            Err(Objection::Broken { text, .. }) => self.fault(file, text),
            Err(Objection::Unclear(text)) => self.unclear(file, text),
        }
        Ok(None)
    }

    fn unclear(&mut self, file: &str, text: impl Into<String>) {
        if self.report.unclear.len() < KEPT {
            self.report.unclear.push(Fault { file: file.to_owned(), text: text.into() });
        }
    }

    /// Every file is a checkpoint or a tile of this log; archived checkpoints are read.
    fn walk(&mut self) -> io::Result<()> {
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(self.dir.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.to_string_lossy().into_owned();
                self.file(&name)?;
            }
        }
        self.expected.sort_unstable();
        Ok(())
    }

    fn file(&mut self, name: &str) -> io::Result<()> {
        if name == "checkpoint" || BESIDE.contains(&name) {
            return Ok(());
        }
        if let Some(size) = name.strip_prefix("checkpoint.") {
            return self.archived(name, size);
        }
        let tile: Option<TilePath> = name.parse().ok();
        let known = tile.and_then(|t| TilePath::at(t.kind, t.n, self.report.size)).zip(tile);
        // Partial tiles of smaller sizes may stay; a full one may be there before the checkpoint knows it.
        if known.is_none_or(|(now, found)| found.width > now.width && !found.is_full()) {
            self.report.extra_count += 1;
            if self.report.extra.len() < KEPT {
                self.report.extra.push(name.to_owned());
            }
        }
        Ok(())
    }

    fn archived(&mut self, name: &str, size: &str) -> io::Result<()> {
        let Some(Accepted { checkpoint, .. }) = self.note(name)? else { return Ok(()) };
        if checkpoint.size.to_string() != size {
            self.fault(name, format!("nennt die Größe {}", checkpoint.size));
        } else if checkpoint.origin != self.report.origin {
            self.unclear(name, format!("gehört zum Protokoll {}", checkpoint.origin));
        } else if checkpoint.size > self.report.size {
            let text = format!("liegt hinter dem Ende {}: das Protokoll wurde gekürzt", self.report.size);
            self.fault(name, text);
        } else {
            self.expected.push((checkpoint.size, checkpoint.root));
        }
        Ok(())
    }

    /// Bundle by bundle: entries -> leaf hashes -> tiles -> root.
    fn log(&mut self, progress: &dyn Fn(u64, u64)) -> io::Result<()> {
        self.compare();
        let size = self.report.size;
        for n in 0..size.div_ceil(256) {
            let Some(leaves) = self.leaves(n)? else {
                self.broken = true;
                break;
            };
            for leaf in leaves {
                let full = self.frontier.push(leaf);
                self.compare();
                // The tile of level 0 was compared with its bundle.
                for tile in full.iter().filter(|tile| tile.level > 0) {
                    self.compare_tile(tile.level, tile.n, &tile.hashes)?;
                }
            }
            progress(self.frontier.size(), size);
        }
        if self.broken {
            return Ok(());
        }
        for level in 1..7u8 {
            let hashes = self.frontier.partial_tile(level).to_vec();
            if !hashes.is_empty() {
                self.compare_tile(level, size >> (8 * (u32::from(level) + 1)), &hashes)?;
            }
        }
        if self.frontier.root() != self.report.root {
            self.fault("checkpoint", "die Wurzel ist nicht die der Einträge");
        }
        Ok(())
    }

    /// Archived roots of the size just reached.
    fn compare(&mut self) {
        while let Some((size, root)) = self.expected.get(self.next).copied().filter(|(s, _)| *s <= self.frontier.size())
        {
            self.next += 1;
            if root == self.frontier.root() {
                self.report.checkpoints += 1;
            } else {
                self.fault(format!("checkpoint.{size}"), "die Wurzel ist eine andere als die der Einträge");
            }
        }
    }

    /// Leaf hashes of a bundle, compared with tile/0; where the bundle is damaged, those of the tile.
    fn leaves(&mut self, n: u64) -> io::Result<Option<Vec<Hash>>> {
        let Some(bundle) = TilePath::at(Kind::Entries, n, self.report.size) else { return Ok(None) };
        let limit = if self.entries == Entries::Ours { 256 * 35 } else { 256 * 65_537 };
        let hashes = self.open(bundle, limit)?.and_then(|(file, bytes)| {
            let hashes = read_bundle(&bytes, usize::from(bundle.width), file.is_full(), self.entries);
            let (hashes, foreign) = hashes.map_err(|why| self.fault(file, why)).ok()?;
            if let Some(at) = foreign {
                self.unclear(&file.to_string(), format!("Eintrag {at}: Suite unbekannt"));
            }
            Some(hashes)
        });
        for older in self.older(bundle)? {
            if let (Some(hashes), Bytes::Read(old)) = (&hashes, read(&self.dir.join(older.to_string()), limit)?) {
                let old = read_bundle(&old, usize::from(older.width), false, self.entries);
                if !old.is_ok_and(|(old, _)| hashes.starts_with(&old)) {
                    self.fault(older, "ist nicht der Anfang des jetzigen Bündels");
                }
            }
        }
        let tile = TilePath { kind: Kind::Level(0), ..bundle };
        let stored = self.hashes(tile)?;
        if let (Some(hashes), Some(stored)) = (&hashes, &stored)
            && hashes != stored
        {
            self.fault(tile, "die Hashes sind nicht die der Einträge");
        }
        Ok(hashes.or(stored))
    }

    fn compare_tile(&mut self, level: u8, n: u64, hashes: &[u8]) -> io::Result<()> {
        let Some(tile) = TilePath::at(Kind::Level(level), n, self.report.size) else { return Ok(()) };
        if let Some(stored) = self.hashes(tile)?
            && stored.as_flattened() != hashes
        {
            self.fault(tile, "die Hashes sind nicht die der Kacheln darunter");
        }
        Ok(())
    }

    /// Hashes of a tile file; its smaller, older forms must be its beginnings.
    fn hashes(&mut self, tile: TilePath) -> io::Result<Option<Vec<Hash>>> {
        let Some((file, bytes)) = self.open(tile, 256 * 32)? else { return Ok(None) };
        if bytes.len() != usize::from(file.width) * 32 {
            let text = format!("{} Byte statt {}", bytes.len(), usize::from(file.width) * 32);
            self.fault(file, text);
            return Ok(None);
        }
        for older in self.older(tile)? {
            if let Bytes::Read(old) = read(&self.dir.join(older.to_string()), 256 * 32)?
                && old != bytes[..usize::from(older.width) * 32]
            {
                self.fault(older, "ist nicht der Anfang der jetzigen Kachel");
            }
        }
        let (hashes, _) = bytes.as_chunks::<32>();
        Ok(Some(hashes[..usize::from(tile.width)].to_vec()))
    }

    /// Partial forms of a tile at smaller sizes that are still there.
    fn older(&self, tile: TilePath) -> io::Result<Vec<TilePath>> {
        let full = TilePath { width: 256, ..tile };
        let names = match std::fs::read_dir(self.dir.join(format!("{full}.p"))) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut out = Vec::new();
        for name in names {
            let path = format!("{full}.p/{}", name?.file_name().to_string_lossy());
            out.extend(path.parse().ok().filter(|older: &TilePath| older.width < tile.width));
        }
        Ok(out)
    }

    /// The file of a tile or bundle; a full one serves where the partial one is gone.
    fn open(&mut self, tile: TilePath, limit: u64) -> io::Result<Option<(TilePath, Vec<u8>)>> {
        for width in [tile.width, 256] {
            let tile = TilePath { width, ..tile };
            match read(&self.dir.join(tile.to_string()), limit)? {
                Bytes::Read(bytes) => return Ok(Some((tile, bytes))),
                Bytes::TooLong => {
                    self.fault(tile, format!("größer als {limit} Byte"));
                    return Ok(None);
                }
                Bytes::Missing => {}
            }
        }
        self.fault(tile, "fehlt");
        Ok(None)
    }

    fn finish(mut self) -> DirReport {
        self.report.verdict = if self.report.fault_count > 0 {
            Verdict::Violation
        } else if let Some(Fault { file, text }) = self.report.unclear.first() {
            Verdict::Unverifiable(format!("{file}: {text}"))
        } else {
            Verdict::ValidRedacted
        };
        self.report
    }
}

/// The checkpoint of a note, if the policy says so.
fn accept(bytes: &[u8], policy: &Policy) -> Result<Accepted, Objection> {
    let unreadable = |why: String| Objection::Unclear(format!("nicht lesbar: {why}"));
    let text = std::str::from_utf8(bytes).map_err(|e| unreadable(e.to_string()))?;
    let note = Note::parse(text).map_err(|e| unreadable(e.to_string()))?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|e| unreadable(e.to_string()))?;
    policy.accept(text, &checkpoint.origin).map_err(|refused| refuse(&refused))
}

/// Leaf hashes of the first `width` entries, and the place of the first whose suite is unknown; a full bundle in
/// place of a partial one may hold more.
pub fn read_bundle(
    bytes: &[u8],
    width: usize,
    more: bool,
    entries: Entries,
) -> Result<(Vec<Hash>, Option<usize>), String> {
    let (mut rest, mut out, mut foreign) = (bytes, Vec::with_capacity(width), None);
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        let (len, tail) = rest.split_first_chunk::<2>().ok_or(format!("bricht bei Byte {at} ab"))?;
        let len = usize::from(u16::from_be_bytes(*len));
        let (entry, tail) = tail.split_at_checked(len).ok_or(format!("bricht bei Byte {at} ab"))?;
        if entries == Entries::Ours && len != 33 {
            return Err(format!("Eintrag {} ist nicht Suite und Hash (33 Byte)", out.len()));
        }
        if entries == Entries::Ours && entry[0] != SUITE {
            foreign = foreign.or(Some(out.len()));
        }
        out.push(leaf_hash(entry));
        rest = tail;
    }
    let right = out.len() == width || (more && out.len() == 256);
    if !right {
        return Err(format!("{} Einträge statt {width}", out.len()));
    }
    out.truncate(width);
    Ok((out, foreign))
}

enum Bytes {
    Read(Vec<u8>),
    Missing,
    TooLong,
}

/// At most `limit` bytes.
fn read(path: &Path, limit: u64) -> io::Result<Bytes> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Bytes::Missing),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    match file.take(limit + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > limit => Ok(Bytes::TooLong),
        Ok(_) => Ok(Bytes::Read(bytes)),
        // A folder in the place of a file.
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(Bytes::Missing),
        Err(error) => Err(error),
    }
}
