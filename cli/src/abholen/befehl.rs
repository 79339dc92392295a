//! `akte eingang holen`: one look into mailbox and scan folder at the machine itself.
//!
//! Not beside a server that does it already.

use super::einstellung::Scanordner;
use super::scanordner::Blick;
use super::{Abholung, Bilanz, POSTFACH, postfach_einmal, scans_einmal};
use crate::DataArg;
use crate::recht::UEBLICH;
use crate::wire::{self, SystemClock, Wired};
use anyhow::ensure;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::watch;

#[derive(Args)]
pub struct EingangArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Holt einmal ab, was im Postfach und im Scanordner liegt.
    Holen {
        #[command(flatten)]
        data: DataArg,
    },
}

pub async fn eingang(args: EingangArgs) -> anyhow::Result<ExitCode> {
    let Command::Holen { data } = args.command;
    let wired = wire::open(data.folder()?, Arc::new(SystemClock)).await?;
    let a = wired.folder.betrieb().abholung.clone();
    ensure!(
        a.postfach.is_some() || a.scan.is_some(),
        "Es ist nichts zum Abholen eingerichtet. Schreiben Sie [postfach] oder [scan] in betrieb.toml."
    );
    let (_lebt, told) = watch::channel(false);
    let mut gut = true;
    for (was, ergebnis) in
        [("Postfach", mit_recht(&wired, &a, &told).await), ("Scanordner", ordner(&wired, &a, &told).await)]
    {
        match ergebnis {
            Ok(None) => {}
            Ok(Some(b)) => println!("{was}: {b}."),
            Err(error) => {
                gut = false;
                eprintln!("{error:#}");
            }
        }
    }
    Ok(if gut { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn mit_recht(wired: &Wired, a: &Abholung, told: &watch::Receiver<bool>) -> anyhow::Result<Option<Bilanz>> {
    let Some(p) = &a.postfach else { return Ok(None) };
    let leases = wired.house.leases.clone();
    ensure!(leases.take(POSTFACH, UEBLICH.gilt).await?.is_some(), "Ein laufender Server holt das Postfach schon ab.");
    let ende = postfach_einmal(&wired.house, a.virenscanner.as_ref(), p, told).await;
    leases.release(POSTFACH).await?;
    ende.map(Some)
}

async fn ordner(wired: &Wired, a: &Abholung, told: &watch::Receiver<bool>) -> anyhow::Result<Option<Bilanz>> {
    let Some(s) = &a.scan else { return Ok(None) };
    let mut blick = Blick::default();
    zwei_blicke(wired, a, s, &mut blick, told).await.map(Some)
}

/// The first look only remembers; the second, one beat later, takes what has not changed.
async fn zwei_blicke(
    wired: &Wired,
    a: &Abholung,
    s: &Scanordner,
    blick: &mut Blick,
    told: &watch::Receiver<bool>,
) -> anyhow::Result<Bilanz> {
    scans_einmal(&wired.house, a.virenscanner.as_ref(), s, blick, told).await?;
    tokio::time::sleep(s.takt).await;
    scans_einmal(&wired.house, a.virenscanner.as_ref(), s, blick, told).await
}
