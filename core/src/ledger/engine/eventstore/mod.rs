//! EventStoreDB (or KurrentDB) keeps the headers; payload groups, places and tree lie in a store of our own.
//!
//! The server orders events but not densely, knows no prev, and may be written to by others. So ONE sequencer
//! reads `$all`, checks every event again and gives it its index. Deliberately for one node: the sequencer's lease
//! is the OS lock on our store. Deliberately never repairs: what is not ours freezes its stream and is an alarm.

mod address;
mod append;
mod import;
mod link;
mod open;
mod pulse;
mod read;
mod runs;
mod sequencer;
mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod wire;

pub use open::{OpenError, Settings};

use super::super::port::{
    Append, AppendError, Hash, Head, KekUse, Ledger, LedgerError, Receipt, Stored, StoredGroup, Stray,
};
use crate::locks::Locks;
use async_trait::async_trait;
use link::Link;
use pulse::Pulse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::Instant;
use uuid::Uuid;
use wire::{Position, Trouble};

/// The ledger on an EventStoreDB.
pub struct EventStoreLedger {
    core: Arc<Core>,
    sequencer: Option<sequencer::Running>,
}

/// An event on the server that is not part of the log. The owner of the house records it as `log.foreign.v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Name of the stream at the server; it is frozen.
    pub stream: String,
    pub revision: u64,
    /// Commit position in `$all`; 0 where an event is missing instead.
    pub position: u64,
    /// In plain German.
    pub reason: String,
}

/// What callers, sequencer and sweeper share.
struct Core {
    settings: Settings,
    store: Store,
    link: Link,
    head: watch::Sender<Head>,
    /// Raised whenever the sequencer settled something.
    turns: watch::Sender<u64>,
    /// Everything of ours up to here is settled.
    passed: watch::Sender<Position>,
    asks: Mutex<Vec<Ask>>,
    asked: Notify,
    stop: Notify,
    pulse: Pulse,
    /// Appends at work; more wait.
    permits: Semaphore,
    /// Until when the attempts of this process may still reach the server, by slot.
    deadlines: Mutex<HashMap<i64, Instant>>,
    started: Instant,
    importing: tokio::sync::Mutex<()>,
    runs: runs::Runs,
    /// Requests at work, by the id of their first event.
    equal: Locks,
}

/// What the sequencer is asked to do beside following `$all`.
#[derive(Debug)]
enum Ask {
    /// Read the stream itself, behind its end here.
    Fill(Uuid),
    /// The server no longer has what the stream must hold.
    Lost { name: String, reason: String },
    /// Subscribe anew: everything that is there now is then settled.
    Subscribe,
}

impl EventStoreLedger {
    /// Opens our store at `path` (creates it, mode 0600), takes the lease, connects, and catches up with the server.
    pub async fn open(path: impl AsRef<std::path::Path>, settings: Settings) -> Result<Self, OpenError> {
        open::open(path.as_ref(), settings).await
    }

    /// Why the engine gave up, if it did: the server then ends with a non-zero code.
    pub fn failed(&self) -> Option<String> {
        self.core.store.failure()
    }

    /// Every alarm so far, oldest first: events on our streams that are not ours, and streams that lost events.
    pub fn foreign(&self) -> Result<Vec<Foreign>, LedgerError> {
        let rows = self.core.store.foreign()?;
        let foreign = |(stream, revision, position, reason)| Foreign { stream, revision, position, reason };
        Ok(rows.into_iter().map(foreign).collect())
    }

    /// Removes groups of appends that certainly never happened, and says how many. Runs by itself every minute.
    pub async fn sweep_orphans(&self) -> Result<u64, LedgerError> {
        sweep::orphans(&self.core, &self.core.link).await
    }
}

impl Drop for EventStoreLedger {
    fn drop(&mut self) {
        if let Some(sequencer) = self.sequencer.take() {
            self.core.stop.notify_one();
            sequencer.join();
        }
    }
}

impl Core {
    fn name(&self, stream: Uuid) -> String {
        format!("{}{}", self.settings.prefix, stream.hyphenated())
    }

    fn ask(&self, ask: Ask) {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).push(ask);
        self.asked.notify_one();
    }

    fn deadlines(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Instant>> {
        self.deadlines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sequencer that stands still ends the engine; a new process begins anew.
    fn check_pulse(&self) {
        if self.pulse.stopped(Instant::now()) {
            self.store.fail("the sequencer stands still".into());
        }
    }
}

#[async_trait]
impl Ledger for EventStoreLedger {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        append::append(&self.core, batch).await
    }
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        read::stream(&self.core, stream, from, limit).await
    }
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        read::all(&self.core, from, limit).await
    }
    async fn head(&self) -> Result<Head, LedgerError> {
        Ok(*self.core.head.borrow())
    }
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        let name = self.core.name(stream);
        let end = self.blocking(move |store| match store.frozen(&name)? {
            Some(reason) => Err(LedgerError::Storage(frozen(&name, &reason))),
            None => store.end(stream),
        });
        end.await.map(|end| (end.count, end.hash))
    }
    async fn wait(&self, size: u64, timeout: Duration) {
        self.core.check_pulse();
        let mut head = self.core.head.subscribe();
        // Time over or engine closed: both wake the caller, who looks for himself.
        let _ = tokio::time::timeout(timeout, head.wait_for(|head| head.size > size)).await;
    }
    async fn erase_groups(&self, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
        let targets = targets.to_vec();
        self.blocking(move |store| store.erase(&targets)).await
    }
    async fn reseal(&self, index: u64, group: StoredGroup, first_use: Option<KekUse>) -> Result<(), LedgerError> {
        self.blocking(move |store| store.reseal(index, &group, first_use.as_ref())).await
    }
    async fn present(&self, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
        let targets = targets.to_vec();
        self.blocking(move |store| store.present(&targets)).await
    }
    async fn vacuum(&self) -> Result<(), LedgerError> {
        self.blocking(Store::vacuum).await
    }
    async fn tile(&self, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.blocking(move |store| store.tile(level, n)).await
    }
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), LedgerError> {
        let note = note.to_owned();
        self.blocking(move |store| store.put_checkpoint(size, &note)).await
    }
    async fn get_checkpoint(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
        self.blocking(move |store| store.get_checkpoint(max)).await
    }
    async fn kek_uses(&self) -> Result<Vec<KekUse>, LedgerError> {
        self.blocking(|store| store.kek_uses(None)).await
    }
    async fn kek_uses_of(&self, procedure: Uuid) -> Result<Vec<KekUse>, LedgerError> {
        self.blocking(move |store| store.kek_uses(Some(procedure))).await
    }
    async fn retire(&self, kek_ids: &[u64]) -> Result<(), LedgerError> {
        sweep::retire(&self.core, kek_ids).await
    }
    async fn import(&self, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
        import::events(&self.core, events, kek_uses).await
    }
    fn failed_watch(&self) -> watch::Receiver<Option<String>> {
        self.core.store.failed.watch()
    }
    async fn strays(&self) -> Result<Vec<Stray>, LedgerError> {
        let size = self.core.head.borrow().size;
        self.blocking(move |store| store.strays(size)).await
    }
}

impl EventStoreLedger {
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let core = Arc::clone(&self.core);
        in_blocking(move || work(&core.store)).await.unwrap_or_else(|| Err(LedgerError::Storage(SHUTTING_DOWN.into())))
    }
}

const SHUTTING_DOWN: &str = "the program is shutting down";

/// Runs blocking work from async code: in place where the runtime allows it, else on a blocking thread.
/// `None`: runtime shutting down.
async fn in_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match Handle::try_current().map(|h| h.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => Some(tokio::task::block_in_place(work)),
        _ => tokio::task::spawn_blocking(work).await.ok(),
    }
}

/// What a caller of a frozen stream is told.
fn frozen(name: &str, reason: &str) -> String {
    format!("Der Strom {name} ist gesperrt: {reason}. Prüfen Sie, wer am Ereignisserver schreibt oder verwaltet.")
}
