//! Wire events of the records room. Never edited; a new form gets a new name and an upcaster.

use crate::documents::DokumentWert;
use crate::metadaten::Werte;
use jiff::Timestamp;
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

/// How long a file is kept after its retention begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "art", rename_all = "snake_case")]
pub enum Dauer {
    Jahre {
        jahre: u16,
    },
    /// Never destroyed.
    Dauernd,
    /// Nobody knows yet: blocks no closing, and nothing is destroyed until it is known.
    Unbekannt,
}

/// What a legal hold covers, or what a release names: the file itself or something in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "art", content = "id", rename_all = "snake_case")]
pub enum Teil {
    Akte,
    Teilakte(Uuid),
    Vorgang(Uuid),
    Dokument(Uuid),
}

/// What a legal hold is for; decides which ground of Art. 17 (3) DSGVO a refused erasure names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sperrzweck {
    Rechtsstreit,
    Ermittlung,
    Rechnungspruefung,
    Sonstiges,
}

/// Why the archive was offered the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anbietungsanlass {
    /// Retention is over.
    Frist,
    /// Something in it is due for erasure earlier: offered before erased.
    Loeschung,
}

/// What was destroyed, by number: no content, no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beleg {
    /// Log index of `erasure.requested.v1`.
    pub anordnung: u64,
    /// Log index of `erasure.confirmed.v1`; `None` while the key waits for backups to lapse.
    pub bestaetigung: Option<u64>,
    pub teile: u64,
    pub dokumente: u64,
}

events! {
    /// The town's filing plan: one stream, natural key `aktenplan`.
    AktenplanEvent, ret "DAUER" {
        Imported = "aktenplan.imported.v1" { format: String => Open, positionen: Vec<Position> => Open }
        EinheitAdded = "aktenplan.einheit_added.v1" { position: Position => Open }
        EinheitRenamed = "aktenplan.einheit_renamed.v1" { kennung: String => Open, titel: String => Open, valid_from: Date => Open }
        /// Retention or appraisal changed; the Rechtsgrundlage is in the plan's own rules.
        EinheitRevised = "aktenplan.einheit_revised.v1" {
            kennung: String => Open,
            aufbewahrung_jahre: Option<u16> => Open,
            bewertung: Bewertung => Open,
            valid_from: Date => Open,
        }
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
        /// Somebody saw a part of the file (§ 29 VwVfG) as a package that proves what was left out.
        EinsichtGranted = "akteneinsicht.granted.v1" {
            einsicht: Uuid => Open,
            ereignisse: u32 => Open,
            dokumente: u32 => Open,
            /// Values withheld.
            geschwaerzt: u32 => Open,
            an: Option<String> => Sealed("verfahren"),
            /// Legal grounds of what was withheld, each once.
            gruende: Option<Vec<String>> => Sealed("verfahren"),
            /// Hex SHA-256 of the package's table of contents.
            inhalt_sha256: Option<String> => Sealed("verfahren"),
        }
        FiledLate = "dokument.filed_late.v1" { dokument: Uuid => Open, grund: Option<String> => Sealed("verfahren") }
        // Retention
        AufbewahrungComputed = "aufbewahrung.computed.v1" {
            rule_version: String => Open,
            paragraph: String => Open,
            /// `zda`, `bestandskraft`, `nachablage`.
            start_event: String => Open,
            /// Day the retention counts from: the last of a calendar year; `None` if it is not known.
            start: Option<Date> => Open,
            /// Last day; `None`: permanent, or not known.
            end: Option<Date> => Open,
            dauer: Dauer => Open,
            /// What it was computed for: `schliessen`, `nachablage`, `umklassifizierung`.
            anlass: String => Open,
            rechenweg: Vec<String> => Open,
        }
        OverrideProposed = "aufbewahrung.override_proposed.v1" {
            vorschlag: Uuid => Open,
            end: Date => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            reason: Option<String> => Sealed("verfahren"),
        }
        Overridden = "aufbewahrung.overridden.v1" {
            vorschlag: Uuid => Open,
            end: Date => Open,
            vorgeschlagen: Uuid => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            reason: Option<String> => Sealed("verfahren"),
        }
        OverrideRejected = "aufbewahrung.override_rejected.v1" {
            vorschlag: Uuid => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            reason: Option<String> => Sealed("verfahren"),
        }
        // Legal hold
        SperreSet = "sperre.set.v1" {
            sperre: Uuid => Open,
            scope: Teil => Open,
            zweck: Sperrzweck => Open,
            am: Date => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            reason: Option<String> => Sealed("verfahren"),
        }
        SperreLifted = "sperre.lifted.v1" {
            sperre: Uuid => Open,
            am: Date => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            reason: Option<String> => Sealed("verfahren"),
        }
        // Offer, appraisal, disposal
        Offered = "aussonderung.offered.v1" {
            anlass: Anbietungsanlass => Open,
            am: Date => Open,
            durch: Uuid => Open,
            vermerk: Option<String> => Sealed("verfahren"),
        }
        Appraised = "aussonderung.appraised.v1" {
            bewertung: Bewertung => Open,
            am: Date => Open,
            durch: Uuid => Open,
            vermerk: Option<String> => Sealed("verfahren"),
        }
        /// The archive has what it appraised A; its own identifier of it is kept.
        Imported = "aussonderung.imported.v1" {
            am: Date => Open,
            durch: Uuid => Open,
            archivkennung: Option<String> => Sealed("verfahren"),
        }
        /// The file has changed since it was offered: what the archive said does not hold any more.
        WithdrawnFromOffer = "aussonderung.withdrawn_from_offer.v1" { anlass: String => Open }
        /// The one way to destruction: what may be destroyed, by whose will.
        Released = "aussonderung.released.v1" {
            /// Stream of the proposal, which holds the exact scope.
            loeschung: Uuid => Open,
            vorgang: Uuid => Open,
            /// `vorgang`, `subjekt`, `ereignisse`.
            umfang: String => Open,
            /// Code of the closed list of grounds.
            grund: String => Open,
            /// Log index of the approval: what came after it is not named.
            bis: u64 => Open,
            am: Date => Open,
            vorgeschlagen: Uuid => Open,
            genehmigt: Uuid => Open,
        }
        /// The same for an Akte itself, of which no Vorgang stays.
        AkteReleased = "aussonderung.akte_released.v1" {
            loeschung: Uuid => Open,
            grund: String => Open,
            bis: u64 => Open,
            am: Date => Open,
            vorgeschlagen: Uuid => Open,
            genehmigt: Uuid => Open,
        }
        /// The gate said no; written once for the same reasons.
        Refused = "aussonderung.refused.v1" {
            loeschung: Uuid => Open,
            grund: String => Open,
            hindernisse: Vec<String> => Open,
            /// Grounds of Art. 17 (3) DSGVO on which an erasure of Art. 17 is refused.
            art17_abs3: Vec<String> => Open,
        }
        /// Released but not begun, and something has changed since.
        ReleaseRevoked = "aussonderung.release_revoked.v1" { loeschung: Uuid => Open, anlass: String => Open }
        Destroyed = "aussonderung.destroyed.v1" { loeschung: Uuid => Open, am: Date => Open, beleg: Beleg => Open }
        // Structure
        TeilakteOpened = "teilakte.opened.v1" {
            teilakte: Uuid => Open,
            /// Place in the parent, counted from 1, never given twice.
            position: u32 => Open,
            titel: Option<String> => Sealed("verfahren"),
        }
        /// `None` = directly in the Akte.
        DokumentPlaced = "akte.dokument_placed.v1" { dokument: Uuid => Open, teilakte: Option<Uuid> => Open }
        Corrected = "akte.corrected.v1" {
            /// Name of the metadatum: `titel`.
            feld: String => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            wert: Option<String> => Sealed("verfahren"),
            grund: Option<String> => Sealed("verfahren"),
        }
        /// Metadata by schema, as a whole each time.
        Described = "akte.described.v1" {
            /// `None`: the Akte itself.
            teilakte: Option<Uuid> => Open,
            /// For example `akte/1`.
            schema: String => Open,
            /// Hex SHA-256 of that schema as it is published.
            schema_sha256: String => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            felder: Option<Werte> => Sealed("verfahren"),
        }
        /// The document lies in another Akte now; this pointer stays here.
        DokumentMoved = "akte.dokument_moved.v1" {
            dokument: Uuid => Open,
            nach: Uuid => Open,
            durch: Uuid => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        VerweisAdded = "akte.verweis_added.v1" {
            ziel: Uuid => Open,
            /// Written by the file that is referred to, so that both sides show it.
            gegenseite: bool => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        VerweisRemoved = "akte.verweis_removed.v1" { ziel: Uuid => Open, gegenseite: bool => Open }
        // Paper volumes of a hybrid file
        PapierbandRegistered = "papierband.registered.v1" {
            band: Uuid => Open,
            /// Counted in the file.
            nummer: u32 => Open,
            titel: Option<String> => Sealed("verfahren"),
            ort: Option<String> => Sealed("verfahren"),
        }
        PapierbandMoved = "papierband.moved.v1" { band: Uuid => Open, ort: Option<String> => Sealed("verfahren") }
        PapierbandLent = "papierband.lent.v1" {
            band: Uuid => Open,
            am: Date => Open,
            /// Day by which it is to be back.
            bis: Option<Date> => Open,
            an: Option<String> => Sealed("verfahren"),
        }
        PapierbandReturned = "papierband.returned.v1" {
            band: Uuid => Open,
            am: Date => Open,
            ort: Option<String> => Sealed("verfahren"),
        }
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
            /// The document of another Akte it was made from when it was moved here.
            #[serde(default)]
            aus: Option<Uuid> => Open,
            titel: Option<String> => Sealed("verfahren"),
            dateiname: Option<String> => Sealed("verfahren"),
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        VersionAdded = "dokument.version_added.v1" {
            version: u32 => Open,
            dokument: Option<DokumentWert> => Sealed("verfahren"),
            grund: Option<String> => Sealed("verfahren"),
        }
        /// Metadata by schema, as a whole each time.
        Described = "dokument.described.v1" {
            schema: String => Open,
            schema_sha256: String => Open,
            /// `None`: they came along when the document was moved here.
            durch: Option<Uuid> => Open,
            fuer: Option<Uuid> => Open,
            felder: Option<Werte> => Sealed("verfahren"),
        }
        /// It lies in another Akte now, sealed under that file's key as a document of its own.
        Moved = "dokument.moved.v1" { nach: Uuid => Open, als: Uuid => Open }
        /// The same thing came twice; both originals stay.
        LinkedAsDuplicate = "dokument.linked_as_duplicate.v1" {
            original: Uuid => Open,
            durch: Uuid => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        Unlinked = "dokument.unlinked.v1" {
            original: Uuid => Open,
            durch: Uuid => Open,
            grund: Option<String> => Sealed("verfahren"),
        }
        /// Taken over from a file share or a list, with what was known of the file there.
        Imported = "dokument.imported.v1" {
            akte: Uuid => Open,
            richtung: String => Open,
            /// Which import: the same name gives the same id.
            import: Uuid => Open,
            titel: Option<String> => Sealed("verfahren"),
            dateiname: Option<String> => Sealed("verfahren"),
            /// Place below the folder of the import, with `/`.
            pfad: Option<String> => Sealed("verfahren"),
            /// When the original was last changed, or the date its list gives.
            original_am: Option<Timestamp> => Sealed("verfahren"),
            /// `datei` or `liste`.
            original_aus: Option<String> => Sealed("verfahren"),
            /// Hex SHA-256 of the bytes as they were found.
            sha256: Option<String> => Sealed("verfahren"),
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
    }
}
