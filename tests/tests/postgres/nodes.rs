//! Several nodes on one database: one order, one fate of a key, and no going on where the storage contradicts itself.

use super::town::{Town, check, store};
use akte_core::ledger::conformance::sample::{Probe, kek_use, open, sealed};
use akte_core::ledger::engine::MemoryLedger;
use akte_core::ledger::{AppendError, Ledger, Receipt};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const WRITERS: u64 = 8;
const APPENDS: u64 = 30;

async fn write(ledger: Arc<dyn Ledger>, number: u64, appends: u64) -> Vec<Receipt> {
    let (mut probe, mut receipts) = (Probe::new(number), Vec::new());
    for tag in 0..appends {
        let batch = probe.batch(1 + (tag % 3) as usize, tag);
        receipts.push(store(&*ledger, &batch).await);
        probe.advance(&batch);
    }
    receipts
}

async fn follow(ledger: Arc<dyn Ledger>, total: u64) {
    let mut seen = 0;
    while seen < total {
        let page = ledger.read_all(seen, 11).await.expect("a page");
        for event in &page {
            assert_eq!(event.index, seen, "each event once, in order");
            seen += 1;
        }
        if page.is_empty() {
            ledger.wait(seen, Duration::from_millis(200)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_write_one_log_that_every_reader_sees_once_and_in_order() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let nodes: [Arc<dyn Ledger>; 2] = [Arc::new(town.node(&database).await), Arc::new(town.node(&database).await)];
    let mut readers = JoinSet::new();
    let mut writers = JoinSet::new();
    for node in &nodes {
        readers.spawn(follow(Arc::clone(node), 2 * WRITERS * APPENDS * 2));
    }
    for number in 0..2 * WRITERS {
        writers.spawn(write(Arc::clone(&nodes[(number % 2) as usize]), number, APPENDS));
    }
    let receipts: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    readers.join_all().await;
    assert_eq!(receipts.len() as u64, 2 * WRITERS * APPENDS);
    check(&*nodes[0], &receipts).await;
    check(&town.node(&database).await, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_race_for_one_place_one_wins_and_the_other_is_told() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let (a, b) = (town.node(&database).await, town.node(&database).await);
    let mut probe = Probe::new(1);
    for round in 0..20 {
        let (left, right) = (probe.batch(1, 2 * round), probe.batch(1, 2 * round + 1));
        let answers = tokio::join!(a.append(left.clone()), b.append(right.clone()));
        let conflict = AppendError::Conflict { expected: round, actual: round + 1 };
        match answers {
            (Ok(_), Err(error)) if error == conflict => probe.advance(&left),
            (Err(error), Ok(_)) if error == conflict => probe.advance(&right),
            other => panic!("{other:?}"),
        }
    }
    check(&a, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_missed_many_tiles_catches_up_under_the_lock() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let (late, busy) = (town.node(&database).await, town.node(&database).await);
    let (mut probe, mut receipts) = (Probe::new(1), Vec::new());
    // More than one look brings, and more than one tile.
    for tag in 0..5 {
        let batch = probe.batch(2000, tag);
        receipts.push(busy.append(batch.clone()).await.expect("stored"));
        probe.advance(&batch);
    }
    receipts.push(late.append(Probe::new(2).batch(3, 1)).await.expect("stored"));
    receipts.push(busy.append(probe.batch(1, 9)).await.expect("stored"));
    check(&late, &receipts).await;
    check(&town.node(&database).await, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_retired_on_one_node_is_refused_on_every_other() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let (a, b) = (town.node(&database).await, town.node(&database).await);
    let under = |key: u64| move |_| vec![open(vec![0]), sealed(1, key, vec![1, 9])];
    let mut probe = Probe::new(1);
    let mut first = probe.batch_of(1, 1, &under(5));
    first.kek_uses = vec![kek_use(5, "a")];
    b.append(first.clone()).await.expect("the key is in use");
    probe.advance(&first);
    a.retire(&[5]).await.expect("retired");
    a.retire(&[5]).await.expect("twice is once");
    let (refused, beside) = (probe.batch_of(1, 2, &under(5)), Probe::new(2).batch_of(1, 1, &under(6)));
    let (refused, beside) = tokio::join!(b.append(refused), b.append(beside));
    assert_eq!(refused, Err(AppendError::KeyRetired(5)));
    assert!(beside.is_ok(), "{beside:?}");
    let mut told_again = probe.batch_of(1, 3, &under(6));
    told_again.kek_uses = vec![kek_use(5, "a")];
    b.append(told_again).await.expect("the row of a retired key is no use of it");
    assert!(b.reseal(0, sealed(1, 5, vec![1]), None).await.is_err(), "nor is anything sealed anew under it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_fell_behind_what_a_node_knows_ends_the_node() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    node.append(Probe::new(1).batch(2, 1)).await.expect("stored");
    // As after a failover to a copy that had not received everything.
    town.cluster.sql(&database, r"UPDATE ledger.ledger_head SET size = 0, frontier = '\x0000000000000000'");
    let answer = node.append(Probe::new(2).batch(1, 1)).await;
    assert!(matches!(answer, Err(AppendError::OutcomeUnknown(_))), "{answer:?}");
    assert!(node.failed_watch().borrow().is_some());
    let again = node.append(Probe::new(3).batch(1, 1)).await;
    assert!(matches!(again, Err(AppendError::OutcomeUnknown(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_where_the_head_says_nothing_is_ends_the_node() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    node.append(Probe::new(1).batch(1, 1)).await.expect("stored");
    let rogue = "INSERT INTO ledger.events SELECT 'akte', 'rogue', 1, 'a', '1.0.0', '{}', '{}', 1, hash, header FROM ledger.events";
    town.cluster.sql(&database, rogue);
    let answer = node.append(Probe::new(2).batch(1, 1)).await;
    assert!(matches!(answer, Err(AppendError::OutcomeUnknown(_))), "{answer:?}");
    assert!(node.failed_watch().borrow().is_some());
    assert_eq!(node.strays().await.expect("strays").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_another_engine_is_taken_in_at_the_same_places() {
    let Some(town) = Town::start() else { return };
    let memory: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    for number in 0..6 {
        write(Arc::clone(&memory), number, 60).await;
    }
    memory.erase_groups(&[(3, 0), (9, 0)]).await.expect("erased");
    let events = memory.read_all(0, usize::MAX).await.expect("read");
    let node = town.node(&town.database().await).await;
    let uses = [kek_use(4, "a")];
    let (first, rest) = events.split_at(300);
    node.import(first, &uses).await.expect("taken in");
    assert_eq!(node.import(rest, &[]).await, Ok(memory.head().await.expect("head")));
    assert_eq!(node.read_all(0, usize::MAX).await.expect("read"), events);
    assert_eq!(node.kek_uses().await.expect("uses"), uses);
    let conflict = AppendError::Conflict { expected: 0, actual: events.len() as u64 };
    assert_eq!(node.import(first, &[]).await, Err(conflict));
    check(&node, &[]).await;
}
