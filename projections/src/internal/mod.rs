//! `internal.db`: what clerks and auditors ask. Rows may hold personal data; rights are part
//! of every list query, and every caller has passed `permit` before.

pub mod akten;
pub mod audit;
pub mod codes;
pub mod dokumente;
pub mod fristen;
pub mod inbox;
pub mod konten;
pub mod leistungen;
pub mod loeschungen;
pub mod namen;
pub mod sendungen;
pub mod suche;
pub mod timeline;
pub mod zahlen;

use crate::datei::View;
use crate::error::Result;
use crate::pool::Pool;
use crate::public::status::CodeSha256;
use crate::public::zahlen::Austausch;
use crate::rows::*;
use akte_core::documents::DokumentWert;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

pub use inbox::sort_key;

/// All internal views; a new question is one file and its row here.
pub fn views(zone: &TimeZone, k: u32, code: &CodeSha256, austausch: &Austausch) -> Vec<Box<dyn View>> {
    vec![
        Box::new(audit::Ereignisse),
        Box::<inbox::Vorgaenge>::default(),
        Box::new(akten::Akten),
        Box::new(dokumente::Dokumente),
        Box::new(codes::Codes::new(code.clone())),
        Box::new(konten::Konten),
        Box::new(leistungen::Leistungen),
        Box::new(loeschungen::Loeschungen),
        Box::<suche::Suche>::default(),
        Box::new(zahlen::Zahlen::new(zone.clone(), k, austausch.clone())),
    ]
}

/// Read-only access to `internal.db`; cheap to clone. Methods block: call them in `spawn_blocking`.
#[derive(Clone)]
pub struct InternalViews(Pool);

impl InternalViews {
    /// Opens `internal.db`, which the runner has made.
    pub fn open(path: &Path) -> Result<Self> {
        Pool::open(path).map(Self)
    }

    /// Oldest receipt first; page token of a row: [`sort_key`] and its id.
    pub fn vorgaenge(&self, filter: &VorgangFilter) -> Result<Vec<VorgangRow>> {
        self.0.with(|db| inbox::list(db, filter))
    }

    /// The Vorgang whose code in force has this SHA-256; unknown and revoked codes alike are `None`.
    pub fn vorgang_by_code(&self, code_sha256: [u8; 32]) -> Result<Option<Uuid>> {
        self.0.with(|db| codes::vorgang(db, code_sha256))
    }

    pub fn vorgang(&self, vorgang: Uuid) -> Result<Option<VorgangRow>> {
        self.0.with(|db| inbox::one(db, vorgang))
    }

    /// All Vorgaenge lying in one Akte.
    pub fn vorgaenge_der_akte(&self, akte: Uuid) -> Result<Vec<VorgangRow>> {
        self.0.with(|db| inbox::of_akte(db, akte))
    }

    /// (leistung, status) -> number of Vorgaenge.
    pub fn zaehlung(&self) -> Result<BTreeMap<(String, String), u64>> {
        self.0.with(inbox::zaehlung)
    }

    /// Every event of one procedure, oldest first.
    pub fn timeline(&self, corr: Uuid) -> Result<Vec<EreignisRow>> {
        self.0.with(|db| timeline::of(db, corr))
    }

    /// Newest first.
    pub fn audit(&self, filter: &AuditFilter) -> Result<Vec<EreignisRow>> {
        self.0.with(|db| audit::list(db, filter))
    }

    pub fn akten(&self, filter: &AktenFilter) -> Result<Vec<AkteRow>> {
        self.0.with(|db| akten::list(db, filter))
    }

    pub fn akte(&self, akte: Uuid) -> Result<Option<AkteRow>> {
        self.0.with(|db| akten::one(db, akte))
    }

    pub fn dokumente(&self, vorgang: Uuid) -> Result<Vec<DokumentRow>> {
        self.0.with(|db| dokumente::list(db, "vorgang", vorgang))
    }

    pub fn dokumente_der_akte(&self, akte: Uuid) -> Result<Vec<DokumentRow>> {
        self.0.with(|db| dokumente::list(db, "akte", akte))
    }

    pub fn dokument(&self, dokument: Uuid) -> Result<Option<DokumentRow>> {
        self.0.with(|db| Ok(dokumente::list(db, "dokument", dokument)?.pop()))
    }

    /// Commitment and reference of the newest version, to fetch the bytes with.
    pub fn dokument_wert(&self, dokument: Uuid) -> Result<Option<DokumentWert>> {
        self.0.with(|db| dokumente::wert(db, dokument))
    }

    pub fn konten(&self) -> Result<Vec<KontoRow>> {
        self.0.with(|db| konten::list(db, "1", []))
    }

    pub fn konto(&self, konto: Uuid) -> Result<Option<KontoRow>> {
        self.0.with(|db| Ok(konten::list(db, "konto=?1", [konto.into_bytes()])?.pop()))
    }

    pub fn konto_by_login(&self, login: &str) -> Result<Option<KontoRow>> {
        self.0.with(|db| Ok(konten::list(db, "login=?1", [login])?.pop()))
    }

    /// Accounts this one stands in for on this day (i. V.).
    pub fn vertritt(&self, konto: Uuid, today: Date) -> Result<Vec<Uuid>> {
        self.0.with(|db| konten::vertritt(db, konto, today))
    }

    pub fn einheiten(&self) -> Result<Vec<EinheitRow>> {
        self.0.with(konten::einheiten)
    }

    /// Adopted versions of services, by id and version.
    pub fn leistungen(&self) -> Result<Vec<LeistungRow>> {
        self.0.with(leistungen::list)
    }

    /// Erasures, newest first.
    pub fn loeschungen(&self, einheiten: Option<&[String]>, limit: usize) -> Result<Vec<LoeschungRow>> {
        self.0.with(|db| loeschungen::list(db, einheiten, limit))
    }

    /// Erasures that are approved and not yet carried out, oldest first.
    pub fn loeschungen_genehmigt(&self) -> Result<Vec<LoeschungRow>> {
        self.0.with(loeschungen::genehmigt)
    }

    /// Deadlines of one Vorgang, done ones included.
    pub fn fristen(&self, vorgang: Uuid) -> Result<Vec<FristRow>> {
        self.0.with(|db| fristen::of(db, vorgang))
    }

    /// Vorgaenge with an open deadline of 14 days or fewer, or whose warning day has come; most urgent first.
    pub fn faellig(&self, today: Date, einheiten: Option<&[String]>) -> Result<Vec<VorgangRow>> {
        self.0.with(|db| fristen::faellig(db, today, einheiten))
    }

    /// Dispatches this question is about, oldest first; `einheiten` = `None` only for roles that may see all.
    pub fn sendungen(&self, frage: sendungen::Frage, einheiten: Option<&[String]>) -> Result<Vec<SendungRow>> {
        self.0.with(|db| sendungen::list(db, frage, einheiten))
    }

    /// Full text over Aktenzeichen, names, titles, Vermerke; `einheiten` = `None` only for roles that may see all.
    pub fn suche(&self, q: &str, einheiten: Option<&[String]>, limit: usize) -> Result<Vec<SuchTreffer>> {
        self.0.with(|db| suche::find(db, q, einheiten, limit))
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
