//! Every kind of notice, looked at by programs that are not ours: poppler and qpdf, and veraPDF where it is there.
//!
//! Where a tool is missing the test says so and proves nothing; `tests/run` installs poppler and qpdf and sets
//! `AKTE_PDF`, and then a missing tool is an error.

use akte_core::documents::notice::{self, Attachment, NAMES, qr, template_by_name};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

/// What the tool printed; `None` if it is not on this machine.
fn tool(name: &str, args: &[&str]) -> Option<String> {
    match Command::new(name).args(args).output() {
        Ok(out) => Some(String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)),
        Err(_) if std::env::var_os("AKTE_PDF").is_some() => panic!("{name} is missing"),
        Err(_) => {
            println!("{name} nicht vorhanden: nicht bewiesen");
            None
        }
    }
}

fn input() -> Value {
    let zeile = |l: &str, v: &str| json!({ "label": l, "value": v });
    json!({
        "stadt": { "name": "Stadt Musterstadt", "strasse": "Am Markt 1", "plz": "25000", "ort": "Musterstadt",
            "telefon": "04100 7140", "email": "rathaus@musterstadt.example", "oeffnungszeiten": "Mo bis Fr",
            "domain": "musterstadt.example" },
        "empfaenger": ["Änne Größler-Çelik", "Lange Straße 7 a", "25000 Musterstadt"],
        "aktenzeichen": "32.10-2026-00017", "datum": "2026-11-22", "sachbearbeitung": null,
        "betreff": "Bewohnerparkausweis", "anrede": "Guten Tag,",
        "absaetze": ["wir schreiben Ihnen.", "Ein Satz, der den Bescheid lang macht. ".repeat(150)],
        "tabelle": [zeile("Straße", "Lange Straße"), zeile("Kennzeichen", "PI-AB 123")],
        "unterschriften": [{ "name": "Jens Petersen", "funktion": "Im Auftrag" }],
        "hinweise": ["Der Wortlaut ist noch nicht bestätigt."],
        "nachweis": { "was": "Ihr Antrag", "pruefsumme": "sobmY5Js3DI0ttm_ADH5fH", "adresse": "https://musterstadt.example/pruefen" },
        "salz": "c2Fseg",
        "eingang": "20. November 2026, 10:31 Uhr", "rechtsgrundlage": "§ 15 GewO", "kanal": "vor Ort",
        "posten": [{ "bezeichnung": "Ausweis", "grundlage": "Nr. 265", "betrag_cent": 3070 }],
        "faellig": "2026-12-22", "zahlung": [zeile("IBAN", "DE02 1203")], "begruendung": ["Weil."],
        "tenor": ["Ihr Antrag wird bewilligt."], "nebenbestimmungen": ["Gilt zwei Jahre."], "ermessen": ["Abgewogen."],
        "gebuehr": [{ "bezeichnung": "Ausweis", "grundlage": "Nr. 265", "betrag_cent": 3070 }],
        "gebuehr_hinweis": "Gesondert.", "belehrung": "Gegen diesen Bescheid kann Widerspruch erhoben werden.",
        "fallcode": "Zk3vT0bq8nYh2LxWc5RmPg", "status_adresse": "https://musterstadt.example/status",
        "qr": qr("https://musterstadt.example/s/Zk3vT0bq8nYh2LxWc5RmPg").expect("fits"),
        "abschnitte": [{ "titel": "Ereignisse", "absaetze": ["Alle."], "kopf": ["Nr.", "Was"], "breiten": [1, 4],
            "reihen": [["1", "Antrag eingegangen."], ["2", "Akte angelegt."]] }],
        "unterlagen": ["Ausweis.pdf"], "ereignis_hash": "sobmY5Js3DI0ttm_ADH5fH", "pruef_adresse": "https://musterstadt.example/pruefen"
    })
}

/// One notice of this kind in a folder of its own.
fn notice(name: &str, dir: &Path) -> String {
    let anlage = Attachment {
        name: "zusage.json",
        media: "application/json",
        beschreibung: "Zusage für Prüfprogramme",
        bytes: b"{\"v\":1}",
    };
    let template = template_by_name(name).expect("template");
    let pdf = notice::render(&template, &input(), &[anlage]).expect("renders").pdf;
    let path = dir.join(format!("{name}.pdf"));
    std::fs::write(&path, pdf).expect("written");
    path.to_string_lossy().into_owned()
}

/// Objects of a file as qpdf reads them.
fn objects(text: &str) -> Map<String, Value> {
    let all: Value = serde_json::from_str(text).expect("qpdf speaks JSON");
    all["qpdf"][1].as_object().expect("objects").clone()
}

fn resolve<'a>(all: &'a Map<String, Value>, v: &'a Value) -> &'a Value {
    let Some(reference) = v.as_str().filter(|s| s.ends_with(" R")) else { return v };
    let object = &all[&format!("obj:{reference}")];
    object.get("value").or_else(|| object.get("stream").map(|s| &s["dict"])).expect("an object")
}

#[test]
fn every_kind_of_notice_is_tagged_says_its_language_and_calls_itself_archivable_and_accessible() {
    let dir = tempfile::tempdir().expect("dir");
    for name in NAMES {
        let file = notice(name, dir.path());
        let Some(info) = tool("pdfinfo", &[&file]) else { return };
        let line = |k: &str| info.lines().find_map(|l| l.strip_prefix(k)).map(str::trim).unwrap_or_default().to_owned();
        assert_eq!((line("Tagged:"), line("Title:")), ("yes".into(), "Bewohnerparkausweis".into()), "{name}: {info}");
        assert!(line("JavaScript:") == "no" && line("Encrypted:") == "no", "{name}: {info}");
        let Some(xmp) = tool("pdfinfo", &["-meta", &file]) else { return };
        for part in ["<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<", "Bewohnerparkausweis"] {
            assert!(xmp.contains(part), "{name} lacks {part}: {xmp}");
        }
    }
}

#[test]
fn a_screen_reader_finds_headings_paragraphs_and_tables_in_order() {
    let dir = tempfile::tempdir().expect("dir");
    for name in NAMES {
        let file = notice(name, dir.path());
        let Some(tree) = tool("pdfinfo", &["-struct-text", &file]) else { return };
        assert!(tree.starts_with("Document"), "{name}: {tree:.200}");
        for tag in ["H1", "P (block)", "Table", "TH", "TD"] {
            assert!(tree.contains(tag), "{name} has no {tag}: {tree}");
        }
        let at = |t: &str| tree.find(t).unwrap_or_else(|| panic!("{name}: {t} is not in the tree: {tree}"));
        assert!(
            at("Bewohnerparkausweis") < at("wir schreiben Ihnen") && at("wir schreiben Ihnen") < at("Jens Petersen")
        );
        if name == "schalterbeleg" {
            assert!(tree.contains("Figure"), "the code for the camera has its place: {tree}");
        }
    }
}

#[test]
fn every_font_is_embedded_with_its_way_back_to_text() {
    let dir = tempfile::tempdir().expect("dir");
    for name in NAMES {
        let file = notice(name, dir.path());
        let Some(fonts) = tool("pdffonts", &[&file]) else { return };
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty(), "{name}: {fonts}");
        for row in rows {
            let mut columns: Vec<&str> = row.split_whitespace().collect();
            // Number and generation of the object at the end; before them: embedded, subset, to Unicode.
            columns.truncate(columns.len() - 2);
            assert_eq!(columns[columns.len() - 3..], ["yes", "yes", "yes"], "{name}: {row}");
        }
    }
}

#[test]
fn every_attachment_says_what_it_is_to_the_notice() {
    let dir = tempfile::tempdir().expect("dir");
    for name in NAMES {
        let file = notice(name, dir.path());
        let Some(list) = tool("pdfdetach", &["-list", &file]) else { return };
        assert!(list.starts_with("1 embedded files") && list.contains("zusage.json"), "{name}: {list}");
        let Some(text) = tool("qpdf", &["--json", &file]) else { return };
        let all = objects(&text);
        let trailer = &all["trailer"]["value"];
        let root = resolve(&all, &trailer["/Root"]);
        assert_eq!(root["/Lang"], "u:de-DE", "{name}");
        assert_eq!(resolve(&all, &root["/MarkInfo"])["/Marked"], true, "{name}");
        assert!(resolve(&all, &root["/StructTreeRoot"]).get("/K").is_some(), "{name}");
        assert_eq!(resolve(&all, &root["/ViewerPreferences"])["/DisplayDocTitle"], true, "{name}");
        let files = resolve(&all, &root["/AF"]).as_array().unwrap_or_else(|| panic!("{name}: no /AF")).clone();
        assert_eq!(files.len(), 1, "{name}");
        let spec = resolve(&all, &files[0]);
        assert_eq!(spec["/AFRelationship"], "/Data", "{name}");
        assert!(spec["/Desc"].as_str().is_some_and(|d| d.contains("Zusage")), "{name}: {spec}");
        let Some(checked) = tool("qpdf", &["--check", &file]) else { return };
        assert!(checked.contains("No syntax or stream encoding errors"), "{name}: {checked}");
    }
}

#[test]
fn a_checker_of_the_standards_finds_nothing_where_there_is_one() {
    let dir = tempfile::tempdir().expect("dir");
    for name in NAMES {
        let file = notice(name, dir.path());
        for flavour in ["3a", "ua1"] {
            let Ok(out) = Command::new("verapdf").args(["--flavour", flavour, "--format", "text", &file]).output()
            else {
                println!("veraPDF nicht vorhanden: nicht bewiesen");
                return;
            };
            let said = String::from_utf8_lossy(&out.stdout);
            assert!(said.starts_with("PASS"), "{name} {flavour}: {said}");
        }
    }
}
