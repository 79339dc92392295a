//! Wire events of erasures. The two closed lists are those of `LEDGER.md` § 9.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why something is erased; extended only by a format version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grund {
    /// Retention is over, the archive was offered the file and declined.
    #[serde(rename = "frist")]
    Frist,
    /// Taken over by the archive.
    #[serde(rename = "archiv")]
    Archiv,
    /// Art. 17 (1) DSGVO: no longer necessary for the purpose.
    #[serde(rename = "art17-1a")]
    Art17a,
    /// Consent withdrawn.
    #[serde(rename = "art17-1b")]
    Art17b,
    /// Unlawfully processed.
    #[serde(rename = "art17-1d")]
    Art17d,
    /// Legal obligation to erase.
    #[serde(rename = "art17-1e")]
    Art17e,
    /// Ordered by a court.
    #[serde(rename = "gericht")]
    Gericht,
}

impl Grund {
    /// All reasons with their words.
    pub const ALLE: [(Grund, &'static str, &'static str); 7] = [
        (Grund::Frist, "frist", "Aufbewahrungsfrist abgelaufen"),
        (Grund::Archiv, "archiv", "Vom Archiv übernommen"),
        (Grund::Art17a, "art17-1a", "Für den Zweck nicht mehr nötig (Art. 17 Abs. 1 Buchst. a DSGVO)"),
        (Grund::Art17b, "art17-1b", "Einwilligung widerrufen (Art. 17 Abs. 1 Buchst. b DSGVO)"),
        (Grund::Art17d, "art17-1d", "Unrechtmäßig verarbeitet (Art. 17 Abs. 1 Buchst. d DSGVO)"),
        (Grund::Art17e, "art17-1e", "Gesetzliche Pflicht zur Löschung (Art. 17 Abs. 1 Buchst. e DSGVO)"),
        (Grund::Gericht, "gericht", "Vom Gericht angeordnet"),
    ];

    /// The code as it is recorded.
    pub fn code(self) -> &'static str {
        Self::ALLE.iter().find(|(g, ..)| *g == self).map_or("", |(_, code, _)| code)
    }

    /// The reason in words.
    pub fn wort(self) -> &'static str {
        Self::ALLE.iter().find(|(g, ..)| *g == self).map_or("", |(.., wort)| wort)
    }

    /// The reason of a code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.iter().find(|(_, c, _)| *c == code).map(|(g, ..)| *g)
    }
}

/// What the archive said when the file was offered to it (§ 6 LArchG SH: offered before erased).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Archiv {
    Abgelehnt,
    Uebernommen,
    NichtAnbietungspflichtig,
}

impl Archiv {
    /// All answers with their words.
    pub const ALLE: [(Archiv, &'static str, &'static str); 3] = [
        (Archiv::Abgelehnt, "abgelehnt", "Angeboten, das Archiv hat abgelehnt"),
        (Archiv::Uebernommen, "uebernommen", "Angeboten, das Archiv hat übernommen"),
        (Archiv::NichtAnbietungspflichtig, "nicht_anbietungspflichtig", "Nicht anbietungspflichtig"),
    ];

    /// The code as it is recorded.
    pub fn code(self) -> &'static str {
        Self::ALLE.iter().find(|(a, ..)| *a == self).map_or("", |(_, code, _)| code)
    }

    /// The answer in words.
    pub fn wort(self) -> &'static str {
        Self::ALLE.iter().find(|(a, ..)| *a == self).map_or("", |(.., wort)| wort)
    }

    /// The answer of a code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.iter().find(|(_, c, _)| *c == code).map(|(a, ..)| *a)
    }
}

/// Why an erasure that a person asked for is refused (Art. 17 (3) DSGVO).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ausnahme {
    /// Freedom of expression and information.
    #[serde(rename = "art17-3a")]
    Meinungsfreiheit,
    /// Legal obligation, or a task in the public interest: among others, the duty to keep a file.
    #[serde(rename = "art17-3b")]
    RechtlichePflicht,
    /// Public health.
    #[serde(rename = "art17-3c")]
    Gesundheit,
    /// Archiving in the public interest, research, statistics.
    #[serde(rename = "art17-3d")]
    Archivzweck,
    /// Legal claims.
    #[serde(rename = "art17-3e")]
    Rechtsansprueche,
}

impl Ausnahme {
    /// All exceptions with their codes and words.
    pub const ALLE: [(Ausnahme, &'static str, &'static str); 5] = [
        (
            Ausnahme::Meinungsfreiheit,
            "art17-3a",
            "Freie Meinungsäußerung und Information (Art. 17 Abs. 3 Buchst. a DSGVO)",
        ),
        (
            Ausnahme::RechtlichePflicht,
            "art17-3b",
            "Rechtliche Pflicht oder öffentliche Aufgabe, etwa Aufbewahrung (Art. 17 Abs. 3 Buchst. b DSGVO)",
        ),
        (Ausnahme::Gesundheit, "art17-3c", "Öffentliche Gesundheit (Art. 17 Abs. 3 Buchst. c DSGVO)"),
        (Ausnahme::Archivzweck, "art17-3d", "Archiv, Forschung, Statistik (Art. 17 Abs. 3 Buchst. d DSGVO)"),
        (Ausnahme::Rechtsansprueche, "art17-3e", "Rechtsansprüche (Art. 17 Abs. 3 Buchst. e DSGVO)"),
    ];

    /// The code as it is recorded.
    pub fn code(self) -> &'static str {
        Self::ALLE.iter().find(|(a, ..)| *a == self).map_or("", |(_, code, _)| code)
    }

    /// The exception in words.
    pub fn wort(self) -> &'static str {
        Self::ALLE.iter().find(|(a, ..)| *a == self).map_or("", |(.., wort)| wort)
    }

    /// The exception of a code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.iter().find(|(_, c, _)| *c == code).map(|(a, ..)| *a)
    }
}

/// How much of a procedure is erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "art", rename_all = "snake_case")]
pub enum Umfang {
    /// All subjects.
    Vorgang,
    /// Everything of one subject role, for example `antragsteller`.
    Subjekt { rolle: String },
    /// These payload groups, `[log index, group]`; the others of their subject stay.
    Ereignisse { gruppen: Vec<(u64, u8)> },
    /// An Akte itself, with what was filed in it from the post book; only in `loeschung.akte_proposed.v1`.
    Akte,
}

impl Umfang {
    /// The scope in words.
    pub fn wort(&self) -> String {
        match self {
            Umfang::Vorgang => "der ganze Vorgang".into(),
            Umfang::Subjekt { rolle } => format!("alle Angaben zu: {rolle}"),
            Umfang::Ereignisse { gruppen } => match gruppen.len() {
                1 => "ein einzelner Teil".into(),
                n => format!("{n} einzelne Teile"),
            },
            Umfang::Akte => "die ganze Akte".into(),
        }
    }
}

events! {
    /// One erasure, from proposal to execution. A stream and a procedure of its own: its record outlives what it erases.
    LoeschungEvent, ret "LOESCH" {
        Proposed = "loeschung.proposed.v1" {
            vorgang: Uuid => Open,
            /// Unit that keeps the Vorgang.
            einheit: String => Open,
            umfang: Umfang => Open,
            grund: Grund => Open,
            archiv: Archiv => Open,
            durch: Uuid => Open,
            /// In whose place it was proposed (i. V.): that person does not approve either.
            fuer: Option<Uuid> => Open,
            begruendung: Option<String> => Sealed("verfahren"),
        }
        /// An Akte of which no Vorgang stays, or which never had one.
        AkteProposed = "loeschung.akte_proposed.v1" {
            akte: Uuid => Open,
            /// Unit that keeps the Akte.
            einheit: String => Open,
            grund: Grund => Open,
            archiv: Archiv => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            begruendung: Option<String> => Sealed("verfahren"),
        }
        Approved = "loeschung.approved.v1" { durch: Uuid => Open, fuer: Option<Uuid> => Open }
        Rejected = "loeschung.rejected.v1" { durch: Uuid => Open, fuer: Option<Uuid> => Open, begruendung: Option<String> => Sealed("verfahren") }
        /// Asked for by the person, and refused: nothing is erased, and the ground is on record.
        Refused = "loeschung.refused.v1" {
            vorgang: Uuid => Open,
            einheit: String => Open,
            ausnahme: Ausnahme => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            begruendung: Option<String> => Sealed("verfahren"),
        }
        /// Log indices of `erasure.requested` and `erasure.confirmed`.
        Executed = "loeschung.executed.v1" { anordnung: u64 => Open, vollzug: u64 => Open }
    }
}
