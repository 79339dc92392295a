//! Vault and read log of several nodes in one PostgreSQL: disjoint keys, durable ends, least rights.
//!
//! Every test has a cluster of its own; without PostgreSQL nothing runs and stderr says so.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]

mod absturz;
mod knoten;
mod leseprotokoll;
mod rechte;

use akte_core::postgres::Link;
use akte_core::vault::Vault;
use akte_tests::cluster::Cluster;
use sqlx::Executor;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

/// Longest wait for something that must come; no test measures it.
const PATIENCE: Duration = Duration::from_secs(60);
/// The account of the servers: no superuser, owns nothing.
const SERVER: &str = "akte";

/// One database with the vault of a town, and the folders of two nodes.
struct Stadt {
    cluster: Cluster,
    a: TempDir,
    b: TempDir,
}

impl Stadt {
    fn new() -> Option<Self> {
        Self::with(&[])
    }

    fn with(settings: &[&str]) -> Option<Self> {
        let cluster = Cluster::start_with(settings)?;
        cluster.sql("postgres", &format!("CREATE ROLE {SERVER} LOGIN"));
        let owner = cluster.database("stadt");
        Vault::set_up_postgres(&owner, SERVER).unwrap();
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        Vault::create_postgres(a.path(), &owner).unwrap();
        copy_key(a.path(), b.path());
        let stadt = Self { cluster, a, b };
        Vault::join_postgres(stadt.b.path(), &stadt.url()).unwrap();
        Some(stadt)
    }

    fn url(&self) -> String {
        self.cluster.url_as(SERVER, "stadt")
    }

    fn owner(&self) -> String {
        self.cluster.url("stadt")
    }

    fn open(&self, node: &TempDir) -> Vault {
        let vault = Vault::open_postgres(node.path(), &self.url()).unwrap();
        vault.warm(&[]);
        vault
    }

    fn sql(&self, statements: &str) -> String {
        self.cluster.sql("stadt", statements)
    }
}

fn copy_key(from: &Path, to: &Path) {
    std::fs::copy(from.join("vault.key"), to.join("vault.key")).unwrap();
}

fn vorgang(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Id of the key a subject gets.
fn key_of(vault: &Vault, n: u128) -> u64 {
    vault.kek_for("antragsteller", vorgang(n)).unwrap().kek.id
}

/// Asks again until it is so.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if let Some(found) = ask() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} did not come");
}

/// A transaction of the owner's that stays open until this is dropped: others wait for its locks.
struct Held(Option<Link>);

impl Held {
    fn new(owner: &str, statement: &'static str) -> Self {
        let link = Link::open("test", owner, 2 * PATIENCE).unwrap();
        link.ask(move |conn| {
            Box::pin(async move {
                conn.execute("BEGIN").await?;
                conn.execute(statement).await.map(drop)
            })
        })
        .unwrap();
        Self(Some(link))
    }

    /// How many statements of the server's account wait for a lock.
    fn waiting(cluster: &Cluster) -> usize {
        let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type='Lock' AND usename='{SERVER}'");
        cluster.sql("postgres", &sql).parse().unwrap()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(link) = self.0.take() {
            // A killed server has forgotten it already.
            let _ = link.ask(|conn| Box::pin(async move { conn.execute("ROLLBACK").await.map(drop) }));
        }
    }
}
