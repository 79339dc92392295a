//! Faults a real server makes by itself: a disk that is full, and a deadlock with somebody else's session.

use super::town::{Town, check, store};
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::{AppendError, Ledger};
use sqlx::{Connection, Executor, PgConnection};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disk of its own, this many MiB; `None`, said aloud, without the right to mount.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, mib: u32) -> Option<Self> {
        std::fs::create_dir(&at).expect("made");
        let size = format!("size={mib}m,mode=0777");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).output();
        if mounted.is_ok_and(|o| o.status.success()) {
            return Some(Self(at));
        }
        println!("skipped: needs the right to mount");
        None
    }

    /// A folder a tablespace may take: empty and the server's own.
    fn folder(&self) -> PathBuf {
        let folder = self.0.join("raum");
        std::fs::create_dir(&folder).expect("made");
        let done = Command::new("chown").arg("nobody").arg(&folder).status();
        assert!(done.expect("chown runs").success());
        folder
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The server may still hold a file of it; what stays is seen by whoever removes the folder.
        let _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

fn fill(filler: &Path) {
    let mut file = std::fs::File::create(filler).expect("filler");
    while std::io::Write::write_all(&mut file, &[7; 4096]).is_ok() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_the_database_is_named_and_loses_nothing() {
    let Some(town) = Town::start() else { return };
    let Some(disk) = Disk::mount(town.cluster.folder().join("klein"), 16) else { return };
    let database = town.database().await;
    let place = disk.folder();
    town.cluster.sql("postgres", &format!("CREATE TABLESPACE klein LOCATION '{}'", place.display()));
    town.cluster.sql(&database, "ALTER TABLE ledger.payload SET TABLESPACE klein");
    let node = town.node(&database).await;
    let (mut probe, mut receipts) = (Probe::new(1), Vec::new());
    for round in 0..3 {
        for _ in 0..5 {
            let batch = probe.batch(2, round);
            receipts.push(store(&node, &batch).await);
            probe.advance(&batch);
        }
        let filler = disk.0.join("fuell");
        fill(&filler);
        // The rest of the last page is still free: write until the disk itself says no.
        let refused = loop {
            let batch = probe.batch(2, round);
            match node.append(batch.clone()).await {
                Ok(receipt) => receipts.push(receipt),
                Err(other) => break other,
            }
            probe.advance(&batch);
        };
        assert_eq!(refused, AppendError::DiskFull);
        assert_eq!(*node.failed_watch().borrow(), None, "a full disk is nothing to give up for");
        std::fs::remove_file(&filler).expect("freed");
    }
    let batch = probe.batch(2, 9);
    receipts.push(node.append(batch).await.expect("there is room again"));
    check(&node, &receipts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_with_another_session_is_tried_again_and_takes_effect_once() {
    let Some(town) = Town::start() else { return };
    let database = town.database().await;
    let node = town.node(&database).await;
    let mut probe = Probe::new(1);
    let first = probe.batch(2, 1);
    let mut receipts = vec![store(&node, &first).await];
    probe.advance(&first);
    // Somebody else, who looks for deadlocks so late that the server ends the engine's transaction and not theirs.
    let mut other = PgConnection::connect(&town.cluster.url(&database)).await.expect("connects");
    other.execute("SET deadlock_timeout = '1h'").await.expect("set");
    let in_the_way = "BEGIN; INSERT INTO ledger.payload (idx, groups) VALUES (2, '')";
    other.execute(in_the_way).await.expect("a row where the next event's must go");
    let batch = probe.batch(2, 2);
    let (stored, ()) = tokio::join!(store(&node, &batch), async {
        while town.cluster.sql(&database, "SELECT count(*) FROM pg_locks WHERE NOT granted") == "0" {
            tokio::task::yield_now().await;
        }
        // The engine holds the head and waits for the row; this closes the circle.
        other.execute("SELECT * FROM ledger.ledger_head FOR UPDATE").await.expect("the engine's transaction gave way");
        other.execute("ROLLBACK").await.expect("the row was never there");
    });
    receipts.push(stored);
    probe.advance(&batch);
    let log = std::fs::read_to_string(town.cluster.folder().join("log")).expect("the server's log");
    assert!(log.contains("deadlock detected"), "the server saw no deadlock: {log}");
    receipts.push(store(&node, &probe.batch(2, 3)).await);
    check(&node, &receipts).await;
}
