//! Stream heads: the last event of every stream before an index, and the tree over them (`LEDGER.md`, proof products).
//!
//! Proves "these are all events of this stream" and "there is no such stream"; writes nothing.

use super::ids::heads_leaf;
use super::merkle::{ProofError, inclusion_proof, mth};
use super::port::{Hash, Ledger, LedgerError};
use std::collections::HashMap;
use uuid::Uuid;

/// Events read at once.
const PAGE: usize = 1024;

/// Heads of all streams before `up_to`: some 60 bytes a stream. Goes on from where it stands.
#[derive(Clone, Debug, Default)]
pub struct Heads {
    up_to: u64,
    heads: HashMap<Uuid, (u64, Hash)>,
}

impl Heads {
    /// Number of events taken in.
    pub fn up_to(&self) -> u64 {
        self.up_to
    }

    /// Takes in the events up to (not including) index `up_to`; `progress` hears how far it is.
    pub async fn advance(
        &mut self,
        ledger: &dyn Ledger,
        up_to: u64,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<(), LedgerError> {
        while self.up_to < up_to {
            let limit = PAGE.min(usize::try_from(up_to - self.up_to).unwrap_or(PAGE));
            let page = ledger.read_all(self.up_to, limit).await?;
            let Some(last) = page.last() else {
                return Err(LedgerError::Corrupt { index: self.up_to, reason: "the event is missing".into() });
            };
            self.up_to = last.index + 1;
            // Within a stream the log is ordered, so the later one is the head.
            self.heads.extend(page.iter().map(|e| (e.stream, (e.seq, e.event_hash))));
            progress(self.up_to);
        }
        Ok(())
    }

    /// The tree over the heads, sorted by their tags.
    pub fn tree(&self, tag: impl Fn(Uuid) -> Hash) -> HeadsTree {
        let head = |(stream, (last_seq, head)): (&Uuid, &(u64, Hash))| Entry {
            tag: tag(*stream),
            last_seq: *last_seq,
            head: *head,
        };
        let mut entries: Vec<Entry> = self.heads.iter().map(head).collect();
        entries.sort_unstable_by_key(|e| e.tag);
        let leaves = entries.iter().map(|e| heads_leaf(&e.tag, e.last_seq, &e.head)).collect();
        HeadsTree { entries, leaves }
    }
}

/// One stream as the tree lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub tag: Hash,
    /// Sequence of the stream's last event.
    pub last_seq: u64,
    /// Hash of that event.
    pub head: Hash,
}

/// The tree over all heads.
#[derive(Clone, Debug)]
pub struct HeadsTree {
    entries: Vec<Entry>,
    leaves: Vec<Hash>,
}

/// Where a tag stands in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// At this place.
    At(usize),
    /// Nowhere: it would stand before this place.
    Before(usize),
}

impl HeadsTree {
    /// Number of streams.
    pub fn count(&self) -> u64 {
        self.entries.len() as u64
    }

    /// MTH over the leaves.
    pub fn root(&self) -> Hash {
        mth(&self.leaves)
    }

    /// Where this tag stands, or would.
    pub fn find(&self, tag: &Hash) -> Found {
        self.entries.binary_search_by_key(&tag, |e| &e.tag).map_or_else(Found::Before, Found::At)
    }

    /// The entry at a place and its audit path; `None` beyond the tree.
    pub fn proof(&self, place: usize) -> Option<(Entry, Vec<Hash>)> {
        let entry = *self.entries.get(place)?;
        let node = |height: u32, n: u64| {
            let (from, to) = ((n << height) as usize, ((n + 1) << height) as usize);
            self.leaves.get(from..to).map(mth).ok_or(ProofError::Range)
        };
        Some((entry, inclusion_proof(place as u64, self.count(), node).ok()?))
    }
}

#[cfg(test)]
mod tests;
