//! A fresh node: reads the whole log of another, opens every value, builds all views; which of the three bounds it.
//!
//! Deliberately a town's real events, written once into SQLite and taken over by the PostgreSQL engine place by place.

#[expect(dead_code, reason = "shared with `akte bench`, which uses all of it")]
#[path = "../../../cli/src/bench/buch.rs"]
mod buch;

use crate::cluster::Cluster;
use crate::report::{Report, Row};
use crate::run::Plan;
use crate::workload::seconds;
use akte_core::ledger::Ledger;
use akte_core::ledger::engine::{PostgresLedger, SqliteLedger, postgres};
use akte_core::vault::{Reader, Vault};
use akte_projections::runner::Konfig;
use anyhow::{Result, ensure};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Events of the log for each of a writer's in W2.
const LOG: u64 = 40;
const PAGE: usize = 2000;

/// Writes the log once, then reads it `repetitions` times as a new node does.
pub async fn measure(plan: &Plan, cluster: &Cluster) -> Result<Report> {
    let folder = tempfile::Builder::new().prefix("akte-knoten-").tempdir()?;
    let url = cluster.database("knoten");
    let vault = written(&folder.path().join("buch.db"), &url, plan.events * LOG).await?;
    let (mut stored, mut opened, mut views) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..plan.repetitions {
        let ledger = Arc::new(PostgresLedger::open(&url, None).await?);
        let size = ledger.head().await?.size;
        let reader = Reader::new(ledger.clone(), vault.clone());
        let start = Instant::now();
        let mut at = 0;
        while at < size {
            at += ledger.read_all(at, PAGE).await?.len() as u64;
        }
        stored.push(size as f64 / seconds(start));
        let (mut at, start) = (0, Instant::now());
        while at < size {
            at += reader.read_all(at, PAGE).await?.len() as u64;
        }
        opened.push(size as f64 / seconds(start));
        let dir = folder.path().join(format!("sichten-{n}"));
        std::fs::create_dir(&dir)?;
        let start = Instant::now();
        let done = akte_projections::rebuild::rebuild(&dir, &reader, &konfig(&vault)?, |_| {}).await?;
        views.push(size as f64 / seconds(start));
        ensure!(done == size, "views hold {done} of {size} events");
    }
    let (stored, opened, views) = (median(stored), median(opened), median(views));
    let mut report = Report::default();
    let row = |name, value: f64| Row::new(name, value, "Ereignisse/s");
    report.add(
        row("Frischer Knoten: gespeicherte Bytes lesen (Vielfaches der Sichten)", stored).ratio(stored / views, None),
    );
    report.add(row("Frischer Knoten: lesen und öffnen (Vielfaches der Sichten)", opened).ratio(opened / views, None));
    report.add(row("Frischer Knoten: bis alle Sichten stehen", views));
    Ok(report)
}

/// A town's ledger of about so many events in the database; its vault.
async fn written(file: &Path, url: &str, events: u64) -> Result<Arc<Vault>> {
    let vault = buch::Buch::schreiben(file, events).await?.vault.clone();
    let source = SqliteLedger::open_readonly(file)?;
    postgres::set_up(url, None).await?;
    let target = PostgresLedger::open(url, None).await?;
    let (mut at, mut uses) = (0, source.kek_uses().await?);
    loop {
        let page = source.read_all(at, PAGE).await?;
        if page.is_empty() {
            return Ok(vault);
        }
        at = target.import(&page, &uses).await?.size;
        uses.clear();
    }
}

fn konfig(vault: &Arc<Vault>) -> Result<Konfig> {
    let vault = vault.clone();
    let code = move |stream, generation| Sha256::digest(vault.keys().case_code(stream, generation)).into();
    Ok(Konfig { zone: TimeZone::get("Europe/Berlin")?, k: 5, code_sha256: Arc::new(code) })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
