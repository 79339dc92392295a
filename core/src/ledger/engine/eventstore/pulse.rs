//! Whether the sequencer's thread still runs: a subscription that was ended without a word spins inside the client.
//!
//! Deliberately only notices; a thread cannot be ended from outside, a process can.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often the thread beats.
pub(super) const BEAT: Duration = Duration::from_millis(500);
/// Silence after which it counts as stopped.
const SILENCE: Duration = Duration::from_secs(30);

/// Beats counted by the thread, looked at by everybody else.
#[derive(Default)]
pub(super) struct Pulse {
    beats: AtomicU64,
    seen: Mutex<Option<(u64, Instant)>>,
}

impl Pulse {
    /// The thread runs.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Relaxed);
    }

    /// Whether no beat came for too long, as far as was looked.
    pub(super) fn stopped(&self, now: Instant) -> bool {
        let beats = self.beats.load(Relaxed);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some((last, at)) if last == beats => now.saturating_duration_since(at) > SILENCE,
            _ => {
                *seen = Some((beats, now));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_long_silence_counts() {
        let (pulse, start) = (Pulse::default(), Instant::now());
        assert!(!pulse.stopped(start));
        assert!(!pulse.stopped(start + SILENCE));
        pulse.beat();
        assert!(!pulse.stopped(start + SILENCE * 3));
        assert!(pulse.stopped(start + SILENCE * 5));
    }
}
