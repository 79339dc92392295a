//! Reading the log: pages in order and without gaps, its head, and where a stream ends.
//!
//! Deliberately refuses rather than skips: a short answer is compared with the head and never taken for the end.

use super::broken::{Broken, Stage, connection_lost, judge};
use super::text;
use crate::ledger::hash::ZERO;
use crate::ledger::merkle;
use crate::ledger::port::{Hash, Head, LedgerError, Stored, StoredGroup};
use sqlx::postgres::PgRow;
use sqlx::{Executor, PgPool, Postgres, Row};
use uuid::Uuid;

/// Events fetched at once: bounds what one answer holds in memory twice.
const PAGE: usize = 2048;
/// Connections of the pool, all of which may have died with the server.
pub(super) const MAX_READERS: u32 = 8;

/// Runs a query again while connections turn out to be dead; anything else is the caller's.
pub(super) async fn again<T, F: Future<Output = sqlx::Result<T>>>(query: impl Fn() -> F) -> Result<T, LedgerError> {
    let mut tries = 0;
    loop {
        match query().await {
            Ok(done) => return Ok(done),
            Err(error) if tries < MAX_READERS && connection_lost(&error) => tries += 1,
            Err(error) => return Err(storage(&error)),
        }
    }
}

/// What the storage said.
pub(super) fn storage(error: &sqlx::Error) -> LedgerError {
    match judge(error, Stage::Open) {
        Broken::Contradiction(reason) => LedgerError::Corrupt { index: 0, reason },
        _ => LedgerError::Storage(error.to_string()),
    }
}

/// Size and frontier bytes of the head row.
pub(super) async fn head_row<'e>(conn: impl Executor<'e, Database = Postgres>) -> sqlx::Result<(u64, Vec<u8>)> {
    let row = sqlx::query("SELECT size, frontier FROM ledger.ledger_head").fetch_one(conn).await?;
    Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), row.try_get(1)?))
}

/// Size and root as stored, for any node may have written last.
pub(super) async fn head(pool: &PgPool) -> Result<Head, LedgerError> {
    let (size, frontier) = again(|| head_row(pool)).await?;
    let malformed = || LedgerError::Corrupt { index: size, reason: "stored frontier is malformed".into() };
    let (counted, peaks) = frontier.split_first_chunk::<8>().ok_or_else(malformed)?;
    let (peaks, rest) = peaks.as_chunks::<32>();
    // The frontier repeats the size; nothing stored may say two things.
    if u64::from_be_bytes(*counted) != size || !rest.is_empty() || peaks.len() != size.count_ones() as usize {
        return Err(malformed());
    }
    // The peaks are the complete subtrees from left to right, as the root asks for them.
    let mut peaks = peaks.iter();
    let root = merkle::root_of(size, |_, _| peaks.next().copied().ok_or_else(malformed))?;
    Ok(Head { size, root })
}

/// Number of events.
pub(super) async fn size(pool: &PgPool) -> Result<u64, LedgerError> {
    let size: i64 = again(|| sqlx::query_scalar("SELECT size FROM ledger.ledger_head").fetch_one(pool)).await?;
    Ok(size.cast_unsigned())
}

/// Number of events in the stream and hash of the last.
pub(super) async fn stream_head(pool: &PgPool, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
    let sql = "SELECT sequence, hash FROM ledger.events WHERE aggregate_type = 'akte' AND aggregate_id = $1
               ORDER BY sequence DESC LIMIT 1";
    let id = text::id(stream);
    let Some(row) = again(|| sqlx::query(sql).bind(&id).fetch_optional(pool)).await? else { return Ok((0, ZERO)) };
    let read = || Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), text::hash(row.try_get(1)?)?));
    read().map_err(|error| storage(&error))
}

/// Events from `from` on, at most `limit`. A flaw ends the page before it; the page that begins with it is an
/// error, so that nobody reads past it unawares and the verifier can.
/// `known` = a size the log is known to have reached.
pub(super) async fn all(pool: &PgPool, from: u64, limit: usize, known: u64) -> Result<Vec<Stored>, LedgerError> {
    let mut events = Vec::new();
    while events.len() < limit {
        let due = from.saturating_add(events.len() as u64);
        match page(pool, due, PAGE.min(limit - events.len()), known).await {
            Ok(more) if more.is_empty() => break,
            Ok(more) => events.extend(more),
            Err(LedgerError::Corrupt { .. }) if !events.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(events)
}

/// Events from `from` on; empty only where the head says that there are none.
async fn page(pool: &PgPool, from: u64, limit: usize, known: u64) -> Result<Vec<Stored>, LedgerError> {
    let Ok(first) = i64::try_from(from) else { return Ok(Vec::new()) };
    let mut events = Vec::new();
    let mut longer = from.saturating_add(limit as u64) <= known;
    let (found, groups) = if longer {
        // All of it was committed before either look, so both are taken at once, on two connections. Further on, an
        // event committed between them would come without its groups, as if they had been erased.
        tokio::join!(headers(pool, first, limit, &mut events), payload(pool, first, limit))
    } else {
        let mut found = headers(pool, first, limit, &mut events).await;
        if found.is_ok() && events.is_empty() && size(pool).await? > from {
            // Written between the two looks, or missing.
            longer = true;
            found = headers(pool, first, limit, &mut events).await;
        }
        let groups = if events.is_empty() { Ok(Vec::new()) } else { payload(pool, first, events.len()).await };
        (found, groups)
    };
    match found {
        Err(LedgerError::Corrupt { .. }) if !events.is_empty() => {}
        Ok(()) if events.is_empty() && longer => {
            return Err(LedgerError::Corrupt { index: from, reason: "the event is missing".into() });
        }
        other => other?,
    }
    for (at, group) in groups? {
        if let Some(event) = events.get_mut(at) {
            event.groups.push(group);
        }
    }
    Ok(events)
}

async fn headers(pool: &PgPool, from: i64, limit: usize, events: &mut Vec<Stored>) -> Result<(), LedgerError> {
    let sql =
        "SELECT idx, aggregate_id, sequence, header, hash FROM ledger.events WHERE idx >= $1 ORDER BY idx LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = again(|| sqlx::query(sql).bind(from).bind(limit).fetch_all(pool)).await?;
    for (row, due) in rows.iter().zip(from..) {
        let index = due.cast_unsigned();
        let read = || -> sqlx::Result<(i64, Stored)> {
            let stream = row.try_get::<&str, _>(1)?.parse().map_err(text::odd)?;
            let (seq, header) = (row.try_get::<i64, _>(2)?.cast_unsigned().wrapping_sub(1), row.try_get(3)?);
            let event_hash = text::hash(row.try_get(4)?)?;
            Ok((row.try_get(0)?, Stored { index, stream, seq, header, event_hash, groups: Vec::new() }))
        };
        let (found, event) = read().map_err(|e| LedgerError::Corrupt { index, reason: e.to_string() })?;
        if found != due {
            return Err(LedgerError::Corrupt { index, reason: "the event is missing".into() });
        }
        events.push(event);
    }
    Ok(())
}

/// Groups of `events` events from `from` on, each with the event's place among them.
async fn payload(pool: &PgPool, from: i64, events: usize) -> Result<Vec<(usize, StoredGroup)>, LedgerError> {
    let sql =
        "SELECT idx, grp, kek_id, change, bytes FROM ledger.payload WHERE idx >= $1 AND idx < $2 ORDER BY idx, grp";
    let end = from.saturating_add(i64::try_from(events).unwrap_or(i64::MAX));
    let rows = again(|| sqlx::query(sql).bind(from).bind(end).fetch_all(pool)).await?;
    let read = |row: &PgRow| -> sqlx::Result<(usize, StoredGroup)> {
        let at = usize::try_from(row.try_get::<i64, _>(0)? - from).map_err(text::odd)?;
        let g = u8::try_from(row.try_get::<i16, _>(1)?).map_err(text::odd)?;
        let kek_id = row.try_get::<Option<i64>, _>(2)?.map(i64::cast_unsigned);
        let (change, bytes) = (row.try_get::<i64, _>(3)?.cast_unsigned(), row.try_get(4)?);
        Ok((at, StoredGroup { g, kek_id, change, bytes }))
    };
    rows.iter().map(|row| read(row).map_err(|error| storage(&error))).collect()
}
