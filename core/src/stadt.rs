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

/// Another body to which matters are handed over, because it is competent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StelleKonfig {
    /// As `zustaendig.stelle` of a definition names it, for example `kfz`.
    pub id: String,
    /// For example `Kreis Muster, Fachdienst Straßenverkehr`.
    pub name: String,
    /// How people reach it.
    #[serde(default)]
    pub kontakt: String,
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

/// A text block of the town, for notices of all or some services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Textbaustein {
    pub id: String,
    /// Counted up with every new wording.
    pub version: u32,
    pub text: String,
    /// Norm, statute or resolution it rests on.
    pub quelle: String,
    /// Ids of services; empty = all.
    #[serde(default)]
    pub leistungen: Vec<String>,
    #[serde(default)]
    pub wofuer: crate::verfahren::texte::Wofuer,
}

/// What the town's notices say in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Texte {
    /// Administrative court with its address, where the product's data does not know the Land's.
    pub verwaltungsgericht: String,
    pub bausteine: Vec<Textbaustein>,
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
    /// Bodies to which matters are handed over; where none is named, the Kreis.
    #[serde(default)]
    pub stellen: Vec<StelleKonfig>,
    /// Smallest count that may be published.
    pub k: u32,
    #[serde(default)]
    pub grenzen: Grenzen,
    #[serde(default)]
    pub protokoll: Protokoll,
    #[serde(default)]
    pub texte: Texte,
    /// How new Aktenzeichen are formed.
    #[serde(default)]
    pub aktenzeichen: crate::akte::schema::Schema,
    /// What is noted of files and documents, where the town wants something else than the product.
    #[serde(default)]
    pub metadaten: crate::metadaten::Metaschemata,
}

impl Stadt {
    /// Name of a unit; its id where the town has it no more.
    pub fn einheit<'a>(&'a self, id: &'a str) -> &'a str {
        self.einheiten.iter().find(|e| e.id == id).map_or(id, |e| e.name.as_str())
    }

    /// Name of the body a definition hands over to: as configured, else the Kreis.
    pub fn stelle(&self, id: &str) -> &str {
        self.stellen.iter().find(|s| s.id == id).map_or(self.kreis.as_str(), |s| s.name.as_str())
    }
}
