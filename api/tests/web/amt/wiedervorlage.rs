//! Wiedervorlagen: the day by the calendar of the Land, due on top, for the substitute, told to the head of the unit.

use super::gang::absenden;
use super::{Amt, getan};
use crate::besucher::{Antwort, Besucher};
use akte_core::kernel::Role;
use akte_core::process::note_wiedervorlagen;
use axum::http::StatusCode;
use uuid::Uuid;

/// From the town's first day to Tuesday, 17.10.2028.
const BIS_OKTOBER: i64 = 59_982_400;
const TAG: i64 = 86_400;

fn neu(vorgang: Uuid) -> String {
    format!("/amt/wiedervorlage/neu/vorgang/{vorgang}")
}

pub async fn setzen(b: &Besucher, vorgang: Uuid, felder: &[(&str, &str)]) -> Antwort {
    let seite = b.get(&neu(vorgang)).await;
    absenden(b, &seite, &neu(vorgang), &[], felder).await
}

impl Amt {
    /// What the day's work does with Wiedervorlagen.
    async fn tagwerk(&mut self) {
        let heute = self.stadt.app.heute();
        let alle = self.stadt.app.internal.wiedervorlagen_faellig(heute).unwrap();
        note_wiedervorlagen(&self.stadt.app.house, &alle).await.unwrap();
        self.folgen().await;
    }
}

#[tokio::test]
async fn fourteen_days_before_reformation_day_are_due_on_the_working_day_after_and_stand_on_top() {
    let mut amt = Amt::neu().await;
    amt.stadt.uhr.vor(BIS_OKTOBER);
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    assert!(a.get(&Amt::seite(id)).await.text.contains(&neu(id)), "reachable from the case");
    let r = setzen(&a, id, &[("wann", "+14T"), ("grund", "Antwort der Halterin?")]).await;
    getan(&r);
    let seite = a.get(r.ziel()).await.text;
    for satz in ["Wiedervorlage am 01.11.2028", "Reformationstag", "Antwort der Halterin?", "+14T"] {
        assert!(seite.contains(satz), "{satz}: {seite}");
    }
    assert!(!a.get("/amt").await.text.contains("Wiedervorlage ist fällig"));
    amt.stadt.uhr.vor(15 * TAG);
    amt.tagwerk().await;
    let a = amt.anmelden("meyer").await;
    assert!(a.get("/amt").await.text.contains("Eine Wiedervorlage ist fällig"));
    let liste = a.get("/amt/wiedervorlagen").await.text;
    let (faellig, spaeter) = liste.split_once("id=\"spaeter\"").unwrap();
    assert!(faellig.contains("Antwort der Halterin?") && !spaeter.contains("Antwort der Halterin?"), "{liste}");
    assert!(a.get(r.ziel()).await.text.contains("Sie ist fällig geworden (01.11.2028)"));
}

#[tokio::test]
async fn it_is_moved_only_with_a_reason_and_its_history_stays_readable() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let falsch = setzen(&a, id, &[("wann", "in zwei Wochen"), ("grund", "Rückruf")]).await;
    assert_eq!(falsch.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(falsch.text.contains("value=\"in zwei Wochen\"") && falsch.text.contains("Rückruf"), "{}", falsch.text);
    let gestern = setzen(&a, id, &[("wann", "01.01.2020"), ("grund", "Rückruf")]).await;
    assert!(gestern.status == StatusCode::UNPROCESSABLE_ENTITY && gestern.text.contains("in der Zukunft"));
    let r = setzen(&a, id, &[("wann", "+7T"), ("grund", "Rückruf")]).await;
    getan(&r);
    let ziel = r.ziel().to_owned();
    amt.konto("registratur", "ordnung", &[Role::Registratur]).await;
    let liest = amt.anmelden("registratur").await.get(&ziel).await;
    assert!(liest.status == StatusCode::OK && liest.text.contains("Rückruf"), "{}", liest.text);
    assert!(!liest.text.contains("Was Sie tun können"), "who only reads is offered nothing");
    let seite = a.get(&ziel).await;
    assert!(seite.text.contains("Was Sie tun können"));
    let ohne = absenden(&a, &seite, &format!("{ziel}/verschieben"), &[], &[("wann", "+7T"), ("grund", " ")]).await;
    assert_eq!(ohne.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", ohne.text);
    let offen = a.get(&ziel).await;
    let mit = [("wann", "+21T"), ("grund", "Frau Kowalski ist verreist.")];
    getan(&absenden(&a, &seite, &format!("{ziel}/verschieben"), &[], &mit).await);
    let veraltet = absenden(&a, &offen, &format!("{ziel}/erledigen"), &[], &[("ergebnis", "angerufen")]).await;
    assert_eq!(veraltet.status, StatusCode::PRECONDITION_FAILED, "{}", veraltet.text);
    assert!(veraltet.text.contains("angerufen"), "what was typed stays");
    let seite = a.get(&ziel).await;
    getan(&absenden(&a, &seite, &format!("{ziel}/erledigen"), &[], &[("ergebnis", "angerufen")]).await);
    let seite = a.get(&ziel).await.text;
    for satz in
        ["hat sie gesetzt für Frau Meyer: +7T", "hat sie verschoben: +21T", "verreist", "hat sie erledigt", "angerufen"]
    {
        assert!(seite.contains(satz), "{satz}: {seite}");
    }
    amt.folgen().await;
    assert!(a.get(&Amt::seite(id)).await.text.contains("Wiedervorlage erledigt von Frau Meyer"));
}

#[tokio::test]
async fn the_substitute_does_it_in_her_place_and_what_nobody_does_is_told_to_the_head() {
    let mut amt = Amt::neu().await;
    amt.stadt.uhr.vor(BIS_OKTOBER);
    let (meyer, a) = amt.sachbearbeitung("meyer").await;
    let krause = amt.konto("krause", "steuern", &[Role::Sachbearbeitung]).await;
    amt.konto("leitung", "ordnung", &[Role::Leitung]).await;
    let id = amt.antrag().await;
    let eins = setzen(&a, id, &[("wann", "+14T"), ("grund", "Erste Sache")]).await.ziel().to_owned();
    getan(&setzen(&a, id, &[("wann", "+14T"), ("grund", "Zweite Sache")]).await);
    amt.vertreten(meyer, krause).await;
    amt.stadt.uhr.vor(15 * TAG);
    amt.tagwerk().await;
    let b = amt.anmelden("krause").await;
    let liste = b.get("/amt/wiedervorlagen").await.text;
    assert!(liste.contains("i. V. für Frau Meyer") && liste.contains("Erste Sache"), "{liste}");
    let seite = b.get(&eins).await;
    let meyer = meyer.to_string();
    let ohne = absenden(&b, &seite, &format!("{eins}/erledigen"), &[], &[]).await;
    assert_eq!(ohne.status, StatusCode::FORBIDDEN, "not in her own name: {}", ohne.text);
    getan(&absenden(&b, &seite, &format!("{eins}/erledigen"), &[], &[("_fuer", &meyer)]).await);
    let seite = b.get(&eins).await.text;
    assert!(seite.contains("Frau Krause i. V. für Frau Meyer hat sie erledigt"), "{seite}");
    let l = amt.anmelden("leitung").await;
    assert!(l.get("/amt/wiedervorlagen").await.text.contains("nichts liegen geblieben"));
    // 01.11.2028 is a Wednesday: Thursday, Friday, Monday.
    amt.stadt.uhr.vor(5 * TAG);
    amt.tagwerk().await;
    amt.tagwerk().await;
    let l = amt.anmelden("leitung").await;
    let liste = l.get("/amt/wiedervorlagen").await.text;
    let (_, leitung) = liste.split_once("id=\"leitung\"").unwrap();
    assert!(leitung.contains("Zweite Sache") && !liste.contains("Erste Sache"), "{liste}");
    assert!(leitung.contains("der Leitung vorgelegt am 06.11.2028"), "{liste}");
    let a = amt.anmelden("meyer").await;
    assert_eq!(a.get(&Amt::seite(id)).await.text.matches("der Leitung vorgelegt").count(), 1, "noted once");
}

#[tokio::test]
async fn an_open_wiedervorlage_keeps_the_case_from_being_filed_away() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    getan(&setzen(&a, id, &[("wann", "+14T"), ("grund", "Rückruf")]).await);
    getan(&super::handeln(&a, id, "uebernehmen", &[]).await);
    let r = super::handeln(&a, id, "zda", &[]).await;
    assert!(r.status == StatusCode::CONFLICT && r.text.contains("Wiedervorlage am"), "{}", r.text);
}

#[tokio::test]
async fn a_letter_of_the_post_book_comes_up_again_for_whoever_may_read_it_there() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let key = a.get("/amt/postbuch/neu").await.verborgen("_schluessel");
    let brief = [
        ("_schluessel", key.as_str()),
        ("kanal", "einwurf"),
        ("einheit", "ordnung"),
        ("eingang", "2026-11-20T06:30"),
        ("absender", "Karl Ödön"),
        ("betreff", "Beschwerde über Lärm"),
    ];
    let r = a.hochladen("/amt/postbuch/neu", &brief, "brief.pdf", b"%PDF-1.7\nx").await;
    getan(&r);
    let seite = r.ziel().split('?').next().unwrap().to_owned();
    let id = seite.rsplit('/').next().unwrap();
    let eingang = a.get(&seite).await.text;
    let wege = ["wiedervorlage/neu", "aufgabe/neu", "eigenes"].map(|w| format!("/amt/{w}/eingang/{id}"));
    for weg in &wege {
        assert!(eingang.contains(weg), "{weg}: {eingang}");
        let dort = a.get(weg).await;
        assert!(dort.status == StatusCode::OK && dort.text.contains("Eingang: Beschwerde über Lärm"), "{}", dort.text);
    }
    let neu = a.get(&wege[0]).await;
    let r = absenden(&a, &neu, &wege[0], &[], &[("wann", "+7T"), ("grund", "Antwort vorbereiten")]).await;
    getan(&r);
    let eine = a.get(r.ziel()).await.text;
    assert!(eine.contains("Eingang: Beschwerde über Lärm") && eine.contains(&seite), "{eine}");
    assert!(a.get("/amt/wiedervorlagen").await.text.contains("Eingang: Beschwerde über Lärm"));
    amt.konto("fremd", "steuern", &[Role::Sachbearbeitung]).await;
    let fremd = amt.anmelden("fremd").await;
    for weg in &wege {
        assert_eq!(fremd.get(weg).await.status, StatusCode::NOT_FOUND, "{weg}");
    }
    // Sent on to another unit: the reminder stays, the name of the letter goes with it.
    let offen = a.get(&seite).await;
    let weiter = [("einheit", "soziales"), ("grund", "zuständig")];
    getan(&absenden(&a, &offen, &format!("{seite}/weiterleiten"), &[], &weiter).await);
    let liste = a.get("/amt/wiedervorlagen").await.text;
    assert!(liste.contains("Antwort vorbereiten") && !liste.contains("Beschwerde über Lärm"), "{liste}");
}
