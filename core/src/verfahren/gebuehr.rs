//! Which fee a case owes: the dated row of the law table its step names, else the definition's own.
//!
//! Rows are chosen by the day of application and never re-priced; amounts are integer cents.

use super::auswertung;
use super::bedingung;
use super::definition::{Definition, Schrittart};
use super::event::Tenor;
use super::refusal::Refusal;
use super::state::Vorgang;
use crate::recht::{Law, parse_cent};
use jiff::civil::Date;

/// One fee of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gebuehr {
    /// Law table, or `leistung` for a row of the definition.
    pub tabelle: String,
    pub zeile: String,
    /// What is charged for, in words.
    pub label: String,
    pub betrag_cent: i64,
    pub verified: bool,
    pub quelle: String,
}

/// The fee `tatbestand` as it stood on the day of application: the row of the step's law table
/// (the town's own figures), else the definition's own row.
pub fn lookup(def: &Definition, law: &Law, tatbestand: &str, antrag_am: Date) -> Result<Gebuehr, Refusal> {
    let tabelle = def.schritt(Schrittart::Gebuehr).map(|s| s.tabelle.as_str()).filter(|t| !t.is_empty());
    let row = tabelle.map(|t| law.gebuehr(t, tatbestand, antrag_am));
    if let Some(Ok(row)) = row {
        return Ok(Gebuehr {
            tabelle: row.tabelle,
            zeile: row.tatbestand,
            label: row.label,
            betrag_cent: row.betrag_cent,
            verified: row.verified,
            quelle: row.quelle,
        });
    }
    let in_force = |g: &&super::definition::GebuehrDef| {
        g.tatbestand == tatbestand && g.gueltig_ab <= antrag_am && g.gueltig_bis.is_none_or(|b| antrag_am <= b)
    };
    match (def.gebuehren.iter().find(in_force), row) {
        (Some(g), _) => Ok(Gebuehr {
            tabelle: "leistung".into(),
            zeile: g.tatbestand.clone(),
            label: g.label.de.clone(),
            betrag_cent: parse_cent(&g.betrag)?,
            verified: g.verified,
            quelle: g.quelle.clone(),
        }),
        (None, Some(Err(e))) => Err(e.into()),
        (None, _) => Err(Refusal::SchrittUnbekannt(tatbestand.to_owned())),
    }
}

/// The fee is assessed with the decision, not with the application.
pub fn nach_entscheidung(def: &Definition) -> bool {
    let at = |art| def.schritte.iter().position(|s| s.art == art);
    matches!((at(Schrittart::Entscheiden), at(Schrittart::Gebuehr)), (Some(e), Some(g)) if e < g)
}

/// The fees that fall due for this case, in the order of the definition.
pub fn due(def: &Definition, v: &Vorgang, antrag_am: Date) -> Vec<String> {
    let belastend = v.bescheid.as_ref().is_some_and(|b| b.tenor != Tenor::Bewilligt);
    match def.schritt(Schrittart::Gebuehr) {
        Some(s) if bedingung::holds(&s.wenn, &v.felder, belastend) => {
            auswertung::gebuehren(def, &v.felder, antrag_am).iter().map(|g| g.tatbestand.clone()).collect()
        }
        _ => Vec::new(),
    }
}
