//! A redacted answer under the IZG-SH: chosen value by value, fetched with a proof that verifies.

use super::{DIENSTE, Lage};
use crate::amt::Amt;
use crate::besucher::{Antwort, Besucher, log_key, signed};
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::receipt;
use axum::http::StatusCode;

async fn waehlen(b: &Besucher, seite: &Antwort, ziel: &str, wahl: &[(String, &str)]) -> Antwort {
    let mut felder: Vec<(String, String)> =
        ["_csrf", "_schluessel", "version", "ereignis"].iter().map(|k| ((*k).to_owned(), seite.verborgen(k))).collect();
    felder.extend(wahl.iter().map(|(k, v)| (k.clone(), (*v).to_owned())));
    let paare: Vec<(&str, &str)> = felder.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    b.post(ziel, &paare).await
}

#[tokio::test]
async fn a_redacted_answer_shows_what_is_released_names_the_grounds_and_proves_it() {
    let d = DIENSTE.iter().find(|d| d.id == "izg-antrag").unwrap();
    let mut l = Lage::neu(d).await;
    let _takt = signed(&l.amt.stadt).await;
    let alle = l.amt.stadt.app.house.reader().read_all(0, 1000).await.unwrap();
    let index = alle.iter().find(|r| r.wire == "antrag.submitted.v1").unwrap().index;
    let ziel = format!("/amt/vorgang/{}/auskunft", l.id);
    assert!(l.a.get(&Amt::seite(l.id)).await.text.contains(&ziel));
    let fremd = l.a.get(&format!("{ziel}?ereignis=999999")).await;
    assert_eq!(fremd.status, StatusCode::UNPROCESSABLE_ENTITY);
    let seite = l.a.get(&format!("{ziel}?ereignis={index}")).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    assert!(!seite.text.contains("zeiger:/_"), "who acted is never offered");
    let zeiger: Vec<String> =
        seite.text.split("name=\"zeiger:").skip(1).map(|t| t.split('"').next().unwrap().to_owned()).collect();
    let wahl = |z: &String| match z.as_str() {
        "/leistung" | "/felder/thema" => "frei",
        z if z.starts_with("/felder/") => "person",
        _ => "thema",
    };
    let mut gewaehlt: Vec<(String, &str)> = zeiger.iter().map(|z| (format!("zeiger:{z}"), wahl(z))).collect();
    let (letzte, _) = gewaehlt.pop().unwrap();
    let r = waehlen(&l.a, &seite, &ziel, &gewaehlt).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY, "a value without a choice: {}", r.text);
    assert!(r.text.contains("freigeben oder den Grund") && r.text.contains("selected"));
    gewaehlt.push((letzte, "thema"));
    let r = waehlen(&l.a, &seite, &ziel, &gewaehlt).await;
    assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    l.amt.folgen().await;

    let v = l.v().await;
    let a = &v.auskuenfte[0];
    assert_eq!(a.freigegeben.len() + a.gruende.len(), zeiger.len(), "every value is released or has a ground");
    assert_eq!(a.gruende["/felder/name"], "§ 10 Nr. 1 IZG-SH");
    let status = l.buerger.get("/status/vorgang").await.text;
    let adresse = format!("/status/auskunft/{}", a.id);
    assert!(status.contains(&adresse), "{status}");
    let seite = l.buerger.get(&adresse).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    assert!(seite.text.contains("Gutachten zur Brücke") && seite.text.contains("§ 10 Nr. 1 IZG-SH"), "{}", seite.text);
    assert!(!seite.text.contains("Erika") && !seite.text.contains("erika@beispiel.de"), "{}", seite.text);
    assert_eq!(Besucher::neu(&l.amt.stadt.app).get(&adresse).await.status, StatusCode::NOT_FOUND);

    let beweis = l.buerger.get(&format!("{adresse}/beweis.tlog-proof")).await;
    assert_eq!(beweis.status, StatusCode::OK, "{}", beweis.text);
    pruefen(&l, &beweis.text, &a.freigegeben);
}

/// The proof verifies against the town's public key and discloses exactly the released values.
fn pruefen(l: &Lage, beweis: &str, frei: &[String]) {
    let policy = Policy::parse(format!("log {}\nquorum none\n", log_key().vkey()).as_bytes()).unwrap();
    let proven = receipt::check(beweis, &policy).unwrap();
    assert_eq!(proven.header.stream, l.id);
    let mut zeiger: Vec<String> = proven.values.iter().map(|v| v.pointer.clone()).collect();
    zeiger.sort();
    let mut frei = frei.to_vec();
    frei.sort();
    assert_eq!(zeiger, frei);
}
