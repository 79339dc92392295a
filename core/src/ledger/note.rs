//! Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint): written, read strictly, verified.
//!
//! Ed25519 only, and only `verify_strict`. Which keys to trust, and how many, is the policy's business.

use super::hash::sha256;
use super::json::MAX_INTEGER;
use super::port::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Signature type of a log's Ed25519 key.
pub const ED25519: u8 = 0x01;
/// Signature type of a witness' time-stamped Ed25519 cosignature.
pub const COSIGNATURE: u8 = 0x04;
/// Signature lines read at most (at least 16 must be accepted).
const MAX_SIGNATURES: usize = 64;

/// Why a note, key or checkpoint is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("key name must not be empty and must not contain spaces or +")]
    Name,
    #[error("verifier key is malformed")]
    Vkey,
    #[error("signed note is malformed")]
    Malformed,
    #[error("a signature of known key {name} does not verify")]
    Signature { name: String },
    #[error("no signature of a known key")]
    Unknown,
    #[error("checkpoint must have exactly three lines: origin, size, root")]
    Checkpoint,
}

/// First 4 bytes of SHA-256(name || LF || type || public key).
pub fn key_id(name: &str, kind: u8, public: &[u8]) -> [u8; 4] {
    let hash = sha256(&[name.as_bytes(), b"\n", &[kind], public]);
    [hash[0], hash[1], hash[2], hash[3]]
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let bad = name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    if bad { Err(NoteError::Name) } else { Ok(()) }
}

/// A public key with its name, as pinned text `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vkey {
    pub name: String,
    pub id: [u8; 4],
    /// [`ED25519`] or [`COSIGNATURE`].
    pub kind: u8,
    key: VerifyingKey,
}

/// A verifier key of whatever type, only taken apart.
pub(crate) struct RawVkey {
    pub name: String,
    pub kind: u8,
    pub public: Vec<u8>,
}

impl Vkey {
    /// Takes a key of any type apart; its id is checked, its public key is not.
    pub(crate) fn unchecked(text: &str) -> Option<RawVkey> {
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        check_name(name).ok()?;
        let key = STANDARD.decode(key).ok()?;
        let (kind, public) = key.split_first()?;
        let right = !public.is_empty() && id == hex(&key_id(name, *kind, public));
        right.then(|| RawVkey { name: name.to_owned(), kind: *kind, public: public.to_vec() })
    }

    /// Reads a verifier key; the id must be the recommended hash of name and key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let RawVkey { name, kind, public } = Self::unchecked(text).ok_or(NoteError::Vkey)?;
        let public: &[u8; 32] = public.as_slice().try_into().map_err(|_| NoteError::Vkey)?;
        if !matches!(kind, ED25519 | COSIGNATURE) {
            return Err(NoteError::Vkey);
        }
        let key = VerifyingKey::from_bytes(public).map_err(|_| NoteError::Vkey)?;
        Ok(Self { id: key_id(&name, kind, public), name, kind, key })
    }

    /// The public key.
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Verifies a raw Ed25519 signature strictly.
    pub fn verify_raw(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        match self.kind {
            ED25519 => signature.try_into().is_ok_and(|s| self.verify_raw(text.as_bytes(), s)),
            _ => {
                let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
                let message = format!("cosignature/v1\ntime {}\n{text}", u64::from_be_bytes(*time));
                signature.try_into().is_ok_and(|s| self.verify_raw(message.as_bytes(), s))
            }
        }
    }
}

impl std::fmt::Display for Vkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![self.kind];
        key.extend_from_slice(self.public());
        write!(f, "{}+{}+{}", self.name, hex(&self.id), STANDARD.encode(key))
    }
}

/// The log's signing key.
pub struct NoteSigner {
    name: String,
    key: SigningKey,
}

impl NoteSigner {
    /// Takes the key's name (the log origin) and its 32-byte seed.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// The public half.
    pub fn vkey(&self) -> Vkey {
        let key = self.key.verifying_key();
        Vkey { name: self.name.clone(), id: key_id(&self.name, ED25519, key.as_bytes()), kind: ED25519, key }
    }

    /// Raw Ed25519 signature (key rotation).
    pub fn sign_raw(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// A note of this text with one signature. The text must end with a line break.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !text.ends_with('\n') || text.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(NoteError::Malformed);
        }
        Ok(format!("{text}\n{}", self.signature_line(text)))
    }

    /// One signature line, for notes that carry several (overlapping keys).
    pub fn signature_line(&self, text: &str) -> String {
        let mut bytes = self.vkey().id.to_vec();
        bytes.extend_from_slice(&self.sign_raw(text.as_bytes()));
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode(bytes))
    }
}

impl std::fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NoteSigner({}, hidden)", self.name)
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    pub name: String,
    pub id: [u8; 4],
    pub bytes: Vec<u8>,
}

/// A note as read; its text must be ignored until [`Note::verify`] has named a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// With the final line break, without the blank line.
    pub text: String,
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note strictly.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        // Below U+0020 only; DEL is no control character to the specification.
        if note.bytes().any(|b| b < 0x20 && b != b'\n') {
            return Err(NoteError::Malformed);
        }
        let at = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let signatures: Vec<NoteSignature> =
            lines.split('\n').map(read_signature).collect::<Option<_>>().ok_or(NoteError::Malformed)?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Verifies against the known keys and returns the positions of those that signed. Unknown keys are
    /// ignored, a failing known key rejects the note.
    pub fn verify(&self, known: &[Vkey]) -> Result<Vec<usize>, NoteError> {
        let mut signed = Vec::new();
        for signature in &self.signatures {
            for (i, key) in known.iter().enumerate() {
                if key.name != signature.name || key.id != signature.id {
                    continue;
                }
                if !key.verify(&self.text, &signature.bytes) {
                    return Err(NoteError::Signature { name: key.name.clone() });
                }
                if !signed.contains(&i) {
                    signed.push(i);
                }
            }
        }
        if signed.is_empty() { Err(NoteError::Unknown) } else { Ok(signed) }
    }
}

fn read_signature(line: &str) -> Option<NoteSignature> {
    let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    check_name(name).ok()?;
    let bytes = STANDARD.decode(bytes).ok()?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    (!bytes.is_empty()).then(|| NoteSignature { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
}

/// What a log signs: origin, size, root. No extension lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// The note text.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads a note text strictly: three lines, no leading zeros, a 32-byte root.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines[..] else { return Err(NoteError::Checkpoint) };
        let root: Option<Hash> = STANDARD.decode(root).ok().and_then(|r| r.try_into().ok());
        let plain =
            !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        match (size.parse(), root) {
            // As everywhere in the format, so that every reader holds the number exactly.
            (Ok(size), Some(root)) if plain && size <= MAX_INTEGER as u64 && !origin.is_empty() => {
                Ok(Self { origin: origin.to_owned(), size, root })
            }
            _ => Err(NoteError::Checkpoint),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
