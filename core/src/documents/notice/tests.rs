//! What a notice must be as a file, and what hostile text must not do to it.

pub(crate) mod extract;

use super::*;
use extract::printed;
use serde_json::json;
use std::collections::BTreeMap;

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
        nachweis: Some(Nachweis {
            was: "Ihr Antrag".into(),
            pruefsumme: "sobmY5Js3DI0ttm_ADH5fH_8T-clBPfX7w8Pc2p2KaA".into(),
            adresse: "https://musterstadt.example/pruefen".into(),
        }),
        salz: "c2Fseg".into(),
    }
}

fn bericht() -> Bericht {
    Bericht {
        brief: brief(),
        abschnitte: vec![
            Abschnitt {
                titel: "Ereignisse der Akte".into(),
                absaetze: vec!["Alle, die es gibt.".into()],
                kopf: vec!["Nr.".into(), "Wann".into(), "Was".into()],
                breiten: vec![1, 2, 5],
                reihen: vec![vec!["17".into(), "20.11.2026, 10:31 Uhr".into(), "Antrag eingegangen.".into()]; 2],
            },
            Abschnitt { titel: "Empfänger".into(), absaetze: vec!["Keine.".into()], ..Abschnitt::default() },
        ],
    }
}

fn inputs() -> [(&'static str, Value); 6] {
    let belehrung = "Gegen diesen Bescheid kann Widerspruch erhoben werden.".to_owned();
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
        gebuehr: vec![Posten { bezeichnung: "Ausweis".into(), grundlage: "Nr. 265".into(), betrag_cent: 3_070 }],
        gebuehr_hinweis: "Die Gebühr setzen wir gesondert fest.".into(),
        belehrung,
    };
    let eingang = Eingangsbestaetigung {
        brief: brief(),
        eingang: "20. November 2026, 10:31 Uhr".into(),
        fallcode: "Zk3vT0bq8nYh2LxWc5RmPg".into(),
        status_adresse: "https://musterstadt.example/s".into(),
        unterlagen: vec!["Ausweis.pdf".into()],
        ereignis_hash: "sobmY5Js3DI0ttm_ADH5fH_8T-clBPfX7w8Pc2p2KaA".into(),
        pruef_adresse: "https://musterstadt.example/pruefen".into(),
    };
    let schalter = Schalterbeleg {
        brief: brief(),
        eingang: "20. November 2026, 10:31 Uhr".into(),
        kanal: "vor Ort".into(),
        fallcode: "Zk3vT0bq8nYh2LxWc5RmPg".into(),
        status_adresse: "https://musterstadt.example/status".into(),
        qr: qr("https://musterstadt.example/s/Zk3vT0bq8nYh2LxWc5RmPg").expect("fits"),
        unterlagen: vec!["Ausweis.pdf".into()],
        ereignis_hash: "sobmY5Js3DI0ttm_ADH5fH_8T-clBPfX7w8Pc2p2KaA".into(),
        pruef_adresse: "https://musterstadt.example/pruefen".into(),
    };
    let value = |v: Result<Value, serde_json::Error>| v.expect("serialises");
    [
        ("empfangsbescheinigung", value(serde_json::to_value(empfang))),
        ("gebuehrenbescheid", value(serde_json::to_value(gebuehr))),
        ("bescheid", value(serde_json::to_value(bescheid))),
        ("eingangsbestaetigung", value(serde_json::to_value(eingang))),
        ("schalterbeleg", value(serde_json::to_value(schalter))),
        ("bericht", value(serde_json::to_value(bericht()))),
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

#[test]
fn the_printed_text_holds_the_facts_of_every_notice() {
    for (name, input) in inputs() {
        let text = printed(&make(name, &input));
        for fact in [
            "Änne Größler-Çelik",
            "32.10-2026-00017",
            "22. November 2026",
            "Am Markt 1",
            "Jens Petersen",
            "Seite 1 von",
            "rechtlich ungeprüft",
            "sobmY5Js3DI0ttm_ADH5fH_8T-clBPfX7w8Pc2p2KaA",
            "https://musterstadt.example/pruefen",
        ] {
            assert!(text.contains(&extract::squeeze(fact)), "{name} lacks {fact}: {text}");
        }
        let own: &[&str] = match name {
            "empfangsbescheinigung" => &["§ 15 Absatz 1 GewO", "20. November 2026, 10:31 Uhr", "Handel mit Fahrrädern"],
            "bericht" => &["Ereignisse der Akte", "20.11.2026, 10:31 Uhr", "Empfänger", "Handel mit Fahrrädern"],
            "gebuehrenbescheid" => &["26,05 €", "1.200,00 €", "1.226,05 €", "22. Dezember 2026", "Widerspruch"],
            "bescheid" => &["Ihr Antrag wird bewilligt.", "Ermessen", "Gebühr", "30,70 €", "Rechtsbehelfsbelehrung"],
            _ => &[
                "Zk3vT0bq8nYh2LxWc5RmPg",
                "sobmY5Js3DI0ttm_ADH5fH_8T-clBPfX7w8Pc2p2KaA",
                "Ausweis.pdf",
                "Nachweis für Prüfprogramme",
            ],
        };
        for fact in own {
            assert!(text.contains(&extract::squeeze(fact)), "{name} lacks {fact}: {text}");
        }
    }
}

/// Put one text wherever a notice takes text.
fn everywhere(v: &mut Value, text: &str) {
    match v {
        Value::String(s) => *s = text.into(),
        Value::Array(items) => items.iter_mut().for_each(|v| everywhere(v, text)),
        Value::Object(map) => {
            let free = map.iter_mut().filter(|(k, _)| !matches!(k.as_str(), "datum" | "faellig" | "qr"));
            free.for_each(|(_, v)| everywhere(v, text));
        }
        _ => {}
    }
}

#[test]
fn no_text_from_outside_is_ever_read_as_markup() {
    for hostile in [
        "#panic(\"x\")",
        "*fett* _kursiv_ `code` = Titel",
        "$ x^2 $ \\ \\u{41}",
        "#import \"@preview/a:1.0.0\": *",
        "#read(\"/eingabe.json\") <marke> @marke",
        "// Kommentar /* bleibt */ - Liste + 1. ~ -- ...",
        "\"} #{ ]]) {{",
    ] {
        for (name, mut input) in inputs() {
            everywhere(&mut input, hostile);
            let text = printed(&make(name, &input));
            let times = text.matches(&extract::squeeze(hostile)).count();
            assert!(times >= 8, "{name}: {hostile} appears {times} times: {text}");
        }
    }
}

#[test]
fn text_no_letter_expects_still_gives_an_archivable_file() {
    let long = "W".repeat(600);
    let marks = format!("a{}", "\u{301}".repeat(500));
    for odd in [
        "",
        " ",
        "😀👩‍👩‍👧‍👦🏳️‍🌈",
        "u\u{308} q\u{323}\u{301} x\u{20dd}",
        "שלום עולם مرحبا بالعالم",
        "漢字 देवनागरी ไทย",
        "\u{0}\u{7}\u{202e}\u{feff}\u{e000}\u{fffe}",
        &long,
        &marks,
        "a\n\n\nb\tc",
        "fi ffl ſt ß ẞ ŉ",
    ] {
        for (name, mut input) in inputs() {
            everywhere(&mut input, odd);
            let done = render(&template_by_name(name).expect("template"), &input, &beleg());
            // A file without a title would be no PDF/UA: an empty subject is the only thing refused.
            if printable::text(odd, Care::AnyFont).trim().is_empty() {
                continue;
            }
            assert!(done.is_ok(), "{name} with {odd:.40}: {:?}", done.err());
        }
    }
}

#[test]
fn a_long_word_stays_on_the_page_and_long_text_flows_on() {
    let (name, mut input) = inputs()[0].clone();
    input["tabelle"] = json!([{ "label": "W".repeat(500), "value": "W".repeat(10_000) }]);
    input["absaetze"] = json!(["M".repeat(3_000)]);
    let pdf = make(name, &input);
    assert_eq!(printed(&pdf).matches('W').count(), 10_500);
    for (x, width) in extract::runs(&pdf) {
        assert!(x + width < 595.0, "a run of {width} points at {x} leaves the page");
    }
}

#[test]
fn a_template_can_reach_nothing_but_its_own_files() {
    let (_, input) = inputs()[0].clone();
    for (code, what) in [
        ("#read(\"/etc/passwd\")", "a path of the machine"),
        ("#read(\"../../../etc/passwd\")", "a way out"),
        ("#import \"@preview/cetz:0.3.0\": *", "a package"),
        ("#image(\"https://example.org/a.png\")", "the network"),
        ("#let d = json(\"/eingabe.json\")\n\n#d.gibtesnicht", "a missing field"),
    ] {
        let template = Template { name: "eigen".into(), files: BTreeMap::from([("eigen.typ".into(), code.into())]) };
        let e = render(&template, &input, &[]).expect_err(what);
        let RenderError::Template { file, line, .. } = &e else { panic!("{what}: {e:?}") };
        assert_eq!((file.as_str(), *line), ("eigen.typ", code.lines().count()), "{what}");
    }
}

#[test]
fn a_town_overrides_a_template_from_its_folder_and_the_hash_tells() {
    let dir = tempfile::tempdir().expect("dir");
    let own = template_by_name("bescheid").expect("template");
    assert_eq!(Template::load("bescheid", dir.path()).expect("load"), own);
    assert_eq!(Template::load("bescheid", &dir.path().join("fehlt")).expect("load"), own);
    let text = own.files["bescheid.typ"].replace("\"Entscheidung\"", "\"Beschluss\"");
    std::fs::write(dir.path().join("bescheid.typ"), text).expect("write");
    let changed = Template::load("bescheid", dir.path()).expect("load");
    assert_ne!(changed.sha256(), own.sha256());
    let (_, input) = inputs()[2].clone();
    assert!(printed(&render(&changed, &input, &[]).expect("renders").pdf).contains("Beschluss"));
    assert!(Template::load("neu", dir.path()).is_err());
    assert_eq!(template_by_name("brief"), None);
    assert!(NAMES.iter().all(|n| template_by_name(n).is_some()));
}

#[test]
fn faulty_input_is_refused_by_name() {
    let template = template_by_name("bescheid").expect("template");
    let (_, good) = inputs()[2].clone();
    let with = |key: &str, v: Value| {
        let mut input = good.clone();
        input[key] = v;
        render(&template, &input, &[])
    };
    assert!(matches!(with("datum", json!("31.02.2026")), Err(RenderError::Input(m)) if m.contains("datum")));
    assert!(
        matches!(with("empfaenger", json!(["1", "2", "3", "4", "5", "6", "7"])), Err(RenderError::Input(m)) if m.contains("empfaenger"))
    );
    assert!(matches!(with("salz", json!("x".repeat(5 << 20))), Err(RenderError::Input(_))));
    let twice = [beleg()[0], beleg()[0]];
    assert!(matches!(render(&template, &good, &twice), Err(RenderError::Input(_))));
    for name in ["brief.typ", "../a", "", ".x", "a b", "eingabe.json"] {
        let bad = [Attachment { name, ..beleg()[0] }];
        assert!(matches!(render(&template, &good, &bad), Err(RenderError::Input(_))), "{name}");
    }
}
