//! The catalogue: which version is in force, and whether people find their service.

use super::*;
use crate::verfahren::loader;
use jiff::civil::date;

fn catalogue() -> Leistungen {
    let mut l = Leistungen::default();
    loader::builtin().expect("definitions load").into_iter().for_each(|d| l.adopt(d));
    l
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
    let neu = Definition { version: 2, gueltig_ab: date(2027, 1, 1), sha256: "ff".repeat(32), ..(*alt).clone() };
    l.adopt(neu);
    assert_eq!(l.get("bewohnerparken").map(|d| d.version), Some(2));
    assert_eq!(l.in_force("bewohnerparken", date(2026, 12, 31)).map(|d| d.version), Some(1));
    assert_eq!(l.in_force("bewohnerparken", date(2027, 1, 1)).map(|d| d.version), Some(2));
    assert_eq!(l.in_force("bewohnerparken", date(2023, 1, 1)), None);
    l.close("bewohnerparken");
    assert_eq!(l.get("bewohnerparken"), None);
    assert_eq!(l.by_hash(&alt.sha256).map(|d| d.version), Some(1));
}
