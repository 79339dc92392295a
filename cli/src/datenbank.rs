//! `akte datenbank`: schemas on PostgreSQL set up by the role that owns them, and what the server's role may do.
//!
//! Grants and nothing else; whose keys and events lie there is not looked at.

use crate::adresse::Adresse;
use crate::motor;
use std::process::ExitCode;

/// What `akte datenbank` takes.
#[derive(clap::Args)]
pub struct Args {
    /// Adresse mit der Rolle, der die Datenbank gehört: postgres://EIGENTUEMER@RECHNER/DATENBANK
    #[arg(long, env = "AKTE_EIGENTUEMER", value_name = "ADRESSE")]
    eigentuemer: String,
    /// Rolle, mit der `akte serve` arbeitet; sie darf Ereignisse weder ändern noch löschen
    #[arg(long)]
    rolle: String,
}

/// Sets up ledger, vault and read log. Repeating it is harmless; existing data stay.
pub async fn einrichten(args: Args) -> anyhow::Result<ExitCode> {
    let adresse = Adresse::lesen(&args.eigentuemer)?;
    motor::einrichten(&adresse, &args.rolle).await?;
    println!("{adresse}: Protokoll, Tresor und Leseprotokoll sind für die Rolle {} eingerichtet.", args.rolle);
    println!("Tragen Sie in betrieb.toml die Adresse mit dieser Rolle ein.");
    Ok(ExitCode::SUCCESS)
}
