//! Who receives which fields of a notice: the recipient matrix as data.
//!
//! Does not transmit and does not judge conditions; a field outside a recipient's set never passes [`Empfaenger::darf`].

use super::regel::in_span;
use super::worte::{toml_date, toml_date_opt};
use super::{Law, LawError};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One recipient of one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empfaenger {
    /// Id in the matrix, for example `IHK`.
    pub stelle: String,
    /// Name for pages and letters.
    pub name: String,
    pub rechtsgrundlage: String,
    /// Purpose to which the recipient is bound (§ 14 (12) GewO).
    pub zweck: String,
    /// Field numbers of the form this recipient may see.
    pub felder: BTreeSet<u16>,
    /// In words: transmitted only if this holds. A clerk confirms it.
    pub bedingt: Option<String>,
    /// `false`: off until the town configures it.
    pub aktiv: bool,
    pub verified: bool,
    /// Rule id of the latest day of transmission; `None` = without delay.
    pub regel: Option<String>,
}

impl Empfaenger {
    /// Whether this recipient may see the field: `15.telefon` belongs to number 15.
    /// Anything that is not a number of the form is refused, also for an inactive recipient.
    pub fn darf(&self, nummer: &str) -> bool {
        let number = nummer.split('.').next().unwrap_or_default();
        let strict = !number.is_empty() && !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
        self.aktiv && strict && number.parse().is_ok_and(|n: u16| self.felder.contains(&n))
    }
}

/// One matrix of one table, with its period of validity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Matrix {
    pub tabelle: String,
    pub version: String,
    #[serde(deserialize_with = "toml_date")]
    pub valid_from: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    pub valid_until: Option<Date>,
    pub source: String,
    /// Form -> highest field number.
    pub formulare: BTreeMap<String, u16>,
    pub empfaenger: Vec<Zeile>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Zeile {
    pub stelle: String,
    pub name: String,
    pub rechtsgrundlage: String,
    pub zweck: String,
    #[serde(default)]
    pub bedingt: Option<String>,
    pub aktiv: bool,
    pub verified: bool,
    #[serde(default)]
    pub regel: Option<String>,
    pub modus: Modus,
    /// Form -> field numbers as in the law text, `13, 27, 29-31`; a form not named is not transmitted.
    pub felder: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Modus {
    /// All fields of the form except the listed ones.
    Ausser,
    /// Only the listed fields.
    Nur,
    /// Not fixed by law yet: nothing until the town configures it.
    Keine,
}

impl Matrix {
    pub fn parse(inhalt: &str) -> Result<Matrix, String> {
        let matrix: Matrix = toml::from_str(inhalt).map_err(|e| e.to_string())?;
        if matrix.source.is_empty() || matrix.version.is_empty() {
            return Err("source und version angeben".into());
        }
        let mut seen = BTreeSet::new();
        for z in &matrix.empfaenger {
            if !seen.insert(&z.stelle) || z.rechtsgrundlage.is_empty() || z.zweck.is_empty() {
                return Err(format!("{}: einmal nennen, mit rechtsgrundlage und zweck", z.stelle));
            }
            if z.modus == Modus::Keine && (z.aktiv || !z.felder.is_empty()) {
                return Err(format!("{}: ohne Felder nicht aktiv", z.stelle));
            }
            for formular in z.felder.keys() {
                matrix.felder(z, formular)?;
            }
        }
        Ok(matrix)
    }

    /// `None`: this form is not transmitted to this recipient.
    fn felder(&self, z: &Zeile, formular: &str) -> Result<Option<BTreeSet<u16>>, String> {
        let top = *self.formulare.get(formular).ok_or(format!("Formular {formular} ist nicht bekannt"))?;
        if z.modus == Modus::Keine {
            return Ok(Some(BTreeSet::new()));
        }
        let Some(text) = z.felder.get(formular) else {
            return Ok(None);
        };
        let listed = numbers(text, top).map_err(|e| format!("{} {formular}: {e}", z.stelle))?;
        Ok(Some(match z.modus {
            Modus::Nur => listed,
            _ => (1..=top).filter(|n| !listed.contains(n)).collect(),
        }))
    }
}

/// `1-3, 7` -> {1, 2, 3, 7}; ascending, within the form.
fn numbers(text: &str, top: u16) -> Result<BTreeSet<u16>, String> {
    let mut out = BTreeSet::new();
    for part in text.split(',').map(str::trim) {
        let (a, b) = part.split_once('-').unwrap_or((part, part));
        let number = |s: &str| s.parse::<u16>().map_err(|_| format!("{part:?} ist keine Feldnummer"));
        let (a, b) = (number(a)?, number(b)?);
        if a == 0 || b < a || b > top || out.last().is_some_and(|last| *last >= a) {
            return Err(format!("{part:?} ist nicht aufsteigend oder liegt nicht in 1-{top}"));
        }
        out.extend(a..=b);
    }
    Ok(out)
}

impl Law {
    /// All recipients of this form on this day, inactive ones included (`aktiv = false`, no fields).
    /// `tabelle`: `gewanzv`; `formular`: `A1` Anmeldung, `A2` Ummeldung, `A3` Abmeldung.
    pub fn empfaenger(&self, tabelle: &str, formular: &str, am: Date) -> Result<Vec<Empfaenger>, LawError> {
        let unknown = || LawError::UnbekannteZeile { tabelle: tabelle.into(), zeile: formular.into() };
        let matrices = self.tafeln.matrizen.get(tabelle).ok_or_else(unknown)?;
        let none = || LawError::KeineFassung { was: format!("Die Tabelle {tabelle}"), am };
        let matrix = matrices.iter().find(|m| in_span(am, m.valid_from, m.valid_until)).ok_or_else(none)?;
        if !matrix.formulare.contains_key(formular) {
            return Err(unknown());
        }
        let datei = |grund| LawError::Datei { datei: tabelle.into(), grund };
        let mut out = Vec::new();
        for z in &matrix.empfaenger {
            if let Some(felder) = matrix.felder(z, formular).map_err(datei)? {
                out.push(recipient(z, felder));
            }
        }
        Ok(out)
    }
}

fn recipient(z: &Zeile, felder: BTreeSet<u16>) -> Empfaenger {
    Empfaenger {
        stelle: z.stelle.clone(),
        name: z.name.clone(),
        rechtsgrundlage: z.rechtsgrundlage.clone(),
        zweck: z.zweck.clone(),
        felder: if z.aktiv { felder } else { BTreeSet::new() },
        bedingt: z.bedingt.clone(),
        aktiv: z.aktiv,
        verified: z.verified,
        regel: z.regel.clone(),
    }
}
