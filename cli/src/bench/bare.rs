//! The limit we compare with: bare SQLite, same settings, a hash chain and a unique index, nothing else.
//!
//! Deliberately without headers, tree, groups and checks; it is no ledger.

use anyhow::Result;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes of a header and its open group, as the engine bench stores them.
const BYTES: usize = 1100;

/// Inserts one event per transaction; events per second.
pub fn single_inserts(path: &Path, events: u32) -> Result<f64> {
    let conn = Connection::open(path)?;
    conn.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()))?;
    conn.execute_batch(
        "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON;
         CREATE TABLE event (idx INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
         bytes BLOB NOT NULL, UNIQUE (stream, seq));",
    )?;
    let mut insert = conn.prepare("INSERT INTO event (idx, stream, seq, hash, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let (mut hash, bytes) = ([0u8; 32], [7u8; BYTES]);
    let start = Instant::now();
    for index in 0..events {
        hash = Sha256::new().chain_update(hash).chain_update(bytes).finalize().into();
        insert.execute(params![index, index / 50, index % 50, hash, bytes])?;
    }
    Ok(f64::from(events) / start.elapsed().max(Duration::from_nanos(1)).as_secs_f64())
}
