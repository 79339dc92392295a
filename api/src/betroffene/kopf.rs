//! What an answer says of each thing before its events: purpose, legal basis, retention, source, recipients
//! (Art. 15 (1) a, c, d, g, h DSGVO).
//!
//! Gathers nothing.

use crate::clerk::postbuch::stand;
use akte_core::akte::Akte;
use akte_core::eingang::Eingang;
use akte_core::execute::House;
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::{Status, Vorgang};
use serde_json::{Map, Value, json};

/// Of what belongs to no procedure with a definition of its own.
const AUFGABE: &str = "Art. 6 Abs. 1 Buchst. e DSGVO mit der Aufgabe der zuständigen Einheit";

/// Of a procedure.
pub fn vorgang(v: &Vorgang, def: Option<&Definition>) -> Map<String, Value> {
    let frist = match (v.aufbewahrung_bis, def) {
        (Some(bis), _) => json!({ "bis": bis.to_string(), "regel": "Ende der Aufbewahrung, berechnet beim Abschluss" }),
        (None, Some(d)) => json!({ "bis": null,
            "regel": format!("{} Jahre nach dem Ende des Kalenderjahrs, in dem der Vorgang abgeschlossen ist", d.aufbewahrung.jahre) }),
        (None, None) => json!({ "bis": null, "regel": "richtet sich nach dem Aktenplan" }),
    };
    let automatisch = def.is_some_and(|d| d.automatisierung.voll);
    let mut out = Map::new();
    out.insert("aktenzeichen".into(), json!(v.aktenzeichen));
    out.insert("zweck".into(), json!(def.map_or_else(|| v.leistung.clone(), |d| d.titel.de.clone())));
    out.insert("rechtsgrundlage".into(), json!(def.map(|d| d.rechtsgrundlage.clone()).unwrap_or_default()));
    out.insert("stand".into(), json!(if v.status == Status::Leer { "" } else { v.status.wort() }));
    out.insert("herkunft".into(), json!(v.kanal.map(|k| k.wort())));
    out.insert("aufbewahrung".into(), frist);
    out.insert("automatisierte_entscheidung".into(), json!(automatisch));
    out
}

/// Whom the data were told, with what and when.
pub fn empfaenger(v: &Vorgang, def: Option<&Definition>, ereignisse: &[Value]) -> Vec<Value> {
    let label = |id: &String| def.and_then(|d| d.feld(id)).map_or_else(|| id.clone(), |f| f.label.de.clone());
    let gesendet = |stelle: &str| {
        let hit = ereignisse.iter().find(|e| e["art"] == "uebermittlung.sent.v1" && e["angaben"]["/stelle"] == stelle);
        hit.map(|e| e["am"].clone())
    };
    let mut out: Vec<Value> = v
        .uebermittlungen
        .iter()
        .map(|u| {
            json!({ "stelle": u.stelle, "rechtsgrundlage": u.rechtsgrundlage, "stand": u.stand, "am": gesendet(&u.stelle),
                "angaben": u.felder.iter().map(label).collect::<Vec<_>>() })
        })
        .collect();
    if let Some(a) = &v.abgabe {
        out.push(json!({ "stelle": a.stelle, "stand": a.stand, "angaben": ["der ganze Antrag"] }));
    }
    out
}

/// Who saw a file or took it over, as its own events say it.
pub fn gesehen(ereignisse: &[Value]) -> Vec<Value> {
    let einer = |e: &Value| {
        let (stelle, grundlage, was) = match e["art"].as_str()? {
            "akteneinsicht.granted.v1" => {
                let an = e["angaben"]["/an"].as_str().unwrap_or("eine beteiligte Person (Name verdeckt)");
                (an.to_owned(), "Akteneinsicht (§ 29 VwVfG)", "Teile der Akte")
            }
            "aussonderung.imported.v1" => ("Archiv".to_owned(), "Übernahme (§ 6 LArchG)", "die ganze Akte"),
            _ => return None,
        };
        Some(json!({ "stelle": stelle, "rechtsgrundlage": grundlage, "am": e["am"], "angaben": [was] }))
    };
    ereignisse.iter().filter_map(einer).collect()
}

/// Of a file that holds no procedure.
pub fn akte(house: &House, a: &Akte) -> Map<String, Value> {
    let zweck = format!("Schriftgut der Einheit {}, Position {}", house.stadt.einheit(&a.einheit), a.aktenplan);
    let stand = match (a.ende(), a.geschlossen) {
        (Some(ende), _) => ende,
        (None, true) => "abgeschlossen",
        (None, false) => "offen",
    };
    let bis = a.aufbewahrung_bis.map(|d| d.to_string());
    let frist = json!({ "bis": bis, "regel": "richtet sich nach dem Aktenplan" });
    ohne_vorgang(a.aktenzeichen.as_deref(), &zweck, stand, None, frist)
}

/// Of an entry of the post book.
pub fn eingang(house: &House, e: &Eingang) -> Map<String, Value> {
    let zweck = format!("Postbuch der Einheit {}", house.stadt.einheit(&e.einheit));
    let frist =
        json!({ "bis": null, "regel": "wie die Akte, der er zugeordnet ist; sonst, solange er im Postbuch steht" });
    let mut out = ohne_vorgang(None, &zweck, stand(e.stand.code()), e.kanal.map(|k| k.wort()), frist);
    out.insert("eingegangen".into(), json!(e.received_at.map(|t| t.to_string())));
    out
}

fn ohne_vorgang(
    aktenzeichen: Option<&str>,
    zweck: &str,
    stand: &str,
    herkunft: Option<&str>,
    frist: Value,
) -> Map<String, Value> {
    let Value::Object(out) = json!({ "aktenzeichen": aktenzeichen, "zweck": zweck, "rechtsgrundlage": [AUFGABE],
        "stand": stand, "herkunft": herkunft, "aufbewahrung": frist, "automatisierte_entscheidung": false })
    else {
        return Map::new();
    };
    out
}
