//! The log's key files: `log.key` signs; `log.key.neu` is made before a change, `log.key.alt` signs until it ends.
//!
//! Read with the same care as the vault's: owner only, exactly one key. Never part of a backup of the data.

use crate::folder::Folder;
use akte_core::ledger::note::NoteSigner;
use anyhow::{Context, anyhow, bail};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Ending of a key that is being written.
const TEIL: &str = "teil";

/// Where the keys of a data folder lie.
pub struct Dateien {
    dir: PathBuf,
    pub key: PathBuf,
    pub neu: PathBuf,
    pub alt: PathBuf,
}

impl Dateien {
    pub fn of(folder: &Folder) -> Self {
        let dir = folder.root().to_owned();
        let (key, neu, alt) = (folder.log_key(), dir.join("log.key.neu"), dir.join("log.key.alt"));
        Self { dir, key, neu, alt }
    }

    /// A change was begun and is not through: neither does it count nor is it lost.
    pub fn interrupted(&self) -> bool {
        self.neu.exists()
    }

    /// The keys that sign: the newest first, during a change the older one as well.
    pub fn signers(&self, origin: &str) -> anyhow::Result<Vec<NoteSigner>> {
        let mut keys = vec![read(&self.key, origin)?];
        if self.alt.exists() {
            let alt = read(&self.alt, origin)?;
            // Between the two steps of a change both files hold the same key.
            if alt.vkey() != keys[0].vkey() {
                keys.push(alt);
            }
        }
        Ok(keys)
    }

    /// The key in use stays readable as `log.key.alt`, then the new one takes its name; each step is
    /// durable and may be repeated, and at no moment is there no `log.key`.
    pub fn exchange(&self) -> anyhow::Result<()> {
        if !self.alt.exists() {
            std::fs::hard_link(&self.key, &self.alt).with_context(|| self.alt.display().to_string())?;
            sync(&self.dir)?;
        }
        // Left over where making the key was cut off at its last step.
        let _ = std::fs::remove_file(self.neu.with_added_extension(TEIL));
        std::fs::rename(&self.neu, &self.key).with_context(|| self.neu.display().to_string())?;
        sync(&self.dir)
    }

    /// The old key signs no more.
    pub fn forget_old(&self) -> anyhow::Result<()> {
        std::fs::remove_file(&self.alt).with_context(|| self.alt.display().to_string())?;
        sync(&self.dir)
    }
}

/// Makes a key, readable by its owner only; never overwrites one.
pub fn make(path: &Path, origin: &str) -> anyhow::Result<NoteSigner> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed)?;
    let hex: String = seed.iter().map(|b| format!("{b:02x}")).collect();
    // Whole under its name or not there: a cut-off run leaves only the file beside it.
    let fresh = path.with_added_extension(TEIL);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).with_context(|| fresh.display().to_string())?;
    file.write_all(hex.as_bytes())?;
    file.sync_all()?;
    std::fs::hard_link(&fresh, path).with_context(|| path.display().to_string())?;
    std::fs::remove_file(&fresh)?;
    sync(path.parent().unwrap_or(Path::new(".")))?;
    Ok(NoteSigner::new(origin, &seed)?)
}

/// Reads a key; the error names the file and the remedy.
pub fn read(path: &Path, origin: &str) -> anyhow::Result<NoteSigner> {
    let name = path.display();
    let file = File::open(path).with_context(|| {
        format!("{name} fehlt oder ist nicht lesbar. Spielen Sie den Schlüssel des Protokolls aus Ihrer Sicherung ein")
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Asked of the open file, so that it cannot be exchanged in between.
        if file.metadata()?.mode() & 0o077 != 0 {
            bail!("Andere Konten können die Schlüsseldatei {name} lesen. Führen Sie aus: chmod 600 {name}");
        }
    }
    let mut text = String::new();
    let _ = file.take(256).read_to_string(&mut text).with_context(|| name.to_string())?;
    let seed = seed(text.trim_end()).ok_or_else(|| {
        anyhow!("Die Schlüsseldatei {name} enthält keinen Schlüssel (64 Hexziffern). Spielen Sie sie aus Ihrer Sicherung ein.")
    })?;
    Ok(NoteSigner::new(origin, &seed)?)
}

fn seed(hex: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = hex.as_bytes().try_into().ok()?;
    let mut seed = [0; 32];
    for (byte, pair) in seed.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |d: u8| char::from(d).to_digit(16);
        *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
    }
    Some(seed)
}

fn sync(dir: &Path) -> anyhow::Result<()> {
    File::open(dir).and_then(|d| d.sync_all()).with_context(|| dir.display().to_string())
}
