//! What people type, and what comes of it. Runs on one small definition of its own.

use super::*;
use jiff::civil::date;
use serde_json::json;

const HEUTE: Date = date(2026, 11, 23);

/// One field of this type and check, otherwise free.
fn definition(typ: &str, pruefung: &str) -> Definition {
    let text = format!(
        r#"
id = "probe"
version = 1
titel.de = "Probe"
kurz.de = "Probe"
gueltig_ab = 2026-01-01
rechtsgrundlage = ["§ 1"]
aktenplan = "0"
einheit = "zentrale"
kanaele = ["online"]
identitaet = ["ohne"]
absenden.de = "Absenden"
rechtsfolge.de = "Folge"
datenschutz.de = "Zweck"
zustaendig = {{ stelle = "stadt" }}
aufbewahrung = {{ jahre = 1, beginn = "jahresende_nach:zda", bewertung = "V" }}
automatisierung = {{ voll = false, rechtsgrundlage = "" }}
oeffentlichkeit = {{ status = "token", statistik_k = 5 }}
gruppen = [{{ id = "seite", titel = {{ de = "Seite" }} }}]
schritte = [{{ id = "bescheinigen", art = "bescheinigen" }}]
[[felder]]
id = "feld"
gruppe = "seite"
label = {{ de = "Das Feld", en = "The field" }}
typ = "{typ}"
pruefung = "{pruefung}"
pflicht_wenn = "falsch"
schutz = "intern"
nummer = "8"
optionen = [{{ wert = "a", label = {{ de = "A" }} }}, {{ wert = "b", label = {{ de = "Be" }} }}]
[[felder]]
id = "danach"
gruppe = "seite"
label.de = "Danach"
typ = "text"
pflicht_wenn = "feld = b"
zeigen_wenn = "feld in (a, b)"
schutz = "intern"
"#
    );
    toml::from_str(&text).expect("the definition parses")
}

fn lies(typ: &str, pruefung: &str, eingabe: &str) -> Result<Option<Value>, String> {
    let roh = Roh::from([("feld".into(), vec![eingabe.into()]), ("danach".into(), vec!["x".into()])]);
    match pruefe(&definition(typ, pruefung), &roh, &[], HEUTE, Sprache::De) {
        Ok(g) => Ok(g.felder.get("feld").cloned()),
        Err(mut b) => Err(b.remove(0).text),
    }
}

/// (type, check, what is typed, value or words of the finding)
fn table(faelle: &[(&str, &str, &str, Result<Value, &str>)]) {
    for (typ, pruefung, eingabe, expect) in faelle {
        match (lies(typ, pruefung, eingabe), expect) {
            (Ok(ist), Ok(soll)) => assert_eq!(ist.as_ref(), Some(soll), "{typ} {pruefung} {eingabe:?}"),
            (Err(ist), Err(soll)) => assert!(ist.contains(soll), "{eingabe:?}: {ist:?} ohne {soll:?}"),
            (ist, soll) => panic!("{typ} {pruefung} {eingabe:?}: {ist:?}, erwartet {soll:?}"),
        }
    }
}

#[test]
fn dates_are_days_of_the_calendar_in_two_spellings() {
    table(&[
        ("datum", "", "31.12.2026", Ok(json!("2026-12-31"))),
        ("datum", "", " 2026-12-31 ", Ok(json!("2026-12-31"))),
        ("datum", "", "1.2.2026", Ok(json!("2026-02-01"))),
        ("datum", "", "29.02.2028", Ok(json!("2028-02-29"))),
        (
            "datum",
            "",
            "29.02.2026",
            Err("Der 29.02.2026 ist kein Tag im Kalender. Geben Sie das Datum so an: 31.12.1990."),
        ),
        ("datum", "", "31.02.2001", Err("Der 31.02.2001 ist kein Tag im Kalender")),
        ("datum", "", "00.01.2001", Err("kein Tag im Kalender")),
        ("datum", "", "1.13.2001", Err("kein Tag im Kalender")),
        ("datum", "", "01.01.26", Err("vier Ziffern")),
        ("datum", "", "morgen", Err("Das ist kein Datum")),
        ("datum", "", "2026-12", Err("Das ist kein Datum")),
        ("datum", "", "31/12/2026", Err("Das ist kein Datum")),
        ("datum", "", "+1.01.2026", Err("Das ist kein Datum")),
        ("datum", "", "01.01.0001", Err("Dieses Jahr kann nicht stimmen")),
        ("datum", "geburtsdatum", "23.11.2026", Ok(json!("2026-11-23"))),
        ("datum", "geburtsdatum", "24.11.2026", Err("Zukunft")),
        ("datum", "geburtsdatum", "22.11.1896", Err("130 Jahre")),
        ("datum", "datum_nicht_zukunft", "24.11.2026", Err("Zukunft")),
        ("datum", "datum_plausibel", "24.11.2028", Err("2 Jahre voraus")),
        ("datum", "datum_plausibel", "23.11.2028", Ok(json!("2028-11-23"))),
    ]);
}

#[test]
fn numbers_and_amounts_never_become_floats() {
    table(&[
        ("betrag", "", "12,34", Ok(json!(1234))),
        ("betrag", "", "12.34", Ok(json!(1234))),
        ("betrag", "", "1.234,5 €", Ok(json!(123_450))),
        ("betrag", "", "1.234", Ok(json!(123_400))),
        ("betrag", "", "1234 EUR", Ok(json!(123_400))),
        ("betrag", "", "0", Ok(json!(0))),
        ("betrag", "", "-5", Err("kein Betrag")),
        ("betrag", "", "12,345", Err("kein Betrag")),
        ("betrag", "", "12345.678,00", Err("kein Betrag")),
        ("betrag", "", "1,2,3", Err("kein Betrag")),
        ("betrag", "", "9999999999", Err("kein Betrag")),
        ("zahl", "", "007", Ok(json!(7))),
        ("zahl", "", "3,5", Err("keine ganze Zahl")),
        ("zahl", "", "-1", Err("keine ganze Zahl")),
        ("zahl", "", "٣", Err("keine ganze Zahl")),
        ("zahl", "", "1234567890", Err("keine ganze Zahl")),
    ]);
}

#[test]
fn choices_are_options_and_nothing_else() {
    table(&[
        ("auswahl", "", "a", Ok(json!("a"))),
        ("auswahl", "", "A", Err("Möglichkeit gibt es nicht")),
        ("ja_nein", "", "Ja", Ok(json!(true))),
        ("ja_nein", "", "false", Ok(json!(false))),
        ("ja_nein", "", "vielleicht", Err("„Ja“ oder „Nein“")),
        ("ja_nein", "muss_ja", "nein", Err("Ohne diese Bestätigung")),
        ("mehrfachauswahl", "", "c", Err("Möglichkeit gibt es nicht")),
    ]);
    let def = definition("mehrfachauswahl", "");
    let roh = Roh::from([("feld".into(), vec!["b".into(), "".into(), "a".into(), "b".into()])]);
    let g = pruefe_offen(&def, &roh, &[], HEUTE, Sprache::De).0;
    assert_eq!(g.felder["feld"], json!(["a", "b"]), "in the order of the definition, each once");
}

#[test]
fn text_is_composed_trimmed_and_free_of_what_no_letter_can_print() {
    table(&[
        ("text", "", "  Mu\u{308}ller ", Ok(json!("Müller"))),
        ("mehrzeilig", "", "eins\r\nzwei\rdrei", Ok(json!("eins\nzwei\ndrei"))),
        ("mehrzeilig", "", "Danke 🙂", Ok(json!("Danke 🙂"))),
        ("text", "", "a\u{0}b", Err("U+0000")),
        ("text", "", "a\u{7}b", Err("Steuerzeichen")),
        ("text", "", "a\u{202E}b", Err("U+202E")),
        ("text", "", "zwei\nZeilen", Err("nur eine Zeile")),
    ]);
    assert!(lies("text", "", &"x".repeat(201)).expect_err("too long").contains("höchstens 200 Zeichen"));
    assert_eq!(lies("text", "", &"ä".repeat(200)).expect("fits"), Some(json!("ä".repeat(200))));
    assert!(lies("mehrzeilig", "", &"x".repeat(10 << 20)).expect_err("ten megabytes").contains("zu lang"));
}

#[test]
fn named_checks_know_what_they_are_named_after() {
    table(&[
        ("text", "kfz_kennzeichen", "pi ab 123", Ok(json!("PI-AB 123"))),
        ("text", "kfz_kennzeichen", "PI-AB123E", Ok(json!("PI-AB 123E"))),
        ("text", "kfz_kennzeichen", "FÜ-X 1", Ok(json!("FÜ-X 1"))),
        ("text", "kfz_kennzeichen", "PI-AB 0123", Err("PI-AB 123")),
        ("text", "kfz_kennzeichen", "ABC-DE 1234H", Err("PI-AB 123")),
        ("text", "kfz_kennzeichen", "PI-ÄB 12", Err("PI-AB 123")),
        ("text", "plz", "25436", Ok(json!("25436"))),
        ("text", "plz", "2543", Err("fünf Ziffern")),
        ("text", "plz", "00123", Err("fünf Ziffern")),
        ("text", "hausnummer", "12 a", Ok(json!("12 a"))),
        ("text", "hausnummer", "a12", Err("beginnt mit einer Ziffer")),
        ("email", "", "Ute@Beispiel.DE", Ok(json!("Ute@beispiel.de"))),
        ("email", "", "ute@beispiel", Err("name@beispiel.de")),
        ("email", "", "ute@@beispiel.de", Err("name@beispiel.de")),
        ("email", "", "u..te@beispiel.de", Err("name@beispiel.de")),
        ("telefon", "", "+49 (4122)  12-34", Ok(json!("+49 (4122) 12-34"))),
        ("telefon", "", "ruf an", Err("Telefonnummer")),
        ("telefon", "", "123", Err("Telefonnummer")),
        ("text", "name", "d’Angelo-Đorđević  II.", Ok(json!("d’Angelo-Đorđević II."))),
        ("text", "name", "R2D2", Err("lateinischen Buchstaben")),
        ("text", "name", "🙂", Err("lateinischen Buchstaben")),
        ("text", "name", "Иванов", Err("lateinischen Buchstaben")),
        ("text", "chipnummer", "276 098 106 123 456", Ok(json!("276098106123456"))),
        ("text", "chipnummer", "27609810612345", Err("15 Ziffern")),
        ("text", "iban", "de89 3704 0044 0532 0130 00", Ok(json!("DE89370400440532013000"))),
        ("text", "iban", "GB82 WEST 1234 5698 7654 32", Ok(json!("GB82WEST12345698765432"))),
        ("text", "iban", "DE88 3704 0044 0532 0130 00", Err("IBAN")),
        ("text", "iban", "DE89 3704 0044 0532 0130 0", Err("22 Zeichen")),
        ("text", "internet", "www.beispiel.de/laden", Ok(json!("www.beispiel.de/laden"))),
        ("text", "internet", "javascript:alert(1)", Err("Internetadresse")),
        ("text", "strasse", "12", Err("Buchstaben")),
    ]);
    for name in PRUEFUNGEN {
        let leer = lies(if name.starts_with("datum") || *name == "geburtsdatum" { "datum" } else { "text" }, name, "");
        assert_eq!(leer, Ok(None), "{name}: an empty field is no matter of a check");
    }
}

#[test]
fn a_finding_names_field_problem_and_remedy_in_the_language_asked_for() {
    let def = definition("datum", "");
    let roh = Roh::from([("feld".into(), vec!["31.02.2001".into()])]);
    let de = pruefe(&def, &roh, &[], HEUTE, Sprache::De).expect_err("wrong date");
    let soll = "Das Feld: Der 31.02.2001 ist kein Tag im Kalender. Geben Sie das Datum so an: 31.12.1990.";
    assert_eq!(de, [Befund { feld: "feld".into(), text: soll.into(), norm: "Feld 8".into() }]);
    let en = pruefe(&def, &roh, &[], HEUTE, Sprache::En).expect_err("wrong date");
    assert!(en[0].text.starts_with("The field: 31.02.2001 is no day of the calendar"), "{}", en[0].text);
}

#[test]
fn a_finding_never_repeats_the_text_that_was_typed() {
    for (typ, pruefung) in [("text", "name"), ("text", "iban"), ("email", ""), ("zahl", ""), ("auswahl", "")] {
        let text = lies(typ, pruefung, "geheim-4711").expect_err("wrong");
        assert!(!text.contains("geheim"), "{text}");
    }
}

#[test]
fn what_is_not_shown_is_dropped_and_not_missed() {
    let def = definition("auswahl", "");
    let roh = |a: &str, b: &str| Roh::from([("feld".into(), vec![a.into()]), ("danach".into(), vec![b.into()])]);
    let g = pruefe(&def, &roh("", "alt\u{0}"), &[], HEUTE, Sprache::De).expect("hidden rubbish does no harm");
    assert!(g.felder.is_empty());
    let b = pruefe(&def, &roh("b", " "), &[], HEUTE, Sprache::De).expect_err("required now");
    assert_eq!((b.len(), b[0].feld.as_str()), (1, "danach"));
    assert!(pruefe(&def, &roh("a", ""), &[], HEUTE, Sprache::De).is_ok(), "shown, but not required");
}

#[test]
fn two_values_for_one_field_are_refused_and_unknown_fields_ignored() {
    let def = definition("text", "");
    let roh = Roh::from([("feld".into(), vec!["a".into(), "b".into()]), ("_csrf".into(), vec!["x".into()])]);
    let (g, b) = pruefe_offen(&def, &roh, &["fremd".into(), "sonstige".into()], HEUTE, Sprache::De);
    assert!(g.felder.is_empty());
    assert_eq!(b.iter().map(|b| b.feld.as_str()).collect::<Vec<_>>(), ["feld", "unterlage:fremd"]);
}

#[test]
fn values_are_shown_as_people_read_them() {
    let zeige = |typ: &str, v: Value| lesbar(&definition(typ, "").felder[0], Some(&v), Sprache::De);
    assert_eq!(zeige("datum", json!("2026-02-01")).as_deref(), Some("01.02.2026"));
    assert_eq!(zeige("betrag", json!(120_005)).as_deref(), Some("1200,05 EUR"));
    assert_eq!(zeige("ja_nein", json!(false)).as_deref(), Some("nein"));
    assert_eq!(zeige("auswahl", json!("b")).as_deref(), Some("Be"));
    assert_eq!(zeige("mehrfachauswahl", json!(["a", "b"])).as_deref(), Some("A, Be"));
    assert_eq!(zeige("text", json!("")), None);
}

proptest::proptest! {
    /// Whatever is typed: no panic, and what is kept is clean text of a kind the ledger takes.
    #[test]
    fn no_input_whatever_breaks_the_check(eingabe in "\\PC{0,40}|[\\x00-\\x7f]{0,20}|[0-9.,:-]{0,12}|.{0,20}", i in 0..PRUEFUNGEN.len()) {
        for typ in ["text", "mehrzeilig", "zahl", "betrag", "datum", "ja_nein", "auswahl", "email", "telefon"] {
            if let Ok(Some(wert)) = lies(typ, PRUEFUNGEN[i], &eingabe) {
                proptest::prop_assert!(!wert.is_f64() && !wert.is_object() && !wert.is_null());
                let text = wert.as_str().unwrap_or_default();
                proptest::prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
                proptest::prop_assert!(unicode_normalization::is_nfc(text));
            }
        }
    }
}

#[test]
fn a_field_for_several_values_takes_one_a_line_and_names_the_line_that_is_wrong() {
    let mut def = definition("text", "plz");
    def.felder[0].mehrfach = true;
    let eingabe = |text: &str| Roh::from([("feld".into(), vec![text.into()])]);
    let geprueft = pruefe(&def, &eingabe("25436\r\n\r\n 20095 "), &[], HEUTE, Sprache::De).expect("accepted");
    assert_eq!(geprueft.felder["feld"], json!(["25436", "20095"]));
    assert_eq!(lesbar(&def.felder[0], geprueft.felder.get("feld"), Sprache::De).as_deref(), Some("25436, 20095"));
    let befunde = pruefe(&def, &eingabe("25436\nabc"), &[], HEUTE, Sprache::De).expect_err("refused");
    assert!(befunde[0].text.starts_with("Das Feld: Zeile 2: "), "{befunde:?}");
    let viele = "25436\n".repeat(21);
    assert!(
        pruefe(&def, &eingabe(&viele), &[], HEUTE, Sprache::De).expect_err("refused")[0].text.contains("höchstens 20")
    );
    assert_eq!(pruefe(&def, &eingabe(" \n "), &[], HEUTE, Sprache::De).expect("empty").felder.get("feld"), None);
}
