//! Auditors read with a purpose, change nothing, and verify the chain.

use super::{Amt, getan, handeln, senden};
use crate::besucher::{Besucher, log_key, signed};
use akte_core::kernel::Role;
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::receipt;
use axum::http::StatusCode;

async fn revision(amt: &mut Amt) -> Besucher {
    amt.konto("pruefer", "rpa", &[Role::Revision]).await;
    amt.anmelden("pruefer").await
}

#[tokio::test]
async fn an_auditor_names_a_purpose_first_and_every_read_carries_it() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    let b = revision(&mut amt).await;
    let r = b.get(&Amt::seite(id)).await;
    assert_eq!(r.status, StatusCode::SEE_OTHER);
    assert!(r.ziel().starts_with("/pruefung/zweck?weiter=%2Famt%2Fvorgang%2F"), "{}", r.ziel());
    let leer = b.ausfuellen(r.ziel(), "/pruefung/zweck", &[("zweck", " ")]).await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let ziel = Amt::seite(id);
    let felder = [("zweck", "Stichprobe Fristen"), ("weiter", ziel.as_str())];
    let a = b.ausfuellen(r.ziel(), "/pruefung/zweck", &felder).await;
    assert_eq!(a.ziel(), ziel);
    let seite = b.get(&ziel).await;
    assert!(seite.status == StatusCode::OK && seite.text.contains("Kowalski"), "{}", seite.text);
    assert!(!seite.text.contains("Was Sie tun können") && !seite.text.contains("code__wert"), "nothing to do, no code");
    let zugriffe = b.get("/pruefung/zugriffe").await.text;
    assert!(zugriffe.contains("Stichprobe Fristen") && zugriffe.contains(&id.to_string()), "{zugriffe}");
}

#[tokio::test]
async fn an_auditor_changes_nothing() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let b = revision(&mut amt).await;
    b.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Prüfung")]).await;
    let (seite, vorher) = (clerk.get(&Amt::seite(id)).await, amt.version(id).await);
    let mut eigene = b.get(&Amt::seite(id)).await;
    eigene.text.push_str(&format!(
        "name=\"_schluessel\" value=\"{}\" name=\"version\" value=\"{}\"",
        seite.verborgen("_schluessel"),
        seite.verborgen("version")
    ));
    for aktion in ["uebernehmen", "vermerk"] {
        let r = senden(&b, &eigene, id, aktion, &[("vermerk-text", "Ich war hier.")]).await;
        assert_eq!(r.status, StatusCode::FORBIDDEN, "{}", r.text);
    }
    assert_eq!(amt.version(id).await, vorher);
    for seite in ["/pruefung", "/pruefung/verify", "/pruefung/zugriffe", "/pruefung/regeln"] {
        assert_eq!(b.get(seite).await.status, StatusCode::OK, "{seite}");
        assert_eq!(clerk.get(seite).await.status, StatusCode::NOT_FOUND, "{seite}");
    }
}

#[tokio::test]
async fn the_trail_is_filtered_and_shows_hashes() {
    let mut amt = Amt::neu().await;
    let (meyer, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    getan(&handeln(&clerk, id, "uebernehmen", &[]).await);
    amt.folgen().await;
    let b = revision(&mut amt).await;
    b.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Prüfung")]).await;
    let alles = b.get("/pruefung").await.text;
    assert!(alles.contains("konto.created.v1") && alles.contains("vorgang.taken_over.v1"), "{alles}");
    let seine = b.get(&format!("/pruefung?wer={meyer}")).await.text;
    assert!(seine.contains("vorgang.taken_over.v1") && !seine.contains("antrag.submitted.v1"), "{seine}");
    let art = b.get("/pruefung?art=antrag.").await.text;
    assert!(art.contains("antrag.submitted.v1") && !art.contains("vorgang.taken_over.v1"));
    assert!(b.get("/pruefung?von=31.02.2026").await.text.contains("Datum ist nicht lesbar"));
    assert!(b.get("/pruefung?strom=99.9-99").await.text.contains("keinen Vorgang"));
    assert!(!b.get("/pruefung?bis=01.01.2020").await.text.contains("antrag.submitted.v1"));
    let fall = b.get(&format!("/pruefung/vorgang/{id}")).await.text;
    let ereignis = amt.stadt.app.house.history(id).await.unwrap();
    let sql = amt.stadt.app.intern(move |v| v.timeline(id)).await.unwrap();
    assert!(ereignis.len() >= 2 && sql.iter().all(|e| fall.contains(&e.hash)), "{fall}");
    let az = amt.stadt.app.intern(move |v| v.vorgang(id)).await.unwrap().unwrap().aktenzeichen.unwrap();
    assert!(b.get(&format!("/pruefung?strom={az}")).await.text.contains("antrag.submitted.v1"), "{az}");
}

#[tokio::test]
async fn the_verify_button_ends_in_a_verdict_that_survives_a_reload() {
    let mut amt = Amt::neu().await;
    amt.antrag().await;
    let b = revision(&mut amt).await;
    b.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Prüfung")]).await;
    let r = b.ausfuellen("/pruefung/verify", "/pruefung/verify", &[]).await;
    assert_eq!((r.status, r.ziel()), (StatusCode::SEE_OTHER, "/pruefung/verify"));
    for _ in 0..2_000 {
        if b.get("/pruefung/verify").await.text.contains("Ergebnis") {
            break;
        }
        tokio::task::yield_now().await;
    }
    let seite = b.get("/pruefung/verify").await.text;
    assert!(seite.contains("Die Kette ist unversehrt: valid") && seite.contains("Wurzel des Baums"), "{seite}");
}

#[tokio::test]
async fn an_auditor_chooses_what_a_receipt_tells_and_the_rest_stays_sealed() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let (id, other) = (amt.antrag().await, amt.antrag().await);
    let house = amt.stadt.app.house.clone();
    let policy = Policy::parse(format!("log {}\nquorum none\n", log_key().vkey()).as_bytes()).unwrap();
    signed(&amt.stadt).await;
    let b = revision(&mut amt).await;
    b.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Verfahren vor Gericht")]).await;
    let index = house.history(id).await.unwrap()[0].index;
    let seite = format!("/pruefung/vorgang/{id}/beleg/{index}");
    assert!(b.get(&format!("/pruefung/vorgang/{id}")).await.text.contains(&seite));
    assert!(b.get(&seite).await.text.contains("value=\"/felder/kennzeichen\""));
    let felder = [("zeiger", "/felder/kennzeichen"), ("zeiger", "/eingang_am"), ("form", "beweis")];
    let beweis = b.ausfuellen(&seite, &seite, &felder).await;
    let proven = receipt::check(&beweis.text, &policy).unwrap();
    let shown: Vec<&str> = proven.values.iter().map(|v| v.pointer.as_str()).collect();
    assert_eq!(shown, ["/eingang_am", "/felder/kennzeichen"]);
    assert_eq!(proven.values[1].value, "PI-AB 123");
    let falsch = b.ausfuellen(&seite, &seite, &[("zeiger", "/felder/gibtesnicht")]).await;
    assert!(falsch.status == StatusCode::CONFLICT && falsch.text.contains("/felder/gibtesnicht"), "{}", falsch.text);
    for fremd in [format!("/pruefung/vorgang/{other}/beleg/{index}"), format!("/pruefung/vorgang/{id}/beleg/99999")] {
        assert_eq!(b.get(&fremd).await.status, StatusCode::NOT_FOUND, "{fremd}");
    }
    assert_eq!(clerk.get(&seite).await.status, StatusCode::NOT_FOUND);
    let zugriffe = b.get("/pruefung/zugriffe").await.text;
    assert!(zugriffe.contains("Verfahren vor Gericht") && zugriffe.contains("beleg"), "{zugriffe}");
}
