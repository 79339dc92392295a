//! Filing plans as data: reads and checks a plan file, ours or a town's own.
//!
//! Does not write: what is read here becomes `aktenplan.imported.v1` by a command.

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
    let mut seen = BTreeSet::new();
    let mut out = Vec::with_capacity(datei.position.len());
    for zeile in datei.position {
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
            valid_from: datei.valid_from,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_that_comes_along_has_its_positions_parents_and_retention() {
        let plan = builtin().unwrap();
        let all: BTreeSet<_> = plan.iter().map(|p| p.kennung.as_str()).collect();
        assert!(plan.len() >= 120, "only {} positions", plan.len());
        assert_eq!(all.len(), plan.len());
        for p in &plan {
            assert!(parent(&p.kennung).is_none_or(|above| all.contains(above)), "{}", p.kennung);
        }
        assert_eq!(parent("32.21"), Some("32.2"));
        assert_eq!((parent("32.5.1"), parent("32.2"), parent("32")), (Some("32.5"), Some("32"), Some("3")));
        assert_eq!((parent("3"), parent("")), (None, None));
        for digit in '0'..='9' {
            assert!(all.contains(digit.to_string().as_str()), "main group {digit}");
        }
    }

    #[test]
    fn the_services_of_the_town_find_their_positions() {
        let plan = builtin().unwrap();
        let title = |k: &str| plan.iter().find(|p| p.kennung == k).map(|p| p.titel.as_str());
        assert_eq!(title("32.21"), Some("Gewerbeanzeigen"));
        assert_eq!(title("32.5.1"), Some("Bewohnerparken"));
        assert_eq!(title("22.3"), Some("Hundesteuer"));
        assert_eq!(title("33"), Some("Meldewesen und Ausweise"));
    }

    /// A plan of two positions in which `with` replaces `what`.
    fn plan(what: &str, with: &str) -> Result<Vec<Position>, PlanError> {
        let text = "format = \"aktenkette-aktenplan/1\"\ntitel = \"t\"\nversion = \"1\"\nvalid_from = 2026-01-01\n\
            source = \"s\"\nverified = false\nposition = [\n\
            { kennung = \"3\", titel = \"Ordnung\", jahre = 10, bewertung = \"B\" },\n\
            { kennung = \"32\", titel = \"Gewerbe\", jahre = 5, bewertung = \"V\" },\n]\n";
        assert!(text.contains(what), "{what:?} is not in the plan");
        parse(&text.replace(what, with))
    }

    #[test]
    fn a_plan_with_a_gap_a_double_or_no_retention_is_refused_by_its_kennung() {
        assert_eq!(plan("Gewerbe", "Gewerbe").unwrap().len(), 2);
        for (what, with, says) in [
            ("\"32\"", "\"42\"", "übergeordnete"),
            ("\"32\"", "\"3\"", "zweimal"),
            ("\"32\"", "\"32.\"", "Ziffern"),
            ("\"32\"", "\"321\"", "Ziffern"),
            ("\"Gewerbe\"", "\" \"", "Titel"),
            ("jahre = 5, ", "", "genau eines"),
            ("jahre = 5", "jahre = 0", "genau eines"),
            ("jahre = 5", "jahre = 5, dauernd = true", "genau eines"),
            ("jahre = 5", "dauernd = true", "vernichtet"),
            ("plan/1", "plan/2", "Format"),
            ("jahre = 5", "monate = 5", "nicht lesbar"),
        ] {
            let error = plan(what, with).unwrap_err().to_string();
            assert!(error.contains(says), "{with}: {error}");
        }
    }
}
