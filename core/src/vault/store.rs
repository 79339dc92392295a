//! `vault.db`: wrapped keys in an SQLite file of their own.
//!
//! Holds nothing in the clear; without the master key file the database is worthless.

use super::pool::COUNTER_BITS;
use super::{VaultError, random};
use crate::ledger::group::Kek;
use crate::ledger::ids::LedgerKeys;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use std::path::Path;
use zeroize::Zeroizing;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS ledger_key (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS kek (kek_id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS counter (generation INTEGER PRIMARY KEY, next INTEGER NOT NULL) STRICT;
";

const LEDGER_KEYS: [&str; 4] = ["stream_key", "cmd_key", "heads_key", "code_key"];

/// The open database with its master key.
pub(super) struct Store {
    db: Connection,
    wrap: XChaCha20Poly1305,
    generation: u64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store(generation {}, hidden)", self.generation)
    }
}

/// A full disk and a lock are refused by SQLite before anything is written; anything else is a broken handle.
fn storage(e: rusqlite::Error) -> VaultError {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => VaultError::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => VaultError::Busy,
        _ => VaultError::Storage(e.to_string()),
    }
}

impl Store {
    /// Opens or makes the database.
    pub(super) fn open(path: &Path, master: &[u8; 32], generation: u64) -> Result<Self, VaultError> {
        let db = Connection::open(path).map_err(storage)?;
        db.busy_timeout(std::time::Duration::from_secs(10)).map_err(storage)?;
        db.pragma_update(None, "secure_delete", true).map_err(storage)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(storage)?;
        db.pragma_update(None, "synchronous", "FULL").map_err(storage)?;
        db.execute_batch(SCHEMA).map_err(storage)?;
        let wrap = XChaCha20Poly1305::new_from_slice(master).map_err(|_| VaultError::Wrapped)?;
        Ok(Self { db, wrap, generation })
    }

    /// The newest generation any key was made under.
    pub(super) fn newest_generation(&self) -> Result<u64, VaultError> {
        let row = |r: &rusqlite::Row<'_>| r.get::<_, Option<i64>>(0);
        let newest = self.db.query_row("SELECT max(generation) FROM counter", [], row).map_err(storage)?;
        Ok(newest.map_or(0, |g| g as u64))
    }

    /// Makes the four ledger keys; the town keeps them over all epochs.
    pub(super) fn make_ledger_keys(&mut self) -> Result<LedgerKeys, VaultError> {
        for name in LEDGER_KEYS {
            let mut key = Zeroizing::new([0; 32]);
            random::fill(&mut *key)?;
            let wrapped = self.wrap(name.as_bytes(), &key)?;
            let sql = "INSERT INTO ledger_key (name, wrapped) VALUES (?1, ?2)";
            self.db.execute(sql, params![name, wrapped]).map_err(storage)?;
        }
        self.ledger_keys()
    }

    /// Unwraps the four ledger keys.
    pub(super) fn ledger_keys(&self) -> Result<LedgerKeys, VaultError> {
        let [stream, cmd, heads, code] = LEDGER_KEYS.map(|name| {
            let sql = "SELECT wrapped FROM ledger_key WHERE name = ?1";
            let wrapped: Vec<u8> = self.db.query_row(sql, [name], |r| r.get(0)).map_err(storage)?;
            self.unwrap(name.as_bytes(), &wrapped)
        });
        Ok(LedgerKeys::new(stream?, cmd?, heads?, code?))
    }

    /// Makes `n` keys durable in one flush and returns their ids, which nobody was ever given.
    pub(super) fn reserve(&mut self, n: u64) -> Result<Vec<u64>, VaultError> {
        let generation = self.generation;
        let mut wrapped = Vec::with_capacity(n as usize);
        let read = "SELECT next FROM counter WHERE generation = ?1";
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        let next: Option<i64> = tx.query_row(read, [generation as i64], |r| r.get(0)).optional().map_err(storage)?;
        let first = (generation << COUNTER_BITS) + next.unwrap_or(1) as u64;
        for id in first..first + n {
            let mut key = Zeroizing::new([0; 32]);
            random::fill(&mut *key)?;
            wrapped.push((id, wrap(&self.wrap, &id.to_be_bytes(), &key)?));
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
    pub(super) fn kek(&self, id: u64) -> Result<Option<Kek>, VaultError> {
        let mut read = self.db.prepare_cached("SELECT wrapped FROM kek WHERE kek_id = ?1").map_err(storage)?;
        let wrapped: Option<Vec<u8>> = read.query_row([id as i64], |r| r.get(0)).optional().map_err(storage)?;
        wrapped.map(|w| Ok(Kek::new(id, self.unwrap(&id.to_be_bytes(), &w)?))).transpose()
    }

    /// Deletes keys so that no page and no write-ahead log keeps them.
    pub(super) fn destroy(&mut self, ids: &[u64]) -> Result<u64, VaultError> {
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

    fn wrap(&self, name: &[u8], key: &[u8; 32]) -> Result<Vec<u8>, VaultError> {
        wrap(&self.wrap, name, key)
    }

    fn unwrap(&self, name: &[u8], wrapped: &[u8]) -> Result<[u8; 32], VaultError> {
        let (nonce, body) = wrapped.split_at_checked(24).ok_or(VaultError::Wrapped)?;
        let nonce = nonce.try_into().map_err(|_| VaultError::Wrapped)?;
        let payload = Payload { msg: body, aad: name };
        let key = Zeroizing::new(self.wrap.decrypt(nonce, payload).map_err(|_| VaultError::Wrapped)?);
        key.as_slice().try_into().map_err(|_| VaultError::Wrapped)
    }
}

/// `nonce(24) || XChaCha20-Poly1305(key)`, bound to the key's id or name.
fn wrap(cipher: &XChaCha20Poly1305, name: &[u8], key: &[u8; 32]) -> Result<Vec<u8>, VaultError> {
    let mut out = vec![0; 24];
    random::fill(&mut out)?;
    let nonce = out.as_slice().try_into().map_err(|_| VaultError::Wrapped)?;
    let body = cipher.encrypt(nonce, Payload { msg: key, aad: name }).map_err(|_| VaultError::Wrapped)?;
    out.extend_from_slice(&body);
    Ok(out)
}
