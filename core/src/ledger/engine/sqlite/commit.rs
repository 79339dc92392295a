//! One group of appends in one transaction: refuse first, insert then, swap the copies after COMMIT.
//!
//! Deliberately repairs nothing: an error after the first INSERT ends the writer for good, because
//! after a failed flush nobody knows what is durable.

use super::read;
use crate::ledger::hash::{ZERO, leaf};
use crate::ledger::merkle::{Frontier, TileRow};
use crate::ledger::port::{Append, AppendError, Hash, Head, KekUse, Prepared, Receipt, StoredGroup};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use std::collections::HashMap;
use uuid::Uuid;

/// Stream heads kept in memory; beyond that the cache starts anew (a miss costs one lookup).
const MAX_HEADS: usize = 65_536;

pub(super) type Answer = Result<Receipt, AppendError>;

/// Where a stream ends.
#[derive(Clone, Copy)]
pub(super) struct StreamHead {
    pub(super) sno: i64,
    /// Number of events = next sequence.
    pub(super) next: u64,
    pub(super) hash: Hash,
}

/// What the writer knows once the open transaction is committed.
pub(super) struct Next {
    pub(super) frontier: Frontier,
    pub(super) heads: HashMap<Uuid, StreamHead>,
    pub(super) next_sno: i64,
}

/// The one connection that writes, and what it knows about the end of the log.
pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) frontier: Frontier,
    heads: HashMap<Uuid, StreamHead>,
    next_sno: i64,
}

/// A group that came to an end: one answer per append, in their order.
pub(super) struct Committed {
    pub(super) answers: Vec<Answer>,
    /// New head, `None` if every append was refused (then nothing was flushed).
    pub(super) head: Option<Head>,
    pub(super) events: u64,
}

/// A group that did not.
#[derive(Debug)]
pub(super) enum Broken {
    /// Another process holds the write lock; nothing was written.
    Busy,
    /// Nothing was written, and that is certain.
    DiskFull,
    /// Not a writer at all.
    Refused(String),
    /// Anything else: outcome unknown, the writer must not be used again.
    Failed(String),
}

/// What the group will write, decided before the first INSERT.
struct Plan<'a> {
    answers: Vec<Answer>,
    accepted: Vec<(i64, &'a Append)>,
    new_streams: Vec<(i64, Uuid)>,
    new_keks: HashMap<u64, &'a KekUse>,
    tiles: Vec<TileRow>,
    next: Next,
}

impl Writer {
    pub(super) fn new(conn: Connection, frontier: Frontier) -> rusqlite::Result<Self> {
        let next_sno = conn.query_row("SELECT coalesce(max(sno), 0) + 1 FROM stream", [], |row| row.get(0))?;
        Ok(Self { conn, frontier, heads: HashMap::new(), next_sno })
    }

    /// Commits the group with one flush, or with none if all its members are refused.
    pub(super) fn commit(&mut self, group: &[&Append]) -> Result<Committed, Broken> {
        self.run("BEGIN IMMEDIATE")
            .map_err(|e| if is(&e, ErrorCode::DatabaseBusy) { Broken::Busy } else { failed(&e) })?;
        let first = self.frontier.size();
        let plan = self.plan(group).map_err(|e| self.roll_back(&e))?;
        if plan.accepted.is_empty() {
            self.run("ROLLBACK").map_err(|e| failed(&e))?;
            return Ok(Committed { answers: plan.answers, head: None, events: 0 });
        }
        self.insert(&plan, first).and_then(|()| self.run("COMMIT")).map_err(|e| self.roll_back(&e))?;
        let head = self.swap(plan.next);
        Ok(Committed { answers: plan.answers, head: Some(head), events: head.size - first })
    }

    /// A copy to work on until COMMIT.
    pub(super) fn next(&self) -> Next {
        Next { frontier: self.frontier.clone(), heads: HashMap::new(), next_sno: self.next_sno }
    }

    /// After COMMIT: what was worked on is how it is.
    pub(super) fn swap(&mut self, next: Next) -> Head {
        if self.heads.len() + next.heads.len() > MAX_HEADS {
            self.heads.clear();
        }
        self.heads.extend(next.heads);
        self.frontier = next.frontier;
        self.next_sno = next.next_sno;
        Head { size: self.frontier.size(), root: self.frontier.root() }
    }

    /// Where a stream ends, the open transaction included.
    pub(super) fn head_of(&self, next: &Next, stream: Uuid) -> rusqlite::Result<Option<StreamHead>> {
        match next.heads.get(&stream).or_else(|| self.heads.get(&stream)) {
            Some(head) => Ok(Some(*head)),
            None => self.stored_head(stream),
        }
    }

    fn plan<'a>(&self, group: &[&'a Append]) -> rusqlite::Result<Plan<'a>> {
        let mut plan = Plan {
            answers: Vec::with_capacity(group.len()),
            accepted: Vec::with_capacity(group.len()),
            new_streams: Vec::new(),
            new_keks: HashMap::new(),
            tiles: Vec::new(),
            next: self.next(),
        };
        for batch in group {
            let answer = match self.refusal(&plan, batch)? {
                Err(refusal) => Err(refusal),
                Ok((head, keks)) => Ok(plan.accept(batch, head, keks)),
            };
            plan.answers.push(answer);
        }
        Ok(plan)
    }

    /// Decides one append against the heads, earlier members of the group included.
    fn refusal<'a>(&self, plan: &Plan<'a>, batch: &'a Append) -> rusqlite::Result<Result<Accepted<'a>, AppendError>> {
        let head = self.head_of(&plan.next, batch.stream)?;
        let (actual, prev) = head.map_or((0, ZERO), |h| (h.next, h.hash));
        if actual != batch.expected {
            return Ok(Err(AppendError::Conflict { expected: batch.expected, actual }));
        }
        if prev != batch.prev {
            return Ok(Err(AppendError::Malformed(format!(
                "prev is not the hash of event {actual} - 1 of the stream"
            ))));
        }
        let mut keks = Vec::new();
        for kek in &batch.kek_uses {
            let known = match plan.new_keks.get(&kek.kek_id) {
                Some(known) => Some((*known).clone()),
                None => read::kek_use(&self.conn, kek.kek_id)?,
            };
            match known {
                None => keks.push(kek),
                Some(known) if known == *kek => {}
                Some(_) => {
                    let why = format!("key {} is already in use for another subject or procedure", kek.kek_id);
                    return Ok(Err(AppendError::Malformed(why)));
                }
            }
        }
        Ok(Ok((head, keks)))
    }

    fn stored_head(&self, stream: Uuid) -> rusqlite::Result<Option<StreamHead>> {
        let sql = "SELECT e.sno, e.seq, e.hash FROM stream s JOIN event e ON e.sno = s.sno
                   WHERE s.uuid = ?1 ORDER BY e.seq DESC LIMIT 1";
        self.conn
            .prepare_cached(sql)?
            .query_row([stream.as_bytes().as_slice()], |row| {
                Ok(StreamHead { sno: row.get(0)?, next: row.get::<_, u64>(1)? + 1, hash: row.get(2)? })
            })
            .optional()
    }

    fn insert(&self, plan: &Plan<'_>, first: u64) -> rusqlite::Result<()> {
        for (sno, uuid) in &plan.new_streams {
            self.insert_stream(*sno, *uuid)?;
        }
        for kek in plan.new_keks.values() {
            self.insert_kek_use(kek)?;
        }
        let mut index = first;
        for (sno, batch) in &plan.accepted {
            for event in &batch.events {
                let Prepared { seq, header, event_hash, groups } = event;
                self.insert_event(index, *sno, *seq, event_hash, header, groups)?;
                index += 1;
            }
        }
        for tile in &plan.tiles {
            self.insert_tile(tile)?;
        }
        let mut head = self.conn.prepare_cached("UPDATE ledger_head SET size = ?1, frontier = ?2 WHERE one = 1")?;
        head.execute(params![plan.next.frontier.size(), plan.next.frontier.to_bytes()])?;
        Ok(())
    }

    pub(super) fn insert_stream(&self, sno: i64, uuid: Uuid) -> rusqlite::Result<()> {
        let mut add = self.conn.prepare_cached("INSERT INTO stream (sno, uuid) VALUES (?1, ?2)")?;
        add.execute(params![sno, uuid.as_bytes().as_slice()]).map(|_| ())
    }

    pub(super) fn insert_kek_use(&self, kek: &KekUse) -> rusqlite::Result<()> {
        let sql = "INSERT INTO kek_use (kek_id, subject, procedure, mac) VALUES (?1, ?2, ?3, ?4)";
        let mut add = self.conn.prepare_cached(sql)?;
        add.execute(params![kek.kek_id, kek.subject, kek.procedure.as_bytes().as_slice(), kek.mac.as_slice()])
            .map(|_| ())
    }

    pub(super) fn insert_tile(&self, tile: &TileRow) -> rusqlite::Result<()> {
        let mut add = self.conn.prepare_cached("INSERT INTO tile (level, n, hashes) VALUES (?1, ?2, ?3)")?;
        add.execute(params![tile.level, tile.n, tile.hashes]).map(|_| ())
    }

    pub(super) fn insert_event(
        &self,
        index: u64,
        sno: i64,
        seq: u64,
        hash: &Hash,
        header: &[u8],
        groups: &[StoredGroup],
    ) -> rusqlite::Result<()> {
        let mut add =
            self.conn.prepare_cached("INSERT INTO event (idx, sno, seq, hash, header) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        add.execute(params![index, sno, seq, hash, header])?;
        let mut add =
            self.conn.prepare_cached("INSERT INTO payload (id, kek_id, change, bytes) VALUES (?1, ?2, ?3, ?4)")?;
        for group in groups {
            add.execute(params![index * 256 + u64::from(group.g), group.kek_id, group.change, group.bytes])?;
        }
        Ok(())
    }

    /// Ends the transaction after an error and says what is known about it.
    pub(super) fn roll_back(&self, error: &rusqlite::Error) -> Broken {
        let ended = self.conn.is_autocommit() || self.conn.execute_batch("ROLLBACK").is_ok();
        if is(error, ErrorCode::DiskFull) && ended && self.conn.is_autocommit() {
            return Broken::DiskFull;
        }
        failed(error)
    }

    /// Runs one statement without rows.
    pub(super) fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.conn.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}

/// The stream's head so far and the keys it uses for the first time.
type Accepted<'a> = (Option<StreamHead>, Vec<&'a KekUse>);

impl<'a> Plan<'a> {
    fn accept(&mut self, batch: &'a Append, head: Option<StreamHead>, keks: Vec<&'a KekUse>) -> Receipt {
        let sno = head.map_or(self.next.next_sno, |h| h.sno);
        if head.is_none() {
            self.new_streams.push((sno, batch.stream));
            self.next.next_sno += 1;
        }
        let mut end = StreamHead { sno, next: batch.expected, hash: batch.prev };
        for event in &batch.events {
            self.tiles.extend(self.next.frontier.push(leaf(&event.event_hash)));
            end = StreamHead { sno, next: event.seq + 1, hash: event.event_hash };
        }
        self.next.heads.insert(batch.stream, end);
        self.new_keks.extend(keks.into_iter().map(|k| (k.kek_id, k)));
        self.accepted.push((sno, batch));
        Receipt { stream: batch.stream, seq: end.next - 1, index: self.next.frontier.size() - 1, event_hash: end.hash }
    }
}

pub(super) fn is(error: &rusqlite::Error, code: ErrorCode) -> bool {
    error.sqlite_error_code() == Some(code)
}

pub(super) fn failed(error: &rusqlite::Error) -> Broken {
    Broken::Failed(error.to_string())
}
