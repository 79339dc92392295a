//! `akte import`: files of a share or of a list into Akten, with their dates and hashes, as often as it takes.
//!
//! What was imported is known by (import, path, hash): the same command again goes on where it was stopped. Files are
//! only read. Extraction is the full text's (`volltext`).

pub mod bericht;
mod datei;
pub mod lauf;
mod liste;
pub mod ordner;
mod strom;

use crate::erase::principal;
use crate::loeschlauf::server_laeuft;
use crate::volltext::Volltext;
use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, progress, serve};
use akte_api::local::Local;
use akte_core::akte::Akte;
use akte_core::execute::ExecuteError;
use akte_core::process::Process;
use akte_projections::runner::INTERNAL;
use akte_projections::{InternalViews, Runner, runner};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use lauf::{Lauf, Ziel};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::watch;

/// Some lines were refused; the report says which.
const TEILWEISE: u8 = 2;

#[derive(Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    woher: Woher,
}

#[derive(Subcommand)]
enum Woher {
    /// Alle Dateien unter einem Ordner.
    Ordner {
        ordner: PathBuf,
        /// CSV mit den Spalten pfad und aktenzeichen (dazu titel, datum): der längste passende Pfad gilt
        #[arg(long, value_name = "DATEI")]
        zuordnung: Option<PathBuf>,
        #[command(flatten)]
        wie: Wie,
    },
    /// Dateien nach einer Liste: CSV mit den Spalten datei und aktenzeichen (dazu titel, datum, sha256).
    Csv {
        liste: PathBuf,
        /// Ordner, unter dem die Dateien liegen; ohne ihn der Ordner der Liste
        #[arg(long, value_name = "ORDNER")]
        wurzel: Option<PathBuf>,
        #[command(flatten)]
        wie: Wie,
    },
}

#[derive(Args)]
struct Wie {
    #[command(flatten)]
    data: DataArg,
    /// Anmeldename, unter dem übernommen wird
    #[arg(long)]
    konto: String,
    /// Akte für alles, was keine eigene nennt
    #[arg(long, value_name = "AKTENZEICHEN")]
    akte: Option<String>,
    /// Legt eine neue Akte unter dieser Stelle des Aktenplans an und nimmt alles hinein
    #[arg(long, value_name = "STELLE", conflicts_with = "akte")]
    aktenplan: Option<String>,
    /// Titel der neuen Akte
    #[arg(long, requires = "aktenplan")]
    titel: Option<String>,
    /// Name des Imports: unter demselben Namen wird fortgesetzt; ohne ihn der Name des Ordners oder der Liste
    #[arg(long)]
    name: Option<String>,
    #[arg(long, default_value = "intern", value_parser = ["eingang", "ausgang", "intern"])]
    richtung: String,
    /// Sagt nur, was geschähe
    #[arg(long)]
    probe: bool,
    /// Wohin der Bericht geschrieben wird; ohne ihn akte-import-NAME.csv
    #[arg(long, value_name = "DATEI")]
    bericht: Option<PathBuf>,
}

pub async fn import(args: ImportArgs) -> anyhow::Result<ExitCode> {
    match args.woher {
        Woher::Ordner { ordner, zuordnung, wie } => {
            let wired = wire::open(wie.data.folder()?, Arc::new(SystemClock)).await?;
            let wurzel = wurzel(&ordner)?;
            let zuordnung = zuordnung.map(|p| liste::zuordnung(&p, &wired.house.zone, wired.house.clock.now()));
            let posten = ordner::posten(&wurzel, zuordnung.transpose()?.as_ref());
            ausfuehren(wired, wie, &ordner, posten).await
        }
        Woher::Csv { liste, wurzel: eigene, wie } => {
            let wired = wire::open(wie.data.folder()?, Arc::new(SystemClock)).await?;
            let neben = liste.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let wurzel = wurzel(eigene.as_deref().unwrap_or(neben))?;
            let posten = liste::posten(&liste, &wurzel, &wired.house.zone, wired.house.clock.now())?;
            ausfuehren(wired, wie, &liste, posten).await
        }
    }
}

fn wurzel(ordner: &Path) -> anyhow::Result<PathBuf> {
    let wurzel = ordner.canonicalize().with_context(|| format!("Ordner {}", ordner.display()))?;
    ensure!(wurzel.is_dir(), "{} ist kein Ordner.", ordner.display());
    Ok(wurzel)
}

async fn ausfuehren(wired: Wired, wie: Wie, quelle: &Path, posten: Vec<datei::Posten>) -> anyhow::Result<ExitCode> {
    if let Some(why) = wired.house.quarantine() {
        bail!("{why}");
    }
    let name = name(wie.name, quelle)?;
    let (views, eigene) = sichten(&wired).await?;
    let principal = principal(&wired, &wie.konto).await?;
    let ziel = match (wie.akte, wie.aktenplan) {
        (Some(zeichen), _) => Ziel::Akte(zeichen),
        (None, Some(aktenplan)) => Ziel::Neu { aktenplan, titel: wie.titel.unwrap_or_else(|| name.clone()) },
        (None, None) => Ziel::JeZeile,
    };
    let bericht = wie.bericht.unwrap_or_else(|| PathBuf::from(format!("akte-import-{}.csv", datei::zahm(&name))));
    // Where a server serves this folder, it reads the documents itself.
    let liest = eigene && !wie.probe;
    let lauf = Lauf::neu(&wired, views, principal, &name, wie.richtung, wie.probe)?;
    let bar = progress::bar(posten.len() as u64, "Übernehme Dateien");
    let (mut befunde, ende) = uebernehmen(&wired, lauf, ziel, posten, liest, || bar.inc(1)).await?;
    bar.finish_and_clear();
    // Also where it was broken off: what is done is done.
    bericht::schreiben(&bericht, &befunde)?;
    ende?;
    if !wie.probe && !wired.mehrere {
        settle(&wired).await?;
        // A new Akte has its number only now.
        if benennen(&wired, &name, &mut befunde).await? {
            bericht::schreiben(&bericht, &befunde)?;
        }
    }
    if liest {
        let volltext = Volltext::neu(wired.house.clone(), wired.folder.root())?;
        let bar = progress::bar(wired.house.ledger.head().await?.size, "Lese Dokumente");
        volltext.aufholen(|n| bar.set_position(n)).await?;
        bar.finish_and_clear();
        // What was taken over can be found at once.
        sichten(&wired).await?;
    }
    let zahlen = bericht::Zahlen::von(&befunde);
    println!("{zahlen}\nBericht: {}", bericht.display());
    Ok(if zahlen.abgelehnt == 0 { ExitCode::SUCCESS } else { ExitCode::from(TEILWEISE) })
}

/// The import itself; where `liest`, documents are read beside it, as far as there is time.
pub async fn uebernehmen(
    wired: &Wired,
    lauf: Lauf,
    ziel: Ziel,
    posten: Vec<datei::Posten>,
    liest: bool,
    fertig: impl Fn(),
) -> anyhow::Result<(Vec<bericht::Befund>, anyhow::Result<()>)> {
    let (stop, stopped) = watch::channel(false);
    let volltext = Volltext::neu(wired.house.clone(), wired.folder.root())?;
    let folgen = liest.then(|| tokio::spawn(volltext.folgen(stopped)));
    let done = lauf.alle(ziel, posten, fertig).await;
    // Whoever follows may have ended by itself.
    let _ = stop.send(true);
    if let Some(folgen) = folgen {
        folgen.await?;
    }
    Ok(done)
}

/// Names the Akte of this import where the report does not yet; whether it changed anything.
async fn benennen(wired: &Wired, name: &str, befunde: &mut [bericht::Befund]) -> anyhow::Result<bool> {
    let zeichen = match wired.house.load::<Akte>(lauf::eigene_akte(&wired.house, name)?).await {
        Ok(akte) => akte.state.aktenzeichen.unwrap_or_default(),
        Err(ExecuteError::NotFound) => return Ok(false),
        Err(e) => return Err(e.into()),
    };
    let ohne = |b: &&mut bericht::Befund| b.dokument.is_some() && b.aktenzeichen.is_empty();
    let mut geaendert = false;
    for befund in befunde.iter_mut().filter(ohne) {
        befund.aktenzeichen.clone_from(&zeichen);
        geaendert = true;
    }
    Ok(geaendert)
}

/// What follows from new Akten: their numbers.
pub async fn settle(wired: &Wired) -> anyhow::Result<()> {
    let local = Local::open(&wired.folder.local_db())?;
    Process::new(wired.house.clone(), Box::new(serve::Position(local))).settle().await?;
    Ok(())
}

/// The views, brought up to date here unless a server of this folder does it; whether it was done here.
pub async fn sichten(wired: &Wired) -> anyhow::Result<(InternalViews, bool)> {
    let konfig = runner::Konfig::new(&wired.house.stadt, &wired.reader())?;
    let eigene = match Runner::start(wired.folder.root(), wired.reader(), konfig).await.context("Sichten") {
        Err(error) if server_laeuft(&error) => false,
        other => {
            other?.catch_up().await?;
            true
        }
    };
    Ok((InternalViews::open(&wired.folder.root().join(INTERNAL))?, eigene))
}

/// Under which name it is known that something was imported.
fn name(given: Option<String>, quelle: &Path) -> anyhow::Result<String> {
    let name = match given {
        Some(name) => name,
        None => {
            let ganz = quelle.canonicalize()?;
            ganz.file_name().and_then(|n| n.to_str()).map(str::to_owned).context("--name: Nennen Sie einen Namen.")?
        }
    };
    let gut = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    ensure!(gut, "--name: 1 bis 100 Zeichen, keine Steuerzeichen.");
    Ok(name)
}
