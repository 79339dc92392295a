//! From what somebody typed to values a definition accepts, or to findings that name the remedy.
//!
//! Never changes or keeps the raw input: findings come beside it, so that nothing typed is lost.
//! Missing documents are no finding: an application within competence is accepted (§ 24 Abs. 3
//! VwVfG) and the documents are asked for afterwards.

mod benannt;
mod ort;
mod werte;

use super::bedingung::{Bedingung, Werte, is_set};
use super::definition::{Definition, Feld, Feldtyp};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub use super::sprache::{Sprache, text};
pub use benannt::PRUEFUNGEN;

/// What a form sent: field id -> its values in order. Keys that are no field are ignored.
pub type Roh = BTreeMap<String, Vec<String>>;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Befund {
    /// Field id; for a document `unterlage:<id>`.
    pub feld: String,
    /// Names the field, the problem and the remedy. Never repeats free text that was typed.
    pub text: String,
    /// Number on the statutory form, for example `Feld 8`; may be empty.
    pub norm: String,
}

/// Normalised values: strings, integers (cents for amounts), booleans, arrays of strings; dates
/// as `YYYY-MM-DD`. Fields that are empty or not shown are absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Geprueft {
    pub felder: Werte,
    /// Ids of documents that are required and not there yet: asked for later, never a refusal.
    pub fehlende_unterlagen: Vec<String>,
}

/// What is wrong with one value: German and English, each problem and remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mangel {
    de: String,
    en: String,
}

pub(crate) fn mangel(de: impl Into<String>, en: impl Into<String>) -> Mangel {
    Mangel { de: de.into(), en: en.into() }
}

/// Checks a whole form. `unterlagen_ids` = documents that came along, `heute` = the town's date.
///
/// Errors: all findings at once, in the order of the form.
pub fn pruefe(
    def: &Definition,
    roh: &Roh,
    unterlagen_ids: &[String],
    heute: Date,
    sprache: Sprache,
) -> Result<Geprueft, Vec<Befund>> {
    let (geprueft, befunde) = pruefe_offen(def, roh, unterlagen_ids, heute, sprache);
    if befunde.is_empty() { Ok(geprueft) } else { Err(befunde) }
}

/// The same, for drafts and for the counter: what is right and what is wrong side by side.
pub fn pruefe_offen(
    def: &Definition,
    roh: &Roh,
    unterlagen_ids: &[String],
    heute: Date,
    sprache: Sprache,
) -> (Geprueft, Vec<Befund>) {
    let mut felder = Werte::new();
    let mut maengel: BTreeMap<&str, Mangel> = BTreeMap::new();
    let mut gezeigt: BTreeSet<&str> = BTreeSet::new();
    for i in reihenfolge(def).unwrap_or_else(|_| (0..def.felder.len()).collect()) {
        let feld = &def.felder[i];
        if !is_shown(def, feld, &felder) {
            continue;
        }
        gezeigt.insert(&feld.id);
        match werte::lies(feld, roh.get(&feld.id).map_or(&[], Vec::as_slice), heute) {
            Ok(Some(v)) => {
                felder.insert(feld.id.clone(), v);
            }
            Ok(None) => {}
            Err(m) => {
                maengel.insert(&feld.id, m);
            }
        }
    }
    for feld in def.felder.iter().filter(|f| !f.nicht_vor.is_empty()) {
        if let Some(m) = def.feld(&feld.nicht_vor).and_then(|anfang| zu_frueh(anfang, feld, &felder)) {
            maengel.insert(&feld.id, m);
        }
    }
    for feld in def.felder.iter().filter(|f| gezeigt.contains(f.id.as_str())) {
        let leer = !felder.contains_key(&feld.id) && !maengel.contains_key(feld.id.as_str());
        if leer && super::bedingung::holds(&feld.pflicht_wenn, &felder, false) {
            maengel.insert(&feld.id, fehlt(feld));
        }
    }
    let mut befunde = Vec::new();
    for feld in &def.felder {
        if let Some(m) = maengel.get(feld.id.as_str()) {
            befunde.push(befund(feld, m, sprache));
        }
    }
    befunde.extend(fremde_unterlagen(def, unterlagen_ids, sprache));
    let fehlende_unterlagen = missing_unterlagen(def, &felder, unterlagen_ids);
    (Geprueft { felder, fehlende_unterlagen }, befunde)
}

/// One field alone, as it was typed: its value, `None` where nothing was, or what is wrong with it.
pub fn einzeln(feld: &Feld, roh: &[String], heute: Date, sprache: Sprache) -> Result<Option<Value>, Befund> {
    werte::lies(feld, roh, heute).map_err(|m| befund(feld, &m, sprache))
}

/// That this field wants a value.
pub fn fehlend(feld: &Feld, sprache: Sprache) -> Befund {
    befund(feld, &fehlt(feld), sprache)
}

/// That the day in this field lies before the one in `anfang`, where both are known.
pub fn vor_dem(feld: &Feld, anfang: &Feld, felder: &Werte, sprache: Sprache) -> Option<Befund> {
    zu_frueh(anfang, feld, felder).map(|m| befund(feld, &m, sprache))
}

/// Ids of required documents that did not come.
pub fn missing_unterlagen(def: &Definition, felder: &Werte, da: &[String]) -> Vec<String> {
    def.unterlagen
        .iter()
        .filter(|u| super::bedingung::holds(&u.pflicht_wenn, felder, false) && !da.contains(&u.id))
        .map(|u| u.id.clone())
        .collect()
}

/// Whether the field is shown, given the values known so far: its page and itself.
pub fn is_shown(def: &Definition, feld: &Feld, felder: &Werte) -> bool {
    let seite = def.gruppen.iter().find(|g| g.id == feld.gruppe).map_or("", |g| g.wenn.as_str());
    super::bedingung::holds(seite, felder, false) && super::bedingung::holds(&feld.zeigen_wenn, felder, false)
}

/// A value as people read it on check pages and notices: dates `31.12.2026`, amounts `12,34 EUR`,
/// choices by their label. `None` if there is nothing to show ("keine Angabe").
pub fn lesbar(feld: &Feld, wert: Option<&Value>, sprache: Sprache) -> Option<String> {
    let wert = wert.filter(|v| is_set(v))?;
    let label = |w: &str| {
        feld.optionen.iter().find(|o| o.wert == w).map_or_else(|| w.to_owned(), |o| text(&o.label, sprache).to_owned())
    };
    Some(match (feld.typ, wert) {
        (Feldtyp::JaNein, Value::Bool(b)) => match (b, sprache) {
            (true, Sprache::En) => "yes".into(),
            (false, Sprache::En) => "no".into(),
            (true, _) => "ja".into(),
            (false, _) => "nein".into(),
        },
        (Feldtyp::Datum, Value::String(s)) => match s.parse::<Date>() {
            Ok(d) => format!("{:02}.{:02}.{:04}", d.day(), d.month(), d.year()),
            Err(_) => s.clone(),
        },
        (Feldtyp::Betrag, Value::Number(n)) => {
            let cent = n.as_i64().unwrap_or_default();
            let komma = if sprache == Sprache::En { '.' } else { ',' };
            format!("{}{komma}{:02} EUR", cent / 100, cent % 100)
        }
        (_, Value::String(s)) => label(s),
        (_, Value::Array(a)) => a.iter().filter_map(Value::as_str).map(label).collect::<Vec<_>>().join(", "),
        (_, v) => v.to_string(),
    })
}

/// Field indices so that each comes after the fields that decide whether it is shown.
///
/// Errors: the ids of fields whose conditions wait for each other in a circle.
pub fn reihenfolge(def: &Definition) -> Result<Vec<usize>, Vec<String>> {
    let wartet_auf: Vec<BTreeSet<String>> = def.felder.iter().map(|f| sichtbarkeit(def, f)).collect();
    let mut fertig: BTreeSet<&str> = BTreeSet::new();
    let bekannt: BTreeSet<&str> = def.felder.iter().map(|f| f.id.as_str()).collect();
    let (mut folge, mut offen) = (Vec::new(), (0..def.felder.len()).collect::<Vec<_>>());
    while !offen.is_empty() {
        let (bereit, rest): (Vec<_>, Vec<_>) = offen
            .into_iter()
            .partition(|i| wartet_auf[*i].iter().all(|w| fertig.contains(w.as_str()) || !bekannt.contains(w.as_str())));
        if bereit.is_empty() {
            return Err(rest.into_iter().map(|i| def.felder[i].id.clone()).collect());
        }
        fertig.extend(bereit.iter().map(|i| def.felder[*i].id.as_str()));
        folge.extend(bereit);
        offen = rest;
    }
    Ok(folge)
}

/// Ids of the fields that decide whether this one is shown.
fn sichtbarkeit(def: &Definition, feld: &Feld) -> BTreeSet<String> {
    let seite = def.gruppen.iter().find(|g| g.id == feld.gruppe).map_or("", |g| g.wenn.as_str());
    [seite, feld.zeigen_wenn.as_str()]
        .iter()
        .filter_map(|t| Bedingung::parse(t).ok())
        .flat_map(|b| b.fields().into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn befund(feld: &Feld, m: &Mangel, sprache: Sprache) -> Befund {
    let label = text(&feld.label, sprache);
    // The German sentences are short and name one remedy: Leichte Sprache takes them as they are.
    let was = if sprache == Sprache::En { &m.en } else { &m.de };
    let norm = match (feld.nummer.is_empty(), sprache) {
        (true, _) => String::new(),
        (false, Sprache::En) => format!("field {}", feld.nummer),
        (false, _) => format!("Feld {}", feld.nummer),
    };
    Befund { feld: feld.id.clone(), text: format!("{label}: {was}"), norm }
}

fn fremde_unterlagen(def: &Definition, ids: &[String], sprache: Sprache) -> Vec<Befund> {
    ids.iter()
        .filter(|id| *id != "sonstige" && !def.unterlagen.iter().any(|u| u.id == **id))
        .map(|id| Befund {
            feld: format!("unterlage:{id}"),
            text: match sprache {
                Sprache::En => "Document: unknown kind for this service. Choose \"Other document\".".into(),
                _ => "Unterlage: Diese Art Unterlage gibt es hier nicht. Wählen Sie „Sonstige Unterlage“.".into(),
            },
            norm: String::new(),
        })
        .collect()
}

/// The date lies before the one it must not lie before; dates are written so that text order is time order.
fn zu_frueh(anfang: &Feld, feld: &Feld, felder: &Werte) -> Option<Mangel> {
    let tag = |id: &str| felder.get(id).and_then(Value::as_str);
    (tag(&feld.id)? < tag(&anfang.id)?).then(|| {
        mangel(
            format!("Dieser Tag liegt vor „{}“. Geben Sie denselben oder einen späteren Tag an.", anfang.label.de),
            format!("this day is before \"{}\". Enter the same or a later day.", text(&anfang.label, Sprache::En)),
        )
    })
}

fn fehlt(feld: &Feld) -> Mangel {
    match feld.typ {
        Feldtyp::Ort => mangel(
            "Der Ort fehlt. Geben Sie Straße und Hausnummer, eine Beschreibung oder Koordinaten an.",
            "the place is missing. Enter street and number, a description or coordinates.",
        ),
        Feldtyp::Datum => mangel(
            "Das Datum fehlt. Geben Sie es so an: 31.12.1990.",
            "the date is missing. Enter it like this: 31.12.1990 (day, month, year).",
        ),
        Feldtyp::JaNein => mangel("Die Antwort fehlt. Wählen Sie „Ja“ oder „Nein“.", "no answer. Choose yes or no."),
        Feldtyp::Auswahl => {
            mangel("Die Auswahl fehlt. Wählen Sie eine der Möglichkeiten.", "no choice. Choose one of the options.")
        }
        Feldtyp::Mehrfachauswahl => mangel(
            "Die Auswahl fehlt. Wählen Sie mindestens eine der Möglichkeiten.",
            "no choice. Choose at least one of the options.",
        ),
        Feldtyp::Betrag => {
            mangel("Der Betrag fehlt. Geben Sie ihn so an: 12,34.", "the amount is missing. Enter it like this: 12.34.")
        }
        Feldtyp::Zahl => {
            mangel("Die Zahl fehlt. Geben Sie eine ganze Zahl an.", "the number is missing. Enter a whole number.")
        }
        _ => mangel("Diese Angabe fehlt. Füllen Sie das Feld aus.", "this value is missing. Fill in the field."),
    }
}

#[cfg(test)]
mod tests;
