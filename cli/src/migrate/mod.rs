//! `akte migrate`: a ledger from one engine to another, documents from one store to another; beside a running server.
//!
//! Positions, hashes, groups, key uses and checkpoints stay what they are. Started again, it goes on where it was
//! ended. It never changes the source, and takes nothing away from a target that does not fit.

mod dokumente;
mod umzug;

use crate::folder::Folder;
use crate::motor::{self, Herkunft, Motor, Zugang};
use crate::{progress, verify};
use akte_core::ledger::verify::Verdict;
use akte_core::ledger::{Head, Ledger};
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use umzug::{Bilanz, Umzug};

/// Whole comparisons until a source that is being written is left for another run.
const VERGLEICHE: u32 = 3;

/// Exit code where the copy is sound but the source goes on being written.
const NICHT_AM_ENDE: u8 = 2;

#[derive(clap::Args)]
pub struct MigrateArgs {
    /// Datenordner: seine stadt.toml sagt, wessen Protokoll es ist
    #[arg(long, env = "AKTE_DATA", default_value = "daten", value_name = "ORDNER")]
    data: PathBuf,
    /// Bisheriger Speicher: sqlite:DATEI (sqlite: allein ist ledger.db des Datenordners), postgres://…, esdb://…
    #[arg(long, value_name = "ADRESSE", requires = "to", required_unless_present = "dokumente_von")]
    from: Option<String>,
    /// Neuer Speicher, leer oder von einem früheren Lauf
    #[arg(long, value_name = "ADRESSE", requires = "from")]
    to: Option<String>,
    /// Bisheriger Ort der Dokumente: folder:ORDNER (folder: allein ist blobs des Datenordners) oder s3://…
    #[arg(long, value_name = "ADRESSE", requires = "dokumente_nach")]
    dokumente_von: Option<String>,
    /// Neuer Ort der Dokumente
    #[arg(long, value_name = "ADRESSE", requires = "dokumente_von")]
    dokumente_nach: Option<String>,
    /// Nur sagen, was zu tun wäre
    #[arg(long)]
    probe: bool,
    /// Ereignisse je Schritt
    #[arg(long, hide = true, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    schritt: u64,
}

pub async fn migrate(args: MigrateArgs) -> anyhow::Result<ExitCode> {
    let folder = Folder::open(&args.data)?;
    // Documents first: what an event cites is there before the event.
    if let (Some(von), Some(nach)) = (&args.dokumente_von, &args.dokumente_nach) {
        dokumente::kopieren(&folder, von, nach, args.probe).await?;
    }
    let (Some(from), Some(to)) = (&args.from, &args.to) else { return Ok(ExitCode::SUCCESS) };
    let (von, nach) = (adresse(from, "--from", &folder)?, adresse(to, "--to", &folder)?);
    ensure!(!dasselbe(&von, &nach), "--from und --to nennen dasselbe Protokoll: {von}.");
    let origin = folder.stadt()?.log_origin;
    let quelle = von.open(&origin, Zugang::Lesen).await.context("--from")?;
    motor::gehoert(&*quelle, &von, &origin).await.context("--from")?;
    if args.probe {
        return probe(&*quelle, &nach, &origin).await;
    }
    let ziel = nach.open(&origin, Zugang::Neu).await.context("--to")?;
    passt(&*ziel, &nach, &origin).await?;
    let mut umzug = Umzug::new(&*quelle, &*ziel, args.schritt).await?;
    let (bilanz, am_ende) = umziehen(&mut umzug).await?;
    drop(umzug);
    melden(&bilanz, &ziel.head().await?, &nach);
    let code = pruefen(&folder, ziel).await?;
    if !am_ende {
        println!("Die Quelle wird noch beschrieben. Halten Sie den Server an, und wiederholen Sie den Befehl.");
        return Ok(ExitCode::from(NICHT_AM_ENDE));
    }
    println!("Nächster Schritt: Server anhalten, diesen Befehl wiederholen, dann in betrieb.toml: ledger = \"{nach}\"");
    Ok(code)
}

fn adresse(text: &str, option: &'static str, folder: &Folder) -> anyhow::Result<Motor> {
    text.parse::<Motor>().and_then(|motor| motor.ab(Path::new(""), folder.root())).context(option)
}

/// Also through links.
fn dasselbe(von: &Motor, nach: &Motor) -> bool {
    match (von, nach) {
        (Motor::Sqlite(a), Motor::Sqlite(b)) => {
            a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
        }
        _ => von == nach,
    }
}

/// A target is empty or this town's own.
async fn passt(ziel: &dyn Ledger, nach: &Motor, origin: &str) -> anyhow::Result<()> {
    match motor::herkunft(ziel).await? {
        Herkunft::Leer => Ok(()),
        _ => motor::gehoert(ziel, nach, origin).await.context("--to"),
    }
}

/// What a run would do; opens nothing for writing and makes nothing.
async fn probe(quelle: &dyn Ledger, nach: &Motor, origin: &str) -> anyhow::Result<ExitCode> {
    let ziel = nach.open_probe(origin).await.context("--to")?;
    passt(&*ziel, nach, origin).await?;
    let (here, there) = umzug::stand(quelle, &*ziel).await?;
    let checkpoints = umzug::checkpoints_nach(quelle, &*ziel, here.size).await?.len();
    match there.size {
        0 => println!("{nach} ist leer."),
        n if n == here.size => println!("{nach} hat alle {n} Ereignisse."),
        n => println!("{nach} hat die ersten {n} Ereignisse und wird fortgesetzt."),
    }
    println!("Zu kopieren: {} Ereignisse und {checkpoints} Checkpoints.", here.size - there.size);
    println!("Das war eine Probe; nichts wurde geändert.");
    Ok(ExitCode::SUCCESS)
}

/// Follows the source until both are the same; `false` where it goes on being written.
async fn umziehen(umzug: &mut Umzug<'_>) -> anyhow::Result<(Bilanz, bool)> {
    umzug.vergleichen_anfang().await?;
    let mut bilanz = Bilanz::default();
    for _ in 0..VERGLEICHE {
        let bar = progress::bar(0, "Kopiere Ereignisse");
        umzug
            .aufholen(&mut bilanz, &|done, all| {
                bar.set_length(all);
                bar.set_position(done);
            })
            .await?;
        bar.finish_and_clear();
        let bar = progress::bar(0, "Vergleiche Ereignisse");
        let nachgeholt = umzug
            .abgleichen(&mut bilanz, &|done, all| {
                bar.set_length(all);
                bar.set_position(done);
            })
            .await?;
        bar.finish_and_clear();
        if !nachgeholt && umzug.gleich().await? {
            return Ok((bilanz, true));
        }
    }
    Ok((bilanz, umzug.gleich().await?))
}

fn melden(bilanz: &Bilanz, head: &Head, nach: &Motor) {
    let Bilanz { ereignisse, checkpoints, geloescht, neu_versiegelt } = bilanz;
    println!("{nach}: {} Ereignisse, davon {ereignisse} neu; {checkpoints} Checkpoints neu.", head.size);
    if geloescht + neu_versiegelt > 0 {
        println!("Nachgeholt: {geloescht} Werte gelöscht, {neu_versiegelt} Werte neu versiegelt.");
    }
}

/// The verifier's word on the copy, with the vault where it is at hand.
async fn pruefen(folder: &Folder, ziel: Arc<dyn Ledger>) -> anyhow::Result<ExitCode> {
    let report = verify::ledger(folder, &*ziel).await?;
    if report.verdict == Verdict::Violation {
        verify::print(&report, folder.root());
        bail!(
            "Die Kopie besteht die Prüfung nicht. Prüfen Sie die Quelle mit `akte verify`; benutzen Sie die Kopie nicht."
        );
    }
    println!("Geprüft: {}.", report.verdict);
    Ok(ExitCode::from(report.verdict.exit_code()))
}
