//! Who read what, why and when: a log of its own (deletable after six months, no view, no ledger).
//!
//! A row is durable before the page is sent; if it cannot be written, the read is refused. It lies in
//! `zugriff.db`, or for several nodes in a schema of PostgreSQL; what a row and a digest are is said once, here.

mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

use crate::error::{Result, ViewError};
use jiff::{Timestamp, ToSpan};
use postgres::PostgresLog;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlite::SqliteLog;
use std::path::Path;
use uuid::Uuid;

/// One read of a personal page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZugriffRow {
    pub nr: u64,
    /// Subject id of the account, never a name.
    pub wer: String,
    /// What was read: a use case, for example `vorgang`, `dokument`, `suche`.
    pub was: String,
    /// The Vorgang, Akte, or account that was read, where there is one.
    pub ziel: Option<Uuid>,
    pub zweck: String,
    pub at: Timestamp,
}

/// Which rows an auditor asks for; newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZugriffFilter {
    pub wer: Option<String>,
    pub ziel: Option<Uuid>,
    pub von: Option<Timestamp>,
    pub bis: Option<Timestamp>,
    /// Rows with a smaller number.
    pub vor_nr: Option<u64>,
    pub limit: usize,
}

/// The read log; cheap to clone. Methods block: call them in `spawn_blocking`.
#[derive(Clone)]
pub struct ZugriffLog(Store);

#[derive(Clone)]
enum Store {
    Sqlite(SqliteLog),
    Postgres(PostgresLog),
}

/// How long a row is kept (`people.md` scenario 2.2).
const MONATE: i32 = 6;

impl ZugriffLog {
    /// Opens or creates the log of a single node.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(Store::Sqlite(SqliteLog::open(path)?)))
    }

    /// Makes schema `zugriff` and grants the server's `role` what it needs: rows are written, read and deleted, never
    /// changed. As the owner; repeating is harmless.
    pub fn set_up_postgres(owner_url: &str, role: &str) -> Result<()> {
        postgres::set_up(owner_url, role)
    }

    /// Opens the log that all nodes share.
    pub fn open_postgres(url: &str) -> Result<Self> {
        Ok(Self(Store::Postgres(PostgresLog::open(url)?)))
    }

    /// Writes one row durably. An error means: do not show the page. The row may be there all the same.
    pub fn record(&self, wer: &str, was: &str, ziel: Option<Uuid>, zweck: &str, at: Timestamp) -> Result<()> {
        match &self.0 {
            Store::Sqlite(log) => log.record(wer, was, ziel, zweck, at),
            Store::Postgres(log) => log.record(wer, was, ziel, zweck, at),
        }
    }

    /// Number and SHA-256 of the rows from `von` on and before `bis`: what the ledger keeps of a day. Each row is the
    /// line `[nr,"wer","was","ziel" or null,"zweck",microseconds]` LF, in the order of their numbers. Numbers rise
    /// in the order they were drawn, over all nodes, and may have gaps; to be asked when the day's last row is there.
    pub fn digest(&self, von: Timestamp, bis: Timestamp) -> Result<(u64, [u8; 32])> {
        let mut hash = RowHash::default();
        match &self.0 {
            Store::Sqlite(log) => log.each(von, bis, &mut hash)?,
            Store::Postgres(log) => log.each(von, bis, &mut hash)?,
        }
        Ok((hash.count, hash.hash.finalize().into()))
    }

    /// Deletes rows older than six months before `now`; returns how many.
    pub fn purge(&self, now: Timestamp) -> Result<u64> {
        let zoned = now.to_zoned(jiff::tz::TimeZone::UTC);
        let bound = zoned.checked_sub(MONATE.months()).map_err(|_| ViewError::Corrupt("Zeit".into()))?.timestamp();
        match &self.0 {
            Store::Sqlite(log) => log.purge(bound),
            Store::Postgres(log) => log.purge(bound),
        }
    }

    /// What was read, newest first.
    pub fn rows(&self, filter: &ZugriffFilter) -> Result<Vec<ZugriffRow>> {
        match &self.0 {
            Store::Sqlite(log) => log.rows(filter),
            Store::Postgres(log) => log.rows(filter),
        }
    }
}

/// A row as both stores give it: the time in microseconds since 1970.
struct Raw {
    nr: u64,
    wer: String,
    was: String,
    ziel: Option<Uuid>,
    zweck: String,
    at: i64,
}

#[derive(Default)]
struct RowHash {
    count: u64,
    hash: Sha256,
}

impl RowHash {
    fn add(&mut self, r: &Raw) -> Result<()> {
        let line = serde_json::to_vec(&(r.nr, &r.wer, &r.was, r.ziel, &r.zweck, r.at));
        self.hash.update(line.map_err(|e| ViewError::Corrupt(e.to_string()))?);
        self.hash.update(b"\n");
        self.count += 1;
        Ok(())
    }
}

impl TryFrom<Raw> for ZugriffRow {
    type Error = ViewError;

    fn try_from(r: Raw) -> Result<Self> {
        let Raw { nr, wer, was, ziel, zweck, at } = r;
        Ok(Self { nr, wer, was, ziel, zweck, at: crate::pool::time(at)? })
    }
}
