//! The engine for several nodes: one PostgreSQL database, in which every append is one flushed transaction.
//!
//! Deliberately without numbers from a sequence, which leave gaps and become visible out of order: the next index is
//! the size in the head row, and whoever commits holds its lock. What the server cannot promise durably is refused
//! when opening.

mod broken;
mod commit;
mod erase;
mod groups;
mod import;
mod lane;
mod lease;
mod listen;
mod open;
mod plan;
mod queue;
mod read;
mod repository;
mod schema;
mod statement;
mod tables;
mod tail;
mod text;

pub use super::counters::Counters;
pub use lease::PostgresLeases;
pub use open::OpenError;
pub use schema::set_up;

use super::super::merkle::Frontier;
use super::super::port::{
    Append, AppendError, Hash, Head, KekUse, Ledger, LedgerError, Receipt, Stored, StoredGroup, Stray,
};
use super::counters::Tally;
use super::failure::Failure;
use async_trait::async_trait;
use broken::Broken;
use commit::{Committed, Writer};
use open::Link;
use postgres_es::PostgresEventRepository;
use queue::Queue;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgConnection, PgPool};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

/// Idle for longer than this, a connection of the pool is asked whether it lives.
const FRESH: Duration = Duration::from_secs(1);

/// The ledger in one PostgreSQL database. One value is one node; several may work on one database.
pub struct PostgresLedger {
    core: Arc<Core>,
    tasks: [AbortHandle; 2],
}

/// What queue, listener and callers share.
struct Core {
    queue: Queue,
    /// `None` when opened for reading only.
    writer: Option<Mutex<Writer>>,
    pool: PgPool,
    repository: PostgresEventRepository,
    leases: PostgresLeases,
    /// The largest size this node knows the log to have reached, by its own commits or by looking.
    size: watch::Sender<u64>,
    /// The size after this node's last group, for the others to hear of.
    own: watch::Sender<u64>,
    failed: Failure,
    link: Link,
    tally: Tally,
}

impl PostgresLedger {
    fn start(core: Core) -> Self {
        let core = Arc::new(core);
        let tasks = [listen::start(&core, core.link.clone()), listen::tell(&core)];
        Self { core, tasks }
    }

    /// The rights of this node; asked again, the same node.
    pub fn leases(&self) -> PostgresLeases {
        self.core.leases.clone()
    }

    /// Flushes and group sizes since opening.
    pub fn counters(&self) -> Counters {
        self.core.tally.read()
    }
}

impl Drop for PostgresLedger {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Core {
    fn new(link: Link, writing: Option<(PgConnection, Frontier)>) -> Result<Self, OpenError> {
        let pool = PgPoolOptions::new()
            .max_connections(read::MAX_READERS)
            .acquire_timeout(open::CONNECT_PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|conn, idle| {
                Box::pin(async move {
                    if idle.idle_for > FRESH {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(link.options());
        let size = writing.as_ref().map_or(0, |(_, frontier)| frontier.size());
        Ok(Self {
            queue: Queue::default(),
            writer: writing.map(|(conn, frontier)| Mutex::new(Writer::new(link.clone(), conn, frontier))),
            repository: repository::over(&pool),
            leases: PostgresLeases::new(pool.clone()).map_err(|e| OpenError::Storage(e.to_string()))?,
            pool,
            size: watch::Sender::new(size),
            own: watch::Sender::new(size),
            failed: Failure::default(),
            link,
            tally: Tally::default(),
        })
    }

    fn failure(&self) -> Option<String> {
        self.failed.why()
    }

    /// The first reason stays.
    fn fail(&self, why: String) {
        self.failed.set(why);
    }

    fn writable(&self) -> Result<(), Broken> {
        match (&self.writer, self.failure()) {
            (None, _) => Err(Broken::Refused("opened for reading only".into())),
            (_, Some(why)) => Err(Broken::Unknown(why)),
            (Some(_), None) => Ok(()),
        }
    }

    /// The writer, alone.
    async fn writer(&self) -> Result<MutexGuard<'_, Writer>, Broken> {
        let Some(writer) = &self.writer else { return Err(Broken::Refused("opened for reading only".into())) };
        let writer = writer.lock().await;
        self.writable().map(|()| writer)
    }

    /// After COMMIT: wake who waits, count the flush.
    fn published(&self, size: u64, committed: &Committed) {
        if committed.events == 0 {
            return;
        }
        listen::rise(&self.size, size);
        listen::rise(&self.own, size);
        let appends = committed.answers.iter().filter(|a| a.is_ok()).count() as u64;
        self.tally.flushed(appends, committed.events);
    }
}

#[async_trait]
impl Ledger for PostgresLedger {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        queue::append(&self.core, batch).await
    }
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        repository::stream(&self.core, stream, from, limit).await
    }
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        read::all(&self.core, from, limit).await
    }
    async fn head(&self) -> Result<Head, LedgerError> {
        read::head(&self.core.pool).await
    }
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        read::stream_head(&self.core.pool, stream).await
    }
    async fn wait(&self, size: u64, timeout: Duration) {
        listen::wait(&self.core, size, timeout).await;
    }
    async fn erase_groups(&self, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
        erase::groups(&self.core, targets).await
    }
    async fn reseal(&self, index: u64, group: StoredGroup, first_use: Option<KekUse>) -> Result<(), LedgerError> {
        erase::reseal(&self.core, index, &group, first_use.as_ref()).await
    }
    async fn present(&self, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
        erase::present(&self.core.pool, targets).await
    }
    async fn vacuum(&self) -> Result<(), LedgerError> {
        erase::rewrite(&self.core).await
    }
    async fn tile(&self, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        tables::tile(&self.core.pool, level, n).await
    }
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), LedgerError> {
        tables::put_checkpoint(&self.core, size, note).await
    }
    async fn get_checkpoint(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
        tables::get_checkpoint(&self.core.pool, max).await
    }
    async fn kek_uses(&self) -> Result<Vec<KekUse>, LedgerError> {
        tables::kek_uses(&self.core.pool).await
    }
    async fn kek_uses_of(&self, procedure: Uuid) -> Result<Vec<KekUse>, LedgerError> {
        tables::kek_uses_of(&self.core.pool, procedure).await
    }
    async fn retire(&self, kek_ids: &[u64]) -> Result<(), LedgerError> {
        erase::retire(&self.core, kek_ids).await
    }
    async fn import(&self, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
        import::events(&self.core, events, kek_uses).await
    }
    fn failed_watch(&self) -> watch::Receiver<Option<String>> {
        self.core.failed.watch()
    }
    async fn strays(&self) -> Result<Vec<Stray>, LedgerError> {
        tables::strays(&self.core.pool).await
    }
}
