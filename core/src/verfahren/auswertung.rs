//! What a definition says about one case: its steps, its fees, its public row.
//!
//! Decides nothing and knows no law table: amounts of the definition are the fallback where the
//! table of the step `gebuehr` has no row for the tatbestand.

use super::alter;
use super::bedingung::{Werte, holds, is_set};
use super::definition::{Definition, GebuehrDef, Schritt, Schrittart};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;

/// Steps whose condition holds, in the order of the procedure. Those after `entscheiden` happen
/// only once it is decided; `belastend` says whether that decision burdens.
pub fn schritte<'a>(def: &'a Definition, felder: &Werte, belastend: bool) -> Vec<&'a Schritt> {
    def.schritte.iter().filter(|s| holds(&s.wenn, felder, belastend)).collect()
}

/// Facts of the procedure that concern this case: their condition holds, and the age on the day of application.
pub fn tatsachen<'a>(def: &'a Definition, felder: &Werte, belastend: bool, antrag_am: Date) -> Vec<&'a Schritt> {
    let alle = def.schritte.iter().filter(|s| s.art == Schrittart::Tatsache);
    alle.filter(|s| trifft_zu(s, felder, belastend, antrag_am)).collect()
}

/// Condition and age of one step.
pub fn trifft_zu(s: &Schritt, felder: &Werte, belastend: bool, antrag_am: Date) -> bool {
    holds(&s.wenn, felder, belastend) && alter::gilt(s.alter.as_ref(), felder, antrag_am)
}

/// Fee rows that apply to an application of this day, at most one per tatbestand.
pub fn gebuehren<'a>(def: &'a Definition, felder: &Werte, am: Date) -> Vec<&'a GebuehrDef> {
    let mut out: Vec<&GebuehrDef> = Vec::new();
    for g in &def.gebuehren {
        let gilt = g.gueltig_ab <= am && g.gueltig_bis.is_none_or(|bis| am <= bis);
        if gilt
            && holds(&g.wenn, felder, false)
            && alter::gilt(g.alter.as_ref(), felder, am)
            && !out.iter().any(|o| o.tatbestand == g.tatbestand)
        {
            out.push(g);
        }
    }
    out
}

/// Whether the definition lets this recipient of the step's table receive the case: `None` = it
/// says nothing, so a recipient the table itself marks as conditional stays off.
pub fn recipient(schritt: &Schritt, stelle: &str, felder: &Werte) -> Option<bool> {
    schritt.empfaenger_wenn.get(stelle).map(|wenn| holds(wenn, felder, false))
}

/// The public row of this case: exactly the columns of the definition's dataset. `None` without
/// a dataset, where its condition does not hold, or where a column cannot be filled (for example
/// because the values were erased).
pub fn datensatz_zeile(def: &Definition, felder: &Werte) -> Option<BTreeMap<String, String>> {
    let d = def.datensatz.as_ref().filter(|d| holds(&d.wenn, felder, false))?;
    d.spalten.iter().map(|s| s.aus.iter().find_map(|r| column(def, r, felder)).map(|w| (s.id.clone(), w))).collect()
}

fn column(def: &Definition, regel: &[String], felder: &Werte) -> Option<String> {
    let teile: Option<Vec<String>> = regel.iter().map(|teil| part(def, teil, felder)).collect();
    teile.map(|t| t.join(", "))
}

/// A choice is published by its label: `Straßenlaterne`, not `licht`.
fn part(def: &Definition, teil: &str, felder: &Werte) -> Option<String> {
    let wert = |id: &str| -> Option<String> {
        let wert = felder.get(id).filter(|v| is_set(v)).and_then(Value::as_str)?;
        let option = def.feld(id).and_then(|f| f.optionen.iter().find(|o| o.wert == wert));
        Some(option.map_or_else(|| wert.to_owned(), |o| o.label.de.clone()))
    };
    let werte: Option<Vec<String>> = teil.split_whitespace().map(wert).collect();
    werte.map(|w| w.join(" "))
}

#[cfg(test)]
mod tests;
