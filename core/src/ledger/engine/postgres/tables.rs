//! The small tables beside the log: tiles, checkpoints, key uses, and rows that no read returns.
//!
//! Deliberately knows nothing of their content; signer and vault do.

use super::read::{again, size, storage};
use super::{Core, text};
use crate::ledger::merkle::TILE_WIDTH;
use crate::ledger::port::{KekUse, LedgerError, Stray};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use uuid::Uuid;

/// A full tile.
pub(super) async fn tile(pool: &PgPool, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    let Ok(n) = i64::try_from(n) else { return Ok(None) };
    let sql = "SELECT hashes FROM ledger.tile WHERE level = $1 AND n = $2";
    again(|| sqlx::query_scalar(sql).bind(i16::from(level)).bind(n).fetch_optional(pool)).await
}

/// The newest checkpoint with size <= `max`.
pub(super) async fn get_checkpoint(pool: &PgPool, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let sql = "SELECT size, note FROM ledger.checkpoint WHERE size <= $1 ORDER BY size DESC LIMIT 1";
    let row: Option<(i64, String)> = again(|| sqlx::query_as(sql).bind(max).fetch_optional(pool)).await?;
    Ok(row.map(|(size, note)| (size.cast_unsigned(), note)))
}

/// Stores the note; signed anew for the same size (a crash in between), the newer one stays. Of several nodes only
/// the one whose right to sign is in force may: the storage decides, however late the others wake.
pub(super) async fn put_checkpoint(core: &Core, size: u64, note: &str) -> Result<(), LedgerError> {
    core.writable()?;
    let sql = |error: sqlx::Error| storage(&error);
    let mut tx = core.pool.begin().await.map_err(sql)?;
    if !core.leases.may_sign(&mut tx).await.map_err(sql)? {
        let why = "the right to sign is held by another node; the checkpoint was not stored";
        return Err(LedgerError::Storage(why.into()));
    }
    let put = "INSERT INTO ledger.checkpoint (size, note) VALUES ($1, $2)
               ON CONFLICT (size) DO UPDATE SET note = excluded.note";
    sqlx::query(put).bind(size.cast_signed()).bind(note).execute(&mut *tx).await.map_err(sql)?;
    tx.commit().await.map_err(sql)
}

/// All key uses, ascending.
pub(super) async fn kek_uses(pool: &PgPool) -> Result<Vec<KekUse>, LedgerError> {
    let sql = "SELECT kek_id, subject, procedure, mac FROM ledger.kek_use ORDER BY kek_id";
    uses(&again(|| sqlx::query(sql).fetch_all(pool)).await?)
}

/// Key uses of one procedure, ascending. Reads the whole small table: only erasures ask.
pub(super) async fn kek_uses_of(pool: &PgPool, procedure: Uuid) -> Result<Vec<KekUse>, LedgerError> {
    let sql = "SELECT kek_id, subject, procedure, mac FROM ledger.kek_use WHERE procedure = $1 ORDER BY kek_id";
    uses(&again(|| sqlx::query(sql).bind(procedure).fetch_all(pool)).await?)
}

fn uses(rows: &[PgRow]) -> Result<Vec<KekUse>, LedgerError> {
    let one = |row: &PgRow| -> sqlx::Result<KekUse> {
        let (kek_id, mac) = (row.try_get::<i64, _>(0)?.cast_unsigned(), text::hash(row.try_get(3)?)?);
        Ok(KekUse { kek_id, subject: row.try_get(1)?, procedure: row.try_get(2)?, mac })
    };
    rows.iter().map(one).collect::<Result<_, _>>().map_err(|error| storage(&error))
}

/// Rows that no read returns. Asked in an order in which a node that writes meanwhile adds none: the size last.
pub(super) async fn strays(pool: &PgPool) -> Result<Vec<Stray>, LedgerError> {
    let orphans: Vec<(i64,)> = again(|| {
        let sql = "SELECT p.idx FROM ledger.payload p LEFT JOIN ledger.events e ON e.idx = p.idx
                   WHERE e.idx IS NULL ORDER BY p.idx";
        sqlx::query_as(sql).fetch_all(pool)
    })
    .await?;
    let tiles: Vec<(i16, i64)> =
        again(|| sqlx::query_as("SELECT level, n FROM ledger.tile ORDER BY level, n").fetch_all(pool)).await?;
    let last: Vec<(i64,)> = again(|| {
        let sql =
            "SELECT e.idx FROM ledger.events e, ledger.ledger_head h WHERE e.idx >= h.size OR e.idx < 0 ORDER BY e.idx";
        sqlx::query_as(sql).fetch_all(pool)
    })
    .await?;
    let size = size(pool).await?;
    let stray = |index: Option<i64>, what: String| Stray {
        index: index.and_then(|i| u64::try_from(i).ok()),
        stream: None,
        what,
    };
    let mut strays: Vec<_> =
        orphans.into_iter().map(|(index,)| stray(Some(index), "Inhaltszeile ohne Ereignis".into())).collect();
    strays.extend(last.into_iter().map(|(index,)| stray(Some(index), "Ereignis jenseits des Log-Endes".into())));
    let beyond = tiles.into_iter().filter(|(level, n)| !whole(*level, *n, size));
    strays.extend(beyond.map(|(level, n)| stray(None, format!("Kachel {level}/{n} jenseits des Log-Endes"))));
    Ok(strays)
}

/// Whether the log of this size has that full tile.
fn whole(level: i16, n: i64, size: u64) -> bool {
    let leaves = u32::try_from(level + 1).ok().and_then(|height| (TILE_WIDTH as u64).checked_pow(height));
    leaves.is_some_and(|leaves| u64::try_from(n).is_ok_and(|n| n < size / leaves))
}
