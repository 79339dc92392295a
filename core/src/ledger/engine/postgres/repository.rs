//! Loading one stream: through `PostgresEventRepository` over a view that carries the stored bytes exactly.
//!
//! Deliberately never its replay streams, which lose the tail of a cut connection without a word, and never its
//! `persist`. What comes back is compared with where the stream ended before, hash by hash.

use super::read::{MAX_READERS, again, stream_head};
use super::text::{self, cut, unhex};
use super::{Core, groups};
use crate::ledger::engine::check::prev_of;
use crate::ledger::hash::{ZERO, event_hash};
use crate::ledger::port::{LedgerError, Stored};
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgPool, Row};
use std::convert::Infallible;
use uuid::Uuid;

/// Names the rows to postgres-es; never folded.
#[derive(Default, Serialize, Deserialize)]
struct Rows;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Opaque;

impl DomainEvent for Opaque {
    fn event_type(&self) -> String {
        "event".into()
    }
    fn event_version(&self) -> String {
        "1.0.0".into()
    }
}

impl Aggregate for Rows {
    const TYPE: &'static str = "akte";
    type Command = Infallible;
    type Event = Opaque;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, command: Infallible, (): &(), _: &EventSink<Self>) -> Result<(), Infallible> {
        match command {}
    }
    fn apply(&mut self, _: Opaque) {}
}

/// The view that holds a stream as postgres-es reads it. There is no table of snapshots.
pub(super) fn over(pool: &PgPool) -> PostgresEventRepository {
    PostgresEventRepository::new(pool.clone()).with_tables("ledger.stream_load", "ledger.no_snapshots")
}

/// Events of one stream from sequence `from` on; each must be what was hashed and follow the one before.
pub(super) async fn stream(core: &Core, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
    let (end, _) = stream_head(&core.pool, stream).await?;
    let rest = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX);
    if rest == 0 || limit == 0 {
        return Ok(Vec::new());
    }
    let rows = if rest <= limit { whole(core, stream, from).await? } else { part(core, stream, from, limit).await? };
    if rows.len() < rest.min(limit) {
        return Err(LedgerError::Storage(format!("stream {stream}: {} events came, {rest} are there", rows.len())));
    }
    let mut events: Vec<Stored> = Vec::with_capacity(rows.len());
    let mut prev = (from == 0).then_some(ZERO);
    for (row, due) in rows.into_iter().take(limit).zip(from..) {
        let flaw = |index, reason: &str| LedgerError::Corrupt {
            index,
            reason: format!("stream {stream}, seq {due}: {reason}"),
        };
        let event = stored(stream, row).ok_or_else(|| flaw(0, "its row is damaged"))?;
        let named = prev_of(&event.header);
        let hashed = event_hash(&event.header) == event.event_hash;
        if event.seq != due || !hashed || named.is_none() || prev.is_some_and(|prev| named != Some(prev)) {
            return Err(flaw(event.index, "altered, or does not follow the event before it"));
        }
        prev = Some(event.event_hash);
        events.push(event);
    }
    Ok(events)
}

/// A row of the view.
struct Loaded {
    sequence: usize,
    payload: Value,
    metadata: Value,
}

/// Everything from `from` on, as `execute` loads it.
async fn whole(core: &Core, stream: Uuid, from: u64) -> Result<Vec<Loaded>, LedgerError> {
    let id = text::id(stream);
    let mut tries = 0;
    let events: Vec<SerializedEvent> = loop {
        let loaded = match usize::try_from(from) {
            Ok(0) => core.repository.get_events::<Rows>(&id).await,
            // Their numbers begin with 1, ours with 0: `> from` there is `>= from` here.
            Ok(from) => core.repository.get_last_events::<Rows>(&id, from).await,
            Err(_) => return Ok(Vec::new()),
        };
        match loaded {
            Ok(events) => break events,
            Err(PersistenceError::ConnectionError(_)) if tries < MAX_READERS => tries += 1,
            Err(error) => return Err(LedgerError::Storage(error.to_string())),
        }
    };
    let row = |e: SerializedEvent| Loaded { sequence: e.sequence, payload: e.payload, metadata: e.metadata };
    Ok(events.into_iter().map(row).collect())
}

/// A part of a long stream, which the repository would load whole.
async fn part(core: &Core, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Loaded>, LedgerError> {
    let sql = "SELECT sequence, payload, metadata FROM ledger.stream_load
               WHERE aggregate_type = 'akte' AND aggregate_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    let (id, limit) = (text::id(stream), i64::try_from(limit).unwrap_or(i64::MAX));
    let select = || sqlx::query(sql).bind(&id).bind(from.cast_signed()).bind(limit).fetch_all(&core.pool);
    let rows = again(select).await?;
    let row = |row: &sqlx::postgres::PgRow| -> sqlx::Result<Loaded> {
        let sequence = usize::try_from(row.try_get::<i64, _>(0)?).map_err(text::odd)?;
        Ok(Loaded { sequence, payload: row.try_get(1)?, metadata: row.try_get(2)? })
    };
    rows.iter().map(row).collect::<Result<_, _>>().map_err(|error| super::read::storage(&error))
}

fn stored(stream: Uuid, row: Loaded) -> Option<Stored> {
    let (payload, chained) = (unhex(row.payload.as_str()?)?, unhex(row.metadata.as_str()?)?);
    let mut chained = chained.as_slice();
    let index = i64::from_be_bytes(cut(&mut chained)?).try_into().ok()?;
    let (event_hash, header) = (cut(&mut chained)?, chained.to_vec());
    let seq = (row.sequence as u64).checked_sub(1)?;
    Some(Stored { index, stream, seq, header, event_hash, groups: groups::read(&payload) })
}
