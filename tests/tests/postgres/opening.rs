//! What is refused when opening, each with its remedy.

use super::town::{ORIGIN, SERVER, Town};
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::engine::postgres::OpenError;
use akte_core::ledger::{AppendError, Ledger};

async fn refusal(url: &str) -> OpenError {
    PostgresLedger::open(url, Some(ORIGIN)).await.err().expect("refused")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_relied_on_is_refused_with_its_remedy() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let url = town.url(&database);
    drop(town.node(&database).await);

    let other = PostgresLedger::open(&url, Some("example.net/akte/2026")).await.err().expect("refused");
    assert!(matches!(&other, OpenError::OtherTown { found, .. } if found == ORIGIN), "{other}");
    assert!(other.to_string().contains("Datenbank der eigenen Stadt"), "{other}");
    drop(PostgresLedger::open(&url, None).await.expect("whoever asks for no town gets it"));

    town.cluster.database("leer");
    let empty = refusal(&town.url("leer")).await;
    assert!(matches!(empty, OpenError::NotSetUp) && empty.to_string().contains("Richten Sie ihn"), "{empty}");

    town.cluster.sql(&database, &format!("REVOKE INSERT ON ledger.events FROM {SERVER}"));
    let rights = refusal(&url).await;
    assert!(rights.to_string().contains("INSERT auf ledger.events"), "{rights}");
    town.cluster.sql(&database, &format!("GRANT INSERT ON ledger.events TO {SERVER}"));

    town.cluster.sql(&database, &format!("ALTER DATABASE {database} SET synchronous_commit = off"));
    let lossy = refusal(&url).await;
    assert!(matches!(&lossy, OpenError::Unsafe { setting: "synchronous_commit", .. }), "{lossy}");
    assert!(lossy.to_string().contains("Setzen Sie es auf `on`"), "{lossy}");
    town.cluster.sql(&database, &format!("ALTER DATABASE {database} SET synchronous_commit = remote_apply"));
    drop(town.node(&database).await);

    let nobody = refusal(&format!("postgres://{SERVER}@127.0.0.1:1/{database}")).await;
    assert!(matches!(nobody, OpenError::Unreachable { .. }), "{nobody}");
    let odd = refusal("mysql://x").await;
    assert!(matches!(odd, OpenError::Address(_)), "{odd}");
}

/// Compiling an append takes the server a hundred times as long as storing it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_compiles_no_statement_of_ours() {
    let Some(town) = Town::start_with(&["jit=on", "jit_above_cost=0"]) else { return };
    let database = town.database().await;
    town.cluster.sql(
        &database,
        "CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF current_setting('jit') <> 'off' THEN RAISE EXCEPTION 'compiled'; END IF; RETURN NULL;
         END $$;
         CREATE TRIGGER slowly BEFORE INSERT ON ledger.events FOR EACH STATEMENT EXECUTE FUNCTION public.slowly();",
    );
    town.node(&database).await.append(Probe::new(1).batch(1, 1)).await.expect("stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_flush_is_refused() {
    let Some(town) = Town::start_with(&["fsync=off"]) else { return };
    let lossy = refusal(&town.url(&town.database().await)).await;
    assert!(matches!(&lossy, OpenError::Unsafe { setting: "fsync", .. }), "{lossy}");
}

/// A restart may bring other settings: an open node asks again before it writes on a new connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_writes_nothing_to_a_server_that_came_back_without_its_promises() {
    let Some(mut town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let mut probe = Probe::new(1);
    let first = probe.batch(1, 1);
    node.append(first.clone()).await.expect("stored");
    probe.advance(&first);
    town.cluster.sql(&database, &format!("ALTER DATABASE {database} SET synchronous_commit = off"));
    town.cluster.kill();
    town.cluster.launch();
    for _ in 0..3 {
        let answer = node.append(probe.batch(1, 2)).await;
        // The first may go down a dead connection, of which nobody knows what it did.
        assert!(matches!(answer, Err(AppendError::Pushback | AppendError::OutcomeUnknown(_))), "{answer:?}");
    }
    assert!(node.erase_groups(&[(0, 0)]).await.is_err());
    assert_eq!(node.read_all(0, 9).await.expect("reading goes on")[0].groups.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_read_and_never_written() {
    let Some(mut town) = Town::start() else { return };
    let database = town.database().await;
    let batch = Probe::new(1).batch(3, 1);
    town.node(&database).await.append(batch.clone()).await.expect("stored");
    let reader = PostgresLedger::open_readonly(&town.url(&database)).await.expect("opens");
    let refused = reader.append(Probe::new(2).batch(1, 1)).await;
    assert!(matches!(refused, Err(AppendError::Malformed(_))), "{refused:?}");
    assert!(reader.erase_groups(&[(0, 0)]).await.is_err());
    assert!(reader.put_checkpoint(1, "note").await.is_err());
    assert!(reader.retire(&[1]).await.is_err());
    town.cluster.kill();
    std::fs::write(town.cluster.folder().join("data/standby.signal"), "").expect("a copy from now on");
    town.cluster.launch();
    let standby = refusal(&town.url(&database)).await;
    assert!(matches!(standby, OpenError::Standby), "{standby}");
    let reader = PostgresLedger::open_readonly(&town.url(&database)).await.expect("a copy is read");
    assert_eq!(reader.read_all(0, 9).await.expect("read").len(), 3);
    assert_eq!(reader.read_stream(batch.stream, 0, 9).await.expect("read").len(), 3);
}
