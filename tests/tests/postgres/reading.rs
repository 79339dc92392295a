//! A short answer is never taken for the end: cut wires, missing and altered rows are errors.

use super::proxy::Proxy;
use super::town::{ORIGIN, Town};
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::engine::postgres::OpenError;
use akte_core::ledger::{Ledger, LedgerError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_whose_wire_breaks_is_an_error_and_not_a_short_stream() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let proxy = Proxy::before(town.cluster.port()).await;
    let url = proxy.url(&town.url(&database), town.cluster.port());
    let node = PostgresLedger::open(&url, Some(ORIGIN)).await.expect("opens by way of the wire");
    let batch = Probe::new(1).batch(2000, 1);
    node.append(batch.clone()).await.expect("stored");
    for bytes in [20_000, 100_000, 500_000] {
        proxy.cut_each_after(bytes);
        for (what, read) in [
            ("the log", node.read_all(0, 2000).await),
            ("a stream", node.read_stream(batch.stream, 0, 9000).await),
            ("a part of it", node.read_stream(batch.stream, 0, 1900).await),
        ] {
            assert!(
                matches!(read, Err(LedgerError::Storage(_))),
                "{what}, cut after {bytes}: {:?}",
                read.map(|r| r.len())
            );
        }
    }
    proxy.cut_each_after(0);
    assert_eq!(node.read_stream(batch.stream, 0, 9000).await.expect("whole again").len(), 2000);
    assert_eq!(node.read_stream(batch.stream, 1990, 9000).await.expect("its end").len(), 10);
    assert_eq!(node.read_all(0, 9000).await.expect("whole again").len(), 2000);
}

fn corrupt_at<T: std::fmt::Debug>(read: Result<T, LedgerError>, due: u64) {
    match read {
        Err(LedgerError::Corrupt { index, .. }) if index == due => {}
        other => panic!("must be corrupt at {due}: {other:?}"),
    }
}

/// As somebody with all rights might do it.
fn tamper(town: &Town, database: &str, statement: &str) {
    let by_force = format!(
        "ALTER TABLE ledger.events DISABLE TRIGGER ALL; {statement}; ALTER TABLE ledger.events ENABLE TRIGGER ALL"
    );
    town.cluster.sql(database, &by_force);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_and_altered_events_end_the_page_before_them_and_are_named() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let batch = Probe::new(1).batch(20, 1);
    node.append(batch.clone()).await.expect("stored");

    tamper(&town, &database, "DELETE FROM ledger.events WHERE idx = 7");
    assert_eq!(node.read_all(0, 99).await.expect("what is sound").len(), 7);
    corrupt_at(node.read_all(7, 99).await, 7);
    assert!(node.read_stream(batch.stream, 0, 99).await.is_err());
    assert!(node.read_stream(batch.stream, 0, 9).await.is_err());
    assert_eq!(node.read_stream(batch.stream, 0, 7).await.expect("what is sound").len(), 7);

    tamper(&town, &database, "DELETE FROM ledger.events WHERE idx = 19");
    corrupt_at(node.read_all(19, 99).await, 19);
    let refused = PostgresLedger::open(&town.url(&database), None).await.err().expect("refused");
    assert!(matches!(refused, OpenError::Corrupt { index: 19, .. }), "{refused}");
    assert!(refused.to_string().contains("spielen Sie eine Sicherung ein"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_altered_header_is_refused_when_its_stream_is_loaded_and_when_opening() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let batch = Probe::new(1).batch(20, 1);
    node.append(batch.clone()).await.expect("stored");
    tamper(&town, &database, "UPDATE ledger.events SET header = set_byte(header, 40, 0) WHERE idx = 12");
    corrupt_at(node.read_stream(batch.stream, 0, 99).await, 12);
    corrupt_at(node.read_stream(batch.stream, 12, 1).await, 12);
    let refused = PostgresLedger::open(&town.url(&database), None).await.err().expect("refused");
    assert!(matches!(refused, OpenError::Corrupt { index: 12, .. }), "{refused}");
    tamper(&town, &database, "UPDATE ledger.events SET hash = '\\x00' WHERE idx = 12");
    corrupt_at(node.read_all(12, 1).await, 12);
}
