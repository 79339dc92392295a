//! `sicherungen.json`: which backups were made and until when they count, so that erasing knows what still holds a key.
//!
//! In the data folder, in no backup. Says nothing about whether a backup still exists: who removes one
//! before its time need not tell, who keeps one longer breaks the rule of 30 days.

use crate::folder::Folder;
use crate::sicherung::ersetzen;
use akte_core::execute::Aufbewahrt;
use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use uuid::Uuid;

const FILE: &str = "sicherungen.json";

/// One backup folder, as of its last run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eintrag {
    /// The same for every run into the same folder: the newest entry counts.
    pub id: Uuid,
    pub made_at: Timestamp,
    /// Change number of the ledger that the backup has followed.
    pub change: u64,
    pub size: u64,
    /// A copy of the vault was made with it.
    pub vault: bool,
    pub lapses_at: Timestamp,
}

/// The entries, oldest first; none where there is no file yet.
pub fn lesen(folder: &Folder) -> anyhow::Result<Vec<Eintrag>> {
    let path = folder.root().join(FILE);
    match std::fs::read(&path) {
        // Refused rather than guessed: a list that cannot be read must not look like "no backup".
        Ok(text) => serde_json::from_slice(&text).with_context(|| {
            format!("{} ist unlesbar; berichtigen Sie die Datei, oder nennen Sie alle Sicherungen neu", path.display())
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Adds an entry. An older one of the same folder goes: that state was written over. One with a copy of the
/// vault stays until it lapses, for that copy does.
pub fn eintragen(folder: &Folder, eintrag: Eintrag) -> anyhow::Result<()> {
    let mut liste = lesen(folder)?;
    liste.retain(|e| e.lapses_at > eintrag.made_at && (e.id != eintrag.id || e.vault));
    liste.push(eintrag);
    ersetzen(&folder.root().join(FILE), serde_json::to_string_pretty(&liste)?.as_bytes())
}

/// What an erasure must know of them.
pub fn aufbewahrt(folder: &Folder) -> anyhow::Result<Vec<Aufbewahrt>> {
    Ok(lesen(folder)?.iter().map(|e| Aufbewahrt { change: e.change, lapses_at: e.lapses_at }).collect())
}
