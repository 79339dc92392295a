//! The stored form of a document, byte for byte (`LEDGER.md`, documents), and its commitment.
//!
//! Does not read or write anything: chunks go in, chunks come out. The plaintext commitment is salted,
//! so that a stored file cannot be recognised by its hash.

use super::DocError;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as B64U};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;
use zeroize::Zeroizing;

/// First byte of every stored file.
pub const FORMAT: u8 = 0x02;
/// Plaintext bytes in every chunk but the last, which holds 0 (only if it is the first) to this many.
pub const CHUNK: usize = 65_536;
/// Poly1305 tag behind each chunk.
pub const TAG: usize = 16;
/// `0x02 || u64 kek_id || prefix(19)`.
pub const HEAD: usize = 28;

/// Size of the stored file for `len` plaintext bytes; `None` on overflow.
pub fn stored_len(len: u64) -> Option<u64> {
    let chunks = len.div_ceil(CHUNK as u64).max(1);
    chunks.checked_mul(TAG as u64)?.checked_add(len)?.checked_add(HEAD as u64)
}

/// `kek_id` and prefix of a stored file's head; `None` if it is none.
pub fn parse_head(head: &[u8]) -> Option<(u64, [u8; 19])> {
    let (&format, rest) = head.get(..HEAD)?.split_first()?;
    let (id, prefix) = rest.split_at(8);
    (format == FORMAT).then_some((u64::from_be_bytes(id.try_into().ok()?), prefix.try_into().ok()?))
}

/// STREAM-BE32 over XChaCha20-Poly1305: one document under one key, in one direction.
pub struct Stream {
    reference: Uuid,
    cipher: XChaCha20Poly1305,
    aad: [u8; 24],
    prefix: [u8; 19],
    next: Option<u32>,
}

impl Stream {
    /// Key = HKDF-SHA-256(KEK, "", "aktenkette/dockey/v1\n" || ref, 32); AAD = ref || u64 kek_id.
    pub fn new(kek_id: u64, kek: &[u8; 32], reference: Uuid, prefix: [u8; 19]) -> Self {
        let key = derive(&[], kek, &[b"aktenkette/dockey/v1\n", reference.as_bytes()]);
        let mut aad = [0u8; 24];
        aad[..16].copy_from_slice(reference.as_bytes());
        aad[16..].copy_from_slice(&kek_id.to_be_bytes());
        let cipher = XChaCha20Poly1305::new((&*key).into());
        Self { reference, cipher, aad, prefix, next: Some(0) }
    }

    /// The 28 bytes before the first chunk.
    pub fn head(&self) -> [u8; HEAD] {
        let mut head = [FORMAT; HEAD];
        head[1..9].copy_from_slice(&self.aad[16..]);
        head[9..].copy_from_slice(&self.prefix);
        head
    }

    /// Seal the next chunk in place; `last` must be set on exactly the final one.
    pub fn seal(&mut self, chunk: &mut Vec<u8>, last: bool) -> Result<(), DocError> {
        let nonce = self.nonce(last)?;
        self.cipher
            .encrypt_in_place(&nonce, &self.aad, chunk)
            .map_err(|_| DocError::TooLarge { max: u64::from(u32::MAX) * CHUNK as u64 })
    }

    /// Open the next chunk in place; anything but the very bytes at this place is `Tampered`.
    pub fn open(&mut self, chunk: &mut Vec<u8>, last: bool) -> Result<(), DocError> {
        let nonce = self.nonce(last)?;
        let reference = self.reference;
        self.cipher
            .decrypt_in_place(&nonce, &self.aad, chunk)
            .map_err(|_| DocError::Tampered { reference, what: "ein Abschnitt ist nicht echt" })
    }

    /// prefix || u32 counter || last flag; a counter is used once.
    fn nonce(&mut self, last: bool) -> Result<XNonce, DocError> {
        let n = self.next.ok_or(DocError::TooLarge { max: u64::from(u32::MAX) * CHUNK as u64 })?;
        self.next = if last { None } else { n.checked_add(1) };
        let mut nonce = [0u8; 24];
        nonce[..19].copy_from_slice(&self.prefix);
        nonce[19..23].copy_from_slice(&n.to_be_bytes());
        nonce[23] = u8::from(last);
        Ok(nonce.into())
    }
}

/// SHA-512("aktenkette/doc/v1\n" || dsalt || bytes), fed while the bytes pass by.
pub struct Commitment(Sha512);

impl Commitment {
    /// Start with the document's own 32 bytes of salt.
    pub fn new(dsalt: &[u8; 32]) -> Self {
        Self(Sha512::new().chain_update(b"aktenkette/doc/v1\n").chain_update(dsalt))
    }
    /// Next bytes of the plaintext.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// b64u digest as it stands in the event.
    pub fn finish(self) -> String {
        b64u(&self.0.finalize())
    }
}

/// Base64url without padding.
pub(crate) fn b64u(bytes: &[u8]) -> String {
    B64U.encode(bytes)
}

/// Exactly 32 bytes from base64url, or `None`.
#[cfg(feature = "documents")]
pub(crate) fn b64u_32(text: &str) -> Option<[u8; 32]> {
    B64U.decode(text).ok()?.try_into().ok()
}

/// HKDF-SHA-256 to 32 bytes; `info` is the concatenation of the parts.
pub(crate) fn derive(salt: &[u8], ikm: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0u8; 32]);
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand_multi_info(info, &mut *out)
        .expect("32 bytes are within HKDF's limit of 8,160");
    out
}
