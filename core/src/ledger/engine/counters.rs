//! What a grouping engine did since it was opened, counted beside the commits.
//!
//! Deliberately no times: flushes and group sizes say more about an engine than seconds do.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the engine did since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Transactions committed = flushes.
    pub commits: u64,
    /// Appends acknowledged.
    pub appends: u64,
    /// Events acknowledged.
    pub events: u64,
    /// Most appends that ever shared one flush.
    pub largest_group: u64,
}

/// Counts as it goes.
#[derive(Debug, Default)]
pub(super) struct Tally {
    commits: AtomicU64,
    appends: AtomicU64,
    events: AtomicU64,
    largest: AtomicU64,
}

impl Tally {
    /// One flush that acknowledged so much.
    pub(super) fn flushed(&self, appends: u64, events: u64) {
        self.commits.fetch_add(1, Relaxed);
        self.appends.fetch_add(appends, Relaxed);
        self.events.fetch_add(events, Relaxed);
        self.largest.fetch_max(appends, Relaxed);
    }

    pub(super) fn read(&self) -> Counters {
        Counters {
            commits: self.commits.load(Relaxed),
            appends: self.appends.load(Relaxed),
            events: self.events.load(Relaxed),
            largest_group: self.largest.load(Relaxed),
        }
    }
}
