//! The default engine: one SQLite file in WAL mode, flushed before every acknowledgement.
//!
//! Deliberately one writer per file (an OS lock says so) and no repair: after a storage error the
//! engine answers "outcome unknown" to every append until the process is started anew.

pub mod backup;
mod commit;
mod erase;
mod import;
mod open;
mod queue;
mod read;
mod schema;
mod sweep;
mod tables;
#[cfg(test)]
mod tests;

pub use super::counters::Counters;
pub use open::OpenError;

use super::counters::Tally;
use super::failure::Failure;

use super::super::hash::ZERO;
use super::super::port::{
    Append, AppendError, Hash, Head, KekUse, Ledger, LedgerError, Receipt, Stored, StoredGroup, Stray,
};
use async_trait::async_trait;
use commit::{Broken, Committed, Writer};
use queue::{Queue, in_blocking};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// How often a reader in another process looks for new events.
const POLL: Duration = Duration::from_millis(200);

/// The ledger in one SQLite file.
pub struct SqliteLedger {
    core: Arc<Core>,
    sweeper: Option<JoinHandle<()>>,
}

/// What the queue, the sweeper and the callers share. The lock file closes last.
struct Core {
    queue: Queue,
    /// `None` when opened for reading only.
    writer: Option<Mutex<Writer>>,
    readers: read::Readers,
    head: watch::Sender<Head>,
    failed: Failure,
    sweep: sweep::Sweep,
    tally: Tally,
    _lock: Option<File>,
}

impl SqliteLedger {
    /// Opens the file for writing, creates it (mode 0600) if it is missing, and checks its tail.
    /// Refuses a file that another process writes, that is not ours, or that is newer than this program.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let lock = super::file::lock(path)?;
        open::create_private(path)?;
        let conn = schema::open_writer(path)?;
        let frontier = open::check_tail(&conn)?;
        let head = Head { size: frontier.size(), root: frontier.root() };
        let core = Core::new(path, head, Some(Writer::new(conn, frontier)?), Some(lock));
        let sweeper = sweep::start(Arc::clone(&core))?;
        Ok(Self { core, sweeper: Some(sweeper) })
    }

    /// Opens a file, a copy, or the file of a running server for reading; every append is refused.
    pub fn open_readonly(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let conn = schema::open_reader(path.as_ref())?;
        // A damaged head is for the verifier to name; each question for the head reads it anew.
        let head = read::head(&conn).unwrap_or(Head { size: 0, root: ZERO });
        Ok(Self { core: Core::new(path.as_ref(), head, None, None), sweeper: None })
    }

    /// Why the engine gave up, if it did: the server then ends with a non-zero code.
    pub fn failed(&self) -> Option<String> {
        self.core.failure()
    }

    /// Flushes and group sizes since opening.
    pub fn counters(&self) -> Counters {
        self.core.tally.read()
    }

    /// Rewrites the file without free pages: after open groups were erased, in a maintenance window.
    pub async fn vacuum(&self) -> Result<(), LedgerError> {
        let core = Arc::clone(&self.core);
        blocking(move || erase::vacuum(&core)).await
    }
}

impl Drop for SqliteLedger {
    fn drop(&mut self) {
        self.core.sweep.stop();
        if let Some(sweeper) = self.sweeper.take() {
            // A sweeper that panicked has nothing left to do.
            let _ = sweeper.join();
        }
    }
}

impl Core {
    fn new(path: &Path, head: Head, writer: Option<Writer>, lock: Option<File>) -> Arc<Self> {
        Arc::new(Self {
            queue: Queue::default(),
            writer: writer.map(Mutex::new),
            readers: read::Readers::new(path),
            head: watch::Sender::new(head),
            failed: Failure::default(),
            sweep: sweep::Sweep::new(path),
            tally: Tally::default(),
            _lock: lock,
        })
    }

    fn failure(&self) -> Option<String> {
        self.failed.why()
    }

    /// The first reason stays.
    fn fail(&self, why: String) {
        self.failed.set(why);
    }

    /// Runs with the writer, alone; a broken transaction ends the engine.
    fn with_writer<T>(&self, work: impl FnOnce(&mut Writer) -> Result<T, Broken>) -> Result<T, Broken> {
        let Some(writer) = &self.writer else { return Err(Broken::Refused("opened for reading only".into())) };
        let result = match writer.lock() {
            Err(_) => Err(Broken::Failed("the writer panicked".into())),
            Ok(mut writer) => self.failure().map_or_else(|| work(&mut writer), |why| Err(Broken::Failed(why))),
        };
        if let Err(Broken::Failed(why)) = &result {
            self.fail(why.clone());
        }
        result
    }

    /// After COMMIT: publish the head, count the flush.
    fn flushed(&self, committed: &Committed, bytes: usize) {
        let Some(head) = committed.head else { return };
        let appends = committed.answers.iter().filter(|a| a.is_ok()).count();
        self.head.send_replace(head);
        self.tally.flushed(appends as u64, committed.events);
        self.sweep.written(bytes, committed.events);
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        queue::append(&self.core, batch).await
    }
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        self.read(move |conn| read::stream(conn, stream, from, limit)).await
    }
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        self.read(move |conn| read::all(conn, from, limit)).await
    }
    async fn head(&self) -> Result<Head, LedgerError> {
        match self.core.writer {
            Some(_) => Ok(*self.core.head.borrow()),
            None => self.read(read::head).await,
        }
    }
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        self.read(move |conn| read::stream_head(conn, stream)).await
    }
    async fn wait(&self, size: u64, timeout: Duration) {
        if self.core.writer.is_none() {
            return tokio::time::sleep(timeout.min(POLL)).await;
        }
        let mut head = self.core.head.subscribe();
        // Time over or engine closed: both wake the caller, who looks for himself.
        let _ = tokio::time::timeout(timeout, head.wait_for(|head| head.size > size)).await;
    }
    async fn erase_groups(&self, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
        let (core, targets) = (Arc::clone(&self.core), targets.to_vec());
        blocking(move || erase::groups(&core, &targets)).await
    }
    async fn reseal(&self, index: u64, group: StoredGroup, first_use: Option<KekUse>) -> Result<(), LedgerError> {
        let core = Arc::clone(&self.core);
        blocking(move || erase::reseal(&core, index, &group, first_use.as_ref())).await
    }
    async fn present(&self, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
        let targets = targets.to_vec();
        self.read(move |conn| erase::present(conn, &targets)).await
    }
    async fn vacuum(&self) -> Result<(), LedgerError> {
        SqliteLedger::vacuum(self).await
    }
    async fn tile(&self, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.read(move |conn| tables::tile(conn, level, n)).await
    }
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), LedgerError> {
        let (core, note) = (Arc::clone(&self.core), note.to_owned());
        blocking(move || tables::put_checkpoint(&core, size, &note)).await
    }
    async fn get_checkpoint(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
        self.read(move |conn| tables::get_checkpoint(conn, max)).await
    }
    async fn kek_uses(&self) -> Result<Vec<KekUse>, LedgerError> {
        self.read(tables::kek_uses).await
    }
    async fn kek_uses_of(&self, procedure: Uuid) -> Result<Vec<KekUse>, LedgerError> {
        self.read(move |conn| tables::kek_uses_of(conn, procedure)).await
    }
    async fn import(&self, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
        let (core, events, kek_uses) = (Arc::clone(&self.core), events.to_vec(), kek_uses.to_vec());
        let done = in_blocking(move || import::events(&core, &events, &kek_uses)).await;
        done.unwrap_or_else(|| Err(AppendError::OutcomeUnknown("the program is shutting down".into())))
    }
    fn failed_watch(&self) -> watch::Receiver<Option<String>> {
        self.core.failed.watch()
    }
    async fn strays(&self) -> Result<Vec<Stray>, LedgerError> {
        self.read(tables::strays).await
    }
}

impl SqliteLedger {
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let core = Arc::clone(&self.core);
        let permit = core.readers.permit().await;
        blocking(move || {
            let _permit = permit;
            core.readers.run(query)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    in_blocking(work).await.unwrap_or_else(|| Err(LedgerError::Storage("the program is shutting down".into())))
}

/// `ledger.db-wal` for `ledger.db`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Row of a payload group; `None` for an index no log reaches.
fn payload_id(index: u64, g: u8) -> Option<i64> {
    i64::try_from(index).ok()?.checked_mul(256)?.checked_add(i64::from(g))
}

/// SQLite counts in i64; no log is longer.
fn bounded(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

fn storage(error: impl std::fmt::Display) -> LedgerError {
    LedgerError::Storage(error.to_string())
}
