//! A hybrid file: its paper is entered, lent and returned on a page of its own.

use super::Amt;
use crate::besucher::{Antwort, Besucher};
use axum::http::StatusCode;

/// Opens the page and sends one of its forms with what the page itself holds.
async fn senden(b: &Besucher, seite: &str, felder: &[(&str, &str)]) -> Antwort {
    let offen = b.get(seite).await;
    let verborgen = ["_csrf", "_schluessel", "version"].map(|name| (name, offen.verborgen(name)));
    let mut alle: Vec<(&str, &str)> = verborgen.iter().map(|(k, v)| (*k, v.as_str())).collect();
    alle.extend_from_slice(felder);
    b.post(seite, &alle).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_volume_is_entered_lent_and_returned_and_a_wrong_entry_comes_back_as_typed() {
    let mut amt = Amt::neu().await;
    let r = amt.registratur().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let akte = amt.akte(&r, "ordnung", "Alte Ablage").await;
    let seite = format!("/amt/akte/{akte}/papier");
    assert!(b.get(&format!("/amt/akte/{akte}")).await.text.contains(&seite), "reachable by a link");
    let a = senden(&b, &seite, &[("was", "anlegen"), ("titel", "Band 1, 1998 bis 2004"), ("ort", "")]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("„Standort“ fehlt") && a.text.contains("value=\"Band 1, 1998 bis 2004\""), "{}", a.text);
    let neu = [("was", "anlegen"), ("titel", "Band 1, 1998 bis 2004"), ("ort", "Raum 012")];
    let a = senden(&b, &seite, &neu).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, seite.as_str()), "{}", a.text);
    let text = b.get(&seite).await.text;
    assert!(
        text.contains("Band 1: Band 1, 1998 bis 2004") && text.contains("Raum 012") && text.contains("am Standort")
    );
    let band =
        text.split("name=\"band\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a volume").to_owned();
    let leihe = [("was", "ausleihen"), ("band", &band), ("an", "Bauamt"), ("bis", "gestern")];
    let a = senden(&b, &seite, &leihe).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("„Rückgabe bis“") && a.text.contains("value=\"Bauamt\""), "{}", a.text);
    let leihe = [("was", "ausleihen"), ("band", &band), ("an", "Bauamt"), ("bis", "31.12.2027")];
    assert_eq!(senden(&b, &seite, &leihe).await.status, StatusCode::SEE_OTHER);
    let text = b.get(&seite).await.text;
    assert!(text.contains("ausgeliehen an Bauamt") && text.contains("31.12.2027"), "{text}");
    // Twice at once: the second learns why.
    let a = senden(&b, &seite, &leihe).await;
    assert_eq!(a.status, StatusCode::CONFLICT);
    assert!(a.text.contains("Tragen Sie zuerst die Rückgabe ein"), "{}", a.text);
    let zurueck = [("was", "zurueck"), ("band", &band), ("ort", "Raum 013")];
    assert_eq!(senden(&b, &seite, &zurueck).await.status, StatusCode::SEE_OTHER);
    let text = b.get(&seite).await.text;
    assert!(text.contains("Raum 013") && text.contains("am Standort"), "{text}");
    amt.konto("fremd", "soziales", &[akte_core::kernel::Role::Sachbearbeitung]).await;
    let f = amt.anmelden("fremd").await;
    assert_eq!(f.get(&seite).await.status, StatusCode::NOT_FOUND, "another unit sees nothing of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_from_paper_is_published_per_closed_quarter_and_never_below_k() {
    let mut amt = Amt::neu().await;
    let r = amt.registratur().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    for n in 0..6 {
        amt.akte(&r, "ordnung", &format!("Akte {n}")).await;
    }
    let hybrid = amt.akte(&r, "ordnung", "Gemischt").await;
    amt.uebernommen(&r, hybrid, "a.docx", akte_core::auszug::proben::docx("x")).await;
    let seite = format!("/amt/akte/{hybrid}/papier");
    let neu = [("was", "anlegen"), ("titel", "Band 1"), ("ort", "Raum 012")];
    assert_eq!(senden(&b, &seite, &neu).await.status, StatusCode::SEE_OTHER);
    let gast = Besucher::neu(&amt.stadt.app);
    assert!(gast.get("/daten/umstieg").await.text.contains("Noch ist kein Quartal abgeschlossen"));
    assert!(gast.get("/daten").await.text.contains("/daten/umstieg"), "reachable by a link");
    amt.stadt.uhr.vor(100 * 24 * 3600);
    amt.akte(&r, "ordnung", "Im nächsten Quartal").await;
    let text = gast.get("/daten/umstieg").await.text;
    assert!(text.contains("Ordnungsamt") && text.contains("mindestens 5"), "{text}");
    // One hybrid file, one document taken over: not said.
    assert_eq!(text.matches("unter 5").count(), 3, "{text}");
}
