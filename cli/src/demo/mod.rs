//! `akte demo`: founds a demo town, fills it by real commands over the past three years, and serves it.
//!
//! Nothing is written past the command path; only the clock is the demo's own.

mod akten;
mod antrag;
mod gaenge;
mod hand;
mod kapitel;
mod lauf;
mod papier;
mod personal;
mod personen;
pub mod plan;
mod postbuch;
mod schritte;
mod uebernahme;
mod uhr;
mod vernichtung;
mod vorlagen;

use crate::folder::Folder;
use crate::serve::{self, ServeOptions};
use crate::wire::Wired;
use crate::{konto, progress, sicherung, start};
use akte_api::local::Local;
use akte_core::execute::{Clock, House};
use akte_core::ledger::heads::Heads;
use akte_core::process::{Process, release_rows};
use akte_core::verfahren::VorgangCommand;
use anyhow::Context;
use jiff::{Timestamp, ToSpan};
use kapitel::Kapitel;
use lauf::Lauf;
use personal::{KONTEN, Personal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use uhr::DemoUhr;
use uuid::Uuid;

/// The first town; another one is another file.
pub const STADT: &str = include_str!("../../demo/demostadt/stadt.toml");
/// Password of every demo account; the folder is for looking, not for a town.
const KENNWORT: &str = "demo-aktenkette";
/// Written last: a folder without it was cut off and is founded anew.
const FERTIG: &str = "demo.fertig";

#[derive(clap::Args)]
pub struct DemoArgs {
    /// Ordner der Demo; ein fertiger wird weiterverwendet
    #[arg(long, default_value = ".akte-demo", value_name = "ORDNER")]
    data: PathBuf,
    /// Andere Stadt als die mitgelieferte
    #[arg(long, value_name = "DATEI")]
    stadt: Option<PathBuf>,
    /// betrieb.toml: wo Protokoll, Dokumente, Tresor und Leseprotokoll liegen; ohne sie alles im Ordner der Demo
    #[arg(long, value_name = "DATEI")]
    betrieb: Option<PathBuf>,
    /// Zahl der Anträge
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    antraege: u32,
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: std::net::SocketAddr,
    /// Letzter Augenblick der Demo statt der Gegenwart, etwa 2026-11-29T12:00:00Z
    #[arg(long, value_name = "ZEIT", requires = "nur_anlegen")]
    jetzt: Option<Timestamp>,
    /// Nur Anträge und ihre Vorgänge: ohne weitere Akten, ohne Postbuch, ohne Vernichtung
    #[arg(long)]
    nur_antraege: bool,
    /// Nur anlegen, nicht starten
    #[arg(long)]
    nur_anlegen: bool,
}

/// An application as of now, for probes of the command path; where the town decides, fewest papers follow.
pub async fn probe_antrag(house: &House, vorgang: Uuid) -> anyhow::Result<VorgangCommand> {
    let leistung = house.leistungen().all().into_iter().max_by_key(|d| (d.entscheidet(), d.id.clone()));
    let leistung = leistung.context("keine Leistung in Kraft")?;
    let beginn = uhr::ganz(house.clock.now());
    let (ziel, kanal) = (akte_core::verfahren::Status::Registriert, akte_core::verfahren::event::Kanal::Online);
    let fall = plan::Fall { n: 1, leistung, ziel, beginn, kanal, plan: Vec::new() };
    antrag::submit(house, &fall, vorgang).await
}

pub async fn demo(args: DemoArgs) -> anyhow::Result<ExitCode> {
    if !args.data.join(FERTIG).exists() {
        if args.data.join("stadt.toml").exists() {
            std::fs::remove_dir_all(&args.data).context("abgebrochene Demo entfernen")?;
        }
        let toml = match &args.stadt {
            Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
            None => STADT.to_owned(),
        };
        build(&args, &toml).await?;
    }
    logins(&args);
    if args.nur_anlegen {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = Folder::open(&args.data)?;
    serve::run(folder, ServeOptions { listen: args.listen, sichere_cookies: false, vertraut_proxy: false }).await
}

async fn build(args: &DemoArgs, toml: &str) -> anyhow::Result<()> {
    let jetzt = uhr::ganz(args.jetzt.unwrap_or_else(Timestamp::now));
    let beginn = jetzt.checked_sub(((plan::MONATE + 1) * 30 * 24).hours())?;
    let uhr = Arc::new(DemoUhr::new(beginn));
    let clock: Arc<dyn Clock> = uhr.clone();
    let betrieb = start::einstellungen(args.betrieb.as_deref(), None, &args.data)?;
    let wired = start::found(start::ordner(&args.data, betrieb)?, toml, clock).await?;
    let personal = accounts(&wired).await?;
    let leistungen = wired.house.leistungen().all();
    let mut faelle = plan::faelle(&leistungen, args.antraege as usize, jetzt);
    let anzahl = faelle.len();
    let mut vergeht = None;
    if !args.nur_antraege {
        // One more, which does not stay: not counted.
        let fall = plan::zu_vernichten(&leistungen, hand::EINHEIT, anzahl, jetzt);
        let fall = fall.context("keine Leistung, deren Vorgang zu vernichten wäre")?;
        vergeht = Some(lauf::kennung(&wired.house, &personal, &fall)?.2);
        faelle.push(fall);
    }
    let schritte: usize = faelle.iter().map(|f| f.plan.len()).sum();
    let bar = progress::bar(schritte as u64, "Demo-Stadt");
    let local = Local::open(&wired.folder.local_db())?;
    let mut process = Process::new(wired.house.clone(), Box::new(crate::serve::Position(local)));
    let mut lauf = Lauf { house: &wired.house, uhr: &uhr, personal: &personal, process: &mut process, bis: jetzt };
    let mut kapitel = Kapitel::neu(&wired.house, &personal, vergeht, jetzt)?;
    lauf.run(faelle, &mut kapitel, || bar.inc(1)).await?;
    uhr.set(jetzt);
    if let Some(vorgang) = vergeht {
        uebernahme::ordner(&wired, &kapitel.hand).await.context("Übernahme eines Ordners")?;
        process.settle().await?;
        vernichtung::vollziehen(&wired, &kapitel.hand, vorgang).await.context("Vernichtung")?;
    }
    release(&wired).await?;
    process.settle().await?;
    let today = wired.house.clock.now().to_zoned(wired.house.zone.clone()).date();
    wired.house.write_stream_heads(today, &mut Heads::default()).await?;
    wired.house.takt().context("ohne Schlüssel des Protokolls")?.sign().await?;
    bar.finish_and_clear();
    let size = wired.house.ledger.head().await?.size;
    sicherung::ersetzen(&args.data.join(FERTIG), format!("{size}\n").as_bytes())?;
    println!("Demo-Stadt {}: {anzahl} Anträge, {size} Ereignisse.", wired.house.stadt.name);
    Ok(())
}

async fn accounts(wired: &Wired) -> anyhow::Result<Personal> {
    let local = Local::open(&wired.folder.local_db())?;
    let mut ids = Vec::new();
    for (k, (login, name, einheit, rollen)) in KONTEN.iter().enumerate() {
        let email = format!("{login}@{}", wired.house.stadt.domain);
        let neu = konto::Neu { login, name, einheit, rollen: rollen.to_vec(), email: &email };
        ids.push((konto::add(wired, &local, neu, KENNWORT).await?, k));
    }
    Ok(Personal(ids))
}

/// Public rows of all finished months.
async fn release(wired: &Wired) -> anyhow::Result<()> {
    let today = wired.house.clock.now().to_zoned(wired.house.zone.clone()).date();
    let mut month = today.first_of_month().checked_sub((plan::MONATE + 2).months())?;
    while month < today.first_of_month() {
        release_rows(&wired.house, &month.strftime("%Y-%m").to_string()).await?;
        month = month.checked_add(1.month())?;
    }
    Ok(())
}

fn logins(args: &DemoArgs) {
    println!("Adresse   http://{}", args.listen);
    println!("Kennwort  {KENNWORT}  (für alle Demo-Konten)");
    for (login, name, einheit, rollen) in KONTEN {
        let rollen: Vec<String> = rollen.iter().map(|r| format!("{r:?}")).collect();
        println!("  {login:10} {name:18} {einheit:14} {}", rollen.join(", "));
    }
}
