//! What may change beside the chain: erased and re-sealed groups, checkpoints.
//!
//! Deliberately thorough: `secure_delete` overwrites the rows, and the write-ahead log is cut to nothing before
//! erasing is reported, so that no remnant waits in it.

use super::{Store, bounded, pending, storage};
use crate::ledger::port::{KekUse, LedgerError, StoredGroup};
use rusqlite::{Connection, OptionalExtension, params};

impl Store {
    /// Deletes the groups that exist and says how many did. Repeating it is harmless.
    pub(in super::super) fn erase(&self, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
        let erased: Result<u64, ()> = self.change(|conn| {
            next_change(conn)?;
            let mut delete = conn.prepare_cached("DELETE FROM payload WHERE id = ?1")?;
            let mut erased = 0;
            for (index, g) in targets {
                if let Some(slot) = slot(conn, *index)? {
                    erased += delete.execute([slot * 256 + i64::from(*g)])? as u64;
                }
            }
            Ok(Ok(erased))
        })?;
        self.cut_wal()?;
        Ok(erased.unwrap_or(0))
    }

    /// Replaces one group's bytes under a new key, whose row is stored with it at its first use.
    pub(in super::super) fn reseal(
        &self,
        index: u64,
        group: &StoredGroup,
        first_use: Option<&KekUse>,
    ) -> Result<(), LedgerError> {
        let changed = self.change(|conn| {
            let Some(slot) = slot(conn, index)? else { return Ok(Err(())) };
            let change = next_change(conn)?;
            pending::keep_uses(conn, first_use.map_or(&[], std::slice::from_ref))?;
            let sql = "UPDATE payload SET kek_id = ?2, change = ?3, bytes = ?4 WHERE id = ?1";
            let row = params![slot * 256 + i64::from(group.g), group.kek_id.map(bounded), change, group.bytes];
            Ok(match conn.prepare_cached(sql)?.execute(row)? {
                0 => Err(()),
                _ => Ok(()),
            })
        })?;
        let gone = || storage(format!("event {index} has no group {}; erased groups are not sealed anew", group.g));
        changed.map_err(|()| gone())
    }

    /// Stores the note; signed anew for the same size, the newer one stays.
    pub(in super::super) fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), LedgerError> {
        let _: Result<(), ()> = self.change(|conn| {
            conn.prepare_cached("INSERT OR REPLACE INTO checkpoint (size, note) VALUES (?1, ?2)")?
                .execute(params![bounded(size), note])
                .map(|_| Ok(()))
        })?;
        Ok(())
    }

    /// Rewrites the file, so that no page keeps what was erased.
    pub(in super::super) fn vacuum(&self) -> Result<(), LedgerError> {
        let done = {
            let conn = self.writer.lock().map_err(|_| storage("the writer panicked"))?;
            conn.execute_batch("VACUUM")
        };
        done.map_err(storage)?;
        self.cut_wal()
    }
}

fn slot(conn: &Connection, index: u64) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT slot FROM seq_map WHERE idx = ?1")?
        .query_row([bounded(index)], |row| row.get(0))
        .optional()
}

/// Change numbers rise over the whole file, so that a replica asks for "everything above n".
fn next_change(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("UPDATE ledger_head SET change = change + 1 WHERE one = 1 RETURNING change")?
        .query_row([], |row| row.get(0))
}
