//! What the views answer with. Internal rows may hold personal data; public rows never do.

use akte_core::documents::DokumentWert;
use akte_core::verfahren::event::Weg;
use akte_core::verfahren::zustellung::{Mailstand, Zustand};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Traffic light of a deadline: never shown by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ampel {
    /// More than 14 days.
    Gruen,
    /// 14 days or fewer.
    Gelb,
    /// 3 days or fewer.
    Rot,
    /// Overdue.
    Schwarz,
    /// Waiting for the citizen.
    Grau,
    /// No deadline.
    Keine,
}

/// One line of the inbox or of any list of Vorgaenge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VorgangRow {
    pub vorgang: Uuid,
    pub leistung: String,
    pub einheit: String,
    /// `Status` in snake_case (`zda`).
    pub status: String,
    pub aktenzeichen: Option<String>,
    pub akte: Option<Uuid>,
    /// Display name of the applicant, if not erased.
    pub antragsteller: Option<String>,
    pub kanal: String,
    pub eingang_am: Timestamp,
    pub erfasst_am: Timestamp,
    /// Next open deadline and its id.
    pub frist: Option<Date>,
    pub frist_id: Option<String>,
    /// Account it is assigned to.
    pub konto: Option<Uuid>,
    pub konto_name: Option<String>,
    /// Number of events = ETag.
    pub version: u64,
    pub letzte_aenderung: Timestamp,
}

/// Which Vorgaenge a list shows. Rights are part of the query: `einheiten` = `None` only for
/// roles that may see all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VorgangFilter {
    pub einheiten: Option<Vec<String>>,
    pub konto: Option<Uuid>,
    /// Only those nobody has taken.
    pub unzugewiesen: bool,
    pub status: Vec<String>,
    pub leistung: Option<String>,
    /// Neither closed nor withdrawn.
    pub offen: bool,
    /// Page token: rows after this (sort key, vorgang).
    pub nach: Option<(String, Uuid)>,
    pub limit: usize,
}

/// One entry of a case's timeline or of the audit trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EreignisRow {
    pub index: u64,
    pub stream: Uuid,
    pub seq: u64,
    pub wire: String,
    pub at: Timestamp,
    /// `/_akteur`; name only where the account still has one.
    pub akteur: String,
    pub akteur_name: Option<String>,
    pub fuer: Option<String>,
    /// One plain German sentence, no personal data beyond what the internal reader may see.
    pub satz: String,
    /// b64u event hash.
    pub hash: String,
    pub corr: Uuid,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    pub stream: Option<Uuid>,
    pub corr: Option<Uuid>,
    /// Prefix of the wire name.
    pub wire: Option<String>,
    pub akteur: Option<String>,
    pub von: Option<Timestamp>,
    pub bis: Option<Timestamp>,
    /// Entries with a smaller index (newest first).
    pub vor_index: Option<u64>,
    pub limit: usize,
}

/// A document as the file knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DokumentRow {
    pub dokument: Uuid,
    pub akte: Option<Uuid>,
    pub vorgang: Option<Uuid>,
    pub richtung: String,
    pub titel: Option<String>,
    pub dateiname: Option<String>,
    pub media: Option<String>,
    pub len: Option<u64>,
    pub at: Timestamp,
    /// The Akte it was moved to.
    pub nach: Option<Uuid>,
    /// The document it repeats.
    pub doppelt_zu: Option<Uuid>,
}

/// A document with all its versions, first one first.
pub type DokumentMitVersionen = (DokumentRow, Vec<DokumentVersion>);

/// One version of a document; none is ever replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DokumentVersion {
    pub version: u32,
    pub grund: Option<String>,
    pub at: Timestamp,
    /// `None` where it was erased.
    pub wert: Option<DokumentWert>,
}

/// One run of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UmlaufRow {
    pub umlauf: Uuid,
    pub dokument: Uuid,
    /// Title of the document, if not erased.
    pub titel: Option<String>,
    pub zustand: akte_core::geschaeftsgang::Umlauf,
    pub begonnen_am: Timestamp,
    /// Number of events = ETag.
    pub version: u64,
}

/// One Wiedervorlage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WiedervorlageRow {
    pub wiedervorlage: Uuid,
    pub objekt: akte_core::geschaeftsgang::Objekt,
    pub einheit: String,
    pub konto: Uuid,
    pub faellig: Date,
    pub grund: Option<String>,
    pub eskaliert: Option<Date>,
    pub erledigt: bool,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AufgabeRow {
    pub aufgabe: Uuid,
    pub objekt: Option<akte_core::geschaeftsgang::Objekt>,
    pub einheit: String,
    pub konto: Option<Uuid>,
    pub faellig: Option<Date>,
    pub titel: Option<String>,
    pub durch: Uuid,
    pub erledigt: bool,
    pub am: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AkteRow {
    pub akte: Uuid,
    pub aktenzeichen: Option<String>,
    pub aktenplan: String,
    pub einheit: String,
    pub titel: Option<String>,
    pub geschlossen: bool,
    /// Last day of retention in force.
    pub aufbewahrung_bis: Option<Date>,
    pub version: u64,
    /// Legal holds in force.
    pub sperren: u32,
    pub angeboten: Option<Date>,
    /// What the archive said.
    pub bewertung: Option<String>,
    /// Day of the last destruction in it.
    pub vernichtet: Option<Date>,
    /// It was given a number; where there is none now, it was erased.
    pub nummeriert: bool,
    /// Nothing of it is left.
    pub zu_ende: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KontoRow {
    pub konto: Uuid,
    pub login: Option<String>,
    pub name: Option<String>,
    pub einheit: String,
    pub rollen: Vec<akte_core::kernel::Role>,
    pub aktiv: bool,
    pub version: u64,
}

/// One line of the post book.
#[derive(Clone, Debug, PartialEq)]
pub struct PostbuchRow {
    pub eingang: Uuid,
    /// Codes of `akte_core::eingang`.
    pub kanal: String,
    pub stand: String,
    pub einheit: String,
    /// Legal receipt and recording.
    pub received_at: Timestamp,
    pub captured_at: Timestamp,
    pub absender: Option<String>,
    pub betreff: Option<String>,
    pub akte: Option<Uuid>,
    /// Waits for a virus scanner.
    pub ungeprueft: bool,
    /// A scan whose second look is missing (`ausstehend`) or was failed (`abgelehnt`).
    pub sichtung: Option<String>,
    /// Number of events = ETag.
    pub version: u64,
}

/// Which part of the post book is asked for. `einheiten` = `None` only for roles that may see all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostbuchFilter {
    pub einheiten: Option<Vec<String>>,
    /// Codes of states; empty = all.
    pub stand: Vec<String>,
    /// Page token: rows after this (legal receipt in microseconds, eingang).
    pub nach: Option<(i64, Uuid)>,
    pub limit: usize,
}

/// Which Akten a list shows, ordered by Aktenzeichen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AktenFilter {
    /// `None` only for roles that may see all.
    pub einheiten: Option<Vec<String>>,
    /// Prefix of the Aktenplan position.
    pub aktenplan: Option<String>,
    /// Not closed.
    pub offen: bool,
    /// Page token: rows after this (Aktenzeichen or empty, akte).
    pub nach: Option<(String, Uuid)>,
    pub limit: usize,
}

/// One deadline of a Vorgang.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FristRow {
    pub vorgang: Uuid,
    /// Id from the definition, `nachforderung`, or `anhoerung`.
    pub frist: String,
    pub ende: Date,
    pub warnung: Option<Date>,
    pub verified: bool,
    pub erledigt: bool,
}

/// One unit of the town.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EinheitRow {
    pub id: String,
    pub name: String,
    pub aktenplan: Vec<String>,
    pub aktiv: bool,
}

/// One adopted version of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeistungRow {
    pub id: String,
    pub version: u32,
    /// Hex hash of the definition folder.
    pub sha256: String,
    pub gueltig_ab: Date,
    /// The service was closed after this version was adopted.
    pub geschlossen: bool,
}

/// How far one view has come, and why it stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SichtStand {
    pub sicht: String,
    /// Number of events taken in.
    pub position: u64,
    /// Index of the event it stopped at, and why (without personal data).
    pub geparkt: Option<(u64, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuchTreffer {
    pub vorgang: Uuid,
    pub aktenzeichen: Option<String>,
    pub titel: String,
    pub ausschnitt: String,
}

/// What may be about a person besides a procedure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PersonTreffer {
    /// A file that holds no procedure.
    Akte {
        akte: Uuid,
        aktenzeichen: Option<String>,
        titel: Option<String>,
    },
    Eingang {
        eingang: Uuid,
        received_at: Timestamp,
        absender: Option<String>,
        betreff: Option<String>,
    },
}

/// A paper volume of a hybrid file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PapierbandRow {
    pub band: Uuid,
    pub nummer: u32,
    pub titel: Option<String>,
    pub ort: Option<String>,
    pub geliehen: bool,
    /// To whom, since when, until when.
    pub an: Option<String>,
    pub am: Option<Date>,
    pub bis: Option<Date>,
}

/// A document in whose text the words occur.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DokumentTreffer {
    pub dokument: Uuid,
    pub akte: Uuid,
    pub vorgang: Option<Uuid>,
    pub aktenzeichen: Option<String>,
    pub titel: Option<String>,
    pub dateiname: Option<String>,
    pub ausschnitt: String,
}

/// What the holder of a case code sees: white-listed facts only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusView {
    pub leistung: String,
    pub status: String,
    pub eingegangen: Date,
    /// Day of the last change.
    pub stand: Date,
    /// What the office waits for from the applicant (ids of Unterlagen), with its deadline.
    pub wartet_auf: Vec<String>,
    pub nachforderung: Option<Uuid>,
    pub frist: Option<Date>,
    pub bescheinigt: bool,
    pub bescheid_da: bool,
    /// The ways the notice was sent, oldest first.
    pub sendungen: Vec<SendungView>,
    /// The person agreed to retrieval in the portal.
    pub abruf: bool,
    /// (day, status) in order.
    pub verlauf: Vec<(Date, String)>,
    /// Body it was handed over to, and whether that body has confirmed.
    pub abgabe: Option<(String, bool)>,
    /// Ids of the steps of the definition that are done.
    pub schritte: Vec<String>,
    /// Redacted answers that can be fetched.
    pub auskuenfte: Vec<Uuid>,
}

/// One dispatch as the person sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendungView {
    pub weg: Weg,
    pub zustand: Zustand,
    pub versandt_am: Option<Date>,
    /// Day on which it came into this state.
    pub am: Option<Date>,
}

/// One dispatch of the office's worklist.
#[derive(Clone, Debug, PartialEq)]
pub struct SendungRow {
    pub vorgang: Uuid,
    pub sendung: Uuid,
    pub weg: Weg,
    pub zustand: Zustand,
    pub not_before: Option<Timestamp>,
    pub versandt_am: Option<Date>,
    /// Day on which it came into this state.
    pub am: Option<Date>,
    pub stapel: Option<Uuid>,
    /// Id and state of the hint by mail, and how often it was tried.
    pub hinweis: Option<(Uuid, Mailstand, u32)>,
    pub leistung: String,
    pub einheit: String,
    pub aktenzeichen: Option<String>,
    pub antragsteller: Option<String>,
    /// Events of the case = ETag.
    pub version: u64,
}

/// Openly published figures of one service in one closed period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeistungsStand {
    pub leistung: String,
    /// `2026-Q3`.
    pub zeitraum: String,
    /// `None` = suppressed (below k, or complementary).
    pub eingegangen: Option<u64>,
    pub erledigt: Option<u64>,
    /// Median days from receipt to closing.
    pub median_tage: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatensatzInfo {
    pub id: String,
    /// German title, legal basis and columns as adopted with the service that feeds it.
    pub titel: String,
    pub rechtsgrundlage: String,
    /// Ids of the columns in their order.
    pub spalten: Vec<String>,
    /// Their German titles.
    pub spalten_titel: Vec<String>,
    pub zeilen: u64,
    pub releases: Vec<String>,
    pub stand: Timestamp,
}

/// Files of one unit at the end of one closed quarter, rounded down to multiples of k; `None` = fewer than k.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UmstiegStand {
    /// `2026-Q3`.
    pub zeitraum: String,
    pub einheit: String,
    /// Files without paper.
    pub elektronisch: Option<u64>,
    /// Files with paper and electronic documents.
    pub hybrid: Option<u64>,
    /// Files with paper only.
    pub papier: Option<u64>,
    /// Documents taken over by imports.
    pub uebernommen: Option<u64>,
}

/// One public row: exactly the released columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatensatzZeile {
    /// Log index of the `datensatz.row_released` event (a stream of its own).
    pub index: u64,
    pub release: String,
    pub zeile: std::collections::BTreeMap<String, String>,
}

/// One erasure, from proposal to execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoeschungRow {
    pub loeschung: Uuid,
    pub vorgang: Option<Uuid>,
    /// Where the Akte itself is to go.
    pub akte: Option<Uuid>,
    pub einheit: String,
    /// The scope in words.
    pub umfang: String,
    /// Codes of `akte_core::loeschung`.
    pub grund: String,
    pub archiv: String,
    /// `vorgeschlagen`, `genehmigt`, `abgelehnt`, `vollzogen`.
    pub stand: String,
    pub vorgeschlagen: Uuid,
    pub entschieden: Option<Uuid>,
    pub am: Timestamp,
    /// Log index of the confirmation.
    pub vollzug: Option<u64>,
    /// Number of events = ETag.
    pub version: u64,
}
