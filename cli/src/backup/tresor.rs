//! Copies of the vault, each whole and in a folder of its own, none older than 30 days.
//!
//! Deliberately not incremental: a key that was destroyed must not be found in any page of an old file.

use super::ziel::ausserhalb;
use super::{MANIFEST, Manifest, TAGE};
use crate::folder::Folder;
use crate::sicherung::{self, Art};
use anyhow::Context;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Connection, OpenFlags, backup};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a copy is made before it has its name.
const UNFERTIG: &str = "unfertig";

/// The folder of the copies.
pub struct Tresor {
    root: PathBuf,
}

impl Tresor {
    /// A folder outside data and backup; made if it is missing.
    pub fn open(folder: &Folder, ziel: &Path, path: &Path) -> anyhow::Result<Self> {
        ausserhalb(path, folder.root(), "im Datenordner")?;
        ausserhalb(path, ziel, "in der Sicherung des Protokolls; der Tresor gehört an einen anderen Ort")?;
        if !path.is_dir() {
            Folder::create(path)?;
        }
        ausserhalb(ziel, path, "in der Sicherung des Tresors; das Protokoll gehört an einen anderen Ort")?;
        Ok(Self { root: path.to_owned() })
    }

    /// SQLite's own copy in one step: a state of the vault, complete also where its log was not merged.
    pub fn kopieren(&mut self, folder: &Folder) -> anyhow::Result<()> {
        let dir = self.root.join(UNFERTIG);
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        Folder::create(&dir)?;
        let source = Connection::open_with_flags(folder.root().join("vault.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        source.busy_timeout(Duration::from_secs(10))?;
        let mut target = Connection::open(dir.join("vault.db"))?;
        backup::Backup::new(&source, &mut target)?
            .run_to_completion(i32::MAX, Duration::from_millis(50), None)
            .context("Tresor kopieren")?;
        target.close().map_err(|(_, error)| error)?;
        std::fs::File::open(dir.join("vault.db"))?.sync_all()?;
        Ok(())
    }

    /// Gives the copy its list and its name, and removes copies that have lapsed; says how many.
    pub fn abschliessen(&mut self, of: &Manifest) -> anyhow::Result<usize> {
        let dir = self.root.join(UNFERTIG);
        let dateien = vec![sicherung::describe(&dir.join("vault.db"), "vault.db")?];
        Manifest { art: Art::Tresor, dateien, ..of.clone() }.schreiben(&dir)?;
        std::fs::rename(&dir, self.root.join(of.made_at.strftime("%Y%m%dT%H%M%S%.6fZ").to_string()))?;
        let gone = self.ausduennen(of.made_at)?;
        sicherung::sync_folder(&self.root)?;
        Ok(gone)
    }

    fn ausduennen(&self, now: Timestamp) -> anyhow::Result<usize> {
        let oldest = now.checked_sub((TAGE * 24).hours())?;
        let mut gone = 0;
        for dir in kopien(&self.root)? {
            // A folder that cannot be read is not ours to delete.
            let Ok(manifest) = Manifest::lesen(&dir) else { continue };
            if manifest.art == Art::Tresor && manifest.made_at < oldest {
                std::fs::remove_dir_all(&dir).with_context(|| format!("{} löschen", dir.display()))?;
                gone += 1;
            }
        }
        Ok(gone)
    }
}

/// Folders with a complete copy, oldest first.
pub fn kopien(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(root).with_context(|| root.display().to_string())? {
        let path = entry?.path();
        if path.join(MANIFEST).is_file() && path.file_name().is_some_and(|name| name != UNFERTIG) {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}
