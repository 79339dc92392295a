//! Wires one data folder: ledger, vault, content store, law, services. Engines are opened in `motor`.

use crate::anlauf;
use crate::folder::Folder;
use crate::motor::{self, Geteilt, Herkunft, Zugang};
use akte_core::execute::{Clock, House, HouseParts};
use akte_core::ledger::Ledger;
use akte_core::ledger::lease::Leases;
use akte_core::recht::Law;
use akte_core::vault::Reader;
use akte_core::verfahren::katalog::Leistungen;
use akte_core::verfahren::loader;
use anyhow::ensure;
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
    wired.house.refresh_own(&own_ids(&wired.folder)).await?;
    Ok(wired)
}

/// Opens the ledger of this town for writing; adopts nothing.
pub async fn open_bare(folder: Folder, clock: Arc<dyn Clock>) -> anyhow::Result<Wired> {
    let (ledger, leases) = eigenes(&folder, Zugang::Schreiben).await?;
    wired(folder, ledger, leases, clock).await
}

/// Opens a ledger that has nothing in it yet.
pub async fn open_new(folder: Folder, clock: Arc<dyn Clock>) -> anyhow::Result<Wired> {
    let motor = &folder.betrieb().ledger;
    let (ledger, leases) = motor.open_geteilt(&folder.stadt()?.log_origin, Zugang::Neu).await?;
    ensure!(
        motor::herkunft(&*ledger).await? == Herkunft::Leer,
        "{motor} enthält schon ein Protokoll. Nichts davon wurde geändert. Nennen Sie für die neue Stadt ein leeres."
    );
    wired(folder, ledger, leases, clock).await
}

async fn wired(
    folder: Folder,
    ledger: Arc<dyn Ledger>,
    leases: Option<Arc<dyn Leases>>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Wired> {
    let (mehrere, house) = (leases.is_some(), house(&folder, ledger, clock).await?);
    let house = match leases {
        Some(leases) => house.shared(leases),
        None => house,
    };
    Ok(Wired { folder, house: Arc::new(house), mehrere })
}

/// Opens a folder for reading, also beside a running server.
pub async fn open_readonly(folder: &Folder) -> anyhow::Result<Arc<House>> {
    let (ledger, _) = eigenes(folder, Zugang::Lesen).await?;
    Ok(Arc::new(house(folder, ledger, Arc::new(SystemClock)).await?))
}

/// The folder's ledger, if it is this town's.
async fn eigenes(folder: &Folder, zugang: Zugang) -> anyhow::Result<Geteilt> {
    let (motor, origin) = (&folder.betrieb().ledger, folder.stadt()?.log_origin);
    let (ledger, leases) = motor.open_geteilt(&origin, zugang).await?;
    motor::gehoert(&*ledger, motor, &origin).await?;
    Ok((ledger, leases))
}

async fn house(folder: &Folder, ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> anyhow::Result<House> {
    let stadt = Arc::new(folder.stadt()?);
    let vault = Arc::new(motor::open_vault(folder).await?);
    vault.warm(&ledger.kek_uses().await?);
    let documents = Arc::new(folder.betrieb().dokumente.open(stadt.grenzen.upload_bytes)?);
    let law = Law::builtin()?;
    let leistungen = Leistungen::default();
    Ok(House::new(HouseParts { stadt, ledger, vault, documents, law, leistungen, clock })?)
}

/// Services whose folder lies in `leistungen/`: what was adopted from there before there was a directory in the
/// ledger. A folder alone puts nothing into force: that takes a proposal and another person.
fn own_ids(folder: &Folder) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.leistungen()) else { return Vec::new() };
    let mut ids = Vec::new();
    for entry in entries.flatten().filter(|e| e.path().is_dir()) {
        ids.push(entry.file_name().to_string_lossy().into_owned());
        ids.extend(loader::load_dir(&entry.path()).ok().map(|def| def.id));
    }
    ids.sort();
    ids.dedup();
    ids
}
