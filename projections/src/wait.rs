//! Read your own writes: a bounded wait until the views have taken in an event.
//!
//! Never blocks a writer; a timeout only means that the page may still show the state before.

use std::time::Duration;
use tokio::sync::watch;

/// How far all healthy views have come; cheap to clone.
#[derive(Clone, Debug)]
pub struct Stand(watch::Receiver<u64>);

impl Stand {
    /// A position and the handle that moves it (held by the runner).
    pub fn new(next: u64) -> (watch::Sender<u64>, Stand) {
        let (tx, rx) = watch::channel(next);
        (tx, Stand(rx))
    }

    /// Number of events taken in = index of the next one.
    pub fn next(&self) -> u64 {
        *self.0.borrow()
    }

    /// Waits until the event with this log index is visible; `false` after `timeout`.
    pub async fn wait_for(&self, index: u64, timeout: Duration) -> bool {
        let mut rx = self.0.clone();
        let seen = tokio::time::timeout(timeout, rx.wait_for(|next| *next > index)).await;
        matches!(seen, Ok(Ok(_)))
    }
}
