//! Erased in the clear means gone from the table's pages, not only from its answers.

use super::town::Town;
use akte_core::ledger::Ledger;
use akte_core::ledger::conformance::sample::{Probe, open};
use std::path::Path;

const CANARY: &[u8] = b"Kanarienvogel-7f3a9c-im-Klartext";

/// Files below the folder that hold the canary.
fn holding(folder: &Path) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).expect("folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found += holding(&path);
        } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(CANARY.len()).any(|w| w == CANARY)) {
            found += 1;
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_rewrite_no_page_keeps_what_was_erased() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let long = CANARY.iter().copied().cycle().take(9000).collect::<Vec<_>>();
    let groups = |seq| {
        vec![open(match seq {
            0 => [&[0], CANARY].concat(),
            1 => long.clone(),
            _ => vec![0, seq as u8],
        })]
    };
    node.append(Probe::new(1).batch_of(4, 1, &groups)).await.expect("stored");
    let pages = town.cluster.folder().join("data/base");
    let flush = || town.cluster.sql(&database, "CHECKPOINT");
    flush();
    assert!(holding(&pages) > 0, "the test would see it");
    assert_eq!(node.present(&[(1, 0), (9, 9), (0, 0)]).await, Ok(vec![(1, 0), (0, 0)]));
    assert_eq!(node.erase_groups(&[(0, 0), (1, 0)]).await, Ok(2));
    flush();
    assert!(holding(&pages) > 0, "a deleted row lies in its page until the table is written anew");
    node.vacuum().await.expect("rewritten by the server's role");
    flush();
    assert_eq!(holding(&pages), 0);
    let left: Vec<_> = node.read_all(0, 9).await.expect("read").iter().map(|e| e.groups.len()).collect();
    assert_eq!(left, [0, 0, 1, 1]);
}
