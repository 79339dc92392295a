//! What a run was made on: versions, cores, how often this disk flushes, and the processor time a workload took.
//!
//! Deliberately measured in the cluster's own folder, so that it says something about the same disk.

use crate::cluster::Cluster;
use crate::workload::{WRITERS, seconds};
use anyhow::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Appends whose flush is timed.
const FLUSHES: u32 = 500;

/// Rows written before anything is measured, each a little less than 2 KB: more than the 128 MB of buffers that a server
/// has as delivered.
const ROWS: u32 = 80_000;

/// Brings a server as it was just made into the state of one in service: its buffers were used, and it writes over log
/// segments it has written before instead of making new ones.
pub fn in_service(cluster: &Cluster) {
    let write = format!("INSERT INTO used SELECT repeat('x', 1900) FROM generate_series(1, {ROWS})");
    for statement in ["CREATE TABLE used (bytes text)", &write, "CHECKPOINT", "DROP TABLE used"] {
        cluster.sql("postgres", statement);
    }
}

/// Prints it.
pub fn describe(cluster: &Cluster) -> Result<()> {
    let settings = cluster.sql(
        "postgres",
        "SELECT string_agg(name || '=' || setting, ', ' ORDER BY name) FROM pg_settings
         WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'wal_sync_method')",
    );
    println!("{}", cluster.sql("postgres", "SELECT version()"));
    println!("Einstellungen wie ausgeliefert: {settings}");
    println!(
        "postgres-es {}, disintegrate-postgres {}, sqlx {}, akte {}",
        version("postgres-es")?,
        version("disintegrate-postgres")?,
        version("sqlx")?,
        version("akte-core")?
    );
    let cores = std::thread::available_parallelism()?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{cores} Kerne, Last zu Beginn {}", load.split(' ').next().unwrap_or("unbekannt"));
    let flushes = flush_rate(cluster)?;
    println!(
        "{flushes:.0} Flushes/s (4 KiB angehängt, fdatasync): mehr als {WRITERS} je Flush schafft in W2 kein Speicher\n"
    );
    Ok(())
}

/// Processor time so far of this process and of the server's, which does not depend on who else is busy here.
pub fn cpu(cluster: &Cluster) -> Duration {
    let mut nanos = 0;
    for thread in folders("/proc/self/task") {
        nanos += on_cpu(&thread);
    }
    for process in folders("/proc") {
        if cluster.pid().is_some() && parent(&process) == cluster.pid() {
            nanos += on_cpu(&process);
        }
    }
    Duration::from_nanos(nanos)
}

fn folders(path: &str) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Nanoseconds; 0 for a process that has gone.
fn on_cpu(folder: &Path) -> u64 {
    let text = std::fs::read_to_string(folder.join("schedstat")).unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default()
}

fn parent(folder: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(folder.join("stat")).ok()?;
    // The name in brackets may hold anything; state and parent follow it.
    text.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// As locked for this benchmark.
fn version(name: &str) -> Result<&'static str> {
    let lock = include_str!("../Cargo.lock");
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).with_context(|| name.to_owned())?;
    after.split('"').next().with_context(|| name.to_owned())
}

fn flush_rate(cluster: &Cluster) -> Result<f64> {
    let path = cluster.folder().join("flush");
    let mut file = File::create(&path)?;
    let start = Instant::now();
    for _ in 0..FLUSHES {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    let rate = f64::from(FLUSHES) / seconds(start);
    std::fs::remove_file(path)?;
    Ok(rate)
}
