//! The folder a backup goes to: what may be there already, and how a run begins and ends in it.
//!
//! Copies only the town's few own files; ledger and documents are others' business.

use super::{Datei, MANIFEST, MARKE, Manifest};
use crate::folder::Folder;
use crate::sicherung::{self, Art};
use anyhow::{Context, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// A backup folder, new or to be continued.
pub struct Ziel {
    root: PathBuf,
    id: Uuid,
    alt: Option<Manifest>,
    unterbrochen: bool,
}

impl Ziel {
    /// An empty or new folder, or one that holds a backup of this log. Changes nothing in the latter.
    pub fn open(folder: &Folder, path: &Path, log: &str) -> anyhow::Result<Self> {
        ausserhalb(path, folder.root(), "im Datenordner")?;
        let (manifest, marke) = (path.join(MANIFEST).is_file(), path.join(MARKE).is_file());
        if !manifest && !marke {
            sicherung::rest_entfernen(&path.join(MARKE))?;
            let new = Folder::create(path).context("Sicherung beginnen")?;
            let ziel = Self { root: new.root().to_owned(), id: Uuid::new_v4(), alt: None, unterbrochen: false };
            // Before anything else: whatever ends this run, the next one knows the folder for its own.
            ziel.beginnen()?;
            return Ok(ziel);
        }
        let alt = manifest.then(|| Manifest::lesen(path)).transpose()?;
        let id = match &alt {
            Some(alt) => {
                ensure!(alt.art == Art::Protokoll, "{} ist eine Sicherung des Tresors.", path.display());
                ensure!(alt.log == log, "{} ist eine Sicherung von {}, nicht von {log}.", path.display(), alt.log);
                alt.id
            }
            None => std::fs::read_to_string(path.join(MARKE))?.trim().parse().unwrap_or_else(|_| Uuid::new_v4()),
        };
        Ok(Self { root: path.to_owned(), id, alt, unterbrochen: marke })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn id(&self) -> Uuid {
        self.id
    }

    pub fn ledger_db(&self) -> PathBuf {
        self.root.join("ledger.db")
    }

    /// Marks the folder as being worked on.
    pub fn beginnen(&self) -> anyhow::Result<()> {
        sicherung::ersetzen(&self.root.join(MARKE), format!("{}\n", self.id).as_bytes())
    }

    /// Documents whose hash need not be computed again. After an interrupted run none is: the list may be older
    /// than the files.
    pub fn bekannt(&mut self) -> BTreeMap<String, Datei> {
        let alt = self.alt.take().filter(|_| !self.unterbrochen);
        alt.into_iter().flat_map(|alt| alt.dateien).map(|datei| (datei.pfad.clone(), datei)).collect()
    }

    /// `stadt.toml` and the town's own services.
    pub fn eigenes(&self, folder: &Folder) -> anyhow::Result<Vec<Datei>> {
        let dir = folder.leistungen();
        let mut namen = vec!["stadt.toml".to_owned()];
        for path in sicherung::below(&dir)?.iter().filter(|p| !sicherung::unfertig(p)) {
            namen.push(format!("leistungen/{}", path.to_str().with_context(|| path.display().to_string())?));
        }
        let (mut dateien, mut folders) = (Vec::new(), BTreeSet::new());
        for name in namen {
            let to = self.root.join(&name);
            folders.extend(to.parent().map(Path::to_owned));
            dateien.extend(sicherung::copy(&folder.root().join(&name), &to, &name)?);
        }
        for path in sicherung::below(&self.root.join("leistungen"))? {
            if !dir.join(&path).exists() {
                std::fs::remove_file(self.root.join("leistungen").join(&path))?;
            }
        }
        sicherung::sync_folders(&folders)?;
        Ok(dateien)
    }

    /// Writes the list; only then is the run complete.
    pub fn abschliessen(&self, manifest: &Manifest) -> anyhow::Result<()> {
        manifest.schreiben(&self.root)?;
        std::fs::remove_file(self.root.join(MARKE))?;
        Ok(sicherung::sync_folder(&self.root)?)
    }
}

/// Refuses a folder that lies in another, also through links.
pub fn ausserhalb(path: &Path, of: &Path, wo: &str) -> anyhow::Result<()> {
    let of = of.canonicalize().with_context(|| of.display().to_string())?;
    let absolute = std::path::absolute(path).with_context(|| path.display().to_string())?;
    let there = absolute.ancestors().find_map(|p| p.canonicalize().ok());
    if there.is_some_and(|there| there.starts_with(&of)) {
        bail!("{} liegt {wo}. Nennen Sie einen Ordner auf einem anderen Datenträger.", path.display());
    }
    Ok(())
}
