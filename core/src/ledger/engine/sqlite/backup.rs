//! A second `ledger.db` kept up to date from a living one: by index, by change number, by what is gone.
//!
//! Deliberately never holds a long read: that would pin the write-ahead log and stop erasures. Each
//! step is one short read and one transaction in the copy, which is a sound ledger after every one of
//! them. Who copies proves by the change number that nothing moved in between.

use super::open::{self, OpenError};
use super::{bounded, read, schema};
use crate::ledger::engine::file;
use crate::ledger::hash::{event_hash, leaf};
use crate::ledger::merkle::{Frontier, TileRow};
use crate::ledger::port::{Hash, Head};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::fs::File;
use std::path::Path;

/// Where a ledger stands: its end, and how often rows below it were erased or sealed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub head: Head,
    pub change: u64,
}

/// What a run over the changes did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    pub resealed: u64,
    pub erased: u64,
}

/// A ledger and its copy, both open; the copy is locked for this process.
pub struct Copy {
    source: Connection,
    target: Connection,
    frontier: Frontier,
    change: u64,
    _lock: File,
}

impl Copy {
    /// Opens a ledger for reading and its copy for writing; makes an empty copy where none is. A copy
    /// that was interrupted is rolled back to its last whole step, and its tail is checked.
    pub fn open(source: &Path, target: &Path) -> Result<Self, OpenError> {
        let source = schema::open_reader(source)?;
        let lock = file::lock(target)?;
        open::create_private(target)?;
        let target = schema::open_copy(target)?;
        let frontier = open::check_tail(&target)?;
        let change = change_of(&target)?;
        Ok(Self { source, target, frontier, change, _lock: lock })
    }

    /// Where the living ledger stands now.
    pub fn source(&self) -> Result<Mark, OpenError> {
        let snapshot = self.source.unchecked_transaction()?;
        Ok(Mark { head: read::head(&snapshot)?, change: change_of(&snapshot)? })
    }

    /// Where the copy stands.
    pub fn target(&self) -> Mark {
        Mark { head: Head { size: self.frontier.size(), root: self.frontier.root() }, change: self.change }
    }

    /// All key uses the copy lacks. Before the events: a group without its key use would be damage.
    pub fn keys(&mut self) -> Result<(), OpenError> {
        let tx = self.target.transaction_with_behavior(TransactionBehavior::Immediate)?;
        kek_uses(&self.source, &tx)?;
        Ok(tx.commit()?)
    }

    /// Copies the next events below `end` with their groups, at most `limit`, in one transaction; returns
    /// how many. Refuses an event that is not the one that was hashed.
    pub fn events(&mut self, end: u64, limit: u64) -> Result<u64, OpenError> {
        let from = self.frontier.size();
        let to = end.min(from.saturating_add(limit));
        let mut frontier = self.frontier.clone();
        let snapshot = self.source.unchecked_transaction()?;
        let tx = self.target.transaction_with_behavior(TransactionBehavior::Immediate)?;
        headers(&snapshot, &tx, from, to, &mut frontier)?;
        payload(&snapshot, &tx, from, to)?;
        let sql = "UPDATE ledger_head SET size = ?1, frontier = ?2 WHERE one = 1";
        tx.execute(sql, params![frontier.size(), frontier.to_bytes()])?;
        tx.commit()?;
        self.frontier = frontier;
        Ok(to - from)
    }

    /// Brings the groups of the events copied so far to the living ledger's change number: sealed anew
    /// there, sealed anew here; gone there, gone here. One transaction. Without a new change number nothing is read:
    /// every erasure raises it. With one, the row numbers of both are compared, for a deleted row leaves no trace.
    pub fn changes(&mut self) -> Result<Changed, OpenError> {
        let snapshot = self.source.unchecked_transaction()?;
        let change = change_of(&snapshot)?;
        if change == self.change {
            return Ok(Changed::default());
        }
        let end = bounded(self.frontier.size().saturating_mul(256));
        let tx = self.target.transaction_with_behavior(TransactionBehavior::Immediate)?;
        kek_uses(&snapshot, &tx)?;
        let resealed = reseal(&snapshot, &tx, self.change, end)?;
        let gone = gone(&snapshot, &tx, end)?;
        for id in &gone {
            tx.prepare_cached("DELETE FROM payload WHERE id = ?1")?.execute([id])?;
        }
        tx.execute("UPDATE ledger_head SET change = ?1 WHERE one = 1", [change])?;
        tx.commit()?;
        self.change = change;
        Ok(Changed { resealed, erased: gone.len() as u64 })
    }

    /// Signed notes, cosignatures and time stamps of sizes the copy has reached.
    pub fn notes(&mut self) -> Result<(), OpenError> {
        let size = bounded(self.frontier.size());
        let snapshot = self.source.unchecked_transaction()?;
        let tx = self.target.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (from, to) in NOTES {
            let mut select = snapshot.prepare(from)?;
            let columns = select.column_count();
            let mut rows = select.query([size])?;
            while let Some(row) = rows.next()? {
                let values = (0..columns).map(|i| row.get(i)).collect::<Result<Vec<rusqlite::types::Value>, _>>()?;
                tx.prepare_cached(to)?.execute(rusqlite::params_from_iter(values))?;
            }
        }
        Ok(tx.commit()?)
    }

    /// Ends the copy: one file, nothing beside it.
    pub fn close(self) -> Result<(), OpenError> {
        self.target.close().map_err(|(_, error)| error.into())
    }
}

const NOTES: [(&str, &str); 3] = [
    ("SELECT size, note FROM checkpoint WHERE size <= ?1", "INSERT OR REPLACE INTO checkpoint VALUES (?1, ?2)"),
    ("SELECT size, name, line FROM cosig WHERE size <= ?1", "INSERT OR REPLACE INTO cosig VALUES (?1, ?2, ?3)"),
    ("SELECT size, token FROM tst WHERE size <= ?1", "INSERT OR REPLACE INTO tst VALUES (?1, ?2)"),
];

fn change_of(conn: &Connection) -> rusqlite::Result<u64> {
    conn.query_row("SELECT change FROM ledger_head WHERE one = 1", [], |row| row.get(0))
}

fn corrupt(index: u64, reason: &str) -> OpenError {
    OpenError::Corrupt { index, reason: reason.into() }
}

fn headers(
    source: &Connection,
    tx: &Transaction<'_>,
    from: u64,
    to: u64,
    frontier: &mut Frontier,
) -> Result<(), OpenError> {
    let mut known: i64 = tx.query_row("SELECT coalesce(max(sno), 0) FROM stream", [], |row| row.get(0))?;
    let sql = "SELECT e.idx, e.sno, e.seq, e.hash, e.header, s.uuid FROM event e JOIN stream s ON s.sno = e.sno
               WHERE e.idx >= ?1 AND e.idx < ?2 ORDER BY e.idx";
    let mut select = source.prepare_cached(sql)?;
    let mut rows = select.query([bounded(from), bounded(to)])?;
    let mut due = from;
    while let Some(row) = rows.next().map_err(read::damaged(due))? {
        let place = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (index, sno, seq): (u64, i64, u64) = place().map_err(read::damaged(due))?;
        let content = || Ok((row.get(3)?, row.get(4)?));
        let (hash, header): (Hash, Vec<u8>) = content().map_err(read::damaged(index))?;
        if index != due {
            return Err(corrupt(due, "the event is missing"));
        }
        if event_hash(&header) != hash {
            return Err(corrupt(index, "its header is not the one that was hashed"));
        }
        // Streams are numbered in the order of their first event.
        if sno > known {
            let uuid: Vec<u8> = row.get(5)?;
            tx.prepare_cached("INSERT INTO stream (sno, uuid) VALUES (?1, ?2)")?.execute(params![sno, uuid])?;
            known = sno;
        }
        let mut add =
            tx.prepare_cached("INSERT INTO event (idx, sno, seq, hash, header) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        add.execute(params![index, sno, seq, hash, header])?;
        for TileRow { level, n, hashes } in frontier.push(leaf(&hash)) {
            let mut add = tx.prepare_cached("INSERT INTO tile (level, n, hashes) VALUES (?1, ?2, ?3)")?;
            add.execute(params![level, n, hashes])?;
        }
        due += 1;
    }
    if due < to { Err(corrupt(due, "the event is missing")) } else { Ok(()) }
}

fn payload(source: &Connection, tx: &Transaction<'_>, from: u64, to: u64) -> Result<(), OpenError> {
    let sql = "SELECT id, kek_id, change, bytes FROM payload WHERE id >= ?1 AND id < ?2 ORDER BY id";
    rows(source, tx, sql, [bounded(from.saturating_mul(256)), bounded(to.saturating_mul(256))]).map(|_| ())
}

fn reseal(source: &Connection, tx: &Transaction<'_>, since: u64, end: i64) -> Result<u64, OpenError> {
    let sql = "SELECT id, kek_id, change, bytes FROM payload WHERE change > ?1 AND change > 0 AND id < ?2";
    rows(source, tx, sql, [bounded(since), end])
}

fn rows(source: &Connection, tx: &Transaction<'_>, sql: &str, between: [i64; 2]) -> Result<u64, OpenError> {
    let mut select = source.prepare_cached(sql)?;
    let mut rows = select.query(between)?;
    let mut put =
        tx.prepare_cached("INSERT OR REPLACE INTO payload (id, kek_id, change, bytes) VALUES (?1, ?2, ?3, ?4)")?;
    let mut n = 0;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let named = read::damaged(u64::try_from(id >> 8).unwrap_or(0));
        let content = || Ok((row.get(1)?, row.get(2)?, row.get_ref(3)?.as_blob()?));
        let (kek_id, change, bytes): (Option<i64>, i64, &[u8]) = content().map_err(named)?;
        put.execute(params![id, kek_id, change, bytes])?;
        n += 1;
    }
    Ok(n)
}

/// Rows of the copy that the living ledger has no more: both ascend, so one pass is enough.
fn gone(source: &Connection, tx: &Transaction<'_>, end: i64) -> Result<Vec<i64>, OpenError> {
    let sql = "SELECT id FROM payload WHERE id < ?1 ORDER BY id";
    let (mut there, mut here) = (source.prepare(sql)?, tx.prepare(sql)?);
    let mut there = there.query_map([end], |row| row.get::<_, i64>(0))?.peekable();
    let mut gone = Vec::new();
    for id in here.query_map([end], |row| row.get::<_, i64>(0))? {
        let id = id?;
        while there.next_if(|t| t.as_ref().is_ok_and(|t| *t < id)).is_some() {}
        match there.peek() {
            Some(Ok(t)) if *t == id => {}
            Some(Ok(_)) | None => gone.push(id),
            Some(Err(_)) => break,
        }
    }
    // An unreadable row must never pass for an erased one.
    there.find_map(Result::err).map_or(Ok(gone), |error| Err(error.into()))
}

fn kek_uses(source: &Connection, tx: &Transaction<'_>) -> Result<(), OpenError> {
    let mut select = source.prepare_cached("SELECT kek_id, subject, procedure, mac FROM kek_use ORDER BY kek_id")?;
    let mut rows = select.query([])?;
    let sql = "INSERT OR IGNORE INTO kek_use (kek_id, subject, procedure, mac) VALUES (?1, ?2, ?3, ?4)";
    let mut add = tx.prepare_cached(sql)?;
    while let Some(row) = rows.next()? {
        let (kek_id, subject): (i64, String) = (row.get(0)?, row.get(1)?);
        add.execute(params![kek_id, subject, row.get::<_, Vec<u8>>(2)?, row.get::<_, Vec<u8>>(3)?])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
