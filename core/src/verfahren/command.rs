//! What can be wanted of a Vorgang.

use super::event::{AntragDokument, Kanal, Tenor, Weg};
use crate::documents::DokumentWert;
use jiff::{Timestamp, civil::Date};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A document on its way into an application.
pub type Unterlage = AntragDokument;

/// A rendered notice: where it lies and from what it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gerendert {
    /// Hex SHA-256 of the template bytes.
    pub vorlage_sha256: String,
    /// Hex SHA-256 of the JCS input.
    pub eingabe_sha256: String,
    pub dokument: DokumentWert,
}

/// Commands of `Vorgang`. Who may give them is decided by `zugriff::permit`, before.
#[derive(Clone, Debug)]
pub enum VorgangCommand {
    Submit {
        leistung: String,
        kanal: Kanal,
        vertrauen: String,
        /// Legal receipt; not in the future.
        eingang_am: Timestamp,
        antragsteller: Uuid,
        /// Normalised values (`verfahren::pruefung`).
        felder: BTreeMap<String, Value>,
        dokumente: Vec<Unterlage>,
    },
    SupplyUnterlage {
        kanal: Kanal,
        dokument: Unterlage,
    },
    Withdraw {
        grund: Option<String>,
    },
    // process
    Register {
        akte: Uuid,
        aktenzeichen: String,
    },
    ComputeFristen,
    IssueReceipt {
        gerendert: Gerendert,
    },
    NoteHinweis {
        schritt: String,
    },
    AssessGebuehr {
        tatbestand: String,
        gerendert: Gerendert,
    },
    PlanUebermittlungen,
    MarkSent {
        stelle: String,
        dokument: Option<DokumentWert>,
    },
    RenderBescheid {
        fassung: u32,
        gerendert: Gerendert,
    },
    Ausfertigen {
        fassung: u32,
        gerendert: Gerendert,
    },
    EffectBekanntgabe {
        art: String,
        am: Date,
    },
    ReachBestandskraft,
    // clerk
    Assign {
        an: Uuid,
        einheit: String,
    },
    /// Takes the last assignment back, if nothing happened since.
    UndoAssign,
    /// Takes the Vorgang over; refused if somebody else did since the caller looked.
    TakeOver,
    StartPruefung,
    CheckVollstaendigkeit {
        fehlend: Vec<String>,
    },
    Nachfordern {
        unterlagen: Vec<String>,
        text: String,
        tage: u16,
    },
    CloseNachforderung {
        nachforderung: Uuid,
        grund: String,
    },
    Consult {
        stelle: String,
        frage: String,
    },
    ReceiveStellungnahme {
        stelle: String,
        text: String,
    },
    StartAnhoerung {
        text: String,
        tage: u16,
    },
    HoldAnhoerung {
        antwort: String,
    },
    WaiveAnhoerung {
        nr: String,
        grund: String,
    },
    Pause {
        grund: String,
    },
    Resume,
    WriteVermerk {
        text: String,
    },
    CancelVermerk {
        vermerk: Uuid,
        grund: String,
    },
    DoneHinweis {
        schritt: String,
        vermerk: String,
    },
    Acknowledge {
        stelle: String,
    },
    WaiveUebermittlung {
        stelle: String,
        grund: String,
    },
    PayGebuehr {
        zeile: String,
        betrag_cent: i64,
        weg: String,
    },
    WaiveGebuehr {
        zeile: String,
        grund: String,
    },
    DeclareEntscheidungsreif,
    DraftBescheid {
        tenor: Tenor,
        begruendung: String,
        nebenbestimmungen: String,
    },
    StartGeschaeftsgang {
        an: Vec<Uuid>,
    },
    CoSign {
        fassung: u32,
        digest: String,
    },
    RefuseSign {
        fassung: u32,
        grund: String,
    },
    FinalSign {
        fassung: u32,
        digest: String,
    },
    Dispatch {
        weg: Weg,
    },
    ReportZustellung {
        status: String,
        am: Date,
    },
    ReceiveWiderspruch {
        am: Date,
        text: String,
    },
    DecideWiderspruch {
        ergebnis: String,
        begruendung: String,
    },
    Abgeben {
        stelle: String,
        rechtsgrundlage: String,
    },
    Erledigen {
        grund: String,
    },
    RevokeCode {
        grund: String,
    },
    Close,
    Reopen {
        grund: String,
    },
}
