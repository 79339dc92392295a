//! Wire events of the post book. Never edited; a new form gets a new name and an upcaster.

use crate::documents::DokumentWert;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares a closed list of codes with their German words.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal, $wort:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $code)] $variant),* }
        impl $name {
            /// All of them, in the order of choices and lists.
            pub const ALLE: &'static [$name] = &[$($name::$variant),*];
            /// As it is recorded.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }
            /// As people read it.
            pub fn wort(self) -> &'static str {
                match self { $($name::$variant => $wort),* }
            }
            /// The value of a code.
            pub fn lesen(code: &str) -> Option<Self> {
                Self::ALLE.iter().copied().find(|v| v.code() == code)
            }
        }
    };
}

codes! {
    /// How something reached the house.
    Kanal {
        Brief = "brief", "Brief";
        Einwurf = "einwurf", "Hausbriefkasten";
        Abgabe = "abgabe", "persönlich abgegeben";
        Fax = "fax", "Fax";
        Email = "email", "E-Mail";
        Scan = "scan", "Scan";
    }
}

codes! {
    /// What a virus scanner has said of it so far.
    Pruefung {
        Ohne = "ohne", "kein Virenscanner eingerichtet, nur nach Art der Datei geprüft";
        Sauber = "sauber", "vom Virenscanner geprüft, nichts gefunden";
        Ausstehend = "ausstehend", "wartet auf den Virenscanner";
    }
}

codes! {
    /// What the scanner found when it could be asked.
    Ergebnis {
        Sauber = "sauber", "nichts gefunden";
        Befallen = "befallen", "Schadsoftware gefunden";
        NichtPruefbar = "nicht_pruefbar", "nicht prüfbar";
    }
}

codes! {
    /// Why something is kept and not shown.
    Quarantaenegrund {
        ZuGross = "zu_gross", "größer, als wir annehmen";
        ZuVieleTeile = "zu_viele_teile", "zu viele Anlagen oder Teile";
        ZuTief = "zu_tief", "zu tief verschachtelt";
        KopfZuGross = "kopf_zu_gross", "Kopfzeilen zu lang oder zu viele";
        KeineNachricht = "keine_nachricht", "keine lesbare E-Mail";
        Programm = "programm", "ein Programm oder ein Dokument mit Makros";
        Schadsoftware = "schadsoftware", "Schadsoftware";
        Dateiart = "dateiart", "eine Dateiart, die wir nicht annehmen";
        NichtPruefbar = "nicht_pruefbar", "zu groß für den Virenscanner, darum nicht geprüft";
    }
}

codes! {
    /// What a part of a mail is.
    Teilart {
        Kopf = "kopf", "Kopfzeilen";
        Text = "text", "Text";
        Html = "html", "Text (HTML)";
        Anhang = "anhang", "Anlage";
        Nachricht = "nachricht", "angehängte E-Mail";
    }
}

codes! {
    /// What is unusual about a mail; it is taken all the same (§ 24 Abs. 3 VwVfG).
    Hinweis {
        OhneDatum = "ohne_datum", "Die E-Mail nennt kein lesbares Datum.";
        MehrereDaten = "mehrere_daten", "Die E-Mail nennt mehrere Daten.";
        OhneAbsender = "ohne_absender", "Die E-Mail nennt keinen Absender.";
        MehrereAbsender = "mehrere_absender", "Die E-Mail nennt mehrere Absender.";
        OhneBetreff = "ohne_betreff", "Die E-Mail hat keinen Betreff.";
        Kodierung = "kodierung", "Ein Teil war fehlerhaft kodiert. Maßgeblich ist das Original.";
        OhneInhalt = "ohne_inhalt", "Die E-Mail hat keinen Text und keine Anlage.";
    }
}

codes! {
    /// What the second look at a scan found (TR-RESISCAN, Qualitätssicherung).
    Sichtung {
        Ausstehend = "ausstehend", "Sichtprüfung steht aus";
        Angenommen = "angenommen", "Sichtprüfung bestanden";
        Abgelehnt = "abgelehnt", "Sichtprüfung nicht bestanden";
    }
}

/// One part of what came: a document of its own beside the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Teil {
    pub art: Teilart,
    pub dateiname: String,
    pub dokument: DokumentWert,
}

events! {
    /// One thing that came in: natural key (channel, SHA-256) where a machine took it, else the form's own.
    EingangEvent, ret "EINGANG" {
        Recorded = "eingang.recorded.v1" {
            kanal: Kanal => Open,
            /// Unit whose post book it stands in.
            einheit: String => Open,
            /// Hex SHA-256 of the original as it came; none for a letter without a scan.
            original_hash: Option<String> => Open,
            /// Legal receipt.
            received_at: Timestamp => Open,
            /// When it was recorded.
            captured_at: Timestamp => Open,
            pruefung: Pruefung => Open,
            absender: Option<String> => Sealed("verfahren"),
            betreff: Option<String> => Sealed("verfahren"),
            dateiname: Option<String> => Sealed("verfahren"),
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        EmailFiled = "email.filed.v1" {
            /// Hex SHA-256 of the message byte for byte.
            eml_digest: String => Open,
            hinweise: Vec<Hinweis> => Open,
            /// Dates as the message gives them.
            daten: Option<Vec<String>> => Sealed("verfahren"),
            parts: Option<Vec<Teil>> => Sealed("verfahren"),
        }
        /// Transfervermerk (TR-RESISCAN).
        ScanTransferred = "scan.transferred.v1" {
            scanner: String => Open,
            qc: Sichtung => Open,
            hash: String => Open,
            at: Timestamp => Open,
            operator: Option<String> => Sealed("verfahren"),
        }
        ScanChecked = "scan.checked.v1" { qc: Sichtung => Open, durch: Uuid => Open, grund: Option<String> => Sealed("verfahren") }
        /// Kept sealed, shown to nobody.
        Quarantined = "eingang.quarantined.v1" {
            kanal: Kanal => Open,
            einheit: String => Open,
            /// None where it was too large to be fetched.
            original_hash: Option<String> => Open,
            received_at: Timestamp => Open,
            captured_at: Timestamp => Open,
            grund: Quarantaenegrund => Open,
            bericht: Option<String> => Sealed("verfahren"),
            dateiname: Option<String> => Sealed("verfahren"),
            dokument: Option<DokumentWert> => Sealed("verfahren"),
        }
        /// The scanner could be asked at last.
        Inspected = "eingang.inspected.v1" { ergebnis: Ergebnis => Open, fund: Option<String> => Open }
        /// To an Akte that is there (and the Vorgang it was opened for), or to a new one at this position of the plan.
        Assigned = "eingang.assigned.v1" {
            akte: Uuid => Open,
            vorgang: Option<Uuid> => Open,
            /// Where the Akte is new: its position.
            aktenplan: Option<String> => Open,
            einheit: String => Open,
            titel: Option<String> => Sealed("verfahren"),
        }
        Forwarded = "eingang.forwarded.v1" { einheit: String => Open, grund: Option<String> => Sealed("verfahren") }
        Misdirected = "eingang.misdirected.v1" { durch: Uuid => Open, grund: Option<String> => Sealed("verfahren") }
    }
}
