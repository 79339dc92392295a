//! Art. 15 DSGVO beyond procedures: a file opened for a letter, and what the post book holds of a person.

use super::aktenende::brief;
use super::postbuch::{self, MAIL, eintragen, eml};
use super::rechte::{datenschutz, entpackt, ist_zip};
use super::{Amt, getan};
use crate::besucher::{Antwort, Besucher};
use axum::http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

const SEITE: &str = "/pruefung/betroffene";
const ERTEILEN: (&str, &str) = ("was", "erteilen");
const SCHLUESSEL: (&str, &str) = ("_schluessel", "eine-auskunft-zur-probe");

/// Puts together what is stored in these things.
async fn zusammen(dsb: &Besucher, sachen: &[Uuid], dazu: &[(&str, &str)]) -> Antwort {
    let ids: Vec<String> = sachen.iter().map(Uuid::to_string).collect();
    let fest = [("person", "Karla Kowalski"), ("beantragt_am", "22.11.2026"), ("identitaet", "bekannt")];
    let felder: Vec<(&str, &str)> = ids.iter().map(|id| ("vorgang", id.as_str())).chain(fest).collect();
    dsb.ausfuellen(SEITE, SEITE, &[&felder[..], dazu].concat()).await
}

/// The name of the field that unmasks what is shown with this text.
fn feld(seite: &Antwort, text: &str) -> String {
    let (davor, _) = seite.text.split_once(text).unwrap_or_else(|| panic!("{text}: {}", seite.text));
    let rest = seite.text[davor.len()..].split_once("name=\"grund:").unwrap().1;
    format!("grund:{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn a_person_is_told_of_a_file_without_a_case_and_of_a_letter_that_was_never_filed() {
    let mut amt = Amt::neu().await;
    postbuch::aktenplan(&amt).await;
    let (_, meyer) = amt.sachbearbeitung("meyer").await;
    let (abgelegt, verirrt) = (brief(&meyer).await, brief(&meyer).await);
    let neu = [("aktenplan", "32.21"), ("titel", "Beschwerde Kowalski")];
    getan(&postbuch::handeln(&meyer, abgelegt, "neu", &neu).await);
    getan(&postbuch::handeln(&meyer, verirrt, "fehlgeleitet", &[("fehlgeleitet_grund", "für den Kreis")]).await);
    amt.folgen().await;
    amt.folgen().await;
    let akte = postbuch::stand(&amt, abgelegt).await.akte.unwrap();
    let dsb = datenschutz(&mut amt).await;
    let treffer = dsb.ausfuellen(SEITE, &format!("{SEITE}/suche"), &[("q", "KOWALSKI karla")]).await.text;
    assert!(treffer.contains(&verirrt.to_string()) && treffer.contains("von Karla Kowalski"), "{treffer}");
    assert!(!treffer.contains(&akte.to_string()), "every word is asked for");
    let treffer = dsb.ausfuellen(SEITE, &format!("{SEITE}/suche"), &[("q", "beschwerde")]).await.text;
    for id in [akte, abgelegt, verirrt] {
        assert!(treffer.contains(&id.to_string()), "{id}: {treffer}");
    }
    let vorschau = zusammen(&dsb, &[abgelegt, akte, verirrt], &[]).await;
    assert_eq!(vorschau.status, StatusCode::OK, "{}", vorschau.text);
    assert!(vorschau.text.contains(&format!("value=\"{akte}\" checked")), "still chosen");
    let (titel, grund) = (feld(&vorschau, "„Beschwerde Kowalski“"), feld(&vorschau, "„für den Kreis“"));
    let frei = [ERTEILEN, SCHLUESSEL, (titel.as_str(), "Eigener Brief."), (grund.as_str(), "Eigener Brief.")];
    let zip = zusammen(&dsb, &[abgelegt, akte, verirrt], &frei).await;
    ist_zip(&zip, "auskunft.zip");
    let json: Value = serde_json::from_slice(&entpackt(&zip.bytes)["auskunft.json"]).unwrap();
    assert_eq!(json["vorgaenge"].as_array().unwrap().len(), 2, "the letter that lies in the file is told there");
    let (a, e) = (&json["vorgaenge"][0], &json["vorgaenge"][1]);
    assert_eq!((&a["sache"], &a["akte"], &e["sache"]), (&"Akte".into(), &akte.to_string().into(), &"Eingang".into()));
    assert_eq!((&e["stand"], &a["empfaenger"]), (&"fehlgeleitet".into(), &serde_json::json!([])));
    let arten = |v: &Value| -> Vec<String> {
        v["ereignisse"].as_array().unwrap().iter().map(|e| e["art"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(arten(e), ["eingang.recorded.v1", "eingang.misdirected.v1"]);
    for art in ["akte.opened.v1", "eingang.recorded.v1", "eingang.assigned.v1", "dokument.added.v1"] {
        assert!(arten(a).iter().any(|da| da == art), "{art} is not in {:?}", arten(a));
    }
    let text = json.to_string();
    assert!(text.contains("für den Kreis") && !text.contains("Frau Meyer"), "{text}");
    assert_eq!(text.matches("Beschwerde Kowalski").count(), 1, "what nobody unmasked stays masked: {text}");
    assert!(a["lesezugriffe"].to_string().contains("betroffenenauskunft"), "this read as well");
    assert!(dsb.get(&format!("/pruefung/zugriffe?ziel={verirrt}")).await.text.contains("betroffenenauskunft"));
}

#[tokio::test]
async fn what_lies_in_quarantine_is_told_and_not_handed_out_and_another_id_finds_nothing() {
    let mut amt = Amt::neu().await;
    let (konto, meyer) = amt.sachbearbeitung("meyer").await;
    let boese = postbuch::eingang(&eintragen(&meyer, &MAIL, "post.eml", &eml("Rechnung", ("x.exe", "MZ"))).await);
    let dsb = datenschutz(&mut amt).await;
    let vorschau = zusammen(&dsb, &[boese], &[]).await;
    assert_eq!(vorschau.status, StatusCode::OK, "{}", vorschau.text);
    assert!(
        vorschau.text.contains("1 Angaben bleiben verdeckt: Sie betreffen andere Personen oder liegen in Quarantäne"),
        "{}",
        vorschau.text
    );
    let index = amt.stadt.app.house.history(boese).await.unwrap()[0].index;
    let frei = format!("grund:{index}:/dokument");
    let zip = zusammen(&dsb, &[boese], &[ERTEILEN, SCHLUESSEL, (frei.as_str(), "gewollt")]).await;
    ist_zip(&zip, "auskunft.zip");
    let files = entpackt(&zip.bytes);
    assert!(files.keys().all(|n| !n.starts_with("dokumente/")), "{:?}", files.keys());
    assert!(String::from_utf8_lossy(&files["auskunft.json"]).contains("liegt in Quarantäne"));
    for nichts in [konto, Uuid::from_u128(7)] {
        assert_eq!(zusammen(&dsb, &[nichts], &[]).await.status, StatusCode::NOT_FOUND);
    }
}
