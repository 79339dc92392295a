//! `akte init`: a new data folder with keys, leaf 0, filing plan, units and services.

use crate::DataArg;
use crate::folder::{Folder, parse_stadt};
use crate::wire::{self, SystemClock, Wired};
use akte_core::akte::{Aktenplan, AktenplanCommand, plan};
use akte_core::execute::{Call, Clock, Principal, Target};
use akte_core::ledger::note::NoteSigner;
use akte_core::stadt::Stadt;
use akte_core::vault::Vault;
use akte_core::zugriff::{Einheit, EinheitCommand};
use anyhow::Context;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(clap::Args)]
pub struct InitArgs {
    #[command(flatten)]
    data: DataArg,
    /// stadt.toml der Stadt
    #[arg(long, value_name = "DATEI")]
    stadt: PathBuf,
}

pub async fn init(args: InitArgs) -> anyhow::Result<ExitCode> {
    let toml = std::fs::read_to_string(&args.stadt).with_context(|| args.stadt.display().to_string())?;
    let folder = Folder::create(&args.data.data)?;
    let wired = found(folder, &toml, Arc::new(SystemClock)).await?;
    println!("Datenordner {} für {} angelegt.", wired.folder.root().display(), wired.house.stadt.name);
    println!("Sichern Sie vault.key getrennt von allen Daten: ohne ihn ist nichts mehr lesbar.");
    println!("Weiter: akte konto add … und akte serve --data {}", wired.folder.root().display());
    Ok(ExitCode::SUCCESS)
}

/// Founds a town in an empty folder. Everything is a command; nothing is written past the ledger.
pub async fn found(folder: Folder, toml: &str, clock: Arc<dyn Clock>) -> anyhow::Result<Wired> {
    let stadt = parse_stadt(toml)?;
    std::fs::write(folder.stadt_toml(), toml)?;
    Vault::create(folder.root())?;
    let vkey = make_log_key(&folder, &stadt)?;
    let wired = {
        // Leaf 0 comes before everything else, also before the services are adopted.
        let bare = wire::open_bare(folder.clone(), clock.clone()).await?;
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

/// The public key of the log's signing key; `None` where the folder has none (a restored backup).
pub fn log_vkey(folder: &Folder, stadt: &Stadt) -> anyhow::Result<Option<String>> {
    let path = folder.log_key();
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let bytes: Option<Vec<u8>> = text
        .trim()
        .as_bytes()
        .chunks(2)
        .map(|two| std::str::from_utf8(two).ok().and_then(|two| u8::from_str_radix(two, 16).ok()))
        .collect();
    let seed: [u8; 32] = bytes
        .and_then(|b| b.try_into().ok())
        .with_context(|| format!("{}: 64 Hexadezimalziffern erwartet", path.display()))?;
    Ok(Some(NoteSigner::new(&stadt.log_origin, &seed)?.vkey().to_string()))
}

/// The log's signing key, readable by its owner only; returns the public verifier key for leaf 0.
fn make_log_key(folder: &Folder, stadt: &Stadt) -> anyhow::Result<String> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(folder.log_key())?;
    let hex: String = seed.iter().map(|b| format!("{b:02x}")).collect();
    file.write_all(hex.as_bytes())?;
    file.sync_all()?;
    Ok(NoteSigner::new(&stadt.log_origin, &seed)?.vkey().to_string())
}
