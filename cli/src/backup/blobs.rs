//! Sealed documents of a backup: what is missing is added, what was sealed anew replaced, what is gone removed.
//!
//! A stored document is never edited; its first bytes name key and nonce, so that they tell two seals apart.

use super::Datei;
use crate::{progress, sicherung};
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// `0x02 || u64 kek_id || prefix(19)` (`LEDGER.md`, documents).
const KOPF: u64 = 28;

/// Documents here and there.
pub struct Blobs {
    from: PathBuf,
    to: PathBuf,
    /// In the backup, with their hash.
    bekannt: BTreeMap<String, Datei>,
    /// In the data folder at the last look.
    jetzt: BTreeSet<String>,
}

impl Blobs {
    pub fn new(from: PathBuf, ziel: &Path, bekannt: BTreeMap<String, Datei>) -> Self {
        Self { from, to: ziel.join("blobs"), bekannt, jetzt: BTreeSet::new() }
    }

    /// Copies what the backup lacks. A document that is erased meanwhile is no error: the round after tells.
    pub fn nachziehen(&mut self) -> anyhow::Result<()> {
        let all = sicherung::below(&self.from)?;
        let bar = progress::bar(all.len() as u64, "Sichere Dokumente");
        let mut folders = BTreeSet::new();
        self.jetzt.clear();
        for path in all.iter().filter(|p| !sicherung::unfertig(p)) {
            bar.inc(1);
            let name = format!("blobs/{}", path.to_str().with_context(|| path.display().to_string())?);
            let (from, to) = (self.from.join(path), self.to.join(path));
            let Some(here) = seal(&from)? else { continue };
            let same = seal(&to)? == Some(here);
            let datei = match self.bekannt.get(&name) {
                Some(datei) if same && datei.len == here.0 => datei.clone(),
                // Copied by a run that did not come to its end: a file has its name only when it is complete.
                _ if same => sicherung::describe(&to, &name)?,
                _ => match sicherung::copy(&from, &to, &name)? {
                    Some(datei) => datei,
                    None => continue,
                },
            };
            if !same {
                folders.extend(to.ancestors().skip(1).take(2).map(Path::to_owned));
            }
            self.bekannt.insert(name.clone(), datei);
            self.jetzt.insert(name);
        }
        bar.finish_and_clear();
        sicherung::sync_folders(&folders)
    }

    /// Removes from the backup what the data folder has no more, and what interrupted runs left; says how
    /// many documents.
    pub fn entfernen(&mut self) -> anyhow::Result<u64> {
        let (mut gone, mut folders) = (0, BTreeSet::new());
        for path in sicherung::below(&self.to)? {
            let name = format!("blobs/{}", path.display());
            if self.jetzt.contains(&name) {
                continue;
            }
            let path = self.to.join(path);
            gone += u64::from(!sicherung::unfertig(&path));
            std::fs::remove_file(&path).with_context(|| format!("{} löschen", path.display()))?;
            folders.extend(path.parent().map(Path::to_owned));
        }
        sicherung::sync_folders(&folders)?;
        Ok(gone)
    }

    /// The documents of the backup.
    pub fn dateien(self) -> impl Iterator<Item = Datei> {
        let Self { bekannt, jetzt, .. } = self;
        bekannt.into_iter().filter(move |(name, _)| jetzt.contains(name)).map(|(_, datei)| datei)
    }
}

type Seal = (u64, [u8; KOPF as usize]);

/// Length and first bytes; `None` if the file is gone.
fn seal(path: &Path) -> anyhow::Result<Option<Seal>> {
    let read = || -> std::io::Result<Seal> {
        let file = File::open(path)?;
        let (len, mut head) = (file.metadata()?.len(), Vec::new());
        file.take(KOPF).read_to_end(&mut head)?;
        head.resize(KOPF as usize, 0);
        let mut seal = [0; KOPF as usize];
        seal.copy_from_slice(&head);
        Ok((len, seal))
    };
    match read() {
        Ok(seal) => Ok(Some(seal)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
