//! `akte keys`: the keys that sign the log, shown, changed and retired; and the signer of a running house.
//!
//! A change is an event in the log, signed by the key it replaces (`docs/LEDGER.md`, keys and rotation).

mod datei;

use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, anlauf, folder::Folder};
use akte_core::ledger::note::{Note, Vkey};
use akte_core::ledger::signer::LogSigner;
use akte_core::ledger::takt::Takt;
use anyhow::{Context, bail, ensure};
use datei::Dateien;
pub use datei::make;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(clap::Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    was: Was,
}

#[derive(clap::Subcommand)]
enum Was {
    /// Zeigt die Schlüssel des Protokolls, auch neben einem laufenden Server.
    Show(DataArg),
    /// Nimmt einen neuen Schlüssel; bis `retire` unterschreiben der alte und der neue.
    Rotate(DataArg),
    /// Beendet den Wechsel: der alte Schlüssel unterschreibt nicht mehr und wird gelöscht.
    Retire(DataArg),
}

pub async fn keys(args: KeysArgs) -> anyhow::Result<ExitCode> {
    match args.was {
        Was::Show(data) => show(&data.folder()?).await?,
        Was::Rotate(data) => rotate(data.folder()?).await?,
        Was::Retire(data) => retire(data.folder()?).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes up the signer of an opened house. Refuses keys that are not this log's.
pub async fn take_up(wired: &Wired) -> anyhow::Result<Arc<Takt>> {
    let dateien = Dateien::of(&wired.folder);
    let house = &wired.house;
    let signers = dateien.signers(&house.log)?;
    let known = house.log_vkeys().await?;
    for signer in &signers {
        let vkey = signer.vkey();
        ensure!(
            known.contains(&vkey),
            "{}: Der Schlüssel {vkey} gehört nicht zu diesem Protokoll. Spielen Sie log.key aus Ihrer Sicherung ein.",
            dateien.key.display()
        );
    }
    if dateien.interrupted() {
        tracing::warn!(
            "ein Schlüsselwechsel ist unterbrochen; `akte keys rotate` führt ihn bei angehaltenem Server zu Ende"
        );
    }
    let signer = LogSigner::open(wired.folder.root(), &house.log, signers)?;
    Ok(house.sign_with(signer).await?)
}

async fn show(folder: &Folder) -> anyhow::Result<()> {
    let house = wire::open_readonly(folder).await?;
    let signing: Vec<Vkey> = Dateien::of(folder).signers(&house.log)?.iter().map(|key| key.vkey()).collect();
    println!("Protokoll {}", house.log);
    for vkey in house.log_vkeys().await? {
        let state = match signing.iter().position(|key| *key == vkey) {
            Some(0) => "unterschreibt",
            Some(_) => "unterschreibt noch, bis `akte keys retire`",
            None => "früher",
        };
        println!("{vkey}  ({state})");
    }
    println!("Vergleichen Sie die Schlüssel auf einem zweiten Weg, bevor Sie ihnen vertrauen.");
    Ok(())
}

/// A folder that fell back gets no other key: what is wrong must not be signed.
async fn opened(folder: Folder) -> anyhow::Result<Wired> {
    let wired = wire::open_bare(folder, Arc::new(SystemClock)).await.context("Halten Sie den Server an")?;
    match anlauf::quarantine(&wired.folder, &wired.house).await? {
        Some(why) => bail!("{}", why.text),
        None => Ok(wired),
    }
}

/// Each step is durable before the next and harmless when repeated: new key, event, exchange, signature.
async fn rotate(folder: Folder) -> anyhow::Result<()> {
    let wired = opened(folder).await?;
    let (dateien, house) = (Dateien::of(&wired.folder), &wired.house);
    if dateien.alt.exists() && !dateien.interrupted() {
        bail!("Ein Wechsel ist vollzogen, aber nicht beendet. Beenden Sie ihn zuerst mit `akte keys retire`.");
    }
    let old = datei::read(&dateien.key, &house.log)?;
    let new =
        if dateien.interrupted() { datei::read(&dateien.neu, &house.log)? } else { make(&dateien.neu, &house.log)? };
    house.write_rotation(&old, &new.vkey()).await?;
    dateien.exchange()?;
    let signed = take_up(&wired).await?.sign().await?;
    println!("Neuer Schlüssel {}", new.vkey());
    println!("Größe {}: der alte und der neue Schlüssel unterschreiben, bis `akte keys retire`.", signed.size);
    println!("Sichern Sie log.key getrennt von allen Daten, und geben Sie den neuen Schlüssel denen, die prüfen.");
    Ok(())
}

async fn retire(folder: Folder) -> anyhow::Result<()> {
    let wired = opened(folder).await?;
    let dateien = Dateien::of(&wired.folder);
    ensure!(!dateien.interrupted(), "Ein Wechsel ist unterbrochen. Führen Sie ihn mit `akte keys rotate` zu Ende.");
    ensure!(dateien.alt.exists(), "Kein Wechsel läuft. Beginnen Sie einen mit `akte keys rotate`.");
    let new = datei::read(&dateien.key, &wired.house.log)?.vkey();
    let signed = take_up(&wired).await?.sign().await?;
    // The old key goes only when whoever knows the new one can already check the newest state.
    let good = Note::parse(&signed.note)?.verify(std::slice::from_ref(&new))?;
    ensure!(!good.is_empty(), "Der neue Schlüssel hat noch keinen Checkpoint unterschrieben.");
    dateien.forget_old()?;
    println!("Ab jetzt unterschreibt nur noch {new}.");
    Ok(())
}
