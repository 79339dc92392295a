//! Whether what a definition names outside itself exists: rules, tables, recipients, unit, Aktenplan.
//!
//! Those belong to the law data and to the town, so the loader cannot know them alone.

use super::{Fehler, HAUPTDATEI, fehler};
use crate::recht::Law;
use crate::verfahren::definition::{Definition, GebuehrDef, Schritt, Schrittart};

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
    let mut texte = Vec::new();
    for f in def.fristen.iter().filter(|f| !umfeld.law.regeln().any(|r| r == f.regel)) {
        texte.push(format!("Frist „{}“: Eine Regel „{}“ gibt es nicht.", f.id, f.regel));
    }
    for s in &def.schritte {
        match s.art {
            Schrittart::Uebermitteln => texte.extend(recipients(def, s, umfeld.law)),
            Schrittart::Gebuehr => texte.extend(def.gebuehren.iter().filter_map(|g| fee(s, g, umfeld.law))),
            _ => {}
        }
    }
    for (liste, wert, was) in [
        (umfeld.einheiten, &def.einheit, "Eine Einheit"),
        (umfeld.aktenplan, &def.aktenplan, "Eine Position im Aktenplan"),
    ] {
        if !liste.is_empty() && !liste.contains(wert) {
            texte.push(format!("{was} „{wert}“ gibt es nicht."));
        }
    }
    texte.into_iter().map(|t| fehler(&format!("{}/{HAUPTDATEI}", def.id), 1, t)).collect()
}

/// The table must have the form, the recipients named must be in it, and every number that a
/// field carries must be one of the form's.
fn recipients(def: &Definition, s: &Schritt, law: &Law) -> Vec<String> {
    let liste = match law.empfaenger(&s.tabelle, &s.formular, def.gueltig_ab) {
        Ok(liste) => liste,
        Err(e) => return vec![format!("Schritt „{}“: {e}", s.id)],
    };
    let fremd = s.empfaenger_wenn.keys().filter(|k| !liste.iter().any(|e| e.stelle == **k));
    let mut out: Vec<String> = fremd.map(|k| format!("Schritt „{}“: Eine Stelle „{k}“ gibt es nicht.", s.id)).collect();
    let bekannt = |nummer: &str| liste.iter().any(|e| e.darf(nummer));
    for f in def.felder.iter().filter(|f| !f.nummer.is_empty() && !bekannt(&f.nummer)) {
        out.push(format!("Feld „{}“: Die Nummer „{}“ bekommt keine Stelle.", f.id, f.nummer));
    }
    out
}

/// A fee without an amount of its own needs a row in the table of the step.
fn fee(s: &Schritt, g: &GebuehrDef, law: &Law) -> Option<String> {
    let da = law.gebuehren().any(|z| z.tabelle == s.tabelle && z.tatbestand == g.tatbestand);
    (g.betrag.is_empty() && !da)
        .then(|| format!("Gebühr „{}“: Die Tabelle „{}“ kennt sie nicht.", g.tatbestand, s.tabelle))
}
