//! Erasing in the office: proposed by one person, decided by another, shown as erased.

use super::{Amt, getan, handeln};
use crate::besucher::{Antwort, Besucher};
use akte_core::kernel::Role;
use akte_core::loeschung::{Loeschung, Stand};
use axum::http::StatusCode;
use uuid::Uuid;

async fn vorschlagen(b: &Besucher, id: Uuid, felder: &[(&str, &str)]) -> Antwort {
    let ziel = format!("/verwaltung/loeschung/vorgang/{id}");
    let seite = b.get(&ziel).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    let (csrf, key) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"));
    let kopf = [("_csrf", csrf.as_str()), ("_schluessel", key.as_str())];
    b.post(&ziel, &[&kopf[..], felder].concat()).await
}

async fn entscheiden(b: &Besucher, seite: &Antwort, ziel: &str, was: &str) -> Antwort {
    let (csrf, key, version) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"), seite.verborgen("version"));
    let felder = [("_csrf", csrf.as_str()), ("_schluessel", &key), ("version", &version), ("was", was)];
    b.post(ziel, &felder).await
}

const ALLES: [(&str, &str); 4] = [
    ("umfang", "vorgang"),
    ("grund", "art17-1d"),
    ("archiv", "nicht_anbietungspflichtig"),
    ("begruendung", "Antrag der Person"),
];

async fn leitung(amt: &mut Amt, login: &str) -> Besucher {
    amt.konto(login, "ordnung", &[Role::Leitung]).await;
    amt.anmelden(login).await
}

#[tokio::test]
async fn a_case_is_erased_with_four_eyes_and_its_page_says_so() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    let chefin = leitung(&mut amt, "chefin").await;
    getan(&handeln(&chefin, id, "vermerk", &[("vermerk-text", "Kowalski rief an")]).await);
    assert!(chefin.get(&Amt::seite(id)).await.text.contains("Löschung vorschlagen"));
    let leer = vorschlagen(&chefin, id, &ALLES[..1]).await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(leer.text.contains("wählen Sie einen Grund"), "{}", leer.text);
    let ohne = [ALLES[0], ALLES[1], ALLES[3]];
    let ohne = vorschlagen(&chefin, id, &ohne).await;
    assert_eq!(ohne.status, StatusCode::CONFLICT);
    assert!(ohne.text.contains("Antwort des Archivs (§ 6 LArchG)") && ohne.text.contains("Antrag der Person"));
    let frist = [ALLES[0], ("grund", "frist"), ("archiv", "abgelehnt"), ALLES[3]];
    assert!(vorschlagen(&chefin, id, &frist).await.text.contains("noch nicht abgelaufen"));
    let a = vorschlagen(&chefin, id, &ALLES).await;
    getan(&a);
    let ziel = a.ziel().to_owned();
    let loeschung: Uuid = ziel.rsplit('/').next().unwrap().parse().unwrap();
    // The proposer sees it and gets no button; sending the form anyway is refused.
    let eigene = chefin.get(&ziel).await;
    assert!(eigene.text.contains("Antrag der Person") && !eigene.text.contains("Löschung genehmigen"));
    let zweite = leitung(&mut amt, "zweite").await;
    let seite = zweite.get(&ziel).await;
    assert!(seite.text.contains("Löschung genehmigen"), "{}", seite.text);
    let mut getippt = eigene;
    getippt.text.push_str(&format!(
        "name=\"_schluessel\" value=\"selbst-selbst-selbst\" name=\"version\" value=\"{}\"",
        seite.verborgen("version")
    ));
    assert!(getippt.text.contains("name=\"_csrf\""));
    let selbst = entscheiden(&chefin, &getippt, &ziel, "genehmigen").await;
    assert_eq!(selbst.status, StatusCode::CONFLICT, "{}", selbst.text);
    let house = amt.stadt.app.house.clone();
    assert_eq!(house.load::<Loeschung>(loeschung).await.unwrap().state.stand, Stand::Vorgeschlagen);
    getan(&entscheiden(&zweite, &seite, &ziel, "genehmigen").await);
    assert!(zweite.get(&ziel).await.text.contains("genehmigt, wird vollzogen"));
    // What the pass in `akte serve` does.
    let e = house.request_erasure(loeschung).await.unwrap();
    house.erase_stored(&e, &[], None).await.unwrap();
    let vollzug = house.confirm_erasure(&e).await.unwrap();
    house.erasure_executed(loeschung, &e, vollzug).await.unwrap();
    amt.folgen().await;
    let seite = zweite.get(&Amt::seite(id)).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    assert!(seite.text.contains("Teile dieses Vorgangs sind gelöscht") && !seite.text.contains("Kowalski"));
    assert!(seite.text.matches("gelöscht").count() > 3, "{}", seite.text);
    let liste = zweite.get("/verwaltung/loeschung").await.text;
    assert!(liste.contains("vollzogen") && liste.contains(&loeschung.to_string()), "{liste}");
    assert!(zweite.get(&ziel).await.text.contains(&format!("<dd>{vollzug}</dd>")));
    for r in [zweite.get("/amt").await, zweite.suchen("Kowalski").await] {
        assert!(r.status == StatusCode::OK && !r.text.contains("Am Markt"), "{}", r.text);
    }
}

#[tokio::test]
async fn who_may_not_sees_no_erasure() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    let chefin = leitung(&mut amt, "chefin").await;
    let ziel = vorschlagen(&chefin, id, &ALLES).await.ziel().to_owned();
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let neu = format!("/verwaltung/loeschung/vorgang/{id}");
    for seite in ["/verwaltung/loeschung", &ziel, &neu] {
        assert_eq!(clerk.get(seite).await.status, StatusCode::NOT_FOUND, "{seite}");
    }
    assert!(!clerk.get(&Amt::seite(id)).await.text.contains("Löschung vorschlagen"));
    amt.konto("fremd", "steuern", &[Role::Leitung]).await;
    let fremd = amt.anmelden("fremd").await;
    assert_eq!(fremd.get(&ziel).await.status, StatusCode::NOT_FOUND);
    assert!(!fremd.get("/verwaltung/loeschung").await.text.contains(&ziel));
    // Data protection reads with a purpose, and decides.
    amt.konto("dsb", "ordnung", &[Role::Datenschutz]).await;
    let dsb = amt.anmelden("dsb").await;
    dsb.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Art. 17")]).await;
    let seite = dsb.get(&ziel).await;
    getan(&entscheiden(&dsb, &seite, &ziel, "genehmigen").await);
    let (csrf, version) = (seite.verborgen("_csrf"), seite.verborgen("version"));
    let felder = [("_csrf", csrf.as_str()), ("_schluessel", "zu-spaet-zu-spaet-1"), ("version", &version)];
    let zu_spaet = dsb.post(&ziel, &[&felder[..], &[("was", "ablehnen"), ("begruendung", "Nein")]].concat()).await;
    assert_eq!(zu_spaet.status, StatusCode::PRECONDITION_FAILED, "{}", zu_spaet.text);
}
