//! `akte aktenplan`: the filing plan shown for a day, written as a file, compared, and replaced by a new one.
//!
//! Decides nothing: what a new plan changes, and whether it may, says the room.

use crate::DataArg;
use crate::erase::{key, principal};
use crate::wire::{self, SystemClock, Wired};
use akte_core::akte::event::Position;
use akte_core::akte::plan::{self, tabelle, unterschied as vergleich, xdomea};
use akte_core::akte::{Aktenplan, AktenplanCommand};
use akte_core::execute::{Call, Principal, Target};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Args)]
pub struct AktenplanArgs {
    #[command(subcommand)]
    command: Command,
}

/// How a plan lies in a file.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Csv,
    /// Nachricht 0301, xdomea 3.0.0
    Xdomea,
}

#[derive(Subcommand)]
enum Command {
    /// Zeigt den Plan, wie er an einem Tag gilt.
    List {
        #[command(flatten)]
        data: DataArg,
        /// Tag, zum Beispiel 2027-01-01; ohne Angabe heute
        #[arg(long)]
        stand: Option<Date>,
    },
    /// Schreibt den Plan eines Tages als Datei.
    Export {
        #[command(flatten)]
        data: DataArg,
        #[arg(long)]
        stand: Option<Date>,
        #[arg(long, value_enum, default_value = "csv")]
        form: Form,
        /// Datei; ohne Angabe auf die Ausgabe
        #[arg(long)]
        nach: Option<PathBuf>,
        /// Wer die Nachricht bekommt
        #[arg(long, default_value = "Archiv")]
        empfaenger: String,
    },
    /// Zeigt, was sich zwischen zwei Tagen ändert.
    Diff {
        #[command(flatten)]
        data: DataArg,
        #[arg(long)]
        von: Date,
        #[arg(long)]
        bis: Date,
    },
    /// Ersetzt den Plan ab einem Tag: .csv, .xml (xdomea 0301) oder .toml. Was im neuen fehlt, schließt am Tag davor.
    Import {
        #[command(flatten)]
        data: DataArg,
        datei: PathBuf,
        /// Erster Tag des neuen Plans
        #[arg(long)]
        ab: Date,
        /// Anmeldename; ohne Angabe richtet die Maschine selbst ein
        #[arg(long)]
        konto: Option<String>,
        /// Nur zeigen, was sich ändert
        #[arg(long)]
        probe: bool,
    },
}

pub async fn aktenplan(args: AktenplanArgs) -> anyhow::Result<()> {
    match args.command {
        Command::List { data, stand } => {
            let (_wired, plan) = open(&data).await?;
            let plan = plan.am(stand.unwrap_or_else(heute));
            for p in plan.values() {
                println!("{}\t{}\t{}", p.kennung, p.titel, vergleich::regel((p.aufbewahrung_jahre, p.bewertung)));
            }
            Ok(())
        }
        Command::Export { data, stand, form, nach, empfaenger } => {
            let (wired, plan) = open(&data).await?;
            let stand = stand.unwrap_or_else(heute);
            let plan = plan.am(stand);
            ensure!(!plan.is_empty(), "Am {stand} gilt kein Aktenplan.");
            let bytes = match form {
                Form::Csv => tabelle::schreiben(plan.values())?,
                Form::Xdomea => xdomea::schreiben(&kopf(&wired, stand, empfaenger), &plan)?,
            };
            match nach {
                Some(datei) => neue_datei(&datei, &bytes),
                None => Ok(std::io::stdout().write_all(&bytes)?),
            }
        }
        Command::Diff { data, von, bis } => {
            let (_wired, plan) = open(&data).await?;
            zeigen(&plan.am(von), &plan.am(bis));
            Ok(())
        }
        Command::Import { data, datei, ab, konto, probe } => {
            let neu = lesen(&datei, ab)?;
            let (wired, plan) = open(&data).await?;
            uebernehmen(&wired, &plan, neu, ab, konto.as_deref(), probe).await
        }
    }
}

async fn open(data: &DataArg) -> anyhow::Result<(Wired, Aktenplan)> {
    let wired = wire::open(data.folder()?, Arc::new(SystemClock)).await?;
    let stream = wired.house.natural_stream("aktenplan", &["aktenplan"])?;
    let plan = wired.house.load::<Aktenplan>(stream).await?.state;
    Ok((wired, plan))
}

fn heute() -> Date {
    jiff::Zoned::now().date()
}

fn kopf(wired: &Wired, stand: Date, empfaenger: String) -> xdomea::Kopf {
    xdomea::Kopf {
        prozess: Uuid::new_v4(),
        am: wired.house.clock.now(),
        absender: wired.house.stadt.name.clone(),
        empfaenger,
        version: stand.to_string(),
    }
}

/// Nothing is overwritten.
fn neue_datei(datei: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = std::fs::File::create_new(datei).with_context(|| datei.display().to_string())?;
    file.write_all(bytes)?;
    file.sync_all()?;
    println!("{} geschrieben.", datei.display());
    Ok(())
}

fn lesen(datei: &Path, ab: Date) -> anyhow::Result<Vec<Position>> {
    let bytes = std::fs::read(datei).with_context(|| datei.display().to_string())?;
    let form = datei.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    let gelesen = match form.as_str() {
        "csv" => tabelle::lesen(&bytes, ab),
        "xml" => xdomea::lesen(&bytes, ab),
        "toml" => plan::parse(std::str::from_utf8(&bytes).with_context(|| datei.display().to_string())?),
        _ => bail!("{}: gelesen werden .csv, .xml (xdomea 0301) und .toml.", datei.display()),
    };
    gelesen.with_context(|| datei.display().to_string())
}

fn zeigen(alt: &BTreeMap<String, Position>, neu: &BTreeMap<String, Position>) {
    let alle = vergleich::unterschied(alt, neu);
    for a in &alle {
        println!("{}\t{}", a.kennung(), a.satz());
    }
    match alle.len() {
        0 => println!("Kein Unterschied."),
        1 => println!("1 Unterschied."),
        n => println!("{n} Unterschiede."),
    }
}

async fn uebernehmen(
    wired: &Wired,
    plan: &Aktenplan,
    neu: Vec<Position>,
    ab: Date,
    konto: Option<&str>,
    probe: bool,
) -> anyhow::Result<()> {
    let karte = neu.iter().map(|p| (p.kennung.clone(), p.clone())).collect();
    zeigen(&plan.am(ab), &karte);
    if probe {
        println!("Nichts geändert: nur Probe.");
        return Ok(());
    }
    let call = Call {
        principal: match konto {
            Some(login) => principal(wired, login).await?,
            None => Principal::system(),
        },
        key: key()?,
        target: Target::Natural(vec!["aktenplan".into()]),
        expected: None,
        request: Some(serde_json::json!({ "aktenplan": ab.to_string() })),
        corr: None,
    };
    let done =
        wired.house.execute::<Aktenplan>(call, AktenplanCommand::Revise { positionen: neu, valid_from: ab }).await?;
    match done.receipt {
        Some(_) => println!("Der Plan gilt ab {ab}."),
        None => println!("Der Plan galt schon so."),
    }
    Ok(())
}
