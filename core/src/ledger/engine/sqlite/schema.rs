//! The tables of `ledger.db`, and how a connection to it is set up.
//!
//! Deliberately lean: no unique event hash, no node rows, no stream heads, no command table, for
//! each random key dirties a 4 KiB page per event. Rowid tables only, numbers without gaps.

use super::OpenError;
use crate::ledger::engine::file::{self, Mark};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// `AktK`.
const MARK: Mark = Mark { application: 0x416b_744b, version: 1 };

const TABLES: &str = "
CREATE TABLE stream (sno INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE);
CREATE TABLE event (idx INTEGER PRIMARY KEY, sno INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
  header BLOB NOT NULL, UNIQUE (sno, seq));
CREATE TABLE payload (id INTEGER PRIMARY KEY, kek_id INTEGER, change INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX payload_changed ON payload (change) WHERE change > 0;
CREATE TABLE kek_use (kek_id INTEGER PRIMARY KEY, subject TEXT NOT NULL, procedure BLOB NOT NULL, mac BLOB NOT NULL);
CREATE TABLE tile (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, n));
CREATE TABLE ledger_head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, frontier BLOB NOT NULL, change INTEGER NOT NULL);
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE cosig (size INTEGER NOT NULL, name TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (size, name));
CREATE TABLE tst (size INTEGER PRIMARY KEY, token BLOB NOT NULL);
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event headers are never changed'); END;
CREATE TRIGGER event_remains BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'event headers are never deleted'); END;
CREATE TRIGGER stream_stays BEFORE UPDATE ON stream BEGIN SELECT RAISE(ABORT, 'streams are never changed'); END;
CREATE TRIGGER stream_remains BEFORE DELETE ON stream BEGIN SELECT RAISE(ABORT, 'streams are never deleted'); END;
CREATE TRIGGER kek_use_stays BEFORE UPDATE ON kek_use BEGIN SELECT RAISE(ABORT, 'key uses are never changed'); END;
CREATE TRIGGER kek_use_remains BEFORE DELETE ON kek_use BEGIN SELECT RAISE(ABORT, 'key uses are never deleted'); END;
CREATE TRIGGER tile_stays BEFORE UPDATE ON tile BEGIN SELECT RAISE(ABORT, 'tiles are never changed'); END;
CREATE TRIGGER tile_remains BEFORE DELETE ON tile BEGIN SELECT RAISE(ABORT, 'tiles are never deleted'); END;
";

/// Opens the connection that writes; creates the tables in an empty file.
/// WAL and FULL together: an acknowledged commit survives a power cut (reliability: NORMAL loses some).
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    open_with(path, "wal")
}

/// Opens a backup for writing. It is one file with nothing beside it, also on media that cannot share
/// memory; an interrupted transaction is rolled back here.
pub(super) fn open_copy(path: &Path) -> Result<Connection, OpenError> {
    open_with(path, "delete")
}

fn open_with(path: &Path, journal: &str) -> Result<Connection, OpenError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    let fresh = MARK.fresh(&conn, path)?;
    file::set_up_writer(&conn, path, journal)?;
    // A second connection cuts the log (see `sweep`).
    conn.execute_batch("PRAGMA wal_autocheckpoint=0;")?;
    if fresh {
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE; {TABLES} INSERT INTO ledger_head VALUES (1, 0, zeroblob(8), 0);
             {} COMMIT;",
            MARK.sql()
        ))?;
    }
    Ok(conn)
}

/// Opens a connection that cannot write. A copy without its WAL on read-only media is opened as immutable.
pub(super) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = match Connection::open_with_flags(path, flags).and_then(|c| file::set_up_reader(&c).map(|()| c)) {
        Ok(conn) => conn,
        Err(_) if path.exists() && !super::beside(path, "-wal").exists() => {
            let uri =
                format!("file:{}?immutable=1", path.display().to_string().replace('%', "%25").replace('?', "%3f"));
            let conn = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?;
            file::set_up_reader(&conn)?;
            conn
        }
        Err(error) => return Err(error.into()),
    };
    if MARK.fresh(&conn, path)? {
        return Err(OpenError::Foreign(path.display().to_string()));
    }
    Ok(conn)
}
