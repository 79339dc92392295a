//! Tasks, watching, and notes that are no part of the record.

use super::gang::absenden;
use super::{Amt, getan, handeln};
use crate::besucher::{Antwort, Besucher};
use akte_core::kernel::Role;
use axum::http::StatusCode;
use uuid::Uuid;

async fn stellen(b: &Besucher, vorgang: Uuid, felder: &[(&str, &str)]) -> Antwort {
    let ziel = format!("/amt/aufgabe/neu/vorgang/{vorgang}");
    absenden(b, &b.get(&ziel).await, &ziel, &[], felder).await
}

#[tokio::test]
async fn a_task_goes_to_a_person_is_handed_on_and_done_with_its_result() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let krause = amt.konto("krause", "steuern", &[Role::Sachbearbeitung]).await;
    let petersen = amt.konto("petersen", "ordnung", &[Role::Sachbearbeitung]).await;
    let id = amt.antrag().await;
    let titel = "Halteranfrage beim Kreis stellen";
    let niemand = stellen(&a, id, &[("titel", titel), ("an", "")]).await;
    assert_eq!(niemand.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(niemand.text.contains("An wen?") && niemand.text.contains(titel), "{}", niemand.text);
    let frueher = stellen(&a, id, &[("titel", titel), ("an", "e:ordnung"), ("faellig", "01.01.2020")]).await;
    assert!(frueher.status == StatusCode::UNPROCESSABLE_ENTITY && frueher.text.contains("Vergangenheit"));
    let r = stellen(&a, id, &[("titel", titel), ("an", &format!("k:{krause}")), ("faellig", "01.12.2026")]).await;
    getan(&r);
    let ziel = r.ziel().to_owned();
    let k = amt.anmelden("krause").await;
    assert!(k.get("/amt/aufgaben").await.text.contains(titel));
    let seite = k.get(&ziel).await;
    let weiter = [("an", &*format!("k:{petersen}")), ("grund", "Das kann Frau Petersen besser.")];
    getan(&absenden(&k, &seite, &format!("{ziel}/weitergeben"), &[], &weiter).await);
    assert_eq!(k.get(&ziel).await.status, StatusCode::NOT_FOUND, "handed on into another unit");
    let p = amt.anmelden("petersen").await;
    let seite = p.get(&ziel).await;
    let ohne = absenden(&p, &seite, &format!("{ziel}/erledigen"), &[], &[("ergebnis", "")]).await;
    assert_eq!(ohne.status, StatusCode::UNPROCESSABLE_ENTITY, "a task has a result");
    getan(&handeln(&a, id, "uebernehmen", &[]).await);
    let zda = handeln(&a, id, "zda", &[]).await;
    assert!(zda.text.contains(&format!("Aufgabe „{titel}“")), "open, it keeps the case open: {}", zda.text);
    getan(&absenden(&p, &seite, &format!("{ziel}/erledigen"), &[], &[("ergebnis", "Angefragt am 2.12.")]).await);
    let seite = a.get(&ziel).await.text;
    for satz in ["für Frau Krause", "weitergegeben an Frau Petersen", "kann Frau Petersen besser", "Angefragt am 2.12."]
    {
        assert!(seite.contains(satz), "{satz}: {seite}");
    }
    assert!(!handeln(&a, id, "zda", &[]).await.text.contains("Aufgabe „"));
}

#[tokio::test]
async fn a_task_for_a_unit_is_everybodys_there_and_a_substitute_does_it_i_v() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let petersen = amt.konto("petersen", "ordnung", &[Role::Sachbearbeitung]).await;
    let krause = amt.konto("krause", "steuern", &[Role::Sachbearbeitung]).await;
    let seite = a.get("/amt/aufgabe/neu").await;
    getan(&absenden(&a, &seite, "/amt/aufgabe/neu", &[], &[("titel", "Stempel bestellen"), ("an", "e:ordnung")]).await);
    let p = amt.anmelden("petersen").await;
    assert!(p.get("/amt/aufgaben").await.text.contains("Stempel bestellen"));
    let k = amt.anmelden("krause").await;
    assert!(!k.get("/amt/aufgaben").await.text.contains("Stempel bestellen"), "not another unit's");
    let seite = a.get("/amt/aufgabe/neu").await;
    let an = format!("k:{petersen}");
    let r = absenden(&a, &seite, "/amt/aufgabe/neu", &[], &[("titel", "Schrank prüfen"), ("an", &an)]).await;
    let ziel = r.ziel().to_owned();
    amt.vertreten(petersen, krause).await;
    let seite = k.get(&ziel).await;
    assert!(seite.text.contains("i. V. für Frau Petersen"), "{}", seite.text);
    let petersen = petersen.to_string();
    let felder = [("ergebnis", "Schrank ist zu."), ("_fuer", petersen.as_str())];
    getan(&absenden(&k, &seite, &format!("{ziel}/erledigen"), &[], &felder).await);
    assert!(a.get(&ziel).await.text.contains("Frau Krause i. V. für Frau Petersen hat sie erledigt"));
}

#[tokio::test]
async fn who_watches_a_case_sees_what_others_did_since_the_last_look_and_nothing_twice() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let (_, b) = amt.sachbearbeitung("petersen").await;
    let id = amt.antrag().await;
    let eigenes = format!("/amt/eigenes/vorgang/{id}");
    assert!(a.get(&Amt::seite(id)).await.text.contains(&eigenes), "reachable from the case");
    getan(&absenden(&a, &a.get(&eigenes).await, &format!("{eigenes}/beobachten"), &[], &[]).await);
    let liste = a.get("/amt/beobachtet").await.text;
    assert!(liste.contains("nichts geändert") && !liste.contains("Antrag eingegangen"), "{liste}");
    getan(&handeln(&b, id, "uebernehmen", &[]).await);
    getan(&handeln(&a, id, "vermerk", &[("vermerk-text", "Eigenes.")]).await);
    amt.folgen().await;
    let liste = a.get("/amt/beobachtet").await;
    assert!(liste.text.contains("Frau Petersen hat den Vorgang übernommen"), "{}", liste.text);
    assert!(!liste.text.contains("Vermerk geschrieben"), "what she did herself is no news");
    getan(&absenden(&a, &liste, &format!("{eigenes}/gesehen"), &["bis"], &[]).await);
    assert!(a.get("/amt/beobachtet").await.text.contains("nichts geändert"));
    getan(&absenden(&a, &a.get(&eigenes).await, &format!("{eigenes}/beenden"), &[], &[]).await);
    assert!(a.get("/amt/beobachtet").await.text.contains("Sie beobachten nichts"));
    amt.konto("fremd", "steuern", &[Role::Sachbearbeitung]).await;
    let fremd = amt.anmelden("fremd").await;
    assert_eq!(fremd.get(&eigenes).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_personal_note_is_in_no_ledger_only_its_owner_sees_it_and_it_goes_with_the_case() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let (_, b) = amt.sachbearbeitung("petersen").await;
    let id = amt.antrag().await;
    let eigenes = format!("/amt/eigenes/vorgang/{id}");
    let vorher = amt.stadt.app.house.ledger.head().await.unwrap().size;
    let seite = a.get(&eigenes).await;
    assert!(seite.text.contains("nicht Teil der Akte"));
    let leer = absenden(&a, &seite, &format!("{eigenes}/notiz"), &[], &[("text", " ")]).await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY);
    getan(&absenden(&a, &seite, &format!("{eigenes}/notiz"), &[], &[("text", "Am Telefon vorsichtig sein.")]).await);
    assert_eq!(amt.stadt.app.house.ledger.head().await.unwrap().size, vorher, "nothing reached the ledger");
    let seite = a.get(&eigenes).await;
    assert!(seite.text.contains("Am Telefon vorsichtig sein."));
    assert!(!a.get(&Amt::seite(id)).await.text.contains("vorsichtig"), "not on the case");
    let fremde = b.get(&eigenes).await;
    assert!(!fremde.text.contains("vorsichtig"), "not for a colleague");
    let nr = seite.verborgen("notiz");
    getan(&absenden(&b, &fremde, &format!("{eigenes}/notiz_loeschen"), &[], &[("notiz", &nr)]).await);
    assert!(a.get(&eigenes).await.text.contains("vorsichtig"), "another cannot delete it");
    getan(&absenden(&a, &seite, &format!("{eigenes}/notiz_loeschen"), &[], &[("notiz", &nr)]).await);
    assert!(!a.get(&eigenes).await.text.contains("vorsichtig"));
    getan(&absenden(&a, &seite, &format!("{eigenes}/notiz"), &[], &[("text", "Noch eine.")]).await);
    amt.stadt.app.local.entwuerfe_vernichten(&[id]).unwrap();
    assert!(!a.get(&eigenes).await.text.contains("Noch eine."), "an erased case leaves no note behind");
}
