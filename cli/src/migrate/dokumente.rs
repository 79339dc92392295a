//! Documents from one place to another, sealed as they are; what is there already is compared and left.
//!
//! Removes nothing at either place: what was erased in between is erased again when the town is next opened.

use crate::dokumentort::Dokumentort;
use crate::folder::Folder;
use crate::progress;
use akte_core::documents::DocumentStore;
use anyhow::{Context, ensure};
use std::path::Path;

/// Copies, or with `probe` only says what would be copied.
pub async fn kopieren(folder: &Folder, von: &str, nach: &str, probe: bool) -> anyhow::Result<()> {
    let max = folder.stadt()?.grenzen.upload_bytes;
    let (von, nach) = (ort(von, "--dokumente-von", folder)?, ort(nach, "--dokumente-nach", folder)?);
    ensure!(von.to_string() != nach.to_string(), "--dokumente-von und --dokumente-nach nennen denselben Ort: {von}.");
    if let Dokumentort::Folder(path) = &von {
        ensure!(path.is_dir(), "--dokumente-von: {} ist kein Ordner.", path.display());
    }
    let quelle = von.open(max).context("--dokumente-von")?;
    let done = if probe {
        let ziel = match &nach {
            Dokumentort::Folder(path) if !path.exists() => DocumentStore::in_memory(max),
            da => da.open(max).context("--dokumente-nach")?,
        };
        let would = quelle.would_copy_to(&ziel).await?;
        println!("Zu kopieren: {} von {} Dokumenten, {} Byte.", would.copied, would.documents, would.bytes);
        would
    } else {
        let ziel = nach.open(max).context("--dokumente-nach")?;
        ziel.try_out().await.with_context(|| {
            format!("{nach} nimmt nichts an. Prüfen Sie Bucket, Zugangsdaten und das Recht zu schreiben und zu löschen")
        })?;
        let bar = progress::bar(0, "Kopiere Dokumente");
        let done = quelle
            .copy_to(&ziel, &|n| {
                bar.set_length(n);
                bar.set_position(n);
            })
            .await?;
        bar.finish_and_clear();
        println!("{nach}: {} Dokumente, davon {} neu ({} Byte).", done.documents, done.copied, done.bytes);
        done
    };
    if done.extra > 0 {
        println!(
            "Nur im Ziel: {} Dokumente. Was kein Ereignis nennt, räumt der Server nach der Frist für Entwürfe ab.",
            done.extra
        );
    }
    Ok(())
}

/// The place an option names; one that `betrieb.toml` names as well brings its credentials along.
fn ort(text: &str, option: &'static str, folder: &Folder) -> anyhow::Result<Dokumentort> {
    let ort = text.parse::<Dokumentort>().context(option)?.ab(Path::new(""), folder.root());
    ort.mit(folder.betrieb().s3.clone()).context(option)
}
