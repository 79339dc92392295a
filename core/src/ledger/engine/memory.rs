//! The engine of the tests: same contract, everything in memory, gone with the process.
//!
//! Deliberately simple: one lock, no groups, no flush.

use super::check;
use super::failure::Failure;
use crate::ledger::hash::{ZERO, leaf};
use crate::ledger::merkle::Frontier;
use crate::ledger::port::{
    Append, AppendError, Hash, Head, KekUse, Ledger, LedgerError, Prepared, Receipt, Stored, StoredGroup, Stray,
};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// A ledger in memory.
pub struct MemoryLedger {
    state: Mutex<State>,
    size: watch::Sender<u64>,
    failed: Failure,
}

#[derive(Clone, Default)]
struct State {
    events: Vec<Stored>,
    /// Indices of each stream's events.
    streams: HashMap<Uuid, Vec<usize>>,
    frontier: Frontier,
    tiles: BTreeMap<(u8, u64), Vec<u8>>,
    checkpoints: BTreeMap<u64, String>,
    keks: BTreeMap<u64, KekUse>,
    change: u64,
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self { state: Mutex::default(), size: watch::Sender::new(0), failed: Failure::default() }
    }
}

impl MemoryLedger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn stream_head(&self, stream: Uuid) -> (u64, Hash) {
        let indices = self.streams.get(&stream).map_or(&[][..], Vec::as_slice);
        let hash = indices.last().map_or(ZERO, |at| self.events[*at].event_hash);
        (indices.len() as u64, hash)
    }

    fn refuse(&self, batch: &Append) -> Result<(), AppendError> {
        let (actual, hash) = self.stream_head(batch.stream);
        if actual != batch.expected {
            return Err(AppendError::Conflict { expected: batch.expected, actual });
        }
        if hash != batch.prev {
            return Err(AppendError::Malformed(format!("prev is not the hash of event {actual} - 1 of the stream")));
        }
        match batch.kek_uses.iter().find(|k| self.keks.get(&k.kek_id).is_some_and(|known| known != *k)) {
            Some(k) => {
                let why = format!("key {} is already in use for another subject or procedure", k.kek_id);
                Err(AppendError::Malformed(why))
            }
            None => Ok(()),
        }
    }

    /// Checks and takes in one event of another engine.
    fn import(&mut self, event: &Stored) -> Result<(), AppendError> {
        let size = self.events.len() as u64;
        if event.index != size {
            return Err(AppendError::Conflict { expected: event.index, actual: size });
        }
        let (next, prev) = self.stream_head(event.stream);
        if event.seq != next {
            return Err(AppendError::Malformed(format!("seq {} where {next} must follow", event.seq)));
        }
        check::importable(event, &prev)?;
        for tile in self.frontier.push(leaf(&event.event_hash)) {
            self.tiles.insert((tile.level, tile.n), tile.hashes);
        }
        self.streams.entry(event.stream).or_default().push(self.events.len());
        self.change = event.groups.iter().map(|g| g.change).fold(self.change, u64::max);
        self.events.push(event.clone());
        Ok(())
    }

    fn add(&mut self, batch: Append) -> Result<Receipt, AppendError> {
        let mut last = Err(AppendError::Malformed("the batch has no events".into()));
        for event in batch.events {
            let at = self.events.len();
            let Prepared { seq, header, event_hash, groups } = event;
            for tile in self.frontier.push(leaf(&event_hash)) {
                self.tiles.insert((tile.level, tile.n), tile.hashes);
            }
            let (stream, index) = (batch.stream, at as u64);
            self.streams.entry(stream).or_default().push(at);
            self.events.push(Stored { index, stream, seq, header, event_hash, groups });
            last = Ok(Receipt { stream, seq, index, event_hash });
        }
        self.keks.extend(batch.kek_uses.into_iter().map(|k| (k.kek_id, k)));
        last
    }

    fn groups_of(&mut self, index: u64) -> Option<&mut Vec<StoredGroup>> {
        self.events.get_mut(usize::try_from(index).ok()?).map(|e| &mut e.groups)
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        check::well_formed(&batch)?;
        let mut state = self.lock();
        state.refuse(&batch)?;
        let receipt = state.add(batch)?;
        self.size.send_replace(state.frontier.size());
        Ok(receipt)
    }
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        let state = self.lock();
        let indices = state.streams.get(&stream).map_or(&[][..], Vec::as_slice);
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(indices.iter().skip(from).take(limit).map(|at| state.events[*at].clone()).collect())
    }
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.lock().events.iter().skip(from).take(limit).cloned().collect())
    }
    async fn head(&self) -> Result<Head, LedgerError> {
        let state = self.lock();
        Ok(Head { size: state.frontier.size(), root: state.frontier.root() })
    }
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        Ok(self.lock().stream_head(stream))
    }
    async fn wait(&self, size: u64, timeout: Duration) {
        let mut now = self.size.subscribe();
        // Time over wakes the caller as well, who looks for himself.
        let _ = tokio::time::timeout(timeout, now.wait_for(|now| *now > size)).await;
    }
    async fn erase_groups(&self, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
        let mut state = self.lock();
        state.change += 1;
        let mut erased = 0;
        for (index, g) in targets {
            let Some(groups) = state.groups_of(*index) else { continue };
            let before = groups.len();
            groups.retain(|group| group.g != *g);
            erased += (before - groups.len()) as u64;
        }
        Ok(erased)
    }
    async fn reseal(&self, index: u64, group: StoredGroup, first_use: Option<KekUse>) -> Result<(), LedgerError> {
        let mut state = self.lock();
        state.change += 1;
        let change = state.change;
        let old = state.groups_of(index).and_then(|groups| groups.iter_mut().find(|old| old.g == group.g));
        let Some(old) = old else {
            let why = format!("event {index} has no group {}; erased groups are not sealed anew", group.g);
            return Err(LedgerError::Storage(why));
        };
        *old = StoredGroup { change, ..group };
        if let Some(row) = first_use {
            state.keks.entry(row.kek_id).or_insert(row);
        }
        Ok(())
    }
    async fn tile(&self, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.lock().tiles.get(&(level, n)).cloned())
    }
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), LedgerError> {
        self.lock().checkpoints.insert(size, note.to_owned());
        Ok(())
    }
    async fn get_checkpoint(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
        Ok(self.lock().checkpoints.range(..=max).next_back().map(|(size, note)| (*size, note.clone())))
    }
    async fn kek_uses(&self) -> Result<Vec<KekUse>, LedgerError> {
        Ok(self.lock().keks.values().cloned().collect())
    }
    async fn import(&self, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
        let mut state = self.lock();
        let mut next = state.clone();
        for event in events {
            next.import(event)?;
        }
        for row in kek_uses {
            check::key_use(row)?;
            if next.keks.insert(row.kek_id, row.clone()).is_some_and(|known| known != *row) {
                return Err(AppendError::Malformed(format!("key {} is in use for another subject", row.kek_id)));
            }
        }
        *state = next;
        self.size.send_replace(state.frontier.size());
        Ok(Head { size: state.frontier.size(), root: state.frontier.root() })
    }
    fn failed_watch(&self) -> watch::Receiver<Option<String>> {
        self.failed.watch()
    }
    async fn strays(&self) -> Result<Vec<Stray>, LedgerError> {
        Ok(Vec::new())
    }
}
