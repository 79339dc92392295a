//! Whether what a definition names outside itself exists: rules, tables, recipients, unit, Aktenplan.
//!
//! Those belong to the law data and to the town, so the loader cannot know them alone.

use super::Fehler;
use super::regeln::Pruefer;
use crate::recht::Law;
use crate::verfahren::belehrung;
use crate::verfahren::definition::{BescheidDef, Definition, GebuehrDef, Schritt, Schrittart};

/// What a definition may refer to. An empty list means "not known here" and is not checked.
#[derive(Clone, Copy, Debug)]
pub struct Umfeld<'a> {
    pub law: &'a Law,
    /// Ids of units in `stadt.toml`.
    pub einheiten: &'a [String],
    /// Positions of the Aktenplan.
    pub aktenplan: &'a [String],
}

/// Checks what the definition names outside itself; empty = all of it exists.
pub fn check_umfeld(def: &Definition, umfeld: Umfeld<'_>) -> Vec<Fehler> {
    let mut p = Pruefer::new(def);
    for f in def.fristen.iter().filter(|f| !umfeld.law.regeln().any(|r| r == f.regel)) {
        p.at_entry("fristen", &f.id, "regel", format!("Frist „{}“: Eine Regel „{}“ gibt es nicht.", f.id, f.regel));
    }
    let bekannt = |regel: &str| umfeld.law.regeln().any(|r| r == regel);
    for f in def.fristen.iter().filter(|f| bekannt(&f.regel) && !umfeld.law.regel_fest(&f.regel)) {
        let text = format!(
            "Frist „{}“: Die Regel „{}“ lässt die Dauer offen oder zählt Stunden. Nennen Sie eine Regel mit fester Dauer.",
            f.id, f.regel
        );
        p.at_entry("fristen", &f.id, "regel", text);
    }
    for s in &def.schritte {
        match s.art {
            Schrittart::Uebermitteln => recipients(&mut p, s, umfeld.law),
            Schrittart::Gebuehr => def.gebuehren.iter().for_each(|g| fee(&mut p, s, g, umfeld.law)),
            _ => {}
        }
    }
    if let Some(text) = def.bescheid.as_ref().and_then(|b| remedy(def, b)) {
        p.at_key("belehrung", text);
    }
    for (key, liste, wert, was) in [
        ("einheit", umfeld.einheiten, &def.einheit, "Eine Einheit"),
        ("aktenplan", umfeld.aktenplan, &def.aktenplan, "Eine Position im Aktenplan"),
    ] {
        if !liste.is_empty() && !liste.contains(wert) {
            p.at_key(key, format!("{key}: {was} „{wert}“ gibt es nicht."));
        }
    }
    p.into_fehler()
}

/// The instruction on the remedy exists and fits the regime (§ 37 Abs. 6 VwVfG).
fn remedy(def: &Definition, b: &BescheidDef) -> Option<String> {
    match belehrung::in_kraft(&b.belehrung, def.gueltig_ab) {
        None => Some(format!(
            "bescheid: Eine Belehrung „{}“ gibt es am {} nicht (§ 37 Abs. 6 VwVfG).",
            b.belehrung, def.gueltig_ab
        )),
        Some(x) if !x.passt(&b.regime) => {
            Some(format!("bescheid: Die Belehrung „{}“ passt nicht zum Regime „{}“.", b.belehrung, b.regime))
        }
        Some(_) => None,
    }
}

/// The table must have the form, the recipients named must be in it, and every number that a
/// field carries must be one of the form's.
fn recipients(p: &mut Pruefer, s: &Schritt, law: &Law) {
    let def = p.def;
    let liste = match law.empfaenger(&s.tabelle, &s.formular, def.gueltig_ab) {
        Ok(liste) => liste,
        Err(e) => return p.at_entry("schritte", &s.id, "tabelle", format!("Schritt „{}“: {e}", s.id)),
    };
    for k in s.empfaenger_wenn.keys().filter(|k| !liste.iter().any(|e| e.stelle == **k)) {
        let text = format!("Schritt „{}“: Eine Stelle „{k}“ gibt es nicht.", s.id);
        p.at_entry("schritte", &s.id, "empfaenger_wenn", text);
    }
    let bekannt = |nummer: &str| liste.iter().any(|e| e.darf(nummer));
    for f in def.felder.iter().filter(|f| !f.nummer.is_empty() && !bekannt(&f.nummer)) {
        let text = format!("Feld „{}“: Die Nummer „{}“ bekommt keine Stelle.", f.id, f.nummer);
        p.at_entry("felder", &f.id, "nummer", text);
    }
}

/// A fee without an amount of its own needs a row in the table of the step.
fn fee(p: &mut Pruefer, s: &Schritt, g: &GebuehrDef, law: &Law) {
    let da = law.gebuehren().any(|z| z.tabelle == s.tabelle && z.tatbestand == g.tatbestand);
    if g.betrag.is_empty() && !da {
        let text = format!("Gebühr „{}“: Die Tabelle „{}“ kennt sie nicht.", g.tatbestand, s.tabelle);
        p.at_entry("gebuehren", &g.tatbestand, "tatbestand", text);
    }
}
