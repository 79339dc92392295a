//! What is noted of files and documents: by schema, by whom, and never over somebody else's.

use super::aufbewahrung::Fall;
use super::*;
use crate::akte::event::Anbietungsanlass;
use crate::metadaten::{Art, Metaschema, Metaschemata, Roh};
use serde_json::json;

fn schema(art: Art) -> Metaschema {
    Metaschemata::default().in_kraft(art).expect("the product's own").clone()
}

fn roh(werte: &[(&str, &str)]) -> Roh {
    werte.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect()
}

fn angaben(art: Art, werte: &[(&str, &str)], gesehen: u32) -> Box<Angaben> {
    Box::new(Angaben { schema: schema(art), roh: roh(werte), gesehen })
}

fn beschreiben(teilakte: Option<Uuid>, werte: &[(&str, &str)], gesehen: u32) -> AkteCommand {
    AkteCommand::Describe { teilakte, angaben: angaben(Art::Akte, werte, gesehen) }
}

#[test]
fn what_is_noted_names_its_schema_and_who_noted_it_and_the_same_again_is_nothing() {
    let mut f = Fall::neu();
    assert_eq!(f.als(1, beschreiben(None, &[("bemerkung", " ")], 0)), Ok(vec![]), "nothing is nothing");
    f.ok(1, beschreiben(None, &[("schlagworte", "Lärm\nMarkt"), ("laufzeit_von", "1.2.2026")], 0));
    let m = f.akte.metadaten.clone().expect("noted");
    assert_eq!((m.schema.as_str(), m.fassung, m.durch), ("akte/1", 1, Some(id(1))));
    assert_eq!(m.schema_sha256, schema(Art::Akte).sha256(Art::Akte));
    assert_eq!(json!(m.felder), json!({ "laufzeit_von": "2026-02-01", "schlagworte": ["Lärm", "Markt"] }));
    let gleich = [("laufzeit_von", "2026-02-01"), ("schlagworte", "Lärm\nMarkt")];
    assert_eq!(f.als(3, beschreiben(None, &gleich, 0)), Ok(vec![]));
    // A part of the file has its own.
    f.ok(1, AkteCommand::OpenTeilakte { titel: "Klage".into() });
    let teil = f.akte.teilakten[0].teilakte;
    f.ok(3, beschreiben(Some(teil), &[("bemerkung", "beim Gericht")], 0));
    assert_eq!(f.akte.teilakten[0].metadaten.as_ref().map(|m| m.durch), Some(Some(id(3))));
    assert_eq!(f.akte.metadaten, Some(m), "and changes nothing of the other");
    assert_eq!(f.als(1, beschreiben(Some(id(77)), &[("bemerkung", "x")], 0)), Err(AkteRefusal::TeilUnbekannt));
}

#[test]
fn of_two_clerks_who_note_something_at_once_the_second_learns_of_the_first() {
    let mut f = Fall::neu();
    f.ok(1, beschreiben(None, &[("bemerkung", "eins")], 0));
    let zweite = f.als(3, beschreiben(None, &[("bemerkung", "zwei")], 0));
    assert_eq!(zweite, Err(AkteRefusal::Metadaten(Mangel::Inzwischen(id(1)))));
    assert!(zweite.unwrap_err().to_string().contains(&format!("{{{}}} hat die Metadaten", id(1))));
    f.ok(3, beschreiben(None, &[("bemerkung", "zwei")], 1));
    f.ok(3, beschreiben(None, &[], 2));
    let m = f.akte.metadaten.clone().expect("noted");
    assert_eq!((m.fassung, m.felder.map(|w| w.len())), (3, Some(0)), "what was noted can be taken away again");
}

#[test]
fn what_the_schema_does_not_know_is_named_with_its_remedy() {
    let mut f = Fall::neu();
    let lang = "x".repeat(2_001);
    let falsch = [
        ("vertraulichkeit", "geheim"),
        ("laufzeit_von", "31.2.2026"),
        ("bemerkung", lang.as_str()),
        ("altes_zeichen", "a\u{202E}b"),
    ];
    let Err(AkteRefusal::Metadaten(Mangel::Ungueltig(befunde))) = f.als(1, beschreiben(None, &falsch, 0)) else {
        panic!("refused")
    };
    let felder: Vec<&str> = befunde.iter().map(|b| b.feld.as_str()).collect();
    assert_eq!(felder, ["vertraulichkeit", "laufzeit_von", "altes_zeichen", "bemerkung"]);
    assert!(befunde[1].text.starts_with("Laufzeit von: Der 31.02.2026 ist kein Tag"), "{}", befunde[1].text);
    let verkehrt = [("laufzeit_von", "2.1.2026"), ("laufzeit_bis", "1.1.2026")];
    let text = f.als(1, beschreiben(None, &verkehrt, 0)).unwrap_err().to_string();
    assert!(text.starts_with("Laufzeit bis: Dieser Tag liegt vor „Laufzeit von“"), "{text}");
    // What the form does not have is not noted.
    let fremd = [("bemerkung", "da"), ("rolle", "admin")];
    let Ok(events) = f.als(1, beschreiben(None, &fremd, 0)) else { panic!("taken") };
    let AkteEvent::Described { felder, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(json!(felder), json!({ "bemerkung": "da" }));
}

#[test]
fn a_closed_file_and_what_lies_in_it_stay_described_as_they_are() {
    let mut f = Fall::neu();
    f.ok(1, beschreiben(None, &[("bemerkung", "da")], 0));
    f.ok(1, AkteCommand::Offer { anlass: Anbietungsanlass::Loeschung, vermerk: "Liste 1".into() });
    assert_eq!(f.als(1, beschreiben(None, &[("bemerkung", "anders")], 1)), Err(AkteRefusal::SchonAngeboten));
    f.ok(1, schliessen(5));
    assert_eq!(f.als(1, beschreiben(None, &[("bemerkung", "anders")], 1)), Err(AkteRefusal::Geschlossen));
    let d = Dokument { version: 1, ..Dokument::default() };
    let command = || DokumentCommand::Describe(angaben(Art::Dokument, &[("absender", "Kreis")], 0));
    let zu = Facts { keine_fassung: Some("zu"), ..Facts::default() };
    let konto = Context { actor: Actor::Konto(id(1)), ..ctx() };
    let fest = Dokument::decide(&d, command(), &Context { facts: zu, ..konto.clone() });
    assert_eq!(fest, Err(DokumentRefusal::Fest));
    let events = Dokument::decide(&d, command(), &konto).expect("noted");
    let d = events.iter().fold(d, Dokument::evolve);
    let m = d.metadaten.expect("noted");
    assert_eq!((m.schema.as_str(), m.durch), ("dokument/1", Some(id(1))));
    assert_eq!(Dokument::decide(&Dokument::default(), command(), &konto), Err(DokumentRefusal::GibtEsNicht));
}

#[test]
fn what_was_noted_under_an_older_schema_keeps_its_number_until_it_is_noted_anew() {
    let mut f = Fall::neu();
    f.ok(1, beschreiben(None, &[("bemerkung", "alt")], 0));
    let mut neu = angaben(Art::Akte, &[("bemerkung", "alt")], 1);
    neu.schema.version = 2;
    assert_eq!(f.akte.metadaten.as_ref().map(|m| m.schema.as_str()), Some("akte/1"));
    f.ok(1, AkteCommand::Describe { teilakte: None, angaben: neu });
    assert_eq!(f.akte.metadaten.as_ref().map(|m| m.schema.as_str()), Some("akte/2"));
}

#[test]
fn an_erased_description_is_known_to_have_been_one() {
    let mut f = Fall::neu();
    let (durch, schema) = (id(1), "akte/1".to_owned());
    let weg =
        AkteEvent::Described { teilakte: None, schema, schema_sha256: "00".into(), durch, fuer: None, felder: None };
    f.akte = Akte::evolve(f.akte, &weg);
    assert_eq!(f.akte.metadaten.as_ref().map(|m: &Metadaten| m.felder.is_none()), Some(true));
}
