//! `akte export beleg`: chosen values of one event with their proof, for auditors and courts.
//!
//! Works beside a running server: it reads, and writes only the file and its row in the read log.

use crate::{DataArg, motor, replay, wire};
use akte_core::execute::{Clock, ExecuteError, House};
use akte_core::ledger::receipt::Redacted;
use anyhow::{Context, bail};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use uuid::Uuid;

#[derive(clap::Args)]
pub struct BelegArgs {
    #[command(flatten)]
    data: DataArg,
    /// Aktenzeichen des Vorgangs oder Kennung seines Stroms
    #[arg(value_name = "AKTENZEICHEN|STROM")]
    wovon: String,
    /// Nummer des Ereignisses im Strom, ab 0
    #[arg(long, value_name = "N")]
    ereignis: u64,
    /// Offenzulegende Werte, etwa /leistung,/felder/name; ohne Angabe nur der Kopf
    #[arg(long, value_name = "ZEIGER", value_delimiter = ',')]
    felder: Vec<String>,
    /// Zweck der Einsicht, für das Leseprotokoll
    #[arg(long, value_name = "TEXT", default_value = "Auszug am Rechner")]
    zweck: String,
    /// Zieldatei; sie darf noch nicht da sein
    #[arg(short = 'o', long = "ziel", value_name = "DATEI")]
    ziel: PathBuf,
    /// Eine Zusage schreiben, auch wenn noch kein Checkpoint das Ereignis umfasst
    #[arg(long)]
    zusage: bool,
}

pub async fn beleg(args: BelegArgs) -> anyhow::Result<ExitCode> {
    let folder = args.data.folder()?;
    let house = wire::open_readonly(&folder).await?;
    let strom = strom(&house, args.wovon.trim()).await?;
    let ereignis = match house.ereignis(strom, args.ereignis).await {
        Err(ExecuteError::NotFound) => bail!("Der Strom {strom} hat kein Ereignis {}.", args.ereignis),
        other => other?,
    };
    let auszug = match house.auszug(&ereignis, &args.felder).await {
        Err(ExecuteError::Refused { text, .. }) => bail!("{text} Vorhanden sind: {}.", ereignis.zeiger().join(", ")),
        other => other?,
    };
    let bytes = if args.zusage { auszug.promise()? } else { beweis(&house, &auszug).await? };
    // What is not logged is not handed out.
    let log = motor::open_zugriff(&folder).await?;
    log.record("system", "beleg", Some(strom), &args.zweck, wire::SystemClock.now()).context("Leseprotokoll")?;
    schreiben(&args.ziel, &bytes)?;
    println!(
        "{}: Ereignis {} ({}), {} Werte offengelegt.",
        args.ziel.display(),
        auszug.index,
        ereignis.header.wire,
        auszug.disclosures.len()
    );
    Ok(ExitCode::SUCCESS)
}

async fn beweis(house: &House, auszug: &Redacted) -> anyhow::Result<Vec<u8>> {
    let text = house.beleg(auszug).await?;
    let text = text.context("Noch kein Checkpoint umfasst dieses Ereignis. Er entsteht, während `akte serve` läuft; mit --zusage bekommen Sie bis dahin eine Zusage.")?;
    Ok(text.into_bytes())
}

/// The stream itself, or that of the Vorgang with this Aktenzeichen.
async fn strom(house: &House, wovon: &str) -> anyhow::Result<Uuid> {
    if let Ok(strom) = Uuid::try_parse(wovon) {
        return Ok(strom);
    }
    let vorgang = replay::find(house, wovon).await?;
    vorgang.with_context(|| format!("Kein Vorgang mit dem Aktenzeichen {wovon}, und keine Kennung eines Stroms."))
}

/// Readable by its owner only: it may hold personal data. An existing file is left alone.
fn schreiben(ziel: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(ziel).with_context(|| format!("{} anlegen", ziel.display()))?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
