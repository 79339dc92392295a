//! A page is read by two statements: what is committed between them is never taken for erased.

use crate::town::Town;
use akte_core::ledger::Ledger;
use akte_core::ledger::conformance::sample::{Probe, open};
use sqlx::{Connection, Executor, PgConnection};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for the reader to reach the lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// A second event with its group, as a rival node commits it.
const EVENT: &str =
    "INSERT INTO ledger.events SELECT aggregate_type, aggregate_id, sequence + 1, event_type, event_version,
    payload, metadata, idx + 1, hash, header FROM ledger.events WHERE idx = 0;
    INSERT INTO ledger.payload (idx, groups) SELECT idx + 1, groups FROM ledger.payload WHERE idx = 0;
    UPDATE ledger.ledger_head SET size = 2;
    COMMIT";
const WAITING: &str = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger.events'::regclass";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_while_a_page_is_read_has_its_groups() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = Arc::new(town.node(&database).await);
    let first = Probe::new(1).batch_of(1, 1, &|_| vec![open(b"\0here".to_vec())]);
    node.append(first).await.expect("the first event");
    // Both connections of a page are there already, so that nothing but the lock holds it up.
    let (one, two) = tokio::join!(node.read_all(0, 1), node.read_all(0, 1));
    assert_eq!(one.expect("a page"), two.expect("a page"));

    let owner = town.cluster.url(&database);
    let mut rival = PgConnection::connect(&owner).await.expect("a connection");
    let mut watcher = PgConnection::connect(&owner).await.expect("a connection");
    rival.execute("BEGIN; LOCK TABLE ledger.events IN ACCESS EXCLUSIVE MODE").await.expect("the lock");
    let reader = Arc::clone(&node);
    let page = tokio::spawn(async move { reader.read_all(1, 100).await });
    let since = Instant::now();
    while sqlx::query_scalar::<_, i64>(WAITING).fetch_one(&mut watcher).await.expect("locks") == 0 {
        assert!(since.elapsed() < PATIENCE, "the reader never came to the headers");
    }
    // Whatever else it asks at once has been answered by now.
    for _ in 0..5 {
        node.present(&[(0, 0)]).await.expect("an answer");
    }
    rival.execute(EVENT).await.expect("the event comes");

    let page = page.await.expect("the reader").expect("a page");
    assert_eq!(page.iter().map(|e| (e.index, e.groups.len())).collect::<Vec<_>>(), [(1, 1)]);
}
