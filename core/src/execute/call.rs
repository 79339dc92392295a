//! One call: who, which key, which stream; and what can come of it.
//!
//! Shapes only.

use crate::kernel::Decider;
use crate::ledger::Receipt;
use crate::vault::{OpenError, ReadError, VaultError};
pub use crate::zugriff::Principal;
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// Where "now" comes from; the demo and the tests bring their own.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Which stream a command goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new stream, derived from (kind, principal, key).
    New,
    /// The thing's own natural key; the stream may exist.
    Natural(Vec<String>),
    /// An existing stream.
    Stream(Uuid),
}

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    pub principal: Principal,
    /// Idempotency key, `[!-~]{16,128}`.
    pub key: String,
    pub target: Target,
    /// If-Match: number of events the caller saw in the stream.
    pub expected: Option<u64>,
    /// Accepted fields after normalisation (JSON profile), for `/_req`; `None` for process and system.
    pub request: Option<serde_json::Value>,
    /// The procedure; `None` = the own stream.
    pub corr: Option<Uuid>,
}

/// A stream folded to its state.
#[derive(Clone, Debug)]
pub struct Loaded<D: Decider> {
    pub stream: Uuid,
    pub state: D::State,
    /// Number of events = the ETag.
    pub version: u64,
    /// Time of the last event folded.
    pub at: Option<Timestamp>,
    pub corr: Uuid,
}

/// Why a command had no effect (or none that is certain).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExecuteError {
    /// The policy names why; shown to auditors, not to strangers.
    #[error("nicht erlaubt: {0}")]
    Denied(String),
    /// The rule says no: stable code, and a sentence in plain German.
    #[error("{text}")]
    Refused { code: String, text: String },
    /// If-Match failed: the stream has moved on.
    #[error("inzwischen geändert: Fassung {actual}, nicht {expected}")]
    Stale { expected: u64, actual: u64 },
    #[error("der Schlüssel wurde für eine andere Anfrage benutzt")]
    KeyReused,
    #[error("der Idempotency-Key muss aus 16 bis 128 sichtbaren ASCII-Zeichen bestehen")]
    BadKey,
    #[error("nicht gefunden")]
    NotFound,
    /// Five lost races or too much queued: try again later.
    #[error("überlastet")]
    Pushback,
    #[error("der Datenträger ist voll")]
    DiskFull,
    /// Repeat with the same key.
    #[error("Ausgang unbekannt")]
    OutcomeUnknown,
    /// The ledger contradicts what was published: read-only until a person has decided. Nothing was written.
    #[error("{0}")]
    Quarantine(Arc<str>),
    /// Ours; the detail is for the log, without personal data.
    #[error("interner Fehler")]
    Fault(String),
}

/// A vault that cannot serve leaves nothing half-written: the key comes before the event.
impl From<VaultError> for ExecuteError {
    fn from(e: VaultError) -> Self {
        match e {
            VaultError::Full => ExecuteError::DiskFull,
            VaultError::Busy | VaultError::Away(_) => ExecuteError::Pushback,
            VaultError::Storage(_) | VaultError::Unknown(_) => ExecuteError::OutcomeUnknown,
            other => ExecuteError::Fault(other.to_string()),
        }
    }
}

/// A vault that is away makes nobody's data unreadable: it may be asked again.
impl From<ReadError> for ExecuteError {
    fn from(e: ReadError) -> Self {
        match e {
            ReadError::Open(OpenError::Vault(e)) => e.into(),
            other => ExecuteError::Fault(other.to_string()),
        }
    }
}

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Where the last event of the command stands; `None` if it changed nothing.
    pub receipt: Option<Receipt>,
    pub stream: Uuid,
    /// The command had been executed before; this is its first receipt.
    pub repeated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_that_is_away_is_asked_again_and_is_no_fault_of_ours() {
        for away in [VaultError::Away("10.0.0.1".into()), VaultError::Busy] {
            let read = ReadError::Open(OpenError::Vault(away));
            assert!(matches!(ExecuteError::from(read), ExecuteError::Pushback));
        }
        let damaged = ReadError::Open(OpenError::Vault(VaultError::Wrapped));
        assert!(matches!(ExecuteError::from(damaged), ExecuteError::Fault(_)));
    }
}
