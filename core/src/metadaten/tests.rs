//! Which schemas there are, what they take, and what strangers read of them.

use super::*;
use jiff::civil::date;

fn schema(art: Art) -> Metaschema {
    Metaschemata::default().in_kraft(art).expect("the product's own").clone()
}

fn roh(werte: &[(&str, &str)]) -> Roh {
    werte.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect()
}

fn eigenes(toml: &str) -> Result<Metaschema, String> {
    toml::from_str::<Metaschemata>(&format!("[akte]\nversion = 2\nquelle = \"Probe\"\n{toml}"))
        .map(|s| s.akte.expect("given"))
        .map_err(|e| e.to_string())
}

#[test]
fn the_schema_that_is_published_says_what_the_form_takes() {
    for art in Art::ALLE {
        let s = schema(art);
        let json = s.json_schema(art);
        let (eigen, felder) = (json["properties"].as_object().expect("properties"), s.felder());
        assert_eq!(eigen.len(), felder.len());
        assert!(felder.iter().all(|f| eigen[&f.id]["title"] == f.label.de.as_str()));
        assert_eq!(json["additionalProperties"], false);
        assert_eq!(s.sha256(art).len(), 64);
        assert_ne!(Metaschema { version: 2, ..s.clone() }.sha256(art), s.sha256(art));
        assert_eq!(Art::lesen(art.code()), Some(art));
    }
    let eigen = schema(Art::Akte).json_schema(Art::Akte)["properties"].clone();
    assert_eq!(eigen["schlagworte"]["items"]["maxLength"], 60);
    assert_eq!(eigen["vertraulichkeit"]["oneOf"][1]["const"], "vertraulich");
    assert_eq!(eigen["laufzeit_bis"]["format"], "date");
}

#[test]
fn a_town_brings_its_own_schema_and_a_broken_one_is_named() {
    let eigen =
        eigenes("merkmale = [{ id = \"raum\", label = \"Raum\", typ = \"zahl\", pflicht = true }]").expect("sound");
    assert_eq!(eigen.json_schema(Art::Akte)["required"], json!(["raum"]));
    let heute = date(2026, 11, 23);
    let fehlt = eigen.pruefe(&Roh::new(), heute).unwrap_err();
    assert!(fehlt[0].text.starts_with("Raum: Die Zahl fehlt"), "{}", fehlt[0].text);
    assert_eq!(json!(eigen.pruefe(&roh(&[("raum", "12")]), heute).expect("sound")), json!({ "raum": 12 }));
    for (toml, wort) in [
        ("merkmale = []", "mindestens eines"),
        ("merkmale = [{ id = \"gesehen\", label = \"x\", typ = \"text\" }]", "vergeben"),
        ("merkmale = [{ id = \"a\", label = \"x\", typ = \"datum\", nicht_vor = \"a\" }]", "nicht_vor"),
        ("merkmale = [{ id = \"A b\", label = \"x\", typ = \"text\" }]", "a bis z"),
        ("merkmale = [{ id = \"a\", label = \"x\", typ = \"auswahl\" }]", "optionen"),
        ("merkmale = [{ id = \"a\", label = \"x\", typ = \"zahl\", mehrfach = true }]", "mehrfach"),
        ("merkmale = [{ id = \"a\", label = \"x\", typ = \"text\", pruefung = \"erfunden\" }]", "pruefung"),
        ("merkmale = [{ id = \"a\", label = \"x\", typ = \"datum\", nicht_vor = \"b\" }]", "nicht_vor"),
        ("merkmale = [{ id = \"a\", label = \"x\", typ = \"text\", farbe = 1 }]", "farbe"),
    ] {
        let nein = eigenes(toml).unwrap_err();
        assert!(nein.contains(wort), "{toml}: {nein}");
    }
    let gleich = "[akte]\nversion = 1\nquelle = \"x\"\nmerkmale = [{ id = \"a\", label = \"x\", typ = \"text\" }]";
    let nein = toml::from_str::<Metaschemata>(gleich).unwrap_err().to_string();
    assert!(nein.contains("größer als 1"), "{nein}");
    let zweimal =
        "merkmale = [{ id = \"a\", label = \"x\", typ = \"text\" }, { id = \"a\", label = \"y\", typ = \"text\" }]";
    assert!(eigenes(zweimal).unwrap_err().contains("zweimal"));
}
