//! The answer to a person on paper: what Art. 15 (1) DSGVO asks, procedure by procedure.
//!
//! Says nothing the machine-readable report does not say.

use super::Auskunft;
use crate::layout::zeitpunkt;
use crate::paket::bericht::in_worten;
use akte_core::documents::notice::{Abschnitt, Absender, Bericht, Brief};
use akte_core::execute::House;
use jiff::Timestamp;
use serde_json::Value;

/// Longest value printed; the whole stands in the machine-readable report.
const WERT: usize = 600;
/// Events or reads of one procedure on paper.
const REIHEN: usize = 1_500;

/// What the template is given.
pub fn bericht(house: &House, a: &Auskunft) -> Bericht {
    let zone = &house.stadt.zeitzone;
    let leer = Vec::new();
    let vorgaenge = a.json["vorgaenge"].as_array().unwrap_or(&leer);
    let mut abschnitte: Vec<Abschnitt> = vorgaenge.iter().flat_map(|v| vorgang(v, zone)).collect();
    abschnitte.push(rechte(house));
    let person = in_worten(&a.json["person"]);
    Bericht {
        brief: Brief {
            stadt: Absender::from(&*house.stadt),
            empfaenger: vec![person.chars().take(80).collect()],
            datum: house.clock.now().to_zoned(house.zone.clone()).date(),
            betreff: "Auskunft über Ihre gespeicherten Daten (Art. 15 DSGVO)".into(),
            absaetze: vec![
                format!(
                    "Sie haben gefragt, was wir über Sie gespeichert haben. Wir haben {} Vorgänge, Akten und Eingänge mit {} Ereignissen gefunden, die Sie betreffen.",
                    vorgaenge.len(),
                    a.ereignisse
                ),
                format!(
                    "{} Angaben sind verdeckt, weil sie andere Personen betreffen oder betreffen können (Art. 15 Abs. 4 DSGVO) oder weil sie in Quarantäne liegen. Darunter sind {} Schriftstücke der Akten. Dieselbe Auskunft liegt als Datei auskunft.json bei; Dokumente liegen im Ordner dokumente.",
                    a.verdeckt.len(),
                    a.verdeckte_dokumente
                ),
            ],
            ..Brief::default()
        },
        abschnitte,
    }
}

fn vorgang(v: &Value, zone: &str) -> Vec<Abschnitt> {
    let text = |k: &str| in_worten(&v[k]);
    let liste = |k: &str| v[k].as_array().map(Vec::as_slice).unwrap_or_default();
    let az = match (v["aktenzeichen"].as_str(), v["eingegangen"].is_null()) {
        (Some(az), _) => format!("{} {az}", text("sache")),
        (None, true) => format!("{} ohne Aktenzeichen", text("sache")),
        (None, false) => format!("{} vom {}", text("sache"), zeit(&v["eingegangen"], zone)),
    };
    let herkunft = if v["herkunft"].is_null() { "nicht verzeichnet".to_owned() } else { text("herkunft") };
    let automatisch = if v["automatisierte_entscheidung"] == true { "ja" } else { "nein" };
    let frist = match v["aufbewahrung"]["bis"].as_str() {
        Some(bis) => format!("Aufbewahrt bis {bis}."),
        None => format!("Aufbewahrt: {}.", in_worten(&v["aufbewahrung"]["regel"])),
    };
    let eckdaten = vec![
        format!("Zweck: {}. Rechtsgrundlage: {}.", text("zweck"), text("rechtsgrundlage")),
        format!("Stand: {}. Woher die Angaben kommen: {}.", text("stand"), herkunft),
        format!("{frist} Allein automatisch entschieden: {automatisch}."),
    ];
    let kopf = |t: &[&str]| t.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let am = |v: &Value| zeit(&v["am"], zone);
    let stelle =
        |e: &Value| vec![in_worten(&e["stelle"]), in_worten(&e["rechtsgrundlage"]), in_worten(&e["angaben"]), am(e)];
    let gelesen = |z: &Value| vec![am(z), in_worten(&z["wer"]), in_worten(&z["was"]), in_worten(&z["zweck"])];
    let empfaenger = liste("empfaenger");
    let reads = liste("lesezugriffe");
    let ereignisse = liste("ereignisse");
    vec![
        Abschnitt { titel: az.clone(), absaetze: eckdaten, ..Abschnitt::default() },
        Abschnitt {
            titel: format!("{az}: Wer die Angaben bekommen hat"),
            absaetze: keine(empfaenger, "Dazu ist nichts verzeichnet."),
            kopf: kopf(&["Stelle", "Rechtsgrundlage", "Angaben", "Wann"]),
            breiten: vec![4, 4, 6, 3],
            reihen: empfaenger.iter().map(stelle).collect(),
        },
        Abschnitt {
            titel: format!("{az}: Was gespeichert ist"),
            absaetze: auszug(ereignisse),
            kopf: kopf(&["Nr.", "Wann", "Was"]),
            breiten: vec![2, 4, 16],
            reihen: ereignisse.iter().take(REIHEN).map(|e| vec![in_worten(&e["nr"]), am(e), angaben(e)]).collect(),
        },
        Abschnitt {
            titel: format!("{az}: Wer es gelesen hat"),
            absaetze: gelesen_saetze(reads, v["weitere_lesezugriffe"].as_u64().unwrap_or_default()),
            kopf: kopf(&["Wann", "Wer", "Was", "Zweck"]),
            breiten: vec![4, 5, 3, 6],
            reihen: reads.iter().take(REIHEN).map(gelesen).collect(),
        },
    ]
}

fn keine(liste: &[Value], satz: &str) -> Vec<String> {
    if liste.is_empty() { vec![satz.to_owned()] } else { Vec::new() }
}

/// That the paper holds less than the file.
fn auszug(liste: &[Value]) -> Vec<String> {
    let mehr = liste.len() > REIHEN;
    mehr.then(|| format!("Die ersten {REIHEN}; alle stehen in auskunft.json.")).into_iter().collect()
}

fn gelesen_saetze(reads: &[Value], weitere: u64) -> Vec<String> {
    let leer = keine(reads, "In den letzten sechs Monaten ist kein Lesezugriff verzeichnet. Ältere sind gelöscht.");
    let mehr = match weitere {
        0 => None,
        n => Some(format!("Dazu kommen {n} ältere Lesezugriffe, die nicht einzeln aufgeführt sind.")),
    };
    leer.into_iter().chain(auszug(reads)).chain(mehr).collect()
}

fn zeit(v: &Value, zone: &str) -> String {
    v.as_str().and_then(|t| t.parse::<Timestamp>().ok()).map_or_else(String::new, |t| zeitpunkt(&t, zone))
}

/// One event with its values and what of it is masked.
fn angaben(e: &Value) -> String {
    let mut out = in_worten(&e["was"]);
    for (zeiger, wert) in e["angaben"].as_object().into_iter().flatten().filter(|(_, w)| !w.is_null()) {
        let text: String = in_worten(wert).chars().take(WERT).collect();
        out.push_str(&format!("\n{}: {text}", zeiger.trim_start_matches('/')));
    }
    for m in e["maskiert"].as_array().into_iter().flatten() {
        out.push_str(&format!(
            "\n{}: verdeckt ({})",
            in_worten(&m["angabe"]).trim_start_matches('/'),
            in_worten(&m["warum"])
        ));
    }
    if let Some(t) = e["geloescht"].as_str() {
        out.push_str(&format!("\n{t}"));
    }
    out
}

/// What the person can do (Art. 15 (1) e, f DSGVO).
fn rechte(house: &House) -> Abschnitt {
    let s = &house.stadt;
    Abschnitt {
        titel: "Ihre Rechte".into(),
        absaetze: vec![
            "Sie können verlangen, dass wir falsche Angaben berichtigen (Art. 16 DSGVO), Angaben löschen, soweit kein Gesetz ihre Aufbewahrung verlangt (Art. 17 DSGVO), oder ihre Verarbeitung einschränken (Art. 18 DSGVO). Gegen die Verarbeitung können Sie Widerspruch einlegen (Art. 21 DSGVO).".into(),
            format!("Fragen beantwortet: {}.", s.datenschutzbeauftragte),
            "Sie können sich bei der Aufsichtsbehörde für den Datenschutz Ihres Landes beschweren (Art. 77 DSGVO).".into(),
        ],
        ..Abschnitt::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_says_how_many_reads_it_leaves_out() {
        let reads = vec![Value::Null; REIHEN + 1];
        let text = gelesen_saetze(&reads, 7).join(" ");
        assert!(text.contains("Die ersten 1500") && text.contains("7 ältere Lesezugriffe"), "{text}");
        assert!(gelesen_saetze(&reads[..1], 0).is_empty());
    }
}
