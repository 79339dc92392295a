//! `akte backup`: a stopped data folder, copied and verified. The vault goes to a place of its own.

use crate::sicherungsliste::{self, Sicherung};
use crate::{DataArg, folder::Folder, progress};
use akte_core::ledger::engine::SqliteLedger;
use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Name of the list of files, written last: a backup without it is not complete.
pub const MANIFEST: &str = "sicherung.json";

#[derive(clap::Args)]
pub struct BackupArgs {
    #[command(flatten)]
    data: DataArg,
    /// Neuer Ordner für Protokoll und Dokumente
    ziel: PathBuf,
    /// Neuer Ordner für den Tresor; nie am selben Ort aufbewahren, nach 30 Tagen löschen
    #[arg(long, value_name = "ORDNER")]
    tresor: Option<PathBuf>,
    /// Tage, nach denen Sie diese Sicherung löschen; Löschungen einzelner Teile warten so lange
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
    aufbewahren: u16,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datei {
    pub pfad: String,
    pub len: u64,
    pub sha256: String,
}

pub async fn backup(args: BackupArgs) -> anyhow::Result<ExitCode> {
    let folder = Folder::open(&args.data.data)?;
    // The engine's lock keeps a server off until the copy is complete.
    let lock = SqliteLedger::open(folder.ledger_db()).context("Halten Sie den Server vor der Sicherung an")?;
    let ziel = fresh(&args.ziel)?;
    let mut dateien =
        vec![database(&folder.ledger_db(), &ziel, "ledger.db")?, copy(&folder.stadt_toml(), &ziel, "stadt.toml")?];
    let documents = below(&folder.blobs())?;
    let bar = progress::bar(documents.len() as u64, "Kopiere Dokumente");
    for path in documents {
        let name = format!("blobs/{}", path.strip_prefix(folder.blobs())?.display());
        dateien.push(copy(&path, &ziel, &name)?);
        bar.inc(1);
    }
    for path in below(&folder.leistungen()).unwrap_or_default() {
        let name = format!("leistungen/{}", path.strip_prefix(folder.leistungen())?.display());
        dateien.push(copy(&path, &ziel, &name)?);
    }
    bar.finish_and_clear();
    // Listed before it is complete: an erasure must never overlook a backup that exists.
    list(&folder, &ziel, &args)?;
    finish(&ziel, &dateien)?;
    if let Some(tresor) = &args.tresor {
        let tresor = fresh(tresor)?;
        let vault = vec![database(&folder.root().join("vault.db"), &tresor, "vault.db")?];
        finish(&tresor, &vault)?;
    }
    drop(lock);
    println!("{} Dateien gesichert nach {}.", dateien.len(), ziel.display());
    println!("Nicht enthalten: vault.key, vault.generation, log.key, Sitzungen, Lesezugriffe, Sichten.");
    if args.tresor.is_none() {
        println!("Ohne --tresor ist die Sicherung versiegelt: Werte lassen sich nur mit dem Tresor lesen.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells erasures that this backup exists and which state of the payloads it holds.
fn list(folder: &Folder, ziel: &Path, args: &BackupArgs) -> anyhow::Result<()> {
    let copy =
        rusqlite::Connection::open_with_flags(ziel.join("ledger.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let change = copy.query_row("SELECT change FROM ledger_head", [], |r| r.get(0))?;
    let made_at = Timestamp::now();
    let lapses_at = made_at.checked_add(SignedDuration::from_hours(24 * i64::from(args.aufbewahren)))?;
    let vault = args.tresor.is_some();
    sicherungsliste::eintragen(
        folder,
        Sicherung { id: made_at.to_string(), made_at, change, vault, lapses_at },
        made_at,
    )
}

fn fresh(path: &Path) -> anyhow::Result<PathBuf> {
    Ok(Folder::create(path)?.root().to_owned())
}

/// SQLite's own online copy: complete also where the write-ahead log was not merged.
fn database(from: &Path, ziel: &Path, name: &str) -> anyhow::Result<Datei> {
    let source = rusqlite::Connection::open_with_flags(from, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let to = ziel.join(name);
    let mut target = rusqlite::Connection::open(&to)?;
    rusqlite::backup::Backup::new(&source, &mut target)?.run_to_completion(512, std::time::Duration::ZERO, None)?;
    target.close().map_err(|(_, e)| e)?;
    File::open(&to)?.sync_all()?;
    describe(&to, name)
}

/// Copies through a hash and flushes; parent folders are made as needed.
pub fn copy(from: &Path, ziel: &Path, name: &str) -> anyhow::Result<Datei> {
    let to = ziel.join(name);
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::copy(from, &to).with_context(|| format!("{} kopieren", from.display()))?;
    File::open(&to)?.sync_all()?;
    let datei = describe(&to, name)?;
    ensure!(datei.sha256 == describe(from, name)?.sha256, "{}: Kopie stimmt nicht überein", from.display());
    Ok(datei)
}

/// Length and SHA-256 of a file, read in pieces.
pub fn describe(path: &Path, name: &str) -> anyhow::Result<Datei> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let (mut hash, mut len, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        len += n as u64;
    }
    let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok(Datei { pfad: name.to_owned(), len, sha256 })
}

fn finish(ziel: &Path, dateien: &[Datei]) -> anyhow::Result<()> {
    let mut file = File::create(ziel.join(MANIFEST))?;
    file.write_all(serde_json::to_string_pretty(dateien)?.as_bytes())?;
    file.sync_all()?;
    File::open(ziel)?.sync_all()?;
    Ok(())
}

/// All files below a folder, sorted; temporary uploads are left out.
fn below(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut out, mut todo) = (Vec::new(), vec![root.to_owned()]);
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(&dir)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else if !entry.file_name().to_string_lossy().contains('#') {
                out.push(path);
            }
        }
    }
    out.sort();
    Ok(out)
}
