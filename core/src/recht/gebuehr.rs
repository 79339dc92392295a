//! Fee tables: rows keyed by (table, tatbestand), looked up by the day of application.
//!
//! Does not assess: who owes what is the procedure's decision. Amounts are integer cents.

use super::geld::parse_cent;
use super::regel::{check_spans, in_span};
use super::worte::{toml_date, toml_date_opt};
use super::{Law, LawError};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One fee as it stood on the day of application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GebuehrZeile {
    pub tabelle: String,
    pub tatbestand: String,
    /// What is charged for, in words.
    pub label: String,
    /// Number in the tariff, for example `11.1.1`; may be empty.
    pub tarifstelle: String,
    pub betrag_cent: i64,
    /// `false`: the amount must be confirmed by the town before it is charged.
    pub verified: bool,
    pub quelle: String,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

/// (table, tatbestand) -> rows with disjoint validity.
pub(super) type Gebuehren = BTreeMap<(String, String), Vec<GebuehrZeile>>;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Datei {
    tabelle: String,
    /// Name of the tariff, for readers of the file.
    #[serde(rename = "titel")]
    _titel: String,
    zeile: Vec<Zeile>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Zeile {
    tatbestand: String,
    label: String,
    #[serde(default)]
    tarifstelle: String,
    betrag: String,
    #[serde(deserialize_with = "toml_date")]
    valid_from: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    valid_until: Option<Date>,
    source: String,
    verified: bool,
}

/// Reads one file; its rows replace earlier rows of the same (table, tatbestand).
pub(super) fn read(into: &mut Gebuehren, inhalt: &str) -> Result<(), String> {
    let datei: Datei = toml::from_str(inhalt).map_err(|e| e.to_string())?;
    let mut new = Gebuehren::new();
    for z in datei.zeile {
        if z.source.is_empty() || z.label.is_empty() {
            return Err(format!("Zeile {}: label und source angeben", z.tatbestand));
        }
        let key = (datei.tabelle.clone(), z.tatbestand.clone());
        new.entry(key).or_default().push(GebuehrZeile {
            tabelle: datei.tabelle.clone(),
            tatbestand: z.tatbestand,
            label: z.label,
            tarifstelle: z.tarifstelle,
            betrag_cent: parse_cent(&z.betrag).map_err(|e| e.to_string())?,
            verified: z.verified,
            quelle: z.source,
            valid_from: z.valid_from,
            valid_until: z.valid_until,
        });
    }
    for ((_, tatbestand), rows) in &new {
        let spans: Vec<_> = rows.iter().map(|r| (r.valid_from, r.valid_until)).collect();
        check_spans(&spans).map_err(|e| format!("Zeile {tatbestand}: {e}"))?;
    }
    into.extend(new);
    Ok(())
}

impl Law {
    /// The fee in force on the day of application.
    pub fn gebuehr(&self, tabelle: &str, tatbestand: &str, antrag_am: Date) -> Result<GebuehrZeile, LawError> {
        let unknown = || LawError::UnbekannteZeile { tabelle: tabelle.into(), zeile: tatbestand.into() };
        let rows = self.tafeln.gebuehren.get(&(tabelle.to_owned(), tatbestand.to_owned())).ok_or_else(unknown)?;
        let none = || LawError::KeineFassung { was: format!("Die Gebühr {tabelle} / {tatbestand}"), am: antrag_am };
        rows.iter().find(|r| in_span(antrag_am, r.valid_from, r.valid_until)).cloned().ok_or_else(none)
    }

    /// All fee rows of all tables, by (table, tatbestand); for the auditor's list and the loader's check.
    pub fn gebuehren(&self) -> impl Iterator<Item = &GebuehrZeile> {
        self.tafeln.gebuehren.values().flatten()
    }
}
