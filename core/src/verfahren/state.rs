//! State of a Vorgang, folded from its events; every sealed value may be gone.

use super::event::{AntragDokument, Kanal, Tenor, Weg};
use crate::documents::DokumentWert;
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
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FristState {
    pub frist: String,
    pub end: Date,
    pub warnung: Option<Date>,
    pub verified: bool,
    pub erledigt: bool,
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
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UebermittlungState {
    pub stelle: String,
    pub rechtsgrundlage: String,
    pub felder: Vec<String>,
    /// `geplant`, `gesendet`, `bestaetigt`, `fehlgeschlagen`, `verzichtet`.
    pub stand: String,
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
}
