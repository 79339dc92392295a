//! `akte backup`: ledger and documents of a running or stopped folder, again and again into the same place.
//!
//! Each run adds what is new, follows what was sealed anew, and removes what was erased. It never stops
//! a writer: it copies in short reads and starts another round where an erasure came in between.

mod blobs;
mod tresor;
mod ziel;

pub use tresor::kopien;

use crate::motor::Ablage;
use crate::sicherung::{self, Art, Datei, MANIFEST, MARKE, Manifest, TAGE};
use crate::sicherungsliste::{self, Eintrag};
use crate::{DataArg, folder::Folder, progress};
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::engine::sqlite::backup::{Copy, Mark};
use akte_core::ledger::header::Header;
use akte_core::ledger::ids::system_stream;
use akte_core::ledger::{Head, Ledger};
use anyhow::{Context, bail, ensure};
use blobs::Blobs;
use jiff::{Timestamp, ToSpan};
use std::path::PathBuf;
use std::process::ExitCode;
use tresor::Tresor;
use ziel::Ziel;

/// Rounds until erasures that come in between are given up on.
const RUNDEN: u32 = 20;
/// System events looked at in one go.
const PAGE: usize = 1_000;

#[derive(clap::Args)]
pub struct BackupArgs {
    #[command(flatten)]
    data: DataArg,
    /// Ordner für Protokoll und Dokumente; eine Sicherung darin wird fortgeschrieben
    ziel: PathBuf,
    /// Ordner für den Tresor, nie am selben Ort; Kopien darin werden nach 30 Tagen gelöscht
    #[arg(long, value_name = "ORDNER")]
    tresor: Option<PathBuf>,
    /// Ereignisse je Schritt
    #[arg(long, hide = true, default_value_t = 32_768, value_parser = clap::value_parser!(u64).range(1..))]
    schritt: u64,
}

/// What one run did, for the last lines on the screen.
#[derive(Default)]
struct Getan {
    runden: u32,
    ereignisse: u64,
    neu_versiegelt: u64,
    geloescht: u64,
    dokumente_weg: u64,
}

pub async fn backup(args: BackupArgs) -> anyhow::Result<ExitCode> {
    let folder = args.data.folder()?;
    let log = folder.stadt()?.log_origin;
    let (ledger_db, dokumente) = dateien(&folder)?;
    let mut ziel = Ziel::open(&folder, &args.ziel, &log)?;
    let mut tresor = args.tresor.as_deref().map(|path| Tresor::open(&folder, ziel.root(), path)).transpose()?;
    let reader = SqliteLedger::open_readonly(&ledger_db)?;
    let mut kopie =
        Copy::open(&ledger_db, &ziel.ledger_db()).with_context(|| format!("{} öffnen", ziel.ledger_db().display()))?;
    continues(&reader, &kopie).await?;
    ziel.beginnen()?;
    let bekannt = ziel.bekannt();
    let mut blobs = Blobs::new(dokumente, ziel.root(), bekannt);
    let mut getan = Getan::default();
    // Known from the start, with the state it had before: an erasure meanwhile waits for what is being copied.
    let (begun, there) = (Timestamp::now(), kopie.target());
    let lapses_at = begun.checked_add((TAGE * 24).hours())?;
    let entry =
        Eintrag { id: ziel.id(), made_at: begun, change: there.change, size: there.head.size, vault: false, lapses_at };
    sicherungsliste::eintragen(&folder, entry)?;
    let mark = loop {
        let before = reader.stream_head(system_stream(&log)).await?.0;
        let mark = kopie.source()?;
        blobs.nachziehen()?;
        events(&mut kopie, &mark, args.schritt, &mut getan)?;
        let changed = kopie.changes()?;
        getan.neu_versiegelt += changed.resealed;
        getan.geloescht += changed.erased;
        if let Some(tresor) = &mut tresor {
            tresor.kopieren(&folder)?;
        }
        // Nothing was erased or sealed anew below the mark, and no erasure was asked for above it: the
        // copy is the ledger as it was at the mark, and the vault copied after it holds its keys.
        let still = kopie.source()?.change == kopie.target().change;
        if still && !erasure_since(&reader, &log, before, mark.head.size).await? {
            break mark;
        }
        getan.runden += 1;
        ensure!(getan.runden < RUNDEN, "Es wird gerade viel gelöscht. Wiederholen Sie den Befehl: er macht weiter.");
    };
    kopie.notes()?;
    let change = kopie.target().change;
    kopie.close()?;
    getan.dokumente_weg = blobs.entfernen()?;
    let mut dateien = vec![sicherung::describe(&ziel.ledger_db(), "ledger.db")?];
    dateien.extend(ziel.eigenes(&folder)?);
    dateien.extend(blobs.dateien());
    let manifest = manifest(&ziel, &log, &mark.head, change, dateien)?;
    // Listed before it counts as complete: an erasure must never overlook a backup that exists.
    let Manifest { id, made_at, lapses_at, size, .. } = manifest;
    sicherungsliste::eintragen(&folder, Eintrag { id, made_at, change, size, vault: tresor.is_some(), lapses_at })?;
    ziel.abschliessen(&manifest)?;
    let alte = tresor.as_mut().map(|tresor| tresor.abschliessen(&manifest)).transpose()?;
    melden(&ziel, &mark.head, &getan, alte);
    Ok(ExitCode::SUCCESS)
}

/// Ledger and documents as files. What a server keeps is backed up by that server.
fn dateien(folder: &Folder) -> anyhow::Result<(PathBuf, PathBuf)> {
    const SERVER: &str = "Sichern Sie den Server mit seinen eigenen Mitteln (PostgreSQL: pg_basebackup oder pg_dump), \
        oder ziehen Sie mit `akte migrate --from … --to sqlite:DATEI` eine Kopie, die sich auch prüfen lässt.";
    const TRESOR: &str = "`akte backup` sichert nur einen Tresor im Datenordner. Sichern Sie den Server mit seinen \
        eigenen Mitteln, nie zusammen mit dem Protokoll.";
    const DIENST: &str = "Lassen Sie den Dienst selbst an einen zweiten Ort sichern, oder kopieren Sie mit \
        `akte migrate --dokumente-von … --dokumente-nach folder:ORDNER`.";
    let betrieb = folder.betrieb();
    let ledger = betrieb.ledger.datei("`akte backup`", SERVER)?;
    let dokumente = betrieb.dokumente.ordner("`akte backup`", DIENST)?;
    ensure!(betrieb.tresor == Ablage::Folder, TRESOR);
    Ok((ledger.to_owned(), dokumente.to_owned()))
}

/// The copy must be the beginning of the ledger; else one of the two is not what it seems.
async fn continues(reader: &SqliteLedger, kopie: &Copy) -> anyhow::Result<()> {
    let (Mark { head: there, change }, here) = (kopie.target(), kopie.source()?);
    if there.size > here.head.size || change > here.change {
        bail!(
            "Die Sicherung kennt {} Ereignisse (Änderung {change}), der Datenordner nur {} (Änderung {}): er ist \
             zurückgefallen. Nichts wurde geändert. Prüfen Sie ihn mit `akte verify`, und stellen Sie die neuere \
             Sicherung wieder her, oder nennen Sie einen neuen Ordner.",
            there.size,
            here.head.size,
            here.change
        );
    }
    let root = akte_core::ledger::nodes::Nodes::new(reader, here.head.size).root(there.size).await?;
    ensure!(
        root == there.root,
        "Die ersten {} Ereignisse der Sicherung sind nicht die des Datenordners: ein anderer Verlauf. Nichts wurde \
         geändert. Heben Sie beide auf, prüfen Sie sie mit `akte verify`, und nennen Sie einen neuen Ordner.",
        there.size
    );
    Ok(())
}

/// Key uses first, then events up to the mark; the recomputed root must be the ledger's own.
fn events(kopie: &mut Copy, mark: &Mark, schritt: u64, getan: &mut Getan) -> anyhow::Result<()> {
    kopie.keys()?;
    let bar = progress::bar(mark.head.size, "Sichere Ereignisse");
    bar.set_position(kopie.target().head.size);
    while kopie.target().head.size < mark.head.size {
        let n = kopie.events(mark.head.size, schritt)?;
        getan.ereignisse += n;
        bar.inc(n);
    }
    bar.finish_and_clear();
    ensure!(
        kopie.target().head == mark.head,
        "Die Ereignisse ergeben nicht die Wurzel des Protokolls: der Datenordner ist beschädigt. \
         `akte verify` nennt die Stelle."
    );
    Ok(())
}

/// Whether an erasure was asked for at or above `size`; `before` = events of the system stream seen earlier.
async fn erasure_since(reader: &SqliteLedger, log: &str, before: u64, size: u64) -> anyhow::Result<bool> {
    let mut next = before;
    loop {
        let page = reader.read_stream(system_stream(log), next, PAGE).await?;
        for stored in &page {
            let wire = Header::parse(&stored.header)?.wire;
            if stored.index >= size && wire == "erasure.requested.v1" {
                return Ok(true);
            }
        }
        match page.last() {
            Some(last) => next = last.seq + 1,
            None => return Ok(false),
        }
    }
}

fn manifest(ziel: &Ziel, log: &str, head: &Head, change: u64, dateien: Vec<Datei>) -> anyhow::Result<Manifest> {
    let made_at = Timestamp::now();
    Ok(Manifest {
        format: 1,
        id: ziel.id(),
        art: Art::Protokoll,
        made_at,
        lapses_at: made_at.checked_add((TAGE * 24).hours())?,
        log: log.to_owned(),
        size: head.size,
        root: sicherung::wurzel(head),
        change,
        dateien,
    })
}

fn melden(ziel: &Ziel, head: &Head, getan: &Getan, alte: Option<usize>) {
    println!("Gesichert nach {}: {} Ereignisse, davon {} neu.", ziel.root().display(), head.size, getan.ereignisse);
    let Getan { neu_versiegelt, geloescht, dokumente_weg, .. } = getan;
    if neu_versiegelt + geloescht + dokumente_weg > 0 {
        println!(
            "Nachgeholt: {neu_versiegelt} Werte neu versiegelt, {geloescht} Werte und {dokumente_weg} Dokumente gelöscht."
        );
    }
    match alte {
        None => println!(
            "Ohne --tresor ist die Sicherung versiegelt: Werte lassen sich nur mit einer Sicherung des Tresors lesen."
        ),
        Some(0) => println!("Der Tresor liegt getrennt. Nach {TAGE} Tagen löscht ein Lauf seine alten Kopien."),
        Some(n) => println!("Der Tresor liegt getrennt. Gelöscht: {n} Kopien, älter als {TAGE} Tage."),
    }
    println!("Nicht enthalten: vault.key, vault.generation, log.key, signer.state, Sitzungen, Lesezugriffe, Sichten.");
    println!("Liste: {MANIFEST}. Gültig {TAGE} Tage; führen Sie den Befehl täglich aus.");
}
