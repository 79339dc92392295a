//! `internal.db`: what clerks and auditors ask. Rows may hold personal data; rights are part
//! of every list query, and every caller has passed `permit` before.

pub mod fristen;

use crate::error::Result;
use crate::rows::*;
use akte_core::documents::DokumentWert;
use jiff::civil::Date;
use std::path::Path;
use uuid::Uuid;

/// Read-only access to `internal.db`; cheap to clone. Methods block: call them in `spawn_blocking`.
#[derive(Clone)]
pub struct InternalViews {}

impl InternalViews {
    /// Opens `internal.db`, which the runner has made.
    pub fn open(_path: &Path) -> Result<Self> {
        Ok(Self {})
    }
    /// Oldest receipt first; page token of a row: [`sort_key`] and its id.
    pub fn vorgaenge(&self, _filter: &VorgangFilter) -> Result<Vec<VorgangRow>> {
        Ok(vec![])
    }
    pub fn vorgang(&self, _vorgang: Uuid) -> Result<Option<VorgangRow>> {
        Ok(None)
    }
    /// All Vorgaenge lying in one Akte.
    pub fn vorgaenge_der_akte(&self, _akte: Uuid) -> Result<Vec<VorgangRow>> {
        Ok(vec![])
    }
    /// (leistung, status) -> number of Vorgaenge.
    pub fn zaehlung(&self) -> Result<std::collections::BTreeMap<(String, String), u64>> {
        Ok(Default::default())
    }
    /// Every event of one procedure, oldest first.
    pub fn timeline(&self, _corr: Uuid) -> Result<Vec<EreignisRow>> {
        Ok(vec![])
    }
    /// Newest first.
    pub fn audit(&self, _filter: &AuditFilter) -> Result<Vec<EreignisRow>> {
        Ok(vec![])
    }
    pub fn akten(&self, _filter: &AktenFilter) -> Result<Vec<AkteRow>> {
        Ok(vec![])
    }
    pub fn akte(&self, _akte: Uuid) -> Result<Option<AkteRow>> {
        Ok(None)
    }
    pub fn dokumente(&self, _vorgang: Uuid) -> Result<Vec<DokumentRow>> {
        Ok(vec![])
    }
    pub fn dokumente_der_akte(&self, _akte: Uuid) -> Result<Vec<DokumentRow>> {
        Ok(vec![])
    }
    pub fn dokument(&self, _dokument: Uuid) -> Result<Option<DokumentRow>> {
        Ok(None)
    }
    /// Commitment and reference of the newest version, to fetch the bytes with.
    pub fn dokument_wert(&self, _dokument: Uuid) -> Result<Option<DokumentWert>> {
        Ok(None)
    }
    pub fn konten(&self) -> Result<Vec<KontoRow>> {
        Ok(vec![])
    }
    pub fn konto(&self, _konto: Uuid) -> Result<Option<KontoRow>> {
        Ok(None)
    }
    pub fn konto_by_login(&self, _login: &str) -> Result<Option<KontoRow>> {
        Ok(None)
    }
    /// Accounts this one stands in for on this day (i. V.).
    pub fn vertritt(&self, _konto: Uuid, _today: Date) -> Result<Vec<Uuid>> {
        Ok(vec![])
    }
    pub fn einheiten(&self) -> Result<Vec<EinheitRow>> {
        Ok(vec![])
    }
    /// Adopted versions of services, by id and version.
    pub fn leistungen(&self) -> Result<Vec<LeistungRow>> {
        Ok(vec![])
    }
    /// Deadlines of one Vorgang, done ones included.
    pub fn fristen(&self, _vorgang: Uuid) -> Result<Vec<FristRow>> {
        Ok(vec![])
    }
    /// Vorgaenge with an open deadline of 14 days or fewer, or whose warning day has come; most urgent first.
    pub fn faellig(&self, _today: Date, _einheiten: Option<&[String]>) -> Result<Vec<VorgangRow>> {
        Ok(vec![])
    }
    /// Full text over Aktenzeichen, names, titles, Vermerke; `einheiten` = `None` only for roles that may see all.
    pub fn suche(&self, _q: &str, _einheiten: Option<&[String]>, _limit: usize) -> Result<Vec<SuchTreffer>> {
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

/// Sort key of a row in [`InternalViews::vorgaenge`], for the page token.
pub fn sort_key(row: &VorgangRow) -> String {
    row.eingang_am.as_microsecond().to_string()
}
