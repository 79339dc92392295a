//! Reading the log: pages in order and without gaps, its head, and where a stream ends.
//!
//! Deliberately refuses rather than skips: a short answer is compared with the head and never taken for the end.

use super::broken::{Broken, Stage, connection_lost, judge};
use super::listen::rise;
use super::{Core, groups, text};
use crate::ledger::hash::ZERO;
use crate::ledger::merkle;
use crate::ledger::port::{Hash, Head, LedgerError, Stored};
use sqlx::{Executor, PgPool, Postgres, Row};
use uuid::Uuid;

/// Events fetched at once: bounds what one answer holds in memory twice.
const PAGE: usize = 2048;
/// Events of one row of an answer, whose columns are arrays: a row for each event costs more than what is in it.
const CHUNK: i64 = 128;
/// Whoever asks for more is not at the end of the log, and one look at its size saves him many.
const FEW: usize = 256;
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
pub(super) async fn all(core: &Core, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
    let (pool, mut known) = (&core.pool, *core.size.borrow());
    if limit > FEW && known < from.saturating_add(limit as u64) {
        known = size(pool).await?;
        rise(&core.size, known);
    }
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

/// Events from `from` on; empty only where the head says that there are none. `known` = a size the log has reached.
async fn page(pool: &PgPool, from: u64, limit: usize, known: u64) -> Result<Vec<Stored>, LedgerError> {
    // No log gets that far, and no sum overflows.
    let Some(first) = i64::try_from(from).ok().filter(|first| *first < i64::MAX / 2) else { return Ok(Vec::new()) };
    let mut events = Vec::with_capacity(limit);
    let mut longer = from.saturating_add(limit as u64) <= known;
    let (found, rows) = if longer {
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
        let rows = if events.is_empty() { Ok(Vec::new()) } else { payload(pool, first, events.len()).await };
        (found, rows)
    };
    match found {
        Err(LedgerError::Corrupt { .. }) if !events.is_empty() => {}
        Ok(()) if events.is_empty() && longer => {
            return Err(LedgerError::Corrupt { index: from, reason: "the event is missing".into() });
        }
        other => other?,
    }
    for (index, row) in rows? {
        let at = usize::try_from(index - first).unwrap_or(usize::MAX);
        if let Some(event) = events.get_mut(at) {
            event.groups = groups::read(&row);
        }
    }
    Ok(events)
}

fn end(from: i64, events: usize) -> i64 {
    from.saturating_add(i64::try_from(events).unwrap_or(i64::MAX))
}

type Headers = (Option<Vec<i64>>, Option<Vec<String>>, Option<Vec<i64>>, Option<Vec<Vec<u8>>>, Option<Vec<Vec<u8>>>);

async fn headers(pool: &PgPool, from: i64, limit: usize, events: &mut Vec<Stored>) -> Result<(), LedgerError> {
    let sql = "SELECT a.* FROM generate_series($1, $2 - 1, $3) AS chunk(n) CROSS JOIN LATERAL (
                 SELECT array_agg(idx), array_agg(aggregate_id), array_agg(sequence), array_agg(header), array_agg(hash)
                 FROM (SELECT idx, aggregate_id, sequence, header, hash FROM ledger.events
                       WHERE idx >= chunk.n AND idx < least(chunk.n + $3, $2) ORDER BY idx) AS e) AS a";
    let select = || sqlx::query_as(sql).bind(from).bind(end(from, limit)).bind(CHUNK).fetch_all(pool);
    let chunks: Vec<Headers> = again(select).await?;
    let mut due = from;
    for (indices, streams, sequences, headers, hashes) in chunks {
        let (indices, streams, sequences) =
            (indices.unwrap_or_default(), streams.unwrap_or_default(), sequences.unwrap_or_default());
        let bytes = headers.unwrap_or_default().into_iter().zip(hashes.unwrap_or_default());
        for ((found, (stream, sequence)), (header, hash)) in
            indices.into_iter().zip(streams.iter().zip(sequences)).zip(bytes)
        {
            let index = due.cast_unsigned();
            if found != due {
                return Err(LedgerError::Corrupt { index, reason: "the event is missing".into() });
            }
            let read = || -> sqlx::Result<Stored> {
                let stream = stream.parse().map_err(text::odd)?;
                let (seq, event_hash) = (sequence.cast_unsigned().wrapping_sub(1), text::hash(&hash)?);
                Ok(Stored { index, stream, seq, header, event_hash, groups: Vec::new() })
            };
            events.push(read().map_err(|e| LedgerError::Corrupt { index, reason: e.to_string() })?);
            due += 1;
        }
    }
    Ok(())
}

type Rows = (Option<Vec<i64>>, Option<Vec<Vec<u8>>>);

/// Rows of the groups of `events` events from `from` on, with the index of each, ascending.
async fn payload(pool: &PgPool, from: i64, events: usize) -> Result<Vec<(i64, Vec<u8>)>, LedgerError> {
    let sql = "SELECT a.* FROM generate_series($1, $2 - 1, $3) AS chunk(n) CROSS JOIN LATERAL (
                 SELECT array_agg(idx), array_agg(groups)
                 FROM (SELECT idx, groups FROM ledger.payload
                       WHERE idx >= chunk.n AND idx < least(chunk.n + $3, $2) ORDER BY idx) AS p) AS a";
    let select = || async {
        let chunked = sqlx::query_as(sql).bind(from).bind(end(from, events)).bind(CHUNK).fetch_all(pool).await;
        match chunked {
            // So large that the server cannot put them into one row.
            Err(error) if too_large(&error) => row_by_row(pool, from, events).await,
            chunked => chunked,
        }
    };
    let chunks: Vec<Rows> = again(select).await?;
    let rows = |(indices, rows): Rows| indices.unwrap_or_default().into_iter().zip(rows.unwrap_or_default());
    Ok(chunks.into_iter().flat_map(rows).collect())
}

fn too_large(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(said) if said.code().is_some_and(|code| code == "54000"))
}

async fn row_by_row(pool: &PgPool, from: i64, events: usize) -> sqlx::Result<Vec<Rows>> {
    let sql = "SELECT array[idx], array[groups] FROM ledger.payload WHERE idx >= $1 AND idx < $2 ORDER BY idx";
    sqlx::query_as(sql).bind(from).bind(end(from, events)).fetch_all(pool).await
}
