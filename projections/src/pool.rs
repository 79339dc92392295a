//! Read-only connections to one view file, reused between requests.
//!
//! Never writes, never opens another file; notices when the file was replaced.

use crate::error::{Result, ViewError};
use crate::rows::SichtStand;
use rusqlite::{Connection, OpenFlags};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Connections kept for the next request; more are opened when needed.
const KEPT: usize = 8;

/// Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<(u64, Connection)>>>,
}

impl Pool {
    /// Fails if the file does not exist or is no database.
    pub fn open(path: &Path) -> Result<Self> {
        let pool = Self { path: Arc::new(path.to_path_buf()), idle: Arc::default() };
        pool.with(|_| Ok(()))?;
        Ok(pool)
    }

    /// The file that is asked.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs one question inside one read transaction, so that its parts agree.
    pub fn with<T>(&self, ask: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let ino = std::fs::metadata(self.path.as_path())?.ino();
        let conn = match self.take_idle(ino) {
            Some(c) => c,
            None => connect(&self.path)?,
        };
        let tx = conn.unchecked_transaction()?;
        let answer = ask(&tx)?;
        tx.finish()?;
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < KEPT
        {
            idle.push((ino, conn));
        }
        Ok(answer)
    }

    fn take_idle(&self, ino: u64) -> Option<Connection> {
        let mut idle = self.idle.lock().ok()?;
        idle.retain(|(i, _)| *i == ino);
        idle.pop().map(|(_, c)| c)
    }

    /// Number of events every running view of the file has taken in.
    pub fn position(&self) -> Result<u64> {
        let sql = "SELECT coalesce(min(naechstes),(SELECT max(naechstes) FROM position),0) FROM position
                   WHERE sicht NOT IN (SELECT sicht FROM geparkt)";
        self.with(|db| Ok(db.query_row(sql, [], |r| r.get(0))?))
    }

    /// Every view of the file with its position, parked ones with the reason.
    pub fn health(&self) -> Result<Vec<SichtStand>> {
        let sql =
            "SELECT p.sicht, p.naechstes, g.idx, g.grund FROM position p LEFT JOIN geparkt g USING(sicht) ORDER BY 1";
        self.with(|db| {
            let mut stmt = db.prepare_cached(sql)?;
            let rows = stmt.query_map([], |r| {
                let idx: Option<u64> = r.get(2)?;
                let grund: Option<String> = r.get(3)?;
                Ok(SichtStand { sicht: r.get(0)?, position: r.get(1)?, geparkt: idx.zip(grund) })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(std::time::Duration::from_secs(2))?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// A time as stored: microseconds since 1970.
pub fn time(micros: i64) -> Result<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(micros).map_err(|_| ViewError::Corrupt("Zeit".into()))
}

/// A date as stored: `YYYY-MM-DD`.
pub fn date(text: Option<String>) -> Result<Option<jiff::civil::Date>> {
    text.map(|t| t.parse().map_err(|_| ViewError::Corrupt("Datum".into()))).transpose()
}

/// JSON as stored.
pub fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| ViewError::Corrupt("JSON".into()))
}

/// JSON to store.
pub fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| ViewError::Corrupt("JSON".into()))
}
