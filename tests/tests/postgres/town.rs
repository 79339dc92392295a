//! A town on a cluster of its own: databases, roles and nodes.

use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::engine::postgres::set_up;
use akte_core::ledger::hash::{ZERO, b64u, event_hash, leaf};
use akte_core::ledger::merkle::mth;
use akte_core::ledger::{Append, AppendError, Hash, Head, Ledger, Receipt};
use akte_tests::cluster::Cluster;
use std::cell::Cell;
use std::collections::HashMap;
use uuid::Uuid;

/// A role that may do what a server may, and no more.
pub const SERVER: &str = "akte_server";
pub const ORIGIN: &str = "example.org/akte/2026";

/// A cluster and its databases.
pub struct Town {
    pub cluster: Cluster,
    databases: Cell<u32>,
}

impl Town {
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let cluster = Cluster::start_with(settings)?;
        cluster.sql("postgres", &format!("CREATE ROLE {SERVER} LOGIN"));
        Some(Self { cluster, databases: Cell::new(0) })
    }

    /// A new database with an empty ledger, and its name.
    pub async fn database(&self) -> String {
        self.databases.set(self.databases.get() + 1);
        let name = format!("stadt{}", self.databases.get());
        let owner = self.cluster.database(&name);
        set_up(&owner, Some(SERVER)).await.expect("a fresh database can be set up");
        name
    }

    /// Where the server reaches it.
    pub fn url(&self, database: &str) -> String {
        self.cluster.url_as(SERVER, database)
    }

    /// A node on that database, with the server's rights only.
    pub async fn node(&self, database: &str) -> PostgresLedger {
        PostgresLedger::open(&self.url(database), Some(ORIGIN)).await.expect("the ledger opens")
    }
}

/// Appends until it is certain that the batch is stored, as `execute` does: look first, then repeat.
pub async fn store(ledger: &dyn Ledger, batch: &Append) -> Receipt {
    loop {
        match ledger.append(batch.clone()).await {
            Ok(receipt) => return receipt,
            Err(AppendError::OutcomeUnknown(_) | AppendError::Pushback | AppendError::Conflict { .. }) => {
                if let Some(receipt) = found(ledger, batch).await {
                    return receipt;
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// The receipt of a batch that is stored; asks until the server answers.
pub async fn found(ledger: &dyn Ledger, batch: &Append) -> Option<Receipt> {
    loop {
        let Ok(stored) = ledger.read_stream(batch.stream, batch.expected, batch.events.len()).await else { continue };
        let hashes = stored.iter().map(|e| e.event_hash);
        if stored.len() == batch.events.len() && hashes.eq(batch.events.iter().map(|e| e.event_hash)) {
            let last = stored.last().expect("a batch is not empty");
            let (stream, seq, index, event_hash) = (last.stream, last.seq, last.index, last.event_hash);
            return Some(Receipt { stream, seq, index, event_hash });
        }
        assert!(stored.is_empty(), "another event stands where this writer's must");
        return None;
    }
}

/// Every acknowledged event stands once where its receipt says, streams and log are without gaps, the root is right.
pub async fn check(ledger: &dyn Ledger, receipts: &[Receipt]) {
    let events = ledger.read_all(0, usize::MAX).await.expect("the log reads");
    let mut next: HashMap<Uuid, (u64, Hash)> = HashMap::new();
    for (event, index) in events.iter().zip(0..) {
        assert_eq!(event.index, index);
        assert_eq!(event.event_hash, event_hash(&event.header));
        let (seq, prev) = next.insert(event.stream, (event.seq + 1, event.event_hash)).unwrap_or((0, ZERO));
        assert_eq!(event.seq, seq, "stream {}", event.stream);
        assert!(String::from_utf8_lossy(&event.header).contains(&format!("\"prev\":\"{}\"", b64u(&prev))));
    }
    for receipt in receipts {
        let event = &events[usize::try_from(receipt.index).expect("small")];
        assert_eq!((event.stream, event.seq, event.event_hash), (receipt.stream, receipt.seq, receipt.event_hash));
    }
    let leaves: Vec<_> = events.iter().map(|e| leaf(&e.event_hash)).collect();
    assert_eq!(ledger.head().await.expect("head"), Head { size: events.len() as u64, root: mth(&leaves) });
    assert_eq!(ledger.strays().await.expect("strays"), vec![]);
}
