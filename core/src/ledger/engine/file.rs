//! A SQLite file of ours, whatever it holds: one writer by an OS lock, private mode, whose it is, idle readers.
//!
//! Deliberately no table: what lies in a file is each engine's own.

use crate::ledger::port::LedgerError;
use rusqlite::Connection;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Why a file cannot be used.
#[derive(Debug)]
pub(super) enum FileError {
    InUse(String),
    Foreign(String),
    Newer { path: String, found: i64, known: i64 },
    Storage(String),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for FileError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn file_error(path: &Path, error: impl std::fmt::Display) -> FileError {
    FileError::Storage(format!("{}: {error}", path.display()))
}

/// Takes the OS lock that keeps a second program off the file (`ledger.lock` for `ledger.db`);
/// the kernel releases it when the process ends, however it ends.
pub(super) fn lock(path: &Path) -> Result<File, FileError> {
    let path = path.with_extension("lock");
    let file = private(OpenOptions::new().create(true).truncate(false).write(true))
        .open(&path)
        .map_err(|e| file_error(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FileError::InUse(path.display().to_string())),
        Err(TryLockError::Error(error)) => Err(file_error(&path, error)),
    }
}

/// Creates the file readable by its owner alone; WAL and index inherit the mode. `false`: it was there.
pub(super) fn create_private(path: &Path) -> Result<bool, FileError> {
    match private(OpenOptions::new().create_new(true).write(true)).open(path) {
        Ok(file) => file.sync_all().map(|()| true).map_err(|e| file_error(path, e)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(file_error(path, error)),
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Numbers in a file's head that tell `file`, SQLite and us whose it is; the version rises with every change of
/// the tables, and an older program refuses a newer file.
pub(super) struct Mark {
    pub(super) application: i64,
    pub(super) version: i64,
}

impl Mark {
    /// True for an empty file; an error for a file that is not ours or is newer than this program.
    pub(super) fn fresh(&self, conn: &Connection, path: &Path) -> Result<bool, FileError> {
        let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
        if number("SELECT count(*) FROM sqlite_schema")? == 0 {
            return Ok(true);
        }
        if number("PRAGMA application_id")? != self.application {
            return Err(FileError::Foreign(path.display().to_string()));
        }
        let found = number("PRAGMA user_version")?;
        if found > self.version {
            return Err(FileError::Newer { path: path.display().to_string(), found, known: self.version });
        }
        Ok(false)
    }

    /// Writes the numbers.
    pub(super) fn sql(&self) -> String {
        format!("PRAGMA application_id={}; PRAGMA user_version={};", self.application, self.version)
    }
}

/// Puts the file into this journal mode and flushes every commit: what was acknowledged survives a power cut.
pub(super) fn set_up_writer(conn: &Connection, path: &Path, journal: &str) -> Result<(), FileError> {
    let mode: String = conn.query_row(&format!("PRAGMA journal_mode={journal}"), [], |row| row.get(0))?;
    if mode != journal {
        return Err(file_error(path, format!("journal {journal} not possible here ({mode})")));
    }
    conn.execute_batch(
        "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;
         PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;",
    )?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Makes a connection one that cannot write, and touches the file.
pub(super) fn set_up_reader(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(32);
    conn.execute_batch(
        "PRAGMA query_only=ON; PRAGMA cache_size=-8192; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;
         PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;",
    )?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Connections that read, kept for the next query.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Connection>>);

impl Idle {
    /// Runs a query on an idle connection or on one that `open` gives; one that failed is not used again.
    pub(super) fn run<T>(
        &self,
        open: impl FnOnce() -> Result<Connection, LedgerError>,
        query: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pooled = idle().pop();
        let conn = pooled.map_or_else(open, Ok)?;
        let result = query(&conn)?;
        idle().push(conn);
        Ok(result)
    }
}
