//! `internal.db`: what clerks and auditors ask. Rows may hold personal data; rights are part
//! of every list query, and every caller has passed `permit` before.

pub mod akten;
pub mod audit;
pub mod codes;
pub mod dokumente;
pub mod fristen;
pub mod gang;
pub mod inbox;
pub mod konten;
pub mod leistungen;
pub mod loeschungen;
pub mod namen;
pub mod papier;
pub mod personen;
pub mod postbuch;
pub mod sendungen;
pub mod suche;
pub mod timeline;
pub mod umstieg;
pub mod zahlen;

use crate::datei::View;
use crate::error::Result;
use crate::pool::Pool;
use crate::public::status::CodeSha256;
use crate::public::zahlen::Austausch;
use crate::rows::*;
use crate::volltext;
use akte_core::documents::DokumentWert;
use akte_core::geschaeftsgang::Objekt;
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
        Box::new(gang::umlauf::Umlaeufe),
        Box::new(gang::wiedervorlage::Wiedervorlagen),
        Box::new(gang::aufgabe::Aufgaben),
        Box::new(gang::beobachtung::Beobachtungen),
        Box::new(papier::Papier),
        Box::new(umstieg::Umstieg::new(zone.clone(), k, austausch.1.clone())),
        Box::new(codes::Codes::new(code.clone())),
        Box::new(konten::Konten),
        Box::new(leistungen::Leistungen),
        Box::new(loeschungen::Loeschungen),
        Box::new(postbuch::Postbuch),
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

    /// Files to be looked at for disposal: retention over or not known, or under a hold.
    pub fn akten_faellig(&self, einheiten: Option<&[String]>, am: Date, limit: usize) -> Result<Vec<AkteRow>> {
        self.0.with(|db| akten::faellig(db, einheiten, am, limit))
    }

    pub fn akte_by_aktenzeichen(&self, aktenzeichen: &str) -> Result<Option<AkteRow>> {
        self.0.with(|db| akten::by_aktenzeichen(db, aktenzeichen))
    }

    /// All versions of a document, first one first.
    pub fn dokument_versionen(&self, dokument: Uuid) -> Result<Vec<DokumentVersion>> {
        self.0.with(|db| dokumente::versionen(db, dokument))
    }

    /// Paper volumes of one Akte.
    pub fn papierbaende(&self, akte: Uuid) -> Result<Vec<PapierbandRow>> {
        self.0.with(|db| papier::der_akte(db, akte))
    }

    pub fn dokumente(&self, vorgang: Uuid) -> Result<Vec<DokumentRow>> {
        self.0.with(|db| dokumente::list(db, "vorgang", vorgang))
    }

    pub fn dokumente_der_akte(&self, akte: Uuid) -> Result<Vec<DokumentRow>> {
        self.0.with(|db| dokumente::list(db, "akte", akte))
    }

    /// Streams that say of themselves that they belong to this Akte: Vorgaenge, Dokumente, Eingaenge, Loeschungen.
    pub fn stroeme_der_akte(&self, akte: Uuid) -> Result<Vec<Uuid>> {
        self.0.with(|db| {
            let mut out: Vec<Uuid> = inbox::of_akte(db, akte)?.into_iter().map(|v| v.vorgang).collect();
            let mut loeschungen = loeschungen::der_vorgaenge(db, &out)?;
            loeschungen.extend(self::loeschungen::der_akte(db, akte)?);
            out.extend(dokumente::list(db, "akte", akte)?.into_iter().map(|d| d.dokument));
            out.extend(postbuch::der_akte(db, akte)?);
            out.extend(loeschungen);
            Ok(out)
        })
    }

    /// How many lie in the Akte now, and one page of them with all their versions, oldest first.
    pub fn dokumente_seite(&self, akte: Uuid, ab: usize, limit: usize) -> Result<(usize, Vec<DokumentMitVersionen>)> {
        self.0.with(|db| {
            let (alle, rows) = dokumente::seite(db, akte, ab, limit)?;
            let mit = rows.into_iter().map(|d| {
                let versionen = dokumente::versionen(db, d.dokument)?;
                Ok((d, versionen))
            });
            Ok((alle, mit.collect::<Result<_>>()?))
        })
    }

    pub fn dokument(&self, dokument: Uuid) -> Result<Option<DokumentRow>> {
        self.0.with(|db| Ok(dokumente::list(db, "dokument", dokument)?.pop()))
    }

    /// Commitment and reference of the newest version, to fetch the bytes with.
    pub fn dokument_wert(&self, dokument: Uuid) -> Result<Option<DokumentWert>> {
        self.0.with(|db| dokumente::wert(db, dokument))
    }

    /// Runs of one document, oldest first.
    pub fn umlaeufe(&self, dokument: Uuid) -> Result<Vec<UmlaufRow>> {
        self.0.with(|db| gang::umlauf::des_dokuments(db, dokument))
    }

    /// Open runs in which one of these accounts is asked now, oldest first.
    pub fn umlaeufe_bei(&self, konten: &[Uuid]) -> Result<Vec<UmlaufRow>> {
        self.0.with(|db| gang::umlauf::bei(db, konten))
    }

    /// Open runs one of these accounts began, oldest first.
    pub fn umlaeufe_von(&self, konten: &[Uuid]) -> Result<Vec<UmlaufRow>> {
        self.0.with(|db| gang::umlauf::von(db, konten))
    }

    /// Undone Wiedervorlagen whose day has come: candidates of the day's work.
    pub fn wiedervorlagen_faellig(&self, today: Date) -> Result<Vec<Uuid>> {
        self.0.with(|db| gang::wiedervorlage::faellig(db, today))
    }

    /// Undone Wiedervorlagen of these accounts, earliest first.
    pub fn wiedervorlagen(&self, konten: &[Uuid]) -> Result<Vec<WiedervorlageRow>> {
        self.0.with(|db| gang::wiedervorlage::von(db, konten))
    }

    /// Undone Wiedervorlagen of this unit that were told to its head.
    pub fn wiedervorlagen_eskaliert(&self, einheit: &str) -> Result<Vec<WiedervorlageRow>> {
        self.0.with(|db| gang::wiedervorlage::eskaliert(db, einheit))
    }

    /// All Wiedervorlagen of one thing, done ones included.
    pub fn wiedervorlagen_an(&self, objekt: Objekt) -> Result<Vec<WiedervorlageRow>> {
        self.0.with(|db| gang::wiedervorlage::an(db, objekt))
    }

    /// Undone tasks of these accounts, then of this unit without a person.
    pub fn aufgaben(&self, konten: &[Uuid], einheit: &str) -> Result<Vec<AufgabeRow>> {
        self.0.with(|db| gang::aufgabe::offen(db, konten, einheit))
    }

    /// Tasks this account gave out, newest first, done ones included.
    pub fn aufgaben_von(&self, konto: Uuid, limit: usize) -> Result<Vec<AufgabeRow>> {
        self.0.with(|db| gang::aufgabe::von(db, konto, limit))
    }

    /// What this account watches.
    pub fn beobachtet(&self, konto: Uuid) -> Result<Vec<Objekt>> {
        self.0.with(|db| gang::beobachtung::von(db, konto))
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

    /// The post book, oldest receipt first.
    pub fn postbuch(&self, filter: &PostbuchFilter) -> Result<Vec<PostbuchRow>> {
        self.0.with(|db| postbuch::list(db, filter))
    }

    /// What waits for a virus scanner, oldest first, behind this one.
    pub fn postbuch_ungeprueft(&self, nach: Option<Uuid>, limit: usize) -> Result<Vec<Uuid>> {
        self.0.with(|db| postbuch::ungeprueft(db, nach, limit))
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

    /// Files without a procedure and entries of the post book that name these words; every unit's.
    pub fn personen(&self, q: &str, limit: usize) -> Result<Vec<PersonTreffer>> {
        self.0.with(|db| personen::find(db, q, limit))
    }

    /// Documents in whose text every word of the question occurs, newest first; rights as in [`Self::suche`].
    pub fn suche_dokumente(&self, q: &str, einheiten: Option<&[String]>, limit: usize) -> Result<Vec<DokumentTreffer>> {
        volltext::frage::find(self.0.path(), q, einheiten, limit)
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
