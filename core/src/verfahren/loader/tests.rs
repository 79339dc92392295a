//! Definitions: the embedded ones load, faulty ones are refused with the line they are faulty in.

use super::*;
use crate::verfahren::state::Status;

/// The embedded folder with this id, as files.
pub(crate) fn folder(id: &str) -> Vec<Datei> {
    let found = builtin_files().into_iter().find(|(name, _)| *name == id);
    found.expect("the folder is embedded").1
}

/// The same folder with one text in `leistung.toml` replaced.
fn changed(id: &str, alt: &str, neu: &str) -> Vec<Datei> {
    let mut files = folder(id);
    for (pfad, bytes) in &mut files {
        if pfad == HAUPTDATEI {
            let text = String::from_utf8(bytes.clone()).expect("text");
            assert!(text.contains(alt), "{alt:?} steht nicht in {id}");
            *bytes = text.replacen(alt, neu, 1).into_bytes();
        }
    }
    files
}

fn refusals(files: Vec<Datei>) -> Vec<Fehler> {
    load_files(files).expect_err("must be refused")
}

#[test]
fn every_embedded_service_loads_and_its_examples_come_out_as_written() {
    let alle = builtin().unwrap_or_else(|e| panic!("{}", e.iter().map(|f| format!("\n{f}")).collect::<String>()));
    assert!(!alle.is_empty());
    for (ordner, def) in builtin_files().iter().zip(&alle) {
        assert_eq!(ordner.0, def.id, "the folder is called like its service");
        let texte = as_texts(&ordner.1).expect("text files");
        let beispiele = examples(&texte).expect("examples parse");
        let abgelehnt = beispiele.iter().filter(|(_, b)| !b.befunde.is_empty()).count();
        assert!(abgelehnt >= 3, "{}: only {abgelehnt} refused examples", def.id);
        assert!(beispiele.len() > abgelehnt, "{}: no accepted example", def.id);
    }
}

/// (what is replaced, by what, words of the error, text on the line it must name)
const FAULTS: &[(&str, &str, &str, &str)] = &[
    // shape
    ("version = 2", "version = \"eins\"", "So lässt sich die Datei nicht lesen", "version = \"eins\""),
    ("kanaele = [", "kanale = [", "kanale", "kanale = ["),
    ("typ = \"datum\"", "typ = \"tag\"", "tag", "typ = \"tag\""),
    ("gueltig_ab = 2023-06-01", "gueltig_ab = \"bald\"", "bald", "gueltig_ab = \"bald\""),
    // head
    ("version = 2", "version = 0", "Nummer 1", "version = 0"),
    ("leika = \"99108001001000\"", "leika = \"99\"", "14 Ziffern", "leika = \"99\""),
    ("jahre = 5", "jahre = 0", "zwischen 1 und 110", "aufbewahrung ="),
    ("bewertung = \"V\"", "bewertung = \"X\"", "archivwürdig", "aufbewahrung ="),
    ("jahresende_nach:bestandskraft", "irgendwann", "beginn ist", "aufbewahrung ="),
    ("statistik_k = 5", "statistik_k = 2", "mindestens 3", "oeffentlichkeit ="),
    ("felder = []", "felder = [\"name\"]", "keine Rechtsgrundlage", "id = \"name\""),
    ("felder = []", "felder = [\"unbekannt\"]", "gibt es nicht", "oeffentlichkeit ="),
    // form
    ("id = \"vornamen\"", "id = \"name\"", "zweimal", "id = \"name\""),
    ("id = \"vornamen\"", "id = \"Vor-Namen\"", "Erlaubt sind", "id = \"Vor-Namen\""),
    ("id = \"vornamen\"", "id = \"oder\"", "Bedingungssprache", "id = \"oder\""),
    ("gruppe = \"fahrzeug\"", "gruppe = \"garage\"", "gibt es nicht", "gruppe = \"garage\""),
    ("pruefung = \"kfz_kennzeichen\"", "pruefung = \"tuev\"", "Es gibt:", "pruefung = \"tuev\""),
    (
        "pruefung = \"kfz_kennzeichen\"",
        "pruefung = \"geburtsdatum\"",
        "passt nicht zum Typ",
        "pruefung = \"geburtsdatum\"",
    ),
    ("schutz = \"personenbezogen\"", "schutz = \"oeffentlich\"", "Rechtsgrundlage", "schutz = \"oeffentlich\""),
    ("zeigen_wenn = \"gemeldet = nein\"", "zeigen_wenn = \"gemeldet = vielleicht\"", "kann nie", "= vielleicht"),
    ("zeigen_wenn = \"gemeldet = nein\"", "zeigen_wenn = \"gemeldet nein\"", "Zeichen 10", "gemeldet nein"),
    ("zeigen_wenn = \"gemeldet = nein\"", "zeigen_wenn = \"umzug = ja\"", "„umzug“ gibt es nicht", "umzug = ja"),
    ("zeigen_wenn = \"gemeldet = nein\"", "zeigen_wenn = \"belastend\"", "nur in Schritten", "\"belastend\""),
    (
        "zeigen_wenn = \"gemeldet = nein\"",
        "zeigen_wenn = \"halter = selbst\"",
        "erst später gefragt",
        "\"halter = selbst\"",
    ),
    ("zeigen_wenn = \"gemeldet = nein\"", "zeigen_wenn = \"gesetzt(gemeldet_ab)\"", "im Kreis", "gesetzt(gemeldet_ab)"),
    // contradictions
    (
        "zeigen_wenn = \"gemeldet = nein\"",
        "zeigen_wenn = \"gemeldet = nein und gemeldet = ja\"",
        "tritt nie ein",
        "= ja\"",
    ),
    (
        "zeigen_wenn = \"gemeldet = nein\"",
        "zeigen_wenn = \"gemeldet = nein oder gemeldet != nein\"",
        "gilt immer",
        "!=",
    ),
    ("zeigen_wenn = \"gemeldet = nein\"", "zeigen_wenn = \"falsch\"", "wird nie gezeigt", "\"falsch\""),
    ("pflicht_wenn = \"gemeldet = nein\"", "pflicht_wenn = \"gemeldet = ja\"", "nur dann Pflicht", "gemeldet = ja"),
    // steps
    ("id = \"pruefen\"", "id = \"pruefen\"\nvier_augen_ab = 0", "gehören zum Schritt „entscheiden“", "pruefen"),
    ("vier_augen_ab", "nie_vier_augen_ab", "nie_vier_augen_ab", "nie_vier_augen_ab"),
    ("art = \"zustellen\"", "art = \"pruefen\"", "Kein Ende ist erreichbar", "[[schritte]]"),
    ("art = \"anhoeren\"", "art = \"pruefen\"", "§ 28 VwVfG", "id = \"entscheiden\""),
    ("begruendung = true", "begruendung = false", "§ 39 Abs. 1 VwVfG", "[bescheid]"),
    ("ermessen = true", "ermessen = true\nautomatisch = true", "§ 35a VwVfG", "automatisch = true"),
    ("regel = \"vwgo75\"", "regel = \"\"", "keine Regel", "regel = \"\""),
    ("ab = \"eingang\"", "ab = \"ostern\"", "eingang", "ab = \"ostern\""),
    ("betrag = \"30.70\"", "betrag = \"30,70\"", "Dezimalzahl", "betrag = \"30,70\""),
    (
        "art = \"gebuehr\"",
        "art = \"beteiligen\"",
        "Es fehlt ein Schritt „gebuehr“",
        "tatbestand = \"bewohnerparken_jahr\"",
    ),
];

#[test]
fn a_faulty_definition_is_refused_with_the_line_of_the_fault() {
    for (alt, neu, worte, zeile) in FAULTS {
        let files = changed("bewohnerparken", alt, neu);
        let befunde = refusals(files.clone());
        let treffer = befunde.iter().find(|f| f.text.contains(worte));
        let f = treffer.unwrap_or_else(|| panic!("{neu}: {befunde:?}"));
        // Named is the line itself or the head of its entry (`[[felder]]`, then the id).
        let hier = (f.zeile..f.zeile + 3).any(|z| text_at(&files, z).contains(zeile));
        assert!(hier, "{neu}: {f}, dort steht {:?}", text_at(&files, f.zeile));
    }
}

fn text_at(files: &[Datei], zeile: usize) -> String {
    let (_, bytes) = files.iter().find(|(p, _)| p == HAUPTDATEI).expect("main file");
    String::from_utf8_lossy(bytes).lines().nth(zeile - 1).unwrap_or_default().to_owned()
}

#[test]
fn a_dataset_may_only_be_made_of_fields_with_a_legal_basis() {
    let alt = "aus = [[\"betrieb_strasse betrieb_hausnummer\"";
    let files = changed("gewerbeanmeldung", alt, "aus = [[\"betrieb_strasse betrieb_telefon\"");
    assert!(refusals(files).iter().any(|f| f.text.contains("betrieb_telefon") && f.text.contains("Rechtsgrundlage")));
    let ohne = changed("gewerbeanmeldung", "rechtsgrundlage = \"§ 14 Abs. 5 Satz 2 GewO\"", "rechtsgrundlage = \"\"");
    assert!(refusals(ohne).iter().any(|f| f.text.contains("rechtsgrundlage")));
    let zweimal = changed("gewerbeanmeldung", "id = \"anschrift\"", "id = \"name\"");
    assert!(refusals(zweimal).iter().any(|f| f.text.contains("„name“ braucht eine eigene id")));
}

/// Folders adopted before columns had an order and titles.
#[test]
fn columns_written_as_a_table_are_still_read() {
    let files = folder("gewerbeanmeldung");
    let (_, bytes) = files.iter().find(|(p, _)| p == "leistung.toml").expect("there");
    let text = String::from_utf8(bytes.clone()).expect("text");
    let (kopf, rest) = text.split_once("[[datensatz.spalten]]").expect("columns");
    let ende = rest.find("[[gruppen]]").expect("groups follow");
    let text = format!("{kopf}[datensatz.spalten]\nb = [[\"firma\"]]\na = [[\"taetigkeit\"]]\n\n{}", &rest[ende..]);
    let def = from_adopted(&as_adopted(&[("leistung.toml".into(), text.into_bytes())])).expect("readable");
    let spalten = def.datensatz.expect("dataset").spalten;
    let ids: Vec<_> = spalten.iter().map(|s| (s.id.as_str(), s.titel.de.as_str())).collect();
    assert_eq!(ids, [("a", "a"), ("b", "b")]);
}

#[test]
fn a_definition_that_contradicts_its_examples_is_refused() {
    let files = changed("bewohnerparken", "pruefung = \"kfz_kennzeichen\"", "pruefung = \"\"");
    let befunde = refusals(files);
    assert!(befunde.iter().any(|f| f.datei == "examples/abgelehnt_kennzeichen.toml"), "{befunde:?}");
    let mut ohne = folder("bewohnerparken");
    ohne.retain(|(p, _)| !p.starts_with("examples/angenommen") && !p.starts_with("examples/entfallene"));
    assert!(refusals(ohne).iter().any(|f| f.text.contains("das angenommen wird")));
}

#[test]
fn files_that_are_no_text_or_lie_elsewhere_are_refused() {
    let mut files = folder("bewohnerparken");
    files.push(("bild.png".into(), vec![b'a', b'\n', 0xFF, 0xFE]));
    files.push(("../leistung.toml".into(), vec![]));
    let befunde = refusals(files);
    assert!(befunde.iter().any(|f| f.datei == "bild.png" && f.zeile == 2 && f.text.contains("UTF-8")));
    assert!(befunde.iter().any(|f| f.datei == "../leistung.toml"));
    assert!(refusals(vec![]).iter().any(|f| f.text.contains("fehlt")));
}

#[test]
fn the_pinned_hash_is_the_sum_that_coreutils_compute() {
    let files = vec![("b.toml".to_owned(), b"zwei\n".to_vec()), ("a/x.toml".to_owned(), b"eins\n".to_vec())];
    // printf eins>a/x.toml …: find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum
    assert_eq!(pinned_hash(&files), "738e70fdae9bf70501a80c17af85b81f9a8fae6dd738dc9166ab8466b960e160");
    let mut gedreht = files.clone();
    gedreht.reverse();
    assert_eq!(pinned_hash(&files), pinned_hash(&gedreht));
    let umbenannt = vec![("c.toml".to_owned(), b"zwei\n".to_vec()), files[1].clone()];
    assert_ne!(pinned_hash(&files), pinned_hash(&umbenannt));
}

#[test]
fn an_adopted_definition_comes_back_the_same_and_refuses_changed_bytes() {
    for (id, files) in builtin_files() {
        let def = load_files(files.clone()).expect(id);
        let mut dateien = as_adopted(&files);
        assert_eq!(from_adopted(&dateien), Ok(def));
        dateien[0].inhalt.push(' ');
        assert!(from_adopted(&dateien).expect_err("changed")[0].text.contains("Prüfsumme"));
    }
}

#[test]
fn a_folder_on_disk_loads_like_the_embedded_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("leistungen");
    for def in builtin().expect("definitions load") {
        assert_eq!(load_dir(&root.join(&def.id)), Ok(def));
    }
    assert!(load_dir(&root.join("gibt-es-nicht")).is_err());
}

#[test]
fn only_what_decides_can_be_decided_announced_and_opposed() {
    let by_id = |id: &str| builtin().expect("load").into_iter().find(|d| d.id == id).expect("there");
    let parken = zustaende(&by_id("bewohnerparken"));
    assert_eq!(parken.len(), 19, "every state a case can be in");
    let gewerbe = zustaende(&by_id("gewerbeanmeldung"));
    assert!(gewerbe.contains(&Status::Nachforderung) && gewerbe.contains(&Status::ZdA));
    for nie in [Status::Entscheidungsreif, Status::Gezeichnet, Status::Widerspruch, Status::Anhoerung, Status::Leer] {
        assert!(!gewerbe.contains(&nie), "{nie:?}");
    }
}

#[test]
fn unconfirmed_fees_are_told_to_whoever_looks() {
    for def in builtin().expect("load").iter().filter(|d| d.gebuehren.iter().any(|g| !g.verified)) {
        assert!(def.unverified.iter().any(|u| u.contains("Nicht bestätigt")), "{}", def.id);
    }
}

/// Every town that lies in the repository, by the file system alone.
fn towns() -> Vec<crate::stadt::Stadt> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dirs =
        ["cli/demo", "tests/towns"].iter().flat_map(|d| std::fs::read_dir(root.join(d)).expect("there").flatten());
    let text = |d: std::fs::DirEntry| std::fs::read_to_string(d.path().join("stadt.toml")).expect("stadt.toml");
    dirs.filter(|d| d.path().is_dir()).map(|d| toml::from_str(&text(d)).expect("a town")).collect()
}

#[test]
fn what_services_name_outside_themselves_exists_in_every_town() {
    let law = crate::recht::Law::builtin().expect("law");
    let plan = include_str!("../../../aktenplan/aktenplan.toml");
    let plan: Vec<String> = plan
        .lines()
        .filter_map(|l| l.split_once("kennung = \"")?.1.split_once('"'))
        .map(|(k, _)| k.to_owned())
        .collect();
    let staedte = towns();
    assert!(staedte.len() >= 2 && plan.len() >= 120);
    for stadt in staedte {
        let einheiten: Vec<String> = stadt.einheiten.iter().map(|e| e.id.clone()).collect();
        let umfeld = Umfeld { law: &law, einheiten: &einheiten, aktenplan: &plan };
        for def in builtin().expect("load") {
            assert_eq!(check_umfeld(&def, umfeld), [], "{} in {}", def.id, stadt.kurzname);
            let zustaendig = stadt.einheiten.iter().find(|e| e.id == def.einheit).expect("unit");
            assert!(zustaendig.aktenplan.iter().any(|a| def.aktenplan.starts_with(a.as_str())), "{}", def.id);
        }
    }
}

#[test]
fn a_rule_a_fee_or_a_recipient_that_does_not_exist_is_named() {
    let law = crate::recht::Law::builtin().expect("law");
    let umfeld = Umfeld { law: &law, einheiten: &["andere".to_owned()], aktenplan: &["9".to_owned()] };
    let files = changed("gewerbeabmeldung", "Registergericht = ", "Amtsgericht = ");
    let mut def = load_files(files).expect("well formed");
    def.fristen[0].regel = "erfunden".into();
    def.gebuehren[0].tatbestand = "unbekannt".into();
    def.felder[0].nummer = "77".into();
    let texte: Vec<String> = check_umfeld(&def, umfeld).into_iter().map(|f| f.text).collect();
    // Each at its own line: the main file has no other that contains the word.
    let befunde = check_umfeld(
        &load_files(changed("gewerbeabmeldung", "Registergericht = ", "Amtsgericht = ")).expect("well formed"),
        umfeld,
    );
    let quelle = &load_files(folder("gewerbeabmeldung")).expect("loads").quelle;
    for (wort, zeile) in
        [("Amtsgericht", "empfaenger_wenn"), ("einheit:", "einheit = "), ("aktenplan:", "aktenplan = ")]
    {
        let f = befunde.iter().find(|f| f.text.contains(wort)).unwrap_or_else(|| panic!("{wort}: {befunde:?}"));
        assert!(quelle.lines().nth(f.zeile - 1).is_some_and(|l| l.contains(zeile)), "{f}");
    }
    for wort in ["Amtsgericht", "erfunden", "unbekannt", "„77“", "Einheit", "Aktenplan"] {
        assert!(texte.iter().any(|t| t.contains(wort)), "{wort}: {texte:?}");
    }
}

#[test]
fn a_text_block_is_there_once_in_each_version() {
    let zwei = |neu: &str| {
        let bloecke = format!("{{ id = \"wohnung\", de = \"Alt.\" }},\n    {{ {neu}, de = \"Sie wohnen im");
        load_files(changed("bewohnerparken", "{ de = \"Sie wohnen im", &bloecke))
    };
    let said = zwei("id = \"wohnung\"").expect_err("twice the same");
    assert!(said.iter().any(|f| f.text.contains("„wohnung“ in Fassung 1")), "{said:?}");
    let def =
        zwei("id = \"wohnung\", version = 2, quelle = \"§ 45 StVO\", wofuer = \"ermessen\"").expect("a new wording");
    assert_eq!(def.bescheid.expect("notice").bausteine.len(), 5);
}

#[test]
fn the_statutory_forms_are_complete() {
    for (id, letzte) in [("gewerbeanmeldung", 33), ("gewerbeabmeldung", 30)] {
        let def = builtin().expect("load").into_iter().find(|d| d.id == id).expect("there");
        let da: std::collections::BTreeSet<u16> =
            def.felder.iter().filter_map(|f| f.nummer.split('.').next()?.parse().ok()).collect();
        // The last field is the signature, which falls away online (§ 2 Abs. 1 Satz 2 GewAnzV).
        assert_eq!(da.into_iter().collect::<Vec<_>>(), (1..letzte).collect::<Vec<_>>(), "{id}");
        let mit_nummer: Vec<&str> = def.felder.iter().map(|f| f.nummer.as_str()).filter(|n| !n.is_empty()).collect();
        let einmal: std::collections::BTreeSet<&&str> = mit_nummer.iter().collect();
        assert_eq!(einmal.len(), mit_nummer.len(), "{id}: no number twice");
    }
}

const ZWEITE_PERSON: &str = include_str!("../../../tests/zweite_person.toml");

/// A scaffold with a representative and a second person.
const PERSONEN: &str = r#"
[vertretung]
wenn = "art = dauerhaft"
nachweis = "nachweis"

[[felder]]
id = "vertreter_name"
gruppe = "anliegen"
label.de = "Ihr Name als Vertretung"
typ = "text"
zeigen_wenn = "art = dauerhaft"
pflicht_wenn = "art = dauerhaft"
schutz = "personenbezogen"
subjekt = "vertreter"
"#;

fn with_persons(alt: &str, neu: &str) -> Vec<Datei> {
    let mut files = geruest("probe", "ordnung");
    let text = format!("{}{PERSONEN}\n{ZWEITE_PERSON}", String::from_utf8(files[0].1.clone()).expect("text"));
    assert!(text.contains(alt), "{alt}");
    files[0].1 = text.replacen(alt, neu, 1).into_bytes();
    files
}

#[test]
fn representatives_and_further_persons_need_fields_of_their_own() {
    let def = load_files(with_persons("version", "version")).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!((def.mitantrag.len(), def.vertretung.is_some()), (1, true));
    for (alt, neu, worte, zeile) in [
        ("subjekt = \"vertreter\"", "subjekt = \"x\"", "Kein Feld hat das subjekt", "[vertretung]"),
        ("nachweis = \"nachweis\"", "nachweis = \"fehlt\"", "Eine Unterlage „fehlt“", "[vertretung]"),
        (
            "[vertretung]\nwenn = \"art = dauerhaft\"",
            "[vertretung]\nwenn = \"fehlt = ja\"",
            "Ein Feld „fehlt“",
            "[vertretung]",
        ),
        ("rolle = \"partner\"", "rolle = \"antragsteller\"", "keines von", "antragsteller"),
        ("subjekt = \"partner\"", "subjekt = \"y\"", "nirgends gefragt", "rolle = \"partner\""),
        ("wenn = \"gesetzt(partner_name)\"", "wenn = \"gesetzt(niemand)\"", "„niemand“ gibt es nicht", "niemand"),
    ] {
        let files = with_persons(alt, neu);
        let befunde = refusals(files.clone());
        let f = befunde.iter().find(|f| f.text.contains(worte)).unwrap_or_else(|| panic!("{neu}: {befunde:?}"));
        assert!(text_at(&files, f.zeile).contains(zeile), "{f}");
    }
}
