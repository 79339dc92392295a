//! `akte leistung`: a definition scaffolded, checked with file and line, proposed, and put into force by another person.
//!
//! Whoever sits at the machine could name any account; the log shows which two were named.

use crate::DataArg;
use crate::erase::{key, principal};
use crate::wire::{self, SystemClock, Wired};
use akte_core::execute::vorlage::check_vorlage;
use akte_core::execute::{Call, Target};
use akte_core::recht::Law;
use akte_core::verfahren::loader::{self, Umfeld, check_umfeld};
use akte_core::verfahren::{Definition, LeistungCommand, vergleich};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
pub struct LeistungArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prüft Ordner mit leistung.toml; ohne Angabe die mitgelieferten Leistungen.
    Check {
        ordner: Vec<PathBuf>,
        /// stadt.toml: prüft auch, ob es die Einheit gibt
        #[arg(long, value_name = "DATEI")]
        stadt: Option<PathBuf>,
    },
    /// Legt einen vollständigen, gültigen Ordner für eine neue Leistung an.
    New {
        /// Kennung: a-z, 0-9 und Bindestrich
        id: String,
        /// Wohin; ohne Angabe ein Ordner mit dem Namen der Kennung
        #[arg(long, value_name = "ORDNER")]
        nach: Option<PathBuf>,
        /// Einheit der Stadt, die zuständig ist
        #[arg(long, default_value = "ordnung")]
        einheit: String,
    },
    /// Zeigt alle Leistungen: in Kraft, vorgeschlagen.
    List {
        #[command(flatten)]
        data: DataArg,
    },
    /// Schlägt einen Ordner vor; in Kraft ist er erst, wenn eine andere Person genehmigt.
    Propose {
        #[command(flatten)]
        data: DataArg,
        ordner: PathBuf,
        /// Anmeldename der vorschlagenden Person
        #[arg(long)]
        konto: String,
    },
    /// Setzt einen Vorschlag als andere Person in Kraft.
    Approve {
        #[command(flatten)]
        data: DataArg,
        id: String,
        #[arg(long)]
        konto: String,
    },
    /// Lehnt einen Vorschlag ab, oder nimmt den eigenen zurück.
    Reject {
        #[command(flatten)]
        data: DataArg,
        id: String,
        #[arg(long)]
        konto: String,
        #[arg(long)]
        grund: String,
    },
}

pub async fn leistung(args: LeistungArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Check { ordner, stadt } => return check(&ordner, stadt.as_deref()),
        Command::New { id, nach, einheit } => new(&id, nach, &einheit)?,
        Command::List { data } => list(&open(&data).await?).await?,
        Command::Propose { data, ordner, konto } => propose(&open(&data).await?, &ordner, &konto).await?,
        Command::Approve { data, id, konto } => {
            let wired = open(&data).await?;
            let sha256 = offered(&wired, &id).await?;
            decide(&wired, &id, &konto, LeistungCommand::Approve { sha256 }).await?;
            let def = wired.house.leistungen().get(&id).with_context(|| format!("{id}: nicht im Verzeichnis"))?;
            println!("{id}: Fassung {} gilt für neue Vorgänge ab {}.", def.version, def.gueltig_ab);
        }
        Command::Reject { data, id, konto, grund } => {
            let wired = open(&data).await?;
            let sha256 = offered(&wired, &id).await?;
            decide(&wired, &id, &konto, LeistungCommand::Reject { sha256, grund }).await?;
            println!("{id}: Vorschlag abgelehnt.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(data: &DataArg) -> anyhow::Result<Wired> {
    wire::open(data.folder()?, Arc::new(SystemClock)).await
}

/// What the loader cannot know alone: the law's tables, the template, and the units where a town is named.
fn whole(def: Definition, law: &Law, einheiten: &[String]) -> Result<Definition, Vec<loader::Fehler>> {
    let mut befunde = check_umfeld(&def, Umfeld { law, einheiten, aktenplan: &aktenplan() });
    befunde.extend(check_vorlage(&def));
    if befunde.is_empty() { Ok(def) } else { Err(befunde) }
}

/// The Aktenplan of this build. A town may have added positions: it proposes under its own plan.
fn aktenplan() -> Vec<String> {
    akte_core::akte::plan::builtin().unwrap_or_default().into_iter().map(|p| p.kennung).collect()
}

/// Exit code 1 if any definition has a fault.
fn check(ordner: &[PathBuf], stadt: Option<&Path>) -> anyhow::Result<ExitCode> {
    let law = Law::builtin()?;
    let einheiten = match stadt {
        None => Vec::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            crate::folder::parse_stadt(&text)?.einheiten.into_iter().map(|e| e.id).collect()
        }
    };
    let mut faults = 0;
    let mut report = |name: &str, result: Result<Definition, Vec<loader::Fehler>>| match result
        .and_then(|def| whole(def, &law, &einheiten))
    {
        Ok(def) => println!("{name}: in Ordnung ({}, Fassung {}, {})", def.id, def.version, &def.sha256[..16]),
        Err(fehler) => {
            faults += fehler.len();
            for f in fehler {
                println!("{name}: {f}");
            }
        }
    };
    if ordner.is_empty() {
        for (name, dateien) in loader::builtin_files() {
            report(name, loader::load_files(dateien));
        }
    }
    for path in ordner {
        report(&path.display().to_string(), loader::load_dir(path));
    }
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Nothing is overwritten: a folder that exists is refused.
fn new(id: &str, nach: Option<PathBuf>, einheit: &str) -> anyhow::Result<()> {
    let dateien = loader::geruest(id, einheit);
    if let Err(fehler) = loader::load_files(dateien.clone()) {
        bail!("{}", fehler.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
    let ordner = nach.unwrap_or_else(|| PathBuf::from(id));
    ensure!(!ordner.exists(), "{} gibt es schon. Nichts wurde geändert.", ordner.display());
    for (pfad, bytes) in dateien {
        let datei = ordner.join(pfad);
        if let Some(parent) = datei.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        std::fs::write(&datei, bytes).with_context(|| datei.display().to_string())?;
    }
    println!("{} angelegt. Ersetzen Sie die Texte, dann: akte leistung check {0}", ordner.display());
    Ok(())
}

async fn list(wired: &Wired) -> anyhow::Result<()> {
    for (id, l) in wired.house.all_leistungen().await? {
        let s = l.state;
        let in_kraft = match (s.id.is_empty(), s.geschlossen) {
            (true, _) => "noch nie in Kraft".to_owned(),
            (false, true) => format!("Fassung {}, beendet", s.version),
            (false, false) => format!("Fassung {} in Kraft", s.version),
        };
        let vorschlag = s.vorschlag.map(|v| format!(", Fassung {} vorgeschlagen ({})", v.version, &v.sha256[..16]));
        println!("{id}: {in_kraft}{}", vorschlag.unwrap_or_default());
    }
    Ok(())
}

async fn propose(wired: &Wired, ordner: &Path, konto: &str) -> anyhow::Result<()> {
    let dateien = loader::read_dir(ordner)
        .map_err(|fehler| anyhow::anyhow!(fehler.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let def = match wired.house.check_leistung(&dateien).await? {
        Ok(def) => def,
        Err(fehler) => bail!("{}", fehler.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    let bisher = wired.house.adopted_files(&def.id).await?;
    wired.house.propose_leistung(principal(wired, konto).await?, key()?, &dateien).await?;
    print!("{}", vergleich::unterschied(&bisher, &loader::as_adopted(&dateien)));
    println!("{}: Fassung {} vorgeschlagen. In Kraft setzen muss eine andere Person:", def.id, def.version);
    println!("akte leistung approve {} --konto ANDERE", def.id);
    Ok(())
}

/// Hash of the proposal that waits.
async fn offered(wired: &Wired, id: &str) -> anyhow::Result<String> {
    let alle = wired.house.all_leistungen().await?;
    let l = alle.into_iter().find(|(i, _)| i == id).with_context(|| format!("{id}: gibt es nicht"))?.1;
    Ok(l.state.vorschlag.with_context(|| format!("{id}: Es wartet kein Vorschlag."))?.sha256)
}

async fn decide(wired: &Wired, id: &str, konto: &str, command: LeistungCommand) -> anyhow::Result<()> {
    let call = Call {
        principal: principal(wired, konto).await?,
        key: key()?,
        target: Target::Natural(vec![id.to_owned()]),
        expected: None,
        request: Some(serde_json::json!({ "leistung": id })),
        corr: None,
    };
    wired.house.decide_leistung(call, command).await?;
    Ok(())
}
