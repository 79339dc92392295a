//! Plans in every form they come and go.

use super::*;
use std::collections::BTreeMap;

#[test]
fn the_plan_that_comes_along_has_its_positions_parents_and_retention() {
    let plan = builtin().unwrap();
    let all: BTreeSet<_> = plan.iter().map(|p| p.kennung.as_str()).collect();
    assert!(plan.len() >= 120, "only {} positions", plan.len());
    assert_eq!(all.len(), plan.len());
    for p in &plan {
        assert!(parent(&p.kennung).is_none_or(|above| all.contains(above)), "{}", p.kennung);
    }
    assert_eq!(parent("32.21"), Some("32.2"));
    assert_eq!((parent("32.5.1"), parent("32.2"), parent("32")), (Some("32.5"), Some("32"), Some("3")));
    assert_eq!((parent("3"), parent("")), (None, None));
    for digit in '0'..='9' {
        assert!(all.contains(digit.to_string().as_str()), "main group {digit}");
    }
}

#[test]
fn the_services_of_the_town_find_their_positions() {
    let plan = builtin().unwrap();
    let title = |k: &str| plan.iter().find(|p| p.kennung == k).map(|p| p.titel.as_str());
    assert_eq!(title("32.21"), Some("Gewerbeanzeigen"));
    assert_eq!(title("32.5.1"), Some("Bewohnerparken"));
    assert_eq!(title("22.3"), Some("Hundesteuer"));
    assert_eq!(title("33"), Some("Meldewesen und Ausweise"));
}

/// A plan of two positions in which `with` replaces `what`.
fn plan(what: &str, with: &str) -> Result<Vec<Position>, PlanError> {
    let text = "format = \"aktenkette-aktenplan/1\"\ntitel = \"t\"\nversion = \"1\"\nvalid_from = 2026-01-01\n\
        source = \"s\"\nverified = false\nposition = [\n\
        { kennung = \"3\", titel = \"Ordnung\", jahre = 10, bewertung = \"B\" },\n\
        { kennung = \"32\", titel = \"Gewerbe\", jahre = 5, bewertung = \"V\" },\n]\n";
    assert!(text.contains(what), "{what:?} is not in the plan");
    parse(&text.replace(what, with))
}

#[test]
fn a_plan_with_a_gap_a_double_or_no_retention_is_refused_by_its_kennung() {
    assert_eq!(plan("Gewerbe", "Gewerbe").unwrap().len(), 2);
    for (what, with, says) in [
        ("\"32\"", "\"42\"", "übergeordnete"),
        ("\"32\"", "\"3\"", "zweimal"),
        ("\"32\"", "\"32.\"", "Ziffern"),
        ("\"32\"", "\"321\"", "Ziffern"),
        ("\"Gewerbe\"", "\" \"", "Titel"),
        ("jahre = 5, ", "", "genau eines"),
        ("jahre = 5", "jahre = 0", "genau eines"),
        ("jahre = 5", "jahre = 5, dauernd = true", "genau eines"),
        ("jahre = 5", "dauernd = true", "vernichtet"),
        ("plan/1", "plan/2", "Format"),
        ("jahre = 5", "monate = 5", "nicht lesbar"),
    ] {
        let error = plan(what, with).unwrap_err().to_string();
        assert!(error.contains(says), "{with}: {error}");
    }
}

const AB: Date = jiff::civil::date(2027, 1, 1);

fn karte(plan: Vec<Position>) -> BTreeMap<String, Position> {
    plan.into_iter().map(|p| (p.kennung.clone(), p)).collect()
}

#[test]
fn a_plan_goes_out_as_a_table_and_as_xdomea_and_comes_back_the_same() {
    let plan: Vec<Position> = builtin().unwrap().into_iter().map(|p| Position { valid_from: AB, ..p }).collect();
    let csv = tabelle::schreiben(&plan).unwrap();
    assert!(csv.starts_with("\u{feff}kennung;titel;jahre;bewertung\r\n".as_bytes()), "opens in a spreadsheet as it is");
    assert_eq!(tabelle::lesen(&csv, AB).unwrap(), plan);
    let xml = xdomea::schreiben(&kopf(), &karte(plan.clone())).unwrap();
    assert_eq!(karte(xdomea::lesen(&xml, AB).unwrap()), karte(plan));
}

fn kopf() -> xdomea::Kopf {
    xdomea::Kopf {
        prozess: uuid::Uuid::from_u128(7),
        am: "2026-11-29T08:00:00Z".parse().unwrap(),
        absender: "Stadt & Amt".into(),
        empfaenger: "Kreisarchiv".into(),
        version: "2027-01-01".into(),
    }
}

#[test]
fn titles_with_separators_quotes_and_angle_brackets_survive_both_forms() {
    let zeile = |titel: &str| Position {
        kennung: "3".into(),
        titel: titel.into(),
        aufbewahrung_jahre: Some(10),
        bewertung: Bewertung::B,
        valid_from: AB,
    };
    for titel in ["A; B", "„Straße“ & \"Weg\"", "a < b > c", "Größe ü 𝄞"] {
        let plan = vec![zeile(titel)];
        assert_eq!(tabelle::lesen(&tabelle::schreiben(&plan).unwrap(), AB).unwrap(), plan);
        let xml = xdomea::schreiben(&kopf(), &karte(plan.clone())).unwrap();
        assert_eq!(xdomea::lesen(&xml, AB).unwrap(), plan, "{}", String::from_utf8_lossy(&xml));
    }
}

#[test]
fn a_table_with_a_fault_is_refused_by_its_line() {
    let gut = "kennung;titel;jahre;bewertung\n3;Ordnung;10;B\n32;Gewerbe;dauernd;A\n";
    assert_eq!(tabelle::lesen(gut.as_bytes(), AB).unwrap().len(), 2);
    for (alt, neu, says) in [
        ("32;Gewerbe;dauernd;A", "32;Gewerbe;ewig;A", "Zeile 3: jahre"),
        ("10;B", "10;C", "Zeile 2: bewertung"),
        ("32;Gewerbe;dauernd;A", "32;Gewerbe;dauernd", "Zeile 3: 3 Spalten statt 4"),
        ("titel", "name", "Spalte „titel“ fehlt"),
        ("32;", "3;", "zweimal"),
        ("3;Ordnung", "4;Ordnung", "übergeordnete"),
    ] {
        let error = tabelle::lesen(gut.replacen(alt, neu, 1).as_bytes(), AB).unwrap_err().to_string();
        assert!(error.contains(says), "{neu}: {error}");
    }
    let latin = [b"kennung;titel;jahre;bewertung\n3;Stra".as_slice(), b"\xdfe;10;B\n"].concat();
    let error = tabelle::lesen(&latin, AB).unwrap_err().to_string();
    assert!(error.contains("Zeile 2") && error.contains("CSV UTF-8"), "{error}");
}

#[test]
fn a_message_that_is_none_is_cut_or_declares_entities_is_refused() {
    let xml = xdomea::schreiben(&kopf(), &karte(builtin().unwrap())).unwrap();
    let text = String::from_utf8(xml).unwrap();
    for (kaputt, says) in [
        (text[..text.len() / 2].to_owned(), "nicht lesbar"),
        (text[..=text[..text.len() / 2].rfind('>').unwrap()].to_owned(), "abgeschnitten"),
        (text.replace("Aktenplan.Aktenplan.0301", "Aktenplan.EmpfangBestaetigen.0302"), "erwartet wird"),
        (text.replace("<xdomea:Akten", "<!DOCTYPE x [<!ENTITY a \"b\">]><xdomea:Akten"), "DOCTYPE"),
        (text.replacen("<code>B</code>", "<code>X</code>", 1), "Aussonderungsart"),
        ("kein XML".to_owned(), "nicht lesbar"),
    ] {
        let error = xdomea::lesen(kaputt.as_bytes(), AB).unwrap_err().to_string();
        assert!(error.contains(says), "{says}: {error}");
    }
    let tief = format!("<Aktenplan.Aktenplan.0301>{}", "<Einheit>".repeat(100));
    assert!(xdomea::lesen(tief.as_bytes(), AB).unwrap_err().to_string().contains("Stufen"));
}

#[test]
fn two_plans_are_told_apart_by_titles_rules_and_positions() {
    let alt = karte(builtin().unwrap());
    let mut neu = alt.clone();
    neu.remove("32.5.1");
    neu.get_mut("22.3").unwrap().titel = "Steuer für Hunde".into();
    neu.get_mut("32.21").unwrap().aufbewahrung_jahre = Some(30);
    let saetze: Vec<String> =
        unterschied::unterschied(&alt, &neu).iter().map(|a| format!("{} {}", a.kennung(), a.satz())).collect();
    assert_eq!(saetze.len(), 3, "{saetze:?}");
    assert!(saetze[0].starts_with("22.3 „Hundesteuer“ heißt jetzt „Steuer für Hunde“"), "{saetze:?}");
    assert!(saetze[1].starts_with("32.21 30 Jahre"), "{saetze:?}");
    assert_eq!(saetze[2], "32.5.1 geschlossen: „Bewohnerparken“");
    assert!(unterschied::unterschied(&alt, &alt).is_empty());
}
