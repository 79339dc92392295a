//! `vault.db`: wrapped keys in an SQLite file of their own, for one process.
//!
//! Holds nothing in the clear; without the master key file the database is worthless.

use super::wrapping::{LEDGER_KEYS, Wrapping};
use crate::ledger::group::Kek;
use crate::ledger::ids::LedgerKeys;
use crate::vault::VaultError;
use crate::vault::pool::COUNTER_BITS;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use std::path::Path;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS ledger_key (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS kek (kek_id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS counter (generation INTEGER PRIMARY KEY, next INTEGER NOT NULL) STRICT;
";

/// The open database with its master key.
#[derive(Debug)]
pub(in crate::vault) struct SqliteStore {
    db: Connection,
    wrapping: Wrapping,
    generation: u64,
}

/// A full disk and a lock are refused by SQLite before anything is written; anything else is a broken handle.
fn storage(e: rusqlite::Error) -> VaultError {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => VaultError::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => VaultError::Busy,
        _ => VaultError::Storage(e.to_string()),
    }
}

impl SqliteStore {
    /// Opens or makes the database.
    pub(in crate::vault) fn open(path: &Path, master: &[u8; 32], generation: u64) -> Result<Self, VaultError> {
        let db = Connection::open(path).map_err(storage)?;
        db.busy_timeout(std::time::Duration::from_secs(10)).map_err(storage)?;
        db.pragma_update(None, "secure_delete", true).map_err(storage)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(storage)?;
        db.pragma_update(None, "synchronous", "FULL").map_err(storage)?;
        db.execute_batch(SCHEMA).map_err(storage)?;
        Ok(Self { db, wrapping: Wrapping::new(master)?, generation })
    }

    /// The newest generation any key was made under.
    pub(in crate::vault) fn newest_generation(&self) -> Result<u64, VaultError> {
        let row = |r: &rusqlite::Row<'_>| r.get::<_, Option<i64>>(0);
        let newest = self.db.query_row("SELECT max(generation) FROM counter", [], row).map_err(storage)?;
        Ok(newest.map_or(0, |g| g as u64))
    }

    /// Makes the four ledger keys; the town keeps them over all epochs.
    pub(in crate::vault) fn make_ledger_keys(&mut self) -> Result<LedgerKeys, VaultError> {
        for name in LEDGER_KEYS {
            let wrapped = self.wrapping.fresh(name.as_bytes())?;
            let sql = "INSERT INTO ledger_key (name, wrapped) VALUES (?1, ?2)";
            self.db.execute(sql, params![name, wrapped]).map_err(storage)?;
        }
        self.ledger_keys()
    }

    /// Unwraps the four ledger keys.
    pub(in crate::vault) fn ledger_keys(&self) -> Result<LedgerKeys, VaultError> {
        let [stream, cmd, heads, code] = LEDGER_KEYS.map(|name| {
            let sql = "SELECT wrapped FROM ledger_key WHERE name = ?1";
            let wrapped: Vec<u8> = self.db.query_row(sql, [name], |r| r.get(0)).map_err(storage)?;
            self.wrapping.unwrap(name.as_bytes(), &wrapped)
        });
        Ok(LedgerKeys::new(stream?, cmd?, heads?, code?))
    }

    /// Makes `n` keys durable in one flush and returns their ids, which nobody was ever given.
    pub(in crate::vault) fn reserve(&mut self, n: u64) -> Result<Vec<u64>, VaultError> {
        let generation = self.generation;
        let mut wrapped = Vec::with_capacity(n as usize);
        let read = "SELECT next FROM counter WHERE generation = ?1";
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        let next: Option<i64> = tx.query_row(read, [generation as i64], |r| r.get(0)).optional().map_err(storage)?;
        let first = (generation << COUNTER_BITS) + next.unwrap_or(1) as u64;
        for id in first..first + n {
            wrapped.push((id, self.wrapping.fresh(&id.to_be_bytes())?));
        }
        {
            let mut insert = tx.prepare("INSERT INTO kek (kek_id, wrapped) VALUES (?1, ?2)").map_err(storage)?;
            for (id, bytes) in &wrapped {
                insert.execute(params![*id as i64, bytes]).map_err(storage)?;
            }
        }
        let write = "INSERT INTO counter (generation, next) VALUES (?1, ?2)
                     ON CONFLICT (generation) DO UPDATE SET next = excluded.next";
        let after = next.unwrap_or(1) + n as i64;
        tx.execute(write, params![generation as i64, after]).map_err(storage)?;
        tx.commit().map_err(storage)?;
        Ok(wrapped.into_iter().map(|(id, _)| id).collect())
    }

    /// Unwraps a key; `None` if the row is gone.
    pub(in crate::vault) fn kek(&self, id: u64) -> Result<Option<Kek>, VaultError> {
        let mut read = self.db.prepare_cached("SELECT wrapped FROM kek WHERE kek_id = ?1").map_err(storage)?;
        let wrapped: Option<Vec<u8>> = read.query_row([id as i64], |r| r.get(0)).optional().map_err(storage)?;
        wrapped.map(|w| self.wrapping.kek(id, &w)).transpose()
    }

    /// Deletes keys so that no page and no write-ahead log keeps them.
    pub(in crate::vault) fn destroy(&mut self, ids: &[u64]) -> Result<u64, VaultError> {
        self.db.flush_prepared_statement_cache();
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        let mut gone = 0;
        for id in ids {
            gone += tx.execute("DELETE FROM kek WHERE kek_id = ?1", [*id as i64]).map_err(storage)?;
        }
        tx.commit().map_err(storage)?;
        self.db.execute_batch("VACUUM").map_err(storage)?;
        let busy: i64 = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0)).map_err(storage)?;
        if busy != 0 {
            return Err(VaultError::Busy);
        }
        Ok(gone as u64)
    }
}
