//! Reading: a pool of connections that cannot write, events with their groups, in order and without gaps.
//!
//! Deliberately refuses rather than skips: a gap or a broken chain is an error that names the index.

use super::{bounded, schema, storage};
use crate::ledger::engine::check::prev_of;
use crate::ledger::engine::file::Idle;
use crate::ledger::hash::{ZERO, event_hash};
use crate::ledger::merkle;
use crate::ledger::port::{Hash, Head, KekUse, LedgerError, Stored, StoredGroup};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Connections that read at the same time; more wait.
const MAX_READERS: usize = 8;

/// The pool.
pub(super) struct Readers {
    path: PathBuf,
    idle: Idle,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), idle: Idle::default(), permits: Arc::new(Semaphore::new(MAX_READERS)) }
    }

    /// Bounds the readers; `None` never happens, for the semaphore is never closed.
    pub(super) async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// Runs a query; a connection that failed is not used again.
    pub(super) fn run<T>(&self, query: impl FnOnce(&Connection) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        self.idle.run(|| schema::open_reader(&self.path).map_err(storage), query)
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        damaged(0)(error)
    }
}

/// Size and frontier bytes of the head row.
pub(super) fn head_row(conn: &Connection) -> rusqlite::Result<(u64, Vec<u8>)> {
    conn.query_row("SELECT size, frontier FROM ledger_head WHERE one = 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Size and root as stored, for a process that does not write.
pub(super) fn head(conn: &Connection) -> Result<Head, LedgerError> {
    let (size, frontier) = head_row(conn)?;
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

/// Events from `from` on, at most `limit`. A flaw ends the page before it; the page that begins
/// with it is an error, so that nobody reads past it unawares and the verifier can.
pub(super) fn all(conn: &Connection, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
    let snapshot = conn.unchecked_transaction()?;
    let mut events = Vec::new();
    let mut flaw = headers(&snapshot, from, limit, &mut events).err();
    if let Err(error) = payload(&snapshot, from, &mut events) {
        if let LedgerError::Corrupt { index, .. } = &error {
            events.truncate(usize::try_from(index.saturating_sub(from)).unwrap_or(0));
        }
        flaw = Some(error);
    }
    match flaw {
        Some(storage @ LedgerError::Storage(_)) => Err(storage),
        Some(flaw) if events.is_empty() => Err(flaw),
        _ => Ok(events),
    }
}

fn headers(conn: &Connection, from: u64, limit: usize, events: &mut Vec<Stored>) -> Result<(), LedgerError> {
    let sql = "SELECT e.idx, e.seq, e.header, e.hash, s.uuid FROM event e JOIN stream s ON s.sno = e.sno
               WHERE e.idx >= ?1 ORDER BY e.idx LIMIT ?2";
    let mut select = conn.prepare_cached(sql)?;
    let mut rows = select.query([bounded(from), bounded(limit)])?;
    loop {
        let due = from.saturating_add(events.len() as u64);
        let Some(row) = rows.next().map_err(damaged(due))? else { return Ok(()) };
        let uuid = row.get::<_, [u8; 16]>(4).map_err(damaged(due))?;
        let event = stored(row, Uuid::from_bytes(uuid)).map_err(damaged(due))?;
        if event.index != due {
            return Err(LedgerError::Corrupt { index: due, reason: "the event is missing".into() });
        }
        events.push(event);
    }
}

fn payload(conn: &Connection, from: u64, events: &mut [Stored]) -> Result<(), LedgerError> {
    if events.is_empty() {
        return Ok(());
    }
    let end = from.saturating_add(events.len() as u64);
    let mut select = conn.prepare_cached(PAYLOAD)?;
    let mut rows = select.query([first_row(from), first_row(end)])?;
    let mut index = from;
    while let Some(row) = rows.next().map_err(damaged(index))? {
        index = row.get::<_, u64>(0)? / 256;
        events[(index - from) as usize].groups.push(group(row).map_err(damaged(index))?);
    }
    Ok(())
}

/// Where the groups of an event begin; a damaged index lies beyond every row.
fn first_row(index: u64) -> i64 {
    bounded(index.saturating_mul(256))
}

const PAYLOAD: &str = "SELECT id, kek_id, change, bytes FROM payload WHERE id >= ?1 AND id < ?2 ORDER BY id";

/// A damaged page, a missing row, a value of the wrong type or size are damage of the data;
/// anything else is the storage's fault.
pub(super) fn damaged(index: u64) -> impl Fn(rusqlite::Error) -> LedgerError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    move |error| match error.sqlite_error_code() {
        None | Some(DatabaseCorrupt | NotADatabase) => LedgerError::Corrupt { index, reason: error.to_string() },
        Some(_) => storage(error),
    }
}

/// Events of one stream from sequence `from` on; each must be what was hashed and follow the one before.
pub(super) fn stream(conn: &Connection, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
    let snapshot = conn.unchecked_transaction()?;
    let sql = "SELECT e.idx, e.seq, e.header, e.hash FROM stream s JOIN event e ON e.sno = s.sno
               WHERE s.uuid = ?1 AND e.seq >= ?2 ORDER BY e.seq LIMIT ?3";
    let mut events: Vec<Stored> = Vec::new();
    let mut prev = (from == 0).then_some(ZERO);
    let mut select = snapshot.prepare_cached(sql)?;
    let mut rows = select.query(params![stream.as_bytes().as_slice(), bounded(from), bounded(limit)])?;
    let mut payload = snapshot.prepare_cached(PAYLOAD)?;
    while let Some(row) = rows.next()? {
        let index = row.get(0)?;
        let mut event = stored(row, stream).map_err(damaged(index))?;
        let due = from.saturating_add(events.len() as u64);
        let named = prev_of(&event.header);
        let hashed = event_hash(&event.header) == event.event_hash;
        if event.seq != due || !hashed || named.is_none() || prev.is_some_and(|prev| named != Some(prev)) {
            let reason = format!("stream {stream}, seq {due}: altered, or does not follow the event before it");
            return Err(LedgerError::Corrupt { index, reason });
        }
        prev = Some(event.event_hash);
        let mut groups = payload.query([first_row(index), first_row(index.saturating_add(1))])?;
        while let Some(row) = groups.next()? {
            event.groups.push(group(row).map_err(damaged(index))?);
        }
        events.push(event);
    }
    Ok(events)
}

/// Number of events in the stream and hash of the last.
pub(super) fn stream_head(conn: &Connection, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
    let sql = "SELECT e.seq, e.hash FROM stream s JOIN event e ON e.sno = s.sno WHERE s.uuid = ?1 ORDER BY e.seq DESC LIMIT 1";
    let last = conn
        .prepare_cached(sql)?
        .query_row([stream.as_bytes().as_slice()], |row| Ok((row.get::<_, u64>(0)? + 1, row.get(1)?)))
        .optional()?;
    Ok(last.unwrap_or((0, ZERO)))
}

/// One key use, if it is known.
pub(super) fn kek_use(conn: &Connection, kek_id: u64) -> rusqlite::Result<Option<KekUse>> {
    conn.prepare_cached("SELECT kek_id, subject, procedure, mac FROM kek_use WHERE kek_id = ?1")?
        .query_row([kek_id], kek_row)
        .optional()
}

/// A row of `kek_use` in the order of its columns.
pub(super) fn kek_row(row: &Row<'_>) -> rusqlite::Result<KekUse> {
    let (procedure, mac): ([u8; 16], Hash) = (row.get(2)?, row.get(3)?);
    Ok(KekUse { kek_id: row.get(0)?, subject: row.get(1)?, procedure: Uuid::from_bytes(procedure), mac })
}

fn stored(row: &Row<'_>, stream: Uuid) -> rusqlite::Result<Stored> {
    let (index, seq, header, event_hash) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    Ok(Stored { index, stream, seq, header, event_hash, groups: Vec::new() })
}

fn group(row: &Row<'_>) -> rusqlite::Result<StoredGroup> {
    let id: u64 = row.get(0)?;
    Ok(StoredGroup { g: (id % 256) as u8, kek_id: row.get(1)?, change: row.get(2)?, bytes: row.get(3)? })
}
