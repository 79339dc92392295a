//! Reads that are cut: the end of an answer is never taken for the end of a stream.

use crate::double::ReadFault;
use crate::town::{Town, append};
use akte_core::ledger::Ledger;
use akte_core::ledger::conformance::sample::Probe;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_in_mid_read_is_not_the_end_of_the_stream() {
    let town = Town::new();
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    append(&ledger, &mut probe, 50, 1).await;
    for fault in [ReadFault::Break(7), ReadFault::End(9), ReadFault::End(0), ReadFault::Break(0)] {
        town.double.fail_read(fault);
    }
    assert_eq!(ledger.read_stream(probe.stream, 0, 99).await.unwrap().len(), 50);
    town.double.fail_read(ReadFault::End(3));
    assert_eq!(ledger.read_all(10, 20).await.unwrap().len(), 20);
    assert_eq!(ledger.foreign(), Ok(vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_goes_on_where_a_lost_connection_left_it() {
    let mut town = Town::new();
    let ledger = Arc::new(town.open().await);
    let mut probe = Probe::new(1);
    append(&ledger, &mut probe, 50, 1).await;
    let before = *town.double.state.answered.borrow();
    town.double.fail_read(ReadFault::Silence(20));
    let reading = tokio::spawn({
        let (ledger, stream) = (Arc::clone(&ledger), probe.stream);
        async move { ledger.read_stream(stream, 0, 99).await }
    });
    town.double.state.answered.subscribe().wait_for(|n| *n > before).await.unwrap();
    town.double.go_on();
    assert_eq!(reading.await.unwrap().unwrap().len(), 50);
    append(&ledger, &mut probe, 1, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_lost_at_its_end_is_an_error_and_never_a_shorter_stream() {
    let town = Town::new();
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    append(&ledger, &mut probe, 5, 1).await;
    for _ in 0..20 {
        town.double.fail_read(ReadFault::End(0));
    }
    ledger.read_stream(probe.stream, 0, 99).await.unwrap_err();
}
