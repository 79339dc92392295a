//! What a Wiedervorlage, a task or somebody's watching is about.
//!
//! Names a thing by kind and id; whether it exists and who may see it is asked elsewhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Kind of a thing of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objektart {
    Akte,
    Vorgang,
    Dokument,
    Eingang,
}

impl Objektart {
    pub const ALLE: [Objektart; 4] = [Objektart::Akte, Objektart::Vorgang, Objektart::Dokument, Objektart::Eingang];

    /// As it stands in events, addresses and natural keys.
    pub fn code(self) -> &'static str {
        match self {
            Objektart::Akte => "akte",
            Objektart::Vorgang => "vorgang",
            Objektart::Dokument => "dokument",
            Objektart::Eingang => "eingang",
        }
    }

    /// For people.
    pub fn wort(self) -> &'static str {
        match self {
            Objektart::Akte => "Akte",
            Objektart::Vorgang => "Vorgang",
            Objektart::Dokument => "Dokument",
            Objektart::Eingang => "Eingang",
        }
    }

    /// The kind with this code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|a| a.code() == code)
    }
}

/// One thing of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Objekt {
    pub art: Objektart,
    pub id: Uuid,
}

impl Objekt {
    pub fn neu(art: Objektart, id: Uuid) -> Self {
        Self { art, id }
    }

    /// Parts of the natural key of what hangs on this thing; a number follows.
    pub fn schluessel(self) -> Vec<String> {
        vec![self.art.code().to_owned(), self.id.to_string()]
    }
}
