//! Documents: the content store and the notices made from templates.
//!
//! An event never holds a document, only a [`DokumentWert`]: a salted commitment and a reference.
//! Knows no room and no event; keys come from the vault through the caller, never from here.

mod error;
pub mod name;
#[cfg(feature = "documents")]
pub mod notice;
#[cfg(feature = "documents")]
pub mod pruefung;
#[cfg(feature = "s3")]
pub mod s3;
pub mod seal;
pub mod sniff;
#[cfg(feature = "documents")]
pub mod store;
#[cfg(feature = "documents")]
pub mod upload;

pub use error::DocError;
#[cfg(feature = "documents")]
pub use store::{DocStream, DocumentStore, Fresh, Kek, Kopiert};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Commitment to a stored document (`LEDGER.md`, documents): what events hold, always sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DokumentWert {
    /// Always `sha-512`.
    pub alg: String,
    /// b64u of SHA-512("aktenkette/doc/v1\n" || dsalt || bytes).
    pub digest: String,
    /// b64u of 32 random bytes.
    pub dsalt: String,
    /// Length of the plaintext in bytes.
    pub len: u64,
    /// Media type as sniffed, for example `application/pdf`.
    pub media: String,
    /// Random id under which the content store holds the sealed bytes.
    #[serde(rename = "ref")]
    pub reference: Uuid,
}

impl DokumentWert {
    /// Every document a payload value cites, at any depth.
    pub fn alle_in(value: &Value) -> Vec<Self> {
        match value {
            Value::Object(map) => match Self::deserialize(value) {
                Ok(wert) => vec![wert],
                Err(_) => map.values().flat_map(Self::alle_in).collect(),
            },
            Value::Array(items) => items.iter().flat_map(Self::alle_in).collect(),
            _ => Vec::new(),
        }
    }
}
