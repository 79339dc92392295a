//! Whatever is refused, what was typed stands in its form again, and only there.

use super::Amt;
use super::gang::absenden;
use super::postbuch::{brief, handeln as post_handeln};
use akte_core::akte::Akte;
use akte_core::kernel::Role;
use akte_core::verfahren::Vorgang;
use axum::http::StatusCode;

#[tokio::test]
async fn what_was_typed_beside_a_file_that_is_not_taken_comes_back() {
    let mut amt = Amt::neu().await;
    let (meyer, a) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let dok = amt.dokument(meyer, id, "Erste Fassung").await;
    let akte = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.akte.unwrap();
    let seite = format!("/amt/akte/{akte}");
    let felder = [("fassung", "1"), ("grund", "Lage berichtigt")];
    let nein = a.hochladen_nach(&seite, &format!("{seite}/dokument/{dok}"), &felder, "lage.exe", b"MZ\x90\x00").await;
    assert_eq!(nein.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nein.text);
    assert!(nein.text.contains("nicht angenommen") && nein.text.contains("value=\"Lage berichtigt\""), "{}", nein.text);
    let felder = [("titel", "Lageplan"), ("richtung", "ausgang")];
    let nein = a.hochladen_nach(&seite, &format!("{seite}/dokument"), &felder, "lage.exe", b"MZ\x90\x00").await;
    assert_eq!(nein.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nein.text);
    for da in ["value=\"Lageplan\"", "value=\"ausgang\" selected"] {
        assert!(nein.text.contains(da), "{da}: {}", nein.text);
    }
}

#[tokio::test]
async fn whoever_was_slower_or_kept_the_form_open_too_long_finds_everything_typed_again() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = brief(&b).await;
    let adresse = format!("/amt/postbuch/{id}");
    let alt = b.get(&adresse).await;
    let (csrf, key, version) = (alt.verborgen("_csrf"), alt.verborgen("_schluessel"), alt.verborgen("version"));
    let weg = post_handeln(&b, id, "fehlgeleitet", &[("fehlgeleitet_grund", "Werbung")]).await;
    assert_eq!(weg.status, StatusCode::SEE_OTHER, "{}", weg.text);
    let felder = [
        ("_csrf", csrf.as_str()),
        ("_schluessel", &key),
        ("version", &version),
        ("einheit", "steuern"),
        ("grund", "Es geht um die Hundesteuer"),
    ];
    let a = b.post(&format!("{adresse}/weiterleiten"), &felder).await;
    assert_eq!(a.status, StatusCode::PRECONDITION_FAILED, "{}", a.text);
    assert!(a.text.contains("value=\"Es geht um die Hundesteuer\""), "{}", a.text);
    let felder = [
        ("_csrf", "abgelaufen"),
        ("kanal", "brief"),
        ("einheit", "ordnung"),
        ("eingang", "2026-11-20T06:30"),
        ("betreff", "Anfrage"),
    ];
    let a = b.hochladen("/amt/postbuch/neu", &felder, "brief.pdf", b"%PDF-1.7\nx").await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", a.text);
    assert!(a.text.contains("value=\"Anfrage\"") && a.text.contains("value=\"2026-11-20T06:30\""), "{}", a.text);
}

#[tokio::test]
async fn a_refused_reason_comes_back_in_the_form_of_its_own_hold() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    amt.konto("chefin", "ordnung", &[Role::Leitung]).await;
    let b = amt.anmelden("chefin").await;
    let house = amt.stadt.app.house.clone();
    let akte = house.load::<Vorgang>(id).await.unwrap().state.akte.unwrap();
    let seite = format!("/amt/akte/{akte}");
    for zweck in ["rechtsstreit", "sonstiges"] {
        let felder = [("umfang", "akte"), ("zweck", zweck), ("grund", "Klage")];
        let a = absenden(&b, &b.get(&seite).await, &format!("{seite}/sperre"), &[], &felder).await;
        assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
    }
    let sperre = house.load::<Akte>(akte).await.unwrap().state.sperren[1].sperre.to_string();
    let zu_lang = format!("erledigt{}", "x".repeat(amt.stadt.app.grenzwerte.feld_zeichen));
    let felder = [("sperre", sperre.as_str()), ("grund", &zu_lang)];
    let a = absenden(&b, &b.get(&seite).await, &format!("{seite}/sperre-aufheben"), &[], &felder).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", a.text);
    let (davor, _) = a.text.split_once(&zu_lang).expect("what was typed comes back");
    assert!(davor.ends_with("value=\"") && davor.contains(&sperre), "in the form of its hold");
    assert_eq!(a.text.matches(&zu_lang).count(), 1, "and in no other");
}
