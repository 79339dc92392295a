//! An application at the counter.

use super::Amt;
use crate::besucher::{Antwort, Besucher, parkausweis};
use akte_core::kernel::Role;
use akte_core::verfahren::Vorgang;
use axum::http::StatusCode;

const SEITE: &str = "/amt/erfassen/bewohnerparken";

pub async fn senden(b: &Besucher, seite: &Antwort, felder: &[(&str, &str)]) -> Antwort {
    let (csrf, key, gezeigt) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"), seite.verborgen("_gezeigt"));
    let mut alle = vec![("_csrf", csrf.as_str()), ("_schluessel", &key), ("_gezeigt", &gezeigt)];
    alle.extend_from_slice(felder);
    b.post(SEITE, &alle).await
}

pub fn person() -> Vec<(&'static str, &'static str)> {
    [&[("_kanal", "vor_ort"), ("_eingang", "2026-11-02T09:30")], &parkausweis("Kowalski")[..]].concat()
}

#[tokio::test]
async fn the_poststelle_enters_a_letter_with_its_true_receipt_and_hands_out_the_code() {
    let mut amt = Amt::neu().await;
    amt.konto("post", "zentral", &[Role::Poststelle]).await;
    let b = amt.anmelden("post").await;
    assert_eq!(b.get("/amt").await.ziel(), "/amt/erfassen");
    assert!(b.get("/amt/erfassen").await.text.contains(SEITE));
    let seite = b.get(SEITE).await;
    let felder = person();
    let r = senden(&b, &seite, &felder).await;
    assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    let zwei = senden(&b, &seite, &felder).await;
    assert_eq!(zwei.ziel(), r.ziel(), "sent twice is entered once");
    let nachweis = b.get(r.ziel()).await;
    assert_eq!(nachweis.status, StatusCode::OK, "{}", nachweis.text);
    let id = r.ziel().rsplit('/').next().unwrap().parse().unwrap();
    let code = amt.stadt.app.house.case_code(id, 0);
    assert!(nachweis.text.contains(&code) && nachweis.text.contains("02.11.2026, 09:30 Uhr"), "{}", nachweis.text);
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    assert_eq!(v.felder["kennzeichen"], "PI-AB 123E");
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    assert_eq!(clerk.get(r.ziel()).await.status, StatusCode::NOT_FOUND, "only who entered it gets the code here");
    assert_eq!(b.get(&Amt::seite(id)).await.status, StatusCode::NOT_FOUND, "the Poststelle reads no case");
}

#[tokio::test]
async fn what_is_wrong_is_asked_and_what_is_missing_may_be_missing() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let seite = b.get(SEITE).await;
    let mut felder = person();
    felder.retain(|(k, _)| *k != "geburtsdatum" && *k != "_kanal");
    let r = senden(&b, &seite, &[&felder[..], &[("geburtsdatum", "31.02.1990")]].concat()).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        r.text.contains("#_kanal") && r.text.contains("#geburtsdatum") && r.text.contains("value=\"Kowalski\""),
        "{}",
        r.text
    );
    assert!(!r.text.contains("_trotzdem"), "what is wrong cannot be passed over");
    felder.push(("_kanal", "post"));
    let r = senden(&b, &seite, &felder).await;
    assert!(r.status == StatusCode::UNPROCESSABLE_ENTITY && r.text.contains("_trotzdem"), "{}", r.text);
    felder.push(("_trotzdem", "ja"));
    let r = senden(&b, &r, &felder).await;
    assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    let r = senden(&b, &seite, &[&[("_eingang", "2031-01-01T10:00")], &person()[..]].concat()).await;
    assert!(r.text.contains("Der Eingang kann nicht in der Zukunft liegen"), "{}", r.text);
}

/// Sends one file to an address of the office with the token and key of an open page.
async fn datei(b: &Besucher, seite: &Antwort, ziel: &str, name: &str, inhalt: &str) -> Antwort {
    let felder = [
        ("_csrf", seite.verborgen("_csrf")),
        ("_schluessel", seite.verborgen("_schluessel")),
        ("unterlage", "zb1".to_owned()),
        ("kanal", "post".to_owned()),
    ];
    let teil = |(k, v): &(&str, String)| format!("--x\r\nContent-Disposition: form-data; name=\"{k}\"\r\n\r\n{v}\r\n");
    let mut body: String = felder.iter().map(teil).collect();
    body += &format!(
        "--x\r\nContent-Disposition: form-data; name=\"datei\"; filename=\"{name}\"\r\n\r\n{inhalt}\r\n--x--\r\n"
    );
    let request = axum::http::Request::post(ziel)
        .header("sec-fetch-site", "same-origin")
        .header("origin", "null")
        .header("content-type", "multipart/form-data; boundary=x");
    b.senden(request.body(axum::body::Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_document_from_the_counter_answers_the_request_and_a_fake_is_refused() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    super::getan(&super::handeln(&b, id, "uebernehmen", &[]).await);
    let felder = [("nachfordern-unterlagen", "zb1"), ("nachfordern-text", "Bitte."), ("nachfordern-tage", "14")];
    super::getan(&super::handeln(&b, id, "nachfordern", &felder).await);
    let ziel = format!("/amt/vorgang/{id}/unterlage");
    let seite = b.get(&Amt::seite(id)).await;
    let r = datei(&b, &seite, &ziel, "schein.pdf", "MZ this is a program").await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(r.text.contains("Die Datei wurde nicht angenommen"), "{}", r.text);
    let r = datei(&b, &seite, &ziel, "schein.txt", "Zulassung").await;
    assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    let seite = b.get(r.ziel()).await;
    assert!(
        seite.text.contains("schein.txt") && seite.text.contains("Die Unterlage liegt im Vorgang"),
        "{}",
        seite.text
    );
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    assert!(v.nachforderungen.iter().all(|n| !n.offen), "the request is answered");
    let dok = v.dokumente[0].dokument.reference;
    assert_eq!(b.get(&format!("/amt/vorgang/{id}/dokument/{dok}")).await.text, "Zulassung");
    amt.konto("fremd", "steuern", &[Role::Sachbearbeitung]).await;
    let f = amt.anmelden("fremd").await;
    assert_eq!(f.get(&format!("/amt/vorgang/{id}/dokument/{dok}")).await.status, StatusCode::NOT_FOUND);
    let mut fremd = f.get("/amt/abwesenheit").await;
    fremd.text.push_str("name=\"_schluessel\" value=\"fremd-fremd-fremd-fremd\"");
    assert_eq!(datei(&f, &fremd, &ziel, "x.txt", "x").await.status, StatusCode::NOT_FOUND);
}
