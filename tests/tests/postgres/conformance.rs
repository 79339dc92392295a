//! The suite every engine passes, with no more rights than a server has.

use super::town::Town;
use akte_core::ledger::lease::Leases;
use akte_core::ledger::{Ledger, conformance};
use std::sync::Arc;

async fn admit() {
    let Some(town) = Town::start() else { return };
    let fresh = async || Arc::new(town.node(&town.database().await).await) as Arc<dyn Ledger>;
    conformance::run_all(fresh).await.expect("conforms");
    conformance::run_under_faults(fresh).await.expect("conforms under faults");
    let database = town.database().await;
    let open = async || Arc::new(town.node(&database).await) as Arc<dyn Ledger>;
    conformance::run_reopened(open).await.expect("keeps");
    let database = town.database().await;
    let node = async || Arc::new(town.node(&database).await) as Arc<dyn Ledger>;
    let nodes = [node().await, node().await];
    conformance::run_several_nodes(&nodes).await.expect("one ledger, several nodes");
    let pair = async || {
        let database = town.database().await;
        let (one, two) = (town.node(&database).await, town.node(&database).await);
        [Arc::new(one.leases()) as Arc<dyn Leases>, Arc::new(two.leases())]
    };
    conformance::run_leases(pair).await.expect("rights");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_postgres_engine_conforms() {
    admit().await;
}

#[tokio::test]
async fn the_postgres_engine_conforms_on_a_single_thread() {
    admit().await;
}
