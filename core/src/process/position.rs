//! Where `process` stands: durable, outside the views.
//!
//! Lost, it restarts from the last `process.position.v1`: a command once refused must not write years later.

use std::sync::{Mutex, PoisonError};

/// Keeps the next log index to be worked on. The durable one lives in `local.db`.
pub trait PositionStore: Send + Sync {
    /// `None` if there never was one, or it was lost.
    fn load(&self) -> std::io::Result<Option<u64>>;
    /// Durable on return.
    fn store(&self, next: u64) -> std::io::Result<()>;
}

/// Forgets at the end: tests and the demo.
#[derive(Debug, Default)]
pub struct MemoryPosition(Mutex<Option<u64>>);

impl PositionStore for MemoryPosition {
    fn load(&self) -> std::io::Result<Option<u64>> {
        Ok(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    fn store(&self, next: u64) -> std::io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
        Ok(())
    }
}
