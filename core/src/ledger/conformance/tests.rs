//! The suite itself: an engine that lies is not admitted, whatever it lies about.

use super::*;
use crate::ledger::engine::MemoryLedger;
use crate::ledger::port::{Append, Hash, Head, KekUse, Receipt, Stored, StoredGroup, Stray};
use async_trait::async_trait;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// What a broken engine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    None,
    /// Every 100th append is acknowledged and not stored.
    LosesAcknowledged,
    /// Later numbers become visible first: a page leaves its last event but one out, now and then.
    SkipsInPages,
    /// Events of a page come in another order.
    ReordersPages,
    /// A page that ends before its limit, although there is more.
    ShortPages,
    /// A head that was true once.
    StaleHead,
    /// A stream head that was true once.
    StaleStreamHead,
    /// Refused for load, and stored all the same.
    StoresRefused,
    /// A conflict that names a length the stream never had.
    WrongConflict,
    /// A receipt for the place before.
    WrongReceipt,
}

struct Lying {
    inner: MemoryLedger,
    lie: Lie,
    calls: AtomicU64,
    head: std::sync::Mutex<Option<Head>>,
}

impl Lying {
    fn engine(lie: Lie) -> Arc<dyn Ledger> {
        let (inner, calls, head) = (MemoryLedger::new(), AtomicU64::new(0), std::sync::Mutex::default());
        Arc::new(Self { inner, lie, calls, head })
    }
    fn now(&self, lie: Lie, every: u64) -> bool {
        self.lie == lie && self.calls.fetch_add(1, SeqCst) % every == every - 1
    }
}

#[async_trait]
impl Ledger for Lying {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        if self.now(Lie::LosesAcknowledged, 100) {
            let index = self.inner.head().await.unwrap().size + batch.events.len() as u64 - 1;
            let last = batch.events.last().unwrap();
            return Ok(Receipt { stream: batch.stream, seq: last.seq, index, event_hash: last.event_hash });
        }
        let answer = self.inner.append(batch).await;
        match answer {
            Ok(_) if self.now(Lie::StoresRefused, 50) => Err(AppendError::Pushback),
            Ok(receipt) if self.now(Lie::WrongReceipt, 50) => {
                Ok(Receipt { index: receipt.index.saturating_sub(1), ..receipt })
            }
            Err(AppendError::Conflict { expected, actual }) if self.now(Lie::WrongConflict, 5) => {
                Err(AppendError::Conflict { expected, actual: actual + 1 })
            }
            answer => answer,
        }
    }
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        self.inner.read_stream(stream, from, limit).await
    }
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        let mut page = self.inner.read_all(from, limit).await?;
        let len = page.len();
        match len > 2 && limit < 300 {
            true if self.now(Lie::SkipsInPages, 5) => {
                page.remove(len - 2);
            }
            true if self.now(Lie::ReordersPages, 5) => page.swap(0, 1),
            true if self.now(Lie::ShortPages, 5) => page.truncate(len - 1),
            _ => {}
        }
        Ok(page)
    }
    async fn head(&self) -> Result<Head, LedgerError> {
        let head = self.inner.head().await?;
        let before = self.head.lock().unwrap().replace(head);
        Ok(if self.lie == Lie::StaleHead { before.unwrap_or(head) } else { head })
    }
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        let (length, last) = self.inner.stream_head(stream).await?;
        match length {
            2.. if self.now(Lie::StaleStreamHead, 7) => {
                let before = self.inner.read_stream(stream, length - 2, 1).await?;
                Ok((length - 1, before[0].event_hash))
            }
            _ => Ok((length, last)),
        }
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

/// What the checker says about the traffic over an engine with this lie.
async fn verdict(lie: Lie) -> String {
    let engine = Lying::engine(lie);
    let history = traffic::recorded(&[Arc::clone(&engine)], traffic::BUSY).await.unwrap();
    // The log in the end is read without lies: at a limit none is told at.
    let log: Vec<_> = engine.read_all(0, usize::MAX).await.unwrap().iter().map(history::Place::of).collect();
    match checker::check(&history, &log) {
        Ok(_) => "holds".to_owned(),
        Err(violation) => format!("{violation:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
    }
}

#[tokio::test]
async fn the_checker_names_what_an_engine_lies_about() {
    let lies = [
        (Lie::None, &["holds"][..]),
        (Lie::LosesAcknowledged, &["Lost"]),
        (Lie::SkipsInPages, &["WrongPage"]),
        (Lie::ReordersPages, &["WrongPage"]),
        // By the place of what is missing: a page may also end in the middle of an append.
        (Lie::ShortPages, &["Stale", "Half"]),
        (Lie::StaleHead, &["Stale"]),
        (Lie::StaleStreamHead, &["Stale", "Half"]),
        (Lie::StoresRefused, &["RefusedButStored"]),
        (Lie::WrongConflict, &["Foreseen", "Beyond", "Half"]),
        (Lie::WrongReceipt, &["Receipt"]),
    ];
    for (lie, found) in lies {
        let verdict = verdict(lie).await;
        assert!(found.contains(&verdict.as_str()), "{lie:?}: {verdict}");
    }
}

#[tokio::test]
async fn an_engine_that_lies_is_not_admitted() {
    assert!(run_all(async || Lying::engine(Lie::None)).await.is_ok());
    for lie in [Lie::LosesAcknowledged, Lie::SkipsInPages, Lie::StaleHead, Lie::StoresRefused, Lie::WrongReceipt] {
        assert!(run_all(async || Lying::engine(lie)).await.is_err(), "{lie:?}");
    }
}

#[tokio::test]
async fn nodes_of_one_ledger_hold_and_nodes_of_two_do_not() {
    let (one, other) = (Lying::engine(Lie::None), Lying::engine(Lie::None));
    let stats = run_several_nodes(&[Arc::clone(&one), one]).await.unwrap();
    assert!(stats.acknowledged >= 320 && stats.conflicts > 0 && stats.followers == 3, "{stats:?}");
    let fork = run_several_nodes(&[Lying::engine(Lie::None), other]).await;
    assert!(fork.is_err());
}
