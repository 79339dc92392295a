//! Work on one case: who may see it, who wins, what a refusal keeps.

use super::{Amt, getan, handeln, senden};
use crate::besucher::{Antwort, Besucher};
use akte_core::kernel::Role;
use akte_core::verfahren::Vorgang;
use axum::http::{StatusCode, header};

#[tokio::test]
async fn of_two_who_take_over_at_once_one_wins_and_the_other_reads_who() {
    let mut amt = Amt::neu().await;
    let (meyer, a) = amt.sachbearbeitung("meyer").await;
    let (petersen, b) = amt.sachbearbeitung("petersen").await;
    let id = amt.antrag().await;
    let (sa, sb) = (a.get(&Amt::seite(id)).await, b.get(&Amt::seite(id)).await);
    let (ra, rb) = tokio::join!(senden(&a, &sa, id, "uebernehmen", &[]), senden(&b, &sb, id, "uebernehmen", &[]));
    let wer = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.zugewiesen_an.unwrap();
    assert!(wer == meyer || wer == petersen);
    let (sieger, verlierer, name) = if wer == meyer { (ra, rb, "Frau Meyer") } else { (rb, ra, "Frau Petersen") };
    getan(&sieger);
    assert_eq!(verlierer.status, StatusCode::CONFLICT);
    let satz = format!("{name} hat den Vorgang vor 0 Sekunden übernommen");
    assert!(verlierer.text.contains(&satz), "{}", verlierer.text);
}

#[tokio::test]
async fn a_stale_page_says_what_changed_and_keeps_what_was_typed() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let (_, b) = amt.sachbearbeitung("petersen").await;
    let id = amt.antrag().await;
    let alt = a.get(&Amt::seite(id)).await;
    getan(&handeln(&b, id, "uebernehmen", &[]).await);
    let lang = "Telefonat mit der Halterin: Sie reicht den Schein am Montag nach.";
    let r = senden(&a, &alt, id, "vermerk", &[("vermerk-text", lang)]).await;
    assert_eq!(r.status, StatusCode::PRECONDITION_FAILED);
    assert!(
        r.text.contains("Seitdem geändert") && r.text.contains("Frau Petersen hat den Vorgang übernommen"),
        "{}",
        r.text
    );
    assert!(r.text.contains(lang) && r.text.contains("id=\"vermerk\" open"));
    getan(&senden(&a, &r, id, "vermerk", &[("vermerk-text", lang)]).await);
    assert!(a.get(&Amt::seite(id)).await.text.contains(lang));
}

#[tokio::test]
async fn another_units_case_is_as_if_it_did_not_exist() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    amt.konto("fremd", "steuern", &[Role::Sachbearbeitung]).await;
    let b = amt.anmelden("fremd").await;
    let da = b.get(&Amt::seite(id)).await;
    let nicht_da = b.get("/amt/vorgang/00000000-0000-4000-8000-000000000000").await;
    assert_eq!((da.status, nicht_da.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(da.text, nicht_da.text);
    let liste = b.get("/amt?tab=alle").await;
    assert!(liste.status == StatusCode::OK && !liste.text.contains("Kowalski"), "{}", liste.text);
    assert!(b.suchen("Kowalski").await.text.contains("Nichts gefunden"));
    let vorher = amt.version(id).await;
    let csrf = liste.verborgen("_csrf");
    let r = b.post(&format!("/amt/vorgang/{id}/uebernehmen"), &[("_csrf", &csrf), ("version", "1")]).await;
    assert_eq!((r.status, amt.version(id).await), (StatusCode::NOT_FOUND, vorher));
}

#[tokio::test]
async fn filing_away_too_early_lists_what_is_open() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    getan(&handeln(&b, id, "uebernehmen", &[]).await);
    let felder =
        [("nachfordern-unterlagen", "zb1"), ("nachfordern-text", "Bitte den Schein."), ("nachfordern-tage", "14")];
    getan(&handeln(&b, id, "nachfordern", &felder).await);
    let r = handeln(&b, id, "zda", &[]).await;
    assert_eq!(r.status, StatusCode::CONFLICT);
    for offen in ["Noch offen:", "Entscheidung ist noch nicht bestandskräftig", "Nachforderung bis"] {
        assert!(r.text.contains(offen), "{offen}: {}", r.text);
    }
}

#[tokio::test]
async fn a_cancelled_note_stays_struck_through_with_its_reason() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    getan(&handeln(&b, id, "vermerk", &[("vermerk-text", "Falsche Person.")]).await);
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.vermerke[0].id.to_string();
    let felder = [("vermerk_stornieren-id", v.as_str()), ("vermerk_stornieren-grund", "verwechselt")];
    getan(&handeln(&b, id, "vermerk_stornieren", &felder).await);
    amt.folgen().await;
    let seite = b.get(&Amt::seite(id)).await.text;
    let (_, s) = seite.split_once("<s>").expect("struck through");
    assert!(s.split("</s>").next().unwrap().contains("Falsche Person.") && seite.contains("verwechselt"), "{seite}");
}

#[tokio::test]
async fn the_case_as_it_was_does_not_know_what_came_later() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    amt.stadt.uhr.vor(1200);
    getan(&handeln(&b, id, "vermerk", &[("vermerk-text", "Erst später geschrieben.")]).await);
    amt.folgen().await;
    let damals = amt.stadt.app.clock.now().to_zoned(amt.stadt.app.house.zone.clone());
    let damals = damals.checked_sub(jiff::Span::new().minutes(10)).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
    let r = b.get(&format!("/amt/vorgang/{id}/stand?am={damals}")).await;
    assert_eq!(r.status, StatusCode::OK);
    assert!(r.text.contains("So stand der Vorgang am") && r.text.contains("Kowalski"), "{}", r.text);
    assert!(!r.text.contains("Erst später") && !r.text.contains("Was Sie tun können"));
    assert_eq!(b.get(&format!("/amt/vorgang/{id}/stand?am=1999-01-01")).await.status, StatusCode::NOT_FOUND);
    let unsinn = b.get(&format!("/amt/vorgang/{id}/stand?am=31.02.")).await;
    assert_eq!(unsinn.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn many_are_assigned_at_once_with_a_result_per_row() {
    let mut amt = Amt::neu().await;
    let (meyer, b) = amt.sachbearbeitung("meyer").await;
    let (eins, zwei) = (amt.antrag().await, amt.antrag().await);
    let liste = b.get("/amt").await;
    assert_eq!(liste.text.matches("/amt/vorgang/").count(), 2, "{}", liste.text);
    getan(&handeln(&b, zwei, "vermerk", &[("vermerk-text", "dazwischen")]).await);
    let marken: Vec<String> =
        liste.text.split("name=\"v\" value=\"").skip(1).map(|t| t.split('"').next().unwrap().to_owned()).collect();
    let (csrf, key, an) = (liste.verborgen("_csrf"), liste.verborgen("_schluessel"), meyer.to_string());
    let mut felder = vec![("_csrf", csrf.as_str()), ("_schluessel", &key), ("an", &an)];
    felder.extend(marken.iter().map(|m| ("v", m.as_str())));
    let r = b.post("/amt/verteilen", &felder).await;
    assert_eq!(r.status, StatusCode::OK, "{}", r.text);
    assert!(
        r.text.contains("1 zugewiesen an Frau Meyer, 1 abgelehnt.") && r.text.contains("inzwischen geändert"),
        "{}",
        r.text
    );
    let state = |id| amt.stadt.app.house.load::<Vorgang>(id);
    assert_eq!(state(eins).await.unwrap().state.zugewiesen_an, Some(meyer));
    assert_eq!(state(zwei).await.unwrap().state.zugewiesen_an, None);
    assert!(b.get("/amt?tab=meine").await.text.contains(&eins.to_string()));
}

#[tokio::test]
async fn a_bulk_assignment_is_taken_back_only_where_nothing_happened_since() {
    let mut amt = Amt::neu().await;
    let (meyer, b) = amt.sachbearbeitung("meyer").await;
    let (petersen, _) = amt.sachbearbeitung("petersen").await;
    let (neu, hatte, weiter) = (amt.antrag().await, amt.antrag().await, amt.antrag().await);
    getan(&handeln(&b, hatte, "uebernehmen", &[]).await);
    let state = async |id| amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    let vorher = [state(neu).await, state(hatte).await];
    let mut felder = vec![("an".to_owned(), petersen.to_string())];
    for id in [neu, hatte, weiter] {
        felder.push(("v".into(), format!("{id}:{}", amt.version(id).await)));
    }
    let r = verteilen(&b, &b.get("/amt").await, "/amt/verteilen", &felder).await;
    assert!(r.text.contains("3 zugewiesen an Frau Petersen."), "{}", r.text);
    getan(&handeln(&b, weiter, "vermerk", &[("vermerk-text", "dazwischen")]).await);
    let marken = r.text.split("name=\"v\" value=\"").skip(1).map(|t| t.split('"').next().unwrap().to_owned());
    let felder: Vec<_> = marken.map(|m| ("v".to_owned(), m)).collect();
    let zurueck = verteilen(&b, &r, "/amt/verteilen/zurueck", &felder).await;
    assert!(zurueck.text.contains("2 zurückgenommen, 1 abgelehnt."), "{}", zurueck.text);
    for (id, war) in [neu, hatte].into_iter().zip(&vorher) {
        let ist = state(id).await;
        assert_eq!((ist.zugewiesen_an, ist.status, &ist.einheit), (war.zugewiesen_an, war.status, &war.einheit));
    }
    assert_eq!(vorher[1].zugewiesen_an, Some(meyer));
    assert_eq!(state(weiter).await.zugewiesen_an, Some(petersen));
    assert!(!zurueck.text.contains("Rückgängig"), "what was taken back is not offered again");
}

/// Sends one of the forms that carry several cases.
async fn verteilen(b: &Besucher, seite: &Antwort, ziel: &str, felder: &[(String, String)]) -> Antwort {
    let (csrf, key) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"));
    let mut alle = vec![("_csrf", csrf.as_str()), ("_schluessel", key.as_str())];
    alle.extend(felder.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    b.post(ziel, &alle).await
}

#[tokio::test]
async fn a_substitute_works_in_place_of_the_absent_and_both_names_stand_there() {
    let mut amt = Amt::neu().await;
    let (meyer, a) = amt.sachbearbeitung("meyer").await;
    amt.konto("krause", "steuern", &[Role::Sachbearbeitung]).await;
    let b = amt.anmelden("krause").await;
    let id = amt.antrag().await;
    getan(&handeln(&a, id, "uebernehmen", &[]).await);
    assert_eq!(b.get(&Amt::seite(id)).await.status, StatusCode::NOT_FOUND);
    let seite = a.get("/amt/abwesenheit").await;
    let krause = amt.stadt.app.house.konto("krause").unwrap().to_string();
    let (csrf, key, version) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"), seite.verborgen("version"));
    let kopf = [("_csrf", csrf.as_str()), ("_schluessel", &key), ("version", &version), ("durch", &krause)];
    let falsch = [&kopf[..], &[("von", "31.02.2026"), ("bis", "31.12.2027")]].concat();
    assert_eq!(a.post("/amt/abwesenheit", &falsch).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gut = [&kopf[..], &[("von", "01.01.2026"), ("bis", "31.12.2027")]].concat();
    getan(&a.post("/amt/abwesenheit", &gut).await);
    let meine = b.get("/amt?tab=meine").await.text;
    assert!(meine.contains("i. V. für Frau Meyer") && meine.contains(&id.to_string()), "{meine}");
    let fall = b.get(&Amt::seite(id)).await;
    assert!(fall.text.contains("i. V. für Frau Meyer"), "{}", fall.text);
    let meyer = meyer.to_string();
    getan(&senden(&b, &fall, id, "vermerk", &[("vermerk-text", "Vertreten."), ("_fuer", &meyer)]).await);
    amt.folgen().await;
    assert!(a.get(&Amt::seite(id)).await.text.contains("Frau Krause i. V. für Frau Meyer"));
    let ohne = senden(&b, &fall, id, "vermerk", &[("vermerk-text", "Eigenmächtig.")]).await;
    assert_ne!(ohne.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_cannot_be_logged_is_not_shown() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    assert_eq!(b.get(&Amt::seite(id)).await.status, StatusCode::OK);
    let db = rusqlite::Connection::open(amt.stadt.ordner.path().join("zugriff.db")).unwrap();
    db.execute_batch("DROP TABLE zugriff").unwrap();
    let r = b.get(&Amt::seite(id)).await;
    assert_eq!(r.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(r.headers.contains_key(header::RETRY_AFTER) && !r.text.contains("Kowalski"), "{}", r.text);
}
