//! What taking in leaves in the file: all of a page or no row of it, and a lock is no failure.

use crate::ledger::conformance::sample::{Probe, kek_use, open, sealed};
use crate::ledger::engine::{MemoryLedger, SqliteLedger};
use crate::ledger::port::{AppendError, Ledger, Stored};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// A log with two full tiles.
async fn other() -> Vec<Stored> {
    let source = MemoryLedger::new();
    let groups = |seq: u64| vec![open(vec![0]), sealed(1, seq, vec![1; 40])];
    source.append(Probe::new(1).batch_of(600, 1, &groups)).await.unwrap();
    source.read_all(0, usize::MAX).await.unwrap()
}

/// Rows of every table that an import writes to.
fn rows(path: &Path) -> Vec<u64> {
    let conn = Connection::open(path).unwrap();
    let count = |table: &str| conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    ["stream", "event", "payload", "tile", "kek_use"].map(count).to_vec()
}

#[tokio::test]
async fn a_page_that_is_refused_at_its_end_leaves_no_row_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(&path).unwrap();
    let (log, keys) = (other().await, [kek_use(1, "a")]);
    let mut broken = log.clone();
    broken[599].header[60] ^= 1;
    assert!(matches!(ledger.import(&broken, &keys).await, Err(AppendError::Malformed(_))));
    let mut keys_broken = keys.to_vec();
    keys_broken.push(kek_use(1, "another"));
    assert!(matches!(ledger.import(&log, &keys_broken).await, Err(AppendError::Malformed(_))));
    assert_eq!(rows(&path), [0; 5]);
    drop(ledger);
    let ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(ledger.head().await.unwrap().size, 0);
    ledger.import(&log, &keys).await.unwrap();
    assert_eq!(rows(&path), [1, 600, 1200, 2, 1]);
    drop(ledger);
    // Opening checks the tail and rebuilds the open tile from what was taken in.
    let ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(ledger.read_all(0, usize::MAX).await.unwrap(), log);
}

#[tokio::test]
async fn a_locked_file_pushes_back_and_the_engine_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(&path).unwrap();
    let log = other().await;
    ledger.core.with_writer(|writer| Ok(writer.conn.busy_timeout(Duration::ZERO))).unwrap().unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(ledger.import(&log, &[]).await, Err(AppendError::Pushback));
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(ledger.failed(), None);
    assert_eq!(ledger.import(&log, &[]).await.unwrap().size, 600);
}
