//! What only this engine can show: flushes, the lock, damaged files, a full disk, erased bytes.
//!
//! Deliberately without a double of SQLite: every fault is made in a real file.

use super::*;
use crate::ledger::conformance::sample::{Probe, open, sealed};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// One letter of a header.
const ALTERED: &str = "header = CAST(replace(CAST(header AS TEXT), 'PROBE', 'PR0BE') AS BLOB)";

struct Town {
    folder: TempDir,
    probe: Probe,
}

impl Town {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), probe: Probe::new(1) }
    }
    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }
    fn open(&self) -> SqliteLedger {
        SqliteLedger::open(self.path()).unwrap()
    }
    fn error(&self) -> String {
        SqliteLedger::open(self.path()).err().unwrap().to_string()
    }
    /// Another program at the file, as `sqlite3` would be.
    fn raw(&self, sql: &str) {
        let conn = Connection::open(self.path()).unwrap();
        conn.execute_batch(sql).unwrap();
    }
    async fn append(&mut self, ledger: &SqliteLedger, events: usize) -> Receipt {
        let batch = self.probe.batch(events, 1);
        let receipt = ledger.append(batch.clone()).await.unwrap();
        self.probe.advance(&batch);
        receipt
    }
}

fn writer(ledger: &SqliteLedger) -> std::sync::MutexGuard<'_, Writer> {
    ledger.core.writer.as_ref().unwrap().lock().unwrap()
}

#[tokio::test]
async fn a_lone_append_costs_one_flush_and_a_refused_one_none() {
    let mut town = Town::new();
    let ledger = town.open();
    for n in 1..=5 {
        town.append(&ledger, 3).await;
        assert_eq!(ledger.counters(), Counters { commits: n, appends: n, events: 3 * n, largest_group: 1 });
    }
    ledger.append(Probe::new(1).batch(1, 2)).await.unwrap_err();
    assert_eq!(ledger.counters().commits, 5);
}

#[tokio::test]
async fn appends_that_arrive_during_a_flush_share_the_next_one() {
    let town = Town::new();
    let ledger = Arc::new(town.open());
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (taken, is_taken) = std::sync::mpsc::channel();
    let flushing = Arc::clone(&ledger);
    let flush = std::thread::spawn(move || {
        let _writer = writer(&flushing);
        taken.send(()).unwrap();
        held.recv().unwrap();
    });
    is_taken.recv().unwrap();
    let mut appends = JoinSet::new();
    for number in 0..16 {
        let ledger_of_one = Arc::clone(&ledger);
        appends.spawn(async move { ledger_of_one.append(Probe::new(number).batch(1, 1)).await });
        // The first one leads and waits for the writer; the other fifteen queue up.
        while ledger.core.queue.waiting() != Some(number as usize) {
            tokio::task::yield_now().await;
        }
    }
    release.send(()).unwrap();
    flush.join().unwrap();
    while let Some(receipt) = appends.join_next().await {
        receipt.unwrap().unwrap();
    }
    let want = Counters { commits: 2, appends: 16, events: 16, largest_group: 15 };
    assert_eq!(ledger.counters(), want);
}

#[tokio::test]
async fn a_member_that_is_refused_does_not_fail_its_group() {
    let town = Town::new();
    let ledger = town.open();
    let (a, b) = (Probe::new(1).batch(2, 1), Probe::new(2).batch(1, 1));
    let rival = Probe::new(1).batch(1, 2);
    let mut next = Probe::new(1);
    next.advance(&a);
    let next = next.batch(1, 1);
    let committed = writer(&ledger).commit(&[&a, &rival, &b, &next]).unwrap();
    let seqs: Vec<_> =
        committed.answers.iter().map(|a| a.as_ref().map(|r| (r.seq, r.index)).map_err(Clone::clone)).collect();
    let conflict = AppendError::Conflict { expected: 0, actual: 2 };
    assert_eq!(seqs, [Ok((1, 1)), Err(conflict), Ok((0, 2)), Ok((2, 3))]);
    assert_eq!(committed.events, 4);
}

#[tokio::test]
async fn leadership_dropped_unused_is_exercised_all_the_same() {
    let town = Town::new();
    let ledger = town.open();
    let (answer, lead) = queue::enqueue_for_test(&ledger.core, Probe::new(1).batch(1, 1));
    drop(lead.unwrap());
    assert_eq!(answer.await.unwrap().unwrap().index, 0);
}

#[tokio::test]
async fn a_full_queue_pushes_back_and_nothing_of_it_is_written() {
    let town = Town::new();
    let ledger = town.open();
    let mut kept = Vec::new();
    let mut lead = None;
    for number in 0..queue::MAX_WAITING as u64 {
        let (answer, leads) = queue::enqueue_for_test(&ledger.core, Probe::new(number).batch(1, 1));
        kept.push(answer);
        lead = lead.or(leads);
    }
    let refused = ledger.append(Probe::new(9_999).batch(1, 1)).await;
    assert_eq!(refused, Err(AppendError::Pushback));
    drop(lead);
    for answer in kept {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(ledger.head().await.unwrap().size, queue::MAX_WAITING as u64);
}

#[test]
fn a_second_server_on_the_file_is_refused_until_the_first_ends() {
    let town = Town::new();
    let first = town.open();
    assert!(town.error().contains("wird von einem anderen Programm benutzt"), "{}", town.error());
    drop(first);
    drop(town.open());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 1).await;
    let files: Vec<_> = std::fs::read_dir(town.folder.path()).unwrap().map(|f| f.unwrap()).collect();
    assert!(files.len() >= 4, "ledger.db, -wal, -shm, ledger.lock");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}

#[test]
fn a_newer_or_foreign_file_is_refused_and_left_as_it_is() {
    let town = Town::new();
    drop(town.open());
    town.raw("PRAGMA user_version=2");
    assert!(town.error().contains("Installieren Sie die neuere Fassung"), "{}", town.error());
    let foreign = Town::new();
    foreign.raw("CREATE TABLE other (x)");
    assert!(foreign.error().contains("kein Ereignisspeicher"), "{}", foreign.error());
    let tables = Connection::open(foreign.path()).unwrap();
    let count: i64 = tables.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn no_statement_changes_or_deletes_what_is_chained() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 300).await;
    let conn = Connection::open(town.path()).unwrap();
    for table in ["event", "stream", "tile"] {
        let rows: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert!(rows > 0, "{table}");
        let column = if table == "event" { "seq" } else { "rowid" };
        for sql in [format!("UPDATE {table} SET {column} = {column} + 1000"), format!("DELETE FROM {table}")] {
            let error = conn.execute(&sql, []).unwrap_err().to_string();
            assert!(error.contains("are never"), "{sql}: {error}");
        }
    }
}

#[tokio::test]
async fn a_constraint_error_ends_the_engine_and_says_so() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 1).await;
    let mut watch = ledger.failed_watch();
    town.raw("INSERT INTO event VALUES (2, 77, 0, x'00', x'00')");
    let batch = town.probe.batch(2, 1);
    assert!(matches!(ledger.append(batch.clone()).await, Err(AppendError::OutcomeUnknown(_))));
    watch.changed().await.unwrap();
    assert!(ledger.failed().is_some_and(|why| why.contains("UNIQUE") || why.contains("constraint")));
    let other = ledger.append(Probe::new(2).batch(1, 1)).await;
    assert!(matches!(other, Err(AppendError::OutcomeUnknown(_))), "never used again");
    assert!(ledger.erase_groups(&[(0, 0)]).await.is_err());
    assert_eq!(ledger.head().await.unwrap().size, 1, "reads go on");
    assert_eq!(ledger.read_all(0, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_refuses_appends_and_the_engine_goes_on() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 1).await;
    let pages = |sql: &str| writer(&ledger).conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let now = pages("PRAGMA page_count");
    pages(&format!("PRAGMA max_page_count={now}"));
    let large = town.probe.batch_of(1, 1, &|_| vec![open(vec![0; 100_000])]);
    assert_eq!(ledger.append(large.clone()).await, Err(AppendError::DiskFull));
    assert_eq!(ledger.failed(), None);
    assert_eq!(ledger.read_all(0, 9).await.unwrap().len(), 1);
    pages("PRAGMA max_page_count=1000000");
    assert_eq!(ledger.append(large).await.unwrap().index, 1, "no gap");
    drop(ledger);
    town.open();
}

#[tokio::test]
async fn a_damaged_tail_is_found_before_serving() {
    let cases = [
        (
            format!("DROP TRIGGER event_stays; UPDATE event SET {ALTERED} WHERE idx = 299"),
            "not the one that was hashed",
        ),
        ("DROP TRIGGER event_stays; UPDATE event SET hash = zeroblob(32) WHERE idx = 280".into(), "280"),
        ("DROP TRIGGER event_remains; DELETE FROM event WHERE idx = 299".into(), "the head says 300"),
        ("DROP TRIGGER event_remains; DELETE FROM event WHERE idx = 270".into(), "missing"),
        ("DROP TRIGGER tile_remains; DELETE FROM tile".into(), "tile 0/0 is missing"),
        ("DROP TRIGGER tile_stays; UPDATE tile SET hashes = zeroblob(8192)".into(), "does not match"),
        ("UPDATE ledger_head SET frontier = zeroblob(length(frontier))".into(), "malformed"),
    ];
    for (damage, said) in cases {
        let mut town = Town::new();
        let ledger = town.open();
        town.append(&ledger, 300).await;
        drop(ledger);
        town.raw(&damage);
        let error = town.error();
        assert!(error.contains(said), "{damage}: {error}");
    }
}

#[tokio::test]
async fn an_altered_event_is_refused_when_its_stream_is_read() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 5).await;
    town.raw(&format!("DROP TRIGGER event_stays; UPDATE event SET {ALTERED} WHERE idx = 2"));
    let read = ledger.read_stream(town.probe.stream, 0, 9).await;
    assert!(matches!(read, Err(LedgerError::Corrupt { index: 2, .. })), "{read:?}");
    assert_eq!(ledger.read_all(0, 9).await.unwrap().len(), 5, "the verifier sees it all");
}

#[tokio::test]
async fn a_page_ends_before_a_flaw_and_never_skips_it() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 9).await;
    town.raw(
        "DROP TRIGGER event_remains; DELETE FROM event WHERE idx = 3; DROP TRIGGER event_stays;
              UPDATE event SET header = 'text' WHERE idx = 5; UPDATE payload SET bytes = 1.5 WHERE id = 7 * 256",
    );
    for (from, want) in [(0, Ok(3)), (3, Err(3)), (4, Ok(1)), (5, Err(5)), (6, Ok(1)), (7, Err(7)), (8, Ok(1))] {
        let read = ledger.read_all(from, 99).await;
        let got = match read {
            Ok(events) => Ok(events.len()),
            Err(LedgerError::Corrupt { index, .. }) => Err(index),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(got, want, "from {from}");
    }
}

#[tokio::test]
async fn rows_that_no_read_returns_are_named() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 300).await;
    assert_eq!(ledger.strays().await.unwrap(), []);
    town.raw(
        "INSERT INTO payload VALUES (301 * 256 + 2, 1, 0, x'00'); INSERT INTO stream VALUES (9, zeroblob(16));
         INSERT INTO event VALUES (-5, 1, 901, x'00', x'00'), (300, 1, 902, x'00', x'00');
         INSERT INTO tile VALUES (0, 1, x'00'), (1, 0, x'00'), (200, 0, x'00')",
    );
    let strays = ledger.strays().await.unwrap();
    let places: Vec<_> = strays.iter().map(|s| (s.index, s.stream)).collect();
    let tile = (None, None);
    assert_eq!(
        places,
        [(Some(301), None), (None, Some(Uuid::nil())), (None, None), (Some(300), None), tile, tile, tile]
    );
}

#[tokio::test]
async fn a_reader_opens_a_file_whose_head_is_damaged_and_says_so() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 3).await;
    town.raw("UPDATE ledger_head SET size = 4");
    let reader = SqliteLedger::open_readonly(town.path()).unwrap();
    assert!(matches!(reader.head().await, Err(LedgerError::Corrupt { .. })));
    assert_eq!(reader.read_all(0, 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_reader_in_another_process_sees_what_is_committed_and_writes_nothing() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 259).await;
    let reader = SqliteLedger::open_readonly(town.path()).unwrap();
    assert_eq!(reader.head().await.unwrap(), ledger.head().await.unwrap());
    town.append(&ledger, 2).await;
    assert_eq!(reader.head().await.unwrap(), ledger.head().await.unwrap());
    assert_eq!(reader.read_all(0, 999).await.unwrap().len(), 261);
    let refused = reader.append(town.probe.batch(1, 1)).await;
    assert!(matches!(refused, Err(AppendError::Malformed(_))), "{refused:?}");
    assert!(reader.put_checkpoint(1, "note").await.is_err());
    assert_eq!(reader.failed(), None);
}

/// True if any file of the folder holds the bytes.
fn found(town: &Town, canary: &[u8]) -> bool {
    let mut files = std::fs::read_dir(town.folder.path()).unwrap();
    files.any(|f| std::fs::read(f.unwrap().path()).unwrap().windows(canary.len()).any(|w| w == canary))
}

#[tokio::test]
async fn erased_bytes_are_in_no_file_any_more() {
    let town = Town::new();
    let ledger = town.open();
    let canary = b"Kanarienvogel-4711";
    let large = canary.repeat(3000);
    let groups = |seq: u64| vec![open(vec![0, seq as u8]), sealed(1, 7, canary.to_vec()), sealed(2, 8, large.clone())];
    ledger.append(town.probe.batch_of(4, 1, &groups)).await.unwrap();
    assert!(found(&town, canary), "or the search proves nothing");
    let targets: Vec<_> = (0..4).flat_map(|index| [(index, 1), (index, 2)]).collect();
    assert_eq!(ledger.erase_groups(&targets).await.unwrap(), 8);
    assert!(!found(&town, canary), "after erasing");
    ledger.vacuum().await.unwrap();
    assert_eq!(ledger.read_all(0, 9).await.unwrap().len(), 4);
}

#[tokio::test]
async fn the_leader_starts_the_write_ahead_log_anew_when_asked() {
    let mut town = Town::new();
    let ledger = town.open();
    town.append(&ledger, 1500).await;
    let frames = || checkpoint_frames(&town.path());
    assert!(frames() > 100);
    ledger.core.sweep.ask_restart();
    let mut probe = town.probe;
    for _ in 0..2 {
        let batch = probe.batch(1, 1);
        ledger.append(batch.clone()).await.unwrap();
        probe.advance(&batch);
    }
    assert!(frames() < 50, "{}", frames());
}

fn checkpoint_frames(path: &Path) -> i64 {
    let conn = Connection::open(path).unwrap();
    conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1)).unwrap()
}
