//! The published forms of the log (C2SP): tile paths, proofs, policies; written and read strictly.
//!
//! Knows no storage and no network; what an entry means is not its business.

pub mod policy;
pub mod proof;
pub mod tile;

#[cfg(test)]
mod tests;

use super::port::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Why a published form is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogError {
    #[error("tile path is malformed")]
    Path,
    #[error("proof is malformed in line {line}: {what}")]
    Proof { line: usize, what: &'static str },
    #[error("policy is malformed in line {line}: {what}")]
    Policy { line: usize, what: &'static str },
}

/// Decimal ASCII without leading zeros, at most 2^53-1 as everywhere in the format.
fn decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let n: u64 = text.parse().ok().filter(|_| plain)?;
    (n <= super::json::MAX_INTEGER as u64).then_some(n)
}

/// One hash in padded base64, strictly.
fn hash_line(line: &str) -> Option<Hash> {
    (line.len() == 44).then(|| STANDARD.decode(line).ok()?.try_into().ok())?
}
