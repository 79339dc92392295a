//! Text blocks, preview, and acts after the first decision, through the pages of the office.

use super::{Amt, getan, handeln, senden};
use crate::besucher::Besucher;
use akte_core::verfahren::{Status, Vorgang, VorgangEvent};
use axum::http::{StatusCode, header};
use uuid::Uuid;

const GRUND: (&str, &str) = ("entwerfen-begruendung", "Die Voraussetzungen liegen vor.");
const ERMESSEN: (&str, &str) = ("entwerfen-ermessen", "Es gibt genug Plätze.");
const BEWILLIGT: (&str, &str) = ("entwerfen-tenor", "bewilligt");
const ABGELEHNT: (&str, &str) = ("entwerfen-tenor", "abgelehnt");

/// An application in the hands of a clerk, and a colleague who signs.
async fn vor_dem_entwurf(amt: &mut Amt) -> (Uuid, Besucher, (Uuid, Besucher)) {
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let b = amt.sachbearbeitung("petersen").await;
    let id = amt.antrag().await;
    getan(&handeln(&a, id, "uebernehmen", &[]).await);
    getan(&handeln(&a, id, "pruefung_beginnen", &[]).await);
    (id, a, b)
}

/// Drafts, signs by the other and hands over whatever act is in work.
async fn bekannt(amt: &mut Amt, id: Uuid, a: &Besucher, b: &(Uuid, Besucher), entwurf: &[(&str, &str)]) {
    getan(&handeln(a, id, "entwerfen", entwurf).await);
    amt.folgen().await;
    getan(&handeln(a, id, "geschaeftsgang", &[("geschaeftsgang-an", &b.0.to_string())]).await);
    let seite = b.1.get(&Amt::seite(id)).await;
    let (fassung, digest) = (seite.verborgen("schlusszeichnen-fassung"), seite.verborgen("schlusszeichnen-digest"));
    let felder = [("schlusszeichnen-fassung", fassung.as_str()), ("schlusszeichnen-digest", digest.as_str())];
    getan(&senden(&b.1, &seite, id, "schlusszeichnen", &felder).await);
    amt.folgen().await;
    getan(&handeln(a, id, "versenden", &[("versenden-weg", "schalter")]).await);
    amt.folgen().await;
}

#[tokio::test]
async fn a_draft_without_the_discretion_comes_back_with_what_was_typed_and_one_with_blocks_names_them() {
    let mut amt = Amt::neu().await;
    let (id, a, _) = vor_dem_entwurf(&mut amt).await;
    let r = handeln(&a, id, "entwerfen", &[BEWILLIGT, GRUND]).await;
    assert_eq!(r.status, StatusCode::CONFLICT);
    assert!(r.text.contains("„Ermessen“ fehlt") && r.text.contains("§ 39 Abs. 1 Satz 3 VwVfG"), "{}", r.text);
    assert!(r.text.contains("Die Voraussetzungen liegen vor.</textarea>"), "what was typed is still there");
    let bausteine = [("entwerfen-bausteine", "leistung:baustein-1:1"), ("entwerfen-bausteine", "stadt:linie:2")];
    getan(&handeln(&a, id, "entwerfen", &[&[BEWILLIGT][..], &bausteine].concat()).await);
    let b = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.bescheid.unwrap();
    assert!(b.begruendung.unwrap().contains("Sie wohnen im Bewohnerparkgebiet"));
    assert_eq!(b.ermessen.unwrap(), "Der Rat hat festgelegt, dass Bewohner Vorrang vor Pendlern haben.");
    let namen: Vec<_> = b.texte.iter().map(|t| t.schluessel()).collect();
    assert_eq!(namen, ["leistung:baustein-1:1", "stadt:linie:2", "belehrung:widerspruch_1_monat:2"]);
    let seite = a.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Verwendete Texte (3)") && seite.contains(&b.texte[1].sha256[..16]), "{seite}");
}

#[tokio::test]
async fn who_drafts_looks_at_the_sheet_and_at_the_difference_before_anything_is_saved() {
    let mut amt = Amt::neu().await;
    let (id, a, (_, b)) = vor_dem_entwurf(&mut amt).await;
    getan(&handeln(&a, id, "entwerfen", &[BEWILLIGT, GRUND, ERMESSEN]).await);
    amt.folgen().await;
    let vorher = amt.version(id).await;
    let neu = [BEWILLIGT, ERMESSEN, ("entwerfen-begruendung", "Die Voraussetzungen liegen sämtlich vor.")];
    let seite = a.get(&Amt::seite(id)).await;
    assert!(seite.text.contains(&format!("formaction=\"/amt/vorgang/{id}/vorschau.pdf\"")), "{}", seite.text);
    let r = senden(&a, &seite, id, "vorschau", &neu).await;
    assert_eq!(r.status, StatusCode::OK, "{}", r.text);
    assert!(r.text.contains("Unterschied zu Fassung 1") && r.text.contains("sämtlich </ins>"), "{}", r.text);
    // The whole notice is compared, not only what is typed.
    for part in ["Rechtsbehelfsbelehrung", "PI-AB 123", "Entwurf, noch nicht gezeichnet", "Im Auftrag, Ordnungsamt"] {
        assert!(r.text.contains(part), "lacks {part}: {}", r.text);
    }
    assert_eq!(r.text.matches("<ins>").count(), 1, "nothing else differs: {}", r.text);
    let pdf = senden(&a, &seite, id, "vorschau.pdf", &neu).await;
    assert_eq!(pdf.status, StatusCode::OK);
    assert!(pdf.text.starts_with("%PDF-") && pdf.headers[header::CONTENT_TYPE] == "application/pdf");
    assert_eq!(amt.version(id).await, vorher, "nothing was written");
    let leer = senden(&a, &seite, id, "vorschau", &[BEWILLIGT, ERMESSEN]).await;
    assert!(leer.status == StatusCode::CONFLICT && leer.text.contains("§ 39 VwVfG"), "{}", leer.text);
    getan(&handeln(&a, id, "entwerfen", &neu).await);
    let gespeichert = a.get(&format!("/amt/vorgang/{id}/vorschau")).await;
    assert!(gespeichert.text.contains("Unterschied zu Fassung 1") && gespeichert.text.contains("sämtlich </ins>"));
    let fremd = b.get(&format!("/amt/vorgang/{}/vorschau", Uuid::nil())).await;
    assert_eq!(fremd.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_decision_is_withdrawn_by_another_one_and_both_stay_on_the_page() {
    let mut amt = Amt::neu().await;
    let (id, a, b) = vor_dem_entwurf(&mut amt).await;
    bekannt(&mut amt, id, &a, &b, &[BEWILLIGT, GRUND, ERMESSEN]).await;
    let seite = a.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("akt_beginnen") && !seite.contains("value=\"abhilfe\""), "no Widerspruch, no Abhilfe");
    let beginnen = [("akt_beginnen-art", "ruecknahme"), ("akt_beginnen-bezug", "1")];
    getan(&handeln(&a, id, "akt_beginnen", &beginnen).await);
    let r = handeln(&a, id, "entwerfen", &[ABGELEHNT, GRUND, ERMESSEN]).await;
    assert!(r.status == StatusCode::CONFLICT && r.text.contains("§ 28 VwVfG"), "a hearing first: {}", r.text);
    let verzicht = [("anhoerung_verzicht-nr", "1"), ("anhoerung_verzicht-grund", "Gefahr im Verzug.")];
    getan(&handeln(&a, id, "anhoerung_verzicht", &verzicht).await);
    bekannt(&mut amt, id, &a, &b, &[ABGELEHNT, GRUND, ERMESSEN]).await;
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    assert_eq!((v.status, v.akt_nr()), (Status::Bekanntgegeben, 2));
    let seite = a.get(&Amt::seite(id)).await.text;
    for part in [
        "Rücknahme eines Bescheids, Fassung 2",
        "Weitere Bescheide dieses Vorgangs",
        "Bescheid (Nr. 1)",
        "Weiterer Bescheid begonnen (Nr. 2): Rücknahme",
    ] {
        assert!(seite.contains(part), "lacks {part}: {seite}");
    }
    let erster = v.weitere_akte[0].bescheid.as_ref().unwrap().ausfertigung.as_ref().unwrap().reference;
    let pdf = a.get(&format!("/amt/vorgang/{id}/dokument/{erster}")).await;
    assert!(pdf.status == StatusCode::OK && pdf.text.starts_with("%PDF-"), "the first notice can be read");
}

#[tokio::test]
async fn a_widerspruch_goes_through_a_notice_of_its_own_to_the_citizen_and_on_to_the_court() {
    let mut amt = Amt::neu().await;
    let (id, a, b) = vor_dem_entwurf(&mut amt).await;
    getan(
        &handeln(
            &a,
            id,
            "anhoerung_verzicht",
            &[("anhoerung_verzicht-nr", "1"), ("anhoerung_verzicht-grund", "Eile.")],
        )
        .await,
    );
    bekannt(&mut amt, id, &a, &b, &[ABGELEHNT, GRUND, ERMESSEN]).await;
    let heute = amt.stadt.app.heute().to_string();
    let ein = [("widerspruch-am", heute.as_str()), ("widerspruch-text", "Das stimmt nicht.")];
    getan(&handeln(&a, id, "widerspruch", &ein).await);
    getan(
        &handeln(&a, id, "akt_beginnen", &[("akt_beginnen-art", "widerspruchsbescheid"), ("akt_beginnen-bezug", "1")])
            .await,
    );
    bekannt(&mut amt, id, &a, &b, &[ABGELEHNT, ("entwerfen-begruendung", "Es bleibt dabei."), ERMESSEN]).await;
    let seite = a.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Rechenweg zu Klagefrist") && seite.contains("zurückgewiesen"), "{seite}");
    let bescheide: Vec<_> = amt
        .stadt
        .app
        .house
        .history(id)
        .await
        .unwrap()
        .iter()
        .filter_map(|r| r.decode().ok())
        .filter(|e| matches!(e, VorgangEvent::WiderspruchDecided { .. }))
        .collect();
    assert_eq!(bescheide.len(), 1);
    let buerger = Besucher::neu(&amt.stadt.app);
    let code = amt.stadt.app.house.case_code(id, 0);
    assert_eq!(buerger.get(&format!("/s/{code}")).await.status, StatusCode::SEE_OTHER);
    let liste = buerger.get("/status/dokumente").await.text;
    assert!(
        liste.contains("/status/dokument/bescheid\"") && liste.contains("/status/dokument/bescheid-2\""),
        "{liste}"
    );
    for teil in ["bescheid", "bescheid-2"] {
        let pdf = buerger.get(&format!("/status/dokument/{teil}")).await;
        assert!(pdf.status == StatusCode::OK && pdf.text.starts_with("%PDF-"), "{teil}");
    }
}

#[tokio::test]
async fn a_correction_of_an_obvious_error_is_handed_over_and_the_first_period_runs_on() {
    let mut amt = Amt::neu().await;
    let (id, a, b) = vor_dem_entwurf(&mut amt).await;
    bekannt(&mut amt, id, &a, &b, &[BEWILLIGT, GRUND, ERMESSEN]).await;
    let frist = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.widerspruchsfrist_ende;
    getan(&handeln(&a, id, "akt_beginnen", &[("akt_beginnen-art", "berichtigung"), ("akt_beginnen-bezug", "1")]).await);
    let r = handeln(&a, id, "entwerfen", &[BEWILLIGT]).await;
    assert!(r.status == StatusCode::CONFLICT && r.text.contains("Wortlaut der Entscheidung"), "{}", r.text);
    bekannt(&mut amt, id, &a, &b, &[BEWILLIGT, ("entwerfen-spruch", "Statt „2025“ muss es „2026“ heißen.")]).await;
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    assert_eq!((v.akt_nr(), v.status, v.widerspruchsfrist_ende), (1, Status::Bekanntgegeben, frist));
    let seite = a.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Berichtigung (Nr. 2)") && seite.contains("Teil des berichtigten Bescheids"), "{seite}");
}
