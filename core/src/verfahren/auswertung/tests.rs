//! Steps, fees and public rows of real definitions.

use super::*;
use crate::verfahren::definition::Schrittart;
use crate::verfahren::loader;
use jiff::civil::date;
use serde_json::json;

fn service(id: &str) -> Definition {
    loader::builtin().expect("definitions load").into_iter().find(|d| d.id == id).expect("there")
}

fn werte(v: Value) -> Werte {
    v.as_object().expect("object").clone().into_iter().collect()
}

#[test]
fn the_dog_tax_names_each_rate_at_most_once_and_one_per_dog() {
    let def = service("hundesteuer-anmeldung");
    for (schon, anzahl, soll) in [
        ("keiner", Some("einen"), vec!["erster_hund"]),
        ("keiner", Some("zwei"), vec!["erster_hund", "zweiter_hund"]),
        ("einer", Some("einen"), vec!["zweiter_hund"]),
        ("einer", Some("zwei"), vec!["zweiter_hund", "weiterer_hund"]),
        ("zwei_oder_mehr", None, vec!["weiterer_hund"]),
    ] {
        let felder = werte(json!({ "schon_gemeldet": schon, "anzahl": anzahl }));
        let ist: Vec<&str> =
            gebuehren(&def, &felder, date(2026, 11, 23)).iter().map(|g| g.tatbestand.as_str()).collect();
        assert_eq!(ist, soll, "{schon} {anzahl:?}");
    }
    assert!(gebuehren(&def, &Werte::new(), date(2019, 12, 31)).is_empty(), "before the rates are in force");
}

#[test]
fn the_public_row_of_a_business_has_three_facts_and_no_fourth() {
    let def = service("gewerbeanmeldung");
    let mut felder = werte(json!({
        "name": "Muster", "vornamen": "Erika", "betrieb_strasse": "Große Straße", "betrieb_hausnummer": "7",
        "betrieb_plz": "25436", "betrieb_ort": "Musterstadt", "betrieb_telefon": "04122 1", "betrieb_email": "a@b.de",
        "taetigkeit": "Handel", "geburtsdatum": "1990-12-31"
    }));
    let zeile = datensatz_zeile(&def, &felder).expect("a row");
    let soll = [("anschrift", "Große Straße 7, 25436 Musterstadt"), ("name", "Erika Muster"), ("taetigkeit", "Handel")];
    assert_eq!(zeile.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), soll);
    felder.insert("firma".into(), json!("Muster GmbH"));
    assert_eq!(datensatz_zeile(&def, &felder).expect("a row")["name"], "Muster GmbH", "field 1 goes before 4 and 5");
    felder.remove("betrieb_ort");
    assert_eq!(datensatz_zeile(&def, &felder), None, "an erased address publishes nothing half");
    assert_eq!(datensatz_zeile(&service("gewerbeabmeldung"), &felder), None);
}

#[test]
fn the_register_court_hears_of_registered_firms_only() {
    let def = service("gewerbeabmeldung");
    let schritt = def.schritt(Schrittart::Uebermitteln).expect("step");
    let firma = |art: &str, nl: &str| werte(json!({ "eingetragen": true, "register_art": art, "niederlassung": nl }));
    assert_eq!(recipient(schritt, "Registergericht", &firma("hrb", "hauptniederlassung")), Some(true));
    assert_eq!(recipient(schritt, "Registergericht", &firma("vr", "hauptniederlassung")), Some(false));
    assert_eq!(recipient(schritt, "Registergericht", &firma("hrb", "zweigstelle")), Some(false));
    assert_eq!(recipient(schritt, "Registergericht", &werte(json!({ "eingetragen": false }))), Some(false));
    assert_eq!(recipient(schritt, "IHK", &Werte::new()), None, "the table decides alone");
}

#[test]
fn a_missing_permit_is_a_hint_and_a_refusal_is_heard_first() {
    let arten = |def: &Definition, felder: Werte, belastend| -> Vec<String> {
        schritte(def, &felder, belastend).iter().map(|s| s.id.clone()).collect()
    };
    let gewerbe = service("gewerbeanmeldung");
    let ohne = arten(&gewerbe, werte(json!({ "erlaubnis": "nicht_noetig" })), false);
    let fehlt = arten(&gewerbe, werte(json!({ "erlaubnis": "nein" })), false);
    assert!(!ohne.contains(&"erlaubnis_hinweis".into()) && fehlt.contains(&"erlaubnis_hinweis".into()));
    assert_eq!(fehlt.first().map(String::as_str), Some("bescheinigen"), "the receipt waits for nothing");
    let parken = service("bewohnerparken");
    let bewilligt = arten(&parken, Werte::new(), false);
    let abgelehnt = arten(&parken, Werte::new(), true);
    assert!(bewilligt.contains(&"gebuehr".into()) && !bewilligt.contains(&"anhoeren".into()));
    assert!(!abgelehnt.contains(&"gebuehr".into()) && abgelehnt.contains(&"anhoeren".into()));
}
