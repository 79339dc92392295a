//! `akte export evidence`: everything there is of an Akte as one file that a court checks without us.
//!
//! Works beside a running server: it reads, and writes only the file and its row in the read log.

use crate::{DataArg, motor, progress, wire};
use akte_api::paket::bau::{Auftrag, Schwaerzung, bauen};
use akte_api::paket::inhalt::Art;
use akte_core::akte::Akte;
use akte_core::execute::{Clock, ExecuteError, House};
use anyhow::{Context, bail};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use uuid::Uuid;

#[derive(clap::Args)]
pub struct EvidenceArgs {
    #[command(flatten)]
    data: DataArg,
    /// Aktenzeichen der Akte oder Kennung ihres Stroms
    aktenzeichen: String,
    /// Zieldatei; sie darf noch nicht da sein
    #[arg(long, value_name = "DATEI.zip")]
    nach: PathBuf,
    /// Zweck der Herausgabe, für das Leseprotokoll
    #[arg(long, value_name = "TEXT", default_value = "Beweispaket am Rechner")]
    zweck: String,
}

pub async fn evidence(args: EvidenceArgs) -> anyhow::Result<ExitCode> {
    let folder = args.data.folder()?;
    let house = wire::open_readonly(&folder).await?;
    let bar = progress::bar(house.ledger.head().await?.size, "Suche die Akte");
    let gefunden = house.akte_finden(args.aktenzeichen.trim(), |n| bar.set_position(n)).await?;
    bar.finish_and_clear();
    let Some(gefunden) = gefunden else {
        bail!("Keine Akte mit dem Aktenzeichen {}, und keine Kennung eines Stroms.", args.aktenzeichen);
    };
    if args.nach.exists() {
        bail!("{} gibt es schon. Nennen Sie eine neue Datei.", args.nach.display());
    }
    let auftrag = auftrag(&house, gefunden.akte, &gefunden.weitere).await?;
    // What is not logged is not handed out, and not even put together.
    let log = motor::open_zugriff(&folder).await?;
    let jetzt = wire::SystemClock.now();
    log.record("system", "beweispaket", Some(gefunden.akte), &args.zweck, jetzt).context("Leseprotokoll")?;
    let paket = bauen(&house, &auftrag).await?;
    let dokumente = paket.dokumente.iter().filter(|d| d.datei.is_some()).count();
    let datei = BufWriter::new(anlegen(&args.nach)?);
    match paket.schreiben(&house, datei).await {
        Ok(datei) => datei.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?,
        Err(e) => {
            // Half a package must not lie about as a whole one.
            let _ = std::fs::remove_file(&args.nach);
            return Err(e.into());
        }
    }
    println!("{}: {} Ereignisse, {dokumente} Dokumente.", args.nach.display(), paket.ereignisse);
    if paket.ohne_tagesabschluss {
        println!("Einen Tagesabschluss gibt es noch nicht: Dass am Ende nichts fehlt, ist im Paket nicht bewiesen.");
    }
    Ok(ExitCode::SUCCESS)
}

async fn auftrag(house: &House, akte: Uuid, weitere: &[Uuid]) -> anyhow::Result<Auftrag> {
    let geladen = match house.load::<Akte>(akte).await {
        Err(ExecuteError::Fault(_) | ExecuteError::NotFound) => bail!("Der Strom {akte} ist keine Akte."),
        other => other?,
    };
    Ok(Auftrag {
        art: Art::Beweis,
        aktenzeichen: geladen.state.aktenzeichen.clone(),
        titel: geladen.state.titel.clone().unwrap_or_default(),
        stroeme: house.stroeme_der_akte(akte, weitere).await?,
        schwaerzung: Schwaerzung::default(),
        bis: None,
        basis_url: format!("https://{}", house.stadt.domain),
    })
}

/// Readable by its owner only: it holds personal data. An existing file is left alone.
pub fn anlegen(ziel: &Path) -> anyhow::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(ziel).with_context(|| format!("{} anlegen", ziel.display()))
}
