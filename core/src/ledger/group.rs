//! Payload groups: the values of one subject in one event, as plaintext and as stored bytes (`LEDGER.md`, disclosures).
//!
//! Storage is separate from commitment: sealing, re-sealing and erasing never change a hash.

use super::disclosure::{DisclosureError, Member, Salter, Scratch, decoys_for, read_map};
use super::hash::{Derive, DigestText, hmac};
use super::json::write_jcs;
use super::port::{Hash, KekUse, StoredGroup};
use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use serde_json::Value;
use std::fmt::Write;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Bytes of a group's secret, at the front of its plaintext.
pub const SECRET: usize = 32;

/// How a stored group is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alg {
    /// Group 0 only: the plaintext itself.
    Open = 0,
    /// `nonce(12) || AES-256-GCM-SIV`, the default of sealed groups.
    AesGcmSiv = 1,
    /// `nonce(24) || XChaCha20-Poly1305`.
    XChaCha = 2,
}

/// Why a group cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    #[error("a sealed group is stored in the clear, or group 0 is sealed")]
    Clear,
    #[error("stored group has an unknown algorithm or is too short")]
    Malformed,
    #[error("stored group does not open under its key")]
    Sealed,
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
}

/// A key-encryption key of one subject in one procedure; the extract step is kept with it.
pub struct Kek {
    pub id: u64,
    key: Zeroizing<[u8; 32]>,
    derive: Derive,
}

impl Kek {
    /// Takes the raw key.
    pub fn new(id: u64, key: [u8; 32]) -> Self {
        Self { id, derive: Derive::new(&key), key: Zeroizing::new(key) }
    }

    /// The raw key, for the content store.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Key of one group of one event; never stored.
    pub fn dek(&self, stream: Uuid, seq: u64, g: u8) -> Zeroizing<[u8; 32]> {
        let info: [&[u8]; 4] = [b"aktenkette/dek/v1\n", stream.as_bytes(), &seq.to_be_bytes(), &[g]];
        Zeroizing::new(self.derive.expand(&info))
    }

    /// Key of a stored document.
    pub fn doc_key(&self, reference: Uuid) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.derive.expand(&[b"aktenkette/dockey/v1\n", reference.as_bytes()]))
    }

    /// Binds this key to its subject and procedure: what the first append stores.
    pub fn use_row(&self, subject: &str, procedure: Uuid) -> KekUse {
        let mac = self.use_mac(subject, procedure);
        KekUse { kek_id: self.id, subject: subject.to_owned(), procedure, mac }
    }

    /// mac of [`Kek::use_row`].
    pub fn use_mac(&self, subject: &str, procedure: Uuid) -> Hash {
        hmac(&self.key, &[format!("aktenkette/use/v1\n{}\n{subject}\n{procedure}", self.id).as_bytes()])
    }
}

impl std::fmt::Debug for Kek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kek({}, hidden)", self.id)
    }
}

/// Where a group stands: part of what its ciphertext is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub log: &'a str,
    pub stream: Uuid,
    pub seq: u64,
}

impl Place<'_> {
    pub(crate) fn aad(&self, g: u8, kek_id: u64, alg: Alg) -> String {
        let mut out = String::with_capacity(112 + self.log.len());
        let Self { log, stream, seq } = self;
        // Writing to a String cannot fail.
        let _ = write!(out, "aktenkette/group/v1\n{log}\n{}\n{seq}\n{g}\n{kek_id}\n{}", stream.hyphenated(), alg as u8);
        out
    }
}

/// A group in the clear.
#[derive(Clone, Debug)]
pub struct Group {
    pub g: u8,
    plain: Zeroizing<Vec<u8>>,
    members: Vec<Member>,
}

impl Group {
    /// Reads `secret || JSON map`; every pointer is checked, at least one is there.
    pub fn read(g: u8, plain: Vec<u8>) -> Result<Self, GroupError> {
        let plain = Zeroizing::new(plain);
        let map = plain.get(SECRET..).ok_or(GroupError::Malformed)?;
        let members = read_map(map)?;
        if members.is_empty() { Err(GroupError::Malformed) } else { Ok(Self { g, plain, members }) }
    }

    /// Pointers with values and the exact bytes of the values.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value, &[u8])> {
        let map = &self.plain[SECRET..];
        self.members.iter().map(|(p, v, span)| (p.as_str(), v, &map[span.clone()]))
    }

    /// Gives the values away.
    pub fn into_values(self) -> impl Iterator<Item = (String, Value)> {
        self.members.into_iter().map(|(p, v, _)| (p, v))
    }

    /// Secret and map as they stand: what re-sealing seals again.
    pub fn plaintext(&self) -> &[u8] {
        &self.plain
    }

    fn salter(&self) -> Salter {
        let mut secret = Zeroizing::new([0; SECRET]);
        secret.copy_from_slice(&self.plain[..SECRET]);
        Salter::new(&secret)
    }

    /// The disclosures of this group, pointer first, in the order of the map.
    pub fn disclosures(&self) -> Result<Vec<(String, String)>, DisclosureError> {
        let salter = self.salter();
        self.values().map(|(p, _, raw)| Ok((p.to_owned(), salter.disclosure(p, raw)?))).collect()
    }

    /// Every `_sd` entry this group owns: digests of its values, then its decoys.
    pub fn digests(&self) -> Result<Vec<DigestText>, DisclosureError> {
        let salter = self.salter();
        let mut scratch = Scratch::default();
        let mut out: Vec<DigestText> =
            self.values().map(|(p, _, raw)| salter.digest(p, raw, &mut scratch)).collect::<Result<_, _>>()?;
        if self.g > 0 {
            let decoys = decoys_for(out.len());
            out.extend((0..decoys).map(|j| salter.decoy(j)));
        }
        Ok(out)
    }
}

/// Writes `secret || JCS(map)` and gives the digests the group owns in `_sd`. `entries` are sorted by
/// pointer here; pointers must have passed `check_pointer`. An error names the pointer it came from.
pub fn write_plaintext(
    g: u8,
    secret: &[u8; SECRET],
    entries: &mut [(&str, &Value)],
    digests: &mut Vec<DigestText>,
    scratch: &mut Scratch,
) -> Result<Zeroizing<Vec<u8>>, (String, DisclosureError)> {
    entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let salter = Salter::new(secret);
    let mut plain = Zeroizing::new(Vec::with_capacity(SECRET + 2 + entries.len() * 64));
    plain.extend_from_slice(secret);
    plain.push(b'{');
    for (i, (pointer, value)) in entries.iter().enumerate() {
        if i > 0 {
            plain.push(b',');
        }
        plain.push(b'"');
        plain.extend_from_slice(pointer.as_bytes());
        plain.extend_from_slice(b"\":");
        let from = plain.len();
        let named = |error: DisclosureError| ((*pointer).to_owned(), error);
        write_jcs(value, &mut plain).map_err(|e| named(e.into()))?;
        digests.push(salter.digest(pointer, &plain[from..], scratch).map_err(named)?);
    }
    plain.push(b'}');
    if g > 0 {
        digests.extend((0..decoys_for(entries.len())).map(|j| salter.decoy(j)));
    }
    Ok(plain)
}

/// Stores group 0: the plaintext behind its algorithm byte.
pub fn store_open(plain: &[u8]) -> StoredGroup {
    let mut bytes = Vec::with_capacity(plain.len() + 1);
    bytes.push(Alg::Open as u8);
    bytes.extend_from_slice(plain);
    StoredGroup { g: 0, kek_id: None, change: 0, bytes }
}

/// Seals a group g >= 1. `nonce`: the first 12 (AES-GCM-SIV) or all 24 (XChaCha) random bytes are used.
pub fn seal(
    alg: Alg,
    kek: &Kek,
    place: &Place<'_>,
    g: u8,
    nonce: &[u8; 24],
    plain: &[u8],
) -> Result<StoredGroup, GroupError> {
    let nonce: &[u8] = match alg {
        Alg::Open => return Err(GroupError::Clear),
        Alg::AesGcmSiv => &nonce[..12],
        Alg::XChaCha => nonce,
    };
    if g == 0 {
        return Err(GroupError::Clear);
    }
    let dek = kek.dek(place.stream, place.seq, g);
    let aad = place.aad(g, kek.id, alg);
    let from = 1 + nonce.len();
    let mut bytes = Vec::with_capacity(from + plain.len() + 16);
    bytes.push(alg as u8);
    bytes.extend_from_slice(nonce);
    bytes.extend_from_slice(plain);
    let body = &mut bytes[from..];
    let tag = match alg {
        Alg::XChaCha => encrypt::<chacha20poly1305::XChaCha20Poly1305>(&dek, nonce, aad.as_bytes(), body),
        _ => encrypt::<aes_gcm_siv::Aes256GcmSiv>(&dek, nonce, aad.as_bytes(), body),
    };
    bytes.extend_from_slice(&tag.ok_or(GroupError::Malformed)?);
    Ok(StoredGroup { g, kek_id: Some(kek.id), change: 0, bytes })
}

/// Opens a stored group; `kek` is needed for g >= 1.
pub fn open(stored: &StoredGroup, place: &Place<'_>, kek: Option<&Kek>) -> Result<Group, GroupError> {
    let (alg, body) = stored.bytes.split_first().ok_or(GroupError::Malformed)?;
    let (alg, nonce) = match (stored.g, alg) {
        (0, 0) => return Group::read(0, body.to_vec()),
        (0, _) | (_, 0) => return Err(GroupError::Clear),
        (_, 1) => (Alg::AesGcmSiv, 12),
        (_, 2) => (Alg::XChaCha, 24),
        _ => return Err(GroupError::Malformed),
    };
    let kek = kek.ok_or(GroupError::Sealed)?;
    let (nonce, body) = body.split_at_checked(nonce).ok_or(GroupError::Malformed)?;
    let (body, tag) = body.split_last_chunk::<16>().ok_or(GroupError::Malformed)?;
    let dek = kek.dek(place.stream, place.seq, stored.g);
    let aad = place.aad(stored.g, kek.id, alg);
    let mut plain = body.to_vec();
    let right = match alg {
        Alg::XChaCha => decrypt::<chacha20poly1305::XChaCha20Poly1305>(&dek, nonce, aad.as_bytes(), &mut plain, tag),
        _ => decrypt::<aes_gcm_siv::Aes256GcmSiv>(&dek, nonce, aad.as_bytes(), &mut plain, tag),
    };
    if right { Group::read(stored.g, plain) } else { Err(GroupError::Sealed) }
}

fn encrypt<A: AeadInOut + KeyInit>(key: &[u8; 32], nonce: &[u8], aad: &[u8], body: &mut [u8]) -> Option<[u8; 16]> {
    let cipher = A::new_from_slice(key).ok()?;
    let tag = cipher.encrypt_inout_detached(nonce.try_into().ok()?, aad, body.into()).ok()?;
    tag.as_slice().try_into().ok()
}

fn decrypt<A: AeadInOut + KeyInit>(key: &[u8; 32], nonce: &[u8], aad: &[u8], body: &mut [u8], tag: &[u8; 16]) -> bool {
    let (Ok(cipher), Ok(nonce), Ok(tag)) = (A::new_from_slice(key), nonce.try_into(), tag.as_slice().try_into()) else {
        return false;
    };
    cipher.decrypt_inout_detached(nonce, aad, body.into(), tag).is_ok()
}
