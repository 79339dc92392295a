//! What another body decides: handed over, waited for, looked at again.

use super::{DIENSTE, Lage};
use crate::amt::{Amt, getan, handeln};
use akte_core::process::miss_abgaben;

#[tokio::test]
async fn a_car_matter_goes_to_the_kreis_and_comes_back_as_wiedervorlage_until_it_is_confirmed() {
    let d = DIENSTE.iter().find(|d| d.id == "kfz-uebergabe").unwrap();
    let mut l = Lage::neu(d).await;
    let seite = l.a.get(&Amt::seite(l.id)).await;
    assert!(seite.text.contains("value=\"Kreis Muster\""), "the body comes from the town: {}", seite.text);
    assert!(!seite.text.contains("/abgeben\""), "not by the way without confirmation");
    let felder = [("abgabe-stelle", "Kreis Muster"), ("abgabe-rechtsgrundlage", "FZV"), ("abgabe-weg", "email")];
    getan(&handeln(&l.a, l.id, "abgabe", &felder).await);
    l.amt.folgen().await;
    let status = l.buerger.get("/status/vorgang").await.text;
    assert!(status.contains("Abgegeben an Kreis Muster. Noch nicht bestätigt"), "{status}");
    let zda = handeln(&l.a, l.id, "zda", &[]).await;
    assert!(zda.text.contains("Bestätigung der Abgabe von Kreis Muster"), "{}", zda.text);
    let house = l.amt.stadt.app.house.clone();
    assert_eq!(miss_abgaben(&house, &[l.id]).await.unwrap(), 0, "still in time");
    l.tage(12).await;
    assert_eq!(miss_abgaben(&house, &[l.id]).await.unwrap(), 1);
    assert_eq!(miss_abgaben(&house, &[l.id]).await.unwrap(), 0, "said once");
    l.amt.folgen().await;
    for tab in ["fristen", "meine"] {
        let liste = l.a.get(&format!("/amt?tab={tab}")).await.text;
        assert!(liste.contains(&l.id.to_string()) && liste.contains("überschritten"), "{tab}: {liste}");
    }
    let seite = l.a.get(&Amt::seite(l.id)).await.text;
    assert!(seite.contains("nicht bestätigt worden: Wiedervorlage"), "{seite}");
    getan(&handeln(&l.a, l.id, "abgabe_bestaetigt", &[("abgabe_bestaetigt-zeichen", "K-17")]).await);
    l.amt.folgen().await;
    let status = l.buerger.get("/status/vorgang").await.text;
    assert!(status.contains("Die Stelle hat bestätigt"), "{status}");
}

#[tokio::test]
async fn the_citizen_sees_that_the_card_is_there_and_a_step_out_of_order_says_what_is_missing() {
    let d = DIENSTE.iter().find(|d| d.id == "personalausweis").unwrap();
    let mut l = Lage::neu(d).await;
    let frueh = handeln(&l.a, l.id, "tatsache", &[("tatsache-schritt", "ausgehaendigt")]).await;
    assert!(frueh.text.contains("Davor fehlt: Identität geprüft"), "{}", frueh.text);
    l.tatsachen(false).await;
    let status = l.buerger.get("/status/vorgang").await.text;
    for w in ["Beim Hersteller bestellt", "Person benachrichtigt, dass der Ausweis da ist", "Fingerabdrücke erfasst"] {
        assert!(status.contains(w), "{w}: {status}");
    }
    assert!(!status.contains("Unterlagen zur Feststellung"), "only what happened");
}
