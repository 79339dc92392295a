//! A ledger that fails when told to: faults injected by name in front of any engine.
//!
//! Deliberately only what a caller can meet at the port (appends, reads, wake-ups); broken files and
//! power cuts are tried on real ones. What it stores and reads is always the engine's own.

use super::port::{Append, AppendError, Hash, Head, KekUse, Ledger, LedgerError, Receipt, Stored, StoredGroup, Stray};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// How late a slow call is.
const LATE: Duration = Duration::from_millis(2);
/// How long an answer is held back for a later one to come first.
const HELD: Duration = Duration::from_millis(5);

/// What happens to one call.
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
    /// Stored; the answer comes after that of a later append, if there is one soon.
    Reordered,
    /// The connection ends in the middle of a page; what was read of it is lost.
    BrokenRead,
    /// Read at once, answered when it may be old.
    SlowRead,
    /// The wake-up comes too early, too late, or not before the time is over: in turn.
    OddWakeUp,
}

/// The calls that faults happen to, counted apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Append,
    Read,
    Wait,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Self] = &[
        Self::Failed,
        Self::FailedButWasStored,
        Self::Slow,
        Self::Pushback,
        Self::DiskFull,
        Self::Reordered,
        Self::BrokenRead,
        Self::SlowRead,
        Self::OddWakeUp,
    ];

    /// The name it is injected by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::FailedButWasStored => "failed but was stored",
            Self::Slow => "slow",
            Self::Pushback => "pushback",
            Self::DiskFull => "disk full",
            Self::Reordered => "reordered delivery",
            Self::BrokenRead => "reconnect in mid-read",
            Self::SlowRead => "slow read",
            Self::OddWakeUp => "wake-up early, late or never",
        }
    }

    /// The fault of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    fn happens_to(self) -> Call {
        match self {
            Self::BrokenRead | Self::SlowRead => Call::Read,
            Self::OddWakeUp => Call::Wait,
            _ => Call::Append,
        }
    }
}

/// The wrapper. Without a plan it changes nothing.
pub struct Faulty {
    inner: Arc<dyn Ledger>,
    plan: Mutex<Plan>,
    /// Appends answered so far.
    answered: watch::Sender<u64>,
}

#[derive(Default)]
struct Plan {
    next: VecDeque<Fault>,
    every: Option<(u64, Fault)>,
    /// Calls so far, by kind.
    calls: [u64; 3],
    /// Faults that happened.
    happened: u64,
}

impl Faulty {
    /// Wraps an engine.
    pub fn new(inner: Arc<dyn Ledger>) -> Self {
        Self { inner, plan: Mutex::default(), answered: watch::Sender::new(0) }
    }

    /// The next call that it can happen to, and that has no fault planned yet, gets this one.
    pub fn inject(&self, fault: Fault) {
        self.plan().next.push_back(fault);
    }

    /// Every n-th call that it can happen to gets this fault, the n-th first; 0 ends it.
    pub fn every(&self, n: u64, fault: Fault) {
        self.plan().every = (n > 0).then_some((n, fault));
    }

    /// How many faults happened.
    pub fn happened(&self) -> u64 {
        self.plan().happened
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fault of this call, and how many happened before it.
    fn next(&self, call: Call) -> Option<(Fault, u64)> {
        let mut plan = self.plan();
        plan.calls[call as usize] += 1;
        let count = plan.calls[call as usize];
        let fits = |fault: &Fault| fault.happens_to() == call;
        let due = plan.every.and_then(|(n, fault)| (fits(&fault) && count.is_multiple_of(n)).then_some(fault));
        let fault = match plan.next.iter().position(fits) {
            Some(at) => plan.next.remove(at),
            None => due,
        }?;
        plan.happened += 1;
        Some((fault, plan.happened - 1))
    }

    async fn answer(&self, batch: Append) -> Result<Receipt, AppendError> {
        let unknown = || AppendError::OutcomeUnknown("injected fault".into());
        match self.next(Call::Append).map(|(fault, _)| fault) {
            Some(Fault::Failed) => Err(unknown()),
            Some(Fault::FailedButWasStored) => self.inner.append(batch).await.and_then(|_| Err(unknown())),
            Some(Fault::Slow) => {
                tokio::time::sleep(LATE).await;
                self.inner.append(batch).await
            }
            Some(Fault::Pushback) => Err(AppendError::Pushback),
            Some(Fault::DiskFull) => Err(AppendError::DiskFull),
            Some(Fault::Reordered) => {
                let answer = self.inner.append(batch).await;
                let mut later = self.answered.subscribe();
                // Nobody else appends: then there is nothing to be overtaken by.
                let _ = tokio::time::timeout(HELD, later.changed()).await;
                answer
            }
            _ => self.inner.append(batch).await,
        }
    }

    /// `read` is given how much of the limit to read.
    async fn read<T, F>(&self, limit: usize, read: impl Fn(usize) -> F + Send) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>> + Send,
    {
        match self.next(Call::Read).map(|(fault, _)| fault) {
            Some(Fault::BrokenRead) => {
                read(limit.div_ceil(2)).await?;
                Err(LedgerError::Storage("injected fault: connection lost in mid-read".into()))
            }
            Some(Fault::SlowRead) => {
                let answer = read(limit).await;
                tokio::time::sleep(LATE).await;
                answer
            }
            _ => read(limit).await,
        }
    }
}

#[async_trait]
impl Ledger for Faulty {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        let answer = self.answer(batch).await;
        self.answered.send_modify(|answered| *answered += 1);
        answer
    }
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        self.read(limit, |limit| self.inner.read_stream(stream, from, limit)).await
    }
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        self.read(limit, |limit| self.inner.read_all(from, limit)).await
    }
    async fn head(&self) -> Result<Head, LedgerError> {
        self.read(1, |_| self.inner.head()).await
    }
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        self.read(1, |_| self.inner.stream_head(stream)).await
    }
    async fn wait(&self, size: u64, timeout: Duration) {
        match self.next(Call::Wait) {
            None => self.inner.wait(size, timeout).await,
            Some((_, turn)) if turn % 3 == 0 => tokio::task::yield_now().await,
            Some((_, turn)) if turn % 3 == 1 => {
                self.inner.wait(size, timeout).await;
                tokio::time::sleep(LATE).await;
            }
            Some(_) => tokio::time::sleep(timeout).await,
        }
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
