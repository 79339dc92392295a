//! A state as lines of label and value, so that any two of them can be laid side by side.
//!
//! Knows no room: a member of the state becomes a line, whatever it is called; those with a name in the town's words
//! get it from the table, the others keep their own.

use crate::layout::datum;
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::pruefung::{Sprache, lesbar};
use serde_json::Value;
use std::collections::BTreeMap;

/// Member of a state -> what it is called.
const NAMEN: &[(&str, &str)] = &[
    ("aktenplan", "Aktenplan"),
    ("aktenzeichen", "Aktenzeichen"),
    ("titel", "Titel"),
    ("einheit", "Führende Einheit"),
    ("geschlossen", "Geschlossen"),
    ("aufbewahrung_bis", "Aufbewahren bis"),
    ("vorgang", "Vorgang"),
    ("dokumente", "Dokumente"),
    ("berichtigungen", "Berichtigung"),
    ("status", "Stand"),
    ("leistung", "Leistung"),
    ("zugewiesen_an", "Bearbeitung"),
    ("eingang_am", "Eingang"),
    ("kanal", "Weg"),
    ("felder", "Angabe"),
    ("fristen", "Frist"),
    ("gebuehren", "Gebühr"),
    ("vermerke", "Vermerk"),
    ("bescheid", "Bescheid"),
    ("bekanntgabe", "Bekannt gegeben am"),
    ("bestandskraft_am", "Bestandskräftig seit"),
    ("uebermittlungen", "Übermittlung"),
    ("unterlagen", "Unterlagen"),
    ("fehlend", "Fehlende Unterlagen"),
    ("rollen", "Rollen"),
    ("gesperrt", "Gesperrt"),
    ("angelegt", "Angelegt"),
    ("name", "Name"),
    ("login", "Anmeldename"),
    ("vertretungen", "Vertretung"),
    ("begruendung", "Begründung"),
    ("tenor", "Entscheidung"),
    ("dateiname", "Dateiname"),
    ("richtung", "Richtung"),
    ("version", "Fassung"),
    ("end", "Ende"),
    ("stand", "Stand"),
    ("text", "Text"),
    ("storniert", "Gestrichen"),
    ("durch", "durch"),
    ("von", "von"),
    ("bis", "bis"),
    ("metadaten", "Metadaten"),
    ("schema", "Schema"),
    ("vertraulichkeit", "Vertraulichkeit"),
    ("schlagworte", "Schlagworte"),
    ("bemerkung", "Bemerkung"),
    ("altes_zeichen", "Früheres Aktenzeichen"),
    ("laufzeit_von", "Laufzeit von"),
    ("laufzeit_bis", "Laufzeit bis"),
];
/// Members that are bookkeeping of the fold and nobody's fact.
const OHNE: [&str; 9] =
    ["seq", "vorher", "vor_zuteilung", "position", "definition", "antragsteller", "dsalt", "ref", "schema_sha256"];
/// Members by which an element of a list is known again.
const KENNUNG: [&str; 8] = ["id", "frist", "zeile", "stelle", "rolle", "unterlage", "durch", "fassung"];

/// Path -> value in words. `name` gives ids their words.
pub fn zeilen(v: &Value, def: Option<&Definition>, name: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    sammeln(v, String::new(), def, name, &mut out);
    out
}

fn sammeln(
    v: &Value,
    pfad: String,
    def: Option<&Definition>,
    name: &dyn Fn(&str) -> Option<String>,
    out: &mut BTreeMap<String, String>,
) {
    match v {
        Value::Object(o) if o.contains_key("dsalt") => {
            let digest = o.get("digest").and_then(Value::as_str).unwrap_or_default();
            let pruef: String = digest.chars().take(12).collect();
            let text = |k: &str| o.get(k).map(ToString::to_string).unwrap_or_default().trim_matches('"').to_owned();
            out.insert(pfad, format!("Dokument ({}, {} Byte, {pruef})", text("media"), text("len")));
        }
        Value::Object(o) => {
            for (k, w) in o.iter().filter(|(k, _)| !OHNE.contains(&k.as_str())) {
                let feld = def.filter(|_| pfad == "felder").and_then(|d| d.feld(k));
                let neu = if pfad.is_empty() { k.clone() } else { format!("{pfad}/{k}") };
                match feld {
                    Some(feld) => drop(out.insert(neu, lesbar(feld, Some(w), Sprache::De).unwrap_or_default())),
                    None => sammeln(w, neu, def, name, out),
                }
            }
        }
        Value::Array(a) => liste(a, pfad, def, name, out),
        einfach => {
            let text = einfaches(einfach, name);
            if !text.is_empty() {
                out.insert(pfad, text);
            }
        }
    }
}

/// Elements that are known again by what they call themselves; plain values are one line together.
fn liste(
    a: &[Value],
    pfad: String,
    def: Option<&Definition>,
    name: &dyn Fn(&str) -> Option<String>,
    out: &mut BTreeMap<String, String>,
) {
    if a.iter().all(|v| !v.is_object() && !v.is_array()) {
        let worte: Vec<String> = a.iter().map(|v| einfaches(v, name)).collect();
        if !worte.is_empty() {
            out.insert(pfad, worte.join(", "));
        }
        return;
    }
    for (n, v) in a.iter().enumerate() {
        let kennung = KENNUNG.iter().find_map(|k| v.get(k).filter(|w| !w.is_null()));
        let kennung = kennung.map_or_else(|| (n + 1).to_string(), |w| einfaches(w, &|_| None));
        sammeln(v, format!("{pfad}/{kennung}"), def, name, out);
    }
}

fn einfaches(v: &Value, name: &dyn Fn(&str) -> Option<String>) -> String {
    match v {
        Value::Null => String::new(),
        Value::Bool(true) => "ja".into(),
        Value::Bool(false) => "nein".into(),
        Value::String(s) => match s.parse::<jiff::civil::Date>() {
            Ok(d) if s.len() == 10 => datum(&d),
            _ => name(s).unwrap_or_else(|| s.clone()),
        },
        other => other.to_string(),
    }
}

/// The label of a path: its members by their names, fields by the service's.
pub fn beschriftung(pfad: &str, def: Option<&Definition>) -> String {
    let mut teile = pfad.split('/');
    let erstes = teile.next().unwrap_or_default();
    let wort =
        |t: &str| NAMEN.iter().find(|(k, _)| *k == t).map_or_else(|| t.replace('_', " "), |(_, w)| (*w).to_owned());
    let rest: Vec<String> = teile
        .map(|t| match def.filter(|_| erstes == "felder").and_then(|d| d.feld(t)) {
            Some(feld) => feld.label.de.clone(),
            None if t.parse::<uuid::Uuid>().is_ok() => t.chars().take(8).collect(),
            None => wort(t),
        })
        .collect();
    match (erstes, rest.is_empty()) {
        ("felder", false) => rest.join(", "),
        (_, true) => wort(erstes),
        _ => format!("{}: {}", wort(erstes), rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_state_becomes_lines_that_keep_their_place_when_a_list_grows() {
        let v = json!({ "titel": "A", "seq": 4, "geschlossen": false, "rollen": ["x", "y"],
            "fristen": [{ "frist": "u", "end": "2026-12-01" }, { "frist": "v", "end": "2026-12-02" }] });
        let z = zeilen(&v, None, &|_| None);
        assert_eq!(z["titel"], "A");
        assert_eq!((z["rollen"].as_str(), z["geschlossen"].as_str()), ("x, y", "nein"));
        assert_eq!(z["fristen/v/end"], "02.12.2026");
        assert!(!z.contains_key("seq"));
        assert_eq!(beschriftung("fristen/v/end", None), "Frist: v, Ende");
        assert_eq!(beschriftung("aufbewahrung_bis", None), "Aufbewahren bis");
    }
}
