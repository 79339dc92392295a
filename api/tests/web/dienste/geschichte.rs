//! From the application to zdA: every service, the same way, driven by its definition alone.

use super::{DIENSTE, Dienst, Lage};
use crate::amt::{getan, handeln};
use akte_core::verfahren::Status;
use akte_core::verfahren::definition::Schrittart;
use axum::http::StatusCode;

#[test]
fn the_table_has_every_service_of_the_town() {
    let alle: Vec<String> = akte_core::verfahren::loader::builtin().unwrap().into_iter().map(|d| d.id).collect();
    let mut tafel: Vec<&str> = DIENSTE.iter().map(|d| d.id).collect();
    tafel.sort_unstable();
    assert_eq!(alle, tafel);
}

async fn bis_zda(d: &Dienst) {
    let mut l = Lage::neu(d).await;
    getan(&handeln(&l.a, l.id, "vollstaendigkeit", &[]).await);
    l.tatsachen(false).await;
    if l.def.entscheidet() {
        l.bescheiden().await;
        let frueh = handeln(&l.a, l.id, "zda", &[]).await;
        assert_eq!(frueh.status, StatusCode::CONFLICT, "{}", d.id);
        assert!(frueh.text.contains("nicht bestandskräftig"), "{}: {}", d.id, frueh.text);
    }
    l.tatsachen(true).await;
    if let Some(s) = l.def.schritt(Schrittart::Gebuehr) {
        let v = l.v().await;
        assert!(!v.gebuehren.is_empty(), "{}: {} assessed nothing", d.id, s.id);
        let offen = handeln(&l.a, l.id, "zda", &[]).await;
        assert!(offen.text.contains("Zahlung"), "{}: {}", d.id, offen.text);
    }
    l.bezahlen().await;
    if l.def.schritt(Schrittart::Abgeben).is_some() {
        let felder =
            [("abgabe-stelle", "Kreis Muster"), ("abgabe-rechtsgrundlage", "FZV"), ("abgabe-weg", "fit_connect")];
        getan(&handeln(&l.a, l.id, "abgabe", &felder).await);
        getan(&handeln(&l.a, l.id, "abgabe_bestaetigt", &[]).await);
    }
    if l.def.entscheidet() {
        l.tage(40).await;
    }
    let zda = handeln(&l.a, l.id, "zda", &[]).await;
    getan(&zda);
    let v = l.v().await;
    assert_eq!(v.status, Status::ZdA, "{}", d.id);
    assert!(v.aufbewahrung_bis.is_some(), "{}", d.id);
    let status = l.buerger.get("/status/vorgang").await;
    assert!(status.text.contains("Ihr Vorgang ist abgeschlossen"), "{}: {}", d.id, status.text);
}

macro_rules! geschichten {
    ($($name:ident = $i:literal),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            bis_zda(&DIENSTE[$i]).await;
        })*
    };
}

geschichten! {
    a_business_is_registered_and_filed = 0,
    a_business_is_changed_and_filed = 1,
    a_business_is_deregistered_and_filed = 2,
    a_residence_is_registered_and_filed = 3,
    a_certificate_of_residence_is_issued_and_filed = 4,
    a_dog_is_registered_and_filed = 5,
    a_dog_is_deregistered_and_filed = 6,
    a_parking_permit_is_granted_and_filed = 7,
    a_special_use_is_permitted_with_conditions_and_filed = 8,
    a_temporary_bar_is_permitted_and_filed = 9,
    an_identity_card_is_handed_out_and_filed = 10,
    a_request_for_information_is_answered_and_filed = 11,
    a_pothole_is_mended_and_filed = 12,
    a_car_matter_is_handed_over_and_filed = 13,
}
