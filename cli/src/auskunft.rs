//! `akte auskunft`: what is stored about a person, as files for them (Art. 15 DSGVO), at the machine itself.
//!
//! A named account of data protection gives the answer; its right is checked, and the answer is an event.

use crate::erase::{key, principal};
use crate::export::evidence::anlegen;
use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, motor, replay};
use akte_api::betroffene::sammeln::Quelle;
use akte_api::betroffene::{ANTRAGSTELLER, Auskunft, Frage, Sachart, befehl, dateien};
use akte_core::akte::Akte;
use akte_core::betroffene::{Betroffenenauskunft, Freigabe, Identitaet};
use akte_core::eingang::Eingang;
use akte_core::execute::{Call, Clock, ExecuteError, House, Principal, Target};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::{Action, Resource};
use anyhow::{Context, bail, ensure};
use futures::TryStreamExt;
use jiff::civil::Date;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use uuid::Uuid;

#[derive(clap::Args)]
pub struct AuskunftArgs {
    #[command(flatten)]
    data: DataArg,
    /// Aktenzeichen oder Kennungen der Vorgänge, die diese Person selbst beantragt hat; auch von Akten ohne Vorgang, und
    /// Kennungen von Eingängen
    #[arg(required = true, value_name = "SACHE")]
    vorgaenge: Vec<String>,
    /// Name der Person, wie er auf der Auskunft steht
    #[arg(long)]
    person: String,
    /// Tag der Anfrage, zum Beispiel 2026-11-02
    #[arg(long, value_name = "TAG")]
    beantragt_am: String,
    /// Wie die Identität geprüft wurde: ausweis, fallcode, bekannt, vollmacht
    #[arg(long)]
    identitaet: String,
    /// Anmeldename der oder des Datenschutzbeauftragten
    #[arg(long)]
    konto: String,
    /// Zweck der Einsicht, für das Leseprotokoll
    #[arg(long, value_name = "TEXT", default_value = "Auskunft nach Art. 15 DSGVO")]
    zweck: String,
    /// Einen verdeckten Text freigeben: EREIGNIS:ANGABE=GRUND, mehrfach möglich
    #[arg(long, value_name = "NR:ANGABE=GRUND")]
    freigeben: Vec<String>,
    /// Nur zusammenstellen und sagen, was verdeckt ist; nichts schreiben
    #[arg(long)]
    probe: bool,
    /// Neuer Ordner für die Auskunft
    #[arg(long, value_name = "ORDNER", required_unless_present = "probe")]
    nach: Option<PathBuf>,
}

pub async fn auskunft(args: AuskunftArgs) -> anyhow::Result<ExitCode> {
    let wired = wire::open(args.data.folder()?, Arc::new(SystemClock)).await?;
    let wer = principal(&wired, &args.konto.to_lowercase()).await?;
    let identitaet = Identitaet::lesen(&args.identitaet);
    ensure!(identitaet.is_some(), "--identitaet {}: ausweis, fallcode, bekannt oder vollmacht", args.identitaet);
    let tag = || format!("--beantragt-am {}: schreiben Sie JJJJ-MM-TT", args.beantragt_am);
    let beantragt_am: Date = args.beantragt_am.parse().with_context(tag)?;
    let frage = Frage {
        person: args.person.trim().to_owned(),
        vorgaenge: sachen(&wired.house, &args.vorgaenge).await?,
        rolle: ANTRAGSTELLER.into(),
        freigaben: args.freigeben.iter().map(|f| freigabe(f)).collect::<anyhow::Result<_>>()?,
    };
    let log = motor::open_zugriff(&wired.folder).await?;
    let darf = wired.house.may_on(&wer, Action::ReadBetroffene, &Resource::default()).await;
    darf.with_context(|| format!("--konto {}: Auskunft erteilt nur ein Konto mit der Rolle datenschutz", args.konto))?;
    let akteur = wer.actor.wire();
    for id in &frage.vorgaenge {
        darf_lesen(&wired.house, &wer, *id).await?;
        // What is not logged is not even put together.
        let jetzt = SystemClock.now();
        log.record(&akteur, "betroffenenauskunft", Some(*id), &args.zweck, jetzt).context("Leseprotokoll")?;
    }
    let quelle = Quelle { house: &wired.house, zugriff: &log, frage: &frage };
    let auskunft = quelle.sammeln().await?;
    let verpasst = frage.freigaben.iter().find(|f| !auskunft.freigegeben.contains(f));
    if let Some(f) = verpasst {
        bail!("--freigeben {}:{}: Dort ist nichts verdeckt, was freigegeben werden kann.", f.index, f.zeiger);
    }
    let Some(nach) = args.nach.filter(|_| !args.probe) else {
        sagen(&auskunft);
        return Ok(ExitCode::SUCCESS);
    };
    neu(&nach)?;
    festhalten(&wired, wer, &frage, &auskunft, beantragt_am, identitaet).await?;
    schreiben(&wired, &nach, &auskunft).await?;
    println!(
        "{}: {} Ereignisse, {} Dokumente, {} Angaben verdeckt.",
        nach.display(),
        auskunft.ereignisse,
        auskunft.dokumente.len(),
        auskunft.maskiert()
    );
    Ok(ExitCode::SUCCESS)
}

/// Each thing once: a procedure by its number, else a file by its own, else by id.
async fn sachen(house: &House, texte: &[String]) -> anyhow::Result<Vec<Uuid>> {
    let mut out = Vec::new();
    for text in texte {
        let id = match replay::find(house, text).await? {
            Some(id) => Some(id),
            None => house.akte_finden(text, |_| ()).await?.map(|g| g.akte),
        };
        let id = id.with_context(|| format!("Kein Vorgang und keine Akte mit dem Aktenzeichen {text}"))?;
        if !out.contains(&id) {
            out.push(id);
        }
    }
    Ok(out)
}

async fn darf_lesen(house: &House, wer: &Principal, id: Uuid) -> anyhow::Result<()> {
    let art = Sachart::von(house, id).await;
    match art.with_context(|| format!("{id}: kein Vorgang, keine Akte und kein Eingang"))? {
        Sachart::Vorgang => drop(house.may::<Vorgang>(wer, Action::ReadVorgang, id).await?),
        Sachart::Akte => drop(house.may::<Akte>(wer, Action::ReadAkte, id).await?),
        Sachart::Eingang => drop(house.may::<Eingang>(wer, Action::ReadPostbuch, id).await?),
    }
    Ok(())
}

fn freigabe(text: &str) -> anyhow::Result<Freigabe> {
    let read = || {
        let (ort, grund) = text.split_once('=')?;
        let (index, zeiger) = ort.split_once(':')?;
        let grund = grund.trim();
        (!grund.is_empty())
            .then(|| Some(Freigabe { index: index.parse().ok()?, zeiger: zeiger.into(), grund: grund.into() }))?
    };
    read().with_context(|| format!("--freigeben {text}: schreiben Sie NR:ANGABE=GRUND"))
}

/// What a person has to decide about, without a word of its content.
fn sagen(a: &Auskunft) {
    println!("{} Ereignisse, {} Dokumente, {} Angaben verdeckt:", a.ereignisse, a.dokumente.len(), a.maskiert());
    if a.verdeckte_dokumente > 0 {
        println!("Darunter {} Schriftstücke, die der Vorgang nicht als eigene zeigt.", a.verdeckte_dokumente);
    }
    for v in &a.verdeckt {
        let art = if v.pruefbar { "kann freigegeben werden" } else { "bleibt verdeckt" };
        println!("{}:{}  {} ({art})", v.index, v.zeiger, v.warum);
    }
}

fn neu(ordner: &Path) -> anyhow::Result<()> {
    if ordner.exists() {
        bail!("{} gibt es schon. Nennen Sie einen neuen Ordner.", ordner.display());
    }
    std::fs::create_dir_all(ordner.join("dokumente")).with_context(|| ordner.display().to_string())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(ordner, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

async fn festhalten(
    wired: &Wired,
    principal: Principal,
    frage: &Frage,
    auskunft: &Auskunft,
    beantragt_am: Date,
    identitaet: Option<Identitaet>,
) -> anyhow::Result<()> {
    let request = json!({ "vorgaenge": frage.vorgaenge, "person": frage.person, "am": beantragt_am.to_string() });
    let call = Call { principal, key: key()?, target: Target::New, expected: None, request: Some(request), corr: None };
    let command = befehl(frage, auskunft, beantragt_am, identitaet);
    wired.house.execute::<Betroffenenauskunft>(call, command).await?;
    Ok(())
}

async fn schreiben(wired: &Wired, ordner: &Path, auskunft: &Auskunft) -> anyhow::Result<()> {
    for d in dateien(&wired.house, auskunft).await? {
        let mut file = anlegen(&ordner.join(&d.name))?;
        file.write_all(&d.inhalt)?;
        file.sync_all()?;
    }
    for (name, wert) in &auskunft.dokumente {
        let mut strom = match wired.house.open_document(wert).await {
            Err(ExecuteError::NotFound) => {
                println!("{name}: gelöscht");
                continue;
            }
            andere => andere?,
        };
        let mut file = anlegen(&ordner.join(name))?;
        while let Some(stueck) = strom.try_next().await.map_err(ExecuteError::from)? {
            file.write_all(&stueck)?;
        }
        file.sync_all()?;
    }
    Ok(())
}
