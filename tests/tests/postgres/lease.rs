//! Rights among nodes: one holder, a fence that rises, and a frozen holder that the storage refuses.

use super::town::Town;
use akte_core::ledger::Ledger;
use akte_core::ledger::lease::Leases;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_holder_is_refused_when_it_wakes() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let (frozen, next, stranger) = (town.node(&database).await, town.node(&database).await, town.node(&database).await);
    frozen.put_checkpoint(1, "a town with one node asks for no right").await.expect("stored");
    let (a, b) = (frozen.leases(), next.leases());
    assert_eq!(a.take("unterschrift", HOUR).await, Ok(Some(1)));
    assert_eq!(frozen.leases().take("unterschrift", HOUR).await, Ok(Some(1)), "the same node");
    assert_eq!(b.take("unterschrift", HOUR).await, Ok(None));
    assert_eq!(a.position("unterschrift").await, Ok(None));
    assert_eq!(a.advance("unterschrift", 1, 7).await, Ok(true));
    frozen.put_checkpoint(2, "held").await.expect("the holder signs");
    assert!(stranger.put_checkpoint(3, "not held").await.is_err(), "whoever never took the right while another has it");

    // Its time is over while it sleeps: the storage's clock counts.
    town.cluster.sql(&database, "UPDATE ledger.lease SET until = now() - interval '1 second'");
    frozen.put_checkpoint(3, "nobody took it").await.expect("the fence still stands");
    assert_eq!(b.take("unterschrift", HOUR).await, Ok(Some(2)));
    assert!(frozen.put_checkpoint(4, "too late").await.is_err());
    assert_eq!(a.advance("unterschrift", 1, 8).await, Ok(false));
    assert_eq!(a.take("unterschrift", HOUR).await, Ok(None));
    a.release("unterschrift").await.expect("nothing of its own to give back");
    assert_eq!(b.position("unterschrift").await, Ok(Some(7)));
    assert_eq!(b.advance("unterschrift", 2, 9).await, Ok(true));
    next.put_checkpoint(4, "held").await.expect("the new holder signs");
    assert_eq!(frozen.get_checkpoint(u64::MAX).await, Ok(Some((4, "held".to_owned()))));

    b.release("unterschrift").await.expect("given back");
    assert!(frozen.put_checkpoint(5, "its fence is an old one").await.is_err());
    assert_eq!(a.take("unterschrift", HOUR).await, Ok(Some(3)));
    frozen.put_checkpoint(5, "held again").await.expect("stored");
    assert_eq!(a.take("tagwerk", HOUR).await, Ok(Some(1)), "rights know nothing of each other");
}
