//! Where `process` stands: durable, outside the views.
//!
//! Lost, it restarts from the last `process.position.v1`: a command once refused must not write years later.

use crate::ledger::lease::{Fence, Leases};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the next log index to be worked on. The durable one lives in `local.db`.
#[async_trait]
pub trait PositionStore: Send + Sync {
    /// `None` if there never was one, or it was lost.
    async fn load(&self) -> std::io::Result<Option<u64>>;
    /// Durable on return.
    async fn store(&self, next: u64) -> std::io::Result<()>;
}

/// The position several nodes share: it belongs to the right to work, and whoever lost that cannot move it.
pub struct SharedPosition {
    pub leases: Arc<dyn Leases>,
    pub right: String,
    pub fence: Fence,
    /// Where this node stood before the ledger was shared.
    pub before: Box<dyn PositionStore>,
}

#[async_trait]
impl PositionStore for SharedPosition {
    async fn load(&self) -> std::io::Result<Option<u64>> {
        match self.leases.position(&self.right).await.map_err(std::io::Error::other)? {
            Some(next) => Ok(Some(next)),
            None => self.before.load().await,
        }
    }
    async fn store(&self, next: u64) -> std::io::Result<()> {
        match self.leases.advance(&self.right, self.fence, next).await.map_err(std::io::Error::other)? {
            true => Ok(()),
            false => Err(std::io::Error::other("another node has taken over")),
        }
    }
}

/// Forgets at the end: tests and the demo.
#[derive(Debug, Default)]
pub struct MemoryPosition(Mutex<Option<u64>>);

#[async_trait]
impl PositionStore for MemoryPosition {
    async fn load(&self) -> std::io::Result<Option<u64>> {
        Ok(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    async fn store(&self, next: u64) -> std::io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
        Ok(())
    }
}
