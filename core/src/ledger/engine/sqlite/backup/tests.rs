//! A copy beside a living ledger: what it adds, follows and forgets, and what it refuses.

use super::*;
use crate::ledger::conformance::sample::{Probe, kek_use, open, sealed};
use crate::ledger::engine::SqliteLedger;
use crate::ledger::port::{Ledger, Stored};
use std::path::PathBuf;
use tempfile::TempDir;

struct Town {
    folder: TempDir,
    ledger: SqliteLedger,
    probe: Probe,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("backup")).unwrap();
        let ledger = SqliteLedger::open(folder.path().join("ledger.db")).unwrap();
        Self { folder, ledger, probe: Probe::new(1) }
    }
    fn target(&self) -> PathBuf {
        self.folder.path().join("backup/ledger.db")
    }
    fn copy(&self) -> Copy {
        Copy::open(&self.folder.path().join("ledger.db"), &self.target()).unwrap()
    }
    /// Events with an open group and one sealed under `kek`.
    async fn append(&mut self, events: usize, kek: u64) {
        let groups = |seq: u64| vec![open(vec![0, seq as u8]), sealed(1, kek, canary(kek))];
        let mut batch = self.probe.batch_of(events, kek, &groups);
        batch.kek_uses = vec![kek_use(kek, &format!("subject {kek}"))];
        self.ledger.append(batch.clone()).await.unwrap();
        self.probe.advance(&batch);
    }
    /// One whole run, in steps of 100 events; returns how many were copied.
    fn run(&self) -> (u64, Changed) {
        let mut copy = self.copy();
        let copied = up_to_date(&mut copy, 100);
        let changed = copy.changes().unwrap();
        copy.notes().unwrap();
        copy.close().unwrap();
        (copied, changed)
    }
    /// All of the copy, opened as a ledger of its own.
    async fn copied(&self) -> Vec<Stored> {
        let copy = SqliteLedger::open_readonly(self.target()).unwrap();
        assert_eq!(copy.strays().await.unwrap(), []);
        copy.read_all(0, 9999).await.unwrap()
    }
    fn raw(&self, sql: &str) {
        Connection::open(self.folder.path().join("ledger.db")).unwrap().execute_batch(sql).unwrap();
    }
}

fn canary(kek: u64) -> Vec<u8> {
    format!("\u{1}Kanarienvogel-{kek}-").repeat(40).into_bytes()
}

fn up_to_date(copy: &mut Copy, step: u64) -> u64 {
    let mark = copy.source().unwrap();
    copy.keys().unwrap();
    let mut copied = 0;
    while copy.target().head.size < mark.head.size {
        copied += copy.events(mark.head.size, step).unwrap();
    }
    assert_eq!(copy.target().head, mark.head, "the recomputed root is the ledger's");
    copied
}

/// Whether any file beside the copy holds these bytes.
fn found(town: &Town, bytes: &[u8]) -> bool {
    let mut files = std::fs::read_dir(town.target().parent().unwrap()).unwrap();
    files.any(|f| std::fs::read(f.unwrap().path()).unwrap().windows(bytes.len()).any(|w| w == bytes))
}

#[tokio::test]
async fn a_copy_is_the_ledger_and_a_second_run_adds_only_what_is_new() {
    let mut town = Town::new();
    town.append(700, 1).await;
    town.ledger.put_checkpoint(600, "a note").await.unwrap();
    assert_eq!(town.run(), (700, Changed::default()));
    town.append(5, 2).await;
    assert_eq!(town.run(), (5, Changed::default()));
    assert_eq!(town.run(), (0, Changed::default()));
    assert_eq!(town.copied().await, town.ledger.read_all(0, 9999).await.unwrap());
    let copy = SqliteLedger::open(town.target()).unwrap();
    assert_eq!(copy.head().await.unwrap(), town.ledger.head().await.unwrap());
    assert_eq!(copy.kek_uses().await.unwrap(), town.ledger.kek_uses().await.unwrap());
    assert_eq!(copy.tile(0, 1).await.unwrap(), town.ledger.tile(0, 1).await.unwrap());
    assert_eq!(copy.get_checkpoint(9999).await.unwrap(), Some((600, "a note".into())));
}

#[tokio::test]
async fn what_was_erased_or_sealed_anew_is_followed_and_no_byte_of_it_stays() {
    let mut town = Town::new();
    town.append(300, 1).await;
    town.append(1, 2).await;
    town.run();
    assert!(found(&town, &canary(2)), "or the search proves nothing");
    town.ledger.erase_groups(&[(300, 1), (7, 1)]).await.unwrap();
    town.ledger.reseal(8, sealed(1, 1, vec![1; 50]), None).await.unwrap();
    let (copied, changed) = town.run();
    assert_eq!((copied, changed), (0, Changed { resealed: 1, erased: 2 }));
    assert!(!found(&town, &canary(2)));
    assert_eq!(town.copied().await, town.ledger.read_all(0, 9999).await.unwrap());
    assert_eq!(town.run().1, Changed::default(), "done is done");
}

#[tokio::test]
async fn what_is_erased_between_two_steps_is_found_by_the_change_number() {
    let mut town = Town::new();
    town.append(300, 1).await;
    let mut copy = town.copy();
    let mark = copy.source().unwrap();
    copy.keys().unwrap();
    copy.events(mark.head.size, 200).unwrap();
    // The open copy stops neither the erasure nor its cutting of the write-ahead log.
    town.ledger.erase_groups(&[(5, 1), (250, 1)]).await.unwrap();
    copy.events(mark.head.size, 200).unwrap();
    assert_ne!(copy.source().unwrap().change, copy.target().change);
    assert_eq!(copy.changes().unwrap().erased, 1, "the other one was never copied");
    assert_eq!(copy.source().unwrap(), copy.target());
    drop(copy);
    assert_eq!(town.copied().await, town.ledger.read_all(0, 9999).await.unwrap());
}

#[tokio::test]
async fn a_run_that_ended_in_the_middle_goes_on() {
    let mut town = Town::new();
    town.append(600, 1).await;
    let mut copy = town.copy();
    copy.keys().unwrap();
    copy.events(600, 260).unwrap();
    drop(copy);
    // What was copied so far is a sound ledger already.
    assert_eq!(SqliteLedger::open(town.target()).unwrap().head().await.unwrap().size, 260);
    assert_eq!(town.run().0, 340);
    assert_eq!(town.copied().await, town.ledger.read_all(0, 9999).await.unwrap());
}

#[tokio::test]
async fn a_damaged_ledger_is_named_and_the_copy_stays_at_its_last_step() {
    let damage = [
        ("DROP TRIGGER event_stays; UPDATE event SET header = header || x'20' WHERE idx = 150", 150),
        ("DROP TRIGGER event_stays; UPDATE event SET header = CAST(header || x'20' AS BLOB) WHERE idx = 150", 150),
        ("UPDATE payload SET bytes = 1.5 WHERE id = 150 * 256", 150),
        ("DROP TRIGGER event_remains; DELETE FROM event WHERE idx = 150", 150),
    ];
    for (sql, index) in damage {
        let mut town = Town::new();
        town.append(300, 1).await;
        town.raw(sql);
        let mut copy = town.copy();
        copy.keys().unwrap();
        copy.events(300, 100).unwrap();
        match copy.events(300, 100) {
            Err(OpenError::Corrupt { index: found, .. }) => assert_eq!(found, index),
            other => panic!("{sql}: {other:?}"),
        }
        drop(copy);
        assert_eq!(SqliteLedger::open(town.target()).unwrap().head().await.unwrap().size, 100);
    }
}

#[tokio::test]
async fn two_runs_into_one_copy_are_refused() {
    let town = Town::new();
    let _first = town.copy();
    let second = Copy::open(&town.folder.path().join("ledger.db"), &town.target());
    assert!(matches!(second.err(), Some(OpenError::InUse(_))));
}
