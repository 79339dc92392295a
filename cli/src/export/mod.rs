//! `akte export`: what leaves the house as a file that proves itself.
//!
//! Decides nothing; each product has a file of its own.

mod beleg;

use std::process::ExitCode;

#[derive(clap::Args)]
pub struct ExportArgs {
    #[command(subcommand)]
    was: Was,
}

#[derive(clap::Subcommand)]
enum Was {
    /// Ausgewählte Werte eines Ereignisses mit Beweis, alle anderen geschwärzt
    Beleg(beleg::BelegArgs),
}

pub async fn export(args: ExportArgs) -> anyhow::Result<ExitCode> {
    match args.was {
        Was::Beleg(args) => beleg::beleg(args).await,
    }
}
