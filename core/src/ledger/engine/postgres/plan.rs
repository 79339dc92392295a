//! What a group of appends will write, decided before the first INSERT.
//!
//! Deliberately decides twice in one way: on what the node remembers and the callers claim, which the statement holds
//! against the log, or on facts read under its lock. Repeats no rule that a batch obeys by itself.

use super::text;
use crate::ledger::hash::{ZERO, leaf};
use crate::ledger::merkle::{Frontier, TileRow};
use crate::ledger::port::{Append, AppendError, Hash, KekUse, Receipt, StoredGroup};
use sqlx::{PgConnection, Row as _};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Number of events and last hash of streams.
pub(super) type Heads = HashMap<Uuid, (u64, Hash)>;
/// Numbers of keys.
pub(super) type Keys = HashSet<u64>;
pub(super) type Answer = Result<Receipt, AppendError>;

/// What an append is decided by, read under the lock.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) size: u64,
    /// Number of the last change to payload and keys.
    pub(super) change: u64,
    /// As stored.
    pub(super) frontier: Vec<u8>,
    /// Of each stream that has any.
    pub(super) heads: Heads,
    pub(super) uses: HashMap<u64, KekUse>,
    pub(super) retired: BTreeSet<u64>,
    /// Index and hash of the events this node has not seen, ascending; perhaps not all of them.
    pub(super) unseen: Vec<(i64, Vec<u8>)>,
}

impl Facts {
    /// Locks the head to the end of the transaction and asks what these appends are decided by.
    pub(super) async fn under_lock(
        conn: &mut PgConnection,
        streams: Vec<String>,
        keks: Vec<i64>,
        known: u64,
    ) -> sqlx::Result<Self> {
        let select = sqlx::query("SELECT kind, n, bytes, name, procedure FROM ledger.facts($1, $2, $3)");
        let mut facts = Self::default();
        for row in select.bind(streams).bind(keks).bind(known.cast_signed()).fetch_all(conn).await? {
            let n: i64 = row.try_get(1)?;
            match row.try_get::<i16, _>(0)? {
                0 => (facts.size, facts.frontier) = (n.cast_unsigned(), row.try_get(2)?),
                1 => {
                    let stream: Uuid = row.try_get::<&str, _>(3)?.parse().map_err(text::odd)?;
                    facts.heads.insert(stream, (n.cast_unsigned(), text::hash(row.try_get(2)?)?));
                }
                2 => {
                    let (subject, procedure, mac) = (row.try_get(3)?, row.try_get(4)?, text::hash(row.try_get(2)?)?);
                    let kek_id = n.cast_unsigned();
                    facts.uses.insert(kek_id, KekUse { kek_id, subject, procedure, mac });
                }
                3 => _ = facts.retired.insert(n.cast_unsigned()),
                5 => facts.change = n.cast_unsigned(),
                _ => facts.unseen.push((n, row.try_get(2)?)),
            }
        }
        Ok(facts)
    }
}

/// One event to be stored, an append's or an imported one.
pub(super) struct Row<'a> {
    pub(super) stream: Uuid,
    pub(super) seq: u64,
    pub(super) hash: &'a Hash,
    pub(super) header: &'a [u8],
    pub(super) groups: &'a [StoredGroup],
}

/// The group so far.
pub(super) struct Plan<'a> {
    pub(super) answers: Vec<Answer>,
    /// Where each stream must stand before that is not known from memory: number of events and last hash.
    pub(super) claims: Vec<(Uuid, u64, Hash)>,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) keks: BTreeMap<u64, &'a KekUse>,
    pub(super) tiles: Vec<TileRow>,
    /// Where streams stand once this is committed, as far as it is known.
    pub(super) heads: Heads,
    /// The log's right edge below it, as stored.
    pub(super) was: Vec<u8>,
    pub(super) was_size: u64,
    /// The log's right edge once this is committed.
    pub(super) frontier: Frontier,
}

impl<'a> Plan<'a> {
    /// On top of a log whose streams stand so. If it is another log, its frontier is another one, and nothing of this
    /// is stored.
    pub(super) fn new(frontier: Frontier, heads: Heads) -> Self {
        Self {
            answers: Vec::new(),
            claims: Vec::new(),
            rows: Vec::new(),
            keks: BTreeMap::new(),
            tiles: Vec::new(),
            heads,
            was: frontier.to_bytes(),
            was_size: frontier.size(),
            frontier,
        }
    }

    /// Decides every append of the group, in order; without facts, on its own claims.
    pub(super) fn decided(mut self, group: &[&'a Append], facts: Option<&Facts>) -> Self {
        for batch in group {
            let answer = match self.refusal(batch, facts) {
                Some(refusal) => Err(refusal),
                None => Ok(self.accept(batch)),
            };
            self.answers.push(answer);
        }
        self
    }

    /// Whether anything is left to write.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.keks.is_empty()
    }

    /// Events to write.
    pub(super) fn events(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Number of the last change to payload and keys once this is committed, `was` before: uses of keys that come
    /// without an event are one.
    pub(super) fn change(&self, was: u64) -> u64 {
        let least = was + u64::from(self.rows.is_empty());
        self.groups().map(|group| group.change).fold(least, u64::max)
    }

    /// Every payload group to write.
    pub(super) fn groups(&self) -> impl Iterator<Item = &'a StoredGroup> {
        self.rows.iter().flat_map(|row| row.groups)
    }

    /// Where a stream stands, the group's own events included; `None`: nobody knows yet.
    pub(super) fn head(&self, stream: Uuid, facts: Option<&Facts>) -> Option<(u64, Hash)> {
        self.heads.get(&stream).copied().or_else(|| facts.map(|f| f.heads.get(&stream).copied().unwrap_or((0, ZERO))))
    }

    /// Keys of the groups to write, with repetitions.
    pub(super) fn sealed(&self) -> impl Iterator<Item = u64> {
        self.groups().filter_map(|group| group.kek_id)
    }

    fn refusal(&self, batch: &'a Append, facts: Option<&Facts>) -> Option<AppendError> {
        if let Some((actual, hash)) = self.head(batch.stream, facts) {
            if actual != batch.expected {
                return Some(AppendError::Conflict { expected: batch.expected, actual });
            }
            if hash != batch.prev {
                return malformed(format!("prev is not the hash of event {actual} - 1 of the stream"));
            }
        }
        if let Some(row) = batch.kek_uses.iter().find(|row| row.subject.contains('\0')) {
            return malformed(format!("the subject of key {} holds U+0000", row.kek_id));
        }
        if let Some(row) = batch.kek_uses.iter().find(|row| self.rival(row, facts)) {
            return malformed(format!("key {} is already in use for another subject or procedure", row.kek_id));
        }
        let retired = &facts?.retired;
        let mut keys = batch.events.iter().flat_map(|e| &e.groups).filter_map(|g| g.kek_id);
        keys.find(|id| retired.contains(id)).map(AppendError::KeyRetired)
    }

    /// Whether the key is known for somebody else.
    pub(super) fn rival(&self, row: &KekUse, facts: Option<&Facts>) -> bool {
        let planned = self.keks.get(&row.kek_id).copied();
        planned.or_else(|| facts?.uses.get(&row.kek_id)).is_some_and(|known| known != row)
    }

    fn accept(&mut self, batch: &'a Append) -> Receipt {
        for event in &batch.events {
            let (stream, seq) = (batch.stream, event.seq);
            let (hash, header, groups) = (&event.event_hash, event.header.as_slice(), event.groups.as_slice());
            self.add(Row { stream, seq, hash, header, groups }, batch.prev);
        }
        self.keks.extend(batch.kek_uses.iter().map(|k| (k.kek_id, k)));
        let (next, event_hash) = self.heads.get(&batch.stream).copied().unwrap_or((batch.expected, batch.prev));
        Receipt { stream: batch.stream, seq: next.saturating_sub(1), index: self.frontier.size() - 1, event_hash }
    }

    /// Adds one event that was found right; `prev` counts where its stream was not touched before.
    pub(super) fn add(&mut self, row: Row<'a>, prev: Hash) {
        if self.heads.insert(row.stream, (row.seq + 1, *row.hash)).is_none() {
            self.claims.push((row.stream, row.seq, prev));
        }
        self.tiles.extend(self.frontier.push(leaf(row.hash)));
        self.rows.push(row);
    }

    /// Adds a key use that was found right.
    pub(super) fn add_use(&mut self, row: &'a KekUse) {
        self.keks.insert(row.kek_id, row);
    }
}

fn malformed(why: String) -> Option<AppendError> {
    Some(AppendError::Malformed(why))
}
