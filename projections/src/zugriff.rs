//! `zugriff.db`: who read what, why and when (deletable after six months, no view, no ledger).
//!
//! A row is durable before the page is sent; if it cannot be written, the read is refused.

use crate::error::{Result, ViewError};
use crate::pool;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Connection, params_from_iter, types::Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex};
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
pub struct ZugriffLog {
    conn: Arc<Mutex<Connection>>,
}

/// How long a row is kept (`people.md` scenario 2.2).
const MONATE: i32 = 6;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS zugriff(
  nr INTEGER PRIMARY KEY AUTOINCREMENT, wer TEXT NOT NULL, was TEXT NOT NULL, ziel BLOB, zweck TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS zugriff_ziel ON zugriff(ziel, nr);
CREATE INDEX IF NOT EXISTS zugriff_wer ON zugriff(wer, nr);
CREATE INDEX IF NOT EXISTS zugriff_at ON zugriff(at);
";

impl ZugriffLog {
    /// Opens or creates the log.
    pub fn open(path: &Path) -> Result<Self> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(std::time::Duration::from_secs(2))?;
        conn.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;")?;
        conn.execute_batch(SCHEMA)?;
        Ok(Self { conn: Arc::new(Mutex::new(conn)) })
    }

    /// Writes one row durably. An error means: do not show the page.
    pub fn record(&self, wer: &str, was: &str, ziel: Option<Uuid>, zweck: &str, at: Timestamp) -> Result<()> {
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

    /// Number and SHA-256 of the rows from `von` on and before `bis`: what the ledger keeps of a day. Each row is the
    /// line `[nr,"wer","was","ziel" or null,"zweck",microseconds]` LF, in the order of their numbers.
    pub fn digest(&self, von: Timestamp, bis: Timestamp) -> Result<(u64, [u8; 32])> {
        let conn = self.lock()?;
        let sql = "SELECT nr,wer,was,ziel,zweck,at FROM zugriff WHERE at>=?1 AND at<?2 ORDER BY nr";
        let mut stmt = conn.prepare_cached(sql)?;
        let mut rows = stmt.query([von.as_microsecond(), bis.as_microsecond()])?;
        let (mut count, mut hash) = (0, Sha256::new());
        while let Some(r) = rows.next()? {
            let (nr, at): (u64, i64) = (r.get(0)?, r.get(5)?);
            let (wer, was, zweck): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(4)?);
            let ziel = r.get::<_, Option<[u8; 16]>>(3)?.map(Uuid::from_bytes);
            let line = serde_json::to_vec(&(nr, wer, was, ziel, zweck, at));
            hash.update(line.map_err(|e| ViewError::Corrupt(e.to_string()))?);
            hash.update(b"\n");
            count += 1;
        }
        Ok((count, hash.finalize().into()))
    }

    /// Deletes rows older than six months before `now`; returns how many.
    pub fn purge(&self, now: Timestamp) -> Result<u64> {
        let zoned = now.to_zoned(jiff::tz::TimeZone::UTC);
        let bound = zoned.checked_sub(MONATE.months()).map_err(|_| ViewError::Corrupt("Zeit".into()))?;
        let conn = self.lock()?;
        let n = conn.execute("DELETE FROM zugriff WHERE at < ?1", [bound.timestamp().as_microsecond()])?;
        // The deleted rows must not live on in the log of the database.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(n as u64)
    }

    /// What was read, newest first.
    pub fn rows(&self, filter: &ZugriffFilter) -> Result<Vec<ZugriffRow>> {
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
            out.push(ZugriffRow {
                nr: r.get(0)?,
                wer: r.get(1)?,
                was: r.get(2)?,
                ziel: r.get::<_, Option<[u8; 16]>>(3)?.map(Uuid::from_bytes),
                zweck: r.get(4)?,
                at: pool::time(r.get(5)?)?,
            });
        }
        Ok(out)
    }

    fn lock(&self) -> Result<std::sync::MutexGuard<'_, Connection>> {
        self.conn.lock().map_err(|_| ViewError::Corrupt("Leseprotokoll gesperrt".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_on_record_and_forgotten_after_six_months() {
        let dir = tempfile::tempdir().expect("dir");
        let log = ZugriffLog::open(&dir.path().join("zugriff.db")).expect("open");
        let (alt, neu): (Timestamp, Timestamp) =
            ("2026-01-10T08:00:00Z".parse().expect("t"), "2026-08-10T08:00:00Z".parse().expect("t"));
        let ziel = Uuid::from_u128(7);
        log.record("anna", "vorgang", Some(ziel), "Bearbeitung", alt).expect("record");
        log.record("bert", "suche", None, "Auskunft", neu).expect("record");
        let all = ZugriffFilter { limit: 10, ..Default::default() };
        assert_eq!(log.rows(&all).expect("rows").iter().map(|r| r.wer.as_str()).collect::<Vec<_>>(), ["bert", "anna"]);
        let of_ziel = ZugriffFilter { ziel: Some(ziel), ..all.clone() };
        assert_eq!(log.rows(&of_ziel).expect("rows").len(), 1);
        assert_eq!(log.purge("2026-08-11T00:00:00Z".parse().expect("t")).expect("purge"), 1);
        assert_eq!(log.rows(&all).expect("rows").len(), 1);
    }

    #[test]
    fn the_digest_of_a_day_tells_every_change_of_its_rows() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("zugriff.db");
        let log = ZugriffLog::open(&path).expect("open");
        let at = |text: &str| text.parse::<Timestamp>().expect("time");
        let (von, bis) = (at("2026-08-10T00:00:00Z"), at("2026-08-11T00:00:00Z"));
        let leer = log.digest(von, bis).expect("digest");
        assert_eq!((leer.0, leer.1), (0, Sha256::digest(b"").into()));
        log.record("anna", "vorgang", Some(Uuid::from_u128(7)), "Auskunft \"A\"", von).expect("record");
        log.record("bert", "suche", None, "Suche", bis).expect("next day");
        let tag = log.digest(von, bis).expect("digest");
        let line = "[1,\"anna\",\"vorgang\",\"00000000-0000-0000-0000-000000000007\",\"Auskunft \\\"A\\\"\",1786320000000000]\n";
        assert_eq!(tag, (1, Sha256::digest(line.as_bytes()).into()));
        let other = Connection::open(&path).expect("other");
        other.execute("UPDATE zugriff SET wer='carl' WHERE nr=1", []).expect("forged");
        assert_ne!(log.digest(von, bis).expect("digest").1, tag.1);
    }

    #[test]
    fn a_read_that_cannot_be_recorded_is_an_error() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("zugriff.db");
        let log = ZugriffLog::open(&path).expect("open");
        let other = Connection::open(&path).expect("other");
        other.execute_batch("DROP TABLE zugriff").expect("drop");
        assert!(log.record("anna", "vorgang", None, "x", Timestamp::UNIX_EPOCH).is_err());
    }
}
