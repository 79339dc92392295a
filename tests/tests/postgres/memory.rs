//! What a node knows by itself of the log, its streams and keys: it holds, or nothing is stored and the server is asked.

use super::kill::survives;
use super::proxy::{Lost, Proxy};
use super::town::{ORIGIN, SERVER, Town, check, found, store};
use akte_core::ledger::conformance::sample::{Probe, open, sealed};
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::{AppendError, Ledger, Receipt};
use sqlx::{Connection, Executor, PgConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const WRITERS: u64 = 16;
const APPENDS: u64 = 12;
/// Cuts of the wire.
const CUTS: u32 = 16;

/// From now on the server takes long over a group, so that others come meanwhile. Counts those somebody waited for;
/// each `nth` group fails with this SQLSTATE.
fn slow(town: &Town, database: &str, nth: u32, code: &str) {
    town.cluster.sql(
        database,
        &format!(
            "CREATE SEQUENCE public.awaited; CREATE SEQUENCE public.groups;
             GRANT USAGE ON SEQUENCE public.awaited, public.groups TO {SERVER};
             CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               PERFORM pg_sleep(0.02);
               IF EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())
               THEN PERFORM nextval('public.awaited'); END IF;
               IF nextval('public.groups') % {nth} = 0 THEN RAISE EXCEPTION 'told to' USING ERRCODE = '{code}'; END IF;
               RETURN NULL;
             END $$;
             CREATE TRIGGER slow BEFORE INSERT ON ledger.payload FOR EACH STATEMENT EXECUTE FUNCTION public.slow();"
        ),
    );
}

/// Groups another session waited for.
fn awaited(town: &Town, database: &str) -> u64 {
    let count = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.awaited";
    town.cluster.sql(database, count).parse().expect("a number")
}

async fn load(node: &Arc<dyn Ledger>, first: u64) -> Vec<Receipt> {
    let mut writers = JoinSet::new();
    for number in first..first + WRITERS {
        let node = Arc::clone(node);
        writers.spawn(async move {
            let (mut probe, mut receipts) = (Probe::new(number), Vec::new());
            for tag in 0..APPENDS {
                let batch = probe.batch(1, tag);
                receipts.push(store(&*node, &batch).await);
                probe.advance(&batch);
            }
            receipts
        });
    }
    writers.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_before_what_it_goes_on_from_is_stored() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, 5, "40001");
    let node: Arc<dyn Ledger> = Arc::new(town.node(&database).await);
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let node = Arc::clone(&node);
        writers.spawn(async move {
            let (mut probe, mut receipts) = (Probe::new(number), Vec::new());
            for tag in 0..APPENDS / 2 {
                let first = probe.batch(1, tag);
                probe.advance(&first);
                let second = probe.batch(1, tag);
                probe.advance(&second);
                let (one, two) = tokio::join!(store(&*node, &first), store(&*node, &second));
                receipts.extend([one, two]);
            }
            receipts
        });
    }
    let receipts: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    assert_eq!(node.head().await.expect("head").size, WRITERS * APPENDS);
    assert_eq!(*node.failed_watch().borrow(), None);
    check(&*node, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_failed_is_planned_again_and_nothing_is_doubled_or_lost() {
    let Some(town) = Town::start() else { return };
    // Tried again by the engine, or told to the caller as certainly not written.
    for code in ["40001", "57014"] {
        let database = town.database().await;
        slow(&town, &database, 4, code);
        let node: Arc<dyn Ledger> = Arc::new(town.node(&database).await);
        let receipts = load(&node, 0).await;
        assert_eq!(node.head().await.expect("head").size, WRITERS * APPENDS, "{code}");
        assert_eq!(*node.failed_watch().borrow(), None);
        check(&*node, &receipts).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_may_write_between_two_groups() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, u32::MAX, "00000");
    let nodes: [Arc<dyn Ledger>; 2] = [Arc::new(town.node(&database).await), Arc::new(town.node(&database).await)];
    let (stop, other) = (Arc::new(AtomicU64::new(0)), Arc::clone(&nodes[1]));
    let told = Arc::clone(&stop);
    let alone = tokio::spawn(async move {
        let (mut probe, mut receipts) = (Probe::new(WRITERS), Vec::new());
        while told.load(SeqCst) == 0 {
            let batch = probe.batch(2, 1);
            receipts.push(store(&*other, &batch).await);
            probe.advance(&batch);
            // Whoever had no rival for a while believes in the end it knows.
            other.wait(receipts.len() as u64 * 100, Duration::from_secs(1)).await;
        }
        receipts
    });
    let mut receipts = load(&nodes[0], 0).await;
    stop.store(1, SeqCst);
    receipts.extend(alone.await.expect("the other node's writer"));
    assert!(awaited(&town, &database) > 0, "one waited for the other");
    let events: u64 = nodes[0].head().await.expect("head").size;
    assert!(events > WRITERS * APPENDS, "both wrote");
    for node in &nodes {
        assert_eq!(*node.failed_watch().borrow(), None);
        check(&**node, &receipts).await;
    }
}

/// One event after the other, until so many are stored; each knows the end of its stream only by looking.
async fn rival(node: Arc<dyn Ledger>, number: u64, tag: u64) -> Vec<Receipt> {
    let (mut probe, mut receipts) = (Probe::new(number), Vec::new());
    while (receipts.len() as u64) < APPENDS {
        (probe.next, probe.prev) = node.stream_head(probe.stream).await.expect("its end");
        match node.append(probe.batch(1, tag)).await {
            Ok(receipt) => receipts.push(receipt),
            Err(AppendError::Conflict { expected, actual }) => assert_ne!(expected, actual),
            Err(AppendError::Pushback) => {}
            Err(other) => panic!("{other}"),
        }
    }
    receipts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rivals_for_one_stream_on_two_nodes_never_both_have_a_place() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, u32::MAX, "00000");
    let nodes: [Arc<dyn Ledger>; 2] = [Arc::new(town.node(&database).await), Arc::new(town.node(&database).await)];
    let mut rivals = JoinSet::new();
    for number in 0..WRITERS {
        rivals.spawn(rival(Arc::clone(&nodes[0]), number, 0));
        if number % 4 == 0 {
            rivals.spawn(rival(Arc::clone(&nodes[number as usize / 4 % 2]), number, 1));
        }
    }
    let receipts: Vec<_> = rivals.join_all().await.into_iter().flatten().collect();
    assert_eq!(nodes[1].head().await.expect("head").size, receipts.len() as u64, "every event is somebody's");
    check(&*nodes[0], &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_group_under_way_is_stored_under_a_key_that_was_retired() {
    const KEY: u64 = 5;
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, u32::MAX, "00000");
    let (node, other) = (Arc::new(town.node(&database).await), town.node(&database).await);
    let mut writers = JoinSet::new();
    let stored = Arc::new(AtomicU64::new(0));
    for number in 0..WRITERS {
        let (node, stored) = (Arc::clone(&node), Arc::clone(&stored));
        writers.spawn(async move {
            let mut probe = Probe::new(number);
            for tag in 0.. {
                let batch = probe.batch_of(1, tag, &|_| vec![open(vec![0]), sealed(1, KEY, vec![1, 9])]);
                match node.append(batch.clone()).await {
                    Ok(_) => probe.advance(&batch),
                    Err(AppendError::Pushback) => continue,
                    Err(error) => return error,
                }
                stored.fetch_add(1, SeqCst);
            }
            AppendError::Pushback
        });
    }
    while stored.load(SeqCst) < WRITERS * 8 {
        tokio::task::yield_now().await;
    }
    other.retire(&[KEY]).await.expect("retired");
    let end = other.head().await.expect("head").size;
    for ended in writers.join_all().await {
        assert_eq!(ended, AppendError::KeyRetired(KEY));
    }
    assert!(awaited(&town, &database) > 0, "a group was on its way");
    assert_eq!(other.head().await.expect("head").size, end, "what was on its way was in the log, the rest never came");
    check(&other, &[]).await;
}

/// Appends until it is stored; an answer that denies it must be true.
async fn certain(node: &dyn Ledger, straight: &dyn Ledger, batch: &akte_core::ledger::Append) -> Receipt {
    let mut unknown = false;
    loop {
        match node.append(batch.clone()).await {
            Ok(receipt) => {
                assert_eq!(found(straight, batch).await, Some(receipt));
                return receipt;
            }
            Err(AppendError::Pushback) if !unknown => {
                assert_eq!(found(straight, batch).await, None, "denied, but stored");
            }
            Err(AppendError::OutcomeUnknown(_) | AppendError::Pushback | AppendError::Conflict { .. }) => {
                unknown = true;
                if let Some(receipt) = found(straight, batch).await {
                    return receipt;
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_cut_between_two_groups_makes_no_answer_a_lie() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, u32::MAX, "00000");
    let proxy = Proxy::before(town.cluster.port()).await;
    let url = proxy.url(&town.url(&database), town.cluster.port());
    let node = Arc::new(PostgresLedger::open(&url, Some(ORIGIN)).await.expect("opens by way of the wire"));
    let straight = Arc::new(town.node(&database).await);
    let (stop, stored) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (node, straight) = (Arc::clone(&node), Arc::clone(&straight));
        let (stop, stored) = (Arc::clone(&stop), Arc::clone(&stored));
        writers.spawn(async move {
            let (mut probe, mut receipts) = (Probe::new(number), Vec::new());
            while stop.load(SeqCst) == 0 {
                let batch = probe.batch(1, number);
                receipts.push(certain(&*node, &*straight, &batch).await);
                probe.advance(&batch);
                stored.fetch_add(1, SeqCst);
            }
            receipts
        });
    }
    let mut cuts = 0;
    for round in 0..CUTS {
        let since = stored.load(SeqCst);
        proxy.cut(if round % 2 == 0 { Lost::Answer } else { Lost::Question }, i64::from(round % 5));
        while stored.load(SeqCst) < since + 3 * WRITERS {
            tokio::task::yield_now().await;
        }
        cuts += u32::from(!proxy.is_whole());
    }
    stop.store(1, SeqCst);
    let receipts: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    assert!(cuts > CUTS / 2, "{cuts} cuts");
    assert_eq!(straight.head().await.expect("head").size, receipts.len() as u64, "every event is somebody's");
    assert_eq!(*node.failed_watch().borrow(), None);
    check(&*straight, &receipts).await;
    check(&*node, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_of_the_server_makes_what_a_lone_node_knows_a_lie() {
    let Some(mut town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, u32::MAX, "00000");
    survives(&mut town, &database, 1, 4).await;
}

/// Retires a key as another node does it, and keeps the lock until told.
const RETIRE: &str =
    "BEGIN; UPDATE ledger.ledger_head SET change = change + 1; INSERT INTO ledger.kek_retired VALUES (5)";
const WAITING: &str = "SELECT count(*) FROM pg_locks WHERE NOT granted";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_waited_while_its_key_was_retired_is_refused() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = Arc::new(town.node(&database).await);
    let mut probe = Probe::new(1);
    let groups = |_: u64| vec![open(vec![0]), sealed(1, 5, vec![1, 9])];
    let first = probe.batch_of(1, 1, &groups);
    node.append(first.clone()).await.expect("stored under the key");
    probe.advance(&first);
    let owner = town.cluster.url(&database);
    let mut rival = PgConnection::connect(&owner).await.expect("a connection");
    let mut watcher = PgConnection::connect(&owner).await.expect("a connection");
    rival.execute(RETIRE).await.expect("the lock");
    let late = (Arc::clone(&node), probe.batch_of(1, 2, &groups));
    let late = tokio::spawn(async move { late.0.append(late.1).await });
    let since = Instant::now();
    while sqlx::query_scalar::<_, i64>(WAITING).fetch_one(&mut watcher).await.expect("locks") == 0 {
        assert!(since.elapsed() < Duration::from_secs(30), "the append never came to the lock");
    }
    rival.execute("COMMIT").await.expect("retired");
    assert_eq!(late.await.expect("the append"), Err(AppendError::KeyRetired(5)));
    assert_eq!(node.head().await.expect("head").size, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_usable_is_asked_about_again_once_any_was_retired() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let (node, other) = (town.node(&database).await, town.node(&database).await);
    let mut probe = Probe::new(1);
    let under = |key| move |_: u64| vec![open(vec![0]), sealed(1, key, vec![1, 9])];
    for (tag, key) in [5, 6, 5, 6].into_iter().enumerate() {
        let batch = probe.batch_of(1, tag as u64, &under(key));
        node.append(batch.clone()).await.expect("stored under the key");
        probe.advance(&batch);
    }
    other.retire(&[5]).await.expect("retired");
    // What the node learns here is about the other key only.
    let batch = probe.batch_of(1, 4, &under(6));
    node.append(batch.clone()).await.expect("stored under the other key");
    probe.advance(&batch);
    assert_eq!(node.append(probe.batch_of(1, 5, &under(5))).await, Err(AppendError::KeyRetired(5)));
    let batch = probe.batch_of(1, 6, &under(6));
    node.append(batch.clone()).await.expect("goes on");
    probe.advance(&batch);
    town.cluster.sql(&database, "INSERT INTO ledger.kek_retired VALUES (6)");
    assert_eq!(node.append(probe.batch_of(1, 7, &under(6))).await, Err(AppendError::KeyRetired(6)), "by hand as well");
    assert_eq!(other.head().await.expect("head").size, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_in_between_stops_no_writer() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let (node, other) = (town.node(&database).await, town.node(&database).await);
    let mut probe = Probe::new(1);
    for round in 0..4 {
        let batch = probe.batch_of(2, round, &|seq| vec![open(vec![0, seq as u8]), sealed(1, 7, vec![1])]);
        let receipt = node.append(batch.clone()).await.expect("stored");
        probe.advance(&batch);
        assert_eq!(other.erase_groups(&[(receipt.index, 1)]).await, Ok(1));
        other.reseal(receipt.index - 1, sealed(1, 8, vec![2]), None).await.expect("sealed anew");
    }
    let events = other.read_all(0, 99).await.expect("read");
    let keys: Vec<_> = events.iter().map(|e| e.groups.iter().filter_map(|g| g.kek_id).collect::<Vec<_>>()).collect();
    assert_eq!(keys, [[vec![8], vec![]], [vec![8], vec![]], [vec![8], vec![]], [vec![8], vec![]]].concat());
    check(&node, &[]).await;
}
