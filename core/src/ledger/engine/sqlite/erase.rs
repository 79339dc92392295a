//! Erasing and re-sealing payload groups; headers, hashes and tiles are never touched.
//!
//! Deliberately thorough: `secure_delete` overwrites the rows, and the write-ahead log is cut to
//! nothing before erasing is reported, so that no remnant waits in it (`LEDGER.md`, erasure).

use super::commit::Broken;
use super::{Core, payload_id, storage, sweep, tables};
use crate::ledger::port::{KekUse, LedgerError, StoredGroup};
use rusqlite::{Connection, params};

/// Deletes the groups that exist and says how many did. Repeating it is harmless.
pub(super) fn groups(core: &Core, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
    let erased = tables::change(core, |conn| {
        next_change(conn)?;
        let mut delete = conn.prepare_cached("DELETE FROM payload WHERE id = ?1")?;
        let mut erased = 0;
        for id in targets.iter().filter_map(|(index, g)| payload_id(*index, *g)) {
            erased += delete.execute([id])? as u64;
        }
        Ok(erased)
    })?;
    cut_wal(core)?;
    Ok(erased)
}

/// Which of these groups are stored.
pub(super) fn present(conn: &Connection, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
    let mut select = conn.prepare_cached("SELECT 1 FROM payload WHERE id = ?1")?;
    let mut present = Vec::new();
    for target in targets {
        if let Some(id) = payload_id(target.0, target.1)
            && select.exists([id])?
        {
            present.push(*target);
        }
    }
    Ok(present)
}

/// Replaces one group's bytes under a new key, whose row is stored with it at its first use.
pub(super) fn reseal(
    core: &Core,
    index: u64,
    group: &StoredGroup,
    first_use: Option<&KekUse>,
) -> Result<(), LedgerError> {
    let changed = tables::change(core, |conn| {
        let change = next_change(conn)?;
        if let Some(row) = first_use {
            let sql = "INSERT OR IGNORE INTO kek_use (kek_id, subject, procedure, mac) VALUES (?1, ?2, ?3, ?4)";
            let (procedure, mac) = (row.procedure.as_bytes().as_slice(), row.mac.as_slice());
            conn.prepare_cached(sql)?.execute(params![row.kek_id, row.subject, procedure, mac])?;
        }
        let mut update =
            conn.prepare_cached("UPDATE payload SET kek_id = ?2, change = ?3, bytes = ?4 WHERE id = ?1")?;
        update.execute(params![payload_id(index, group.g), group.kek_id, change, group.bytes])
    })?;
    match changed {
        0 => Err(storage(format!("event {index} has no group {}; erased groups are not sealed anew", group.g))),
        _ => Ok(()),
    }
}

/// Rewrites the file, so that no page keeps what was erased.
pub(super) fn vacuum(core: &Core) -> Result<(), LedgerError> {
    core.with_writer(|writer| writer.run("VACUUM").map_err(|e| writer.roll_back(&e))).map_err(tables::explain)?;
    cut_wal(core)
}

/// Change numbers rise over the whole file, so that a replica asks for "everything above n".
fn next_change(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("UPDATE ledger_head SET change = change + 1 WHERE one = 1 RETURNING change")?
        .query_row([], |row| row.get(0))
}

fn cut_wal(core: &Core) -> Result<(), LedgerError> {
    match core.with_writer(|writer| sweep::checkpoint(&writer.conn, "TRUNCATE")) {
        Ok(_) => Ok(()),
        Err(Broken::Busy) => {
            Err(storage("erased, but a long read keeps remnants in the write-ahead log; repeat the erasure"))
        }
        Err(Broken::DiskFull) => {
            Err(storage("erased, but on a full disk remnants stay in the write-ahead log; repeat the erasure"))
        }
        Err(other) => Err(tables::explain(other)),
    }
}
