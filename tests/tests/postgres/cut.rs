//! Wherever the wire is cut, the answer tells no lie: "not written" is not, "unknown" is found out by looking.

use super::proxy::{Lost, Proxy};
use super::town::{ORIGIN, Town, check, found, store};
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::{AppendError, Ledger};

/// More exchanges than an append has, also when it locks first and prepares its statements.
const EXCHANGES: i64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_wire_is_cut_takes_effect_once_and_is_never_denied_falsely() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let proxy = Proxy::before(town.cluster.port()).await;
    let url = proxy.url(&town.url(&database), town.cluster.port());
    let node = PostgresLedger::open(&url, Some(ORIGIN)).await.expect("opens by way of the wire");
    let straight = town.node(&database).await;
    let (mut probe, mut other) = (Probe::new(1), Probe::new(2));
    let (mut receipts, mut unknown, mut stored_unknown, mut denied) = (Vec::new(), 0, 0, 0);
    for lost in [Lost::Question, Lost::Answer] {
        for (contended, questions) in (0..EXCHANGES).flat_map(|q| [(false, q), (true, q)]) {
            if contended {
                // Another node wrote: the next append locks first.
                let batch = other.batch(1, 1);
                straight.append(batch.clone()).await.expect("stored");
                other.advance(&batch);
            }
            let batch = probe.batch(2, questions as u64);
            proxy.cut(lost, questions);
            let answer = node.append(batch.clone()).await;
            let whole = proxy.is_whole();
            let is_there = found(&straight, &batch).await.is_some();
            match &answer {
                Ok(receipt) => assert_eq!(found(&straight, &batch).await, Some(*receipt)),
                Err(AppendError::OutcomeUnknown(_)) => {
                    unknown += 1;
                    stored_unknown += u32::from(is_there);
                }
                Err(AppendError::Pushback) => {
                    denied += 1;
                    assert!(!is_there, "denied, but stored: {lost:?} after {questions}");
                }
                other => panic!("{other:?}"),
            }
            assert!(!whole || answer.is_ok(), "nothing was cut: {answer:?}");
            receipts.push(store(&node, &batch).await);
            probe.advance(&batch);
        }
    }
    assert!(unknown > stored_unknown && stored_unknown > 0, "{unknown} unknown, {stored_unknown} of them stored");
    assert!(denied > 0, "a cut before the COMMIT is certain");
    assert_eq!(*node.failed_watch().borrow(), None);
    check(&straight, &receipts).await;
    check(&node, &receipts).await;
}
