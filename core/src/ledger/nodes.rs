//! Nodes of the tree out of a ledger: full tiles as stored, the open ones recomputed from the last events.
//!
//! Builds proofs and roots for any size up to the head; signs and serves nothing.

use super::hash::leaf;
use super::merkle::{
    ProofError, TILE_WIDTH, consistency_proof, inclusion_proof, mth, node_from_tiles, root_of, verify_consistency,
};
use super::port::{Hash, Ledger, LedgerError};
use std::collections::HashMap;

/// Tiles kept; a proof needs fewer than 20.
const CACHED: usize = 1024;

/// Why a root or proof cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodesError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// What a proof function asks for while the tile is not at hand.
enum Need {
    Tile(u8, u64),
    Proof(ProofError),
}

impl From<ProofError> for Need {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

/// The tree over the first `size` events of a ledger.
pub struct Nodes<'a> {
    ledger: &'a dyn Ledger,
    size: u64,
    tiles: HashMap<(u8, u64), Vec<u8>>,
}

impl<'a> Nodes<'a> {
    /// `size` must not be larger than the ledger's head.
    pub fn new(ledger: &'a dyn Ledger, size: u64) -> Self {
        Self { ledger, size, tiles: HashMap::new() }
    }

    /// Root over the first `size` events, `size` <= the size given to [`Nodes::new`].
    pub async fn root(&mut self, size: u64) -> Result<Hash, NodesError> {
        self.bounded(size)?;
        self.with(|node| root_of(size, node)).await
    }

    /// Audit path of `index` in the tree of `size` events.
    pub async fn inclusion(&mut self, index: u64, size: u64) -> Result<Vec<Hash>, NodesError> {
        self.bounded(size)?;
        self.with(|node| inclusion_proof(index, size, node)).await
    }

    /// Proof that the tree of `old` events is the beginning of that of `size`.
    pub async fn consistency(&mut self, old: u64, size: u64) -> Result<Vec<Hash>, NodesError> {
        self.bounded(size)?;
        self.with(|node| consistency_proof(old, size, node)).await
    }

    /// Whether the tree of `old` events with this root is the beginning of this one of `size` with `root`;
    /// the proof is built and verified.
    pub async fn continues(&mut self, old: (u64, Hash), new: (u64, Hash)) -> Result<bool, NodesError> {
        let proof = self.consistency(old.0, new.0).await?;
        Ok(verify_consistency(old.0, new.0, &old.1, &new.1, &proof).is_ok())
    }

    /// Hashes of `tile/<level>/<n>` in the tree of this size, full or partial; empty beyond it.
    pub async fn tile(&mut self, level: u8, n: u64) -> Result<&[u8], NodesError> {
        if !self.tiles.contains_key(&(level, n)) {
            let hashes = self.load(level, n).await?;
            if self.tiles.len() >= CACHED {
                self.tiles.clear();
            }
            self.tiles.insert((level, n), hashes);
        }
        Ok(&self.tiles[&(level, n)])
    }

    fn bounded(&self, size: u64) -> Result<(), NodesError> {
        if size > self.size { Err(ProofError::Range.into()) } else { Ok(()) }
    }

    /// Runs a proof function again and again, each time with one tile more.
    async fn with<T>(
        &mut self,
        build: impl Fn(&mut dyn FnMut(u32, u64) -> Result<Hash, Need>) -> Result<T, Need>,
    ) -> Result<T, NodesError> {
        loop {
            let tiles = &self.tiles;
            let mut node = |height: u32, n: u64| {
                node_from_tiles(height, n, |level, n| tiles.get(&(level, n)).cloned().ok_or(Need::Tile(level, n)))
            };
            match build(&mut node) {
                Ok(done) => return Ok(done),
                Err(Need::Proof(error)) => return Err(error.into()),
                Err(Need::Tile(level, n)) => self.tile(level, n).await?,
            };
        }
    }

    async fn load(&self, level: u8, n: u64) -> Result<Vec<u8>, NodesError> {
        let hashes = self.size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let first = n.saturating_mul(TILE_WIDTH as u64);
        let width = hashes.saturating_sub(first).min(TILE_WIDTH as u64) as usize;
        if width == 0 {
            return Ok(Vec::new());
        }
        // A tile that has become full meanwhile begins with the same hashes.
        if let Some(mut full) = self.ledger.tile(level, n).await? {
            full.truncate(width * 32);
            return Ok(full);
        }
        let mut out = Vec::with_capacity(width * 32);
        if level == 0 {
            for event in self.ledger.read_all(first, width).await? {
                out.extend_from_slice(&leaf(&event.event_hash));
            }
        } else {
            for child in first..first + width as u64 {
                let below = self.ledger.tile(level - 1, child).await?;
                let (hashes, _) = below.as_deref().unwrap_or_default().as_chunks::<32>();
                out.extend_from_slice(&mth(hashes));
            }
        }
        if out.len() == width * 32 { Ok(out) } else { Err(ProofError::Range.into()) }
    }
}

#[cfg(test)]
mod tests;
