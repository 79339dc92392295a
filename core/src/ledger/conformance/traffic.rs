//! Many writers and readers at once, on streams of their own and on shared ones; the checker decides.
//!
//! Callers behave as `execute` does: they look first, and whatever an append answers, they look again
//! before they repeat it. Deliberately no asserts of its own: nothing here judges what it is answered.

use super::checker::{Stats, check};
use super::history::{Client, History, Place, Recorder};
use super::sample::{Probe, open, sealed};
use super::{Reason, fail, same};
use crate::ledger::fault::{Fault, Faulty};
use crate::ledger::hash::event_hash;
use crate::ledger::port::{Append, AppendError, Ledger, LedgerError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How much is written, and by how many.
#[derive(Clone, Copy)]
pub(super) struct Load {
    /// Writers with a stream of their own.
    alone: u64,
    /// Writers that share the streams.
    rivals: u64,
    shared: u64,
    /// Appends of each writer.
    appends: u64,
    /// Requests dropped by their callers before they are answered.
    dropped: u64,
}

/// About 320 appends that get through, and as many that do not.
pub(super) const BUSY: Load = Load { alone: 8, rivals: 8, shared: 2, appends: 20, dropped: 8 };
/// For each fault.
const QUIET: Load = Load { alone: 4, rivals: 4, shared: 1, appends: 8, dropped: 2 };
/// Pages of the readers that follow.
const PAGES: [usize; 3] = [5, 64, 256];
/// More than any plan of faults in a row, and than rivals that win.
const TRIES: usize = 1000;
/// How long a reader waits for news before it looks again.
const BRIEF: Duration = Duration::from_millis(20);
/// Every n-th call fails.
const EVERY: u64 = 3;

impl Load {
    fn appends(&self) -> u64 {
        (self.alone + self.rivals) * self.appends
    }
}

pub(super) async fn many_writers_and_readers_leave_a_history_that_holds(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    judged(&[Arc::clone(&ledger)], &ledger, BUSY).await.map(|_| ())
}

/// The same with a fault in every third call, and in the first two.
pub(super) async fn every_event_is_stored_once_whatever_fails(
    inner: Arc<dyn Ledger>,
    fault: Fault,
) -> Result<(), Reason> {
    same("the fault of that name", Fault::by_name(fault.name()), Some(fault))?;
    let faulty = Arc::new(Faulty::new(Arc::clone(&inner)));
    faulty.inject(fault);
    faulty.inject(fault);
    faulty.every(EVERY, fault);
    judged(&[Arc::clone(&faulty) as Arc<dyn Ledger>], &inner, QUIET).await?;
    match faulty.happened() {
        0..=2 => fail(format!("the fault '{}' hardly happened", fault.name())),
        _ => Ok(()),
    }
}

/// The same with all faults together, one wrapped around the other.
pub(super) async fn every_event_is_stored_once_when_everything_fails(inner: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut outer = Arc::clone(&inner);
    for (fault, n) in Fault::ALL.iter().zip(5..) {
        let faulty = Faulty::new(outer);
        faulty.every(n, *fault);
        outer = Arc::new(faulty);
    }
    judged(&[outer], &inner, QUIET).await.map(|_| ())
}

/// Runs the load over the nodes (one, or several of one ledger) and judges it by what `truth` reads in the end.
pub(super) async fn judged(nodes: &[Arc<dyn Ledger>], truth: &Arc<dyn Ledger>, load: Load) -> Result<Stats, Reason> {
    let history = recorded(nodes, load).await?;
    let stats = check(&history, &whole(&**truth).await?).map_err(|violation| violation.to_string())?;
    same("strays", truth.strays().await?, vec![])?;
    if stats.acknowledged + stats.unknown < load.appends() || stats.looks == 0 {
        return fail(format!("nothing was tried: {stats:?}"));
    }
    Ok(stats)
}

/// The history of one run.
pub(super) async fn recorded(nodes: &[Arc<dyn Ledger>], load: Load) -> Result<History, Reason> {
    let recorder = Recorder::new();
    let node = |n: u64| &nodes[n as usize % nodes.len()];
    let (end, ended) = watch::channel(false);
    let mut readers = JoinSet::new();
    for (n, size) in (0..).zip(PAGES) {
        readers.spawn(follow(recorder.follower(node(n)), size, ended.clone()));
    }
    let mut dropped = JoinSet::new();
    for n in 0..load.dropped {
        let client = recorder.client(node(n));
        dropped.spawn(async move { client.append(Probe::new(9000 + n).batch(2, n)).await });
    }
    let mut writers = JoinSet::new();
    for n in 0..load.alone + load.rivals {
        let stream = if n < load.alone { n } else { 1000 + n % load.shared };
        writers.spawn(write(recorder.client(node(n)), stream, n, load.appends));
    }
    tokio::task::yield_now().await;
    dropped.abort_all();
    let written = writers.join_all().await;
    end.send_replace(true);
    let read = readers.join_all().await;
    written.into_iter().chain(read).collect::<Result<Vec<()>, _>>()?;
    Ok(recorder.history())
}

/// The whole log, page by page.
pub(super) async fn whole(ledger: &dyn Ledger) -> Result<Vec<Place>, Reason> {
    let mut places: Vec<Place> = Vec::new();
    loop {
        let page = ledger.read_all(places.len() as u64, 500).await?;
        if page.is_empty() {
            return Ok(places);
        }
        for event in &page {
            same("stored hash", event.event_hash, event_hash(&event.header))?;
        }
        places.extend(page.iter().map(Place::of));
    }
}

async fn write(client: Client, stream: u64, writer: u64, appends: u64) -> Result<(), Reason> {
    for n in 0..appends {
        store(&client, Probe::new(stream), writer, n).await?;
        if n % 4 == 0 {
            // A look at the end, and one at the middle of a stream; failed reads show nothing.
            let _ = client.head().await;
            let _ = client.read_stream(Probe::new(stream).stream, n, 3).await;
        }
    }
    Ok(())
}

/// One to three events, with sealed groups or without.
fn batch(end: Probe, writer: u64, n: u64) -> Append {
    end.batch_of(1 + (n % 3) as usize, writer * 1000 + n, &|seq| match n % 3 {
        0 => vec![open(format!("\0{writer} {n} {seq}").into_bytes())],
        _ => vec![open(vec![0]), sealed(1, 1 + writer, vec![1; 60]), sealed(2, 100 + seq, vec![1; 90])],
    })
}

/// Until it is stored: looks where the stream stands, and appends there.
async fn store(client: &Client, stream: Probe, writer: u64, n: u64) -> Result<(), Reason> {
    for _ in 0..TRIES {
        let (next, prev) = again(|| client.stream_head(stream.stream)).await?;
        // Rivals look before one of them writes.
        tokio::task::yield_now().await;
        if appended(client, &batch(Probe { next, prev, ..stream }, writer, n)).await? {
            return Ok(());
        }
    }
    fail("a writer did not get through")
}

/// Whether the batch is stored; `false` if another one took its place.
async fn appended(client: &Client, batch: &Append) -> Result<bool, Reason> {
    for _ in 0..TRIES {
        match client.append(batch.clone()).await {
            Ok(_) => return Ok(true),
            Err(AppendError::Pushback | AppendError::DiskFull) => tokio::task::yield_now().await,
            Err(error @ (AppendError::OutcomeUnknown(_) | AppendError::Conflict { .. })) => {
                let there = again(|| client.read_stream(batch.stream, batch.expected, 1)).await?;
                let own = there.first().map(|e| event_hash(&e.header) == batch.events[0].event_hash);
                match (own, error) {
                    (Some(own), _) => return Ok(own),
                    (None, AppendError::Conflict { .. }) => return Ok(false),
                    (None, _) => {}
                }
            }
            Err(other) => return Err(other.into()),
        }
    }
    fail("a writer did not get through")
}

/// A read that failed is read again.
async fn again<T, F: Future<Output = Result<T, LedgerError>>>(read: impl Fn() -> F) -> Result<T, Reason> {
    let mut failed = None;
    for _ in 0..TRIES {
        match read().await {
            Ok(answer) => return Ok(answer),
            Err(error) => failed = Some(error),
        }
    }
    fail(format!("a read failed {TRIES} times: {failed:?}"))
}

/// Pages through the log until a page begun after the end of all writing is empty.
async fn follow(client: Client, size: usize, ended: watch::Receiver<bool>) -> Result<(), Reason> {
    let mut next = 0;
    // As a projection that has read all there is.
    client.wait(next, BRIEF).await;
    loop {
        let last = *ended.borrow();
        let page = again(|| client.read_all(next, size)).await?;
        match page.last() {
            Some(event) => next = event.index + 1,
            None if last => return Ok(()),
            None => client.wait(next, BRIEF).await,
        }
    }
}
