//! Wire events about the rights of a person.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How it was made sure that the asking person is the one the data are about (Art. 12 (6) DSGVO).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identitaet {
    Ausweis,
    Fallcode,
    Bekannt,
    Vollmacht,
}

impl Identitaet {
    /// All ways with their codes and words.
    pub const ALLE: [(Identitaet, &'static str, &'static str); 4] = [
        (Identitaet::Ausweis, "ausweis", "Ausweis lag vor"),
        (Identitaet::Fallcode, "fallcode", "Code des Vorgangs genannt"),
        (Identitaet::Bekannt, "bekannt", "dem Amt persönlich bekannt"),
        (Identitaet::Vollmacht, "vollmacht", "Bevollmächtigte Person mit Vollmacht"),
    ];

    /// The way of a code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.iter().find(|(_, c, _)| *c == code).map(|(i, ..)| *i)
    }

    /// The way in words.
    pub fn wort(self) -> &'static str {
        Self::ALLE.iter().find(|(i, ..)| *i == self).map_or("", |(.., wort)| wort)
    }
}

/// One value that was masked by rule and shown all the same, by hand and with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freigabe {
    /// Log index of the event.
    pub index: u64,
    pub zeiger: String,
    pub grund: String,
}

events! {
    /// One answer to a person; a stream and a procedure of its own.
    BetroffenenEvent, ret "BETROFF" {
        AuskunftIssued = "betroffenenauskunft.issued.v1" {
            /// Day of the request: the answer is due within a month (Art. 12 (3) DSGVO).
            beantragt_am: Date => Open,
            am: Date => Open,
            identitaet: Identitaet => Open,
            durch: Uuid => Open,
            fuer: Option<Uuid> => Open,
            ereignisse: u32 => Open,
            dokumente: u32 => Open,
            /// Values that were masked for the sake of others.
            maskiert: u32 => Open,
            person: Option<String> => Sealed("betroffen"),
            vorgaenge: Option<Vec<Uuid>> => Sealed("betroffen"),
            freigaben: Option<Vec<Freigabe>> => Sealed("betroffen"),
            /// Hex SHA-256 of the machine-readable report.
            bericht_sha256: Option<String> => Sealed("betroffen"),
        }
    }
}
