//! `local.db`: what is this machine's alone and never part of the record.
//!
//! Sessions, password hashes, drafts, secrets of the edge. Losing the file costs logins and
//! unfinished forms, no filed case.

use crate::error::Fehler;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// `local.db` cannot be used; the text holds no personal data.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LocalError {
    /// Nothing was written; it may pass.
    #[error("local.db: der Datenträger ist voll")]
    Voll,
    #[error("local.db: {0}")]
    Datei(String),
}

impl From<rusqlite::Error> for LocalError {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => LocalError::Voll,
            _ => LocalError::Datei(e.to_string()),
        }
    }
}

impl From<std::io::Error> for LocalError {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::StorageFull => LocalError::Voll,
            _ => LocalError::Datei(e.to_string()),
        }
    }
}

impl From<LocalError> for Fehler {
    fn from(e: LocalError) -> Self {
        match e {
            LocalError::Voll => akte_core::execute::ExecuteError::DiskFull.into(),
            e => Fehler::fault(e),
        }
    }
}

const SCHEMA: &str = "
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS geheimnis (name TEXT PRIMARY KEY, wert BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS passwort (konto BLOB PRIMARY KEY, phc TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sitzung (hash BLOB PRIMARY KEY, konto BLOB NOT NULL, marke TEXT NOT NULL,
  gesehen INTEGER NOT NULL, ende INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS sitzung_konto ON sitzung (konto);
CREATE TABLE IF NOT EXISTS entwurf (id BLOB PRIMARY KEY, inhalt BLOB NOT NULL, ende INTEGER NOT NULL,
  vorgang BLOB) STRICT;
CREATE TABLE IF NOT EXISTS pruefung (nr INTEGER PRIMARY KEY, beginn INTEGER NOT NULL, gesehen INTEGER NOT NULL,
  fertig INTEGER NOT NULL, gesamt INTEGER NOT NULL, bericht TEXT) STRICT;
CREATE TABLE IF NOT EXISTS zweck (sitzung BLOB PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS notiz (nr INTEGER PRIMARY KEY AUTOINCREMENT, konto BLOB NOT NULL, art TEXT NOT NULL,
  objekt BLOB NOT NULL, corr BLOB NOT NULL, text TEXT NOT NULL, am INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS notiz_konto ON notiz (konto, art, objekt);
CREATE TABLE IF NOT EXISTS blick (konto BLOB NOT NULL, art TEXT NOT NULL, objekt BLOB NOT NULL, bis INTEGER NOT NULL,
  PRIMARY KEY (konto, art, objekt)) STRICT;
CREATE TABLE IF NOT EXISTS stelle (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
";

/// Handle on `local.db`; cheap to clone.
#[derive(Clone)]
pub struct Local(Arc<Mutex<Connection>>);

/// One live session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitzung {
    pub konto: Uuid,
    /// Rights it was made under (`session::rechte_marke`).
    pub marke: String,
}

/// `gesehen` is written at most this often, seconds: a page view must not cost a flush.
const GESEHEN_SCHRITT: i64 = 60;

impl Local {
    /// Opens or creates the file.
    pub fn open(path: &Path) -> Result<Self, LocalError> {
        // Made first with its mode: SQLite gives the same mode to its write-ahead log.
        akte_projections::private_file(path)?;
        Self::init(Connection::open(path)?)
    }
    /// For tests and dry runs.
    pub fn in_memory() -> Result<Self, LocalError> {
        Self::init(Connection::open_in_memory()?)
    }
    fn init(c: Connection) -> Result<Self, LocalError> {
        c.execute_batch(SCHEMA)?;
        // A file of an older program: its drafts end by date, new ones name their case.
        if !c.prepare("SELECT 1 FROM pragma_table_info('entwurf') WHERE name = 'vorgang'")?.exists([])? {
            c.execute_batch("ALTER TABLE entwurf ADD COLUMN vorgang BLOB")?;
        }
        Ok(Self(Arc::new(Mutex::new(c))))
    }
    /// Runs on this thread; for start-up and the command line.
    pub fn sync<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LocalError> {
        let c = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(f(&c)?)
    }
    /// Runs off the async threads.
    pub async fn run<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LocalError> {
        let selbst = self.clone();
        tokio::task::spawn_blocking(move || selbst.sync(f)).await.map_err(|e| LocalError::Datei(e.to_string()))?
    }
    /// A secret of the edge, made on first use, 32 random bytes.
    pub fn geheimnis(&self, name: &str) -> Result<[u8; 32], LocalError> {
        let neu = crate::session::zufall(32);
        let wert: Vec<u8> = self.sync(|c| {
            c.execute("INSERT OR IGNORE INTO geheimnis VALUES (?1, ?2)", params![name, neu])?;
            c.query_row("SELECT wert FROM geheimnis WHERE name = ?1", [name], |r| r.get(0))
        })?;
        wert.try_into().map_err(|_| LocalError::Datei(format!("secret {name} is not 32 bytes long")))
    }

    /// Stores the PHC string of an account's password and ends its sessions.
    pub fn passwort_setzen(&self, konto: Uuid, phc: &str) -> Result<(), LocalError> {
        self.sync(|c| {
            c.execute("INSERT OR REPLACE INTO passwort VALUES (?1, ?2)", params![konto.as_bytes(), phc])?;
            c.execute("DELETE FROM sitzung WHERE konto = ?1", [konto.as_bytes()])?;
            Ok(())
        })
    }
    /// The PHC string of an account's password.
    pub async fn passwort(&self, konto: Uuid) -> Result<Option<String>, LocalError> {
        self.run(move |c| {
            c.query_row("SELECT phc FROM passwort WHERE konto = ?1", [konto.as_bytes()], |r| r.get(0)).optional()
        })
        .await
    }
    /// Stores a new session; times in Unix seconds.
    pub async fn sitzung_neu(
        &self,
        hash: [u8; 32],
        konto: Uuid,
        marke: String,
        jetzt: i64,
        ende: i64,
    ) -> Result<(), LocalError> {
        self.run(move |c| {
            c.execute("DELETE FROM sitzung WHERE ende < ?1", [jetzt])?;
            c.execute(
                "INSERT INTO sitzung VALUES (?1, ?2, ?3, ?4, ?5)",
                params![hash, konto.as_bytes(), marke, jetzt, ende],
            )?;
            Ok(())
        })
        .await
    }
    /// The session, if neither idle nor over; marks it as seen.
    pub async fn sitzung(&self, hash: [u8; 32], jetzt: i64, leerlauf: i64) -> Result<Option<Sitzung>, LocalError> {
        self.run(move |c| {
            let zeile: Option<([u8; 16], String, i64, i64)> = c
                .query_row("SELECT konto, marke, gesehen, ende FROM sitzung WHERE hash = ?1", [hash], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
                })
                .optional()?;
            let Some((konto, marke, gesehen, ende)) = zeile else { return Ok(None) };
            if jetzt >= ende || jetzt - gesehen > leerlauf {
                c.execute("DELETE FROM sitzung WHERE hash = ?1", [hash])?;
                return Ok(None);
            }
            if jetzt - gesehen >= GESEHEN_SCHRITT {
                c.execute("UPDATE sitzung SET gesehen = ?2 WHERE hash = ?1", params![hash, jetzt])?;
            }
            Ok(Some(Sitzung { konto: Uuid::from_bytes(konto), marke }))
        })
        .await
    }
    /// Ends one session.
    pub async fn sitzung_beenden(&self, hash: [u8; 32]) -> Result<(), LocalError> {
        self.run(move |c| c.execute("DELETE FROM sitzung WHERE hash = ?1", [hash]).map(|_| ())).await
    }
    /// Ends all sessions of an account.
    pub async fn sitzungen_beenden(&self, konto: Uuid) -> Result<(), LocalError> {
        self.run(move |c| c.execute("DELETE FROM sitzung WHERE konto = ?1", [konto.as_bytes()]).map(|_| ())).await
    }

    /// Stores a sealed draft until `ende` (Unix seconds) and drops those that are over. `vorgang`: the case it
    /// becomes or became, so that erasing the case reaches what was left of the draft.
    pub async fn entwurf_sichern(
        &self,
        id: [u8; 32],
        inhalt: Vec<u8>,
        vorgang: Uuid,
        jetzt: i64,
        ende: i64,
    ) -> Result<(), LocalError> {
        self.run(move |c| {
            c.execute("DELETE FROM entwurf WHERE ende < ?1", [jetzt])?;
            let sql = "INSERT OR REPLACE INTO entwurf (id, inhalt, ende, vorgang) VALUES (?1, ?2, ?3, ?4)";
            c.execute(sql, params![id, inhalt, ende, vorgang.as_bytes()])?;
            Ok(())
        })
        .await
    }
    /// A sealed draft that is not over.
    pub async fn entwurf(&self, id: [u8; 32], jetzt: i64) -> Result<Option<Vec<u8>>, LocalError> {
        self.run(move |c| {
            c.query_row("SELECT inhalt FROM entwurf WHERE id = ?1 AND ende >= ?2", params![id, jetzt], |r| r.get(0))
                .optional()
        })
        .await
    }
    /// Removes a draft.
    pub async fn entwurf_loeschen(&self, id: [u8; 32]) -> Result<(), LocalError> {
        self.run(move |c| c.execute("DELETE FROM entwurf WHERE id = ?1", [id]).map(|_| ())).await
    }

    /// Removes what is left of the drafts of these cases and of notes about them, from the file and its write-ahead log.
    pub fn entwuerfe_vernichten(&self, vorgaenge: &[Uuid]) -> Result<(), LocalError> {
        let busy: i64 = self.sync(|c| {
            for vorgang in vorgaenge {
                c.execute("DELETE FROM entwurf WHERE vorgang = ?1", [vorgang.as_bytes()])?;
                // What somebody noted beside the record about the case is about the same person.
                c.execute("DELETE FROM notiz WHERE corr = ?1", [vorgang.as_bytes()])?;
            }
            c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))
        })?;
        if busy == 0 { Ok(()) } else { Err(LocalError::Datei("the write-ahead log is in use; repeat".into())) }
    }

    /// Durable position of a follower such as `process`.
    pub fn position(&self, name: &str) -> Result<Option<u64>, LocalError> {
        let p: Option<i64> =
            self.sync(|c| c.query_row("SELECT position FROM stelle WHERE name = ?1", [name], |r| r.get(0)).optional())?;
        Ok(p.and_then(|p| u64::try_from(p).ok()))
    }
    /// Stores the position of a follower.
    pub fn position_setzen(&self, name: &str, position: u64) -> Result<(), LocalError> {
        let p = i64::try_from(position).map_err(|e| LocalError::Datei(e.to_string()))?;
        self.sync(|c| c.execute("INSERT OR REPLACE INTO stelle VALUES (?1, ?2)", params![name, p]).map(|_| ()))
    }
}
