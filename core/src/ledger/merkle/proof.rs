//! Inclusion and consistency proofs of RFC 6962 / RFC 9162 §2.1.3-2.1.4: built from stored nodes, verified strictly.
//!
//! Verification takes exactly the proof's length: one hash too many or too few is an error.

use super::super::hash::sha256;
use super::{TILE_WIDTH, mth, node_hash};
use crate::ledger::port::Hash;

/// Why a proof cannot be built or does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("index or size outside the tree")]
    Range,
    #[error("proof has the wrong number of hashes")]
    Length,
    #[error("proof does not lead to the root")]
    Root,
}

/// Root over leaves `from..to`; `node(height, n)` = root of the complete subtree over leaves
/// `n * 2^height .. (n + 1) * 2^height`.
fn range_root<E>(from: u64, to: u64, node: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let len = to - from;
    if len.is_power_of_two() {
        let height = len.trailing_zeros();
        return node(height, from >> height);
    }
    let split = from + split(len);
    let left = range_root(from, split, node)?;
    let right = range_root(split, to, node)?;
    Ok(node_hash(&left, &right))
}

/// The largest power of two smaller than `len` (>= 2).
fn split(len: u64) -> u64 {
    1 << (63 - (len - 1).leading_zeros())
}

/// Root of the tree of the first `size` leaves.
pub fn root_of<E>(size: u64, mut node: impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 { Ok(sha256(&[])) } else { range_root(0, size, &mut node) }
}

/// Audit path of leaf `index` in the tree of `size` leaves, leaf side first.
pub fn inclusion_proof<E: From<ProofError>>(
    index: u64,
    size: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(ProofError::Range.into());
    }
    let (mut from, mut to) = (0, size);
    let mut out = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            out.push(range_root(middle, to, &mut node)?);
            to = middle;
        } else {
            out.push(range_root(from, middle, &mut node)?);
            from = middle;
        }
    }
    out.reverse();
    Ok(out)
}

/// Proof that the tree of `old` leaves is the beginning of the tree of `size` leaves.
/// Empty for `old` = 0 and `old` = `size`.
pub fn consistency_proof<E: From<ProofError>>(
    old: u64,
    size: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old > size {
        return Err(ProofError::Range.into());
    }
    if old == 0 || old == size {
        return Ok(Vec::new());
    }
    let (mut from, mut to) = (0, size);
    let mut out = Vec::new();
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            out.push(range_root(middle, to, &mut node)?);
            to = middle;
        } else {
            out.push(range_root(from, middle, &mut node)?);
            from = middle;
        }
    }
    if from > 0 {
        out.push(range_root(from, to, &mut node)?);
    }
    out.reverse();
    Ok(out)
}

/// Verifies an audit path (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Range);
    }
    let (mut fnode, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for step in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if fnode & 1 == 1 || fnode == last {
            hash = node_hash(step, &hash);
            while fnode & 1 == 0 && fnode != 0 {
                fnode >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        fnode >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Verifies that `old_root` (of `old` leaves) is a beginning of `root` (of `size` leaves), RFC 9162 §2.1.4.2.
/// An empty tree is a beginning of every tree; its root must be SHA-256("").
pub fn verify_consistency(old: u64, size: u64, old_root: &Hash, root: &Hash, proof: &[Hash]) -> Result<(), ProofError> {
    if old > size {
        return Err(ProofError::Range);
    }
    if old == 0 || old == size {
        let same = if old == 0 { *old_root == sha256(&[]) } else { old_root == root };
        return match (proof.is_empty(), same) {
            (false, _) => Err(ProofError::Length),
            (true, true) => Ok(()),
            (true, false) => Err(ProofError::Root),
        };
    }
    let mut steps = proof.iter();
    let first = if old.is_power_of_two() { old_root } else { steps.next().ok_or(ProofError::Length)? };
    let shift = (old - 1).trailing_ones();
    let (mut fnode, mut last) = ((old - 1) >> shift, (size - 1) >> shift);
    let (mut old_hash, mut hash) = (*first, *first);
    for step in steps {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if fnode & 1 == 1 || fnode == last {
            old_hash = node_hash(step, &old_hash);
            hash = node_hash(step, &hash);
            while fnode & 1 == 0 && fnode != 0 {
                fnode >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        fnode >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if old_hash == *old_root && hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// A node out of tiles: `tile(level, n)` returns the hashes of `tile/<level>/<n>`, full or partial
/// (multiples of 32 bytes). Answers `Range` where the tile does not reach the node.
pub fn node_from_tiles<E: From<ProofError>>(
    height: u32,
    n: u64,
    mut tile: impl FnMut(u8, u64) -> Result<Vec<u8>, E>,
) -> Result<Hash, E> {
    let (level, inside) = (height / 8, height % 8);
    let first = n << inside;
    let hashes = tile(level as u8, first / TILE_WIDTH as u64)?;
    let (hashes, _) = hashes.as_chunks::<32>();
    let from = (first % TILE_WIDTH as u64) as usize;
    let part = hashes.get(from..from + (1 << inside)).ok_or(ProofError::Range)?;
    Ok(mth(part))
}
