//! What is chained stays, whoever asks: the server's role has no right to change it, and triggers refuse the owner.

use super::town::{SERVER, Town};
use akte_core::ledger::Ledger;
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::engine::postgres::{OpenError, set_up};
use tokio::task::JoinSet;

/// What nobody may do, as SQL.
const FORBIDDEN: &[&str] = &[
    "UPDATE ledger.events SET header = '\\x00'",
    "UPDATE ledger.events SET metadata = '{}' WHERE false",
    "DELETE FROM ledger.events",
    "TRUNCATE ledger.events",
    "UPDATE ledger.tile SET n = 1",
    "DELETE FROM ledger.tile",
    "TRUNCATE ledger.tile",
    "UPDATE ledger.kek_use SET subject = 'x'",
    "DELETE FROM ledger.kek_use",
    "TRUNCATE ledger.kek_use",
    "DELETE FROM ledger.kek_retired",
    "DELETE FROM ledger.ledger_head",
    "TRUNCATE ledger.ledger_head",
    "UPDATE ledger.meta SET origin = 'example.net/other'",
];
/// What the owner may, but not the server.
const OWNERS: &[&str] = &[
    "TRUNCATE ledger.payload",
    "DROP TABLE ledger.events",
    "ALTER TABLE ledger.events DISABLE TRIGGER ALL",
    "CREATE TABLE ledger.more (n int)",
    "DELETE FROM ledger.checkpoint",
    "DELETE FROM ledger.meta",
];

/// The error a statement gives; `None` if it was carried out (and rolled back).
fn refused(town: &Town, role: &str, database: &str, statement: &str) -> Option<String> {
    let done = std::process::Command::new("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", &format!("BEGIN; {statement}; ROLLBACK")])
        .arg(town.cluster.url_as(role, database))
        .output()
        .expect("psql runs");
    (!done.status.success()).then(|| String::from_utf8_lossy(&done.stderr).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_changes_or_deletes_what_is_chained() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    node.append(Probe::new(1).batch(300, 1)).await.expect("stored");
    for statement in FORBIDDEN {
        let said =
            refused(&town, SERVER, &database, statement).unwrap_or_else(|| panic!("the server may: {statement}"));
        let own = statement.contains("meta");
        assert!(said.contains("permission denied") || own && said.contains("never changed"), "{statement}: {said}");
        let said =
            refused(&town, "stadt", &database, statement).unwrap_or_else(|| panic!("the owner may: {statement}"));
        assert!(said.contains("is refused") || said.contains("never changed"), "{statement}: {said}");
    }
    for statement in OWNERS {
        let said =
            refused(&town, SERVER, &database, statement).unwrap_or_else(|| panic!("the server may: {statement}"));
        assert!(said.contains("permission denied") || said.contains("must be owner"), "{statement}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_set_ups_at_once_and_again_are_one() {
    let Some(town) = Town::start() else { return };
    let owner = town.cluster.database("stadt");
    for _ in 0..2 {
        let mut all = JoinSet::new();
        for _ in 0..8 {
            let owner = owner.clone();
            all.spawn(async move { set_up(&owner, Some(SERVER)).await });
        }
        for done in all.join_all().await {
            done.expect("set up");
        }
        let node = town.node("stadt").await;
        let probe = Probe::new(node.head().await.expect("head").size);
        node.append(probe.batch(1, 1)).await.expect("stored");
    }
    assert_eq!(town.cluster.sql("stadt", "SELECT version FROM ledger.meta"), "2");
    assert_eq!(town.cluster.sql("stadt", "SELECT size FROM ledger.ledger_head"), "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_schema_is_brought_up_to_date_by_its_owner_only_and_a_newer_one_is_refused() {
    let Some(town) = Town::start() else { return };
    let owner = town.cluster.database("stadt");
    let older = format!(
        "CREATE SCHEMA ledger; CREATE TABLE ledger.meta (one smallint PRIMARY KEY CHECK (one = 1), version int NOT NULL, origin text);
         INSERT INTO ledger.meta VALUES (1, 0, NULL); GRANT USAGE ON SCHEMA ledger TO {SERVER}; GRANT SELECT ON ledger.meta TO {SERVER}"
    );
    town.cluster.sql("stadt", &older);
    let refused = PostgresLedger::open(&town.url("stadt"), None).await.err().expect("refused");
    assert!(matches!(refused, OpenError::Older { found: 0, known: 2 }), "{refused}");
    assert!(refused.to_string().contains("Eigentümerrolle"), "{refused}");
    let node = PostgresLedger::open(&owner, None).await.expect("brought up to date");
    node.append(Probe::new(1).batch(1, 1)).await.expect("stored");
    town.cluster.sql("stadt", "UPDATE ledger.meta SET version = 1");
    let node = PostgresLedger::open(&owner, None).await.expect("brought up to date, with what is stored");
    node.append(Probe::new(2).batch(1, 1)).await.expect("stored");
    town.cluster.sql("stadt", "UPDATE ledger.meta SET version = 99");
    for refused in [
        PostgresLedger::open(&owner, None).await.err(),
        PostgresLedger::open_readonly(&owner).await.err(),
        set_up(&owner, Some(SERVER)).await.err(),
    ] {
        let refused = refused.expect("refused");
        assert!(matches!(refused, OpenError::Newer { found: 99, known: 2 }), "{refused}");
        assert!(refused.to_string().contains("neuere Fassung"), "{refused}");
    }
}
