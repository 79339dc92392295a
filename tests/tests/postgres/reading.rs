//! A short answer is never taken for the end: cut wires, missing and altered rows are errors.

use super::proxy::Proxy;
use super::town::{ORIGIN, SERVER, Town};
use akte_core::ledger::conformance::sample::{Probe, open, sealed};
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::engine::postgres::OpenError;
use akte_core::ledger::{Ledger, LedgerError};
use std::time::Duration;

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
async fn a_damaged_payload_row_hides_no_header_is_not_taken_for_erased_and_can_be_erased() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let batch = Probe::new(1).batch(20, 1);
    node.append(batch.clone()).await.expect("stored");
    let whole = node.read_all(0, 99).await.expect("read");
    town.cluster.sql(&database, "UPDATE ledger.payload SET groups = '\\x0700' WHERE idx = 7");
    let read = node.read_all(0, 99).await.expect("every header is sound");
    assert_eq!(read, node.read_stream(batch.stream, 0, 99).await.expect("the same"));
    assert_eq!(read.iter().zip(&whole).filter(|(is, was)| is != was).map(|(is, _)| is.index).collect::<Vec<_>>(), [7]);
    assert_eq!((read[7].groups.len(), &read[7].header), (1, &whole[7].header));
    let refused = node.reseal(7, sealed(1, 7, vec![1]), None).await;
    assert!(matches!(&refused, Err(LedgerError::Storage(why)) if why.contains("damaged")), "{refused:?}");
    assert_eq!(node.present(&[(6, 0), (7, 0), (7, 9)]).await, Ok(vec![(6, 0), (7, 0), (7, 9)]));
    assert_eq!(node.erase_groups(&[(7, 0)]).await, Ok(1));
    assert_eq!(node.present(&[(6, 0), (7, 0)]).await, Ok(vec![(6, 0)]));
    assert!(node.read_all(7, 1).await.expect("read")[0].groups.is_empty());
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_too_large_for_one_row_of_an_answer_come_row_by_row() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let batch = Probe::new(1).batch_of(300, 1, &|seq| vec![open(vec![seq as u8; 9]), sealed(1, 7, vec![1])]);
    node.append(batch.clone()).await.expect("stored");
    let whole = node.read_all(0, 999).await.expect("read");
    assert_eq!(
        whole.iter().map(|e| e.groups.clone()).collect::<Vec<_>>(),
        batch.events.iter().map(|e| e.groups.clone()).collect::<Vec<_>>()
    );
    // Every first look fails as one does whose arrays pass a gigabyte.
    town.cluster.sql(
        &database,
        &format!(
            "ALTER TABLE ledger.payload RENAME TO stored; CREATE SEQUENCE public.looks; GRANT USAGE ON SEQUENCE public.looks TO {SERVER};
             CREATE FUNCTION public.look() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
               IF nextval('public.looks') = 1 THEN RAISE EXCEPTION 'too large' USING ERRCODE = '54000'; END IF; RETURN true;
             END $$;
             CREATE VIEW ledger.payload AS SELECT * FROM ledger.stored WHERE (SELECT public.look());
             GRANT SELECT ON ledger.payload TO {SERVER}"
        ),
    );
    assert_eq!(node.read_all(0, 999).await.expect("read"), whole);
    assert!(town.cluster.sql(&database, "SELECT last_value FROM public.looks").parse::<u64>().expect("a number") > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_that_lies_about_the_size_misleads_no_reader() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let (node, other) = (town.node(&database).await, town.node(&database).await);
    let mut probe = Probe::new(1);
    for size in 1..=3 {
        town.cluster.sql(&database, "NOTIFY aktenkette, '9000'");
        let batch = probe.batch(1, size);
        other.append(batch.clone()).await.expect("stored");
        probe.advance(&batch);
        // What is told comes in the order in which it was told.
        node.wait(size - 1, Duration::from_secs(30)).await;
        assert_eq!(node.read_all(size, 100).await.expect("the end, and no gap"), vec![]);
        let events = node.read_all(0, 100).await.expect("read");
        assert!(events.len() as u64 == size && events.iter().all(|event| !event.groups.is_empty()));
    }
}
