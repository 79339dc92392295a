//! What is noted of files and documents, by form: by schema, with what was typed, and never over somebody else's.

use super::akte::{akte_von, person, stand, tun};
use super::{Amt, getan};
use crate::besucher::{Antwort, Besucher};
use akte_core::akte::Dokument;
use akte_core::kernel::Role;
use axum::http::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Sends the form as this page showed it.
async fn senden(b: &Besucher, seite: &Antwort, adresse: &str, felder: &[(&str, &str)]) -> Antwort {
    let [csrf, key, gesehen] = ["_csrf", "_schluessel", "gesehen"].map(|f| seite.verborgen(f));
    let mut alle = vec![("_csrf", csrf.as_str()), ("_schluessel", &key), ("gesehen", &gesehen)];
    alle.extend_from_slice(felder);
    b.post(adresse, &alle).await
}

async fn festhalten(b: &Besucher, adresse: &str, felder: &[(&str, &str)]) -> Antwort {
    let seite = b.get(adresse).await;
    senden(b, &seite, adresse, felder).await
}

#[tokio::test]
async fn metadata_follow_a_published_schema_and_what_is_wrong_comes_back_as_typed() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let akte = akte_von(&amt, id).await;
    let adresse = format!("/amt/akte/{akte}/metadaten/akte");
    assert!(a.get(&format!("/amt/akte/{akte}")).await.text.contains(&adresse), "a link leads there");
    assert!(a.get(&adresse).await.text.contains("Noch sind keine Metadaten festgehalten"));
    let falsch = [("laufzeit_von", "2.1.2026"), ("laufzeit_bis", "1.1.2026"), ("schlagworte", "Lärm\r\nMarkt")];
    let r = festhalten(&a, &adresse, &falsch).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(r.text.contains("Dieser Tag liegt vor „Laufzeit von“") && r.text.contains("href=\"#laufzeit_bis\""));
    assert!(r.text.contains("value=\"1.1.2026\"") && r.text.contains("Lärm"), "what was typed stays: {}", r.text);
    let gut = [("laufzeit_von", "2.1.2026"), ("schlagworte", "Lärm\r\nMarkt"), ("vertraulichkeit", "vertraulich")];
    getan(&festhalten(&a, &adresse, &gut).await);
    getan(&festhalten(&a, &adresse, &[&gut[..2], &[("vertraulichkeit", "")]].concat()).await);
    assert!(a.get(&adresse).await.text.contains("id=\"vertraulichkeit-keine\""), "a choice can be taken back");
    getan(&festhalten(&a, &adresse, &gut).await);
    let seite = a.get(&adresse).await.text;
    for wort in ["<dd class=\"absaetze\">Lärm, Markt</dd>", "02.01.2026", "value=\"vertraulich\" checked"] {
        assert!(seite.contains(wort), "{wort}: {seite}");
    }
    let json = a.get("/metadaten/akte.json").await;
    let schema: Value = serde_json::from_slice(&json.bytes).unwrap();
    assert_eq!(schema["properties"]["laufzeit_von"]["format"], "date");
    let sha: String = Sha256::digest(&json.bytes).iter().map(|b| format!("{b:02x}")).collect();
    let history = amt.stadt.app.house.history(akte).await.unwrap();
    let noted: Vec<_> = history.iter().filter(|r| r.wire == "akte.described.v1").collect();
    assert_eq!(
        (noted.len(), &noted[0].data["schema"], &noted[0].data["schema_sha256"]),
        (3, &"akte/1".into(), &sha.into())
    );
    assert_eq!(a.get("/metadaten/person.json").await.status, StatusCode::NOT_FOUND);
    amt.folgen().await;
    let spur = a.get(&Amt::seite(id)).await.text;
    assert!(spur.contains("Frau Meyer hat Metadaten festgehalten (Schema akte/1)"), "{spur}");
}

#[tokio::test]
async fn the_second_of_two_clerks_learns_who_was_first_and_a_document_has_its_own() {
    let mut amt = Amt::neu().await;
    let (meyer, a) = amt.sachbearbeitung("meyer").await;
    let (_, b) = amt.sachbearbeitung("krause").await;
    let id = amt.antrag().await;
    let dokument = amt.dokument(meyer, id, "Der Stellplatz liegt im Gebiet.").await;
    let akte = akte_von(&amt, id).await;
    let adresse = format!("/amt/akte/{akte}/metadaten/{dokument}");
    assert!(a.get(&format!("/amt/akte/{akte}")).await.text.contains(&adresse), "a link leads there");
    let (eine, andere) = (a.get(&adresse).await, b.get(&adresse).await);
    getan(&senden(&a, &eine, &adresse, &[("absender", "Kreis Muster")]).await);
    let r = senden(&b, &andere, &adresse, &[("absender", "Land Muster"), ("dokumenttyp", "gutachten")]).await;
    assert_eq!(r.status, StatusCode::CONFLICT);
    assert!(r.text.contains("Frau Meyer hat die Metadaten inzwischen geändert"), "{}", r.text);
    assert!(r.text.contains("Land Muster") && r.text.contains("Kreis Muster"), "both are there: {}", r.text);
    // The page that told her is the one she goes on from.
    getan(&senden(&b, &r, &adresse, &[("absender", "Land Muster")]).await);
    let d = amt.stadt.app.house.load::<Dokument>(dokument).await.unwrap();
    assert_eq!(d.state.metadaten.unwrap().felder.unwrap()["absender"], "Land Muster");
    // Neither a thing of another file nor an unknown one.
    for fremd in [id, akte] {
        let r = a.get(&format!("/amt/akte/{akte}/metadaten/{fremd}")).await;
        assert_eq!(r.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_closed_file_and_who_only_reads_get_no_form() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let akte = akte_von(&amt, id).await;
    let adresse = format!("/amt/akte/{akte}/metadaten/akte");
    getan(&tun(&a, akte, "teilakte", &[("titel", "Klage")]).await);
    let teil = stand(&amt, akte).await.teilakten[0].teilakte;
    let seite = a.get(&format!("/amt/akte/{akte}")).await.text;
    assert!(seite.contains(&format!("/amt/akte/{akte}/metadaten/{teil}")), "{seite}");
    getan(&festhalten(&a, &format!("/amt/akte/{akte}/metadaten/{teil}"), &[("bemerkung", "beim Gericht")]).await);
    getan(&festhalten(&a, &adresse, &[("bemerkung", "Nachbar <b>")]).await);
    let chefin = person(&mut amt, "chefin", Role::Leitung).await;
    super::akte::zda(&mut amt, &chefin, id).await;
    let a = amt.anmelden("meyer").await;
    let seite = a.get(&adresse).await;
    assert!(
        seite.text.contains("Nachbar &#60;b&#62;") && !seite.text.contains("Metadaten speichern"),
        "{}",
        seite.text
    );
    let csrf = chefin.get(&format!("/amt/akte/{akte}")).await.verborgen("_csrf");
    let felder =
        [("_csrf", csrf.as_str()), ("_schluessel", "zu-spaet-gesendet"), ("gesehen", "1"), ("bemerkung", "neu")];
    let zu = chefin.post(&adresse, &felder).await;
    assert!(zu.status == StatusCode::CONFLICT && zu.text.contains("Die Akte ist geschlossen"), "{}", zu.text);
    assert!(zu.text.contains("neu</textarea>"), "what was typed stays: {}", zu.text);
    let reg = person(&mut amt, "revision", Role::Revision).await;
    reg.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Stichprobe")]).await;
    let r = reg.get(&adresse).await;
    assert!(r.status == StatusCode::OK && !r.text.contains("Metadaten speichern"), "{}", r.text);
}
