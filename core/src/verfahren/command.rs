//! What can be wanted of a Vorgang.

use super::event::{AktArt, AntragDokument, Kanal, Tenor, Weg};
use super::texte::TextRef;
use super::zustellung::Mailstand;
use crate::documents::DokumentWert;
use crate::recht::Um;
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

/// What a draft holds beside tenor, reasons and conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zusatz {
    /// Reasons of the discretion used; required where the step has discretion (§ 39 (1) sentence 3 VwVfG).
    pub ermessen: String,
    /// Operative part in own words; required of a correction.
    pub spruch: String,
    /// Text blocks used.
    pub texte: Vec<TextRef>,
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
        zusatz: Zusatz,
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
        /// `None`: the newest that was not taken back.
        sendung: Option<Uuid>,
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
    // facts, hand-over, redacted answers
    /// Notes a step of the kind `tatsache`.
    NoteTatsache {
        schritt: String,
        vermerk: String,
    },
    SendAbgabe {
        stelle: String,
        rechtsgrundlage: String,
        weg: String,
    },
    ConfirmAbgabe {
        zeichen: String,
    },
    /// The period of the confirmation is over.
    MissAbgabe,
    /// Puts right what was recorded wrongly; `wert` as the check of forms reads it.
    NoteCorrection {
        feld: String,
        wert: Option<Value>,
        grund: String,
    },
    IssueAuskunft {
        index: u64,
        event_hash: String,
        /// All pointers of the event that are there.
        zeiger: Vec<String>,
        /// Withheld pointer -> id of the ground; the others are released.
        gruende: BTreeMap<String, String>,
        vermerk: String,
    },
    // Fristen after their computation (`decide::frist`)
    ExtendFrist {
        frist: String,
        um: Um,
        /// Day on which it was told, today or earlier.
        mitgeteilt_am: Date,
        grund: String,
        rechtsgrundlage: String,
    },
    SuspendFrist {
        frist: String,
        ab: Date,
        grund: String,
        rechtsgrundlage: String,
    },
    ResumeFrist {
        frist: String,
        /// Last day of the suspension.
        bis: Date,
        grund: String,
    },
    RecomputeFrist {
        frist: String,
        ereignis: Date,
        grund: String,
        rechtsgrundlage: String,
    },
    /// Notes every Frist that has ended unused.
    MissFristen,
    // Versand und Zustellung: `Dispatch` asks for it, these do the rest
    /// Only while it is held back.
    CancelVersand,
    /// process: the hold is over.
    ReleaseVersand {
        sendung: Uuid,
    },
    TakeDruck {
        sendung: Uuid,
        stapel: Uuid,
    },
    /// Brought to the post on that day.
    MarkPosted {
        sendung: Uuid,
        am: Date,
    },
    RecordUrkunde {
        art: String,
        am: Date,
    },
    /// At the counter, acknowledged by whoever took it; empty = the applicant.
    HandOver {
        von: String,
    },
    GiveEinwilligung {
        kanal: Kanal,
        email: Option<String>,
    },
    WithdrawEinwilligung,
    // process
    QueueHinweis,
    ReportHinweis {
        hinweis: Uuid,
        status: Mailstand,
        /// The attempt that is meant.
        versuch: u32,
    },
    // acts after the first decision
    /// Begins a further act about the announced act `bezug`; drafting, signing and dispatch follow as ever.
    OpenAkt {
        art: AktArt,
        bezug: u32,
    },
    /// Gives the act in work up before it is dispatched.
    DiscardAkt {
        grund: String,
    },
    // second signature
    /// Asks for it, or replaces the link.
    RequestUnterschrift {
        rolle: String,
    },
    GiveUnterschrift {
        rolle: String,
        /// Of the link that was used; `None` at the counter.
        generation: Option<u32>,
        /// What the signer saw.
        unterlagen: u32,
        digest: String,
        name: String,
    },
    DeclineUnterschrift {
        rolle: String,
        generation: Option<u32>,
        grund: String,
    },
}
