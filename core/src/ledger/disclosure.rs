//! Disclosures: salted commitments to single values, and the decoys that hide their number (`LEDGER.md`, disclosures).
//!
//! Built on demand from a group's secret, never stored; a value's bytes are copied, never written anew.

use super::hash::{Derive, DigestText, b64u, from_b64u, sha256};
use super::json::{JsonError, MAX_DISCLOSURE, members, parse_strict};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Why a pointer or a disclosure is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    #[error("pointer must match (/[A-Za-z0-9_-]{{1,64}}){{1,8}}")]
    Pointer,
    #[error("a pointer occurs twice or contains another one")]
    Overlap,
    #[error("disclosure is longer than 1 MiB")]
    TooLong,
    #[error("disclosure is not base64url of [salt, pointer, value]")]
    Malformed,
    #[error("disclosure: {0}")]
    Json(#[from] JsonError),
}

/// Salts and decoys of one group, from its secret.
#[derive(Clone)]
pub struct Salter(Derive);

impl Salter {
    /// Takes the group's secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Derive::new(secret))
    }

    /// Salt of a pointer's disclosure.
    pub fn salt(&self, pointer: &str) -> [u8; 16] {
        self.0.expand(&[b"aktenkette/salt/v1\n", pointer.as_bytes()])
    }

    /// The j-th decoy.
    pub fn decoy(&self, j: usize) -> DigestText {
        let digest = self.0.expand(&[b"aktenkette/decoy/v1\n", j.to_string().as_bytes()]);
        DigestText::new(&digest)
    }

    /// Disclosure of one value; `value` = its exact JSON bytes, `pointer` must have passed [`check_pointer`].
    pub fn disclosure(&self, pointer: &str, value: &[u8]) -> Result<String, DisclosureError> {
        let mut json = Vec::with_capacity(value.len() + pointer.len() + 32);
        self.write(pointer, value, &mut json)?;
        Ok(b64u(&json))
    }

    /// Digest of one value's disclosure, without keeping its text. `scratch` saves allocations.
    pub fn digest(&self, pointer: &str, value: &[u8], scratch: &mut Scratch) -> Result<DigestText, DisclosureError> {
        scratch.json.clear();
        self.write(pointer, value, &mut scratch.json)?;
        scratch.text.clear();
        URL_SAFE_NO_PAD.encode_string(&scratch.json, &mut scratch.text);
        Ok(digest(&scratch.text))
    }

    fn write(&self, pointer: &str, value: &[u8], out: &mut Vec<u8>) -> Result<(), DisclosureError> {
        let mut salt = [0; 22];
        let n = URL_SAFE_NO_PAD.encode_slice(self.salt(pointer), &mut salt).unwrap_or(0);
        out.extend_from_slice(b"[\"");
        out.extend_from_slice(&salt[..n]);
        out.extend_from_slice(b"\",\"");
        out.extend_from_slice(pointer.as_bytes());
        out.extend_from_slice(b"\",");
        out.extend_from_slice(value);
        out.push(b']');
        if out.len() > MAX_DISCLOSURE { Err(DisclosureError::TooLong) } else { Ok(()) }
    }
}

/// Buffers reused from one digest to the next.
#[derive(Default)]
pub struct Scratch {
    json: Vec<u8>,
    text: String,
}

/// Digest of a disclosure: SHA-256 over its base64url text (RFC 9901).
pub fn digest(disclosure: &str) -> DigestText {
    DigestText::new(&sha256(&[disclosure.as_bytes()]))
}

/// A disclosure as somebody outside reads it (receipts, public records).
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosed {
    pub salt: [u8; 16],
    pub pointer: String,
    pub value: Value,
}

/// Reads a disclosure strictly.
pub fn read(disclosure: &str) -> Result<Disclosed, DisclosureError> {
    if disclosure.len() > MAX_DISCLOSURE.div_ceil(3) * 4 {
        return Err(DisclosureError::TooLong);
    }
    let json = URL_SAFE_NO_PAD.decode(disclosure).map_err(|_| DisclosureError::Malformed)?;
    let Value::Array(parts) = parse_strict(&json)? else { return Err(DisclosureError::Malformed) };
    let Ok([Value::String(salt), Value::String(pointer), value]) = <[Value; 3]>::try_from(parts) else {
        return Err(DisclosureError::Malformed);
    };
    let salt = from_b64u(&salt).ok_or(DisclosureError::Malformed)?;
    check_pointer(&pointer)?;
    Ok(Disclosed { salt, pointer, value })
}

/// Pointers match `^(/[A-Za-z0-9_-]{1,64}){1,8}$`.
pub fn check_pointer(pointer: &str) -> Result<(), DisclosureError> {
    let Some(rest) = pointer.strip_prefix('/') else { return Err(DisclosureError::Pointer) };
    let mut segments = 0;
    for segment in rest.split('/') {
        segments += 1;
        let plain = segment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if segments > 8 || !plain || !(1..=64).contains(&segment.len()) {
            return Err(DisclosureError::Pointer);
        }
    }
    Ok(())
}

/// No pointer of an event occurs twice or is a segment-wise beginning of another. Sorts the list.
pub fn check_disjoint(pointers: &mut [&str]) -> Result<(), DisclosureError> {
    pointers.sort_unstable();
    if pointers.windows(2).any(|w| w[0] == w[1]) {
        return Err(DisclosureError::Overlap);
    }
    for pointer in pointers.iter() {
        for (at, _) in pointer.match_indices('/').skip(1) {
            if pointers.binary_search(&&pointer[..at]).is_ok() {
                return Err(DisclosureError::Overlap);
            }
        }
    }
    Ok(())
}

/// One value of a group map: pointer, value, and where its exact bytes stand in the map's text.
pub type Member = (String, Value, std::ops::Range<usize>);

/// Reads the map of a group: every pointer checked, values with their spans.
pub fn read_map(json: &[u8]) -> Result<Vec<Member>, DisclosureError> {
    let found = members(json)?;
    for (pointer, _, _) in &found {
        check_pointer(pointer)?;
    }
    Ok(found)
}

/// How many decoys pad a sealed group of `n` values to the next multiple of 4.
pub fn decoys_for(n: usize) -> usize {
    n.next_multiple_of(4) - n
}
