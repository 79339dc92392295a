//! Groups of one node that overlap: one is prepared while the one before is flushed, and none is stored without it.

use super::kill::survives;
use super::proxy::{Lost, Proxy};
use super::town::{ORIGIN, SERVER, Town, check, found, store};
use akte_core::ledger::conformance::sample::{Probe, open, sealed};
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::{AppendError, Ledger, Receipt};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use tokio::task::JoinSet;

const WRITERS: u64 = 16;
const APPENDS: u64 = 12;
/// Cuts of the wire.
const CUTS: u32 = 16;

/// From now on the server takes long over a group, longer than any flush, so that the next is sent behind it. Counts
/// those that were under way together; each `nth` group fails with this SQLSTATE.
fn slow(town: &Town, database: &str, nth: u32, code: &str) {
    town.cluster.sql(
        database,
        &format!(
            "CREATE SEQUENCE public.together; CREATE SEQUENCE public.groups;
             GRANT USAGE ON SEQUENCE public.together, public.groups TO {SERVER};
             CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               PERFORM pg_sleep(0.02);
               IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND pid <> pg_backend_pid())
               THEN PERFORM nextval('public.together'); END IF;
               IF nextval('public.groups') % {nth} = 0 THEN RAISE EXCEPTION 'told to' USING ERRCODE = '{code}'; END IF;
               RETURN NULL;
             END $$;
             CREATE TRIGGER slow BEFORE INSERT ON ledger.payload FOR EACH STATEMENT EXECUTE FUNCTION public.slow();"
        ),
    );
}

/// Groups that were under way together with another.
fn together(town: &Town, database: &str) -> u64 {
    let count = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.together";
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
async fn groups_under_way_together_are_stored_one_behind_the_other() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, u32::MAX, "00000");
    let ledger = Arc::new(town.node(&database).await);
    let node: Arc<dyn Ledger> = Arc::clone(&ledger) as _;
    let receipts = load(&node, 0).await;
    assert!(together(&town, &database) > 0, "they overlapped");
    let counters = ledger.counters();
    assert_eq!((counters.appends, counters.events), (WRITERS * APPENDS, WRITERS * APPENDS));
    assert_eq!(node.head().await.expect("head").size, WRITERS * APPENDS);
    check(&*node, &receipts).await;
    check(&town.node(&database).await, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_in_the_group_behind_before_the_one_before_is_stored() {
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
    assert!(together(&town, &database) > 0, "they overlapped");
    assert_eq!(node.head().await.expect("head").size, WRITERS * APPENDS);
    assert_eq!(*node.failed_watch().borrow(), None);
    check(&*node, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_behind_one_that_failed_is_planned_again_and_nothing_is_doubled_or_lost() {
    let Some(town) = Town::start() else { return };
    // Tried again by the engine, or told to the caller as certainly not written.
    for code in ["40001", "57014"] {
        let database = town.database().await;
        slow(&town, &database, 4, code);
        let node: Arc<dyn Ledger> = Arc::new(town.node(&database).await);
        let receipts = load(&node, 0).await;
        assert!(together(&town, &database) > 0, "they overlapped");
        assert_eq!(node.head().await.expect("head").size, WRITERS * APPENDS, "{code}");
        assert_eq!(*node.failed_watch().borrow(), None);
        check(&*node, &receipts).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_may_write_between_two_groups_that_overlap() {
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
            other.wait(receipts.len() as u64 * 100, std::time::Duration::from_secs(1)).await;
        }
        receipts
    });
    let mut receipts = load(&nodes[0], 0).await;
    stop.store(1, SeqCst);
    receipts.extend(alone.await.expect("the other node's writer"));
    assert!(together(&town, &database) > 0, "they overlapped");
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
    assert!(together(&town, &database) > 0, "they overlapped");
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
async fn a_wire_cut_between_two_groups_that_overlap_makes_no_answer_a_lie() {
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
    assert!(cuts > CUTS / 2 && together(&town, &database) > 0, "{cuts} cuts");
    assert_eq!(straight.head().await.expect("head").size, receipts.len() as u64, "every event is somebody's");
    assert_eq!(*node.failed_watch().borrow(), None);
    check(&*straight, &receipts).await;
    check(&*node, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_of_the_server_between_two_groups_loses_doubles_or_misplaces_an_event() {
    let Some(mut town) = Town::start() else { return };
    let database = town.database().await;
    slow(&town, &database, u32::MAX, "00000");
    survives(&mut town, &database, 1, 4).await;
    assert!(together(&town, &database) > 0, "they overlapped");
}
