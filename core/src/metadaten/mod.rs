//! Schemas of metadata: what may be noted of files and documents is data with a version.
//!
//! Stands between two rooms: the fields and their checks are those of a service's form, what is noted is the Akte's
//! decision. Knows no page; which schema is in force is the town's.

use crate::verfahren::definition::{Feld, Feldtyp, Option_, Schutz, Text};
use crate::verfahren::pruefung::{self, PRUEFUNGEN, Sprache};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::OnceLock;

pub use crate::verfahren::bedingung::Werte;
pub use crate::verfahren::pruefung::{Befund, Roh};

/// What is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Art {
    /// Also a Teilakte.
    Akte,
    Dokument,
}

impl Art {
    pub const ALLE: [Art; 2] = [Art::Akte, Art::Dokument];

    pub fn code(self) -> &'static str {
        match self {
            Art::Akte => "akte",
            Art::Dokument => "dokument",
        }
    }

    /// The art of a code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|a| a.code() == code)
    }

    /// The schema of the product, for towns that bring none.
    fn eingebaut(self) -> Option<&'static Metaschema> {
        static AKTE: OnceLock<Option<Metaschema>> = OnceLock::new();
        static DOKUMENT: OnceLock<Option<Metaschema>> = OnceLock::new();
        let (da, text) = match self {
            Art::Akte => (&AKTE, include_str!("../../metadaten/akte.toml")),
            Art::Dokument => (&DOKUMENT, include_str!("../../metadaten/dokument.toml")),
        };
        da.get_or_init(|| toml::from_str(text).ok()).as_ref()
    }
}

/// One thing that may be noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merkmal {
    pub id: String,
    pub label: String,
    #[serde(default)]
    pub hilfe: String,
    pub typ: Feldtyp,
    #[serde(default)]
    pub pflicht: bool,
    /// Named check of `verfahren::pruefung`; empty = type only.
    #[serde(default)]
    pub pruefung: String,
    /// Value and label.
    #[serde(default)]
    pub optionen: Vec<(String, String)>,
    #[serde(default)]
    pub max_laenge: Option<u32>,
    /// Several values of a `text`, one a line.
    #[serde(default)]
    pub mehrfach: bool,
    /// For a date: the date it must not lie before.
    #[serde(default)]
    pub nicht_vor: String,
}

/// What may be noted of one kind of thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Entwurf")]
pub struct Metaschema {
    /// Counted up with every change; values noted before keep the number they were noted under.
    pub version: u32,
    pub quelle: String,
    pub merkmale: Vec<Merkmal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entwurf {
    version: u32,
    quelle: String,
    merkmale: Vec<Merkmal>,
}

impl TryFrom<Entwurf> for Metaschema {
    type Error = String;

    fn try_from(e: Entwurf) -> Result<Self, String> {
        let mut ids = BTreeSet::new();
        for m in &e.merkmale {
            let nein = |was: &str| Err(format!("metadaten, Merkmal {:?}: {was}", m.id));
            if m.id.is_empty() || !m.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                return nein("die id besteht aus a bis z, 0 bis 9 und _");
            }
            // Names the form has for itself.
            if m.id.starts_with('_') || ["version", "gesehen", "fehlerliste"].contains(&m.id.as_str()) {
                return nein("diese id ist vergeben");
            }
            if !ids.insert(m.id.as_str()) {
                return nein("diese id steht zweimal");
            }
            let auswahl = matches!(m.typ, Feldtyp::Auswahl | Feldtyp::Mehrfachauswahl);
            if auswahl == m.optionen.is_empty() {
                return nein("optionen hat genau, wer auswahl oder mehrfachauswahl ist");
            }
            if m.mehrfach && m.typ != Feldtyp::Text {
                return nein("mehrfach gibt es nur bei text");
            }
            if !m.pruefung.is_empty() && !PRUEFUNGEN.contains(&m.pruefung.as_str()) {
                return nein("diese pruefung gibt es nicht");
            }
            let tag = |x: &&Merkmal| x.id == m.nicht_vor && x.id != m.id && x.typ == Feldtyp::Datum;
            if !m.nicht_vor.is_empty() && (m.typ != Feldtyp::Datum || !e.merkmale.iter().any(|x| tag(&x))) {
                return nein("nicht_vor nennt ein anderes Merkmal vom typ datum");
            }
        }
        if e.version == 0 || e.merkmale.is_empty() {
            return Err("metadaten: version beginnt bei 1, und merkmale nennt mindestens eines".into());
        }
        Ok(Self { version: e.version, quelle: e.quelle, merkmale: e.merkmale })
    }
}

impl Metaschema {
    /// For example `akte/1`.
    pub fn name(&self, art: Art) -> String {
        format!("{}/{}", art.code(), self.version)
    }

    /// As fields of a form.
    pub fn felder(&self) -> Vec<Feld> {
        self.merkmale.iter().map(feld).collect()
    }

    /// Values that may be noted. Errors: everything that is wrong, in the order of the form.
    pub fn pruefe(&self, roh: &Roh, heute: Date) -> Result<Werte, Vec<Befund>> {
        let (mut werte, mut befunde) = (Werte::new(), Vec::new());
        for m in &self.merkmale {
            let f = feld(m);
            match pruefung::einzeln(&f, roh.get(&f.id).map_or(&[], Vec::as_slice), heute, Sprache::De) {
                Ok(Some(v)) => drop(werte.insert(f.id, v)),
                Ok(None) if m.pflicht => befunde.push(pruefung::fehlend(&f, Sprache::De)),
                Ok(None) => {}
                Err(b) => befunde.push(b),
            }
        }
        for m in self.merkmale.iter().filter(|m| !m.nicht_vor.is_empty()) {
            let anfang = self.merkmale.iter().find(|x| x.id == m.nicht_vor).map(feld);
            if let Some(b) = anfang.and_then(|a| pruefung::vor_dem(&feld(m), &a, &werte, Sprache::De)) {
                befunde.push(b);
            }
        }
        if befunde.is_empty() { Ok(werte) } else { Err(befunde) }
    }

    /// The schema for strangers (JSON Schema, draft 2020-12): what values of it look like in the ledger.
    pub fn json_schema(&self, art: Art) -> Value {
        let felder: Map<String, Value> = self.merkmale.iter().map(|m| (m.id.clone(), eigenschaft(m))).collect();
        let pflicht: Vec<&str> = self.merkmale.iter().filter(|m| m.pflicht).map(|m| m.id.as_str()).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:aktenkette:metadaten:{}:{}", art.code(), self.version),
            "$comment": self.quelle,
            "title": format!("Metadaten: {}", art.code()),
            "type": "object", "properties": felder, "required": pflicht, "additionalProperties": false,
        })
    }

    /// The bytes that are published, and whose SHA-256 the events name.
    pub fn json_bytes(&self, art: Art) -> Vec<u8> {
        format!("{:#}\n", self.json_schema(art)).into_bytes()
    }

    /// Hex SHA-256 of [`Metaschema::json_bytes`].
    pub fn sha256(&self, art: Art) -> String {
        Sha256::digest(self.json_bytes(art)).iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The town's own schemas; where it brings none, the product's hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Eigene")]
pub struct Metaschemata {
    pub akte: Option<Metaschema>,
    pub dokument: Option<Metaschema>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Eigene {
    akte: Option<Metaschema>,
    dokument: Option<Metaschema>,
}

impl TryFrom<Eigene> for Metaschemata {
    type Error = String;

    /// A number means one schema for ever, also the product's.
    fn try_from(e: Eigene) -> Result<Self, String> {
        for (art, eigenes) in [(Art::Akte, &e.akte), (Art::Dokument, &e.dokument)] {
            let produkt = art.eingebaut().map_or(0, |s| s.version);
            if eigenes.as_ref().is_some_and(|s| s.version <= produkt) {
                return Err(format!("metadaten.{}: version muss größer als {produkt} sein", art.code()));
            }
        }
        Ok(Self { akte: e.akte, dokument: e.dokument })
    }
}

impl Metaschemata {
    /// The schema in force.
    pub fn in_kraft(&self, art: Art) -> Option<&Metaschema> {
        let eigenes = match art {
            Art::Akte => self.akte.as_ref(),
            Art::Dokument => self.dokument.as_ref(),
        };
        eigenes.or_else(|| art.eingebaut())
    }
}

fn feld(m: &Merkmal) -> Feld {
    let de = |t: &str| Text { de: t.to_owned(), ..Text::default() };
    let option = |(wert, label): &(String, String)| Option_ { wert: wert.clone(), label: de(label) };
    Feld {
        id: m.id.clone(),
        gruppe: "metadaten".into(),
        label: de(&m.label),
        hilfe: de(&m.hilfe),
        typ: m.typ,
        pruefung: m.pruefung.clone(),
        pflicht_wenn: if m.pflicht { "wahr" } else { "falsch" }.into(),
        zeigen_wenn: String::new(),
        optionen: m.optionen.iter().map(option).collect(),
        max_laenge: m.max_laenge,
        mehrfach: m.mehrfach,
        schutz: Schutz::Intern,
        subjekt: "verfahren".into(),
        veroeffentlichung: String::new(),
        autocomplete: String::new(),
        nummer: String::new(),
        nicht_vor: m.nicht_vor.clone(),
    }
}

fn eigenschaft(m: &Merkmal) -> Value {
    let wahl: Vec<Value> = m.optionen.iter().map(|(wert, label)| json!({ "const": wert, "title": label })).collect();
    let text = |sonst: u32| json!({ "type": "string", "maxLength": m.max_laenge.unwrap_or(sonst) });
    let mut out = match m.typ {
        Feldtyp::Zahl | Feldtyp::Betrag => json!({ "type": "integer", "minimum": 0 }),
        Feldtyp::Datum => json!({ "type": "string", "format": "date" }),
        Feldtyp::JaNein => json!({ "type": "boolean" }),
        Feldtyp::Auswahl => json!({ "oneOf": wahl }),
        Feldtyp::Mehrfachauswahl => json!({ "type": "array", "items": { "oneOf": wahl }, "uniqueItems": true }),
        Feldtyp::Email => json!({ "type": "string", "format": "email" }),
        Feldtyp::Mehrzeilig => text(4_000),
        Feldtyp::Text if m.mehrfach => json!({ "type": "array", "items": text(200), "maxItems": 20 }),
        Feldtyp::Text | Feldtyp::Telefon | Feldtyp::Ort => text(200),
    };
    out["title"] = json!(m.label);
    for (name, wert) in [("description", &m.hilfe), ("x-pruefung", &m.pruefung), ("x-nicht-vor", &m.nicht_vor)] {
        if !wert.is_empty() {
            out[name] = json!(wert);
        }
    }
    out
}

#[cfg(test)]
mod tests;
