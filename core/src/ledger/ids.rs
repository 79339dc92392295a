//! Ids derived with the ledger's keys: streams, causes, request marks, case codes, heads tags (`LEDGER.md`, streams).
//!
//! Nothing here is random and nothing is stored: the same input gives the same id for ever.

use super::hash::{b64u, hmac, sha256};
use super::json::{JsonError, to_jcs};
use super::port::Hash;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Why an id cannot be derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("stream kind must match [a-z_]+")]
    Kind,
    #[error("a part of a stream key must not be empty or contain a line break")]
    Part,
    #[error("Idempotency-Key must have 16 to 128 visible ASCII characters")]
    IdempotencyKey,
}

/// The four keys that stay the same over all epochs; made by `akte init`, kept in the vault.
#[derive(Clone)]
pub struct LedgerKeys {
    pub(crate) stream: Zeroizing<[u8; 32]>,
    pub(crate) cmd: Zeroizing<[u8; 32]>,
    pub(crate) heads: Zeroizing<[u8; 32]>,
    pub(crate) code: Zeroizing<[u8; 32]>,
}

impl LedgerKeys {
    /// Takes 32 random bytes each: stream_key, cmd_key, heads_key, code_key.
    pub fn new(stream: [u8; 32], cmd: [u8; 32], heads: [u8; 32], code: [u8; 32]) -> Self {
        Self { stream: stream.into(), cmd: cmd.into(), heads: heads.into(), code: code.into() }
    }

    /// Stream with a natural key: `kind LF part LF part…`; parts are brought to NFC, dates are YYYY-MM-DD.
    pub fn stream_id(&self, kind: &str, parts: &[&str]) -> Result<Uuid, IdError> {
        if kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(IdError::Kind);
        }
        let mut input = kind.to_owned();
        if parts.is_empty() {
            return Err(IdError::Part);
        }
        for part in parts {
            if part.is_empty() || part.contains('\n') {
                return Err(IdError::Part);
            }
            input.push('\n');
            input.extend(part.nfc());
        }
        Ok(uuid8(&hmac(&self.stream, &[input.as_bytes()])))
    }

    /// Stream that a command creates: key = `principal LF Idempotency-Key`.
    pub fn created_stream(&self, kind: &str, principal: &str, key: &str) -> Result<Uuid, IdError> {
        self.stream_id(kind, &[principal, key])
    }

    /// Id of a command on a stream: the header's `cause`.
    pub fn cause(&self, principal: &str, key: &str, stream: Uuid) -> Uuid {
        uuid8(&hmac(&self.cmd, &[format!("cause/v1\n{principal}\n{key}\n{stream}").as_bytes()]))
    }

    /// `/_req`: b64u mark of the request's accepted fields, so that one key cannot carry two requests.
    pub fn req(&self, stream: Uuid, request: &Value) -> Result<String, JsonError> {
        let digest = sha256(&[&to_jcs(request)?]);
        Ok(b64u(&hmac(&self.cmd, &[b"req/v1\n", stream.as_bytes(), &digest])))
    }

    /// Case code of a stream in this generation; raising the generation revokes it.
    pub fn case_code(&self, stream: Uuid, generation: u32) -> String {
        b64u(&hmac(&self.code, &[stream.as_bytes(), &generation.to_be_bytes()])[..16])
    }

    /// Code of a link with which one further person signs one application. It names its Vorgang, so that nothing is
    /// stored to find it; raising the generation revokes it.
    pub fn unterschrift_code(&self, stream: Uuid, rolle: &str, generation: u32) -> String {
        let generation = generation.to_be_bytes();
        let mac = hmac(&self.code, &[b"unterschrift/v1\n", stream.as_bytes(), &generation, rolle.as_bytes()]);
        b64u(&[&stream.as_bytes()[..], &generation[..], &mac[..16], rolle.as_bytes()].concat())
    }

    /// Vorgang, role and generation of such a code; `None` if this house did not make it.
    pub fn unterschrift_lesen(&self, code: &str) -> Option<(Uuid, String, u32)> {
        let bytes = URL_SAFE_NO_PAD.decode(code).ok()?;
        let (stream, rest) = bytes.split_at_checked(16)?;
        let (generation, rest) = rest.split_at_checked(4)?;
        let (_, rolle) = rest.split_at_checked(16)?;
        let stream = Uuid::from_slice(stream).ok()?;
        let generation = u32::from_be_bytes(generation.try_into().ok()?);
        let rolle = std::str::from_utf8(rolle).ok()?;
        // Hashes are compared: the time it takes tells nothing about a code one does not have.
        let ours = sha256(&[self.unterschrift_code(stream, rolle, generation).as_bytes()]);
        (ours == sha256(&[code.as_bytes()])).then(|| (stream, rolle.to_owned(), generation))
    }

    /// Tag under which the daily stream-heads leaf lists a stream; `/_heads_tag` is its b64u.
    pub fn heads_tag(&self, stream: Uuid) -> Hash {
        hmac(&self.heads, &[stream.as_bytes()])
    }

    /// Random-looking subject id of a role in a procedure: derived, so that no second flush is needed.
    pub fn subject(&self, role: &str, procedure: Uuid) -> Uuid {
        uuid8(&hmac(&self.stream, &[format!("subject\n{role}\n{procedure}").as_bytes()]))
    }

    /// Seed of [`crate::kernel::Ids`] for a command: a retry decides the same ids.
    pub fn seed(&self, cause: Uuid) -> [u8; 32] {
        hmac(&self.cmd, &[b"ids/v1\n", cause.as_bytes()])
    }
}

impl std::fmt::Debug for LedgerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LedgerKeys(hidden)")
    }
}

/// First 16 bytes with version 8 and the RFC 9562 variant.
pub fn uuid8(hash: &Hash) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The system stream of a log; the only place where system events count.
pub fn system_stream(log: &str) -> Uuid {
    uuid8(&sha256(&[b"aktenkette/system/v1\n", log.as_bytes()]))
}

/// What views store of a case code: SHA-256 of its 22 characters.
pub fn case_code_sha256(code: &str) -> Hash {
    sha256(&[code.as_bytes()])
}

/// Leaf of the stream-heads tree: SHA-256(0x00 || tag || u64 last_seq || head).
pub fn heads_leaf(tag: &Hash, last_seq: u64, head: &Hash) -> Hash {
    sha256(&[&[0], tag, &last_seq.to_be_bytes(), head])
}

/// Leaf of a dataset manifest: SHA-256(0x00 || u64 index).
pub fn manifest_leaf(index: u64) -> Hash {
    sha256(&[&[0], &index.to_be_bytes()])
}

/// HTTP `Idempotency-Key`: `[!-~]{16,128}`.
pub fn check_idempotency_key(key: &str) -> Result<(), IdError> {
    if (16..=128).contains(&key.len()) && key.bytes().all(|b| (b'!'..=b'~').contains(&b)) {
        Ok(())
    } else {
        Err(IdError::IdempotencyKey)
    }
}
