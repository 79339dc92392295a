//! `sicherungen.json`: which backups exist and until when, in the data folder and outside all backups.
//!
//! An erasure of single parts asks it before it destroys a key that a backup still needs. Small and durable;
//! it decides nothing and deletes no backup.

use crate::folder::Folder;
use akte_core::execute::Aufbewahrt;
use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;

/// Most backups listed; lapsed ones are dropped before.
const MOST: usize = 10_000;

/// One backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sicherung {
    /// Chosen by who made it; listing the same id again replaces the row.
    pub id: String,
    pub made_at: Timestamp,
    /// Change number of the ledger (`ledger_head.change`) at that moment.
    pub change: u64,
    /// Whether it holds the vault.
    pub vault: bool,
    /// From then on it is deleted and never restored; at most 30 days for a vault.
    pub lapses_at: Timestamp,
}

/// All backups listed, oldest first; a folder without the file has none.
pub fn lesen(folder: &Folder) -> anyhow::Result<Vec<Sicherung>> {
    let path = folder.sicherungen();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| path.display().to_string()),
    };
    // Refused rather than guessed: a list that cannot be read must not look like "no backup".
    let hint =
        || format!("{} ist unlesbar; berichtigen Sie die Datei, oder nennen Sie alle Sicherungen neu", path.display());
    let alle: Vec<Sicherung> = serde_json::from_str(&text).with_context(hint)?;
    ensure!(alle.len() <= MOST, "{}: mehr als {MOST} Sicherungen", path.display());
    Ok(alle)
}

/// Lists a backup durably and drops those that have lapsed. Call it before the backup counts as complete.
pub fn eintragen(folder: &Folder, neu: Sicherung, now: Timestamp) -> anyhow::Result<()> {
    let mut alle = lesen(folder)?;
    alle.retain(|s| s.lapses_at > now && s.id != neu.id);
    alle.push(neu);
    alle.sort_by_key(|s| s.made_at);
    let (path, fresh) = (folder.sicherungen(), folder.root().join("sicherungen.json.neu"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).with_context(|| fresh.display().to_string())?;
    file.write_all(serde_json::to_string_pretty(&alle)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, &path).with_context(|| path.display().to_string())?;
    File::open(folder.root())?.sync_all()?;
    Ok(())
}

/// What an erasure must know of them.
pub fn aufbewahrt(folder: &Folder) -> anyhow::Result<Vec<Aufbewahrt>> {
    Ok(lesen(folder)?.iter().map(|s| Aufbewahrt { change: s.change, lapses_at: s.lapses_at }).collect())
}
