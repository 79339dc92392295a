//! The small tables beside the log: tiles, checkpoints, key uses.
//!
//! Deliberately knows nothing of their content; signer and vault do.

use super::commit::Broken;
use super::{Core, bounded, storage};
use crate::ledger::merkle::TILE_WIDTH;
use crate::ledger::port::{KekUse, LedgerError, Stray};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use uuid::Uuid;

/// A full tile.
pub(super) fn tile(conn: &Connection, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    let mut select = conn.prepare_cached("SELECT hashes FROM tile WHERE level = ?1 AND n = ?2")?;
    Ok(select.query_row(params![level, bounded(n)], |row| row.get(0)).optional()?)
}

/// The newest checkpoint with size <= `max`.
pub(super) fn get_checkpoint(conn: &Connection, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
    let mut select =
        conn.prepare_cached("SELECT size, note FROM checkpoint WHERE size <= ?1 ORDER BY size DESC LIMIT 1")?;
    Ok(select.query_row([bounded(max)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Stores the note; signed anew for the same size (a crash in between), the newer one stays.
pub(super) fn put_checkpoint(core: &Core, size: u64, note: &str) -> Result<(), LedgerError> {
    change(core, |conn| {
        conn.prepare_cached("INSERT OR REPLACE INTO checkpoint (size, note) VALUES (?1, ?2)")?
            .execute(params![size, note])
    })
    .map(|_| ())
}

/// All key uses, ascending.
pub(super) fn kek_uses(conn: &Connection) -> Result<Vec<KekUse>, LedgerError> {
    let mut select = conn.prepare_cached("SELECT kek_id, subject, procedure, mac FROM kek_use ORDER BY kek_id")?;
    let rows = select.query_map([], super::read::kek_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Key uses of one procedure, ascending. Reads the whole small table: only erasures ask.
pub(super) fn kek_uses_of(conn: &Connection, procedure: Uuid) -> Result<Vec<KekUse>, LedgerError> {
    let sql = "SELECT kek_id, subject, procedure, mac FROM kek_use WHERE procedure = ?1 ORDER BY kek_id";
    let mut select = conn.prepare_cached(sql)?;
    let rows = select.query_map([procedure.as_bytes().as_slice()], super::read::kek_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Rows that no read returns.
pub(super) fn strays(conn: &Connection) -> Result<Vec<Stray>, LedgerError> {
    let mut strays = Vec::new();
    let mut select = conn.prepare(
        "SELECT p.id FROM payload p LEFT JOIN event e ON e.idx = p.id >> 8 WHERE e.idx IS NULL ORDER BY p.id",
    )?;
    for id in select.query_map([], |row| row.get::<_, i64>(0))? {
        let id = id?;
        let what = format!("Inhaltszeile ohne Ereignis (Gruppe {})", id & 255);
        strays.push(Stray { index: u64::try_from(id >> 8).ok(), stream: None, what });
    }
    let mut select = conn.prepare("SELECT uuid FROM stream WHERE sno NOT IN (SELECT sno FROM event)")?;
    for uuid in select.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        let stream = Uuid::from_slice(&uuid?).ok();
        strays.push(Stray { index: None, stream, what: "Strom ohne Ereignisse".into() });
    }
    let (size, _) = super::read::head_row(conn)?;
    let mut select = conn.prepare("SELECT idx FROM event WHERE idx >= ?1 OR idx < 0 ORDER BY idx")?;
    for idx in select.query_map([super::bounded(size)], |row| row.get::<_, i64>(0))? {
        let index = u64::try_from(idx?).ok();
        strays.push(Stray { index, stream: None, what: "Ereignis jenseits des Log-Endes".into() });
    }
    let mut select = conn.prepare("SELECT level, n FROM tile ORDER BY level, n")?;
    for tile in select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))? {
        let (level, n) = tile?;
        if !whole(level, n, size) {
            strays.push(Stray {
                index: None,
                stream: None,
                what: format!("Kachel {level}/{n} jenseits des Log-Endes"),
            });
        }
    }
    Ok(strays)
}

/// Whether the log of this size has that full tile.
fn whole(level: i64, n: i64, size: u64) -> bool {
    let leaves = u32::try_from(level + 1).ok().and_then(|height| (TILE_WIDTH as u64).checked_pow(height));
    leaves.is_some_and(|leaves| u64::try_from(n).is_ok_and(|n| n < size / leaves))
}

/// Runs a change that is no append in a transaction of its own on the writing connection.
pub(super) fn change<T>(core: &Core, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
    let result = core.with_writer(|writer| {
        writer.run("BEGIN IMMEDIATE").map_err(|e| match e.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => Broken::Busy,
            _ => Broken::Failed(e.to_string()),
        })?;
        let done = work(&writer.conn).and_then(|value| writer.run("COMMIT").map(|()| value));
        done.map_err(|e| writer.roll_back(&e))
    });
    result.map_err(explain)
}

/// What a caller that does not append is told.
pub(super) fn explain(broken: Broken) -> LedgerError {
    match broken {
        Broken::Busy => storage("another process writes to the file; nothing was changed"),
        Broken::DiskFull => storage("disk full; nothing was changed"),
        Broken::Refused(why) => storage(why),
        Broken::Failed(why) => storage(format!("outcome unknown: {why}")),
    }
}
