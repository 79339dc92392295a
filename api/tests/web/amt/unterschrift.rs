//! The second signature through the real router: a link, a page, one signature; and what becomes of old links.

use super::{Amt, getan, handeln};
use crate::besucher::{Antwort, Besucher};
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::loader::{Datei, geruest};
use axum::http::StatusCode;
use uuid::Uuid;

const PERSONEN: &str = include_str!("../../../../core/tests/zweite_person.toml");

fn leistung() -> Vec<Datei> {
    let mut files = geruest("zu-zweit", "ordnung");
    files[0].1 = [files[0].1.as_slice(), b"\n", PERSONEN.as_bytes()].concat();
    files
}

/// An application of two persons: the case, the applicant's browser, the link to hand over.
async fn zu_zweit(amt: &mut Amt) -> (Uuid, Besucher, String) {
    amt.stadt.app.house.adopt(&leistung()).await.unwrap();
    let b = Besucher::neu(&amt.stadt.app);
    b.ausfuellen("/leistungen/zu-zweit", "/antrag/zu-zweit", &[]).await;
    let (person, anliegen) = ("/antrag/zu-zweit/person", "/antrag/zu-zweit/anliegen");
    b.ausfuellen(person, person, &[("name", "Meyer"), ("vornamen", "Ann")]).await;
    let felder = [("art", "einmalig"), ("bis", "24.12.2026"), ("partner_name", "Bert Kowalski")];
    b.ausfuellen(anliegen, anliegen, &felder[..1]).await;
    b.ausfuellen(anliegen, anliegen, &felder).await;
    let a = b.ausfuellen("/antrag/zu-zweit/pruefen", "/antrag/zu-zweit/absenden", &[]).await;
    assert_eq!(a.ziel(), "/antrag/zu-zweit/bestaetigung", "{}", a.text);
    amt.folgen().await;
    let alle = amt.stadt.app.house.reader().read_all(0, 10_000).await.unwrap();
    let id = alle.iter().find(|r| r.wire == "antrag.submitted.v1").unwrap().stream;
    let link = link(&b).await;
    (id, b, link)
}

async fn link(b: &Besucher) -> String {
    let seite = b.get("/status/unterschriften").await;
    let (_, rest) = seite.text.split_once("https://musterstadt.example/u/").unwrap_or_else(|| panic!("{}", seite.text));
    format!("/u/{}", rest.split('<').next().unwrap())
}

/// Another person in another browser opens the link.
async fn geoeffnet(amt: &Amt, link: &str) -> (Besucher, Antwort) {
    let b = Besucher::neu(&amt.stadt.app);
    assert_eq!(b.get(link).await.ziel(), "/unterschrift");
    let seite = b.get("/unterschrift").await;
    (b, seite)
}

async fn unterschreiben(b: &Besucher, seite: &Antwort, name: &str) -> Antwort {
    let [csrf, key, digest, unterlagen] = ["_csrf", "_schluessel", "digest", "unterlagen"].map(|n| seite.verborgen(n));
    let felder = [
        ("_csrf", csrf.as_str()),
        ("_schluessel", &key),
        ("digest", &digest),
        ("unterlagen", &unterlagen),
        ("was", "unterschreiben"),
        ("name", name),
    ];
    b.post("/unterschrift", &felder).await
}

async fn stand(amt: &Amt, id: Uuid) -> String {
    amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.unterschriften[0].stand.clone()
}

#[tokio::test]
async fn the_second_person_signs_by_link_without_an_account_and_only_that() {
    let mut amt = Amt::neu().await;
    let (id, _b, link) = zu_zweit(&mut amt).await;
    let (zweite, seite) = geoeffnet(&amt, &link).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    assert!(seite.text.contains("Bert Kowalski") && seite.text.contains("Zweite Person"), "{}", seite.text);
    for fremd in ["/status/vorgang", "/status/dokumente", "/status/zuruecknehmen", "/status/unterschriften"] {
        assert_eq!(zweite.get(fremd).await.status, StatusCode::NOT_FOUND, "{fremd}");
    }
    let leer = unterschreiben(&zweite, &seite, " ").await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(leer.text.contains("Geben Sie Ihren Namen ein"), "{}", leer.text);
    getan(&unterschreiben(&zweite, &leer, "Bert Kowalski").await);
    assert_eq!(stand(&amt, id).await, "gegeben");
    let danach = zweite.get("/unterschrift").await.text;
    assert!(danach.contains("Sie haben unterschrieben") && !danach.contains("Meyer"), "{danach}");
}

#[tokio::test]
async fn who_signs_by_link_reads_english_and_changing_the_language_signs_nothing() {
    let mut amt = Amt::neu().await;
    let (id, _b, link) = zu_zweit(&mut amt).await;
    let (zweite, _) = geoeffnet(&amt, &link).await;
    assert_eq!(zweite.get("/unterschrift?sprache=en").await.ziel(), "/unterschrift");
    let seite = zweite.get("/unterschrift").await;
    assert!(
        seite.text.contains("Sign an application") && seite.text.contains("You do not have to sign."),
        "{}",
        seite.text
    );
    let leer = unterschreiben(&zweite, &seite, " ").await;
    assert!(leer.text.contains("Enter your name."), "{}", leer.text);
    let [csrf, key] = ["_csrf", "_schluessel"].map(|n| leer.verborgen(n));
    let felder = [
        ("_csrf", csrf.as_str()),
        ("_schluessel", &key),
        ("was", "unterschreiben"),
        ("name", "Bert K."),
        ("aktion", "sprache-ls"),
    ];
    let leicht = zweite.post("/unterschrift", &felder).await;
    assert_eq!(leicht.status, StatusCode::OK, "{}", leicht.text);
    assert!(leicht.text.contains("Einen Antrag unterschreiben") && leicht.text.contains("Bert K."), "{}", leicht.text);
    assert_eq!(stand(&amt, id).await, "offen");
}

#[tokio::test]
async fn a_signature_on_a_version_that_was_supplemented_meanwhile_is_refused_with_the_reason() {
    let mut amt = Amt::neu().await;
    let (id, b, link) = zu_zweit(&mut amt).await;
    let (zweite, alt) = geoeffnet(&amt, &link).await;
    let seite = "/status/nachreichen";
    let key = b.get(seite).await.verborgen("_schluessel");
    let felder = [("_schluessel", key.as_str()), ("unterlage", "nachweis")];
    let a = b.hochladen(seite, &felder, "n.pdf", b"%PDF-1.7\nein Nachweis\n").await;
    assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
    let a = unterschreiben(&zweite, &alt, "Bert Kowalski").await;
    assert_eq!(a.status, StatusCode::CONFLICT);
    assert!(a.text.contains("Der Antrag wurde ergänzt") && a.text.contains("value=\"Bert Kowalski\""), "{}", a.text);
    assert_eq!(stand(&amt, id).await, "offen");
    getan(&unterschreiben(&zweite, &a, "Bert Kowalski").await);
    assert_eq!(stand(&amt, id).await, "gegeben");
}

#[tokio::test]
async fn an_old_link_a_forged_link_and_a_withdrawn_application_are_told_apart_honestly() {
    let mut amt = Amt::neu().await;
    let (_, b, alt) = zu_zweit(&mut amt).await;
    for falsch in [format!("{}x", &alt[..alt.len() - 1]), "/u/quatsch".into(), "/u/-".into()] {
        assert_eq!(geoeffnet(&amt, &falsch).await.1.status, StatusCode::NOT_FOUND, "{falsch}");
    }
    let key = b.get("/status/unterschriften").await.verborgen("_schluessel");
    let seite = "/status/unterschriften";
    getan(&b.ausfuellen(seite, seite, &[("_schluessel", &key), ("rolle", "partner")]).await);
    let (_, ersetzt) = geoeffnet(&amt, &alt).await;
    assert!(
        ersetzt.text.contains("Dieser Link gilt nicht mehr") && !ersetzt.text.contains("Kowalski"),
        "{}",
        ersetzt.text
    );
    let (zweite, offen) = geoeffnet(&amt, &link(&b).await).await;
    let key = b.get("/status/zuruecknehmen").await.verborgen("_schluessel");
    let seite = "/status/zuruecknehmen";
    getan(&b.ausfuellen(seite, seite, &[("_schluessel", &key), ("grund", "")]).await);
    let a = unterschreiben(&zweite, &offen, "Bert Kowalski").await;
    assert_eq!(a.status, StatusCode::CONFLICT);
    assert!(a.text.contains("zurückgenommen"), "{}", a.text);
}

#[tokio::test]
async fn the_counter_lists_open_signatures_enters_one_and_grants_only_then() {
    let mut amt = Amt::neu().await;
    let (id, _b, _) = zu_zweit(&mut amt).await;
    let (_, meyer) = amt.sachbearbeitung("meyer").await;
    getan(&handeln(&meyer, id, "uebernehmen", &[]).await);
    let seite = meyer.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Unterschrift: Zweite Person") && seite.contains("noch offen"), "{seite}");
    let entwurf = [
        ("entwerfen-tenor", "bewilligt"),
        ("entwerfen-begruendung", "Alles da."),
        ("entwerfen-ermessen", "Nichts spricht dagegen."),
    ];
    let a = handeln(&meyer, id, "entwerfen", &entwurf).await;
    assert_eq!(a.status, StatusCode::CONFLICT);
    assert!(a.text.contains("Es fehlt die Unterschrift von: Zweite Person"), "{}", a.text);
    let zeichnen = [("unterschrift-rolle", "partner"), ("unterschrift-name", "Bert Kowalski")];
    getan(&handeln(&meyer, id, "unterschrift", &zeichnen).await);
    assert_eq!(stand(&amt, id).await, "gegeben");
    getan(&handeln(&meyer, id, "entwerfen", &entwurf).await);
}
