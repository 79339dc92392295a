//! What a backup looks like on disk: a folder of files, and `sicherung.json`, written last, that names them all.
//!
//! Knows neither how a backup is made nor what is done with it.

use akte_core::ledger::Head;
use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};
use uuid::Uuid;

/// Name of the list of files, written last: a backup without it is not complete.
pub const MANIFEST: &str = "sicherung.json";
/// Stands in a backup while it is worked on: what the list says may not be true at that time.
pub const MARKE: &str = "sicherung.laeuft";
/// Days after which a backup must be gone (`LEDGER.md`, backup rule): keys destroyed since then live on in it.
pub const TAGE: i64 = 30;
/// A list longer than this belongs to no town.
const MANIFEST_MAX: u64 = 512 << 20;
const PIECE: usize = 1 << 18;

/// What the folder is a backup of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Art {
    /// Ledger, documents, the town's own files.
    Protokoll,
    /// Keys, kept elsewhere.
    Tresor,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Datei {
    pub pfad: String,
    pub len: u64,
    pub sha256: String,
}

/// The list of files and what they add up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    /// The same for every run into the same folder.
    pub id: Uuid,
    pub art: Art,
    pub made_at: Timestamp,
    /// From then on the folder must be gone or renewed.
    pub lapses_at: Timestamp,
    /// Origin of the log.
    pub log: String,
    /// Events in the backup.
    pub size: u64,
    /// RFC 6962 root over them, hex.
    pub root: String,
    /// Change number of the ledger up to which rows were erased or sealed anew.
    pub change: u64,
    pub dateien: Vec<Datei>,
}

impl Manifest {
    /// Reads the list; every path stays inside the folder. The files are compared later.
    pub fn lesen(root: &Path) -> anyhow::Result<Self> {
        let path = root.join(MANIFEST);
        let file = File::open(&path)
            .with_context(|| format!("{} fehlt: der Ordner ist keine vollständige Sicherung", path.display()))?;
        ensure!(file.metadata()?.len() <= MANIFEST_MAX, "{} ist zu groß", path.display());
        let read = std::io::BufReader::new(file);
        let manifest: Self = serde_json::from_reader(read).with_context(|| path.display().to_string())?;
        ensure!(manifest.format == 1, "{}: Format {} ist unbekannt", path.display(), manifest.format);
        for datei in &manifest.dateien {
            let inside = Path::new(&datei.pfad).components().all(|c| matches!(c, Component::Normal(_)));
            ensure!(inside && !datei.pfad.is_empty(), "{}: Pfad führt aus der Sicherung hinaus", datei.pfad);
        }
        Ok(manifest)
    }

    /// Writes the list durably in place of an older one.
    pub fn schreiben(&self, root: &Path) -> anyhow::Result<()> {
        ersetzen(&root.join(MANIFEST), serde_json::to_string_pretty(self)?.as_bytes())
    }
}

/// Hex of a log's root.
pub fn wurzel(head: &Head) -> String {
    hex(&head.root)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// New content under a name: new file, flush, rename, flush of the folder; readable by its owner only.
pub fn ersetzen(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let fresh = path.with_added_extension("neu");
    let write = || -> std::io::Result<()> {
        let mut file = eigen(&fresh)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        path.parent().map_or(Ok(()), sync_folder)
    };
    write().with_context(|| format!("{} schreiben", path.display()))
}

/// Removes what [`ersetzen`] left when it was ended before its file had a name, so that the folder is empty again.
pub fn rest_entfernen(path: &Path) -> anyhow::Result<()> {
    let fresh = path.with_added_extension("neu");
    match std::fs::remove_file(&fresh) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(error).with_context(|| fresh.display().to_string())
        }
        _ => Ok(()),
    }
}

/// A file for this account alone, emptied if it is there.
fn eigen(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes names in a folder durable. The parent of a bare name is the folder at hand.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path)?.sync_all()
}

/// Length and SHA-256 of a file, read in pieces.
pub fn describe(path: &Path, name: &str) -> anyhow::Result<Datei> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    Ok(pump(&mut file, &mut std::io::sink(), name)?)
}

/// Copies through a hash into a temporary name, flushes, renames. `None`: the file is not there (any more).
/// The folder's names are flushed by the caller, once for many files.
pub fn copy(from: &Path, to: &Path, name: &str) -> anyhow::Result<Option<Datei>> {
    let mut source = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| from.display().to_string()),
    };
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("{} anlegen", parent.display()))?;
    }
    // The content store's own mark of an unfinished file: nothing reads it, the next run writes over it.
    let mut fresh = to.as_os_str().to_owned();
    fresh.push("#sicherung");
    let fresh = PathBuf::from(fresh);
    let mut write = || -> std::io::Result<Datei> {
        let mut target = eigen(&fresh)?;
        let datei = pump(&mut source, &mut target, name)?;
        target.sync_all()?;
        std::fs::rename(&fresh, to)?;
        Ok(datei)
    };
    let written = write().with_context(|| format!("{} nach {} kopieren", from.display(), to.display()));
    if written.is_err() {
        // What is left of it is written over by the next run.
        let _ = std::fs::remove_file(&fresh);
    }
    written.map(Some)
}

fn pump(from: &mut impl Read, to: &mut impl Write, name: &str) -> std::io::Result<Datei> {
    let (mut hash, mut len, mut buffer) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                hash.update(&buffer[..n]);
                to.write_all(&buffer[..n])?;
                len += n as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Datei { pfad: name.to_owned(), len, sha256: hex(&hash.finalize()) })
}

/// All files below a folder, sorted, by their path inside it; empty where there is no folder.
pub fn below(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut out, mut todo) = (Vec::new(), vec![root.to_owned()]);
    while let Some(dir) = todo.pop() {
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| dir.display().to_string()),
        };
        for entry in entries {
            let entry = entry.with_context(|| dir.display().to_string())?;
            // Links lead out of the folder; nothing of ours makes one.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                todo.push(entry.path());
            } else if kind.is_file() {
                out.push(entry.path().strip_prefix(root)?.to_owned());
            }
        }
    }
    out.sort();
    Ok(out)
}

/// Files that are on their way in.
pub fn unfertig(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains('#'))
}

/// Flushes the names in these folders.
pub fn sync_folders(folders: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    folders.iter().try_for_each(|folder| sync_folder(folder).with_context(|| folder.display().to_string()))
}
