//! What a notice must be as a file, and what hostile text must not do to it.

use super::*;
use serde_json::json;

fn brief() -> Brief {
    Brief {
        stadt: Absender {
            name: "Stadt Musterstadt".into(),
            strasse: "Am Markt 1".into(),
            plz: "25000".into(),
            ort: "Musterstadt".into(),
            telefon: "04100 714-0".into(),
            email: "rathaus@musterstadt.example".into(),
            oeffnungszeiten: "Mo bis Fr 8.30 bis 12 Uhr, Do auch 14 bis 18 Uhr".into(),
            domain: "musterstadt.example".into(),
        },
        empfaenger: vec![
            "Frau".into(),
            "Änne Größler-Çelik".into(),
            "Lange Straße 7 a".into(),
            "25000 Musterstadt".into(),
        ],
        aktenzeichen: "32.10-2026-00017".into(),
        datum: "2026-11-22".parse().expect("date"),
        sachbearbeitung: Some(Sachbearbeitung {
            name: "Jens Petersen".into(),
            einheit: "Bürgerbüro".into(),
            telefon: None,
            email: None,
        }),
        betreff: "Ihre Gewerbeanmeldung vom 20. November 2026".into(),
        anrede: "Guten Tag Änne Größler-Çelik,".into(),
        absaetze: vec!["wir bestätigen den Empfang Ihrer Anzeige.".into()],
        tabelle: vec![
            Zeile { label: "Tätigkeit".into(), value: "Handel mit Fahrrädern\nund Zubehör".into() },
            Zeile { label: "Beginn".into(), value: "1. Dezember 2026".into() },
        ],
        unterschriften: vec![Unterschrift { name: "Jens Petersen".into(), funktion: "Bürgerbüro".into() }],
        hinweise: vec!["Dieser Text ist rechtlich ungeprüft.".into()],
        salz: "c2Fseg".into(),
    }
}

fn inputs() -> [(&'static str, Value); 4] {
    let stadt = brief().stadt;
    let belehrung = belehrung("widerspruch_1_monat", &stadt).expect("known").text;
    let empfang = Empfangsbescheinigung {
        brief: brief(),
        eingang: "20. November 2026, 10:31 Uhr".into(),
        rechtsgrundlage: "§ 15 Absatz 1 GewO".into(),
    };
    let gebuehr = Gebuehrenbescheid {
        brief: brief(),
        posten: vec![
            Posten { bezeichnung: "Bescheinigung".into(), grundlage: "Nr. 1.2".into(), betrag_cent: 2_605 },
            Posten { bezeichnung: "Prüfung".into(), grundlage: "Nr. 3".into(), betrag_cent: 120_000 },
        ],
        faellig: Some("2026-12-22".parse().expect("date")),
        zahlung: vec![Zeile { label: "IBAN".into(), value: "DE02 1203 0000 0000 2020 51".into() }],
        begruendung: vec!["Die Gebühr ergibt sich aus der Satzung.".into()],
        belehrung: belehrung.clone(),
    };
    let bescheid = Bescheid {
        brief: brief(),
        tenor: vec!["Ihr Antrag wird bewilligt.".into()],
        nebenbestimmungen: vec!["Der Ausweis gilt zwei Jahre.".into()],
        begruendung: vec!["Sie wohnen im Gebiet.".into(), "Ein Stellplatz fehlt. ".repeat(300)],
        ermessen: vec!["Wir haben abgewogen.".into()],
        belehrung,
    };
    let eingang = Eingangsbestaetigung {
        brief: brief(),
        eingang: "20. November 2026, 10:31 Uhr".into(),
        fallcode: "Zk3vT0bq8nYh2LxWc5RmPg".into(),
        status_adresse: "https://musterstadt.example/s".into(),
        unterlagen: vec!["Ausweis.pdf".into()],
        ereignis_hash: "sobmY5Js3DI0ttm_ADH5fH_8T-clBPfX7w8Pc2p2KaA".into(),
    };
    let value = |v: Result<Value, serde_json::Error>| v.expect("serialises");
    [
        ("empfangsbescheinigung", value(serde_json::to_value(empfang))),
        ("gebuehrenbescheid", value(serde_json::to_value(gebuehr))),
        ("bescheid", value(serde_json::to_value(bescheid))),
        ("eingangsbestaetigung", value(serde_json::to_value(eingang))),
    ]
}

fn beleg() -> [Attachment<'static>; 1] {
    [Attachment {
        name: "beleg.json",
        media: "application/json",
        beschreibung: "Maschinenlesbarer Nachweis",
        bytes: b"{\"v\":1}",
    }]
}

fn make(name: &str, input: &Value) -> Vec<u8> {
    render(&template_by_name(name).expect("template"), input, &beleg()).expect("renders").pdf
}

fn holds(pdf: &[u8], part: &str) -> bool {
    pdf.windows(part.len()).any(|w| w == part.as_bytes())
}

#[test]
fn every_notice_is_archivable_accessible_and_carries_its_attachment() {
    for (name, input) in inputs() {
        let pdf = make(name, &input);
        assert!(pdf.starts_with(b"%PDF-1.7"), "{name}");
        for part in [
            "pdfaid:part>3<",
            "pdfaid:conformance>A<",
            "pdfuaid:part>1<",
            "/Lang(de-DE)",
            "/StructTreeRoot",
            "/MarkInfo",
            "/EmbeddedFiles",
            "beleg.json",
            "/AFRelationship/Data",
            "/FontFile3",
            "D:20261122000000Z",
        ] {
            assert!(holds(&pdf, part), "{name} lacks {part}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_and_another_input_another_file() {
    for (name, input) in inputs() {
        let template = template_by_name(name).expect("template");
        let (a, b) = (render(&template, &input, &beleg()).expect("a"), render(&template, &input, &beleg()).expect("b"));
        assert!(a.pdf == b.pdf, "{name}");
        let mut other = input.clone();
        other["salz"] = json!("b3RoZXI");
        let c = render(&template, &other, &beleg()).expect("c");
        assert_ne!(a.eingabe_sha256, c.eingabe_sha256, "{name}");
        assert_eq!(a.vorlage_sha256, c.vorlage_sha256, "{name}");
        assert!(a.pdf != c.pdf, "{name}: the file's id must follow its input");
    }
}
