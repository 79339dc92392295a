//! What is chained stays, whoever asks: the server's role has no right to change it, and triggers refuse the owner.

use super::town::{SERVER, Town};
use akte_core::ledger::Ledger;
use akte_core::ledger::conformance::sample::{Probe, open, sealed};
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
    assert_eq!(town.cluster.sql("stadt", "SELECT version FROM ledger.meta"), "4");
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
    assert!(matches!(refused, OpenError::Older { found: 0, known: 4 }), "{refused}");
    assert!(refused.to_string().contains("Eigentümerrolle"), "{refused}");
    let node = PostgresLedger::open(&owner, None).await.expect("brought up to date");
    node.append(Probe::new(1).batch(1, 1)).await.expect("stored");
    town.cluster.sql("stadt", "UPDATE ledger.meta SET version = 99");
    for refused in [
        PostgresLedger::open(&owner, None).await.err(),
        PostgresLedger::open_readonly(&owner).await.err(),
        set_up(&owner, Some(SERVER)).await.err(),
    ] {
        let refused = refused.expect("refused");
        assert!(matches!(refused, OpenError::Newer { found: 99, known: 4 }), "{refused}");
        assert!(refused.to_string().contains("neuere Fassung"), "{refused}");
    }
}

/// Makes the payload of three events what it was in version 2: a row for each group.
const AS_IN_VERSION_2: &str = "
    CREATE TABLE ledger.was (idx bigint NOT NULL, grp smallint NOT NULL, kek_id bigint, change bigint NOT NULL,
      bytes bytea NOT NULL, rewritten smallint NOT NULL DEFAULT 0, PRIMARY KEY (idx, grp));
    INSERT INTO ledger.was VALUES (0, 1, 7, 0, '\\x0107'), (0, 0, NULL, 0, '\\x0000'), (1, 0, NULL, 0, '\\x0001'), (1, 1, 7, 0, '\\x0107'),
      (2, 1, 7, 0, '\\x0107'), (2, 0, NULL, 0, '\\x0002');
    CREATE INDEX payload_changed ON ledger.was (change) WHERE change > 0;
    CREATE OR REPLACE VIEW ledger.stream_load AS
      SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata FROM ledger.events;
    DROP TABLE ledger.payload;
    ALTER TABLE ledger.was RENAME TO payload;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.payload TO akte_server;
    ALTER TABLE ledger.events ADD CHECK (aggregate_type = 'akte'), ADD CHECK (sequence > 0), DROP CONSTRAINT events_pkey,
      ADD CONSTRAINT events_pkey PRIMARY KEY (aggregate_type, aggregate_id, sequence);
    ALTER TABLE ledger.ledger_head ADD CHECK (one = 1);
    DROP TRIGGER retired_tells ON ledger.kek_retired;
    DROP FUNCTION ledger.tell_retired();
    UPDATE ledger.meta SET version = 2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_of_version_2_keeps_its_payload_and_the_rights_on_it() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let groups = |seq: u64| vec![open(vec![0, seq as u8]), sealed(1, 7, vec![1, 7])];
    let mut probe = Probe::new(1);
    let batch = probe.batch_of(3, 1, &groups);
    node.append(batch.clone()).await.expect("stored");
    probe.advance(&batch);
    let whole = node.read_all(0, 9).await.expect("read");
    drop(node);
    town.cluster.sql(&database, AS_IN_VERSION_2);
    let refused = PostgresLedger::open(&town.url(&database), None).await.err().expect("refused");
    assert!(matches!(refused, OpenError::Older { found: 2, known: 4 }), "{refused}");
    PostgresLedger::open(&town.cluster.url(&database), None).await.expect("brought up to date by its owner");
    let node = town.node(&database).await;
    assert_eq!(node.read_all(0, 9).await.expect("read"), whole);
    assert_eq!(node.read_stream(batch.stream, 0, 9).await.expect("loaded"), whole);
    assert_eq!(node.erase_groups(&[(0, 1), (1, 0), (1, 1), (9, 0)]).await, Ok(3));
    let left: Vec<_> = node.read_all(0, 9).await.expect("read").iter().map(|e| e.groups.len()).collect();
    assert_eq!(left, [1, 0, 2]);
    node.append(probe.batch_of(1, 2, &groups)).await.expect("goes on");
}
