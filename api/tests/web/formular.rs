//! A citizen fills in a form, with everything that goes wrong on the way.

use crate::besucher::{Besucher, gruenden};
use axum::http::StatusCode;

const L: &str = "bewohnerparken";
const PERSON: &str = "/antrag/bewohnerparken/person";

async fn begonnen() -> (crate::besucher::Stadt, Besucher) {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let a = b.ausfuellen(&format!("/leistungen/{L}"), &format!("/antrag/{L}"), &[]).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, PERSON));
    (stadt, b)
}

#[tokio::test]
async fn everyday_words_lead_to_the_service() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let a = b.get("/leistungen?q=wo%20kann%20ich%20mein%20auto%20parken").await;
    assert!(a.text.contains("/leistungen/bewohnerparken"), "{}", a.text);
    let a = b.get("/leistungen?q=%3Cscript%3Ealert(1)").await;
    assert!(a.text.contains("Nichts gefunden") && !a.text.contains("<script"));
    let a = b.get("/leistungen/bewohnerparken").await;
    for w in ["Dauer", "Kosten", "Rechtsgrundlage", "Das brauchen Sie", "Noch nicht bestätigt", "04100 1230"] {
        assert!(a.text.contains(w), "{w}");
    }
}

#[tokio::test]
async fn wrong_dates_are_named_and_nothing_typed_is_lost() {
    let (_stadt, b) = begonnen().await;
    for (datum, grund) in [("31.02.1990", "kein Tag im Kalender"), ("01.01.2027", "Zukunft")] {
        let a =
            b.ausfuellen(PERSON, PERSON, &[("name", "Müller 🌻"), ("vornamen", "Ann"), ("geburtsdatum", datum)]).await;
        assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{datum}");
        assert!(a.text.contains("href=\"#geburtsdatum\""), "the summary leads to the field");
        assert!(a.text.contains("aria-describedby=\"geburtsdatum-hilfe geburtsdatum-fehler\""), "{}", a.text);
        assert!(a.text.contains(&format!("value=\"{datum}\"")) && a.text.contains("value=\"Ann\""));
        assert!(a.text.contains("<title>Fehler: "));
        assert!(a.text.contains(grund), "{datum}: {}", a.text);
    }
    assert!(b.get(PERSON).await.text.contains("value=\"Ann\""), "the draft keeps what was typed");
}

#[tokio::test]
async fn a_combining_umlaut_is_accepted_and_a_nul_is_refused() {
    let (_stadt, b) = begonnen().await;
    let gut = [("name", "Mu\u{308}ller"), ("vornamen", "Ann"), ("geburtsdatum", "31.12.1990")];
    let a = b.ausfuellen(PERSON, PERSON, &gut).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/antrag/bewohnerparken/wohnung"));
    assert!(b.get(PERSON).await.text.contains("value=\"Müller\""));
    let a = b
        .ausfuellen(PERSON, PERSON, &[("name", "Mül\0ler"), ("vornamen", "Ann"), ("geburtsdatum", "31.12.1990")])
        .await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("href=\"#name\""));
}

#[tokio::test]
async fn ten_megabytes_in_a_field_are_too_much_and_the_draft_stays() {
    let (_stadt, b) = begonnen().await;
    b.ausfuellen(PERSON, PERSON, &[("name", "Meyer"), ("aktion", "spaeter")]).await;
    let riese = "x".repeat(10 << 20);
    let a = b.ausfuellen(PERSON, PERSON, &[("name", &riese)]).await;
    assert_eq!(a.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(a.text.contains("Zu groß") && a.text.len() < 20_000);
    let lang = "x".repeat(20_000);
    let a = b.ausfuellen(PERSON, PERSON, &[("name", &lang), ("vornamen", "Ann"), ("geburtsdatum", "1.1.1990")]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("zu lang"));
}

#[tokio::test]
async fn a_question_that_an_answer_opens_is_asked_before_going_on() {
    let (_stadt, b) = begonnen().await;
    let seite = "/antrag/bewohnerparken/wohnung";
    let adresse =
        [("strasse", "Markt"), ("hausnummer", "1"), ("plz", "25400"), ("ort", "Musterstadt"), ("stellplatz", "nein")];
    let mut nein = adresse.to_vec();
    nein.push(("gemeldet", "nein"));
    assert!(!b.get(seite).await.text.contains("id=\"gemeldet_ab\""));
    let a = b.ausfuellen(seite, seite, &nein).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/antrag/bewohnerparken/wohnung#gemeldet_ab"));
    assert!(b.get(seite).await.text.contains("id=\"gemeldet_ab\""));
}

#[tokio::test]
async fn a_draft_goes_on_with_its_code_on_another_device_until_it_expires() {
    let (stadt, b) = begonnen().await;
    let a = b.ausfuellen(PERSON, PERSON, &[("name", "Meyer"), ("aktion", "spaeter")]).await;
    assert_eq!(a.ziel(), "/antrag/bewohnerparken/spaeter");
    let a = b.get(a.ziel()).await;
    let code = a.text.split("code__wert\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(code.len(), 19);
    let anderswo = Besucher::neu(&stadt.app);
    assert_eq!(anderswo.get(PERSON).await.ziel(), "/leistungen/bewohnerparken", "without the code there is nothing");
    let a = anderswo.ausfuellen("/antrag/fortsetzen", "/antrag/fortsetzen", &[("code", &code.to_lowercase())]).await;
    assert_eq!(a.ziel(), "/antrag/bewohnerparken/pruefen");
    assert!(anderswo.get(PERSON).await.text.contains("value=\"Meyer\""));
    stadt.uhr.vor(31 * 86_400);
    assert_eq!(anderswo.get(PERSON).await.ziel(), "/leistungen/bewohnerparken");
    let a = anderswo.ausfuellen("/antrag/fortsetzen", "/antrag/fortsetzen", &[("code", &code)]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_check_page_names_what_is_missing_and_leads_there_and_back() {
    let (_stadt, b) = begonnen().await;
    b.ausfuellen(PERSON, PERSON, &[("name", "Meyer"), ("vornamen", "Ann"), ("geburtsdatum", "31.12.1990")]).await;
    let a = b.get("/antrag/bewohnerparken/pruefen").await;
    assert!(a.text.contains("keine Angabe") && a.text.contains("31.12.1990"));
    assert!(a.text.contains("href=\"/antrag/bewohnerparken/wohnung?zurueck=pruefen#strasse\""));
    assert!(
        a.text.contains("Bewohnerparkausweis verbindlich beantragen")
            && a.text.contains("Mit dem Absenden stellen Sie")
    );
    let a = b
        .ausfuellen(
            "/antrag/bewohnerparken/person?zurueck=pruefen",
            PERSON,
            &[("zurueck", "pruefen"), ("name", "Meier"), ("vornamen", "Ann"), ("geburtsdatum", "31.12.1990")],
        )
        .await;
    assert!(a.ziel().starts_with("/antrag/bewohnerparken/wohnung?zurueck=pruefen"), "{}", a.ziel());
}

#[tokio::test]
async fn a_form_left_open_over_night_still_counts_after_one_more_click() {
    let (stadt, b) = begonnen().await;
    let token = b.get(PERSON).await.verborgen("_csrf");
    stadt.uhr.vor(13 * 3600);
    let felder = [
        ("_csrf", token.as_str()),
        ("_gezeigt", "name,vornamen,geburtsdatum"),
        ("name", "Meyer"),
        ("vornamen", "Ann"),
        ("geburtsdatum", "31.12.1990"),
    ];
    let a = b.post(PERSON, &felder).await;
    assert_eq!(a.status, StatusCode::FORBIDDEN);
    assert!(a.text.contains("Meyer") && a.text.contains("Nichts ist verloren"));
    let mut neu = felder.to_vec();
    let token = a.verborgen("_csrf");
    neu[0] = ("_csrf", &token);
    assert_eq!(b.post(PERSON, &neu).await.ziel(), "/antrag/bewohnerparken/wohnung");
}
