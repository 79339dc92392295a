//! `akte init`: a new data folder with keys, leaf 0, filing plan, units and services.

use crate::betrieb::Betrieb;
use crate::folder::{Folder, parse_stadt};
use crate::motor::Motor;
use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, keys, motor};
use akte_core::akte::{Aktenplan, AktenplanCommand, plan};
use akte_core::execute::{Call, Clock, Principal, Target};
use akte_core::zugriff::{Einheit, EinheitCommand};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(clap::Args)]
pub struct InitArgs {
    #[command(flatten)]
    data: DataArg,
    /// stadt.toml der Stadt
    #[arg(long, value_name = "DATEI")]
    stadt: PathBuf,
    /// betrieb.toml: wo Protokoll, Dokumente, Tresor und Leseprotokoll liegen; ohne sie alles im Datenordner
    #[arg(long, value_name = "DATEI")]
    betrieb: Option<PathBuf>,
}

pub async fn init(args: InitArgs) -> anyhow::Result<ExitCode> {
    let toml = std::fs::read_to_string(&args.stadt).with_context(|| args.stadt.display().to_string())?;
    let data = &args.data;
    let betrieb = einstellungen(args.betrieb.as_deref(), data.ledger.as_deref(), &data.data)?;
    let wired = found(ordner(&data.data, betrieb)?, &toml, Arc::new(SystemClock)).await?;
    println!("Datenordner {} für {} angelegt.", wired.folder.root().display(), wired.house.stadt.name);
    println!("Sichern Sie vault.key getrennt von allen Daten: ohne ihn ist nichts mehr lesbar.");
    println!("Weiter: akte konto add … und akte serve --data {}", wired.folder.root().display());
    Ok(ExitCode::SUCCESS)
}

/// Text of the new folder's `betrieb.toml`. A ledger chosen here is written down: without it the next command
/// would look for the town in the wrong place.
pub fn einstellungen(datei: Option<&Path>, ledger: Option<&str>, data: &Path) -> anyhow::Result<Option<String>> {
    let text = match datei {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            // Refused before anything is made; TOML's own words could show a password.
            Betrieb::aus(&text, data).with_context(|| path.display().to_string())?;
            Some(text)
        }
    };
    let Some(ledger) = ledger else { return Ok(text) };
    let motor = ledger.parse::<Motor>().context("--ledger (oder AKTE_LEDGER)")?;
    let whole = match motor.ab(Path::new(""), data)? {
        Motor::Sqlite(path) => format!("sqlite:{}", std::path::absolute(&path)?.display()),
        _ => ledger.to_owned(),
    };
    let mut table: toml::Table = text.unwrap_or_default().parse().ok().context("--betrieb")?;
    table.insert("ledger".into(), whole.into());
    Ok(Some(toml::to_string(&table)?))
}

/// A new, empty folder with its `betrieb.toml`, if it gets one.
pub fn ordner(data: &Path, betrieb: Option<String>) -> anyhow::Result<Folder> {
    let mut folder = Folder::create(data)?;
    if let Some(betrieb) = betrieb {
        folder.einrichten(&betrieb)?;
    }
    Ok(folder)
}

/// Founds a town in an empty folder. Everything is a command; nothing is written past the ledger.
pub async fn found(folder: Folder, toml: &str, clock: Arc<dyn Clock>) -> anyhow::Result<Wired> {
    let stadt = parse_stadt(toml)?;
    std::fs::write(folder.stadt_toml(), toml)?;
    motor::create_vault(&folder).await?;
    let vkey = keys::make(&folder.log_key(), &stadt.log_origin)?.vkey().to_string();
    let wired = {
        // Leaf 0 comes before everything else, also before the services are adopted.
        let bare = wire::open_new(folder.clone(), clock.clone()).await?;
        bare.house.open_epoch(&[vkey]).await?;
        drop(bare);
        wire::open(folder, clock).await?
    };
    let positionen = plan::builtin()?;
    let command = AktenplanCommand::Import { format: plan::FORMAT.into(), positionen };
    wired.house.execute::<Aktenplan>(setup("aktenplan", vec!["aktenplan".into()]), command).await?;
    for e in &stadt.einheiten {
        let command = EinheitCommand::Create { id: e.id.clone(), name: e.name.clone(), aktenplan: e.aktenplan.clone() };
        wired.house.execute::<Einheit>(setup(&format!("einheit-{}", e.id), vec![e.id.clone()]), command).await?;
    }
    keys::take_up(&wired).await?.sign().await?;
    Ok(wired)
}

/// A set-up command at the machine itself.
pub fn setup(key: &str, natural: Vec<String>) -> Call {
    Call {
        principal: Principal::system(),
        key: format!("akte-einrichtung-{key}"),
        target: Target::Natural(natural),
        expected: None,
        request: None,
        corr: None,
    }
}
