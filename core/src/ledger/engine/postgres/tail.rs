//! The end of the log: rebuilt from tiles and the last events when opening, caught up with what other nodes wrote.
//!
//! Deliberately cheap; the full check is `akte verify`.

use super::open::OpenError;
use super::read;
use crate::ledger::engine::check::prev_of;
use crate::ledger::hash::{ZERO, event_hash, leaf};
use crate::ledger::merkle::{Frontier, TILE_WIDTH};
use crate::ledger::port::Hash;
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// Hashes read at once while catching up.
pub(super) const PAGE: i64 = 8192;

/// Rebuilds the frontier and compares it with the stored one; checks that each of the last events follows its
/// predecessor. Head and rows are read in one snapshot, for other nodes may be writing.
pub(super) async fn check(conn: &mut PgConnection) -> Result<Frontier, OpenError> {
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut *conn).await?;
    let checked = in_snapshot(conn).await;
    sqlx::query("ROLLBACK").execute(&mut *conn).await?;
    checked
}

async fn in_snapshot(conn: &mut PgConnection) -> Result<Frontier, OpenError> {
    let (size, stored) = read::head_row(&mut *conn).await?;
    let rows: i64 =
        sqlx::query_scalar("SELECT coalesce(max(idx) + 1, 0) FROM ledger.events").fetch_one(&mut *conn).await?;
    let rows = rows.cast_unsigned();
    if rows != size {
        let reason = format!("the head says {size} events, the last stored one is number {rows}");
        return Err(OpenError::Corrupt { index: rows.min(size), reason });
    }
    let tail = last_leaves(conn, size - size % TILE_WIDTH as u64).await?;
    let tiles = edge_tiles(conn, size).await?;
    Frontier::restore(&stored, &tail, |level, n| {
        tiles.get(&(level, n)).cloned().ok_or_else(|| OpenError::Corrupt {
            index: n << (8 * (u32::from(level) + 1)),
            reason: format!("tile {level}/{n} is missing"),
        })
    })
}

async fn last_leaves(conn: &mut PgConnection, first: u64) -> Result<Vec<Hash>, OpenError> {
    let sql = "SELECT e.idx, e.sequence, e.header, e.hash, before.hash FROM ledger.events e
               LEFT JOIN ledger.events before ON before.aggregate_type = 'akte'
                 AND before.aggregate_id = e.aggregate_id AND before.sequence = e.sequence - 1
               WHERE e.idx >= $1 ORDER BY e.idx";
    let mut tail = Vec::with_capacity(TILE_WIDTH);
    for row in sqlx::query(sql).bind(first.cast_signed()).fetch_all(conn).await? {
        let index = row.try_get::<i64, _>(0)?.cast_unsigned();
        let flaw = |reason: &str| OpenError::Corrupt { index, reason: reason.into() };
        if index != first + tail.len() as u64 {
            return Err(flaw("an event before it is missing"));
        }
        let header: &[u8] = row.try_get(2)?;
        let prev = match row.try_get::<i64, _>(1)? {
            1 => Some(ZERO),
            _ => row.try_get::<Option<&[u8]>, _>(4)?.and_then(|hash| hash.try_into().ok()),
        };
        if prev.is_none() || prev_of(header) != prev {
            return Err(flaw("it does not follow the event before it in its stream"));
        }
        let hash = event_hash(header);
        if row.try_get::<&[u8], _>(3)? != hash {
            return Err(flaw("its header is not the one that was hashed"));
        }
        tail.push(leaf(&hash));
    }
    Ok(tail)
}

/// The full tiles below the right edge: what the open tiles of the levels above consist of.
async fn edge_tiles(conn: &mut PgConnection, size: u64) -> Result<HashMap<(u8, u64), Vec<u8>>, OpenError> {
    let mut tiles = HashMap::new();
    let mut level = 1u8;
    while level < 8 && size >> (8 * u32::from(level)) > 0 {
        let end = size >> (8 * u32::from(level));
        let sql = "SELECT n, hashes FROM ledger.tile WHERE level = $1 AND n >= $2 AND n < $3";
        let first = end - end % TILE_WIDTH as u64;
        let select = sqlx::query(sql).bind(i16::from(level - 1)).bind(first.cast_signed()).bind(end.cast_signed());
        for row in select.fetch_all(&mut *conn).await? {
            tiles.insert((level - 1, row.try_get::<i64, _>(0)?.cast_unsigned()), row.try_get(1)?);
        }
        level += 1;
    }
    Ok(tiles)
}

/// Takes in what other nodes committed, without any lock: the rest is taken in under it.
pub(super) async fn catch_up(conn: &mut PgConnection, frontier: &mut Frontier) -> sqlx::Result<()> {
    loop {
        let sql = "SELECT idx, hash FROM ledger.events WHERE idx >= $1 ORDER BY idx LIMIT $2";
        let rows = sqlx::query(sql).bind(frontier.size().cast_signed()).bind(PAGE).fetch_all(&mut *conn).await?;
        for row in &rows {
            push(frontier, row.try_get(0)?, row.try_get(1)?)?;
        }
        if (rows.len() as i64) < PAGE {
            return Ok(());
        }
    }
}

/// Adds the hash of the event that comes next.
pub(super) fn push(frontier: &mut Frontier, index: i64, hash: &[u8]) -> sqlx::Result<()> {
    match hash.try_into() {
        Ok(hash) if index.cast_unsigned() == frontier.size() => {
            // Its node stored the tiles that this one made full.
            frontier.push(leaf(&hash));
            Ok(())
        }
        _ => Err(sqlx::Error::Decode(format!("event {index} is not the one that comes next").into())),
    }
}
