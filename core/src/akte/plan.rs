//! Filing plans as data: reads and checks a plan file, ours or a town's own, and writes one.
//!
//! Changes no plan: what is read here becomes `aktenplan.*` by a command.

pub mod tabelle;
#[cfg(test)]
mod tests;
pub mod unterschied;
pub mod xdomea;

use super::event::{Bewertung, Position};
use crate::recht::toml_date;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// The plan that comes with the product; a town may bring its own in the same form.
const BUILTIN: &str = include_str!("../../aktenplan/aktenplan.toml");

/// The form of the file and what the import event names as `format`.
pub const FORMAT: &str = "aktenkette-aktenplan/1";

/// Longest retention that may be written down; longer is `dauernd`.
const JAHRE_MAX: u16 = 120;

/// What is wrong with a plan file; names the position and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    #[error("Der Aktenplan ist nicht lesbar: {0}")]
    Toml(String),
    #[error("Der Aktenplan hat das Format {0:?}; erwartet wird {FORMAT:?}.")]
    Format(String),
    #[error("Position {kennung}: {grund}")]
    Position { kennung: String, grund: &'static str },
    #[error("Zeile {zeile}: {grund}.")]
    Tabelle { zeile: usize, grund: String },
    #[error("Die xdomea-Nachricht ist nicht lesbar: {0}.")]
    Xdomea(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Datei {
    format: String,
    #[serde(rename = "titel")]
    _titel: String,
    #[serde(rename = "version")]
    _version: String,
    #[serde(deserialize_with = "toml_date")]
    valid_from: Date,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "verified")]
    _verified: bool,
    position: Vec<Zeile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Zeile {
    kennung: String,
    titel: String,
    /// Exactly one of `jahre` and `dauernd = true`, so that nothing is kept for ever by omission.
    jahre: Option<u16>,
    #[serde(default)]
    dauernd: bool,
    bewertung: Bewertung,
}

/// The plan that comes with the product.
pub fn builtin() -> Result<Vec<Position>, PlanError> {
    parse(BUILTIN)
}

/// Reads a plan: every kennung once, every parent present, every retention stated.
pub fn parse(toml: &str) -> Result<Vec<Position>, PlanError> {
    let datei: Datei = toml::from_str(toml).map_err(|e| PlanError::Toml(e.to_string()))?;
    if datei.format != FORMAT {
        return Err(PlanError::Format(datei.format));
    }
    pruefen(datei.position, datei.valid_from)
}

/// What every plan must be, wherever it comes from: parents first, kennungen once, retention stated.
fn pruefen(zeilen: Vec<Zeile>, valid_from: Date) -> Result<Vec<Position>, PlanError> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::with_capacity(zeilen.len());
    for zeile in zeilen {
        let fault = |grund| PlanError::Position { kennung: zeile.kennung.clone(), grund };
        if !is_kennung(&zeile.kennung) {
            return Err(fault("Ziffern, durch Punkte getrennt; vor dem ersten Punkt höchstens zwei"));
        }
        if parent(&zeile.kennung).is_some_and(|p| !seen.contains(p)) {
            return Err(fault("die übergeordnete Position fehlt oder steht danach"));
        }
        if zeile.titel.trim().is_empty() {
            return Err(fault("der Titel fehlt"));
        }
        let jahre = match (zeile.jahre, zeile.dauernd) {
            (Some(n), false) if (1..=JAHRE_MAX).contains(&n) => Some(n),
            (None, true) => None,
            _ => return Err(fault("genau eines angeben: jahre (1 bis 120) oder dauernd = true")),
        };
        if jahre.is_none() && zeile.bewertung == Bewertung::V {
            return Err(fault("was dauernd bleibt, kann nicht vernichtet werden"));
        }
        if !seen.insert(zeile.kennung.clone()) {
            return Err(fault("die Kennung steht zweimal im Plan"));
        }
        out.push(Position {
            kennung: zeile.kennung,
            titel: zeile.titel,
            aufbewahrung_jahre: jahre,
            bewertung: zeile.bewertung,
            valid_from,
        });
    }
    Ok(out)
}

/// The position above, digit by digit: `32.21` -> `32.2` -> `32` -> `3`; `32.5.1` -> `32.5`.
pub fn parent(kennung: &str) -> Option<&str> {
    let above = kennung.get(..kennung.len().checked_sub(1)?)?.trim_end_matches('.');
    (!above.is_empty()).then_some(above)
}

fn is_kennung(kennung: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.len() <= 3 && s.bytes().all(|b| b.is_ascii_digit());
    kennung.split('.').all(digits) && kennung.split('.').next().is_some_and(|group| group.len() <= 2)
}
