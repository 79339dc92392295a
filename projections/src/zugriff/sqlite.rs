//! `zugriff.db`: the read log of a single node.
//!
//! Keeps rows; how long, and what a digest is made of, is not decided here.

use super::{Raw, RowHash, ZugriffFilter, ZugriffRow};
use crate::error::{Result, ViewError};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params_from_iter, types::Value};
use std::path::Path;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS zugriff(
  nr INTEGER PRIMARY KEY AUTOINCREMENT, wer TEXT NOT NULL, was TEXT NOT NULL, ziel BLOB, zweck TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS zugriff_ziel ON zugriff(ziel, nr);
CREATE INDEX IF NOT EXISTS zugriff_wer ON zugriff(wer, nr);
CREATE INDEX IF NOT EXISTS zugriff_at ON zugriff(at);
";

/// The open file.
#[derive(Clone)]
pub(super) struct SqliteLog {
    conn: Arc<Mutex<Connection>>,
}

impl SqliteLog {
    pub(super) fn open(path: &Path) -> Result<Self> {
        crate::private_file(path)?;
        let conn = Connection::open(path)?;
        conn.busy_timeout(std::time::Duration::from_secs(2))?;
        conn.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;")?;
        conn.execute_batch(SCHEMA)?;
        Ok(Self { conn: Arc::new(Mutex::new(conn)) })
    }

    pub(super) fn record(&self, wer: &str, was: &str, ziel: Option<Uuid>, zweck: &str, at: Timestamp) -> Result<()> {
        let conn = self.lock()?;
        conn.prepare_cached("INSERT INTO zugriff(wer,was,ziel,zweck,at) VALUES(?1,?2,?3,?4,?5)")?.execute((
            wer,
            was,
            ziel.map(Uuid::into_bytes),
            zweck,
            at.as_microsecond(),
        ))?;
        Ok(())
    }

    /// Every row from `von` on and before `bis`, by number.
    pub(super) fn each(&self, von: Timestamp, bis: Timestamp, hash: &mut RowHash) -> Result<()> {
        let conn = self.lock()?;
        let sql = "SELECT nr,wer,was,ziel,zweck,at FROM zugriff WHERE at>=?1 AND at<?2 ORDER BY nr";
        let mut stmt = conn.prepare_cached(sql)?;
        let mut rows = stmt.query([von.as_microsecond(), bis.as_microsecond()])?;
        while let Some(r) = rows.next()? {
            hash.add(&raw(r)?)?;
        }
        Ok(())
    }

    pub(super) fn purge(&self, bound: Timestamp) -> Result<u64> {
        let conn = self.lock()?;
        let n = conn.execute("DELETE FROM zugriff WHERE at < ?1", [bound.as_microsecond()])?;
        // The deleted rows must not live on in the log of the database.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(n as u64)
    }

    pub(super) fn rows(&self, filter: &ZugriffFilter) -> Result<Vec<ZugriffRow>> {
        let mut sql = String::from("SELECT nr,wer,was,ziel,zweck,at FROM zugriff WHERE 1");
        let mut args: Vec<Value> = Vec::new();
        let mut and = |cond: &str, v: Option<Value>| {
            if let Some(v) = v {
                sql.push_str(cond);
                args.push(v);
            }
        };
        and(" AND wer=?", filter.wer.clone().map(Value::Text));
        and(" AND ziel=?", filter.ziel.map(|u| Value::Blob(u.as_bytes().to_vec())));
        and(" AND at>=?", filter.von.map(|t| Value::Integer(t.as_microsecond())));
        and(" AND at<?", filter.bis.map(|t| Value::Integer(t.as_microsecond())));
        and(" AND nr<?", filter.vor_nr.map(|n| Value::Integer(n as i64)));
        and(" ORDER BY nr DESC LIMIT ?", Some(Value::Integer(filter.limit as i64)));
        let conn = self.lock()?;
        let mut stmt = conn.prepare_cached(&sql)?;
        let mut rows = stmt.query(params_from_iter(args))?;
        let mut out = Vec::new();
        while let Some(r) = rows.next()? {
            out.push(raw(r)?.try_into()?);
        }
        Ok(out)
    }

    fn lock(&self) -> Result<std::sync::MutexGuard<'_, Connection>> {
        self.conn.lock().map_err(|_| ViewError::Corrupt("Leseprotokoll gesperrt".into()))
    }
}

fn raw(r: &Row<'_>) -> rusqlite::Result<Raw> {
    let ziel = r.get::<_, Option<[u8; 16]>>(3)?.map(Uuid::from_bytes);
    Ok(Raw { nr: r.get(0)?, wer: r.get(1)?, was: r.get(2)?, ziel, zweck: r.get(4)?, at: r.get(5)? })
}
