//! `wiederherstellung.json`: a restore that has not come to its end, so that it can go on and nobody serves it.

use super::RestoreArgs;
use crate::folder::WIEDERHERSTELLUNG;
use crate::sicherung::ersetzen;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The arguments of the restore and how far it came.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marke {
    quelle: PathBuf,
    tresor: PathBuf,
    schluessel: PathBuf,
    /// All files are there; from now on they change, so that they are not compared any more.
    pub kopiert: bool,
    #[serde(skip)]
    path: PathBuf,
}

impl Marke {
    /// The mark of a folder that was begun.
    pub fn lesen(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = data.join(WIEDERHERSTELLUNG);
        if !path.is_file() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let marke: Self = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(Some(Self { path, ..marke }))
    }

    pub fn beginnen(args: &RestoreArgs) -> anyhow::Result<Self> {
        let [quelle, tresor, schluessel] = ordner(args)?;
        let marke = Self { quelle, tresor, schluessel, kopiert: false, path: args.data.join(WIEDERHERSTELLUNG) };
        marke.schreiben()?;
        Ok(marke)
    }

    /// Refuses to go on with another backup than the one it was begun with.
    pub fn passt(&self, args: &RestoreArgs) -> anyhow::Result<()> {
        let same = ordner(args)? == [self.quelle.clone(), self.tresor.clone(), self.schluessel.clone()];
        ensure!(
            same,
            "In {} wurde die Wiederherstellung aus {} begonnen. Wiederholen Sie sie mit denselben Ordnern, oder nennen \
             Sie einen neuen Datenordner.",
            args.data.display(),
            self.quelle.display()
        );
        Ok(())
    }

    pub fn kopiert(&mut self) -> anyhow::Result<()> {
        self.kopiert = true;
        self.schreiben()
    }

    /// The folder may be served.
    pub fn beenden(self) -> anyhow::Result<()> {
        std::fs::remove_file(&self.path)?;
        self.path.parent().map_or(Ok(()), |dir| Ok(crate::sicherung::sync_folder(dir)?))
    }

    fn schreiben(&self) -> anyhow::Result<()> {
        ersetzen(&self.path, &serde_json::to_vec_pretty(self)?)
    }
}

fn ordner(args: &RestoreArgs) -> anyhow::Result<[PathBuf; 3]> {
    let real = |path: &Path| path.canonicalize().with_context(|| path.display().to_string());
    Ok([real(&args.quelle)?, real(&args.tresor)?, real(&args.schluessel)?])
}
