//! Rights that one node of several holds at a time: signing, following up, daily work, erasing.
//!
//! A right ends by time, and every change of holder raises its fence: whoever was frozen past the end of
//! its right is refused by the storage when it wakes. Decides nothing about what the right is for.

use super::port::LedgerError;
use async_trait::async_trait;
use std::time::Duration;

/// Rises with every change of holder.
pub type Fence = u64;

/// Hands out rights among the nodes of one ledger. One value stands for one node.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes the right, or keeps it for another `ttl`; `None` while another node has it. The storage's clock counts.
    /// A name with a colon is one node's registration and is forgotten a day after its end.
    async fn take(&self, name: &str, ttl: Duration) -> Result<Option<Fence>, LedgerError>;
    /// Gives it back, so that another node need not wait for its end; nothing if it is not held.
    async fn release(&self, name: &str) -> Result<(), LedgerError>;
    /// Rights now held whose names begin so, each with its position.
    async fn held(&self, prefix: &str) -> Result<Vec<(String, Option<u64>)>, LedgerError>;
    /// How far the work under this right has come, whoever did it; `None` if never told.
    async fn position(&self, name: &str) -> Result<Option<u64>, LedgerError>;
    /// Stores the position durably; `false`, and nothing stored, if the right has gone to another node.
    async fn advance(&self, name: &str, fence: Fence, position: u64) -> Result<bool, LedgerError>;
}

/// The rights of a ledger that only one process writes to: all of them are its own.
#[derive(Debug, Default)]
pub struct Alone(std::sync::Mutex<std::collections::HashMap<String, u64>>);

#[async_trait]
impl Leases for Alone {
    async fn take(&self, _name: &str, _ttl: Duration) -> Result<Option<Fence>, LedgerError> {
        Ok(Some(1))
    }
    async fn release(&self, _name: &str) -> Result<(), LedgerError> {
        Ok(())
    }
    async fn held(&self, _prefix: &str) -> Result<Vec<(String, Option<u64>)>, LedgerError> {
        Ok(Vec::new())
    }
    async fn position(&self, name: &str) -> Result<Option<u64>, LedgerError> {
        Ok(self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(name).copied())
    }
    async fn advance(&self, name: &str, _fence: Fence, position: u64) -> Result<bool, LedgerError> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(name.to_owned(), position);
        Ok(true)
    }
}
