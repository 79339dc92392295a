//! A town on a cluster of its own: databases, roles and nodes.

use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::engine::postgres::set_up;
use akte_tests::cluster::Cluster;
use std::cell::Cell;

/// A role that may do what a server may, and no more.
pub const SERVER: &str = "akte_server";
pub const ORIGIN: &str = "example.org/akte/2026";

/// A cluster and its databases.
pub struct Town {
    pub cluster: Cluster,
    databases: Cell<u32>,
}

impl Town {
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let cluster = Cluster::start_with(settings)?;
        cluster.sql("postgres", &format!("CREATE ROLE {SERVER} LOGIN"));
        Some(Self { cluster, databases: Cell::new(0) })
    }

    /// A new database with an empty ledger, and its name.
    pub async fn database(&self) -> String {
        self.databases.set(self.databases.get() + 1);
        let name = format!("stadt{}", self.databases.get());
        let owner = self.cluster.database(&name);
        set_up(&owner, Some(SERVER)).await.expect("a fresh database can be set up");
        name
    }

    /// Where the server reaches it.
    pub fn url(&self, database: &str) -> String {
        self.cluster.url_as(SERVER, database)
    }

    /// A node on that database, with the server's rights only.
    pub async fn node(&self, database: &str) -> PostgresLedger {
        PostgresLedger::open(&self.url(database), Some(ORIGIN)).await.expect("the ledger opens")
    }
}
