//! Sessions of the office: new at login, ended by time, by logout, and by every change of rights.

use crate::besucher::{Antwort, Besucher, Stadt, gruenden};
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::zugriff::{Konto, KontoCommand};
use axum::http::StatusCode;
use uuid::Uuid;

const KENNWORT: &str = "korrekt Pferd Batterie";

async fn befehl(stadt: &Stadt, target: Target, key: &str, befehl: KontoCommand) -> Uuid {
    let principal = Principal::system();
    let call = Call { principal, key: key.into(), target, expected: None, request: None, corr: None };
    let done = stadt.app.house.execute::<Konto>(call, befehl).await.unwrap();
    stadt.app.sichtbar(done.receipt.as_ref()).await;
    done.stream
}

async fn mit_konto() -> (Stadt, Uuid) {
    let stadt = gruenden().await;
    let neu = KontoCommand::Create {
        einheit: "ordnung".into(),
        rollen: vec![Role::Sachbearbeitung],
        login: "meyer".into(),
        name: "M. Meyer".into(),
        email: "meyer@musterstadt.example".into(),
    };
    let konto = befehl(&stadt, Target::Natural(vec!["meyer".into()]), "konto-meyer", neu).await;
    stadt.app.local.passwort_setzen(konto, &akte_api::auth::passwort::hash(KENNWORT).unwrap()).unwrap();
    (stadt, konto)
}

async fn anmelden(b: &Besucher, login: &str, kennwort: &str) -> Antwort {
    b.ausfuellen("/anmelden", "/anmelden", &[("login", login), ("passwort", kennwort)]).await
}

fn sitzung(a: &Antwort) -> Option<String> {
    let kekse = a.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned());
    kekse.filter_map(|k| k.strip_prefix("__Host-akte-sitzung=").map(|r| r.split(';').next().unwrap().to_owned())).next()
}

/// A page that only the logged-in see.
fn innen() -> &'static str {
    akte_api::routes::alle()
        .into_iter()
        .find(|r| r.method == "get" && r.path.starts_with("/amt") && !r.path.contains('{'))
        .map(|r| r.path)
        .unwrap()
}

#[tokio::test]
async fn wrong_login_and_wrong_password_get_the_same_answer() {
    let (stadt, _) = mit_konto().await;
    let mut texte = Vec::new();
    for (login, kennwort) in [("meyer", "falsch"), ("niemand", KENNWORT)] {
        let b = Besucher::neu(&stadt.app);
        let a = anmelden(&b, login, kennwort).await;
        assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(sitzung(&a).is_none() && !a.text.contains(kennwort));
        texte.push(a.text.replace(&a.verborgen("_csrf"), "T").replace(login, "L"));
    }
    assert_eq!(texte[0], texte[1]);
}

#[tokio::test]
async fn every_login_gives_a_new_session_and_ends_the_one_before() {
    let (stadt, _) = mit_konto().await;
    let b = Besucher::neu(&stadt.app);
    let fremd = "A".repeat(43);
    b.setzen("__Host-akte-sitzung", &fremd);
    let erste = sitzung(&anmelden(&b, " Meyer ", KENNWORT).await).unwrap();
    assert_ne!(erste, fremd, "a session id from outside is never taken");
    assert_eq!(b.get(innen()).await.status, StatusCode::OK);
    let zweite = sitzung(&anmelden(&b, "meyer", KENNWORT).await).unwrap();
    assert_ne!(erste, zweite);
    let dieb = Besucher::neu(&stadt.app);
    dieb.setzen("__Host-akte-sitzung", &erste);
    assert_eq!(dieb.get(innen()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_by_idleness_by_age_and_by_logout() {
    let (stadt, _) = mit_konto().await;
    let b = Besucher::neu(&stadt.app);
    anmelden(&b, "meyer", KENNWORT).await;
    stadt.uhr.vor(29 * 60);
    assert_eq!(b.get(innen()).await.status, StatusCode::OK);
    stadt.uhr.vor(31 * 60);
    assert_eq!(b.get(innen()).await.status, StatusCode::UNAUTHORIZED, "idle");
    anmelden(&b, "meyer", KENNWORT).await;
    for _ in 0..24 {
        stadt.uhr.vor(24 * 60);
        assert_eq!(b.get(innen()).await.status, StatusCode::OK);
    }
    stadt.uhr.vor(25 * 60);
    assert_eq!(b.get(innen()).await.status, StatusCode::UNAUTHORIZED, "ten hours");
    anmelden(&b, "meyer", KENNWORT).await;
    let a = b.ausfuellen("/anmelden", "/abmelden", &[]).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER);
    assert_eq!(b.get(innen()).await.status, StatusCode::UNAUTHORIZED, "logout");
}

#[tokio::test]
async fn a_change_of_role_or_a_lock_ends_every_session() {
    let (stadt, konto) = mit_konto().await;
    let (a, b) = (Besucher::neu(&stadt.app), Besucher::neu(&stadt.app));
    for x in [&a, &b] {
        anmelden(x, "meyer", KENNWORT).await;
        assert_eq!(x.get(innen()).await.status, StatusCode::OK);
    }
    let rollen = vec![Role::Sachbearbeitung, Role::Leitung];
    let neu = KontoCommand::ChangeRollen { einheit: "ordnung".into(), rollen };
    befehl(&stadt, Target::Stream(konto), "rollen-meyer", neu).await;
    for x in [&a, &b] {
        assert_eq!(x.get(innen()).await.status, StatusCode::UNAUTHORIZED);
    }
    anmelden(&a, "meyer", KENNWORT).await;
    befehl(&stadt, Target::Stream(konto), "sperre-meyer", KontoCommand::Disable { grund: "weg".into() }).await;
    assert_eq!(a.get(innen()).await.status, StatusCode::UNAUTHORIZED);
    assert!(sitzung(&anmelden(&b, "meyer", KENNWORT).await).is_none(), "a locked account does not log in");
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_keeps_what_was_typed() {
    let (stadt, _) = mit_konto().await;
    let b = Besucher::neu(&stadt.app);
    anmelden(&b, "meyer", KENNWORT).await;
    let token = b.get("/status").await.verborgen("_csrf");
    stadt.uhr.vor(40 * 60);
    let ziel = format!("/amt/vorgang/{}/vermerk", Uuid::from_bytes([1; 16]));
    let a = b.post(&ziel, &[("_csrf", &token), ("text", "Lange getippter Vermerk")]).await;
    assert_eq!(a.status, StatusCode::UNAUTHORIZED);
    assert!(a.text.contains("Lange getippter Vermerk") && a.text.contains(&ziel));
}
