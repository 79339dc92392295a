//! `akte post`: the outgoing post at the machine itself.
//!
//! What is printed is printed by an account with its rights; the machine's own account reads no notice.

use super::Post;
use crate::dienste::POST;
use crate::recht::UEBLICH;
use crate::serve::Position;
use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, erase, loeschlauf, motor};
use akte_api::local::Local;
use akte_api::paket;
use akte_core::execute::{House, Principal};
use akte_core::process::{Process, Stueck, UMSCHLAG, druck};
use akte_core::vault::Reader;
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use akte_projections::internal::sendungen::Frage;
use akte_projections::rows::SendungRow;
use akte_projections::runner::{self, INTERNAL};
use akte_projections::{InternalViews, Runner};
use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::watch;
use uuid::Uuid;

#[derive(Args)]
pub struct PostArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Zeigt, was wartet, was noch zu drucken ist, was scheiterte; ohne Namen.
    Liste {
        #[command(flatten)]
        data: DataArg,
    },
    /// Gibt frei, was nicht mehr angehalten wird, und versucht jeden offenen Hinweis einmal.
    Senden {
        #[command(flatten)]
        data: DataArg,
    },
    /// Schreibt die Briefe der Einheit eines Kontos in einen neuen Ordner.
    Druck {
        #[command(flatten)]
        data: DataArg,
        /// Anmeldename der Person, die druckt
        #[arg(long)]
        konto: String,
        /// Ordner, den es noch nicht gibt
        ziel: PathBuf,
    },
}

pub async fn post(args: PostArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Liste { data } => liste(&data).await?,
        Command::Senden { data } => senden(&data).await?,
        Command::Druck { data, konto, ziel } => drucken(&data, &konto, &ziel).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The views, brought up to date unless a server does that.
async fn sichten(folder: &Path, house: &House, reader: &Reader) -> anyhow::Result<InternalViews> {
    let konfig = runner::Konfig::new(&house.stadt, reader)?;
    match Runner::start(folder, reader.clone(), konfig).await.context("Sichten") {
        Ok(mut own) => {
            own.catch_up().await?;
        }
        Err(error) if loeschlauf::server_laeuft(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(InternalViews::open(&folder.join(INTERNAL))?)
}

async fn liste(data: &DataArg) -> anyhow::Result<()> {
    let folder = data.folder()?;
    let house = wire::open_readonly(&folder).await?;
    let views = sichten(folder.root(), &house, &house.reader()).await?;
    let jetzt = house.clock.now();
    let mut leer = true;
    for (titel, frage) in [
        ("Wartend", Frage::Wartend),
        ("Zu drucken und aufzugeben", Frage::Briefe(jetzt)),
        ("Zustellungsurkunde steht aus", Frage::Urkunden),
        ("Hinweis per E-Mail offen", Frage::Hinweise),
        ("Nicht zugestellt", Frage::Gescheitert),
    ] {
        for r in views.sendungen(frage, None)? {
            leer = false;
            println!("{titel:<28}  {}", zeile(&r));
        }
    }
    if leer {
        println!("Es ist nichts zu versenden.");
    }
    Ok(())
}

fn zeile(r: &SendungRow) -> String {
    let az = r.aktenzeichen.as_deref().unwrap_or("ohne Aktenzeichen");
    let hinweis =
        r.hinweis.map_or_else(String::new, |(_, stand, n)| format!("  E-Mail: {}, {n} Versuche", stand.wort()));
    format!("{az}  {}  {}{hinweis}  Vorgang {}", r.weg.wort(), r.zustand.wort(), r.vorgang)
}

async fn senden(data: &DataArg) -> anyhow::Result<()> {
    let wired = wire::open(data.folder()?, Arc::new(SystemClock)).await?;
    let leases = wired.house.leases.clone();
    ensure!(leases.take(POST, UEBLICH.gilt).await?.is_some(), "Ein laufender Server versendet schon.");
    let ende = einmal(&wired).await;
    leases.release(POST).await?;
    let b = ende?;
    println!(
        "{} freigegeben, {} Hinweise gesendet, {} endgültig gescheitert, {} noch offen.",
        b.freigegeben, b.gesendet, b.gescheitert, b.offen
    );
    Ok(())
}

/// What is released brings a hint by rule; alone, the rules follow here, among nodes at the node that has the right.
async fn einmal(wired: &Wired) -> anyhow::Result<super::Bilanz> {
    let (_lebt, told) = watch::channel(false);
    let root = wired.folder.root();
    let views = sichten(root, &wired.house, &wired.reader()).await?;
    let mut post = Post::new(wired.house.clone(), views, wired.folder.betrieb().mail.clone())?;
    let erst = post.einmal(true, &told).await?;
    if erst.freigegeben == 0 || wired.mehrere {
        return Ok(erst);
    }
    let local = Local::open(&wired.folder.local_db())?;
    Process::new(wired.house.clone(), Box::new(Position(local))).settle().await?;
    sichten(root, &wired.house, &wired.reader()).await?;
    let dann = post.einmal(true, &told).await?;
    Ok(super::Bilanz {
        freigegeben: erst.freigegeben + dann.freigegeben,
        gesendet: erst.gesendet + dann.gesendet,
        gescheitert: erst.gescheitert + dann.gescheitert,
        offen: dann.offen,
    })
}

async fn drucken(data: &DataArg, konto: &str, ziel: &Path) -> anyhow::Result<()> {
    let wired = wire::open(data.folder()?, Arc::new(SystemClock)).await?;
    let wer = erase::principal(&wired, konto).await?;
    let einheit = wer.einheit.clone().context("das Konto gehört zu keiner Einheit")?;
    let views = sichten(wired.folder.root(), &wired.house, &wired.reader()).await?;
    let briefe = views.sendungen(Frage::Briefe(wired.house.clock.now()), Some(&[einheit]))?;
    if briefe.is_empty() {
        println!("Es liegt kein Brief bereit.");
        return Ok(());
    }
    std::fs::create_dir(ziel).with_context(|| ziel.display().to_string())?;
    let mut zufall = [0; 16];
    getrandom::fill(&mut zufall)?;
    let stapel = Uuid::from_bytes(zufall);
    let mut begleitliste = vec![UMSCHLAG.map(str::to_owned).to_vec()];
    for (n, r) in briefe.iter().enumerate() {
        begleitliste.push(einen(&wired, &wer, stapel, n + 1, r, ziel).await?);
    }
    privat(&ziel.join("begleitliste.csv"), &paket::csv(&begleitliste))?;
    println!(
        "{} Briefe in {}. Gedruckt ist noch nicht versandt: Halten Sie fest, wann sie zur Post gingen.",
        briefe.len(),
        ziel.display()
    );
    Ok(())
}

/// Read by this account, in the read log before it is written.
async fn einen(
    wired: &Wired,
    wer: &Principal,
    stapel: Uuid,
    nr: usize,
    r: &SendungRow,
    ziel: &Path,
) -> anyhow::Result<Vec<String>> {
    let house = &wired.house;
    house.may::<Vorgang>(wer, Action::ReadDokument, r.vorgang).await?;
    let log = motor::open_zugriff(&wired.folder).await?;
    let (akteur, vorgang, at) = (wer.actor.wire(), r.vorgang, house.clock.now());
    tokio::task::spawn_blocking(move || log.record(&akteur, "druck", Some(vorgang), "Druckstapel", at)).await??;
    let was = Stueck { vorgang: r.vorgang, sendung: r.sendung, stapel, nr };
    let (stueck, _) = druck(house, wer, &format!("druck-{stapel}-{nr:04}"), was).await?;
    privat(&ziel.join(&stueck.name), &stueck.pdf)?;
    Ok(stueck.umschlag)
}

/// A new file nobody else may read.
fn privat(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let write = || options.open(path)?.write_all(bytes);
    write().with_context(|| path.display().to_string())
}
