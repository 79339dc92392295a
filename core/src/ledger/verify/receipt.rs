//! One receipt or public record (`.tlog-proof`), checked offline against pinned keys: B0, B5, B8, inclusion, checkpoint.
//!
//! Needs no ledger and no network. What comes out is at best `valid-redacted`: a receipt never shows everything.

use super::report::Verdict;
use super::trust::german;
use crate::ledger::disclosure::{Disclosed, check_disjoint, digest, read};
use crate::ledger::hash::{event_hash, leaf};
use crate::ledger::header::{Header, HeaderError};
use crate::ledger::json::{MAX_HEADER, parse_strict};
use crate::ledger::merkle::verify_inclusion;
use crate::ledger::note::{Checkpoint, Note, NoteError};
use crate::ledger::port::Hash;
use crate::ledger::tlog::policy::{Accepted, Policy, Refused};
use crate::ledger::tlog::proof::TlogProof;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha512};

/// Why a receipt proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Not of its own form, or not signed by anybody trusted: says nothing, neither good nor bad.
    Unclear(String),
    /// A broken rule.
    Broken { rule: &'static str, text: String },
}

impl Objection {
    /// The verdict it leads to.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Unclear(why) => Verdict::Unverifiable(why.clone()),
            Self::Broken { .. } => Verdict::Violation,
        }
    }
}

/// A receipt that holds: [`Verdict::ValidRedacted`].
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    pub index: u64,
    pub event_hash: Hash,
    pub header: Header,
    /// What the receipt shows of the event.
    pub values: Vec<Disclosed>,
    pub checkpoint: Accepted,
}

/// Checks the text of a `.tlog-proof` with our `extra`. The order of the checks is part of the format: what fails
/// first is what both verifiers report.
pub fn check(text: &str, policy: &Policy) -> Result<Proven, Objection> {
    let proof = TlogProof::parse(text).map_err(unreadable)?;
    let extra = proof.extra.as_deref().ok_or_else(|| unreadable("der Beleg enthält kein Ereignis (extra fehlt)"))?;
    let (header, disclosures) = read_extra(extra).ok_or_else(|| unreadable("extra ist nicht {disclosures, header}"))?;
    let (header, event_hash) = read_header(&header)?;
    let values = disclosed(&header, &disclosures)?;
    let note = Note::parse(&proof.checkpoint).map_err(unreadable)?;
    let named = Checkpoint::parse(&note.text).map_err(unreadable)?;
    // The policy pins the origin: only keys of exactly this name count.
    let checkpoint = policy.accept(&proof.checkpoint, &named.origin).map_err(|refused| refuse(&refused))?;
    let Checkpoint { origin, size, root } = &checkpoint.checkpoint;
    if header.log != *origin {
        let text = format!("das Ereignis gehört zum Protokoll {}, der Checkpoint zu {origin}", header.log);
        return Err(broken("B8", text));
    }
    verify_inclusion(&leaf(&event_hash), proof.index, *size, &proof.path, root)
        .map_err(|_| broken("B2", format!("das Ereignis steht nicht an Position {} des Protokolls", proof.index)))?;
    Ok(Proven { index: proof.index, event_hash, header, values, checkpoint })
}

impl Proven {
    /// Whether these bytes are a document that the receipt names; the pointers that do.
    pub fn documents(&self, bytes: &[u8]) -> Vec<&str> {
        let names = |d: &&Disclosed| names_document(&d.value, bytes);
        self.values.iter().filter(names).map(|d| d.pointer.as_str()).collect()
    }
}

/// At any depth of a value: `digest` = SHA-512 over label, salt and bytes.
fn names_document(value: &Value, bytes: &[u8]) -> bool {
    match value {
        Value::Object(map) => matches_document(map, bytes) || map.values().any(|v| names_document(v, bytes)),
        Value::Array(items) => items.iter().any(|v| names_document(v, bytes)),
        _ => false,
    }
}

fn matches_document(map: &serde_json::Map<String, Value>, bytes: &[u8]) -> bool {
    let text = |name| map.get(name).and_then(Value::as_str);
    let salt = text("dsalt").and_then(crate::ledger::hash::from_b64u::<32>);
    let (Some("sha-512"), Some(digest), Some(salt)) = (text("alg"), text("digest"), salt) else { return false };
    let hash = Sha512::new().chain_update(b"aktenkette/doc/v1\n").chain_update(salt).chain_update(bytes).finalize();
    map.get("len").and_then(Value::as_u64) == Some(bytes.len() as u64) && URL_SAFE_NO_PAD.encode(hash) == digest
}

fn unreadable(why: impl ToString) -> Objection {
    Objection::Unclear(format!("nicht lesbar: {}", why.to_string()))
}

fn broken(rule: &'static str, text: impl Into<String>) -> Objection {
    Objection::Broken { rule, text: text.into() }
}

/// Of a checkpoint that the policy refuses.
pub(super) fn refuse(refused: &Refused) -> Objection {
    match refused {
        Refused::Broken(NoteError::Signature { name }) => {
            broken("B7", format!("die Unterschrift von {name} passt nicht zum Checkpoint"))
        }
        other => Objection::Unclear(german(other)),
    }
}

/// `{"disclosures":[text…],"header":text}`, exactly.
fn read_extra(extra: &[u8]) -> Option<(String, Vec<String>)> {
    let Value::Object(mut map) = parse_strict(extra).ok()? else { return None };
    let (header, disclosures) = (map.remove("header")?, map.remove("disclosures")?);
    let (Value::String(header), Value::Array(disclosures), true) = (header, disclosures, map.is_empty()) else {
        return None;
    };
    let text = |v| if let Value::String(text) = v { Some(text) } else { None };
    Some((header, disclosures.into_iter().map(text).collect::<Option<_>>()?))
}

fn read_header(text: &str) -> Result<(Header, Hash), Objection> {
    if text.len() > MAX_HEADER.div_ceil(3) * 4 {
        return Err(broken("B0", HeaderError::TooLong.to_string()));
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken("B0", "der Kopf ist kein base64url"))?;
    let header = Header::parse(&bytes).map_err(|error| match error {
        HeaderError::Suite => Objection::Unclear("Suite unbekannt".into()),
        other => broken("B0", other.to_string()),
    })?;
    if header.seq == 0 && header.prev != [0; 32] {
        return Err(broken("B1", "das erste Ereignis eines Stroms verweist auf einen Vorgänger"));
    }
    Ok((header, event_hash(&bytes)))
}

/// B5 without a count: every digest is in `_sd`, no pointer twice.
fn disclosed(header: &Header, disclosures: &[String]) -> Result<Vec<Disclosed>, Objection> {
    let mut values = Vec::with_capacity(disclosures.len().min(header.sd.len()));
    for text in disclosures {
        if header.sd.binary_search(&digest(text)).is_err() {
            return Err(broken("B5", "ein Wert gehört nicht zu diesem Ereignis oder wurde verändert"));
        }
        values.push(read(text).map_err(|e| broken("B5", e.to_string()))?);
        if values.len() > header.sd.len() {
            return Err(broken("B5", "mehr Werte als Einträge in _sd"));
        }
    }
    let mut pointers: Vec<&str> = values.iter().map(|d| d.pointer.as_str()).collect();
    check_disjoint(&mut pointers).map_err(|e| broken("B5", e.to_string()))?;
    Ok(values)
}
