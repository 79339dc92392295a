//! `stadt.toml`: everything that is one town's and nobody else's.

use serde::{Deserialize, Serialize};

/// One unit of the administration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EinheitKonfig {
    pub id: String,
    pub name: String,
    /// Aktenplan positions (prefixes) this unit keeps.
    pub aktenplan: Vec<String>,
}

/// Address and contact, printed on notices and in the Impressum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anschrift {
    pub strasse: String,
    pub plz: String,
    pub ort: String,
    pub telefon: String,
    pub email: String,
    pub oeffnungszeiten: String,
}

/// Limits of one running instance; every one has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grenzen {
    pub upload_bytes: u64,
    pub formular_bytes: usize,
    pub feld_zeichen: usize,
    pub unterlagen_je_antrag: usize,
    pub entwurf_tage: u16,
    pub sitzung_leerlauf_minuten: u32,
    pub sitzung_stunden: u32,
    pub gleichzeitige_anfragen: usize,
    pub lesen_max: usize,
}

impl Default for Grenzen {
    fn default() -> Self {
        Self {
            upload_bytes: 1 << 30,
            formular_bytes: 2 << 20,
            feld_zeichen: 10_000,
            unterlagen_je_antrag: 20,
            entwurf_tage: 30,
            sitzung_leerlauf_minuten: 30,
            sitzung_stunden: 10,
            gleichzeitige_anfragen: 512,
            lesen_max: 1000,
        }
    }
}

/// How the log is signed and published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protokoll {
    /// Seconds between two checkpoints; one per event would tell who works when.
    pub takt_sekunden: u64,
    /// Folder with a copy of the published log, best on another machine: compared at every start.
    pub spiegel: Option<std::path::PathBuf>,
}

impl Default for Protokoll {
    fn default() -> Self {
        Self { takt_sekunden: 300, spiegel: None }
    }
}

/// The town.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stadt {
    /// For example `Stadt Musterstadt`.
    pub name: String,
    /// Short name for headings and file names.
    pub kurzname: String,
    /// Amtlicher Gemeindeschlüssel, 8 digits.
    pub ags: String,
    pub kreis: String,
    pub land: String,
    /// Public domain, for links on notices.
    pub domain: String,
    /// Origin of the log, for example `example.de/akte/2026`.
    pub log_origin: String,
    /// IANA zone of local dates.
    pub zeitzone: String,
    pub leitung: String,
    pub datenschutzbeauftragte: String,
    pub anschrift: Anschrift,
    pub einheiten: Vec<EinheitKonfig>,
    /// Smallest count that may be published.
    pub k: u32,
    #[serde(default)]
    pub grenzen: Grenzen,
    #[serde(default)]
    pub protokoll: Protokoll,
}
