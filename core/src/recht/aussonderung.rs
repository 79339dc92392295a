//! What the law wants before something is destroyed, by ground, and why an erasure is refused.
//!
//! Decides nothing: the gate is `akte::Disposal`. The rows carry `verified`, as all law does.

use super::{Law, LawError};
use serde::Deserialize;

/// One ground of the closed list (`LEDGER.md` § 9) with what it presupposes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vernichtungsgrund {
    pub code: String,
    /// The retention must be over.
    pub aufbewahrung_vorbei: bool,
    /// The Akte must be closed, with no Vorgang open in it.
    pub geschlossen: bool,
    /// The archive must have been asked and must have answered (offer before erase).
    pub anbieten: bool,
    pub norm: String,
    pub source: String,
    pub verified: bool,
}

/// Why Art. 17 (3) DSGVO stands against an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versagung {
    /// Code of the obstacle, for a hold with its purpose: `gesperrt:rechtsstreit`.
    pub hindernis: String,
    pub norm: String,
    pub verified: bool,
}

/// The whole table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Aussonderungsrecht {
    #[serde(rename = "version")]
    _version: String,
    grund: Vec<Vernichtungsgrund>,
    versagung: Vec<Versagung>,
}

impl Law {
    /// What this ground presupposes; an unknown ground destroys nothing.
    pub fn vernichtungsgrund(&self, code: &str) -> Result<&Vernichtungsgrund, LawError> {
        let row = self.tafeln.aussonderung.grund.iter().find(|g| g.code == code);
        row.ok_or_else(|| LawError::UnbekannteZeile { tabelle: "aussonderung".into(), zeile: code.into() })
    }

    /// The ground of Art. 17 (3) DSGVO that goes with an obstacle.
    pub fn versagung(&self, hindernis: &str) -> Option<&Versagung> {
        self.tafeln.aussonderung.versagung.iter().find(|v| v.hindernis == hindernis)
    }
}
