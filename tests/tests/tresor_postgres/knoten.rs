//! Several nodes on one vault: the same town, disjoint keys, a common end of keys.

use crate::{Held, PATIENCE, Stadt, copy_key, key_of, until, vorgang};
use akte_core::kernel::WireEvent;
use akte_core::ledger::port::Stored;
use akte_core::vault::{Cut, SealInput, TRUST, Vault, VaultError, open_verified, seal};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn every_node_has_the_towns_ids_and_opens_what_another_sealed() {
    let Some(stadt) = Stadt::new() else { return };
    let (a, b) = (stadt.open(&stadt.a), stadt.open(&stadt.b));
    assert_eq!(a.keys().case_code(vorgang(1), 0), b.keys().case_code(vorgang(1), 0));
    let used = a.kek_for("antragsteller", vorgang(1)).unwrap();
    let there = b.kek(used.kek.id).unwrap().unwrap();
    assert_eq!(there.key(), used.kek.key());
    // The other node does not know of it yet: a second key of the same subject is in order.
    let own = b.kek_for("antragsteller", vorgang(1)).unwrap();
    assert_eq!(own.subject, used.subject);
    assert_ne!(own.kek.id, used.kek.id);
    // A node that starts later takes up what the ledger holds.
    let late = Vault::open_postgres(stadt.b.path(), &stadt.url()).unwrap();
    assert_eq!(late.kek_for("antragsteller", vorgang(1)).unwrap_err(), VaultError::Cold);
    late.warm(&[used.use_row.clone().unwrap()]);
    let again = late.kek_for("antragsteller", vorgang(1)).unwrap();
    assert_eq!((again.kek.id, again.use_row), (used.kek.id, None));
}

#[test]
fn sixteen_threads_on_two_nodes_never_get_the_same_key() {
    let Some(stadt) = Stadt::new() else { return };
    let nodes = [stadt.open(&stadt.a), stadt.open(&stadt.b)];
    let given = std::thread::scope(|scope| {
        let work = |t: u128| {
            let vault = &nodes[(t % 2) as usize];
            // More than is made ahead, so that every node takes further ranges.
            move || (0..300).map(|n| key_of(vault, t * 1000 + n)).collect::<Vec<u64>>()
        };
        let threads: Vec<_> = (0..16).map(|t| scope.spawn(work(t))).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect::<Vec<u64>>()
    });
    let distinct: BTreeSet<u64> = given.iter().copied().collect();
    assert_eq!(distinct.len(), 16 * 300);
    assert!(distinct.iter().all(|id| id >> 40 == 1));
}

#[test]
fn a_vault_is_made_once_and_opens_with_its_own_key_only() {
    let Some(stadt) = Stadt::new() else { return };
    let fresh = tempfile::tempdir().unwrap();
    assert!(matches!(Vault::create_postgres(fresh.path(), &stadt.owner()), Err(VaultError::Exists(_))));
    assert!(matches!(Vault::create_postgres(stadt.a.path(), &stadt.owner()), Err(VaultError::Exists(_))));
    assert!(!fresh.path().join("vault.key").exists());
    // Made at the same moment: the database decides, and the loser leaves no files.
    let owner = stadt.cluster.database("neu");
    Vault::set_up_postgres(&owner, crate::SERVER).unwrap();
    let dirs: Vec<_> = (0..6).map(|_| tempfile::tempdir().unwrap()).collect();
    let made = std::thread::scope(|scope| {
        let threads: Vec<_> =
            dirs.iter().map(|dir| scope.spawn(|| Vault::create_postgres(dir.path(), &owner).is_ok())).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<bool>>()
    });
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    for (dir, made) in dirs.iter().zip(&made) {
        assert_eq!(dir.path().join("vault.key").exists(), *made);
    }
    // The other town's key opens nothing here.
    let stranger = dirs.iter().zip(&made).find(|(_, made)| **made).unwrap().0;
    assert_eq!(Vault::open_postgres(stranger.path(), &stadt.url()).unwrap_err(), VaultError::Wrapped);
    copy_key(stranger.path(), fresh.path());
    assert_eq!(Vault::join_postgres(fresh.path(), &stadt.url()).unwrap_err(), VaultError::Wrapped);
    assert!(!fresh.path().join("vault.generation").exists());
    stadt.sql("UPDATE tresor.state SET version = 2");
    assert!(matches!(Vault::open_postgres(stadt.a.path(), &stadt.url()), Err(VaultError::Storage(_))));
}

#[test]
fn a_raised_generation_stops_every_node_that_has_not_joined_again() {
    let Some(stadt) = Stadt::new() else { return };
    let (a, b) = (stadt.open(&stadt.a), stadt.open(&stadt.b));
    let old = key_of(&b, 1);
    assert_eq!(Vault::raise_generation_postgres(stadt.a.path(), &stadt.owner()), Ok(2));
    // Running nodes use up what they hold and take no further range.
    let end = (2..3_000).find_map(|n| b.kek_for("antragsteller", vorgang(n)).err()).unwrap();
    assert!(matches!(end, VaultError::Storage(_)), "{end}");
    assert!(b.failed_watch().borrow().is_some(), "the server ends");
    drop((a, b));
    assert!(matches!(Vault::open_postgres(stadt.b.path(), &stadt.url()), Err(VaultError::Generation(_))));
    drop(Vault::join_postgres(stadt.b.path(), &stadt.url()).unwrap());
    let (a, b) = (stadt.open(&stadt.a), stadt.open(&stadt.b));
    let ids = [key_of(&a, 1), key_of(&b, 1)];
    assert!(ids.iter().all(|id| id >> 40 == 2) && ids[0] != ids[1]);
    assert!(b.kek(old).unwrap().is_some());
    // A lost file is made anew above all that was seen, a broken one likewise.
    std::fs::remove_file(stadt.a.path().join("vault.generation")).unwrap();
    assert!(matches!(Vault::open_postgres(stadt.a.path(), &stadt.url()), Err(VaultError::Generation(_))));
    assert_eq!(Vault::raise_generation_postgres(stadt.a.path(), &stadt.owner()), Ok(3));
    // The database was set back: nobody goes on as if nothing had happened.
    stadt.sql("DELETE FROM tresor.counter WHERE generation = 3");
    for refused in [
        Vault::open_postgres(stadt.a.path(), &stadt.url()).map(drop),
        Vault::join_postgres(stadt.a.path(), &stadt.url()).map(drop),
    ] {
        assert!(matches!(refused, Err(VaultError::Behind(_))), "{refused:?}");
    }
}

#[test]
fn a_counter_set_back_under_a_running_node_gives_out_nothing() {
    let Some(stadt) = Stadt::new() else { return };
    let a = stadt.open(&stadt.a);
    key_of(&a, 1);
    stadt.sql("DELETE FROM tresor.kek; UPDATE tresor.counter SET next = 1");
    let end = (2..3_000).find_map(|n| a.kek_for("antragsteller", vorgang(n)).err()).unwrap();
    assert!(matches!(end, VaultError::Storage(_)), "{end}");
}

#[test]
fn a_key_that_one_node_destroys_is_soon_used_on_no_other() {
    let Some(stadt) = Stadt::new() else { return };
    let (a, b) = (stadt.open(&stadt.a), stadt.open(&stadt.b));
    let (id, stays) = (key_of(&b, 1), key_of(&b, 2));
    assert_eq!(a.destroy(&[id]), Ok(1));
    let destroyed = Instant::now();
    let fresh = until("the end of the key", || {
        let asked = Instant::now();
        let opened = b.kek(id).unwrap().is_some();
        let sealed_under = key_of(&b, 1);
        // Never later than promised, however slow this machine is: the node compares times of its own.
        assert!(asked < destroyed + TRUST || !(opened || sealed_under == id), "used after its end");
        (!opened && sealed_under != id).then_some(sealed_under)
    });
    assert!(b.kek(fresh).unwrap().is_some() && !b.lasts(id).unwrap());
    assert_eq!(key_of(&b, 2), stays);
    assert_eq!(a.destroy(&[id]), Ok(0), "repeating is harmless");
}

#[test]
fn what_a_node_is_told_to_forget_it_asks_for_again() {
    let Some(stadt) = Stadt::new() else { return };
    let b = stadt.open(&stadt.b);
    let (id, stays) = (key_of(&b, 1), key_of(&b, 2));
    // Without the number that nodes compare: only being told helps.
    stadt.sql(&format!("DELETE FROM tresor.kek WHERE kek_id = {id}"));
    assert!(b.kek(id).unwrap().is_some());
    b.forget(&[id, stays]);
    assert!(b.kek(id).unwrap().is_none());
    assert_ne!(key_of(&b, 1), id);
    assert!(b.kek(stays).unwrap().is_some(), "the store was not touched");
}

#[test]
fn what_one_node_seals_another_reads_until_a_third_destroys_the_key() {
    let Some(stadt) = Stadt::new() else { return };
    let (a, b, c) = (stadt.open(&stadt.a), stadt.open(&stadt.b), stadt.open(&stadt.a));
    let event = json!({"type": "antrag.submitted.v1", "data": {
        "leistung": "bewohnerparken", "version": 1, "definition": "00", "kanal": "online", "vertrauen": "ohne",
        "eingang_am": "2026-11-23T08:00:00Z", "einheit": "ordnung", "antragsteller": vorgang(9).to_string(),
        "felder": {"name": "Möller", "ort": "Hafenstraße"}, "unterlagen": [], "dokumente": null,
    }});
    let data = event["data"].as_object().unwrap();
    let cut = |field: &str| match field {
        "name" => Some(Cut::Sealed("antragsteller".into())),
        "ort" => Some(Cut::Open),
        _ => None,
    };
    let (made, uses) = seal(&SealInput {
        registry: &akte_core::registry(),
        vault: &a,
        log: "stadt.example/akte/2026",
        stream: vorgang(1),
        seq: 0,
        prev: [0; 32],
        wire: "antrag.submitted.v1",
        data,
        reserved: &BTreeMap::from([("/_akteur".to_owned(), json!("process"))]),
        at: "2026-11-23T08:00:01Z".parse().unwrap(),
        cause: vorgang(3),
        corr: vorgang(1),
        cut: &cut,
    })
    .unwrap();
    let (event_hash, groups) = (made.event_hash, made.groups);
    let stored = Stored { index: 0, stream: vorgang(1), seq: 0, header: made.header, event_hash, groups };
    let read = open_verified(&stored, Some(&b)).unwrap();
    assert_eq!(read.data["felder"], event["data"]["felder"]);
    assert_eq!(read.decode::<akte_core::verfahren::VorgangEvent>().unwrap().wire(), "antrag.submitted.v1");
    let keys: Vec<u64> = uses.iter().map(|u| u.kek_id).collect();
    assert_eq!(c.destroy(&keys), Ok(keys.len() as u64));
    let erased =
        until("the erasure", || Some(open_verified(&stored, Some(&b)).unwrap()).filter(|r| !r.missing.is_empty()));
    assert_eq!(erased.data["felder"], json!({"ort": "Hafenstraße"}));
}

#[test]
fn a_vault_that_waits_for_the_server_does_not_stop_what_needs_no_key() {
    let Some(stadt) = Stadt::new() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let vault = Arc::new(stadt.open(&stadt.a));
    let id = key_of(&vault, 1);
    let held = Held::new(&stadt.owner(), "UPDATE tresor.state SET destroyed = destroyed");
    let slow = runtime.spawn({
        let vault = vault.clone();
        async move { vault.destroy(&[id]) }
    });
    until("the wait", || (Held::waiting(&stadt.cluster) > 0).then_some(()));
    // These wait for the pool that the first one holds.
    let queued: Vec<_> = (2..6)
        .map(|n| {
            let vault = vault.clone();
            runtime.spawn(async move { key_of(&vault, n) })
        })
        .collect();
    let free = runtime.spawn(async { tokio::time::sleep(Duration::from_millis(1)).await });
    let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, free).await });
    assert!(done.is_ok(), "the only worker is held up");
    drop(held);
    assert_eq!(runtime.block_on(slow).unwrap(), Ok(1));
    for key in queued {
        assert_ne!(runtime.block_on(key).unwrap(), id);
    }
    // A runtime of one thread, and none at all.
    let small = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_ne!(small.block_on(async { key_of(&vault, 7) }), id);
}
