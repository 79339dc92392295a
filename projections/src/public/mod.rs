//! `public.db`: what the holder of a case code and the public may ask, built from an allow-list per field.
//!
//! Holds no name, no Aktenzeichen, no stream of a case; opens no other file.

use crate::error::Result;
use crate::rows::*;
use std::path::Path;

/// Read-only access to `public.db`; cheap to clone. Methods block: call them in `spawn_blocking`.
#[derive(Clone)]
pub struct PublicViews {}

impl PublicViews {
    /// Opens `public.db`, which the runner has made.
    pub fn open(_path: &Path) -> Result<Self> {
        Ok(Self {})
    }
    /// State of the case whose code has this SHA-256; `None` for unknown and revoked codes alike.
    pub fn status(&self, _code_sha256: [u8; 32]) -> Result<Option<StatusView>> {
        Ok(None)
    }
    /// Closed quarters only; `leistung` = `gesamt` is the sum of a quarter.
    pub fn leistungen_stand(&self) -> Result<Vec<LeistungsStand>> {
        Ok(vec![])
    }
    pub fn datensaetze(&self) -> Result<Vec<DatensatzInfo>> {
        Ok(vec![])
    }
    /// Rows by index; `release` = `None` means all releases.
    pub fn datensatz(
        &self,
        _id: &str,
        _release: Option<&str>,
        _offset: u64,
        _limit: usize,
    ) -> Result<Vec<DatensatzZeile>> {
        Ok(vec![])
    }
    /// Number of events every healthy view has taken in.
    pub fn position(&self) -> Result<u64> {
        Ok(0)
    }
    pub fn health(&self) -> Result<Vec<SichtStand>> {
        Ok(vec![])
    }
}
