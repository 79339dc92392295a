//! Wire events of procedures: neutral, so that a service stays data.

use super::state::Status;
use super::texte::TextRef;
use crate::documents::DokumentWert;
use crate::recht::{Hemmungsgrund, Rechenschritt};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How something reached or left the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kanal {
    Online,
    VorOrt,
    Post,
    Telefon,
}

/// What the decision grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tenor {
    Bewilligt,
    TeilweiseBewilligt,
    Abgelehnt,
}

/// How a notice is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weg {
    Portal,
    Schalter,
    Post,
    /// Served by the post against a certificate (Postzustellungsurkunde).
    Pzu,
}

/// An act that follows a decision already announced; the first decision is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AktArt {
    /// Obvious error (§ 42 VwVfG).
    Berichtigung,
    /// Unlawful act withdrawn (§ 48 VwVfG).
    Ruecknahme,
    /// Lawful act revoked (§ 49 VwVfG).
    Widerruf,
    /// Widerspruch granted (§ 72 VwGO).
    Abhilfe,
    /// Widerspruch decided (§ 73 VwGO).
    Widerspruchsbescheid,
}

events! {
    /// One Vorgang with its Antrag, Fristen, Gebühren, Bescheid, Zustellung, Geschäftsgang.
    VorgangEvent, ret "VORGANG" {
        Submitted = "antrag.submitted.v1" {
            leistung: String => Open,
            version: u32 => Open,
            /// Hex SHA-256 of the pinned definition folder.
            definition: String => Open,
            kanal: Kanal => Open,
            /// Identity level: `ohne`, `basis`, `substanziell`, `hoch`.
            vertrauen: String => Open,
            /// Legal receipt (valid time); the recording time is the header's `at`.
            eingang_am: Timestamp => Open,
            /// Unit that is competent by definition.
            einheit: String => Open,
            /// Random subject id of the applicant, made for this procedure.
            antragsteller: Uuid => Open,
            felder: BTreeMap<String, Value> => ByDefinition,
            /// Ids of the documents that came along, in order.
            unterlagen: Vec<String> => Open,
            dokumente: Option<Vec<AntragDokument>> => Sealed("antragsteller"),
        }
        UnterlageSupplied = "unterlage.supplied.v1" {
            unterlage: String => Open,
            nachforderung: Option<Uuid> => Open,
            kanal: Kanal => Open,
            dokument: Option<AntragDokument> => Sealed("antragsteller"),
        }
        Registered = "vorgang.registered.v1" {
            akte: Uuid => Open,
            aktenzeichen: Option<String> => Sealed("verfahren"),
        }
        Assigned = "vorgang.assigned.v1" { an: Uuid => Open, einheit: String => Open }
        /// As it was before: `stufe` is the state then, `an` nobody or who had it.
        AssignmentUndone = "vorgang.assignment_undone.v1" { an: Option<Uuid> => Open, einheit: String => Open, stufe: Status => Open }
        /// `an` took it; `von` had it before.
        TakenOver = "vorgang.taken_over.v1" { von: Option<Uuid> => Open, an: Uuid => Open, einheit: String => Open }
        PruefungStarted = "vorgang.pruefung_started.v1" {}
        VollstaendigkeitChecked = "vollstaendigkeit.checked.v1" { fehlend: Vec<String> => Open }
        /// A step of the definition that is a fact only, for example `erlaubnis_hinweis`.
        StepDone = "antrag.step_done.v1" { schritt: String => Open, vermerk: Option<String> => Sealed("verfahren") }
        ReceiptIssued = "antrag.receipt_issued.v1" {
            /// Last day on which it was due.
            faellig: Option<Date> => Open,
            vorlage_sha256: String => Open,
            eingabe_sha256: String => Open,
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        NachforderungIssued = "nachforderung.issued.v1" {
            nachforderung: Uuid => Open,
            unterlagen: Vec<String> => Open,
            frist: Date => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            text: Option<String> => Sealed("antragsteller"),
        }
        NachforderungClosed = "nachforderung.closed.v1" { nachforderung: Uuid => Open, grund: String => Open }
        StelleConsulted = "stelle.consulted.v1" { stelle: String => Open, frage: Option<String> => Sealed("verfahren") }
        StellungnahmeReceived = "stellungnahme.received.v1" { stelle: String => Open, text: Option<String> => Sealed("verfahren") }
        AnhoerungStarted = "anhoerung.started.v1" { frist: Date => Open, rechenweg: Vec<Rechenschritt> => Open, text: Option<String> => Sealed("antragsteller") }
        AnhoerungHeld = "anhoerung.held.v1" { antwort: Option<String> => Sealed("antragsteller") }
        /// `nr`: 1-5 or `abs3` (§ 28 (2), (3) VwVfG).
        AnhoerungWaived = "anhoerung.waived.v1" { nr: String => Open, grund: Option<String> => Sealed("verfahren") }
        Paused = "vorgang.paused.v1" { grund: Option<String> => Sealed("verfahren") }
        Resumed = "vorgang.resumed.v1" {}
        Withdrawn = "vorgang.withdrawn.v1" { grund: Option<String> => Sealed("antragsteller") }
        Abgegeben = "vorgang.abgegeben.v1" { stelle: String => Open, rechtsgrundlage: String => Open }
        Erledigt = "vorgang.erledigt.v1" { grund: Option<String> => Sealed("verfahren") }
        VermerkWritten = "vermerk.written.v1" { vermerk: Uuid => Open, text: Option<String> => Sealed("verfahren") }
        VermerkCancelled = "vermerk.cancelled.v1" { vermerk: Uuid => Open, grund: Option<String> => Sealed("verfahren") }
        FristComputed = "frist.computed.v1" {
            /// Id from the definition, for example `untaetigkeit`.
            frist: String => Open,
            regime: String => Open,
            rule_version: String => Open,
            begin: Date => Open,
            end: Date => Open,
            /// First day on which a warning is due, if the rule names one.
            warnung: Option<Date> => Open,
            verified: bool => Open,
            rechenweg: Vec<Rechenschritt> => Open,
        }
        FristDone = "frist.done.v1" { frist: String => Open }
        GebuehrAssessed = "gebuehr.assessed.v1" {
            tabelle: String => Open,
            zeile: String => Open,
            betrag_cent: i64 => Open,
            verified: bool => Open,
            vorlage_sha256: String => Open,
            eingabe_sha256: String => Open,
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        GebuehrPaid = "gebuehr.paid.v1" { zeile: String => Open, betrag_cent: i64 => Open, weg: String => Open }
        GebuehrWaived = "gebuehr.waived.v1" { zeile: String => Open, grund: Option<String> => Sealed("verfahren") }
        Entscheidungsreif = "vorgang.entscheidungsreif.v1" {}
        BescheidDrafted = "bescheid.drafted.v1" {
            fassung: u32 => Open,
            tenor: Tenor => Open,
            verfasser: Uuid => Open,
            /// In whose place it was drafted (i. V.): that person does not sign finally either.
            fuer: Option<Uuid> => Open,
            begruendung: Option<String> => Sealed("verfahren"),
            nebenbestimmungen: Option<String> => Sealed("verfahren"),
            /// Reasons of the discretion used (§ 39 (1) sentence 3 VwVfG).
            ermessen: Option<String> => Sealed("verfahren"),
            /// Operative part in the clerk's words, for an act that needs one (a correction).
            spruch: Option<String> => Sealed("verfahren"),
            /// Text blocks and instruction used, with wording, version and hash.
            texte: Option<Vec<TextRef>> => Sealed("verfahren"),
        }
        /// The draft as PDF: what a signature binds to.
        BescheidRendered = "bescheid.rendered.v1" {
            fassung: u32 => Open,
            vorlage_sha256: String => Open,
            eingabe_sha256: String => Open,
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        GeschaeftsgangStarted = "geschaeftsgang.started.v1" { fassung: u32 => Open, an: Vec<Uuid> => Open }
        /// `durch` signs; folding must not depend on the envelope.
        MitzeichnungGiven = "mitzeichnung.given.v1" { fassung: u32 => Open, durch: Uuid => Open, position: u64 => Open, digest: Option<String> => Sealed("verfahren") }
        MitzeichnungRefused = "mitzeichnung.refused.v1" { fassung: u32 => Open, durch: Uuid => Open, grund: Option<String> => Sealed("verfahren") }
        /// `position` = seq of the `bescheid.rendered` the signer saw; `digest` = its document digest.
        SchlusszeichnungGiven = "schlusszeichnung.given.v1" { fassung: u32 => Open, durch: Uuid => Open, position: u64 => Open, digest: Option<String> => Sealed("verfahren") }
        /// What goes out: the signed text, with the name of who signed it (§ 37 (3) VwVfG) and the day of signing.
        BescheidAusgefertigt = "bescheid.ausgefertigt.v1" {
            fassung: u32 => Open,
            durch: Uuid => Open,
            vorlage_sha256: String => Open,
            eingabe_sha256: String => Open,
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        ZeichnungVoided = "zeichnung.voided_by_change.v1" { fassung: u32 => Open }
        BescheidDispatched = "bescheid.dispatched.v1" { fassung: u32 => Open, weg: Weg => Open, am: Date => Open }
        /// States as GOV.UK Notify: `sent`, `delivered`, `temporary_failure`, `permanent_failure`, `returned_letter`.
        ZustellungReported = "zustellung.reported.v1" {
            weg: Weg => Open,
            status: String => Open,
            am: Date => Open,
            /// The dispatch it speaks of; `None` = the newest that way, as before dispatches had ids.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            sendung: Option<Uuid> => Open,
        }
        /// `art`: `aushaendigung`, `abruf`, `fiktion`.
        BekanntgabeEffected = "bekanntgabe.effected.v1" { art: String => Open, am: Date => Open, regime: String => Open, verified: bool => Open, rechenweg: Vec<Rechenschritt> => Open }
        BekanntgabeRevoked = "bekanntgabe.revoked.v1" { grund: String => Open }
        WiderspruchReceived = "widerspruch.received.v1" { am: Date => Open, fristgerecht: bool => Open, text: Option<String> => Sealed("antragsteller") }
        WiderspruchDecided = "widerspruch.decided.v1" { ergebnis: String => Open, begruendung: Option<String> => Sealed("verfahren") }
        BestandskraftReached = "bestandskraft.reached.v1" { am: Date => Open }
        UebermittlungPlanned = "uebermittlung.planned.v1" {
            stelle: String => Open,
            /// Legal basis of this recipient.
            rechtsgrundlage: String => Open,
            /// Field ids this recipient receives; never one outside its set.
            felder: Vec<String> => Open,
        }
        UebermittlungSent = "uebermittlung.sent.v1" { stelle: String => Open, felder: Vec<String> => Open, dokument: Option<DokumentWert> => Sealed("verfahren") }
        UebermittlungAcknowledged = "uebermittlung.acknowledged.v1" { stelle: String => Open }
        /// The open group of this and the next can be erased: its reason is a typed sentence.
        UebermittlungFailed = "uebermittlung.failed.v1" { #[serde(default)] stelle: String => Open, #[serde(default)] grund: String => Open }
        UebermittlungWaived = "uebermittlung.waived.v1" { #[serde(default)] stelle: String => Open, #[serde(default)] grund: String => Open }
        /// Revokes all earlier case codes and names the generation in force; 0 where its open group was erased.
        CodeRevoked = "code.revoked.v1" { #[serde(default)] generation: u32 => Open, #[serde(default)] grund: String => Open }
        Closed = "vorgang.closed.v1" {
            /// `zdA`.
            verfuegung: String => Open,
            aufbewahrung_bis: Option<Date> => Open,
            rechenweg: Vec<Rechenschritt> => Open,
        }
        Reopened = "vorgang.reopened.v1" { grund: Option<String> => Sealed("verfahren") }
        // Hand-over to another body, and redacted answers (IZG-SH).
        /// `weg`: `post`, `email`, `telefon`, `link`, `fit_connect`. `vorgang.abgegeben.v1` is the same without waiting for an answer.
        AbgabeSent = "abgabe.sent.v1" { stelle: String => Open, rechtsgrundlage: String => Open, weg: String => Open }
        AbgabeConfirmed = "abgabe.confirmed.v1" { stelle: String => Open, zeichen: Option<String> => Sealed("verfahren") }
        /// The period of the confirmation is over: the town looks at it again.
        AbgabeUnconfirmed = "abgabe.unconfirmed.v1" { stelle: String => Open, frist: Date => Open }
        /// A redacted answer from one event of the log: `freigegeben` and the keys of `gruende` are all its pointers.
        AuskunftIssued = "auskunft.issued.v1" {
            auskunft: Uuid => Open,
            /// Place in the log and hash of the event: what is shown is provably this one.
            index: u64 => Open,
            event_hash: String => Open,
            freigegeben: Vec<String> => Open,
            /// Withheld pointer -> legal basis.
            gruende: BTreeMap<String, String> => Open,
            vermerk: Option<String> => Sealed("verfahren"),
        }
        /// Art. 16 DSGVO, § 42 VwVfG: the value in `bezug` was wrong, `felder` holds the right one; both stay written.
        CorrectionNoted = "correction.noted.v1" {
            berichtigung: Uuid => Open,
            /// Id of the field.
            target: String => Open,
            /// Place in this stream of the event that gave the wrong value.
            bezug: u64 => Open,
            felder: BTreeMap<String, Value> => ByDefinition,
            reason: Option<String> => Sealed("verfahren"),
        }
        // Fristen after their computation (`fristlauf`): `frist` is the definition's id, `anhoerung` or `nachforderung/<id>`.
        FristExtended = "frist.extended.v1" {
            frist: String => Open,
            rule_version: String => Open,
            end: Date => Open,
            /// Last day before any shift.
            roh: Date => Open,
            warnung: Option<Date> => Open,
            verified: bool => Open,
            /// Day on which the extension was told.
            mitgeteilt_am: Date => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            grund: Option<String> => Sealed("verfahren"),
            rechtsgrundlage: Option<String> => Sealed("verfahren"),
        }
        FristSuspended = "frist.suspended.v1" {
            frist: String => Open,
            /// First day that does not count.
            ab: Date => Open,
            anlass: Hemmungsgrund => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            grund: Option<String> => Sealed("verfahren"),
            rechtsgrundlage: Option<String> => Sealed("verfahren"),
        }
        FristResumed = "frist.resumed.v1" {
            frist: String => Open,
            /// Last day that does not count.
            bis: Date => Open,
            rule_version: String => Open,
            end: Date => Open,
            roh: Date => Open,
            warnung: Option<Date> => Open,
            verified: bool => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        /// Ended without what ends it; written once for each end.
        FristMissed = "frist.missed.v1" { frist: String => Open, end: Date => Open, am: Date => Open, rechenweg: Vec<Rechenschritt> => Open }
        /// Computed anew, with the reason; what was computed before stays written.
        FristRecomputed = "frist.recomputed.v1" {
            frist: String => Open,
            regime: String => Open,
            rule_version: String => Open,
            begin: Date => Open,
            end: Date => Open,
            roh: Date => Open,
            warnung: Option<Date> => Open,
            verified: bool => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            grund: Option<String> => Sealed("verfahren"),
            rechtsgrundlage: Option<String> => Sealed("verfahren"),
        }
        // Versand und Zustellung
        /// Wanted; it leaves the house at `not_before` at the earliest, and until then it can be taken back.
        VersandRequested = "versand.requested.v1" { sendung: Uuid => Open, fassung: u32 => Open, weg: Weg => Open, am: Date => Open, not_before: Timestamp => Open }
        VersandCancelled = "versand.cancelled.v1" { sendung: Uuid => Open, am: Date => Open }
        /// Fetched for printing with the others of one batch; posted it is with `bescheid.dispatched`.
        DruckTaken = "druck.taken.v1" { sendung: Uuid => Open, stapel: Uuid => Open, am: Date => Open }
        /// The certificate came back. `art`: `uebergabe`, `ersatz`, `einlegen`, `niederlegung`, `verweigert` (§§ 177-181 ZPO).
        ZustellungsurkundeRecorded = "zustellungsurkunde.recorded.v1" { sendung: Uuid => Open, art: String => Open, am: Date => Open }
        /// Handed over at the counter; `von`: who acknowledged it, where it was not the applicant.
        EmpfangAcknowledged = "empfang.acknowledged.v1" { fassung: u32 => Open, am: Date => Open, von: Option<String> => Sealed("antragsteller") }
        /// Consent to retrieval in the portal (§ 41 (2a) VwVfG), with the address for the hint if there is one.
        EinwilligungGiven = "einwilligung.given.v1" { am: Date => Open, kanal: Kanal => Open, email: Option<String> => Sealed("antragsteller") }
        EinwilligungWithdrawn = "einwilligung.withdrawn.v1" { am: Date => Open }
        /// A mail will tell that something lies in the portal; its Message-ID is made of this event's hash.
        HinweisQueued = "hinweis.queued.v1" { hinweis: Uuid => Open, sendung: Uuid => Open, am: Date => Open }
        /// `status`: see `zustellung::Mailstand`; `versuch` counts how often it was about to be handed over.
        HinweisReported = "hinweis.reported.v1" { hinweis: Uuid => Open, status: String => Open, versuch: u32 => Open, am: Date => Open }
        /// Bestandskraft rested on a Bekanntgabe that was none.
        BestandskraftRevoked = "bestandskraft.revoked.v1" { grund: String => Open }
        // Acts after the first decision. `bezug`: number of the act it is about, the first decision is 1.
        AktOpened = "bescheid.akt_opened.v1" { akt: u32 => Open, art: AktArt => Open, bezug: u32 => Open }
        /// Given up before it was dispatched; the case stands again where it stood.
        AktDiscarded = "bescheid.akt_discarded.v1" { akt: u32 => Open, grund: Option<String> => Sealed("verfahren") }
        /// Announced and part of the act it is about, whose periods go on.
        AktJoined = "bescheid.akt_joined.v1" { akt: u32 => Open, bezug: u32 => Open }
        // Second signature: bound to what was shown. `unterlagen` = how many documents lay with it then.
        UnterschriftRequested = "unterschrift.requested.v1" {
            rolle: String => Open,
            /// Of the link; a higher one makes the earlier worthless.
            generation: u32 => Open,
            unterlagen: u32 => Open,
            /// Hex SHA-256 of the application (`verfahren::unterschrift`).
            digest: Option<String> => Sealed("verfahren"),
        }
        /// `weg`: `link` or `vor_ort`; by link nobody's identity was checked.
        UnterschriftGiven = "unterschrift.given.v1" {
            rolle: String => Open,
            weg: String => Open,
            unterlagen: u32 => Open,
            digest: Option<String> => Sealed("verfahren"),
            name: Option<String> => Sealed("mitunterzeichner"),
        }
        UnterschriftDeclined = "unterschrift.declined.v1" { rolle: String => Open, weg: String => Open, grund: Option<String> => Sealed("mitunterzeichner") }
    }
}

/// A document that came with an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AntragDokument {
    /// Id of the `[[unterlagen]]` row, or `sonstige`.
    pub unterlage: String,
    pub dateiname: String,
    pub dokument: DokumentWert,
}

events! {
    /// One service definition; natural key `leistung LF id`.
    LeistungEvent, ret "DAUER" {
        Adopted = "leistung.adopted.v1" {
            id: String => Open,
            version: u32 => Open,
            /// Hex SHA-256 over the sorted list of (path, SHA-256) of the folder.
            sha256: String => Open,
            gueltig_ab: Date => Open,
            /// (path, hex SHA-256, content as text): the definition itself stays readable for ever.
            dateien: Vec<DefinitionDatei> => Open,
        }
        Closed = "leistung.closed.v1" { id: String => Open, grund: String => Open }
        /// Four eyes: proposed by one person, adopted only after another approved these very bytes.
        Proposed = "leistung.proposed.v1" {
            id: String => Open,
            version: u32 => Open,
            sha256: String => Open,
            gueltig_ab: Date => Open,
            durch: Uuid => Open,
            /// In whose place it was proposed (i. V.): that person does not approve either.
            fuer: Option<Uuid> => Open,
            dateien: Vec<DefinitionDatei> => Open,
        }
        Approved = "leistung.approved.v1" { id: String => Open, sha256: String => Open, durch: Uuid => Open, fuer: Option<Uuid> => Open }
        Rejected = "leistung.rejected.v1" { id: String => Open, sha256: String => Open, durch: Uuid => Open, fuer: Option<Uuid> => Open, grund: Option<String> => Sealed("verfahren") }
        /// In the directory stream alone: a service of the town's own was proposed under this id.
        Listed = "leistung.listed.v1" { id: String => Open }
    }
}

/// One file of a definition folder as adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionDatei {
    pub pfad: String,
    pub sha256: String,
    pub inhalt: String,
}

events! {
    /// One public row; each a stream of its own, so that nothing of the case leaves the house.
    DatensatzEvent, ret "OFFEN" {
        RowReleased = "datensatz.row_released.v1" {
            dataset: String => Open,
            /// Period, for example `2026-10`.
            release: String => Open,
            /// Column -> value, exactly the columns with a legal basis in the definition.
            zeile: BTreeMap<String, String> => OpenEach,
        }
        RowWithdrawn = "datensatz.row_withdrawn.v1" { grund: String => Open }
    }
}
