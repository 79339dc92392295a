//! W1 to W5, the same for every store: lone writer, sixteen writers, batches, loading, full replay.
//!
//! Deliberately knows no store, and retries nothing: a refusal that a store's own callers would have to answer is
//! answered inside the store's adapter, and its time counts.

use crate::entry::Entry;
use anyhow::{Result, ensure};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Writers of W2.
pub const WRITERS: u64 = 16;
/// Events of one stream before a writer begins the next: a longish Vorgang.
pub const STREAM: u64 = 50;
/// Events of one append in W3.
const BATCH: u64 = 10;
/// Appends of W1 and of W3 for each of a writer's in W2.
const LONE: u64 = 4;
const BATCHES: u64 = 2;
/// Appends of each writer before anything is measured.
const WARM: u64 = 20;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Workload {
    /// One writer, one event per commit.
    Lone,
    /// Sixteen writers, one event per commit.
    Many,
    /// One writer, ten events per commit.
    Batched,
    /// Streams of fifty events, one after the other.
    Load,
    /// Everything that is stored, in order.
    Replay,
}

impl Workload {
    pub const ALL: [Self; 5] = [Self::Lone, Self::Many, Self::Batched, Self::Load, Self::Replay];

    /// Name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lone => "W1 ein Schreiber",
            Self::Many => "W2 16 Schreiber",
            Self::Batched => "W3 je 10",
            Self::Load => "W4 Strom laden",
            Self::Replay => "W5 alles lesen",
        }
    }
}

/// A store under measurement. A writer knows the end of its one stream, as a caller does that has just loaded it.
pub trait Store: Send + Sync + 'static {
    type Writer: Send + 'static;
    /// Begins a stream nobody wrote yet.
    fn writer(&self, stream: u64) -> Self::Writer;
    /// Stores the entries as the next events of the stream, all or nothing; returns when they are durable.
    fn write(&self, writer: &mut Self::Writer, entries: Vec<Entry>) -> impl Future<Output = Result<()>> + Send;
    /// Loads a stream as a command does; number of events.
    fn load(&self, stream: u64) -> impl Future<Output = Result<u64>> + Send;
    /// Reads everything; number of events.
    fn replay(&self) -> impl Future<Output = Result<u64>> + Send;
    /// Whether what was stored is whole, where the store can tell.
    fn check(&self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
    /// Flushes so far, where the store counts them.
    fn flushes(&self) -> Option<u64> {
        None
    }
    /// Appends that had to be repeated so far.
    fn repeated(&self) -> u64 {
        0
    }
}

/// What one run of a workload gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    pub events: u64,
    /// Events per second.
    pub rate: f64,
    /// Milliseconds an append took, 99 of 100.
    pub p99: Option<f64>,
    /// Events per flush.
    pub group: Option<f64>,
    pub repeated: u64,
    /// Microseconds of processor time per event, client and server together; set by who ran it.
    pub cpu: f64,
}

impl Measured {
    fn new(events: u64, start: Instant) -> Self {
        Self { events, rate: events as f64 / seconds(start), ..Self::default() }
    }
}

/// A store whose type nobody needs to know.
pub trait Bench: Send + Sync {
    /// Runs it once; `events` = what one of the sixteen writers stores.
    fn run(&self, workload: Workload, events: u64) -> BoxFuture<'_, Result<Measured>>;
    /// Connections, plans and caches as they are in service; before the first measurement.
    fn warm_up(&self) -> BoxFuture<'_, Result<()>>;
    /// After all workloads: number of events stored.
    fn check(&self, events: u64) -> BoxFuture<'_, Result<u64>>;
}

impl<S: Store> Bench for Arc<S> {
    fn run(&self, workload: Workload, events: u64) -> BoxFuture<'_, Result<Measured>> {
        Box::pin(async move {
            match workload {
                Workload::Lone => written(self, 1, 1, events * LONE, 1).await,
                Workload::Many => written(self, 2, WRITERS, events, 1).await,
                Workload::Batched => written(self, 3, 1, events * BATCHES, BATCH).await,
                Workload::Load => loaded(&**self, events * BATCHES * BATCH / STREAM).await,
                Workload::Replay => {
                    let start = Instant::now();
                    let read = self.replay().await?;
                    let measured = Measured::new(read, start);
                    ensure!(read == stored(events), "{read} of {} events were read", stored(events));
                    Ok(measured)
                }
            }
        })
    }

    fn warm_up(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { written(self, 0, WRITERS, WARM, 1).await.map(|_| ()) })
    }

    fn check(&self, events: u64) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move { Store::check(&**self).await.map(|()| stored(events)) })
    }
}

/// Events stored once W1 to W3 have run.
fn stored(events: u64) -> u64 {
    WRITERS * WARM + events * (LONE + WRITERS + BATCHES * BATCH)
}

/// Number of the `n`th stream of a writer; `area` keeps the workloads apart.
fn stream(area: u64, writer: u64, n: u64) -> u64 {
    area << 48 | writer << 32 | n
}

async fn written<S: Store>(store: &Arc<S>, area: u64, writers: u64, appends: u64, batch: u64) -> Result<Measured> {
    let (flushes, repeated, start) = (store.flushes(), store.repeated(), Instant::now());
    let mut tasks: JoinSet<Result<Vec<Duration>>> = JoinSet::new();
    for number in 0..writers {
        let store = Arc::clone(store);
        tasks.spawn(async move { one(&*store, area, number, appends, batch).await });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    let events = writers * appends * batch;
    let measured = Measured::new(events, start);
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).map(|time| time.as_secs_f64() * 1000.0);
    let group = store.flushes().zip(flushes).map(|(after, before)| events as f64 / (after - before) as f64);
    Ok(Measured { p99, group, repeated: store.repeated() - repeated, ..measured })
}

/// One writer's appends: fifty events per stream, then the next stream. How long each took.
async fn one<S: Store>(store: &S, area: u64, number: u64, appends: u64, batch: u64) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(appends as usize);
    let (mut streams, mut next) = (0, 0);
    let mut writer = store.writer(stream(area, number, streams));
    for _ in 0..appends {
        if next + batch > STREAM {
            (streams, next) = (streams + 1, 0);
            writer = store.writer(stream(area, number, streams));
        }
        let start = Instant::now();
        let entries = (next..next + batch).map(|n| Entry::new(streams, n)).collect();
        store.write(&mut writer, entries).await?;
        times.push(start.elapsed());
        next += batch;
    }
    Ok(times)
}

/// Loads the streams of W3, each twice.
async fn loaded<S: Store>(store: &S, streams: u64) -> Result<Measured> {
    let (mut events, start) = (0, Instant::now());
    for n in (0..streams).chain(0..streams) {
        let found = store.load(stream(3, 0, n)).await?;
        ensure!(found == STREAM, "stream {n} holds {found} events");
        events += found;
    }
    Ok(Measured::new(events, start))
}

pub fn seconds(start: Instant) -> f64 {
    start.elapsed().max(Duration::from_nanos(1)).as_secs_f64()
}
