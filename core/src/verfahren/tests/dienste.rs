//! Facts, fees by age, hand-over and redacted answers, played with the services of this build.

use super::*;
use crate::verfahren::{Status, gebuehr, loader};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn dienst(id: &str) -> Definition {
    let alle = loader::builtin().expect("definitions load");
    alle.into_iter().find(|d| d.id == id).expect("the service")
}

/// Submitted on this day at nine, registered and taken over.
fn fall(leistung: &str, am: &str, felder: Value) -> Fall {
    let mut f = Fall::neu(dienst(leistung));
    f.today = am.parse().expect("a date");
    let zone = TimeZone::get("Europe/Berlin").expect("zone");
    let eingang_am = f.today.at(9, 0, 0, 0).to_zoned(zone).expect("time").timestamp();
    let felder: BTreeMap<String, Value> = serde_json::from_value(felder).expect("an object");
    let (kanal, vertrauen) = (f.def.kanaele[0], "ohne".into());
    let (leistung, antragsteller) = (leistung.to_owned(), id(99));
    f.ok(BUERGER, C::Submit { leistung, kanal, vertrauen, eingang_am, antragsteller, felder, dokumente: vec![] });
    f.ok(Actor::Process, C::Register { akte: id(50), aktenzeichen: "33.2-0001/2026".into() });
    f.ok(Actor::Process, C::ComputeFristen);
    f.ok(MEYER, C::TakeOver);
    f
}

fn ausweis(geburt: &str) -> Value {
    json!({
        "geburtsdatum": geburt, "art": "neu", "anlass": "ablauf", "altausweis": true, "bild_weg": "studio",
        "versand": "abholung", "unzustaendig": false,
    })
}

fn tatsache(schritt: &str) -> C {
    C::NoteTatsache { schritt: schritt.into(), vermerk: String::new() }
}

fn offene_punkte(f: &Fall) -> Vec<String> {
    match f.refused(MEYER, C::Close) {
        Refusal::OffenePunkte(offen) => offen,
        other => panic!("{other}"),
    }
}

#[test]
fn facts_come_in_their_order_and_the_required_ones_keep_the_file_open() {
    let mut f = fall("personalausweis", "2026-11-24", ausweis("1990-12-31"));
    let frueh = f.refused(MEYER, tatsache("bestellt"));
    assert!(
        matches!(&frueh, Refusal::TatsacheZuFrueh { davor, .. } if davor.len() == 4 && davor[0] == "Identität geprüft"),
        "{frueh}"
    );
    assert!(frueh.to_string().contains("Davor fehlt: Identität geprüft"), "{frueh}");
    let wege = [
        "identitaet_geprueft",
        "bild_aufgenommen",
        "fingerabdruecke_erfasst",
        "pin_brief_uebergeben",
        "bestellt",
        "eingetroffen",
        "abholung_gemeldet",
        "ausgehaendigt",
        "altausweis_entwertet",
        "fingerabdruecke_geloescht",
    ];
    for (i, schritt) in wege.iter().enumerate() {
        for spaeter in &wege[i + 1..] {
            assert_eq!(f.refused(MEYER, tatsache(spaeter)).code(), "tatsache_zu_frueh", "{schritt} {spaeter}");
        }
        assert!(offene_punkte(&f).iter().any(|o| o.contains("gelöscht (§ 26 Abs. 2 PAuswG)")), "{schritt}");
        assert_eq!(f.ok(MEYER, tatsache(schritt)).len(), 1, "{schritt}");
        assert!(f.ok(MEYER, tatsache(schritt)).is_empty(), "twice is once");
    }
    assert_eq!(offene_punkte(&f), ["Empfangsbescheinigung"], "what was voluntary does not block");
    assert_eq!(f.state.schritte_erledigt, wege);
}

#[test]
fn a_fact_whose_condition_or_age_is_not_met_is_refused_and_not_missed() {
    let vorlaeufig = json!({ "geburtsdatum": "1990-12-31", "art": "vorlaeufig", "altausweis": false });
    let f = fall("personalausweis", "2026-11-24", vorlaeufig);
    assert_eq!(f.refused(MEYER, tatsache("bestellt")).code(), "tatsache_nicht_vorgesehen");
    assert!(!offene_punkte(&f).iter().any(|o| o.contains("Hersteller")));
    let kind = fall("personalausweis", "2026-11-24", ausweis("2020-11-25"));
    assert_eq!(kind.refused(MEYER, tatsache("fingerabdruecke_erfasst")).code(), "tatsache_nicht_vorgesehen");
    let sechs = fall("personalausweis", "2026-11-24", ausweis("2020-11-24"));
    assert_eq!(sechs.refused(MEYER, tatsache("fingerabdruecke_erfasst")).code(), "tatsache_zu_frueh");
    let hinweis = C::DoneHinweis { schritt: "bestellt".into(), vermerk: "x".into() };
    assert_eq!(sechs.refused(MEYER, hinweis).code(), "schritt_unbekannt", "a fact is no hint");
    assert_eq!(sechs.refused(MEYER, tatsache("gebuehr")).code(), "schritt_unbekannt", "a fee is no fact");
}

#[test]
fn the_fee_of_an_identity_card_goes_by_the_day_and_the_age_on_that_day() {
    for (am, geburt, zeile, cent) in [
        ("2026-02-06", "1996-01-15", "ausweis_ab_24", 3700),
        ("2026-02-07", "1996-01-15", "ausweis_ab_24", 4600),
        ("2026-02-06", "2004-01-15", "ausweis_unter_24", 2280),
        ("2026-02-07", "2004-01-15", "ausweis_unter_24", 2760),
        // The 24th birthday itself is the adult's.
        ("2026-11-24", "2002-11-24", "ausweis_ab_24", 4600),
        ("2026-11-24", "2002-11-25", "ausweis_unter_24", 2760),
    ] {
        let f = fall("personalausweis", am, ausweis(geburt));
        let due = gebuehr::due(&f.def, &f.state, f.today);
        assert_eq!(due, [zeile], "{am} {geburt}");
        let law = Law::builtin().expect("law");
        let g = gebuehr::lookup(&f.def, &law, zeile, f.today).expect("a row");
        assert_eq!((g.betrag_cent, g.verified), (cent, true), "{am} {geburt}");
    }
}

fn kfz() -> Fall {
    let felder = json!({ "anliegen": "umschreiben", "weitergabe": true, "name": "Muster", "rueckruf": "telefon" });
    fall("kfz-uebergabe", "2026-11-23", felder)
}

fn senden() -> C {
    C::SendAbgabe { stelle: "Kreis Muster".into(), rechtsgrundlage: "FZV".into(), weg: "email".into() }
}

#[test]
fn a_hand_over_waits_for_its_confirmation_and_becomes_a_wiedervorlage() {
    let mut f = kfz();
    let events = f.ok(MEYER, senden());
    assert!(matches!(&events[0], E::AbgabeSent { stelle, .. } if stelle == "Kreis Muster"));
    assert!(events.iter().any(|e| matches!(e, E::FristComputed { frist, end, verified: false, .. }
        if frist == "bestaetigung" && end.to_string() == "2026-12-03")));
    assert_eq!(f.state.status, Status::Abgegeben);
    assert_eq!(offene_punkte(&f), ["Bestätigung der Abgabe von Kreis Muster"]);
    assert!(matches!(f.refused(Actor::Process, C::MissAbgabe), Refusal::FristLaeuft(_)));
    f.today = date(2026, 12, 4);
    assert!(matches!(&f.ok(Actor::Process, C::MissAbgabe)[0], E::AbgabeUnconfirmed { .. }));
    assert!(f.ok(Actor::Process, C::MissAbgabe).is_empty(), "once per sending");
    let wieder = f.ok(MEYER, senden());
    assert!(wieder.iter().any(|e| matches!(e, E::FristComputed { end, .. } if end.to_string() == "2026-12-14")));
    f.ok(MEYER, C::ConfirmAbgabe { zeichen: "K-17".into() });
    assert_eq!(f.refused(MEYER, C::ConfirmAbgabe { zeichen: String::new() }), Refusal::AbgabeNichtOffen);
    assert_eq!(f.refused(MEYER, senden()), Refusal::AbgabeNichtOffen, "what is confirmed is not sent again");
    f.ok(MEYER, C::Close);
    assert_eq!(f.state.status, Status::ZdA);
}

#[test]
fn nothing_is_handed_over_against_the_persons_will_or_by_a_way_that_is_none() {
    let nein = fall("kfz-uebergabe", "2026-11-23", json!({ "anliegen": "abmelden", "weitergabe": false }));
    assert_eq!(nein.refused(MEYER, senden()).code(), "tatsache_nicht_vorgesehen");
    let f = kfz();
    let taube = C::SendAbgabe { stelle: "Kreis".into(), rechtsgrundlage: "FZV".into(), weg: "taube".into() };
    assert_eq!(f.refused(MEYER, taube), Refusal::AngabeUngueltig("Weg"));
    assert_eq!(f.refused(MEYER, C::ConfirmAbgabe { zeichen: String::new() }), Refusal::AbgabeNichtOffen);
    let mut anders = fall("maengelmelder", "2026-11-23", json!({ "art": "strasse", "stelle": "Markt" }));
    assert_eq!(anders.refused(MEYER, senden()), Refusal::KeineAbgabe);
    anders.ok(MEYER, C::Abgeben { stelle: "Land".into(), rechtsgrundlage: "StrWG".into() });
    assert_eq!((anders.state.status, &anders.state.abgabe), (Status::Abgegeben, &None), "the old way stays");
}

#[test]
fn a_redacted_answer_names_every_value_and_a_ground_for_each_that_is_missing() {
    let mut f = fall("izg-antrag", "2026-11-23", json!({ "thema": "Bäume", "form": "status" }));
    let antwort = |gruende: &[(&str, &str)]| C::IssueAuskunft {
        index: 7,
        event_hash: "hash".into(),
        zeiger: vec!["/leistung".into(), "/kanal".into(), "/felder/name".into()],
        gruende: gruende.iter().map(|(p, g)| ((*p).to_owned(), (*g).to_owned())).collect(),
        vermerk: String::new(),
    };
    assert_eq!(f.refused(MEYER, antwort(&[("/felder/name", "laune")])), Refusal::GrundUnbekannt("laune".into()));
    assert_eq!(f.refused(MEYER, antwort(&[("/felder/fremd", "person")])), Refusal::AuskunftVeraltet);
    let alles = [("/leistung", "thema"), ("/kanal", "thema"), ("/felder/name", "person")];
    assert_eq!(f.refused(MEYER, antwort(&alles)).code(), "angabe_fehlt");
    let events = f.ok(MEYER, antwort(&[("/felder/name", "person")]));
    assert!(matches!(&events[0], E::AuskunftIssued { freigegeben, gruende, .. }
        if *freigegeben == ["/leistung", "/kanal"] && gruende["/felder/name"] == "§ 10 Nr. 1 IZG-SH"));
    assert_eq!(f.state.auskuenfte.len(), 1);
    let parken = fall("maengelmelder", "2026-11-23", json!({ "art": "strasse", "stelle": "Markt" }));
    assert_eq!(parken.refused(MEYER, antwort(&[])), Refusal::KeineAuskunft);
}

#[test]
fn a_wrong_value_is_put_right_and_stays_readable_beside_the_right_one() {
    let mut f = fall("maengelmelder", "2026-11-23", json!({ "art": "strasse", "stelle": "Markt", "name": "Kowalsky" }));
    let correct = |feld: &str, wert: serde_json::Value, grund: &str| C::NoteCorrection {
        feld: feld.into(),
        wert: Some(wert),
        grund: grund.into(),
    };
    assert_eq!(f.refused(MEYER, correct("fremd", json!("x"), "y")), Refusal::FeldUnbekannt("fremd".into()));
    assert_eq!(f.refused(MEYER, correct("name", json!("Kowalski"), " ")), Refusal::AngabeFehlt("Grund"));
    assert_eq!(f.refused(MEYER, correct("name", json!("Kowalsky"), "y")), Refusal::NichtsBerichtigt);
    assert_eq!(f.refused(MEYER, correct("name", json!(""), "y")), Refusal::AngabeFehlt("Richtig ist"));
    let events = f.ok(MEYER, correct("name", json!("Kowalski"), "Im Ausweis steht es anders."));
    assert!(matches!(&events[0], E::CorrectionNoted { target, bezug: 0, .. } if target == "name"), "{events:?}");
    let nr = f.state.berichtigungen[0].seq;
    f.ok(MEYER, correct("name", json!("Kowalskij"), "Doch anders."));
    let b = &f.state.berichtigungen;
    assert_eq!((b[0].alt.clone(), b[1].alt.clone()), (Some(json!("Kowalsky")), Some(json!("Kowalski"))));
    assert_eq!(f.state.felder["name"], json!("Kowalskij"));
    assert!(b[1].seq > nr, "each names its own place");
}

#[test]
fn a_defect_becomes_public_by_kind_and_place_only_after_somebody_released_it() {
    let felder = json!({ "art": "strasse", "stelle": "Markt", "beschreibung": "bei Herrn Petersen", "name": "Erika" });
    let mut f = fall("maengelmelder", "2026-11-23", felder);
    assert_eq!(crate::verfahren::datensatz::row(&f.def, &f.state), None);
    f.ok(MEYER, tatsache("freigegeben"));
    let zeile = crate::verfahren::datensatz::row(&f.def, &f.state).expect("a row");
    let art = "Straße oder Gehweg, zum Beispiel ein Schlagloch";
    assert_eq!(zeile, BTreeMap::from([("art".into(), art.into()), ("ort".into(), "Markt".into())]));
}

/// German is always there; English nearly everywhere, and Leichte Sprache completely for three services.
#[test]
fn every_text_a_citizen_reads_is_there_in_the_languages_promised() {
    for def in loader::builtin().expect("definitions load") {
        let leicht = ["bewohnerparken", "hundesteuer-anmeldung", "wohnsitz-anmeldung"].contains(&def.id.as_str());
        let mut texte = vec![&def.titel, &def.kurz, &def.absenden, &def.rechtsfolge, &def.datenschutz];
        texte.extend([&def.dauer, &def.kosten]);
        texte.extend(def.gruppen.iter().flat_map(|g| [&g.titel, &g.einleitung]));
        texte.extend(def.felder.iter().flat_map(|f| [&f.label, &f.hilfe]));
        texte.extend(def.felder.iter().flat_map(|f| f.optionen.iter().map(|o| &o.label)));
        texte.extend(def.unterlagen.iter().flat_map(|u| [&u.label, &u.hilfe]));
        texte.extend(def.schritte.iter().map(|s| &s.text));
        for t in texte.into_iter().filter(|t| !t.de.is_empty()) {
            assert!(!t.en.is_empty(), "{}: no English for „{}“", def.id, t.de);
            assert!(!leicht || !t.ls.is_empty(), "{}: no Leichte Sprache for „{}“", def.id, t.de);
        }
    }
}

#[test]
fn no_two_services_differ_only_in_their_names() {
    let alle = loader::builtin().expect("definitions load");
    assert!(alle.len() >= 14, "{}", alle.len());
    let ablauf = |d: &Definition| -> Vec<String> {
        let felder = d.felder.iter().map(|f| format!("{} {:?}", f.id, f.typ));
        felder.chain(d.schritte.iter().map(|s| format!("{:?} {}", s.art, s.id))).collect()
    };
    for (i, a) in alle.iter().enumerate() {
        for b in &alle[i + 1..] {
            assert_ne!(ablauf(a), ablauf(b), "{} {}", a.id, b.id);
            assert_ne!(a.rechtsgrundlage, b.rechtsgrundlage, "{} {}", a.id, b.id);
        }
        assert!(!a.unverified.is_empty(), "{}: what is unverified is said", a.id);
    }
}
