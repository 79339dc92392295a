//! Checks of the write side: expected version, wholeness, order under concurrency, key uses.
//!
//! Deliberately silent on how an engine groups its commits; only what callers see counts.

use super::sample::{Probe, kek_use, open, sealed};
use super::{Reason, fail, same};
use crate::ledger::port::{Append, AppendError, Ledger};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

pub(super) async fn an_append_must_name_where_the_stream_stands(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    let first = probe.batch(2, 1);
    let ahead = Probe { next: 3, prev: [7; 32], ..probe };
    let conflict = |expected, actual| Err(AppendError::Conflict { expected, actual });
    same("ahead of a new stream", ledger.append(ahead.batch(1, 2)).await, conflict(3, 0))?;
    let receipt = ledger.append(first.clone()).await?;
    same("seq of the receipt", receipt.seq, 1)?;
    same("index of the receipt", receipt.index, 1)?;
    same("hash of the receipt", receipt.event_hash, first.events[1].event_hash)?;
    same("the same batch again", ledger.append(first.clone()).await, conflict(0, 2))?;
    probe.advance(&first);
    same("stream head", ledger.stream_head(probe.stream).await?, (2, probe.prev))?;
    let next = probe.batch(1, 3);
    same("index of the next", ledger.append(next).await?.index, 2)
}

pub(super) async fn an_append_must_name_the_hash_it_follows(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    let first = probe.batch(1, 1);
    ledger.append(first.clone()).await?;
    probe.advance(&first);
    let fork = Probe { prev: [9; 32], ..probe };
    refused(&*ledger, fork.batch(1, 2), "another prev").await?;
    same("size", ledger.head().await?.size, 1)
}

pub(super) async fn a_batch_is_stored_whole_or_not_at_all(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let probe = Probe::new(1);
    let mut broken = probe.batch(3, 1);
    broken.events[2].event_hash = [0; 32];
    refused(&*ledger, broken, "a wrong hash in the third event").await?;
    same("events of the refused batch", ledger.read_stream(probe.stream, 0, 9).await?.len(), 0)?;
    let whole = probe.batch(3, 2);
    ledger.append(whole.clone()).await?;
    let stored = ledger.read_stream(probe.stream, 0, 9).await?;
    let headers: Vec<_> = stored.iter().map(|e| &e.header).collect();
    same("headers", headers, whole.events.iter().map(|e| &e.header).collect())
}

/// What is wrong, and how to make it so.
type Spoil = (&'static str, fn(&mut Append));

pub(super) async fn malformed_batches_are_refused_and_leave_no_trace(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let probe = Probe::new(1);
    let good = probe.batch(2, 1);
    let spoil: [Spoil; 10] = [
        ("no events", |b| b.events.clear()),
        ("a gap in seq", |b| b.events[1].seq = 2),
        ("header and hash differ", |b| b.events[0].header[40] ^= 1),
        ("a foreign stream in the header", |b| b.stream = Probe::new(2).stream),
        ("events in the wrong order", |b| b.events.reverse()),
        ("no group 0", |b| b.events[0].groups = vec![sealed(1, 5, vec![1])]),
        ("a group twice", |b| b.events[0].groups = vec![open(vec![0]), open(vec![0])]),
        ("a sealed group without key", |b| b.events[0].groups[0].kek_id = Some(4)),
        ("a key id above 2^53", |b| b.kek_uses = vec![kek_use((1 << 53) + 1, "a")]),
        ("a key for two subjects", |b| b.kek_uses = vec![kek_use(5, "a"), kek_use(5, "b")]),
    ];
    for (what, spoil) in spoil {
        let mut batch = good.clone();
        spoil(&mut batch);
        refused(&*ledger, batch, what).await?;
    }
    same("size after refusals", ledger.head().await?.size, 0)?;
    same("key uses after refusals", ledger.kek_uses().await?.len(), 0)?;
    same("the good batch", ledger.append(good).await?.index, 1)
}

pub(super) async fn of_many_rivals_for_one_place_exactly_one_wins(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    for round in 0..8 {
        let mut rivals = JoinSet::new();
        for tag in 0..32 {
            let (ledger, batch) = (Arc::clone(&ledger), probe.batch(1, round * 100 + tag));
            rivals.spawn(async move { ledger.append(batch.clone()).await.map(|_| batch) });
        }
        let mut won = Vec::new();
        for outcome in rivals.join_all().await {
            match outcome {
                Ok(batch) => won.push(batch),
                Err(AppendError::Conflict { .. }) => {}
                Err(other) => return fail(format!("a rival got: {other}")),
            }
        }
        same("winners", won.len(), 1)?;
        probe.advance(&won[0]);
        same("stream head", ledger.stream_head(probe.stream).await?, (round + 1, probe.prev))?;
    }
    Ok(())
}

pub(super) async fn a_dropped_request_strands_nobody(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut requests = JoinSet::new();
    for number in 0..24 {
        let (ledger, batch) = (Arc::clone(&ledger), Probe::new(number).batch(1, 1));
        requests.spawn(async move { ledger.append(batch).await });
    }
    tokio::task::yield_now().await;
    requests.abort_all();
    while requests.join_next().await.is_some() {}
    let append = ledger.append(Probe::new(100).batch(1, 1));
    match tokio::time::timeout(Duration::from_secs(30), append).await {
        Err(_) => fail("an append after dropped ones never came back"),
        Ok(receipt) => receipt.map(|_| ()).map_err(Reason::from),
    }
}

pub(super) async fn a_key_use_is_kept_once_and_for_one_subject_only(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    let mut first = probe.batch_of(1, 1, &|_| vec![open(vec![0]), sealed(1, 5, vec![1, 2])]);
    first.kek_uses = vec![kek_use(7, "b"), kek_use(5, "a")];
    ledger.append(first.clone()).await?;
    probe.advance(&first);
    let mut again = probe.batch(1, 2);
    again.kek_uses = vec![kek_use(5, "a")];
    ledger.append(again.clone()).await?;
    probe.advance(&again);
    let mut stolen = probe.batch(1, 3);
    stolen.kek_uses = vec![kek_use(5, "c")];
    refused(&*ledger, stolen, "a key of another subject").await?;
    same("key uses", ledger.kek_uses().await?, vec![kek_use(5, "a"), kek_use(7, "b")])
}

pub(super) async fn refused(ledger: &dyn Ledger, batch: Append, what: &str) -> Result<(), Reason> {
    match ledger.append(batch).await {
        Err(AppendError::Malformed(_)) => Ok(()),
        other => fail(format!("{what}: must be refused as malformed, got {other:?}")),
    }
}
