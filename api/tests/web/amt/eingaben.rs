//! Bad input in every form of the case page: a clear answer, never a fault, nothing written.

use super::{Amt, handeln, senden};
use akte_api::clerk::aktion;
use axum::http::StatusCode;

#[tokio::test]
async fn every_form_sent_empty_or_with_nonsense_changes_nothing_and_says_why() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let seite = b.get(&Amt::seite(id)).await;
    let vorher = amt.version(id).await;
    let ohne_felder =
        ["uebernehmen", "pruefung_beginnen", "entscheidungsreif", "vollstaendigkeit", "einwilligung_widerrufen"];
    for a in aktion::alle().filter(|a| !ohne_felder.contains(&a.name)) {
        let leer = senden(&b, &seite, id, a.name, &[]).await;
        let erwartet = [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::CONFLICT, StatusCode::FORBIDDEN];
        assert!(
            leer.status == StatusCode::SEE_OTHER && a.name == "weiterfuehren" || erwartet.contains(&leer.status),
            "{}: {} {}",
            a.name,
            leer.status,
            leer.text
        );
        let felder: Vec<(String, &str)> = [
            "text",
            "grund",
            "an",
            "id",
            "am",
            "tage",
            "betrag",
            "stelle",
            "nr",
            "zeile",
            "weg",
            "fassung",
            "digest",
            "schritt",
            "tenor",
            "unterlagen",
        ]
        .iter()
        .map(|f| (format!("{}-{f}", a.name), "31.02.\0<script>ü🌻"))
        .collect();
        let felder: Vec<(&str, &str)> = felder.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        let r = senden(&b, &seite, id, a.name, &felder).await;
        assert!(
            r.status.is_client_error() || a.name == "weiterfuehren" || a.name == "zda",
            "{}: {} {}",
            a.name,
            r.status,
            r.text
        );
        assert!(!r.text.contains("<script>ü"), "{}", a.name);
    }
    assert_eq!(amt.version(id).await, vorher);
}

#[tokio::test]
async fn a_text_that_is_too_long_or_a_day_that_is_not_is_named_and_kept() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let lang = "x".repeat(10_001);
    let r = handeln(&b, id, "vermerk", &[("vermerk-text", &lang)]).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(r.text.contains("href=\"#vermerk-text\"") && r.text.contains("ist zu lang") && r.text.contains(&lang));
    assert!(r.text.contains("<title>Fehler: "));
    let felder = [("nachfordern-text", "Bitte."), ("nachfordern-tage", "0")];
    let r = handeln(&b, id, "nachfordern", &felder).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    for w in ["#nachfordern-unterlagen", "#nachfordern-tage", "ist keine Zahl von 1 bis 365", "Bitte."] {
        assert!(r.text.contains(w), "{w}: {}", r.text);
    }
}

#[tokio::test]
async fn a_form_sent_twice_acts_once() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let seite = b.get(&Amt::seite(id)).await;
    for _ in 0..2 {
        let r = senden(&b, &seite, id, "vermerk", &[("vermerk-text", "Doppelklick.")]).await;
        assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    }
    let r = senden(&b, &seite, id, "vermerk", &[("vermerk-text", "Anderes mit demselben Schlüssel.")]).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    amt.folgen().await;
    assert_eq!(b.get(&Amt::seite(id)).await.text.matches("Doppelklick.").count(), 2, "timeline and list of notes");
}
