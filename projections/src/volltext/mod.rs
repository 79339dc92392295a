//! `volltext.db`: the words inside the documents, a view file of its own with its own position.
//!
//! Reads no document itself: whoever feeds it (`cli`) has a separate process take out the text. Holds no rights
//! either; a question joins them from `internal.db`. The file may be deleted at any time.

pub mod frage;
pub mod saeubern;

use crate::error::{Result, ViewError};
use crate::internal::suche::{trigrams, words};
use akte_core::verfahren::katalog::fold;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use uuid::Uuid;

/// File in the data folder.
pub const VOLLTEXT: &str = "volltext.db";
/// Lies beside it; holds nothing.
const SPERRE: &str = "volltext.lock";
/// Raised when rows or folding change: old files are then made anew.
const FASSUNG: &str = "1";
/// Words remembered as already known.
const KEPT: usize = 200_000;

/// `nr` is the log index of the event that named the version, so that newer documents have higher numbers.
const SCHEMA: &str = "
CREATE TABLE lauf(schluessel TEXT PRIMARY KEY, wert INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE meta(schluessel TEXT PRIMARY KEY, wert TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE inhalt(nr INTEGER PRIMARY KEY, dokument BLOB NOT NULL UNIQUE, ausgang TEXT NOT NULL, text TEXT NOT NULL);
CREATE VIRTUAL TABLE volltext USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='unicode61');
CREATE TABLE wort(wort TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE trigramm(tri TEXT, wort TEXT, PRIMARY KEY(tri, wort)) WITHOUT ROWID;
";

/// One version of a document as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zeile {
    /// Log index of the event that named it.
    pub nr: u64,
    pub dokument: Uuid,
    /// Outcome of the reader (`akte_core::auszug::Ausgang`).
    pub ausgang: String,
    /// Title and file name, then the text.
    pub text: String,
}

/// Held while somebody writes the file: feeding and erasing exclude each other, in one process and between several.
pub struct Sperre(File);

impl Sperre {
    /// Waits until nobody else writes; blocks the thread.
    pub fn warten(dir: &Path) -> Result<Self> {
        let path = dir.join(SPERRE);
        crate::private_file(&path)?;
        let file = File::options().write(true).open(&path)?;
        file.lock()?;
        Ok(Self(file))
    }
}

impl Drop for Sperre {
    fn drop(&mut self) {
        // The kernel releases it with the file as well.
        let _ = self.0.unlock();
    }
}

/// The file opened for writing, under its lock.
pub struct Datei {
    db: Connection,
    known: HashSet<String>,
}

impl Datei {
    /// Opens or makes the file; one made by other code is thrown away, its text is read again.
    pub fn oeffnen(dir: &Path, _sperre: &Sperre) -> Result<Self> {
        let path = dir.join(VOLLTEXT);
        match Self::an(&path, "WAL") {
            Ok(datei) if datei.fassung().as_deref() == Some(FASSUNG) => Ok(datei),
            Err(ViewError::Storage(e)) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                Err(ViewError::Storage(e))
            }
            _ => {
                crate::rebuild::remove(&path)?;
                Self::an(&path, "WAL")
            }
        }
    }

    /// Throws the file away, so that everything is read again.
    pub fn verwerfen(dir: &Path, _sperre: &Sperre) -> Result<()> {
        crate::rebuild::remove(&dir.join(VOLLTEXT))
    }

    /// A file beside the live one, thrown away after a crash.
    pub(crate) fn daneben(path: &Path) -> Result<Self> {
        crate::rebuild::remove(path)?;
        Self::an(path, "MEMORY")
    }

    fn an(path: &Path, modus: &str) -> Result<Self> {
        crate::private_file(path)?;
        let db = Connection::open(path)?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.set_prepared_statement_cache_capacity(32);
        db.execute_batch(&format!(
            "PRAGMA journal_mode={modus}; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; PRAGMA cache_size=-65536;"
        ))?;
        let fresh: bool = db.query_row("SELECT count(*)=0 FROM sqlite_master", [], |r| r.get(0))?;
        if fresh {
            db.execute_batch(&format!(
                "BEGIN IMMEDIATE; {SCHEMA} INSERT INTO meta VALUES('fassung','{FASSUNG}'); COMMIT"
            ))?;
        }
        Ok(Self { db, known: HashSet::new() })
    }

    fn fassung(&self) -> Option<String> {
        self.db.query_row("SELECT wert FROM meta WHERE schluessel='fassung'", [], |r| r.get(0)).ok()
    }

    /// Number of events taken in.
    pub fn next(&self) -> Result<u64> {
        self.stand("naechstes")
    }

    /// Erasures requested below this index are reflected in the rows.
    pub fn cleaned_until(&self) -> Result<u64> {
        self.stand("bereinigt_bis")
    }

    fn stand(&self, schluessel: &str) -> Result<u64> {
        let sql = "SELECT wert FROM lauf WHERE schluessel=?1";
        Ok(self.db.query_row(sql, [schluessel], |r| r.get(0)).optional()?.unwrap_or(0))
    }

    pub(crate) fn merken(&self, schluessel: &str, wert: u64) -> Result<()> {
        self.db.execute("INSERT OR REPLACE INTO lauf VALUES(?1,?2)", params![schluessel, wert])?;
        Ok(())
    }

    /// Rows and position in one transaction.
    pub fn nehmen(&mut self, zeilen: &[Zeile], next: u64) -> Result<()> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let done = zeilen.iter().try_for_each(|z| self.eintragen(z)).and_then(|()| self.merken("naechstes", next));
        if done.is_err() {
            self.known.clear();
        }
        self.db.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    }

    /// The newest version stands for the document.
    fn eintragen(&mut self, z: &Zeile) -> Result<()> {
        let id = z.dokument.into_bytes();
        let sql = "SELECT nr FROM inhalt WHERE dokument=?1";
        let old: Option<u64> = self.db.prepare_cached(sql)?.query_row([id], |r| r.get(0)).optional()?;
        match old {
            Some(old) if old >= z.nr => return Ok(()),
            Some(old) => {
                self.db.prepare_cached("DELETE FROM volltext WHERE rowid=?1")?.execute([old])?;
                self.db.prepare_cached("DELETE FROM inhalt WHERE nr=?1")?.execute([old])?;
            }
            None => {}
        }
        let sql = "INSERT INTO inhalt VALUES(?1,?2,?3,?4)";
        self.db.prepare_cached(sql)?.execute(params![z.nr, id, z.ausgang, z.text])?;
        let folded = fold(&z.text);
        self.db.prepare_cached("INSERT INTO volltext(rowid, text) VALUES(?1,?2)")?.execute(params![z.nr, folded])?;
        self.woerter(&folded)
    }

    /// Words for misspelt questions.
    fn woerter(&mut self, folded: &str) -> Result<()> {
        for w in words(folded).filter(|w| w.len() >= 4 && w.len() <= 40 && !w.contains(|c: char| c.is_numeric())) {
            if self.known.contains(w) {
                continue;
            }
            if self.db.prepare_cached("INSERT OR IGNORE INTO wort VALUES(?1)")?.execute([w])? == 1 {
                for t in trigrams(w) {
                    self.db.prepare_cached("INSERT OR IGNORE INTO trigramm VALUES(?1,?2)")?.execute([&t, w])?;
                }
            }
            if self.known.len() < KEPT {
                self.known.insert(w.to_owned());
            }
        }
        Ok(())
    }

    /// Documents by outcome, for whoever runs the town.
    pub fn ausgaenge(&self) -> Result<Vec<(String, u64)>> {
        let mut stmt = self.db.prepare("SELECT ausgang, count(*) FROM inhalt GROUP BY 1 ORDER BY 1")?;
        let rows = stmt.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
