//! The summary of a package for people: what lies in it, event by event, as a tagged PDF.
//!
//! Proves nothing itself and says so; the files beside it do.

use super::bau::{Auftrag, Beleg, Strom};
use super::inhalt::{Art, Dokument};
use crate::layout::zeitpunkt;
use akte_core::documents::notice::{self, Abschnitt, Absender, Bericht, Brief, Zeile};
use akte_core::execute::{ExecuteError, House};
use serde_json::Value;

/// Longest value printed; the whole stands in the files.
const WERT: usize = 400;
/// Characters of all values together: beyond, only sentences are printed.
const ALLES: usize = 900_000;

/// The PDF's bytes.
pub async fn zusammenfassung(
    house: &House,
    auftrag: &Auftrag,
    stroeme: &[Strom],
    dokumente: &[Dokument],
    ohne_tagesabschluss: bool,
) -> Result<Vec<u8>, ExecuteError> {
    let mut frei = ALLES;
    let mut abschnitte = vec![bewiesen(auftrag, ohne_tagesabschluss)];
    for s in stroeme {
        let reihe = |b: &Beleg, frei: &mut usize| {
            let werte = werte(auftrag, s, b, frei);
            vec![
                b.index.to_string(),
                zeitpunkt(&b.at, &house.stadt.zeitzone),
                b.akteur.clone(),
                format!("{}{werte}", b.satz),
            ]
        };
        abschnitte.push(Abschnitt {
            titel: s.bezeichnung.clone(),
            absaetze: vec![format!("{} Ereignisse, Kennung {}.", s.belege.len(), s.id)],
            kopf: ["Nr.", "Wann", "Wer", "Was"].map(Into::into).into(),
            breiten: vec![2, 4, 4, 14],
            reihen: s.belege.iter().map(|b| reihe(b, &mut frei)).collect(),
        });
    }
    abschnitte.push(liste(dokumente));
    let heute = house.clock.now().to_zoned(house.zone.clone()).date();
    let zeile = |label: &str, value: String| Zeile { label: label.into(), value };
    let ereignisse: usize = stroeme.iter().map(|s| s.belege.len()).sum();
    let az = auftrag.aktenzeichen.clone().unwrap_or_default();
    let bericht = Bericht {
        brief: Brief {
            stadt: Absender::from(&*house.stadt),
            aktenzeichen: az.clone(),
            datum: heute,
            betreff: format!(
                "{} zur Akte {}",
                auftrag.art.titel(),
                if az.is_empty() { "ohne Aktenzeichen" } else { &az }
            ),
            tabelle: vec![
                zeile("Titel der Akte", auftrag.titel.clone()),
                zeile("Ereignisse", ereignisse.to_string()),
                zeile("Dokumente", dokumente.iter().filter(|d| d.datei.is_some()).count().to_string()),
                zeile("Protokoll", house.log.clone()),
            ],
            ..Brief::default()
        },
        abschnitte,
    };
    pdf(serde_json::to_value(&bericht)).await
}

/// A report as PDF; rendered off the async threads.
pub async fn pdf(eingabe: Result<Value, serde_json::Error>) -> Result<Vec<u8>, ExecuteError> {
    let fault = |e: &dyn std::fmt::Display| ExecuteError::Fault(e.to_string());
    let eingabe = eingabe.map_err(|e| fault(&e))?;
    let fertig = tokio::task::spawn_blocking(move || {
        let vorlage = notice::template_by_name("bericht")?;
        Some(notice::render(&vorlage, &eingabe, &[]))
    });
    let fertig = fertig.await.map_err(|e| fault(&e))?.ok_or_else(|| ExecuteError::Fault("template bericht".into()))?;
    Ok(fertig.map_err(|e| fault(&e))?.pdf)
}

fn bewiesen(auftrag: &Auftrag, ohne_tagesabschluss: bool) -> Abschnitt {
    let mut absaetze = vec![
        "Dieses Blatt fasst das Paket für Menschen zusammen. Beweis sind die Dateien daneben; wie man sie ohne uns prüft, steht in LIESMICH.txt.".to_owned(),
        "Bewiesen ist, dass jedes Ereignis und jedes Dokument so im Protokoll der Stadt festgehalten wurde, in dieser Reihenfolge und spätestens zum Zeitpunkt des unterschriebenen Standes. Nicht bewiesen ist, dass wahr ist, was jemand eingetragen hat.".to_owned(),
    ];
    absaetze.push(match ohne_tagesabschluss {
        false => "Dass kein Ereignis fehlt, beweist der Tagesabschluss: Er nennt das letzte Ereignis jedes Stroms.".into(),
        true => "Einen Tagesabschluss gibt es noch nicht. Dass am Ende eines Stroms kein Ereignis fehlt, ist deshalb nicht bewiesen.".to_owned(),
    });
    if auftrag.art == Art::Akteneinsicht {
        absaetze.push("Angaben, die nicht offengelegt werden, fehlen mit ihrem Grund (geschwärzt). Dass sonst nichts geändert ist, lässt sich trotzdem nachprüfen.".into());
    }
    Abschnitt { titel: "Was dieses Paket beweist".into(), absaetze, ..Abschnitt::default() }
}

/// What an event shows and hides, a line each.
fn werte(auftrag: &Auftrag, s: &Strom, b: &Beleg, frei: &mut usize) -> String {
    let mut out = String::new();
    for (zeiger, wert) in b.werte.iter().filter(|(_, v)| !v.is_null()) {
        let text: String = in_worten(wert).chars().take(WERT).collect();
        if text.is_empty() || text.len() > *frei {
            continue;
        }
        *frei -= text.len();
        out.push_str(&format!("\n{}: {text}", &zeiger[1..]));
    }
    if !b.fehlend.is_empty() {
        out.push_str("\nEin Teil dieses Ereignisses wurde gelöscht; die Löschung liegt bei.");
    }
    for (zeiger, grund) in auftrag.schwaerzung.zu(s.id, b.seq).into_iter().flatten() {
        out.push_str(&format!("\n{}: geschwärzt ({grund})", &zeiger[1..]));
    }
    out
}

/// A value as people read it; a document by its kind.
pub fn in_worten(v: &Value) -> String {
    match v {
        Value::String(s) => s.clone(),
        Value::Bool(true) => "ja".into(),
        Value::Bool(false) => "nein".into(),
        Value::Null => String::new(),
        Value::Array(a) => a.iter().map(in_worten).collect::<Vec<_>>().join("; "),
        Value::Object(o) if o.contains_key("dsalt") => {
            format!("Dokument ({}, {} Byte)", in_worten(&o["media"]), in_worten(&o["len"]))
        }
        Value::Object(o) => o.iter().map(|(k, v)| format!("{k} {}", in_worten(v))).collect::<Vec<_>>().join(", "),
        Value::Number(n) => n.to_string(),
    }
}

fn liste(dokumente: &[Dokument]) -> Abschnitt {
    let reihe = |d: &Dokument| {
        let wo = d.datei.clone().unwrap_or_else(|| format!("nicht im Paket: {}", d.fehlt));
        vec![d.name.clone(), wo, d.wert.len.to_string(), d.stelle.to_string()]
    };
    Abschnitt {
        titel: "Dokumente".into(),
        absaetze: if dokumente.is_empty() {
            vec!["Zu diesen Ereignissen gehört kein Dokument.".into()]
        } else {
            vec![]
        },
        kopf: ["Name", "Datei", "Byte", "Ereignis"].map(Into::into).into(),
        breiten: vec![9, 7, 3, 3],
        reihen: dokumente.iter().map(reihe).collect(),
    }
}
