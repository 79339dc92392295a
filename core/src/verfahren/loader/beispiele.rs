//! The examples of a definition: inputs with the outcome its author expects.
//!
//! They are run whenever a folder is loaded, so that a definition never contradicts its examples.

use super::{Fehler, fehler, toml_error};
use crate::verfahren::definition::Definition;
use crate::verfahren::pruefung::{Befund, Roh, Sprache, pruefe_offen};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One file of `examples/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beispiel {
    /// What it shows, one sentence.
    pub titel: String,
    /// The town's date on which it is typed.
    pub heute: String,
    /// Field -> what is typed; several values for a choice of several.
    pub eingabe: BTreeMap<String, Eingabe>,
    /// Documents that come along.
    #[serde(default)]
    pub unterlagen: Vec<String>,
    /// Expected findings; none = the input is accepted.
    #[serde(default)]
    pub befunde: Vec<Erwartet>,
    /// Expected values after normalising, field -> value; fields not named are not compared.
    #[serde(default)]
    pub werte: BTreeMap<String, serde_json::Value>,
    /// Fields that must be dropped because they are not shown.
    #[serde(default)]
    pub entfallen: Vec<String>,
    /// Documents that are still asked for.
    #[serde(default)]
    pub fehlende_unterlagen: Option<Vec<String>>,
}

/// What is typed into one field.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Eingabe {
    Eins(String),
    Mehrere(Vec<String>),
}

/// A finding that must come: its field, and words its text contains.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erwartet {
    pub feld: String,
    #[serde(default)]
    pub enthaelt: String,
}

impl Beispiel {
    /// What is typed, as a form would send it.
    pub fn roh(&self) -> Roh {
        let werte = |e: &Eingabe| match e {
            Eingabe::Eins(s) => vec![s.clone()],
            Eingabe::Mehrere(v) => v.clone(),
        };
        self.eingabe.iter().map(|(k, v)| (k.clone(), werte(v))).collect()
    }
}

/// The examples of a folder, by file name. Errors: those that cannot be read.
pub fn examples(texte: &BTreeMap<&str, &str>) -> Result<Vec<(String, Beispiel)>, Vec<Fehler>> {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    for (pfad, text) in texte.iter().filter(|(p, _)| p.starts_with("examples/") && p.ends_with(".toml")) {
        match toml::from_str::<Beispiel>(text) {
            Ok(b) => out.push((pfad.to_string(), b)),
            Err(e) => errors.push(toml_error(pfad, text, &e)),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

/// Runs every example; at least one must be accepted.
pub(super) fn check(def: &Definition, texte: &BTreeMap<&str, &str>) -> Vec<Fehler> {
    let alle = match examples(texte) {
        Ok(v) => v,
        Err(e) => return e,
    };
    let mut errors: Vec<Fehler> = alle.iter().flat_map(|(pfad, b)| run(def, pfad, b)).collect();
    if !alle.iter().any(|(_, b)| b.befunde.is_empty()) {
        let text = "Es fehlt ein Beispiel in examples/, das angenommen wird (ohne [[befunde]]).";
        errors.push(fehler("examples", 1, text.into()));
    }
    errors
}

fn run(def: &Definition, pfad: &str, b: &Beispiel) -> Vec<Fehler> {
    let mut errors = Vec::new();
    let mut melde = |text: String| errors.push(fehler(pfad, 1, text));
    let Ok(heute) = b.heute.parse::<Date>() else {
        return vec![fehler(pfad, 1, "heute: Geben Sie ein Datum der Form 2026-01-31 an.".into())];
    };
    for id in b.eingabe.keys().filter(|id| def.feld(id).is_none()) {
        melde(format!("eingabe: Ein Feld „{id}“ gibt es nicht."));
    }
    let (geprueft, befunde) = pruefe_offen(def, &b.roh(), &b.unterlagen, heute, Sprache::De);
    let passt = |e: &Erwartet, f: &Befund| e.feld == f.feld && f.text.contains(&e.enthaelt);
    for e in b.befunde.iter().filter(|e| !befunde.iter().any(|f| passt(e, f))) {
        melde(format!("Erwartet war ein Befund zu „{}“ mit „{}“; er kam nicht.", e.feld, e.enthaelt));
    }
    for f in befunde.iter().filter(|f| !b.befunde.iter().any(|e| passt(e, f))) {
        melde(format!("Es kam ein Befund, den das Beispiel nicht erwartet: {}", f.text));
    }
    for (feld, wert) in &b.werte {
        if geprueft.felder.get(feld) != Some(wert) {
            let ist = geprueft.felder.get(feld).map_or("nichts".into(), |v| v.to_string());
            melde(format!("werte: „{feld}“ sollte {wert} sein, ist aber {ist}."));
        }
    }
    for feld in b.entfallen.iter().filter(|f| geprueft.felder.contains_key(*f)) {
        melde(format!("entfallen: „{feld}“ sollte entfallen, steht aber in den Werten."));
    }
    if b.fehlende_unterlagen.as_ref().is_some_and(|u| *u != geprueft.fehlende_unterlagen) {
        melde(format!("fehlende_unterlagen: es fehlen {:?}.", geprueft.fehlende_unterlagen));
    }
    errors
}
