//! The tables of `eventstore.db`, and how a connection to it is set up.
//!
//! Deliberately holds no header: the server keeps those. Groups of an append that is on its way lie under a slot
//! of their own until the sequencer gives the event its index; then they stay where they are.

use super::super::OpenError;
use crate::ledger::engine::file::{self, Mark};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// `AktE`.
const MARK: Mark = Mark { application: 0x416b_7445, version: 1 };

const TABLES: &str = "
CREATE TABLE stream (sno INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE);
CREATE TABLE seq_map (idx INTEGER PRIMARY KEY, commit_pos INTEGER NOT NULL UNIQUE, prepare_pos INTEGER NOT NULL,
  sno INTEGER NOT NULL, revision INTEGER NOT NULL, event_hash BLOB NOT NULL, slot INTEGER NOT NULL, UNIQUE (sno, revision));
CREATE TABLE pending (slot INTEGER PRIMARY KEY, event_hash BLOB NOT NULL UNIQUE, held INTEGER NOT NULL DEFAULT 0);
CREATE TABLE payload (id INTEGER PRIMARY KEY, kek_id INTEGER, change INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX payload_changed ON payload (change) WHERE change > 0;
CREATE TABLE kek_use (kek_id INTEGER PRIMARY KEY, subject TEXT NOT NULL, procedure BLOB NOT NULL, mac BLOB NOT NULL);
CREATE TABLE kek_retired (kek_id INTEGER PRIMARY KEY);
CREATE TABLE tile (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, n));
CREATE TABLE ledger_head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, frontier BLOB NOT NULL,
  change INTEGER NOT NULL, next_slot INTEGER NOT NULL, seen_commit INTEGER, seen_prepare INTEGER, prefix TEXT NOT NULL);
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE foreign_event (commit_pos INTEGER NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL,
  reason TEXT NOT NULL, PRIMARY KEY (name, revision, commit_pos));
CREATE TABLE frozen (name TEXT PRIMARY KEY, kind TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TRIGGER seq_map_stays BEFORE UPDATE ON seq_map BEGIN SELECT RAISE(ABORT, 'places are never changed'); END;
CREATE TRIGGER seq_map_remains BEFORE DELETE ON seq_map BEGIN SELECT RAISE(ABORT, 'places are never deleted'); END;
CREATE TRIGGER stream_stays BEFORE UPDATE ON stream BEGIN SELECT RAISE(ABORT, 'streams are never changed'); END;
CREATE TRIGGER stream_remains BEFORE DELETE ON stream BEGIN SELECT RAISE(ABORT, 'streams are never deleted'); END;
CREATE TRIGGER kek_use_stays BEFORE UPDATE ON kek_use BEGIN SELECT RAISE(ABORT, 'key uses are never changed'); END;
CREATE TRIGGER kek_use_remains BEFORE DELETE ON kek_use BEGIN SELECT RAISE(ABORT, 'key uses are never deleted'); END;
CREATE TRIGGER tile_stays BEFORE UPDATE ON tile BEGIN SELECT RAISE(ABORT, 'tiles are never changed'); END;
CREATE TRIGGER tile_remains BEFORE DELETE ON tile BEGIN SELECT RAISE(ABORT, 'tiles are never deleted'); END;
CREATE TRIGGER foreign_event_remains BEFORE DELETE ON foreign_event BEGIN SELECT RAISE(ABORT, 'alarms are never deleted'); END;
";

/// Opens the connection that writes; creates the tables in an empty file. WAL and FULL together: what was
/// committed survives a power cut.
pub(super) fn open_writer(path: &Path, prefix: &str) -> Result<Connection, OpenError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    let fresh = MARK.fresh(&conn, path)?;
    file::set_up_writer(&conn, path, "wal")?;
    conn.execute_batch("PRAGMA wal_autocheckpoint=4000;")?;
    if fresh {
        conn.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES}"))?;
        let head = "INSERT INTO ledger_head VALUES (1, 0, zeroblob(8), 0, 0, NULL, NULL, ?1)";
        conn.execute(head, [prefix])?;
        conn.execute_batch(&format!("{} COMMIT;", MARK.sql()))?;
    }
    let stored: String = conn.query_row("SELECT prefix FROM ledger_head WHERE one = 1", [], |row| row.get(0))?;
    if stored != prefix {
        return Err(OpenError::Prefix { path: path.display().to_string(), stored });
    }
    Ok(conn)
}

/// Opens a connection that cannot write.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    file::set_up_reader(&conn)?;
    Ok(conn)
}
