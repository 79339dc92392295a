//! The demo's clock: real commands at the times of a past three years.

use akte_core::execute::Clock;
use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// A time as it is recorded, in whole microseconds: a receipt must not lie behind its own recording.
pub fn ganz(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// A clock that stands where it is put; released, it runs with the machine's.
pub struct DemoUhr(AtomicI64);

impl DemoUhr {
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.as_microsecond()))
    }
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_microsecond(), Ordering::SeqCst);
    }
}

impl Clock for DemoUhr {
    /// Each look moves it by a millisecond, so that nothing happens twice at one time.
    fn now(&self) -> Timestamp {
        let micros = self.0.fetch_add(1_000, Ordering::SeqCst);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
