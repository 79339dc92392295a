//! `akte export`: the published log as static files, redacted receipts, proofs of completeness; also beside a running server.
//!
//! Writes nothing into the data folder.

mod beleg;
pub mod evidence;

use crate::protokoll::Ordner;
use crate::{DataArg, folder::Folder, progress, replay, wire};
use akte_core::ledger::log_reader::LogReader;
use anyhow::{Context, bail};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use uuid::Uuid;

#[derive(clap::Args)]
pub struct ExportArgs {
    #[command(subcommand)]
    was: Was,
}

#[derive(clap::Subcommand)]
enum Was {
    /// Schreibt das veröffentlichte Protokoll als Dateien; ein Ordner von früher wird fortgesetzt.
    Log {
        #[command(flatten)]
        data: DataArg,
        ordner: PathBuf,
    },
    /// Beweist, dass ein Strom genau diese Ereignisse hat, oder dass es ihn nicht gibt.
    Vollstaendigkeit {
        #[command(flatten)]
        data: DataArg,
        /// Aktenzeichen eines Vorgangs oder Kennung eines Stroms
        was: String,
        /// Höchstens bis zu dieser Größe des Protokolls
        #[arg(long, value_name = "GROESSE")]
        stand: Option<u64>,
        /// Neue Datei für den Beweis
        #[arg(short = 'o', long, value_name = "DATEI")]
        datei: PathBuf,
    },
    /// Ausgewählte Werte eines Ereignisses mit Beweis, alle anderen geschwärzt
    Beleg(beleg::BelegArgs),
    /// Beweispaket einer Akte: alle Ereignisse und Dokumente mit Beweisen, Prüfprogramm und Anleitung
    Evidence(evidence::EvidenceArgs),
}

pub async fn export(args: ExportArgs) -> anyhow::Result<ExitCode> {
    match args.was {
        Was::Log { data, ordner } => log(&data.folder()?, ordner).await?,
        Was::Vollstaendigkeit { data, was, stand, datei } => {
            vollstaendigkeit(&data.folder()?, &was, stand, &datei).await?;
        }
        Was::Beleg(args) => return beleg::beleg(args).await,
        Was::Evidence(args) => return evidence::evidence(args).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn log(folder: &Folder, ordner: PathBuf) -> anyhow::Result<()> {
    let house = wire::open_readonly(folder).await?;
    let reader = LogReader::new(house.ledger.clone(), &house.log, house.log_vkeys().await?);
    let bar = progress::bar(0, "Schreibe Protokoll");
    let mut target = Ordner::new(ordner.clone());
    let progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let written = target.update(&reader, progress).await?;
    bar.finish_and_clear();
    println!("{}: Größe {}, {} Dateien geschrieben.", ordner.display(), written.size, written.files);
    Ok(())
}

async fn vollstaendigkeit(folder: &Folder, was: &str, stand: Option<u64>, datei: &PathBuf) -> anyhow::Result<()> {
    let house = wire::open_readonly(folder).await?;
    let stream = match Uuid::try_parse(was) {
        Ok(stream) => stream,
        Err(_) => match replay::find(&house, was).await? {
            Some(vorgang) => vorgang,
            None => bail!("Kein Vorgang mit dem Aktenzeichen {was}, und keine Kennung eines Stroms."),
        },
    };
    let bar = progress::bar(house.ledger.head().await?.size, "Lese Ereignisse");
    let proof = house.completeness(stream, stand.unwrap_or(u64::MAX), |n| bar.set_position(n)).await?;
    bar.finish_and_clear();
    let mut file =
        std::fs::File::create_new(datei).with_context(|| format!("{}: Nennen Sie eine neue Datei", datei.display()))?;
    file.write_all(serde_json::to_string_pretty(&proof)?.as_bytes())?;
    file.sync_all()?;
    match proof["headers"].as_array() {
        Some(headers) => {
            println!("{}: {} Ereignisse, mehr gab es zu diesem Stand nicht.", datei.display(), headers.len())
        }
        None => println!("{}: diesen Strom gab es zu diesem Stand nicht.", datei.display()),
    }
    Ok(())
}
