//! `akte rebuild`: all view files anew, from the ledger and the documents; nothing else is touched, nothing is sent.

use crate::volltext::Volltext;
use crate::{DataArg, progress, wire};
use akte_projections::runner::Konfig;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct RebuildArgs {
    #[command(flatten)]
    data: DataArg,
}

pub async fn rebuild(args: RebuildArgs) -> anyhow::Result<ExitCode> {
    let folder = args.data.folder()?;
    let house = wire::open_readonly(&folder).await?;
    let reader = house.reader();
    let size = house.ledger.head().await?.size;
    let bar = progress::bar(size, "Baue Sichten");
    let konfig = Konfig::new(&house.stadt, &reader)?;
    let done = akte_projections::rebuild::rebuild(folder.root(), &reader, &konfig, |n| bar.set_position(n)).await?;
    bar.finish_and_clear();
    let bar = progress::bar(done, "Lese Dokumente");
    let volltext = Volltext::neu(house, folder.root())?;
    volltext.verwerfen().await?;
    volltext.aufholen(|n| bar.set_position(n)).await?;
    bar.finish_and_clear();
    println!("Sichten aus {done} Ereignissen neu gebaut.");
    Ok(ExitCode::SUCCESS)
}
