//! `.tlog-proof` (c2sp.org/tlog-proof@v1): an entry's inclusion in a signed checkpoint, checkable offline.
//!
//! Reads and writes the form only. `extra` proves nothing: whoever verifies recomputes the leaf from it.

use super::{TlogError, decimal, hash_line};
use crate::ledger::port::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const FIRST: &str = "c2sp.org/tlog-proof@v1";
/// Bytes of a whole proof: a header and a few large disclosures.
pub const MAX_PROOF: usize = 8 << 20;
/// A path in a tree of 2^53 leaves.
const MAX_PATH: usize = 53;

/// One proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Opaque and unauthenticated.
    pub extra: Option<Vec<u8>>,
    /// Of the entry, from 0.
    pub index: u64,
    /// Audit path, leaf side first.
    pub path: Vec<Hash>,
    /// The signed note, verbatim.
    pub checkpoint: String,
}

impl TlogProof {
    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut out = format!("{FIRST}\n");
        if let Some(extra) = &self.extra {
            out += &format!("extra {}\n", STANDARD.encode(extra));
        }
        out += &format!("index {}\n", self.index);
        for hash in &self.path {
            out += &STANDARD.encode(hash);
            out.push('\n');
        }
        out.push('\n');
        out + &self.checkpoint
    }

    /// Reads strictly; the checkpoint is taken verbatim and read by `Note::parse`.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let bad = |line: usize, what| TlogError::Proof { line, what };
        if text.len() > MAX_PROOF {
            return Err(bad(0, "longer than 8 MiB"));
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or(bad(1, "no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').zip(1..).peekable();
        if lines.next().map(|(line, _)| line) != Some(FIRST) {
            return Err(bad(1, "not c2sp.org/tlog-proof@v1"));
        }
        let extra = match lines.next_if(|(line, _)| line.starts_with("extra ")) {
            None => None,
            Some((line, at)) => Some(STANDARD.decode(&line[6..]).map_err(|_| bad(at, "extra is not base64"))?),
        };
        let (line, at) = lines.next().ok_or(bad(2, "no index"))?;
        let index = line.strip_prefix("index ").and_then(decimal).ok_or(bad(at, "index is not a plain decimal"))?;
        let mut path = Vec::new();
        for (line, at) in lines {
            if path.len() == MAX_PATH {
                return Err(bad(at, "more than 53 hashes"));
            }
            path.push(hash_line(line).ok_or(bad(at, "not a hash of 32 bytes"))?);
        }
        Ok(Self { extra, index, path, checkpoint: checkpoint.to_owned() })
    }
}
