//! `akte konto`: accounts at the machine itself. The password goes to `local.db`, never to the ledger.

use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, start};
use akte_api::auth::passwort;
use akte_api::local::Local;
use akte_core::execute::{Call, Target};
use akte_core::kernel::Role;
use akte_core::zugriff::{Konto, KontoCommand};
use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use std::process::ExitCode;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Args)]
pub struct KontoArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Legt ein Konto an und zeigt einmalig sein Kennwort.
    Add {
        #[command(flatten)]
        data: DataArg,
        login: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        einheit: String,
        /// sachbearbeitung, leitung, poststelle, registratur, archiv, revision, datenschutz, admin
        #[arg(long, required = true, value_delimiter = ',')]
        rolle: Vec<String>,
        #[arg(long, default_value = "")]
        email: String,
    },
    /// Setzt ein neues Kennwort und zeigt es einmalig.
    Reset {
        #[command(flatten)]
        data: DataArg,
        login: String,
    },
    /// Sperrt ein Konto; alle Sitzungen enden.
    Disable {
        #[command(flatten)]
        data: DataArg,
        login: String,
        #[arg(long)]
        grund: String,
    },
}

pub async fn konto(args: KontoArgs) -> anyhow::Result<ExitCode> {
    let (data, login) = match &args.command {
        Command::Add { data, login, .. } | Command::Reset { data, login } | Command::Disable { data, login, .. } => {
            (data.clone(), login.to_lowercase())
        }
    };
    let wired = wire::open(data.folder()?, Arc::new(SystemClock)).await?;
    let local = Local::open(&wired.folder.local_db())?;
    match args.command {
        Command::Add { name, einheit, rolle, email, .. } => {
            let rollen = rolle.iter().map(|r| role(r)).collect::<anyhow::Result<Vec<_>>>()?;
            let kennwort = zufall()?;
            let neu = Neu { login: &login, name: &name, einheit: &einheit, rollen, email: &email };
            add(&wired, &local, neu, &kennwort).await?;
            println!("Konto {login} angelegt. Kennwort (wird nur jetzt gezeigt): {kennwort}");
        }
        Command::Reset { .. } => {
            let kennwort = zufall()?;
            let stream = wired.house.konto(&login)?;
            wired.house.load::<Konto>(stream).await?;
            set_password(&wired, &local, stream, &kennwort, "zurueckgesetzt").await?;
            println!("Neues Kennwort für {login} (wird nur jetzt gezeigt): {kennwort}");
        }
        Command::Disable { grund, .. } => {
            let stream = wired.house.konto(&login)?;
            wired.house.execute::<Konto>(call(stream)?, KontoCommand::Disable { grund }).await?;
            local.sitzungen_beenden(stream).await?;
            println!("Konto {login} gesperrt.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A new account.
pub struct Neu<'a> {
    pub login: &'a str,
    pub name: &'a str,
    pub einheit: &'a str,
    pub rollen: Vec<Role>,
    pub email: &'a str,
}

/// Creates the account and sets its password; returns its id.
pub async fn add(wired: &Wired, local: &Local, neu: Neu<'_>, kennwort: &str) -> anyhow::Result<Uuid> {
    let known = wired.house.stadt.einheiten.iter().any(|e| e.id == neu.einheit);
    ensure!(known, "--einheit: {} steht nicht in stadt.toml", neu.einheit);
    let login_ok = !neu.login.is_empty() && neu.login.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    ensure!(login_ok, "login: nur Buchstaben ohne Umlaute, Ziffern, Punkt, Strich und Unterstrich");
    let command = KontoCommand::Create {
        einheit: neu.einheit.into(),
        rollen: neu.rollen,
        login: neu.login.into(),
        name: neu.name.into(),
        email: neu.email.into(),
    };
    let call = start::setup(&format!("konto-{}", neu.login), vec![neu.login.into()]);
    let done = wired.house.execute::<Konto>(call, command).await?;
    set_password(wired, local, done.stream, kennwort, "gesetzt").await?;
    Ok(done.stream)
}

async fn set_password(wired: &Wired, local: &Local, konto: Uuid, kennwort: &str, art: &str) -> anyhow::Result<()> {
    let phc = passwort::hash(kennwort)?;
    wired.house.execute::<Konto>(call(konto)?, KontoCommand::SetPassword { art: art.into() }).await?;
    local.passwort_setzen(konto, &phc)?;
    local.sitzungen_beenden(konto).await?;
    Ok(())
}

fn call(konto: Uuid) -> anyhow::Result<Call> {
    Ok(Call { target: Target::Stream(konto), ..start::setup(&zufall()?, Vec::new()) })
}

/// 96 random bits in 16 characters without look-alikes of a URL.
fn zufall() -> anyhow::Result<String> {
    use base64::Engine;
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

fn role(text: &str) -> anyhow::Result<Role> {
    match serde_json::from_value(serde_json::Value::from(text.to_lowercase())) {
        Ok(role) => Ok(role),
        Err(_) => bail!("--rolle {text}: gibt es nicht; siehe akte konto add --help"),
    }
}
