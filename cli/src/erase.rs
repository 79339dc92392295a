//! `akte erase`: erasures at the machine itself. Two different accounts are named, and their rights are checked.
//!
//! Whoever sits at the machine could name any account; the log shows which ones were named, and that is all it shows.

use crate::loeschlauf::{self, Umfeld};
use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, replay};
use akte_core::execute::{AktenVorschlag, Call, Principal, Target, Vorschlag};
use akte_core::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, Umfang};
use akte_core::zugriff::Konto;
use akte_projections::{InternalViews, runner};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use std::process::ExitCode;
use std::sync::Arc;
use uuid::Uuid;

/// Erasures listed at once.
const LISTED: usize = 200;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct EraseArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// Führt angeordnete und genehmigte Löschungen zu Ende (wie `resume`)
    #[arg(long)]
    fortsetzen: bool,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Subcommand)]
enum Command {
    /// Zeigt alle Löschungen mit ihrem Stand.
    List {
        #[command(flatten)]
        data: DataArg,
    },
    /// Schlägt eine Löschung vor; gelöscht wird erst, wenn eine andere Person genehmigt.
    Propose {
        #[command(flatten)]
        data: DataArg,
        /// Aktenzeichen oder Kennung des Vorgangs
        vorgang: String,
        /// Anmeldename der vorschlagenden Person
        #[arg(long)]
        konto: String,
        /// frist, archiv, art17-1a, art17-1b, art17-1d, art17-1e, gericht
        #[arg(long)]
        grund: String,
        /// Antwort des Archivs: abgelehnt, uebernommen, nicht_anbietungspflichtig
        #[arg(long)]
        archiv: Option<String>,
        #[arg(long)]
        begruendung: String,
        /// Nur die Angaben zu dieser Person im Vorgang, zum Beispiel antragsteller
        #[arg(long, conflicts_with = "teil")]
        subjekt: Option<String>,
        /// Nur dieser Teil: EREIGNIS:GRUPPE, mehrfach möglich
        #[arg(long, value_name = "NR:GRUPPE")]
        teil: Vec<String>,
        /// Die ganze Akte mit diesem Aktenzeichen; nur, wo kein Vorgang in ihr bleibt
        #[arg(long, conflicts_with_all = ["subjekt", "teil"])]
        akte: bool,
    },
    /// Genehmigt als andere Person und vollzieht sofort.
    Approve {
        #[command(flatten)]
        data: DataArg,
        loeschung: Uuid,
        #[arg(long)]
        konto: String,
    },
    /// Lehnt als andere Person ab.
    Reject {
        #[command(flatten)]
        data: DataArg,
        loeschung: Uuid,
        #[arg(long)]
        konto: String,
        #[arg(long)]
        begruendung: String,
    },
    /// Führt angeordnete und genehmigte Löschungen zu Ende.
    Resume {
        #[command(flatten)]
        data: DataArg,
    },
}

pub async fn erase(args: EraseArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        None if args.fortsetzen => vollziehen(&open(&args.data).await?).await?,
        None => bail!("Nennen Sie list, propose, approve, reject oder resume; siehe akte erase --help"),
        Some(Command::Resume { data }) => vollziehen(&open(&data).await?).await?,
        Some(Command::List { data }) => list(&open(&data).await?).await?,
        Some(Command::Propose { data, vorgang, konto, grund, archiv, begruendung, subjekt, teil, akte }) => {
            let wired = open(&data).await?;
            let umfang = umfang(subjekt, &teil)?;
            let grund = Grund::lesen(&grund).with_context(|| format!("--grund {grund}: steht nicht auf der Liste"))?;
            let archiv = archiv.map(|a| Archiv::lesen(&a).with_context(|| format!("--archiv {a}: unbekannt")));
            let archiv = archiv.transpose()?;
            let wer = principal(&wired, &konto).await?;
            let done = if akte {
                let gefunden = wired.house.akte_finden(&vorgang, |_| {}).await?;
                let akte = gefunden.with_context(|| format!("Keine Akte mit dem Aktenzeichen {vorgang}"))?.akte;
                let vorschlag = AktenVorschlag { akte, grund, archiv, begruendung };
                wired.house.propose_akte_erasure(wer, key()?, vorschlag).await?
            } else {
                let vorgang = finden(&wired, &vorgang).await?;
                let vorschlag = Vorschlag { vorgang, umfang, grund, archiv, begruendung };
                wired.house.propose_erasure(wer, key()?, vorschlag).await?
            };
            println!("Löschung {} vorgeschlagen. Genehmigen muss eine andere Person:", done.stream);
            println!("akte erase approve {} --konto ANDERE", done.stream);
        }
        Some(Command::Approve { data, loeschung, konto }) => {
            let wired = open(&data).await?;
            decide(&wired, loeschung, &konto, LoeschungCommand::Approve).await?;
            println!("Löschung {loeschung} genehmigt.");
            vollziehen(&wired).await?;
        }
        Some(Command::Reject { data, loeschung, konto, begruendung }) => {
            let wired = open(&data).await?;
            decide(&wired, loeschung, &konto, LoeschungCommand::Reject { begruendung }).await?;
            println!("Löschung {loeschung} abgelehnt.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(data: &DataArg) -> anyhow::Result<Wired> {
    wire::open(data.folder()?, Arc::new(SystemClock)).await
}

/// One pass with a line per step.
async fn vollziehen(wired: &Wired) -> anyhow::Result<()> {
    let mut umfeld = match Umfeld::oeffnen(wired).await {
        Err(error) if loeschlauf::server_laeuft(&error) => {
            println!("Der laufende Server vollzieht, was genehmigt ist.");
            return Ok(());
        }
        opened => opened?,
    };
    let bilanz = loeschlauf::lauf(&mut umfeld, None, &|line| println!("{line}")).await?;
    match (bilanz.vollzogen.len(), bilanz.wartend.as_slice()) {
        (0, []) => println!("Nichts zu vollziehen."),
        (n, []) => println!("{n} Löschungen vollzogen und bestätigt."),
        (n, wartend) => {
            println!("{n} Löschungen vollzogen und bestätigt, {} warten auf das Ende von Sicherungen.", wartend.len());
            for (idx, bis) in wartend {
                println!("Löschung {idx}: Inhalt ist gelöscht, der Schlüssel endet nach dem {bis}.");
            }
        }
    }
    Ok(())
}

async fn list(wired: &Wired) -> anyhow::Result<()> {
    let views = match Umfeld::oeffnen(wired).await {
        // Its views are up to date.
        Err(error) if loeschlauf::server_laeuft(&error) => {
            InternalViews::open(&wired.folder.root().join(runner::INTERNAL))?
        }
        opened => opened?.internal,
    };
    let zeilen = views.loeschungen(None, LISTED)?;
    if zeilen.is_empty() {
        println!("Keine Löschungen.");
    }
    for z in zeilen {
        let was = z.vorgang.map(|v| format!("Vorgang {v}")).or(z.akte.map(|a| format!("Akte {a}"))).unwrap_or_default();
        println!("{}  {:<13}  {}  {}  {was}", z.loeschung, z.stand, z.grund, z.umfang);
    }
    Ok(())
}

/// The named account with the rights it has now.
pub async fn principal(wired: &Wired, login: &str) -> anyhow::Result<Principal> {
    let id = wired.house.konto(&login.to_lowercase())?;
    let konto = wired.house.load::<Konto>(id).await.with_context(|| format!("--konto {login}: gibt es nicht"))?.state;
    ensure!(konto.angelegt && !konto.gesperrt, "--konto {login}: gesperrt oder nicht angelegt");
    Ok(Principal::konto(id, konto.rollen, &konto.einheit))
}

async fn decide(wired: &Wired, loeschung: Uuid, login: &str, command: LoeschungCommand) -> anyhow::Result<()> {
    let call = Call {
        principal: principal(wired, login).await?,
        key: key()?,
        target: Target::Stream(loeschung),
        expected: None,
        request: Some(serde_json::json!({ "loeschung": loeschung })),
        corr: None,
    };
    wired.house.execute::<Loeschung>(call, command).await.map(|_| ()).map_err(Into::into)
}

fn umfang(subjekt: Option<String>, teile: &[String]) -> anyhow::Result<Umfang> {
    if let Some(rolle) = subjekt {
        return Ok(Umfang::Subjekt { rolle });
    }
    if teile.is_empty() {
        return Ok(Umfang::Vorgang);
    }
    let read = |t: &String| {
        let (idx, g) = t.split_once(':')?;
        Some((idx.parse().ok()?, g.parse().ok()?))
    };
    let gruppen = teile.iter().map(|t| read(t).with_context(|| format!("--teil {t}: schreiben Sie NR:GRUPPE")));
    Ok(Umfang::Ereignisse { gruppen: gruppen.collect::<anyhow::Result<_>>()? })
}

/// By its id, or by its Aktenzeichen.
async fn finden(wired: &Wired, text: &str) -> anyhow::Result<Uuid> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found = replay::find(&wired.house, text).await?;
    found.with_context(|| format!("Kein Vorgang mit dem Aktenzeichen {text}"))
}

/// A fresh idempotency key.
pub fn key() -> anyhow::Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
