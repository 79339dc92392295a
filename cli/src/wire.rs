//! Wires one data folder: engine, vault, content store, law, services. The only place that names an engine.

use crate::anlauf;
use crate::folder::Folder;
use akte_core::documents::DocumentStore;
use akte_core::execute::{Clock, House, HouseParts};
use akte_core::ledger::Ledger;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::recht::Law;
use akte_core::vault::{Reader, Vault};
use akte_core::verfahren::katalog::Leistungen;
use akte_core::verfahren::loader;
use anyhow::{Context, anyhow};
use jiff::Timestamp;
use std::sync::Arc;

/// The machine's own clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// One opened data folder.
pub struct Wired {
    pub folder: Folder,
    pub house: Arc<House>,
    /// The engine behind the port, for its own figures and failures.
    pub engine: Arc<SqliteLedger>,
    /// Other nodes may write to the same ledger.
    pub mehrere: bool,
}

impl Wired {
    pub fn reader(&self) -> Reader {
        self.house.reader()
    }
}

/// Opens a folder for writing; a second process is refused by the engine's lock.
pub async fn open(folder: Folder, clock: Arc<dyn Clock>) -> anyhow::Result<Wired> {
    let wired = open_bare(folder, clock).await?;
    // Before anything is written: a folder that fell back is only read (`LEDGER.md` §12).
    let found = anlauf::quarantine(&wired.folder, &wired.house).await?;
    // A restored vault or ledger must not show again what was erased, also where it is only read. In a log that
    // contradicts itself nothing is destroyed: its requests may be nobody's.
    if found.as_ref().is_none_or(|found| found.nur_aelter) {
        wired.house.replay_erasures(&[]).await?;
    }
    if let Some(found) = found {
        wired.house.close_for_writing(found.text);
    }
    wired.house.adopt_builtin().await?;
    adopt_own(&wired.folder, &wired.house).await?;
    Ok(wired)
}

/// Opens a folder whose ledger may still be empty; adopts nothing.
pub async fn open_bare(folder: Folder, clock: Arc<dyn Clock>) -> anyhow::Result<Wired> {
    let engine = Arc::new(SqliteLedger::open(folder.ledger_db())?);
    let house = house(&folder, engine.clone(), clock).await?;
    Ok(Wired { folder, house, engine, mehrere: false })
}

/// Opens a folder for reading, also beside a running server.
pub async fn open_readonly(folder: &Folder) -> anyhow::Result<Arc<House>> {
    let engine = Arc::new(SqliteLedger::open_readonly(folder.ledger_db())?);
    house(folder, engine, Arc::new(SystemClock)).await
}

async fn house(folder: &Folder, ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<House>> {
    let stadt = Arc::new(folder.stadt()?);
    let vault = Arc::new(Vault::open(folder.root()).context("Tresor öffnen")?);
    vault.warm(&ledger.kek_uses().await?);
    let documents = Arc::new(DocumentStore::folder(folder.blobs(), stadt.grenzen.upload_bytes)?);
    let law = Law::builtin()?;
    let leistungen = Leistungen::default();
    Ok(Arc::new(House::new(HouseParts { stadt, ledger, vault, documents, law, leistungen, clock })?))
}

/// The town's own definitions in `leistungen/`, by the same command as the embedded ones.
async fn adopt_own(folder: &Folder, house: &House) -> anyhow::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder.leistungen()) else { return Ok(()) };
    for entry in entries.flatten().filter(|e| e.path().is_dir()) {
        let dateien = loader::read_dir(&entry.path()).map_err(|fehler| {
            let alle: Vec<String> = fehler.iter().map(ToString::to_string).collect();
            anyhow!(alle.join("\n"))
        })?;
        house.adopt(&dateien).await.with_context(|| entry.path().display().to_string())?;
    }
    Ok(())
}
