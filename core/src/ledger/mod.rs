//! The ledger: hash-chained streams under one RFC 6962 log. Bytes are specified in `docs/LEDGER.md`.
//!
//! Deliberately does not know what an event means, who may write it, or which engine stores it.

pub mod anlauf;
pub mod conformance;
pub mod disclosure;
pub mod engine;
pub mod fault;
pub mod group;
pub mod hash;
pub mod header;
pub mod heads;
pub mod ids;
pub mod json;
pub mod lease;
pub mod log_reader;
pub mod merkle;
pub mod nodes;
pub mod note;
pub mod port;
pub mod receipt;
pub mod signer;
pub mod system;
pub mod takt;
pub mod tlog;
pub mod verify;

pub use port::{
    Append, AppendError, Hash, Head, KekUse, Ledger, LedgerError, Prepared, Receipt, Stored, StoredGroup, Stray,
};

#[cfg(test)]
mod tests;
