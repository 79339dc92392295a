//! State of a Vorgang, folded from its events; every sealed value may be gone.

use super::event::{AktArt, AntragDokument, Kanal, Tenor, Weg};
use super::texte::TextRef;
use super::zustellung::{Mailstand, Zustand};
use crate::documents::DokumentWert;
use crate::recht::Hemmungsgrund;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// State names of `records.md` §3, up to zdA, with the side exits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No application yet: the stream is empty.
    #[default]
    Leer,
    Eingegangen,
    Registriert,
    Zugewiesen,
    InPruefung,
    Nachforderung,
    Beteiligung,
    Anhoerung,
    Ruht,
    Entscheidungsreif,
    ImGeschaeftsgang,
    Gezeichnet,
    Versandt,
    Bekanntgegeben,
    Widerspruch,
    Bestandskraeftig,
    #[serde(rename = "zda")]
    ZdA,
    Zurueckgenommen,
    Erledigt,
    Abgegeben,
}

/// One open or closed Nachforderung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NachforderungState {
    pub id: Uuid,
    pub unterlagen: Vec<String>,
    pub erhalten: Vec<String>,
    pub frist: Date,
    pub text: Option<String>,
    pub offen: bool,
    /// Its end was noted as missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub versaeumt: bool,
}

/// Since when and why a Frist does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hemmung {
    /// First day that does not count.
    pub ab: Date,
    pub anlass: Hemmungsgrund,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FristState {
    pub frist: String,
    pub end: Date,
    pub warnung: Option<Date>,
    pub verified: bool,
    pub erledigt: bool,
    /// First day counted; `None` only in what was kept before this was.
    #[serde(default)]
    pub begin: Option<Date>,
    /// Last day before any shift, where an event recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roh: Option<Date>,
    /// How often it was extended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub verlaengert: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gehemmt: Option<Hemmung>,
    /// Last day of the suspensions that are over: no day rests twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zuletzt_gehemmt: Option<Date>,
    /// Its end was noted as missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub versaeumt: bool,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GebuehrState {
    pub zeile: String,
    pub betrag_cent: i64,
    /// `offen`, `bezahlt`, `erlassen`.
    pub stand: String,
    pub dokument: Option<DokumentWert>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VermerkState {
    pub id: Uuid,
    pub text: Option<String>,
    pub storniert: bool,
}

/// How a Vorgang stood before its last assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VorZuteilung {
    /// `Vorgang::seq` right after the assignment: any later event makes it another.
    pub seq: u64,
    pub an: Option<Uuid>,
    pub einheit: String,
    pub stufe: Status,
}

/// The decision in work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BescheidState {
    pub fassung: u32,
    pub tenor: Tenor,
    pub verfasser: Uuid,
    /// In whose place it was drafted.
    pub verfasser_fuer: Option<Uuid>,
    pub begruendung: Option<String>,
    pub nebenbestimmungen: Option<String>,
    pub dokument: Option<DokumentWert>,
    /// Sequence of the `bescheid.rendered` event of this fassung.
    pub position: Option<u64>,
    pub mitzeichner: Vec<Uuid>,
    pub mitgezeichnet: Vec<Uuid>,
    pub schlussgezeichnet_von: Option<Uuid>,
    pub ausgefertigt: bool,
    /// What goes out; `None` also where it was erased.
    pub ausfertigung: Option<DokumentWert>,
    #[serde(default)]
    pub ermessen: Option<String>,
    #[serde(default)]
    pub spruch: Option<String>,
    #[serde(default)]
    pub texte: Vec<TextRef>,
}

/// What the act in work is, if it is not the first decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AktKopf {
    pub nr: u32,
    pub art: AktArt,
    /// Number of the act it is about.
    pub bezug: u32,
}

/// How an act that is not in work any more, or not yet again, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AktEnde {
    /// Another act about it was begun; it comes back if that one joins it or is given up.
    Abgeloest,
    Verworfen,
    /// Part of the act it was about.
    Beigetreten,
}

/// An act of the case that is not the one in work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AktState {
    /// `None` = the first decision.
    pub kopf: Option<AktKopf>,
    pub ende: AktEnde,
    pub stufe: Status,
    pub bescheid: Option<BescheidState>,
    pub versandt: Option<(Weg, Date)>,
    pub bekanntgabe: Option<Date>,
    pub widerspruchsfrist_ende: Option<Date>,
    pub bestandskraft_am: Option<Date>,
    pub anhoerung_erledigt: bool,
}

impl AktState {
    /// Its number; the first decision is 1.
    pub fn nr(&self) -> u32 {
        self.kopf.as_ref().map_or(1, |k| k.nr)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UebermittlungState {
    pub stelle: String,
    pub rechtsgrundlage: String,
    pub felder: Vec<String>,
    /// `geplant`, `gesendet`, `bestaetigt`, `fehlgeschlagen`, `verzichtet`.
    pub stand: String,
}

/// Where a case was handed over to, and whether that body said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbgabeState {
    pub stelle: String,
    pub weg: String,
    /// `gesendet`, `unbestaetigt`, `bestaetigt`.
    pub stand: String,
}

/// A redacted answer that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuskunftState {
    pub id: Uuid,
    pub index: u64,
    pub event_hash: String,
    pub freigegeben: Vec<String>,
    pub gruende: BTreeMap<String, String>,
}

/// One dispatch of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sendung {
    /// Nil where it was handed over without having been asked for first.
    pub id: Uuid,
    pub fassung: u32,
    pub weg: Weg,
    /// Not before this it leaves the house.
    pub not_before: Option<Timestamp>,
    pub zustand: Zustand,
    /// Day on which it left the house.
    pub versandt_am: Option<Date>,
    /// Each state it came into, and when.
    pub verlauf: Vec<(Zustand, Date)>,
    /// Print batch it was last fetched with.
    pub stapel: Option<Uuid>,
    pub hinweis: Option<HinweisState>,
}

impl Sendung {
    /// Its id, if it was ever given one.
    pub fn benannt(&self) -> Option<Uuid> {
        (!self.id.is_nil()).then_some(self.id)
    }
}

/// The mail that tells of a notice in the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HinweisState {
    pub id: Uuid,
    pub stand: Mailstand,
    /// How often it was about to be handed to a server.
    pub versuche: u32,
    /// The outcome of an earlier attempt was never learnt: it may have arrived twice.
    pub unklar: bool,
    pub gesendet_am: Option<Date>,
}

/// Consent to retrieval in the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EinwilligungState {
    pub am: Date,
    /// Where the hint goes; also gone where it was erased.
    pub email: Option<String>,
}

/// A signature somebody else than the applicant owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnterschriftState {
    pub rolle: String,
    /// Of the link in force.
    pub generation: u32,
    /// `offen`, `gegeben`, `abgelehnt`.
    pub stand: String,
    /// Documents that lay with the application when it was signed.
    pub unterlagen: u32,
}

/// A Vorgang as its own stream tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vorgang {
    pub status: Status,
    /// Status to come back to after ruht / nachforderung / beteiligung / anhoerung.
    pub vorher: Option<Status>,
    pub seq: u64,
    pub leistung: String,
    pub version: u32,
    pub definition: String,
    pub kanal: Option<Kanal>,
    pub vertrauen: String,
    pub eingang_am: Option<Timestamp>,
    pub einheit: String,
    #[serde(default)]
    pub vor_zuteilung: Option<VorZuteilung>,
    pub antragsteller: Option<Uuid>,
    pub felder: BTreeMap<String, Value>,
    pub dokumente: Vec<AntragDokument>,
    /// Ids of documents that came, also where the documents themselves were erased.
    pub unterlagen: Vec<String>,
    pub akte: Option<Uuid>,
    pub aktenzeichen: Option<String>,
    pub zugewiesen_an: Option<Uuid>,
    pub bescheinigung: Option<DokumentWert>,
    pub bescheinigt: bool,
    pub schritte_erledigt: Vec<String>,
    pub fehlend: Option<Vec<String>>,
    pub nachforderungen: Vec<NachforderungState>,
    pub stellen_offen: Vec<String>,
    pub pausiert: bool,
    pub anhoerung_offen: bool,
    pub anhoerung_erledigt: bool,
    pub anhoerung_frist: Option<Date>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anhoerung_versaeumt: bool,
    pub fristen: Vec<FristState>,
    pub gebuehren: Vec<GebuehrState>,
    pub vermerke: Vec<VermerkState>,
    pub bescheid: Option<BescheidState>,
    pub versandt: Option<(Weg, Date)>,
    pub bekanntgabe: Option<Date>,
    pub widerspruchsfrist_ende: Option<Date>,
    pub uebermittlungen: Vec<UebermittlungState>,
    pub code_generation: u32,
    pub rolle_geschlossen: bool,
    pub bestandskraft_am: Option<Date>,
    pub aufbewahrung_bis: Option<Date>,
    // Left out where there is none, so that a case without them keeps its state hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abgabe: Option<AbgabeState>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auskuenfte: Vec<AuskunftState>,
    #[serde(default)]
    pub sendungen: Vec<Sendung>,
    #[serde(default)]
    pub einwilligung: Option<EinwilligungState>,
    /// What the decision in work is, if it is a further act.
    #[serde(default)]
    pub akt: Option<AktKopf>,
    /// The case's other acts, in the order in which they left the desk.
    #[serde(default)]
    pub weitere_akte: Vec<AktState>,
    #[serde(default)]
    pub unterschriften: Vec<UnterschriftState>,
    /// What was corrected, oldest first.
    #[serde(default)]
    pub berichtigungen: Vec<BerichtigungState>,
}

/// A value that was wrong, beside the one that is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BerichtigungState {
    pub id: Uuid,
    /// Place of its event in the stream.
    pub seq: u64,
    pub feld: String,
    /// As it was before; gone where it was erased.
    pub alt: Option<Value>,
    pub neu: Option<Value>,
    pub grund: Option<String>,
}
