//! The one hasher: SHA-256, HMAC, HKDF and base64url as the format uses them (`LEDGER.md`, hashes).
//!
//! Labels are constants of the format, the same in every town. Nothing here knows what is hashed.

use super::port::Hash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Suite byte of SHA-256, the only suite of format v1.
pub const SUITE: u8 = 1;
/// `prev` of the first event of a stream.
pub const ZERO: Hash = [0; 32];

/// SHA-256 over the parts in order.
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut h = Sha256::new();
    for part in parts {
        h.update(part);
    }
    h.finalize().into()
}

/// HMAC-SHA-256 over the parts in order.
pub fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Hash {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// Hash of an event: what `prev` of the next one and the log entry carry.
pub fn event_hash(header: &[u8]) -> Hash {
    sha256(&[b"aktenkette/event/v1\n", header])
}

/// Log entry: suite byte and event hash; all that a tile or bundle shows of an event.
pub fn entry(event_hash: &Hash) -> [u8; 33] {
    let mut out = [SUITE; 33];
    out[1..].copy_from_slice(event_hash);
    out
}

/// RFC 6962 leaf hash of the event's log entry.
pub fn leaf(event_hash: &Hash) -> Hash {
    super::merkle::leaf_hash(&entry(event_hash))
}

/// Entries bundle of tlog-tiles: `u16 length || entry` for each event in log order.
pub fn entries_bundle(event_hashes: &[Hash]) -> Vec<u8> {
    let mut out = Vec::with_capacity(event_hashes.len() * 35);
    for hash in event_hashes {
        out.extend_from_slice(&33u16.to_be_bytes());
        out.extend_from_slice(&entry(hash));
    }
    out
}

/// HKDF-SHA-256 (RFC 5869) with an empty salt; the extract step is done once and kept.
#[derive(Clone)]
pub struct Derive(hkdf::Hkdf<Sha256>);

impl Derive {
    /// Extracts from 32 bytes of key material.
    pub fn new(ikm: &[u8; 32]) -> Self {
        Self(hkdf::Hkdf::new(None, ikm))
    }
    /// Expands to at most 32 bytes for `info` = the parts in order.
    pub fn expand<const N: usize>(&self, info: &[&[u8]]) -> [u8; N] {
        let mut out = [0; N];
        self.0.expand_multi_info(info, &mut out).expect("N is far below the HKDF limit of 8,160 bytes");
        out
    }
}

/// base64url without padding.
pub fn b64u(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict reverse of [`b64u`] for exactly N <= 64 bytes: no padding, no stray bits, no other length.
pub fn from_b64u<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut scratch = [0; 96];
    if text.len() != (N * 8).div_ceil(6) || N > 64 {
        return None;
    }
    match URL_SAFE_NO_PAD.decode_slice(text.as_bytes(), &mut scratch) {
        Ok(n) if n == N => scratch[..N].try_into().ok(),
        _ => None,
    }
}

/// A 32-byte digest as 43 characters of base64url: how `_sd` holds it and by which bytes `_sd` is sorted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigestText([u8; 43]);

impl DigestText {
    /// Encodes a digest.
    pub fn new(digest: &Hash) -> Self {
        let mut out = [0; 43];
        let n = URL_SAFE_NO_PAD.encode_slice(digest, &mut out).expect("32 bytes take exactly 43 characters");
        debug_assert_eq!(n, 43);
        Self(out)
    }
    /// Takes the text of a digest, strictly.
    pub fn parse(text: &str) -> Option<Self> {
        from_b64u::<32>(text)?;
        Some(Self(text.as_bytes().try_into().ok()?))
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64url is ASCII")
    }
}

impl std::fmt::Debug for DigestText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
