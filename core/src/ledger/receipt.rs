//! Proof products of one event: its header, chosen disclosures, and the way to a signed checkpoint (`LEDGER.md`, proof products).
//!
//! Opens no group, reads no store and signs nothing. What goes out holds disclosures only: a group's secret
//! would open the whole group. Everything is checked before it is handed out, so that no receipt is broken.

use super::disclosure::{self, DisclosureError};
use super::group::Group;
use super::hash::{DigestText, b64u, event_hash, leaf};
use super::header::{Header, HeaderError};
use super::json::to_jcs;
use super::merkle::{ProofError, verify_inclusion};
use super::note::{Checkpoint, Note, NoteError};
use super::port::Hash;
use super::tlog::proof::{MAX_PROOF, TlogProof};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// `form` of a promise.
pub const PROMISE: &str = "aktenkette-zusage/v1";

/// Why a receipt cannot be made. Names pointers, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error("disclosure {pointer} is not in the header: the stored payload was altered")]
    Foreign { pointer: String },
    #[error("longer than a receipt may be (8 MiB)")]
    TooLong,
    #[error("the checkpoint belongs to another log")]
    Origin,
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// One event with a chosen part of its values: what may leave the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// In the log, from 0.
    pub index: u64,
    /// Exact bytes as hashed.
    pub header: Vec<u8>,
    /// Text of each disclosure, ascending by pointer.
    pub disclosures: Vec<String>,
}

impl Redacted {
    /// Takes the values whose pointers are wanted; their bytes are copied, never written anew.
    pub fn new(
        index: u64,
        header: &[u8],
        groups: &[Group],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self, ReceiptError> {
        let sd = Header::parse(header)?.sd;
        let mut chosen = Vec::new();
        for group in groups {
            let all = group.disclosures()?.into_iter();
            chosen.extend(all.filter(|(pointer, _)| wanted(pointer)));
        }
        chosen.sort_unstable();
        for (pointer, text) in &chosen {
            if sd.binary_search(&disclosure::digest(text)).is_err() {
                return Err(ReceiptError::Foreign { pointer: pointer.clone() });
            }
        }
        let disclosures = chosen.into_iter().map(|(_, text)| text).collect();
        Ok(Self { index, header: header.to_vec(), disclosures })
    }

    /// Hash of the event.
    pub fn event_hash(&self) -> Hash {
        event_hash(&self.header)
    }

    /// `extra` of the receipt: JCS {"disclosures":[…],"header":b64u}.
    fn extra(&self) -> Value {
        json!({ "disclosures": self.disclosures, "header": b64u(&self.header) })
    }

    /// The receipt (`.tlog-proof`): `path` leads from this event to the root of the signed note.
    pub fn proof(&self, path: Vec<Hash>, note: &str) -> Result<String, ReceiptError> {
        self.included(&path, &read_checkpoint(note)?)?;
        let extra = to_jcs(&self.extra()).map_err(DisclosureError::from)?;
        let proof = TlogProof { extra: Some(extra), index: self.index, path, checkpoint: note.to_owned() };
        let text = proof.to_text();
        if text.len() > MAX_PROOF { Err(ReceiptError::TooLong) } else { Ok(text) }
    }

    /// What can be given before a checkpoint covers the event: the house's word, no proof yet.
    pub fn promise(&self) -> Result<Vec<u8>, ReceiptError> {
        let at = header_at(&self.header)?;
        let promise = json!({
            "at": at, "disclosures": self.disclosures, "event_hash": DigestText::new(&self.event_hash()).as_str(),
            "form": PROMISE, "header": b64u(&self.header), "index": self.index,
        });
        let bytes = to_jcs(&promise).map_err(DisclosureError::from)?;
        if bytes.len() > MAX_PROOF { Err(ReceiptError::TooLong) } else { Ok(bytes) }
    }

    /// One record of a file of public records; all share one checkpoint.
    pub fn record(&self, path: &[Hash], checkpoint: &Checkpoint) -> Result<Value, ReceiptError> {
        self.included(path, checkpoint)?;
        let path: Vec<String> = path.iter().map(|hash| STANDARD.encode(hash)).collect();
        let mut record = self.extra();
        record["index"] = self.index.into();
        record["proof"] = path.into();
        Ok(record)
    }

    fn included(&self, path: &[Hash], checkpoint: &Checkpoint) -> Result<(), ReceiptError> {
        if Header::parse(&self.header)?.log != checkpoint.origin {
            return Err(ReceiptError::Origin);
        }
        Ok(verify_inclusion(&leaf(&self.event_hash()), self.index, checkpoint.size, path, &checkpoint.root)?)
    }
}

/// Reads what a signed note says. Who signed it is not asked here: it is the house's own.
pub fn read_checkpoint(note: &str) -> Result<Checkpoint, ReceiptError> {
    Ok(Checkpoint::parse(&Note::parse(note)?.text)?)
}

/// `at` exactly as the header writes it.
fn header_at(header: &[u8]) -> Result<String, ReceiptError> {
    let value = super::json::parse_strict(header).map_err(HeaderError::from)?;
    Ok(value["at"].as_str().ok_or(HeaderError::Field("at"))?.to_owned())
}
