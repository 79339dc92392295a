//! One view file: its views, their positions, and the one transaction that moves both.
//!
//! Reads no ledger and knows no event; a view that cannot take in an event is parked alone.

use crate::ereignis::{Gelesen, Recorded};
use crate::error::{Result, ViewError};
use akte_core::ledger::receipt::Redacted;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// One question the town can ask; owns its tables and reads no other view's while writing.
pub trait View: Send {
    /// Stable name, shown by `health` and stored with the position.
    fn name(&self) -> &'static str;
    /// `CREATE` statements of its tables.
    fn schema(&self) -> &'static str;
    /// Takes in one event; must depend on nothing but earlier events.
    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()>;
    /// Takes in the public proof of the event just applied, where it has one.
    fn belegt(&mut self, _db: &Connection, _r: &Recorded, _beleg: &Redacted) -> Result<()> {
        Ok(())
    }
    /// Writes what was gathered in memory, at the end of a batch.
    fn finish(&mut self, _db: &Connection) -> Result<()> {
        Ok(())
    }
    /// Forgets what was gathered: the transaction was rolled back.
    fn reset(&mut self) {}
}

/// Raised when a view or what it folds (`akte_core::verfahren`) changes its rows: old files are then rebuilt.
const FASSUNG: u32 = 3;

const RAHMEN: &str = "
CREATE TABLE meta(schluessel TEXT PRIMARY KEY, wert TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lauf(schluessel TEXT PRIMARY KEY, wert INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE position(sicht TEXT PRIMARY KEY, naechstes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE geparkt(sicht TEXT PRIMARY KEY, idx INTEGER NOT NULL, grund TEXT NOT NULL) WITHOUT ROWID;
";

/// Makes a missing file readable by its owner alone; SQLite gives the same mode to its write-ahead log.
pub fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

struct Entry {
    view: Box<dyn View>,
    next: u64,
    parked: bool,
}

/// A view file opened for writing; there is one writer per file.
pub struct ViewFile {
    conn: Connection,
    path: PathBuf,
    entries: Vec<Entry>,
}

/// How a file is written: live beside readers, or as a copy that is thrown away after a crash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Art {
    Live,
    Daneben,
}

impl ViewFile {
    /// Opens or creates the file. `None`: it was written by other code and must be rebuilt.
    pub fn open(path: &Path, art: Art, views: Vec<Box<dyn View>>) -> Result<Option<Self>> {
        private_file(path)?;
        let conn = Connection::open(path)?;
        conn.busy_timeout(std::time::Duration::from_secs(5))?;
        conn.set_prepared_statement_cache_capacity(128);
        let modus = if art == Art::Live { "WAL" } else { "MEMORY" };
        let sync = if art == Art::Live { "NORMAL" } else { "OFF" };
        // Erased and withdrawn rows must not survive in free pages.
        conn.execute_batch(&format!(
            "PRAGMA journal_mode={modus}; PRAGMA synchronous={sync}; PRAGMA secure_delete=ON; PRAGMA cache_size=-65536;"
        ))?;
        let digest = digest(&views);
        let fresh: bool = conn.query_row("SELECT count(*)=0 FROM sqlite_master", [], |r| r.get(0))?;
        if fresh {
            create(&conn, &views, &digest)?;
        } else if stored_digest(&conn) != Some(digest) {
            return Ok(None);
        }
        let mut file = Self { conn, path: path.to_path_buf(), entries: Vec::new() };
        for view in views {
            let sql = "SELECT naechstes FROM position WHERE sicht=?1";
            let next = file.conn.query_row(sql, [view.name()], |r| r.get(0)).optional()?.unwrap_or(0);
            // Every start tries a parked view again.
            file.entries.push(Entry { view, next, parked: false });
        }
        Ok(Some(file))
    }

    /// Number of events all running views have taken in; if every view is parked, the largest of theirs.
    pub fn next(&self) -> u64 {
        let running = self.entries.iter().filter(|e| !e.parked).map(|e| e.next).min();
        running.or(self.entries.iter().map(|e| e.next).max()).unwrap_or(0)
    }

    /// Lets parked views try again, each from its own position.
    pub fn resume(&mut self) {
        self.entries.iter_mut().for_each(|e| e.parked = false);
    }

    /// Takes in a batch of consecutive events: rows and positions in one transaction.
    pub fn take(&mut self, batch: &[Gelesen]) -> Result<()> {
        let done = self.try_take(batch);
        if done.is_err() {
            self.entries.iter_mut().for_each(|e| e.view.reset());
        }
        done
    }

    fn try_take(&mut self, batch: &[Gelesen]) -> Result<()> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut after = Vec::with_capacity(self.entries.len());
        for e in &mut self.entries {
            let first = batch.first().map_or(u64::MAX, |r| r.index);
            if e.parked || first > e.next {
                // Not yet its turn; `finish` still runs so that gathered figures are written.
                e.view.finish(&tx)?;
                after.push((e.next, e.parked));
                continue;
            }
            let rest = &batch[((e.next - first) as usize).min(batch.len())..];
            let stopped = feed(&tx, e.view.as_mut(), rest)?;
            let next = stopped.unwrap_or(e.next + rest.len() as u64);
            set_position(&tx, e.view.name(), next, stopped.is_some())?;
            after.push((next, stopped.is_some()));
        }
        tx.commit()?;
        for (e, (next, parked)) in self.entries.iter_mut().zip(after) {
            (e.next, e.parked) = (next, parked);
        }
        Ok(())
    }

    /// The erasures below this index are reflected in the rows (not part of the dump).
    pub fn erased_until(&self) -> Result<u64> {
        let sql = "SELECT wert FROM lauf WHERE schluessel='geloescht_bis'";
        Ok(self.conn.query_row(sql, [], |r| r.get(0)).optional()?.unwrap_or(0))
    }

    /// Notes that the file was built from a ledger of this size.
    pub fn set_erased_until(&self, size: u64) -> Result<()> {
        self.conn.execute("INSERT OR REPLACE INTO lauf VALUES('geloescht_bis', ?1)", [size])?;
        Ok(())
    }

    /// The erasures requested below this index are reflected in the rows, confirmed or not (not part of the dump).
    pub fn cleaned_until(&self) -> Result<u64> {
        let sql = "SELECT wert FROM lauf WHERE schluessel='bereinigt_bis'";
        Ok(self.conn.query_row(sql, [], |r| r.get(0)).optional()?.unwrap_or(0))
    }

    /// Notes that the rows were built after the keys of these requests were destroyed.
    pub fn set_cleaned_until(&self, request: u64) -> Result<()> {
        self.conn.execute("INSERT OR REPLACE INTO lauf VALUES('bereinigt_bis', ?1)", [request])?;
        Ok(())
    }

    /// Cuts the file's write-ahead log to nothing. An error: a reader still holds what was erased; repeat.
    pub fn cut_wal(&self) -> Result<()> {
        let busy: i64 = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
        if busy == 0 { Ok(()) } else { Err(ViewError::Corrupt("ein Leser hält die alte Sicht noch fest".into())) }
    }

    pub fn connection(&self) -> &Connection {
        &self.conn
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Feeds one view; the index it stopped at, if an event was poison to it.
fn feed(tx: &Connection, view: &mut dyn View, rest: &[Gelesen]) -> Result<Option<u64>> {
    tx.execute_batch("SAVEPOINT sicht")?;
    let mut stopped = None;
    if let Err((at, error)) = apply_all(tx, view, rest) {
        let Some(grund) = poison_reason(&error) else { return Err(error) };
        tx.execute_batch("ROLLBACK TO sicht")?;
        view.reset();
        apply_all(tx, view, &rest[..at]).map_err(|(_, e)| e)?;
        let index = rest[at].index;
        tx.execute("INSERT OR REPLACE INTO geparkt VALUES(?1,?2,?3)", params![view.name(), index, grund])?;
        tracing::error!(sicht = view.name(), index, grund, "Sicht geparkt");
        stopped = Some(index);
    }
    view.finish(tx)?;
    tx.execute_batch("RELEASE sicht")?;
    Ok(stopped)
}

fn apply_all(tx: &Connection, view: &mut dyn View, rest: &[Gelesen]) -> std::result::Result<(), (usize, ViewError)> {
    rest.iter().enumerate().try_for_each(|(i, g)| {
        view.apply(tx, g).map_err(|e| (i, e))?;
        g.beleg.as_ref().map_or(Ok(()), |beleg| view.belegt(tx, g, beleg)).map_err(|e| (i, e))
    })
}

/// Poison is the event's fault; anything else is the file's and stops the batch.
fn poison_reason(e: &ViewError) -> Option<String> {
    match e {
        ViewError::Poison(grund) => Some(grund.clone()),
        ViewError::Storage(s) if s.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Some("verletzt eine Bedingung der Sicht".into())
        }
        _ => None,
    }
}

fn set_position(tx: &Connection, view: &str, next: u64, parked: bool) -> Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO position VALUES(?1,?2)")?.execute(params![view, next])?;
    if !parked {
        tx.prepare_cached("DELETE FROM geparkt WHERE sicht=?1")?.execute([view])?;
    }
    Ok(())
}

fn create(conn: &Connection, views: &[Box<dyn View>], digest: &str) -> Result<()> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    conn.execute_batch(RAHMEN)?;
    for v in views {
        conn.execute_batch(v.schema())?;
        conn.execute("INSERT INTO position VALUES(?1,0)", [v.name()])?;
    }
    conn.execute("INSERT INTO meta VALUES('code', ?1)", [digest])?;
    conn.execute_batch("COMMIT")?;
    Ok(())
}

fn stored_digest(conn: &Connection) -> Option<String> {
    conn.query_row("SELECT wert FROM meta WHERE schluessel='code'", [], |r| r.get(0)).ok()
}

fn digest(views: &[Box<dyn View>]) -> String {
    let mut h = Sha256::new();
    h.update(format!("{FASSUNG}\n{}\n{RAHMEN}", env!("CARGO_PKG_VERSION")));
    for v in views {
        h.update(v.name());
        h.update(v.schema());
    }
    h.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
