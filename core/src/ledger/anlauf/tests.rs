//! Heads before, at, behind and beside what is remembered.

use super::*;
use crate::ledger::conformance::sample::Probe;
use crate::ledger::engine::MemoryLedger;

const LOG: &str = "example.org/akte/2026";

/// A ledger of `events`, and what the signer remembers of its first `signed`.
async fn ledger(events: usize, tag: u64) -> MemoryLedger {
    let ledger = MemoryLedger::new();
    if events > 0 {
        ledger.append(Probe::new(1).batch(events, tag)).await.unwrap();
    }
    ledger
}

async fn state(events: usize, tag: u64) -> Checkpoint {
    let head = ledger(events, tag).await.head().await.unwrap();
    Checkpoint { origin: LOG.into(), size: head.size, root: head.root }
}

async fn finding(ledger: &MemoryLedger, by: Memory, state: Checkpoint) -> Finding {
    compare(ledger, LOG, &[Known { by, state }]).await.unwrap()
}

#[tokio::test]
async fn a_log_that_goes_on_continues_whatever_the_sizes() {
    for (then, now) in [(0, 0), (0, 3), (1, 1), (255, 256), (256, 257), (300, 700), (512, 513), (700, 700)] {
        let here = ledger(now, 1).await;
        assert_eq!(finding(&here, Memory::Signer, state(then, 1).await).await, Finding::Continues, "{then}, {now}");
    }
}

#[tokio::test]
async fn a_shorter_log_is_behind_and_says_how_much_is_missing() {
    let here = ledger(300, 1).await;
    let found = finding(&here, Memory::Mirror, state(301, 1).await).await;
    assert_eq!(found, Finding::Behind { by: Memory::Mirror, head: 300, known: 301 });
    assert!(found.text().unwrap().contains("Das letzte Ereignis fehlt hier"));
    let empty = ledger(0, 1).await;
    let found = finding(&empty, Memory::Signer, state(1, 1).await).await;
    assert_eq!(found, Finding::Behind { by: Memory::Signer, head: 0, known: 1 });
}

#[tokio::test]
async fn another_past_is_a_fork_at_the_same_size_and_below() {
    let here = ledger(700, 2).await;
    for then in [1, 256, 699, 700] {
        let found = finding(&here, Memory::Checkpoint, state(then, 1).await).await;
        assert_eq!(found, Finding::Forked { by: Memory::Checkpoint, known: then as u64 }, "{then}");
    }
}

#[tokio::test]
async fn the_memory_of_another_log_is_named() {
    let here = ledger(3, 1).await;
    let foreign = Checkpoint { origin: "anders.example/akte".into(), ..state(3, 1).await };
    let found = finding(&here, Memory::Signer, foreign).await;
    assert_eq!(found, Finding::Foreign { by: Memory::Signer, origin: "anders.example/akte".into() });
}

#[tokio::test]
async fn each_memory_is_asked() {
    let here = ledger(3, 1).await;
    let known = [(Memory::Signer, 3), (Memory::Checkpoint, 2), (Memory::Mirror, 4)];
    let mut all = Vec::new();
    for (by, size) in known {
        all.push(Known { by, state: state(size, 1).await });
    }
    let found = compare(&here, LOG, &all).await.unwrap();
    assert_eq!(found, Finding::Behind { by: Memory::Mirror, head: 3, known: 4 });
}
