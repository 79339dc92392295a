//! Our own store beside the server: payload groups, the places in the log, tiles, keys, alarms.
//!
//! Deliberately one writer per file. The lease of the sequencer is the OS lock on it: one node. Several nodes
//! would need a lease in a store they share.

mod change;
mod pending;
mod read;
mod schema;
mod sequence;

pub(super) use pending::Attempt;
pub(super) use read::{End, Place};
pub(super) use sequence::{Delivered, Stop};

use super::OpenError;
use crate::ledger::engine::failure::Failure;
use crate::ledger::engine::file::{self, Idle};
use crate::ledger::hash::{ZERO, leaf};
use crate::ledger::merkle::{Frontier, TILE_WIDTH};
use crate::ledger::port::{AppendError, Hash, LedgerError};
use rusqlite::{Connection, ErrorCode};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The file, the one connection that writes, and idle ones that read. The lock file closes last.
pub(super) struct Store {
    path: PathBuf,
    writer: Mutex<Connection>,
    idle: Idle,
    pub(super) failed: Failure,
    _lock: File,
}

/// A change that did not happen, or nobody knows.
#[derive(Debug)]
pub(super) enum Broken {
    /// Nothing was written, and that is certain.
    DiskFull,
    /// Outcome unknown: the store must not be written to again.
    Failed(String),
}

impl From<Broken> for AppendError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::DiskFull => Self::DiskFull,
            Broken::Failed(why) => Self::OutcomeUnknown(why),
        }
    }
}

impl From<Broken> for LedgerError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::DiskFull => storage("disk full; nothing was changed"),
            Broken::Failed(why) => storage(format!("outcome unknown: {why}")),
        }
    }
}

impl Store {
    /// Opens or creates the file (mode 0600), takes the lease and checks the end of the log as far as it lies here.
    pub(super) fn open(path: &Path, prefix: &str) -> Result<(Self, Frontier), OpenError> {
        // The lease of the sequencer.
        let lock = file::lock(path)?;
        file::create_private(path)?;
        let conn = schema::open_writer(path, prefix)?;
        let frontier = check_tail(&conn)?;
        let store = Self {
            path: path.into(),
            writer: Mutex::new(conn),
            idle: Idle::default(),
            failed: Failure::default(),
            _lock: lock,
        };
        Ok((store, frontier))
    }

    /// Why the store gave up, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        self.failed.why()
    }

    /// The first reason stays.
    pub(super) fn fail(&self, why: String) {
        self.failed.set(why);
    }

    /// Runs a query; a connection that failed is not used again.
    pub(super) fn query<T>(&self, query: impl FnOnce(&Connection) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        self.idle.run(|| schema::open_reader(&self.path).map_err(storage), query)
    }

    /// Runs a change in a transaction. A refusal rolls back and costs no flush; an error ends the store,
    /// unless the disk is full and the rollback is certain.
    fn change<T, R>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<Result<T, R>>,
    ) -> Result<Result<T, R>, Broken> {
        if let Some(why) = self.failure() {
            return Err(Broken::Failed(why));
        }
        let result = match self.writer.lock() {
            Err(_) => Err(Broken::Failed("the writer panicked".into())),
            Ok(conn) => transact(&conn, work),
        };
        if let Err(Broken::Failed(why)) = &result {
            self.fail(why.clone());
        }
        result
    }

    /// Cuts the write-ahead log to nothing, so that no erased row waits in it.
    fn cut_wal(&self) -> Result<(), LedgerError> {
        // Idle readers hold no snapshot; a running one makes this fail, and the caller repeats the erasure.
        let conn = self.writer.lock().map_err(|_| storage("the writer panicked"))?;
        let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(storage)?;
        match busy {
            0 => Ok(()),
            _ => Err(storage("erased, but a long read keeps remnants in the write-ahead log; repeat the erasure")),
        }
    }
}

fn transact<T, R>(
    conn: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<Result<T, R>>,
) -> Result<Result<T, R>, Broken> {
    let run = |sql: &str| conn.prepare_cached(sql)?.execute([]).map(|_| ());
    run("BEGIN IMMEDIATE").map_err(|e| Broken::Failed(e.to_string()))?;
    let done = work(conn).and_then(|done| run(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).map(|()| done));
    done.map_err(|error| {
        let ended = conn.is_autocommit() || conn.execute_batch("ROLLBACK").is_ok();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) if ended && conn.is_autocommit() => Broken::DiskFull,
            _ => Broken::Failed(error.to_string()),
        }
    })
}

/// Rebuilds the frontier from tiles and the last hashes and compares it with the stored one.
fn check_tail(conn: &Connection) -> Result<Frontier, OpenError> {
    let sql = "SELECT size, frontier, (SELECT coalesce(max(idx) + 1, 0) FROM seq_map) FROM ledger_head WHERE one = 1";
    let (size, stored, rows): (u64, Vec<u8>, u64) =
        conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if rows != size {
        let reason = format!("the head says {size} events, the last placed one is number {rows}");
        return Err(OpenError::Corrupt { index: rows.min(size), reason });
    }
    let first = size - size % TILE_WIDTH as u64;
    let mut select = conn.prepare("SELECT event_hash FROM seq_map WHERE idx >= ?1 ORDER BY idx")?;
    let tail = select.query_map([first], |row| Ok(leaf(&row.get::<_, Hash>(0)?)))?.collect::<Result<Vec<_>, _>>()?;
    Frontier::restore(&stored, &tail, |level, n| {
        read::tile(conn, level, n)?.ok_or_else(|| OpenError::Corrupt {
            index: n << (8 * (u32::from(level) + 1)),
            reason: format!("tile {level}/{n} is missing"),
        })
    })
}

/// SQLite counts in i64; no log is longer.
fn bounded(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

pub(super) fn storage(error: impl std::fmt::Display) -> LedgerError {
    LedgerError::Storage(error.to_string())
}

/// Where a new stream stands.
const NEW: End = End { count: 0, hash: ZERO };
