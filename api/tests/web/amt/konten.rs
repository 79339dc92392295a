//! The system administration: accounts, and no case.

use super::Amt;
use crate::besucher::Besucher;
use akte_core::kernel::Role;
use axum::http::StatusCode;

#[tokio::test]
async fn the_administration_makes_accounts_and_sees_no_case() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    amt.konto("chef", "ordnung", &[Role::Admin]).await;
    let b = amt.anmelden("chef").await;
    assert_eq!(b.get("/amt").await.ziel(), "/verwaltung/konten");
    assert_eq!(b.get(&Amt::seite(id)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(b.get("/amt/suche").await.status, StatusCode::NOT_FOUND);
    let neu = [("login", "Neu.Person"), ("name", "Herr Neu"), ("einheit", "ordnung"), ("rollen", "sachbearbeitung")];
    let seite = b.get("/verwaltung/konten").await;
    let (csrf, key) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"));
    let kopf = [("_csrf", csrf.as_str()), ("_schluessel", key.as_str())];
    let r = b.post("/verwaltung/konten", &[&kopf[..], &neu[..3]].concat()).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(r.text.contains("mindestens eine Rolle") && r.text.contains("value=\"Herr Neu\""), "{}", r.text);
    let r = b.post("/verwaltung/konten", &[&kopf[..], &neu[..]].concat()).await;
    assert_eq!(r.status, StatusCode::OK, "{}", r.text);
    let kennwort = r.text.split("code__wert\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!b.get("/verwaltung/konten").await.text.contains(&kennwort), "shown once");
    let n = Besucher::neu(&amt.stadt.app);
    let a = n.ausfuellen("/anmelden", "/anmelden", &[("login", "neu.person"), ("passwort", &kennwort)]).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER);
    assert_eq!(n.get("/verwaltung/konten").await.status, StatusCode::NOT_FOUND);
    let konto = amt.stadt.app.house.konto("neu.person").unwrap();
    let r = b
        .post(
            &format!("/verwaltung/konten/{konto}"),
            &[("_csrf", &csrf), ("_schluessel", "sperren-sperren-sperren"), ("was", "sperren"), ("grund", "weg")],
        )
        .await;
    assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    assert_eq!(n.get("/amt").await.status, StatusCode::UNAUTHORIZED, "a locked account is out at once");
}
