//! A ledger that fails when told to: faults injected by name in front of any engine.
//!
//! Deliberately only around `append`; broken files and power cuts are tried on real ones.

use super::port::{Append, AppendError, Hash, Head, KekUse, Ledger, LedgerError, Receipt, Stored, StoredGroup, Stray};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// What happens to one append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Outcome unknown; nothing was stored.
    Failed,
    /// Outcome unknown; the events are durable.
    FailedButWasStored,
    /// Stored, but late.
    Slow,
    /// Refused for load.
    Pushback,
    /// Refused for space.
    DiskFull,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Self] = &[Self::Failed, Self::FailedButWasStored, Self::Slow, Self::Pushback, Self::DiskFull];

    /// The name it is injected by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::FailedButWasStored => "failed but was stored",
            Self::Slow => "slow",
            Self::Pushback => "pushback",
            Self::DiskFull => "disk full",
        }
    }

    /// The fault of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }
}

/// The wrapper. Without a plan it changes nothing.
pub struct Faulty {
    inner: Arc<dyn Ledger>,
    plan: Mutex<Plan>,
}

#[derive(Default)]
struct Plan {
    next: VecDeque<Fault>,
    every: Option<(u64, Fault)>,
    appends: u64,
}

impl Faulty {
    /// Wraps an engine.
    pub fn new(inner: Arc<dyn Ledger>) -> Self {
        Self { inner, plan: Mutex::default() }
    }

    /// The next append that has no fault planned yet gets this one.
    pub fn inject(&self, fault: Fault) {
        self.plan().next.push_back(fault);
    }

    /// Every n-th append gets this fault, the n-th first; 0 ends it.
    pub fn every(&self, n: u64, fault: Fault) {
        self.plan().every = (n > 0).then_some((n, fault));
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Fault> {
        let mut plan = self.plan();
        plan.appends += 1;
        let count = plan.appends;
        let due = plan.every.and_then(|(n, fault)| count.is_multiple_of(n).then_some(fault));
        plan.next.pop_front().or(due)
    }
}

#[async_trait]
impl Ledger for Faulty {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        let unknown = || AppendError::OutcomeUnknown("injected fault".into());
        match self.next() {
            None => self.inner.append(batch).await,
            Some(Fault::Failed) => Err(unknown()),
            Some(Fault::FailedButWasStored) => self.inner.append(batch).await.and_then(|_| Err(unknown())),
            Some(Fault::Slow) => {
                tokio::time::sleep(Duration::from_millis(2)).await;
                self.inner.append(batch).await
            }
            Some(Fault::Pushback) => Err(AppendError::Pushback),
            Some(Fault::DiskFull) => Err(AppendError::DiskFull),
        }
    }
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        self.inner.read_stream(stream, from, limit).await
    }
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        self.inner.read_all(from, limit).await
    }
    async fn head(&self) -> Result<Head, LedgerError> {
        self.inner.head().await
    }
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        self.inner.stream_head(stream).await
    }
    async fn wait(&self, size: u64, timeout: Duration) {
        self.inner.wait(size, timeout).await;
    }
    async fn erase_groups(&self, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
        self.inner.erase_groups(targets).await
    }
    async fn reseal(&self, index: u64, group: StoredGroup, first_use: Option<KekUse>) -> Result<(), LedgerError> {
        self.inner.reseal(index, group, first_use).await
    }
    async fn present(&self, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
        self.inner.present(targets).await
    }
    async fn vacuum(&self) -> Result<(), LedgerError> {
        self.inner.vacuum().await
    }
    async fn tile(&self, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.inner.tile(level, n).await
    }
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), LedgerError> {
        self.inner.put_checkpoint(size, note).await
    }
    async fn get_checkpoint(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
        self.inner.get_checkpoint(max).await
    }
    async fn kek_uses(&self) -> Result<Vec<KekUse>, LedgerError> {
        self.inner.kek_uses().await
    }
    async fn kek_uses_of(&self, procedure: Uuid) -> Result<Vec<KekUse>, LedgerError> {
        self.inner.kek_uses_of(procedure).await
    }
    async fn retire(&self, kek_ids: &[u64]) -> Result<(), LedgerError> {
        self.inner.retire(kek_ids).await
    }
    async fn import(&self, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
        self.inner.import(events, kek_uses).await
    }
    fn failed_watch(&self) -> watch::Receiver<Option<String>> {
        self.inner.failed_watch()
    }
    async fn strays(&self) -> Result<Vec<Stray>, LedgerError> {
        self.inner.strays().await
    }
}
