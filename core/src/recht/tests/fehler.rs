//! Law data that contradict themselves are refused as a whole, with file, row and what to do.

use super::law;
use crate::recht::tafeln::Tafeln;
use crate::recht::*;
use jiff::civil::date;

const FEIERTAGE: (&str, &str) = ("feiertage_stadt.toml", include_str!("../../../recht/feiertage_sh.toml"));
const BEKANNTGABE: (&str, &str) = ("bekanntgabe.toml", include_str!("../../../recht/bekanntgabe.toml"));
const GEWANZV: (&str, &str) = ("gewanzv_stadt.toml", include_str!("../../../recht/gewanzv.toml"));
const HUNDE: (&str, &str) = ("gebuehren/stadt.toml", include_str!("../../../recht/gebuehren/hundesteuer.toml"));
const ALLGEMEIN: (&str, &str) = ("regeln/stadt.toml", include_str!("../../../recht/regeln/allgemein.toml"));
const VERFAHREN: (&str, &str) = ("regeln/stadt.toml", include_str!("../../../recht/regeln/verfahren.toml"));

/// What is said when the first `from` of this file reads `to`.
fn refused((name, text): (&str, &str), from: &str, to: &str) -> String {
    let broken = text.replacen(from, to, 1);
    assert_ne!(broken, text, "{name} has no {from}");
    Law::with_overlay(&[(name, &broken)]).map_or_else(|e| e.to_string(), |_| "accepted".into())
}

/// File, what it says, what it is made to say, and what must be answered.
type Bruch = ((&'static str, &'static str), &'static str, &'static str, &'static str);

const BRUECHE: &[Bruch] = &[
    (ALLGEMEIN, "titel = \"Von der Behörde gesetzte Frist\"", "titel = \"\"", "titel, ereignis und fassung angeben"),
    (ALLGEMEIN, "version = \"behoerdenfrist/1\"", "version = \"\"", "source, paragraph und version angeben"),
    (ALLGEMEIN, "hemmbar = true\n", "", "hemmung_bei braucht hemmbar"),
    (ALLGEMEIN, "norm_hemmung = \"Geschäftsgang: Bearbeitungsziel\"", "norm_hemmung = \"\"", "braucht norm_hemmung"),
    (
        ALLGEMEIN,
        "verlaengerung = { paragraph = \"§ 31 Abs. 7",
        "verlaengerung = { paragraph = \"\", source = \"\", verified = true }\n#",
        "verlaengerung: paragraph und source",
    ),
    (ALLGEMEIN, "id = \"wiedervorlage\"", "id = \"behoerdenfrist\"", "steht zweimal in der Datei"),
    (ALLGEMEIN, "stunden_vectors = [", "stunden_vectors = []\n_x = [", "unknown field"),
    (
        ALLGEMEIN,
        "ende = 2026-03-29T14:00:00+02:00",
        "ende = 2026-03-29T13:00:00+02:00",
        "stundenfrist/1: Beispiel ab 2026-03-28T11:30:00Z: erwartet 2026-03-29T11:00:00Z, berechnet 2026-03-29T12:00:00Z",
    ),
    (ALLGEMEIN, "ereignis = 2026-10-17,", "ereignis = 2026-10-17T00:00:00,", "ist kein reines Datum"),
    (ALLGEMEIN, "ereignis = 2026-10-17,", "ereignis = 2026-02-30,", "TOML"),
    (
        VERFAHREN,
        "laengstens = \"izg5_verlaengert\"",
        "laengstens = \"erfunden\"",
        "Fristregel erfunden ist nicht bekannt",
    ),
    (BEKANNTGABE, "titel = \"Landesverwaltungsgesetz", "titel = \"\" #", "Regime LVwG-SH: titel und fassung"),
    (BEKANNTGABE, "tage = 3,", "tage = 0,", "lesarten (tage >= 1, grund)"),
    (BEKANNTGABE, "vectors = [{ am = 2017-10-10", "vectors = [] #", "vectors angeben, auch für den Abruf"),
    (BEKANNTGABE, "bereitstellung_tage = 10", "", "bereitstellung_tage angeben"),
    (BEKANNTGABE, "valid_until = 2024-12-31", "valid_until = 2025-06-01", "zwei Fassungen gelten am 01.01.2025"),
    (
        BEKANNTGABE,
        "spaeteste = 2017-10-13",
        "spaeteste = 2017-10-14",
        "lvwg110/1: Beispiel ab 10.10.2017: erwartet 13.10.2017 und 14.10.2017, berechnet 13.10.2017 und 13.10.2017",
    ),
    (
        BEKANNTGABE,
        "bereit_bis = 2024-03-14",
        "bereit_bis = 2024-03-15",
        "erwartet bereit bis 15.03.2024, bekannt 08.03.2024, berechnet bereit bis 14.03.2024",
    ),
    (
        BEKANNTGABE,
        "{ benachrichtigt = 2024-12-23, bekannt",
        "{ benachrichtigt = 2024-12-23, bereit_bis = 2024-12-24, bekannt",
        "berechnet bereit bis nie",
    ),
    (FEIERTAGE, "fest = \"01-01\"", "fest = \"01-01\"\nostern = 1", "genau eines von fest und ostern"),
    (FEIERTAGE, "fest = \"01-01\"", "fest = \"0101\"", "fest = MM-DD erwartet"),
    (FEIERTAGE, "fest = \"01-01\"", "fest = \"xx-01\"", "Monat"),
    (FEIERTAGE, "fest = \"01-01\"", "fest = \"01-xx\"", "Tag"),
    (FEIERTAGE, "fest = \"01-01\"", "fest = \"02-30\"", "feiertage_stadt.toml"),
    (FEIERTAGE, "von = 1995", "von = 2300", "von, bis, version und source prüfen"),
    (
        HUNDE,
        "label = \"Hundesteuer für den ersten Hund, je Jahr\"",
        "label = \"\"",
        "Zeile erster_hund: label und source",
    ),
    (
        HUNDE,
        "tatbestand = \"zweiter_hund\"",
        "tatbestand = \"erster_hund\"",
        "Zeile erster_hund: zwei Fassungen gelten am 01.01.2020",
    ),
    (GEWANZV, "version = \"gewanzv/1\"", "version = \"\"", "source und version angeben"),
    (GEWANZV, "stelle = \"HWK\"", "stelle = \"IHK\"", "IHK: einmal nennen, mit rechtsgrundlage und zweck"),
    (GEWANZV, "modus = \"ausser\"\n", "modus = \"keine\"\n", "IHK: ohne Felder nicht aktiv"),
    (GEWANZV, "A1 = \"13, 27,", "A1 = \"27, 13,", "ist nicht aufsteigend oder liegt nicht in 1-33"),
    (GEWANZV, "A1 = \"13, 27,", "A1 = \"13, x,", "ist keine Feldnummer"),
    (GEWANZV, "A1 = \"13, 27,", "A9 = \"13, 27,", "Formular A9 ist nicht bekannt"),
    (GEWANZV, "version = \"gewanzv/1\"", "version = \"gewanzv/2\"", "gewanzv: zwei Fassungen gelten am"),
];

#[test]
fn every_contradiction_in_the_data_is_named_with_its_row_and_the_remedy() {
    for (file, from, to, says) in BRUECHE {
        let text = refused(*file, from, to);
        assert!(text.contains(says), "{from} -> {to}: {text}");
    }
}

#[test]
fn tables_without_a_calendar_and_files_of_no_known_kind_are_refused() {
    let none = Tafeln::default().check().unwrap_err().to_string();
    assert!(none.contains("es fehlt ein Feiertagskalender"), "{none}");
    for name in ["regeln/stadt.json", "unbekannt/stadt.toml", "sonst.toml"] {
        assert!(Law::with_overlay(&[(name, "")]).unwrap_err().to_string().contains(name), "{name}");
    }
}

#[test]
fn a_retrieval_says_nothing_where_the_notice_about_it_counts() {
    let text = law().bekanntgabe("AO", BekanntgabeArt::Abruf, date(2026, 11, 23)).unwrap_err().to_string();
    assert!(text.contains("folgt aus der Benachrichtigung"), "{text}");
}

#[test]
fn bare_periods_of_every_unit_follow_the_civil_code() {
    let law = law();
    let end = |f: Result<Frist, LawError>| f.unwrap().end;
    let (keine, werktag) = (Verschiebung::Keine, Verschiebung::NaechsterWerktag);
    assert_eq!(end(law.frist_wochen(date(2026, 10, 17), 2, keine)), date(2026, 10, 31));
    assert_eq!(end(law.frist_wochen(date(2026, 10, 17), 2, werktag)), date(2026, 11, 2));
    assert_eq!(end(law.frist_monate(date(2028, 1, 31), 1, keine)), date(2028, 2, 29));
    assert_eq!(end(law.frist_jahre(date(2028, 2, 29), 1, keine)), date(2029, 2, 28));
    assert_eq!(end(law.wiedervorlage(date(2026, 11, 20), 1)), date(2026, 11, 23));
    assert_eq!(law.naechster_werktag(date(2026, 12, 25)), date(2026, 12, 28));
    assert_eq!(law.naechster_werktag(date(2026, 12, 28)), date(2026, 12, 28));
    let halt = law.frist_wochen(date(2026, 10, 17), 2, keine).unwrap();
    assert!(halt.rechenweg.last().unwrap().text.contains("Hier wird nicht verschoben"), "{:?}", halt.rechenweg);
}

#[test]
fn an_action_follows_its_widerspruchsbescheid_and_takes_a_year_without_instruction() {
    let law = law();
    let b = law.bekanntgabe("LVwG-SH", BekanntgabeArt::Aushaendigung, date(2026, 11, 25)).unwrap();
    assert_eq!(law.klagefrist(&b, true).unwrap().spaeteste.end, date(2026, 12, 28));
    assert_eq!(law.klagefrist(&b, false).unwrap().spaeteste.end, date(2027, 11, 25));
}

#[test]
fn which_rules_a_definition_may_name_and_which_are_confirmed_stands_in_the_data() {
    let law = law();
    for (regel, fest) in
        [("vwgo75", true), ("gewanzv_statistik", true), ("behoerdenfrist", false), ("stundenfrist", false)]
    {
        assert_eq!(law.regel_fest(regel), fest, "{regel}");
    }
    assert!(!law.regel_fest("gibtesnicht"));
    assert!(law.bestaetigt("vwgo70", date(2026, 1, 1)) && !law.bestaetigt("vwgo70", date(1990, 1, 1)));
    assert!(!law.bestaetigt("behoerdenfrist", date(2026, 1, 1)) && !law.bestaetigt("gibtesnicht", date(2026, 1, 1)));
}

#[test]
fn a_length_the_law_fixes_is_not_given_by_hand_in_hours_either() {
    let fixed = ALLGEMEIN.1.replace("berechnung = \"stunden\"", "berechnung = \"stunden\"\nanzahl = 24");
    let fixed = fixed
        .replace("anzahl = 24, ende", "ende")
        .replace("  { ereignis = 2026-12-24T09:15:00+01:00, anzahl = 72, ende = 2026-12-27T10:00:00+01:00 },\n", "");
    let town = Law::with_overlay(&[("regeln/stadt.toml", &fixed)]).unwrap();
    let at = date(2026, 10, 24).at(12, 0, 0, 0).to_zoned(super::berlin()).unwrap();
    assert_eq!(town.stunden("stundenfrist", &at, None).unwrap().ende.to_string(), "2026-10-25T10:00:00Z");
    assert!(town.stunden("stundenfrist", &at, Some(3)).unwrap_err().to_string().contains("steht im Gesetz"));
}
