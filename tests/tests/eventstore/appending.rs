//! Appends against a server that fails: stored once, told truly, no groups lost.

use crate::double::{AppendFault, Delivery, Open, ReadFault};
use crate::town::{Town, append, built_anew, until};
use akte_core::ledger::conformance::sample::{Probe, open, sealed};
use akte_core::ledger::engine::eventstore::OpenError;
use akte_core::ledger::{AppendError, Ledger};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_was_lost_is_found_by_its_ids_and_stored_once() {
    let town = Town::new();
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    town.double.fail_append(AppendFault::FailButStore);
    assert_eq!(append(&ledger, &mut probe, 3, 1).await.index, 2);
    town.double.fail_append(AppendFault::Fail);
    assert_eq!(append(&ledger, &mut probe, 1, 2).await.index, 3);
    assert_eq!(town.double.state.log().events.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_never_got_through_is_unknown_and_leaves_nothing() {
    let town = Town::new();
    let ledger = town.open().await;
    for _ in 0..8 {
        town.double.fail_append(AppendFault::Fail);
    }
    let refused = ledger.append(Probe::new(1).batch(1, 1)).await;
    assert!(matches!(refused, Err(AppendError::OutcomeUnknown(_))), "{refused:?}");
    assert_eq!(town.double.state.log().events.len(), 0);
    assert_eq!(ledger.head().await.unwrap().size, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_of_an_earlier_attempt_are_kept_and_receipt_and_groups_are_theirs() {
    let town = Town::patient();
    let ledger = Arc::new(town.open().await);
    town.double.deliver(Delivery::Held);
    let first = Probe::new(1).batch(1, 1);
    let second = built_anew(&first);
    let earlier = tokio::spawn({
        let (ledger, first) = (Arc::clone(&ledger), first.clone());
        async move { ledger.append(first).await }
    });
    // Stored at the server, and the request is gone before it has its place.
    town.double.state.grown.subscribe().wait_for(|n| *n == 1).await.unwrap();
    earlier.abort();
    let again = tokio::spawn({
        let (ledger, second) = (Arc::clone(&ledger), second.clone());
        async move { ledger.append(second).await }
    });
    town.double.state.arrived.subscribe().wait_for(|n| *n == 2).await.unwrap();
    town.double.deliver(Delivery::Plain);
    let receipt = again.await.unwrap().unwrap();
    let sent = &first.events[0];
    assert_eq!(receipt.event_hash, sent.event_hash);
    let stored = ledger.read_stream(first.stream, 0, 9).await.unwrap();
    assert_eq!((&stored[0].header, &stored[0].groups), (&sent.header, &sent.groups));
    assert_eq!(stored.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_succeed_again_after_the_server_was_away() {
    let mut town = Town::new();
    town.settings.wait = Duration::from_millis(500);
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    append(&ledger, &mut probe, 1, 1).await;
    town.double.stop();
    let away = ledger.append(probe.batch(1, 2)).await;
    assert!(matches!(away, Err(AppendError::OutcomeUnknown(_) | AppendError::Pushback)), "{away:?}");
    town.double.go_on();
    let batch = probe.batch(1, 2);
    until(&ledger, async || ledger.append(batch.clone()).await.is_ok() || ledger.head().await.unwrap().size == 2).await;
    until(&ledger, async || ledger.stream_head(probe.stream).await.unwrap().0 == 2).await;
    assert_eq!(ledger.read_all(0, 9).await.unwrap().len(), 2);
    assert_eq!(ledger.failed(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_of_a_lost_race_are_swept_and_those_of_an_open_attempt_are_not() {
    let mut town = Town::new();
    town.settings.grace = Duration::from_secs(3600);
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    // Somebody else is faster: one event of ours is taken in between, by the same house.
    town.double.fail_append(AppendFault::Delay);
    let slow = {
        let batch = probe.batch(1, 1);
        async { ledger.append(batch).await }
    };
    let fast = async {
        town.double.state.arrived.subscribe().wait_for(|n| *n == 1).await.unwrap();
        append(&ledger, &mut probe, 1, 2).await;
        town.double.state.gate.send_replace(Open::Yes);
    };
    let (lost, ()) = tokio::join!(slow, fast);
    assert_eq!(lost, Err(AppendError::Conflict { expected: 0, actual: 1 }));
    for _ in 0..8 {
        town.double.fail_append(AppendFault::Fail);
    }
    let open_one = ledger.append(Probe::new(2).batch(1, 1)).await;
    assert!(matches!(open_one, Err(AppendError::OutcomeUnknown(_))), "{open_one:?}");
    assert_eq!(ledger.sweep_orphans().await, Ok(1));
    assert_eq!(ledger.sweep_orphans().await, Ok(0));
    assert_eq!(ledger.read_all(0, 9).await.unwrap()[0].groups.len(), 1);
    assert_eq!(ledger.strays().await, Ok(vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_stay_until_the_sequencer_has_passed_the_end() {
    let mut town = Town::new();
    (town.settings.wait, town.settings.grace) = (Duration::from_millis(100), Duration::ZERO);
    let ledger = town.open().await;
    town.double.deliver(Delivery::Held);
    for _ in 0..2 {
        town.double.fail_read(ReadFault::Break(0));
    }
    let batch = Probe::new(1).batch(1, 1);
    let unplaced = ledger.append(batch.clone()).await;
    assert!(matches!(unplaced, Err(AppendError::OutcomeUnknown(_))), "{unplaced:?}");
    // Each look waits in vain for the sequencer; the attempt's time is over after a few of them.
    for _ in 0..8 {
        assert_eq!(ledger.sweep_orphans().await, Ok(0));
        ledger.wait(1, Duration::from_millis(100)).await;
    }
    town.double.deliver(Delivery::Plain);
    until(&ledger, async || ledger.head().await.unwrap().size == 1).await;
    assert_eq!(ledger.read_all(0, 9).await.unwrap()[0].groups, batch.events[0].groups);
    assert_eq!(ledger.foreign(), Ok(vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_way_events_are_delivered_each_gets_one_place() {
    for delivery in [Delivery::Twice, Delivery::Swapped, Delivery::Breaking] {
        let town = Town::new();
        let ledger = Arc::new(town.open().await);
        town.double.deliver(delivery);
        let mut writers = JoinSet::new();
        for number in 0..4 {
            let ledger = Arc::clone(&ledger);
            writers.spawn(async move {
                let mut probe = Probe::new(number);
                for tag in 0..5 {
                    append(&ledger, &mut probe, 1 + (tag % 3) as usize, tag).await;
                }
            });
        }
        writers.join_all().await;
        assert_eq!(ledger.foreign(), Ok(vec![]), "{delivery:?}");
        let events = ledger.read_all(0, 999).await.unwrap();
        assert_eq!(events.len(), 36, "{delivery:?}");
        assert!(events.iter().all(|e| e.groups.len() == 1), "{delivery:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_sequencer_is_refused_until_the_first_ends() {
    let town = Town::new();
    let first = town.open().await;
    let second = town.try_open().await.err().expect("the lease is taken");
    assert!(matches!(second, OpenError::InUse(_)), "{second}");
    drop(first);
    drop(town.open().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retired_key_seals_nothing_any_more() {
    let town = Town::new();
    let ledger = town.open().await;
    let batch = Probe::new(1).batch_of(1, 1, &|_| vec![open(vec![0]), sealed(1, 7, vec![1])]);
    ledger.retire(&[7]).await.unwrap();
    assert_eq!(ledger.append(batch).await, Err(AppendError::KeyRetired(7)));
    append(&ledger, &mut Probe::new(1), 1, 1).await;
}
