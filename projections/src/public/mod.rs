//! `public.db`: what the holder of a case code and the public may ask, built from an allow-list per field.
//!
//! Holds no name, no Aktenzeichen, no stream of a case; opens no other file.

pub mod aktenplan;
pub mod datensatz;
pub mod status;
pub mod umstieg;
pub mod zahlen;

use crate::datei::View;
use crate::error::Result;
use crate::pool::Pool;
use crate::rows::*;
use akte_core::akte::Aktenplan;
use akte_core::ledger::receipt::Redacted;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::Path;

/// All public views; a new one is one file and its row here.
pub fn views(zone: &TimeZone, code: &status::CodeSha256, austausch: &zahlen::Austausch) -> Vec<Box<dyn View>> {
    vec![
        Box::new(status::StatusSicht::new(zone.clone(), code.clone())),
        Box::new(zahlen::LeistungenOffen::new(austausch.clone())),
        Box::new(umstieg::UmstiegOffen::new(austausch.1.clone())),
        Box::new(datensatz::Datensaetze),
        Box::new(aktenplan::Plan),
    ]
}

/// Read-only access to `public.db`; cheap to clone. Methods block: call them in `spawn_blocking`.
#[derive(Clone)]
pub struct PublicViews(Pool);

impl PublicViews {
    /// Opens `public.db`, which the runner has made.
    pub fn open(path: &Path) -> Result<Self> {
        Pool::open(path).map(Self)
    }

    /// State of the case whose code has this SHA-256; `None` for unknown and revoked codes alike.
    pub fn status(&self, code_sha256: [u8; 32]) -> Result<Option<StatusView>> {
        self.0.with(|db| status::by_code(db, code_sha256))
    }

    /// Closed quarters only; `leistung` = `gesamt` is the sum of a quarter.
    pub fn leistungen_stand(&self) -> Result<Vec<LeistungsStand>> {
        self.0.with(zahlen::list)
    }

    /// Closed quarters only, newest first; `None` = fewer than k.
    pub fn umstieg(&self) -> Result<Vec<UmstiegStand>> {
        self.0.with(|db| umstieg::rows(db, "umstieg"))
    }

    pub fn datensaetze(&self) -> Result<Vec<DatensatzInfo>> {
        self.0.with(datensatz::infos)
    }

    /// Rows by index; `release` = `None` means all releases.
    pub fn datensatz(&self, id: &str, release: Option<&str>, offset: u64, limit: usize) -> Result<Vec<DatensatzZeile>> {
        self.0.with(|db| datensatz::rows(db, id, release, offset, limit))
    }

    /// The filing plan as it was known at this moment; `None` = now.
    pub fn aktenplan(&self, bekannt: Option<Timestamp>) -> Result<Aktenplan> {
        self.0.with(|db| aktenplan::plan(db, bekannt))
    }

    /// Proofs of the rows of one release and its list; `None` if a row lacks its proof.
    pub fn belege(&self, id: &str, release: &str, limit: usize) -> Result<Option<Vec<Redacted>>> {
        self.0.with(|db| datensatz::belege(db, id, release, limit))
    }

    /// Number of events every running view has taken in.
    pub fn position(&self) -> Result<u64> {
        self.0.position()
    }

    /// Every view with its position; parked ones with the reason.
    pub fn health(&self) -> Result<Vec<SichtStand>> {
        self.0.health()
    }
}
