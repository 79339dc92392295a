//! Wire events of this room. Never edited; a new form gets a new name and an upcaster.
//!
//! `durch` acted, `fuer` is in whose place (i. V.); `stelle` is the party of the route that was asked.

use super::laufweg::Schritt;
use super::objekt::Objekt;
use crate::recht::Rechenschritt;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is ordered about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verfuegungsart {
    Zk,
    Zwv,
    Wv,
    Mz,
    Zda,
}

impl Verfuegungsart {
    pub const ALLE: [Verfuegungsart; 5] =
        [Verfuegungsart::Zk, Verfuegungsart::Zwv, Verfuegungsart::Wv, Verfuegungsart::Mz, Verfuegungsart::Zda];

    /// As in events and forms.
    pub fn code(self) -> &'static str {
        match self {
            Verfuegungsart::Zk => "zk",
            Verfuegungsart::Zwv => "zwv",
            Verfuegungsart::Wv => "wv",
            Verfuegungsart::Mz => "mz",
            Verfuegungsart::Zda => "zda",
        }
    }

    /// As it stands on paper.
    pub fn wort(self) -> &'static str {
        match self {
            Verfuegungsart::Zk => "z. K.",
            Verfuegungsart::Zwv => "z. w. V.",
            Verfuegungsart::Wv => "Wv.",
            Verfuegungsart::Mz => "Mz.",
            Verfuegungsart::Zda => "z. d. A.",
        }
    }

    /// The kind with this code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|a| a.code() == code)
    }
}

events! {
    /// One run of one document through its Laufweg; natural key `document LF number`, numbered from 1.
    UmlaufEvent, ret "AKTE" {
        Started = "umlauf.started.v1" {
            akte: Uuid => Open,
            dokument: Uuid => Open,
            einheit: String => Open,
            version: u32 => Open,
            /// Sequence of the event of the document's stream that made this version.
            position: u64 => Open,
            digest: Option<String> => Sealed("verfahren"),
            laufweg: Vec<Schritt> => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            /// Who drafted: author of the version and who put it into circulation, with those they stood in for.
            verfasser: Vec<Uuid> => Open,
        }
        /// Taken note of, or what was ordered is done.
        StepDone = "umlauf.step_done.v1" {
            schritt: u32 => Open,
            stelle: Uuid => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            vermerk: Option<String> => Sealed("verfahren"),
        }
        MitzeichnungGiven = "umlauf.mitzeichnung_given.v1" {
            schritt: u32 => Open,
            stelle: Uuid => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            version: u32 => Open,
            position: u64 => Open,
            digest: Option<String> => Sealed("verfahren"),
            vermerk: Option<String> => Sealed("verfahren"),
        }
        MitzeichnungRefused = "umlauf.mitzeichnung_refused.v1" {
            schritt: u32 => Open,
            stelle: Uuid => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            version: u32 => Open,
            position: u64 => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        SchlusszeichnungGiven = "umlauf.schlusszeichnung_given.v1" {
            schritt: u32 => Open,
            stelle: Uuid => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            version: u32 => Open,
            position: u64 => Open,
            digest: Option<String> => Sealed("verfahren"),
            vermerk: Option<String> => Sealed("verfahren"),
        }
        /// The whole route as it is from now on; what was done before stays in it.
        LaufwegChanged = "laufweg.changed.v1" {
            laufweg: Vec<Schritt> => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        VerfuegungIssued = "verfuegung.issued.v1" {
            verfuegung: Uuid => Open,
            art: Verfuegungsart => Open,
            adressat: Option<Uuid> => Open,
            termin: Option<Date> => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            text: Option<String> => Sealed("verfahren"),
        }
        /// A later version of the document: every signature on an earlier one is lifted.
        ZeichnungVoided = "umlauf.zeichnung_voided_by_change.v1" {
            version: u32 => Open,
            position: u64 => Open,
            digest: Option<String> => Sealed("verfahren"),
            verfasser: Vec<Uuid> => Open,
            aufgehoben: u32 => Open,
        }
        Cancelled = "umlauf.cancelled.v1" {
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
    }
}

events! {
    /// One Wiedervorlage; natural key `kind LF id LF number`, numbered from 1 for each thing.
    WiedervorlageEvent, ret "AKTE" {
        Set = "wiedervorlage.set.v1" {
            objekt: Objekt => Open,
            einheit: String => Open,
            /// Who gets it on the day.
            konto: Uuid => Open,
            /// As it was wanted: `+14T` or a day.
            eingabe: String => Open,
            faellig: Date => Open,
            rule_version: String => Open,
            verified: bool => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            /// `None`: it follows from a Verfuegung.
            durch: Option<Uuid> => Open,
            fuer: Option<Uuid> => Open,
            verfuegung: Option<Uuid> => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        Moved = "wiedervorlage.moved.v1" {
            eingabe: String => Open,
            faellig: Date => Open,
            rule_version: String => Open,
            verified: bool => Open,
            rechenweg: Vec<Rechenschritt> => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        Due = "wiedervorlage.due.v1" { faellig: Date => Open, am: Date => Open }
        Done = "wiedervorlage.done.v1" { durch: Uuid => Open, fuer: Option<Uuid> => Open, ergebnis: Option<String> => Sealed("verfahren") }
        /// Not done `arbeitstage` working days after it was due: the head of the unit sees it.
        Escalated = "wiedervorlage.escalated.v1" { faellig: Date => Open, arbeitstage: u32 => Open, grenze: Date => Open, am: Date => Open }
    }
}

events! {
    /// One task; on a thing of the record natural key `kind LF id LF number`, else a stream of its own.
    AufgabeEvent, ret "AKTE" {
        Created = "aufgabe.created.v1" {
            objekt: Option<Objekt> => Open,
            /// Unit that keeps it: whoever of it takes it where no person is named.
            einheit: String => Open,
            konto: Option<Uuid> => Open,
            faellig: Option<Date> => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            titel: Option<String> => Sealed("verfahren"),
        }
        Forwarded = "aufgabe.forwarded.v1" {
            einheit: String => Open,
            konto: Option<Uuid> => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        Done = "aufgabe.done.v1" { durch: Uuid => Open, fuer: Option<Uuid> => Open, ergebnis: Option<String> => Sealed("verfahren") }
    }
}

events! {
    /// Who wants to see changes of a thing; natural key `account LF kind LF id`.
    BeobachtungEvent, ret "KONTO" {
        Started = "beobachtung.started.v1" { konto: Uuid => Open, objekt: Objekt => Open, einheit: String => Open }
        Ended = "beobachtung.ended.v1" { konto: Uuid => Open, objekt: Objekt => Open }
    }
}
