//! Checks of what may be asked again: the same batch after any answer, present groups, keys out of use.
//!
//! Deliberately without knowledge of commands: that a batch is the same is seen by its hashes.

use super::sample::{Probe, open, sealed};
use super::{Reason, fail, same};
use crate::ledger::port::{Append, AppendError, Ledger};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Clients that ask for the same at once.
const EQUAL: usize = 32;
/// Writers under a key that is being retired, and the most that each writes.
const WRITERS: u64 = 4;
const APPENDS: u64 = 30;
const KEY: u64 = 5;

pub(super) async fn the_same_batch_again_names_where_the_stream_is_and_stores_nothing(
    ledger: Arc<dyn Ledger>,
) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    let first = probe.batch(3, 1);
    ledger.append(first.clone()).await?;
    probe.advance(&first);
    let second = probe.batch(2, 2);
    let conflict = |expected, actual| Err(AppendError::Conflict { expected, actual });
    same("right away", ledger.append(first.clone()).await, conflict(0, 3))?;
    ledger.append(second.clone()).await?;
    same("when the stream has gone on", ledger.append(first.clone()).await, conflict(0, 5))?;
    same("the second again", ledger.append(second.clone()).await, conflict(3, 5))?;
    for batch in [first, second] {
        let own = ledger.read_stream(batch.stream, batch.expected, batch.events.len()).await?;
        let hashes = |of: &Append| of.events.iter().map(|e| e.event_hash).collect::<Vec<_>>();
        same("the stored hashes are its own", own.iter().map(|e| e.event_hash).collect(), hashes(&batch))?;
    }
    same("size", ledger.head().await?.size, 5)
}

pub(super) async fn of_many_equal_requests_one_is_stored(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let batch = Probe::new(1).batch(2, 1);
    let mut equal = JoinSet::new();
    for _ in 0..EQUAL {
        let (ledger, batch) = (Arc::clone(&ledger), batch.clone());
        equal.spawn(async move { ledger.append(batch).await });
    }
    let answers = equal.join_all().await;
    same("acknowledged", answers.iter().filter(|a| a.is_ok()).count(), 1)?;
    let conflict = AppendError::Conflict { expected: 0, actual: 2 };
    same("the others", answers.iter().filter(|a| a.as_ref().err() == Some(&conflict)).count(), EQUAL - 1)?;
    same("size", ledger.head().await?.size, 2)
}

pub(super) async fn what_is_present_is_told_in_the_order_asked(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let groups = |_| vec![open(vec![0]), sealed(1, 1, vec![1; 9]), sealed(3, 2, vec![1; 9])];
    ledger.append(Probe::new(1).batch_of(3, 1, &groups)).await?;
    ledger.erase_groups(&[(1, 1), (2, 0)]).await?;
    let asked = [(2, 3), (0, 0), (1, 1), (1, 3), (2, 0), (0, 2), (9, 0), (u64::MAX, 255), (0, 1)];
    same("present", ledger.present(&asked).await?, vec![(2, 3), (0, 0), (1, 3), (0, 1)])?;
    same("nothing asked", ledger.present(&[]).await?, vec![])
}

/// An engine refuses retired keys, or has only one process that the vault keeps from using them. Never half.
pub(super) async fn under_a_retired_key_an_append_is_stored_whole_or_refused_whole(
    ledger: Arc<dyn Ledger>,
) -> Result<(), Reason> {
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        writers.spawn(write_until_refused(Arc::clone(&ledger), number));
    }
    tokio::task::yield_now().await;
    ledger.retire(&[KEY]).await?;
    let border = ledger.head().await?.size;
    let mut stored = 0;
    for count in writers.join_all().await {
        stored += count?;
    }
    same("events acknowledged", ledger.head().await?.size, stored)?;
    let probe = Probe::new(100);
    let refuses = match ledger.append(under_key(&probe, 1)).await {
        Ok(_) => false,
        Err(AppendError::KeyRetired(KEY)) => true,
        Err(other) => return Err(other.into()),
    };
    same("the stream", ledger.stream_head(probe.stream).await?.0, if refuses { 0 } else { 2 })?;
    let late = ledger.read_all(border, usize::MAX).await?;
    if refuses && late.iter().flat_map(|e| &e.groups).any(|g| g.kek_id == Some(KEY)) {
        return fail("an event under a retired key came into the log after retiring had returned");
    }
    ledger.append(Probe::new(101).batch_of(1, 1, &|_| vec![open(vec![0]), sealed(1, KEY + 1, vec![1])])).await?;
    ledger.retire(&[]).await.map_err(Reason::from)
}

/// Two events, the second one under the key.
fn under_key(probe: &Probe, tag: u64) -> Append {
    probe.batch_of(2, tag, &|seq| match seq % 2 {
        0 => vec![open(vec![0])],
        _ => vec![open(vec![0]), sealed(1, KEY, vec![1; 30])],
    })
}

async fn write_until_refused(ledger: Arc<dyn Ledger>, number: u64) -> Result<u64, Reason> {
    let mut probe = Probe::new(number);
    for n in 0..APPENDS {
        let batch = under_key(&probe, n);
        match ledger.append(batch.clone()).await {
            Ok(_) => probe.advance(&batch),
            Err(AppendError::KeyRetired(KEY)) => break,
            Err(other) => return Err(other.into()),
        }
        tokio::task::yield_now().await;
    }
    Ok(probe.next)
}
