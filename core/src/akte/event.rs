//! Wire events of the records room. Never edited; a new form gets a new name and an upcaster.

use crate::documents::DokumentWert;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Bewertung of a position: A archivwürdig, B to be appraised, V vernichten (LArchG SH).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bewertung {
    A,
    B,
    V,
}

/// One position of the Aktenplan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// For example `32.21`.
    pub kennung: String,
    pub titel: String,
    /// Years after the end of the calendar year in which the file was closed; `None` = permanent.
    pub aufbewahrung_jahre: Option<u16>,
    pub bewertung: Bewertung,
    pub valid_from: Date,
}

events! {
    /// The town's filing plan: one stream, natural key `aktenplan`.
    AktenplanEvent, ret "DAUER" {
        Imported = "aktenplan.imported.v1" { format: String => Open, positionen: Vec<Position> => Open }
        EinheitAdded = "aktenplan.einheit_added.v1" { position: Position => Open }
        EinheitRenamed = "aktenplan.einheit_renamed.v1" { kennung: String => Open, titel: String => Open, valid_from: Date => Open }
        EinheitClosed = "aktenplan.einheit_closed.v1" { kennung: String => Open, valid_until: Date => Open }
    }
}

events! {
    /// Number range of one (Aktenplan position, year): natural key `kennung LF year`; gapless.
    NummernEvent, ret "DAUER" {
        Assigned = "nummer.assigned.v1" { akte: Uuid => Open, kennung: String => Open, jahr: i16 => Open, nummer: u32 => Open }
    }
}

events! {
    /// One file. What must exclude each other (closing, reopening, late filing, hold) is written here.
    AkteEvent, ret "AKTE" {
        Opened = "akte.opened.v1" {
            aktenplan: String => Open,
            /// Unit (Einheit) that keeps the file.
            einheit: String => Open,
            /// The Vorgang it was opened for.
            vorgang: Option<Uuid> => Open,
            titel: Option<String> => Sealed("verfahren"),
        }
        AktenzeichenAssigned = "akte.aktenzeichen_assigned.v1" { aktenzeichen: Option<String> => Sealed("verfahren") }
        Reclassified = "akte.reclassified.v1" { aktenplan: String => Open, grund: Option<String> => Sealed("verfahren") }
        DokumentFiled = "akte.dokument_filed.v1" { dokument: Uuid => Open, vorgang: Option<Uuid> => Open }
        Closed = "akte.closed.v1" {
            /// End of retention, local date, computed by rule.
            aufbewahrung_bis: Option<Date> => Open,
            rechenweg: Vec<String> => Open,
        }
        Reopened = "akte.reopened.v1" { grund: Option<String> => Sealed("verfahren") }
        FiledLate = "dokument.filed_late.v1" { dokument: Uuid => Open, grund: Option<String> => Sealed("verfahren") }
    }
}

events! {
    /// One document with its versions.
    DokumentEvent, ret "AKTE" {
        Added = "dokument.added.v1" {
            akte: Uuid => Open,
            vorgang: Option<Uuid> => Open,
            /// `eingang` (from outside), `ausgang` (issued), `intern`.
            richtung: String => Open,
            titel: Option<String> => Sealed("verfahren"),
            dateiname: Option<String> => Sealed("verfahren"),
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        VersionAdded = "dokument.version_added.v1" {
            version: u32 => Open,
            dokument: Option<DokumentWert> => Sealed("verfahren"),
            grund: Option<String> => Sealed("verfahren"),
        }
    }
}
