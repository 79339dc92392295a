//! What anybody may read of a log: the newest signed checkpoint and the tiles, bundles and keys it covers.
//!
//! Holds a ledger and shows hashes only; nothing beyond the newest checkpoint leaves the house, for
//! it would tell who works when.

use super::hash::{entries_bundle, leaf};
use super::nodes::{Nodes, NodesError};
use super::note::Vkey;
use super::port::{Hash, Ledger, LedgerError};
use super::tlog::policy::Policy;
use super::tlog::tile::{Kind, TilePath};
use std::sync::Arc;

/// The public side of one log.
#[derive(Clone)]
pub struct LogReader {
    ledger: Arc<dyn Ledger>,
    origin: String,
    vkeys: Vec<Vkey>,
}

impl LogReader {
    /// `vkeys`: all keys that ever signed this log, the newest first.
    pub fn new(ledger: Arc<dyn Ledger>, origin: &str, vkeys: Vec<Vkey>) -> Self {
        Self { ledger, origin: origin.to_owned(), vkeys }
    }

    /// Origin of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// All keys that ever signed this log, the newest first.
    pub fn vkeys(&self) -> &[Vkey] {
        &self.vkeys
    }

    /// The policy file of this log; `None` where no key is known.
    pub fn policy(&self) -> Option<String> {
        (!self.vkeys.is_empty()).then(|| Policy::text_for(&self.vkeys, None))
    }

    /// Size and note of the newest checkpoint.
    pub async fn checkpoint(&self) -> Result<Option<(u64, String)>, LedgerError> {
        self.ledger.get_checkpoint(u64::MAX).await
    }

    /// Size and note of the newest checkpoint that is not larger than `max`.
    pub async fn checkpoint_up_to(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError> {
        self.ledger.get_checkpoint(max).await
    }

    /// Bytes of a tile or bundle in the tree of `size` events; `None` where it is empty or reaches beyond.
    pub async fn file(&self, path: &TilePath, size: u64) -> Result<Option<Vec<u8>>, NodesError> {
        let width = path.width;
        if TilePath::at(path.kind, path.n, size).is_none_or(|covered| width > covered.width) {
            return Ok(None);
        }
        let mut nodes = Nodes::new(&*self.ledger, size);
        match path.kind {
            Kind::Entries => {
                let hashes = self.hashes(path.n * 256, usize::from(width)).await?;
                let leaves: Vec<u8> = hashes.iter().flat_map(leaf).collect();
                // Entries that are not those of the tree are not given out.
                if !nodes.tile(0, path.n).await?.starts_with(&leaves) {
                    let reason = "the entries are not those of the tree".to_owned();
                    return Err(LedgerError::Corrupt { index: path.n * 256, reason }.into());
                }
                Ok(Some(entries_bundle(&hashes)))
            }
            Kind::Level(level) => Ok(Some(nodes.tile(level, path.n).await?[..usize::from(width) * 32].to_vec())),
        }
    }

    /// Root over the first `size` events.
    pub async fn root(&self, size: u64) -> Result<Hash, NodesError> {
        Nodes::new(&*self.ledger, size).root(size).await
    }

    /// Whether the tree of `old` is the beginning of that of `new`.
    pub async fn continues(&self, old: (u64, Hash), new: (u64, Hash)) -> Result<bool, NodesError> {
        Nodes::new(&*self.ledger, new.0).continues(old, new).await
    }

    async fn hashes(&self, from: u64, count: usize) -> Result<Vec<Hash>, LedgerError> {
        let events = self.ledger.read_all(from, count).await?;
        if events.len() == count {
            return Ok(events.iter().map(|event| event.event_hash).collect());
        }
        let reason = "the event is missing".to_owned();
        Err(LedgerError::Corrupt { index: from + events.len() as u64, reason })
    }
}

#[cfg(test)]
mod tests;
