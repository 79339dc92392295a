//! `akte replay AKTENZEICHEN`: the state at a moment with its hash, and every step with actor and reason.

use crate::{DataArg, motor, wire};
use akte_core::execute::{Clock, House, state_hash};
use akte_core::vault::Recorded;
use akte_core::verfahren::Vorgang;
use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::process::ExitCode;
use uuid::Uuid;

#[derive(clap::Args)]
pub struct ReplayArgs {
    #[command(flatten)]
    data: DataArg,
    aktenzeichen: String,
    /// Zeitpunkt, zum Beispiel 2026-03-12T10:15 (Ortszeit) oder 2026-03-12T09:15:00Z
    #[arg(long, value_name = "ZEIT")]
    until: Option<String>,
    #[arg(long)]
    json: bool,
    /// Zweck der Einsicht, für das Leseprotokoll
    #[arg(long, value_name = "TEXT", default_value = "Nachvollzug am Rechner")]
    zweck: String,
}

pub async fn replay(args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let folder = args.data.folder()?;
    let house = wire::open_readonly(&folder).await?;
    let until = match &args.until {
        Some(text) => moment(text, &house)?,
        None => Timestamp::MAX,
    };
    let Some(vorgang) = find(&house, &args.aktenzeichen).await? else {
        bail!("Kein Vorgang mit dem Aktenzeichen {}.", args.aktenzeichen);
    };
    // What is not logged is not shown.
    let log = motor::open_zugriff(&folder).await?;
    log.record("system", "replay", Some(vorgang), &args.zweck, wire::SystemClock.now()).context("Leseprotokoll")?;
    let loaded = house.load_until::<Vorgang>(vorgang, until).await?;
    let steps: Vec<Recorded> = house.history(vorgang).await?.into_iter().filter(|r| r.at <= until).collect();
    // The definition as it was adopted, read from the ledger: no folder, no newer version plays a part.
    let v = &loaded.state;
    let pinned = house.adopted_definition(&v.leistung, &v.definition).await?;
    let pinned = pinned.with_context(|| format!("Die Definition {} ist nicht im Protokoll", v.definition))?;
    let hash = state_hash(v, &pinned)?;
    if args.json {
        let steps: Vec<Value> = steps.iter().map(step_json).collect();
        let definition = json!({ "id": pinned.id, "version": pinned.version, "sha256": pinned.sha256 });
        let out = json!({ "vorgang": vorgang, "version": loaded.version, "definition": definition, "zustandshash": hash,
            "zustand": loaded.state, "schritte": steps });
        println!("{}", serde_json::to_string_pretty(&out)?);
        return Ok(ExitCode::SUCCESS);
    }
    print(&house, &args.aktenzeichen, &loaded.state, &steps);
    println!("Definition {} Fassung {}: {}", pinned.id, pinned.version, pinned.sha256);
    println!("Zustand: {hash}");
    Ok(ExitCode::SUCCESS)
}

fn print(house: &House, aktenzeichen: &str, v: &Vorgang, steps: &[Recorded]) {
    println!("{aktenzeichen}: {} ({}, Fassung {})", v.status.wort(), v.leistung, v.version);
    for f in &v.fristen {
        println!("  Frist {} bis {}{}", f.frist, f.end, if f.erledigt { ", erledigt" } else { "" });
    }
    for r in steps {
        let at = r.at.to_zoned(house.zone.clone());
        let fuer = r.fuer.as_deref().map(|f| format!(" i. V. {f}")).unwrap_or_default();
        let satz = akte_projections::satz::satz(&r.wire, &r.data);
        println!("{:>6}  {}  {}{fuer}  {satz}", r.index, at.strftime("%d.%m.%Y %H:%M:%S"), r.actor);
        for key in ["grund", "text", "begruendung"] {
            if let Some(text) = r.data.get(key).and_then(Value::as_str) {
                println!("        {key}: {text}");
            }
        }
    }
}

fn step_json(r: &Recorded) -> Value {
    let hash: String = r.event_hash.iter().map(|b| format!("{b:02x}")).collect();
    json!({ "index": r.index, "seq": r.seq, "typ": r.wire, "am": r.at.to_string(), "akteur": r.actor, "fuer": r.fuer,
        "daten": r.data, "hash": hash })
}

/// Local time of the town, or an instant with its offset.
fn moment(text: &str, house: &House) -> anyhow::Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let civil: jiff::civil::DateTime =
        text.parse().with_context(|| format!("--until {text}: kein Zeitpunkt, zum Beispiel 2026-03-12T10:15"))?;
    Ok(civil.to_zoned(house.zone.clone())?.timestamp())
}

/// By its id (the Aktenzeichen may be erased) or by its Aktenzeichen. Reads the ledger itself, not a view:
/// replay must work without any.
pub async fn find(house: &House, aktenzeichen: &str) -> anyhow::Result<Option<Uuid>> {
    if let Ok(id) = aktenzeichen.parse() {
        return Ok(Some(id));
    }
    let reader = house.reader();
    let mut next = 0;
    loop {
        let page = reader.read_all(next, 2_000).await?;
        let Some(last) = page.last() else { return Ok(None) };
        next = last.index + 1;
        let hit = page.iter().find(|r| {
            r.wire == "vorgang.registered.v1"
                && r.data.get("aktenzeichen").and_then(Value::as_str) == Some(aktenzeichen)
        });
        if let Some(hit) = hit {
            return Ok(Some(hit.stream));
        }
    }
}
