//! The postmaster is killed under load, again and again: nothing acknowledged is lost, doubled or out of place.

use super::town::{Town, check, store};
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::{Ledger, Receipt};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use tokio::task::JoinSet;

const WRITERS: u64 = 16;
/// Acknowledgements between two kills.
const LOAD: u64 = 60;

/// 20, or `AKTE_PG_KILLS` for the long form.
fn rounds() -> u64 {
    std::env::var("AKTE_PG_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_of_the_server_loses_doubles_or_misplaces_an_event() {
    let Some(mut town) = Town::start() else { return };
    let database = town.database().await;
    // Two nodes, so that both ways of writing are under way.
    survives(&mut town, &database, 2, rounds()).await;
}

/// Kills and starts the server so often while sixteen writers append on so many nodes, and checks the log.
pub async fn survives(town: &mut Town, database: &str, nodes: usize, rounds: u64) {
    let mut open: Vec<Arc<dyn Ledger>> = Vec::new();
    for _ in 0..nodes {
        open.push(Arc::new(town.node(database).await));
    }
    let nodes = open;
    let (stop, acked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut writers: JoinSet<Vec<Receipt>> = JoinSet::new();
    for number in 0..WRITERS {
        let node = Arc::clone(&nodes[usize::from(number == 0) % nodes.len()]);
        let (stop, acked) = (Arc::clone(&stop), Arc::clone(&acked));
        writers.spawn(async move {
            let (mut probe, mut receipts) = (Probe::new(number), Vec::new());
            while !stop.load(SeqCst) {
                let batch = probe.batch(1 + (probe.next % 2) as usize, number);
                receipts.push(store(&*node, &batch).await);
                probe.advance(&batch);
                acked.fetch_add(1, SeqCst);
            }
            receipts
        });
    }
    for round in 0..rounds {
        let since = acked.load(SeqCst);
        while acked.load(SeqCst) < since + LOAD + round % 7 {
            tokio::task::yield_now().await;
        }
        town.cluster.kill();
        town.cluster.launch();
    }
    stop.store(true, SeqCst);
    let receipts: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    assert!(receipts.len() as u64 >= rounds * LOAD, "it was under load");
    for node in &nodes {
        assert_eq!(*node.failed_watch().borrow(), None, "a restart is nothing to give up for");
    }
    let fresh = town.node(database).await;
    check(&fresh, &receipts).await;
    let events = fresh.head().await.expect("head").size;
    // The first batch of a stream has one event, the others two.
    let acknowledged: u64 = receipts.iter().map(|r| if r.seq == 0 { 1 } else { 2 }).sum();
    assert_eq!(events, acknowledged, "every event is somebody's");
}
