//! RFC 6962 trees over SHA-256: the growing frontier of the log, its full tiles, roots and proofs.
//!
//! Knows no storage: node hashes come in through closures, full tiles go out as rows.

mod proof;

pub use proof::{
    ProofError, consistency_proof, inclusion_proof, node_from_tiles, root_of, verify_consistency, verify_inclusion,
};

use super::hash::sha256;
use super::port::Hash;

/// Hashes of one full tile (tlog-tiles).
pub const TILE_WIDTH: usize = 256;

/// Leaf hash: SHA-256(0x00 || data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    sha256(&[&[0], data])
}

/// Inner node: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [1u8; 65];
    block[1..33].copy_from_slice(left);
    block[33..].copy_from_slice(right);
    sha256(&[&block])
}

/// Root over finished leaf hashes (stream heads, manifests); SHA-256("") for none.
pub fn mth(leaves: &[Hash]) -> Hash {
    let mut peaks = Peaks::default();
    for leaf in leaves {
        peaks.push(*leaf, |_, _| ());
    }
    peaks.root()
}

/// A full tile, ready to be stored: `tile/<level>/<n>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileRow {
    /// 0 = leaf hashes; each hash of level L covers 256^L leaves.
    pub level: u8,
    pub n: u64,
    /// 256 hashes of 32 bytes.
    pub hashes: Vec<u8>,
}

/// Roots of the complete subtrees a tree of this size consists of, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peaks {
    size: u64,
    hashes: Vec<Hash>,
}

impl Peaks {
    /// Adds a leaf; `whole` is told every subtree that becomes complete, with its height in bits.
    pub(crate) fn push(&mut self, leaf: Hash, mut whole: impl FnMut(u32, &Hash)) {
        let mut hash = leaf;
        let mut height = 0;
        whole(height, &hash);
        let mut rest = self.size;
        while rest & 1 == 1 {
            let left = self.hashes.pop().expect("a set bit of the size has its peak");
            hash = node_hash(&left, &hash);
            height += 1;
            whole(height, &hash);
            rest >>= 1;
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// RFC 6962 root; SHA-256("") for none.
    pub(crate) fn root(&self) -> Hash {
        let mut right_first = self.hashes.iter().rev();
        let Some(last) = right_first.next() else { return sha256(&[]) };
        right_first.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The right edge of a growing log: enough to append, to know the root and to emit full tiles.
///
/// An engine works on a clone and keeps it only after its commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    peaks: Peaks,
    /// Per tile level the hashes of the tile that is not full yet, 32 bytes each.
    open: Vec<Vec<u8>>,
}

/// Why a stored frontier cannot be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    #[error("stored frontier is malformed")]
    Malformed,
    #[error("stored frontier does not match the stored leaves and tiles")]
    Mismatch,
}

impl Frontier {
    /// The empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.peaks.size
    }

    /// RFC 6962 root; SHA-256("") while empty.
    pub fn root(&self) -> Hash {
        self.peaks.root()
    }

    /// Appends a leaf hash and returns the tiles that this leaf made full (none for 255 of 256 leaves).
    pub fn push(&mut self, leaf: Hash) -> Vec<TileRow> {
        let Self { peaks, open } = self;
        let index = peaks.size;
        let mut full = Vec::new();
        peaks.push(leaf, |height, hash| {
            if !height.is_multiple_of(8) {
                return;
            }
            let level = (height / 8) as usize;
            if open.len() <= level {
                open.resize_with(level + 1, || Vec::with_capacity(TILE_WIDTH * 32));
            }
            open[level].extend_from_slice(hash);
            if open[level].len() == TILE_WIDTH * 32 {
                let hashes = std::mem::replace(&mut open[level], Vec::with_capacity(TILE_WIDTH * 32));
                full.push(TileRow { level: level as u8, n: index >> (8 * (level + 1)), hashes });
            }
        });
        full
    }

    /// Hashes of the tile at `level` that is not full yet (a multiple of 32 bytes; empty if none):
    /// what `tile/<L>/<N>.p/<W>` holds.
    pub fn partial_tile(&self, level: u8) -> &[u8] {
        self.open.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Compact form: `u64 size || peaks`, at most 8 + 64 * 32 bytes. Partial tiles are not in it,
    /// they come back from the last leaves and the full tiles ([`Frontier::restore`]).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.peaks.hashes.len() * 32);
        out.extend_from_slice(&self.peaks.size.to_be_bytes());
        for hash in &self.peaks.hashes {
            out.extend_from_slice(hash);
        }
        out
    }

    /// Takes up a stored frontier. `tail` = leaf hashes of the last `size % 256` events in log order;
    /// `tile(level, n)` = a stored full tile. Everything is recomputed and must agree with the bytes.
    pub fn restore<E: From<FrontierError>>(
        bytes: &[u8],
        tail: &[Hash],
        mut tile: impl FnMut(u8, u64) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(FrontierError::Malformed)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, rest) = hashes.as_chunks::<32>();
        if !rest.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(FrontierError::Malformed.into());
        }
        if tail.len() as u64 != size % TILE_WIDTH as u64 {
            return Err(FrontierError::Mismatch.into());
        }
        let mut open = vec![tail.concat()];
        let mut level = 1u8;
        while level < 8 && size >> (8 * u32::from(level)) > 0 {
            // Each hash of an open tile is the root of a full tile one level below.
            let whole = size >> (8 * u32::from(level));
            let mut hashes = Vec::with_capacity(TILE_WIDTH * 32);
            for n in whole - whole % TILE_WIDTH as u64..whole {
                hashes.extend_from_slice(&tile_root(&tile(level - 1, n)?).ok_or(FrontierError::Malformed)?);
            }
            open.push(hashes);
            level += 1;
        }
        let mut peaks: Vec<Hash> = Vec::new();
        for (level, hashes) in open.iter().enumerate().rev() {
            let width = (size >> (8 * level)) % TILE_WIDTH as u64;
            peaks.extend(peaks_of(hashes, width).ok_or(FrontierError::Mismatch)?);
        }
        if peaks != hashes {
            return Err(FrontierError::Mismatch.into());
        }
        Ok(Self { peaks: Peaks { size, hashes: peaks }, open })
    }
}

fn tile_root(tile: &[u8]) -> Option<Hash> {
    let (hashes, rest) = tile.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == TILE_WIDTH).then(|| mth(hashes))
}

fn peaks_of(hashes: &[u8], width: u64) -> Option<Vec<Hash>> {
    let (hashes, rest) = hashes.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() as u64 != width {
        return None;
    }
    let mut peaks = Peaks::default();
    for hash in hashes {
        peaks.push(*hash, |_, _| ());
    }
    Some(peaks.hashes)
}

#[cfg(test)]
mod tests;
