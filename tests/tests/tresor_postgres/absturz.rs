//! The server dies in the middle: no key is given out twice or undurable, no destruction passes for done.

use crate::{Held, SERVER, Stadt, key_of, until, vorgang};
use akte_core::postgres::{Fault, Link, PATIENCE};
use akte_core::vault::{TRUST, VaultError};
use akte_projections::ZugriffLog;
use akte_projections::zugriff::ZugriffFilter;
use jiff::Timestamp;
use sqlx::Executor;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Instant;

#[test]
fn keys_given_out_before_and_after_crashes_are_all_different_and_all_durable() {
    let Some(mut stadt) = Stadt::new() else { return };
    let nodes = [stadt.open(&stadt.a), stadt.open(&stadt.b)];
    let (stop, given) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let count = || given.lock().unwrap().len();
    std::thread::scope(|scope| {
        for t in 0..4u128 {
            let (vault, stop, given) = (&nodes[(t % 2) as usize], &stop, &given);
            scope.spawn(move || {
                for n in 0.. {
                    if stop.load(SeqCst) {
                        return;
                    }
                    match vault.kek_for("antragsteller", vorgang(t * 1_000_000 + n)) {
                        Ok(a) => given.lock().unwrap().push(a.kek.id),
                        Err(VaultError::Away(_) | VaultError::Busy) => std::thread::yield_now(),
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        }
        for _ in 0..4 {
            let before = count();
            // Several ranges further, so that the kill meets nodes that take one.
            until("keys", || (count() > before + 3_000).then_some(()));
            stadt.cluster.kill();
            stadt.cluster.launch();
        }
        let before = count();
        until("keys after the last crash", || (count() > before + 100).then_some(()));
        stop.store(true, SeqCst);
    });
    let given = given.into_inner().unwrap();
    let distinct: BTreeSet<u64> = given.iter().copied().collect();
    assert_eq!(distinct.len(), given.len(), "a key was given out twice");
    let there = stadt.sql("SELECT kek_id FROM tresor.kek");
    let there: BTreeSet<u64> = there.lines().map(|l| l.parse().unwrap()).collect();
    assert!(distinct.is_subset(&there), "a key that was given out is not durable");
}

#[test]
fn without_the_server_no_key_is_made_and_none_from_memory_is_used_for_long() {
    let Some(mut stadt) = Stadt::new() else { return };
    let vault = stadt.open(&stadt.a);
    let id = key_of(&vault, 1);
    stadt.cluster.kill();
    let gone = Instant::now();
    let error = until("the end of trust", || {
        let asked = Instant::now();
        let opened = vault.kek(id);
        assert!(asked < gone + TRUST || opened.is_err(), "nobody knows whether it still exists");
        opened.err()
    });
    assert!(matches!(error, VaultError::Away(_)), "{error}");
    assert!(matches!(vault.kek_for("antragsteller", vorgang(2)), Err(VaultError::Away(_))));
    assert!(matches!(vault.destroy(&[id]), Err(VaultError::Away(_))), "it was never sent");
    assert!(vault.failed_watch().borrow().is_none(), "that passes; the process stays");
    stadt.cluster.launch();
    assert!(until("the way back", || vault.kek(id).ok()).is_some());
}

#[test]
fn a_destruction_that_a_crash_met_is_unknown_and_repeating_ends_it() {
    let Some(mut stadt) = Stadt::new() else { return };
    let vault = stadt.open(&stadt.a);
    let id = key_of(&vault, 1);
    let held = Held::new(&stadt.owner(), "UPDATE tresor.state SET destroyed = destroyed");
    let error = std::thread::scope(|scope| {
        let destroying = scope.spawn(|| vault.destroy(&[id]));
        until("the wait", || (Held::waiting(&stadt.cluster) > 0).then_some(()));
        stadt.cluster.kill();
        destroying.join().unwrap().unwrap_err()
    });
    assert!(matches!(error, VaultError::Unknown(_)), "{error}");
    stadt.cluster.launch();
    drop(held);
    assert_eq!(until("the way back", || vault.destroy(&[id]).ok()), 1);
    assert!(vault.kek(id).unwrap().is_none());
    stadt.cluster.kill();
    stadt.cluster.launch();
    assert!(until("the way back", || vault.kek(id).ok()).is_none(), "the destruction is durable");
}

#[test]
fn a_connection_the_server_ended_is_replaced_before_anybody_notices() {
    let Some(stadt) = Stadt::new() else { return };
    let vault = stadt.open(&stadt.a);
    let id = key_of(&vault, 1);
    vault.forget(&[id]);
    let ended = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{SERVER}'");
    stadt.cluster.sql("postgres", &ended);
    assert!(vault.kek(id).unwrap().is_some());
    stadt.cluster.sql("postgres", &ended);
    assert_eq!(vault.destroy(&[id]), Ok(1));
}

#[test]
fn what_was_answered_is_durable_also_where_the_server_is_told_not_to_flush() {
    let Some(mut stadt) = Stadt::with(&["synchronous_commit=off", "wal_writer_delay=10s"]) else { return };
    ZugriffLog::set_up_postgres(&stadt.owner(), SERVER).unwrap();
    let (vault, log) = (stadt.open(&stadt.a), ZugriffLog::open_postgres(&stadt.url()).unwrap());
    let (id, other) = (key_of(&vault, 1), key_of(&vault, 2));
    assert_eq!(vault.destroy(&[id]), Ok(1));
    stadt.cluster.kill();
    stadt.cluster.launch();
    assert!(until("the way back", || vault.kek(id).ok()).is_none());
    assert!(vault.kek(other).unwrap().is_some());
    until("a record", || log.record("anna", "vorgang", None, "Auskunft", Timestamp::UNIX_EPOCH).ok());
    stadt.cluster.kill();
    stadt.cluster.launch();
    let all = ZugriffFilter { limit: 10, ..ZugriffFilter::default() };
    assert_eq!(until("the way back", || log.rows(&all).ok()).len(), 1);
}

#[test]
fn a_link_survives_what_goes_wrong_in_a_request() {
    let Some(stadt) = Stadt::new() else { return };
    let link = Link::open("test", &stadt.owner(), PATIENCE).unwrap();
    let run = |sql: &'static str| link.ask(move |conn| Box::pin(async move { conn.execute(sql).await.map(drop) }));
    let fault = |sql: &'static str| run(sql).unwrap_err();
    assert!(matches!(fault("SELECT 1/0"), Fault::Refused(_)));
    assert!(matches!(fault("BEGIN; SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)"), Fault::Busy(_)));
    assert!(matches!(fault("SELECT pg_terminate_backend(pg_backend_pid())"), Fault::Lost(_)));
    let panicked: Result<(), Fault> = link.ask(|_| Box::pin(async move { panic!("a test's own") }));
    assert!(matches!(panicked, Err(Fault::Lost(_))));
    // No open transaction is left over from any of these.
    run("CREATE TABLE public.danach (n int)").unwrap();
    assert_eq!(stadt.sql("SELECT count(*) FROM public.danach"), "0");
    // A server that says nothing more is given up; the lock it waited for is not kept.
    let hasty = Link::open("test", &stadt.owner(), std::time::Duration::from_millis(300)).unwrap();
    let _held = Held::new(&stadt.owner(), "LOCK TABLE public.danach");
    let waited = hasty.ask(|conn| Box::pin(async move { conn.execute("SELECT * FROM public.danach").await.map(drop) }));
    assert!(matches!(waited, Err(Fault::Busy(_))), "{waited:?}");
    assert!(matches!(Link::open("test", "keine Adresse", PATIENCE), Err(Fault::Refused(_))));
    let nowhere = Link::open("test", &stadt.cluster.url_as("niemand", "stadt"), PATIENCE).unwrap();
    assert!(matches!(nowhere.ask(|_| Box::pin(async { Ok(()) })), Err(Fault::Away(_))));
}
