//! The port every engine implements. An engine stores bytes it is given: headers and sealed
//! groups are built outside its lock and only checked (expected sequence, `prev`) inside it.

use async_trait::async_trait;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// SHA-256 output.
pub type Hash = [u8; 32];

/// One payload group as stored: `bytes = alg || body` (`LEDGER.md`, disclosures).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGroup {
    /// 0 = open, 1.. = sealed, one per subject.
    pub g: u8,
    /// `None` for group 0.
    pub kek_id: Option<u64>,
    /// Change number of the row, raised by erasing and re-sealing; 0 when first written.
    pub change: u64,
    pub bytes: Vec<u8>,
}

/// First use of a key: written in the append's transaction, never deleted.
///
/// The vault hands the row in with every append until it was told of a success, so engines skip a
/// `kek_id` they already hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KekUse {
    pub kek_id: u64,
    /// Subject id (random), as text.
    pub subject: String,
    pub procedure: Uuid,
    pub mac: Hash,
}

/// One event, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub seq: u64,
    /// JCS bytes of the header; `prev` inside it is the hash of (stream, seq-1).
    pub header: Vec<u8>,
    /// SHA-256("aktenkette/event/v1\n" || header).
    pub event_hash: Hash,
    pub groups: Vec<StoredGroup>,
}

/// One command's events for one stream; all or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    pub stream: Uuid,
    /// Sequence the first event must get = number of events now in the stream.
    pub expected: u64,
    /// Hash of (stream, expected-1); 32 zero bytes for a new stream.
    pub prev: Hash,
    /// Not empty; `seq` runs from `expected` without gaps.
    pub events: Vec<Prepared>,
    pub kek_uses: Vec<KekUse>,
}

/// Where the LAST event of an append stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub stream: Uuid,
    /// Sequence of the last event in its stream.
    pub seq: u64,
    /// Index of the last event in the log (dense from 0, commit order).
    pub index: u64,
    pub event_hash: Hash,
}

/// One event as read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub index: u64,
    pub stream: Uuid,
    pub seq: u64,
    pub header: Vec<u8>,
    /// As stored beside the header (a column without index): lets the verifier tell which of two
    /// neighbours was altered, also for the last event of a stream.
    pub event_hash: Hash,
    /// Ascending by `g`; erased groups are absent.
    pub groups: Vec<StoredGroup>,
}

/// Something in an engine's tables that no read returns: a payload row without event, a stream
/// without events, a tile beyond the head. Rule B4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    pub index: Option<u64>,
    pub stream: Option<Uuid>,
    /// In plain German, for the report.
    pub what: String,
}

/// Size and RFC 6962 root of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
}

/// Why an append did not (certainly) happen.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum AppendError {
    /// The stream is not at `expected`; reload and decide again.
    #[error("stream is at sequence {actual}, not {expected}")]
    Conflict { expected: u64, actual: u64 },
    /// Too much queued; nothing was written, try again later.
    #[error("overloaded, try again")]
    Pushback,
    /// A group is sealed under a key that an erasure has taken out of use; nothing was written. Seal anew.
    #[error("key {0} is out of use")]
    KeyRetired(u64),
    /// The disk is full and the rollback is certain; nothing was written.
    #[error("disk full")]
    DiskFull,
    /// A storage error: the events may or may not be durable. Repeat with the same key.
    #[error("outcome unknown: {0}")]
    OutcomeUnknown(String),
    /// The batch itself is malformed (a programming error of the caller); nothing was written.
    #[error("malformed append: {0}")]
    Malformed(String),
}

/// Why a read failed.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum LedgerError {
    #[error("ledger storage: {0}")]
    Storage(String),
    #[error("ledger is corrupt at index {index}: {reason}")]
    Corrupt { index: u64, reason: String },
}

/// What an engine must do. Admitted by `ledger::conformance`.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Appends in one durable transaction; returns after the flush.
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError>;
    /// Events of one stream with `seq >= from`, ascending, at most `limit`.
    async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError>;
    /// Events with `index >= from`, ascending, at most `limit`.
    async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError>;
    /// Size and root over all committed events.
    async fn head(&self) -> Result<Head, LedgerError>;
    /// Number of events in the stream and hash of the last one (0 and zeros if new).
    async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError>;
    /// Returns when the log is larger than `size` or the time is over: a wake-up hint only.
    async fn wait(&self, size: u64, timeout: Duration);
    /// Removes payload groups `(index, g)`; headers stay. Returns how many existed.
    async fn erase_groups(&self, targets: &[(u64, u8)]) -> Result<u64, LedgerError>;
    /// Replaces the stored bytes of one group (same secret, new key); the change number rises. `first_use`:
    /// row of the new key, stored in the same transaction unless it is known.
    async fn reseal(&self, index: u64, group: StoredGroup, first_use: Option<KekUse>) -> Result<(), LedgerError>;
    /// Which of these payload groups are stored, in the order given.
    async fn present(&self, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
        let mut present = Vec::new();
        for (index, g) in targets {
            let events = self.read_all(*index, 1).await?;
            let stored = events.first().filter(|e| e.index == *index);
            present.extend(stored.filter(|e| e.groups.iter().any(|row| row.g == *g)).map(|_| (*index, *g)));
        }
        Ok(present)
    }
    /// Rewrites the storage so that no page keeps what was erased in the clear; engines that keep none do nothing.
    async fn vacuum(&self) -> Result<(), LedgerError> {
        Ok(())
    }
    /// A full tile (256 hashes of 32 bytes) of the log, `None` while it is not full.
    async fn tile(&self, level: u8, n: u64) -> Result<Option<Vec<u8>>, LedgerError>;
    /// Stores a signed checkpoint note under its size.
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), LedgerError>;
    /// The newest checkpoint with size <= `max`.
    async fn get_checkpoint(&self, max: u64) -> Result<Option<(u64, String)>, LedgerError>;
    /// All key uses, ascending by key id.
    async fn kek_uses(&self) -> Result<Vec<KekUse>, LedgerError>;
    /// Key uses of one procedure, ascending by key id.
    async fn kek_uses_of(&self, procedure: Uuid) -> Result<Vec<KekUse>, LedgerError> {
        Ok(self.kek_uses().await?.into_iter().filter(|row| row.procedure == procedure).collect())
    }
    /// From now on no append stores a group under these keys, on whatever node it was sealed
    /// ([`AppendError::KeyRetired`]); what was on its way is in the log when this returns. An engine that only one
    /// process writes to does nothing: there the vault keeps the keys from being used.
    async fn retire(&self, _kek_ids: &[u64]) -> Result<(), LedgerError> {
        Ok(())
    }
    /// Takes in events of another engine at the very same places: `events[0].index` is the size here. Bytes and
    /// change numbers of the groups stay as they are, erased groups are absent. All of it in one transaction or
    /// nothing; what does not continue this log is `Malformed`, another size `Conflict`.
    async fn import(&self, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError>;
    /// Tells why the engine gave up, if it did: the process then ends, and a new one opens the storage afresh.
    fn failed_watch(&self) -> watch::Receiver<Option<String>>;
    /// Rows that no read returns; empty in a sound store. For the verifier only, may be slow.
    async fn strays(&self) -> Result<Vec<Stray>, LedgerError>;
}
