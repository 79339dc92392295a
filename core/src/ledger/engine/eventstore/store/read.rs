//! What the store knows: places, groups, ends of streams, tiles, checkpoints, key uses, alarms.
//!
//! Deliberately returns places without headers; whoever adds the header checks it against the hash here.

use super::{NEW, Store, bounded, storage};
use crate::ledger::merkle::TILE_WIDTH;
use crate::ledger::port::{Hash, KekUse, LedgerError, StoredGroup, Stray};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

/// Where a stream ends in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) count: u64,
    pub(crate) hash: Hash,
}

/// An event's place in the log, with its groups.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) index: u64,
    pub(crate) stream: Uuid,
    pub(crate) revision: u64,
    pub(crate) event_hash: Hash,
    slot: i64,
    pub(crate) groups: Vec<StoredGroup>,
}

impl Store {
    /// Places of one stream from `from` on, at most `limit`.
    pub(in super::super) fn places_of(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Place>, LedgerError> {
        let sql = "SELECT m.idx, s.uuid, m.revision, m.event_hash, m.slot FROM stream s JOIN seq_map m ON m.sno = s.sno
                   WHERE s.uuid = ?1 AND m.revision >= ?2 ORDER BY m.revision LIMIT ?3";
        self.places(sql, params![stream.as_bytes().as_slice(), bounded(from), bounded(limit)])
    }

    /// Places from index `from` on, at most `limit`; without gaps.
    pub(in super::super) fn places_from(&self, from: u64, limit: usize) -> Result<Vec<Place>, LedgerError> {
        let sql = "SELECT m.idx, s.uuid, m.revision, m.event_hash, m.slot FROM seq_map m JOIN stream s ON s.sno = m.sno
                   WHERE m.idx >= ?1 ORDER BY m.idx LIMIT ?2";
        self.places(sql, params![bounded(from), bounded(limit)])
    }

    fn places(&self, sql: &str, of: &[&dyn rusqlite::ToSql]) -> Result<Vec<Place>, LedgerError> {
        self.query(|conn| {
            let snapshot = conn.unchecked_transaction().map_err(storage)?;
            let mut select = snapshot.prepare_cached(sql).map_err(storage)?;
            let mut places =
                select.query_map(of, place).map_err(storage)?.collect::<Result<Vec<_>, _>>().map_err(storage)?;
            let sql = "SELECT id, kek_id, change, bytes FROM payload WHERE id >= ?1 AND id < ?2 ORDER BY id";
            let mut groups = snapshot.prepare_cached(sql).map_err(storage)?;
            for place in &mut places {
                let damaged = |e: rusqlite::Error| LedgerError::Corrupt { index: place.index, reason: e.to_string() };
                let rows = groups.query_map([place.slot * 256, (place.slot + 1) * 256], group).map_err(damaged)?;
                place.groups = rows.collect::<Result<_, _>>().map_err(damaged)?;
            }
            Ok(places)
        })
    }

    /// Where the stream ends in the log.
    pub(in super::super) fn end(&self, stream: Uuid) -> Result<End, LedgerError> {
        self.query(|conn| end(conn, stream).map_err(storage))
    }

    /// Why the stream is frozen, if it is.
    pub(in super::super) fn frozen(&self, name: &str) -> Result<Option<String>, LedgerError> {
        self.query(|conn| frozen(conn, name).map_err(storage))
    }

    /// The alarms, oldest first: (name of the stream, revision, position, reason).
    pub(in super::super) fn foreign(&self) -> Result<Vec<(String, u64, u64, String)>, LedgerError> {
        self.query(|conn| {
            let sql =
                "SELECT name, revision, commit_pos, reason FROM foreign_event ORDER BY commit_pos, name, revision";
            let mut select = conn.prepare_cached(sql).map_err(storage)?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
            rows.and_then(|rows| rows.collect()).map_err(storage)
        })
    }

    pub(in super::super) fn tile(&self, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.query(|conn| tile(conn, level, n).map_err(storage))
    }

    /// The newest checkpoint with size <= `max`.
    pub(in super::super) fn get_checkpoint(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
        self.query(|conn| {
            let sql = "SELECT size, note FROM checkpoint WHERE size <= ?1 ORDER BY size DESC LIMIT 1";
            let mut select = conn.prepare_cached(sql).map_err(storage)?;
            select.query_row([bounded(max)], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(storage)
        })
    }

    /// Key uses ascending; of one procedure, or all of them.
    pub(in super::super) fn kek_uses(&self, procedure: Option<Uuid>) -> Result<Vec<KekUse>, LedgerError> {
        self.query(|conn| {
            let sql = "SELECT kek_id, subject, procedure, mac FROM kek_use WHERE ?1 IS NULL OR procedure = ?1 ORDER BY kek_id";
            let mut select = conn.prepare_cached(sql).map_err(storage)?;
            let procedure = procedure.map(|p| p.as_bytes().to_vec());
            let rows = select.query_map([procedure], kek_row);
            rows.and_then(|rows| rows.collect()).map_err(storage)
        })
    }

    /// Which of these groups are stored.
    pub(in super::super) fn present(&self, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
        self.query(|conn| {
            let sql = "SELECT 1 FROM seq_map m JOIN payload p ON p.id = m.slot * 256 + ?2 WHERE m.idx = ?1";
            let mut select = conn.prepare_cached(sql).map_err(storage)?;
            let mut present = Vec::new();
            for target in targets {
                if select.exists(params![bounded(target.0), target.1]).map_err(storage)? {
                    present.push(*target);
                }
            }
            Ok(present)
        })
    }

    /// Rows that no read returns. Groups on their way are none: their event may still come.
    pub(in super::super) fn strays(&self, size: u64) -> Result<Vec<Stray>, LedgerError> {
        self.query(|conn| strays(conn, size).map_err(storage))
    }
}

pub(super) fn end(conn: &Connection, stream: Uuid) -> rusqlite::Result<End> {
    let sql = "SELECT m.revision, m.event_hash FROM stream s JOIN seq_map m ON m.sno = s.sno
               WHERE s.uuid = ?1 ORDER BY m.revision DESC LIMIT 1";
    let last = conn
        .prepare_cached(sql)?
        .query_row([stream.as_bytes().as_slice()], |row| {
            Ok(End { count: row.get::<_, u64>(0)? + 1, hash: row.get(1)? })
        })
        .optional()?;
    Ok(last.unwrap_or(NEW))
}

pub(super) fn frozen(conn: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT reason FROM frozen WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()
}

pub(super) fn tile(conn: &Connection, level: u8, n: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut select = conn.prepare_cached("SELECT hashes FROM tile WHERE level = ?1 AND n = ?2")?;
    select.query_row(params![level, bounded(n)], |row| row.get(0)).optional()
}

pub(super) fn kek_use(conn: &Connection, kek_id: u64) -> rusqlite::Result<Option<KekUse>> {
    conn.prepare_cached("SELECT kek_id, subject, procedure, mac FROM kek_use WHERE kek_id = ?1")?
        .query_row([bounded(kek_id)], kek_row)
        .optional()
}

fn kek_row(row: &Row<'_>) -> rusqlite::Result<KekUse> {
    let (procedure, mac): ([u8; 16], Hash) = (row.get(2)?, row.get(3)?);
    Ok(KekUse { kek_id: row.get(0)?, subject: row.get(1)?, procedure: Uuid::from_bytes(procedure), mac })
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    let stream = Uuid::from_bytes(row.get::<_, [u8; 16]>(1)?);
    let (index, revision, event_hash, slot) = (row.get(0)?, row.get(2)?, row.get(3)?, row.get(4)?);
    Ok(Place { index, stream, revision, event_hash, slot, groups: Vec::new() })
}

fn group(row: &Row<'_>) -> rusqlite::Result<StoredGroup> {
    let id: u64 = row.get(0)?;
    Ok(StoredGroup { g: (id % 256) as u8, kek_id: row.get(1)?, change: row.get(2)?, bytes: row.get(3)? })
}

fn strays(conn: &Connection, size: u64) -> rusqlite::Result<Vec<Stray>> {
    let mut strays = Vec::new();
    let sql = "SELECT id FROM payload WHERE id >> 8 NOT IN (SELECT slot FROM seq_map)
               AND id >> 8 NOT IN (SELECT slot FROM pending) ORDER BY id";
    for id in conn.prepare(sql)?.query_map([], |row| row.get::<_, i64>(0))? {
        let what = format!("Inhaltszeile ohne Ereignis (Gruppe {})", id? & 255);
        strays.push(Stray { index: None, stream: None, what });
    }
    let sql = "SELECT uuid FROM stream WHERE sno NOT IN (SELECT sno FROM seq_map)";
    for uuid in conn.prepare(sql)?.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        let stream = Uuid::from_slice(&uuid?).ok();
        strays.push(Stray { index: None, stream, what: "Strom ohne Ereignisse".into() });
    }
    let sql = "SELECT idx FROM seq_map WHERE idx >= ?1 OR idx < 0 ORDER BY idx";
    for idx in conn.prepare(sql)?.query_map([bounded(size)], |row| row.get::<_, i64>(0))? {
        let index = u64::try_from(idx?).ok();
        strays.push(Stray { index, stream: None, what: "Ereignis jenseits des Log-Endes".into() });
    }
    let mut select = conn.prepare("SELECT level, n FROM tile ORDER BY level, n")?;
    for tile in select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))? {
        let (level, n) = tile?;
        let leaves = u32::try_from(level + 1).ok().and_then(|height| (TILE_WIDTH as u64).checked_pow(height));
        if !leaves.is_some_and(|leaves| u64::try_from(n).is_ok_and(|n| n < size / leaves)) {
            let what = format!("Kachel {level}/{n} jenseits des Log-Endes");
            strays.push(Stray { index: None, stream: None, what });
        }
    }
    let sql = "SELECT name, reason FROM frozen ORDER BY name";
    for row in conn.prepare(sql)?.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))? {
        let (name, reason) = row?;
        let stream = name.get(name.len().saturating_sub(36)..).and_then(|uuid| uuid.parse().ok());
        strays.push(Stray { index: None, stream, what: format!("Strom {name} ist gesperrt: {reason}") });
    }
    Ok(strays)
}

/// Hash of one event, if it has its place.
pub(super) fn placed(conn: &Connection, stream: Uuid, revision: u64) -> rusqlite::Result<Option<(u64, Hash)>> {
    let sql = "SELECT m.commit_pos, m.event_hash FROM stream s JOIN seq_map m ON m.sno = s.sno
               WHERE s.uuid = ?1 AND m.revision = ?2";
    let row = params![stream.as_bytes().as_slice(), bounded(revision)];
    conn.prepare_cached(sql)?.query_row(row, |row| Ok((row.get(0)?, row.get(1)?))).optional()
}
