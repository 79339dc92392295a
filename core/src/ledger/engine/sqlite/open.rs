//! Opening: one writer per file, private file mode, and the check of the log's tail before serving.
//!
//! Deliberately cheap: the last tile's events and the stored frontier. The full check is `akte verify`.

use super::{beside, read, tables};
use crate::ledger::engine::check::prev_of;
use crate::ledger::engine::file::{self, FileError};
use crate::ledger::hash::{ZERO, event_hash, leaf};
use crate::ledger::merkle::{Frontier, FrontierError, TILE_WIDTH};
use crate::ledger::port::{Hash, LedgerError};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use std::path::Path;

/// Why a ledger file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "{0} wird von einem anderen Programm benutzt. Beenden Sie zuerst den anderen Server; nichts wurde geändert."
    )]
    InUse(String),
    #[error(
        "{path} hat Format {found}, dieses Programm kennt Formate bis {known}. \
         Installieren Sie die neuere Fassung; nichts wurde geändert."
    )]
    Newer { path: String, found: i64, known: i64 },
    #[error("{0} ist kein Ereignisspeicher dieses Programms. Prüfen Sie den Datenordner; nichts wurde geändert.")]
    Foreign(String),
    #[error(
        "Der Ereignisspeicher ist beschädigt, zuerst bei Ereignis {index}: {reason}. \
         `akte verify` nennt den Umfang; spielen Sie eine Sicherung ein."
    )]
    Corrupt { index: u64, reason: String },
    #[error("Der Ereignisspeicher lässt sich nicht öffnen: {0}")]
    Storage(String),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse("ledger.db".into()),
            _ => LedgerError::from(error).into(),
        }
    }
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::InUse(path) => Self::InUse(path),
            FileError::Foreign(path) => Self::Foreign(path),
            FileError::Newer { path, found, known } => Self::Newer { path, found, known },
            FileError::Storage(why) => Self::Storage(why),
            FileError::Sqlite(error) => error.into(),
        }
    }
}

impl From<FrontierError> for OpenError {
    fn from(error: FrontierError) -> Self {
        Self::Corrupt { index: 0, reason: error.to_string() }
    }
}

impl From<LedgerError> for OpenError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Storage(why) => Self::Storage(why),
            LedgerError::Corrupt { index, reason } => Self::Corrupt { index, reason },
        }
    }
}

/// Creates the file readable by its owner alone; warns of an older, laxer one.
pub(super) fn create_private(path: &Path) -> Result<(), OpenError> {
    if !file::create_private(path)? {
        warn_of_mode(path);
    }
    Ok(())
}

#[cfg(unix)]
fn warn_of_mode(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for path in [path.to_owned(), beside(path, "-wal")] {
        let Ok(meta) = std::fs::metadata(&path) else { continue };
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            tracing::warn!(path = %path.display(), mode = %format!("{mode:o}"), "file is readable by others; set mode 0600");
        }
    }
}

#[cfg(not(unix))]
fn warn_of_mode(_: &Path) {}

/// Rebuilds the frontier from tiles and the last events and compares it with the stored one;
/// checks that each of these last events follows its predecessor.
pub(super) fn check_tail(conn: &Connection) -> Result<Frontier, OpenError> {
    let (size, stored) = read::head_row(conn)?;
    let rows: u64 = conn.query_row("SELECT coalesce(max(idx) + 1, 0) FROM event", [], |row| row.get(0))?;
    if rows != size {
        let reason = format!("the head says {size} events, the last stored one is number {rows}");
        return Err(OpenError::Corrupt { index: rows.min(size), reason });
    }
    let first = size - size % TILE_WIDTH as u64;
    let mut tail = Vec::with_capacity(TILE_WIDTH);
    let mut events = conn.prepare("SELECT idx, sno, seq, header, hash FROM event WHERE idx >= ?1 ORDER BY idx")?;
    let mut rows = events.query([first])?;
    while let Some(row) = rows.next()? {
        let (index, sno, seq): (u64, i64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let header = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
        if index != first + tail.len() as u64 {
            return Err(OpenError::Corrupt { index, reason: "an event before it is missing".into() });
        }
        let prev = match seq.checked_sub(1) {
            None => Some(ZERO),
            Some(before) => hash_at(conn, sno, before)?,
        };
        if prev.is_none() || prev_of(header) != prev {
            return Err(OpenError::Corrupt {
                index,
                reason: "it does not follow the event before it in its stream".into(),
            });
        }
        let hash = event_hash(header);
        if hash != row.get::<_, Hash>(4)? {
            return Err(OpenError::Corrupt { index, reason: "its header is not the one that was hashed".into() });
        }
        tail.push(leaf(&hash));
    }
    Frontier::restore(&stored, &tail, |level, n| {
        tables::tile(conn, level, n)?.ok_or_else(|| OpenError::Corrupt {
            index: n << (8 * (u32::from(level) + 1)),
            reason: format!("tile {level}/{n} is missing"),
        })
    })
}

fn hash_at(conn: &Connection, sno: i64, seq: u64) -> rusqlite::Result<Option<Hash>> {
    conn.prepare_cached("SELECT hash FROM event WHERE sno = ?1 AND seq = ?2")?
        .query_row(params![sno, seq], |row| row.get(0))
        .optional()
}
