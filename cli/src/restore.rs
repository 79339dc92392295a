//! `akte restore`: a backup into an empty folder, every file compared, the whole ledger verified.

use crate::backup::{Datei, MANIFEST, copy, describe};
use crate::wire::{self, SystemClock};
use crate::{folder::Folder, verify};
use akte_core::vault::Vault;
use anyhow::{Context, ensure};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(clap::Args)]
pub struct RestoreArgs {
    /// Sicherung von Protokoll und Dokumenten
    quelle: PathBuf,
    /// Sicherung des Tresors
    #[arg(long, value_name = "ORDNER")]
    tresor: PathBuf,
    /// Ordner mit vault.key, vault.generation und log.key
    #[arg(long, value_name = "ORDNER")]
    schluessel: PathBuf,
    /// Neuer Datenordner
    #[arg(long, value_name = "ORDNER")]
    data: PathBuf,
}

pub async fn restore(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    let dateien = manifest(&args.quelle)?;
    let vault = manifest(&args.tresor)?;
    let folder = Folder::create(&args.data)?;
    for (quelle, datei) in dateien.iter().map(|d| (&args.quelle, d)).chain(vault.iter().map(|d| (&args.tresor, d))) {
        let copied = copy(&quelle.join(&datei.pfad), folder.root(), &datei.pfad)?;
        ensure!(copied == *datei, "{}: stimmt nicht mit {MANIFEST} überein; die Sicherung ist beschädigt", datei.pfad);
    }
    for name in ["vault.key", "vault.generation", "log.key"] {
        copy(&args.schluessel.join(name), folder.root(), name)?;
    }
    private(folder.root())?;
    std::fs::create_dir_all(folder.blobs())?;
    // No key id may ever be given out twice, whatever happened after the backup was made.
    Vault::raise_generation(folder.root())?;
    // Requests, not only confirmations: what the backup brings back is erased again before anybody reads it.
    let again = wire::open_bare(folder.clone(), Arc::new(SystemClock)).await?.house.replay_erasures(&[]).await?;
    if !again.is_empty() {
        println!("{} Löschungen werden nachgeholt; akte serve schließt sie ab.", again.len());
    }
    let report = verify::check(&folder, true, true).await?;
    println!("{}: {} Ereignisse, {} Dokumente.", report.verdict, report.counts.events, report.counts.documents);
    println!("Nächster Schritt: akte rebuild --data {}", folder.root().display());
    Ok(ExitCode::from(report.verdict.exit_code()))
}

/// The list of files; every path stays inside the folder, every file is there.
fn manifest(root: &Path) -> anyhow::Result<Vec<Datei>> {
    let path = root.join(MANIFEST);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} fehlt: der Ordner ist keine vollständige Sicherung", path.display()))?;
    let dateien: Vec<Datei> = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    for datei in &dateien {
        let inside = Path::new(&datei.pfad).components().all(|c| matches!(c, Component::Normal(_)));
        ensure!(inside, "{}: Pfad führt aus der Sicherung hinaus", datei.pfad);
        let found = describe(&root.join(&datei.pfad), &datei.pfad)?;
        ensure!(found == *datei, "{}: stimmt nicht mit {MANIFEST} überein", datei.pfad);
    }
    Ok(dateien)
}

/// Owner only: ledger and keys, whatever the backup's own modes were.
fn private(root: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    for entry in std::fs::read_dir(root)?.flatten().filter(|e| e.path().is_file()) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}
