//! The catalogue: which version is in force, and whether people find their service.

use super::*;
use crate::verfahren::loader;
use jiff::civil::date;

fn catalogue() -> Leistungen {
    let mut l = Leistungen::default();
    loader::builtin().expect("definitions load").into_iter().for_each(|d| l.adopt(d));
    l
}

/// The topic is what is left to those whose word leads nowhere.
#[test]
fn every_service_of_the_house_has_a_topic() {
    for d in catalogue().all() {
        assert!(THEMEN.contains(&d.thema.as_str()), "{}: „{}“", d.id, d.thema);
    }
}

#[test]
fn people_find_their_service_in_their_own_words() {
    let l = catalogue();
    for (worte, erste) in [
        ("Gewerbe anmelden", "gewerbeanmeldung"),
        ("gewerbeanmelden", "gewerbeanmeldung"),
        ("Ich will mich selbststaendig machen", "gewerbeanmeldung"),
        ("GEWERBE ABMELDEN", "gewerbeabmeldung"),
        ("Laden schliessen", "gewerbeabmeldung"),
        ("Laden schließen", "gewerbeabmeldung"),
        ("mein Hund", "hundesteuer-anmeldung"),
        ("Hundestuer", "hundesteuer-anmeldung"),
        ("Anwohner parken", "bewohnerparken"),
        ("parking permit", "bewohnerparken"),
        ("I have a new dog", "hundesteuer-anmeldung"),
        ("dog tax", "hundesteuer-anmeldung"),
        ("open a shop", "gewerbeanmeldung"),
        ("start my own business", "gewerbeanmeldung"),
        ("close my shop", "gewerbeabmeldung"),
        ("Wie bekomme ich einen Park-Ausweis?", "bewohnerparken"),
    ] {
        let gefunden = l.search(worte);
        assert_eq!(gefunden.first().map(|d| d.id.as_str()), Some(erste), "{worte}");
    }
    assert!(l.search("Raumfahrt").is_empty());
    assert_eq!(l.search("").len(), l.all().len(), "no words: the whole catalogue");
}

#[test]
fn a_running_case_keeps_its_version_when_a_newer_one_comes_into_force() {
    let mut l = catalogue();
    let alt = l.get("bewohnerparken").expect("there");
    let neu = Definition {
        version: alt.version + 1,
        gueltig_ab: date(2027, 1, 1),
        sha256: "ff".repeat(32),
        ..(*alt).clone()
    };
    l.adopt(neu);
    assert_eq!(l.get("bewohnerparken").map(|d| d.version), Some(alt.version + 1));
    assert_eq!(l.in_force("bewohnerparken", date(2026, 12, 31)).map(|d| d.version), Some(alt.version));
    assert_eq!(l.in_force("bewohnerparken", date(2027, 1, 1)).map(|d| d.version), Some(alt.version + 1));
    assert_eq!(l.in_force("bewohnerparken", date(2023, 1, 1)), None);
    l.close("bewohnerparken");
    assert_eq!(l.get("bewohnerparken"), None);
    assert_eq!(l.by_hash(&alt.sha256).map(|d| d.version), Some(alt.version));
}

#[test]
fn everyday_questions_lead_to_the_service() {
    let l = catalogue();
    let mut falsch = Vec::new();
    for (frage, erste) in [
        ("Hund", "hundesteuer-anmeldung"),
        ("Ich habe einen neuen Hund", "hundesteuer-anmeldung"),
        ("Hund aus dem Tierheim", "hundesteuer-anmeldung"),
        ("Hundemarke", "hundesteuer-anmeldung"),
        ("Mein Hund ist gestorben", "hundesteuer-abmeldung"),
        ("Hund abmelden", "hundesteuer-abmeldung"),
        ("Hund verkauft", "hundesteuer-abmeldung"),
        ("Umzug", "wohnsitz-anmeldung"),
        ("Ich bin umgezogen", "wohnsitz-anmeldung"),
        ("neue Wohnung", "wohnsitz-anmeldung"),
        ("Adresse ändern", "wohnsitz-anmeldung"),
        ("Einwohnermeldeamt", "wohnsitz-anmeldung"),
        ("ummelden nach Umzug", "wohnsitz-anmeldung"),
        ("Meldebescheinigung", "meldebescheinigung"),
        ("Ich brauche eine Bescheinigung, dass ich hier gemeldet bin", "meldebescheinigung"),
        ("Nachweis Wohnsitz", "meldebescheinigung"),
        ("Laden aufmachen", "gewerbeanmeldung"),
        ("Ich will einen Laden aufmachen", "gewerbeanmeldung"),
        ("selbstständig machen", "gewerbeanmeldung"),
        ("Firma gründen", "gewerbeanmeldung"),
        ("Gewerbeschein", "gewerbeanmeldung"),
        ("Mein Laden zieht um", "gewerbeummeldung"),
        ("Betrieb verlegen", "gewerbeummeldung"),
        ("Gewerbe ummelden", "gewerbeummeldung"),
        ("Laden schließen", "gewerbeabmeldung"),
        ("Geschäft aufgeben", "gewerbeabmeldung"),
        ("Perso", "personalausweis"),
        ("Ausweis verlängern", "personalausweis"),
        ("Mein Ausweis ist abgelaufen", "personalausweis"),
        ("Ausweis verloren", "personalausweis"),
        ("Auto", "kfz-uebergabe"),
        ("Auto anmelden", "kfz-uebergabe"),
        ("Wo bekomme ich ein Nummernschild", "kfz-uebergabe"),
        ("Zulassungsstelle", "kfz-uebergabe"),
        ("Parkausweis", "bewohnerparken"),
        ("Anwohnerparken", "bewohnerparken"),
        ("Parkplatz vor dem Haus", "bewohnerparken"),
        ("Container auf die Straße stellen", "sondernutzung"),
        ("Gerüst", "sondernutzung"),
        ("Tische und Stühle vor dem Lokal", "sondernutzung"),
        ("Straße sperren für den Umzugswagen", "sondernutzung"),
        ("Bier verkaufen beim Vereinsfest", "gaststaettengestattung"),
        ("Schankerlaubnis", "gaststaettengestattung"),
        ("Glühwein", "gaststaettengestattung"),
        ("Schlagloch", "maengelmelder"),
        ("Die Laterne ist kaputt", "maengelmelder"),
        ("wilder Müll", "maengelmelder"),
        ("Spielplatz kaputt", "maengelmelder"),
        ("Akteneinsicht", "izg-antrag"),
        ("Informationen von der Stadt", "izg-antrag"),
        ("moving house", "wohnsitz-anmeldung"),
        ("my dog died", "hundesteuer-abmeldung"),
        ("pothole", "maengelmelder"),
    ] {
        let gefunden = l.search(frage);
        let ist = gefunden.first().map_or("nichts", |d| d.id.as_str());
        if ist != erste {
            falsch.push(format!("{frage}: {ist} statt {erste}"));
        }
    }
    assert!(falsch.is_empty(), "{}", falsch.join("\n"));
}
