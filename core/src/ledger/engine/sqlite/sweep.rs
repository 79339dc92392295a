//! Folding the write-ahead log into the file beside the commits, so that a commit is one flush.
//!
//! Deliberately PASSIVE in the background; only the leader, between two groups, may RESTART.

use super::commit::{Broken, Writer};
use super::{Core, OpenError, schema};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Bytes written (estimated) between two background runs.
const STEP: u64 = 8 * 1024 * 1024;
/// Frames in the log (4 KiB each) near which the leader starts it anew: 64 MiB.
const RESTART_FRAMES: i64 = 64 * 1024 * 1024 / 4096;
/// Pages a commit dirties besides its own bytes, roughly.
const PAGES_PER_COMMIT: u64 = 6;

/// How much was written since the last run.
pub(super) struct Sweep {
    path: PathBuf,
    state: Mutex<(u64, Stop)>,
    due: Condvar,
    restart: AtomicBool,
}

#[derive(Clone, Copy, PartialEq)]
enum Stop {
    No,
    Yes,
}

impl Sweep {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.into(),
            state: Mutex::new((0, Stop::No)),
            due: Condvar::new(),
            restart: AtomicBool::new(false),
        }
    }

    /// Counts a commit of `bytes` in `events`.
    pub(super) fn written(&self, bytes: usize, events: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += bytes as u64 + 4096 * (PAGES_PER_COMMIT + events / 4);
        if state.0 >= STEP {
            self.due.notify_one();
        }
    }

    /// Ends the background thread.
    pub(super) fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = Stop::Yes;
        self.due.notify_one();
    }

    /// Waits for the next run; false = stop.
    fn wait(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |state: &mut (u64, Stop)| state.0 < STEP && state.1 == Stop::No;
        let mut state = self.due.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        state.0 = 0;
        state.1 == Stop::No
    }

    /// The leader starts the log anew after its next group.
    pub(super) fn ask_restart(&self) {
        self.restart.store(true, Relaxed);
    }

    /// Called by the leader after its answers: starts the log anew when the background run asked for it.
    pub(super) fn restart_if_due(&self, core: &Core) {
        if !self.restart.swap(false, Relaxed) {
            return;
        }
        // Busy: a long read holds the log; the next background run asks again.
        let done = core.with_writer(|writer: &mut Writer| {
            let step = |sql: &str| writer.conn.execute_batch(sql).map_err(|e| Broken::Failed(e.to_string()));
            step("PRAGMA busy_timeout=200")?;
            let result = checkpoint(&writer.conn, "RESTART");
            step("PRAGMA busy_timeout=5000")?;
            result
        });
        if let Err(Broken::Failed(why)) = done {
            tracing::error!(reason = %why, "ledger: write-ahead log could not be folded in");
        }
    }
}

/// Starts the background thread with a connection of its own.
pub(super) fn start(core: Arc<Core>) -> Result<JoinHandle<()>, OpenError> {
    let conn = schema::open_writer(&core.sweep.path)?;
    let run = move || {
        while core.sweep.wait() {
            match checkpoint(&conn, "PASSIVE") {
                Ok(frames) if frames > RESTART_FRAMES * 3 / 4 => core.sweep.ask_restart(),
                Ok(_) | Err(Broken::Busy | Broken::DiskFull | Broken::Refused(_)) => {}
                Err(Broken::Failed(why)) => core.fail(format!("checkpoint: {why}")),
            }
        }
    };
    let spawned = std::thread::Builder::new().name("ledger-sweep".into()).spawn(run);
    spawned.map_err(|e| OpenError::Storage(e.to_string()))
}

/// Frames in the log after the run. A full disk here loses nothing: the log keeps what it has.
pub(super) fn checkpoint(conn: &Connection, mode: &str) -> Result<i64, Broken> {
    let run = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
    match conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], run) {
        Ok((0, frames)) => Ok(frames),
        Ok(_) => Err(Broken::Busy),
        Err(error) => Err(match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Broken::Busy,
            Some(ErrorCode::DiskFull) => Broken::DiskFull,
            _ => Broken::Failed(error.to_string()),
        }),
    }
}
