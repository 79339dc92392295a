//! What the server says about a statement, and what the caller is told: certain where it is, retried where it helps.

use super::town::{SERVER, Town, check};
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::{AppendError, Ledger};

/// From now on the next `times` inserts of payload fail with this SQLSTATE.
fn trip(town: &Town, database: &str, code: &str, times: u32) {
    town.cluster.sql(
        database,
        &format!(
            "DROP SEQUENCE IF EXISTS public.tries; CREATE SEQUENCE public.tries; GRANT USAGE ON SEQUENCE public.tries TO {SERVER};
             CREATE OR REPLACE FUNCTION public.trip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF nextval('public.tries') <= {times} THEN RAISE EXCEPTION 'told to' USING ERRCODE = '{code}'; END IF; RETURN NULL;
             END $$;
             CREATE OR REPLACE TRIGGER trip BEFORE INSERT ON ledger.payload FOR EACH STATEMENT EXECUTE FUNCTION public.trip();"
        ),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_of_the_server_is_told_for_what_it_is_and_leaves_nothing() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let mut probe = Probe::new(1);
    for code in ["40001", "40P01"] {
        trip(&town, &database, code, 3);
        let batch = probe.batch(2, 1);
        node.append(batch.clone()).await.expect("tried again by itself");
        probe.advance(&batch);
        trip(&town, &database, code, 1000);
        assert_eq!(node.append(probe.batch(1, 2)).await, Err(AppendError::Pushback), "{code} without end");
        let erased = node.erase_groups(&[(77, 0)]).await;
        assert_eq!(erased, Ok(0));
    }
    let size = node.head().await.expect("head").size;
    for code in ["53100", "53200", "57014", "42501", "58030", "22000"] {
        trip(&town, &database, code, 1000);
        let answer = node.append(probe.batch(1, 3)).await;
        match code {
            "53100" => assert_eq!(answer, Err(AppendError::DiskFull)),
            "22000" => assert!(matches!(answer, Err(AppendError::Malformed(_))), "{answer:?}"),
            _ => assert_eq!(answer, Err(AppendError::Pushback), "{code}"),
        }
        assert_eq!(node.head().await.expect("head").size, size, "{code}");
    }
    assert_eq!(*node.failed_watch().borrow(), None);
    trip(&town, &database, "00000", 0);
    node.append(probe.batch(1, 4)).await.expect("the engine goes on");
    check(&node, &[]).await;
    trip(&town, &database, "XX001", 1000);
    let damaged = node.append(Probe::new(9).batch(1, 5)).await;
    assert!(matches!(damaged, Err(AppendError::OutcomeUnknown(_))), "{damaged:?}");
    assert!(node.failed_watch().borrow().is_some(), "damaged pages end the node");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_postgres_cannot_hold_is_refused_alone() {
    let Some(town) = Town::start() else { return };
    let node = town.node(&town.database().await).await;
    let mut odd = Probe::new(1).batch(1, 1);
    odd.kek_uses = vec![akte_core::ledger::conformance::sample::kek_use(3, "a\0b")];
    let (odd, good) = tokio::join!(node.append(odd), node.append(Probe::new(2).batch(1, 1)));
    assert!(matches!(odd, Err(AppendError::Malformed(_))), "{odd:?}");
    good.expect("its neighbour is stored");
}
