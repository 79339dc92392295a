//! The run: every repetition opens every store afresh and passes each workload round, each time begun by another.
//!
//! Deliberately interleaved that finely: what disturbs the machine for seconds disturbs all of them.

use crate::cluster::Cluster;
use crate::machine;
use crate::ours::Ours;
use crate::peer_disintegrate::Disintegrate;
use crate::peer_es::PostgresEs;
use crate::workload::{Bench, Measured, WRITERS, Workload};
use akte_core::ledger::engine::{PostgresLedger, SqliteLedger, postgres};
use anyhow::Result;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub const POSTGRES: &str = "akte-postgres";
pub const SQLITE: &str = "akte-sqlite";
pub const ES: &str = "postgres-es";
pub const DISINTEGRATE: &str = "disintegrate";
/// Ours, then those we compare with.
pub const STORES: [&str; 4] = [POSTGRES, ES, DISINTEGRATE, SQLITE];

/// What is asked of a run.
pub struct Plan {
    pub repetitions: u64,
    /// Events of each of the sixteen writers; the other workloads follow from it.
    pub events: u64,
    /// Names of stores; empty = all.
    pub only: Vec<String>,
}

/// Everything that was measured.
#[derive(Default)]
pub struct Results {
    pub measured: BTreeMap<(Workload, &'static str), Vec<Measured>>,
    /// Bytes per event in the database or file.
    pub bytes: BTreeMap<&'static str, f64>,
    /// disintegrate's set-up needed a literal in decimal.
    pub literal: bool,
}

/// Measures all stores the plan names.
pub async fn all(plan: &Plan, cluster: &Cluster) -> Result<Results> {
    let mut results = Results::default();
    let names: Vec<&'static str> =
        STORES.into_iter().filter(|name| plan.only.is_empty() || plan.only.iter().any(|only| only == name)).collect();
    let folder = tempfile::Builder::new().prefix("akte-vergleich-").tempdir()?;
    for repetition in 0..plan.repetitions {
        eprintln!("Wiederholung {} von {}", repetition + 1, plan.repetitions);
        let mut opened = Vec::new();
        for name in &names {
            let at = Place { cluster, database: format!("{name}-{repetition}"), folder: folder.path() };
            opened.push(open(name, &at, &mut results).await?);
        }
        // None of them pays for what the others left behind.
        cluster.sql("postgres", "CHECKPOINT");
        for (n, workload) in Workload::ALL.into_iter().enumerate() {
            let first = (repetition as usize + n) % names.len();
            for at in (first..names.len()).chain(0..first) {
                let before = machine::cpu(cluster);
                let mut measured = opened[at].bench.run(workload, plan.events).await?;
                let spent = machine::cpu(cluster).saturating_sub(before);
                measured.cpu = spent.as_secs_f64() * 1e6 / measured.events as f64;
                results.measured.entry((workload, names[at])).or_default().push(measured);
            }
        }
        for (name, store) in names.iter().zip(&opened) {
            let events = store.bench.check(plan.events).await?;
            results.bytes.insert(name, store.size(cluster)? as f64 / events as f64);
        }
        for store in opened {
            store.close(cluster).await;
        }
    }
    Ok(results)
}

/// Where one repetition's store lies.
struct Place<'a> {
    cluster: &'a Cluster,
    database: String,
    folder: &'a Path,
}

/// A store that is open, and what it leaves behind.
struct Opened {
    bench: Box<dyn Bench>,
    database: String,
    file: Option<PathBuf>,
    pool: Option<PgPool>,
    /// Bytes before anything was written.
    empty: u64,
}

async fn open(name: &str, at: &Place<'_>, results: &mut Results) -> Result<Opened> {
    let opened = if name == SQLITE { in_file(at)? } else { in_database(name, at, results).await? };
    opened.bench.warm_up().await?;
    Ok(opened)
}

fn in_file(at: &Place<'_>) -> Result<Opened> {
    let file = at.folder.join(format!("{}.db", at.database));
    let bench = Box::new(Ours::new(SqliteLedger::open(&file)?, |ledger| ledger.counters().commits)?);
    Ok(Opened { bench, database: at.database.clone(), file: Some(file), pool: None, empty: 0 })
}

async fn in_database(name: &str, at: &Place<'_>, results: &mut Results) -> Result<Opened> {
    let url = at.cluster.database(&at.database);
    let empty = database_size(at.cluster, &at.database)?;
    let (bench, pool): (Box<dyn Bench>, _) = if name == POSTGRES {
        postgres::set_up(&url, None).await?;
        let ledger = PostgresLedger::open(&url, None).await?;
        (Box::new(Ours::new(ledger, |ledger| ledger.counters().commits)?), None)
    } else {
        let pool = pool(&url).await?;
        if name == ES {
            (Box::new(PostgresEs::open(pool.clone()).await?), Some(pool))
        } else {
            let (store, changed) = Disintegrate::open(pool.clone()).await?;
            results.literal = changed;
            (Box::new(store), Some(pool))
        }
    };
    Ok(Opened { bench, database: at.database.clone(), file: None, pool, empty })
}

/// One connection for each writer, all of them there before the first measurement.
async fn pool(url: &str) -> Result<PgPool> {
    let writers = WRITERS as u32;
    let pool = PgPoolOptions::new().max_connections(writers).min_connections(writers).connect(url).await?;
    let mut all = Vec::new();
    for _ in 0..writers {
        all.push(pool.acquire().await?);
    }
    Ok(pool)
}

fn database_size(cluster: &Cluster, database: &str) -> Result<u64> {
    Ok(cluster.sql(database, "SELECT pg_database_size(current_database())").parse()?)
}

impl Opened {
    fn size(&self, cluster: &Cluster) -> Result<u64> {
        match &self.file {
            Some(file) => Ok(std::fs::metadata(file)?.len()),
            None => Ok(database_size(cluster, &self.database)? - self.empty),
        }
    }

    async fn close(self, cluster: &Cluster) {
        drop(self.bench);
        if let Some(pool) = self.pool {
            pool.close().await;
        }
        if self.file.is_none() {
            cluster.sql("postgres", &format!("DROP DATABASE \"{}\" WITH (FORCE)", self.database));
        }
    }
}
