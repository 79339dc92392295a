//! Reading the ledger with the vault at hand: pages of opened events.
//!
//! Whoever reads personal data through it asks `zugriff::permit` first.

use super::{OpenError, Recorded, Vault, open};
use crate::ledger::port::{Ledger, LedgerError, Stored};
use std::sync::Arc;
use uuid::Uuid;

/// Events fetched at once when a stream is read to its end.
const PAGE: usize = 512;

/// Why reading failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A ledger and its vault.
#[derive(Clone)]
pub struct Reader {
    pub ledger: Arc<dyn Ledger>,
    pub vault: Arc<Vault>,
}

impl Reader {
    /// Joins the two.
    pub fn new(ledger: Arc<dyn Ledger>, vault: Arc<Vault>) -> Self {
        Self { ledger, vault }
    }

    /// Events with `index >= from`, ascending, at most `limit`.
    pub async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.opened(&self.ledger.read_all(from, limit).await?)
    }

    /// All events of a stream with `seq >= from`.
    pub async fn read_stream(&self, stream: Uuid, from: u64) -> Result<Vec<Recorded>, ReadError> {
        let mut out = Vec::new();
        let mut next = from;
        loop {
            let page = self.ledger.read_stream(stream, next, PAGE).await?;
            let Some(last) = page.last() else { return Ok(out) };
            next = last.seq + 1;
            let full = page.len() == PAGE;
            out.extend(self.opened(&page)?);
            if !full {
                return Ok(out);
            }
        }
    }

    fn opened(&self, page: &[Stored]) -> Result<Vec<Recorded>, ReadError> {
        page.iter().map(|stored| Ok(open(stored, Some(&self.vault))?)).collect()
    }
}
