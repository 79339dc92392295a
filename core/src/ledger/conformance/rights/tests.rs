//! Rights in memory pass, and whoever breaks one promise does not.

use crate::ledger::conformance::run_leases;
use crate::ledger::lease::{Fence, Leases};
use crate::ledger::port::LedgerError;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    Shared,
    NeverEnds,
    FenceStays,
    LateAdvance,
    ForeignRelease,
    ForgetsPosition,
}

#[derive(Default)]
struct Row {
    held: Option<(usize, Instant)>,
    last: Option<usize>,
    fence: Fence,
    position: Option<u64>,
}

struct Node {
    number: usize,
    flaw: Flaw,
    rows: Arc<Mutex<HashMap<String, Row>>>,
}

#[async_trait]
impl Leases for Node {
    async fn take(&self, name: &str, ttl: Duration) -> Result<Option<Fence>, LedgerError> {
        let mut rows = self.rows.lock().unwrap();
        let row = rows.entry(name.to_owned()).or_default();
        let held = |(who, until): (usize, Instant)| {
            who != self.number && (until > Instant::now() || self.flaw == Flaw::NeverEnds)
        };
        if row.held.is_some_and(held) && self.flaw != Flaw::Shared {
            return Ok(None);
        }
        if row.last != Some(self.number) && self.flaw != Flaw::FenceStays {
            row.fence += 1;
            row.position = row.position.filter(|_| self.flaw != Flaw::ForgetsPosition);
        }
        (row.last, row.held) = (Some(self.number), Some((self.number, Instant::now() + ttl)));
        Ok(Some(row.fence))
    }
    async fn release(&self, name: &str) -> Result<(), LedgerError> {
        if let Some(row) = self.rows.lock().unwrap().get_mut(name) {
            row.held = row.held.filter(|(who, _)| *who != self.number && self.flaw != Flaw::ForeignRelease);
        }
        Ok(())
    }
    async fn held(&self, prefix: &str) -> Result<Vec<(String, Option<u64>)>, LedgerError> {
        let rows = self.rows.lock().unwrap();
        let in_force = |row: &Row| row.held.is_some_and(|(_, until)| until > Instant::now());
        let named = rows.iter().filter(|(name, row)| name.starts_with(prefix) && in_force(row));
        Ok(named.map(|(name, row)| (name.clone(), row.position)).collect())
    }
    async fn position(&self, name: &str) -> Result<Option<u64>, LedgerError> {
        Ok(self.rows.lock().unwrap().get(name).and_then(|row| row.position))
    }
    async fn advance(&self, name: &str, fence: Fence, position: u64) -> Result<bool, LedgerError> {
        let mut rows = self.rows.lock().unwrap();
        let row = rows.entry(name.to_owned()).or_default();
        let holds = row.fence == fence || self.flaw == Flaw::LateAdvance;
        row.position = if holds { Some(position) } else { row.position };
        Ok(holds)
    }
}

async fn verdict(flaw: Flaw) -> bool {
    let made = run_leases(async || {
        let rows = Arc::new(Mutex::default());
        [0, 1].map(|number| Arc::new(Node { number, flaw, rows: Arc::clone(&rows) }) as Arc<dyn Leases>)
    });
    made.await.is_ok()
}

#[tokio::test]
async fn rights_that_break_a_promise_are_not_admitted() {
    assert!(verdict(Flaw::None).await);
    let flaws = [
        Flaw::Shared,
        Flaw::NeverEnds,
        Flaw::FenceStays,
        Flaw::LateAdvance,
        Flaw::ForeignRelease,
        Flaw::ForgetsPosition,
    ];
    for flaw in flaws {
        assert!(!verdict(flaw).await, "{flaw:?}");
    }
}
