//! From the draft to the decision in the applicant's hand, four eyes all the way.

use super::{Amt, getan, handeln, senden};
use akte_core::verfahren::{Status, Vorgang};
use axum::http::{StatusCode, header};

const ERMESSEN: (&str, &str) = ("entwerfen-ermessen", "Es gibt genug Plätze.");

#[tokio::test]
async fn who_drafted_does_not_sign_and_a_signature_binds_to_what_was_seen() {
    let mut amt = Amt::neu().await;
    let (_, a) = amt.sachbearbeitung("meyer").await;
    let (petersen, b) = amt.sachbearbeitung("petersen").await;
    let id = amt.antrag().await;
    getan(&handeln(&a, id, "uebernehmen", &[]).await);
    getan(&handeln(&a, id, "pruefung_beginnen", &[]).await);
    let entwurf =
        [("entwerfen-tenor", "bewilligt"), ("entwerfen-begruendung", "Die Voraussetzungen liegen vor."), ERMESSEN];
    getan(&handeln(&a, id, "entwerfen", &entwurf).await);
    amt.folgen().await;
    let an = petersen.to_string();
    getan(&handeln(&a, id, "geschaeftsgang", &[("geschaeftsgang-an", &an)]).await);

    let eigene = a.get(&Amt::seite(id)).await;
    assert!(!eigene.text.contains("/schlusszeichnen\""), "the drafter is not offered to sign");
    let seite = b.get(&Amt::seite(id)).await;
    let digest = seite.verborgen("schlusszeichnen-digest");
    let zeichnung = [("schlusszeichnen-fassung", "1"), ("schlusszeichnen-digest", digest.as_str())];
    let r = senden(&a, &eigene, id, "schlusszeichnen", &zeichnung).await;
    assert_eq!(r.status, StatusCode::CONFLICT);
    assert!(r.text.contains("Wer entworfen hat, zeichnet nicht"), "{}", r.text);

    let neu =
        [("entwerfen-tenor", "bewilligt"), ("entwerfen-begruendung", "Die Voraussetzungen liegen alle vor."), ERMESSEN];
    getan(&handeln(&a, id, "entwerfen", &neu).await);
    amt.folgen().await;
    let vorschau = a.get(&Amt::seite(id)).await.text;
    assert!(vorschau.contains("Unterschied zu Fassung 1") && vorschau.contains("<ins>"), "{vorschau}");
    getan(&handeln(&a, id, "geschaeftsgang", &[("geschaeftsgang-an", &an)]).await);
    let r = handeln(&b, id, "schlusszeichnen", &zeichnung).await;
    assert_eq!(r.status, StatusCode::CONFLICT, "the old Fassung cannot be signed: {}", r.text);

    let seite = b.get(&Amt::seite(id)).await;
    let digest = seite.verborgen("schlusszeichnen-digest");
    let gesehen = [("schlusszeichnen-fassung", "2"), ("schlusszeichnen-digest", digest.as_str())];
    getan(&senden(&b, &seite, id, "schlusszeichnen", &gesehen).await);
    let gezeichnet = a.get(&Amt::seite(id)).await;
    assert!(gezeichnet.text.contains("Die Ausfertigung entsteht gerade"), "{}", gezeichnet.text);
    let frueh = senden(&a, &gezeichnet, id, "versenden", &[("versenden-weg", "schalter")]).await;
    assert!(frueh.status == StatusCode::CONFLICT && frueh.text.contains("mit dem Namen der zeichnenden Person"));
    amt.folgen().await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "schalter")]).await);
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    assert_eq!(v.status, Status::Bekanntgegeben);

    let seite = a.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Widerspruchsfrist") && seite.contains("Rechenweg zu Widerspruchsfrist"), "{seite}");
    let dok = v.bescheid.unwrap().ausfertigung.unwrap().reference;
    assert!(seite.contains(&format!("{dok}\">Ausfertigung als PDF")));
    let pdf = a.get(&format!("/amt/vorgang/{id}/dokument/{dok}")).await;
    assert_eq!(pdf.status, StatusCode::OK);
    assert!(pdf.text.starts_with("%PDF-") && pdf.headers[header::CONTENT_TYPE] == "application/pdf");
    assert!(pdf.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; "));
    assert!(pdf.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox"));
    assert_eq!(pdf.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let akte = v.akte.unwrap();
    assert!(a.get(&format!("/amt/akte/{akte}")).await.text.contains(&id.to_string()));
}
