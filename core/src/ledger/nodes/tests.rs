//! Roots and proofs out of a ledger agree with the definition at every size and across tile borders.

use super::*;
use crate::ledger::conformance::sample::Probe;
use crate::ledger::engine::MemoryLedger;
use crate::ledger::merkle::{Frontier, verify_inclusion};

async fn ledger(events: u64) -> (MemoryLedger, Vec<Hash>) {
    let (ledger, mut probe, mut leaves) = (MemoryLedger::new(), Probe::new(1), Vec::new());
    while (leaves.len() as u64) < events {
        let batch = probe.batch(1000.min(events as usize - leaves.len()), 1);
        leaves.extend(batch.events.iter().map(|e| leaf(&e.event_hash)));
        probe.advance(&batch);
        ledger.append(batch).await.unwrap();
    }
    (ledger, leaves)
}

#[tokio::test]
async fn every_proof_out_of_the_ledger_verifies() {
    let (ledger, leaves) = ledger(66_000).await;
    let mut frontier = Frontier::new();
    let mut roots = vec![frontier.root()];
    for leaf in &leaves {
        frontier.push(*leaf);
        roots.push(frontier.root());
    }
    for size in [1, 2, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, 66_000] {
        let mut nodes = Nodes::new(&ledger, size);
        let root = roots[size as usize];
        assert_eq!(nodes.root(size).await.unwrap(), root, "{size}");
        for index in [0, size / 3, size - 1] {
            let path = nodes.inclusion(index, size).await.unwrap();
            verify_inclusion(&leaves[index as usize], index, size, &path, &root).unwrap();
        }
        for old in [0, 1, size / 2, size - 1, size] {
            assert!(nodes.continues((old, roots[old as usize]), (size, root)).await.unwrap(), "{old} -> {size}");
            assert!(!nodes.continues((old, [7; 32]), (size, root)).await.unwrap());
        }
        assert_eq!(nodes.root(size + 1).await, Err(ProofError::Range.into()));
    }
}

#[tokio::test]
async fn tiles_end_where_the_tree_of_this_size_ends() {
    let (ledger, leaves) = ledger(600).await;
    let mut nodes = Nodes::new(&ledger, 300);
    assert_eq!(nodes.tile(0, 0).await.unwrap(), leaves[..256].concat());
    assert_eq!(nodes.tile(0, 1).await.unwrap(), leaves[256..300].concat());
    assert_eq!(nodes.tile(0, 2).await.unwrap(), b"");
    assert_eq!(nodes.tile(1, 0).await.unwrap().len(), 32);
    assert_eq!(nodes.tile(2, 0).await.unwrap(), b"");
}
