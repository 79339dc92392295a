//! `akte restore`: a backup into an empty folder; every file compared, erasures replayed, everything verified.
//!
//! Started again with the same arguments it goes on where it was ended. Until it has come to its end no other
//! command opens the folder.

mod marke;

use crate::sicherung::{self, Art, Datei, MANIFEST, MARKE, Manifest};
use crate::sicherungsliste::{self, Eintrag};
use crate::wire::{self, SystemClock};
use crate::{
    anlauf,
    folder::{Folder, WIEDERHERSTELLUNG},
    progress, verify,
};
use akte_core::ledger::verify::{Report, Verdict};
use akte_core::vault::Vault;
use anyhow::{Context, bail, ensure};
use marke::Marke;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(clap::Args)]
pub struct RestoreArgs {
    /// Sicherung von Protokoll und Dokumenten
    quelle: PathBuf,
    /// Sicherung des Tresors: der Ordner der Kopien (die neueste zählt) oder eine Kopie
    #[arg(long, value_name = "ORDNER")]
    tresor: PathBuf,
    /// Ordner mit vault.key, vault.generation und log.key, und wo es sie gibt signer.state und sicherungen.json
    #[arg(long, value_name = "ORDNER")]
    schluessel: PathBuf,
    /// Neuer Datenordner
    #[arg(long, value_name = "ORDNER")]
    data: PathBuf,
    /// Neuerer Spiegel des Protokolls oder ein Checkpoint: zeigt, was der Sicherung am Ende fehlt
    #[arg(long, value_name = "PFAD")]
    spiegel: Option<PathBuf>,
    /// Auch eine Sicherung, deren letzter Lauf unterbrochen wurde: so weit, wie sie reicht
    #[arg(long)]
    unterbrochen: bool,
}

/// Where files come from.
struct Quelle {
    root: PathBuf,
    dateien: Vec<Datei>,
    /// Whether the list still describes the files.
    gilt: bool,
    manifest: Option<Manifest>,
}

pub async fn restore(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    let quellen = [protokoll(&args)?, tresor(&args.tresor)?];
    let (folder, mut marke) = match Marke::lesen(&args.data)? {
        Some(marke) => {
            marke.passt(&args)?;
            println!("Die Wiederherstellung in {} geht weiter.", args.data.display());
            (Folder::at(&args.data), marke)
        }
        None => {
            pruefen(&quellen)?;
            sicherung::rest_entfernen(&args.data.join(WIEDERHERSTELLUNG))?;
            let folder = Folder::create(&args.data)?;
            (folder, Marke::beginnen(&args)?)
        }
    };
    if !marke.kopiert {
        kopieren(&quellen, &folder)?;
        schluessel(&args.schluessel, &folder)?;
        std::fs::create_dir_all(folder.root().join("blobs"))?;
        sicherung::sync_folder(folder.root())?;
        marke.kopiert()?;
    }
    // No key id may ever be given out twice, whatever happened after the backup was made.
    Vault::raise_generation(folder.root())?;
    // Requests, not only confirmations: what the backup brings back is erased again before anybody reads it.
    let house = wire::open_bare(folder.clone(), Arc::new(SystemClock)).await?.house;
    let nachgeholt = house.replay_erasures(&[]).await?.len();
    drop(house);
    if let Some(m) = &quellen[0].manifest {
        let (vault, Manifest { id, made_at, change, size, lapses_at, .. }) = (false, m.clone());
        sicherungsliste::eintragen(&folder, Eintrag { id, made_at, change, size, vault, lapses_at })?;
    }
    let report = verify::alone(&folder).await?;
    melden(&report, &quellen[0], nachgeholt);
    ende(&folder, args.spiegel.as_deref()).await?;
    if report.verdict == Verdict::Violation {
        verify::print(&report, folder.root());
        bail!(
            "Die wiederhergestellten Daten sind nicht in Ordnung. Der Ordner bleibt gesperrt; \
             nehmen Sie eine andere Sicherung."
        );
    }
    marke.beenden()?;
    println!("Nächster Schritt: akte rebuild --data {}", folder.root().display());
    Ok(ExitCode::from(report.verdict.exit_code()))
}

fn protokoll(args: &RestoreArgs) -> anyhow::Result<Quelle> {
    let root = &args.quelle;
    let marked = root.join(MARKE).is_file();
    if marked && !args.unterbrochen {
        bail!(
            "{} ist keine vollständige Sicherung: der letzte Lauf wurde unterbrochen. Führen Sie `akte backup` dorthin \
             zu Ende. Gibt es den Datenordner nicht mehr, stellt --unterbrochen her, was angekommen ist.",
            root.display()
        );
    }
    let manifest = if marked && !root.join(MANIFEST).is_file() { None } else { Some(Manifest::lesen(root)?) };
    if let Some(m) = &manifest {
        ensure!(m.art == Art::Protokoll, "{} ist eine Sicherung des Tresors.", root.display());
    }
    let dateien = match &manifest {
        Some(m) if !marked => m.dateien.clone(),
        _ => vorhandene(root)?,
    };
    Ok(Quelle { root: root.clone(), dateien, gilt: !marked, manifest })
}

/// What an interrupted run left; the ledger's own rollback belongs to it.
fn vorhandene(root: &Path) -> anyhow::Result<Vec<Datei>> {
    let mut dateien = Vec::new();
    for path in sicherung::below(root)?.iter().filter(|p| !sicherung::unfertig(p)) {
        let name = path.to_str().with_context(|| path.display().to_string())?;
        if ![MARKE, MANIFEST, "ledger.lock"].contains(&name) {
            dateien.push(sicherung::describe(&root.join(path), name)?);
        }
    }
    ensure!(dateien.iter().any(|d| d.pfad == "ledger.db"), "{} enthält kein Protokoll.", root.display());
    Ok(dateien)
}

fn tresor(root: &Path) -> anyhow::Result<Quelle> {
    let neueste =
        if root.join(MANIFEST).is_file() { Some(root.to_owned()) } else { crate::backup::kopien(root)?.pop() };
    let root = neueste.with_context(|| format!("{} ist keine vollständige Sicherung des Tresors", root.display()))?;
    let manifest = Manifest::lesen(&root)?;
    ensure!(manifest.art == Art::Tresor, "{} ist keine Sicherung des Tresors.", root.display());
    Ok(Quelle { root, dateien: manifest.dateien.clone(), gilt: true, manifest: Some(manifest) })
}

/// Compares every file before the new folder is made.
fn pruefen(quellen: &[Quelle]) -> anyhow::Result<()> {
    let all = || quellen.iter().filter(|q| q.gilt);
    let bar = progress::bar(all().map(|q| q.dateien.len() as u64).sum(), "Prüfe Sicherung");
    for quelle in all() {
        for datei in &quelle.dateien {
            gleich(&sicherung::describe(&quelle.root.join(&datei.pfad), &datei.pfad)?, datei)?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn gleich(found: &Datei, listed: &Datei) -> anyhow::Result<()> {
    ensure!(found == listed, "{}: stimmt nicht mit {MANIFEST} überein; die Sicherung ist beschädigt", listed.pfad);
    Ok(())
}

/// Copies what is not there yet; compared again on the way.
fn kopieren(quellen: &[Quelle], folder: &Folder) -> anyhow::Result<()> {
    let bar = progress::bar(quellen.iter().map(|q| q.dateien.len() as u64).sum(), "Stelle wieder her");
    let mut folders = BTreeSet::new();
    for (quelle, datei) in quellen.iter().flat_map(|q| q.dateien.iter().map(move |d| (q, d))) {
        let to = folder.root().join(&datei.pfad);
        let there = to.metadata().is_ok_and(|m| m.len() == datei.len);
        if !there || sicherung::describe(&to, &datei.pfad)? != *datei {
            let copied = sicherung::copy(&quelle.root.join(&datei.pfad), &to, &datei.pfad)?;
            gleich(&copied.with_context(|| format!("{} fehlt in der Sicherung", datei.pfad))?, datei)?;
            folders.extend(to.ancestors().skip(1).take(2).map(Path::to_owned));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    sicherung::sync_folders(&folders)
}

/// What is in no backup and must be there; and what shows how far the log had come.
fn schluessel(from: &Path, folder: &Folder) -> anyhow::Result<()> {
    let copy = |name: &str| sicherung::copy(&from.join(name), &folder.root().join(name), name);
    for name in ["vault.key", "vault.generation", "log.key"] {
        ensure!(copy(name)?.is_some(), "{} fehlt in {}.", name, from.display());
    }
    // The other two keys are there during a change of key only.
    for name in ["log.key.alt", "log.key.neu", "signer.state", "sicherungen.json"] {
        copy(name)?;
    }
    Ok(())
}

fn melden(report: &Report, quelle: &Quelle, nachgeholt: usize) {
    println!("{}: {} Ereignisse, {} Dokumente.", report.verdict, report.counts.events, report.counts.documents);
    if let Some(m) = &quelle.manifest {
        println!("Stand der Sicherung: {}.", m.made_at);
        if m.lapses_at < jiff::Timestamp::now() {
            println!("Sie ist älter als {} Tage und hätte gelöscht sein müssen.", sicherung::TAGE);
        }
    }
    if nachgeholt > 0 {
        println!("Löschungen nachgeholt: {nachgeholt}. Offene schließt `akte serve` ab.");
    }
}

/// Says what is known to be missing behind the end of the backup.
async fn ende(folder: &Folder, spiegel: Option<&Path>) -> anyhow::Result<()> {
    let house = wire::open_readonly(folder).await?;
    if let Some(spiegel) = spiegel {
        match anlauf::gegen(spiegel, &house).await?.text() {
            Some(text) => println!("{text}"),
            None => println!("Der Spiegel kennt nichts, was hier fehlt."),
        }
    }
    if let Some(why) = anlauf::quarantine(folder, &house).await? {
        println!("Achtung: Der Server startet auf diesem Ordner nur zum Lesen. {}", why.text);
    }
    Ok(())
}
